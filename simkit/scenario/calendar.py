"""Civil time: weekly hours, public holidays, working days."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

import holidays
from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from simkit.errors import InputError, Problem
from simkit.scenario.hours import DAY_S, OpenHours, WorkingDays, index_windows
from simkit.scenario.validation import FrozenModel

MARGIN_DAYS = 400
"""Days compiled beyond those asked for, at least, so that a date after the end has a place."""
MARGIN_WORKING_DAYS = 250
"""Working days among them: so far ahead may a contact name a date."""
HOLIDAYS_SHARE = 0.14
"""Working days that fall out as holidays, at most about."""

COMPILED_AT_MOST = 64
"""How many compiled calendars are remembered: thousands of runs of a sweep share a few."""

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

WINDOWS_RULE = 'must be a list of windows such as ["09:00-13:00", "14:00-20:00"]'
_WINDOW = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)")


def _parse_window(window: Any) -> tuple[int, int]:
    start: int
    end: int
    if isinstance(window, tuple) and [type(part) for part in window] == [int, int]:
        start, end = window
    else:
        match = _WINDOW.fullmatch(window) if isinstance(window, str) else None
        if match is None:
            raise ValueError(WINDOWS_RULE)
        hours = [int(part) for part in match.groups()]
        if hours[1] > 59 or hours[3] > 59:
            raise ValueError("must have minutes from 00 to 59")
        start, end = (hours[0] * 60 + hours[1]) * 60, (hours[2] * 60 + hours[3]) * 60
    if not 0 <= start < end <= DAY_S:
        raise ValueError("must have windows that end after they start, from 00:00 to 24:00")
    if start % 60 or end % 60:
        raise ValueError("must have windows in whole minutes")
    return start, end


def _parse_day(windows: Any) -> tuple[tuple[int, int], ...]:
    """Read a day's windows from ``["09:00-13:00", "14:00-20:00"]``, in seconds of the day."""
    if not isinstance(windows, (list, tuple)):
        raise ValueError(WINDOWS_RULE)
    parsed = tuple(_parse_window(window) for window in windows)
    if any(left[1] > right[0] for left, right in pairwise(parsed)):
        raise ValueError("must have windows in ascending order that do not overlap")
    return parsed


def _clock(second: int) -> str:
    return f"{second // 3600:02d}:{second % 3600 // 60:02d}"


def _format_day(windows: Sequence[tuple[int, int]] | None) -> list[str] | None:
    if windows is None:
        return None
    return [f"{_clock(start)}-{_clock(end)}" for start, end in windows]


Windows = Annotated[tuple[tuple[int, int], ...], BeforeValidator(_parse_day)]


class WeekHours(FrozenModel):
    """The windows of time of each weekday, and of days before a public holiday.

    A weekday that is not named is closed. Each day holds (start, end) pairs in seconds of the day;
    texts such as ``"09:00-20:00"`` are read as such (``24:00`` ends a day).

    Parameters
    ----------
    mon, tue, wed, thu, fri, sat, sun
        Windows of the weekday.
    eve
        Narrower windows for a day before a public holiday: such a day is open where both its
        weekday and this are; None changes nothing.
    """

    mon: Windows = Field(default=(), description="windows on Mondays [s of the day]")
    tue: Windows = Field(default=(), description="windows on Tuesdays [s of the day]")
    wed: Windows = Field(default=(), description="windows on Wednesdays [s of the day]")
    thu: Windows = Field(default=(), description="windows on Thursdays [s of the day]")
    fri: Windows = Field(default=(), description="windows on Fridays [s of the day]")
    sat: Windows = Field(default=(), description="windows on Saturdays [s of the day]")
    sun: Windows = Field(default=(), description="windows on Sundays [s of the day]")
    eve: Windows | None = Field(
        default=None, description="windows on days before a public holiday [s of the day]"
    )

    @model_validator(mode="after")
    def _opens_at_all(self) -> Self:
        if not any(self.of_weekday(number) for number in range(7)):
            raise InputError([Problem("WeekHours", "", {}, "must have a window on some weekday")])
        return self

    @classmethod
    def every_day(cls, *windows: str) -> WeekHours:
        """Return the same windows on all seven weekdays, e.g. ``every_day("00:00-24:00")``."""
        week: dict[str, Any] = {day: list(windows) for day in WEEKDAYS}
        return cls(**week)

    def of_weekday(self, number: int) -> tuple[tuple[int, int], ...]:
        """Return the windows of weekday `number`, 0 = Monday."""
        return getattr(self, WEEKDAYS[number])  # type: ignore[no-any-return]

    def to_dict(self) -> dict[str, list[str]]:
        """Return the windows as texts, closed days left out: the form of the TOML files."""
        days = {name: _format_day(getattr(self, name)) for name in (*WEEKDAYS, "eve")}
        return {
            name: windows
            for name, windows in days.items()
            # An empty eve says something: days before holidays are closed.
            if windows or (name == "eve" and windows is not None)
        }

    def __str__(self) -> str:
        return "; ".join(f"{day} {', '.join(texts)}" for day, texts in self.to_dict().items())


def _known_country(code: str) -> str:
    try:
        holidays.country_holidays(code)
    except NotImplementedError:
        rule = "must be an ISO 3166 country code with known holidays, e.g. 'IT'"
        raise ValueError(rule) from None
    return code


Country = Annotated[str, AfterValidator(_known_country)]
Date = Annotated[dt.date, Field(strict=True)]


class Calendar(FrozenModel):
    """A country's public holidays, the working weekdays, and what deviates from them.

    Parameters
    ----------
    country
        ISO 3166 code whose public holidays are closed; None for a calendar without holidays.
    subdivision
        The part of the country whose own holidays are closed too, e.g. ``"MI"``.
    working_weekdays
        Weekdays on which working days are counted.
    closed
        Further dates treated as public holidays.
    open
        Dates treated as ordinary days of their weekday though they are public holidays.
    """

    country: Country | None = Field(default=None, description="ISO 3166 country code")
    subdivision: str | None = Field(default=None, description="ISO 3166-2 subdivision code")
    working_weekdays: tuple[Weekday, ...] = Field(description="weekdays that are working days")
    closed: tuple[Date, ...] = Field(default=(), description="further closed dates")
    open: tuple[Date, ...] = Field(default=(), description="dates open in spite of a holiday")

    @model_validator(mode="after")
    def _known(self) -> Self:
        problems: list[Problem] = []
        if self.subdivision is not None:
            known = holidays.country_holidays(self.country).subdivisions if self.country else ()
            if self.subdivision not in known:
                rule = f"must be one of the country's subdivisions: {', '.join(known) or 'none'}"
                problems.append(Problem("Calendar", "subdivision", self.subdivision, rule))
        named = self.working_weekdays
        if not named or len(set(named)) < len(named):
            rule = "must name weekdays, each once"
            problems.append(Problem("Calendar", "working_weekdays", list(named), rule))
        problems.extend(
            Problem("Calendar", "open", str(date), "must not be closed as well")
            for date in self.open
            if date in self.closed
        )
        if problems:
            raise InputError(problems)
        return self

    def holidays(self, start: dt.date, days: int) -> dict[dt.date, str]:
        """Return the holidays of the `days` days from `start` with their names, in order."""
        end = start + dt.timedelta(days=days)
        named = dict.fromkeys(self.closed, "closed")
        if self.country is not None:
            years = range(start.year, end.year + 1)
            named |= holidays.country_holidays(self.country, self.subdivision, years=years)
        return {
            date: named[date]
            for date in sorted(named)
            if start <= date < end and date not in self.open
        }

    def open_hours(self, windows: WeekHours, start: dt.date, days: int) -> OpenHours:
        """Compile weekly windows, holidays closed, from `start` over `days` and `MARGIN_DAYS`.

        Parameters
        ----------
        windows
            The week.
        start
            Day 0.
        days
            How many days are wanted, >= 1.
        """
        return _open_hours(self, windows, start, days)

    def working_days(self, start: dt.date, days: int) -> WorkingDays:
        """Compile the working days from `start` over `days` and `MARGIN_DAYS`.

        Parameters
        ----------
        start
            Day 0.
        days
            How many days are wanted, >= 1.
        """
        return _working_days(self, start, days)

    def without_holidays(self) -> Calendar:
        """Return the calendar of ordinary weeks: the same working weekdays, nothing closed."""
        return Calendar(working_weekdays=self.working_weekdays)


# Calendars are frozen and what they compile to are tuples, so that what is remembered is as good as
# new.


def _margin_days(calendar: Calendar) -> int:
    """Return how many days are compiled beyond those asked for; more where a week has few."""
    weeks = MARGIN_WORKING_DAYS / len(calendar.working_weekdays)
    return max(MARGIN_DAYS, math.ceil(weeks * 7 * (1 + HOLIDAYS_SHARE)))


@lru_cache(COMPILED_AT_MOST)
def _open_hours(calendar: Calendar, windows: WeekHours, start: dt.date, days: int) -> OpenHours:
    covered = days + _margin_days(calendar)
    # One day more, since the last day may be the eve of a holiday.
    holiday = calendar.holidays(start, covered + 1)
    spans: list[tuple[int, int]] = []
    for day in range(covered):
        date = start + dt.timedelta(days=day)
        if date in holiday:
            continue
        today = windows.of_weekday(date.weekday())
        if windows.eve is not None and date + dt.timedelta(days=1) in holiday:
            today = _both(today, windows.eve)
        spans.extend((day * DAY_S + opens, day * DAY_S + closes) for opens, closes in today)
    return index_windows(spans, covered)


@lru_cache(COMPILED_AT_MOST)
def _working_days(calendar: Calendar, start: dt.date, days: int) -> WorkingDays:
    covered = days + _margin_days(calendar)
    holiday = calendar.holidays(start, covered)
    working: list[int] = []
    rank: list[int] = []
    for day in range(covered):
        date = start + dt.timedelta(days=day)
        if WEEKDAYS[date.weekday()] in calendar.working_weekdays and date not in holiday:
            working.append(day)
        rank.append(len(working))
    return WorkingDays(tuple(working), tuple(rank))


def _both(
    first: Sequence[tuple[int, int]], second: Sequence[tuple[int, int]]
) -> tuple[tuple[int, int], ...]:
    """Return the parts of a day that lie in a window of each."""
    return tuple(
        (max(a[0], b[0]), min(a[1], b[1]))
        for a in first
        for b in second
        if max(a[0], b[0]) < min(a[1], b[1])
    )
