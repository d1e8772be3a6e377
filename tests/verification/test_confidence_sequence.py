"""The confidence sequence against its published form and the mixture integrated numerically."""

import numpy as np
import pytest
from scipy import integrate, stats

from simkit.trial.sequential.anytime import anytime_p_value, log_evidence, multiplier, ratio_at


def test_two_sided_width_is_that_of_the_paper():
    # Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (2024), theorem 2.2: the half-width after n
    # values of spread σ is σ √(2 (nρ² + 1)/(n²ρ²) · log(√(nρ² + 1)/α)); n ρ² is our ratio.
    for n, level in ((10, 0.05), (400, 0.05), (400, 0.01)):
        rho = np.sqrt(ratio_at(1.0, level) / 400)
        scale = n * rho**2
        half = np.sqrt(2 * (scale + 1) / (n * scale) * np.log(np.sqrt(scale + 1) / level))
        assert multiplier(n / 400, level) == pytest.approx(half * np.sqrt(n), rel=1e-9)


@pytest.mark.parametrize("sides", [1, 2])
def test_the_evidence_is_the_likelihood_ratio_averaged_over_effects(sides):
    for z, ratio in ((1.3, 0.4), (2.7, 8.0), (-0.5, 3.0)):
        # An effect of d standard errors has likelihood ratio exp(z d − d²/2).
        law = stats.norm(0, np.sqrt(ratio))
        low, weight = (0.0, 2.0) if sides == 1 else (-np.inf, 1.0)

        def part(d, z=z, law=law):
            return np.exp(z * d - d**2 / 2) * law.pdf(d)

        mean = weight * integrate.quad(part, low, np.inf)[0]
        assert log_evidence(z, ratio, sides=sides) == pytest.approx(np.log(mean), abs=1e-8)


def test_the_scale_is_the_one_that_makes_the_end_narrowest():
    best = multiplier(1.0, 0.05)
    for factor in (0.8, 1.25):
        # Another scale at the end is the same as another fraction, as only the ratio enters.
        assert multiplier(factor, 0.05) > best


def test_p_value_and_bound_are_two_views_of_one_test():
    for fraction in (0.2, 1.0):
        size = multiplier(fraction, 0.05)
        assert anytime_p_value(size, fraction) == pytest.approx(0.05, rel=1e-6)
        assert anytime_p_value(0.1, fraction) == 1.0


@pytest.mark.parametrize("sides", [1, 2])
def test_the_first_contacts_of_a_large_trial_have_a_bound(sides):
    """Ten of a million: however wide, the evidence at the bound is 1/level."""
    for fraction in (1e-5, 1e-3, 1.0, 50.0):
        bound = multiplier(fraction, 0.05, sides=sides)
        ratio = ratio_at(fraction, 0.05, sides=sides)
        assert log_evidence(bound, ratio, sides=sides) == pytest.approx(-np.log(0.05), abs=1e-8)
