"""When contacts bought or opted out: cumulative incidence by arm, segment beside segment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import seaborn as sns
from matplotlib.ticker import FuncFormatter, MaxNLocator

from simkit.errors import InputError, Problem
from simkit.report import cautions
from simkit.report import sentences_incidence as words
from simkit.report.figures import style
from simkit.report.figures.band import draw_band

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from simkit.trial import Evaluation
    from simkit.trial.models import CumulativeIncidence

ROW_IN = 2.4
#: Panels beside one another: of three, no title would have room.
MOST_COLUMNS = 2
AXIS_IN, BETWEEN_IN = 1.1, 0.45
RISK_IN = 0.17
LEGEND_IN = 0.9
RISK_TICKS = 5
ROOM_ABOVE = 1.12


def incidence_figure(
    incidence: CumulativeIncidence,
    segment: str | None = None,
    *,
    at_risk: bool = True,
    evaluation: Evaluation | None = None,
) -> Figure:
    """Draw by when which share of the contacts had an end, a panel a segment, the ends in turn.

    Each arm is a line with its band (the interval of each day alone); the control is dashed. Time
    runs from the assignment, and the dotted line is the horizon at which arms are compared.

    Parameters
    ----------
    incidence
        The estimates.
    segment
        One of the segments; None for all, two side by side.
    at_risk
        Whether the contacts still at risk stand below the axis.
    evaluation
        That of the trial: what it says may not be acted on, or is to be doubted, stands in a band
        above. Without it the picture says that it knows of no check.

    Returns
    -------
    Figure
        A panel for each end and segment.

    Raises
    ------
    InputError
        If there is no such segment.
    """
    curves = incidence.curves
    known = tuple(curves["segment"].unique())
    if segment is not None and segment not in known:
        rule = f"must be one of {', '.join(known)}"
        raise InputError([Problem("figure", "segment", segment, rule)])
    shown = known if segment is None else (segment,)
    most = max(curves.loc[curves["segment"] == one, "arm"].nunique() for one in shown)
    below = RISK_IN * (most + 1) if at_risk else 0.0
    colours = _colours(incidence, shown)
    columns = min(len(shown), MOST_COLUMNS)
    each = -(-len(shown) // columns) * columns  # panels of an end, the last of which may be spare
    with style.styled():
        figure, panels = style.new_figure(
            len(incidence.events) * each // columns,
            columns,
            height_in=(ROW_IN + below) * len(incidence.events) * each / columns + LEGEND_IN,
            sharey="row",
        )
        drawn = []
        for number, event in enumerate(incidence.events):
            block = panels[number * each : number * each + len(shown)]
            for axes, name in zip(block, shown, strict=True):
                _panel(axes, incidence, event, name, colours, at_risk=at_risk)
            for axes in panels[number * each + len(shown) : (number + 1) * each]:
                axes.remove()
            for first in range(0, len(block), columns):
                row = block[first : first + columns]
                _write(figure, row, words.incidence_axis(event), columns)
            _scale(block)
            drawn += block
        note = words.differences_note(incidence.alpha, checked=evaluation is not None)
        _legend(figure, drawn, style.wrapped(note, style.WIDE_TITLE))
        draw_band(figure, cautions.of_evaluation(evaluation))
    return figure


def _write(figure: Figure, row: Sequence[Axes], axis: str, columns: int) -> None:
    """Break what is written at the panels of a row by the width that they have."""
    room_in = (style.WIDTH_IN - AXIS_IN - BETWEEN_IN * (columns - 1)) / columns
    for axes in row:
        title = axes.get_title(loc="left")
        style.fit(axes.set_title(title), title, room_in)
        style.fit(axes.xaxis.label, axes.get_xlabel(), room_in)
    style.fit(row[0].yaxis.label, axis, ROW_IN)
    style.make_room_for_titles(figure, row)


def _panel(
    axes: Axes,
    incidence: CumulativeIncidence,
    event: str,
    segment: str,
    known: Mapping[str, tuple[float, ...]],
    *,
    at_risk: bool,
) -> None:
    curves = incidence.curves
    here = curves[(curves["segment"] == segment) & (curves["outcome"] == event)]
    rows = incidence.table
    rows = rows[(rows["segment"] == segment) & (rows["outcome"] == event)]
    control = str(rows["control"].iloc[0])
    colours = {
        str(arm): style.QUIET if arm == control else known[str(arm)] for arm in here["arm"].unique()
    }
    for arm, curve in here.groupby("arm", sort=False):
        days = curve["days"].to_numpy()
        colour = colours[str(arm)]
        axes.fill_between(
            days,
            curve["ci_low"].to_numpy(),
            curve["ci_high"].to_numpy(),
            color=colour,
            alpha=0.15,
            linewidth=0,
        )
        axes.plot(
            days,
            curve["incidence"].to_numpy(),
            color=colour,
            linewidth=1.8,
            linestyle=(0, (5, 2)) if arm == control else "-",
            label=words.arm_name(str(arm), control),
        )
    axes.axvline(incidence.horizon_days, color=style.INK, linestyle=":", linewidth=1.2)
    axes.set_xlim(0, incidence.horizon_days * 1.02)
    axes.xaxis.set_major_locator(MaxNLocator(RISK_TICKS, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.3g} %"))
    axes.set_title(words.incidence_title(rows, segment, incidence.horizon_days))
    axis = words.DAYS_AXIS
    if at_risk:
        _numbers(axes, here, colours)
        axis = "\n" * (len(colours) + 1) + f"{axis} ({words.AT_RISK})"
    axes.set_xlabel(axis)


def _numbers(axes: Axes, here: pd.DataFrame, colours: dict[str, tuple[float, ...]]) -> None:
    """Write the contacts still at risk below each tick, a line an arm."""
    ticks = [tick for tick in axes.get_xticks() if 0 <= tick <= here["days"].max() + 1e-6]
    for line, (arm, colour) in enumerate(colours.items()):
        curve = here[here["arm"] == arm]
        for tick in ticks:
            if tick > curve["days"].max() + 1e-6:
                continue
            nearest = int(np.abs(curve["days"].to_numpy() - tick).argmin())
            axes.annotate(
                f"{int(curve['at_risk'].iloc[nearest]):,}",
                (tick, 0),
                xycoords=axes.get_xaxis_transform(),
                xytext=(0, -18 - 72 * RISK_IN * (line + 0.6)),
                textcoords="offset points",
                # At the edges inwards: else numbers of neighbouring panels read as one row.
                ha={ticks[0]: "left", ticks[-1]: "right"}.get(tick, "center"),
                va="top",
                fontsize=8,
                color=colour,
                annotation_clip=False,
            )


def _colours(
    incidence: CumulativeIncidence, segments: Sequence[str]
) -> dict[str, tuple[float, ...]]:
    """Give each arm a colour that colour-blind readers tell apart, the same in all segments."""
    rows = incidence.table[incidence.table["segment"].isin(segments)]
    palette = [style.CURVE, style.SECOND, style.PRACTICE, style.THIRD, style.WINNER]
    more = [colour for colour in sns.color_palette("colorblind") if colour not in palette]
    arms = [str(arm) for arm in rows["arm"].unique()]
    found = dict(zip(arms, [*palette, *more], strict=False))
    return {arm: found.get(arm, style.QUIET) for arm in arms}


def _legend(figure: Figure, panels: Sequence[Axes], note: str) -> None:
    """Name each arm once, below all panels, and say what their titles hold."""
    handles: dict[str, Any] = {}
    for axes in panels:
        drawn, names = axes.get_legend_handles_labels()
        handles |= dict(zip(names, drawn, strict=True))
    labels = [style.wrapped(name, style.MAIN_TITLE) for name in handles]
    figure.legend(
        handles.values(),
        labels,
        loc="outside lower center",
        ncols=3,
        title=note,
        title_fontsize=9,
    )


def _scale(row: list[Axes]) -> None:
    top = max(axes.get_ylim()[1] for axes in row)
    for axes in row:
        axes.set_ylim(0, min(top * ROOM_ABOVE, 1.02))
