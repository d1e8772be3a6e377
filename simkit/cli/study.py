"""The main job: a log and a scenario in, a decision with its evidence out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from simkit.calllog.source import many
from simkit.cli.effort import YEAR_DAYS, Effort, planned_for_each
from simkit.cli.output import note

if TYPE_CHECKING:
    from simkit.calllog import CallLog
    from simkit.cli.study_question import Question
    from simkit.recommend import Recommendation
    from simkit.sweep import SweepResult
    from simkit.trial import AuditReport, Checks, Evaluation
    from simkit.trial.models import CumulativeIncidence

HORIZONS_DAYS = (30, 90, YEAR_DAYS)
UNLIMITED = (
    "the simulation has as many agents as it takes: every contact is called when due; where your "
    "agents are short, contacts wait longer than simulated (--contacts-per-agent says how many "
    "each of them serves)"
)
AS_PLANNED = (
    "the simulation has an agent for every {:,.0f} contacts, as the trial was planned "
    "(--contacts-per-agent says how many each of yours serves)"
)
NOT_AS_PLANNED = (
    "the simulation has an agent for every {:,.0f} contacts, and the trial was planned with one "
    "for {:,.0f}: runs of {:,} contacts come no nearer, so contacts wait {} than planned "
    "(--contacts-per-run with more)"
)
#: Part of the planned number within which runs of whole agents are as planned (assumed).
NEAR = 0.05
NO_ARMS = "The log names no arms: nobody assigned how often to call, so nothing is evaluated."


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
        Days since entry at which the trial's arms are compared; None for what
        `simkit.trial.evaluate` then takes.
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
            expected_shares=question.expected_shares,
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
    told = (*question.notes, *recommendation.warnings, *_limits(question, effort))
    # Each once, the shortest first: a long one hides those that stand after it.
    told_last = replace(recommendation, warnings=tuple(sorted(dict.fromkeys(told), key=len)))
    return Answer(question, found, trial, told_last, checks, incidence)


def _limits(question: Question, effort: Effort) -> list[str]:
    """Say how many agents the simulated contacts had, where nobody has said it on this call."""
    planned = Effort(effort.contacts, effort.replications).as_registered(question.design)
    if question.design is not None and planned.agents is not None and planned == effort:
        served, wished = effort.contacts / planned.agents, planned_for_each(question.design)
        if abs(served / wished - 1) <= NEAR:
            return [AS_PLANNED.format(wished)]
        wait = "less" if served < wished else "longer"
        return [NOT_AS_PLANNED.format(served, wished, effort.contacts, wait)]
    return [UNLIMITED] if question.log is not None and effort.agents is None else []


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
