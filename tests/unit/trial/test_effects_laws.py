"""Tails of laws are those of scipy's distributions, which check what they are given."""

import numpy as np
import pytest
from scipy import stats

from simkit.trial.effects import laws

LIMITS = (-np.inf, -40.0, -1.3, 0.0, 2.0, 37.0, 1e6, np.inf, np.nan)
TAILS = (0.0, 1e-300, 1e-12, 0.025, 0.5, 0.9, 1.0, 1.5, np.nan)
FREEDOMS = (0.5, 1.0, 3.7, 40.0, 1e5, np.inf, np.nan)


@pytest.mark.parametrize("df", FREEDOMS)
def test_students_tails_are_scipys(df):
    np.testing.assert_array_equal(
        [laws.t_sf(limit, df) for limit in LIMITS], stats.t.sf(LIMITS, df)
    )
    np.testing.assert_array_equal([laws.t_isf(tail, df) for tail in TAILS], stats.t.isf(TAILS, df))


def test_normal_tails_are_scipys():
    np.testing.assert_array_equal([laws.normal_sf(one) for one in LIMITS], stats.norm.sf(LIMITS))
    np.testing.assert_array_equal([laws.normal_isf(one) for one in TAILS], stats.norm.isf(TAILS))


@pytest.mark.parametrize("df", [1.0, 2.0, 7.0])
def test_chi_squares_tail_is_scipys(df):
    limits = (0.0, 1e-9, 3.84, 700.0, np.nan)
    np.testing.assert_array_equal(
        [laws.chi2_sf(one, df) for one in limits], stats.chi2.sf(limits, df)
    )
