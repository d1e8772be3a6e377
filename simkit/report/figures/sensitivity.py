"""What the best interval hangs on: the effects of assumed parameters, the largest first."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from simkit.errors import InputError, Problem
from simkit.report import sentences_sensitivity as words
from simkit.report.figures import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from simkit.sweep import Sensitivity

COLOURS: Mapping[str, Any] = MappingProxyType(
    {"longer": style.CURVE, "shorter": style.SECOND, "both": style.THIRD, "none": style.QUIET}
)
MOST_ROWS = 12
ROW_IN = 0.42
FIRM, PALE = 0.85, 0.3
TITLE = 72
"""Characters of a line of the title: it begins where the bars do."""
DIAMOND: Mapping[str, Any] = MappingProxyType(
    {"marker": "D", "ms": 4.5, "color": "white", "mec": style.INK, "linestyle": "none"}
)
STROKE: Mapping[str, Any] = MappingProxyType(
    {"marker": "|", "ms": 15, "mew": 3, "color": style.WINNER, "linestyle": "none"}
)


def sensitivity_figure(found: Sensitivity, *, most: int = MOST_ROWS) -> Figure:
    """Draw how far each assumed parameter moves the best interval, the largest effect first.

    A bar is the mean size of the effect over the parameter's range (μ*), with its 95 % interval;
    its colour and arrow say which way. The dashed line is what luck alone does: pale bars cannot
    be told from it. Diamonds show how much the effect differs from place to place (σ). Where some
    best intervals are the shortest or longest tried, a stroke shows the effects without those.

    Parameters
    ----------
    found
        The study.
    most
        How many parameters to show at most.

    Returns
    -------
    Figure
        One panel.

    Raises
    ------
    InputError
        If there is nothing to show.
    """
    if most < 1:
        raise InputError([Problem("figure", "most", most, "must be at least 1")])
    rows = found.table.head(most)
    at_edge = any(found.at_edge.values())
    with style.styled():
        figure, (axes,) = style.new_figure(height_in=1.6 + ROW_IN * max(len(rows), 5))
        axes.axvspan(found.luck_low, found.luck_high, color=style.QUIET, alpha=0.15, linewidth=0)
        axes.axvline(found.luck, color=style.INK, linestyle=(0, (4, 3)), linewidth=1.3)
        for place, each in enumerate(rows.itertuples(index=False)):
            _row(axes, place, each, inside=at_edge)
        labels = [
            words.parameter_label(name, low, high, unit)
            for name, low, high, unit in zip(
                rows["parameter"], rows["low"], rows["high"], rows["unit"], strict=True
            )
        ]
        axes.set_yticks(range(len(rows)), labels, fontsize=8)
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.set_xlim(left=0)
        axes.grid(visible=False, axis="y")
        axes.set_xlabel(words.EFFECT_AXIS)
        sure = found.table[found.table["beyond_luck"]]
        title = words.sensitivity_title(
            found.segment,
            found.optimum_days,
            list(zip(sure["parameter"], sure["mu_star"], strict=True)),
            len(found.table),
        )
        axes.set_title(style.wrapped(title, TITLE))
        _legend(axes, set(rows["direction"]), inside=at_edge)
    return figure


def _row(axes: Axes, place: int, row: Any, *, inside: bool) -> None:
    strength = FIRM if row.beyond_luck else PALE
    axes.barh(place, row.mu_star, height=0.62, color=COLOURS[row.direction], alpha=strength)
    axes.plot([row.mu_star_low, row.mu_star_high], [place] * 2, color=style.INK, linewidth=1.2)
    axes.plot(row.sigma, place, **DIAMOND)
    if inside:
        axes.plot(row.mu_star_inside, place, **STROKE)
    axes.annotate(
        words.DIRECTION_MARK[row.direction],
        (np.nanmax([row.mu_star_high, row.sigma, row.mu_star_inside]), place),
        xytext=(7, 0),
        textcoords="offset points",
        va="center",
        color=COLOURS[row.direction],
        fontsize=11,
        fontweight="bold",
    )


def _legend(axes: Axes, directions: set[str], *, inside: bool) -> None:
    handles: list[Any] = [
        Patch(color=COLOURS[direction], alpha=FIRM, label=label)
        for direction, label in words.DIRECTION_LEGEND.items()
        if direction in directions
    ]
    handles += [
        Patch(color=style.QUIET, alpha=PALE, label=words.PALE),
        Line2D([], [], color=style.INK, linewidth=1.2, label=words.INTERVAL),
        Line2D([], [], **DIAMOND, label=words.SIGMA),
        Line2D([], [], color=style.INK, linestyle=(0, (4, 3)), linewidth=1.3, label=words.LUCK),
    ]
    if inside:
        handles.insert(-1, Line2D([], [], **{**STROKE, "ms": 10}, label=words.INSIDE))
    axes.legend(handles=handles, loc="lower right", frameon=True, framealpha=0.9, fontsize=8)
