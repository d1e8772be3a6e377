"""Boundaries of sequential trials against published tables and other programs' output."""

import numpy as np
import pytest
from scipy import optimize
from scipy.special import ndtr

from simkit.trial.sequential.boundaries import (
    bounds,
    conditional_power,
    crossing,
    drift_of,
    futility_bounds,
)
from simkit.trial.sequential.spending import Spending, obrien_fleming, pocock, spent_by
from simkit.trial.sequential.stagewise import repeated_p_value, stagewise

FIFTHS = [0.2, 0.4, 0.6, 0.8, 1.0]
THIRDS = [1 / 3, 2 / 3, 1.0]


def hwang_shih_decani(gamma: float) -> Spending:
    """Give α (1 − e^(−γt)) ÷ (1 − e^(−γ)); even spending at γ = 0. Other programs' tables use it.

    I. K. Hwang, W. J. Shih and J. S. DeCani, Statistics in Medicine 9 (1990) 1439-1445.
    """

    def spend(alpha: float, times: np.ndarray) -> np.ndarray:
        if gamma == 0:
            return alpha * times
        return alpha * np.expm1(-gamma * times) / np.expm1(-gamma)

    return spend


def test_obrien_fleming_spending_of_five_looks():
    # Lan and DeMets; the same by ldbounds, ldBounds(5, iuse = 1), and gsDesign, sfLDOF.
    published = [4.8769, 3.3570, 2.6803, 2.2898, 2.0310]
    assert bounds(FIFTHS, 0.05, obrien_fleming) == pytest.approx(published, abs=5e-5)


def test_pocock_spending_of_five_looks():
    # ldbounds, ldBounds(5, iuse = 2).
    published = [2.4380, 2.4268, 2.4101, 2.3966, 2.3859]
    assert bounds(FIFTHS, 0.05, pocock) == pytest.approx(published, abs=1e-4)


def test_obrien_fleming_spending_of_three_looks_on_one_side():
    # rpact, getDesignGroupSequential(kMax = 3, typeOfDesign = "asOF"); gsDesign, sfLDOF.
    found = bounds(THIRDS, 0.025, obrien_fleming, sides=1)
    assert found == pytest.approx([3.7103, 2.5114, 1.9930], abs=5e-5)


def test_unequal_times_on_two_sides():
    # rpact's tests: getDesignGroupSequential(informationRates = c(.15, .25, .8, 1), alpha = .025,
    # typeOfDesign = "asOF", sided = 2)$criticalValues: 6.3431527 4.8600403 2.560259 2.292451. It
    # solves probabilities to 1e-8, so its second bound is off: what is spent there above, 5.8710e-7
    # less 1.13e-10, is at most the tail beyond the bound, and beyond 4.8600403 lie 5.8681e-7.
    found = bounds([0.15, 0.25, 0.8, 1.0], 0.025, obrien_fleming)
    assert found[[0, 2, 3]] == pytest.approx([6.3431527, 2.560259, 2.292451], abs=1e-6)
    assert found[1] == pytest.approx(4.8600403, abs=1e-4)
    spent = spent_by(obrien_fleming, 0.0125, [0.15, 0.25])
    assert spent[1] - spent[0] <= ndtr(-found[1]) <= spent[1]


def test_even_spending_at_unequal_times():
    # rpact's tests: informationRates = c(.2, .4, 1), alpha = .03, sided = 1, "asHSD", gammaA = 0.
    found = bounds([0.2, 0.4, 1.0], 0.03, hwang_shih_decani(0.0), sides=1)
    assert found == pytest.approx([2.5121443, 2.4228747, 2.0280392], abs=1e-6)


@pytest.mark.parametrize(
    ("looks", "constant", "power"),
    # Jennison and Turnbull (2000), tables 2.1 and 2.3: α = .05, and the constants' errors.
    [
        *((2, 2.178, 0), (3, 2.289, 0), (5, 2.413, 0), (10, 2.555, 0)),
        *((2, 1.977, 0.5), (3, 2.004, 0.5), (5, 2.040, 0.5), (10, 2.087, 0.5)),
    ],
)
def test_classical_constants(looks, constant, power):
    times = [(look + 1) / looks for look in range(looks)]
    shape = np.array(times) ** -power

    def error(size):
        found = crossing(times, -size * shape, size * shape)
        return float(found.upper.sum() + found.lower.sum()) - 0.05

    # The table rounds to three digits (2.0865 of ten looks up).
    assert optimize.brentq(error, 1.5, 4.0) == pytest.approx(constant, abs=6e-4)


@pytest.mark.parametrize(
    ("looks", "rate"),
    # Armitage, McPherson and Rowe (1969), table 2, two-sided .05.
    [(1, 0.05), (2, 0.083), (3, 0.107), (5, 0.142), (10, 0.193), (20, 0.248), (50, 0.320)],
)
def test_false_claims_of_who_looks_often_at_the_level_of_one_look(looks, rate):
    times = [(look + 1) / looks for look in range(looks)]
    found = crossing(times, [-1.959964] * looks, [1.959964] * looks)
    assert float(found.upper.sum() + found.lower.sum()) == pytest.approx(rate, abs=6e-4)


@pytest.mark.parametrize(
    ("looks", "shape", "constant", "power", "inflation"),
    # Jennison and Turnbull (2000), tables 2.2 (R_P) and 2.4 (R_B), α = .05.
    [
        *((2, 0.0, 2.178, 0.8, 1.110), (5, 0.0, 2.413, 0.8, 1.229), (5, 0.0, 2.413, 0.9, 1.207)),
        *((2, 0.5, 1.977, 0.8, 1.008), (5, 0.5, 2.040, 0.8, 1.028), (5, 0.5, 2.040, 0.9, 1.026)),
    ],
)
def test_how_much_larger_a_trial_with_looks_must_be(looks, shape, constant, power, inflation):
    times = [(look + 1) / looks for look in range(looks)]
    drift = drift_of(times, constant * np.array(times) ** -shape, power)
    fixed = drift_of([1.0], [1.959964], power)
    assert (drift / fixed) ** 2 == pytest.approx(inflation, abs=1.1e-3)


def test_futility_bounds_that_do_not_bind():
    # gsDesign(), its default: k = 3, test.type = 4, alpha = .025, beta = .1, sfHSD with −4 and −2:
    # upper 3.0107 2.5465 1.9992, lower −.2387 .9411 1.9992, inflation 1.0699.
    upper = bounds(THIRDS, 0.025, hwang_shih_decani(-4.0), sides=1)
    assert upper == pytest.approx([3.0107, 2.5465, 1.9992], abs=5e-5)
    drift = drift_of(THIRDS, upper, 0.9, hwang_shih_decani(-2.0))
    spent = spent_by(hwang_shih_decani(-2.0), 0.1, THIRDS)
    lower = futility_bounds(THIRDS, upper, spent, drift)
    assert lower == pytest.approx([-0.2387, 0.9411, 1.9992], abs=5e-5)
    assert (drift / (1.959964 + 1.281552)) ** 2 == pytest.approx(1.0699, abs=5e-5)


def test_futility_bounds_at_unequal_times():
    # rpact's tests: informationRates = c(.2, .4, 1), alpha = .07, sided = 1, beta = .14, "asHSD"
    # with −1, "bsHSD" with −2: criticalValues, futilityBounds, and the shift, drift squared.
    times, spend = [0.2, 0.4, 1.0], hwang_shih_decani(-2.0)
    upper = bounds(times, 0.07, hwang_shih_decani(-1.0), sides=1)
    assert upper == pytest.approx([2.364813, 2.1928805, 1.5660474], abs=1e-6)
    drift = drift_of(times, upper, 0.86, spend)
    assert drift**2 == pytest.approx(7.1015942, abs=1e-6)
    lower = futility_bounds(times, upper, spent_by(spend, 0.14, times), drift)
    assert lower[:2] == pytest.approx([-1.1063623, -0.35992439], abs=1e-6)
    # averageSampleNumber1 there, of the sample of a trial without looks: 6.5337002 ÷ drift².
    found = crossing(times, [*lower[:2], upper[2]], upper, drift)
    # Who never leaves goes on to the last look.
    leaving = found.upper + found.lower
    expected = leaving @ times + (1 - leaving.sum()) * times[-1]
    assert expected * 7.1015942 / 6.5337002 == pytest.approx(0.82636428, abs=1e-5)
    assert found.upper == pytest.approx([0.12038953, 0.20856311, 0.53104735], abs=1e-6)


def test_estimates_of_a_trial_that_stopped_early():
    # rpact's tests, getAnalysisResults of survival data with 8, 15, 29 events and log-ranks 1.52,
    # 1.38, 2.9 at .2, .4, .6 of the information, one-sided .025: stopped at the third look with
    # finalPValues .013371274, median unbiased hazard ratio 2.632639 (1.1294538, 5.6956842).
    # With n events the log hazard ratio is 2 Z/√n.
    upper = [2.4878815, 2.4031352, 2.3549063]
    found = stagewise([0.2, 0.4, 0.6], [-np.inf] * 3, upper, 2.9, 0.05)
    scale = 2 / np.sqrt(29) * np.sqrt(0.6)
    ratios = np.exp(scale * np.array([found.drift, found.low, found.high]))
    assert found.p_value / 2 == pytest.approx(0.013371274, abs=2e-9)
    assert ratios == pytest.approx([2.632639, 1.1294538, 5.6956842], abs=1e-5)


def test_a_huge_z_after_a_look_that_went_on_tells_no_more_than_that_look():
    # The trial had not stopped at the first look, so only to stop there is as extreme; the lower
    # bound solves P(Z at the first look ≥ its bound) = .025.
    times = [0.5, 1.2]
    upper = bounds(times, 0.05, pocock)
    found = stagewise(times, -upper, upper, 40.0, 0.05)
    assert found.p_value == pytest.approx(2 * ndtr(-upper[0]), rel=1e-6)
    assert found.low * np.sqrt(0.5) == pytest.approx(upper[0] - 1.959964, abs=1e-5)


def test_a_single_look_is_a_plain_test():
    assert bounds([1.0], 0.05, obrien_fleming) == pytest.approx([1.959964], abs=1e-6)
    assert repeated_p_value([1.0], 1.5, pocock) == pytest.approx(2 * ndtr(-1.5), abs=1e-7)
    found = stagewise([1.0], [-np.inf], [np.inf], 2.5, 0.05)
    assert (found.drift, found.low, found.high) == pytest.approx(
        (2.5, 2.5 - 1.959964, 2.5 + 1.959964), abs=1e-6
    )


def test_conditional_power_of_one_remaining_look_is_a_normal_tail():
    # B(1) given B(.5) = z√.5 is normal with mean z√.5 + .5 θ and variance .5.
    mean = 1.5 * np.sqrt(0.5) + 2.8 * 0.5
    exact = ndtr((mean - 1.96) / np.sqrt(0.5))
    assert conditional_power(0.5, 1.5, [1.0], [1.96], 2.8) == pytest.approx(exact, abs=1e-12)


def test_conditional_power_of_two_remaining_looks_is_east_s():
    # gsDesign's tests, from East 6.5: gsDesign(k = 3, test.type = 2, n.fix = 800), Z .943317 at the
    # first look, and the effect seen there: .3306859.
    upper = bounds(THIRDS, 0.05, hwang_shih_decani(-4.0))
    seen = 0.943317 / np.sqrt(THIRDS[0])
    found = conditional_power(THIRDS[0], 0.943317, THIRDS[1:], upper[1:], seen)
    assert found == pytest.approx(0.3306859, abs=1e-6)


def test_conditional_power_over_all_looks_is_the_power():
    # The law of total probability at the first look, whose own bound is out of reach.
    times, upper, drift = [0.3, 0.7, 1.0], np.array([np.inf, 2.3, 2.0]), 2.5
    z, weights = np.polynomial.hermite_e.hermegauss(40)
    z = z + drift * np.sqrt(0.3)
    chances = [conditional_power(0.3, one, times[1:], upper[1:], drift) for one in z]
    mean = float(np.dot(chances, weights)) / np.sqrt(2 * np.pi)
    both = crossing(times, -upper, upper, drift)
    assert mean == pytest.approx(float(both.upper.sum()), abs=1e-8)


def test_repeated_p_value_is_the_level_whose_bound_is_met():
    for level in (0.004, 0.05, 0.3):
        met = float(bounds(FIFTHS[:3], level, obrien_fleming)[-1])
        found = repeated_p_value(FIFTHS[:3], met, obrien_fleming)
        assert found == pytest.approx(level, rel=1e-5)


def test_looks_close_together_err_on_the_safe_side():
    """The limit of two looks that are one is a single look; close ones are taken for less alike."""
    once = float(bounds([1.0], 0.05, pocock)[-1])
    pair = bounds([1.0 - 1e-6, 1.0], 0.05, pocock)
    assert pair[0] == pytest.approx(once, abs=1e-4)
    # What is left for the second look, 1e-8, is spent at a finite bound and never more than that.
    found = crossing([1.0 - 1e-6, 1.0], -pair, pair)
    assert float(found.upper.sum() + found.lower.sum()) <= 0.05 + 1e-9


def test_all_that_is_spent_is_spent_where_the_trial_ends_early():
    ended = bounds([0.4, 0.9], 0.05, obrien_fleming, final=[False, True])
    found = crossing([0.4, 0.9], -ended, ended)
    assert float(found.upper.sum() + found.lower.sum()) == pytest.approx(0.05, abs=1e-9)
    more = bounds([0.4, 0.9, 1.1], 0.05, obrien_fleming, final=[False, True, False])
    assert np.isinf(more[-1])
