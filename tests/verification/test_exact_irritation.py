"""The stock of irritation that calls build up, against its recursion and its steady state.

Calls every τ days, always answered, jump J: just before a call the stock tends to J·r/(1 − r),
just after it to J/(1 − r), r = exp(−ln 2·τ/half-life). No Monte Carlo: the tolerances are those of
floating sums, and of dial times in whole seconds.
"""

import math

import numpy as np
import pandas as pd
import pytest
from exact_world import CERTAIN_LOGIT, DAY_S, NEVER_LOGIT, times_s, world

from simkit.calllog import CallLog
from simkit.engine import simulate
from simkit.model import Circumstances, Mind, Traits, advance, call_parameters, play, run_key
from simkit.model.contact import IDLE
from simkit.policy import RecallPolicy

HALF_LIFE_DAYS = 10.0
JUMP = 0.8


def decayed_sum(log: CallLog, jumps: pd.Series) -> np.ndarray:
    """Return each contact's stock at the end: its calls' jumps, decayed from then to the end."""
    end_s = (log.contacts["observed_until"].iloc[0] - log.contacts["entered_at"].iloc[0]).days
    age_days = end_s - times_s(log, "dialled_at") / DAY_S
    left = jumps * np.exp(-math.log(2) * age_days / HALF_LIFE_DAYS)
    stock = left.groupby(log.attempts["contact_id"]).sum()
    return stock.reindex(log.truth["contact_id"], fill_value=0.0).to_numpy()


@pytest.mark.parametrize("tau", [1.0, 7.0, 30.0])
def test_the_stock_tends_to_its_steady_state(tau) -> None:
    # Idle contacts without a spark refuse every call, so each call adds jump_refused.
    scenario = world(
        initial_state="idle",
        reach_base_logit=CERTAIN_LOGIT,
        irritation_half_life_days=HALF_LIFE_DAYS,
        jump_refused=JUMP,
    )
    days = max(400, round(20 * tau))
    log = simulate(scenario, RecallPolicy.every(days=tau), contacts=20, days=days)
    r = math.exp(-math.log(2) * tau / HALF_LIFE_DAYS)
    last_s = times_s(log, "dialled_at").groupby(log.attempts["contact_id"]).max().to_numpy()
    since_days = days - last_s / DAY_S
    expected = JUMP / (1 - r) * np.exp(-math.log(2) * since_days / HALF_LIFE_DAYS)
    # What is missing of infinitely many calls: r^n, with n τ >= 370 days, is 2^-37.
    np.testing.assert_allclose(log.truth["irritation"], expected, rtol=1e-9)


def test_just_before_and_just_after_a_call_by_the_model_itself() -> None:
    parameters = call_parameters(
        world(
            initial_state="idle",
            reach_base_logit=CERTAIN_LOGIT,
            irritation_half_life_days=HALF_LIFE_DAYS,
            jump_refused=JUMP,
        ).segments["plain"]
    )
    key, tau, sensitivity = run_key(1, 0), 5.0, 1.7
    who = Traits(0, 0.0, 0.0, sensitivity, False, math.inf, math.inf)
    mind = Mind(IDLE, 0, 0, math.inf, math.inf, 0.0, 0.0, 0.0, 0.0)
    for attempt in range(1, 101):
        now_s = attempt * tau * DAY_S
        before = advance(parameters, key, 0, mind, now_s).irritation
        at = Circumstances(attempt, now_s, 0.0, 0.0, kept=False, push=False)
        _, mind = play(parameters, key, who, mind, at)
    r = math.exp(-math.log(2) * tau / HALF_LIFE_DAYS)
    assert before == pytest.approx(sensitivity * JUMP * r / (1 - r), rel=1e-12)
    assert mind.irritation == pytest.approx(sensitivity * JUMP / (1 - r), rel=1e-12)


def test_every_call_adds_one_jump_by_what_happened_times_the_sensitivity() -> None:
    # A named date, its kept callback, pushes, misses and refusals in one run; no probability
    # depends on the stock, so the log alone tells what the stock must be.
    scenario = world(
        initial_state="stationary",
        need_per_year=6.0,
        decision_mean_days=15.0,
        rival_per_day=0.02,
        lost_days=30.0,
        callback_prob=0.6,
        callback_ready_prob=0.5,
        push_prob=0.1,
        sensitivity_cv=0.8,
        irritation_half_life_days=HALF_LIFE_DAYS,
        sale_base_logit=NEVER_LOGIT,
        jump_missed=0.05,
        jump_refused=0.7,
        jump_callback_kept=0.011,
        jump_early=13.0,  # the engine never calls early
        jump_answered=0.3,
        jump_push=0.17,
    )
    log = simulate(scenario, RecallPolicy.every(days=3, push=True), contacts=100, days=120)
    attempts = log.attempts
    named = attempts.groupby("contact_id")["callback_at"].shift()
    kept = named.notna() & (attempts["disposition"] != "no_answer")
    assert (attempts.loc[named.notna(), "dialled_at"] == named[named.notna()]).all()
    jump = attempts["disposition"].map({"no_answer": 0.05, "refused": 0.7}).fillna(0.3)
    jump = jump.mask(kept, 0.011) + 0.17 * attempts["pushed"].astype(float)
    sensitivity = log.truth.set_index("contact_id")["sensitivity"]
    jump *= attempts["contact_id"].map(sensitivity)
    assert min(kept.sum(), attempts["pushed"].sum(), (jump > 0).sum()) > 20
    np.testing.assert_allclose(log.truth["irritation"], decayed_sum(log, jump), rtol=1e-10)


def test_nobody_is_irritated_at_entry_and_nothing_but_a_call_irritates() -> None:
    scenario = world(reach_base_logit=CERTAIN_LOGIT, jump_answered=1.0)
    log = simulate(scenario, RecallPolicy.every(days=300), contacts=200, days=30)
    called = log.truth["contact_id"].isin(log.attempts["contact_id"])
    assert 0 < called.sum() < 200
    assert (log.truth.loc[~called, "irritation"] == 0.0).all()
    assert (log.truth.loc[called, "irritation"] > 0.0).all()
