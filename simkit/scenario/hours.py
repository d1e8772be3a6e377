"""Opening hours and working days as sequences of integers, and the functions that walk them.

Times are whole seconds of local civil time since midnight of the scenario's first day; days are
numbered from 0 on that day. The functions take plain sequences of integers (tuples, or arrays of
64-bit integers) and use nothing that numba cannot compile, so that an interpreted and a compiled
engine walk the calendar identically.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

DAY_S = 86_400
HOUR_S = 3_600
NEVER_S = 2**62
"""A moment after every other: no calendar reaches it."""


class OpenHours(NamedTuple):
    """The windows of time in which something is open: start <= t < end.

    Parameters
    ----------
    opens
        First second of each window, ascending.
    closes
        First second after each window; windows are disjoint and do not touch.
    window_of_day
        For each day of the calendar the index of the first window that closes after the day
        begins (the number of windows if none does).
    """

    opens: Sequence[int]
    closes: Sequence[int]
    window_of_day: Sequence[int]


class WorkingDays(NamedTuple):
    """The working days of a calendar.

    Parameters
    ----------
    days
        Numbers of the working days, ascending.
    rank
        For each day of the calendar the number of working days up to and including it, so that
        ``days[rank[d] + n - 1]`` is the n-th working day after day d.
    """

    days: Sequence[int]
    rank: Sequence[int]


def roll_open(
    t_s: int, opens: Sequence[int], closes: Sequence[int], window_of_day: Sequence[int]
) -> int:
    """Return the first open moment at or after `t_s`, or `NEVER_S` beyond the calendar.

    Parameters
    ----------
    t_s
        A moment >= 0, s.
    opens, closes, window_of_day
        The parts of an `OpenHours`.
    """
    day = t_s // DAY_S
    if day >= len(window_of_day):
        return NEVER_S
    window = window_of_day[day]
    while window < len(opens) and closes[window] <= t_s:
        window += 1
    if window >= len(opens):
        return NEVER_S
    return max(t_s, opens[window])


def is_open(
    t_s: int, opens: Sequence[int], closes: Sequence[int], window_of_day: Sequence[int]
) -> bool:
    """Return whether `t_s` lies in a window; parameters as in `roll_open`."""
    return roll_open(t_s, opens, closes, window_of_day) == t_s


def hour_of_week(first_weekday: int, t_s: int) -> int:
    """Return the weekday × 24 + the hour of `t_s`, where day 0 is a `first_weekday` (Monday 0)."""
    return (first_weekday + t_s // DAY_S) % 7 * 24 + t_s % DAY_S // HOUR_S


def add_working_days(t_s: int, days: int, working_days: Sequence[int], rank: Sequence[int]) -> int:
    """Return the same time of day on the `days`-th working day after the day of `t_s`.

    Counting starts with the first working day *after* the day of `t_s`, whether that day is itself
    a working day or not: one working day after Friday, Saturday or Sunday is Monday.

    Parameters
    ----------
    t_s
        A moment >= 0, s.
    days
        How many working days, >= 1.
    working_days, rank
        The parts of a `WorkingDays`.

    Returns
    -------
    int
        A moment, s; `NEVER_S` beyond the calendar.
    """
    day = t_s // DAY_S
    if day >= len(rank):
        return NEVER_S
    place = rank[day] + days - 1
    if place >= len(working_days):
        return NEVER_S
    return working_days[place] * DAY_S + (t_s - day * DAY_S)


def index_windows(windows: Iterable[tuple[int, int]], days: int) -> OpenHours:
    """Return `OpenHours` over `days` days from ascending windows; windows that touch are joined.

    Parameters
    ----------
    windows
        (first second, first second after), ascending and disjoint.
    days
        How many days the calendar covers.
    """
    opens: list[int] = []
    closes: list[int] = []
    for start, end in windows:
        if closes and closes[-1] == start:
            closes[-1] = end
        else:
            opens.append(start)
            closes.append(end)
    window_of_day: list[int] = []
    window = 0
    for day in range(days):
        while window < len(closes) and closes[window] <= day * DAY_S:
            window += 1
        window_of_day.append(window)
    return OpenHours(tuple(opens), tuple(closes), tuple(window_of_day))


def intersect(first: OpenHours, second: OpenHours) -> OpenHours:
    """Return the hours in which both are open, over the days that both cover."""
    windows: list[tuple[int, int]] = []
    i = j = 0
    while i < len(first.opens) and j < len(second.opens):
        start = max(first.opens[i], second.opens[j])
        end = min(first.closes[i], second.closes[j])
        if start < end:
            windows.append((start, end))
        if first.closes[i] <= second.closes[j]:
            i += 1
        else:
            j += 1
    return index_windows(windows, min(len(first.window_of_day), len(second.window_of_day)))
