"""The prices of a log's segments, from the user's file or a scenario."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from simkit.cli.inputs import segments_of, with_prices
from simkit.cli.output import bullets
from simkit.errors import InputError, Problem

if TYPE_CHECKING:
    from simkit.calllog import CallLog


def prices_of_log(calls: CallLog, prices: Path | None, scenario: str | None) -> tuple[Any, CallLog]:
    """Return the prices of the log's segments, from the user's file or a scenario, and the log."""
    from simkit.scenario import load_prices, load_scenario

    if scenario is not None:
        world = load_scenario(scenario)
        calls, segments, assumed = segments_of(calls, world)
        bullets([assumed] if assumed else [])
        return with_prices(world, prices, segments)[0].economics(), calls
    if prices is None:
        return None, calls
    return load_prices(prices, list(dict.fromkeys(calls.contacts["segment"]))), calls


def prices_of_stored(segments: list[str], prices: Path | None, scenario: str | None) -> Any:
    """Return the prices of the segments of a log on disk, from the user's file or a scenario."""
    from simkit.scenario import load_prices, load_scenario

    if scenario is None:
        return None if prices is None else load_prices(prices, segments)
    world = load_scenario(scenario)
    unknown = [name for name in segments if name not in world.segments]
    if unknown:
        rule = f"must be one of the scenario's: {', '.join(world.segments)}"
        raise InputError(Problem("log", "segment", name, rule) for name in unknown)
    return with_prices(world, prices, tuple(segments))[0].economics()
