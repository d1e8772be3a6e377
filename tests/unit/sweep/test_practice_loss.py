"""What usual practice costs: by hand, and how often its interval is right where luck chooses."""

import numpy as np
import pytest
from scipy import stats

from simkit.sweep.practice import loss_of_practice

CONFIDENCE = 0.95
REPEATS = 1000


def test_the_interval_is_that_of_all_differences_at_once():
    # Practice is the middle one. Differences of the first: 4, 2, 3 (mean 3, s 1); of the last:
    # 0, 6, 0 (mean 2, s sqrt(12)).
    practice = np.array([10.0, 11.0, 9.0])
    first, last = np.array([4, 2, 3]), np.array([0, 6, 0])
    values = np.column_stack([practice + first, practice, practice + last])
    found = loss_of_practice(values, np.array([False, True, False]), CONFIDENCE)
    assert (found.best, found.practice) == (0, 1)
    assert found.eur == pytest.approx(3)
    # Two differences with two bounds each share 5 %: t(1 − .05/4; 2), s/sqrt(3).
    times = stats.t.ppf(1 - 0.05 / 4, 2)
    assert found.low == pytest.approx(max(3 - times / np.sqrt(3), 0))
    assert found.high == pytest.approx(2 + times * np.sqrt(12) / np.sqrt(3))


def test_practice_is_as_good_as_its_best_interval():
    # Without luck: 5 is beaten by 1 and 3 by 3; practice is judged by what is best in it.
    values = np.tile([6.0, 5.0, 3.0], (4, 1)) + np.arange(4.0)[:, None]
    found = loss_of_practice(values, np.array([False, True, True]), CONFIDENCE)
    assert (found.eur, found.low, found.high) == pytest.approx((1, 1, 1))


def test_practice_costs_nothing_where_it_is_best():
    values = np.tile([4.0, 5.0, 3.0], (4, 1))
    found = loss_of_practice(values, np.array([False, True, True]), CONFIDENCE)
    assert (found.best, found.eur, found.low, found.high) == (1, 0, 0, 0)
    everything = loss_of_practice(values, np.array([True, True, True]), CONFIDENCE)
    assert (everything.eur, everything.low, everything.high) == (0, 0, 0)


def studies(means, usual=2):
    draws = np.random.default_rng(20).normal(means, 1.0, size=(REPEATS, 6, len(means)))
    inside = np.arange(len(means)) >= len(means) - usual
    return inside, draws


@pytest.mark.parametrize(
    "means", [(0, 0, 0, 0, 0, 0), (1, 1, 0.9, 0.5, 0, 0.2), (0, -1, 0, 0, 1, 1)]
)
def test_the_interval_holds_the_truth_although_luck_chooses(means):
    inside, draws = studies(means)
    truth = max(means) - max(np.array(means)[inside])
    found = [loss_of_practice(values, inside, CONFIDENCE) for values in draws]
    right = np.mean([each.low <= truth <= each.high for each in found])
    # At least 95 %; four standard errors of a share of 95 % in 1,000 are 2.8 points.
    assert right >= 0.95 - 4 * np.sqrt(0.95 * 0.05 / REPEATS)


def test_the_plain_interval_of_the_chosen_two_would_be_too_sure():
    inside, draws = studies((0, 0, 0, 0, 0, 0), usual=1)
    plain = 0
    for values in draws:
        found = loss_of_practice(values, inside, CONFIDENCE)
        pair = values[:, found.best] - values[:, found.practice]
        if found.best != found.practice:
            plain += pair.mean() > stats.t.ppf(0.975, 5) * stats.sem(pair)
    ours = np.mean([loss_of_practice(values, inside, CONFIDENCE).low > 0 for values in draws])
    # Nothing is beaten: 2.5 % at most, and four standard errors of that share.
    assert ours <= 0.025 + 4 * np.sqrt(0.025 * 0.975 / REPEATS)
    assert plain / REPEATS > 0.025 + 4 * np.sqrt(0.025 * 0.975 / REPEATS)
