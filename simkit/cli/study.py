"""The main job: a log and a scenario in, a decision with its evidence out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from simkit.calllog.source import many
from simkit.cli.effort import YEAR_DAYS, Effort
from simkit.cli.inputs import by_segment, segments_of
from simkit.cli.output import note
from simkit.cli.policies import one_line, read_policies
from simkit.cli.prices import with_prices, with_registered_prices
from simkit.cli.study_arms import arms_of, controls_of, matching, without_lone_arms
from simkit.errors import Together
from simkit.policy.arms import load_arms
from simkit.trial.assign.given import given_arms
from simkit.trial.design import load_design
from simkit.trial.looks.ending import counted_looks
from simkit.trial.read.names import WHERE as EVALUATE

if TYPE_CHECKING:
    from simkit.calllog import CallLog
    from simkit.policy import RecallPolicy, Span
    from simkit.recommend import Recommendation
    from simkit.scenario import Economics, Scenario
    from simkit.sweep import SweepResult
    from simkit.trial import AuditReport, Checks, Evaluation
    from simkit.trial.design import TrialDesign
    from simkit.trial.models import CumulativeIncidence

HORIZONS_DAYS = (30, 90, YEAR_DAYS)
UNLIMITED = (
    "the simulation has as many agents as it takes: every contact is called when due; where your "
    "agents are short, contacts wait longer than simulated (--contacts-per-agent says how many "
    "each of them serves)"
)
NO_ARMS = "The log names no arms: nobody assigned how often to call, so nothing is evaluated."


@dataclass(frozen=True)
class Question:
    """What is to be decided, checked before anything long begins.

    Parameters
    ----------
    scenario
        The world, with the user's prices in it, else those that the trial has registered.
    prices
        The user's prices; empty where they gave none.
    segments
        The segments in question.
    log
        The calls; None where there are none.
    arms
        Segment → arm → its policy, where the log is a trial's.
    control
        Segment → the arm of today's policy, for the same segments.
    current
        Segment → today's policy, where it is known.
    notes
        What was assumed.
    design
        The trial as registered; None where it was not.
    named
        The arms' policies as a file names them; None where they are registered or as delivered.
    assigned
        File of the assignment; None where it is not given, or the log names no arms.
    ledger
        File in which the looks at the trial were counted; None as for ``assigned``.
    """

    scenario: Scenario
    prices: Mapping[str, Economics]
    segments: tuple[str, ...]
    log: CallLog | None
    arms: Mapping[str, Mapping[str, RecallPolicy]]
    control: Mapping[str, str]
    current: Mapping[str, RecallPolicy]
    notes: tuple[str, ...]
    design: TrialDesign | None = None
    named: Mapping[str, Mapping[str, RecallPolicy]] | None = None
    assigned: Path | None = None
    ledger: Path | None = None

    def trial_prices(self) -> dict[str, Economics]:
        """Return segment → the prices that the trial is evaluated by, as they were registered.

        Only the user's own take their place, and are then told as a deviation.
        """
        registered = {} if self.design is None else self.design.prices
        return {**self.scenario.economics(), **registered, **self.prices}

    def grid(self) -> dict[str, list[RecallPolicy | Span]]:
        """Return the intervals to simulate: what was tried, what is in use, and the usual ones."""
        from simkit.policy import RecallPolicy
        from simkit.sweep import default_intervals

        grid: dict[str, list[RecallPolicy | Span]] = {}
        for segment in self.segments:
            known: dict[RecallPolicy, None] = {}
            for policy in (*self.arms.get(segment, {}).values(), self.current.get(segment)):
                if policy is not None and policy not in known:
                    known[policy] = None
            labels = {policy.label for policy in known}
            others = [
                span
                for span in default_intervals(segment)
                if RecallPolicy(interval=span).label not in labels
            ]
            grid[segment] = sorted([*known, *others], key=_nominal_days)
        return grid


@dataclass(frozen=True)
class Answer:
    """What a study found.

    Parameters
    ----------
    question, audit, evaluation, recommendation
        What was asked, and what came of it.
    checks, incidence
        What the report draws besides: each arm's exposure, and by when contacts bought and opted
        out. None without a trial, or where no report is asked for.
    """

    question: Question
    audit: AuditReport | None
    evaluation: Evaluation | None
    recommendation: Recommendation
    checks: Checks | None = None
    incidence: CumulativeIncidence | None = None


def ask(
    scenario: Scenario,
    log: CallLog | None,
    *,
    prices: Path | None = None,
    policies: Path | None = None,
    design: Path | None = None,
    assigned: Path | None = None,
    ledger: Path | None = None,
    current: Sequence[str] = (),
) -> Question:
    """Match log, scenario, prices and policies with each other.

    Parameters
    ----------
    scenario, log
        The world and the calls.
    prices, policies
        Files of prices, and of the arms' policies.
    design
        File of the registered trial, which names the arms' policies and controls.
    assigned
        File of the assignment.
    ledger
        File in which the looks at the trial were counted.
    current
        Today's policy: an arm, or an interval where there is no trial; ``SEGMENT=`` before it
        where segments differ.

    Raises
    ------
    InputError
        With everything that does not fit together.
    """
    notes: list[str] = []
    segments = tuple(scenario.segments)
    if log is not None:
        log, segments, assumed = segments_of(log, scenario)
        log, alone = without_lone_arms(log)
        notes += [*([assumed] if assumed else []), *alone]
    together = Together()
    with together:
        scenario, economics = with_prices(scenario, prices, segments)
    tried = arms_of(log, segments)
    given: dict[str, str] = {}
    registered: TrialDesign | None = None
    control: dict[str, str] = {}
    in_use: dict[str, RecallPolicy] = {}
    with together:
        given = by_segment("--current", current, segments)
        registered = None if design is None or not tried else load_design(design)
        control = controls_of(tried, given, registered)
    if registered is not None and prices is None:
        scenario, priced = with_registered_prices(scenario, registered.prices, design)
        notes += [priced] if priced else []
    with together:
        if assigned is not None and tried:
            given_arms(assigned, registered)  # what is wrong with it is told with all else
    with together:
        if tried:
            counted_looks(EVALUATE, ledger, registered)
    with together:
        said = {name: text for name, text in given.items() if name not in tried}
        in_use = dict(zip(said, read_policies(said.values()), strict=True))
    arms: dict[str, dict[str, RecallPolicy]] = {}
    named: dict[str, dict[str, RecallPolicy]] | None = None
    if tried and log is not None:
        if policies is not None:
            with together:
                named = matching(load_arms(policies), tried, str(policies))
        if registered is not None:
            with together:
                arms = matching(registered.arms, tried, str(design))
        elif policies is None:
            from simkit.trial.read.delivered import delivered_policies

            with together:
                arms = delivered_policies(log, scenario.calendar)
            notes.append(
                "nobody said which policy each arm was (--policies), so it is taken from the "
                f"median gap between calls: {one_line(arms)}"
            )
        else:
            arms = named or {}
    else:
        unused = [str(path) for path in (policies, design, assigned, ledger) if path is not None]
        notes += [f"{path} is not used: the log names no arms" for path in unused]
    together.tell()
    in_use |= {name: arms[name][arm] for name, arm in control.items()}
    return Question(
        scenario,
        economics,
        segments,
        log,
        arms,
        control,
        in_use,
        tuple(notes),
        registered,
        named,
        assigned if tried else None,
        ledger if tried else None,
    )


def answer(
    question: Question,
    effort: Effort,
    *,
    horizon_days: float | None,
    seed: int,
    jobs: int,
    progress: bool,
    drawn: bool = False,
) -> Answer:
    """Audit, evaluate, simulate and recommend, in this order.

    Parameters
    ----------
    question
        What is asked.
    effort
        How much to simulate.
    horizon_days
        Days since entry at which the trial's arms are compared; None for the most whole days that
        everybody was followed.
    seed
        Of the simulation.
    jobs
        Processes; -1 for one a core.
    progress
        Whether to say how far it has come.
    drawn
        Whether what only a report's figures show is computed as well.
    """
    from simkit.recommend import recommend
    from simkit.trial import audit, evaluate

    found = trial = checks = incidence = None
    if question.log is not None:
        note("auditing the log")
        found = audit(question.log)
    if question.log is not None and question.arms:
        note("comparing the arms")
        trial = evaluate(
            question.log,
            design=question.design,
            control=question.control,
            economics=question.trial_prices(),
            horizon_days=horizon_days,
            policies=question.named,
            assigned=question.assigned,
            ledger=question.ledger,
        )
        if drawn and trial.horizon_days:
            checks, incidence = _for_figures(question, question.log, trial.horizon_days)
    simulated = simulate_intervals(
        question, effort, trial.horizon_days if trial else None, seed, jobs, progress
    )
    recommendation = recommend(
        question.scenario,
        simulated,
        evaluation=trial,
        audit=found,
        policies=question.arms or None,
        current=question.current or None,
        economics=question.prices or None,
    )
    limits = (UNLIMITED,) if question.log is not None and effort.agents is None else ()
    told = (*question.notes, *recommendation.warnings, *limits)
    # Each once, the shortest first: a long one hides those that stand after it.
    told_last = replace(recommendation, warnings=tuple(sorted(dict.fromkeys(told), key=len)))
    return Answer(question, found, trial, told_last, checks, incidence)


def _for_figures(
    question: Question, log: CallLog, horizon_days: float
) -> tuple[Checks, CumulativeIncidence]:
    """Return what each arm delivered, and by when contacts bought and opted out.

    The evaluation has made its checks; of these only the exposure is drawn, so that nothing else
    is looked for again.
    """
    from simkit.trial import check_trial
    from simkit.trial.models import cumulative_incidence

    checks = check_trial(
        log,
        control=question.control,
        policies=question.arms,
        assigned=question.assigned,
        covariates=(),
        person=(),
    )
    return checks, cumulative_incidence(
        log, horizon_days=horizon_days, design=question.design, control=question.control
    )


def simulate_intervals(
    question: Question,
    effort: Effort,
    trial_days: float | None,
    seed: int,
    jobs: int,
    progress: bool,
) -> SweepResult:
    """Sweep the question's intervals, measured also at the horizon of the trial."""
    from simkit.sweep import sweep

    grid = question.grid()
    runs = sum(map(len, grid.values())) * effort.replications
    agents = "" if effort.agents is None else f" and {many(effort.agents, 'agent')}"
    note(f"simulating {runs} years of {effort.contacts:,} contacts{agents}")
    at = {*HORIZONS_DAYS, *([trial_days] if trial_days and trial_days <= YEAR_DAYS else [])}
    return sweep(
        question.scenario,
        grid,
        segments=question.segments,
        replications=effort.replications,
        contacts=effort.contacts,
        agents=effort.agents,
        days=YEAR_DAYS,
        horizons=sorted(at),
        base=question.current,
        seed=seed,
        jobs=jobs,
        progress=progress,
    )


def _nominal_days(interval: RecallPolicy | Span) -> float:
    from simkit.policy import Span

    span = interval if isinstance(interval, Span) else interval.interval
    return span.calendar_days()
