"""What is worth a change: the margin that was registered, else what the prices say."""

from dataclasses import replace

import pytest

from simkit.recommend import recommend
from simkit.recommend.simulated import SimulatedSegment
from simkit.trial.design import TrialDesign

DAYS = 90.0
REGISTERED_EUR = 6.0
# The prices of these tests call 1 EUR a year worth a change in b2c, .247 EUR in 90 days.


@pytest.fixture
def design(build) -> TrialDesign:
    """Gains of 6 EUR in 90 days are worth a change, and 4 percentage points of opt-outs not."""
    return TrialDesign(
        name="registered",
        arms={"b2c": {name: build.arms[name] for name in ("7 days", "14 days")}},
        control={"b2c": "7 days"},
        salt="registered",
        horizon_days=DAYS,
        guardrails={"opt_out": {"b2c": 0.04}},
        margins={"net_value_eur": {"b2c": REGISTERED_EUR}},
    )


@pytest.fixture
def decide(build, scenario, long_pays):
    """Decide on one arm, with a design or without."""

    def run(design, *, days=DAYS, **arm):
        evaluation = build.evaluation([build.arm("14 days", **arm)], horizon_days=days)
        evaluation = replace(evaluation, design=design)
        found = recommend(scenario, long_pays, evaluation=evaluation, policies={"b2c": build.arms})
        return found.decisions[0]

    return run


def test_a_gain_below_the_registered_margin_is_not_worth_a_change(decide, design):
    # 1 to 5 EUR: above what the prices ask for, below what was registered.
    assert decide(None, estimate=3.0, half=2.0).verdict == "adopt"
    kept = decide(design, estimate=3.0, half=2.0)
    assert kept.verdict == "keep"
    assert (
        "no alternative gains 6.00 EUR per contact in 90 days (24.33 EUR a year), the least that "
        "is worth a change, as registered: every 14 days at most +5.00 EUR"
    ) in kept.reason


def test_the_next_trial_is_sized_for_the_registered_margins(decide, design):
    arm = {"estimate": 3.0, "half": 4.0, "guard": "cannot tell", "harm": 0.008}
    registered, priced = decide(design, **arm), decide(None, **arm)
    trial, other = registered.next_trial, priced.next_trial
    assert trial.days == other.days
    assert trial.difference_eur == pytest.approx(REGISTERED_EUR * trial.days / DAYS)
    # Contacts are as 1 / margin², here of 1 EUR a year and of 6 EUR in 90 days; rounded up.
    times = 1.0 / (REGISTERED_EUR * 365 / DAYS)
    assert trial.contacts_for_value == pytest.approx(other.contacts_for_value * times**2, abs=1)
    assert "(6.00 EUR or more, as registered)" in registered.reason
    assert "(0.25 EUR or more)" in priced.reason
    assert "registered" not in priced.sentence()


def test_opt_outs_are_held_against_the_registered_margin(decide, design):
    # The gain is sure, its opt-outs are not: the contacts needed for these are as 1 / margin².
    arm = {"estimate": 30.0, "half": 10.0, "guard": "cannot tell", "harm": 0.008}
    trial, other = (decide(one, **arm).next_trial for one in (design, None))
    tolerated = 0.01
    assert trial.contacts_for_safety == pytest.approx(
        other.contacts_for_safety * (tolerated / 0.04) ** 2, abs=1
    )


def test_at_another_horizon_the_margin_is_scaled_and_that_is_said(decide, design):
    # 60 of 90 days: 4 of 6 EUR; 1.5 ± 2.4 lies below that, 1.5 ± 2.6 does not.
    assert decide(design, days=60.0, estimate=1.5, half=2.4).verdict == "keep"
    found = decide(design, days=60.0, estimate=1.5, half=2.6)
    assert found.verdict == "cannot tell: test longer"
    scaled = "in proportion to the 6.00 EUR in 90 days that were registered"
    assert f"(4.00 EUR or more, {scaled})" in found.reason
    assert f"24.33 EUR per contact in a year, {scaled}, with 80 % probability" in found.next_step


def test_a_simulation_settles_a_duration_by_what_is_worth_a_change(build):
    # All intervals bring the same over the year, known to ± 16 EUR.
    flat = {30.0: (4, 3, 2, 1), DAYS: (9, 5, 4, 3), 365.0: (20, 20, 20, 20)}
    sweep = build.sweep({"b2c": flat}, noise=8.0)
    assert SimulatedSegment("b2c", sweep, 365.0, worthwhile_eur=1.0).settled_days() is None
    assert SimulatedSegment("b2c", sweep, 365.0, worthwhile_eur=100.0).settled_days() == 30.0
