"""A trial too small for what is worth finding says so first, and where its difference is from."""

import numpy as np
import pytest
from scipy import stats

from simkit.policy import RecallPolicy
from simkit.scenario import load_scenario
from simkit.trial.design import design_trial

ARMS = {
    "current": RecallPolicy.every(working_days=5),
    "long": RecallPolicy.every(working_days=20),
}
SCENARIO = load_scenario("trial")
HORIZON = 90.0
PLAIN = {"control": "current", "horizon_days": HORIZON, "name": "spring", "guardrails": {}}


@pytest.fixture(scope="module")
def small():
    return design_trial(SCENARIO, ARMS, contacts={"b2c": 3000, "b2b": 2000}, **PLAIN)


def test_the_power_that_is_missing_is_told_first(small):
    said = small.sentence()
    assert said.startswith("Too small for what you call worthwhile: b2c has power ")
    assert said.index("What helps: more contacts") < said.index("b2c needs ")
    for segment, rows in small.sizes.groupby("segment"):
        row = rows.iloc[0]
        # The two-sided z test of two means; contacts of b2c are their own accounts, those of b2b
        # come with their design effect. t of 998 degrees of freedom and more is z to a thousandth.
        error = row["sd"] * np.sqrt(row["design_effect"] * 2 / row["contacts"])
        power = stats.norm.sf(stats.norm.isf(row["alpha"] / 2) - row["difference"] / error)
        assert f"{segment} has power {100 * power:.0f} % to find" in said
        assert f"with 80 % is +{row['mde']:.2f} EUR" in said
    # Once is enough.
    assert said.count("oo small") == 1
    assert not any("too small" in text for text in small.warnings)


def test_the_difference_over_the_horizon_is_told_as_that_of_a_year(small):
    year = SCENARIO.economics()["b2c"].worthwhile_eur
    found = f"+{year * HORIZON / 365:.2f} EUR of net value per contact in 90 days"
    asked = f"{found} ({year:.2f} EUR a contact-year, the prices' worthwhile_eur)"
    assert asked in small.sentence()
    scenario = SCENARIO.only("b2c")
    own = design_trial(scenario, ARMS, worthwhile=20.0, contacts=3000, **PLAIN).sentence()
    # 20 × 365 / 90 = 81.11
    assert "+20.00 EUR of net value per contact in 90 days (81.11 EUR a contact-year) with" in own


def test_a_trial_that_is_large_enough_is_not_called_too_small():
    scenario = SCENARIO.only("b2c")
    enough = design_trial(scenario, ARMS, worthwhile=20.0, **PLAIN)
    again = design_trial(
        scenario, ARMS, worthwhile=20.0, contacts=enough.design.contacts["b2c"], **PLAIN
    )
    one_less = design_trial(
        scenario, ARMS, worthwhile=20.0, contacts=enough.design.contacts["b2c"] - 4, **PLAIN
    )
    for found in (enough, again):
        assert found.sentence().startswith("b2c needs ")
    assert one_less.sentence().startswith("Too small for what you call worthwhile")


def test_an_outcome_of_yes_or_no_is_told_in_points_and_without_a_year():
    found = design_trial(
        SCENARIO.only("b2c"), ARMS, primary="sale", worthwhile=0.02, contacts=400, **PLAIN
    )
    assert "to find +2.00 percentage points" in found.sentences()[0]
    assert "contact-year" not in found.sentence()
    # Without a difference there is no power, and nothing to be too small for.
    plain = design_trial(SCENARIO.only("b2c"), ARMS, primary="sale", contacts=400, **PLAIN)
    assert "Too small" not in plain.sentence()
