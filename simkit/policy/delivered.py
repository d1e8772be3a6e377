"""The interval that a calendar delivers, as opposed to the one that was wished for.

A due date on a closed day rolls to the next open one. With calls from Monday to Friday a wish of
5 days delivers 7, always on Mondays, and so does a wish of 6: a sweep over wishes would show
differences where nothing differs.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from simkit.policy.hours import calling_hours
from simkit.policy.recall import RecallPolicy
from simkit.scenario.hours import (
    DAY_S,
    NEVER_S,
    OpenHours,
    WorkingDays,
    add_working_days,
    roll_open,
)
from simkit.scenario.scenario import Scenario

PHASES = 28
"""First calls that are followed, spread evenly over the interval."""

CYCLE_SPANS = 30
"""Intervals within which the pattern of an ordinary week is sought."""

WEEK_S = 7 * DAY_S


@dataclass(frozen=True)
class Delivery:
    """What an interval becomes when every call is made at once on its due time.

    Parameters
    ----------
    days
        Mean time between two calls, calendar days, with the year's holidays.
    pattern
        The gaps in whole days that recur in weeks without holidays, ``"7"`` or ``"10, 11"`` or
        ``"4 x 1, 3"``. Policies with the same pattern coincide in delivery.
    """

    days: float
    pattern: str


def delivery(
    policy: RecallPolicy, scenario: Scenario, segment: str, *, days: int = 365
) -> Delivery:
    """Return the interval that the calendar of a segment delivers.

    Caps, other rests, callbacks and waiting for an agent are left out: this is the interval alone.

    Parameters
    ----------
    policy
        The policy.
    scenario
        Whose calendar and start are used.
    segment
        Whose calling windows are used.
    days
        The time over which the mean is taken, days.
    """
    covered = days + 2 * math.ceil(policy.interval.calendar_days(1))
    hours = calling_hours(policy, scenario, segment, covered)
    working = scenario.calendar.working_days(scenario.start, covered)
    spacing = policy.interval.calendar_days(len(scenario.calendar.working_weekdays)) * DAY_S
    lengths: list[int] = []
    for phase in range(PHASES):
        first = roll_open(int((phase + 0.5) / PHASES * spacing), *hours)
        dials = _dials(first, policy, hours, working)
        last = next(dials)
        for dial in dials:
            lengths.append(dial - last)
            last = dial
            if dial >= days * DAY_S:
                break
    mean = math.fsum(lengths) / len(lengths) / DAY_S
    return Delivery(mean, _pattern(policy, scenario, segment))


def delivered_days(
    policy: RecallPolicy, scenario: Scenario, segment: str, *, days: int = 365
) -> float:
    """Return the mean delivered interval, calendar days; see `delivery`."""
    return delivery(policy, scenario, segment, days=days).days


def _dials(
    first: int, policy: RecallPolicy, hours: OpenHours, working: WorkingDays
) -> Iterator[int]:
    """Yield the moments of the calls to one contact, s, as far as the calendar goes."""
    dial = first
    seconds = policy.interval.seconds
    while dial < NEVER_S:
        yield dial
        if seconds is not None:
            due = dial + seconds
        else:
            assert policy.interval.working_days is not None
            due = add_working_days(dial, policy.interval.working_days, *working)
        dial = roll_open(due, *hours) if due < NEVER_S else NEVER_S


def _pattern(policy: RecallPolicy, scenario: Scenario, segment: str) -> str:
    """Return the recurring gaps of ordinary weeks, from a first call on each weekday."""
    ordinary = scenario.calendar.without_holidays()
    span = policy.interval.calendar_days(len(ordinary.working_weekdays))
    days = math.ceil((span + 7) * CYCLE_SPANS)
    hours = calling_hours(policy, scenario, segment, days, calendar=ordinary)
    working = ordinary.working_days(scenario.start, days)
    patterns: set[str] = set()
    for day in range(7):
        dials: list[int] = []
        place: dict[int, int] = {}
        for dial in _dials(roll_open(day * DAY_S, *hours), policy, hours, working):
            dials.append(dial)
            # The calendar recurs each week, so the calls recur once a moment of the week does.
            if dial % WEEK_S in place:
                dials = dials[place[dial % WEEK_S] :]
                break
            place[dial % WEEK_S] = len(dials) - 1
        gaps = [b // DAY_S - a // DAY_S for a, b in pairwise(dials)]
        patterns.add(_mixture(gaps))
    return " or ".join(sorted(patterns))


def _mixture(gaps: list[int]) -> str:
    """Return the gaps in ascending order with their numbers in lowest terms."""
    counts = Counter(gaps)
    common = math.gcd(*counts.values())
    times = {gap: counts[gap] // common for gap in sorted(counts)}
    return ", ".join(str(gap) if n == 1 else f"{n} x {gap}" for gap, n in times.items())
