"""What options mean: segments, intervals, prices, arms without a policy file."""

import pytest

from simkit.calllog import CallLog
from simkit.cli.inputs import by_segment, segments_of
from simkit.cli.policies import read_policy
from simkit.cli.prices import with_prices
from simkit.engine import simulate
from simkit.errors import InputError
from simkit.policy import RecallPolicy
from simkit.scenario import load_scenario


@pytest.mark.parametrize(
    ("text", "policy"),
    [
        ("7 days", RecallPolicy.every(days=7)),
        ("20 working days", RecallPolicy.every(working_days=20)),
        ("5wd", RecallPolicy.every(working_days=5)),
        ("practice_b2b", RecallPolicy.every(working_days=20, caps={"per_year": 10})),
    ],
)
def test_policy_is_an_interval_or_a_bundled_name(text, policy):
    assert read_policy(text) == policy


def test_policy_is_a_file_too(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(RecallPolicy.every(days=9, push=True).to_toml(), encoding="utf-8")
    assert read_policy(str(path)) == RecallPolicy.every(days=9, push=True)


def test_value_is_for_all_segments_or_for_one():
    assert by_segment("--x", ["a"], ["b2c", "b2b"]) == {"b2c": "a", "b2b": "a"}
    assert by_segment("--x", ["b2b=c", "a"], ["b2c", "b2b"]) == {"b2c": "a", "b2b": "c"}
    assert by_segment("--x", ["b2b = c"], ["b2c", "b2b"]) == {"b2b": "c"}
    assert by_segment("--x", [], ["b2c", "b2b"]) == {}


def test_value_given_twice_is_refused():
    with pytest.raises(InputError) as caught:
        by_segment("--x", ["a", "b", "b2c=d", "b2c=e"], ["b2c"])
    assert len(caught.value.problems) == 2


def test_prices_replace_the_scenarios_and_are_assumed_no_more(tmp_path):
    path = tmp_path / "mine.toml"
    economics = load_scenario("b2b").economics()["b2b"].model_dump()
    economics |= {"sale_value_eur": 999.0, "dial_eur": 0.25}
    lines = [f"{key} = {value}" for key, value in economics.items()]
    path.write_text("\n".join(["[b2b]", *lines]), encoding="utf-8")
    scenario, prices = with_prices(load_scenario("trial"), path, ["b2b"])
    assert scenario.segments["b2b"].sale_value_mean_eur == 999.0
    assert scenario.economics()["b2b"] == prices["b2b"]
    assert scenario.segments["b2c"] == load_scenario("trial").segments["b2c"]
    assert scenario.sources["b2b.dial_eur"] == "prices: mine.toml"


def test_every_segment_that_the_scenario_lacks_is_named():
    log = simulate(load_scenario("trial"), RecallPolicy.every(days=7), contacts=20, days=40)
    odd = log.contacts.assign(segment=log.contacts["segment"].replace("b2c", "home"))
    with pytest.raises(InputError, match=r"segment == 'home', must be .* \(12 contacts\)"):
        segments_of(CallLog(log.header, odd, log.attempts), load_scenario("trial"))
