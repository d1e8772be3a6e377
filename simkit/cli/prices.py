"""Prices: a user's file in a scenario, those that a trial registers, those of a log's segments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simkit.cli.inputs import segments_of
from simkit.cli.output import bullets
from simkit.errors import InputError, Problem

if TYPE_CHECKING:
    from simkit.calllog import CallLog
    from simkit.scenario import Economics, Scenario


def with_prices(
    scenario: Scenario, path: Path | None, segments: Iterable[str]
) -> tuple[Scenario, dict[str, Economics]]:
    """Return a scenario in which a user's prices have replaced its own, and those prices.

    Parameters
    ----------
    scenario
        The scenario.
    path
        A price file; None leaves the scenario as it is, without prices of the user's.
    segments
        The segments whose prices are wanted.

    Raises
    ------
    InputError
        With everything that is wrong with the file.
    """
    if path is None:
        return scenario, {}
    from simkit.scenario import load_prices

    prices = load_prices(path, segments)
    return scenario.vary_all(_parameters_of(prices), source=f"prices: {path.name}"), prices


def with_registered_prices(
    scenario: Scenario, registered: Mapping[str, Economics], path: Path | None
) -> tuple[Scenario, str | None]:
    """Return a scenario with the prices that a trial has registered, and what to say of it.

    Parameters
    ----------
    scenario
        The scenario. What it holds as registered keeps its source, assumed or not.
    registered
        Segment → its prices.
    path
        The design's file.

    Returns
    -------
    scenario, note
        The note is None where nothing differs.
    """
    own = _parameters_of(scenario.economics())
    there = {name: row for name, row in registered.items() if name in scenario.segments}
    changed = {
        name: value for name, value in _parameters_of(there).items() if own.get(name) != value
    }
    if not changed:
        return scenario, None
    note = (
        f"prices are those registered in {path}, not the scenario's, which differ in "
        f"{', '.join(changed)}; --prices would give others"
    )
    return scenario.vary_all(changed, source="prices: as registered"), note


def _parameters_of(prices: Mapping[str, Economics]) -> dict[str, float]:
    """Return prices as parameters of a scenario; a sale's value that logs give is none."""
    return {
        f"{segment}.{'sale_value_mean_eur' if key == 'sale_value_eur' else key}": value
        for segment, economics in prices.items()
        for key, value in economics
        if value is not None
    }


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
