"""How long and how large the next trial must be, and how surely the evidence says so."""

from dataclasses import replace

import numpy as np
import pytest

from simkit.recommend import recommend
from simkit.recommend.sample_size import variance_range
from simkit.recommend.simulated import NET_VALUE, SimulatedSegment
from simkit.report.sentences import next_trial_text

YEAR = 365.0
# Every interval brings the same over the year; daily calls win 30 and 90 days.
FLAT = {30.0: (4, 3, 2, 1), 90.0: (9, 5, 4, 3), 365.0: (20, 20, 20, 20)}


def test_range_of_a_variance_as_in_r():
    # R: 5 / qchisq(c(.975, .025), 5)  ->  5 / 12.832502, 5 / 0.831212
    assert variance_range(5) == pytest.approx((0.389636, 6.015313), rel=1e-5)


def test_variance_of_all_intervals_is_pooled(build, long_pays):
    # Without noise of their own all intervals spread by 1 EUR between replications; the monthly
    # one's deviations are then tripled: (1 + 1 + 1 + 9) / 4 = 3, times the contacts of a run.
    sweep = build.sweep({"b2c": build.long_pays}, noise=0.0)
    runs = sweep.runs.copy()
    monthly = (runs["interval"] == "every 28 days") & (runs["measure"] == NET_VALUE)
    of_year = monthly & (runs["horizon_days"] == YEAR)
    values = runs.loc[of_year, "value"]
    runs.loc[of_year, "value"] = values.mean() + 3 * (values - values.mean())
    segment = SimulatedSegment("b2c", replace(sweep, runs=runs), YEAR)
    assert segment.variance(NET_VALUE, YEAR) == pytest.approx(3 * build.contacts)


def test_pooled_variance_lies_in_its_range_as_often_as_claimed():
    # 8 intervals that share 90 % of their variance, 6 replications, 4,000 sweeps of variance 1: the
    # range claims 5 degrees of freedom, never too many, so that it holds the truth 95 % of the
    # time or more; 3 standard errors of 4,000 draws are 1 %.
    draw = np.random.default_rng(11)
    shared, own = draw.standard_normal((4000, 6, 1)), draw.standard_normal((4000, 6, 8))
    values = np.sqrt(0.9) * shared + np.sqrt(0.1) * own
    pooled = values.var(axis=1, ddof=1).mean(axis=1)
    low, high = variance_range(5)
    held = (pooled * low <= 1) & (pooled * high >= 1)
    assert held.mean() >= 0.94


def test_size_from_few_replications_is_a_range(build, scenario, long_pays):
    found = recommend(scenario, long_pays, current={"b2c": build.weekly})
    (decision,) = found.decisions
    trial = decision.next_trial
    low, high = trial.contacts_range
    # 6 replications leave 5 degrees of freedom: the factors above.
    assert low == pytest.approx(0.389636 * trial.contacts_per_arm, rel=1e-3)
    assert high == pytest.approx(6.015313 * trial.contacts_per_arm, rel=1e-3)
    # 2 (1.959964 + 0.841621)² 400 × 1.01 = 6,342 an arm, 2,471 to 38,151, rounded outwards.
    assert "2,400 to 39,000 contacts in each of 2 arms" in decision.headline
    assert "spread from 6 replications of the simulation" in decision.next_step
    assert "anything from 2,400 to 39,000 an arm" in decision.next_step
    assert next_trial_text(trial).endswith("2,400 to 39,000 contacts an arm")
    row = found.table.iloc[0]
    assert (row["test_contacts_per_arm_low"], row["test_contacts_per_arm_high"]) == (low, high)


@pytest.mark.parametrize(("df", "told"), [(1000.0, False), (11.0, True)])
def test_size_from_a_trial_is_a_range_where_its_accounts_are_few(
    build, scenario, long_pays, df, told
):
    evaluation = build.evaluation([build.arm("14 days", 1.0, 2.0)])
    evaluation = replace(evaluation, table=evaluation.table.assign(df=df))
    found = recommend(scenario, long_pays, evaluation=evaluation, policies={"b2c": build.arms})
    (decision,) = found.decisions
    assert (decision.next_trial.contacts_range is not None) == told
    assert ("known only roughly" in decision.next_step) == told


def test_contacts_that_do_not_differ_give_no_size(build, scenario):
    sweep = build.sweep({"b2c": build.long_pays}, spread=0.0, noise=0.0)
    (decision,) = recommend(scenario, sweep, current={"b2c": build.weekly}).decisions
    assert decision.next_trial.contacts_per_arm is None
    assert decision.next_trial.contacts_range is None
    assert "cannot be told" in decision.next_step


def test_a_simulation_that_tells_nothing_apart_shortens_no_trial(build, scenario):
    # All four intervals are in the set, so that the winner of 30 days is too; and the differences
    # are known to no better than 16 EUR, far more than the 1 EUR that is worth a change.
    sweep = build.sweep({"b2c": FLAT}, noise=8.0)
    assert SimulatedSegment("b2c", sweep, YEAR).settled_days() is None
    found = recommend(scenario, sweep, current={"b2c": build.weekly})
    (decision,) = found.decisions
    assert decision.next_trial.days == YEAR
    assert "the simulation does not settle" in decision.next_step
    assert any(
        "with 6 replications the simulation cannot tell 4 of 4 intervals apart" in text
        for text in found.warnings
    )


def test_intervals_shown_to_be_worth_the_same_may_be_confused(build, scenario):
    # The same curve with little noise: whichever interval is picked loses less than 1 EUR a year.
    sweep = build.sweep({"b2c": FLAT}, noise=0.01)
    assert SimulatedSegment("b2c", sweep, YEAR).settled_days() == 30.0
    found = recommend(scenario, sweep, current={"b2c": build.weekly})
    assert not any("cannot tell" in text for text in found.warnings)
