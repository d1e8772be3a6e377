"""Lines of a rehearsal against duration: each can be seen, with its interval, however many."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import NullLocator, PercentFormatter

from simkit.report import sentences_rehearsal as words
from simkit.report.figures import style

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from simkit.trial.rehearse import Rehearsal

MOST_BANDS = 3
"""Bands of more lines than that make one brown area: their intervals are drawn as bars."""
APART = 0.05
"""Part of the axis that a duration must be away from the horizon to be named too."""
BAND = 0.16
"""How opaque a Monte Carlo band is."""
ROOM = 1.06
MARK_ROOM = 0.05
"""Beyond 0 and 100 %, for the marks there."""
LINE, THIN = 1.6, 0.8
MARKS: Any = {"marker": "o", "ms": 4}
SHAPES = "osD^vPX"
"""Of the marks of many lines."""
STROKES: Any = ("-", (0, (5, 4)), (0, (2, 3)), (0, (1, 5)))
"""Of a line with none below it, with one, two, three: its gaps show those below."""
MARK_STEP = 1.5
"""By how much a mark must be larger than the one upon it to be seen around it."""
ASIDE, OF_GAP = 0.012, 0.6
"""Part of the axis between marks at one duration; of the least way to the next they take at most
the other."""
COLUMNS, OF_TWO_COLUMNS = 2, 46
"""Of a legend below the axes, and letters of a line there."""


def draw_lines(
    axes: Axes,
    columns: Sequence[tuple[pd.DataFrame, str]],
    colours: Sequence[Any],
    labels: Sequence[str],
    widths: Sequence[float] = (),
) -> None:
    """Draw figures of the rehearsal against duration with their Monte Carlo intervals.

    Lines that lie upon each other, as those at 100 % do, can all be seen: those above are broken,
    and their marks smaller; marks of many lines stand side by side, with bars instead of bands.

    Parameters
    ----------
    axes
        Where to draw.
    columns
        Of each line its rows, one a duration, and the column of them.
    colours, labels, widths
        Of each line; all of the usual width where none is named.
    """
    drawn: list[Any] = []
    asides = _asides(columns[0][0]["horizon_days"].to_numpy(dtype=np.float64), len(columns))
    for place, ((rows, column), colour, label) in enumerate(
        zip(columns, colours, labels, strict=True)
    ):
        days, values = rows["horizon_days"] * asides[place], rows[column].to_numpy()
        low, high = rows[f"{column}_low"], rows[f"{column}_high"]
        marks = {**MARKS, "ms": MARKS["ms"] + MARK_STEP * (len(columns) - 1 - place)}
        if len(columns) > MOST_BANDS:
            axes.vlines(days, low, high, color=colour, linewidth=THIN)
            marks = {"marker": SHAPES[place % len(SHAPES)], "ms": 5}
        else:
            axes.fill_between(days, low, high, color=colour, alpha=BAND, linewidth=0)
        axes.plot(
            days,
            values,
            color=colour,
            label=label,
            linewidth=widths[place] if widths else LINE,
            linestyle=STROKES[sum(_upon(values, other) for other in drawn) % len(STROKES)],
            **marks,
        )
        drawn.append(values)


def duration_axis(axes: Axes, found: Rehearsal, lines: int, apart: float = APART) -> None:
    """Scale an axis of durations in days, and mark the design's horizon; shares on the other.

    Parameters
    ----------
    axes
        Where lines are drawn.
    found
        The rehearsal.
    lines
        How many there are.
    apart
        Part of the axis that a duration must be away from the horizon to be named too.
    """
    days: Sequence[float] = found.settings["durations_days"]
    horizon = found.design.horizon_days
    width = math.log(days[-1] / days[0]) or 1.0
    shown = [day for day in days if day == horizon or abs(math.log(day / horizon)) > apart * width]
    axes.set_xscale("log")
    axes.set_xticks(shown, [f"{day:g}" for day in shown], fontsize=8.5)
    axes.xaxis.set_minor_locator(NullLocator())
    room = ROOM * float(_asides(np.asarray(days, dtype=np.float64), lines).max())
    axes.set_xlim(days[0] / room, days[-1] * room)
    axes.set_xlabel(words.DURATION_AXIS)
    axes.axvline(
        horizon, color=style.INK, linewidth=1.0, linestyle=(0, (1, 2)), label=words.HORIZON
    )
    axes.set_ylim(-MARK_ROOM, 1 + MARK_ROOM)
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=""))


def with_interval(axes: Axes, lines: int) -> tuple[list[Any], list[str]]:
    """Return what the legend shows: the lines, and what the bands or bars around them are."""
    handles, labels = axes.get_legend_handles_labels()
    interval: Any = Patch(color=style.QUIET, alpha=2 * BAND, linewidth=0)
    return [*handles, bar() if lines > MOST_BANDS else interval], [*labels, words.INTERVALS]


def bar() -> Line2D:
    """Return the sign of an interval that is drawn as a bar."""
    return Line2D([], [], color=style.INK, linestyle="", marker="|", ms=14)


def legend(axes: Axes, lines: int) -> None:
    """Write the legend of a figure's only panel: beside it, or below where there are many lines."""
    handles, labels = with_interval(axes, lines)
    if lines > MOST_BANDS:
        labels = [style.wrapped(label, OF_TWO_COLUMNS) for label in labels]
        axes.figure.legend(handles, labels, loc="outside lower left", ncols=COLUMNS)
        return
    labels = [style.wrapped(label, style.SIDE_TITLE) for label in labels]
    axes.legend(handles, labels, loc="upper left", bbox_to_anchor=(1.0, 1.0))


def _asides(days: Any, lines: int) -> Any:
    """Return by how much each line's marks are moved on the log axis (factors of 1 for few)."""
    if lines <= MOST_BANDS:
        return np.ones(lines)
    logs = np.log(np.unique(days))
    spread = ASIDE * (lines - 1) * (logs[-1] - logs[0] or 1.0)
    if len(logs) > 1:
        spread = min(spread, OF_GAP * float(np.diff(logs).min()))
    return np.exp(np.linspace(-spread / 2, spread / 2, lines))


def _upon(values: Any, others: Any) -> bool:
    """Say whether a line lies upon another between two neighbouring durations at least."""
    same = np.isclose(values, others)
    return bool((same[1:] & same[:-1]).any())
