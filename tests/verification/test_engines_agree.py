"""The compiled engine plays SimPy's log bit for bit: every column, every row, the same order."""

from dataclasses import fields

import numpy as np
import pandas as pd
import pytest
from random_worlds import random_world

from simkit.engine import ENGINES, simulate
from simkit.engine.compiled.engine import CompiledEngine
from simkit.engine.plan import Plan, make_plan
from simkit.engine.record import Ended, Played, play
from simkit.engine.simpy_engine import SimpyEngine
from simkit.policy import RecallPolicy
from simkit.scenario import load_scenario

SCENARIOS = {name: load_scenario(name) for name in ("b2c", "b2b", "trial")}
POLICIES = {
    name: {"often": RecallPolicy.every(days=1), "seldom": RecallPolicy.every(working_days=10)}
    for name in ("b2c", "b2b")
}
AGENTS = {"often": 1, "seldom": 2}


def by_simpy(plan: Plan) -> Played:
    return play(SimpyEngine(plan))


def assert_same(found: Played, expected: Played) -> None:
    np.testing.assert_array_equal(found.attempts, expected.attempts)
    for field in fields(Ended):
        np.testing.assert_array_equal(
            getattr(found.ended, field.name),
            getattr(expected.ended, field.name),
            err_msg=field.name,
        )


# One agent of an overloaded centre, several, agents who idle, and as many as it takes; calendar and
# working days from the shortest interval on; from one day to a year and its holidays.
@pytest.mark.parametrize("seed", [1, 2**63 + 5])
@pytest.mark.parametrize(
    ("scenario", "contacts", "agents", "days", "interval"),
    [
        ("b2c", 300, 1, 90, {"days": 1}),
        ("b2c", 300, 3, 60, {"working_days": 1}),
        ("b2c", 100, 9, 365, {"days": 7}),
        ("b2c", 200, None, 120, {"working_days": 5}),
        ("b2b", 400, 1, 120, {"working_days": 1}),
        ("b2b", 150, 2, 365, {"working_days": 20}),
        ("b2b", 150, None, 200, {"days": 30}),
        ("trial", 300, 2, 90, {"working_days": 3}),
        ("b2c", 1, 1, 365, {"days": 2}),
        ("b2b", 50, 4, 1, {"days": 1}),
    ],
)
def test_the_same_log(scenario, contacts, agents, days, interval, seed) -> None:
    world = SCENARIOS[scenario]
    if days == 1:
        world = world.vary("b2b.entry_spread_days", 0.0, source="test")
    plan = make_plan(
        world,
        RecallPolicy.every(**interval),
        contacts=contacts,
        agents=agents,
        days=days,
        seed=seed,
        replication=3,
    )
    expected = by_simpy(plan)
    assert_same(play(CompiledEngine(plan)), expected)


@pytest.mark.parametrize("seed", range(100, 160))
def test_the_same_log_of_random_worlds(seed) -> None:
    world = random_world(seed, contacts=60)
    assert_same(play(CompiledEngine(world.plan)), by_simpy(world.plan))


@pytest.mark.parametrize("seed", [2, 3, 5, 7])
def test_the_same_log_however_often_the_kernel_is_left_and_entered_again(seed, monkeypatch) -> None:
    plan = random_world(seed, contacts=60).plan
    whole = play(CompiledEngine(plan))
    assert len(whole.attempts["contact"]) > 50
    monkeypatch.setattr("simkit.engine.compiled.state.WAITING_ROOM", 1)
    assert_same(play(CompiledEngine(plan, rows_at_once=1)), whole)


def test_the_same_tables_through_the_public_door() -> None:
    logs = [
        simulate(SCENARIOS["trial"], POLICIES, contacts=200, agents=AGENTS, days=60, engine=engine)
        for engine in ENGINES
    ]
    assert ENGINES == ("compiled", "simpy")
    for table in ("contacts", "attempts", "truth"):
        compiled, simpy = (getattr(log, table) for log in logs)
        pd.testing.assert_frame_equal(compiled, simpy, check_exact=True)
    assert logs[0].header == logs[1].header
