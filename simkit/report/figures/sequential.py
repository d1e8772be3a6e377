"""Looks at a running trial: what was seen at each, against the bounds that looking costs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from simkit.errors import InputError, Problem
from simkit.measures.registry import SHARE
from simkit.report import sentences_sequential as words
from simkit.report.figures import style
from simkit.report.figures.sequential_scale import limit, shared, span_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from simkit.trial.monitor import Monitoring

PLANNED, STOPPED = "planned", "stop this arm"
LINE_IN, LABELLED_IN, TALLEST_IN = 0.27, 0.16, 3.2
"""Height of a look's line, the least that its label needs, and of all looks of a comparison."""
HEAD_IN, FOOT_IN, TITLE_LINE_IN = 0.68, 1.9, 0.2
EDGE_IN, SUBTITLE_LINE_IN = 0.08, 0.165
WIDE_TITLE, WIDE_SUBTITLE = 96, 130
LABEL_WIDTHS = {2: 40, 3: 26, 4: 19}
"""Letters that fit into a line below or above a panel, by the number of columns."""
NARROW = 14
TITLE_PT = 20
SPACER = "\u00a0"
"""Keeps the room of a line of a row's title, which is wider than its panel: it has no layout."""
ROW_TITLE = 72
TALLEST_Z = 6.0
ROOM = 1.12
DASHED, DOTTED = (0, (3, 2)), (0, (1, 1))
COLOURS = {
    "stop: better": style.CURVE,
    "better, but harm shown": style.CURVE,
    "stop: worse": style.WINNER,
    STOPPED: style.WINNER,
    "stop: futile": style.SECOND,
}


def sequential_figure(monitoring: Monitoring, segment: str | None = None) -> Figure:
    """Draw each comparison's looks, with what they allow to claim, and each guardrail.

    The answer is the title. A row a comparison, a line a look; a filled mark is a planned look, a
    hollow one another. Left, the difference in the outcome's own unit with the interval that holds
    at all looks. In the middle z, against the range within which nothing may be claimed; dashed for
    looks to come; where there is no bound it says so. Right, a column a guardrail: the estimate
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
    rows = list(_rows(table, guards, bounds, trusted=monitoring.trustworthy))
    lines = [len(row.places) for row in rows]
    heights = [min(LINE_IN * number, TALLEST_IN) for number in lines]
    broken = sum(row.title.count("\n") for row in rows)
    head = HEAD_IN * len(rows) + TITLE_LINE_IN * broken
    titles = words.figure_title(monitoring)
    with style.styled():
        figure, panels = style.new_figure(
            len(rows),
            2 + len(outcomes),
            height_in=sum(heights) + head + FOOT_IN,
            height_ratios=heights,
            width_ratios=[1.5, 1.1, *([1.0] * len(outcomes))],
        )
        grid = np.array(panels, dtype=object).reshape(len(rows), -1)
        labels = [
            words.difference_axis(monitoring.primary, _unit(table)),
            words.Z_AXIS,
            *(
                words.difference_axis(name, _unit(guards[guards["outcome"] == name]))
                for name in outcomes
            ),
        ]
        width = LABEL_WIDTHS.get(len(labels), NARROW)
        shown: set[str] = set()
        for row, axes, height in zip(rows, grid, heights, strict=True):
            shown |= _draw_row(row, list(axes), outcomes)
            _label_lines(axes[0], row, height)
            for other in axes[1:]:
                other.tick_params(labelleft=False)
                other.set_yticks(axes[0].get_yticks())
            for each in axes:
                each.set_ylim(len(row.places) - 0.4, -0.6)
        if _scale(grid, rows, outcomes):
            shown.add("beyond")
        for row, axes in zip(rows, grid, strict=True):
            _notes(axes[0], axes[1], row)
        for place, label in enumerate(labels):
            _finish([axes for axes in grid[:, place] if axes.get_visible()], label, width)
        _head(figure, *titles)
        handles = [handle for name, handle in _legend().items() if name in shown]
        figure.legend(
            handles=handles,
            loc="outside lower center",
            ncols=2,
            title=words.BESIDE_LOOKS,
            title_fontsize=9,
            alignment="left",
        )
    return figure


def _head(figure: Figure, title: str, below: str) -> None:
    """Write the answer, and in smaller letters below what it rests on, into room of their own."""
    title, below = style.wrapped(title, WIDE_TITLE), style.wrapped(below, WIDE_SUBTITLE)
    first = EDGE_IN + TITLE_LINE_IN * (1 + title.count("\n"))
    taken = first + SUBTITLE_LINE_IN * (1 + below.count("\n")) + EDGE_IN
    height = figure.get_figheight() + taken
    figure.set_figheight(height)
    # Outside the layout, which would centre the lines in the room of one title.
    for text in (
        figure.suptitle(title, x=0.01, y=1 - EDGE_IN / height, ha="left", va="top"),
        figure.text(0.01, 1 - first / height, below, va="top", fontsize=9),
    ):
        text.set_in_layout(False)
    figure.set_layout_engine("constrained", w_pad=EDGE_IN, rect=(0, 0, 1, 1 - taken / height))


@dataclass
class _Row:
    """A comparison with its looks, those to come, and its guardrails."""

    looks: pd.DataFrame
    to_come: pd.DataFrame
    futility: list[float]
    guards: pd.DataFrame
    title: str

    @property
    def segment(self) -> str:
        """Its segment."""
        return str(self.looks["segment"].iloc[0])

    @property
    def places(self) -> list[str]:
        """The labels of its lines, looks made and to come."""
        return [
            *(words.look_label(look) for look in self.looks.itertuples(index=False)),
            *(words.to_come_label(part) for part in self.to_come["fraction"]),
        ]


def _rows(
    table: pd.DataFrame, guards: pd.DataFrame, bounds: pd.DataFrame, *, trusted: bool
) -> Iterator[_Row]:
    for key, looks in table.groupby(["segment", "arm"], sort=False):
        own, watched = (
            part[(part["segment"] == key[0]) & (part["arm"] == key[1])] for part in (bounds, guards)
        )
        made = own[own["made"].astype(bool)]
        told = looks["z"].notna().to_numpy()
        futility = np.full(len(looks), np.nan)
        futility[told] = made["futility"] if len(made) == told.sum() else np.nan
        ahead = own[~own["made"].astype(bool)]
        last: Any = next(looks.iloc[[-1]].itertuples(index=False))
        title = words.look_title(last, watched[watched["look"] == last.look], trusted=trusted)
        yield _Row(
            looks,
            ahead,
            [*futility, *ahead["futility"]],
            watched,
            style.wrapped(title, ROW_TITLE),
        )


def _draw_row(row: _Row, axes: Sequence[Axes], outcomes: Sequence[str]) -> set[str]:
    """Draw a comparison; return the names of the legend's entries that it needs."""
    axes[1].set_title("\n".join([SPACER] * (2 + row.title.count("\n"))))
    axes[0].annotate(
        row.title,
        (0.0, 1.0),
        xycoords="axes fraction",
        xytext=(0, TITLE_PT),
        textcoords="offset points",
        fontsize=11,
        fontweight="bold",
    ).set_in_layout(False)
    shown = set()
    for place, each in enumerate(row.looks.itertuples(index=False)):
        look: Any = each
        if np.isnan(look.z):
            continue
        colour = COLOURS.get(look.decision, style.INK)
        shown |= {"interval", PLANNED if look.kind == PLANNED else "other"}
        if np.isfinite(look.ci_low):
            axes[0].plot([look.ci_low, look.ci_high], [place] * 2, color=colour, lw=1.8, zorder=2)
        _mark(axes[0], look, look.estimate, place, colour)
        if np.isfinite(look.bound):
            shown.add("bound")
            _range(axes[1], look.bound, place, solid=True)
        _mark(axes[1], look, look.z, place, colour)
    for place, bound in enumerate(row.to_come["upper"], start=len(row.looks)):
        shown.add("to come")
        _range(axes[1], float(bound), place, solid=False)
    shown |= _futility(axes[1], row.futility)
    for panel, outcome in zip(axes[2:], outcomes, strict=True):
        looks = row.guards[row.guards["outcome"] == outcome]
        panel.set_visible(bool(len(looks)))
        if len(looks):
            shown |= _guardrail(panel, looks)
    return shown


def _range(axes: Axes, bound: float, place: int, *, solid: bool) -> None:
    """Draw the values of z that claim nothing."""
    reach = min(bound, TALLEST_Z)
    line = "-" if solid else DASHED
    axes.plot([-reach, reach], [place] * 2, color=style.QUIET, lw=1.2, linestyle=line, zorder=1)
    if bound > TALLEST_Z:
        text = words.far_bound(bound)
        axes.annotate(
            text, (TALLEST_Z, place), (0, 2), textcoords="offset points", ha="right", fontsize=7.5
        )
        return
    axes.plot([-bound, bound], [place] * 2, color=style.QUIET, marker="|", ms=9, ls="none")


def _futility(axes: Axes, bounds: Sequence[float]) -> set[str]:
    known = [(bound, place) for place, bound in enumerate(bounds) if np.isfinite(bound)]
    if not known:
        return set()
    kept = [each for each in known if abs(each[0]) <= TALLEST_Z]
    axes.plot(*zip(*kept, strict=True), color=style.SECOND, marker="d", ms=5, linestyle=DOTTED)
    # Where less is better the bound falls from above.
    return {"futility above" if known[0][0] > known[-1][0] else "futility"}


def _guardrail(axes: Axes, looks: pd.DataFrame) -> set[str]:
    last: Any = next(looks.iloc[[-1]].itertuples(index=False))
    axes.set_title(words.guarded_title(last), fontsize=9, fontweight="normal", pad=4)
    if looks["estimate"].isna().all():
        return set()
    for place, each in enumerate(_in_points(looks).itertuples(index=False)):
        look: Any = each
        if np.isnan(look.estimate):
            continue
        colour = COLOURS.get(look.decision, style.INK)
        ends = [look.low, look.high]
        axes.plot(ends, [place] * 2, color=colour, lw=1.2, marker="|", ms=7, zorder=2)
        _mark(axes, look, look.estimate, place, colour)
    if np.isnan(last.margin):
        return {"guardrail"}
    harm = _in_points(looks)["harm"].iloc[-1]
    axes.axvline(harm, color=style.WINNER, linestyle=DASHED, linewidth=1.3)
    return {"guardrail", "margin"}


def _unit(rows: pd.DataFrame) -> str:
    """Return the unit of an outcome; rows of which nothing is known have none."""
    return next((str(name) for name in rows["unit"] if name), "")


def _finish(panels: Sequence[Axes], label: str, width: int) -> None:
    """Label the lowest panel of a column, and write numbers with their signs."""
    for axes in panels:
        axes.xaxis.set_major_locator(MaxNLocator(nbins=4))
        axes.xaxis.set_major_formatter(
            FuncFormatter(lambda value, _: f"{value:+g}".replace("-", "−") if value else "0")
        )
        axes.axvline(0, color=style.INK, linewidth=0.8, zorder=1)
        axes.grid(visible=False, axis="y")
    panels[-1].set_xlabel(style.wrapped(label, width))


def _scale(grid: NDArray[np.object_], rows: Sequence[_Row], outcomes: Sequence[str]) -> bool:
    """Give the panels of a column one scale; return whether some interval goes on beyond it."""
    spans = [span_of(row.looks, "estimate", "ci_low", "ci_high") for row in rows]
    scales = shared(spans, [row.segment for row in rows])
    beyond = [
        limit(axes, scale, _ends(row.looks, "ci_low", "ci_high"))
        for axes, scale, row in zip(grid[:, 0], scales, rows, strict=True)
    ]
    seen = [*(row.looks["z"].abs().max() for row in rows), 1.0]
    drawn = pd.concat([part for row in rows for part in (row.looks["bound"], row.to_come["upper"])])
    seen += [min(bound, TALLEST_Z) for bound in drawn if np.isfinite(bound)]
    for axes in grid[:, 1]:
        axes.set_xlim(-ROOM * np.nanmax(seen), ROOM * np.nanmax(seen))
    for place, outcome in enumerate(outcomes, start=2):
        own = [_in_points(row.guards[row.guards["outcome"] == outcome]) for row in rows]
        there = [(axes, part) for axes, part in zip(grid[:, place], own, strict=True) if len(part)]
        parts = [span_of(part, "estimate", "low", "high", *part["harm"]) for _, part in there]
        scale = (min(low for low, _ in parts), max(high for _, high in parts))
        beyond += [limit(axes, scale, _ends(part, "low", "high")) for axes, part in there]
    return any(beyond)


def _ends(looks: pd.DataFrame, low: str, high: str) -> list[tuple[float, float, Any]]:
    colours = [COLOURS.get(str(name), style.INK) for name in looks["decision"]]
    return list(zip(looks[low].astype(float), looks[high].astype(float), colours, strict=True))


def _in_points(looks: pd.DataFrame) -> pd.DataFrame:
    """Return a guardrail's numbers as drawn: shares in percentage points, the margin in place."""
    scale = 100.0 if _unit(looks) == SHARE else 1.0
    sign = looks["lower_is_better"].map({True: 1.0, False: -1.0})
    names = ["estimate", "low", "high"]
    scaled = {name: scale * looks[name].astype(float) for name in names}
    harm = scale * sign * looks["margin"].astype(float)
    return looks.assign(**scaled, harm=harm.where(looks["estimate"].notna()))


def _label_lines(axes: Axes, row: _Row, height_in: float) -> None:
    """Name the looks beside their lines; where there are too many, the last and some before it."""
    number = len(row.places)
    step = int(np.ceil(LABELLED_IN * number / height_in))
    kept = list(range(number - 1, -1, -step))
    axes.set_yticks(kept, [row.places[place] for place in kept])


def _mark(axes: Axes, look: Any, x: float, place: int, colour: Any) -> None:
    face = colour if look.kind == PLANNED else "white"
    axes.plot(x, place, marker="o", ms=6.5, color=colour, markerfacecolor=face, mew=1.5, zorder=3)


def _notes(differences: Axes, deviates: Axes, row: _Row) -> None:
    """Write into the lines of looks what there is instead of a mark, an interval or a bound."""
    for place, each in enumerate(row.looks.itertuples(index=False)):
        look: Any = each
        if np.isnan(look.z):
            _say(differences, place, 0.0, words.NOTHING_YET)
        elif not np.isfinite(look.bound):
            _say(differences, place, look.estimate, words.NO_INTERVAL)
            told = words.NO_BOUND_LEFT if look.ended_at else words.NO_BOUND_YET
            _say(deviates, place, look.z, told)


def _say(axes: Axes, place: int, x: float, text: str) -> None:
    """Write beside a mark, on the side that has more room."""
    left = x > sum(axes.get_xlim()) / 2
    axes.annotate(
        text,
        (x, place),
        xytext=(-7 if left else 7, 0),
        textcoords="offset points",
        ha="right" if left else "left",
        va="center",
        fontsize=8,
        fontstyle="italic",
        color=style.QUIET,
    )


def _legend() -> dict[str, Line2D]:
    """Return the legend's entries by name, in their order."""
    looks = {
        "interval": {"color": style.INK, "lw": 1.8},
        PLANNED: {"ls": "none", "marker": "o", "color": style.INK, "ms": 6.5},
        "other": {"ls": "none", "marker": "o", "color": style.INK, "mfc": "white", "mew": 1.5},
        "bound": {"color": style.QUIET, "lw": 1.2, "marker": "|", "ms": 9},
        "to come": {"color": style.QUIET, "lw": 1.2, "ls": DASHED, "marker": "|", "ms": 9},
        "futility": {"color": style.SECOND, "ls": DOTTED, "marker": "d", "ms": 5},
        "futility above": {"color": style.SECOND, "ls": DOTTED, "marker": "d", "ms": 5},
        "guardrail": {"color": style.INK, "lw": 1.2, "marker": "|", "ms": 7},
        "margin": {"color": style.WINNER, "ls": DASHED, "lw": 1.3},
        "beyond": {"ls": "none", "marker": ">", "color": style.INK, "ms": 6},
    }
    return {name: Line2D([], [], label=words.LEGEND[name], **how) for name, how in looks.items()}
