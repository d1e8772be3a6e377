"""One comparison in the figure of looks: its lines, what is drawn into them and written beside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from simkit.report import sentences_sequential as words
from simkit.report.figures import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes


PLANNED, STOPPED = "planned", "stop this arm"
TITLE_PT, GUARD_LINE_PT = 20, 12
"""From a panel to its row's title above a guardrail's of one line, and what each more takes."""
SPACER = "\u00a0"
"""Keeps the room of a line of a row's title, which is wider than its panel: it has no layout."""
TALLEST_Z = 6.0
DASHED, DOTTED = (0, (3, 2)), (0, (1, 1))
COLOURS = {
    "stop: better": style.CURVE,
    "better, but harm shown": style.CURVE,
    "stop: worse": style.WINNER,
    STOPPED: style.WINNER,
    "stop: futile": style.SECOND,
}
MEANT = {
    "stop: better": "shown better",
    "better, but harm shown": "shown better",
    "stop: worse": "shown worse",
    STOPPED: "stopped",
    "stop: futile": "unlikely",
}
"""Decision → the legend's entry for its colour."""
OVER = (*(one for one in MEANT if one != "stop: futile"), "end: not shown", "no claim left")
"""Decisions after which no look to come can claim anything more of a comparison."""


@dataclass
class Row:
    """A comparison with its looks, those to come, and its guardrails.

    Parameters
    ----------
    looks, to_come
        Its looks made, and those registered for later.
    futility
        The bound of futility at each line; NaN for none.
    guards
        Its guardrails.
    title
        Its answer.
    trusted
        Whether its checks let anything be claimed: else no colour says so.
    counted
        Whether the last of its looks is one: not where nobody was followed to the horizon.
    """

    looks: pd.DataFrame
    to_come: pd.DataFrame
    futility: list[float]
    guards: pd.DataFrame
    title: str
    trusted: bool
    counted: bool

    def colour(self, decision: str) -> Any:
        """Return the colour of a look by what it decided."""
        return COLOURS.get(decision, style.INK) if self.trusted else style.INK

    def meant(self, decision: str) -> set[str]:
        """Return the legend's entry for that colour, where it has one."""
        return {MEANT[decision]} if self.trusted and decision in MEANT else set()

    @property
    def segment(self) -> str:
        """Its segment."""
        return str(self.looks["segment"].iloc[0])

    @property
    def places(self) -> list[str]:
        """The labels of its lines, looks made and to come."""
        made = [words.look_label(look) for look in self.looks.itertuples(index=False)]
        if not self.counted:
            made[-1] = words.no_look_label(self.looks["as_of"].iloc[-1])
        return [
            *made,
            *(words.to_come_label(part) for part in self.to_come["fraction"]),
        ]


def rows_of(
    table: pd.DataFrame,
    guards: pd.DataFrame,
    bounds: pd.DataFrame,
    *,
    trusted: bool,
    ended: bool,
    counted: bool,
) -> Iterator[Row]:
    """Give the rows of the figure, one a comparison.

    Parameters
    ----------
    table, guards, bounds
        The looks, the guardrails and the bounds of a `Monitoring`.
    trusted
        Whether its checks let anything be claimed.
    ended
        Whether the trial ended with the last look: then nothing is to come.
    counted
        As in `Row`.
    """
    for key, looks in table.groupby(["segment", "arm"], sort=False):
        own, watched = (
            part[(part["segment"] == key[0]) & (part["arm"] == key[1])] for part in (bounds, guards)
        )
        made = own[own["made"].astype(bool)]
        told = looks["z"].notna().to_numpy()
        futility = np.full(len(looks), np.nan)
        futility[told] = made["futility"] if len(made) == told.sum() else np.nan
        last: Any = next(looks.iloc[[-1]].itertuples(index=False))
        over = ended or last.ended_at > 0 or (trusted and last.decision in OVER)
        ahead = own[~own["made"].astype(bool) & (not over)]
        title = words.look_title(last, watched[watched["look"] == last.look], trusted=trusted)
        yield Row(
            looks,
            ahead,
            [*futility, *ahead["futility"]],
            watched,
            title,
            trusted,
            counted,
        )


def unit_of(rows: pd.DataFrame) -> str:
    """Return the unit of an outcome; rows of which nothing is known have none."""
    return next((str(name) for name in rows["unit"] if name), "")


def with_harm(looks: pd.DataFrame) -> pd.DataFrame:
    """Add where a guardrail's margin is drawn: on the side of harm.

    Parameters
    ----------
    looks
        Its rows of a `Monitoring`'s guardrails.
    """
    sign = looks["lower_is_better"].map({True: 1.0, False: -1.0})
    harm = sign * looks["margin"].astype(float)
    return looks.assign(harm=harm.where(looks["estimate"].notna()))


def draw_row(row: Row, axes: Sequence[Axes], outcomes: Sequence[str]) -> set[str]:
    """Draw a comparison; return the names of the legend's entries that it needs.

    Parameters
    ----------
    row
        The comparison.
    axes
        Its panels: the difference, z, and one a guardrail.
    outcomes
        The guardrails' outcomes.
    """
    shown = set()
    for place, each in enumerate(row.looks.itertuples(index=False)):
        look: Any = each
        if np.isnan(look.z):
            continue
        colour = row.colour(look.decision)
        shown |= {"interval", PLANNED if look.kind == PLANNED else "other"}
        shown |= row.meant(look.decision)
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
            shown |= _guardrail(panel, looks, row)
    return shown


def write_titles(
    row: Row, axes: Sequence[Axes], outcomes: Sequence[str], panels_in: Sequence[float]
) -> int:
    """Write what a comparison and each of its guardrails allow, in lines that fit above them.

    Parameters
    ----------
    row, axes, outcomes
        As `draw_row` takes them.
    panels_in
        Widths of the panels [inches].

    Returns
    -------
    Lines above the panels, beyond one of the comparison and one of the guardrails.
    """
    guarded = 1
    for panel, outcome, width_in in zip(axes[2:], outcomes, panels_in[2:], strict=True):
        looks = row.guards[row.guards["outcome"] == outcome]
        if looks.empty:
            continue
        last: Any = next(looks.iloc[[-1]].itertuples(index=False))
        text = panel.set_title("", fontsize=9, fontweight="normal", pad=4)
        style.fit(text, words.guarded_title(last, trusted=row.trusted), width_in)
        guarded = max(guarded, 1 + text.get_text().count("\n"))
    title = axes[0].annotate(
        "",
        (0.0, 1.0),
        xycoords="axes fraction",
        xytext=(0, TITLE_PT + GUARD_LINE_PT * (guarded - 1)),
        textcoords="offset points",
        fontsize=11,
        fontweight="bold",
    )
    title.set_in_layout(False)
    style.fit(title, row.title, sum(panels_in))
    lines = guarded + 1 + title.get_text().count("\n")
    axes[1].set_title("\n".join([SPACER] * lines))
    return lines - 2


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


def _guardrail(axes: Axes, looks: pd.DataFrame, row: Row) -> set[str]:
    if looks["estimate"].isna().all():
        return set()
    shown = {"guardrail"}
    for place, each in enumerate(looks.itertuples(index=False)):
        look: Any = each
        if np.isnan(look.estimate):
            continue
        colour = row.colour(look.decision)
        shown |= row.meant(look.decision)
        ends = [look.low, look.high]
        axes.plot(ends, [place] * 2, color=colour, lw=1.2, marker="|", ms=7, zorder=2)
        _mark(axes, look, look.estimate, place, colour)
    harm = with_harm(looks)["harm"].dropna()
    if harm.empty:
        return shown
    axes.axvline(harm.iloc[-1], color=style.WINNER, linestyle=DASHED, linewidth=1.3)
    return {*shown, "margin"}


def _mark(axes: Axes, look: Any, x: float, place: int, colour: Any) -> None:
    face = colour if look.kind == PLANNED else "white"
    axes.plot(x, place, marker="o", ms=6.5, color=colour, markerfacecolor=face, mew=1.5, zorder=3)


def write_notes(differences: Axes, deviates: Axes, row: Row) -> None:
    """Write into the lines of looks what there is instead of a mark, an interval or a bound.

    Parameters
    ----------
    differences, deviates
        The panels of the difference and of z, at their scales.
    row
        The comparison.
    """
    for place, each in enumerate(row.looks.itertuples(index=False)):
        look: Any = each
        if np.isnan(look.z):
            _say(differences, place, 0.0, words.NOTHING_YET)
        elif not np.isfinite(look.bound):
            _say(differences, place, look.estimate, words.NO_INTERVAL)
            _say(deviates, place, look.z, words.no_bound_words(look))


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
