"""The checks that need a trial's calls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import pandas as pd

from simkit.calllog import CallLog
from simkit.calllog.stored import StoredLog
from simkit.errors import InputError, Problem
from simkit.measures.reduction import windows
from simkit.trial.checks.absent import absent_checks
from simkit.trial.checks.arguments import said_problems
from simkit.trial.checks.assigned import assigned_checks
from simkit.trial.checks.check import EVERYWHERE, NO_P_VALUE, Check
from simkit.trial.checks.clock import clock_checks
from simkit.trial.checks.dials import dials_of
from simkit.trial.checks.entry import entry_by_call_checks
from simkit.trial.checks.exposure import Exposure, Policies, exposure_checks, exposure_of
from simkit.trial.checks.follow_up import follow_up_checks
from simkit.trial.checks.hours_of_arms import hours_of_arms_checks
from simkit.trial.checks.imported import imported_checks
from simkit.trial.checks.load import Load, load_checks, load_of
from simkit.trial.checks.people import people_checks
from simkit.trial.checks.planned_agents import agents_called, planned_agents_checks
from simkit.trial.checks.rates import rates_of
from simkit.trial.checks.recorded import recorded_checks
from simkit.trial.checks.silence import silence_checks
from simkit.trial.checks.stopped import stopped_checks
from simkit.trial.checks.stored_checks import stored_checks
from simkit.trial.checks.weeks_of_entry import entry_checks
from simkit.trial.read.data import TrialData
from simkit.trial.read.names import IN_MEMORY
from simkit.trial.read.roster import ACCOUNT, Roster
from simkit.trial.read.summed import SummedTrial

if TYPE_CHECKING:
    from simkit.trial.design import TrialDesign

WHERE = "evaluate"
CALLS = "calls"
Which = Literal["all", "assignment"]


@dataclass(frozen=True, eq=False)
class LogChecks:
    """What a trial's calls say of how it was run.

    Parameters
    ----------
    checks
        The checks.
    exposure, load
        What they were made on: intervals and callbacks; agents and waiting.
    """

    checks: tuple[Check, ...]
    exposure: Exposure
    load: Load


def log_checks(
    log: CallLog,
    data: TrialData,
    *,
    design: TrialDesign | None = None,
    arm: str = "arm",
    policies: Policies | None = None,
    person: Sequence[str] | None = None,
    assigned: Roster | None = None,
    to_come: pd.Series | None = None,
    running: bool = False,
) -> LogChecks:
    """Check a trial's calls, all that were observed: nothing here compares an outcome.

    Parameters
    ----------
    log
        The log.
    data
        The trial as read from it.
    design
        The trial as registered; None where none was.
    arm
        Its column of the arms.
    policies
        Segment → arm → policy, as intended.
    person
        Columns of contacts that tell persons apart; None to look for them.
    assigned
        Who was assigned, as the assignment's file tells it.
    to_come
        Ids of contacts that enter after the log was cut.
    running
        Whether contacts may still be to come.
    """
    in_trial = log.contacts[arm].notna().to_numpy(dtype=bool)
    contacts = log.contacts[in_trial].reset_index(drop=True)
    assert data.contacts is not None
    dials = dials_of(log, data.contacts, data.arms, in_trial)
    exposure, load = exposure_of(dials, policies), load_of(dials)
    rates = rates_of(dials)
    within = dials_of(log, data.contacts, data.arms, in_trial, data.horizon_days)
    until_us = windows(log, data.horizon_days).end_us[in_trial] - 1
    frame = windows(log, None)
    entered_us, observed_us = frame.entered_us[in_trial], frame.observed_us[in_trial]
    as_drawn: list[Check] = []
    if assigned is not None:
        blank = log.contacts.loc[~in_trial, "contact_id"]
        as_drawn = assigned_checks(
            data.contacts["arm"],
            contacts["contact_id"],
            assigned,
            told=contacts.assign(segment=data.contacts["segment"].to_numpy()),
            without_arm=blank,
            to_come=to_come,
            running=running,
        )
    checks = [
        *_calls_check(int(rates.sums["rows"].sum())),
        *imported_checks(log.left_out, _attempts(log), assigned=assigned is not None),
        *entry_checks(data, contacts["entered_at"]),
        *entry_by_call_checks(dials, frame.entered_us),
        *as_drawn,
        *people_checks(data, contacts, contacts["account_id"], person),
        *follow_up_checks(dials, rates, data, entered_us, observed_us),
        *silence_checks(within, until_us),
        *stopped_checks(within),
        *exposure_checks(exposure, load.table),
        *load_checks(dials, load),
        *planned_agents_checks(
            design,
            agents_called(load.by_agent, dials.cells),
            dict(zip(dials.cells, dials.contacts.tolist(), strict=True)),
            running=running,
        ),
        *recorded_checks(dials, rates),
        *absent_checks(within),
        *hours_of_arms_checks(within, policies),
        *clock_checks(dials, rates, exposure.at_once),
    ]
    return LogChecks(tuple(checks), exposure, load)


def _attempts(log: CallLog | StoredLog) -> int:
    return log.attempts() if isinstance(log, StoredLog) else len(log.require_attempts(WHERE))


def _calls(log: CallLog | StoredLog, data: TrialData) -> int:
    """Count the trial's calls in the horizon; where nobody was followed so long, all calls."""
    followed = int(data.exposure["contacts"].sum())
    return int(data.exposure["dials"].sum()) if followed else _attempts(log)


def _calls_check(calls: int) -> list[Check]:
    """Say where there is nothing to check: a log without calls passes everything else."""
    if calls:
        return []
    meaning = "the log holds no call of the trial, so arms that did nothing are compared"
    advice = "check again once calls have been made; if they have, the log lacks them"
    return [Check(CALLS, EVERYWHERE, "none", NO_P_VALUE, "fail", meaning, advice)]


def _not_checked(*, on_disk: bool) -> list[Check]:
    found, advice = "not checked, as was asked", "evaluate with checks='all'"
    meaning = (
        "dose (and so whether the arms' labels are right), entry, follow-up, missing calls, load, "
        "records, clocks and people were not checked"
    )
    if on_disk:
        found = "not checked one by one, since the log was read in passing"
        advice = "check the log in memory, or a part of its accounts (simkit check)"
        meaning = (
            "what arms have in common (dose), callbacks, load, records, clocks and people were not "
            "checked"
        )
    return [Check(CALLS, EVERYWHERE, found, NO_P_VALUE, "warning", meaning, advice)]


def data_checks(
    source: CallLog | StoredLog | pd.DataFrame,
    data: TrialData,
    *,
    design: TrialDesign | None,
    arm: str,
    cluster: str | None,
    policies: Policies | None,
    intended: Policies | None,
    assigned: Roster | None,
    person: Sequence[str] | None,
    which: Which,
) -> list[Check]:
    """Check what a trial was read from: its calls, or a table's people.

    Parameters
    ----------
    source
        The log, or the table. Of a log on disk only that is checked for which its calls need not
        be read a further time.
    data
        The trial as read from it.
    design
        The trial as registered; None where none was.
    arm, cluster, policies, assigned, person
        As given to `simkit.trial.evaluate`.
    intended
        What a log is held against: these policies, or the design's where none are given.
    which
        ``checks`` as given there.

    Raises
    ------
    InputError
        With everything that is wrong with what was said besides the data.
    """
    problems = list(_said(source, data, policies, assigned, person, which))
    if problems:
        raise InputError(problems)
    if isinstance(source, StoredLog) or (isinstance(source, CallLog) and which != "all"):
        found_there: list[Check] = []
        if isinstance(data, SummedTrial) and isinstance(source, StoredLog) and which == "all":
            found_there = [
                *stored_checks(source, data, arm=arm, policies=intended, assigned=assigned),
                *planned_agents_checks(
                    design,
                    data.called_by,
                    dict(zip(data.cells, data.sums.sizes.tolist(), strict=True)),
                ),
            ]
        return [
            *_calls_check(_calls(source, data)),
            *imported_checks(source.left_out, _attempts(source), assigned=assigned is not None),
            *found_there,
            *_not_checked(on_disk=isinstance(source, StoredLog) and which == "all"),
        ]
    if which != "all":
        return _not_checked(on_disk=False)
    if isinstance(source, CallLog):
        found = log_checks(
            source,
            data,
            design=design,
            arm=arm,
            policies=intended,
            person=person,
            assigned=assigned,
        )
        return list(found.checks)
    if data.contacts is None:
        return []
    table = source.reset_index(drop=True)
    checks = people_checks(data, table, None if cluster is None else table[cluster], person)
    if assigned is not None:
        told = table.assign(segment=data.contacts["segment"].to_numpy())
        if ACCOUNT not in table and cluster is not None:
            told[ACCOUNT] = table[cluster]
        checks += assigned_checks(data.contacts["arm"], table["contact_id"], assigned, told=told)
    return checks


def _said(
    source: CallLog | StoredLog | pd.DataFrame,
    data: TrialData,
    policies: Policies | None,
    assigned: Roster | None,
    person: Sequence[str] | None,
    which: object,
) -> Iterator[Problem]:
    """Yield what is wrong with what was said besides the data."""
    settings = {"policies": policies, "assigned": assigned, "person": person}
    if which not in get_args(Which):
        yield Problem(WHERE, "checks", which, f"must be one of: {', '.join(get_args(Which))}")
    if which == "assignment":
        rule = "must be None with checks='assignment', which does not look at it"
        for name, value in settings.items():
            if value is not None:
                yield Problem(WHERE, name, None, rule)
        return
    if isinstance(source, StoredLog):
        if person is not None:
            yield Problem(WHERE, "person", None, f"must be None for a log on disk: {IN_MEMORY}")
        yield from said_problems(
            WHERE, source.empty_contacts(), data.arms, policies=policies, assigned=assigned
        )
        return
    contacts = source.contacts if isinstance(source, CallLog) else source
    columns = {"person": person}
    yield from said_problems(
        WHERE, contacts, data.arms, policies=policies, assigned=assigned, columns=columns
    )
    if isinstance(source, CallLog):
        return
    if policies is not None:
        rule = "must be None for a table: it does not hold what was delivered"
        yield Problem(WHERE, "policies", None, rule)
    if assigned is not None and (data.contacts is None or "contact_id" not in source):
        rule = "must be None for a table without a column contact_id"
        yield Problem(WHERE, "assigned", None, rule)
