"""The checks of a trial alone: for use while it runs, without a look at any effect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simkit.calllog.cut import cut, moment_of, only
from simkit.errors import InputError, Problem
from simkit.measures.reduction import reduce_attempts, windows
from simkit.scenario import DAY_S
from simkit.trial.as_designed import design_checks
from simkit.trial.assign import Assigned, Given, given_arms
from simkit.trial.checks.arguments import said_problems, share_problems
from simkit.trial.checks.assignment import assignment_checks
from simkit.trial.checks.balance import balance_checks, balance_table
from simkit.trial.checks.check import WORST_FIRST, checks_table, rows_of, said_of, worst_first
from simkit.trial.checks.exposure import Policies
from simkit.trial.checks.horizon import horizon_checks
from simkit.trial.checks.log_checks import log_checks
from simkit.trial.checks.planned import NOT_BEGUN, TO_COME, came_checks
from simkit.trial.checks.so_far import running, so_far_checks
from simkit.trial.design import GivenDesign, TrialDesign, as_design
from simkit.trial.read.data import (
    LEFT_OUT_COLUMNS,
    TrialData,
    arms_and_controls,
    as_names,
    natural_order,
)
from simkit.trial.read.names import SCHEMA_COLUMNS
from simkit.trial.read.unsaid import LOG, no_arms

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simkit.calllog import CallLog

WHERE = "check_trial"
GRACE_DAYS = 7.0
"""For holidays and queues: so much later than one interval after its entry a first call may be."""

CALLED = "SELECT place FROM dials WHERE counts GROUP BY place"


@dataclass(frozen=True, eq=False)
class Checks:
    """What was checked of a trial, and nothing of what it found.

    Parameters
    ----------
    table
        One row per check and segment, the worst first: ``check``, ``segment``, ``found``,
        ``p_value``, ``verdict`` (ok, warning, fail), ``meaning``, ``advice``.
    exposure
        One row per segment and arm: intended and delivered intervals, callbacks, load, waiting;
        see `simkit.trial.checks.exposure.Exposure` and `simkit.trial.checks.load.Load`.
    gaps
        ``segment``, ``arm``, ``days`` (calendar days between two dials of a contact), ``gaps``.
    balance
        Standardised differences of each covariate; see `simkit.trial.checks.balance`.
    """

    table: pd.DataFrame
    exposure: pd.DataFrame
    gaps: pd.DataFrame
    balance: pd.DataFrame

    @property
    def passed(self) -> bool:
        """False when a check failed: then no result of the trial may be acted on."""
        return not (self.table["verdict"] == "fail").any()

    def found(self, verdict: str) -> pd.DataFrame:
        """Return the rows with a verdict: ``"fail"``, ``"warning"`` or ``"ok"``."""
        return self.table[self.table["verdict"] == verdict]

    def sentences(self) -> list[str]:
        """Say each thing that is not as it should be, the worst first."""
        return said_of(self.table)

    def sentence(self) -> str:
        """Say in one sentence whether the trial can be trusted so far."""
        number = len(self.table)
        failed, warned = (self.found(verdict) for verdict in WORST_FIRST[:2])
        if len(failed):
            what = "; ".join(dict.fromkeys(failed["meaning"]))
            more = f" There {_are(len(warned))} besides." if len(warned) else ""
            return f"Do not act on results of this trial: {what}.{more}"
        if len(warned):
            names = ", ".join(dict.fromkeys(warned["check"]))
            more = self._to_come()
            return f"{number} checks, none failed; there {_are(len(warned))}: {names}{more}."
        return f"{number} checks, nothing found{self._to_come()}."

    def _to_come(self) -> str:
        """Say how many contacts have come where more are to come: nobody is missing yet."""
        rows = self.table[self.table["meaning"].isin([TO_COME, NOT_BEGUN])]
        texts = [f"{row.segment} {row.found}" for row in rows_of(rows)]
        return f"; so far {', '.join(texts)}" if texts else ""

    def _repr_html_(self) -> str:
        shown = self.table[["check", "segment", "found", "verdict", "meaning", "advice"]]
        return (
            f"<p><strong>{escape(self.sentence())}</strong></p>"
            f"{shown.to_html(index=False)}"
            f"<details><summary>What each arm delivered</summary>"
            f"{self.exposure.to_html(index=False, float_format='{:.3g}'.format)}</details>"
        )


def check_trial(
    log: CallLog,
    *,
    design: GivenDesign | None = None,
    control: str | Mapping[str, str] | None = None,
    arm: str = "arm",
    segment: str | None = None,
    cluster: str | None = None,
    policies: Policies | None = None,
    assigned: Assigned | None = None,
    person: Sequence[str] | None = None,
    expected_shares: Mapping[str, float] | None = None,
    strata: Sequence[str] | None = None,
    covariates: Sequence[str] | None = None,
    horizon_days: float | None = None,
    as_of: object = None,
) -> Checks:
    """Check a trial, also while it runs: no outcome is computed, so nothing is peeked at.

    A segment that still runs (contacts are followed for less than the horizon) and has too few in
    an arm to compare it, since it began later than others, is told, and the rest is checked.

    Parameters
    ----------
    log
        The calls so far.
    design
        The trial as registered, or its file; it gives policies, shares, strata, control and
        horizon where they are not given.
    control
        The arm (or segment → the arm) whose balance the others are compared with; default: the
        first in natural order.
    arm, segment, cluster
        Columns of contacts, as `simkit.trial.evaluate` takes them.
    policies
        Segment → arm → policy: the intervals intended.
    assigned
        contact_id → arm, as assigned; or the result of `simkit.trial.assign.assign`, or its file.
    person
        Columns that tell persons apart (telephone, e-mail, tax code); default: columns so named
        whose values are mostly unique. An empty list looks for none.
    expected_shares
        Arm → its intended part of the units; default: equal parts.
    strata
        Columns within whose values units were assigned.
    covariates
        Columns known at assignment, whose balance is checked; default: all further columns of
        contacts that do not tell persons apart.
    horizon_days
        Days since entry at which arms will be compared.
    as_of
        Check the log as it stood on that day, at its midnight, or at a time; default: all of it.

    Returns
    -------
    Checks
        The checks and what they were made on.

    Raises
    ------
    InputError
        With everything that is wrong.

    Examples
    --------
    >>> from simkit import check_trial  # doctest: +SKIP
    >>> print(check_trial(log, policies=policies).sentence())  # doctest: +SKIP
    """
    log.require_attempts(WHERE)
    design, drawn = _opened(design, assigned)
    whole = log.contacts["contact_id"]
    if as_of is not None:
        log = _as_it_stood(log, as_of)
    to_come = whole[~whole.isin(log.contacts["contact_id"])]
    if design is not None:
        control = design.control if control is None else control
        shares = design.shares or None
        expected_shares = shares if expected_shares is None else expected_shares
        strata = design.strata if strata is None else strata
        horizon_days = design.horizon_days if horizon_days is None else horizon_days
    by_segment = "segment" if segment is None else segment
    account = "account_id" if cluster is None else cluster
    named = {
        "arm": [arm],
        "segment": [by_segment],
        "cluster": [account],
        "person": person,
        "strata": strata,
        "covariates": covariates,
    }
    problems = list(said_problems(WHERE, log.contacts, {}, assigned=drawn.arms, columns=named))
    if horizon_days is not None and not horizon_days > 0:
        problems.append(Problem(WHERE, "horizon_days", horizon_days, "must be above 0"))
    if arm in log.contacts and log.contacts[arm].isna().all():
        problems.append(no_arms(arm))
    if problems:
        raise InputError(problems)
    in_trial = log.contacts[arm].notna().to_numpy(dtype=np.bool_)
    came = log.contacts[in_trial]
    labels = pd.DataFrame(
        {
            "segment": as_names(came[by_segment]),
            "arm": as_names(came[arm]),
            "account": came[account],
        }
    )
    parts = {} if design is None else {name: design.parts(name) for name in design.segments}
    waiting = so_far_checks(came, labels, parts, horizon_days)
    without_arm, entire = int((~in_trial).sum()), log
    untold = {check.segment for check in waiting}
    later = labels["segment"].isin(untold)
    if later.all():  # nothing is left to check: what is wrong with the arms is told below
        waiting = []
    elif waiting:
        early = later.index[later]
        to_come = pd.concat([to_come, log.contacts.loc[early, "contact_id"]])
        log = only(log, ~log.contacts.index.isin(early))
        in_trial = log.contacts[arm].notna().to_numpy(dtype=np.bool_)
        if isinstance(policies, Mapping):
            policies = {name: here for name, here in policies.items() if name not in untold}
    contacts = log.contacts[in_trial].reset_index(drop=True)
    own = [name for name in contacts if name not in {*SCHEMA_COLUMNS, arm, by_segment, account}]
    known = list(dict.fromkeys([*(own if covariates is None else covariates), *(strata or ())]))
    columns = (arm, by_segment, account)
    data = _as_assigned(log, in_trial, contacts, columns, control, known, horizon_days)
    if design is not None:
        data = data.in_order(design.segments)
        policies = _begun(design, data) if policies is None else policies
    problems = list(said_problems(WHERE, contacts, data.arms, policies=policies))
    problems += share_problems(WHERE, expected_shares, data.arms)
    if problems:
        raise InputError(problems)
    calls = log_checks(
        log,
        data,
        arm=arm,
        policies=policies,
        person=person,
        assigned=drawn.arms,
        to_come=to_come,
        running=running(came, horizon_days),
    )
    data = replace(data, contacts=_with_time(data, contacts, calls.exposure.table))
    keys = ["segment", "arm"]
    median = calls.exposure.table.rename(columns={"delivered_days": "median_days_between_dials"})
    checks = [
        *design_checks(
            design,
            entire,
            data,
            arm=arm,
            cluster=cluster,
            segment=segment,
            drawn=drawn,
            without_arm=without_arm,
        ),
        *assignment_checks(data, expected_shares, strata or ()),
        *calls.checks,
        *drawn.checks,
        *horizon_checks(
            replace(data, exposure=median), policies, whole=_whole(contacts, horizon_days)
        ),
        *balance_checks(data),
    ]
    checks += waiting
    if design is not None:
        still = [
            str(name) for name, here in came.groupby(by_segment) if running(here, horizon_days)
        ]
        checks += came_checks(labels, design, still)
    load = calls.load.table.drop(columns=["contacts", "dials"])
    return Checks(
        table=worst_first(checks_table(checks)).reset_index(drop=True),
        exposure=calls.exposure.table.merge(load, on=keys, validate="one_to_one"),
        gaps=calls.exposure.gaps,
        balance=balance_table(data),
    )


def _opened(
    design: GivenDesign | None, assigned: Assigned | None
) -> tuple[TrialDesign | None, Given]:
    """Return the design and who was assigned to which arm, from objects or from files."""
    problems: list[Problem] = []
    found: TrialDesign | None = None
    drawn = Given()
    try:
        found = None if design is None else as_design(design, WHERE)
    except InputError as error:
        problems += error.problems
    try:
        drawn = given_arms(assigned, found)
    except InputError as error:
        problems += error.problems
    if problems:
        raise InputError(problems)
    return found, drawn


def _begun(design: TrialDesign, data: TrialData) -> Policies:
    """Return the registered policies of the segments that have begun.

    Where the data hold a segment that was not registered, all are returned: then one that seems
    not to have begun may be misspelt, and is told.
    """
    if not set(data.arms) <= set(design.arms):
        return design.arms
    return {segment: design.arms[segment] for segment in design.segments if segment in data.arms}


def _as_it_stood(log: CallLog, as_of: object) -> CallLog:
    try:
        moment = moment_of(as_of, log.header.timezone)
    except InputError as error:
        found = [Problem(WHERE, "as_of", each.value, each.rule) for each in error.problems]
        raise InputError(found) from None
    then = cut(log, moment)
    if then.contacts.empty:
        first = log.contacts["entered_at"].min()
        rule = f"must be after the first contact entered, {first}"
        raise InputError([Problem(WHERE, "as_of", str(as_of), rule)])
    return then


def _as_assigned(
    log: CallLog,
    in_trial: NDArray[np.bool_],
    contacts: pd.DataFrame,
    columns: tuple[str, str, str],
    control: str | Mapping[str, str] | None,
    known: Sequence[str],
    horizon_days: float | None,
) -> TrialData:
    """Return the contacts as assigned, with no outcome: all of them, however long followed."""
    arm, segment, account = columns
    labels = pd.DataFrame({"segment": as_names(contacts[segment]), "arm": as_names(contacts[arm])})
    if control is None:
        first = labels.groupby("segment")["arm"].unique()
        control = {str(name): natural_order(list(arms))[0] for name, arms in first.items()}
    arms, controls, problems = arms_and_controls(LOG, arm, labels.assign(n=1), control)
    if problems:
        raise InputError(problems)
    called = reduce_attempts(log, windows(log, None), CALLED, columns=(), times=())["place"]
    dialled = np.zeros(len(in_trial), dtype=np.bool_)
    dialled[np.asarray(called, dtype=np.int64)] = True
    rows = labels.assign(
        cluster=pd.factorize(contacts[account])[0], followed=True, dialled=dialled[in_trial]
    )
    clustered = bool(rows["cluster"].duplicated().any())
    return TrialData(
        where=LOG,
        arms=arms,
        control=controls,
        contacts=rows,
        values=pd.DataFrame(index=rows.index),
        outcomes=(),
        clustered=clustered,
        unit=account if clustered else "contact",
        left_out=pd.DataFrame(columns=list(LEFT_OUT_COLUMNS)),
        horizon_days=horizon_days,
        covariates=contacts[list(known)] if known else None,
    )


def _with_time(data: TrialData, contacts: pd.DataFrame, exposure: pd.DataFrame) -> pd.DataFrame:
    """Mark who was followed long enough for a first call in every arm of the segment.

    A first call is due within one interval of the entry. While a trial runs, an arm with a longer
    interval has therefore called fewer of its newest contacts, as it should.
    """
    assert data.contacts is not None
    days = exposure[["intended_days", "delivered_days"]].max(axis=1)
    longest = days.groupby(exposure["segment"]).max()
    followed = contacts["observed_until"] - contacts["entered_at"]
    needed = data.contacts["segment"].map(longest).astype(float).fillna(0.0) + GRACE_DAYS
    return data.contacts.assign(had_time=(followed.dt.total_seconds() / DAY_S >= needed).to_numpy())


def _whole(contacts: pd.DataFrame, horizon_days: float | None) -> bool:
    """Tell whether anybody was followed for a whole horizon."""
    longest = (contacts["observed_until"] - contacts["entered_at"]).max().total_seconds()
    return horizon_days is not None and bool(longest >= horizon_days * DAY_S)


def _are(warnings: int) -> str:
    return "is 1 warning" if warnings == 1 else f"are {warnings} warnings"
