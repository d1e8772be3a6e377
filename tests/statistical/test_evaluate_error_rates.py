"""Error rates of the evaluation where the truth is known.

Every bound is the central 99.9 % of the binomial law of the stated rate and number of trials.
"""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from simkit.trial import evaluate
from simkit.trial.effects import resampling
from simkit.trial.effects.difference import ScoreDifference
from simkit.trial.effects.guardrails import WITHIN, judge
from simkit.trial.effects.means import means_of_contacts
from simkit.trial.effects.proportions import Shares

ALPHA = 0.05
Z = stats.norm.ppf(ALPHA)


def bounds(rate: float, trials: int) -> tuple[float, float]:
    low, high = stats.binom.interval(0.999, trials, rate)
    return low / trials, high / trials


def accounts_of_contacts(
    random: np.random.Generator, accounts: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Contacts of two arms: accounts of 1, 2, 3, … contacts that share half of the variance."""
    sizes = random.geometric(0.4, sum(accounts))
    cluster = np.repeat(np.arange(sum(accounts)), sizes)
    value = random.normal(size=sum(accounts))[cluster] + random.normal(size=len(cluster))
    return value, (cluster >= accounts[0]).astype(int), cluster


@pytest.mark.parametrize("accounts", [(10, 10), (5, 35), (60, 60)])
def test_without_an_effect_one_trial_in_twenty_claims_one(
    accounts: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resampling, "DRAWS", 399)
    random, trials = np.random.default_rng(11), 600
    by_account = alone = 0
    for _ in range(trials):
        value, arm, cluster = accounts_of_contacts(random, accounts)
        pair = [means_of_contacts(value, arm, ("a", "b"), unit) for unit in (cluster, None)]
        p_values = [means.difference("b", "a").p_value for means in pair]
        by_account += p_values[0] <= ALPHA
        alone += p_values[1] < ALPHA
    low, high = bounds(ALPHA, trials)
    assert low <= by_account / trials <= high
    # What ignoring the account would do.
    assert alone / trials > 2 * ALPHA


def test_intervals_of_clustered_shares_cover_the_truth() -> None:
    """Shares .10 and .16 of accounts whose own shares differ (beta, correlation .2)."""
    random, trials, truth = np.random.default_rng(12), 600, (0.10, 0.16)
    covered = 0
    for _ in range(trials):
        parts = []
        for arm, share in enumerate(truth):
            size = random.geometric(0.5, 80)
            own = random.beta(share * 4, (1 - share) * 4, 80)  # a + b = 4: correlation 1 / 5
            cluster = np.repeat(np.arange(80) + 80 * arm, size)
            sale = random.random(len(cluster)) < np.repeat(own, size)
            parts.append((sale.astype(float), np.full(len(cluster), arm), cluster))
        value, arm_of, cluster = (np.concatenate(part) for part in zip(*parts, strict=True))
        found = means_of_contacts(value, arm_of, ("a", "b"), cluster).difference("b", "a")
        low, high = found.interval(ALPHA)
        covered += low <= truth[1] - truth[0] <= high
    low, high = bounds(1 - ALPHA, trials)
    assert low <= covered / trials <= high


def test_a_family_of_arms_and_segments_claims_something_in_one_trial_of_twenty(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Three arms in two segments, nothing true: 4 comparisons, and accounts that cluster.

    399 drawn assignments claim no more often than all there are: p counts the one at hand.
    """
    monkeypatch.setattr(resampling, "DRAWS", 399)
    random, trials = np.random.default_rng(13), 120
    wrong = 0
    for _ in range(trials):
        accounts = 360
        sizes = random.geometric(0.5, accounts)
        cluster = np.repeat(np.arange(accounts), sizes)
        arm = random.permutation(np.arange(accounts) // 2 % 3)[cluster]
        table = pd.DataFrame(
            {
                "account": cluster,
                "segment": np.where(cluster % 2 == 0, "b2b", "b2c"),
                "arm": np.array(["now", "more", "less"])[arm],
                "value": random.normal(size=accounts)[cluster] + random.normal(size=len(cluster)),
            }
        )
        found = evaluate(
            table, outcomes=["value"], control="now", cluster="account", segment="segment"
        )
        wrong += found.table["verdict"].isin(["better", "worse"]).any()
    assert wrong / trials <= bounds(ALPHA, trials)[1]


def test_a_harm_as_large_as_the_margin_passes_in_one_trial_of_twenty_at_most() -> None:
    random, trials, n = np.random.default_rng(14), 1_000, 800
    passed = 0
    for _ in range(trials):
        events = random.binomial(n, [0.05, 0.03])
        found = ScoreDifference((events[0] / n, events[1] / n), (n, n), "")
        judged = judge(found, 0.02, ALPHA, lower_is_better=True)
        passed += judged.state == WITHIN
        assert (judged.state == WITHIN) == (judged.p_value < ALPHA)
    assert passed / trials <= bounds(ALPHA, trials)[1]


def test_the_power_told_of_a_guardrail_is_how_often_it_passes() -> None:
    random, trials, n = np.random.default_rng(15), 1_000, 800
    passed, told = 0, []
    for _ in range(trials):
        events = random.binomial(n, [0.03, 0.03])
        found = ScoreDifference((events[0] / n, events[1] / n), (n, n), "")
        judged = judge(found, 0.02, ALPHA, lower_is_better=True)
        passed += judged.state == WITHIN
        told.append(judged.power)
    low, high = bounds(float(np.mean(told)), trials)
    # The power is read from a normal law; the score's bound is not quite one: 2 points are allowed.
    assert low - 0.02 <= passed / trials <= high + 0.02


@pytest.mark.parametrize(
    ("n", "share", "margin"),
    [((800, 800), 0.03, 0.02), ((100, 100), 0.05, 0.05), ((300, 100), 0.03, 0.02)],
)
def test_the_margins_test_errs_as_often_as_it_says(
    n: tuple[int, int], share: float, margin: float
) -> None:
    """Harm as large as the margin passes with 4 to 5.5 %: summed over all counts, no simulation."""
    pairs = zip(n, (share + margin, share), strict=True)
    probs = [stats.binom.pmf(np.arange(size + 1), size, prob) for size, prob in pairs]
    passes = 0.0
    for first in np.flatnonzero(probs[0] > 1e-7):
        for second in np.flatnonzero(probs[1] > 1e-7):
            z = Shares((first, second), n).z_of_difference(margin)
            passes += probs[0][first] * probs[1][second] * (z < Z)
    assert 0.04 < passes < 0.055
