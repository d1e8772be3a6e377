"""The checks of a trial alone: for use while it runs, without a look at any effect."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from simkit.calllog import CallLog
from simkit.calllog.stored import StoredLog
from simkit.errors import InputError, Problem, Together
from simkit.trial.as_designed import design_checks
from simkit.trial.assign import Assigned, Given, given_arms
from simkit.trial.checked import Checks
from simkit.trial.checks.arguments import lacking_problems, said_problems, share_problems
from simkit.trial.checks.assigned import who_is_missing
from simkit.trial.checks.assignment import assignment_checks
from simkit.trial.checks.balance import balance_checks, balance_table
from simkit.trial.checks.check import Check, checks_table, worst_first
from simkit.trial.checks.exposure import Policies
from simkit.trial.checks.horizon import horizon_checks
from simkit.trial.checks.log_checks import log_checks
from simkit.trial.checks.people import spelling_checks
from simkit.trial.checks.planned import came_checks
from simkit.trial.checks.so_far import so_far_checks
from simkit.trial.design import GivenDesign, TrialDesign, as_design
from simkit.trial.entered import Entered, as_assigned, entered, followed_whole, with_time
from simkit.trial.read.names import A_LOG_IN_MEMORY, SCHEMA_COLUMNS
from simkit.trial.read.persons import known_before
from simkit.trial.read.unsaid import no_arms
from simkit.trial.settings import is_number, require_kinds

if TYPE_CHECKING:
    from simkit.trial.read.data import TrialData

WHERE = "check_trial"


@dataclass(frozen=True)
class _Said:
    """What is said of a trial besides its log, as `check_trial` takes it."""

    arm: str
    segment: str | None
    cluster: str | None
    control: str | Mapping[str, str] | None
    policies: Policies | None
    person: Sequence[str] | None
    expected_shares: Mapping[str, float] | None
    strata: Sequence[str] | None
    covariates: Sequence[str] | None
    horizon_days: float | None
    design: TrialDesign | None = None
    drawn: Given = field(default_factory=Given)

    @property
    def registered_shares(self) -> Mapping[str, float] | None:
        """The arms' parts in the design."""
        return None if self.design is None else self.design.shares

    def registered(self, design: TrialDesign | None, drawn: Given) -> _Said:
        """Fill in from the design what is not given; policies once it is known who has come."""
        if design is None:
            return replace(self, drawn=drawn)
        shares = design.shares or None
        return replace(
            self,
            design=design,
            drawn=drawn,
            control=design.control if self.control is None else self.control,
            expected_shares=shares if self.expected_shares is None else self.expected_shares,
            strata=design.strata if self.strata is None else self.strata,
            cluster=design.unit_column if self.cluster is None else self.cluster,
            horizon_days=design.horizon_days if self.horizon_days is None else self.horizon_days,
        )

    def require_kinds(self) -> None:
        """Refuse settings of another kind than can be read."""
        require_kinds(
            WHERE,
            None,
            tables={"expected_shares": self.expected_shares},
            numbers={"horizon_days": self.horizon_days},
            columns={"segment": self.segment, "cluster": self.cluster},
            lists={"person": self.person, "strata": self.strata, "covariates": self.covariates},
            words={"arm": self.arm},
            control=self.control,
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
    said = _Said(
        arm=arm,
        segment=segment,
        cluster=cluster,
        control=control,
        policies=policies,
        person=person,
        expected_shares=expected_shares,
        strata=strata,
        covariates=covariates,
        horizon_days=horizon_days,
    )
    said, who = _opened(log, said, design, assigned, as_of)
    waiting = _begun(said, who)
    begun = {check.segment for check in waiting}
    if set(who.labels["segment"]) <= begun:  # then what is wrong with the arms is told
        return _checked(said, who, who, [])
    return _checked(said, who, who.without(begun), waiting)


def _begun(said: _Said, who: Entered) -> list[Check]:
    """Name the segments that have only begun; those of wrong shares cannot be told."""
    if share_problems(WHERE, said.expected_shares, who.arms, said.registered_shares):
        return []
    return so_far_checks(
        who.contacts,
        who.labels,
        {} if said.design is None else said.design.arms,
        said.expected_shares or {},
        said.horizon_days,
    )


def _opened(
    log: CallLog,
    said: _Said,
    design: GivenDesign | None,
    assigned: Assigned | None,
    as_of: object,
) -> tuple[_Said, Entered]:
    """Return what is said, with what was registered, and who had entered; or tell all problems."""
    if not isinstance(log, CallLog | StoredLog):
        raise InputError([Problem(WHERE, "log", type(log).__name__, A_LOG_IN_MEMORY)])
    log.require_attempts(WHERE)
    together = Together()
    registered, drawn = None, Given()
    with together:
        registered = None if design is None else as_design(design, WHERE)
    with together:
        drawn = given_arms(assigned, registered)
    with together:
        said.require_kinds()
    of_another_kind = {problem.field for problem in together.problems}
    said = said.registered(registered, drawn)
    segment = "segment" if said.segment is None else said.segment
    account = "account_id" if said.cluster is None else said.cluster
    columns = {
        "arm": [said.arm],
        "segment": [segment],
        "cluster": [account],
        "person": said.person,
        "strata": None if registered and said.strata == registered.strata else said.strata,
        "covariates": said.covariates,
    }
    told = {name: of for name, of in columns.items() if name not in of_another_kind}
    together.problems += said_problems(WHERE, log.contacts, {}, assigned=drawn.roster, columns=told)
    if registered is not None:
        there = list(map(str, log.contacts.columns))
        together.problems += lacking_problems(registered, there, registered.covariates)
    days = said.horizon_days
    if is_number(days) and not days > 0:
        together.problems.append(Problem(WHERE, "horizon_days", days, "must be above 0"))
    if "arm" in told and said.arm in log.contacts and log.contacts[said.arm].isna().all():
        together.problems.append(no_arms(said.arm))
    who = None
    with together:
        who = entered(WHERE, log, as_of, arm=said.arm, segment=segment, account=account)
    together.tell()
    assert who is not None
    return said, who


def _checked(said: _Said, whole: Entered, who: Entered, waiting: Sequence[Check]) -> Checks:
    """Check a trial.

    Parameters
    ----------
    said
        What is said of it.
    whole, who
        All who have entered; those of segments in which arms can be compared.
    waiting
        What is to be said of the others.
    """
    design, drawn, days = said.design, said.drawn, said.horizon_days
    columns = {who.arm, who.segment, who.account}
    registered = (*(said.strata or ()), *(design.covariates if design is not None else ()))
    taken = {*SCHEMA_COLUMNS, *columns, *(set(said.person or ()) - set(registered))}
    own = known_before(who.contacts, taken, registered)
    given = own if said.covariates is None else said.covariates
    known = list(dict.fromkeys([*given, *(said.strata or ())]))
    data = as_assigned(who, said.control, known, days)
    if design is not None:
        data = data.in_order(design.segments)
    policies, source = _intended(said, data, {check.segment for check in waiting})
    problems = list(
        said_problems(WHERE, who.contacts, data.arms, policies=policies, policies_are=source)
    )
    problems += share_problems(WHERE, said.expected_shares, data.arms, said.registered_shares)
    if problems:
        raise InputError(problems)
    calls = log_checks(
        who.log,
        data,
        design=design,
        arm=who.arm,
        policies=policies,
        person=said.person,
        assigned=drawn.roster,
        to_come=who.to_come,
        running=whole.more_to_come(days, {} if design is None else design.contacts, drawn.roster),
    )
    delivered, load = calls.exposure.table, calls.load.table
    data = replace(data, contacts=with_time(data, who.contacts, delivered))
    median = delivered.rename(columns={"delivered_days": "median_days_between_dials"})
    checks = [
        *design_checks(
            design,
            whole.log,
            data,
            arm=who.arm,
            cluster=said.cluster,
            segment=said.segment,
            drawn=drawn,
            without_arm=int((~whole.in_trial).sum()),
        ),
        *assignment_checks(data, said.expected_shares, said.strata or ()),
        *spelling_checks(who.contacts, who.account),
        *calls.checks,
        *drawn.checks,
        *horizon_checks(
            replace(data, exposure=median), policies, whole=followed_whole(who.contacts, days)
        ),
        *balance_checks(data),
        *waiting,
    ]
    if design is not None:
        missing = who_is_missing(calls.checks)
        checks += came_checks(whole.labels, design, whole.running(days), missing=missing)
    return Checks(
        table=worst_first(checks_table(checks)).reset_index(drop=True),
        exposure=delivered.merge(
            load.drop(columns=["contacts", "dials"]), on=["segment", "arm"], validate="one_to_one"
        ),
        gaps=calls.exposure.gaps,
        balance=balance_table(data),
    )


def _intended(said: _Said, data: TrialData, begun: Collection[str]) -> tuple[Policies | None, str]:
    """Return the policies intended, of the segments that are checked, and what gave them.

    Of a design they are those of the segments that have begun. Where the data hold a segment that
    was not registered, all are returned: then one that seems not to have begun may be misspelt,
    and is told.
    """
    if said.policies is not None:
        given = said.policies
        if isinstance(given, Mapping):
            given = {name: arms for name, arms in given.items() if name not in begun}
        return given, "policies"
    if said.design is None:
        return None, ""
    arms = said.design.arms
    if set(data.arms) <= set(arms):
        arms = {name: of for name, of in arms.items() if name in data.arms}
    return arms, "design.arms"
