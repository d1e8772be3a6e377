"""The front of net value and a cost: who is on it, who is surely beaten, the price of a step."""

import dataclasses

import numpy as np
import pytest
from made_sweep import made_sweep
from scipy import stats

from simkit.errors import InputError
from simkit.sweep.curve.pareto import pareto

DAYS = [1.0, 2.0, 7.0, 14.0, 28.0]
VALUE = np.array([2.0, 6.0, 10.0, 8.0, 5.0])
OPT_OUT = np.array([0.6, 0.4, 0.2, 0.1, 0.05])


def swept(value=VALUE, cost=OPT_OUT, *, against="opt_out", own=0.2, scale=0.005, replications=8):
    random = np.random.default_rng(2)
    shared = random.normal(size=(replications, 1))
    values = value + shared + own * random.normal(size=(replications, len(value)))
    costs = cost + scale * random.normal(size=(replications, len(value)))
    return made_sweep(DAYS, {"net_value_eur": values, against: costs}), values, costs


def test_front_and_surely_dominated_by_hand():
    # 7 days has the most value; fewer opt-outs cost value from there on; 1 and 2 days have less
    # value and more opt-outs than 7, by 20 errors and more.
    sweep, values, costs = swept()
    front = pareto(sweep)
    assert front.table["on_front"].tolist() == [False, False, True, True, True]
    assert front.table["surely_dominated"].tolist() == [True, True, False, False, False]
    assert front.table["dominated_by"].tolist()[2:] == ["", "", ""]
    assert front.table["net_value_eur"].tolist() == pytest.approx(values.mean(axis=0))
    low, high = stats.t.interval(0.95, 7, loc=costs.mean(axis=0), scale=stats.sem(costs))
    assert front.table["cost_low"].tolist() == pytest.approx(low)
    assert front.table["cost_high"].tolist() == pytest.approx(high)
    assert front.unit == "share of contacts"


def test_what_is_behind_the_front_by_chance_is_not_surely_beaten():
    sweep, _, _ = swept(value=np.array([2.0, 9.9, 10.0, 8.0, 5.0]), own=2.0)
    table = pareto(sweep).table
    row = table[table["interval"] == "every 2 days"].iloc[0]
    assert not row["surely_dominated"]


def test_equal_intervals_do_not_dominate_each_other():
    _, values, costs = swept()
    values[:, 3], costs[:, 3] = values[:, 2], costs[:, 2]
    table = pareto(made_sweep(DAYS, {"net_value_eur": values, "opt_out": costs})).table
    assert table["on_front"].tolist() == [False, False, True, True, True]
    assert not table["surely_dominated"].iloc[2:].any()


def test_missing_runs_are_left_out_pair_by_pair():
    sweep, values, costs = swept()
    runs = sweep.runs
    left = runs[~((runs["interval"] == "every 1 days") & (runs["replication"] >= 3))]
    sweep = dataclasses.replace(sweep, runs=left)
    row = pareto(sweep).table.iloc[0]
    # The second interval has met all: the first is put beside it by the replications of both.
    level = values[:, 1].mean() + (values[:3, 0] - values[:3, 1]).mean()
    assert row["net_value_eur"] == pytest.approx(level)
    p = max(
        stats.ttest_rel(values[:3, 2], values[:3, 0], alternative="greater").pvalue,
        stats.ttest_rel(costs[:3, 2], costs[:3, 0], alternative="less").pvalue,
    )
    assert row["p_adjusted"] <= 20 * p


def test_price_of_a_step_is_in_cost_per_1000_eur():
    sweep, values, costs = swept()
    front = pareto(sweep)
    steps = front.steps
    assert steps["from_interval"].tolist() == ["every 28 days", "every 14 days"]
    assert steps["to_interval"].tolist() == ["every 14 days", "every 7 days"]
    gain = (values[:, 2] - values[:, 3]).mean()
    more = (costs[:, 2] - costs[:, 3]).mean()
    assert steps["more_eur"].iloc[1] == pytest.approx(gain)
    # Opt-outs per contact over EUR per contact: .1 / 2, so about 50 opt-outs for 1,000 EUR.
    assert steps["price"].iloc[1] == pytest.approx(1000 * more / gain)
    assert 40 < steps["price_low"].iloc[1] < steps["price"].iloc[1] < steps["price_high"].iloc[1]
    (whole,) = front.whole.to_dict("records")
    assert (whole["from_interval"], whole["to_interval"]) == ("every 28 days", "every 7 days")


def test_agents_time_is_shown_in_hours_per_1000_contacts():
    seconds = np.array([3600.0, 1800.0, 1440.0, 720.0, 360.0])
    sweep, _, costs = swept(cost=seconds, against="agent_s", scale=5.0)
    front = pareto(sweep, against="agent_s")
    # 360 s a contact are 100 hours for 1,000 contacts.
    assert front.table["cost"].tolist() == pytest.approx(costs.mean(axis=0) / 3.6)
    assert front.unit == "hours per 1,000 contacts"
    # 720 s and 2 EUR a contact more: 1,000 EUR cost 500 × 720 s = 100 h.
    assert front.steps["price"].iloc[1] == pytest.approx(100, rel=0.15)
    assert "agents' hours" in front.sentence()


def test_sentences_name_the_front_the_beaten_and_the_price():
    front = pareto(swept()[0])
    first, second, whole, last = front.sentences()
    assert first == (
        "b2c: over 365 days more net value comes with more opt-outs when calling every 7, 14 or 28 "
        "days: which is best depends on what one is worth in the other."
    )
    assert second == (
        "No need to call every 1 or 2 days: another interval is surely better in both (95% "
        "confidence for all such claims together)."
    )
    assert whole.startswith("1,000 EUR more cost ")
    assert "opt-outs from every 28 days to every 7 days (95% interval" in whole
    assert "from every 14 days to every 7 days" in last
    assert "<table" in front._repr_html_()


def test_one_interval_best_in_both_is_said():
    front = pareto(swept(cost=np.array([0.6, 0.4, 0.02, 0.1, 0.05]))[0])
    assert front.steps.empty
    assert front.whole.empty
    assert "every 7 days has the most net value and the least opt-outs." in front.sentence()


def test_a_gain_that_cannot_be_told_has_no_price():
    _, values, costs = swept()
    # 7 days gain .1 on 14 days on average, ± 3 from replication to replication.
    values[:, 2] = values[:, 3] + 0.1 + np.tile([3.0, -3.0], 4)
    front = pareto(made_sweep(DAYS, {"net_value_eur": values, "opt_out": costs}))
    assert front.table["on_front"].tolist() == [False, False, True, True, True]
    assert front.steps["price_low"].isna().tolist() == [False, True]
    assert front.sentences()[-1] == (
        "Whether net value grows from every 14 days to every 7 days cannot be told, nor what "
        "1,000 EUR more cost."
    )


def test_what_the_sweep_does_not_have_is_named():
    sweep, _, _ = swept()
    with pytest.raises(InputError) as caught:
        pareto(sweep, "b2x", against="net_value_eur", horizon_days=30)
    assert [problem.field for problem in caught.value.problems] == [
        *("segment", "horizon_days", "against")
    ]
    assert caught.value.problems[-1].rule == "must be one of opt_out"


def test_an_interval_without_two_runs_is_refused():
    sweep, _, _ = swept()
    runs = sweep.runs
    left = runs[~((runs["interval"] == "every 1 days") & (runs["replication"] > 0))]
    sweep = dataclasses.replace(sweep, runs=left)
    with pytest.raises(InputError, match="must have two replications with both values"):
        pareto(sweep)
