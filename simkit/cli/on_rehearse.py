"""The command that rehearses a trial on the simulator."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simkit.cli.design_inputs import with_account_sizes
from simkit.cli.inputs import cluster_of, missing_files
from simkit.cli.interrupted import keeping
from simkit.cli.number_options import contacts_in_all
from simkit.cli.options import (
    EFFORT,
    MODEL,
    RESULT,
    AccountSizeOption,
    DaskOption,
    JobsOption,
    KeepOption,
    QuietOption,
    ScenarioOption,
    SeedOption,
    TrialPricesOption,
)
from simkit.cli.output import bullets, save_table, say, show, write_pictures
from simkit.cli.places import folder_problems
from simkit.cli.prices import with_prices, with_registered_prices
from simkit.errors import Problem, Together

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from simkit.trial.rehearse import CapacityComparison, Rehearsal

TRIAL = "The trial"
TITLE = (
    "Which arm a trial picks, by its duration (shares of trials; the upper end of the 95 % "
    "interval decides)"
)


def rehearse(
    design: Annotated[
        Path,
        typer.Option(
            metavar="FILE", help="The registered design of the trial, TOML.", rich_help_panel=TRIAL
        ),
    ],
    scenario: ScenarioOption = "b2c",
    prices: TrialPricesOption = None,
    account_size: AccountSizeOption = None,
    contacts: Annotated[
        list[str] | None,
        typer.Option(
            metavar="N|SEGMENT=N",
            help="Contacts in the trial: N for all segments and arms together, dealt to the "
            "segments by the scenario's shares; or SEGMENT=N for each, repeat it.  [default: as "
            "designed]",
            rich_help_panel=TRIAL,
            show_default=False,
        ),
    ] = None,
    agents: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            help="Agents who serve all arms.  [default: as designed]",
            rich_help_panel=TRIAL,
            show_default=False,
        ),
    ] = None,
    duration: Annotated[
        list[float] | None,
        typer.Option(
            metavar="DAYS",
            help="Days after which the trial might end; repeat it.  [default: 30, 60, 90, 126, "
            "182, 273, 365, and the design's]",
            rich_help_panel=TRIAL,
            show_default=False,
        ),
    ] = None,
    entry_days: Annotated[
        float | None,
        typer.Option(
            metavar="DAYS",
            help="Days over which contacts are handed over: what looks can save hangs on it.  "
            "[default: the scenario's]",
            rich_help_panel=TRIAL,
            show_default=False,
        ),
    ] = None,
    wrong_at_most: Annotated[
        float,
        typer.Option(
            metavar="PROB",
            help="Accepted probability that the trial picks an arm which is not the year's best, "
            "for the upper end of its 95 % interval.",
            rich_help_panel=TRIAL,
        ),
    ] = 0.1,
    judged_by: Annotated[
        str | None,
        typer.Option(
            metavar="OUTCOME",
            help="What makes an arm the year's best, as net_value_eur.  [default: the design's "
            "primary outcome]",
            rich_help_panel=MODEL,
            show_default=False,
        ),
    ] = None,
    compare_capacity: Annotated[
        bool,
        typer.Option(
            "--compare-capacity",
            help="Rehearse it twice: with agents shared by all arms, and with as many in all who "
            "serve one arm each. What does sharing do to the differences?",
            rich_help_panel=TRIAL,
        ),
    ] = False,
    replications: Annotated[
        int,
        typer.Option(
            metavar="N",
            help="Rehearsed trials, and as many in which no arm differs.",
            rich_help_panel=EFFORT,
        ),
    ] = 200,
    seed: SeedOption = 1,
    jobs: JobsOption = -1,
    dask: DaskOption = None,
    keep: KeepOption = None,
    no_progress: QuietOption = False,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Folder for the tables (CSV), what they say (JSON) and the figures (PNG).",
            rich_help_panel=RESULT,
            show_default=False,
        ),
    ] = None,
) -> None:
    """Rehearse a trial before a single contact is called: power, false claims, how long to run.

    The trial is simulated many times, and each is evaluated as the real one will be, and looked at
    as its design registers.

    **What would this trial find out, and is its winner that of the year?**

        simkit rehearse --design trial.toml --scenario b2c --out rehearsal

    **Fast: only at the design's horizon**

        simkit rehearse --design trial.toml --scenario b2c --duration 98 --replications 50

    **Should agents serve all arms, or each arm its own?**

        simkit rehearse --design trial.toml --scenario b2c --agents 12 --compare-capacity

    **Contacts are handed over in twelve weeks: what do the registered looks save?**

        simkit rehearse --design trial.toml --scenario b2c --duration 98 --entry-days 84
    """
    from simkit.run.replicate import jobs_problems
    from simkit.scenario import load_scenario
    from simkit.trial.design import load_design
    from simkit.trial.rehearse import compare_capacity as compare
    from simkit.trial.rehearse import rehearse as run
    from simkit.trial.rehearse.arguments import AS_DESIGNED
    from simkit.trial.rehearse.words import loss_unit

    together = Together()
    world: Any = None
    with together:
        world = load_scenario(scenario)
        world, _ = with_prices(world, prices, world.segments)
    told = None
    absent = missing_files({"--design": design})
    together.problems += absent
    if not absent:
        with together:
            trial = load_design(design)
            if prices is None and world is not None:
                world, told = with_registered_prices(world, trial.prices, design)
            if world is not None:
                known = [name for name in trial.segments if name in world.segments]
                world = with_account_sizes(world, account_size, known)
            people = contacts_in_all(contacts, trial.segments)
    together.problems += jobs_problems(jobs)
    together.problems += folder_problems("--keep", keep) + folder_problems("--out", out)
    if compare_capacity:
        alone = {"--duration": duration, "--judged-by": judged_by}
        rule = "must not be given with --compare-capacity, which looks at the design's horizon"
        together.problems += [
            Problem("command line", option, str(value), rule)
            for option, value in alone.items()
            if value
        ]
    together.tell()
    bullets([told] if told else [])
    if compare_capacity:
        with keeping(keep), cluster_of(dask) as client:
            both = compare(
                trial,
                world,
                contacts=people,
                agents=agents,
                replications=replications,
                entry_days=entry_days,
                economics=world.economics(),
                seed=seed,
                jobs=jobs,
                client=client,
                keep=keep,
                progress=not no_progress,
            )
        _tell_capacity(both, out)
        return
    with keeping(keep), cluster_of(dask) as client:
        found = run(
            trial,
            world,
            contacts=people,
            agents=AS_DESIGNED if agents is None else agents,
            replications=replications,
            durations_days=duration or None,
            entry_days=entry_days,
            wrong_at_most=wrong_at_most,
            judged_by=judged_by,
            economics=world.economics(),
            seed=seed,
            jobs=jobs,
            client=client,
            keep=keep,
            progress=not no_progress,
        )
    if out is not None:  # before anything is told: a result that was seen is there
        from simkit.calllog.whole import whole_files

        with whole_files(out) as room:
            found.write(room)
            write_pictures(_pictures(found), room)
    say(*found.sentences())
    bullets(found.warnings)
    columns = {
        "segment": "segment",
        "horizon_days": "days",
        "best_then": "truly best then",
        "best_of_year": "of the year",
        "wrong": "picks another",
        "wrong_low": "from",
        "wrong_high": "to",
        "declared_right": "declares it",
        "loss_highest": f"expected loss, {loss_unit(found.judged_by)}",
    }
    show(found.durations, columns, title=TITLE)
    if len(found.looks):
        columns = {
            "segment": "segment",
            "arm": "arm",
            "fraction": "followed",
            "days": "day",
            "better": "better",
            "worse": "worse",
            "futile": "futile",
            "guardrail": "guardrail",
            "stopped": "out",
            "false_claim": "false claims",
        }
        show(found.looks, columns, title="What is decided by each look, as shares of trials")
    if out is not None:
        say(f"Tables and figures: {out}")


def _tell_capacity(found: CapacityComparison, out: Path | None) -> None:
    """Write what sharing the agents does, and say it."""
    file = None if out is None else out / "rehearsal_capacity.csv"
    if file is not None:
        save_table(found.table, file)
    say(found.sentence())
    columns = {
        "segment": "segment",
        "arm": "arm",
        "agents": "agents",
        "truth": "truly",
        "bias": "trials are off by",
        "bias_low": "from",
        "bias_high": "to",
        "power": "power",
        "times_control": "agents' time, times the control's",
    }
    show(found.table, columns, title="Agents for all arms, and for each")
    if file is not None:
        say(f"Table: {file}")


def _pictures(found: Rehearsal) -> dict[str, Figure]:
    """Return the figures of each segment by file name."""
    from simkit.report import looks_figure, power_figure, winners_figure, wrong_winner_figure

    kinds = {"power": power_figure, "wrong": wrong_winner_figure, "winners": winners_figure}
    if len(found.looks):
        kinds["looks"] = looks_figure
    return {
        f"rehearsal_{name}_{segment}.png": draw(found, segment)
        for segment in found.segments
        for name, draw in kinds.items()
    }
