"""Whether those who are compared at a look stand in the arms that they were assigned to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from simkit.calllog.cut import cut
from simkit.errors import InputError
from simkit.trial.assign import Assigned, Given, given_arms
from simkit.trial.checks.arguments import said_problems
from simkit.trial.checks.assigned import assigned_checks
from simkit.trial.checks.check import Check, checks_table, rows_of
from simkit.trial.read.data import as_names

if TYPE_CHECKING:
    from simkit.calllog import CallLog
    from simkit.trial.design import TrialDesign


def open_assigned(where: str, assigned: Assigned | None, design: TrialDesign) -> Given:
    """Return who was assigned to which arm, as it was handed in.

    Parameters
    ----------
    where
        The function, for messages.
    assigned, design
        As `simkit.trial.monitor.monitor` takes them.

    Raises
    ------
    InputError
        If it is no assignment, or a file that was changed since it was written.
    """
    drawn = given_arms(assigned, design)
    problems = list(said_problems(where, pd.DataFrame(), {}, assigned=drawn.roster))
    if problems:
        raise InputError(problems)
    return drawn


def whole_list(log: CallLog, drawn: Given) -> Given:
    """Return the assignment where nobody who was assigned is missing from the log; else nothing.

    Only then it shows that nobody was taken out by how the calls to them went.
    """
    if drawn.roster is None:
        return drawn
    there = set(as_names(log.contacts["contact_id"]))
    return drawn if all(str(name) in there for name in drawn.arms) else Given()


def held_checks(
    log: CallLog, drawn: Given, moment: pd.Timestamp, *, running: bool
) -> tuple[Check, ...]:
    """Hold all who had entered by a moment against the assignment.

    Parameters
    ----------
    log
        The whole log.
    drawn
        Who was assigned, and how.
    moment
        When the trial is looked at. Who enters later is not missed.
    running
        Whether more contacts may come, so that those assigned who are not in the log are told only.
    """
    if drawn.roster is None:
        return drawn.checks
    then, ids = cut(log, moment).contacts, log.contacts["contact_id"]
    with_arm = then["arm"].notna()
    came = then[with_arm].reset_index(drop=True)
    as_drawn = assigned_checks(
        as_names(came["arm"]),
        came["contact_id"],
        drawn.roster,
        told=came,
        without_arm=then.loc[~with_arm, "contact_id"],
        to_come=ids[~ids.isin(then["contact_id"])],
        running=running,
    )
    return (*as_drawn, *drawn.checks)


def with_held(checks: pd.DataFrame, held: tuple[Check, ...]) -> pd.DataFrame:
    """Add the checks of the assignment to a table of checks."""
    return checks_table([*(Check(**row._asdict()) for row in rows_of(checks)), *held])
