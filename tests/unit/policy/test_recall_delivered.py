"""The interval that a calendar delivers."""

from itertools import pairwise

import pytest

from simkit.errors import InputError
from simkit.policy import RecallPolicy, calling_hours, delivered_days, delivery
from simkit.scenario import Scenario, WeekHours, is_open, load_scenario

B2B = load_scenario("b2b")
WITHOUT_HOLIDAYS = Scenario(**(dict(B2B) | {"calendar": B2B.calendar.without_holidays()}))
ALWAYS_OPEN = WITHOUT_HOLIDAYS.vary(
    "b2b.windows", WeekHours.every_day("00:00-24:00"), source="limit case"
)


@pytest.mark.parametrize("days", [0.25, 1, 3.7, 7, 45])
def test_without_closed_hours_the_wish_is_delivered(days: float) -> None:
    delivered = delivered_days(RecallPolicy.every(days=days), ALWAYS_OPEN, "b2b")
    assert delivered == pytest.approx(days, abs=1 / 86_400)  # whole seconds


# Worked by hand for Monday to Friday without holidays: 5 -> Monday to Saturday, rolls to Monday;
# 10 -> Monday to Thursday of the next week, then Sunday rolls to Monday: 10 and 11 in turn.
@pytest.mark.parametrize(
    ("days", "pattern"),
    [(1, "4 x 1, 3"), (2, "2 x 2, 3"), (3, "3, 4"), (5, "7"), (6, "7"), (7, "7"), (10, "10, 11"),
     (12, "14"), (13, "14"), (14, "14")],
)  # fmt: skip
def test_the_pattern_of_ordinary_weeks(days: int, pattern: str) -> None:
    assert delivery(RecallPolicy.every(days=days), B2B, "b2b").pattern == pattern


def test_five_working_days_coincide_with_a_week() -> None:
    by_working_days = delivery(RecallPolicy.every(working_days=5), B2B, "b2b")
    by_week = delivery(RecallPolicy.every(days=7), B2B, "b2b")
    assert by_working_days.pattern == by_week.pattern == "7"
    # but each holiday pushes a working day further, and only holds up a week that falls on it
    assert by_working_days.days > by_week.days > 7


def test_delivered_means_without_holidays() -> None:
    # The pattern's mean, but for the gaps until the calls fall on the pattern's weekdays at opening
    # time. A wish of 5 days: at most two of about 52 gaps, each between 5 and 7 days. A wish of 10:
    # at most four of about 34, each at least 10 days, and half a day for an odd number of gaps.
    weekly = delivered_days(RecallPolicy.every(days=5), WITHOUT_HOLIDAYS, "b2b")
    assert 7 - 2 * 2 / 52 <= weekly <= 7
    ten = delivered_days(RecallPolicy.every(days=10), WITHOUT_HOLIDAYS, "b2b")
    assert ten == pytest.approx(10.5, abs=(4 * 0.5 + 0.5) / 34)
    four_weeks = delivered_days(RecallPolicy.every(working_days=20), WITHOUT_HOLIDAYS, "b2b")
    assert four_weeks == pytest.approx(28)


def test_a_longer_wish_never_delivers_less() -> None:
    delivered = [delivered_days(RecallPolicy.every(days=days), B2B, "b2b") for days in range(1, 31)]
    assert all(later >= earlier for earlier, later in pairwise(delivered))


def test_intervals_longer_than_the_year_are_delivered_too() -> None:
    delivered = delivered_days(RecallPolicy.every(days=700), B2B, "b2b")
    assert 700 <= delivered < 705


def test_a_policy_narrows_the_segments_hours() -> None:
    policy = RecallPolicy.every(days=7, windows={"tue": ["08:00-10:00"], "sun": ["09:00-12:00"]})
    hours = calling_hours(policy, B2B, "b2b", 30)
    tuesday, sunday = 86_400, 6 * 86_400  # the scenario starts on a Monday
    assert not is_open(tuesday + 8 * 3600, *hours)  # the segment opens at nine
    assert is_open(tuesday + 9 * 3600, *hours)
    assert not is_open(sunday + 10 * 3600, *hours)
    assert delivery(policy, B2B, "b2b").pattern == "7"


def test_a_policy_that_leaves_no_hour_is_named() -> None:
    policy = RecallPolicy.every(days=7, windows={"sun": ["09:00-12:00"]})
    with pytest.raises(InputError, match="must leave an hour of the calling windows of b2b"):
        calling_hours(policy, B2B, "b2b", 30)
