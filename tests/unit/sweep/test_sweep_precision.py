"""The half-width rule: its interval, when it is reached, how many more."""

import numpy as np
import pytest
from scipy import stats

from simkit.errors import InputError
from simkit.sweep.compare import mean_interval
from simkit.sweep.selection.precision import precision


def test_the_half_width_is_that_of_the_t_interval():
    values = np.random.default_rng(1).normal(size=(7, 3))
    values[4:, 1] = np.nan
    found = precision(values, half_width=0.1, confidence=0.9)
    for place in range(3):
        one = mean_interval(values[:, place], 0.9)
        assert found.mean[place] == pytest.approx(one.mean)
        assert found.half_width[place] == pytest.approx((one.high - one.low) / 2)
        assert found.replications[place] == one.replications


def test_it_is_reached_three_replications_after_the_t_interval_would_be_short_enough():
    # 1, 2, …, 12 has s = √13; the 97.5 % quantile of t(11) is 2.200985 (any table), so that
    # n − 3 = 9 >= (2.200985 · √13 / h)² first holds for h = 2.200985 · √13 / 3 = 2.645264.
    values = np.arange(1.0, 13.0)[:, None]
    assert precision(values, half_width=2.64527, confidence=0.95).reached
    short = precision(values, half_width=2.64525, confidence=0.95)
    assert (short.reached, short.more) == (False, 1)


def test_the_least_certain_policy_decides():
    values = np.random.default_rng(2).normal(size=(20, 2)) * [1.0, 10.0]
    found = precision(values, half_width=0.9, confidence=0.95)
    assert found.near_enough.tolist() == [True, False]
    assert not found.reached
    assert precision(values[:, :1], half_width=0.9, confidence=0.95).reached


def test_how_many_more_is_where_the_spread_would_be_enough_and_no_more_than_there_are():
    values = np.random.default_rng(3).normal(size=(20, 1))
    sd = values.std(ddof=1)
    needed = next(n for n in range(5, 100) if n - 3 >= (stats.t.ppf(0.975, n - 1) * sd / 0.5) ** 2)
    assert 20 < needed < 40
    assert precision(values, half_width=0.5, confidence=0.95).more == needed - 20
    assert precision(values, half_width=0.01, confidence=0.95).more == 20


def test_values_that_never_vary_need_five_replications_and_one_says_nothing():
    values = np.full((5, 1), 3.0)
    assert precision(values, half_width=0.1, confidence=0.95).reached
    four = precision(values[:4], half_width=0.1, confidence=0.95)
    assert (four.reached, four.more, four.half_width.tolist()) == (False, 1, [0])
    one = precision(values[:1], half_width=0.1, confidence=0.95)
    assert (one.reached, one.more) == (False, 4)
    assert np.isnan(one.half_width).all()
    none = precision(np.full((3, 1), np.nan), half_width=0.1, confidence=0.95)
    assert (none.reached, none.more) == (False, 5)
    assert np.isnan(none.mean).all()


def test_all_that_is_wrong_is_said_at_once():
    with pytest.raises(InputError) as caught:
        precision(np.array([np.inf]), half_width=0.0, confidence=1.5)
    fields = [problem.field for problem in caught.value.problems]
    assert fields == ["values.shape", "values", "half_width", "confidence"]
