"""What each arm of a trial delivered: its intervals against those intended, and its load."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from simkit.errors import InputError, Problem
from simkit.report import cautions
from simkit.report import sentences_exposure as words
from simkit.report.figures import style
from simkit.report.figures.band import draw_band

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from simkit.trial import Checks

ROW_IN, AROUND_IN = 0.62, 1.5
SHORTEST_DAYS = 0.5
"""Where a gap within one day is drawn: the scale has no 0."""

BAR = 0.34


def exposure_figure(checks: Checks, segment: str | None = None) -> Figure:
    """Draw the gaps between each arm's dials against its intended interval, beside its load.

    Left, the delivered gaps: a thin line from the 10 % to the 90 % quantile, a thick one over the
    middle half, the median as a dot, and what the calendar makes of the intended interval as a
    diamond. Right, the arm's share of the contacts and of the agents' time (or, where that is not
    recorded, of the dials). Where a check failed, a band above says that no result may be acted on.

    Parameters
    ----------
    checks
        Of the trial, by `simkit.trial.check_trial`.
    segment
        One of its segments; None for all, one below the other.

    Returns
    -------
    Figure
        Two panels for each segment.

    Raises
    ------
    InputError
        If the trial has no such segment.
    """
    table = checks.exposure
    known = tuple(table["segment"].unique())
    if segment is not None and segment not in known:
        rule = f"must be one of {', '.join(known)}"
        raise InputError([Problem("figure", "segment", segment, rule)])
    shown = known if segment is None else (segment,)
    labels = {name: _arm_labels(table[table["segment"] == name]) for name in shown}
    rows_in = [len(each) * max(ROW_IN, style.label_in(each)) for each in labels.values()]
    with style.styled():
        figure, panels = style.new_figure(
            len(shown),
            2,
            height_in=(AROUND_IN + max(rows_in)) * len(shown),
            sharey="row",
            width_ratios=[1.5, 1.0],
        )
        for number, name in enumerate(shown):
            rows = table[table["segment"] == name]
            row = panels[2 * number : 2 * number + 2]
            _gaps(row[0], name, rows, labels[name])
            _load(row[1], rows)
            style.make_room_for_titles(figure, row)
        _legend(figure, panels)
        draw_band(figure, cautions.of_checks(checks))
    return figure


def _legend(figure: Figure, panels: Sequence[Axes]) -> None:
    """Say once, below all panels, what the marks mean."""
    handles: dict[str, Any] = {}
    for axes in panels:
        found, labels = axes.get_legend_handles_labels()
        handles |= dict(zip(labels, found, strict=True))
    figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=3)


def _arm_labels(rows: pd.DataFrame) -> list[str]:
    """Name the arms of a segment, each in as many lines as it takes."""
    return [
        style.wrapped(words.arm_row(arm, rule, gaps), style.ARM_NAME)
        for arm, rule, gaps in zip(rows["arm"], rows["intended"], rows["gaps"], strict=True)
    ]


def _gaps(axes: Axes, segment: str, rows: pd.DataFrame, labels: Sequence[str]) -> None:
    for place, each in enumerate(rows.itertuples(index=False)):
        row: Any = each
        if row.gaps:
            low, first, middle, third, high = (
                max(value, SHORTEST_DAYS) for value in (row.q10, row.q25, row.q50, row.q75, row.q90)
            )
            axes.plot([low, high], [place] * 2, color=style.CURVE, lw=1.4, label=words.RANGE)
            axes.plot(
                [first, third],
                [place] * 2,
                color=style.CURVE,
                lw=6,
                alpha=0.45,
                solid_capstyle="butt",
                label=words.MIDDLE,
            )
            axes.plot(middle, place, "o", color=style.CURVE, ms=7, label=words.MEDIAN)
        if np.isfinite(row.intended_days):
            axes.plot(
                max(row.intended_days, SHORTEST_DAYS),
                place,
                marker="D",
                linestyle="none",
                mfc="none",
                mec=style.WINNER,
                mew=1.6,
                ms=11,
                label=words.INTENDED,
            )
    axes.set_xscale("log")
    _days_scale(axes)
    axes.set_yticks(range(len(rows)), labels)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel(words.GAP_AXIS)
    axes.set_title(style.wrapped(words.delivered_title(segment, rows), style.MAIN_TITLE))


def _days_scale(axes: Axes) -> None:
    low, high = axes.get_xlim()
    axes.set_xlim(min(low, 0.8), max(high, 10.0) * 1.15)
    axes.xaxis.set_major_locator(LogLocator(base=10, subs=(1.0, 2.0, 5.0)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())


def _load(axes: Axes, rows: pd.DataFrame) -> None:
    timed = bool(rows["agent_hours"].sum() > 0)
    what = words.AGENT_TIME if timed else words.DIALS
    places = np.arange(len(rows))
    for offset, column, colour, label in (
        (-BAR / 2, "of_contacts", style.QUIET, words.CONTACTS),
        (BAR / 2, "of_agent_time", style.SECOND, what),
    ):
        bars = axes.barh(
            places + offset, 100 * rows[column].fillna(0), BAR, color=colour, alpha=0.8, label=label
        )
        axes.bar_label(bars, fmt="%.0f", padding=3, fontsize=8.5)
    axes.set_xlim(0, 100 * float(rows[["of_contacts", "of_agent_time"]].max().max()) * 1.2)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel(words.LOAD_AXIS)
    axes.set_title(style.wrapped(words.load_title(rows, what), style.SIDE_TITLE))
