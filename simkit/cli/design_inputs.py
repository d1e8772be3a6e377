"""What a design rests on and when it is looked at, read from the options of its command."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simkit.cli.inputs import CURRENT, by_segment
from simkit.cli.number_options import numbers_by_segment
from simkit.cli.prices import with_prices
from simkit.errors import InputError, Problem

if TYPE_CHECKING:
    from simkit.calllog import CallLog
    from simkit.scenario import Economics, Scenario
    from simkit.trial.design import Looks

ACCOUNT_SIZE_MAX = 100_000
LOOKS_RULE = (
    "must be parts of the information from 0 to 1, rising to 1, with a decimal point in each and a "
    "comma between them, as 0.5,1"
)


def basis_of(
    scenario: str | None, log: Path | None, prices: Path | None, segments: Sequence[str]
) -> tuple[Scenario | CallLog, dict[str, Economics] | None]:
    """Return what the spread comes from, and prices where they are the user's own.

    Parameters
    ----------
    scenario, log, prices
        The options; one of the first two must be given.
    segments
        The segments of the arms.

    Raises
    ------
    InputError
        If none or both are given, or one cannot be read.
    """
    from simkit.calllog import read_call_log
    from simkit.scenario import load_prices, load_scenario

    if (scenario is None) == (log is None):
        rule = "must be given: one of --scenario and --log"
        raise InputError([Problem("command line", "--scenario", scenario, rule)])
    if log is None:
        world = load_scenario(str(scenario))
        world, own = with_prices(
            world, prices, [name for name in segments if name in world.segments]
        )
        return world, own or None
    if not log.is_dir():
        rule = "must be a folder that simkit wrote: simkit import makes one of an export"
        raise InputError([Problem("command line", "--log", str(log), rule)])
    return read_call_log(log), None if prices is None else load_prices(prices, segments)


def with_account_sizes(world: Any, given: list[str] | None, segments: Sequence[str]) -> Any:
    """Return a scenario whose accounts are as large as the user's.

    Parameters
    ----------
    world
        The scenario; a log takes no size.
    given
        The values of ``--account-size``; None: not given.
    segments
        The segments of the arms that the scenario has.

    Raises
    ------
    InputError
        If a value is no number of contacts, or is given with a log.
    """
    from simkit.scenario import Scenario

    option = "--account-size"
    sizes = numbers_by_segment(option, given, segments)
    if sizes is None:
        return world
    if not isinstance(world, Scenario):
        rule = "must not be given with --log: past calls tell how large accounts are"
        raise InputError([Problem("command line", option, ", ".join(given or []), rule)])
    problems = [
        Problem("command line", option, size, f"must be from 1 to {ACCOUNT_SIZE_MAX:,} contacts")
        for size in dict.fromkeys(sizes.values())
        if not 1 <= size <= ACCOUNT_SIZE_MAX
    ]
    if problems:
        raise InputError(problems)
    values = {f"{name}.account_size_mean": float(size) for name, size in sizes.items()}
    return world.vary_all(values, source=option)


def controls_of(given: list[str] | None, segments: Sequence[str]) -> dict[str, str]:
    """Return segment → control, by default the arm called current.

    Parameters
    ----------
    given
        The option's values: ARM, or SEGMENT=ARM.
    segments
        The segments of the arms.
    """
    named = by_segment("--control", given or [], segments)
    return {segment: named.get(segment, CURRENT) for segment in segments}


def looks_of(given: str, spending: Any, *, futility: bool) -> Looks | None:
    """Return when a trial is looked at; None: once, at the end.

    Parameters
    ----------
    given
        Parts of the information with commas between them, as ``"0.5,1"``; empty: not given.
    spending, futility
        As `Looks` takes them.

    Raises
    ------
    InputError
        If a part is no number, if they do not rise to 1, or futility comes without looks.
    """
    from simkit.trial.design import Looks

    if not given:
        if futility:
            rule = "must come with --looks: the end alone leaves nothing to stop"
            raise InputError([Problem("command line", "--futility", True, rule)])
        return None
    try:
        parts = tuple(float(part) for part in given.split(","))
    except ValueError:
        raise InputError([Problem("command line", "--looks", given, LOOKS_RULE)]) from None
    return Looks(fractions=parts, spending=spending, futility=futility)
