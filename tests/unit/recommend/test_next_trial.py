"""How long and how large the next trial must be, and how surely the evidence says so."""

import math
from dataclasses import replace

import pytest

from simkit.recommend import recommend
from simkit.recommend.next_trial import simulated_spread
from simkit.recommend.simulated import NET_VALUE, SimulatedSegment
from simkit.report.sentences_page import next_trial_text
from simkit.trial.design.sizes import variance_range

YEAR = 365.0
# What the bundled prices of these tests call worth a change in b2c, a year.
WORTHWHILE_EUR = 1.0
# Every interval brings the same over the year; daily calls win 30 and 90 days.
FLAT = {30.0: (4, 3, 2, 1), 90.0: (9, 5, 4, 3), 365.0: (20, 20, 20, 20)}


def test_range_of_a_variance_as_in_r():
    # R: 5 / qchisq(c(.975, .025), 5)  ->  5 / 12.832502, 5 / 0.831212
    assert variance_range(5) == pytest.approx((0.389636, 6.015313), rel=1e-5)


def with_contacts(sweep, interval, horizon_days, variance, df):
    """Let the contacts of one interval's runs differ otherwise; one figure a replication."""
    runs = sweep.runs.copy()
    here = (runs["interval"] == interval) & (runs["measure"] == NET_VALUE)
    here &= runs["horizon_days"] == horizon_days
    runs.loc[here, "contact_variance"] = variance
    runs.loc[here, "contact_variance_df"] = df
    return SimulatedSegment("b2c", replace(sweep, runs=runs), YEAR, WORTHWHILE_EUR)


def test_variance_is_the_mean_over_the_runs_of_the_intervals_given(build, long_pays):
    # The contacts of all intervals have 400 × 1.01 = 404 EUR²; the monthly ones' are given.
    segment = with_contacts(long_pays, "every 28 days", YEAR, [1, 2, 3, 4, 5, 9], 10.0)
    variance, df = segment.variance(NET_VALUE, YEAR, ["every 28 days"])
    # Satterthwaite: (1 + 2 + 3 + 4 + 5 + 9)² / ((1 + 4 + 9 + 16 + 25 + 81) / 10) = 576 / 13.6.
    assert (variance, df) == pytest.approx((4.0, 42.352941))
    variance, _ = segment.variance(NET_VALUE, YEAR, ["every 14 days", "every 28 days"])
    assert variance == pytest.approx((404 + 4) / 2)
    assert segment.variance(NET_VALUE, YEAR, segment.intervals)[0] == pytest.approx(
        (3 * 404 + 4) / 4
    )
    assert segment.variance(NET_VALUE, 90.0, segment.intervals)[0] == pytest.approx(404)


def test_intervals_that_met_the_same_contacts_add_no_degrees_of_freedom(build, long_pays):
    # Six replications of 1,000 degrees each are 6,000, however many intervals met them.
    segment = SimulatedSegment("b2c", long_pays, YEAR, WORTHWHILE_EUR)
    assert segment.variance(NET_VALUE, YEAR, ["every 7 days"])[1] == pytest.approx(6000)
    assert segment.variance(NET_VALUE, YEAR, segment.intervals)[1] == pytest.approx(6000)


def test_runs_in_which_contacts_do_not_differ_count_in_the_mean_alone(build, long_pays):
    # Three runs of 8 EUR² and 20 degrees, three of none: 24² / (3 × 8² / 20) = 60 degrees.
    nan = float("nan")
    segment = with_contacts(
        long_pays, "every 28 days", YEAR, [8, 8, 8, 0, 0, 0], [20, 20, 20, nan, nan, nan]
    )
    assert segment.variance(NET_VALUE, YEAR, ["every 28 days"]) == pytest.approx((4.0, 60.0))
    never = with_contacts(long_pays, "every 28 days", YEAR, 0.0, nan)
    variance, df = never.variance(NET_VALUE, YEAR, ["every 28 days"])
    assert variance == 0
    assert math.isnan(df)


def test_spread_is_that_of_two_arms_and_of_the_horizon_nearest_to_the_trial(build, long_pays):
    segment = with_contacts(long_pays, "every 28 days", 90.0, 50.0, 7.0)
    spread = simulated_spread(segment, 100, ["every 28 days"])
    # 6 × 7 degrees for value, 6 × 1,000 for opt-outs: the fewer.
    assert (spread.days, spread.value, spread.df) == pytest.approx((90.0, 100.0, 42.0))
    assert spread.safety == pytest.approx(2 * build.contacts * 0.002**2)
    assert spread.basis == "the simulated contacts"


def test_size_from_many_simulated_contacts_is_a_number(build, scenario, long_pays):
    (decision,) = recommend(scenario, long_pays, current={"b2c": build.weekly}).decisions
    assert decision.next_trial.contacts_range is None
    # 2 (1.959964 + 0.841621)² 400 × 1.01 = 6,342 an arm, rounded up.
    assert decision.next_trial.contacts_per_arm == 6342
    assert "6,400 contacts in each of 2 arms" in decision.headline
    assert "spread from the simulated contacts" in decision.next_step
    assert "known only roughly" not in decision.next_step


def test_size_from_few_simulated_contacts_is_a_range(build, scenario):
    # 6 replications of 5/6 of a degree each are 5: the factors above.
    few = build.sweep({"b2c": build.long_pays}, run_df=5 / 6)
    found = recommend(scenario, few, current={"b2c": build.weekly})
    (decision,) = found.decisions
    trial = decision.next_trial
    low, high = trial.contacts_range
    assert low == pytest.approx(0.389636 * trial.contacts_per_arm, rel=1e-3)
    assert high == pytest.approx(6.015313 * trial.contacts_per_arm, rel=1e-3)
    # 6,342 an arm as above: 2,471 to 38,151, rounded outwards.
    assert "2,400 to 39,000 contacts in each of 2 arms" in decision.headline
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
    assert SimulatedSegment("b2c", sweep, YEAR, WORTHWHILE_EUR).settled_days() is None
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
    assert SimulatedSegment("b2c", sweep, YEAR, WORTHWHILE_EUR).settled_days() == 30.0
    found = recommend(scenario, sweep, current={"b2c": build.weekly})
    assert not any("cannot tell" in text for text in found.warnings)


def test_an_adoption_names_the_untried_intervals_that_may_bring_more(build, scenario):
    # Of the trial, every 7 against 14 days, the longer is adopted; in the simulation the untried 28
    # days are 5 EUR better than it over the year, where 1 EUR is worth a change.
    sweep = build.sweep({"b2c": {**build.long_pays, 365.0: (10, 20, 24, 29)}})
    arms = {"7 days": build.arms["7 days"], "14 days": build.arms["14 days"]}
    evaluation = build.evaluation([build.arm("14 days", 3.0, 2.0)])
    found = recommend(scenario, sweep, evaluation=evaluation, policies={"b2c": arms})
    (decision,) = found.decisions
    assert decision.verdict == "adopt"
    assert decision.headline.endswith("longer ones, not tried yet, may bring more: test them next.")
    assert "best interval, every 28 days, was not tried: testing longer ones" in decision.reason
    assert decision.next_trial.arms[:2] == ("every 14 days", "every 28 days")
    assert decision.next_step.startswith("Next trial: every 14 and 28 days")


@pytest.mark.parametrize(
    ("year", "tried", "said"),
    [
        # Not tried and better, by less than the 1 EUR that is worth a change.
        ((10, 20, 24, 24.5), ("14 days",), True),
        ((10, 20, 24, 15), ("14 days",), False),  # the adopted one is the best
        # The best was tried: there the field has spoken.
        ((10, 20, 24, 29), ("14 days", "28 days"), False),
    ],
)
def test_an_adoption_that_leaves_nothing_to_gain_needs_no_trial(build, scenario, year, tried, said):
    sweep = build.sweep({"b2c": {**build.long_pays, 365.0: year}}, noise=0.01)
    arms = {name: build.arms[name] for name in ("7 days", *tried)}
    evaluation = build.evaluation([build.arm(name, 84.0 / int(name[:2]), 2.0) for name in tried])
    found = recommend(scenario, sweep, evaluation=evaluation, policies={"b2c": arms})
    (decision,) = found.decisions
    assert (decision.interval, decision.next_trial) == ("every 14 days", None)
    assert ("no gain over every 14 days is expected that is worth a change" in decision.reason) == (
        said
    )
