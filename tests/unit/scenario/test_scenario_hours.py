"""Opening hours and working days as integers: what the functions that walk them promise."""

import datetime as dt

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simkit.scenario import (
    DAY_S,
    NEVER_S,
    Calendar,
    OpenHours,
    WeekHours,
    WorkingDays,
    add_working_days,
    intersect,
    is_open,
    roll_open,
)
from simkit.scenario.hours import index_windows

HOUR_S = 3600
MONDAY = dt.date(2026, 1, 12)
OFFICE = WeekHours(**{day: ["09:00-13:00", "14:00-18:00"] for day in ("mon", "tue", "fri")})
PLAIN = Calendar(working_weekdays=("mon", "tue", "wed", "thu", "fri"))
HOURS = PLAIN.open_hours(OFFICE, MONDAY, 60)
WORKING = PLAIN.working_days(MONDAY, 60)

moments = st.integers(min_value=0, max_value=60 * DAY_S)


def at(day: int, hour: float) -> int:
    return day * DAY_S + int(hour * HOUR_S)


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (at(0, 0), at(0, 9)),  # Monday midnight: the office opens at nine
        (at(0, 9), at(0, 9)),  # the first second is open
        (at(0, 12.5), at(0, 12.5)),  # inside a window
        (at(0, 13), at(0, 14)),  # the first second after a window is closed
        (at(1, 18), at(4, 9)),  # Tuesday evening: closed until Friday
        (at(4, 23), at(7, 9)),  # Friday night: the next Monday
    ],
)
def test_a_moment_rolls_to_the_first_open_one(asked: int, answer: int) -> None:
    assert roll_open(asked, *HOURS) == answer


@given(moments)
def test_rolling_is_idempotent_never_back_and_ends_open(t_s: int) -> None:
    rolled = roll_open(t_s, *HOURS)
    assert rolled >= t_s
    assert is_open(rolled, *HOURS)
    assert roll_open(rolled, *HOURS) == rolled


@given(moments)
def test_rolling_passes_over_no_open_moment(t_s: int) -> None:
    # Written from the windows themselves, without the index by day.
    windows = zip(HOURS.opens, HOURS.closes, strict=True)
    first = min(max(t_s, opens) for opens, closes in windows if closes > t_s)
    assert roll_open(t_s, *HOURS) == first


@given(moments, moments)
def test_rolling_keeps_the_order_of_moments(a: int, b: int) -> None:
    early, late = min(a, b), max(a, b)
    assert roll_open(early, *HOURS) <= roll_open(late, *HOURS)


def test_beyond_the_calendar_nothing_opens() -> None:
    covered = len(HOURS.window_of_day)
    assert roll_open(covered * DAY_S, *HOURS) == NEVER_S
    assert roll_open(10**9 * DAY_S, *HOURS) == NEVER_S
    assert roll_open(HOURS.closes[-1], *HOURS) == NEVER_S
    assert not is_open(covered * DAY_S, *HOURS)


def test_always_open_is_one_window_that_moves_nothing() -> None:
    hours = PLAIN.open_hours(WeekHours.every_day("00:00-24:00"), MONDAY, 10)
    assert len(hours.opens) == 1
    assert roll_open(at(3, 0), *hours) == at(3, 0)


@pytest.mark.parametrize(
    ("start_day", "days", "end_day"),
    [
        (0, 1, 1),  # Monday -> Tuesday
        (4, 1, 7),  # Friday -> Monday
        (5, 1, 7),  # Saturday -> Monday: it is the first working day after
        (6, 1, 7),  # Sunday -> Monday
        (6, 2, 8),  # Sunday -> Tuesday
        (0, 5, 7),  # a week of working days is a calendar week
        (2, 20, 30),  # four weeks
    ],
)
def test_working_days_are_counted_from_the_day_after(
    start_day: int, days: int, end_day: int
) -> None:
    assert add_working_days(at(start_day, 15.5), days, *WORKING) == at(end_day, 15.5)


@given(moments, st.integers(1, 40), st.integers(1, 40))
def test_working_days_add_up(t_s: int, first: int, second: int) -> None:
    in_two_steps = add_working_days(add_working_days(t_s, first, *WORKING), second, *WORKING)
    assert add_working_days(t_s, first + second, *WORKING) == in_two_steps


@given(moments, st.integers(1, 200))
def test_working_days_agree_with_numpy(t_s: int, days: int) -> None:
    # numpy.busday_offset with roll="backward" counts from the last working day up to the day asked.
    day = np.datetime64(MONDAY) + t_s // DAY_S
    target = np.busday_offset(day, days, roll="backward")
    expected = int((target - np.datetime64(MONDAY)).astype(int)) * DAY_S + t_s % DAY_S
    assert add_working_days(t_s, days, *WORKING) == expected


def test_beyond_the_calendar_there_is_no_working_day() -> None:
    assert add_working_days(0, 10_000, *WORKING) == NEVER_S
    assert add_working_days(len(WORKING.rank) * DAY_S, 1, *WORKING) == NEVER_S


window_sets = st.lists(st.integers(0, 20 * 24), unique=True, min_size=2, max_size=40).map(
    lambda hours: [
        (a * HOUR_S, b * HOUR_S)
        for a, b in zip(sorted(hours)[::2], sorted(hours)[1::2], strict=False)
    ]
)


@given(window_sets, window_sets, st.integers(0, 20 * DAY_S))
def test_an_intersection_is_open_where_both_are(
    first: list[tuple[int, int]], second: list[tuple[int, int]], t_s: int
) -> None:
    a, b = index_windows(first, 21), index_windows(second, 21)
    both = intersect(a, b)
    assert is_open(t_s, *both) == (is_open(t_s, *a) and is_open(t_s, *b))


def test_an_intersection_covers_the_days_that_both_cover() -> None:
    a, b = index_windows([(0, DAY_S)], 3), index_windows([(0, DAY_S)], 2)
    assert len(intersect(a, b).window_of_day) == 2


def test_compiled_and_interpreted_walks_agree() -> None:
    compiled_roll = numba.njit(roll_open)
    compiled_add = numba.njit(add_working_days)
    hours = OpenHours(*(np.array(part, dtype=np.int64) for part in HOURS))
    working = WorkingDays(*(np.array(part, dtype=np.int64) for part in WORKING))
    for t_s in range(0, 480 * DAY_S, 40_009):  # a step prime to the hour, past the calendar's end
        assert compiled_roll(t_s, *hours) == roll_open(t_s, *HOURS)
        assert compiled_add(t_s, 7, *working) == add_working_days(t_s, 7, *WORKING)
