"""The scales of the figure of looks: shared where numbers are alike, open where one is far off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from simkit.report.figures.differences import Span

FURTHEST = 2.0
"""An earlier interval is drawn up to so many times the reach of the last ones."""
ROOM = 0.06


def span_of(looks: pd.DataFrame, middle: str, low: str, high: str, *more: float) -> Span:
    """Return how far the intervals of some looks are to be drawn: early ones may be too wide.

    Parameters
    ----------
    looks
        The looks of a comparison, or of a guardrail.
    middle, low, high
        Columns of the estimate and of its interval.
    *more
        Values that must be seen besides.
    """
    points = [0.0, *looks[middle].dropna(), *(value for value in more if np.isfinite(value))]
    told = looks[np.isfinite(looks[[low, high]].astype(float)).all(axis=1)]
    if told.empty:
        return min(points), max(points)
    last = told.iloc[-1]
    reach = FURTHEST * max(abs(last[low]), abs(last[high]))
    return (
        min(*points, max(told[low].min(), -reach)),
        max(*points, min(told[high].max(), reach)),
    )


def limit(axes: Axes, span: Span, ends: Sequence[tuple[float, float, Any]]) -> bool:
    """Set the limits of a panel, with arrows where an interval goes on beyond them.

    Parameters
    ----------
    axes, span
        The panel and what it must show.
    ends
        Both ends and the colour of the interval in each line; NaN for none.

    Returns
    -------
    Whether there is an arrow.
    """
    room = ROOM * (span[1] - span[0]) or 1.0
    left, right = span[0] - room, span[1] + room
    axes.set_xlim(left, right)
    arrows = [
        (edge, place, marker, colour)
        for place, (low, high, colour) in enumerate(ends)
        for edge, marker, out in ((left, "<", low < left), (right, ">", high > right))
        if out and np.isfinite(low)
    ]
    for edge, place, marker, colour in arrows:
        axes.plot(edge, place, marker=marker, color=colour, ms=6, clip_on=False)
    return bool(arrows)
