"""A design says which intervals in calendar days its calendar cannot keep."""

import pytest

from simkit.policy import RecallPolicy
from simkit.scenario import load_scenario
from simkit.trial.design import design_trial


def told(segment, **arms):
    policies = {"current": RecallPolicy.every(working_days=5)} | arms
    found = design_trial(
        load_scenario(segment),
        policies,
        control="current",
        horizon_days=98,
        name="spring",
        contacts=3000,
    )
    return [text for text in found.warnings if "cannot be kept" in text]


@pytest.mark.parametrize(
    ("days", "pattern", "working"),
    [
        # Calls from Monday to Friday. Five days after a Monday is a Saturday, so Monday: 7 days,
        # again and again. Three days: Monday, Thursday, Sunday that is Monday.
        (5, "7", 5),
        (3, "3, 4", 2),  # 3.5 days on average, 2.5 working days
    ],
)
def test_an_interval_that_ends_on_closed_days_is_told_as_it_is_delivered(days, pattern, working):
    (text,) = told("b2b", short=RecallPolicy.every(days=days))
    assert text.startswith(f"b2b: {days} days between the calls of short cannot be kept")
    assert f"(days between calls in a week without holidays: {pattern})" in text
    assert text.endswith(f"interval = {{ working_days = {working} }}")


def test_intervals_that_the_calendar_keeps_are_not_told():
    # A week ends on the weekday on which it began; working days end on a working day.
    assert (
        told("b2b", week=RecallPolicy.every(days=7), ten=RecallPolicy.every(working_days=10)) == []
    )
    # Saturdays are open for households: 5 days are 5 but for every fourth call, 5.25 on average.
    assert told("b2c", short=RecallPolicy.every(days=5)) == []
