"""Shifted days are found; days with other hours of opening are not taken for them."""

import numpy as np
import pytest

from simkit.trial.checks.clock_jumps import HOURS, jumps

WEEKS = 5
#: From Monday on: opening and closing hour. None on Sundays.
HOURS_OF = [(9, 19)] * 5 + [(10, 16), None]
MONDAY = 21


def dials(opens: int, closes: int, each: float = 12) -> np.ndarray:
    day = np.zeros(HOURS)
    day[opens:closes] = each
    return day


def usual() -> np.ndarray:
    """Five weeks of dials, a row a day from a Monday on."""
    week = [np.zeros(HOURS) if hours is None else dials(*hours) for hours in HOURS_OF]
    return np.tile(week, (WEEKS, 1))


def all_at_opening() -> np.ndarray:
    """With agents for everybody all are dialled in the hour in which calls begin."""
    grid = np.zeros((7 * WEEKS, HOURS))
    for row in range(len(grid)):
        if (hours := HOURS_OF[row % 7]) is not None:
            grid[row, hours[0]] = 70
    return grid


@pytest.mark.parametrize("hours", [-2, -1, 1, 2])
def test_one_day_shifted_as_a_whole_is_found(hours):
    # It stays a warning: its beginning and its end moved alike, as by a clock, not by a calendar.
    grid = usual()
    grid[MONDAY] = np.roll(grid[MONDAY], hours)
    assert jumps(grid) == [(MONDAY, hours)]


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_lasting_shift_is_found_on_each_weekday_of_its_first_week(hours):
    grid = usual()
    grid[MONDAY:] = np.roll(grid[MONDAY:], hours, axis=1)
    found = jumps(grid)
    # Saturdays that end an hour later lie within the hours of other days: nothing tells.
    assert [row for row, _ in found][:5] == [MONDAY + day for day in range(5)]
    assert {shift for _, shift in found} == {hours}


@pytest.mark.parametrize(
    ("opens", "closes"),
    [
        (10, 16),  # a Saturday's hours
        (8, 13),  # begins early and ends at noon
        (9, 13),
        (11, 19),  # begins late, ends as ever
        (13, 21),  # a late day that ends late: its beginning moved by more than its end
        (10, 11),  # an hour of calls
    ],
)
def test_the_eve_of_a_holiday_with_hours_of_its_own_is_no_jump(opens, closes):
    grid = usual()
    grid[MONDAY] = dials(opens, closes, 120 / (closes - opens))
    assert jumps(grid) == []


def test_a_monday_with_the_whole_hours_of_saturdays_is_no_jump():
    week = [dials(9, 19)] * 5 + [dials(10, 20), np.zeros(HOURS)]
    grid = np.tile(week, (WEEKS, 1))
    grid[MONDAY] = dials(10, 20)
    assert jumps(grid) == []
    grid[MONDAY] = dials(8, 18)  # hours of no weekday: a clock that was wrong
    assert jumps(grid) == [(MONDAY, -1)]


@pytest.mark.parametrize("opens", [8, 10, 11])
def test_where_all_are_dialled_at_opening_another_opening_is_no_jump(opens):
    grid = all_at_opening()
    grid[MONDAY] = dials(opens, opens + 1, 70)
    assert jumps(grid) == []


def test_hours_that_differ_by_weekday_are_no_jumps():
    week = [dials(8 + day % 3, 17 + day % 3) for day in range(6)] + [np.zeros(HOURS)]
    assert jumps(np.tile(week, (WEEKS, 1))) == []
