"""The shares of idle, deciding, ready and lost over time, against the chain's generator matrix.

idle → deciding (k phases at rate k/μ) → ready; deciding and ready → lost at the rival's rate;
lost → idle. Shares at time t are the initial ones times expm(Qt); the stationary law is Q's null
vector. Both are computed here from Q by scipy, not from simkit's formulas.
"""

import numpy as np
import pandas as pd
import pytest
import scipy.linalg
from exact_world import CERTAIN_LOGIT, NEVER_LOGIT, STANDARD_ERRORS, off_by, world

from simkit.engine import simulate
from simkit.policy import RecallPolicy

K, NEED_PER_DAY, MEAN_DAYS, RIVAL_PER_DAY, LOST_DAYS = 3, 1 / 20, 12.0, 1 / 25, 15.0
CHAIN = {
    "need_per_year": NEED_PER_DAY * 365,
    "decision_mean_days": MEAN_DAYS,
    "decision_shape": K,
    "rival_per_day": RIVAL_PER_DAY,
    "lost_days": LOST_DAYS,
}
STATES = ["idle", "deciding", "ready", "lost"]


def generator() -> np.ndarray:
    """Return Q over idle, phase 1 … phase K, ready, lost, in days."""
    q = np.zeros((K + 3, K + 3))
    ready, lost = K + 1, K + 2
    q[0, 1] = NEED_PER_DAY
    for phase in range(1, K + 1):
        q[phase, phase + 1] = K / MEAN_DAYS  # the last phase leads to ready
        q[phase, lost] = RIVAL_PER_DAY
    q[ready, lost] = RIVAL_PER_DAY
    q[lost, 0] = 1 / LOST_DAYS
    np.fill_diagonal(q, -q.sum(axis=1))
    return q


def lumped(law: np.ndarray) -> dict[str, float]:
    return dict(zip(STATES, [law[0], law[1 : K + 1].sum(), law[-2], law[-1]], strict=True))


def stationary() -> np.ndarray:
    law = scipy.linalg.null_space(generator().T)[:, 0]
    return law / law.sum()


def law_after(days: float, initial_state: str) -> dict[str, float]:
    if initial_state == "stationary":
        return lumped(stationary())
    initial = np.zeros(K + 3)
    initial[STATES.index(initial_state)] = 1.0  # deciding begins at its first phase
    return lumped(initial @ scipy.linalg.expm(generator() * days))


def uncalled(initial_state: str, days: int, contacts: int) -> pd.Series:
    """Return the states at the end of contacts whom nobody calls."""
    scenario = world(initial_state=initial_state, **CHAIN, reach_base_logit=NEVER_LOGIT)
    log = simulate(scenario, RecallPolicy.every(days=3650), contacts=contacts, days=days, seed=5)
    return log.truth["state"]


@pytest.mark.parametrize("days", [1, 15, 200])
@pytest.mark.parametrize("initial_state", ["stationary", "idle", "deciding"])
def test_shares_of_states_over_time(initial_state, days) -> None:
    contacts = 4000
    states = uncalled(initial_state, days, contacts).value_counts()
    # 36 comparisons in all: a false alarm at 4 standard errors in 1 of 440 choices of a seed.
    for state, share in law_after(days, initial_state).items():
        assert off_by(int(states.get(state, 0)), contacts, share) < STANDARD_ERRORS
    assert "deferred" not in states


def test_a_call_that_changes_nothing_leaves_the_chain_as_it_was() -> None:
    # No spark, no push, no named date, no sale: calls only look. Contact by contact, the states
    # at the end are the same whether nobody called or everybody answered every day.
    scenario = world(
        initial_state="stationary",
        **CHAIN,
        reach_base_logit=CERTAIN_LOGIT,
        sale_base_logit=NEVER_LOGIT,
    )
    often = simulate(scenario, RecallPolicy.every(days=1), contacts=300, days=60).truth
    seldom = simulate(scenario, RecallPolicy.every(days=3650), contacts=300, days=60).truth
    pd.testing.assert_frame_equal(often[["state", "needs"]], seldom[["state", "needs"]])


def test_what_is_found_in_calls_is_the_share_of_the_state() -> None:
    # Stationary and always answered: refused = idle, undecided = deciding, not now = ready,
    # already solved = lost. One call each, so that the calls are independent.
    contacts = 4000
    scenario = world(
        initial_state="stationary",
        **CHAIN,
        reach_base_logit=CERTAIN_LOGIT,
        sale_base_logit=NEVER_LOGIT,
    )
    policy = RecallPolicy.every(days=10, caps={"total": 1})
    log = simulate(scenario, policy, contacts=contacts, days=10)
    found = log.attempts["disposition"].value_counts()
    names = {
        "refused": "idle",
        "undecided": "deciding",
        "not_now": "ready",
        "already_solved": "lost",
    }
    law = lumped(stationary())
    assert set(found.index) == set(names)
    for disposition, state in names.items():
        assert off_by(int(found[disposition]), contacts, law[state]) < STANDARD_ERRORS
