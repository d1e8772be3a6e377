"""Whether a harm of which nothing is seen may not have been recorded at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from simkit.trial.checks.interaction import crossed_check
from simkit.trial.read.data import ALL
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
UNRECORDED = (
    "a harm that is not recorded cannot be shown to stay within its margin, and what it costs is "
    "missing in net value, so see that {} can show it (a code of the mapping file, the register of "
    "another system)"
)
MAY_BE_SO = "that may be so, but "


class Unrecorded:
    """Where a harm may not be recorded, in a trial, one of its segments or an arm.

    A log that cannot show a harm, since no code of the dialler means it or another system keeps it,
    looks like one of arms that do none. None in the whole trial shows nothing. None in an arm,
    where those of others would make FEWEST_MISSED at its number of dials, is no effect of how often
    it calls. Where dials are not known an arm may call so much less, and people of another segment
    may be harmed less: that is a doubt, and no more.

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
        The harm.
    means
        Segment → its means; None where there are too few contacts.
    """

    def __init__(self, data: TrialData, outcome: str, means: Mapping[str, ArmMeans | None]) -> None:
        self._data, self._what = data, label(outcome)
        self._means = {name: one for name, one in means.items() if one is not None}
        shown = data.exposure
        self._dials: dict[tuple[str, str], float] = {}
        if DIALS in shown and bool((shown[DIALS] > 0).all()):
            places = zip(shown["segment"], shown["arm"], strict=True)
            self._dials = dict(zip(places, shown[DIALS].astype(float), strict=True))

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
        if not any(one.mean.any() for one in self._means.values()):
            return f"no {self._what} in any arm: {UNRECORDED.format('the data')}", ""
        if all(one.binary and bool((one.mean == 1).all()) for one in self._means.values()):
            everybody = f"{self._what} holds for everybody in every arm"
            return f"{everybody}: {UNRECORDED.format('the data')}", ""
        if not means.binary or means.mean[means.arms.index(arm)]:
            return "", ""
        missed = "" if means.mean.any() else self._of_segment(segment, means)
        told = self._of_places(arm, self._places(segment, arm))
        return (told, missed) if self._dials else ("", missed or told)

    def _of_segment(self, segment: str, means: ArmMeans) -> str:
        """Hold all arms of a segment against the other segments."""
        others = [
            cell
            for name, one in self._means.items()
            if name != segment
            for cell in _cells(name, one)
        ]
        of = "" if segment == ALL else f" of {segment}"
        return self._missed(f"in any arm{of}", [(_cells(segment, means), others)], "segments")

    def _of_places(self, arm: str, segments: Sequence[str]) -> str:
        """Hold an arm against the others of some segments."""
        pairs = []
        for name in segments:
            here = _cells(name, self._means[name])
            others = [cell for cell in here if cell.arm != arm]
            if any(cell.events for cell in others):
                pairs.append(([cell for cell in here if cell.arm == arm], others))
        if not pairs:
            return ""
        alone = pairs[0][0][0].segment
        of = "" if len(pairs) > 1 or alone == ALL else f" of {alone}"
        return self._missed(f"in {arm_words(arm)}{of}", pairs, "arms")

    def _places(self, segment: str, arm: str) -> list[str]:
        """Return the segments over which an arm is held: all of its, if none of them shows any."""
        own = {name: one for name, one in self._means.items() if arm in one.arms}
        if any(one.mean[one.arms.index(arm)] for one in own.values()) or not self._independent:
            return [segment]
        return [name for name, one in own.items() if one.binary]

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
            f"{would:,.0f} of {contacts:,.0f}: {either}{UNRECORDED.format('its data')}"
        )

    def _weight(self, cell: _Cell) -> float:
        return self._dials.get((cell.segment, cell.arm), 1.0)


def unseen_doubts(table: pd.DataFrame) -> list[str]:
    """Say of which guardrails nothing is recorded, where somebody would be.

    Parameters
    ----------
    table
        The rows of all comparisons.
    """
    guards = table[table["role"] == "guardrail"]
    return [text for text in dict.fromkeys([*guards["unseen"], *guards["missed"]]) if text]


class _Cell(NamedTuple):
    """An arm in a segment: contacts with the event, all, and how many of these tell as much."""

    segment: str
    arm: str
    events: float
    contacts: float
    telling: float


def _cells(segment: str, means: ArmMeans) -> list[_Cell]:
    return [
        _Cell(
            segment,
            arm,
            float(means.mean[at] * means.n[at]),
            float(means.n[at]),
            float(means.effective_n[at]),
        )
        for at, arm in enumerate(means.arms)
    ]
