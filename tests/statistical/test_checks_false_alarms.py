"""Checks stay quiet where nothing is wrong, also where a contact's dials are all alike."""

import numpy as np
import pandas as pd
import pytest

from simkit.engine import simulate
from simkit.policy import RecallPolicy
from simkit.scenario import load_scenario
from simkit.trial import check_trial
from simkit.trial.checks.check import ALPHA, homogeneity
from simkit.trial.checks.first_calls import called_alike
from simkit.trial.checks.rates import PARTS, WHOLES, Rates
from simkit.trial.read.data import CalledRows

ARMS = {"current": 2, "long": 5, "longer": 10}
POLICIES = {
    segment: {arm: RecallPolicy.every(working_days=days * step) for arm, days in ARMS.items()}
    for segment, step in {"b2c": 1, "b2b": 2}.items()
}


def test_flawless_trials_raise_no_alarm():
    """Six trials with callbacks, accounts and queues; each arm has its own four agents.

    Of six trials times at most 20 tests at .001, one rejects under 1 of 8 seeds and two under 1 of
    150: one is allowed.
    """
    scenario = load_scenario("trial")
    agents = dict.fromkeys(ARMS, 4)
    told = []
    for seed in range(6):
        log = simulate(scenario, POLICIES, contacts=600, agents=agents, days=84, seed=seed)
        found = check_trial(log, policies=POLICIES, horizon_days=56)
        told += found.sentences()
    assert len(told) <= 1, told


def rates(missing: np.ndarray, dials: np.ndarray, arm: np.ndarray) -> Rates:
    """Sums by arm of what each contact lacks (rings) among its dials."""
    contacts = pd.DataFrame(0.0, index=range(len(dials)), columns=[*WHOLES, *PARTS])
    contacts["dials"], contacts["without_ring"] = dials, missing
    sums = contacts.copy()
    for name in contacts:
        sums[f"{name}_squared"] = contacts[name] ** 2
    for name, (_, whole) in PARTS.items():
        sums[f"{name}_crossed"] = contacts[name] * contacts[whole]
    return Rates(sums.groupby(arm).sum())


def test_what_is_missing_by_contact_is_tested_by_contact():
    """Nothing differs; but one contact in ten has no ringing time in any of its dials.

    Of 600 trials 5 % reject at .05, ± 4 standard errors of .0089: a correct test fails here once in
    16,000 seeds. With each dial for itself a third to a half would.
    """
    random = np.random.default_rng(7)
    by_contact, by_dial = [], []
    for _ in range(600):
        arm = random.permutation(np.arange(600) % 2)
        dials = 1 + random.poisson(9, 600)
        missing = dials * (random.random(600) < 0.1)
        found = rates(missing, dials, arm)
        by_contact.append(found.p_value("without_ring", [0, 1]))
        counts = [missing, dials - missing]
        by_dial.append(homogeneity(np.array([np.bincount(arm, part) for part in counts]).T))
    assert abs(np.mean(np.array(by_contact) < 0.05) - 0.05) < 4 * np.sqrt(0.05 * 0.95 / 600)
    assert np.mean(np.array(by_dial) < 0.05) > 0.3


def test_what_differs_by_arm_is_found():
    """10 % against 30 % of 300 contacts each: 6 standard errors of a difference of shares."""
    random = np.random.default_rng(8)
    arm = random.permutation(np.arange(600) % 2)
    dials = 1 + random.poisson(9, 600)
    missing = dials * (random.random(600) < np.where(arm == 1, 0.3, 0.1))
    found = rates(missing, dials, arm)
    assert found.differs("without_ring", [0, 1])


def never_called(random: np.random.Generator, arms: np.ndarray, share: float) -> CalledRows:
    """Accounts of five dealt to arms, whose contacts are left uncalled alike: beta-binomial, .5."""
    account = np.repeat(np.arange(len(arms)), 5)
    of_account = random.beta(share, 1 - share, len(arms))  # a correlation of 1 ÷ (1 + a + b) = .5
    called = (random.random(len(account)) >= of_account[account]).astype(np.int64)
    ones = np.ones(len(account), dtype=np.int64)
    return CalledRows(account, random.permutation(arms)[account], ones, called, 0)


@pytest.mark.parametrize(("parts", "share"), [((1, 1), 0.2), ((1, 4), 0.05), ((1, 1, 1), 0.1)])
def test_arms_that_leave_accounts_uncalled_alike_raise_no_alarm(parts, share):
    """Nothing differs between arms of 300 accounts in all, whose colleagues are called alike.

    Of 400 trials at most 5 % may reject at .05 and .1 % at the checks' own level; an exact test
    rejects fewer. Bounds: 4 standard errors above the one (.0109), and of the other 4 or more of
    400, which a test of that size finds in 1 of 1,300. Contact by contact twice as many would.
    """
    random = np.random.default_rng(9)
    arms = np.repeat(np.arange(len(parts)), 300 * np.array(parts) // sum(parts))
    trials = [never_called(random, arms, share) for _ in range(400)]
    found = np.array([called_alike(one, len(parts), by_account=True) for one in trials])
    assert np.mean(found < 0.05) < 0.05 + 4 * np.sqrt(0.05 * 0.95 / 400)
    assert np.sum(found < ALPHA) < 4
    alone = np.array([called_alike(one, len(parts), by_account=False) for one in trials])
    assert np.mean(alone < 0.05) > 0.1
