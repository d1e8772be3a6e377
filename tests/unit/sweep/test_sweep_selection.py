"""Which policies are as good, which leads, when it is settled: rules, edges, a naive double."""

import numpy as np
import pytest
from scipy import stats

from simkit.errors import InputError
from simkit.sweep.selection.anytime import multipliers
from simkit.sweep.selection.standing import standing

MEANS = np.array([0.0, 0.35, 0.5, 0.45, 0.2, -0.6])


def draw(seed: int, replications: int, means: np.ndarray = MEANS) -> np.ndarray:
    """Policies that share most of a replication's fortune, with unequal spreads."""
    rng = np.random.default_rng(seed)
    own = rng.normal(size=(replications, len(means))) * np.linspace(0.2, 0.6, len(means))
    return means + rng.normal(size=(replications, 1)) + own


def naive_at_most(values: np.ndarray, level: float) -> np.ndarray:
    """By how much one may be better than another: every prefix of the common rows anew."""
    policies = values.shape[1]
    least = np.full((policies, policies), np.inf)
    times = multipliers(len(values), level)
    for one in range(policies):
        for other in range(policies):
            difference = values[:, one] - values[:, other]
            difference = difference[~np.isnan(difference)]
            for n in np.flatnonzero(np.isfinite(times[: len(difference) + 1])):
                seen = difference[:n]
                bound = seen.mean() + times[n] * stats.sem(seen)
                least[one, other] = min(least[one, other], bound)
    return least


@pytest.mark.parametrize("ends", [(30, 30, 30, 30, 30, 30), (8, 30, 30, 22, 15, 10)])
def test_the_set_and_the_bounds_are_those_of_the_definition(ends: tuple[int, ...]):
    values = draw(1, 30)
    for place, end in enumerate(ends):
        values[end:, place] = np.nan
    found = standing(values, confidence=0.95, indifference=0.1)
    most = naive_at_most(values, 0.05 / 5)
    np.fill_diagonal(most, np.inf)
    as_good = most.min(axis=1) >= 0
    assert found.as_good.tolist() == as_good.tolist()
    assert 1 < as_good.sum() < 6
    for one in range(6):
        rivals = as_good & (np.arange(6) != one)
        assert found.low[one] == pytest.approx(-max(most[rivals, one].max(), 0))
        assert found.high[one] == pytest.approx(max(most[one].min(), 0))
    assert found.loss_at_most == -found.low[found.leader]
    assert found.replications.tolist() == list(ends)
    # Whoever may be better than the leader by more than the indifference zone is wanted, and it.
    further = as_good & (most[:, found.leader] > 0.1)
    further[found.leader] = True
    assert found.wanted.tolist() == further.tolist()


def test_the_leader_has_the_best_mean_of_those_seen_longest():
    values = draw(2, 20)
    values[:, 4] += 10
    values[5:, 4] = np.nan  # far better, and stopped before that could be known
    found = standing(values, confidence=0.95, indifference=0.1)
    seen = found.as_good & (found.replications == 20)
    assert found.as_good[4]
    assert seen[found.leader]
    assert values[:, found.leader].mean() == values[:, seen].mean(axis=0).max()
    assert found.wanted[4]


def test_who_is_out_stays_out_while_replications_are_added_and_made_up():
    """Races of batches of three in which only the wanted are run, as a sweep would."""
    called_in_again = 0
    for seed in range(15):
        full = draw(seed, 600)
        values = np.full_like(full, np.nan)
        wanted, out = np.ones(6, dtype=bool), np.zeros(6, dtype=bool)
        for end in range(3, 601, 3):
            values[:end, wanted] = full[:end, wanted]
            found = standing(values[:end], confidence=0.95, indifference=0.12)
            assert not (out & found.as_good).any()
            out = ~found.as_good
            called_in_again += int((found.wanted & (found.replications < end)).sum())
            if found.settled:
                break
            assert found.wanted[found.leader]
            assert not (found.wanted & out).any()
            wanted = found.wanted
        assert found.settled
        assert not found.wanted.any()
        assert found.more == 0
    assert called_in_again > 0


def test_it_is_settled_when_nobody_can_be_better_by_more_than_the_indifference_zone():
    values = draw(3, 60)
    loss = standing(values, confidence=0.95, indifference=0.0).loss_at_most
    assert loss > 0
    just = standing(values, confidence=0.95, indifference=loss)
    short = standing(values, confidence=0.95, indifference=np.nextafter(loss, 0))
    assert (just.settled, just.why) == (True, "within indifference")
    assert (short.settled, short.why) == (False, "not yet")


def test_one_that_is_far_ahead_is_alone_and_loses_nothing():
    values = draw(4, 12, np.array([0.0, 5.0, 0.0]))
    found = standing(values, confidence=0.95, indifference=0.0)
    assert found.as_good.tolist() == [False, True, False]
    assert (found.leader, found.settled, found.why) == (1, True, "one left")
    assert found.low[1] == 0
    assert found.high[[0, 2]].tolist() == [0, 0]
    assert found.pgs_estimated == pytest.approx(1)


def test_lower_is_better_is_the_mirror_image():
    values = draw(5, 25)
    values[10:, 0] = np.nan
    up = standing(values, confidence=0.9, indifference=0.2)
    down = standing(-values, confidence=0.9, indifference=0.2, lower_is_better=True)
    assert (up.leader, up.settled, up.more) == (down.leader, down.settled, down.more)
    assert up.pgs_estimated == down.pgs_estimated
    assert up.as_good.tolist() == down.as_good.tolist()
    assert up.difference.tolist() == (-down.difference).tolist()
    assert up.low.tolist() == (-down.high).tolist()
    assert up.high.tolist() == (-down.low).tolist()


def test_the_estimated_probability_of_two_is_one_minus_the_p_value_of_a_paired_t_test():
    # With flat priors P(the other is better by more than δ | data) is the p-value of the test
    # of "the leader's mean + δ is no greater than the other's".
    values = draw(6, 9, np.array([0.0, 0.1]))
    for zone in (0.0, 0.05, 0.3):
        found = standing(values, confidence=0.95, indifference=zone)
        best, other = values[:, found.leader], values[:, 1 - found.leader]
        p = stats.ttest_rel(best + zone, other, alternative="greater").pvalue
        assert found.pgs_estimated == pytest.approx(1 - p)


def test_policies_that_the_calendar_makes_one_are_as_good_and_cost_nothing():
    values = np.repeat(draw(7, 12, np.array([0.0, 3.0])), 2, axis=1)
    found = standing(values, confidence=0.95, indifference=0.0)
    assert found.as_good.tolist() == [False, False, True, True]
    assert (found.settled, found.why, found.loss_at_most) == (True, "within indifference", 0)
    assert found.pgs_estimated == pytest.approx(1, abs=1e-4)


def test_a_difference_that_never_varies_is_known_as_soon_as_there_is_a_bound():
    base = draw(8, 10, np.zeros(1))
    values = np.hstack([base, base - 0.125])
    first = int(np.argmax(np.isfinite(multipliers(10, 0.05))))
    for n in (first - 1, first):
        found = standing(values[:n], confidence=0.95, indifference=0.0)
        assert found.as_good.tolist() == [True, n < first]


def test_large_values_do_not_drown_the_spread_of_differences():
    values = draw(9, 40)
    near = standing(values, confidence=0.95, indifference=0.1)
    far = standing(values + 1e7, confidence=0.95, indifference=0.1)
    assert far.as_good.tolist() == near.as_good.tolist()
    assert far.low == pytest.approx(near.low, abs=1e-6)


def test_a_lone_policy_is_settled_and_one_replication_settles_nothing():
    lone = standing(np.array([[1.0], [2.0]]), confidence=0.95, indifference=0.1)
    assert (lone.leader, lone.settled, lone.why, lone.pgs_estimated) == (0, True, "one left", 1)
    assert (lone.low.tolist(), lone.high.tolist()) == ([0], [0])
    first = standing(np.array([[1.0, 2.0, 1.5]]), confidence=0.95, indifference=10)
    assert (first.leader, first.settled, first.why) == (1, False, "too few replications")
    assert first.as_good.all()
    assert first.wanted.all()
    assert np.isinf(first.loss_at_most)
    assert np.isnan(first.pgs_estimated)
    # With 3 policies at level .05/2 the bound begins at 5: 36 · 2 T_5(5) > 40 > 11.2 · 2 T_4(4).
    assert first.more == 4


def test_a_policy_without_values_keeps_the_race_open():
    values = draw(10, 40, np.array([0.0, 2.0, 0.0]))
    values[:, 2] = np.nan
    found = standing(values, confidence=0.95, indifference=0.1)
    assert found.as_good.tolist() == [False, True, True]
    assert (found.leader, found.settled) == (1, False)
    assert found.wanted.tolist() == [False, True, True]
    nothing = standing(values[:, 2:].repeat(2, axis=1), confidence=0.95, indifference=0.1)
    assert (nothing.leader, nothing.settled) == (0, False)


def test_bounds_that_contradict_each_other_leave_somebody():
    # As unlikely as a bound that fails: first one is far better, then for long the other.
    values = draw(11, 400, np.zeros(2))
    values[:10, 0] += 3
    values[10:, 1] += 3
    assert standing(values[:10], confidence=0.95, indifference=0.1).as_good.tolist() == [
        True,
        False,
    ]
    found = standing(values, confidence=0.95, indifference=0.1)
    assert found.as_good.sum() == 1
    assert found.as_good[found.leader]


def test_how_many_more_is_where_means_and_spreads_would_settle_it():
    values = draw(12, 24)
    zone = 0.2
    now = standing(values, confidence=0.95, indifference=zone)
    times = multipliers(48, 0.05 / 5)
    leader = values[:, now.leader]
    needed = 0
    for other in np.flatnonzero(now.wanted & (np.arange(6) != now.leader)):
        gap = leader - values[:, other]
        enough = [
            n for n in range(25, 49) if times[n] * gap.std(ddof=1) / np.sqrt(n) <= zone + gap.mean()
        ]
        needed = max(needed, enough[0] - 24 if enough else 24)
    assert 0 < needed < 24
    assert now.more == needed
    assert standing(values, confidence=0.95, indifference=1e-9).more == 24


def test_all_that_is_wrong_is_said_at_once():
    with pytest.raises(InputError) as caught:
        standing(np.array([np.inf, 1.0]), confidence=1.0, indifference=-1)
    fields = [problem.field for problem in caught.value.problems]
    assert fields == ["values.shape", "values", "confidence", "indifference"]
