"""Without a trial the simulation says what to test, of how many contacts, and adopts nothing."""

import pandas as pd
import pytest

from simkit.recommend import recommend


def test_without_a_trial_it_only_says_what_to_test(build, scenario, long_pays):
    found = recommend(scenario, long_pays, current={"b2c": build.weekly})
    (decision,) = found.decisions
    assert decision.verdict == "test this interval"
    assert decision.interval == "every 14 days"
    assert decision.use_now == build.weekly
    assert decision.next_trial.arms == ("every 7 days", "every 14 days")
    assert "nothing can be adopted" in decision.reason
    assert "+4.00 EUR" in decision.reason


def test_without_a_trial_the_size_comes_from_the_replications(build, scenario):
    # Replications of 400 contacts spread by 1 EUR: a contact's variance is 400 EUR², two arms
    # 800; own noise of .1 adds 1 %. worthwhile 1 EUR over the year, 5 % shared by 1 comparison.
    sweep = build.sweep({"b2c": build.long_pays}, spread=1.0, noise=0.1)
    found = recommend(scenario, sweep, current={"b2c": build.weekly})
    trial = found.decisions[0].next_trial
    assert trial.contacts_for_value == pytest.approx(7.8489 * 800 * 1.01, rel=0.01)


def test_an_end_of_the_range_is_tested_as_well(build, scenario):
    # Fortnightly and monthly cannot be told apart: the longer one is the third arm.
    curve = {30.0: (4, 3, 2, 1), 90.0: (5, 9, 7, 4), 365.0: (10, 20, 24, 24)}
    sweep = build.sweep({"b2c": curve}, noise=0.5)
    (decision,) = recommend(scenario, sweep, current={"b2c": build.weekly}).decisions
    assert decision.as_good == ("every 14 days", "every 28 days")
    assert decision.range_days == (14.0, 28.0)
    assert decision.next_trial.arms == ("every 7 days", "every 14 days", "every 28 days")
    # Holm: two comparisons share 5 %.
    assert decision.next_trial.alpha == pytest.approx(0.025)


def test_current_policy_that_is_the_best_is_tested_against_the_next(build, scenario, long_pays):
    (decision,) = recommend(scenario, long_pays, current={"b2c": build.fortnightly}).decisions
    assert decision.verdict == "test this interval"
    assert decision.next_trial.arms == ("every 14 days", "every 7 days")
    # Fortnightly calls bring 4 EUR more than the next best, with noise of .1: all are ruled out.
    assert (
        "In the simulation (6 replications) every 14 days comes out best over 365 days. All others "
        "are ruled out as the best." in decision.reason
    )


def test_best_of_few_replications_is_named_with_what_cannot_be_told_from_it(build, scenario):
    curve = {30.0: (4, 3, 2, 1), 90.0: (5, 9, 7, 4), 365.0: (10, 20, 24, 23.9)}
    sweep = build.sweep({"b2c": curve}, noise=0.5)
    (decision,) = recommend(scenario, sweep, current={"b2c": build.fortnightly}).decisions
    assert (
        "every 14 days comes out best over 365 days. Cannot be told from the best: every 28 days."
        in decision.reason
    )


def test_unknown_current_policy_is_said(scenario, long_pays):
    found = recommend(scenario, long_pays)
    (decision,) = found.decisions
    assert decision.use_now is None
    assert found.policies == {}
    assert "was not given" in decision.reason


def test_net_value_is_per_contact_year(build, scenario, long_pays):
    row = recommend(scenario, long_pays, horizon_days=90.0).table.iloc[0]
    # Weekly calls win 90 days with 9 EUR: 9 × 365/90 a year.
    assert row["interval"] == "every 7 days"
    assert row["net_value_eur_per_contact_year"] == pytest.approx(9 * 365 / 90)


def test_given_prices_are_no_longer_assumed(scenario, long_pays):
    free = recommend(scenario, long_pays)
    priced = recommend(scenario, long_pays, economics=scenario.economics())
    gone = set(free.assumed["parameter"]) - set(priced.assumed["parameter"])
    assert "b2c.worthwhile_eur" in gone
    assert "b2c.sale_value_mean_eur" in gone
    assert {"b2c.dial_eur", "b2c.valuation_days", "b2c.optout_margin_prob"} <= gone
    assert {"b2c.need_per_year", "staff.skill_sd_logit"} <= set(priced.assumed["parameter"])
    # Another segment's parameters do not matter to this answer.
    assert not priced.assumed["parameter"].str.startswith("b2b.").any()


def test_results_show_in_a_notebook(scenario, long_pays):
    shown = recommend(scenario, long_pays)._repr_html_()
    assert "Test this interval" in shown
    assert isinstance(recommend(scenario, long_pays).table, pd.DataFrame)
