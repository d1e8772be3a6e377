"""The audit's model without fatigue finds the law that made the data."""

import numpy as np
import pytest

from simkit.trial import fit_beta_geometric

CONTACTS, ATTEMPTS = 20_000, 12


def totals(random: np.random.Generator, prob: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Contacts tried and successful by attempt; who succeeds leaves, some are given up earlier."""
    given_up = random.integers(1, ATTEMPTS + 1, len(prob))
    success_at = random.geometric(np.maximum(prob, 1e-12))
    last = np.minimum(success_at, given_up)
    number = np.arange(1, ATTEMPTS + 1)
    tried = (last[:, None] >= number).sum(axis=0)
    won = ((success_at[:, None] == number) & (success_at <= given_up)[:, None]).sum(axis=0)
    return tried, won


@pytest.mark.parametrize(("a", "b"), [(0.4, 5.6), (2.0, 18.0), (0.15, 1.0)])
def test_a_beta_law_is_recovered(a: float, b: float) -> None:
    """Within 4 standard errors: a sound fit misses that in 1 of 16,000."""
    random = np.random.default_rng(21)
    tried, won = totals(random, random.beta(a, b, CONTACTS))
    fit = fit_beta_geometric(tried, won)
    assert abs(fit.mean_prob - a / (a + b)) < 4 * fit.mean_se
    assert abs(fit.spread - 1 / (a + b)) < 4 * fit.spread_se
    assert fit.aic_gain > 0


def test_success_at_attempt_n_is_a_over_a_plus_b_plus_n_minus_1() -> None:
    """Observed shares within 4 binomial standard errors of the formula, at each attempt."""
    a, b = 0.6, 5.4
    random = np.random.default_rng(22)
    tried, won = totals(random, random.beta(a, b, 10 * CONTACTS))
    exact = a / (a + b + np.arange(ATTEMPTS))
    se = np.sqrt(exact * (1 - exact) / tried)
    assert (np.abs(won / tried - exact) < 4 * se).all()


def test_standard_errors_are_those_of_repetition() -> None:
    """The spread of 60 fits against their own standard errors: a ratio within 4 · 1/√(2 · 59)."""
    random, a, b = np.random.default_rng(23), 0.4, 5.6
    fits = [
        fit_beta_geometric(*totals(random, random.beta(a, b, CONTACTS // 4))) for _ in range(60)
    ]
    ratio = np.std([fit.spread for fit in fits], ddof=1) / np.mean([fit.spread_se for fit in fits])
    assert abs(ratio - 1) < 4 / np.sqrt(2 * 59)


def test_contacts_who_do_not_differ_rarely_look_as_if_they_did() -> None:
    """One rate for all: the spread is at its edge 0 in half of the samples, and small in the rest.

    2 · (difference of log-likelihoods) is χ² on 1 degree of freedom in half of them, 0 in the
    other half; above 6.63 in .5 %, so in at most 2 of 100 (probability .986 of no more).
    """
    random = np.random.default_rng(24)
    fits = [fit_beta_geometric(*totals(random, np.full(CONTACTS // 4, 0.06))) for _ in range(100)]
    assert sum(fit.aic_gain + 2 > 6.63 for fit in fits) <= 2
    assert 30 <= sum(fit.spread == 0 for fit in fits) <= 70  # half of 100, ± 4 · 5
