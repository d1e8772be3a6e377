"""All that is known of each segment, checked and brought together before anything is decided."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simkit.errors import InputError, Problem
from simkit.policy import RecallPolicy
from simkit.recommend import field as trial
from simkit.recommend.sentences import arm_name, trial_kind
from simkit.recommend.simulated import NET_VALUE, SimulatedSegment
from simkit.recommend.verdict import Alternative, Estimate, Failure
from simkit.recommend.worthwhile import Worthwhile, optout_margin_of, worthwhile_of

if TYPE_CHECKING:
    from simkit.scenario import Economics, Scenario
    from simkit.sweep import SweepResult
    from simkit.trial import Evaluation

WHERE = "recommend"
FEWEST_INTERVALS = 2

ArmPolicies = Mapping[str, Mapping[str, RecallPolicy]]


@dataclass(frozen=True, eq=False)
class FieldEvidence:
    """A trial in one segment.

    Parameters
    ----------
    alternatives
        What is known of each arm but the control.
    control
        The arm of the policy in use.
    intervals, names
        Arm → its interval in the simulation; arm → how sentences call it.
    failures
        The checks that failed.
    days
        Horizon of the outcomes [days].
    alpha, comparisons
        Error rate of the family, and how many comparisons it had.
    corrected_for
        What the verdicts, with which its intervals agree, are corrected for, in words; empty for
        nothing.
    leads
        The two arms ahead of all others that are better than the control → net value of the first
        less that of the second, with the interval that looks leave to this comparison [EUR per
        contact], and what that is corrected for; empty where fewer are better.
    kind
        What the trial is called, by where its calls come from: field or simulated.
    outcome
        The outcome that decides in it.
    """

    alternatives: tuple[Alternative, ...]
    control: str
    intervals: dict[str, str]
    names: dict[str, str]
    failures: tuple[Failure, ...]
    days: float
    alpha: float
    comparisons: int
    corrected_for: str
    leads: Mapping[tuple[str, str], tuple[Estimate, str]]
    kind: str
    outcome: str

    @property
    def by_net_value(self) -> bool:
        """Whether the trial decides by what a policy is recommended by."""
        return self.outcome == NET_VALUE


@dataclass(frozen=True, eq=False)
class Evidence:
    """What is known of one segment.

    Parameters
    ----------
    segment
        Its name.
    simulated
        The sweep's part.
    current, current_interval
        The policy in use and its interval in the simulation; None where not known.
    economics
        Prices.
    worthwhile
        Gain below which nobody would change the policy.
    optout_margin_prob
        Extra opt-outs that are tolerated [share of contacts].
    field
        The trial's part; None without one.
    """

    segment: str
    simulated: SimulatedSegment
    current: RecallPolicy | None
    current_interval: str | None
    economics: Economics
    worthwhile: Worthwhile
    optout_margin_prob: float
    field: FieldEvidence | None


def gather(
    scenario: Scenario,
    sweep: SweepResult,
    *,
    evaluation: Evaluation | None,
    policies: ArmPolicies | None,
    current: Mapping[str, RecallPolicy] | None,
    economics: Mapping[str, Economics] | None,
    year: float,
) -> list[Evidence]:
    """Bring the evidence on each segment of a sweep together.

    Parameters
    ----------
    scenario, sweep, evaluation, policies, current, economics, year
        As ``recommend`` takes them.

    Raises
    ------
    InputError
        With everything that does not fit together.
    """
    problems = _check_sweep(scenario, sweep, year)
    problems += _check_names(sweep, evaluation, policies, current, economics)
    if evaluation is not None:
        problems += _check_evaluation(evaluation)
    if problems:
        raise InputError(problems)
    prices = {**scenario.economics(), **(economics or {})}
    design = None if evaluation is None else evaluation.design
    found = []
    for segment in sweep.segments:
        worthwhile = worthwhile_of(prices[segment], design, segment)
        simulated = SimulatedSegment(segment, sweep, year, worthwhile.over(year))
        in_use = (current or {}).get(segment)
        field = None
        if evaluation is not None and len(trial.primary_rows(evaluation, segment)):
            arms = dict((policies or {}).get(segment, {}))
            control = str(trial.primary_rows(evaluation, segment)["control"].iloc[0])
            more = _check_arms(evaluation, segment, arms, control, in_use, simulated)
            problems += more
            if more:
                continue
            in_use = arms[control]
            field = _field(evaluation, simulated, arms, control)
        label = None if in_use is None else simulated.label_of(in_use)
        if in_use is not None and label is None:
            problems.append(_not_swept(f"current[{segment!r}]", in_use, simulated))
        found.append(
            Evidence(
                segment,
                simulated,
                in_use,
                label,
                prices[segment],
                worthwhile,
                optout_margin_of(prices[segment], design, segment),
                field,
            )
        )
    if problems:
        raise InputError(problems)
    return found


def _field(
    evaluation: Evaluation,
    simulated: SimulatedSegment,
    arms: Mapping[str, RecallPolicy],
    control: str,
) -> FieldEvidence:
    rows = trial.primary_rows(evaluation, simulated.segment)
    family = (evaluation.table["role"] == "primary") & evaluation.table["ci_low_adjusted"].notna()
    tried = [control, *map(str, rows["arm"])]
    intervals = {arm: str(simulated.label_of(arms[arm])) for arm in tried}
    differences = {
        arm: simulated.difference(intervals[arm], intervals[control], simulated.year)
        for arm in tried
    }
    assert evaluation.horizon_days is not None
    return FieldEvidence(
        alternatives=trial.alternatives(evaluation, simulated.segment, differences),
        control=control,
        intervals=intervals,
        names={arm: arm_name(arm, interval) for arm, interval in intervals.items()},
        failures=trial.failures(evaluation, simulated.segment),
        days=float(evaluation.horizon_days),
        alpha=evaluation.alpha,
        comparisons=max(int(family.sum()), 1),
        corrected_for=next((str(text) for text in rows["corrected_for"] if text), ""),
        leads=trial.leads(evaluation, simulated.segment),
        kind=trial_kind(simulated=evaluation.simulated),
        outcome=evaluation.primary,
    )


def _check_sweep(scenario: Scenario, sweep: SweepResult, year: float) -> list[Problem]:
    problems = []
    if len(sweep.agents) > 1:
        rule = "must have one number of agents: choose it by .only(agents)"
        problems.append(Problem(WHERE, "sweep.agents", sweep.agents, rule))
    if year not in sweep.horizons:
        known = ", ".join(f"{days:g}" for days in sweep.horizons)
        rule = f"must be one of the sweep's horizons: {known}"
        problems.append(Problem(WHERE, "horizon_days", year, rule))
    swept = sweep.settings["scenario"]["sha256"]
    if scenario.identity()["sha256"] != swept:
        rule = "must be the scenario of the sweep: its parameters differ"
        problems.append(Problem(WHERE, "scenario", scenario.name, rule))
    rule = f"must hold {FEWEST_INTERVALS} intervals at least: one alone is compared with nothing"
    problems += [
        Problem(WHERE, f"sweep.policies[{segment!r}]", ", ".join(policies), rule)
        for segment, policies in sweep.policies.items()
        if len(policies) < FEWEST_INTERVALS
    ]
    return problems


def _check_names(
    sweep: SweepResult,
    evaluation: Evaluation | None,
    policies: ArmPolicies | None,
    current: Mapping[str, RecallPolicy] | None,
    economics: Mapping[str, Economics] | None,
) -> list[Problem]:
    known = f"must be one of the sweep's segments: {', '.join(sweep.segments)}"
    tried = [] if evaluation is None else list(evaluation.table["segment"].unique())
    given = {"evaluation": tried, "current": current or {}}
    # Prices and policies may cover more segments than were swept: files serve several studies.
    problems = [
        Problem(WHERE, name, segment, known)
        for name, segments in given.items()
        for segment in segments
        if segment not in sweep.segments
    ]
    if evaluation is not None and policies is None:
        rule = "must say which policy each arm of the trial is: {segment: {arm: policy}}"
        problems.append(Problem(WHERE, "policies", None, rule))
    if economics is not None:
        rule = "must have prices for this segment"
        problems += [
            Problem(WHERE, "economics", segment, rule)
            for segment in sweep.segments
            if segment not in economics
        ]
    return problems


def _check_evaluation(evaluation: Evaluation) -> list[Problem]:
    problems = []
    # What was registered is shown whatever it decides by, and adopts nothing by another outcome.
    if evaluation.primary != NET_VALUE and evaluation.design is None:
        rule = f"must be {NET_VALUE}, the outcome that decides: evaluate with economics"
        problems.append(Problem(WHERE, "evaluation.primary", evaluation.primary, rule))
    days = evaluation.horizon_days
    if days is None or not (math.isfinite(days) and days > 0):
        rule = "must be known: give evaluate its horizon_days"
        problems.append(Problem(WHERE, "evaluation.horizon_days", days, rule))
    return problems


def _check_arms(
    evaluation: Evaluation,
    segment: str,
    arms: Mapping[str, RecallPolicy],
    control: str,
    in_use: RecallPolicy | None,
    simulated: SimulatedSegment,
) -> list[Problem]:
    tried = [control, *map(str, trial.primary_rows(evaluation, segment)["arm"])]
    rule = "must be a policy: which one did this arm follow?"
    problems = [
        Problem(WHERE, f"policies[{segment!r}][{arm!r}]", None, rule)
        for arm in tried
        if arm not in arms
    ]
    problems += [
        _not_swept(f"policies[{segment!r}][{arm!r}]", arms[arm], simulated)
        for arm in tried
        if arm in arms and simulated.label_of(arms[arm]) is None
    ]
    if in_use is not None and control in arms and in_use != arms[control]:
        rule = (
            f"must be the policy of the control arm {control} ({arms[control].describe()}): the "
            "trial compares with that one"
        )
        problems.append(Problem(WHERE, f"current[{segment!r}]", in_use.describe(), rule))
    return problems


def _not_swept(place: str, policy: RecallPolicy, simulated: SimulatedSegment) -> Problem:
    swept = "; ".join(
        one.describe() for one in simulated.sweep.policies[simulated.segment].values()
    )
    rule = f"must be one of the policies swept in {simulated.segment} ({swept})"
    return Problem(WHERE, place, policy.describe(), rule)
