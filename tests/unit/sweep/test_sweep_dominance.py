"""Claims of dominance and prices of gains, against scipy and statsmodels; their error rate."""

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from simkit.sweep.curve.dominance import fieller, surely_dominated


def test_claims_are_paired_t_tests_of_both_measures_adjusted_by_holm():
    random = np.random.default_rng(3)
    value, cost = random.normal(size=(2, 9, 4))
    value, cost = value + np.linspace(0, 3, 4), cost - np.linspace(0, 3, 4)
    claims = {}
    for i in range(4):
        for j in set(range(4)) - {i}:
            more = stats.ttest_rel(value[:, j], value[:, i], alternative="greater").pvalue
            less = stats.ttest_rel(cost[:, j], cost[:, i], alternative="less").pvalue
            # A gap in the wrong direction (p above .5) is no claim at all.
            claims[i, j] = max(more, less) if max(more, less) <= 0.5 else 1.0
    found = multipletests(list(claims.values()), method="holm")[1]
    adjusted = dict(zip(claims, found, strict=True))
    p_values, by = surely_dominated(value, cost)
    assert (p_values < 0.05).any()
    for i in range(4):
        smallest = min(adjusted[i, j] for j in range(4) if j != i)
        assert p_values[i] == pytest.approx(smallest)
        assert adjusted[i, by[i]] == pytest.approx(smallest)


def test_no_claim_is_made_in_95_of_100_sweeps_where_none_is_true():
    # All intervals equal in both: every claim would be false. 1,000 sweeps; the standard error of a
    # share of .05 is .0069, so that more than .05 + 3 × .0069 = .071 would refute it. Where one
    # measure differs surely and the other not at all, the test of the other is the whole claim.
    random = np.random.default_rng(4)
    for slope in (0.0, 50.0):
        false = 0
        for _ in range(1000):
            value = random.normal(size=(6, 5)) + slope * np.arange(5)
            cost = random.normal(size=(6, 1)) + random.normal(size=(6, 5))
            false += bool((surely_dominated(value, cost)[0] <= 0.05).any())
        assert false / 1000 <= 0.071


def test_ends_of_fiellers_interval_are_where_a_paired_t_test_rejects():
    random = np.random.default_rng(5)
    under = random.normal(3.0, 1.0, size=12)
    over = 2 * under + random.normal(0.0, 1.0, size=12)
    ratio, low, high = fieller(over, under, 0.95)
    assert ratio == pytest.approx(over.mean() / under.mean())
    assert low < ratio < high
    for end in (low, high):
        assert stats.ttest_1samp(over - end * under, 0).pvalue == pytest.approx(0.05)


def test_a_price_of_a_gain_that_may_be_none_is_not_bounded():
    random = np.random.default_rng(6)
    _, low, high = fieller(random.normal(1, 1, size=8), random.normal(0, 1, size=8), 0.95)
    assert np.isnan([low, high]).all()
