"""Checks stay quiet where nothing is wrong, also where a contact's dials are all alike."""

import numpy as np
import pandas as pd

from simkit.engine import simulate
from simkit.policy import RecallPolicy
from simkit.scenario import load_scenario
from simkit.trial import check_trial
from simkit.trial.checks.check import homogeneity
from simkit.trial.checks.rates import PARTS, WHOLES, Rates

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
