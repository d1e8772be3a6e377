"""Commands that bring calls and a scenario together: study, recommend."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simkit.cli.bundled import bundled_trial
from simkit.cli.effort import Effort, effort_of
from simkit.cli.inputs import LogInput, missing_files, scenario_of
from simkit.cli.number_options import named_numbers
from simkit.cli.options import (
    RESULT,
    AssignedOption,
    ContactsFile,
    CurrentOption,
    DesignOption,
    ExpectedShareOption,
    HorizonOption,
    JobsOption,
    LeaveOutOption,
    LedgerOption,
    LogOption,
    MappingOption,
    OwnScenarioOption,
    PerAgentOption,
    PerRunOption,
    PoliciesOption,
    QuickOption,
    QuietOption,
    ReplicationsOption,
    SeedOption,
    TimezoneOption,
    TrialPricesOption,
    UntilOption,
)
from simkit.cli.output import bullets, describe, say
from simkit.errors import Problem, Together

if TYPE_CHECKING:
    from simkit.cli.study import Answer
    from simkit.scenario import Scenario


def study(
    log: LogOption = None,
    mapping: MappingOption = None,
    contacts: ContactsFile = None,
    policies: PoliciesOption = None,
    design: DesignOption = None,
    assigned: AssignedOption = None,
    ledger: LedgerOption = None,
    current: CurrentOption = None,
    timezone: TimezoneOption = None,
    observed_until: UntilOption = None,
    horizon: HorizonOption = None,
    leave_out: LeaveOutOption = None,
    expected_share: ExpectedShareOption = None,
    prices: TrialPricesOption = None,
    scenario: OwnScenarioOption = None,
    contacts_per_agent: PerAgentOption = None,
    contacts_per_run: PerRunOption = None,
    replications: ReplicationsOption = None,
    quick: QuickOption = False,
    seed: SeedOption = 1,
    jobs: JobsOption = -1,
    no_progress: QuietOption = False,
    out: Annotated[
        Path,
        typer.Option(metavar="FOLDER", help="Folder of the report.", rich_help_panel=RESULT),
    ] = Path("simkit-study"),
) -> None:
    """Do the whole job: your calls in, how often to call out, with a report.

    Reads and checks the calls, says what they can tell without a trial (audit), compares the arms
    if there are any (evaluate), simulates the intervals (sweep), decides (recommend) and writes
    the report. Without --log it does so with the field trial that comes with simkit.

    **The trial that comes with simkit**

        simkit study

    **A VICIdial export of your own**

        simkit study --log calls.txt --mapping vicidial --contacts contacts.csv --prices prices.toml --scenario b2b
    """  # noqa: E501  (an example that can be copied is in one line)
    from simkit.cli import study as job
    from simkit.cli.study_files import write
    from simkit.cli.study_question import ask
    from simkit.recommend.folder import REPORT_FILE, STUDY_FILE

    calls = LogInput(log, mapping, contacts, timezone, observed_until, leave_out=leave_out or ())
    effort = effort_of(quick, contacts_per_run, replications, contacts_per_agent)
    world, parts = _checked(
        calls,
        scenario,
        effort,
        shares=expected_share,
        files={
            "--prices": prices,
            "--policies": policies,
            "--design": design,
            "--assigned": assigned,
            "--ledger": ledger,
        },
        out=out,
        mark=STUDY_FILE,
        seed=seed,
        jobs=jobs,
    )
    if log is None:
        bundled = bundled_trial()
        calls = LogInput(bundled.log)
        design = design if policies else design or bundled.design
        say("No --log: this is the simulated trial that comes with simkit (data/README.md).")
    log_read = calls.read()
    describe(log_read)
    question = ask(
        world,
        log_read,
        prices=prices,
        policies=policies,
        design=design,
        assigned=assigned,
        ledger=ledger,
        expected_shares=parts,
        current=current or (),
    )
    if not question.arms:
        say(job.NO_ARMS)
    effort = effort.as_registered(question.design)
    found = job.answer(
        question,
        effort,
        horizon_days=horizon,
        seed=seed,
        jobs=jobs,
        progress=not no_progress,
        drawn=True,
    )
    write(found, out, effort, seed)
    _decide(found)
    say(f"Report: {out / REPORT_FILE}", style="bold")


def recommend(
    log: LogOption = None,
    mapping: MappingOption = None,
    contacts: ContactsFile = None,
    policies: PoliciesOption = None,
    design: DesignOption = None,
    assigned: AssignedOption = None,
    ledger: LedgerOption = None,
    current: CurrentOption = None,
    timezone: TimezoneOption = None,
    observed_until: UntilOption = None,
    horizon: HorizonOption = None,
    leave_out: LeaveOutOption = None,
    expected_share: ExpectedShareOption = None,
    prices: TrialPricesOption = None,
    scenario: OwnScenarioOption = None,
    contacts_per_agent: PerAgentOption = None,
    contacts_per_run: PerRunOption = None,
    replications: ReplicationsOption = None,
    quick: QuickOption = False,
    seed: SeedOption = 1,
    jobs: JobsOption = -1,
    no_progress: QuietOption = False,
    out: Annotated[
        Path,
        typer.Option(
            metavar="FOLDER", help="Folder of policy.toml and the tables.", rich_help_panel=RESULT
        ),
    ] = Path("simkit-recommendation"),
) -> None:
    """Say how often to call, and write policy.toml for the dialler; no report.

    With --log as in study. Without, it rests on the simulation alone: then it names the interval
    to test, never one to adopt.

    **From the simulation alone, against a call every 20 working days**

        simkit recommend --scenario b2b --current "20 working days"
    """
    from simkit.cli import study as job
    from simkit.cli.study_question import ask
    from simkit.recommend.folder import DECISION_FILE, POLICY_FILE

    calls = LogInput(log, mapping, contacts, timezone, observed_until, leave_out=leave_out or ())
    effort = effort_of(quick, contacts_per_run, replications, contacts_per_agent)
    world, parts = _checked(
        calls,
        scenario,
        effort,
        shares=expected_share,
        files={
            "--prices": prices,
            "--policies": policies,
            "--design": design,
            "--assigned": assigned,
            "--ledger": ledger,
        },
        out=out,
        mark=DECISION_FILE,
        seed=seed,
        jobs=jobs,
    )
    log_read = None
    if log is not None:
        log_read = calls.read()
        describe(log_read)
    question = ask(
        world,
        log_read,
        prices=prices,
        policies=policies,
        design=design,
        assigned=assigned,
        ledger=ledger,
        expected_shares=parts,
        current=current or (),
    )
    effort = effort.as_registered(question.design)
    found = job.answer(
        question,
        effort,
        horizon_days=horizon,
        seed=seed,
        jobs=jobs,
        progress=not no_progress,
    )
    found.recommendation.write(out)
    _decide(found)
    say(f"Policy: {out / POLICY_FILE}", style="bold")


def _checked(
    calls: LogInput,
    scenario: str | None,
    effort: Effort,
    *,
    shares: list[str] | None,
    files: Mapping[str, Path | None],
    out: Path,
    mark: str,
    seed: int,
    jobs: int,
) -> tuple[Scenario, dict[str, float] | None]:
    """Return the scenario and the arms' parts; tell all wrong options before anything is read."""
    from simkit.recommend.folder import refuse_other

    together = Together()
    with together:
        refuse_other(out, mark, where="command line", field="--out")
    together.problems += [*calls.problems(), *missing_files(files)]
    if files["--policies"] is not None and files["--design"] is not None:
        rule = "must not be given with --design, which names the arms' policies"
        together.problems.append(
            Problem("command line", "--policies", str(files["--policies"]), rule)
        )
    with together:
        world = scenario_of(scenario, own_log=calls.log is not None)
    parts = None
    with together:
        parts = named_numbers("--expected-share", shares, example="long=2")
    together.problems += effort.problems(seed=seed, jobs=jobs)
    together.tell()
    return world, parts


def _decide(found: Answer) -> None:
    """Print the answer, what it rests on, and what to know about it."""
    if found.audit is not None:
        say("", "What the log tells by attempt", style="bold")
        say(found.audit.sentence())
    if found.evaluation is not None:
        say("", "What the trial says", style="bold")
        say(*found.evaluation.paragraphs())
    say("", "Why, and what next", style="bold")
    for decision in found.recommendation.decisions:
        reasons = (decision.reason, decision.next_step)
        bullets(f"{decision.segment}: {text}" for text in reasons if text)
    bullets(f"Warning: {text}" for text in _not_told_yet(found))
    say("", "Decision", *found.recommendation.sentence().splitlines(), style="bold")


def _not_told_yet(found: Answer) -> list[str]:
    """Return the warnings that the trial's own answer, printed above them, does not hold."""
    warnings = list(found.recommendation.warnings)
    if found.evaluation is None:
        return warnings
    # The answer begins its sentences with a capital letter.
    above, checks = found.evaluation.sentence().casefold(), found.evaluation.checks
    meanings = checks.loc[checks["verdict"] != "ok", "meaning"].str.casefold()
    told = [
        text for text in (*meanings, *map(str.casefold, found.evaluation.doubts)) if text in above
    ]
    return [text for text in warnings if not any(one in text.casefold() for one in told)]
