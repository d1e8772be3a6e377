"""Ranges of assumed numbers: data with sources, checked all at once."""

import math

import pytest

from simkit.errors import InputError
from simkit.policy import RecallPolicy
from simkit.scenario import is_assumed, load_scenario
from simkit.sweep.screening import Range, bundled_ranges, read_ranges
from simkit.sweep.screening.factors import NO_RANGE, REASONS, Factor, choose

WEEKLY = RecallPolicy.every(working_days=5)


def chosen(scenario, segment, parameters=None, ranges=None, policy=WEEKLY, agents=None):
    return choose(
        scenario,
        segment,
        parameters=parameters,
        ranges=read_ranges(ranges or {}),
        policies=[policy],
        agents=agents,
    )


@pytest.mark.parametrize("segment", ["b2c", "b2b"])
def test_bundled_ranges_suit_the_bundled_scenario(segment):
    scenario = load_scenario(segment)
    # With limited agents and pushing everything that has a range matters but early calls.
    pushing = WEEKLY.replace(push=True)
    choice, problems = chosen(scenario, segment, policy=pushing, agents=3)
    assert problems == []
    varied = {factor.key for factor in choice.factors}
    assumed = {name.rpartition(".")[2] for name in scenario.assumed}
    sourced = set(bundled_ranges(segment)) - assumed
    assert set(bundled_ranges(segment)) - sourced - varied == {"jump_early"}
    assert {factor.name for factor in choice.factors} | set(choice.left_out) == set(
        scenario.assumed
    )


@pytest.mark.parametrize("segment", ["b2c", "b2b"])
def test_all_assumed_numbers_are_varied_or_left_out_with_a_reason(segment):
    scenario = load_scenario(segment)
    choice, _ = chosen(scenario, segment)
    for name, reason in choice.left_out.items():
        assert reason == REASONS.get(name.rpartition(".")[2], NO_RANGE)
    without = {name.rpartition(".")[2] for name, why in choice.left_out.items() if why == NO_RANGE}
    assert without <= {"shifts", "windows", "entry_spread_days"}


def test_irritation_may_cost_no_sales_in_every_bundled_range():
    for segment in ("b2c", "b2b"):
        assert bundled_ranges(segment)["sale_irritation_logit"].low == 0


def test_figures_of_the_evidence_are_the_ends_they_are_said_to_be():
    b2c, b2b = bundled_ranges("b2c"), bundled_ranges("b2b")
    # Baylor 2011: 17 % dead numbers. Hiya 2019: 10 to 70 % answered. Opt-outs .2 to 1 %. One
    # reminder, 2.1 to 3.7 %: log odds ratio .58, half of it .29.
    assert b2c["bad_number_prob"].high == 0.17
    assert [b2c["reach_base_logit"].low, b2c["reach_base_logit"].high] == pytest.approx(
        [logit(0.10), logit(0.70)], abs=0.005
    )
    for ranges in (b2c, b2b):
        ends = [ranges["optout_base_logit"].low, ranges["optout_base_logit"].high]
        assert ends == pytest.approx([logit(0.002), logit(0.01)], abs=0.006)
        reminder = logit(0.037) - logit(0.021)
        assert ranges["optout_irritation_logit"].low == pytest.approx(reminder / 2, abs=0.01)
    # Gong, Belkins: 5 % of dials. Cognism: 4.8 % of conversations. Salesfinity: 15 % of connects.
    assert b2b["reach_base_logit"].low == pytest.approx(logit(0.05), abs=0.005)
    assert b2b["spark_prob"].high == 0.048
    assert b2b["callback_prob"].low == 0.15


def logit(share):
    return math.log(share / (1 - share))


def test_a_wide_range_of_a_rate_is_cut_on_a_log_scale_and_others_are_not():
    rate = Factor("b2c.need_per_year", 0.4, 3.6, "assumed", whole=False)
    assert rate.scale == "log"
    assert rate.value(0.5) == pytest.approx(1.2)  # the geometric mean
    assert (rate.value(0.0), rate.value(1.0)) == (0.4, 3.6)
    narrow = Factor("b2c.agent_eur_per_hour", 16.0, 36.0, "assumed", whole=False)
    assert (narrow.scale, narrow.value(0.5)) == ("linear", 26.0)
    assert Factor("b2c.jump_missed", 0.0, 9.0, "assumed", whole=False).scale == "linear"
    assert Factor("b2c.optout_irritation_logit", 0.3, 2.4, "assumed", False).scale == "linear"


def test_whole_numbers_stay_whole():
    phases = Factor("b2c.decision_shape", 1, 8, "assumed", whole=True)
    values = [phases.value(place / 3) for place in range(4)]
    assert values == [1, 2, 4, 8]
    assert all(isinstance(value, int) for value in values)


def test_ranges_are_read_from_files_and_mappings(tmp_path):
    line = 'need_per_year = {{ low = {}, high = 3, source = "ours" }}\n'
    (tmp_path / "flat.toml").write_text(line.format(0.5), encoding="utf-8")
    (tmp_path / "parts.toml").write_text("[b2c]\n" + line.format(0.5), encoding="utf-8")
    wanted = Range(0.5, 3, "ours")
    assert read_ranges(tmp_path / "flat.toml") == {"need_per_year": wanted}
    assert read_ranges(tmp_path / "parts.toml") == {"b2c.need_per_year": wanted}
    assert read_ranges({"need_per_year": wanted}) == {"need_per_year": wanted}
    assert read_ranges({"need_per_year": (0.5, 3)}) == {"need_per_year": Range(0.5, 3, "given")}


def test_a_range_of_ones_own_goes_before_the_bundled_one_and_adds_its_parameter():
    scenario = load_scenario("b2c")
    # talk_mean_s has a source in b2c, so that it is varied only where somebody asks for it.
    before, _ = chosen(scenario, "b2c")
    assert "talk_mean_s" not in {factor.key for factor in before.factors}
    after, problems = chosen(
        scenario, "b2c", ranges={"talk_mean_s": (100, 150), "need_per_year": (1, 2)}
    )
    assert problems == []
    found = {factor.key: (factor.low, factor.high, factor.source) for factor in after.factors}
    assert found["talk_mean_s"] == (100, 150, "given")
    assert found["need_per_year"] == (1, 2, "given")
    assert len(found) == len(before.factors) + 1


def test_prices_that_are_known_are_not_varied():
    scenario = load_scenario("b2c").vary("b2c.dial_eur", 0.04, source="our invoices")
    choice, _ = chosen(scenario, "b2c")
    assert "dial_eur" not in {factor.key for factor in choice.factors}
    assert not is_assumed(scenario.sources["b2c.dial_eur"])


def test_everything_wrong_with_a_file_is_told_at_once(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(
        "dial_eur = 3\n"
        'need_per_year = { low = 2, high = 1, source = "x" }\n'
        "lost_days = { low = 2, high = 3 }\n"
        'wrap_s = { low = "a", high = 3, sauce = "x" }\n',
        encoding="utf-8",
    )
    with pytest.raises(InputError) as error:
        read_ranges(path)
    told = [(problem.field, problem.rule.partition(":")[0]) for problem in error.value.problems]
    assert told == [
        ("dial_eur", 'must be written { low = ..., high = ..., source = "..." }'),
        ("need_per_year.low", "must be < high (1)"),
        ("lost_days.source", "must say where the range comes from, or 'assumed'"),
        ("wrap_s.sauce", "is an unknown key; did you mean 'source'?"),
        ("wrap_s.low", "must be a number"),
        ("wrap_s.source", "must say where the range comes from, or 'assumed'"),
    ]


def test_everything_wrong_with_ranges_for_a_scenario_is_told_at_once():
    ranges = {
        "need_per_yaer": (1, 2),
        "spark_prob": (0.01, 1.5),
        "dial_eur": (0.1, 0.2),
        "sale_irritation_logit": (0.1, 1.0),
        "decision_shape": (1, 2.5),
        "windows": (0, 1),
    }
    _, problems = chosen(load_scenario("b2c"), "b2c", ranges=ranges)
    told = {problem.field: problem.rule for problem in problems}
    assert told == {
        "b2c.need_per_yaer": "is an unknown key; did you mean 'need_per_year'?",
        "b2c.spark_prob.high": "must be <= 1",
        "range of b2c.dial_eur": (
            "must hold the scenario's own value 0.05: give a range of your own"
        ),
        "range of b2c.sale_irritation_logit": (
            "must hold 0: field evidence that irritation lowers sales is mixed"
        ),
        "b2c.decision_shape.high": "must be a whole number",
        "b2c.windows": "must be a parameter that is a number",
    }


def test_a_segment_without_ranges_needs_some(tmp_path):
    text = load_scenario("b2c").to_toml().replace("b2c", "ours")
    (tmp_path / "ours.toml").write_text(text, encoding="utf-8")
    scenario = load_scenario(tmp_path / "ours.toml")
    _, problems = chosen(scenario, "ours", parameters=["need_per_year"])
    assert [problem.rule for problem in problems] == [
        "must have a range, and none comes with simkit: give one"
    ]
    _, problems = chosen(scenario, "ours", ranges={"need_per_year": (1, 2)})
    assert problems == []
