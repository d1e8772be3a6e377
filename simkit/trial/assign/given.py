"""An assignment as a user hands it in: contacts with arms, a result of `assign`, or a file."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeAlias

from simkit.trial.assign.assignment import Assignment, differences
from simkit.trial.assign.file import load_assignment, read_list
from simkit.trial.assign.units import MISSING
from simkit.trial.assign.written import beside
from simkit.trial.checks.check import EVERYWHERE, NO_P_VALUE, Check
from simkit.trial.design import TrialDesign
from simkit.trial.read.roster import Roster

DRAWN = "drawing of the arms"


@dataclass(frozen=True)
class Given:
    """What is known of who was assigned, and how.

    Parameters
    ----------
    roster
        Who was assigned; None where nothing was given.
    method
        How the arms were drawn, by the assignment's own record; None where there is none.
    checks
        What is to be said of how they were drawn.
    recorded
        Contacts of the assignment's own record; 0 where there is none.
    """

    roster: Roster | None = None
    method: str | None = None
    checks: tuple[Check, ...] = ()
    recorded: int = 0

    @property
    def arms(self) -> Mapping[int | str, str]:
        """Contact → arm; nobody's where nothing was given."""
        return {} if self.roster is None else self.roster.arms

    @property
    def shown(self) -> Literal["record", "list", "nothing"]:
        """What shows who was assigned: the record of the assignment, a list of arms, or nothing."""
        return "record" if self.method else "nothing" if self.roster is None else "list"

    def settles(self, there: Mapping[str, Mapping[str, int]]) -> bool:
        """Tell whether its record shows that as many are there as were ever assigned.

        Parameters
        ----------
        there
            Segment → arm → contacts followed to the horizon.
        """
        followed = sum(sum(arms.values()) for arms in there.values())
        return self.shown == "record" and self.roster is not None and len(self.arms) == followed

    def only(self, ids: Collection[str]) -> Given:
        """Return what is known of some contacts alone; what is to be said of it has been said.

        Nobody else is missed then: who is not among them is not asked for.
        """
        if self.roster is None:
            return self
        part = self.roster.only(ids)
        if not part.arms:
            return Given()
        return replace(self, roster=part, checks=(), recorded=len(part.arms) * bool(self.recorded))


Assigned: TypeAlias = Mapping[int | str, str] | Assignment | Given | str | Path


def given_arms(assigned: Assigned | None, design: TrialDesign | None = None) -> Given:
    """Return contact → arm, and what is to be said of how the arms were drawn.

    A file beside which `Assignment.write_csv` left its record must be as it was written. One
    without that record is read as a list of contacts with arms, and said to show no more.

    Parameters
    ----------
    assigned
        As given; None: nothing is known of it.
    design
        The design, which the assignment's record is held against.

    Raises
    ------
    InputError
        For a file that is no assignment, or was changed since it was written.
    """
    if isinstance(assigned, Given):
        return assigned
    if isinstance(assigned, str | Path):
        place = Path(assigned)
        if not beside(place).exists():
            return Given(Roster.of_table(read_list(place)), None, (_WITHOUT_RECORD,))
        assigned = load_assignment(place)
    if not isinstance(assigned, Assignment):
        return Given(None if assigned is None else Roster(assigned))
    strata = list(assigned.strata)
    table = assigned.table.drop(columns="on_list", errors="ignore")
    table[strata] = table[strata].where(table[strata] != MISSING)
    if assigned.unit == "contact":  # errors follow contacts, whatever company they are of
        table = table.drop(columns="account_id", errors="ignore")
    roster = Roster.of_table(table)
    checks = [*([] if design is None else _of_design(assigned, design)), *_again(assigned)]
    if not checks:
        found = f"once, {assigned.method} by {assigned.unit}"
        meaning = "the arms were drawn by lot, once"
        checks.append(Check(DRAWN, EVERYWHERE, found, NO_P_VALUE, "ok", meaning))
    return Given(roster, assigned.method, tuple(checks), len(roster.arms))


_WITHOUT_RECORD = Check(
    DRAWN,
    EVERYWHERE,
    "a list of arms without the record that simkit assign writes beside it",
    NO_P_VALUE,
    "warning",
    "nothing shows when and how the arms were drawn, nor that the list is as it was then",
    "give the file as simkit assign wrote it, with the one ending in .json beside it",
)


def _again(assigned: Assignment) -> Iterator[Check]:
    for once in assigned.again:
        yield Check(
            DRAWN,
            EVERYWHERE,
            once.sentence().rstrip("."),
            NO_P_VALUE,
            "warning",
            "who draws again until the arms please has not assigned by chance",
            "say the reason wherever the result is told; next time draw once",
        )


def _of_design(assigned: Assignment, design: TrialDesign) -> Iterator[Check]:
    """Tell in what an assignment differs from the design that it should have been made from."""
    differ = differences(assigned, design, design.method)
    if differ:
        yield Check(
            DRAWN,
            EVERYWHERE,
            f"the assignment was made with {' and '.join(differ)}, unlike the design",
            NO_P_VALUE,
            "fail",
            "the arms were not drawn as registered, and who may draw again until the arms please "
            "has not assigned by chance",
            "give the assignment that was made from this design, or the design that it was made "
            "from; say why there are two",
        )
    elif assigned.design != design.identity():
        yield Check(
            DRAWN,
            EVERYWHERE,
            f"the assignment was made from design {assigned.design}, not {design.identity()}",
            NO_P_VALUE,
            "fail",
            "the arms were drawn as this design says, but something else in it (what decides, a "
            "margin, the horizon, the prices, the day) was changed since, perhaps after results",
            "give the design that was registered when the contacts were assigned; what should be "
            "asked beside it can be asked, and is told as not registered",
        )
