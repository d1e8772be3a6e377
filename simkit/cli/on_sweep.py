"""The command that compares recall intervals on the model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simkit.cli.effort import effort_of
from simkit.cli.inputs import cluster_of
from simkit.cli.interrupted import keeping
from simkit.cli.options import (
    EFFORT,
    MODEL,
    RESULT,
    DaskOption,
    DaysOption,
    JobsOption,
    KeepOption,
    PerRunOption,
    QuickOption,
    QuietOption,
    ReplicationsOption,
    ScenarioOption,
    SeedOption,
    WorldPricesOption,
)
from simkit.cli.output import say, show, write_pictures
from simkit.cli.places import folder_problems
from simkit.cli.policies import read_policies
from simkit.cli.prices import with_prices
from simkit.errors import InputError, Problem, Together

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from simkit.sweep import SweepResult


def sweep(
    scenario: ScenarioOption = "b2c",
    every: Annotated[
        list[str] | None,
        typer.Option(
            help='An interval to try, as "7 days" or "20 working days"; repeat it.  [default: '
            "from a call a working day to one in three months]",
            rich_help_panel=MODEL,
            show_default=False,
        ),
    ] = None,
    prices: WorldPricesOption = None,
    horizon: Annotated[
        list[float] | None,
        typer.Option(
            help="Days after which to count; repeat it.  [default: 30, 90, 365]",
            rich_help_panel=EFFORT,
            show_default=False,
        ),
    ] = None,
    agents: Annotated[
        list[str] | None,
        typer.Option(
            metavar="N",
            help="Agents who serve a run's contacts, which are all of one segment; repeat it to "
            "try several numbers, all for as many as it takes.  [default: all]",
            rich_help_panel=MODEL,
            show_default=False,
        ),
    ] = None,
    days: DaysOption = 365,
    contacts_per_run: PerRunOption = None,
    replications: ReplicationsOption = None,
    half_width: Annotated[
        float | None,
        typer.Option(
            metavar="EUR",
            help="Add replications until every interval's net value a contact is known to within "
            "so much.",
            rich_help_panel=EFFORT,
            show_default=False,
        ),
    ] = None,
    indifference: Annotated[
        float | None,
        typer.Option(
            metavar="EUR",
            help="Add replications until an interval is found that loses at most so much a "
            "contact against the best one, and stop trying those out of question.",
            rich_help_panel=EFFORT,
            show_default=False,
        ),
    ] = None,
    most_replications: Annotated[
        int,
        typer.Option(
            help="The most simulated years of each interval, where one of these asks for more.",
            rich_help_panel=EFFORT,
        ),
    ] = 200,
    quick: QuickOption = False,
    seed: SeedOption = 1,
    jobs: JobsOption = -1,
    dask: DaskOption = None,
    keep: KeepOption = None,
    no_progress: QuietOption = False,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for the tables (CSV) and figures (PNG).",
            rich_help_panel=RESULT,
            show_default=False,
        ),
    ] = None,
) -> None:
    """Simulate many recall intervals and say which is best, and how surely.

    **Which interval suits companies?**

        simkit sweep --scenario b2b --every "10 working days" --every "20 working days"

    **Within half a euro of the best one, and able to go on tomorrow**

        simkit sweep --scenario b2c --indifference 0.5 --keep runs
    """
    from simkit.run.replicate import jobs_problems
    from simkit.scenario import load_scenario
    from simkit.sweep import sweep as run
    from simkit.sweep.arguments import argument_problems

    effort = effort_of(quick, contacts_per_run, replications)
    together = Together()
    with together:
        world = load_scenario(scenario)
        world, _ = with_prices(world, prices, world.segments)
    intervals = None
    with together:
        intervals = read_policies(every) if every else None
    staff: list[int | None] = [None]
    with together:
        staff = _staff(agents)
    asked: dict[str, Any] = {
        "replications": effort.replications,
        "contacts": effort.contacts,
        "agents": staff,
        "days": days,
        "horizons": horizon or None,
        "seed": seed,
        "half_width_eur": half_width,
        "indifference_eur": indifference,
        "replications_max": most_replications,
    }
    together.problems += argument_problems(**asked)
    together.problems += jobs_problems(jobs)
    together.problems += folder_problems("--keep", keep) + folder_problems("--out", out)
    together.tell()
    with keeping(keep), cluster_of(dask) as client:
        found = run(
            world,
            intervals,
            **asked,
            keep=keep,
            client=client,
            jobs=jobs,
            progress=not no_progress,
        )
    further, pictures = _further(found)
    if out is not None:  # before anything is told: a result that was seen is there
        from simkit.calllog.whole import whole_files

        with whole_files(out) as room:
            found.write(room)
            write_pictures(pictures, room)
    say(*found.sentences(), *further)
    last = found.table["horizon_days"] == found.horizons[-1]
    columns = {
        "segment": "segment",
        "agents": "agents",
        "interval": "called",
        "delivered_days": "every ... days",
        "mean": "net value",
        "ci_low": "from",
        "ci_high": "to",
        "unit": "unit",
    }
    if found.agents == (None,):
        del columns["agents"]
    rows = found.table[last & (found.table["measure"] == "net_value_eur")]
    if rows["replications"].nunique() > 1:  # those out of question got no more of them
        columns["replications"] = "replications"
    show(
        rows.assign(agents=rows["agents"].astype("string").fillna("all")),
        columns,
        title=f"Net value over {found.horizons[-1]:g} days, with 95 % intervals",
    )
    if out is not None:
        say(f"Tables and figures: {out}")


def _staff(given: list[str] | None) -> list[int | None]:
    """Return the numbers of agents to try; None for as many as it takes."""
    problems = []
    numbers: list[int | None] = []
    for text in given or ["all"]:
        if text.strip().isdecimal():
            numbers.append(int(text))
        elif text.strip() == "all":
            numbers.append(None)
        else:
            rule = "must be a whole number, or all for as many as it takes"
            problems.append(Problem("command line", "--agents", text, rule))
    if problems:
        raise InputError(problems)
    return numbers


def _further(found: SweepResult) -> tuple[list[str], dict[str, Figure]]:
    """Return what the curve and the front of each segment say, and the figures by file name."""
    from simkit.report import pareto_figure, response_figure
    from simkit.sweep.words import staff_in_words

    said: list[str] = []
    figures: dict[str, Figure] = {}
    for agents in found.agents:
        part = found.only(agents)
        several = len(found.agents) > 1
        with_them = f"With {staff_in_words(agents)}: " if several else ""
        ending = f"_{agents or 'all'}_agents" if several else ""
        for segment in found.segments:
            try:
                curve = part.response(segment)
            except InputError as error:
                # Too few intervals or replications, or policies that differ in more than these.
                why = "; ".join(f"{problem.field} {problem.rule}" for problem in error.problems)
                said.append(f"{with_them}{segment}: no curve is drawn: {why}.")
            else:
                said += [with_them + text for text in curve.sentences()]
                figures[f"curve_{segment}{ending}.png"] = response_figure(curve)
            if len(found.policies[segment]) > 1:
                front = part.pareto(segment)
                said.append(with_them + front.sentence())
                figures[f"front_{segment}{ending}.png"] = pareto_figure(front)
    return said, figures
