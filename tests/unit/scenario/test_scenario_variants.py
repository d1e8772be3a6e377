"""Variants of a scenario, its identity and its tables."""

import json

import numpy as np
import pytest

from simkit.errors import InputError
from simkit.scenario import load_scenario

TRIAL = load_scenario("trial")


def test_varying_leaves_the_original_alone() -> None:
    before = TRIAL.model_copy(deep=True)
    varied = TRIAL.vary("b2c.need_per_year", 3, source="sensitivity")
    assert varied.segments["b2c"].need_per_year == 3.0
    assert varied.sources["b2c.need_per_year"] == "sensitivity"
    assert before == TRIAL
    assert varied.segments["b2b"] == TRIAL.segments["b2b"]


def test_a_scenario_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        TRIAL.name = "other"  # type: ignore[misc]
    with pytest.raises(TypeError, match="frozen"):
        TRIAL.sources["b2c.need_per_year"] = "measured"
    with pytest.raises(TypeError, match="frozen"):
        TRIAL.segments.clear()
    with pytest.raises(ValueError, match="frozen"):
        TRIAL.segments["b2c"].need_per_year = 3.0  # type: ignore[misc]


def test_numpy_scalars_are_numbers() -> None:
    varied = TRIAL.vary_all(
        {"b2c.decision_shape": np.int64(4), "b2c.spark_prob": np.float32(0.5)}, source="grid"
    )
    assert varied.segments["b2c"].decision_shape == 4
    assert varied.segments["b2c"].spark_prob == 0.5


def test_words_and_staff_can_be_varied() -> None:
    varied = TRIAL.vary("b2c.initial_state", "deciding", source="limit case")
    assert varied.segments["b2c"].initial_state == "deciding"
    assert "b2c.initial_state" not in varied.sources
    assert TRIAL.vary("staff.skill_sd_logit", 0, source="x").staff.skill_sd_logit == 0


def test_shares_are_varied_together() -> None:
    varied = TRIAL.vary_all({"b2c.share": 0.3, "b2b.share": 0.7}, source="x")
    assert varied.segments["b2b"].share == 0.7
    with pytest.raises(InputError, match="must be 1"):
        TRIAL.vary("b2c.share", 0.3, source="x")


def test_every_wrong_variation_is_named() -> None:
    with pytest.raises(InputError) as caught:
        TRIAL.vary_all({"b2c.need_per_yaer": 1, "b3.x": 1, "need_per_year": 1}, source="x")
    rules = {problem.field: problem.rule for problem in caught.value.problems}
    assert rules["b2c.need_per_yaer"] == "is an unknown key; did you mean 'need_per_year'?"
    assert "staff, b2c, b2b" in rules["b3.x"]
    assert "staff, b2c, b2b" in rules["need_per_year"]
    with pytest.raises(InputError) as caught:
        TRIAL.vary_all({"b2c.need_per_year": -1, "b2b.spark_prob": 2}, source="x")
    fields = [(problem.where, problem.field) for problem in caught.value.problems]
    assert fields == [("trial", "b2c.need_per_year"), ("trial", "b2b.spark_prob")]
    with pytest.raises(InputError, match="must say where the number comes from"):
        TRIAL.vary("b2c.need_per_year", 1, source=" ")


def test_zero_rates_and_any_finite_logit_are_allowed() -> None:
    values = {"b2c.rival_per_day": 0, "b2c.need_per_year": 0, "b2c.optout_base_logit": -1000}
    assert TRIAL.vary_all(values, source="limit case").segments["b2c"].rival_per_day == 0


def test_one_segment_alone_has_the_whole_share() -> None:
    alone = TRIAL.only("b2b")
    assert list(alone.segments) == ["b2b"]
    assert alone.segments["b2b"].share == 1.0
    assert not any(name.startswith("b2c.") for name in alone.sources)
    with pytest.raises(InputError, match="must be one of b2c, b2b"):
        TRIAL.only("b2x")


def test_identity_changes_with_every_number_and_not_with_texts() -> None:
    same = TRIAL.vary(
        "b2c.need_per_year", TRIAL.segments["b2c"].need_per_year, source="another source"
    )
    assert same.identity() == TRIAL.identity()
    seen = {TRIAL.identity()["sha256"]}
    parameters = TRIAL.parameters()
    numbers = parameters[parameters["value"].map(lambda value: isinstance(value, float))]
    for name, value in zip(numbers["parameter"], numbers["value"], strict=True):
        if not name.endswith(".share"):
            changed = value * 0.9 if value else 0.01
            changed = 1.5 if name.endswith("account_size_mean") else changed
            seen.add(TRIAL.vary(name, changed, source="x").identity()["sha256"])
    assert len(seen) == 1 + sum(not name.endswith(".share") for name in numbers["parameter"])


def test_identity_is_plain_data() -> None:
    identity = TRIAL.identity()
    assert json.loads(json.dumps(identity)) == identity
    assert identity["name"] == "trial"
    assert len(identity["sha256"]) == 64


def test_the_table_of_parameters_says_what_is_assumed() -> None:
    scenario = TRIAL.vary("b2c.talk_mean_s", 100, source="our dialler, 2025").vary(
        "b2c.need_per_year", 1, source="Assumed; between 0.5 and 2"
    )
    table = scenario.parameters().set_index("parameter")
    assert list(table.columns) == ["value", "unit", "meaning", "source", "assumed"]
    row = table.loc["b2c.need_per_year"]
    assert row["unit"] == "1/year"
    assert row["assumed"]
    assert not table.loc["b2c.talk_mean_s", "assumed"]
    assert set(scenario.assumed) == set(table.index[table["assumed"]])
    assert table.loc["b2c.reach_profile_logit", "value"] == "flat"


def test_economics_are_the_segments_prices() -> None:
    economics = TRIAL.economics()
    for name, segment in TRIAL.segments.items():
        prices = economics[name]
        assert prices.sale_value_eur == segment.sale_value_mean_eur
        assert prices.dial_eur == segment.dial_eur
        assert prices.optout_margin_prob == segment.optout_margin_prob
