"""Which recall intervals a sweep tries, and how a person writes one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from simkit.errors import InputError, Problem
from simkit.policy import RecallPolicy, Span

# In working days only: a wish in calendar days is delivered as multiples of a week's pattern, and
# the differences between two wishes would be the calendar's, not the interval's.
DEFAULT_WORKING_DAYS: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {
        "b2c": (1, 2, 3, 5, 10, 15, 20, 30),
        "b2b": (1, 5, 10, 15, 20, 25, 30, 40, 60),
    }
)
OTHER_SEGMENTS_WORKING_DAYS = DEFAULT_WORKING_DAYS["b2c"]
DEFAULT_HORIZONS_DAYS = (30, 90, 365)

_TEXT = re.compile(r"(?:every\s+)?(\d+(?:\.\d+)?)?\s*(wd|working\s+days?|d|days?)", re.IGNORECASE)
_RULE = 'must say its unit: "10 working days" or "10wd", "7 days" or "7d", a Span or a RecallPolicy'

Interval = RecallPolicy | Span | str


def default_intervals(segment: str) -> tuple[Span, ...]:
    """Return the intervals that a sweep of a segment tries unless told otherwise.

    Parameters
    ----------
    segment
        Its name; one without a grid of its own gets that of b2c.
    """
    grid = DEFAULT_WORKING_DAYS.get(segment, OTHER_SEGMENTS_WORKING_DAYS)
    return tuple(Span(working_days=days) for days in grid)


def policies_of(
    intervals: Iterable[Interval], base: RecallPolicy | None
) -> tuple[dict[str, RecallPolicy], list[Problem]]:
    """Read intervals as policies.

    Parameters
    ----------
    intervals
        Spans, texts such as ``"10 working days"``, ``"7d"``, or whole policies.
    base
        The policy whose interval is replaced by a span or a text; None for one that decides
        nothing but the interval. A whole policy stays as it is.

    Returns
    -------
    policies
        By label, in the order given.
    problems
        All that is wrong with the intervals.
    """
    policies: dict[str, RecallPolicy] = {}
    problems: list[Problem] = []
    for number, interval in enumerate(intervals):
        where = f"intervals[{number}]"
        try:
            policy = _policy(interval, base)
        except InputError as error:
            problems += [
                Problem("sweep", f"{where}.{part.field}".rstrip("."), part.value, part.rule)
                for part in error.problems
            ]
            continue
        if policy is None:
            problems.append(Problem("sweep", where, interval, _RULE))
        elif policy in policies.values():
            problems.append(Problem("sweep", where, policy.label, "must be there only once"))
        else:
            # Policies of one interval may differ in caps, rests or pushing: then all is said.
            label = policy.describe() if policy.label in policies else policy.label
            policies[label] = policy
    return policies, problems


def _policy(interval: Interval, base: RecallPolicy | None) -> RecallPolicy | None:
    if isinstance(interval, RecallPolicy):
        return interval
    span = _span(interval) if isinstance(interval, str) else interval
    if not isinstance(span, Span):
        return None
    return RecallPolicy(interval=span) if base is None else base.replace(interval=span)


def _span(text: str) -> Span | None:
    match = _TEXT.fullmatch(text.strip())
    if match is None:
        return None
    number = float(match[1]) if match[1] else 1.0
    if match[2].lower().startswith("w"):
        # A fraction of a working day stays one: the Span says that it may not be.
        whole: Any = int(number) if number.is_integer() else number
        return Span(working_days=whole)
    return Span(days=number)
