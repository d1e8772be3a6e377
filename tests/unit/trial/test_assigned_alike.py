"""What an assignment says of how alike its arms are in what was known before."""

import numpy as np
import pandas as pd
import pytest

from simkit.policy import RecallPolicy
from simkit.trial.assign import assign
from simkit.trial.assign.alike_words import said_of_balance
from simkit.trial.design import TrialDesign

ARMS = {
    "current": RecallPolicy.every(working_days=5),
    "long": RecallPolicy.every(working_days=10),
}
DESIGN = TrialDesign(
    name="autumn",
    arms={"b2c": ARMS},
    control={"b2c": "current"},
    salt="autumn-2026",
    unit="contact",
    horizon_days=98.0,
)


def balance(*p_values):
    """Checks of so many segments, one p-value each."""
    return pd.DataFrame({"check": "balance of covariates", "p_value": list(p_values)})


def known(*rows):
    """Differences: covariate, mean, mean of the control, standard deviations apart, segment."""
    names = ["covariate", "mean", "mean_control", "standardised", "segment"]
    return pd.DataFrame(rows, columns=names).assign(arm="long", control="current")


SOUTH = ("regione: Sud", 0.4238, 0.3118, 0.2338, "b2c")
AGE = ("eta", 49.61, 50.44, -0.05, "b2c")
MOST = (
    "most in regione Sud, 42 % in long against 31 % in current: consider it as a stratum or a "
    "covariate of the design."
)


def test_arms_that_differ_by_chance_are_not_called_alike_and_the_largest_difference_is_named():
    told = said_of_balance(balance(0.3), known(AGE, SOUTH))
    assert told == (f"In what was known before, arms differ no more than chance makes them; {MOST}")


def test_more_than_chance_usually_makes_is_said_and_not_passed_over():
    told = said_of_balance(balance(0.3, 0.021), known(SOUTH))
    assert told == (
        "In what was known before, arms differ more than chance usually makes them (p = 0.021: "
        "where nothing is wrong 1 test in 20 finds as much), and less than the check "
        f"objects to (p below 0.001); {MOST}"
    )


def test_small_differences_are_not_named():
    told = said_of_balance(balance(0.3), known(AGE))
    assert told == "In what was known before, arms differ no more than chance makes them."


@pytest.mark.parametrize("p_values", [(), (np.nan,)])
def test_what_no_test_can_tell_is_not_said_to_be_by_chance(p_values):
    assert said_of_balance(balance(*p_values), known(AGE)) == ""
    assert said_of_balance(balance(*p_values), known(SOUTH)) == (
        f"In what was known before, arms differ {MOST}"
    )


def test_a_number_keeps_its_unit_and_of_several_segments_one_is_named():
    rows = (("eta", 49.61, 54.0, -0.3, "b2b"), AGE, ("spent", 0.0123, 0.0, 0.2, "b2c"))
    told = said_of_balance(balance(0.4, 0.5), known(*rows))
    assert "; most in eta, 49.6 in long against 54.0 in current (b2b): consider" in told
    small = said_of_balance(balance(0.4), known(("spent", 0.0123, 0.0, 0.2, "b2c")))
    assert "spent, 0.0123 in long against 0 in current: consider" in small


def test_the_sentence_of_an_assignment_holds_it():
    """400 contacts, of whom as many are of the north in each arm as chance makes them."""
    at = np.arange(400)
    people = pd.DataFrame({"contact_id": at, "region": np.where(at % 3, "north", "south")})
    found = assign(people, DESIGN)
    told = found.sentence()
    assert "alike" not in told
    assert "Arms are as large as meant. In what was known before, arms differ no more" in told
    (p_value,) = found.checks.loc[found.checks["check"] == "balance of covariates", "p_value"]
    assert p_value > 0.05


def test_arms_of_a_list_without_anything_known_are_as_large_as_meant_and_no_more():
    told = assign(pd.DataFrame({"contact_id": np.arange(400)}), DESIGN).sentence()
    assert told.endswith("Arms are as large as meant.")
