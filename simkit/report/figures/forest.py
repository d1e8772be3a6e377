"""What a field trial found: the arms' differences from the control, and the guardrails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from simkit.errors import InputError, Problem
from simkit.report import cautions
from simkit.report import sentences_forest as words
from simkit.report.figures import style
from simkit.report.figures.band import draw_band
from simkit.report.figures.differences import Span, factor_of, reach_of, shared, signed_axis
from simkit.report.figures.panel_room import (
    TICK_IN,
    make_room_for_words,
    name_margin,
    widths,
    write_words,
)
from simkit.report.sentences import digits_of
from simkit.trial.effects.guardrails import VETO

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from simkit.trial import Evaluation

PRIMARY_IN, GUARD_IN = 3.6, 2.3
"""The least widths of the panel of the outcome that decides, and of a guardrail's."""
ROW_IN = 0.55
AROUND_IN, LEGEND_IN, PAD_IN = 0.87, 0.5, 0.1
"""Height of a panel's axis and gaps, of the legend, and the padding."""
LETTER_IN = 0.077
"""Width of a letter of an estimate."""
EDGE, ROOM = 0.12, 0.05
ARROW = 8
CORRECTED_PT, ALONE_PT = 1.2, 4.0
"""Widths of the lines of an interval."""
DASHES: Any = (0, (4, 3))
NO_NAMES: Mapping[str, Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True)
class _Scale:
    """What the panels of a measure share: limits, and decimals.

    Parameters
    ----------
    limits
        Segment → both ends of the axis.
    digits
        Decimals of every difference.
    own
        Whether each segment has limits of its own.
    width_in
        Width of each panel [inches].
    """

    limits: Mapping[str, Span]
    digits: int
    own: bool
    width_in: float


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
    the interval that agrees with the verdict, which is corrected for comparisons (Holm) and looks
    (each holds by itself, not all at once); the shaded band is too small to matter.
    Right, each guardrail: one-sided bounds, and the margin that harm must stay below. An interval
    without an end is an arrow to the edge. Panels of one measure share one scale; where segments
    differ by more than ten times, each has its own and says so.

    A band above all says where nothing here may be acted on, or what is to be doubted; then there
    are no colours of verdicts.

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
    primary = table[(table["role"] == "primary") & table["segment"].isin(shown)]
    labels = {one: _arm_labels(primary, one, names.get(one, {})) for one in shown}
    rows_in = [len(each) * max(ROW_IN, style.label_in(each)) for each in labels.values()]
    beside = [name for each in labels.values() for name in each]
    width_in, panels_in = widths(beside, [PRIMARY_IN, *([GUARD_IN] * len(guards))])
    scales = {
        name: _scale(table, name, shown, panel_in)
        for name, panel_in in zip((evaluation.primary, *guards), panels_in, strict=True)
    }
    with style.styled():
        figure, panels = style.new_figure(
            len(shown),
            1 + len(guards),
            height_in=(AROUND_IN + max(rows_in)) * len(shown) + LEGEND_IN,
            sharey="row",
            width_ratios=panels_in,
        )
        figure.set_figwidth(width_in)
        for number, name in enumerate(shown):
            row = panels[number * (1 + len(guards)) : (number + 1) * (1 + len(guards))]
            _primary(row[0], evaluation, name, scales[evaluation.primary], labels[name])
            for axes, outcome in zip(row[1:], guards, strict=True):
                _guardrail(axes, evaluation, name, outcome, scales[outcome])
            make_room_for_words(figure, row)
        _legend(figure, table[table["segment"].isin(shown)], trusted=evaluation.trustworthy)
        # Labels beside the panels would touch the edge.
        figure.set_layout_engine("constrained", w_pad=PAD_IN, h_pad=PAD_IN)
        draw_band(figure, cautions.of_evaluation(evaluation))
    return figure


def _arm_labels(rows: pd.DataFrame, segment: str, names: Mapping[str, str]) -> list[str]:
    """Name the arms of a segment, each in as many lines as it takes."""
    here = rows[rows["segment"] == segment]
    return [style.wrapped(words.arm_label(row, names), style.ARM_NAME) for row in here.itertuples()]


def _scale(table: pd.DataFrame, outcome: str, segments: Sequence[str], width_in: float) -> _Scale:
    """Return the scale of a measure: all that its panels draw is on it."""
    ends = ["estimate", "ci_low_adjusted", "ci_high_adjusted"]
    spans, widths, open_ended = [], [], False
    rows = table[table["outcome"] == outcome]
    for segment in segments:
        here = rows[rows["segment"] == segment]
        primary = bool((here["role"] == "primary").any())
        columns = [*ends, "ci_low", "ci_high"] if primary else ends
        margins = here["margin"].to_numpy(dtype=float)
        more = [*margins, *(-margins)] if primary else [*margins]
        spans.append(reach_of(*here[columns].to_numpy(dtype=float).ravel(), *more))
        drawn = here[here["estimate"].notna()]
        widths += list(drawn["ci_high_adjusted"] - drawn["ci_low_adjusted"])
        open_ended |= bool(np.isinf(drawn[columns].to_numpy(dtype=float)).any())
    # Beyond all that has an end, or an arrow would seem to end at a value.
    room = EDGE + ROOM if open_ended else ROOM
    limits = {}
    for segment, (low, high) in zip(segments, shared(spans, segments), strict=True):
        aside = room * (high - low) or 1.0
        limits[segment] = (low - aside, high + aside)
    unit = next((str(name) for name in rows["unit"] if name), "")
    return _Scale(limits, digits_of(widths, unit), len(set(limits.values())) > 1, width_in)


def _legend(figure: Figure, rows: pd.DataFrame, *, trusted: bool) -> None:
    """Say what lines, colours and the band mean, of those that are drawn."""
    primary = rows[rows["role"] == "primary"]
    entries: dict[str, Any] = {
        "alone": Line2D([], [], lw=ALONE_PT, alpha=0.55, color=style.INK),
        "corrected": Line2D([], [], lw=CORRECTED_PT, color=style.INK),
    }
    if not trusted or not primary["verdict"].isin(list(style.VERDICT_COLOURS)).all():
        entries["unknown" if trusted else "forbidden"] = Line2D(
            [], [], marker="o", ls="none", ms=7, color=style.QUIET
        )
    if np.isfinite(primary["margin"].astype(float)).any():
        entries["small"] = Patch(color=style.QUIET, alpha=0.15, linewidth=0)
    if (rows["role"] == "guardrail").any():
        entries["margin"] = Line2D([], [], color=style.WINNER, ls=DASHES, lw=1.3)
    labels = [words.LEGEND[name] for name in entries]
    figure.legend([*entries.values()], labels, loc="outside lower center", ncols=3)


def _primary(
    axes: Axes, evaluation: Evaluation, segment: str, scale: _Scale, names: Sequence[str]
) -> None:
    table = evaluation.table
    rows = table[(table["segment"] == segment) & (table["role"] == "primary")]
    margin = float(rows["margin"].max())
    if np.isfinite(margin):
        axes.axvspan(-margin, margin, color=style.QUIET, alpha=0.15, linewidth=0)
    bars: list[_Bar] = []
    labels = []
    colours = style.VERDICT_COLOURS if evaluation.trustworthy else {}
    for place, each in enumerate(rows.itertuples(index=False)):
        row: Any = each
        colour = colours.get(row.verdict, style.QUIET)
        if np.isnan(row.estimate):
            axes.annotate(words.REFUSED, (0, place), ha="center", va="center", color=colour)
            continue
        bars += [
            _Bar(row.ci_low_adjusted, row.ci_high_adjusted, place, colour, CORRECTED_PT),
            _Bar(row.ci_low, row.ci_high, place, colour, ALONE_PT, 0.55),
        ]
        axes.plot(row.estimate, place, marker="o", color=colour, ms=7, zorder=3)
        labels.append((words.forest_label(row, scale.digits), row.estimate, place))
    axes.set_yticks(range(len(rows)), names)
    axes.set_ylim(len(rows) - 0.4, -0.7)
    unit = str(rows["unit"].iloc[0])
    _differences(axes, scale, segment, unit)
    _draw(axes, bars)
    _label(axes, labels, scale.width_in)
    here = evaluation.vetoes[evaluation.vetoes["segment"] == segment]
    stopped = here.loc[here["state"] == VETO, "arm"].unique()
    title = words.forest_title(
        rows,
        segment,
        evaluation.horizon_days,
        list(stopped),
        trusted=evaluation.trustworthy,
    )
    label = words.difference_axis(evaluation.primary, unit, own_scale=scale.own)
    write_words(axes, title, label, scale.width_in)


def _guardrail(
    axes: Axes, evaluation: Evaluation, segment: str, outcome: str, scale: _Scale
) -> None:
    table = evaluation.table
    arms = table[(table["segment"] == segment) & (table["role"] == "primary")]
    places = {arm: place for place, arm in enumerate(arms["arm"])}
    rows = table[(table["segment"] == segment) & (table["outcome"] == outcome)]
    states = _states(evaluation, segment, outcome)
    bars: list[_Bar] = []
    colours = style.STATE_COLOURS if evaluation.trustworthy else {}
    for each in rows.itertuples(index=False):
        row: Any = each
        colour = colours.get(states.get(row.arm, ""), style.QUIET)
        place = places[row.arm]
        if np.isnan(row.estimate):
            axes.annotate(words.REFUSED, (0, place), ha="center", va="center", color=colour)
            continue
        bars.append(_Bar(row.ci_low_adjusted, row.ci_high_adjusted, place, colour, 1.6))
        axes.plot(row.estimate, place, marker="o", color=colour, ms=6, zorder=3)
    for margin in rows["margin"].dropna().unique():
        axes.axvline(margin, color=style.WINNER, linestyle=DASHES, linewidth=1.3)
        name_margin(axes, float(margin), scale.limits[segment], scale.width_in)
    unit = str(rows["unit"].iloc[0])
    _differences(axes, scale, segment, unit)
    _draw(axes, bars)
    title = words.guardrail_title(outcome, states, trusted=evaluation.trustworthy)
    label = words.difference_axis(outcome, unit, own_scale=scale.own)
    write_words(axes, title, label, scale.width_in)


def _draw(axes: Axes, bars: Sequence[_Bar]) -> None:
    """Draw intervals; an end that is infinite is an arrow to the edge of the axis.

    Where assigning the accounts anew can reject nothing on a side, the interval has no end there.
    """
    left, right = axes.get_xlim()
    known = [bar for bar in bars if not np.isnan([bar.low, bar.high]).any()]
    for bar in known:
        look: dict[str, Any] = {"color": bar.colour, "alpha": bar.alpha}
        axes.plot([max(bar.low, left), min(bar.high, right)], [bar.place] * 2, lw=bar.width, **look)
        for end, edge, marker in ((bar.low, left, "<"), (bar.high, right, ">")):
            if np.isinf(end):
                axes.plot(edge, bar.place, marker, color=bar.colour, ms=ARROW, clip_on=False)


def _label(axes: Axes, labels: Sequence[tuple[str, float, int]], width_in: float) -> None:
    """Write each estimate above its bar; one near an edge begins or ends there, and is not cut."""
    left, right = axes.get_xlim()
    for text, estimate, place in labels:
        half = LETTER_IN * len(text) / width_in * (right - left) / 2
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


def _differences(axes: Axes, scale: _Scale, segment: str, unit: str) -> None:
    """Give a panel its scale, with 0 in it, and shares in percentage points, as its label says."""
    axes.set_xlim(scale.limits[segment])
    signed_axis(axes, ticks=int(scale.width_in / TICK_IN), factor=factor_of(unit))
    axes.axvline(0, color=style.INK, linewidth=1)
    axes.grid(visible=False, axis="y")


def _states(evaluation: Evaluation, segment: str, outcome: str) -> dict[str, str]:
    judged = evaluation.vetoes
    here = judged[(judged["segment"] == segment) & (judged["outcome"] == outcome)]
    return dict(zip(here["arm"], here["state"], strict=True))
