"""A segment in the model's own units, and the stationary law of its chain."""

import math

import numpy as np
import pytest
import scipy.linalg
from hypothesis import given
from hypothesis import strategies as st
from plain_segment import DAY_S, parameters, segment

from simkit.model import stationary_law


def generator(need: float, k: int, mean: float, rival: float, lost: float) -> np.ndarray:
    """Return the chain's rates per day over idle, phases 1 … k, ready, lost (model, section 2)."""
    q = np.zeros((k + 3, k + 3))
    q[0, 1] = need
    for phase in range(1, k + 1):
        q[phase, phase + 1] = k / mean
        q[phase, k + 2] = rival
    q[k + 1, k + 2] = rival
    q[k + 2, 0] = 1 / lost
    np.fill_diagonal(q, -q.sum(axis=1))
    return q


@given(
    need=st.floats(0.01, 50),
    k=st.integers(1, 32),
    mean=st.floats(0.1, 300),
    rival=st.floats(1e-4, 2),
    lost=st.floats(0.5, 1000),
)
def test_the_stationary_law_is_the_null_vector_of_the_generator(need, k, mean, rival, lost) -> None:
    law = stationary_law(
        segment(
            need_per_year=need,
            decision_shape=k,
            decision_mean_days=mean,
            rival_per_day=rival,
            lost_days=lost,
        )
    )
    null = scipy.linalg.null_space(generator(need / 365, k, mean, rival, lost).T)
    assert null.shape[1] == 1
    np.testing.assert_allclose(law, null[:, 0] / null[:, 0].sum(), rtol=1e-6, atol=1e-10)
    assert math.fsum(law) == pytest.approx(1.0, rel=1e-14)


def test_without_needs_all_are_idle_and_without_rivals_all_are_ready() -> None:
    assert stationary_law(segment(need_per_year=0.0, decision_shape=2)) == (1, 0, 0, 0, 0)
    assert stationary_law(segment(rival_per_day=0.0, decision_shape=2)) == (0, 0, 0, 1, 0)


def test_units_are_seconds_and_rates_per_second() -> None:
    p = parameters(
        need_per_year=2.0,
        decision_mean_days=6.0,
        decision_shape=3,
        rival_per_day=0.1,
        lost_days=50.0,
        callback_mean_days=4.0,
        callback_shape=2,
        callback_window_min=30.0,
        irritation_half_life_days=14.0,
        withdrawal_days=14.0,
    )
    assert p.need_rate_per_s == pytest.approx(2 / (365 * DAY_S))
    assert p.phase_rate_per_s == pytest.approx(0.5 / DAY_S)  # 3 phases in 6 days
    assert p.rival_rate_per_s == pytest.approx(0.1 / DAY_S)
    assert p.lost_rate_per_s == pytest.approx(1 / (50 * DAY_S))
    assert p.callback_rate_per_day == pytest.approx(0.5)  # 2 phases in 4 days
    assert p.callback_window_s == 1800
    assert math.exp(-p.decay_per_s * 14 * DAY_S) == pytest.approx(0.5)
    assert p.withdrawal_s == 14 * DAY_S


def test_talk_times_have_the_mean_of_their_name() -> None:
    p = parameters(talk_cv=0.8, talk_brief_mean_s=25.0, talk_mean_s=122.0, talk_sale_mean_s=480.0)
    # A lognormal's mean is exp(location + variance/2), its cv sqrt(exp(variance) − 1).
    half = p.talk_sd_log**2 / 2
    means = [math.exp(m + half) for m in (p.talk_brief_log_s, p.talk_log_s, p.talk_sale_log_s)]
    assert means == pytest.approx([25.0, 122.0, 480.0])
    assert math.sqrt(math.expm1(p.talk_sd_log**2)) == pytest.approx(0.8)
