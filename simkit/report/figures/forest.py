"""What a field trial found: the arms' differences from the control, and the guardrails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from simkit.errors import InputError, Problem
from simkit.measures.registry import SHARE
from simkit.report import sentences_forest as words
from simkit.report.figures import style
from simkit.trial.effects.guardrails import VETO

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from simkit.trial import Evaluation

ROW_IN, LEGEND_IN, PAD_IN = 0.55, 0.5, 0.1
LETTER = 0.015
"""Width of a letter of a label, as part of the width of a panel."""
EDGE = 0.12
ARROW = 8
CORRECTED_PT, ALONE_PT = 1.2, 4.0
"""Widths of the lines of an interval."""
DASHES: Any = (0, (4, 3))
NO_NAMES: Mapping[str, Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True)
class _Bar:
    """An interval: its ends, one or both of which may be infinite, and how it is drawn."""

    low: float
    high: float
    place: int
    colour: tuple[float, ...]
    width: float
    alpha: float = 1.0


def forest_figure(
    evaluation: Evaluation,
    segment: str | None = None,
    *,
    names: Mapping[str, Mapping[str, str]] = NO_NAMES,
) -> Figure:
    """Draw each arm's difference from the control, with its intervals, beside the guardrails.

    Left, the outcome that decides: a thick line is the interval of a comparison alone, a thin one
    the interval corrected for comparisons and looks; the shaded band is too small to matter.
    Right, each guardrail: one-sided bounds, and the margin that harm must stay below. An interval
    without an end is an arrow to the edge.

    Parameters
    ----------
    evaluation
        The trial.
    segment
        One of its segments; None for all, one below the other.
    names
        Segment → arm → interval that the arm stands for, to be named beside it.

    Returns
    -------
    Figure
        A row of panels for each segment.

    Raises
    ------
    InputError
        If the trial has no such segment.
    """
    table = evaluation.table
    known = tuple(table["segment"].unique())
    if segment is not None and segment not in known:
        rule = f"must be one of {', '.join(known)}"
        raise InputError([Problem("figure", "segment", segment, rule)])
    shown = known if segment is None else (segment,)
    guards = tuple(table.loc[table["role"] == "guardrail", "outcome"].unique())
    arms = max(table.loc[table["segment"] == one, "arm"].nunique() for one in shown)
    with style.styled():
        figure, panels = style.new_figure(
            len(shown),
            1 + len(guards),
            height_in=(1.7 + ROW_IN * arms) * len(shown) + LEGEND_IN,
            sharey="row",
            width_ratios=[1.5, *([1.0] * len(guards))],
        )
        for number, name in enumerate(shown):
            row = panels[number * (1 + len(guards)) : (number + 1) * (1 + len(guards))]
            _primary(row[0], evaluation, name, names.get(name, {}))
            for axes, outcome in zip(row[1:], guards, strict=True):
                _guardrail(axes, evaluation, name, outcome)
        _legend(figure, table[table["segment"].isin(shown)])
        # Labels beside the panels would touch the edge.
        figure.set_layout_engine("constrained", w_pad=PAD_IN, h_pad=PAD_IN)
    return figure


def _legend(figure: Figure, rows: pd.DataFrame) -> None:
    """Say what lines, colours and the band mean, of those that are drawn."""
    primary = rows[rows["role"] == "primary"]
    entries: dict[str, Any] = {
        "alone": Line2D([], [], lw=ALONE_PT, alpha=0.55, color=style.INK),
        "corrected": Line2D([], [], lw=CORRECTED_PT, color=style.INK),
    }
    if not primary["verdict"].isin(list(style.VERDICT_COLOURS)).all():
        entries["unknown"] = Line2D([], [], marker="o", ls="none", ms=7, color=style.QUIET)
    if np.isfinite(primary["margin"].astype(float)).any():
        entries["small"] = Patch(color=style.QUIET, alpha=0.15, linewidth=0)
    if (rows["role"] == "guardrail").any():
        entries["margin"] = Line2D([], [], color=style.WINNER, ls=DASHES, lw=1.3)
    labels = [words.LEGEND[name] for name in entries]
    figure.legend([*entries.values()], labels, loc="outside lower center", ncols=3)


def _primary(axes: Axes, evaluation: Evaluation, segment: str, names: Mapping[str, str]) -> None:
    table = evaluation.table
    rows = table[(table["segment"] == segment) & (table["role"] == "primary")]
    margin = float(rows["margin"].max())
    if np.isfinite(margin):
        axes.axvspan(-margin, margin, color=style.QUIET, alpha=0.15, linewidth=0)
    bars: list[_Bar] = []
    labels = []
    for place, each in enumerate(rows.itertuples(index=False)):
        row: Any = each
        colour = style.VERDICT_COLOURS.get(row.verdict, style.QUIET)
        if np.isnan(row.estimate):
            axes.annotate(words.REFUSED, (0, place), ha="center", va="center", color=colour)
            continue
        bars += [
            _Bar(row.ci_low_adjusted, row.ci_high_adjusted, place, colour, CORRECTED_PT),
            _Bar(row.ci_low, row.ci_high, place, colour, ALONE_PT, 0.55),
        ]
        axes.plot(row.estimate, place, marker="o", color=colour, ms=7, zorder=3)
        labels.append((words.forest_label(row), row.estimate, place))
    _rows_of_arms(axes, rows, names)
    _draw(axes, bars)
    _label(axes, labels)
    unit = str(rows["unit"].iloc[0])
    axes.set_xlabel(words.difference_axis(evaluation.primary, unit))
    _in_points(axes, unit)
    here = evaluation.vetoes[evaluation.vetoes["segment"] == segment]
    stopped = here.loc[here["state"] == VETO, "arm"].unique()
    title = words.forest_title(rows, segment, evaluation.horizon_days, list(stopped))
    axes.set_title(style.wrapped(title, style.MAIN_TITLE))


def _guardrail(axes: Axes, evaluation: Evaluation, segment: str, outcome: str) -> None:
    table = evaluation.table
    arms = table[(table["segment"] == segment) & (table["role"] == "primary")]
    places = {arm: place for place, arm in enumerate(arms["arm"])}
    rows = table[(table["segment"] == segment) & (table["outcome"] == outcome)]
    states = _states(evaluation, segment, outcome)
    bars: list[_Bar] = []
    for each in rows.itertuples(index=False):
        row: Any = each
        colour = style.STATE_COLOURS.get(states.get(row.arm, ""), style.QUIET)
        place = places[row.arm]
        if np.isnan(row.estimate):
            axes.annotate(words.REFUSED, (0, place), ha="center", va="center", color=colour)
            continue
        bars.append(_Bar(row.ci_low_adjusted, row.ci_high_adjusted, place, colour, 1.6))
        axes.plot(row.estimate, place, marker="o", color=colour, ms=6, zorder=3)
    for margin in rows["margin"].dropna().unique():
        axes.axvline(margin, color=style.WINNER, linestyle=DASHES, linewidth=1.3)
        axes.annotate(
            words.MARGIN,
            (margin, 0.0),
            xycoords=axes.get_xaxis_transform(),
            xytext=(3, 4),
            textcoords="offset points",
            color=style.WINNER,
            fontsize=8.5,
        )
    _zero_line(axes)
    _draw(axes, bars)
    unit = str(rows["unit"].iloc[0])
    axes.set_xlabel(words.difference_axis(outcome, unit))
    _in_points(axes, unit)
    axes.set_title(style.wrapped(words.guardrail_title(states), style.SIDE_TITLE))


def _draw(axes: Axes, bars: Sequence[_Bar]) -> None:
    """Draw intervals; an end that is infinite is an arrow to the edge of the axis.

    Where assigning the accounts anew can reject nothing on a side, the interval has no end there.
    """
    known = [bar for bar in bars if not np.isnan([bar.low, bar.high]).any()]
    ends = np.array([(end, bar.place) for bar in known for end in (bar.low, bar.high)])
    finite = np.isfinite(ends[:, 0]) if known else np.zeros(0, dtype=np.bool_)
    if finite.any():
        axes.update_datalim(ends[finite])
        axes.autoscale_view(scaley=False)
    left, right = axes.get_xlim()
    if not finite.all():
        # The edge lies beyond all that has an end, or an arrow would seem to end at a value.
        more = EDGE * (right - left)
        left, right = axes.set_xlim(left - more, right + more)
    for bar in known:
        look: dict[str, Any] = {"color": bar.colour, "alpha": bar.alpha}
        axes.plot([max(bar.low, left), min(bar.high, right)], [bar.place] * 2, lw=bar.width, **look)
        for end, edge, marker in ((bar.low, left, "<"), (bar.high, right, ">")):
            if np.isinf(end):
                axes.plot(edge, bar.place, marker, color=bar.colour, ms=ARROW, clip_on=False)


def _label(axes: Axes, labels: Sequence[tuple[str, float, int]]) -> None:
    """Write each estimate above its bar; one near an edge begins or ends there, and is not cut."""
    left, right = axes.get_xlim()
    for text, estimate, place in labels:
        half = LETTER * len(text) * (right - left) / 2
        # Where a panel is narrower than its label, the middle is as good as it gets.
        middle = min(max(estimate, left + half), max(right - half, left + half))
        axes.annotate(
            text,
            (middle, place),
            xytext=(0, 9),
            textcoords="offset points",
            ha="center",
            fontsize=8.5,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
        )
    axes.set_xlim(left, right)


def _in_points(axes: Axes, unit: str) -> None:
    """Write shares in percentage points, as the axis says."""
    if unit == SHARE:
        axes.xaxis.set_major_formatter(
            FuncFormatter(lambda value, _: f"{100 * value:+g}".replace("-", "−") if value else "0")
        )


def _states(evaluation: Evaluation, segment: str, outcome: str) -> dict[str, str]:
    judged = evaluation.vetoes
    here = judged[(judged["segment"] == segment) & (judged["outcome"] == outcome)]
    return dict(zip(here["arm"], here["state"], strict=True))


def _rows_of_arms(axes: Axes, rows: pd.DataFrame, names: Mapping[str, str]) -> None:
    _zero_line(axes)
    labels = [
        style.wrapped(words.arm_label(row, names), style.ARM_NAME) for row in rows.itertuples()
    ]
    axes.set_yticks(range(len(rows)), labels)
    axes.set_ylim(len(rows) - 0.4, -0.7)


def _zero_line(axes: Axes) -> None:
    axes.axvline(0, color=style.INK, linewidth=1)
    axes.grid(visible=False, axis="y")
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6))
