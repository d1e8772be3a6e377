"""The command that says which assumptions matter: sensitivity."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simkit.cli.inputs import cluster_of, missing_files
from simkit.cli.interrupted import keeping
from simkit.cli.options import (
    EFFORT,
    MODEL,
    RESULT,
    DaskOption,
    DaysOption,
    JobsOption,
    QuietOption,
    ScenarioOption,
    SeedOption,
    WorldPricesOption,
)
from simkit.cli.output import say, show, write_pictures
from simkit.cli.places import folder_problems
from simkit.cli.policies import read_policies
from simkit.cli.prices import with_prices
from simkit.errors import Together

CONTACTS, REPLICATIONS, TRAJECTORIES = 4000, 2, 10
FIGURE = "sensitivity.png"
MOST_SHOWN = 15


def sensitivity(
    scenario: ScenarioOption = "b2c",
    segment: Annotated[
        str | None,
        typer.Option(
            help="Whose interval, where the scenario has several segments.",
            rich_help_panel=MODEL,
            show_default=False,
        ),
    ] = None,
    ranges: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="TOML: between which values a number may lie, need_per_year = { low = 0.4, high "
            '= 3.6, source = "assumed" }; the other numbers keep the ranges of simkit.',
            rich_help_panel=MODEL,
            show_default=False,
        ),
    ] = None,
    vary: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NUMBER",
            help="A number to vary, as need_per_year; repeat it.  [default: all that are marked "
            "as assumed and may matter]",
            rich_help_panel=MODEL,
            show_default=False,
        ),
    ] = None,
    every: Annotated[
        list[str] | None,
        typer.Option(
            help='An interval to try, as "7 days" or "20 working days"; repeat it, at least three '
            "times.  [default: nine or ten, from each working day to each quarter or half year]",
            rich_help_panel=MODEL,
            show_default=False,
        ),
    ] = None,
    prices: WorldPricesOption = None,
    agents: Annotated[
        int | None,
        typer.Option(
            help="Agents who serve a run's contacts.  [default: as many as it takes]",
            rich_help_panel=MODEL,
            show_default=False,
        ),
    ] = None,
    trajectories: Annotated[
        int,
        typer.Option(
            help="How often each number is changed, each time with the others elsewhere in their "
            "ranges.",
            rich_help_panel=EFFORT,
        ),
    ] = TRAJECTORIES,
    contacts_per_run: Annotated[
        int, typer.Option(help="Contacts in each simulated year.", rich_help_panel=EFFORT)
    ] = CONTACTS,
    replications: Annotated[
        int, typer.Option(help="Simulated years of each interval.", rich_help_panel=EFFORT)
    ] = REPLICATIONS,
    days: DaysOption = 365,
    seed: SeedOption = 1,
    jobs: JobsOption = -1,
    dask: DaskOption = None,
    no_progress: QuietOption = False,
    keep: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Keep what is simulated here, so that a study that was interrupted, or that gets "
            "more trajectories, goes on where it was.",
            rich_help_panel=EFFORT,
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for the tables (CSV) and the figure (PNG).",
            rich_help_panel=RESULT,
            show_default=False,
        ),
    ] = None,
) -> None:
    """Say which assumed numbers the best interval hangs on: those are worth measuring.

    **What should we find out before we trust the interval for households?**

        simkit sensitivity --scenario b2c --out assumptions
    """
    from simkit.scenario import load_scenario
    from simkit.sweep import sensitivity as run

    together = Together()
    together.problems += missing_files({"--ranges": ranges})
    with together:
        world = load_scenario(scenario)
        world, _ = with_prices(world, prices, world.segments)
    with together:
        intervals = read_policies(every) if every else None
    together.problems += folder_problems("--keep", keep) + folder_problems("--out", out)
    together.tell()
    with keeping(keep), cluster_of(dask) as client:
        found = run(
            world,
            segment,
            parameters=vary or None,
            ranges=ranges,
            intervals=intervals,
            trajectories=trajectories,
            contacts=contacts_per_run,
            replications=replications,
            agents=agents,
            days=days,
            seed=seed,
            keep=keep,
            client=client,
            jobs=jobs,
            progress=not no_progress,
        )
    if out is not None:  # before anything is told: a result that was seen is there
        from simkit.calllog.whole import whole_files
        from simkit.report import sensitivity_figure

        with whole_files(out) as room:
            found.write(room)
            write_pictures({FIGURE: sensitivity_figure(found)}, room)
    say(*found.sentences())
    show(
        found.table.head(MOST_SHOWN),
        {
            "parameter": "number",
            "low": "from",
            "high": "to",
            "unit": "unit",
            "mu_star": "doublings",
            "mu_star_low": "at least",
            "mu_star_high": "at most",
            "direction": "as it grows",
            "beyond_luck": "beyond luck",
        },
        title="How often the best interval doubles or halves, with 95 % intervals",
    )
    if out is not None:
        say(f"Tables and figure: {out}")
