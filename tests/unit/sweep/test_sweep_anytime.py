"""The bound that holds at all times: its closed form against numerical integration."""

import numpy as np
import pytest
from scipy import integrate, stats

from simkit.sweep.selection.anytime import log_evidence, multipliers


def integrated(t: float, n: int, variance: float) -> float:
    """The likelihood ratio of t averaged over half-normal effects, by quadrature.

    √n · mean / s has Student's noncentral law with n − 1 degrees of freedom and noncentrality
    θ√n, whatever the spread.
    """
    null = stats.t.pdf(t, n - 1)

    def integrand(effect: float) -> float:
        weight = 2 * stats.norm.pdf(effect, scale=np.sqrt(variance))
        return weight * stats.nct.pdf(t, n - 1, effect * np.sqrt(n)) / null

    # The ratio peaks near θ = t/√n; beyond ten prior spreads nothing is left.
    peak = min(max(t / np.sqrt(n), 0.0), 9.0)
    value, _ = integrate.quad(integrand, 0, 10, points=[peak], limit=400, epsrel=1e-9)
    return value


@pytest.mark.parametrize("variance", [1.0, 0.3])
@pytest.mark.parametrize("n", [2, 3, 10, 40])
@pytest.mark.parametrize("t", [-2.0, 0.0, 0.7, 2.5, 4.0])
def test_the_closed_form_is_the_average_over_effects(t: float, n: int, variance: float):
    found = np.exp(log_evidence(np.array(t), np.array(float(n)), variance))
    # scipy's density of the noncentral t is itself good to about six digits.
    assert found == pytest.approx(integrated(t, n, variance), rel=1e-5)


def test_both_directions_together_are_the_published_bayes_factor():
    # Gönen, Johnson, Lu and Westfall (2005), equation 2, for one sample of n = 12 and g = 1:
    # [(1 + t²/ν) / (1 + t²/(ν(1 + ng)))]^(n/2) (1 + ng)^(−1/2), here at t = 2.2, ν = 11.
    t, n = np.array(2.2), np.array(12.0)
    both = (np.exp(log_evidence(t, n)) + np.exp(log_evidence(-t, n))) / 2
    assert both == pytest.approx((1.44 / (1 + 4.84 / (11 * 13))) ** 6 / np.sqrt(13))


@pytest.mark.parametrize("level", [0.05, 0.05 / 7, 0.01 / 19])
def test_at_the_multiplier_the_evidence_is_one_over_the_level(level: float):
    found = multipliers(300, level)
    known = np.isfinite(found)
    n = np.arange(301.0)[known]
    assert np.exp(log_evidence(found[known], n)) == pytest.approx(np.full(len(n), 1 / level))


def test_before_enough_was_seen_there_is_no_bound():
    # As t grows E tends to (1 + n)^((n − 1)/2) · 2 T_n(n): 71.8 for n = 5, 259 for n = 6, and
    # what is needed is 7/.05 = 140.
    found = multipliers(8, 0.05 / 7)
    assert np.isinf(found[:6]).all()
    assert np.isfinite(found[6:]).all()


def test_the_bound_is_wider_than_that_of_one_look_and_narrows():
    found = multipliers(2000, 0.01)
    n = np.arange(10, 2001)
    assert (found[n] > stats.t.ppf(0.99, n - 1)).all()
    assert (np.diff(found[n] / np.sqrt(n)) < 0).all()


def test_the_table_may_be_asked_for_any_length():
    assert multipliers(3, 0.02).tolist() == multipliers(1000, 0.02)[:4].tolist()
