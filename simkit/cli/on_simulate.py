"""The command that simulates a call centre and writes its log."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from simkit.cli.inputs import by_segment
from simkit.cli.number_options import contacts_in_all
from simkit.cli.options import (
    EFFORT,
    MODEL,
    CsvOption,
    DaysOption,
    LogFolder,
    QuietOption,
    ReplaceOption,
    ScenarioOption,
    SeedOption,
)
from simkit.cli.output import say
from simkit.cli.places import log_problems
from simkit.cli.policies import read_policies
from simkit.errors import InputError, Problem, Together


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
        list[str] | None,
        typer.Option(
            metavar="N|SEGMENT=N",
            help="How many contacts: N for all segments together, dealt to them by the scenario's "
            "shares; or SEGMENT=N for each, repeat it.  [default: 2000]",
            rich_help_panel=EFFORT,
            show_default=False,
        ),
    ] = None,
    agents: Annotated[
        list[str] | None,
        typer.Option(
            help="How many agents; ARM=N where each arm has its own.  [default: as many as it "
            "takes]",
            rich_help_panel=MODEL,
            show_default=False,
        ),
    ] = None,
    entry_days: Annotated[
        float | None,
        typer.Option(
            metavar="DAYS",
            help="Days over which contacts enter.  [default: the scenario's]",
            rich_help_panel=MODEL,
            show_default=False,
        ),
    ] = None,
    days: DaysOption = 365,
    seed: SeedOption = 1,
    csv: CsvOption = False,
    no_progress: QuietOption = False,
    out: LogFolder = Path("simkit-log"),
    replace: ReplaceOption = False,
) -> None:
    """Simulate a call centre and write its call log.

    **Two thousand households, a call a week, four agents, a year**

        simkit simulate --scenario b2c --every "7 days" --contacts 2000 --agents 4 --out weekly
    """
    from simkit.calllog.extent import Extent
    from simkit.engine import simulate as in_memory
    from simkit.engine import simulate_to
    from simkit.engine.memory import TO_DISK, clear_shortage
    from simkit.engine.plan import contacts_by_segment
    from simkit.policy.arms import load_arms
    from simkit.scenario import load_scenario

    together = Together()
    together.problems += log_problems("--out", out, replace_log=replace)
    plans: Any = None
    with together:
        world = load_scenario(scenario)
        if entry_days is not None:
            world = world.entering_over(entry_days, source="--entry-days")
        with together:
            people = contacts_in_all(contacts or ["2000"], list(world.segments))
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
    wanted: Any = {"contacts": people, "agents": staff, "days": days, "seed": seed}
    if csv:
        with clear_shortage(people, TO_DISK):
            found = in_memory(world, plans, **wanted)
            say(found.sentence(), f"Call log: {found.write_csv(out)}")
        return
    with _days_played(days, shown=not no_progress) as progress:
        place = simulate_to(out, world, plans, **wanted, progress=progress)
    try:
        say(f"{Extent.of_folder(place).words()}.")
    except MemoryError:
        say("Simulated log, too large to be counted in the memory that is left.")
    if len(world.segments) > 1:
        counts = contacts_by_segment(world, people)
        say(f"Contacts: {', '.join(f'{name} {number:,}' for name, number in counts.items())}.")
    say(f"Call log: {place}")


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
        if not number.strip().isdecimal() or (len(given) > 1 and not separator) or arm in counts:
            rule = "must be a number, or ARM=NUMBER for each arm"
            problems.append(Problem("command line", "--agents", text, rule))
        else:
            counts[arm.strip()] = int(number)
    if problems:
        raise InputError(problems)
    return counts.get("", counts)
