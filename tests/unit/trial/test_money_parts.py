"""What a difference in net value is made of adds up, in memory and on disk."""

import re

import numpy as np
import pytest

from simkit.calllog.stored import open_call_log
from simkit.engine import simulate
from simkit.measures import contact_outcomes
from simkit.policy import RecallPolicy
from simkit.scenario import load_scenario
from simkit.trial import evaluate
from simkit.trial.money_parts import whole_cents

SCENARIO = load_scenario("trial")
PRICES = SCENARIO.economics()
ARMS = {
    segment: {"current": RecallPolicy.every(days=7), "long": RecallPolicy.every(days=21)}
    for segment in ("b2c", "b2b")
}
TITLE = "What makes up the difference in net value?"


@pytest.fixture(scope="module")
def log():
    return simulate(SCENARIO, ARMS, contacts=400, days=110, seed=5)


@pytest.fixture(scope="module")
def found(log):
    return evaluate(log, control="current", horizon_days=60, economics=PRICES)


def amounts(text):
    signed = text.replace("−", "-")
    return [float(number) for number in re.findall(r"[+-][0-9]+[.][0-9]{2}", signed)]


def test_the_parts_of_a_difference_add_up_to_its_estimate(found):
    rows = found.table[found.table["outcome"] == "net_value_eur"]
    assert set(found.parts) == set(rows["segment"]) == {"b2c", "b2b"}
    for row in rows.itertuples():
        (text,) = found.parts[row.segment]
        whole, *parts = amounts(text)
        assert len(parts) == 5
        assert whole == pytest.approx(row.estimate, abs=0.0051)  # to cents
        assert sum(parts) == pytest.approx(whole, abs=1e-9)
        assert "before adjustment" not in text


def test_each_part_is_the_difference_of_the_means_of_its_own_money(log, found):
    table = contact_outcomes(log, horizon_days=60, economics=PRICES)
    table = table[table["full_horizon"] & (table["segment"] == "b2c")]
    means = table.groupby("arm")[["value_eur", "agent_cost_eur", "optout_cost_eur"]].mean()
    sales, time, lost = means.loc["long"] - means.loc["current"]
    parts = amounts(found.parts["b2c"][0])[1:]
    # Cents are rounded so that they add up: each is off by less than one.
    assert [parts[0], parts[2], parts[4]] == pytest.approx([sales, -time, -lost], abs=0.01)


def test_a_log_on_disk_tells_the_same_parts(log, found, tmp_path):
    stored = open_call_log(log.write(tmp_path / "log"))
    there = evaluate(stored, control="current", horizon_days=60, economics=PRICES)
    assert there.parts == found.parts


def test_the_lines_of_the_result_hold_them_and_say_that_the_worth_of_an_opt_out_is_a_price(found):
    assert found.trustworthy
    assert found.further()[TITLE] == [text for lines in found.parts.values() for text in lines]
    assert "no money seen in this trial" in found.parts["b2c"][0]


def test_an_adjusted_estimate_is_told_as_it_was_before(log):
    contacts = log.contacts.assign(spent=np.random.default_rng(1).normal(size=len(log.contacts)))
    known = type(log)(log.header, contacts, log.attempts, log.truth)
    settings = {"control": "current", "horizon_days": 60, "economics": PRICES}
    adjusted = evaluate(known, adjust=["spent"], **settings)
    plain = evaluate(known, **settings)
    assert adjusted.parts["b2c"] == tuple(
        re.sub(r"( EUR): sales", r"\1 before adjustment: sales", text)
        for text in plain.parts["b2c"]
    )


def test_without_prices_nothing_is_told(log):
    bare = evaluate(log, control="current", horizon_days=60)
    assert bare.parts == {}
    assert TITLE not in bare.further()


def test_cents_add_up_to_the_rounded_sum():
    # 0.333 + 0.333 + 0.334 = 1.00; each rounds to 33 cents, and the largest remainder gets one.
    assert whole_cents(np.array([0.333, 0.333, 0.334])) == [33, 33, 34]
    assert sum(whole_cents(np.array([-0.336, 0.115, 8.004, 0.0]))) == 778  # of 7.783
