"""What following a rehearsed trial loses is never below nothing, nor is its interval."""

import numpy as np
import pytest
from scipy import stats

from simkit.trial.rehearse.duration import mean_loss


def test_the_interval_of_amean_loss_ends_at_zero() -> None:
    # One pick of ten loses 5 EUR: mean .5, error .5, so that t(9) reaches from -.63 to 1.63.
    mean, low, high = mean_loss(np.array([5.0] + [0.0] * 9))
    assert mean == pytest.approx(0.5)
    assert low == 0.0
    assert high == pytest.approx(0.5 + stats.t.ppf(0.975, 9) * 0.5)


def test_the_interval_of_a_loss_that_is_surely_one_is_left_as_it_is() -> None:
    losses = np.array([4.0, 5.0, 6.0])
    reach = stats.t.ppf(0.975, 2) / np.sqrt(3)  # their standard deviation is 1
    assert mean_loss(losses) == pytest.approx((5.0, 5.0 - reach, 5.0 + reach))


def test_without_two_rehearsals_the_interval_stays_unknown() -> None:
    mean, low, high = mean_loss(np.array([3.0]))
    assert mean == 3.0
    assert np.isnan([low, high]).all()
