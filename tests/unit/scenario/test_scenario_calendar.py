"""Holidays, weekly windows and their compilation."""

import datetime as dt

import pytest

from simkit.errors import InputError
from simkit.scenario import DAY_S, Calendar, WeekHours, is_open
from simkit.scenario.calendar import MARGIN_DAYS

START = dt.date(2026, 1, 1)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")
ITALY = Calendar(country="IT", working_weekdays=WEEKDAYS)
NINE_TO_EIGHT = {day: ["09:00-20:00"] for day in WEEKDAYS} | {"sat": ["10:00-19:00"]}


def number(date: str) -> int:
    return (dt.date.fromisoformat(date) - START).days


def at(date: str, clock: str) -> int:
    hour, minute = clock.split(":")
    return number(date) * DAY_S + int(hour) * 3600 + int(minute) * 60


# Law 260/1949 as amended; St Francis, 4 October, is a national holiday again from 2026 (law
# 151/2025). Easter 2026 is on 5 April.
ITALIAN_HOLIDAYS_2026 = [
    "2026-01-01", "2026-01-06", "2026-04-05", "2026-04-06", "2026-04-25", "2026-05-01",
    "2026-06-02", "2026-08-15", "2026-10-04", "2026-11-01", "2026-12-08", "2026-12-25",
    "2026-12-26",
]  # fmt: skip


def test_italian_holidays_of_2026_are_those_of_the_law() -> None:
    found = [date.isoformat() for date in ITALY.holidays(START, 365)]
    assert found == ITALIAN_HOLIDAYS_2026


def test_working_days_of_2026_in_italy() -> None:
    # 261 days from Monday to Friday, less Epiphany, Easter Monday, 1 May, 2 June, 8 December,
    # Christmas and New Year's Day: the other holidays fall on a weekend.
    working = ITALY.working_days(START, 365)
    assert sum(day < 365 for day in working.days) == 261 - 7
    assert number("2026-01-06") not in working.days
    assert number("2026-01-07") in working.days


def test_rank_counts_the_working_days_so_far() -> None:
    working = ITALY.working_days(START, 30)
    for day, rank in enumerate(working.rank):
        assert rank == sum(other <= day for other in working.days)


def test_a_patron_saint_is_closed_in_his_town_only() -> None:
    rome = Calendar(country="IT", subdivision="RM", working_weekdays=WEEKDAYS)
    saint = dt.date(2026, 6, 29)
    assert saint in rome.holidays(START, 365)
    assert saint not in ITALY.holidays(START, 365)


def test_further_closed_and_opened_dates() -> None:
    calendar = Calendar(
        country="IT",
        working_weekdays=WEEKDAYS,
        closed=(dt.date(2026, 8, 14),),
        open=(dt.date(2026, 1, 6),),
    )
    found = calendar.holidays(START, 365)
    assert dt.date(2026, 8, 14) in found
    assert dt.date(2026, 1, 6) not in found


def test_windows_are_closed_on_holidays_and_on_days_not_named() -> None:
    hours = ITALY.open_hours(WeekHours(**NINE_TO_EIGHT), START, 365)
    assert is_open(at("2026-01-05", "09:00"), *hours)
    assert not is_open(at("2026-01-06", "12:00"), *hours)  # Epiphany
    assert not is_open(at("2026-04-06", "12:00"), *hours)  # Easter Monday
    assert is_open(at("2026-01-10", "18:59"), *hours)  # a Saturday
    assert not is_open(at("2026-01-10", "19:00"), *hours)
    assert not is_open(at("2026-01-11", "12:00"), *hours)  # a Sunday


def test_a_day_before_a_holiday_has_the_narrower_windows() -> None:
    # Italy's code of conduct of 2024: Saturdays and days before holidays from 10 to 19.
    hours = ITALY.open_hours(WeekHours(**NINE_TO_EIGHT, eve=["10:00-19:00"]), START, 365)
    assert not is_open(at("2026-01-05", "09:30"), *hours)
    assert is_open(at("2026-01-05", "10:00"), *hours)
    assert not is_open(at("2026-01-05", "19:00"), *hours)
    assert is_open(at("2026-01-07", "09:30"), *hours)


def test_the_eve_of_a_holiday_just_after_the_calendar_is_an_eve() -> None:
    start = dt.date(2026, 1, 1)
    last_day_covered = dt.date(2026, 12, 7)  # the day before the Immaculate Conception
    days = (last_day_covered - start).days + 1 - MARGIN_DAYS
    hours = ITALY.open_hours(WeekHours(**NINE_TO_EIGHT, eve=[]), start, days)
    assert not is_open(at("2026-12-07", "12:00"), *hours)


def test_a_calendar_covers_a_margin_beyond_its_days() -> None:
    hours = ITALY.open_hours(WeekHours(**NINE_TO_EIGHT), START, 365)
    assert len(hours.window_of_day) == 365 + MARGIN_DAYS
    assert len(ITALY.working_days(START, 365).rank) == 365 + MARGIN_DAYS
    assert all(isinstance(part, tuple) for part in hours)


def test_several_windows_a_day() -> None:
    hours = ITALY.open_hours(WeekHours(wed=["10:00-13:00", "14:00-20:00"]), START, 30)
    assert is_open(at("2026-01-07", "12:59"), *hours)
    assert not is_open(at("2026-01-07", "13:00"), *hours)
    assert is_open(at("2026-01-07", "14:00"), *hours)


def test_weekly_hours_are_written_as_they_are_read() -> None:
    week = WeekHours(mon=["09:00-13:00", "14:00-24:00"], eve=[])
    assert week.to_dict() == {"mon": ["09:00-13:00", "14:00-24:00"], "eve": []}
    assert WeekHours(**week.to_dict()) == week


@pytest.mark.parametrize(
    ("week", "field", "rule"),
    [
        ({"mon": ["9-18"]}, "mon", "must be a list of windows"),
        ({"mon": "09:00-18:00"}, "mon", "must be a list of windows"),
        ({"mon": ["18:00-09:00"]}, "mon", "must have windows that end after they start"),
        ({"mon": ["09:00-24:01"]}, "mon", "must have windows that end after they start"),
        ({"mon": ["09:00-10:75"]}, "mon", "must have minutes from 00 to 59"),
        ({"mon": [(30, 90)]}, "mon", "must have windows in whole minutes"),
        ({"mon": ["09:00-12:00", "11:00-13:00"]}, "mon", "in ascending order"),
        ({"monday": ["09:00-12:00"]}, "monday", "did you mean 'mon'?"),
        ({"eve": ["09:00-12:00"]}, "", "must have a window on some weekday"),
    ],
)
def test_wrong_weekly_hours_are_named(week: dict[str, object], field: str, rule: str) -> None:
    with pytest.raises(InputError) as caught:
        WeekHours(**week)
    problem = caught.value.problems[0]
    assert problem.field == field
    assert rule in problem.rule


@pytest.mark.parametrize(
    ("change", "field", "rule"),
    [
        ({"country": "ZZ"}, "country", "must be an ISO 3166 country code"),
        ({"subdivision": "XX"}, "subdivision", "must be one of the country's subdivisions"),
        ({"working_weekdays": ()}, "working_weekdays", "must name weekdays"),
        ({"working_weekdays": ("mon", "mon")}, "working_weekdays", "each once"),
        ({"working_weekdays": ("mon", "wedn")}, "working_weekdays.1", "did you mean 'wed'?"),
        ({"closed": (START,), "open": (START,)}, "open", "must not be closed as well"),
        ({"closed": ("2026-08-14",)}, "closed.0", "must be a date"),
        ({"closed": (dt.datetime(2026, 8, 14, 9),)}, "closed.0", "must be a date"),
    ],
)
def test_wrong_calendars_are_named(change: dict[str, object], field: str, rule: str) -> None:
    with pytest.raises(InputError) as caught:
        Calendar(**({"country": "IT", "working_weekdays": WEEKDAYS} | change))
    assert [problem.field for problem in caught.value.problems] == [field]
    assert rule in caught.value.problems[0].rule


def test_what_is_compiled_once_is_not_compiled_again_and_never_taken_for_another() -> None:
    week = WeekHours(**NINE_TO_EIGHT)
    hours = ITALY.open_hours(week, START, 30)
    alike = Calendar(country="IT", working_weekdays=WEEKDAYS)
    assert alike.open_hours(WeekHours(**NINE_TO_EIGHT), START, 30) is hours
    assert alike.working_days(START, 30) is ITALY.working_days(START, 30)
    with_eve = WeekHours(**NINE_TO_EIGHT, eve=["10:00-19:00"])
    others = [
        ITALY.open_hours(week, START, 31),
        ITALY.open_hours(week, START + dt.timedelta(days=1), 30),
        ITALY.open_hours(with_eve, START, 30),
        ITALY.without_holidays().open_hours(week, START, 30),
        Calendar(country="FR", working_weekdays=WEEKDAYS).open_hours(week, START, 30),
    ]
    assert hours not in others


def test_what_is_remembered_of_a_calendar_cannot_be_changed() -> None:
    hours = ITALY.open_hours(WeekHours(**NINE_TO_EIGHT), START, 30)
    working = ITALY.working_days(START, 30)
    assert all(isinstance(part, tuple) for part in (*hours, *working))
