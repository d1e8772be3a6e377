"""The verb: from a sweep, and a field trial if there is one, to a decision for each segment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from simkit.measures.money import DAYS_PER_YEAR
from simkit.policy import RecallPolicy
from simkit.recommend import (
    beyond,
    next_trial,
    sentences,
    sentences_adopt,
    sentences_beside,
    sentences_other,
    sentences_warnings,
)
from simkit.recommend.agreement import beside
from simkit.recommend.compare import assumed_parameters, evidence_table, horizons_table, warn
from simkit.recommend.evidence import ArmPolicies, Evidence, FieldEvidence, gather
from simkit.recommend.next_trial import NextTrial, Spread
from simkit.recommend.read_as_one import with_all_together
from simkit.recommend.recommendation import Decision, Recommendation
from simkit.recommend.simulated import NET_VALUE, OPT_OUT
from simkit.recommend.verdict import (
    ADOPT,
    CANNOT_TELL,
    FAILED,
    KEEP,
    OTHER,
    TEST,
    Estimate,
    Ruling,
    Verdict,
    rule,
    stopped_ahead,
)
from simkit.trial.design.sizes import POWER

if TYPE_CHECKING:
    from simkit.scenario import Economics, Scenario
    from simkit.sweep import SweepResult
    from simkit.trial import AuditReport, Evaluation

ALPHA = 0.05


def recommend(
    scenario: Scenario,
    sweep: SweepResult,
    *,
    evaluation: Evaluation | None = None,
    audit: AuditReport | None = None,
    policies: ArmPolicies | None = None,
    current: Mapping[str, RecallPolicy] | None = None,
    economics: Mapping[str, Economics] | None = None,
    horizon_days: float = DAYS_PER_YEAR,
) -> Recommendation:
    """Decide, for each segment, how often the same contact should be called.

    **Verdicts.** With a field trial of the segment:

    - *adopt*: of an arm, the lower bound of its gain in net value over the policy in use, adjusted
      by Holm over arms × segments, is above 0, or an earlier look that was counted showed the gain
      and the estimate still does; every guardrail shows its harm to be below its
      margin (a one-sided test of non-inferiority: what is not shown is not adopted); no check
      failed, of the segment or of the trial as a whole; and the simulation's paired difference over
      ``horizon_days`` is not significantly of the other sign. Among several arms, the one with the
      highest net value in the field. An arm whose adjusted upper bound is below
      what is worth a change is never adopted, however surely it gains: nobody would change the
      policy for so little. Where the simulation's best intervals were not tried and may bring
      more by what is worth a change, with the trial that would tell.
    - *keep*: the adjusted upper bound of every arm is below what is worth a change.
    - *cannot tell: a check failed*: of the segment or of the trial as a whole; with what failed
      and what to do. No arm is judged, and no further trial is sized from such a one. So it is of
      data that hold no effect, such as a log of the reached alone.
    - *cannot tell: another outcome decides*: the trial was registered with another primary outcome
      than net value; with what it found, and the trial that would decide by net value. Nothing is
      adopted by it; where guardrails veto every arm, the verdict is *keep*.
    - *cannot tell: test longer*: all else, with how long and how many contacts.

    Segments are decided one by one, each by its own evidence. Where the trial does not show that
    they differ and their decisions do, the reason also tells which arm leads in all of them
    together.

    What is worth a change is the margin on net value that the trial's design registered, in
    proportion to time where it is asked at another horizon than the design's; without a design
    the prices' ``worthwhile_eur``, a year's. So for the tolerated opt-outs: the design's, else the
    prices' ``optout_margin_prob``. The next trial is sized for the same.

    Without one, *test this interval*: the simulation's best, with the arms and the size of the
    trial that would decide.

    Parameters
    ----------
    scenario
        What the simulation took as given.
    sweep
        The simulation: intervals compared, among them the policy in use and the policy of every
        arm of the trial; ``horizon_days`` among its horizons.
    evaluation
        The field trial; None if there is none. Net value must be its primary outcome, or another
        one that was registered so.
    audit
        What the log without randomisation can tell; it decides nothing, and is quoted.
    policies
        Segment → arm → the policy that the arm followed; needed with ``evaluation``.
    current
        Segment → the policy in use; with a trial it is the control's. None where it is not known.
    economics
        Prices given by the user, no longer assumed; the scenario should have been given them
        before the sweep (``scenario.vary_all``), else a warning says so.
    horizon_days
        The horizon that decides.

    Returns
    -------
    Recommendation
        A decision for each segment of the sweep, the evidence and the warnings.

    Raises
    ------
    InputError
        With everything that does not fit together.
    """
    evidence = gather(
        scenario,
        sweep,
        evaluation=evaluation,
        policies=policies,
        current=current,
        economics=economics,
        year=horizon_days,
    )
    rulings = {
        one.segment: rule(
            one.field.alternatives,
            one.worthwhile.over(one.field.days),
            one.field.failures,
            by_net_value=one.field.by_net_value,
        )
        for one in evidence
        if one.field is not None
    }
    arms = {one.segment: _arms_of_next_trial(one, rulings.get(one.segment)) for one in evidence}
    comparisons = sum(len(tested) - 1 for tested in arms.values() if tested)
    decisions = tuple(
        _decide(one, rulings.get(one.segment), arms[one.segment], comparisons) for one in evidence
    )
    decisions = with_all_together(decisions, evaluation)
    table = evidence_table(evidence, rulings, arms)
    warnings = warn(evidence, rulings, scenario)
    if evaluation is not None:
        kind = sentences.trial_kind(simulated=evaluation.simulated)
        warnings = (*warnings, *sentences_warnings.of_the_trial(evaluation.warnings, kind))
    if audit is not None and not audit.identified:
        warnings = (*warnings, sentences_warnings.not_identified(audit.reason))
    registered = None if evaluation is None else evaluation.design
    return Recommendation(
        decisions=decisions,
        evidence=table,
        horizons=horizons_table(evidence),
        assumed=assumed_parameters(scenario, sweep.segments, economics),
        warnings=warnings,
        sweep=sweep,
        horizon_days=horizon_days,
        scenario=scenario.identity(),
        design=None if registered is None else registered.identity(),
    )


def _arms_of_next_trial(one: Evidence, ruling: Ruling | None) -> tuple[str, ...]:
    """Return the intervals that are to be tested; none where nothing is open."""
    if ruling is None or one.field is None:
        return next_trial.arms_to_test(one.simulated, one.current_interval)
    if ruling.verdict == ADOPT and ruling.arm is not None:
        tried = one.field.intervals
        return beyond.arms_beyond(one.simulated, tried[ruling.arm], tried.values())
    if ruling.verdict not in (CANNOT_TELL, OTHER):
        return ()
    control = one.field.intervals[one.field.control]
    asked = next_trial.arms_still_open(one.field.alternatives, ruling.states, one.field.intervals)
    return (control, *asked) if asked else next_trial.arms_to_test(one.simulated, control)


def _decide(
    one: Evidence, ruling: Ruling | None, arms: tuple[str, ...], comparisons: int
) -> Decision:
    trial = _next_trial(one, ruling, arms, comparisons) if arms else None
    if ruling is None or one.field is None:
        assert trial is not None
        return _to_test(one, trial)
    if ruling.verdict == ADOPT:
        return _to_adopt(one, one.field, ruling, trial)
    assert one.current_interval is not None
    if ruling.verdict == KEEP:
        reason = _keep_reason(one, one.field, ruling)
        headline = sentences.keep_headline(one.current_interval)
        return _decision(one, KEEP, one.current_interval, headline, reason)
    if ruling.verdict == FAILED:
        headline = sentences.failed_headline(one.current_interval, ruling.failures)
        reason = sentences.failed_reason(ruling.failures)
        return _decision(one, FAILED, one.current_interval, headline, reason)
    assert trial is not None
    if ruling.verdict == OTHER:
        return _other_outcome(one, one.field, trial)
    reason = _each_arm_reason(one, one.field, ruling)
    found = next_trial.found_by(one.field.alternatives, one.field.alpha, one.field.comparisons)
    if found is not None:
        reason += f" {sentences.could_have_found(found, one.field.days, POWER)}"
    headline = sentences.cannot_tell_headline(one.current_interval, trial)
    decision = _decision(one, CANNOT_TELL, one.current_interval, headline, reason)
    return replace(decision, next_trial=trial, next_step=sentences.next_step(trial, one.worthwhile))


def _other_outcome(one: Evidence, field: FieldEvidence, trial: NextTrial) -> Decision:
    assert one.current_interval is not None
    reason = sentences_other.reason(
        field.alternatives,
        field.names,
        outcome=field.outcome,
        field_days=field.days,
        corrected_for=field.corrected_for,
    )
    headline = sentences_other.headline(one.current_interval, field.outcome, trial)
    decision = _decision(one, OTHER, one.current_interval, headline, reason)
    step = f"{sentences_other.NEXT}. {sentences.next_step(trial, one.worthwhile)}"
    return replace(decision, next_trial=trial, next_step=step)


def _keep_reason(one: Evidence, field: FieldEvidence, ruling: Ruling) -> str:
    """Say what stands against every arm: each gains too little, or a guardrail vetoes it."""
    if "vetoed" in ruling.states.values():
        return _each_arm_reason(one, field, ruling)
    return sentences.keep_reason(
        field.alternatives,
        field.names,
        worthwhile=one.worthwhile,
        field_days=field.days,
        corrected_for=field.corrected_for,
        kind=field.kind,
    )


def _each_arm_reason(one: Evidence, field: FieldEvidence, ruling: Ruling) -> str:
    return sentences.each_arm_reason(
        field.alternatives,
        ruling,
        field.names,
        worthwhile=one.worthwhile,
        field_days=field.days,
        year=one.simulated.year,
        corrected_for=field.corrected_for,
    )


def _to_adopt(
    one: Evidence, field: FieldEvidence, ruling: Ruling, trial: NextTrial | None
) -> Decision:
    assert ruling.arm is not None
    assert one.current_interval is not None
    chosen = next(arm for arm in field.alternatives if arm.arm == ruling.arm)
    interval = field.intervals[ruling.arm]
    reason = sentences_adopt.adopt_reason(
        chosen,
        beside(one, field, chosen),
        current=one.current_interval,
        field_days=field.days,
        year=one.simulated.year,
        corrected_for=field.corrected_for,
        kind=field.kind,
    )
    also = [
        sentences_beside.also_passes(
            (field.names[chosen.arm], chosen),
            (field.names[other.arm], other),
            field.leads.get((chosen.arm, other.arm)),
            level=1 - field.alpha,
        )
        for other in field.alternatives
        if ruling.states[other.arm] == "passes" and other.arm != chosen.arm
    ]
    ahead = [
        sentences_beside.brought_more(
            field.names[other.arm],
            other,
            ruling,
            worthwhile=one.worthwhile,
            field_days=field.days,
            year=one.simulated.year,
        )
        for other in stopped_ahead(chosen, field.alternatives, ruling)
    ]
    simulated = one.simulated
    untried = beyond.untried_best(simulated, interval, field.intervals.values())
    more, lengths = [], ""
    if untried:
        days = [simulated.nominal_days(name) for name in untried]
        lengths = sentences_beside.lengths_words(simulated.nominal_days(interval), days)
        more.append(
            sentences_beside.beyond(
                interval,
                untried,
                beyond.gain_beyond(simulated, interval),
                lengths=lengths,
                year=simulated.year,
                tested=trial is not None,
            )
        )
    headline = sentences_adopt.adopt_headline(
        field.names[ruling.arm], one.current_interval, "" if trial is None else lengths
    )
    decision = _decision(one, ADOPT, interval, headline, " ".join([reason, *ahead, *also, *more]))
    adopted = replace(decision, use_now=simulated.policy(interval), arm=ruling.arm)
    if trial is None:
        return adopted
    step = sentences.next_step(trial, one.worthwhile)
    return replace(adopted, next_trial=trial, next_step=step)


def _to_test(one: Evidence, trial: NextTrial) -> Decision:
    simulated = one.simulated
    best = simulated.best(simulated.year)
    current = one.current_interval
    gain = None if current is None else simulated.difference(best, current, simulated.year)
    reason = sentences.trial_reason(
        best,
        current,
        gain,
        simulated.estimate(NET_VALUE, best, simulated.year),
        as_good=simulated.as_good,
        year=simulated.year,
        replications=simulated.replications,
    )
    headline = sentences.trial_headline(best, current, trial)
    decision = _decision(one, TEST, best, headline, reason)
    return replace(decision, next_trial=trial, next_step=sentences.next_step(trial, one.worthwhile))


def _decision(
    one: Evidence, verdict: Verdict, interval: str, headline: str, reason: str
) -> Decision:
    simulated = one.simulated
    good = simulated.as_good
    yearly = DAYS_PER_YEAR / simulated.year
    value = simulated.estimate(NET_VALUE, interval, simulated.year)
    ends = sorted(simulated.delivered_days(name) for name in good)
    return Decision(
        segment=one.segment,
        verdict=verdict,
        interval=interval,
        wished_days=simulated.nominal_days(interval),
        delivered_days=simulated.delivered_days(interval),
        as_good=good,
        range_days=(ends[0], ends[-1]),
        net_value=Estimate(
            value.value * yearly,
            value.se * yearly,
            value.low * yearly,
            value.high * yearly,
            value.df,
        ),
        opt_outs=simulated.estimate(OPT_OUT, interval, simulated.year),
        current=one.current,
        use_now=one.current,
        arm=None,
        next_trial=None,
        headline=headline,
        reason=reason,
    )


def _next_trial(
    one: Evidence, ruling: Ruling | None, arms: tuple[str, ...], comparisons: int
) -> NextTrial:
    spread: Spread | None = None
    at_least, alpha = 0.0, ALPHA
    if one.field is not None and ruling is not None:
        at_least, alpha = one.field.days, one.field.alpha
        spread = next_trial.field_spread(one.field.alternatives, ruling.states, at_least)
    days = next_trial.plan_days(one.simulated, arms, at_least)
    return next_trial.plan_trial(
        one.simulated,
        arms,
        spread or next_trial.simulated_spread(one.simulated, days, arms),
        worthwhile=one.worthwhile,
        optout_margin_prob=one.optout_margin_prob,
        comparisons=comparisons,
        days=days,
        alpha=alpha,
    )
