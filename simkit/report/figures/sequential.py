"""Looks at a running trial: what was seen at each, against the bounds that looking costs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D

from simkit.errors import InputError, Problem
from simkit.report import cautions
from simkit.report import sentences_sequential as words
from simkit.report.figures import style
from simkit.report.figures.band import draw_band
from simkit.report.figures.differences import factor_of, shared, signed_axis
from simkit.report.figures.panel_room import TICK_IN, widths, write_label
from simkit.report.figures.sequential_row import (
    DASHED,
    DOTTED,
    PLANNED,
    TALLEST_Z,
    Row,
    draw_row,
    rows_of,
    unit_of,
    with_harm,
    write_notes,
    write_titles,
)
from simkit.report.figures.sequential_scale import limit, span_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from simkit.trial.monitor import Monitoring

LINE_IN, LABELLED_IN, TALLEST_IN = 0.27, 0.16, 3.2
"""Height of a look's line, the least that its label needs, and of all looks of a comparison."""
HEAD_IN, FOOT_IN = 0.68, 1.9
EDGE_IN, SUBTITLE_LINE_IN = 0.08, 0.165
WIDE_TITLE, WIDE_SUBTITLE = 96, 130
"""Letters that fit into a line of a figure that is as wide as usual."""
DIFFERENCE_IN, Z_IN, GUARD_IN = 2.4, 1.9, 1.6
"""The least widths of the panels of a row."""
LABEL_LINES = 3
"""Of an axis, for which there is room at the foot."""
ROOM = 1.12


def sequential_figure(monitoring: Monitoring, segment: str | None = None) -> Figure:
    """Draw each comparison's looks, with what they allow to claim, and each guardrail.

    The answer is the title. A row a comparison, a line a look; a filled mark is a planned look, a
    hollow one another. Left, the difference in the outcome's own unit with the interval that holds
    at all looks. In the middle z, against the range within which nothing may be claimed; dashed for
    looks to come, of which there are none once a comparison is decided or the trial has ended;
    where there is no bound it says so. Right, a column a guardrail: the estimate
    with bounds that hold at all times, and the margin. Columns share one scale; where the
    differences of segments are of another order, each segment has its own.

    Parameters
    ----------
    monitoring
        The trial as it stands.
    segment
        One of its segments; None for all.

    Returns
    -------
    Figure
        A row of panels for each comparison.

    Raises
    ------
    InputError
        If the trial has no such segment.
    """
    table, guards, bounds = monitoring.table, monitoring.guardrails, monitoring.bounds
    known = tuple(table["segment"].unique())
    if segment is not None:
        if segment not in known:
            rule = f"must be one of {', '.join(known)}"
            raise InputError([Problem("figure", "segment", segment, rule)])
        table, guards, bounds = (
            part[part["segment"] == segment] for part in (table, guards, bounds)
        )
    outcomes = list(guards["outcome"].unique())
    trusted, ended = monitoring.trustworthy, bool(monitoring.looks["final"].iloc[-1])
    counted = bool(monitoring.looks["fraction"].iloc[-1] > 0)
    rows = list(rows_of(table, guards, bounds, trusted=trusted, ended=ended, counted=counted))
    differences = _scales(rows)
    lines = [len(row.places) for row in rows]
    heights = [min(LINE_IN * number, TALLEST_IN) for number in lines]
    beside = [place for row in rows for place in row.places]
    width_in, panels_in = widths(beside, [DIFFERENCE_IN, Z_IN, *([GUARD_IN] * len(outcomes))])
    titles = words.figure_title(monitoring)
    with style.styled():
        figure, panels = style.new_figure(
            len(rows),
            2 + len(outcomes),
            height_in=sum(heights) + HEAD_IN * len(rows) + FOOT_IN,
            height_ratios=heights,
            width_ratios=panels_in,
        )
        figure.set_figwidth(width_in)
        grid = np.array(panels, dtype=object).reshape(len(rows), -1)
        watched = [guards[guards["outcome"] == name] for name in outcomes]
        units = [unit_of(table), "", *map(unit_of, watched)]
        told = [bool(part["estimate"].notna().any()) for part in (table, *watched)]
        told.insert(1, True)  # of z there are bounds at least
        own = len(set(differences)) > 1
        labels = [
            words.difference_axis(monitoring.primary, units[0], own_scale=own),
            words.Z_AXIS,
            *(words.difference_axis(*each) for each in zip(outcomes, units[2:], strict=True)),
        ]
        shown: set[str] = set()
        more_lines = 0
        for row, axes, height in zip(rows, grid, heights, strict=True):
            shown |= draw_row(row, list(axes), outcomes)
            more_lines += write_titles(row, list(axes), outcomes, panels_in)
            _label_lines(axes[0], row, height)
            for other in axes[1:]:
                other.tick_params(labelleft=False)
                other.set_yticks(axes[0].get_yticks())
            for each in axes:
                each.set_ylim(len(row.places) - 0.4, -0.6)
        if _scale(grid, rows, outcomes, differences):
            shown.add("beyond")
        for row, axes in zip(rows, grid, strict=True):
            write_notes(axes[0], axes[1], row)
        below = max(
            _finish([axes for axes in column if axes.get_visible()], label, unit, wide, has)
            for column, label, unit, wide, has in zip(
                grid.T, labels, units, panels_in, told, strict=True
            )
        )
        more_in = style.LABEL_LINE_IN * max(below - LABEL_LINES, 0)
        more_in += style.TITLE_LINE_IN * more_lines
        figure.set_figheight(figure.get_figheight() + more_in)
        _head(figure, *titles, draw_band(figure, cautions.of_monitoring(monitoring)))
        handles = [handle for name, handle in _legend(shown).items() if name in shown]
        figure.legend(
            handles=handles,
            loc="outside lower center",
            ncols=2,
            title=words.BESIDE_LOOKS,
            title_fontsize=9,
            alignment="left",
        )
    return figure


def _head(figure: Figure, title: str, below: str, above_in: float) -> None:
    """Write the answer, and in smaller letters below what it rests on, into room of their own.

    Above them `above_in` inches are taken by the band of what may not be acted on.
    """
    wider = figure.get_figwidth() / style.WIDTH_IN
    title = style.wrapped(title, int(WIDE_TITLE * wider))
    below = style.wrapped(below, int(WIDE_SUBTITLE * wider))
    first = above_in + EDGE_IN + style.TITLE_LINE_IN * (1 + title.count("\n"))
    taken = first + SUBTITLE_LINE_IN * (1 + below.count("\n")) + EDGE_IN
    height = figure.get_figheight() - above_in + taken
    figure.set_figheight(height)
    # Outside the layout, which would centre the lines in the room of one title.
    for text in (
        figure.suptitle(title, x=0.01, y=1 - (above_in + EDGE_IN) / height, ha="left", va="top"),
        figure.text(0.01, 1 - first / height, below, va="top", fontsize=9),
    ):
        text.set_in_layout(False)
    figure.set_layout_engine("constrained", w_pad=EDGE_IN, rect=(0, 0, 1, 1 - taken / height))


def _finish(panels: Sequence[Axes], label: str, unit: str, width_in: float, told: bool) -> int:
    """Label the lowest panel of a column, and write numbers with their signs, as its label says.

    Returns
    -------
    Lines of the label.
    """
    for axes in panels:
        signed_axis(axes, ticks=int(width_in / TICK_IN), factor=factor_of(unit))
        if not told:
            axes.set_xticks([0.0])  # of nothing there is no scale
        axes.axvline(0, color=style.INK, linewidth=0.8, zorder=1)
        axes.grid(visible=False, axis="y")
    write_label(panels[-1], label, width_in)
    return 1 + panels[-1].get_xlabel().count("\n")


def _scales(rows: Sequence[Row]) -> list[tuple[float, float]]:
    """Return the scale of each comparison's difference."""
    spans = [span_of(row.looks, "estimate", "ci_low", "ci_high") for row in rows]
    return shared(spans, [row.segment for row in rows])


def _scale(
    grid: NDArray[np.object_],
    rows: Sequence[Row],
    outcomes: Sequence[str],
    differences: Sequence[tuple[float, float]],
) -> bool:
    """Give the panels of a column one scale; return whether some interval goes on beyond it."""
    beyond = [
        limit(axes, scale, _ends(row, row.looks, "ci_low", "ci_high"))
        for axes, scale, row in zip(grid[:, 0], differences, rows, strict=True)
    ]
    seen = [*(row.looks["z"].abs().max() for row in rows), 1.0]
    drawn = pd.concat([part for row in rows for part in (row.looks["bound"], row.to_come["upper"])])
    seen += [min(bound, TALLEST_Z) for bound in drawn if np.isfinite(bound)]
    for axes in grid[:, 1]:
        axes.set_xlim(-ROOM * np.nanmax(seen), ROOM * np.nanmax(seen))
    for place, outcome in enumerate(outcomes, start=2):
        own = [with_harm(row.guards[row.guards["outcome"] == outcome]) for row in rows]
        there = [
            (axes, part, row)
            for axes, part, row in zip(grid[:, place], own, rows, strict=True)
            if len(part)
        ]
        parts = [span_of(part, "estimate", "low", "high", *part["harm"]) for _, part, _ in there]
        scale = (min(low for low, _ in parts), max(high for _, high in parts))
        beyond += [limit(axes, scale, _ends(row, part, "low", "high")) for axes, part, row in there]
    return any(beyond)


def _ends(row: Row, looks: pd.DataFrame, low: str, high: str) -> list[tuple[float, float, Any]]:
    colours = [row.colour(str(name)) for name in looks["decision"]]
    return list(zip(looks[low].astype(float), looks[high].astype(float), colours, strict=True))


def _label_lines(axes: Axes, row: Row, height_in: float) -> None:
    """Name the looks beside their lines; where there are too many, the last and some before it."""
    number = len(row.places)
    step = int(np.ceil(LABELLED_IN * number / height_in))
    kept = list(range(number - 1, -1, -step))
    axes.set_yticks(kept, [row.places[place] for place in kept])


def _legend(shown: Collection[str]) -> dict[str, Line2D]:
    """Return the legend's entries by name, in their order; in words that refer to those shown."""
    looks = {
        "interval": {"color": style.INK, "lw": 1.8},
        PLANNED: {"ls": "none", "marker": "o", "color": style.INK, "ms": 6.5},
        "other": {"ls": "none", "marker": "o", "color": style.INK, "mfc": "white", "mew": 1.5},
        "shown better": {"ls": "none", "marker": "o", "color": style.CURVE, "ms": 6.5},
        "shown worse": {"ls": "none", "marker": "o", "color": style.WINNER, "ms": 6.5},
        "stopped": {"ls": "none", "marker": "o", "color": style.WINNER, "ms": 6.5},
        "unlikely": {"ls": "none", "marker": "o", "color": style.SECOND, "ms": 6.5},
        "bound": {"color": style.QUIET, "lw": 1.2, "marker": "|", "ms": 9},
        "to come": {"color": style.QUIET, "lw": 1.2, "ls": DASHED, "marker": "|", "ms": 9},
        "futility": {"color": style.SECOND, "ls": DOTTED, "marker": "d", "ms": 5},
        "futility above": {"color": style.SECOND, "ls": DOTTED, "marker": "d", "ms": 5},
        "guardrail": {"color": style.INK, "lw": 1.2, "marker": "|", "ms": 7},
        "margin": {"color": style.WINNER, "ls": DASHED, "lw": 1.3},
        "beyond": {"ls": "none", "marker": ">", "color": style.INK, "ms": 6},
    }
    said = dict(words.LEGEND)
    if "bound" not in shown:
        said["to come"] = words.BOUND_TO_COME
    return {name: Line2D([], [], label=said[name], **how) for name, how in looks.items()}
