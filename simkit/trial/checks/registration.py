"""Whether a design shows by itself that it was registered, and before the trial's first call."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from simkit.calllog.source import many
from simkit.trial.checks.check import EVERYWHERE, NO_P_VALUE, Check
from simkit.trial.read.began import Began

if TYPE_CHECKING:
    from simkit.trial.design import TrialDesign

REGISTERED = "registration"
DESIGN_FILE = "file of the design"
REGISTERED_ON = "day of registration"
NO_DAY = "the design does not say on which day it was registered"


def registration_checks(design: TrialDesign, first: Began) -> list[Check]:
    """Say what a design lacks to show that it was registered before anybody could know results.

    Parameters
    ----------
    design
        The design.
    first
        When the trial began.
    """
    return [*_identity_check(design), _day_check(design.registered_on, first)]


def _identity_check(design: TrialDesign) -> Iterator[Check]:
    if design.without_identity:
        yield Check(
            DESIGN_FILE,
            EVERYWHERE,
            "the design comes from a file without an identity",
            NO_P_VALUE,
            "warning",
            "nothing shows that it is the file that was registered: it may have been written, or "
            "changed, after results were seen",
            "give the file that simkit design (or TrialDesign.write) wrote before the first call, "
            "as it was written",
        )


def _day_check(day: date | None, first: Began) -> Check:
    if first.invented:
        meaning = "the log is simulated: its days are those of no calendar, and none is compared"
        said = "" if day is None else f"registered on {day}; "
        found = f"{said}the calls are simulated"
        return Check(REGISTERED_ON, EVERYWHERE, found, NO_P_VALUE, "ok", meaning)
    if day is None:
        return Check(
            REGISTERED_ON,
            EVERYWHERE,
            NO_DAY,
            NO_P_VALUE,
            "warning",
            "nothing shows that it was before the first call",
            "write the day into the next design (registered_on), as simkit design does",
        )
    found = f"registered on {day}"
    if first.called is not None and day > first.called:
        late = many((day - first.called).days, "day")
        return Check(
            REGISTERED_ON,
            EVERYWHERE,
            f"{found}, {late} after the trial's first call ({first.called})",
            NO_P_VALUE,
            "fail",
            f"the design was registered {late} after calls had begun: results could be seen before "
            "it was settled what they would be held against",
            "take the trial as one without registration, from which to learn what to ask; register "
            "the next one before its first call",
        )
    if first.entered is not None and day > first.entered:
        late = many((day - first.entered).days, "day")
        before = "" if first.called is None else f", but not after the first call ({first.called})"
        return Check(
            REGISTERED_ON,
            EVERYWHERE,
            f"{found}, {late} after the trial's first contact entered ({first.entered}){before}",
            NO_P_VALUE,
            "warning",
            "contacts were in the trial before it was settled who is compared, and how",
            "register the next trial before its first contact enters",
        )
    if first == Began():
        found += "; the data do not tell when the trial began"
    elif first.called is not None:
        found += f"; first call on {first.called}"
    elif first.entered is not None:
        found += f"; first contact on {first.entered}"
    meaning = "by what it says, the design was registered before the trial began"
    return Check(REGISTERED_ON, EVERYWHERE, found, NO_P_VALUE, "ok", meaning)
