"""How many attempts an interval gives: 365/τ a year, where neither caps nor answers interfere."""

import math

import numpy as np
import pytest
from exact_world import DAY_S, STANDARD_ERRORS, times_s, world

from simkit.engine import simulate
from simkit.policy import RecallPolicy

DAYS = 365


@pytest.mark.parametrize("tau", [3.7, 7.0, 14.0, 45.0, 365.0, 1000.0])
def test_attempts_per_contact_year(tau) -> None:
    # First due at U·τ, then every τ: a contact gets floor(365/τ) or one more attempt, the latter
    # with the fraction f of 365/τ as probability. So the mean is 365/τ with se sqrt(f(1 − f)/n).
    contacts = 250
    scenario = world(decision_mean_days=1e9)
    log = simulate(scenario, RecallPolicy.every(days=tau), contacts=contacts, days=DAYS)
    counts = np.bincount(log.attempts["contact_id"], minlength=contacts + 1)[1:]
    whole, fraction = divmod(DAYS / tau, 1)
    assert set(counts) <= {int(whole), int(whole) + 1}
    tolerance = STANDARD_ERRORS * math.sqrt(fraction * (1 - fraction) / contacts) + 1e-9
    assert abs(counts.mean() - DAYS / tau) <= tolerance


@pytest.mark.parametrize("working_days", [2, 5, 20])
def test_working_days_count_as_days_where_all_days_work(working_days) -> None:
    contacts = 100
    scenario = world(decision_mean_days=1e9)
    policy = RecallPolicy.every(working_days=working_days)
    log = simulate(scenario, policy, contacts=contacts, days=DAYS)
    fraction = DAYS / working_days % 1
    tolerance = STANDARD_ERRORS * math.sqrt(fraction * (1 - fraction) / contacts) + 1e-9
    assert abs(len(log.attempts) / contacts - DAYS / working_days) <= tolerance


def test_recalls_come_exactly_one_interval_after_the_last_dial() -> None:
    log = simulate(world(), RecallPolicy.every(days=2.5), contacts=50, days=60)
    times = times_s(log, "dialled_at")
    gaps = times.groupby(log.attempts["contact_id"]).diff().dropna()
    assert (gaps == 2.5 * DAY_S).all()
    assert (log.attempts["due_at"] == log.attempts["dialled_at"]).all()  # unlimited agents


def test_first_calls_spread_evenly_over_the_interval() -> None:
    tau, contacts = 10.0, 2000
    log = simulate(world(), RecallPolicy.every(days=tau), contacts=contacts, days=10)
    first = times_s(log, "due_at")[log.attempts["attempt_no"] == 1].to_numpy() / (tau * DAY_S)
    assert len(first) == contacts
    # Kolmogorov-Smirnov by hand: sup|F_n − F| < 1.95/sqrt(n) but for 1 of 1,000 samples.
    ordered = np.sort(first)
    steps = np.arange(contacts + 1) / contacts
    distance = max(np.abs(ordered - steps[1:]).max(), np.abs(ordered - steps[:-1]).max())
    assert distance < 1.95 / math.sqrt(contacts)
