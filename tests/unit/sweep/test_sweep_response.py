"""The response: curve, points, best interval, sentences, and what it refuses."""

import numpy as np
import pytest
from made_sweep import HORIZON, made_sweep
from scipy import stats

from simkit.errors import InputError
from simkit.policy import RecallPolicy
from simkit.sweep.curve.response import MISSED, SAME_DELIVERY, response

DAYS = [1.4, 2.8, 4.2, 7.0, 14.0, 21.0, 28.0, 42.0]


def values_of(days, course, *, replications=8, own=0.3, seed=1):
    """A course over the days, a population's shift and noise of each run's own."""
    random = np.random.default_rng(seed)
    shared = 2 * random.normal(size=(replications, 1))
    noise = own * random.normal(size=(replications, len(days)))
    return course(np.array(days)) + shared + noise


def peaked(days):
    """Net value with its best at 10 days, and twice as steep on a log scale towards few days."""
    away = np.log(days / 10)
    return 20 - np.where(away < 0, 6.0, 3.0) * away**2


def found(course, measure="net_value_eur", **more):
    values = values_of(DAYS, course, **more)
    return response(made_sweep(DAYS, {measure: values}), measure=measure), values


def test_the_best_interval_is_found_between_the_intervals_tried():
    result, _ = found(peaked)
    best = result.optimum
    assert 7 < best.low < 10 < best.high < 21  # two of the intervals tried
    assert best.low < best.days < best.high
    assert (best.edge, best.at_edge, best.low_is_open, best.high_is_open) == (
        "",
        False,
        False,
        False,
    )
    # 20, and the populations' mean, which the t interval of any point holds too.
    assert best.value_low < 20 < best.value_high


def test_the_table_is_the_curve_evenly_over_the_log_of_the_days():
    result, _ = found(peaked)
    table = result.table
    assert list(table.columns) == [
        *("delivered_days", "mean", "ci_low", "ci_high", "band_low", "band_high")
    ]
    assert table["delivered_days"].iloc[[0, -1]].tolist() == pytest.approx([1.4, 42.0])
    assert np.diff(np.log(table["delivered_days"])) == pytest.approx(np.log(30) / (len(table) - 1))
    assert (table["band_low"] < table["ci_low"]).all()
    assert (table["ci_high"] < table["band_high"]).all()
    middle = table[["ci_low", "ci_high"]].mean(axis=1)
    assert middle.tolist() == pytest.approx(table["mean"].tolist())


def test_points_have_their_t_interval_over_replications():
    result, values = found(peaked)
    low, high = stats.t.interval(0.95, 7, loc=values.mean(axis=0), scale=stats.sem(values))
    assert result.points["mean"].tolist() == pytest.approx(values.mean(axis=0))
    assert result.points["ci_low"].tolist() == pytest.approx(low)
    assert result.points["ci_high"].tolist() == pytest.approx(high)
    assert (result.points["replications"] == 8).all()


def test_lower_is_better_is_the_mirror_image():
    values = values_of(DAYS, peaked)
    up = response(made_sweep(DAYS, {"net_value_eur": values}))
    down = response(made_sweep(DAYS, {"optout_cost_eur": -values}), measure="optout_cost_eur")
    assert (down.optimum.days, down.optimum.low) == (up.optimum.days, up.optimum.low)
    assert down.optimum.value == pytest.approx(-up.optimum.value)
    assert "is lowest at" in down.sentence()


def test_best_at_an_end_of_the_grid_is_said_as_a_bound():
    rising, _ = found(lambda days: 5 * np.log(days))
    assert (rising.optimum.edge, rising.optimum.days) == ("longest", pytest.approx(42))
    assert rising.optimum.high_is_open
    assert "at the edge of what was tried: ≥ 42.0 days between calls" in rising.sentence()
    falling, _ = found(lambda days: -5 * np.log(days))
    assert falling.optimum.edge == "shortest"
    assert "≤ 1.4 days between calls" in falling.sentence()
    assert "Shorter intervals may be higher still." in falling.sentence()


def test_interval_that_ends_with_the_grid_is_said_to_be_open():
    shallow, _ = found(lambda days: -0.4 * np.log(days / 30) ** 2, own=0.5)
    best = shallow.optimum
    assert best.high_is_open
    assert not best.low_is_open
    assert f"interval ≥ {best.low:.1f} days" in shallow.sentence()
    nothing, _ = found(lambda days: 0 * days, own=3.0)
    assert nothing.optimum.low_is_open
    assert nothing.optimum.high_is_open


def test_a_sentence_says_days_value_and_intervals():
    result, _ = found(peaked)
    best = result.optimum
    assert result.sentence() == (
        f"b2c: over 365 days net value is highest at {best.days:.1f} days between calls "
        f"(95% interval {best.low:.1f} to {best.high:.1f} days): {best.value:.2f} EUR per contact "
        f"(95% band {best.value_low:.2f} EUR to {best.value_high:.2f} EUR)."
    )
    assert "days between calls" in result._repr_html_()
    assert "<table" in result._repr_html_()


def test_a_measure_that_only_describes_has_no_best():
    result, _ = found(lambda days: 365 / days, measure="attempts")
    assert result.optimum is None
    assert result.better == "neither"
    assert "attempts goes from" in result.sentence()


def test_a_measure_that_is_the_same_everywhere_has_no_best():
    values = np.zeros((5, len(DAYS)))
    result = response(made_sweep(DAYS, {"wait_hours": values}), measure="wait_hours")
    assert result.optimum is None
    assert result.sentence() == "b2c: over 365 days wait hours is 0 hours at every interval tried."


def test_a_curve_that_meets_its_points_warns_of_nothing():
    result, _ = found(peaked)
    days, errors = result.worst_misfit
    assert days in result.points["delivered_days"].tolist()
    assert abs(errors) == result.points["misfit"].abs().max() <= MISSED
    assert not result.misses_points
    assert "misses" not in result.sentence()


def test_misfit_is_the_gap_to_the_curve_in_errors_that_are_not_shared(monkeypatch):
    # A curve that may hardly bend misses the points of a peak.
    monkeypatch.setattr("simkit.sweep.curve.smoothing._roughness", lambda *_: 1e-6)
    result, values = found(peaked)
    line = result.points["fitted"].to_numpy()
    # The variances of a point apart from its replication's mean, half-way to the mean of all.
    gaps = values - values.mean(axis=1, keepdims=True)
    own = gaps.var(axis=0, ddof=1) / 8 * 8 / 7
    errors = np.sqrt((own + own.mean()) / 2)
    assert result.points["misfit"].tolist() == pytest.approx((values.mean(axis=0) - line) / errors)
    assert result.misses_points
    days, _ = result.worst_misfit
    assert f"The curve misses the point at {days:.1f} days by" in result.sentence()


def test_intervals_that_deliver_the_same_are_one_point():
    days = [1.4, 2.8, 4.2, 7.0, 7.0 * (1 + SAME_DELIVERY / 2), 14.0, 21.0]
    values = values_of(days, peaked)
    result = response(made_sweep(days, {"net_value_eur": values}))
    assert len(result.points) == 6
    row = result.points.iloc[3]
    assert row["interval"] == "every 7 days = every 7.07 days"
    assert row["delivered_days"] == pytest.approx(np.sqrt(7 * 7.07))
    assert row["mean"] == pytest.approx(values[:, 3:5].mean())
    assert row["se"] == pytest.approx(stats.sem(values[:, 3:5].mean(axis=1)))


def test_order_of_the_grid_does_not_matter():
    values = values_of(DAYS, peaked)
    order = [3, 0, 7, 5, 1, 2, 6, 4]
    one = response(made_sweep(DAYS, {"net_value_eur": values}))
    other = response(
        made_sweep([DAYS[place] for place in order], {"net_value_eur": values[:, order]})
    )
    assert other.table.equals(one.table)
    assert other.optimum == one.optimum


def test_intervals_given_up_early_keep_their_runs():
    values = values_of(DAYS, peaked, replications=12)
    short = values.copy()
    short[4:, :2] = np.nan
    result = response(made_sweep(DAYS, {"net_value_eur": short}))
    assert result.points["replications"].tolist() == [4, 4] + [12] * 6
    whole = response(made_sweep(DAYS, {"net_value_eur": values}))
    wide = [(each.table["ci_high"] - each.table["ci_low"]).to_numpy() for each in (result, whole)]
    # Wider where runs are missing; where none are, far from the gap, nearly the same.
    assert (wide[0][:40] > wide[1][:40]).all()
    assert wide[0][-20:] == pytest.approx(wide[1][-20:], rel=0.2)


def test_an_interval_without_values_is_left_out_and_said():
    values = values_of(DAYS, peaked)
    values[1:, 0] = np.nan
    result = response(made_sweep(DAYS, {"net_value_eur": values}))
    assert result.left_out == ("every 1.4 days",)
    assert len(result.points) == 7
    assert "Left out for want of values in two replications: every 1.4 days." in result.sentence()


def test_an_interval_at_which_nobody_was_called_twice_stands_at_its_wish():
    sweep = made_sweep(DAYS, {"net_value_eur": values_of(DAYS, peaked)})
    sweep.table.loc[sweep.table["interval"] == "every 42 days", "delivered_days"] = np.nan
    assert response(sweep).points["delivered_days"].iloc[-1] == pytest.approx(42)


def test_policies_that_differ_in_more_than_their_interval_are_refused():
    policies = [RecallPolicy.every(days=each) for each in DAYS]
    policies[2] = RecallPolicy.every(days=DAYS[2], caps={"per_year": 10})
    sweep = made_sweep(DAYS, {"net_value_eur": values_of(DAYS, peaked)}, policies=policies)
    with pytest.raises(InputError, match="must differ in their interval only"):
        response(sweep)


def test_a_sweep_too_small_for_a_curve_is_refused_with_all_reasons():
    days = [1.4, 2.8, 7.0, 7.01, 14.0]
    small = made_sweep(days, {"net_value_eur": values_of(days, peaked, replications=3)})
    with pytest.raises(InputError) as caught:
        response(small)
    fields = {problem.field: problem.value for problem in caught.value.problems}
    assert fields == {"delivered intervals": [1.4, 2.8, 7.0, 14.0], "replications": 3}


def test_what_the_sweep_does_not_have_is_named():
    sweep = made_sweep(DAYS, {"net_value_eur": values_of(DAYS, peaked)})
    with pytest.raises(InputError) as caught:
        response(sweep, "b2x", measure="luck", horizon_days=7, confidence=95)
    fields = [problem.field for problem in caught.value.problems]
    assert fields == ["segment", "horizon_days", "measure", "confidence"]
    assert response(sweep, "b2c", horizon_days=HORIZON, confidence=0.9).confidence == 0.9
