"""What common random numbers were worth in a sweep: by hand, by duality, in words."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from simkit.errors import InputError
from simkit.scenario import load_scenario
from simkit.sweep import sweep
from simkit.sweep.common_numbers import common_numbers, worth_of

A = np.array([1.0, 2.0, 3.0, 4.0])
B = np.array([1.0, 2.0, 3.0, 5.0])


@pytest.fixture(scope="module")
def result():
    return sweep(
        load_scenario("b2c"),
        ["5wd", "10wd", "20wd"],
        replications=4,
        contacts=20,
        days=30,
        horizons=(10, 30),
        jobs=1,
        progress=False,
    )


def by_hand(result, **values):
    """Return the sweep with other numbers for net value; the best stays the best."""
    runs = result.runs.copy()
    for words, own in values.items():
        label = words.replace("_", " ")
        wanted = (runs["interval"] == label) & (runs["measure"] == "net_value_eur")
        for number, value in enumerate(own):
            runs.loc[wanted & (runs["replication"] == number), "value"] = value
    return replace(result, runs=runs)


def others_of(result):
    best = result.best("b2c").interval
    return best, [label for label in result.policies["b2c"] if label != best]


def test_worth_is_the_sum_of_variances_over_the_variance_of_the_difference():
    # By hand: Var(A) = 5/3; B has mean 2.75 and Var(B) = 8.75/3; A − B = 0, 0, 0, −1 has
    # variance .75/3 = .25. So W = (13.75/3)/.25 = 55/3.
    found = worth_of(A, B, 0.95)
    assert found.paired_variance == pytest.approx(0.25)
    assert found.independent_variance == pytest.approx(13.75 / 3)
    assert found.worth == pytest.approx(55 / 3)
    assert found.replications == 4


def test_only_replications_that_both_have_count():
    with_gaps = worth_of(np.append(A, [7.0, np.nan]), np.append(B, [np.nan, 8.0]), 0.95)
    assert with_gaps == worth_of(A, B, 0.95)


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
def test_bounds_are_where_the_test_of_two_variances_just_refuses(confidence):
    # Pitman (1939): the variances of U and V are equal where U + V and U − V are uncorrelated.
    # With S/√θ for U the test of the correlation has p = 1 − confidence at either bound θ.
    rng = np.random.default_rng(3)
    a = rng.normal(size=12)
    b = 0.6 * a + 1.3 * rng.normal(size=12)
    found = worth_of(a, b, confidence)
    for bound in (found.low, found.high):
        ratio = 2 * bound - 1
        scaled, difference = (a + b) / np.sqrt(ratio), a - b
        p = stats.pearsonr(scaled + difference, scaled - difference).pvalue
        assert p == pytest.approx(1 - confidence)


def test_bounds_of_equal_variances_are_those_of_f():
    # By hand: both variances are 20/4 = 5 and the covariance 12/4 = 3, so W = 10/(10 − 6) = 2.5
    # and Var(S)/Var(D) = 16/4 = 4. S and D are uncorrelated, and F(.975; 3, 3) = 15.44 in tables.
    a = np.array([-3.0, -1.0, 1.0, 3.0, 0.0])
    b = np.array([-1.0, -3.0, 3.0, 1.0, 0.0])
    found = worth_of(a, b, 0.95)
    assert found.worth == pytest.approx(2.5)
    assert found.low == pytest.approx((1 + 4 / 15.44) / 2, rel=1e-3)
    assert found.high == pytest.approx((1 + 4 * 15.44) / 2, rel=1e-3)


def test_bounds_hold_the_truth_as_often_as_they_promise():
    # Normal A and B of variances 1 and 4 and correlation .7: W = 5/(5 − 2·.7·2) = 5/2.2. Of 4,000
    # intervals of 90 % the share that holds has the standard error √(.9 × .1/4000) = .0047;
    # 4 of them: chance fails 6 times in 100,000.
    rng = np.random.default_rng(11)
    covariance = [[1.0, 1.4], [1.4, 4.0]]
    draws = rng.multivariate_normal([0.0, 0.0], covariance, size=(4000, 8))
    found = [worth_of(*one.T, confidence=0.9) for one in draws]
    held = np.mean([one.low <= 5 / 2.2 <= one.high for one in found])
    assert abs(held - 0.9) < 4 * 0.0047


def test_who_always_differ_by_the_same_are_worth_any_number():
    found = worth_of(A, A + 2.0, 0.95)
    assert (found.worth, found.low, found.high) == (np.inf, np.inf, np.inf)
    assert found.paired_variance == 0


def test_where_nothing_varies_nothing_is_said():
    assert np.isnan(worth_of(np.ones(4), np.ones(4), 0.95).worth)


def test_opposites_are_worth_half():
    # B = −A: Var(A − B) = 4 Var(A), so W = 2/4, and S is constant.
    found = worth_of(A, -A, 0.95)
    assert (found.worth, found.low, found.high) == (0.5, 0.5, 0.5)


def test_two_replications_have_no_interval_and_one_has_no_worth():
    two = worth_of(np.array([1.0, 2.0]), np.array([1.0, 4.0]), 0.95)
    # By hand: (1/2 + 9/2)/(4/2) = 2.5.
    assert two.worth == pytest.approx(2.5)
    assert np.isnan([two.low, two.high]).all()
    assert np.isnan(worth_of(np.array([1.0]), np.array([1.0]), 0.95).worth)


def test_each_interval_is_compared_with_the_best(result):
    best, others = others_of(result)
    hand = by_hand(
        result,
        **{
            best.replace(" ", "_"): A,
            others[0].replace(" ", "_"): B,
            others[1].replace(" ", "_"): -A,
        },
    )
    table = common_numbers(hand, "b2c").table
    assert list(table["interval"]) == others
    assert set(table["best"]) == {best}
    assert set(table["horizon_days"]) == {30}
    assert table["worth"].to_numpy() == pytest.approx([55 / 3, 0.5])
    assert table["paired_variance"].to_numpy() == pytest.approx([0.25, 4 * 5 / 3])


def test_the_runs_of_the_horizon_and_the_measure_are_taken(result):
    found = common_numbers(result, "b2c", horizon_days=10, measure="agent_s")
    runs = result.runs
    runs = runs[(runs["measure"] == "agent_s") & (runs["horizon_days"] == 10)]
    values = {label: own["value"].to_numpy() for label, own in runs.groupby("interval")}
    for row in found.table.itertuples():
        difference = values[row.interval] - values[row.best]
        assert row.paired_variance == pytest.approx(difference.var(ddof=1))
        assert row.replications == 4


def test_the_sentence_says_median_least_and_most(result):
    best, others = others_of(result)
    hand = by_hand(
        result,
        **{
            best.replace(" ", "_"): A,
            others[0].replace(" ", "_"): B,
            others[1].replace(" ", "_"): -A,
        },
    )
    # The median of 55/3 and 1/2 is 9.42.
    said = common_numbers(hand, "b2c").sentence()
    assert said.startswith(
        "b2c: over 30 days, net value: one replication with common random numbers is worth 9.4 "
        f"independent ones, the median of 2 intervals compared with {best}; from 0.5 independent "
        f"ones for {others[1]} (95% interval 0.5 to 0.5) to 18.3 independent ones for {others[0]} "
    )


def test_the_sentence_says_where_nothing_can_be_said(result):
    best, others = others_of(result)
    same = {label.replace(" ", "_"): A for label in (best, *others)}
    found = common_numbers(by_hand(result, **same), "b2c")
    assert np.isinf(found.table["worth"]).all()
    assert found.sentence() == (
        f"b2c: over 30 days, net value: no difference from {best} varies, so nothing can be said."
    )
    assert found.sentence() in found._repr_html_()


def test_one_interval_has_nobody_to_be_compared_with():
    alone = sweep(
        load_scenario("b2c"), "5wd", replications=2, contacts=5, days=10, jobs=1, progress=False
    )
    found = common_numbers(alone, "b2c")
    assert found.table.empty
    assert "nothing can be said" in found.sentence()


def test_what_the_sweep_does_not_have_is_refused(result):
    with pytest.raises(InputError) as caught:
        common_numbers(result, "b2x", horizon_days=11, measure="luck")
    assert [problem.field for problem in caught.value.problems] == [
        "segment",
        "horizon_days",
        "measure",
    ]
