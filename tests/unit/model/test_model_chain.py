"""The chain of need, decision and rivals: its law, and that looking at it changes nothing."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plain_segment import DAY_S, KEY, parameters
from scipy import stats
from scipy.linalg import expm

from simkit.model import advance, born, deferred
from simkit.model.contact import (
    DECIDING,
    DEFERRED,
    IDLE,
    LOST,
    READY,
    Mind,
    decision_s,
    named_delay_days,
)
from simkit.model.parameters import CallParameters

# A lively chain: every state is visited within weeks.
NEED, K, MEAN, RIVAL, LOST_DAYS = 0.08, 2, 8.0, 0.06, 12.0
LIVELY = {
    "need_per_year": NEED * 365,
    "decision_shape": K,
    "decision_mean_days": MEAN,
    "rival_per_day": RIVAL,
    "lost_days": LOST_DAYS,
}


def later(p: CallParameters, contact: int, mind: Mind, days: float) -> Mind:
    return advance(p, KEY, contact, mind, days * DAY_S)


def shares(p: CallParameters, days: float, contacts: int, entered_days: float = 0.0) -> np.ndarray:
    """Return how many contacts are idle, deciding, ready, deferred, lost so long after entry."""
    states = [
        later(p, i, born(p, KEY, i, entered_days * DAY_S), entered_days + days).state
        for i in range(contacts)
    ]
    return np.bincount(states, minlength=5)


def expected(days: float, initial_state: str) -> np.ndarray:
    """Return the same shares from the matrix exponential of the chain's rates, model section 2."""
    q = np.zeros((K + 3, K + 3))
    q[0, 1] = NEED
    for phase in range(1, K + 1):
        q[phase, phase + 1], q[phase, K + 2] = K / MEAN, RIVAL
    q[K + 1, K + 2], q[K + 2, 0] = RIVAL, 1 / LOST_DAYS
    np.fill_diagonal(q, -q.sum(axis=1))
    law = expm(q * 1e5)[0]  # from anywhere, after a very long time: the stationary law
    if initial_state != "stationary":
        law = np.eye(K + 3)[0 if initial_state == "idle" else 1]
    law = law @ expm(q * days)
    return np.array([law[0], law[1 : K + 1].sum(), law[K + 1], 0.0, law[K + 2]])


@pytest.mark.parametrize("days", [0.0, 3.0, 20.0, 120.0])
@pytest.mark.parametrize("initial_state", ["stationary", "idle", "deciding"])
def test_shares_over_time_are_the_matrix_exponential(initial_state, days) -> None:
    n = 4000
    p = parameters(**LIVELY, initial_state=initial_state)
    counts = shares(p, days, n, entered_days=10.0)
    law = expected(days, initial_state)
    # 4 binomial standard errors for each of 12 × 4 shares: a false alarm in 1 of 330 keys.
    assert (np.abs(counts - n * law) <= 4 * np.sqrt(n * law * (1 - law)) + 1e-9).all()


@given(st.integers(0, 500), st.lists(st.floats(0, 400), max_size=12), st.integers(0, 2))
def test_looking_often_or_once_gives_the_same_path(contact, looks, initial) -> None:
    state = ("stationary", "idle", "deciding")[initial]
    p = parameters(**LIVELY, initial_state=state)
    mind = born(p, KEY, contact, 0.0)._replace(irritation=1.3)
    seen = mind
    for days in sorted(looks):
        seen = later(p, contact, seen, days)
    often, once = later(p, contact, seen, 400.0), later(p, contact, mind, 400.0)
    # Exactly the same chain; the irritation is a product of exponentials, rounded differently.
    assert often._replace(irritation=0.0) == once._replace(irritation=0.0)
    assert often.irritation == pytest.approx(once.irritation, rel=1e-12)


def test_looking_twice_at_the_same_moment_is_looking_once() -> None:
    p = parameters(**LIVELY, initial_state="stationary")
    for contact in range(200):
        mind = later(p, contact, born(p, KEY, contact, 0.0), 33.0)
        assert later(p, contact, mind, 33.0) == mind


def test_a_contact_is_born_calm_and_at_its_entry() -> None:
    for state in ("stationary", "idle", "deciding"):
        mind = born(parameters(**LIVELY, initial_state=state), KEY, 4, 12.0 * DAY_S)
        assert mind.irritation == mind.optout_hazard == mind.sale_hazard == 0.0
        assert mind.irritation_s == 12.0 * DAY_S
        assert mind.need_no == mind.spell == 0
        assert min(mind.leaves_s, mind.rival_s) > 12.0 * DAY_S


def test_nobody_leaves_a_state_whose_rates_are_nil() -> None:
    calm = parameters(
        need_per_year=0.0, rival_per_day=0.0, decision_mean_days=1e9, initial_state="idle"
    )
    assert later(calm, 0, born(calm, KEY, 0, 0.0), 1e7).state == IDLE
    no_rival = parameters(rival_per_day=0.0, decision_mean_days=2.0, initial_state="deciding")
    assert later(no_rival, 0, born(no_rival, KEY, 0, 0.0), 1e6).state == READY


def test_irritation_halves_in_its_half_life_whatever_the_state() -> None:
    p = parameters(**LIVELY, irritation_half_life_days=9.0)
    for state in (IDLE, DECIDING, READY, DEFERRED, LOST):
        mind = Mind(state, 0, 0, math.inf, math.inf, 2.0, 0.0, 0.0, 0.0)
        assert later(p, 0, mind, 9.0).irritation == pytest.approx(1.0, rel=1e-14)
        assert later(p, 0, mind, 27.0).irritation == pytest.approx(0.25, rel=1e-14)


def test_deciding_takes_a_gamma_time_of_its_mean_and_shape() -> None:
    for k in (1, 3, 7, 32):
        p = parameters(decision_shape=k, decision_mean_days=5.0, initial_state="deciding")
        days = [born(p, KEY, i, 0.0).leaves_s / DAY_S for i in range(2000)]
        assert stats.kstest(days, stats.gamma(k, scale=5.0 / k).cdf).pvalue > 1e-4


def test_needs_rivals_and_losses_take_exponential_times() -> None:
    p = parameters(**LIVELY, initial_state="idle")
    born_idle = [born(p, KEY, i, 0.0) for i in range(2000)]
    needs = [mind.leaves_s / DAY_S for mind in born_idle]
    assert stats.kstest(needs, stats.expon(scale=1 / NEED).cdf).pvalue > 1e-4
    arisen = [advance(p, KEY, i, mind, mind.leaves_s) for i, mind in enumerate(born_idle)]
    assert all(mind.state == DECIDING for mind in arisen)
    rivals = [(b.rival_s - a.leaves_s) / DAY_S for a, b in zip(born_idle, arisen, strict=True)]
    assert stats.kstest(rivals, stats.expon(scale=1 / RIVAL).cdf).pvalue > 1e-4
    lost = [advance(p, KEY, i, mind, mind.rival_s) for i, mind in enumerate(arisen)]
    assert all(mind.state == LOST for mind in lost)
    back = [(b.leaves_s - a.rival_s) / DAY_S for a, b in zip(arisen, lost, strict=True)]
    assert stats.kstest(back, stats.expon(scale=LOST_DAYS).cdf).pvalue > 1e-4


def test_later_needs_are_drawn_anew() -> None:
    p = parameters(**LIVELY, initial_state="idle")
    first, second = [], []
    for i in range(1000):
        mind = born(p, KEY, i, 0.0)
        first.append(mind.leaves_s)
        mind = advance(p, KEY, i, mind, mind.leaves_s)  # the need arises
        mind = advance(p, KEY, i, mind, mind.rival_s)  # and is lost, decided or not
        assert (mind.state, mind.need_no) == (LOST, 0)
        lost_until_s = mind.leaves_s
        mind = advance(p, KEY, i, mind, lost_until_s)
        assert (mind.state, mind.need_no) == (IDLE, 1)
        second.append(mind.leaves_s - lost_until_s)
    days = np.array(second) / DAY_S
    assert stats.kstest(days, stats.expon(scale=1 / NEED).cdf).pvalue > 1e-4
    assert abs(np.corrcoef(first, second)[0, 1]) < 4 / math.sqrt(1000)


def test_a_named_date_comes_ready_or_decides_anew_from_the_first_phase() -> None:
    p = parameters(**LIVELY, callback_ready_prob=0.3, initial_state="deciding")
    n, ready, anew = 4000, 0, []
    for i in range(n):
        mind = deferred(born(p, KEY, i, 0.0)._replace(rival_s=math.inf), 4.0 * DAY_S)
        assert later(p, i, mind, 3.999).state == DEFERRED
        at_date = later(p, i, mind, 4.0)
        assert at_date.state in (READY, DECIDING)
        if at_date.state == READY:
            ready += 1
        else:
            anew.append(at_date.leaves_s / DAY_S - 4.0)
    assert abs(ready - 0.3 * n) < 4 * math.sqrt(n * 0.3 * 0.7)
    assert stats.kstest(anew, stats.gamma(K, scale=MEAN / K).cdf).pvalue > 1e-4


def test_every_spell_of_a_need_is_drawn_anew() -> None:
    # A contact who decides anew after a named date takes another time, names another delay, and is
    # ready at the next date by another draw: no correlation, within 4 standard errors.
    p = parameters(**LIVELY, callback_mean_days=6.0, callback_ready_prob=0.5)
    n, spells = 2000, range(3)
    for wait in (decision_s, named_delay_days):
        drawn = np.array([[wait(p, KEY, i, 0, spell) for i in range(n)] for spell in spells])
        related = np.corrcoef(drawn)[np.triu_indices(3, k=1)]
        assert np.abs(related).max() < 4 / math.sqrt(n)
    ready = np.array(
        [
            [
                advance(p, KEY, i, Mind(DEFERRED, 0, spell, 1.0, math.inf, 0, 0, 0, 0), 1.0).state
                == READY
                for i in range(n)
            ]
            for spell in spells
        ]
    )
    related = np.corrcoef(ready.astype(float))[np.triu_indices(3, k=1)]
    assert np.abs(related).max() < 4 / math.sqrt(n)


def test_a_rival_may_come_before_the_named_date() -> None:
    p = parameters(**LIVELY, initial_state="deciding")
    n, lost = 4000, 0
    for i in range(n):
        mind = deferred(born(p, KEY, i, 0.0), 10.0 * DAY_S)
        lost += later(p, i, mind, 9.999).state != DEFERRED
    share = -math.expm1(-RIVAL * 9.999)
    assert abs(lost - n * share) < 4 * math.sqrt(n * share * (1 - share))


def test_named_delays_are_whole_days_of_a_rounded_gamma_and_at_least_one() -> None:
    mean, shape, n = 4.0, 2, 5000
    p = parameters(callback_mean_days=mean, callback_shape=shape)
    delays = np.array([named_delay_days(p, KEY, i, 0, 0) for i in range(n)])
    cdf = stats.gamma(shape, scale=mean / shape).cdf
    for days in range(1, 9):
        low = 0.0 if days == 1 else cdf(days - 0.5)  # below half a day is still the next day
        share = cdf(days + 0.5) - low
        assert abs((delays == days).sum() - n * share) < 4 * math.sqrt(n * share * (1 - share))
    assert delays.min() == 1


def test_the_named_date_tells_nothing_about_the_decision() -> None:
    p = parameters(**LIVELY, callback_mean_days=6.0, initial_state="deciding")
    n = 3000
    delays = [named_delay_days(p, KEY, i, 0, 0) for i in range(n)]
    decisions = [born(p, KEY, i, 0.0).leaves_s for i in range(n)]
    anew = [later(p, i, deferred(born(p, KEY, i, 0.0), 1.0), 1.0).leaves_s for i in range(n)]
    assert abs(np.corrcoef(delays, decisions)[0, 1]) < 4 / math.sqrt(n)
    finite = np.isfinite(anew)
    related = np.corrcoef(np.array(delays)[finite], np.array(anew)[finite])[0, 1]
    assert abs(related) < 4 / math.sqrt(finite.sum())
