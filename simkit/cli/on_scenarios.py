"""Commands on a scenario alone: simulate, sweep."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from simkit.cli.effort import effort_of
from simkit.cli.inputs import Together, by_segment, read_policies, with_prices
from simkit.cli.options import (
    EFFORT,
    MODEL,
    RESULT,
    JobsOption,
    PerRunOption,
    PricesOption,
    QuickOption,
    QuietOption,
    ReplicationsOption,
    ScenarioOption,
    SeedOption,
)
from simkit.cli.output import say, show
from simkit.errors import InputError, Problem


def simulate(
    scenario: ScenarioOption = "b2c",
    every: Annotated[
        list[str] | None,
        typer.Option(
            help='How often each contact is called: "7 days", "20 working days", or a policy '
            "file. SEGMENT=... where segments differ.  [default: 7 days]",
            rich_help_panel=MODEL,
            show_default=False,
        ),
    ] = None,
    policies: Annotated[
        Path | None,
        typer.Option(
            help="TOML: a policy for each arm, to simulate a whole trial.",
            rich_help_panel=MODEL,
            show_default=False,
        ),
    ] = None,
    contacts: Annotated[
        int, typer.Option(help="How many contacts.", rich_help_panel=EFFORT)
    ] = 2000,
    agents: Annotated[
        list[str] | None,
        typer.Option(
            help="How many agents; ARM=N where each arm has its own.  [default: as many as it "
            "takes]",
            rich_help_panel=MODEL,
            show_default=False,
        ),
    ] = None,
    days: Annotated[int, typer.Option(help="Days simulated.", rich_help_panel=EFFORT)] = 365,
    seed: SeedOption = 1,
    csv: Annotated[
        bool,
        typer.Option("--csv", help="Write CSV instead of Parquet.", rich_help_panel=RESULT),
    ] = False,
    no_progress: QuietOption = False,
    out: Annotated[
        Path, typer.Option(help="Folder of the call log.", rich_help_panel=RESULT)
    ] = Path("simkit-log"),
) -> None:
    """Simulate a call centre and write its call log.

    **Two thousand households, a call a week, four agents, a year**

        simkit simulate --scenario b2c --every "7 days" --contacts 2000 --agents 4 --out weekly
    """
    from simkit.calllog.extent import Extent
    from simkit.calllog.store import refuse_to_overwrite
    from simkit.engine import simulate as in_memory
    from simkit.engine import simulate_to
    from simkit.engine.memory import TO_DISK, clear_shortage
    from simkit.policy.arms import load_arms
    from simkit.scenario import load_scenario

    together = Together()
    with together:
        refuse_to_overwrite(out)
    plans: Any = None
    with together:
        world = load_scenario(scenario)
        if policies is None:
            texts = by_segment("--every", every or ["7 days"], world.segments)
            plans = dict(zip(texts, read_policies(texts.values()), strict=True))
    if policies is not None:
        if every:
            rule = "must not be given with --policies"
            together.problems.append(Problem("command line", "--every", ", ".join(every), rule))
        with together:
            plans = load_arms(policies)
    with together:
        staff = _agents(agents)
    together.tell()
    wanted: Any = {"contacts": contacts, "agents": staff, "days": days, "seed": seed}
    if csv:
        with clear_shortage(contacts, TO_DISK):
            found = in_memory(world, plans, **wanted)
            say(found.sentence(), f"Call log: {found.write_csv(out)}")
        return
    with _days_played(days, shown=not no_progress) as progress:
        place = simulate_to(out, world, plans, **wanted, progress=progress)
    try:
        say(f"{Extent.of_folder(place).words()}.")
    except MemoryError:
        say("Simulated log, too large to be counted in the memory that is left.")
    say(f"Call log: {place}")


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
    prices: PricesOption = None,
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
    days: Annotated[int, typer.Option(help="Days simulated.", rich_help_panel=EFFORT)] = 365,
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
    dask: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Let the Dask cluster at this address do the work, as tcp://host:8786.",
            rich_help_panel=EFFORT,
            show_default=False,
        ),
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Keep every finished run here: what was interrupted goes on, and what is "
            "extended runs only what is new.",
            rich_help_panel=EFFORT,
            show_default=False,
        ),
    ] = None,
    no_progress: QuietOption = False,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for the tables (CSV).", rich_help_panel=RESULT, show_default=False
        ),
    ] = None,
) -> None:
    """Simulate many recall intervals and say which is best, and how surely.

    **Which interval suits companies?**

        simkit sweep --scenario b2b --every "10 working days" --every "20 working days"

    **Within half a euro of the best one, and able to go on tomorrow**

        simkit sweep --scenario b2c --indifference 0.5 --keep runs
    """
    from simkit.run.cluster import connect
    from simkit.run.replicate import jobs_problems
    from simkit.scenario import load_scenario
    from simkit.sweep import sweep as run
    from simkit.sweep.sweep import argument_problems

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
    together.problems += argument_problems(
        replications=effort.replications,
        contacts=effort.contacts,
        agents=staff,
        days=days,
        horizons=horizon or None,
        seed=seed,
        half_width_eur=half_width,
        indifference_eur=indifference,
        replications_max=most_replications,
    )
    together.problems += jobs_problems(jobs)
    together.tell()
    client = None if dask is None else connect(dask)
    try:
        found = run(
            world,
            intervals,
            replications=effort.replications,
            contacts=effort.contacts,
            agents=staff,
            days=days,
            horizons=horizon or None,
            seed=seed,
            half_width_eur=half_width,
            indifference_eur=indifference,
            replications_max=most_replications,
            keep=keep,
            client=client,
            jobs=jobs,
            progress=not no_progress,
        )
    finally:
        if client is not None:
            client.close()
    say(*found.sentences())
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
    show(
        rows.assign(agents=rows["agents"].astype("string").fillna("all")),
        columns,
        title=f"Net value over {found.horizons[-1]:g} days, with 95 % intervals",
    )
    if out is not None:
        say(f"Tables: {found.write(out)}")


def _staff(given: list[str] | None) -> list[int | None]:
    """Return the numbers of agents to try; None for as many as it takes."""
    problems = []
    numbers: list[int | None] = []
    for text in given or ["all"]:
        if text.strip().isdigit():
            numbers.append(int(text))
        elif text.strip() == "all":
            numbers.append(None)
        else:
            rule = "must be a whole number, or all for as many as it takes"
            problems.append(Problem("command line", "--agents", text, rule))
    if problems:
        raise InputError(problems)
    return numbers


@contextmanager
def _days_played(days: int, *, shown: bool) -> Iterator[Callable[[int], None]]:
    """Give a function that is told how many days have been played, and shows it."""
    from simkit.run.progress import progress_of

    with progress_of("days simulated", max(days, 0), shown=shown) as advance:
        done = 0

        def show_days(played: int) -> None:
            nonlocal done
            for _ in range(done, played):
                advance()
            done = played

        yield show_days


def _agents(given: list[str] | None) -> int | dict[str, int] | None:
    """Return the number of agents: one, or one for each arm."""
    if not given:
        return None
    problems = []
    counts: dict[str, int] = {}
    for text in given:
        arm, separator, number = text.rpartition("=")
        if not number.strip().isdigit() or (len(given) > 1 and not separator) or arm in counts:
            rule = "must be a number, or ARM=NUMBER for each arm"
            problems.append(Problem("command line", "--agents", text, rule))
        else:
            counts[arm.strip()] = int(number)
    if problems:
        raise InputError(problems)
    return counts.get("", counts)
