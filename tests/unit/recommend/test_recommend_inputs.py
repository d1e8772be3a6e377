"""Evidence that does not fit together is refused; evidence that disagrees is warned of."""

import pytest

from simkit.errors import InputError
from simkit.policy import RecallPolicy
from simkit.recommend import recommend
from simkit.scenario import load_scenario


def test_sweep_of_one_interval_is_refused(build, scenario):
    one = {days: values[:1] for days, values in build.long_pays.items()}
    sweep = build.sweep({"b2c": one}, grid=[build.daily])
    with pytest.raises(InputError, match="must hold 2 intervals at least") as raised:
        recommend(scenario, sweep)
    fields = [problem.field for problem in raised.value.problems]
    assert fields == ["sweep.policies['b2c']"]


def test_field_and_simulation_that_disagree_are_warned_of(build, scenario, long_pays):
    # The simulation says −2 EUR at 90 days, the field +3 with a standard error of .9.
    evaluation = build.evaluation([build.arm("14 days", 3.0, 2.0)])
    found = recommend(scenario, long_pays, evaluation=evaluation, policies={"b2c": build.arms})
    assert found.evidence["agree"].tolist() == ["no"]
    assert any("disagree" in text for text in found.warnings)


def test_field_and_simulation_that_agree_are_not(build, scenario, long_pays):
    evaluation = build.evaluation([build.arm("14 days", -1.5, 2.0)])
    found = recommend(scenario, long_pays, evaluation=evaluation, policies={"b2c": build.arms})
    assert found.evidence["agree"].tolist() == ["yes"]
    assert not any("disagree" in text for text in found.warnings)


def test_a_trial_that_ends_too_soon_is_warned_of(build, scenario, long_pays):
    evaluation = build.evaluation([build.arm("14 days", 3.0, 2.0)])
    found = recommend(scenario, long_pays, evaluation=evaluation, policies={"b2c": build.arms})
    assert any("less than 365 days may name a winner" in text for text in found.warnings)


def test_prices_unlike_the_simulations_are_warned_of(scenario, long_pays):
    prices = scenario.economics()
    prices["b2c"] = prices["b2c"].model_copy(update={"dial_eur": 9.0})
    found = recommend(scenario, long_pays, economics=prices)
    assert any("did not use the prices given (dial_eur)" in text for text in found.warnings)


def test_everything_that_does_not_fit_is_listed_at_once(build, scenario, long_pays):
    evaluation = build.evaluation([build.arm("14 days", 3.0, 2.0), build.arm("3 days", 1.0, 2.0)])
    other = RecallPolicy.every(days=3)
    with pytest.raises(InputError) as raised:
        recommend(
            scenario,
            long_pays,
            evaluation=evaluation,
            policies={"b2c": {"7 days": build.weekly, "3 days": other}},
            current={"b2c": build.monthly},
        )
    fields = [problem.field for problem in raised.value.problems]
    assert fields == ["policies['b2c']['14 days']", "policies['b2c']['3 days']", "current['b2c']"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"horizon_days": 100.0}, "horizon_days"),
        ({"current": {"b2x": RecallPolicy.every(days=7)}}, "current"),
        ({"scenario": load_scenario("b2c")}, "scenario"),
        ({"economics": {}}, "economics"),
    ],
)
def test_inputs_that_do_not_fit_the_sweep(scenario, long_pays, change, field):
    with pytest.raises(InputError) as raised:
        recommend(**({"scenario": scenario, "sweep": long_pays} | change))
    assert [problem.field for problem in raised.value.problems] == [field]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"primary": "sale"}, "evaluation.primary"),
        ({"horizon_days": None}, "evaluation.horizon_days"),
    ],
)
def test_a_trial_of_something_else_decides_nothing(build, scenario, long_pays, change, field):
    evaluation = build.evaluation([build.arm("14 days", 3.0, 2.0)], **change)
    with pytest.raises(InputError) as raised:
        recommend(scenario, long_pays, evaluation=evaluation, policies={"b2c": build.arms})
    assert field in [problem.field for problem in raised.value.problems]


def test_no_policies_for_the_arms(build, scenario, long_pays):
    evaluation = build.evaluation([build.arm("14 days", 3.0, 2.0)])
    with pytest.raises(InputError, match="which policy each arm"):
        recommend(scenario, long_pays, evaluation=evaluation)
