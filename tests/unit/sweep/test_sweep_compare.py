"""Means over replications and comparisons with the best: formulas and coverage."""

import numpy as np
import pytest
from scipy import stats

from simkit.sweep.compare import compare_with_best, mean_interval, paired_means


def test_the_mean_has_the_t_interval_over_replications():
    values = np.array([3.0, 5.0, 4.0, 8.0])
    found = mean_interval(values, 0.95)
    low, high = stats.t.interval(0.95, df=3, loc=5.0, scale=stats.sem(values))
    assert (found.mean, found.replications) == (5.0, 4)
    assert (found.low, found.high) == pytest.approx((low, high))
    assert found.se == pytest.approx(stats.sem(values))


def test_replications_without_a_value_do_not_count():
    found = mean_interval(np.array([1.0, np.nan, 3.0]), 0.95)
    assert (found.mean, found.replications) == (2.0, 2)
    lone = mean_interval(np.array([1.0, np.nan]), 0.95)
    assert (lone.mean, lone.replications) == (1.0, 1)
    assert np.isnan([lone.se, lone.low, lone.high]).all()
    assert np.isnan(mean_interval(np.array([np.nan]), 0.95).mean)


def test_two_policies_are_the_one_sided_paired_t_test():
    # With k = 2 the worse is ruled out as the best where a one-sided paired t test has p < .05.
    rng = np.random.default_rng(3)
    seen = set()
    for shift in np.linspace(0, 1.2, 40):
        values = rng.normal(loc=[0.0, shift], size=(8, 2))
        found = compare_with_best(values, lower_is_better=False, confidence=0.95)
        worse = 1 - found.best
        p = stats.ttest_rel(values[:, found.best], values[:, worse], alternative="greater").pvalue
        assert found.as_good[worse] == (p >= 0.05)
        assert found.as_good[found.best]
        seen.add(bool(found.as_good[worse]))
    assert seen == {True, False}


def test_three_policies_by_hand():
    # Paired differences: A − B is 1, 3, 2 (mean 2, s 1), A − C is 1, 0, 2 (mean 1, s 1),
    # B − C is 0, −3, 0 (mean −1, s √3). The allowance is t(1 − .05/2; 2 df) = 4.302653 × s/√3,
    # from any table of t: 2.484137 for s = 1, 4.302653 for s = √3.
    values = np.array([[5.0, 4.0, 4.0], [6.0, 3.0, 6.0], [7.0, 5.0, 5.0]])
    found = compare_with_best(values, lower_is_better=False, confidence=0.95)
    assert found.best == 0
    assert found.difference.tolist() == pytest.approx([0.0, -2.0, -1.0])
    assert found.se.tolist() == pytest.approx([0.0, 1 / np.sqrt(3), 1 / np.sqrt(3)])
    assert found.as_good.tolist() == [True, True, True]
    # A: least of 2 − 2.48 and 1 − 2.48; most of 2 + 2.48 and 1 + 2.48, the smaller.
    assert found.low.tolist() == pytest.approx([-1.484137, -5.302653, -3.484137], abs=1e-5)
    assert found.high.tolist() == pytest.approx([3.484137, 0.484137, 1.484137], abs=1e-5)


def test_lower_is_better_is_the_mirror_image():
    values = np.random.default_rng(4).normal(size=(6, 4))
    up = compare_with_best(values, lower_is_better=False, confidence=0.9)
    down = compare_with_best(-values, lower_is_better=True, confidence=0.9)
    assert up.best == down.best
    assert up.as_good.tolist() == down.as_good.tolist()
    assert down.difference.tolist() == pytest.approx((-up.difference).tolist())
    assert down.low.tolist() == pytest.approx((-up.high).tolist())
    assert down.high.tolist() == pytest.approx((-up.low).tolist())


def test_a_policy_far_ahead_is_alone_and_its_bounds_end_at_zero():
    values = np.random.default_rng(5).normal([0.0, 5.0, 1.0], 0.01, size=(10, 3))
    found = compare_with_best(values, lower_is_better=False, confidence=0.95)
    assert found.as_good.tolist() == [False, True, False]
    assert found.low[1] == 0
    assert found.high[[0, 2]].tolist() == [0, 0]


def test_equal_policies_are_equally_good_and_a_lone_one_is_best():
    values = np.tile(np.random.default_rng(6).normal(size=(5, 1)), 3)
    found = compare_with_best(values, lower_is_better=False, confidence=0.95)
    assert found.as_good.all()
    assert (found.low == 0).all()
    assert (found.high == 0).all()
    lone = compare_with_best(values[:, :1], lower_is_better=False, confidence=0.95)
    assert (lone.best, lone.as_good.tolist()) == (0, [True])


@pytest.mark.parametrize("truth", [[0.0] * 6, [0.0, 0.3, 0.5, 0.5, 0.2, -1.0]])
def test_the_set_holds_the_true_best_and_the_bounds_hold_all_true_gaps(truth):
    # 1,000 sweeps of 6 policies and 8 replications, correlated by their populations, of unequal
    # variance. Both statements are to hold in at least 95 %; the Monte-Carlo error of a share of
    # .95 in 1,000 is .0069, so that less than .95 − 3 × .0069 = .929 would refute them.
    rng = np.random.default_rng(7)
    means = np.array(truth)
    spread = np.array([1.0, 0.5, 1.0, 1.5, 1.0, 2.0])
    gap = means - [np.delete(means, place).max() for place in range(len(means))]
    holds = covers = 0
    for _ in range(1000):
        population = rng.normal(size=(8, 1))
        values = means + population + spread * rng.normal(size=(8, len(means)))
        found = compare_with_best(values, lower_is_better=False, confidence=0.95)
        holds += bool(found.as_good[int(np.argmax(means))])
        covers += bool(((found.low <= gap + 1e-12) & (gap <= found.high + 1e-12)).all())
    assert holds / 1000 >= 0.929
    assert covers / 1000 >= 0.929


def test_means_over_other_replications_are_put_beside_one_that_met_them_all():
    # The third is left out of the last two, lucky ones; against the first it lost by 1 and by 3.
    values = np.array(
        [[5.0, 4.0, 4.0], [6.0, 3.0, 3.0], [17.0, 15.0, np.nan], [16.0, 10.0, np.nan]]
    )
    assert paired_means(values).tolist() == pytest.approx([11.0, 8.0, 11.0 - 2.0])
    assert paired_means(values[:2]).tolist() == values[:2].mean(axis=0).tolist()
    found = compare_with_best(values, lower_is_better=False, confidence=0.95)
    assert found.best == 0
    assert found.difference.tolist() == pytest.approx([0.0, -3.0, -2.0])
