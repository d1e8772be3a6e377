"""When a contact falls due: a policy's rules as numbers, and pure scalar functions of them.

They see only the contact's call history, never what the contact thinks. All times are integer
seconds of local civil time since the scenario's start.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from simkit.calllog import DISPOSITIONS
from simkit.calllog.codes import CODES
from simkit.policy.recall import RecallPolicy, Span
from simkit.scenario.hours import (
    DAY_S,
    NEVER_S,
    OpenHours,
    WorkingDays,
    add_working_days,
    roll_open,
)

DAYS_30_S = 30 * DAY_S
DAYS_365_S = 365 * DAY_S
NO_CAP = 2**31 - 1

_NOT_LIVE = tuple(
    code
    for code, row in enumerate(DISPOSITIONS.values())
    if not row.live and not row.terminal and row.counts
)


class Rules(NamedTuple):
    """A recall policy, compiled to numbers.

    Attributes
    ----------
    rests
        By disposition code: the rest after it, in seconds or in working days.
    rests_in_working_days
        By disposition code: which of the two.
    missed
        By disposition code: whether nobody was reached, so that retries apply.
    interval, interval_in_working_days
        The ordinary recall interval.
    retries_max
        How many retries in a row follow missed calls before the ordinary interval applies.
    per_30_days, per_year, total
        Caps on attempts; ``NO_CAP`` where there is none.
    bad_number_attempts, refusals_max
        How many dead numbers, or refusals, end it for good.
    push
        Whether to press a contact who is still deciding.
    """

    rests: tuple[int, ...]
    rests_in_working_days: tuple[bool, ...]
    missed: tuple[bool, ...]
    interval: int
    interval_in_working_days: bool
    retries_max: int
    per_30_days: int
    per_year: int
    total: int
    bad_number_attempts: int
    refusals_max: int
    push: bool


def _amount(span: Span) -> int:
    """Return a span in its own unit: whole working days, or seconds."""
    if span.working_days is not None:
        return span.working_days
    assert span.days is not None  # Span holds exactly one of the two
    return max(1, round(span.days * DAY_S))


def compile_rules(policy: RecallPolicy) -> Rules:
    """Compile a policy to numbers."""
    rests = policy.rests
    spans = [policy.interval] * len(DISPOSITIONS)
    for code in _NOT_LIVE:
        spans[code] = rests.no_answer or policy.interval
    for name in ("refused", "not_now", "undecided", "already_solved"):
        spans[CODES[name]] = getattr(rests, name) or policy.interval
    return Rules(
        rests=tuple(_amount(span) for span in spans),
        rests_in_working_days=tuple(span.working_days is not None for span in spans),
        missed=tuple(code in _NOT_LIVE for code in range(len(DISPOSITIONS))),
        interval=_amount(policy.interval),
        interval_in_working_days=policy.interval.working_days is not None,
        retries_max=NO_CAP if policy.retries_max is None else policy.retries_max,
        per_30_days=policy.caps.per_30_days or NO_CAP,
        per_year=policy.caps.per_year or NO_CAP,
        total=policy.caps.total or NO_CAP,
        bad_number_attempts=policy.bad_number_attempts,
        refusals_max=NO_CAP if policy.refusals_max is None else policy.refusals_max,
        push=policy.push,
    )


def after_rest(
    hours: OpenHours, working: WorkingDays, from_s: int, amount: int, in_working_days: bool
) -> int:
    """Return the first open moment after a rest.

    Parameters
    ----------
    hours, working
        When calling is allowed, and which days count as working days.
    from_s
        Where the rest begins.
    amount, in_working_days
        Its length: working days (the due time is the same time of day), or seconds.
    """
    if in_working_days:
        rested_s = add_working_days(from_s, amount, working.days, working.rank)
    else:
        rested_s = from_s + amount
    return roll_open(rested_s, hours.opens, hours.closes, hours.window_of_day)


def open_moment(hours: OpenHours, day: int, part: float) -> int:
    """Return the moment at which a part of a day's open time has passed; its start if closed.

    Parameters
    ----------
    hours
        When calling is allowed; a window may reach over midnight.
    day
        A day of the calendar, not its last.
    part
        From 0 to 1.
    """
    start_s = day * DAY_S
    end_s = start_s + DAY_S
    open_s = 0
    window = hours.window_of_day[day]
    while window < len(hours.opens) and hours.opens[window] < end_s:
        open_s += min(hours.closes[window], end_s) - max(hours.opens[window], start_s)
        window += 1
    left_s = int(part * open_s)
    window = hours.window_of_day[day]
    while window < len(hours.opens) and hours.opens[window] < end_s:
        begin_s = max(hours.opens[window], start_s)
        length_s = min(hours.closes[window], end_s) - begin_s
        if left_s < length_s:
            return begin_s + left_s
        left_s -= length_s
        window += 1
    return start_s


def first_due(
    rules: Rules, hours: OpenHours, working: WorkingDays, entered_s: int, u: float
) -> int:
    """Return when a contact is first due: a uniform share of the interval after its entry.

    For an interval of n working days the whole part of u·n is counted in working days from the
    first working day on or after the entry, and the rest of it says how far into that day's open
    time the call falls, so that first calls spread evenly over open hours.
    """
    if not rules.interval_in_working_days:
        due_s = entered_s + int(u * rules.interval)
        return roll_open(due_s, hours.opens, hours.closes, hours.window_of_day)
    whole = int(u * rules.interval)
    part = u * rules.interval - whole
    entry_day = entered_s // DAY_S
    # The first working day on or after the entry is the first after the day before it.
    place = (working.rank[entry_day - 1] if entry_day > 0 else 0) + whole
    if place >= len(working.days):
        return NEVER_S
    day = working.days[place]
    if day + 1 >= len(hours.window_of_day):
        return NEVER_S
    due_s = open_moment(hours, day, part)
    return roll_open(max(due_s, entered_s), hours.opens, hours.closes, hours.window_of_day)


def allowed_by_caps(rules: Rules, attempts: int, dialled_s: Sequence[int]) -> int:
    """Return the first moment at which the rolling caps allow one more attempt.

    Parameters
    ----------
    rules
        The caps.
    attempts
        How many attempts the contact has had.
    dialled_s
        When they were, in time order: all of them, or a ring of at least as many places as the
        larger of the caps, in which attempt k, from 0, stands at place k modulo its length.
    """
    allowed_s = 0
    if attempts >= rules.per_30_days:
        allowed_s = dialled_s[(attempts - rules.per_30_days) % len(dialled_s)] + DAYS_30_S
    if attempts >= rules.per_year:
        year_ago = dialled_s[(attempts - rules.per_year) % len(dialled_s)]
        allowed_s = max(allowed_s, year_ago + DAYS_365_S)
    return allowed_s


def next_due(
    rules: Rules,
    hours: OpenHours,
    working: WorkingDays,
    disposition: int,
    retries: int,
    dialled_s: int,
    allowed_s: int,
) -> int:
    """Return when a contact is due again after an attempt that named no date.

    Parameters
    ----------
    rules, hours, working
        The policy and its calendar.
    disposition
        Code of what the last attempt came to.
    retries
        Missed calls in a row, the last attempt included.
    dialled_s
        When the last attempt was.
    allowed_s
        From :func:`allowed_by_caps`.
    """
    amount = rules.rests[disposition]
    in_working_days = rules.rests_in_working_days[disposition]
    if rules.missed[disposition] and retries > rules.retries_max:
        amount = rules.interval
        in_working_days = rules.interval_in_working_days
    due_s = after_rest(hours, working, dialled_s, amount, in_working_days)
    if allowed_s > due_s:
        due_s = roll_open(allowed_s, hours.opens, hours.closes, hours.window_of_day)
    return due_s


def named_time(segment_hours: OpenHours, working: WorkingDays, now_s: int, days: int) -> int:
    """Return the date a contact names: so many working days on, at this time of day.

    Parameters
    ----------
    segment_hours
        When the segment may be called: dates are named inside these hours.
    working
        Which days count.
    now_s
        When the contact says so.
    days
        How many working days, >= 1.
    """
    same_time_s = add_working_days(now_s, days, working.days, working.rank)
    return roll_open(
        same_time_s, segment_hours.opens, segment_hours.closes, segment_hours.window_of_day
    )


def callback_due(hours: OpenHours, named_s: int) -> int:
    """Return when a promised callback is due: at the named time, never earlier, never later."""
    return roll_open(named_s, hours.opens, hours.closes, hours.window_of_day)
