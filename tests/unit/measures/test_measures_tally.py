"""Counted on the way, a run's measures are those of its log, to the last digit."""

import types

import numpy as np
import pytest

from simkit.calllog.codes import CODES
from simkit.engine import simulate
from simkit.engine.plan import make_plan
from simkit.engine.record import ATTEMPT, play
from simkit.engine.simulate import engine_of
from simkit.measures import contact_outcomes, spacing, tally
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


@pytest.mark.parametrize("world", WORLDS)
def test_no_simulated_callback_comes_early_so_that_the_hour_before_adds_none(world, monkeypatch):
    _, plan, _, log, window_us = both(world)
    n = len(plan.cell)
    cells, window_s = np.zeros(n, dtype=np.int64), np.full(n, window_us / US_PER_S)
    found = spacing_totals(log, windows(log, 90), cells, 1, window_s)
    calls = log.attempts[log.attempts["disposition"] != "suppressed"]
    calls = calls.sort_values(["contact_id", "attempt_no"], kind="stable")
    named = calls.groupby("contact_id", sort=False)["callback_at"].shift()
    assert named.notna().any()
    assert not (calls["dialled_at"] < named).any()
    strict = spacing._TOTALS.replace(f"callback_us - {spacing.EARLY_US}", "callback_us")
    assert strict != spacing._TOTALS
    monkeypatch.setattr(spacing, "_TOTALS", strict)
    without = spacing_totals(log, windows(log, 90), cells, 1, window_s)
    assert found["callbacks_kept"] == without["callbacks_kept"]
    assert found["callbacks_promised"] == without["callbacks_promised"] > 0


def test_early_callbacks_are_kept_on_the_way_as_in_the_log(call_log):
    hour, day = 3600, 86400
    noon = 10 * day + 12 * hour
    named = [noon, noon, noon, 10 * day, 10 * day + 1800, 10 * day + 1800]
    dialled = [noon - hour, noon - hour - 1, noon - 60, 10 * day - 1, 10 * day - 1, 10 * day]
    rows = np.zeros(2 * len(named), dtype=ATTEMPT)
    for name in ("cancelled_s", "due_s", "callback_s", "value_cents"):
        rows[name] = tally.UNKNOWN
    rows["contact"] = np.tile(np.arange(len(named)), 2)
    rows["dialled_s"] = [5 * day] * len(named) + dialled
    rows["callback_s"][: len(named)] = named
    rows["disposition"][: len(named)] = CODES["callback_requested"]
    rows["disposition"][len(named) :] = CODES["no_answer"]
    found = Tally(np.zeros(len(named), dtype=np.int64), 90 * day, (90,), hour * US_PER_S)
    found.add(rows)
    found.close()
    assert found.spacing(0)["callbacks_promised"] == 6
    assert found.spacing(0)["callbacks_kept"] == 3  # an hour before, a minute before, at 0:00

    log = call_log(
        {key: {} for key in range(len(named))},
        [(key, 5, "callback_requested", {"callback_at": at / day}) for key, at in enumerate(named)]
        + [(key, at / day, "no_answer") for key, at in enumerate(dialled)],
    )
    window_s = np.full(6, float(hour))
    cells = np.zeros(6, dtype=np.int64)
    of_log = spacing_totals(log, windows(log, 90), cells, 1, window_s)
    assert of_log["callbacks_kept"] == 3
    assert of_log["callbacks_promised"] == 6


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
