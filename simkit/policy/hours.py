"""The hours in which a policy lets a segment be called."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

from simkit.errors import InputError, Problem
from simkit.policy.recall import RecallPolicy
from simkit.scenario.calendar import COMPILED_AT_MOST, Calendar, WeekHours
from simkit.scenario.hours import OpenHours, intersect
from simkit.scenario.scenario import Scenario


def calling_hours(
    policy: RecallPolicy,
    scenario: Scenario,
    segment: str,
    days: int,
    *,
    calendar: Calendar | None = None,
) -> OpenHours:
    """Compile the segment's calling windows, narrowed by the policy's.

    Parameters
    ----------
    policy
        Whose windows narrow.
    scenario
        Whose start and calendar are used.
    segment
        Whose windows are used.
    days
        How many days are wanted; a margin is added.
    calendar
        Another calendar than the scenario's.

    Raises
    ------
    InputError
        If no moment is left for calling.
    """
    calendar = scenario.calendar if calendar is None else calendar
    windows = scenario.segments[segment].windows
    hours = calendar.open_hours(windows, scenario.start, days)
    if policy.windows is not None:
        hours = _narrowed(calendar, windows, policy.windows, scenario.start, days)
    if not hours.opens:
        where = f"policy {policy.label!r}"
        rule = f"must leave an hour of the calling windows of {segment}"
        found = str(policy.windows or windows)
        raise InputError([Problem(where, "windows", found, rule)])
    return hours


@lru_cache(COMPILED_AT_MOST)
def _narrowed(
    calendar: Calendar, windows: WeekHours, further: WeekHours, start: dt.date, days: int
) -> OpenHours:
    return intersect(
        calendar.open_hours(windows, start, days), calendar.open_hours(further, start, days)
    )
