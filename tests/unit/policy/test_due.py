"""When a contact falls due: intervals, rests, retries, caps and callbacks on a known calendar.

The week is Monday to Friday, 09:00-13:00 and 14:00-18:00; day 0 is Monday 5 January 2026, and
Tuesday 20 January (day 15) is a holiday.
"""

import datetime as dt

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from simkit.calllog import DISPOSITIONS
from simkit.policy import RecallPolicy
from simkit.policy.due import (
    NO_CAP,
    allowed_by_caps,
    callback_due,
    compile_rules,
    first_due,
    next_due,
    open_moment,
)
from simkit.scenario import NEVER_S, Calendar, WeekHours, is_open, roll_open

DAY_S, HOUR_S = 86_400, 3_600
MONDAY = dt.date(2026, 1, 5)
DAYS = 100
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")
CALENDAR = Calendar(working_weekdays=WEEKDAYS, closed=(dt.date(2026, 1, 20),))
OFFICE = WeekHours(**{day: ["09:00-13:00", "14:00-18:00"] for day in WEEKDAYS})
HOURS = CALENDAR.open_hours(OFFICE, MONDAY, DAYS)
WORKING = CALENDAR.working_days(MONDAY, DAYS)
ALWAYS = Calendar(working_weekdays=(*WEEKDAYS, "sat", "sun"))
ALWAYS_HOURS = ALWAYS.open_hours(WeekHours.every_day("00:00-24:00"), MONDAY, DAYS)
CODES = {name: code for code, name in enumerate(DISPOSITIONS)}

moments = st.integers(0, DAYS * DAY_S)
uniforms = st.floats(0, 1, exclude_min=True, exclude_max=True)


def at(day: int, clock: str = "00:00") -> int:
    """Return a moment: days since Monday 5 January, and a time of day."""
    hours, minutes = clock.split(":")
    return day * DAY_S + int(hours) * HOUR_S + int(minutes) * 60


def after(
    policy: RecallPolicy, disposition: str, *dialled_s: int, retries: int = 1, hours=HOURS
) -> int:
    rules = compile_rules(policy)
    allowed_s = allowed_by_caps(rules, len(dialled_s), dialled_s)
    return next_due(rules, hours, WORKING, CODES[disposition], retries, dialled_s[-1], allowed_s)


# The next call.


@pytest.mark.parametrize(
    ("policy", "dialled", "due"),
    [
        # Calendar days run from the dial and roll to the next open moment.
        (RecallPolicy.every(days=1), at(0, "10:20"), at(1, "10:20")),
        (RecallPolicy.every(days=7), at(0, "10:20"), at(7, "10:20")),
        (RecallPolicy.every(days=4), at(0, "10:20"), at(4, "10:20")),  # Friday
        (RecallPolicy.every(days=5), at(0, "10:20"), at(7, "09:00")),  # Saturday: Monday at nine
        (RecallPolicy.every(days=0.125), at(0, "10:20"), at(0, "14:00")),  # 13:20 is lunch
        (RecallPolicy.every(days=15), at(0, "10:20"), at(16, "09:00")),  # the holiday
        # Working days keep the time of day and count neither weekends nor holidays.
        (RecallPolicy.every(working_days=1), at(0, "10:20"), at(1, "10:20")),
        (RecallPolicy.every(working_days=1), at(4, "17:59"), at(7, "17:59")),  # Friday: Monday
        (RecallPolicy.every(working_days=5), at(2, "09:00"), at(9, "09:00")),
        (RecallPolicy.every(working_days=5), at(9, "09:00"), at(17, "09:00")),  # over the holiday
        (RecallPolicy.every(working_days=1), at(14, "12:00"), at(16, "12:00")),  # its eve
        (RecallPolicy.every(working_days=20), at(0, "10:20"), at(29, "10:20")),  # 4 weeks, a day
    ],
)
def test_the_interval_runs_from_the_last_dial(policy, dialled, due) -> None:
    assert after(policy, "not_now", dialled) == due


@pytest.mark.parametrize(
    ("wish", "weekdays"),
    [
        (5, {"Mon"}),  # the trap of calendar days: with Mon-Fri a wish of 5 days delivers 7
        (6, {"Mon"}),
        (7, {"Mon"}),
        (10, {"Mon", "Thu"}),
    ],
)
def test_a_wish_in_calendar_days_delivers_the_weekdays_it_can(wish, weekdays) -> None:
    ordinary = Calendar(working_weekdays=WEEKDAYS).open_hours(OFFICE, MONDAY, DAYS)
    policy, dialled, seen = RecallPolicy.every(days=wish), at(0, "10:20"), set()
    while dialled < DAYS * DAY_S:
        seen.add(f"{MONDAY + dt.timedelta(days=dialled // DAY_S):%a}")
        dialled = after(policy, "refused", dialled, hours=ordinary)
    assert seen == weekdays


def test_each_rest_follows_its_own_disposition_and_the_interval_all_others() -> None:
    rests = {"no_answer": 1, "refused": 2, "not_now": 3, "undecided": 4, "already_solved": 8}
    policy = RecallPolicy.every(
        working_days=9, rests={name: {"working_days": days} for name, days in rests.items()}
    )
    for name, row in DISPOSITIONS.items():
        if row.final or not row.counts:
            continue
        # Busy lines and machines are calls not answered; the rest of the rest is the interval.
        days = rests["no_answer"] if name in ("busy", "machine") else rests.get(name, 9)
        expected = at(WORKING.days[days], "10:00")
        assert after(policy, name, at(0, "10:00")) == expected, name


def test_quick_retries_are_counted_in_a_row_and_then_the_interval_applies() -> None:
    policy = RecallPolicy.every(days=7, rests={"no_answer": {"days": 1}}, retries_max=2)
    monday = at(0, "10:00")
    assert after(policy, "no_answer", monday, retries=1) == at(1, "10:00")
    assert after(policy, "no_answer", monday, retries=2) == at(1, "10:00")
    assert after(policy, "no_answer", monday, retries=3) == at(7, "10:00")
    assert after(policy, "no_answer", monday, retries=9) == at(7, "10:00")
    assert after(policy, "refused", monday, retries=0) == at(7, "10:00")


def test_without_a_limit_every_missed_call_is_retried() -> None:
    policy = RecallPolicy.every(days=7, rests={"no_answer": {"days": 1}})
    assert after(policy, "no_answer", at(0, "10:00"), retries=1000) == at(1, "10:00")


@given(
    interval=st.one_of(
        st.builds(lambda days: RecallPolicy.every(days=days), st.floats(0.01, 40)),
        st.builds(lambda days: RecallPolicy.every(working_days=days), st.integers(1, 30)),
    ),
    dialled=moments,
)
def test_the_next_due_time_is_open_and_never_before_the_rest_is_over(interval, dialled) -> None:
    dialled = roll_open(dialled, *HOURS)
    due = after(interval, "undecided", dialled)
    assert is_open(due, *HOURS)
    if interval.interval.seconds is not None:
        assert due >= dialled + interval.interval.seconds
        assert due == roll_open(dialled + interval.interval.seconds, *HOURS)
    else:
        passed = WORKING.rank[due // DAY_S] - WORKING.rank[dialled // DAY_S]
        assert passed == interval.interval.working_days
        assert due % DAY_S == dialled % DAY_S  # called in office hours, so due in office hours


def test_beyond_the_calendar_nothing_is_due() -> None:
    assert after(RecallPolicy.every(days=3650), "refused", at(0, "10:00")) == NEVER_S
    assert after(RecallPolicy.every(working_days=2600), "refused", at(0, "10:00")) == NEVER_S


# Caps.


def test_caps_left_out_do_not_bind() -> None:
    rules = compile_rules(RecallPolicy.every(days=1))
    assert (rules.per_30_days, rules.per_year, rules.total) == (NO_CAP, NO_CAP, NO_CAP)
    assert allowed_by_caps(rules, 200, range(0, 200 * DAY_S, DAY_S)) == 0


def test_a_full_window_waits_until_its_first_call_is_30_days_old() -> None:
    policy = RecallPolicy.every(days=1, caps={"per_30_days": 3})
    dialled = (at(0, "10:00"), at(1, "10:00"), at(2, "10:00"))
    assert after(policy, "refused", *dialled[:2]) == at(2, "10:00")
    assert after(policy, "refused", *dialled) == at(30, "10:00")
    # The fourth call on day 30: now the second call's age counts.
    assert after(policy, "refused", *dialled, at(30, "10:00")) == at(31, "10:00")


def test_a_cap_that_frees_up_on_a_closed_day_waits_for_the_next_open_one() -> None:
    policy = RecallPolicy.every(days=1, caps={"per_30_days": 1})
    # Friday 9 January + 30 days = Sunday 8 February (day 34): Monday 9 February at nine.
    assert after(policy, "refused", at(4, "10:00")) == at(35, "09:00")


def test_the_stricter_of_two_caps_decides() -> None:
    policy = RecallPolicy.every(days=1, caps={"per_30_days": 2, "per_year": 3})
    calls = (at(0, "10:00"), at(1, "10:00"), at(30, "10:00"))
    rules = compile_rules(policy)
    assert allowed_by_caps(rules, 2, calls[:2]) == at(30, "10:00")
    assert allowed_by_caps(rules, 3, calls) == at(365, "10:00")
    # In a ring of three places the fourth call takes the first one's.
    assert allowed_by_caps(rules, 4, (at(366, "10:00"), *calls[1:])) == at(366, "10:00")


@given(
    cap=st.integers(1, 6),
    days=st.floats(0.2, 9),
    waits=st.lists(st.integers(0, 3 * DAY_S), min_size=40, max_size=40),
)
def test_no_30_days_ever_hold_more_calls_than_the_cap(cap, days, waits) -> None:
    # Dialled at the due time or later, as agents find the time.
    policy = RecallPolicy.every(days=days, caps={"per_30_days": cap})
    dialled = [0]
    for wait in waits:
        due = after(policy, "refused", *dialled, hours=ALWAYS_HOURS)
        if due >= NEVER_S:
            break
        dialled.append(due + wait)
    for first, last in zip(dialled, dialled[cap:], strict=False):
        assert last - first >= 30 * DAY_S  # cap + 1 calls never fit into less


# Callbacks.


@given(moments)
def test_a_callback_is_due_at_its_time_or_when_calling_opens_next_never_before(named) -> None:
    due = callback_due(HOURS, named)
    assert due >= named
    assert is_open(due, *HOURS)
    assert due == named or not is_open(named, *HOURS)


def test_an_interval_does_not_move_a_callback() -> None:
    assert callback_due(HOURS, at(3, "15:30")) == at(3, "15:30")
    assert callback_due(HOURS, at(3, "13:30")) == at(3, "14:00")
    assert callback_due(HOURS, at(5, "10:00")) == at(7, "09:00")


# The first call.


@pytest.mark.parametrize(
    ("entered", "u", "due"),
    [
        (at(0), 0.0, at(0, "09:00")),
        (at(0), 0.5, at(3, "12:00")),  # half of 7 days after Monday midnight: Thursday noon
        (at(0), 0.8, at(7, "09:00")),  # 5.6 days: Saturday
        (at(8), 0.5, at(11, "12:00")),
    ],
)
def test_first_calls_come_a_share_of_the_interval_after_the_entry(entered, u, due) -> None:
    rules = compile_rules(RecallPolicy.every(days=7))
    assert first_due(rules, HOURS, WORKING, entered, u) == due


@pytest.mark.parametrize(
    ("entered", "u", "days", "due"),
    [
        # u·n = 0.5: the first working day from the entry on, half through its 9 hours.
        (at(0), 0.125, 4, at(0, "13:30")),
        (at(5), 0.125, 4, at(7, "13:30")),  # entered on a Saturday
        (at(15), 0.125, 4, at(16, "13:30")),  # entered on the holiday
        (at(0), 0.625, 4, at(2, "13:30")),  # u·n = 2.5: the third working day
        (at(3), 0.625, 4, at(7, "13:30")),  # Thursday, Friday, Monday
    ],
)
def test_first_calls_of_working_days_fall_within_open_time(entered, u, days, due) -> None:
    rules = compile_rules(RecallPolicy.every(working_days=days))
    # 13:30 is lunch, so the call waits for 14:00.
    assert first_due(rules, HOURS, WORKING, entered, u) == due + HOUR_S // 2


@pytest.mark.parametrize("day", [0, 1, 15, DAYS - 2])
def test_round_the_clock_a_part_of_a_days_open_time_is_that_part_of_the_day(day) -> None:
    # Days that touch at midnight are one window; each day still counts from its own midnight.
    assert len(ALWAYS_HOURS.opens) == 1
    for part, clock in ((0.0, "00:00"), (0.25, "06:00"), (0.5, "12:00"), (0.75, "18:00")):
        assert open_moment(ALWAYS_HOURS, day, part) == at(day, clock)


def test_a_window_over_midnight_counts_for_each_day_with_its_share() -> None:
    # Monday 18:00 to Tuesday 06:00: half of Monday's 6 hours is 21:00, half of Tuesday's 03:00.
    night = ALWAYS.open_hours(WeekHours(mon=["18:00-24:00"], tue=["00:00-06:00"]), MONDAY, DAYS)
    assert open_moment(night, 0, 0.5) == at(0, "21:00")
    assert open_moment(night, 1, 0.5) == at(1, "03:00")


@pytest.mark.parametrize(
    ("entered", "u", "due"),
    [
        (at(0), 0.125, at(0, "12:00")),  # u·n = 0.5 of a day of 24 hours
        (at(0), 0.6875, at(2, "18:00")),  # u·n = 2.75: three quarters of the third day
        (at(0, "20:00"), 0.125, at(0, "20:00")),  # noon is over when the contact enters
    ],
)
def test_first_calls_round_the_clock_spread_over_the_whole_day(entered, u, due) -> None:
    rules = compile_rules(RecallPolicy.every(working_days=4))
    working = ALWAYS.working_days(MONDAY, DAYS)
    assert first_due(rules, ALWAYS_HOURS, working, entered, u) == due


@given(
    entered=st.integers(0, DAYS - 1).map(lambda day: day * DAY_S),
    u=uniforms,
    policy=st.one_of(
        st.builds(lambda days: RecallPolicy.every(days=days), st.floats(0.1, 3650)),
        st.builds(lambda days: RecallPolicy.every(working_days=days), st.integers(1, 2600)),
    ),
)
@example(  # the last working day of the compiled calendar
    entered=0, u=(len(WORKING.days) - 0.5) / 400, policy=RecallPolicy.every(working_days=400)
)
def test_a_first_call_is_open_after_the_entry_and_within_the_interval(entered, u, policy) -> None:
    rules = compile_rules(policy)
    due = first_due(rules, HOURS, WORKING, entered, u)
    assert due >= entered
    if due == NEVER_S:
        return
    assert is_open(due, *HOURS)
    if policy.interval.working_days is not None:
        before = WORKING.rank[entered // DAY_S - 1] if entered else 0
        nth = WORKING.rank[due // DAY_S] - before
        assert 1 <= nth <= policy.interval.working_days
    else:
        assert due <= roll_open(entered + policy.interval.seconds, *HOURS)


@given(
    entered=st.integers(0, DAYS - 1).map(lambda day: day * DAY_S),
    u=uniforms,
    v=uniforms,
    working_days=st.none() | st.integers(1, 60),
)
def test_a_larger_uniform_is_never_due_earlier(entered, u, v, working_days) -> None:
    policy = (
        RecallPolicy.every(days=20)
        if working_days is None
        else RecallPolicy.every(working_days=working_days)
    )
    rules = compile_rules(policy)
    low, high = (first_due(rules, HOURS, WORKING, entered, x) for x in sorted((u, v)))
    assert low <= high
