"""Counted on the way, a run's measures are those of its log, to the last digit."""

import types

import numpy as np
import pytest

from simkit.engine import simulate
from simkit.engine.plan import make_plan
from simkit.engine.record import play
from simkit.engine.simulate import engine_of
from simkit.measures import contact_outcomes, tally
from simkit.measures.outcomes import OUTCOME_COLUMNS, outcome_columns
from simkit.measures.reduction import US_PER_S, windows
from simkit.measures.spacing import spacing_totals
from simkit.measures.tally import Tally
from simkit.policy import RecallPolicy
from simkit.scenario import load_scenario

HORIZONS_DAYS = (0.4, 10, 45.5, 90)
WORLDS = {
    "touchy companies": ("b2b", {"working_days": 5}, 400, None),
    "households": ("b2c", {"days": 2}, 150, None),
    "households whom two agents cannot serve": ("b2c", {"days": 1}, 150, 2),
    "companies": ("b2b", {"working_days": 5}, 150, None),
    "companies with an agent, at the call's own date or later": ("b2b", {"days": 1.5}, 150, 1),
}


def both(world: str):
    """Play a world; return the scenario, the plan, what was played, its log, and the window."""
    segment, interval, contacts, agents = WORLDS[world]
    scenario = load_scenario(segment)
    if "touchy" in world:
        changes = {"account_size_mean": 6.0, "account_optout_prob": 1.0, "optout_base_logit": -3.5}
        changes |= {"callback_prob": 0.9, "callback_mean_days": 10.0, "need_per_year": 6.0}
        changed = {f"{segment}.{name}": value for name, value in changes.items()}
        scenario = scenario.vary_all(changed, source="assumed for this test")
    spread = scenario.segments[segment].entry_spread_days
    policy = RecallPolicy.every(**interval)
    run = {"contacts": contacts, "agents": agents, "seed": 8, "replication": 0}
    run["days"] = 90 + int(np.ceil(spread))
    plan = make_plan(scenario, policy, **run)
    played = play(engine_of("compiled", plan))
    log = simulate(scenario, policy, **run)
    window_us = round(scenario.segments[segment].callback_window_min * 60 * US_PER_S)
    return scenario, plan, played, log, window_us


def tallied(plan, played, window_us, rows_at_once=100) -> Tally:
    found = Tally(plan.entered_s, plan.end_s, HORIZONS_DAYS, window_us)
    for first in range(0, len(played.attempts), rows_at_once):
        found.add(played.attempts[first : first + rows_at_once])
    found.close()
    return found


@pytest.mark.parametrize("world", WORLDS)
def test_outcomes_counted_on_the_way_are_those_of_the_log(world):
    scenario, plan, played, log, window_us = both(world)
    found = tallied(plan, played, window_us)
    (segment,) = scenario.segments.values()
    n = len(plan.cell)
    for place, horizon in enumerate(HORIZONS_DAYS):
        expected = contact_outcomes(log, horizon_days=horizon, economics=scenario.economics())
        columns = outcome_columns(
            found.counts(place),
            observed_us=np.full(n, found.observed_us),
            withdrawal_days=np.full(n, segment.withdrawal_days),
            cancel_prob=played.ended.cancel_prob,
            prices=tuple(scenario.economics().values()),
            of_contact=np.zeros(n, dtype=np.int64),
            spent_days=horizon,
        )
        assert list(columns) == [name for name in OUTCOME_COLUMNS if name in columns]
        assert len(columns) == len(OUTCOME_COLUMNS) - 2
        for name, values in columns.items():
            np.testing.assert_array_equal(values, expected[name].to_numpy(), err_msg=name)
    assert expected["sale"].sum() > 0
    assert expected["suppressed"].sum() > 0 or expected["opt_out"].sum() > 0


@pytest.mark.parametrize("world", WORLDS)
def test_spacing_counted_on_the_way_is_that_of_the_log(world):
    _, plan, played, log, window_us = both(world)
    found = tallied(plan, played, window_us)
    n = len(plan.cell)
    cells, window_s = np.zeros(n, dtype=np.int64), np.full(n, window_us / US_PER_S)
    for place, horizon in enumerate(HORIZONS_DAYS):
        expected = spacing_totals(log, windows(log, horizon), cells, 1, window_s)
        for name, value in found.spacing(place).items():
            assert value == pytest.approx(expected[name][0], rel=0, abs=0, nan_ok=True), name
    assert found.spacing(3)["callbacks_promised"] > 0


def test_a_promise_to_who_is_struck_off_is_none():
    # With as many agents as it takes every callback is made at the named time, unless a colleague
    # has opted out for the account before.
    _, plan, played, log, window_us = both("touchy companies")
    asked = log.attempts[log.attempts["disposition"] == "callback_requested"]
    struck_off = log.attempts.loc[log.attempts["disposition"] == "suppressed", "contact_id"]
    assert asked["contact_id"].isin(struck_off).any()
    found = tallied(plan, played, window_us).spacing(3)
    assert found["callbacks_kept"] == found["callbacks_promised"] > 0


def test_the_functions_count_the_same_uncompiled(monkeypatch):
    _, plan, played, _, window_us = both("households whom two agents cannot serve")
    compiled = tallied(plan, played, window_us)
    assert isinstance(tally.count_rows, types.FunctionType)
    monkeypatch.setattr(tally, "_compiled", lambda: (tally.count_rows, tally.close_promises))
    plain = tallied(plan, played, window_us, rows_at_once=10**6)
    for place in range(len(HORIZONS_DAYS)):
        expected = pytest.approx(compiled.spacing(place), rel=0, abs=0, nan_ok=True)
        assert plain.spacing(place) == expected
        for name, values in compiled.counts(place).items():
            np.testing.assert_array_equal(plain.counts(place)[name], values)
