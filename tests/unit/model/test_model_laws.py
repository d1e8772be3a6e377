"""The mathematical functions of the dynamics against scipy, and at their extremes."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from simkit.model.laws import exponential, logistic, logistic_hazard, normal_quantile

SMALLEST_UNIFORM = 0.5 / 2**32
LARGEST_UNIFORM = 1.0 - SMALLEST_UNIFORM


def test_normal_quantile_agrees_with_scipy_over_all_its_branches() -> None:
    u = np.concatenate(
        [np.linspace(1e-6, 1 - 1e-6, 20_001), 10.0 ** -np.arange(1, 300), [SMALLEST_UNIFORM]]
    )
    mine = np.array([normal_quantile(float(x)) for x in u])
    # AS 241 promises about 1 part in 10^16; scipy's ndtri about as much.
    np.testing.assert_allclose(mine, special.ndtri(u), rtol=2e-14, atol=2e-15)


@pytest.mark.parametrize(
    ("u", "z"),
    [
        # Wichura (1988), the check values of PPND16, to the digits printed there.
        (0.25, -0.6744897501960817),
        (0.001, -3.090232306167814),
        (1e-20, -9.262340089798408),
        (0.5, 0.0),
    ],
)
def test_normal_quantile_gives_the_check_values_of_its_source(u, z) -> None:
    assert normal_quantile(u) == pytest.approx(z, rel=1e-15)


@given(st.floats(min_value=1e-9, max_value=0.5))
def test_normal_quantile_is_odd_about_one_half(u) -> None:
    # 1 - u is rounded, which the steep tail magnifies by 1/(u·phi): hence the tolerance.
    assert normal_quantile(1.0 - u) == pytest.approx(-normal_quantile(u), rel=1e-6, abs=1e-12)


def test_normal_quantile_is_finite_at_the_ends_of_the_uniforms() -> None:
    assert normal_quantile(SMALLEST_UNIFORM) == pytest.approx(special.ndtri(SMALLEST_UNIFORM))
    assert math.isfinite(normal_quantile(LARGEST_UNIFORM))


@given(st.floats(min_value=-700, max_value=700))
def test_logistic_agrees_with_scipy(x) -> None:
    assert logistic(x) == pytest.approx(special.expit(x), rel=1e-14)


@pytest.mark.parametrize(("x", "p"), [(-1e300, 0.0), (-1000.0, 0.0), (0.0, 0.5), (1e300, 1.0)])
def test_logistic_reaches_its_limits_without_overflow(x, p) -> None:
    assert logistic(x) == p


@given(st.floats(min_value=-300, max_value=30))
def test_logistic_hazard_is_minus_log_of_the_complement(x) -> None:
    # -log(1 - p), by scipy's log1p of p where that is exact enough and by logs elsewhere.
    assert logistic_hazard(x) == pytest.approx(-special.log_expit(-x), rel=1e-13)


@pytest.mark.parametrize(("x", "hazard"), [(-1000.0, 0.0), (0.0, math.log(2)), (1000.0, 1000.0)])
def test_logistic_hazard_at_the_extremes(x, hazard) -> None:
    assert logistic_hazard(x) == pytest.approx(hazard, rel=1e-15)


def test_a_certain_event_passes_every_threshold_that_can_be_drawn() -> None:
    largest_threshold = -math.log(SMALLEST_UNIFORM)
    assert logistic_hazard(1000.0) > largest_threshold


@given(st.floats(min_value=1e-9, max_value=1 - 1e-9), st.floats(min_value=1e-9, max_value=1e3))
def test_exponential_is_the_upper_quantile(u, rate) -> None:
    assert math.exp(-rate * exponential(u, rate)) == pytest.approx(u, rel=1e-12)


def test_what_has_no_rate_never_happens() -> None:
    assert exponential(0.3, 0.0) == math.inf
