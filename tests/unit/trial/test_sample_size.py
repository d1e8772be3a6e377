"""How many contacts a test needs, against published and independent answers."""

import math

import numpy as np
import pytest
from statsmodels.stats.power import NormalIndPower

from simkit.recommend import contacts_per_arm
from simkit.trial.design.sizes import (
    design_effect,
    detectable_difference,
    variance_from_error,
)


def test_shares_as_in_r_power_prop_test():
    # R: power.prop.test(p1 = .50, p2 = .75, power = .90)  ->  n = 76.7 (its help page's example:
    # 76.65294 with the normal approximation's strict = FALSE)
    p, q = 0.50, 0.75
    pooled = (p + q) / 2
    n = contacts_per_arm(
        q - p,
        p * (1 - p) + q * (1 - q),
        variance_null=2 * pooled * (1 - pooled),
        power=0.9,
    )
    assert n == pytest.approx(76.7, abs=0.05)


@pytest.mark.parametrize(("alpha", "power"), [(0.05, 0.8), (0.0125, 0.8), (0.05, 0.9)])
def test_means_as_in_statsmodels(alpha, power):
    # NormalIndPower counts the far tail of the two-sided test too: below 1e-7 at these settings.
    expected = NormalIndPower().solve_power(effect_size=3 / 20, alpha=alpha, power=power)
    n = contacts_per_arm(3.0, 2 * 20.0**2, alpha=alpha, power=power)
    assert n == pytest.approx(expected, rel=1e-5)


def test_means_as_in_textbook():
    # 2 (1.959964 + 0.841621)² = 15.697 contacts an arm for a difference of one standard deviation.
    assert contacts_per_arm(1.0, 2.0) == pytest.approx(15.697, abs=0.001)


def test_one_sided_bound_needs_fewer():
    # (1.644854 + 0.841621)² × 2 = 12.365.
    assert contacts_per_arm(1.0, 2.0, sides=1) == pytest.approx(12.365, abs=0.001)


def test_no_number_finds_no_difference():
    assert contacts_per_arm(0.0, 2.0) == math.inf


def test_detectable_difference_is_the_inverse():
    n = contacts_per_arm(1.5, 300.0, alpha=0.01)
    assert detectable_difference(n, 300.0, alpha=0.01) == pytest.approx(1.5)


def test_variance_behind_a_standard_error():
    # Two arms of 400 and 100 contacts with variance 25 each: se² = 25/400 + 25/100.
    se = math.sqrt(25 / 400 + 25 / 100)
    assert variance_from_error(se, 400, 100) == pytest.approx(50.0)


def test_design_effect_is_that_of_a_mean_over_unequal_accounts():
    # Var(mean) · n / σ² = Σ over pairs of one account of ρ, and 1 on the diagonal, ÷ n.
    sizes, icc = np.array([1, 1, 2, 5, 11]), 0.13
    same = np.repeat(np.arange(len(sizes)), sizes)
    covariance = np.where(same[:, None] == same, icc, 0.0)
    np.fill_diagonal(covariance, 1.0)
    found = design_effect(sizes.mean(), icc, sizes.std() / sizes.mean())
    assert found == pytest.approx(covariance.sum() / sizes.sum())


def test_accounts_that_repel_one_another_are_not_counted_on():
    assert design_effect(3.0, -0.05, 0.5) == 1.0
