"""Where a curve over recall intervals has its top, between the intervals tried."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

INSIDE, SHORTEST, LONGEST = "", "shortest", "longest"


@dataclass(frozen=True)
class Top:
    """The top of a curve.

    Parameters
    ----------
    days
        The interval there.
    value
        The curve's value there.
    edge
        ``"shortest"`` or ``"longest"`` where the best interval tried is the first or the last of
        all, so that the true one may lie beyond; ``""`` inside.
    """

    days: float
    value: float
    edge: str


def top_of(days: NDArray[np.float64], values: NDArray[np.float64]) -> Top:
    """Find the top of a curve by a parabola through the best interval and its two neighbours.

    The parabola is in the logarithm of the interval. The middle one of its three points is not
    below the others, so its top lies between the midpoints of the two gaps. At an edge the
    best interval tried is taken as it is. Of equal values the shortest interval counts as best, so
    that a flat curve has its top at the edge.

    Parameters
    ----------
    days
        Intervals, ascending, shape (k,), k >= 3.
    values
        One each.
    """
    best = int(np.argmax(values))
    if best in (0, len(values) - 1):
        edge = SHORTEST if best == 0 else LONGEST
        return Top(float(days[best]), float(values[best]), edge)
    x = np.log(days[best - 1 : best + 2])
    y = values[best - 1 : best + 2]
    left, right = x[1] - x[0], x[2] - x[1]
    up, down = y[1] - y[0], y[1] - y[2]
    # With t = x - x[1] the parabola is y[1] + slope t - bend t²; up > 0, so that bend > 0.
    bend = (up / left + down / right) / (left + right)
    slope = (up * right / left - down * left / right) / (left + right)
    top = slope / (2 * bend)
    return Top(float(np.exp(x[1] + top)), float(y[1] + slope * top / 2), INSIDE)
