"""What a sweep found: a measure over the recall interval, and its best interval by horizon."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import FuncFormatter, NullLocator

from simkit.errors import InputError, Problem
from simkit.measures.registry import SHARE
from simkit.report import sentences
from simkit.report import sentences_sweep as words
from simkit.report.figures import style
from simkit.sweep.practice import PRACTICE_DAYS

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from simkit.policy import RecallPolicy
    from simkit.sweep import SweepResult

NET_VALUE = "net_value_eur"
OPT_OUT = "opt_out"
TOO_NEAR = 0.08
MOST_COLUMNS = 3
ROUND_DAYS = (1, 2, 3, 7, 14, 30, 60, 120, 240)


def sweep_figure(
    sweep: SweepResult,
    segment: str | None = None,
    *,
    measure: str = NET_VALUE,
    horizon_days: float | None = None,
    current: RecallPolicy | None = None,
    practice: Mapping[str, tuple[float, float]] = PRACTICE_DAYS,
) -> Figure:
    """Draw a measure over the interval between calls, with its intervals of confidence.

    The horizontal axis shows the delivered interval in calendar days, on a logarithmic scale; its
    ticks name the wished one too. Filled points cannot be told from the best.

    Parameters
    ----------
    sweep
        The sweep.
    segment
        One of its segments; may be left out where there is only one.
    measure
        A measure of the sweep, e.g. ``"net_value_eur"``, ``"opt_out"``.
    horizon_days
        One of its horizons; None for the longest.
    current
        The policy in use, to be marked; None for none.
    practice
        Segment → range of usual practice in calendar days, to be marked.

    Returns
    -------
    Figure
        One panel.

    Raises
    ------
    InputError
        If the sweep has no such segment, horizon or measure.
    """
    name, days = _chosen(sweep, segment, horizon_days)
    rows = _rows(sweep, name, measure, days)
    good = _as_good(sweep, name, measure, days)
    best = _best(sweep, name, measure, days)
    with style.styled():
        figure, (axes,) = style.new_figure(height_in=4.4)
        _practice(axes, practice.get(name))
        _curve(axes, rows, good, best)
        _current(axes, sweep, name, rows, current)
        _interval_ticks(axes, rows)
        axes.set_xlabel(words.INTERVAL_AXIS)
        unit = str(rows["unit"].iloc[0])
        axes.set_ylabel(sentences.measure_axis(measure, unit, days))
        _percent(axes, unit)
        title = _title(name, measure, days, rows, best, good)
        axes.set_title(style.wrapped(title, style.WIDE_TITLE))
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure


def horizon_figure(
    sweep: SweepResult,
    segment: str | None = None,
    *,
    measure: str = NET_VALUE,
    horizons: Sequence[float] | None = None,
) -> Figure:
    """Draw a measure over the interval for several horizons side by side, each with its best.

    Parameters
    ----------
    sweep
        The sweep.
    segment
        One of its segments; may be left out where there is only one.
    measure
        A measure of the sweep that has a better direction.
    horizons
        Some of the sweep's horizons; None for all.

    Returns
    -------
    Figure
        A panel for each horizon.

    Raises
    ------
    InputError
        If the sweep has no such segment, horizon or measure.
    """
    marks = sweep.horizons if horizons is None else tuple(horizons)
    chosen = [_chosen(sweep, segment, days) for days in marks]
    name = chosen[0][0]
    best = {days: _best(sweep, name, measure, days) for days in marks}
    good = {days: _as_good(sweep, name, measure, days) for days in marks}
    columns = len(marks) if len(marks) <= MOST_COLUMNS else math.ceil(len(marks) / 2)
    lines = math.ceil(len(marks) / columns)
    with style.styled():
        figure, panels = style.new_figure(lines, columns, height_in=0.8 + 2.6 * lines)
        for axes in panels[len(marks) :]:
            axes.set_visible(False)
        for axes, days in zip(panels, marks, strict=False):
            rows = _rows(sweep, name, measure, days)
            _curve(axes, rows, good[days], best[days], legend=False)
            _round_ticks(axes, rows)
            short = words.horizon_title(days, best[days], good[days])
            axes.set_title(style.wrapped(short, style.SIDE_TITLE), fontsize=9.5)
            unit = str(rows["unit"].iloc[0])
            axes.set_ylabel(sentences.measure_axis(measure, unit, days))
            _percent(axes, unit)
        figure.supxlabel(words.DELIVERED_AXIS, fontsize=10)
        title = words.horizons_title(name, measure, best, good)
        wrapped = style.wrapped(title, style.WIDE_TITLE)
        figure.suptitle(wrapped, x=0.01, horizontalalignment="left")
    return figure


def _chosen(
    sweep: SweepResult, segment: str | None, horizon_days: float | None
) -> tuple[str, float]:
    sweep.require_one_number_of_agents("figure")
    problems = []
    name = segment
    if name is None and len(sweep.segments) == 1:
        name = sweep.segments[0]
    if name not in sweep.segments:
        rule = f"must be one of {', '.join(sweep.segments)}"
        problems.append(Problem("figure", "segment", segment, rule))
    days = sweep.horizons[-1] if horizon_days is None else horizon_days
    if days not in sweep.horizons:
        known = ", ".join(f"{mark:g}" for mark in sweep.horizons)
        problems.append(Problem("figure", "horizon_days", days, f"must be one of {known}"))
    if problems or name is None:
        raise InputError(problems)
    return name, days


def _rows(sweep: SweepResult, segment: str, measure: str, days: float) -> pd.DataFrame:
    table = sweep.table
    known = table["measure"].unique()
    if measure not in known:
        rule = f"must be one of {', '.join(known)}"
        raise InputError([Problem("figure", "measure", measure, rule)])
    rows = table[
        (table["segment"] == segment)
        & (table["measure"] == measure)
        & (table["horizon_days"] == days)
    ]
    delivered = rows["delivered_days"].where(rows["delivered_days"] > 0, rows["interval_days"])
    return rows.assign(delivered_days=delivered).sort_values("delivered_days", kind="stable")


def _differences(sweep: SweepResult, segment: str, measure: str, days: float) -> pd.DataFrame:
    table = sweep.differences
    return table[
        (table["segment"] == segment)
        & (table["measure"] == measure)
        & (table["horizon_days"] == days)
    ]


def _as_good(sweep: SweepResult, segment: str, measure: str, days: float) -> tuple[str, ...]:
    rows = _differences(sweep, segment, measure, days)
    return tuple(rows.loc[rows["as_good"].astype(bool), "interval"])


def _best(sweep: SweepResult, segment: str, measure: str, days: float) -> str | None:
    rows = _differences(sweep, segment, measure, days)
    return None if rows.empty else str(rows["best"].iloc[0])


def _curve(
    axes: Axes, rows: pd.DataFrame, good: Sequence[str], best: str | None, *, legend: bool = True
) -> None:
    x, y = rows["delivered_days"].to_numpy(), rows["mean"].to_numpy()
    low, high = rows["ci_low"].to_numpy(), rows["ci_high"].to_numpy()
    labels = words.LEGEND if legend else dict.fromkeys(words.LEGEND, "")
    axes.fill_between(x, low, high, color=style.CURVE, alpha=0.15, linewidth=0)
    axes.plot(x, y, color=style.CURVE, linewidth=1.2, zorder=2)
    axes.errorbar(
        x,
        y,
        yerr=np.vstack([y - low, high - y]),
        fmt="none",
        ecolor=style.CURVE,
        elinewidth=1.0,
        capsize=2.5,
        label=labels["interval"] or None,
    )
    is_good = rows["interval"].isin(good).to_numpy()
    is_best = (rows["interval"] == best).to_numpy()
    marks: tuple[tuple[Any, dict[str, Any]], ...] = (
        (~is_good, {"marker": "o", "facecolor": "white", "edgecolor": style.CURVE, "s": 34}),
        (is_good & ~is_best, {"marker": "o", "color": style.CURVE, "s": 40}),
        (is_best, {"marker": "*", "color": style.WINNER, "s": 170}),
    )
    for (mask, look), word in zip(marks, ("ruled_out", "as_good", "best"), strict=True):
        if mask.any():
            axes.scatter(x[mask], y[mask], zorder=3, label=labels[word] or None, **look)


def _practice(axes: Axes, days: tuple[float, float] | None) -> None:
    if days is not None:
        axes.axvspan(
            *days,
            color=style.PRACTICE,
            alpha=0.12,
            linewidth=0,
            label=words.LEGEND["practice"],
        )


def _title(
    segment: str,
    measure: str,
    days: float,
    rows: pd.DataFrame,
    best: str | None,
    good: Sequence[str],
) -> str:
    if measure == OPT_OUT and len(rows) > 1:
        ends = [
            (str(row["interval"]), float(row["mean"])) for _, row in rows.iloc[[-1, 0]].iterrows()
        ]
        return words.optout_title(segment, days, ends)
    return words.sweep_title(segment, measure, days, best, good)


def _current(
    axes: Axes,
    sweep: SweepResult,
    segment: str,
    rows: pd.DataFrame,
    current: RecallPolicy | None,
) -> None:
    labels = [label for label, policy in sweep.policies[segment].items() if policy == current]
    here = rows[rows["interval"].isin(labels)]
    if len(here):
        axes.axvline(
            float(here["delivered_days"].iloc[0]),
            color=style.INK,
            linestyle=(0, (4, 3)),
            linewidth=1.2,
            zorder=1,
            label=words.LEGEND["current"].format(labels[0]),
        )


def _interval_ticks(axes: Axes, rows: pd.DataFrame) -> None:
    """Name each point below the axis: wished interval, delivered days; neighbours are staggered."""
    x = rows["delivered_days"].to_numpy()
    axes.set_xscale("log")
    width = math.log(x[-1] / x[0]) or 1.0
    labels, taken = [], [-math.inf, -math.inf]
    for days, interval in zip(x, rows["interval"], strict=True):
        place = math.log(days / x[0]) / width
        level = int(place - taken[0] < TOO_NEAR)
        taken[level] = place
        labels.append("\n\n" * level + words.tick(interval, days))
    axes.set_xticks(x, labels)
    axes.xaxis.set_minor_locator(NullLocator())
    axes.grid(visible=False, axis="x")
    axes.set_xlim(x[0] * math.exp(-0.06 * width), x[-1] * math.exp(0.06 * width))


def _round_ticks(axes: Axes, rows: pd.DataFrame) -> None:
    x = rows["delivered_days"].to_numpy()
    axes.set_xscale("log")
    shown = [days for days in ROUND_DAYS if x[0] * 0.9 <= days <= x[-1] * 1.1]
    axes.set_xticks(shown, [f"{days}" for days in shown])
    axes.xaxis.set_minor_locator(NullLocator())


def _percent(axes: Axes, unit: str) -> None:
    if unit == SHARE:
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:g} %"))
