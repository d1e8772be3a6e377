"""Which covariates a trial's means are adjusted for, and whether they may be."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from simkit.errors import InputError, Problem
from simkit.trial.effects.adjust import AdjustedMeans, Method, adjusted_means
from simkit.trial.effects.covariates import MAX_LEVELS, comparable, is_numeric, why_unfit
from simkit.trial.effects.means import ArmMeans
from simkit.trial.plan import Plan
from simkit.trial.read.data import ALL, TrialData, positions
from simkit.trial.read.names import IN_MEMORY, SCHEMA_COLUMNS, WHERE
from simkit.trial.read.selection import covariate_problems

METHODS = ("lin", "cuped")
AS_THE_MEAN = (
    "they are compared too, with the mean of the others in its place, and as a group of their own "
    "where they are enough to tell"
)
AS_A_GROUP = "they are compared too, as a group of their own"


@dataclass(frozen=True, eq=False)
class Adjustment:
    """The covariates of a trial, registered with it.

    Parameters
    ----------
    covariates
        Names among the data's covariates.
    method
        ``"lin"`` or ``"cuped"``.
    plain
        Outcomes that stay as they are: guardrails that are shares. Their events are few, and their
        tests are those of shares.
    why_not
        (outcome, segment) → why its means were not adjusted; filled while they are.
    """

    covariates: tuple[str, ...]
    method: Method
    plain: frozenset[str]
    why_not: dict[tuple[str, str], str] = field(default_factory=dict)

    def means(
        self, data: TrialData, outcome: str, segment: str
    ) -> tuple[ArmMeans | None, dict[str, int]]:
        """Average an outcome by arm as `TrialData.means` does, and adjust what may be adjusted."""
        means, units = data.means(outcome, segment)
        if means is None or outcome in data.ratios or outcome in data.refusals:
            return means, units
        if outcome in self.plain and means.binary:
            self.why_not[outcome, segment] = "a guardrail that is a share keeps the test of shares"
            return means, units
        assert data.contacts is not None
        assert data.covariates is not None
        rows = data.followed(outcome, segment) & data.contacts["arm"].isin(means.arms).to_numpy()
        contacts = data.contacts[rows]
        found, why_not = adjusted_means(
            means,
            data.values.loc[rows, outcome].to_numpy(dtype=float),
            positions(contacts["arm"], means.arms),
            contacts["cluster"].to_numpy() if data.clustered else None,
            data.covariates.loc[rows, list(self.covariates)],
            self.method,
            second=None if data.second is None else data.second[rows],
        )
        if why_not:
            self.why_not[outcome, segment] = why_not
        return found, units


def with_covariates(
    covariates: Sequence[str] | None, adjust: Sequence[str], *, of_log: bool
) -> list[str] | None:
    """Name the columns to read: those whose balance is checked and those adjusted for."""
    if covariates is None and (of_log or not adjust):
        return None
    return list(dict.fromkeys([*(covariates or ()), *adjust]))


def check_names(
    adjust: object, method: str, taken: Collection[str | None], *, on_disk: bool = False
) -> None:
    """Check what can be checked of the covariates before the data are read.

    Parameters
    ----------
    adjust, method
        As given to ``evaluate``.
    taken
        Columns that are something else: arm, segment, account, the outcomes.
    on_disk
        Whether the data stay on disk, so that no contact's covariates are held.

    Raises
    ------
    InputError
        Naming each column that is an outcome, an id or something that happens after assignment.
    """
    if isinstance(adjust, str) or not isinstance(adjust, Sequence):
        rule = 'must be a list of columns, like ("calls_before",)'
        raise InputError([Problem(WHERE, "adjust", adjust, rule)])
    problems = []
    if adjust and on_disk:
        rule = f"must be empty for a log on disk, of which only sums are held: {IN_MEMORY}"
        problems.append(Problem(WHERE, "adjust", list(adjust), rule))
    problems += covariate_problems(WHERE, "adjust", adjust, {*SCHEMA_COLUMNS, *taken})
    if method not in METHODS:
        rule = f"must be one of: {', '.join(METHODS)}"
        problems.append(Problem(WHERE, "adjust_method", method, rule))
    if method == "cuped" and len(adjust) > 1:
        rule = 'must be one column with adjust_method="cuped"; "lin" takes several'
        problems.append(Problem(WHERE, "adjust", list(adjust), rule))
    if problems:
        raise InputError(problems)


def make_adjustment(
    data: TrialData, plan: Plan, adjust: Sequence[str], method: Method
) -> Adjustment | None:
    """Check the covariates' columns; None where nothing is to be adjusted.

    Raises
    ------
    InputError
        Naming each column that is not there, or neither a number nor a label of few values.
    """
    if not adjust:
        return None
    if plan.errors != "auto":
        rule = "must be 'auto' with adjust, which has errors of its own"
        raise InputError([Problem(WHERE, "errors", plan.errors, rule)])
    there = data.covariates if data.covariates is not None else pd.DataFrame()
    problems = []
    for name in adjust:
        if name not in there:
            known = f"there are: {', '.join(map(str, there))}" if len(there.columns) else "none is"
            rule = f"must be a column known at assignment; {known}"
            problems.append(Problem(WHERE, "adjust", name, rule))
            continue
        values = there[name]
        rule = why_unfit(values)
        if not (rule or comparable(values)):
            rule = f"must be a number, or a label of at most {MAX_LEVELS} values"
        if rule:
            problems.append(Problem(WHERE, "adjust", name, rule))
    if problems:
        raise InputError(problems)
    return Adjustment(tuple(adjust), method, frozenset(plan.guardrails))


def adjusted_words(
    data: TrialData,
    adjustment: Adjustment | None,
    means: Mapping[str, ArmMeans | None],
    primary: str,
    *,
    registered: bool,
) -> str:
    """Say what the outcome that decides is adjusted for, and what of contacts without a value.

    Empty where no covariates were named, or no means are shown.

    Parameters
    ----------
    data
        The trial.
    adjustment
        The covariates.
    means
        Segment → the arms' means of that outcome.
    primary
        Its name.
    registered
        Whether a design names just these covariates.
    """
    if adjustment is None:
        return ""
    done = [name for name, each in means.items() if isinstance(each, AdjustedMeans)]
    plain = {name: adjustment.why_not.get((primary, name), "") for name in means}
    names = ", ".join(adjustment.covariates)
    left = [f"{'' if name == ALL else f'{name}: '}{why}" for name, why in plain.items() if why]
    if not done:
        though = ", though registered" if registered else ""
        return f"not adjusted for {names}{though}: {'; '.join(left)}" if left else ""
    where = f" in {', '.join(done)}, not in {'; '.join(left)}" if left else ""
    told = [f"adjusted for {names}{' (as registered)' if registered else ''}{where}"]
    return "; ".join([*told, *_without_a_value(data, adjustment.covariates, done)])


def _without_a_value(
    data: TrialData, covariates: Sequence[str], segments: Sequence[str]
) -> list[str]:
    """Say how many contacts lack a covariate, and what is done with them."""
    assert data.contacts is not None
    assert data.covariates is not None
    here = (data.contacts["followed"] & data.contacts["segment"].isin(segments)).to_numpy()
    said = []
    for name in covariates:
        values = data.covariates.loc[here, name]
        lacking = int(values.isna().sum())
        if lacking:
            done = AS_THE_MEAN if is_numeric(values) else AS_A_GROUP
            said.append(f"{lacking:,} of {len(values):,} contacts have no {name}: {done}")
    return said
