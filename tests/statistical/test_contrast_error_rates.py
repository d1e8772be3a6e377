"""Error rates of ratios, Dunnett's comparisons, trends and adjusted means where the truth is known.

Every bound is the central 99.9 % of the binomial law of the stated rate and number of trials.
Accounts of 1, 2, 3, … contacts share half of the variance. The means of arms of whole accounts are
reckoned by the cluster jackknife's formula, which `test_cluster_errors` holds against statsmodels.
"""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from simkit.trial.effects import resampling
from simkit.trial.effects.adjust import adjusted_means
from simkit.trial.effects.dunnett import correlation_with_control, dunnett
from simkit.trial.effects.means import ArmMeans, means_of_contacts
from simkit.trial.effects.ratio import FIELLER, LOG, ratio_of_means
from simkit.trial.effects.trend import trend

ALPHA = 0.05
NAMES = ("7", "14", "28", "56")
SCORES = dict(zip(NAMES, np.log2([7.0, 14.0, 28.0, 56.0]), strict=True))


def assert_rate(count: int, trials: int, rate: float = ALPHA) -> None:
    low, high = stats.binom.interval(0.999, trials, rate)
    assert low <= count <= high


def arms(
    random: np.random.Generator, accounts: tuple[int, ...], truth: tuple[float, ...]
) -> ArmMeans:
    """Means of arms of whole accounts around the truth, with the jackknife's variances."""
    means, own, contacts, effective = [], [], [], []
    for number, centre in zip(accounts, truth, strict=True):
        size = random.geometric(0.4, number).astype(float)
        total = size * (centre + random.normal(size=number))
        total += np.sqrt(size) * random.normal(size=number)
        mean = total.sum() / size.sum()
        without = (total.sum() - total) / (size.sum() - size)
        means.append(mean)
        own.append(((without - mean) ** 2).sum() * (1 - 1 / sum(accounts)))
        contacts.append(int(size.sum()))
        effective.append(size.sum() ** 2 / (size**2).sum())
    names, units = NAMES[: len(accounts)], np.array(accounts)
    cov, n = np.diag(own), np.array(contacts)
    return ArmMeans(names, np.array(means), cov, n, units, np.array(effective), False, True, "")


@pytest.mark.parametrize("accounts", [(20, 20, 20, 20), (50, 15, 30, 50)])
def test_dunnetts_intervals_hold_all_at_once_in_95_of_100_trials(
    accounts: tuple[int, ...],
) -> None:
    random, trials, truth = np.random.default_rng(21), 600, (0.0, 0.5, -0.3, 0.1)
    missed = 0
    for _ in range(trials):
        means = arms(random, accounts, truth)
        apart = [means.difference(arm, "7") for arm in NAMES[1:]]
        # None can miss together where none misses alone: the joint interval is the wider one.
        alone = [one.interval(ALPHA) for one in apart]
        pairs = zip(alone, truth[1:], strict=True)
        if all(low <= value <= high for (low, high), value in pairs):
            continue
        found = dunnett(apart, correlation_with_control(means, NAMES[1:], "7"), ALPHA)
        missed += not ((found.low <= truth[1:]) & (truth[1:] <= found.high)).all()
    assert_rate(missed, trials)


@pytest.mark.parametrize("accounts", [(10, 10, 10, 10), (80, 40, 20, 10), (5, 50, 50, 50)])
@pytest.mark.parametrize("slope", [0.0, -0.2])
def test_a_trend_is_covered_and_no_departure_is_made_up(
    accounts: tuple[int, ...], slope: float
) -> None:
    random, trials = np.random.default_rng(22), 1_000
    truth = tuple(slope * score for score in SCORES.values())
    missed = departed = 0
    slopes = []
    for _ in range(trials):
        found = trend(arms(random, accounts, truth), SCORES)
        low, high = found.interval(ALPHA)
        missed += not low <= slope <= high
        departed += found.departure_p < ALPHA
        slopes.append(found.slope)
    assert_rate(missed, trials)
    assert_rate(departed, trials)
    # 4 standard errors of the mean: missed by chance in 1 of 16,000.
    assert abs(np.mean(slopes) - slope) < 4 * np.std(slopes) / np.sqrt(trials)


@pytest.mark.parametrize(("centre", "method"), [(4.0, LOG), (0.8, FIELLER)])
def test_a_ratio_is_covered_by_its_interval(centre: float, method: str) -> None:
    random, trials = np.random.default_rng(23), 1_000
    missed, methods = 0, []
    for _ in range(trials):
        found = ratio_of_means(arms(random, (60, 60), (centre, 1.4 * centre)), "14", "7", ALPHA)
        methods.append(found.method)
        missed += found.low > 1.4 or found.high < 1.4
    assert_rate(missed, trials)
    assert methods.count(method) > 0.95 * trials


@pytest.mark.parametrize("effect", [0.0, 0.6])
def test_an_adjusted_effect_is_covered_and_has_half_the_variance(effect: float) -> None:
    """30 accounts an arm; history tells half of what differs, and more of it in the new arm."""
    random, trials = np.random.default_rng(24), 200
    missed, estimates, smaller = 0, [], []
    for _ in range(trials):
        cluster = np.repeat(np.arange(60), random.geometric(0.4, 60))
        arm = cluster % 2
        past = random.normal(size=60)[cluster] + random.normal(size=len(cluster))
        noise = random.normal(size=60)[cluster] + random.normal(size=len(cluster))
        value = past * (1 + 0.5 * arm) + noise + effect * arm
        plain = means_of_contacts(value, arm, ("now", "new"), cluster, errors="cr2")
        table = pd.DataFrame({"calls_before": past})
        found, _ = adjusted_means(plain, value, arm, cluster, table)
        difference = found.difference("new", "now")
        low, high = difference.interval(ALPHA)
        missed += not low <= effect <= high
        estimates.append(difference.estimate)
        smaller.append(difference.se**2 / plain.difference("new", "now").se ** 2)
    assert_rate(missed, trials)
    assert abs(np.mean(estimates) - effect) < 4 * np.std(estimates) / np.sqrt(trials)
    # Of 1 + 1 and 2.25 + 1 parts 1 and 1 are left, and .25 for the covariate's own mean: about .4.
    assert 0.3 < np.median(smaller) < 0.55


@pytest.mark.parametrize("accounts", [(10, 10), (10, 190)])
def test_adjusting_by_one_slope_claims_an_effect_in_one_trial_of_twenty(
    accounts: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By t with Satterthwaite's degrees of freedom it would be 7 and 8 of 100."""
    monkeypatch.setattr(resampling, "DRAWS", 199)
    random, trials = np.random.default_rng(25), 600
    owner, claims = np.repeat([0, 1], accounts), 0
    for _ in range(trials):
        cluster = np.repeat(np.arange(len(owner)), random.geometric(0.4, len(owner)))
        arm, shared = owner[cluster], random.normal(size=(2, len(owner)))[:, cluster]
        past, noise = shared + random.normal(size=(2, len(cluster)))
        plain = means_of_contacts(past + noise, arm, ("now", "new"), cluster)
        table = pd.DataFrame({"calls_before": past})
        found, _ = adjusted_means(plain, past + noise, arm, cluster, table, "cuped")
        claims += found.difference("new", "now").p_value <= ALPHA
    assert_rate(claims, trials)
