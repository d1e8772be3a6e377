"""What is said of errors by account: degrees of freedom for few, CR1 in place of CRV3 for many.

Many trials are reckoned at once, by the formulas of CRV3 and CR1 for the means of two arms of whole
accounts; the first test holds those formulas against the evaluation's own.
"""

from dataclasses import dataclass

import numpy as np
import pytest
from scipy import stats

from simkit.trial.effects import means

ALPHA = 0.05


@dataclass(frozen=True)
class Trials:
    """Trials without an effect: per trial and arm the mean and its variance by CRV3 and CR1."""

    means: np.ndarray
    crv3: np.ndarray
    cr1: np.ndarray
    accounts: tuple[int, int]

    def claims(self, freedom: np.ndarray | float) -> float:
        """Share of trials in which Student's t calls the difference an effect."""
        t = np.diff(self.means)[:, 0] / np.sqrt(self.crv3.sum(axis=1))
        return float((np.abs(t) > stats.t.isf(ALPHA / 2, freedom)).mean())

    def satterthwaite(self) -> np.ndarray:
        parts = self.crv3**2 / (np.array(self.accounts) - 1)
        return self.crv3.sum(axis=1) ** 2 / parts.sum(axis=1)


def sizes_of(
    random: np.random.Generator, trials: int, accounts: tuple[int, int], uneven: bool
) -> np.ndarray:
    """Contacts of each account: 1, 2, 3, … with a long tail, or 4 in each."""
    shape = (trials, sum(accounts))
    return random.geometric(0.4, shape) if uneven else np.full(shape, 4)


def trials_of(size: np.ndarray, total: np.ndarray, accounts: tuple[int, int]) -> Trials:
    """Reckon trials from each account's number of contacts and their total."""
    number = size.shape[1]
    contacts = size.sum(axis=1)
    means, crv3, cr1 = [], [], []
    for arm in (slice(0, accounts[0]), slice(accounts[0], None)):
        n, y = size[:, arm], total[:, arm]
        n_all, y_all = n.sum(axis=1, keepdims=True), y.sum(axis=1, keepdims=True)
        mean = y_all / n_all
        means.append(mean[:, 0])
        without = (y_all - y) / (n_all - n)
        crv3.append((number - 1) / number * ((without - mean) ** 2).sum(axis=1))
        small = number / (number - 1) * (contacts - 1) / (contacts - 2)
        cr1.append(small * (((y - n * mean) / n_all) ** 2).sum(axis=1))
    stacked = (np.stack(parts, axis=1) for parts in (means, crv3, cr1))
    return Trials(*stacked, accounts)


def simulated(seed: int, trials: int, accounts: tuple[int, int], *, uneven: bool) -> Trials:
    """Accounts whose contacts share half of the variance."""
    random = np.random.default_rng(seed)
    size = sizes_of(random, trials, accounts, uneven)
    shared, own = random.normal(size=(2, *size.shape))
    return trials_of(size, size * shared + np.sqrt(size) * own, accounts)


def test_the_formulas_are_those_of_the_evaluation(monkeypatch: pytest.MonkeyPatch) -> None:
    random, accounts = np.random.default_rng(40), (7, 12)
    size = sizes_of(random, 1, accounts, uneven=True)
    cluster = np.repeat(np.arange(19), size[0])
    value = random.normal(size=19)[cluster] + random.normal(size=len(cluster))
    arm = (cluster >= accounts[0]).astype(np.int64)
    by_hand = trials_of(size, np.bincount(cluster, weights=value)[None, :], accounts)
    found = means.means_of_contacts(value, arm, ("a", "b"), cluster)
    assert found.mean == pytest.approx(by_hand.means[0])
    assert np.diag(found.cov) == pytest.approx(by_hand.crv3[0])
    assert found.difference("a", "b").df == pytest.approx(by_hand.satterthwaite()[0])
    monkeypatch.setattr(means, "CRV3_MAX_CLUSTERS", 0)
    monkeypatch.setattr(means, "FEW_CLUSTERS", 0)
    fast = means.means_of_contacts(value, arm, ("a", "b"), cluster)
    assert np.diag(fast.cov) == pytest.approx(by_hand.cr1[0])


@pytest.mark.parametrize("uneven", [True, False])
def test_few_accounts_against_many_need_the_degrees_of_freedom_of_the_few(uneven: bool) -> None:
    """5 against 200: t(G − 1) claims about 10 effects in 100 trials without any, these about 5.

    *About* is 2 points either way: accounts of uneven size lie above, equal ones below. And 4
    standard errors of 10,000 trials, of at most .3 points: missed by chance in 1 of 16,000.
    """
    found = simulated(41, 10_000, (5, 200), uneven=uneven)
    se = np.sqrt(0.1 * 0.9 / 10_000)
    assert abs(found.claims(204) - 0.10) < 0.02 + 4 * se
    assert abs(found.claims(found.satterthwaite()) - 0.05) < 0.02 + 4 * se


@pytest.mark.parametrize("uneven", [True, False])
def test_three_accounts_an_arm_claim_less_than_they_might(uneven: bool) -> None:
    """3 against 3: about 3 claims in 100 trials, a point either way and 4 standard errors."""
    found = simulated(42, 40_000, (3, 3), uneven=uneven)
    se = np.sqrt(0.03 * 0.97 / 40_000)
    assert abs(found.claims(found.satterthwaite()) - 0.03) < 0.01 + 4 * se


@pytest.mark.parametrize(
    ("accounts", "smaller", "digit"),
    [((50, 50), 0.03, 0.01), ((100, 400), 0.015, 0.005), ((250, 250), 0.006, 0.001)],
)
def test_cr1_is_smaller_by_what_is_said(
    accounts: tuple[int, int], smaller: float, digit: float
) -> None:
    """The mean over 500 trials, rounded to the digit that is said, and 4 standard errors."""
    found = simulated(43, 500, accounts, uneven=True)
    less = 1 - np.sqrt(found.cr1.sum(axis=1) / found.crv3.sum(axis=1))
    assert abs(less.mean() - smaller) < digit / 2 + 4 * less.std() / np.sqrt(500)
