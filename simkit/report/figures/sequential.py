"""Looks at a running trial: what was seen at each, against the bounds that looking costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.ticker import FuncFormatter, MaxNLocator

from simkit.errors import InputError, Problem
from simkit.measures.registry import SHARE
from simkit.report import sentences_forest
from simkit.report import sentences_sequential as words
from simkit.report.figures import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from simkit.trial.monitor import Monitoring

PLANNED = "planned"
PANEL_IN = 3.2
TITLE_WIDTH = 38
ACROSS = 2
TALLEST_Z = 6.0
ROOM = 1.12
STOPPED = "stop this arm"
COLOURS = {
    "stop: better": style.CURVE,
    "better, but harm shown": style.CURVE,
    "stop: worse": style.WINNER,
    STOPPED: style.WINNER,
    "stop: futile": style.SECOND,
}


def sequential_figure(monitoring: Monitoring, segment: str | None = None) -> Figure:
    """Draw each comparison's looks against its bounds, and each guardrail against its margin.

    A panel a comparison: z at each look by the part of the planned information that was in; a
    filled mark is a planned look, a hollow one another. Lines are the bounds, solid where looked
    and dashed to come. A panel a guardrail and arm: the estimate with its bounds that hold at all
    times, and the margin.

    Parameters
    ----------
    monitoring
        The trial as it stands.
    segment
        One of its segments; None for all.

    Returns
    -------
    Figure
        Two panels a row.

    Raises
    ------
    InputError
        If the trial has no such segment.
    """
    table, guards = monitoring.table, monitoring.guardrails
    known = tuple(table["segment"].unique())
    if segment is not None:
        if segment not in known:
            rule = f"must be one of {', '.join(known)}"
            raise InputError([Problem("figure", "segment", segment, rule)])
        table = table[table["segment"] == segment]
        guards = guards[guards["segment"] == segment]
    comparisons = list(table.groupby(["segment", "arm"], sort=False))
    watched = list(guards.groupby(["outcome", "segment", "arm"], sort=False))
    count = len(comparisons) + len(watched)
    across = min(ACROSS, count)
    rows = -(-count // across)
    with style.styled():
        figure, panels = style.new_figure(rows, across, height_in=0.7 + PANEL_IN * rows)
        for axes, (_, looks) in zip(panels, comparisons, strict=False):
            _comparison(axes, monitoring, looks)
        for axes, (_, looks) in zip(panels[len(comparisons) :], watched, strict=False):
            _guardrail(axes, looks)
        for axes in panels[count:]:
            axes.set_visible(False)
        entries = {
            text: line
            for axes in panels
            for line, text in zip(*axes.get_legend_handles_labels(), strict=True)
        }
        figure.legend(
            list(entries.values()),
            list(entries),
            loc="outside lower center",
            ncols=min(across + 1, len(entries)) or 1,
        )
    return figure


def _comparison(axes: Axes, monitoring: Monitoring, looks: pd.DataFrame) -> None:
    segment, arm = looks[["segment", "arm"]].iloc[0]
    drawn = monitoring.bounds
    own = drawn[(drawn["segment"] == segment) & (drawn["arm"] == arm)]
    top = _bounds(axes, own) if len(own) else _sequence(axes, looks)
    axes.axhline(0, color=style.INK, linewidth=0.8)
    told = looks.dropna(subset=["z"])
    axes.plot(told["fraction"], told["z"], color=style.QUIET, linewidth=1, zorder=2)
    for each in told.itertuples(index=False):
        look: Any = each
        colour = COLOURS.get(look.decision, style.INK)
        _mark(axes, look, look.z, colour)
    for kind, filled in (("planned", True), ("other", False)):
        if ((told["kind"] == PLANNED) == filled).any():
            face = style.INK if filled else "white"
            axes.plot(
                [], [], "o", ms=6, color=style.INK, mfc=face, mew=1.4, label=words.LEGEND[kind]
            )
    reach = max([top, *told["z"].abs()])
    axes.set_ylim(-ROOM * reach, ROOM * reach)
    _information_axis(axes, [*own["fraction"], *looks["fraction"]])
    axes.set_ylabel(words.Z_AXIS)
    last = next(looks.iloc[[-1]].itertuples(index=False))
    axes.set_title(style.wrapped(words.look_title(last), TITLE_WIDTH))


def _bounds(axes: Axes, own: pd.DataFrame) -> float:
    """Draw the bounds of looks made and to come; return how far the axis should reach."""
    made = own[own["made"]]
    joined = own.iloc[max(len(made) - 1, 0) :]
    shown = own["upper"].clip(upper=TALLEST_Z)
    for side in ("upper", "lower"):
        for part, line in ((made, "-"), (joined, (0, (4, 3)))):
            capped = part[side].clip(-TALLEST_Z, TALLEST_Z)
            first = side == "upper" and part is made
            axes.plot(
                part["fraction"],
                capped,
                color=style.CURVE,
                linestyle=line,
                linewidth=1.5,
                label=words.LEGEND["bound"] if first else None,
            )
            axes.plot(part["fraction"], capped, color=style.CURVE, marker="_", ls="none", ms=9)
    if own["futility"].notna().any():
        # Where less is better the bound falls from above.
        cost = own["futility"].iloc[0] > own["futility"].iloc[-1]
        axes.plot(
            own["fraction"],
            own["futility"].clip(-TALLEST_Z, TALLEST_Z),
            color=style.SECOND,
            linestyle=(0, (1, 1.5)),
            linewidth=1.5,
            label=words.LEGEND["futility above" if cost else "futility"],
        )
    return float(min(shown.max(), TALLEST_Z))


def _sequence(axes: Axes, looks: pd.DataFrame) -> float:
    """Draw the bounds of a confidence sequence, which are known where looked only."""
    told = looks.dropna(subset=["z"])
    for sign in (1, -1):
        axes.plot(
            told["fraction"],
            sign * told["bound"],
            color=style.CURVE,
            marker="_",
            ms=16,
            linewidth=1.5,
            label=words.LEGEND["sequence"] if sign > 0 else None,
        )
    return float(told["bound"].max()) if len(told) else 3.0


def _guardrail(axes: Axes, looks: pd.DataFrame) -> None:
    told = looks.dropna(subset=["estimate"])
    share = str(looks["unit"].iloc[-1]) == SHARE
    scale = 100.0 if share else 1.0
    for each in told.itertuples(index=False):
        look: Any = each
        colour = style.WINNER if look.decision == STOPPED else style.INK
        axes.plot([look.fraction] * 2, [scale * look.low, scale * look.high], color=colour, lw=1.5)
        for end in (look.low, look.high):
            axes.plot(look.fraction, scale * end, marker="_", color=colour, ms=9)
        _mark(axes, look, scale * look.estimate, colour)
    axes.axhline(0, color=style.INK, linewidth=0.8)
    last: Any = next(looks.iloc[[-1]].itertuples(index=False))
    if np.isfinite(last.margin):
        margin = scale * last.margin * (1 if last.lower_is_better else -1)
        axes.axhline(margin, color=style.WINNER, linestyle=(0, (4, 3)), linewidth=1.3)
        axes.annotate(
            sentences_forest.MARGIN,
            (1.0, margin),
            xycoords=axes.get_yaxis_transform(),
            xytext=(-2, 3 if last.lower_is_better else -11),
            textcoords="offset points",
            ha="right",
            color=style.WINNER,
            fontsize=8.5,
        )
    _information_axis(axes, list(looks["fraction"]))
    axes.set_ylabel(words.guard_axis(last.unit))
    axes.yaxis.set_major_formatter(
        FuncFormatter(lambda value, _: f"{value:+g}".replace("-", "−") if value else "0")
    )
    axes.set_title(style.wrapped(words.guarded_title(last), TITLE_WIDTH))


def _mark(axes: Axes, look: Any, y: float, colour: Any) -> None:
    face = colour if look.kind == PLANNED else "white"
    axes.plot(
        look.fraction, y, marker="o", ms=7, color=colour, markerfacecolor=face, mew=1.6, zorder=3
    )


def _information_axis(axes: Axes, fractions: list[float]) -> None:
    axes.set_xlim(0, max([1.05, *(1.05 * part for part in fractions)]))
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.0f} %"))
    axes.set_xlabel(words.INFORMATION_AXIS)
