"""P(sale) of one need, one rival and calls every τ, against its closed form.

Irritation and heterogeneity off, always open, unlimited agents, everybody deciding at entry, no
new needs, no spark, push or callback. With reach p, sale probability q when ready, k phases of
mean μ in all and rival rate γ, the need survives the decision with probability
((k/μ)/((k/μ)+γ))^k, survives until the next call (a random phase of τ) with (1−e^(−γτ))/(γτ), and
is then closed at the first, second, … call: pq/(1−(1−pq)e^(−γτ)).
"""

import math

import pytest
from exact_world import CERTAIN_LOGIT, STANDARD_ERRORS, logit, off_by, world

from simkit.calllog import CallLog
from simkit.engine import simulate
from simkit.policy import RecallPolicy

# Who is found lost is not called again: it cannot matter (nobody comes back within the run), and
# saves most of the calls.
LEAVE_THE_LOST = {"already_solved": {"days": 3650.0}}


def p_sale(k: int, mu: float, gamma: float, tau: float, p: float, q: float) -> float:
    decided = ((k / mu) / (k / mu + gamma)) ** k
    until_first_call = -math.expm1(-gamma * tau) / (gamma * tau)
    closed = p * q / (1.0 - (1.0 - p * q) * math.exp(-gamma * tau))
    return decided * until_first_call * closed


def run(
    k: int,
    mu: float,
    gamma: float,
    tau: float,
    p: float,
    q: float,
    *,
    contacts: int,
    days: int,
    seed: int = 1,
) -> CallLog:
    scenario = world(
        decision_shape=k,
        decision_mean_days=mu,
        rival_per_day=gamma,
        lost_days=1e9,
        reach_base_logit=CERTAIN_LOGIT if p == 1 else logit(p),
        sale_base_logit=CERTAIN_LOGIT if q == 1 else logit(q),
    )
    policy = RecallPolicy.every(days=tau, rests=LEAVE_THE_LOST)
    return simulate(scenario, policy, contacts=contacts, days=days, seed=seed)


def sold(log: CallLog) -> int:
    return int((log.attempts["disposition"] == "sale").sum())


@pytest.mark.parametrize(
    ("k", "mu", "gamma", "tau", "p", "q"),
    [
        (1, 10.0, 0.05, 7.0, 0.6, 0.5),
        (2, 6.0, 0.1, 3.0, 0.3, 0.7),  # decided fast, seldom reached
        (3, 35.0, 0.04, 14.0, 0.5, 0.4),  # decided slowly, called seldom
        (5, 20.0, 0.1, 2.0, 0.8, 0.9),
        (1, 2.0, 0.2, 10.0, 1.0, 1.0),  # the first call after the decision closes
    ],
)
def test_sales_are_the_closed_form(k, mu, gamma, tau, p, q) -> None:
    # A need is decided or lost in a time below one of rate γ: what is still open after 10/γ days,
    # under e^-10 of the contacts, is a hundredth of a standard error.
    contacts = 3000
    log = run(k, mu, gamma, tau, p, q, contacts=contacts, days=round(10 / gamma))
    exact = p_sale(k, mu, gamma, tau, p, q)
    assert off_by(sold(log), contacts, exact) < STANDARD_ERRORS


def test_without_a_rival_everybody_buys_in_the_end() -> None:
    # The limit γ → 0 is 1. Decided by Erlang(2, mean 5): not after 60 days with probability
    # e^-24·25 = 1e-9; then 40 calls fail with .5^40 = 1e-12: 500 contacts miss with 1e-6.
    log = run(2, 5.0, 0.0, 1.5, 1.0, 0.5, contacts=500, days=120)
    assert sold(log) == 500
    assert (log.truth["end"] == "sold").all()


def test_calling_all_the_time_leaves_only_the_race_with_the_rival() -> None:
    # The limit τ → 0 is the first factor. With γτ = .01 and pq = .9 the other two take away at
    # most γτ/2 + γτ/pq = .016 of it.
    k, mu, gamma, tau = 2, 0.5, 0.5, 0.02
    contacts = 1200
    log = run(k, mu, gamma, tau, 1.0, 0.9, contacts=contacts, days=20)
    first_factor = ((k / mu) / (k / mu + gamma)) ** k
    share = sold(log) / contacts
    se = math.sqrt(first_factor * (1 - first_factor) / contacts)
    low = first_factor * (1 - 0.016) - STANDARD_ERRORS * se
    assert low < share < first_factor + STANDARD_ERRORS * se


def test_a_decision_of_many_phases_takes_its_mean_time() -> None:
    # The limit k → ∞ of the first factor is e^(−γμ); with k = 32 phases and γμ = 1 the factor is
    # above it by a relative (γμ)²/(2k) = .016 at most. Calls follow close: γτ = .04, pq = 1.
    gamma, mu, tau = 0.5, 2.0, 0.08
    contacts = 1200
    log = run(32, mu, gamma, tau, 1.0, 1.0, contacts=contacts, days=20)
    limit = math.exp(-gamma * mu)
    share = sold(log) / contacts
    se = math.sqrt(limit * (1 - limit) / contacts)
    low = limit * (1 - gamma * tau / 2) - STANDARD_ERRORS * se
    high = limit * (1 + (gamma * mu) ** 2 / 64) + STANDARD_ERRORS * se
    assert low < share < high


def test_a_sale_comes_after_the_decision_and_never_from_a_lost_need() -> None:
    log = run(1, 10.0, 0.05, 5.0, 1.0, 1.0, contacts=500, days=200)
    attempts = log.attempts.merge(log.truth[["contact_id", "end"]], on="contact_id")
    # p = q = 1: a ready contact buys at once, so 'undecided' calls come first and nothing fails.
    assert set(attempts["disposition"]) == {"undecided", "sale", "already_solved"}
    ends = attempts.groupby("contact_id")["disposition"].apply(list)
    for dispositions in ends:
        assert "sale" not in dispositions[:-1]
        assert "already_solved" not in dispositions or "sale" not in dispositions


def test_pushing_makes_the_sale_as_likely_as_the_push() -> None:
    # Deciding for ever; each answered call pushes with success π, and who is ready buys (q = 1):
    # sold within n attempts with 1 − (1 − pπ)^n, all of them pressed and so cancelled with c (at
    # once, lest the end of the run hide some).
    n, p, push, cancel, contacts = 6, 0.5, 0.2, 0.3, 2500
    scenario = world(
        decision_mean_days=1e9,
        reach_base_logit=logit(p),
        push_prob=push,
        sale_base_logit=CERTAIN_LOGIT,
        cancel_base_logit=logit(cancel) - 1.0,
        cancel_pressed_logit=1.0,
        withdrawal_days=0.0,
    )
    policy = RecallPolicy.every(days=1, push=True, caps={"total": n})
    log = simulate(scenario, policy, contacts=contacts, days=10)
    sales = log.attempts[log.attempts["disposition"] == "sale"]
    assert off_by(len(sales), contacts, 1 - (1 - p * push) ** n) < STANDARD_ERRORS
    cancelled = int(sales["cancelled_at"].notna().sum())
    assert off_by(cancelled, len(sales), cancel) < STANDARD_ERRORS
    assert sales["pushed"].all()
    assert log.truth["cancel_prob"].dropna().to_numpy() == pytest.approx(cancel)
