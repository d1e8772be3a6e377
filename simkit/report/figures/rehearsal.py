"""A rehearsed trial: what it finds, which arm it picks, how often wrongly, what looks decide."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.patches import Patch
from matplotlib.ticker import PercentFormatter

from simkit.errors import InputError, Problem
from simkit.report import sentences_rehearsal as words
from simkit.report.figures import style
from simkit.report.figures.rehearsal_lines import (
    APART,
    LINE,
    MARK_ROOM,
    ROOM,
    bar,
    draw_lines,
    duration_axis,
    legend,
    with_interval,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from simkit.trial.rehearse import Rehearsal

HEIGHT_IN, TWO_PANELS_IN = 4.2, 4.8
"""Of figures with few arms and short names; others are as high as their panels need."""
LEAST_LOSS = 0.01
ARMS_A_ROW = 3
DODGE = 0.07
"""Between shares that are drawn at one look, where two looks are 1 apart: each mark can be seen."""
BAND_OF_LOOK, PALE = 0.24, 0.12
"""On either side of a look, and how opaque: what stands in the band is of that look."""
THICK = 3.0
LOOK_LINES: Any = {
    "better": (words.SHOWN_BETTER, style.CURVE, "o"),
    "worse": (words.SHOWN_WORSE, style.WINNER, "v"),
    "futile": (words.GIVEN_UP, style.QUIET, "s"),
    "guardrail": (words.STOPPED_BY_GUARDRAIL, style.SECOND, "D"),
}


def power_figure(found: Rehearsal, segment: str | None = None) -> Figure:
    """Draw how often each arm's effect is found, rightly, against the duration of the trial.

    Parameters
    ----------
    found
        The rehearsal.
    segment
        One of its segments; None for the only one.

    Returns
    -------
    Figure
        One panel: a line an arm with its Monte Carlo band, the power asked for, the horizon.

    Raises
    ------
    InputError
        If the segment is not one of the rehearsal, or must be named.
    """
    name = _segment(found, segment)
    rows = found.table[found.table["segment"] == name]
    colours = _colours(found, name)
    with style.styled():
        figure, (axes,) = style.new_figure(height_in=HEIGHT_IN)
        by_arm = {str(arm): of_arm for arm, of_arm in rows.groupby("arm", sort=False)}
        labels = [words.arm_label(found, name, arm) for arm in by_arm]
        columns = [(of_arm, "power") for of_arm in by_arm.values()]
        draw_lines(axes, columns, [colours[arm] for arm in by_arm], labels)
        label = words.POWER_WANTED.format(100 * found.design.power)
        axes.axhline(found.design.power, color=style.QUIET, linestyle=(0, (4, 3)), label=label)
        duration_axis(axes, found, len(columns))
        axes.set_ylabel(words.POWER_AXIS)
        axes.set_title(style.wrapped(words.power_title(found, name), style.WIDE_TITLE))
        legend(axes, len(columns))
        style.make_room_for_panels(figure)
    return figure


def wrong_winner_figure(found: Rehearsal, segment: str | None = None) -> Figure:
    """Draw how often a trial's winner is not that of the year, against the trial's duration.

    Parameters
    ----------
    found, segment
        As in `power_figure`.

    Returns
    -------
    Figure
        Two panels: the probability of the wrong arm, with the one accepted; and what following
        the trial loses.
    """
    name = _segment(found, segment)
    rows = found.durations[found.durations["segment"] == name]
    with style.styled():
        figure, (left, right) = style.new_figure(1, 2, height_in=TWO_PANELS_IN)
        for axes, lines in ((left, words.WRONG_LINES), (right, words.LOSS_LINES)):
            columns = [(rows, column) for column in lines]
            draw_lines(axes, columns, (style.WINNER, style.CURVE), [*lines.values()])
            duration_axis(axes, found, len(columns), apart=2 * APART)
        limit = found.wrong_at_most
        label = words.ACCEPTED.format(100 * limit)
        left.axhline(limit, color=style.QUIET, linestyle=(0, (4, 3)), label=label)
        left.set_ylabel(words.WRONG_AXIS)
        right.yaxis.set_major_formatter("{x:,.3g}")
        top = float(np.nanmax(rows[[f"{name}_high" for name in words.LOSS_LINES]].to_numpy()))
        top = max(top, LEAST_LOSS)
        right.set_ylim(-MARK_ROOM * top, ROOM * top)
        right.set_ylabel(words.loss_axis(found))
        for axes in (left, right):
            handles, labels = with_interval(axes, len(words.WRONG_LINES))
            axes.legend(handles, labels, loc="upper center", bbox_to_anchor=(0.5, -0.2), fontsize=8)
        title = style.wrapped(words.wrong_title(found, name), style.WIDE_TITLE)
        figure.suptitle(title, x=0.01, ha="left")
        style.make_room_for_panels(figure)
    return figure


def winners_figure(found: Rehearsal, segment: str | None = None) -> Figure:
    """Draw which arm has the best estimate, as shares of trials, against the trial's duration.

    Parameters
    ----------
    found, segment
        As in `power_figure`.

    Returns
    -------
    Figure
        One panel: a line an arm with its Monte Carlo band; the year's best arm has a thick one.
    """
    name = _segment(found, segment)
    rows = found.winners[found.winners["segment"] == name]
    best = str(found.durations.loc[found.durations["segment"] == name, "best_of_year"].iloc[0])
    colours = _colours(found, name)
    with style.styled():
        figure, (axes,) = style.new_figure(height_in=HEIGHT_IN)
        labels = [words.winner_label(found, name, arm, best) for arm in colours]
        widths = [THICK if arm == best else LINE for arm in colours]
        columns = [(rows[rows["arm"] == arm], "highest") for arm in colours]
        draw_lines(axes, columns, [*colours.values()], labels, widths)
        duration_axis(axes, found, len(columns))
        axes.set_ylabel(words.WINNERS_AXIS)
        axes.set_title(style.wrapped(words.winners_title(found, name), style.WIDE_TITLE))
        legend(axes, len(columns))
        style.make_room_for_panels(figure)
    return figure


def looks_figure(found: Rehearsal, segment: str | None = None) -> Figure:
    """Draw what the registered looks have decided of each arm, against the contacts followed.

    Parameters
    ----------
    found, segment
        As in `power_figure`; of a design with looks.

    Returns
    -------
    Figure
        A panel an arm: shares of trials in which it was shown better or worse, given up or stopped
        by a guardrail by each look, each with its Monte Carlo interval.

    Raises
    ------
    InputError
        If no looks were registered, or as in `power_figure`.
    """
    name = _segment(found, segment)
    rows = found.looks[found.looks["segment"] == name]
    if not len(rows):
        rule = "must have looks: none were registered, so none were rehearsed"
        raise InputError([Problem("rehearsal figure", "design.looks", None, rule)])
    arms = list(rows["arm"].unique())
    in_rows = math.ceil(len(arms) / ARMS_A_ROW)
    columns = math.ceil(len(arms) / in_rows)
    with style.styled():
        figure, panels = style.new_figure(
            in_rows, columns, height_in=HEIGHT_IN, sharex=True, sharey=True
        )
        drawn = [name for name in LOOK_LINES if rows[name].notna().all()]
        for panel, (axes, arm) in enumerate(zip(panels, arms, strict=False)):
            of_arm = rows[rows["arm"] == arm]
            for place, column in enumerate(drawn):
                aside = DODGE * (place - (len(drawn) - 1) / 2)
                _by_look(axes, of_arm, column, aside)
            axes.set_title(style.wrapped(words.looks_panel(found, name, arm), style.SIDE_TITLE))
            axes.set_ylim(-MARK_ROOM, 1 + MARK_ROOM)
            # Looks stand side by side, since a share aside of its look is no other share followed.
            at = range(len(of_arm))
            axes.set_xticks(at, [f"{100 * part:.4g}" for part in of_arm["fraction"]])
            axes.set_xlim(at[0] - 0.5, at[-1] + 0.5)
            axes.grid(visible=False, axis="x")
            for look in at:
                sides = (look - BAND_OF_LOOK, look + BAND_OF_LOOK)
                axes.axvspan(*sides, color=style.QUIET, alpha=PALE, linewidth=0, zorder=0)
            if panel + columns >= len(arms):
                axes.set_xlabel(words.LOOKS_AXIS)
                axes.tick_params(labelbottom=True)
            if panel % columns == 0:
                axes.set_ylabel(words.DECIDED_AXIS)
            axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=""))
        for spare in panels[len(arms) :]:
            spare.set_visible(False)
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(
            [*handles, bar(), Patch(color=style.QUIET, alpha=2 * PALE, linewidth=0)],
            [*labels, words.INTERVALS, words.ONE_LOOK],
            loc="outside lower center",
            ncols=2,
        )
        title = style.wrapped(words.looks_title(found, name), style.WIDE_TITLE)
        figure.suptitle(title, x=0.01, ha="left")
        style.make_room_for_panels(figure)
    return figure


def _segment(found: Rehearsal, segment: str | None) -> str:
    """Return the segment that is drawn."""
    if segment in found.segments:
        return str(segment)
    if segment is None and len(found.segments) == 1:
        return found.segments[0]
    rule = f"must be one of {', '.join(found.segments)}"
    raise InputError([Problem("rehearsal figure", "segment", segment, rule)])


def _colours(found: Rehearsal, segment: str) -> dict[str, tuple[float, float, float]]:
    """Return a colour for each arm; the control is grey in all figures."""
    control = found.design.control[segment]
    palette = style.series(len(found.design.arms[segment]) - 1)
    others = iter(palette)
    return {
        arm: style.QUIET if arm == control else next(others) for arm in found.design.arms[segment]
    }


def _by_look(axes: Axes, rows: pd.DataFrame, column: str, aside: float) -> None:
    """Draw a share of trials by look with its Monte Carlo interval, a little aside of others."""
    label, colour, mark = LOOK_LINES[column]
    share = rows[column]
    reach = np.abs([share - rows[f"{column}_low"], rows[f"{column}_high"] - share])
    look = {"color": colour, "label": label, "linewidth": LINE, "elinewidth": 1.0}
    # Hollow, so that a mark below can be seen.
    look |= {"marker": mark, "ms": 6, "markerfacecolor": "none"}
    axes.errorbar(np.arange(len(rows)) + aside, share, reach, **look)
