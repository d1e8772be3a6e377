"""Whether a harm of which nothing is seen may not have been recorded at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from simkit.trial.read.data import ALL
from simkit.trial.sentences import label

if TYPE_CHECKING:
    import pandas as pd

    from simkit.trial.effects.means import ArmMeans
    from simkit.trial.read.data import TrialData

#: Events that the share of others would make, from which on none at all is hardly an arm's doing:
#: by the rule of three its share is then less than a tenth of theirs.
FEWEST_MISSED = 30
DIALS = "dials_per_contact"
UNRECORDED = (
    "where a harm is not recorded at all it cannot be shown to stay within its margin, and what it "
    "costs is missing in net value, so see that {} can show it (a code of the mapping file, the "
    "register of another system)"
)
OR_NOT = "either this is so, or it is not recorded: "


class Unrecorded:
    """Where a harm may not be recorded, in a trial, one of its segments or an arm.

    A log that cannot show a harm, since no code of the dialler means it or another system keeps it,
    looks like one of arms that do none. None in the whole trial shows nothing. None in an arm,
    where those of others would make FEWEST_MISSED at its number of dials, is no effect of how often
    it calls. Where dials are not known an arm may call so much less, and people of another segment
    may be harmed less: that is a doubt, and no more.

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
        self._what = label(outcome)
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
        of = "" if segment == ALL else f" of {segment}"
        here = _cells(segment, means)
        if not means.mean.any():
            others = [
                cell
                for name, one in self._means.items()
                if name != segment
                for cell in _cells(name, one)
            ]
            return "", self._missed(f"in any arm{of}", here, others, "segments", OR_NOT)
        mine, others = (
            [cell for cell in here if (cell.arm == arm) == wanted] for wanted in (True, False)
        )
        either = "" if self._dials else OR_NOT
        told = self._missed(f"in {arm}{of}", mine, others, "arms", either)
        return (told, "") if self._dials else ("", told)

    def _missed(
        self, where: str, mine: list[_Cell], others: list[_Cell], whose: str, either: str
    ) -> str:
        """Say that none is seen where the share of others, at these dials, would make many."""
        events = sum(cell.events for cell in others)
        share = events / sum(cell.contacts * self._weight(cell) for cell in others)
        if share * sum(cell.telling * self._weight(cell) for cell in mine) < FEWEST_MISSED:
            return ""
        would = share * sum(cell.contacts * self._weight(cell) for cell in mine)
        percent = f"{100 * events / sum(cell.contacts for cell in others):.3g} %"
        percent += " (by number of dials)" if self._dials else ""
        return (
            f"no {self._what} {where}, where the {percent} of the other {whose} would make "
            f"{would:,.0f} of {sum(cell.contacts for cell in mine):,.0f}: "
            f"{either}{UNRECORDED.format('its data')}"
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
