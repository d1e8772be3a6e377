"""Axes of differences: each tick has its sign, all have the same decimals; panels share a scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import Formatter, MaxNLocator

from simkit.measures.registry import SHARE
from simkit.recommend.numbers import PERCENT
from simkit.report.sentences import MOST_DIGITS
from simkit.trial.sentences import signed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ALIKE = 10.0
"""Segments whose differences reach equally far, within this factor, share one scale (assumed)."""
Span = tuple[float, float]


class SignedTicks(Formatter):
    """Ticks as differences: always a sign but at 0, and all with the decimals that one needs.

    Parameters
    ----------
    factor
        What values are multiplied by: 100 for shares in percentage points.
    """

    def __init__(self, factor: float = 1.0) -> None:
        self.factor = factor

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Write one value."""
        del pos
        return self.format_ticks([x])[0]

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        """Write all ticks of an axis."""
        shown = [self.factor * value for value in values]
        digits = max((_digits(value) for value in shown), default=0)
        return [signed(value, digits) for value in shown]


def _digits(value: float) -> int:
    """Return how many decimals a value needs, as far as a double is exact."""
    text = f"{value:.{MOST_DIGITS}f}".rstrip("0")
    return len(text.partition(".")[2])


def signed_axis(axes: Axes, *, ticks: int, factor: float = 1.0) -> None:
    """Write the horizontal axis of a panel as differences.

    Parameters
    ----------
    axes
        The panel.
    ticks
        Into how many parts the axis is divided at most.
    factor
        As in `SignedTicks`.
    """
    axes.xaxis.set_major_locator(MaxNLocator(nbins=ticks))
    axes.xaxis.set_major_formatter(SignedTicks(factor))


def factor_of(unit: str) -> float:
    """Return the factor of `SignedTicks`: shares are labelled in percentage points.

    Parameters
    ----------
    unit
        The unit of what differs.
    """
    return PERCENT if unit == SHARE else 1.0


def shared(spans: Sequence[Span], segments: Sequence[str]) -> list[Span]:
    """Give each panel of a measure the scale that it shares with others.

    Parameters
    ----------
    spans
        How far each panel reaches, both ways.
    segments
        The segment of each.

    Returns
    -------
    One scale for all where segments reach equally far, else one for each segment.
    """
    reach: dict[str, float] = {}
    for name, (low, high) in zip(segments, spans, strict=True):
        reach[name] = max(reach.get(name, 0.0), -low, high)
    told = [far for far in reach.values() if far > 0]
    same = not told or max(told) <= ALIKE * min(told)
    found = []
    for name in segments:
        own = [span for span, other in zip(spans, segments, strict=True) if same or other == name]
        found.append((min(low for low, _ in own), max(high for _, high in own)))
    return found


def reach_of(*values: float) -> Span:
    """Return between which values all finite ones lie, and 0, from which differences are read."""
    finite = [0.0, *(float(value) for value in values if np.isfinite(value))]
    return min(finite), max(finite)
