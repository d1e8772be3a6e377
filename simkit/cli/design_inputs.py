"""What a design rests on and when it is looked at, read from the options of its command."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from simkit.cli.inputs import with_prices
from simkit.errors import InputError, Problem

if TYPE_CHECKING:
    from simkit.calllog import CallLog
    from simkit.scenario import Economics, Scenario


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
