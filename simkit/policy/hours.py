"""The hours in which a policy lets a segment be called."""

from __future__ import annotations

from simkit.errors import InputError, Problem
from simkit.policy.recall import RecallPolicy
from simkit.scenario.calendar import Calendar
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
    hours = calendar.open_hours(scenario.segments[segment].windows, scenario.start, days)
    if policy.windows is not None:
        hours = intersect(hours, calendar.open_hours(policy.windows, scenario.start, days))
    if not hours.opens:
        where = f"policy {policy.label!r}"
        rule = f"must leave an hour of the calling windows of {segment}"
        found = str(policy.windows or scenario.segments[segment].windows)
        raise InputError([Problem(where, "windows", found, rule)])
    return hours
