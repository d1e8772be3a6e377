"""Whether a harm, or a sale, of which nothing is seen may not have been recorded at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from simkit.trial.checks.interaction import crossed_check
from simkit.trial.read.data import ALL
from simkit.trial.read.names import SALE
from simkit.trial.read.unsaid import LOG
from simkit.trial.sentences import arm_words, label

if TYPE_CHECKING:
    import pandas as pd

    from simkit.trial.effects.means import ArmMeans
    from simkit.trial.read.data import TrialData

#: Events that the share of others would make, from which on none at all is hardly an arm's doing:
#: by the rule of three its share is then less than a tenth of theirs.
FEWEST_MISSED = 30
#: Nor chance: so seldom at most may all events fall to the others where nothing differs (assumed).
BY_CHANCE = 1e-4
DIALS = "dials_per_contact"
OPT_OUT = "opt_out"
UNRECORDED = (
    "a harm that is not recorded cannot be shown to stay within its margin, and what it costs is "
    "missing in net value, so see that {} can show it (a code of the mapping file, the register of "
    "another system)"
)
UNSOLD = (
    "where sales are not recorded their arm looks worse than it is, and those beside it better, so "
    "see that {} can show them (a code of the mapping file, the orders in another system)"
)
MAY_BE_SO = "that may be so, but "


class Unrecorded:
    """Where a harm may not be recorded, in a trial, one of its segments or an arm.

    A log that cannot show a harm, since no code of the dialler means it or another system keeps it,
    looks like one of arms that do none. None in the whole trial shows nothing. None in an arm,
    where those of others would make FEWEST_MISSED at its number of dials, is no effect of how often
    it calls. Where dials are not known an arm may call so much less, and people of another segment
    may be harmed less: that is a doubt, and no more.

    Who complains has opted out too. But where a log has complaints alone, the code of those who
    just ask not to be called may be missing: of a log opt-outs other than by a complaint count.

    An arm of which nothing is seen anywhere is held over all its segments: in each it is compared
    with the others there, so that no segment stands for another, and what they would make is added
    up over those in which the others have any. Where accounts or second clusters stand in several
    segments, these are not independent, and each is held alone.

    Neither is chance. Take accounts that each act as one, the most that they can depend on each
    other, and arms that differ in nothing. Then each account with the event is the arm's with
    probability w ÷ (w + v), where w and v are effective numbers of contacts (Kish's, times dials a
    contact) of it and the others, and all x of the others' events (in effective contacts) fall to
    them with (v ÷ (w + v))^x, multiplied over segments. What would do so oftener than BY_CHANCE is
    not told, so no honest arm is told oftener, while accounts are of like sizes. With the events
    that FEWEST_MISSED asks for, x = 30 v ÷ w, it is 9·10⁻¹⁰ of equal arms and 2·10⁻⁵ of others that
    have a fifth of the arm's; the bound binds where they have less than about a seventh.

    Parameters
    ----------
    data
        The trial.
    outcome
        The harm; or the sale, of which the same holds.
    means
        Segment → its means; None where there are too few contacts.
    """

    def __init__(self, data: TrialData, outcome: str, means: Mapping[str, ArmMeans | None]) -> None:
        self._data, self._what = data, label(outcome)
        self._advice = UNSOLD if outcome == SALE else UNRECORDED
        self._means = {name: one for name, one in means.items() if one is not None}
        of_code = data.asked_out if outcome == OPT_OUT else {}
        if any(
            of_code.get((name, arm)) == 0 and one.mean[at]
            for name, one in self._means.items()
            for at, arm in enumerate(one.arms)
        ):
            self._what = f"{self._what} other than by a complaint"
        self._cells = {
            name: {
                arm: _Cell(
                    name,
                    arm,
                    float(of_code.get((name, arm), one.mean[at] * one.n[at])),
                    float(one.n[at]),
                    float(one.effective_n[at]),
                )
                for at, arm in enumerate(one.arms)
            }
            for name, one in self._means.items()
        }
        shown = data.exposure
        self._dials: dict[tuple[str, str], float] = {}
        if DIALS in shown and bool((shown[DIALS] > 0).all()):
            places = zip(shown["segment"], shown["arm"], strict=True)
            self._dials = dict(zip(places, shown[DIALS].astype(float), strict=True))

    def of_pair(self, segment: str, arm: str, control: str) -> tuple[str, str, bool]:
        """Say why an arm's harm, or its control's, may not have been recorded.

        A control in whose data nothing can be seen makes every arm look as if it did harm.

        Parameters
        ----------
        segment, arm, control
            The arm, and what it is compared with.

        Returns
        -------
        unseen, missed, of_control
            As `of_arm` returns them, and whether the first is the control's alone. What is only to
            be doubted of a control is not told: many a one is left alone, and does not opt out.
        """
        unseen, missed = self.of_arm(segment, arm)
        if unseen:
            return unseen, missed, False
        unseen, _ = self.of_arm(segment, control)
        return unseen, missed, bool(unseen)

    def of_arm(self, segment: str, arm: str) -> tuple[str, str]:
        """Say why an arm's harm may not have been recorded: that it was not, and that it is open.

        Parameters
        ----------
        segment, arm
            The arm.

        Returns
        -------
        unseen, missed
            Why nothing may rest on it; why it is to be doubted. Empty where nothing speaks for it.
        """
        means = self._means.get(segment)
        if means is None or arm not in means.arms:
            return "", ""
        if not any(cell.events for one in self._cells.values() for cell in one.values()):
            return f"no {self._what} in any arm: {self._advice.format('the data')}", ""
        if all(one.binary and bool((one.mean == 1).all()) for one in self._means.values()):
            everybody = f"{self._what} holds for everybody in every arm"
            return f"{everybody}: {self._advice.format('the data')}", ""
        here = self._cells[segment]
        if not means.binary or here[arm].events:
            return "", ""
        missed = "" if any(cell.events for cell in here.values()) else self._of_segment(segment)
        told = self._of_places(arm, self._places(segment, arm))
        return (told, missed) if self._dials else ("", missed or told)

    def _of_segment(self, segment: str) -> str:
        """Hold all arms of a segment against the other segments."""
        others = [
            cell
            for name, cells in self._cells.items()
            if name != segment
            for cell in cells.values()
        ]
        here = [*self._cells[segment].values()]
        of = "" if segment == ALL else f" of {segment}"
        return self._missed(f"in any arm{of}", [(here, others)], "segments")

    def _of_places(self, arm: str, segments: Sequence[str]) -> str:
        """Hold an arm against the others of some segments."""
        pairs = []
        for name in segments:
            others = [cell for cell in self._cells[name].values() if cell.arm != arm]
            if any(cell.events for cell in others):
                pairs.append(([self._cells[name][arm]], others))
        if not pairs:
            return ""
        alone = pairs[0][0][0].segment
        of = "" if len(pairs) > 1 or alone == ALL else f" of {alone}"
        return self._missed(f"in {arm_words(arm)}{of}", pairs, "arms")

    def _places(self, segment: str, arm: str) -> list[str]:
        """Return the segments over which an arm is held: all of its, if none of them shows any."""
        own = {name: cells[arm] for name, cells in self._cells.items() if arm in cells}
        if any(cell.events for cell in own.values()) or not self._independent:
            return [segment]
        return [name for name in own if self._means[name].binary]

    @cached_property
    def _independent(self) -> bool:
        """Whether no account, nor second cluster, stands in several segments."""
        return self._data.second is None and not crossed_check(self._data)

    def _missed(self, where: str, pairs: Sequence[tuple[list[_Cell], list[_Cell]]], of: str) -> str:
        """Say that none is seen where the shares of others, at these dials, would make many."""
        expected = would = chance = 0.0
        for mine, others in pairs:
            events = sum(cell.events for cell in others)
            share = events / sum(cell.contacts * self._weight(cell) for cell in others)
            own, theirs = (
                sum(cell.telling * self._weight(cell) for cell in cells) for cells in (mine, others)
            )
            expected += share * own
            would += share * sum(cell.contacts * self._weight(cell) for cell in mine)
            effective = sum(cell.events * cell.telling / cell.contacts for cell in others)
            chance += effective * np.log(theirs / (own + theirs))
        if expected < FEWEST_MISSED or chance > np.log(BY_CHANCE):
            return ""
        contacts = sum(cell.contacts for mine, _ in pairs for cell in mine)
        shares, each = "shares", ", segment by segment,"
        if len(pairs) == 1:
            (_, others), each = pairs[0], ""
            percent = 100 * sum(cell.events for cell in others)
            shares = f"{percent / sum(cell.contacts for cell in others):.3g} %"
        shares += " (by number of dials)" if self._dials else ""
        either = MAY_BE_SO if of == "segments" or not self._dials else ""
        return (
            f"no {self._what} {where}, where the {shares} of the other {of}{each} would make "
            f"{would:,.0f} of {contacts:,.0f}: {either}{self._advice.format('its data')}"
        )

    def _weight(self, cell: _Cell) -> float:
        return self._dials.get((cell.segment, cell.arm), 1.0)


def unsold(data: TrialData) -> Unrecorded | None:
    """Return what asks of a log whether an arm's sales were recorded; None of anything else.

    Parameters
    ----------
    data
        The trial.
    """
    if data.where != LOG:
        return None
    return Unrecorded(data, SALE, {name: data.means(SALE, name)[0] for name in data.segments})


def unseen_doubts(table: pd.DataFrame) -> list[str]:
    """Say of which guardrails, and of which sales, nothing is recorded where somebody would be.

    Parameters
    ----------
    table
        The rows of all comparisons.
    """
    told = [*table["unseen"], *table.loc[table["role"] == "guardrail", "missed"]]
    return [text for text in dict.fromkeys(told) if text]


class _Cell(NamedTuple):
    """An arm in a segment: contacts with the event, all, and how many of these tell as much."""

    segment: str
    arm: str
    events: float
    contacts: float
    telling: float
