"""Who is called by whom when several things happen at once: the order rules, one by one.

Inside one second: first all agents who finish, then all contacts who fall due, then, while an
agent is idle, the due contact with the smallest (class, due time, contact id) goes to the agent
idle longest, then of the smallest id. Classes: kept callbacks, warm, never called, cold recalls.
Open means start <= t < end; a call begun is finished; who was not served keeps the due time.
"""

import pandas as pd
import pytest
from certain_centre import (
    ABSENT,
    ASKS_TO_BE_CALLED_BACK,
    BUYS,
    NEVER,
    PUTS_OFF,
    REFUSES,
    SALE_S,
    SOLVED,
    UNDECIDED,
    at,
    clock,
    office,
    one_contact_each,
    order,
    played,
)

from simkit.policy import RecallPolicy

DAILY = RecallPolicy.every(working_days=1)


def test_an_agent_who_finishes_takes_the_contact_who_falls_due_in_that_second() -> None:
    plan = one_contact_each(
        {"first": (REFUSES, at(0, "09:00:00")), "second": (REFUSES, at(0, "09:00:50"))},
        policy=DAILY,
    )
    assert order(played(plan), day=0) == [("first", "09:00:00"), ("second", "09:00:50")]


def test_who_falls_due_as_the_agent_finishes_is_considered_before_the_agent_is_given_out() -> None:
    plan = one_contact_each(
        {
            "asks": (ASKS_TO_BE_CALLED_BACK, at(0, "09:00:50")),  # for tomorrow at 09:00:50
            "waits": (REFUSES, at(1, "09:00:10")),
            "keeps_busy": (REFUSES, at(1, "09:00:00")),  # until 09:00:50
        },
        policy=DAILY,
    )
    attempts = played(plan)
    # Were agents given out before contacts fall due, "waits" would be next.
    assert order(attempts, day=1) == [
        ("keeps_busy", "09:00:00"),
        ("asks", "09:00:50"),
        ("waits", "09:02:10"),
    ]


def test_it_does_not_matter_which_of_the_two_was_set_in_motion_first() -> None:
    # As above, but here the agent's call began before the contact's rest did. One agent talks from
    # 09:00:00 for 4,330 s; the other calls "warm" at 09:00:10, to be recalled after 4,320 s, and
    # then has a long talk too. So at 10:12:10 the first agent is free and "warm" is due.
    talks = {**BUYS, "talk_sale_mean_s": 4310.0}
    plan = one_contact_each(
        {
            "talks": (talks, at(0, "09:00:00")),
            "warm": (UNDECIDED, at(0, "09:00:10")),
            "talks_too": (talks, at(0, "09:02:00")),
            "waits": (REFUSES, at(0, "09:30:00")),
        },
        policy=RecallPolicy.every(days=1, rests={"undecided": {"days": 0.05}}),
        agents=2,
        days=1,
    )
    assert order(played(plan), day=0)[3:5] == [("warm", "10:12:10"), ("waits", "10:13:30")]


def test_classes_go_before_due_times() -> None:
    # On day 1 a sale keeps the only agent busy from 09:00:00 to 09:05:20. Meanwhile the others
    # fall due, the least urgent first.
    plan = one_contact_each(
        {
            "cold": (REFUSES, at(0, "09:01:00")),
            "warm": (UNDECIDED, at(0, "09:02:30")),
            "callback": (ASKS_TO_BE_CALLED_BACK, at(0, "09:04:00")),
            "never_called": (REFUSES, at(1, "09:02:00")),
            "buys": (BUYS, at(1, "09:00:00")),
        },
        policy=DAILY,
    )
    second_day = played(plan).query("dialled_s >= 86_400")
    assert order(second_day, day=1) == [
        ("buys", "09:00:00"),
        ("callback", "09:05:20"),  # not now: 80 s
        ("warm", "09:06:40"),  # undecided: 80 s
        ("never_called", "09:08:00"),  # refuses: 50 s
        ("cold", "09:08:50"),
    ]
    by_due_time = second_day.query("contact != 'buys' and dialled_s < 2 * 86_400")
    by_due_time = by_due_time.sort_values("due_s")["contact"].tolist()
    assert by_due_time == ["cold", "never_called", "warm", "callback"]  # the very reverse


@pytest.mark.parametrize("kind", [UNDECIDED, PUTS_OFF])
def test_undecided_and_not_now_are_warm_and_the_rest_is_cold(kind) -> None:
    plan = one_contact_each(
        {
            "refused": (REFUSES, at(0, "09:00:10")),
            "solved": (SOLVED, at(0, "09:01:00")),
            "missed": (ABSENT, at(0, "09:02:00")),
            "warm": (kind, at(0, "09:03:00")),
            "buys": (BUYS, at(1, "09:00:00")),  # until 09:05:20: by then all are due
        },
        policy=DAILY,
    )
    who = [contact for contact, _ in order(played(plan), day=1)]
    assert who == ["buys", "warm", "refused", "solved", "missed"]


def test_within_a_class_the_due_time_decides_and_then_the_contact_id() -> None:
    plan = one_contact_each(
        {
            "late": (REFUSES, at(0, "09:00:31")),
            "early_b": (REFUSES, at(0, "09:00:30")),
            "early_c": (REFUSES, at(0, "09:00:30")),
            "first": (REFUSES, at(0, "09:00:00")),
        },
        policy=DAILY,
    )
    who = [contact for contact, _ in order(played(plan), day=0)]
    assert who == ["first", "early_b", "early_c", "late"]
    assert who != sorted(who)  # nor is it the order of the ids, which is that of the names here


def test_all_who_are_due_at_the_same_second_go_by_id() -> None:
    plan = one_contact_each(
        {name: (ABSENT, at(0, "09:00:00")) for name in ("c0", "c1", "c2")}, policy=DAILY
    )
    # 20 s each.
    assert order(played(plan), day=0) == [
        ("c0", "09:00:00"),
        ("c1", "09:00:20"),
        ("c2", "09:00:40"),
    ]


# Which agent.


def agents_of(attempts: pd.DataFrame) -> list[int]:
    return attempts["agent"].tolist()


def test_the_first_calls_go_to_the_smallest_ids() -> None:
    plan = one_contact_each(
        {name: (REFUSES, at(0, "09:00:00")) for name in "abc"}, policy=DAILY, agents=4, days=1
    )
    assert agents_of(played(plan)) == [0, 1, 2]


def test_the_agent_idle_longest_is_next_not_the_smallest_id() -> None:
    plan = one_contact_each(
        {
            "long": (UNDECIDED, at(0, "09:00:00")),  # agent 0 until 09:01:20
            "short": (REFUSES, at(0, "09:00:00")),  # agent 1 until 09:00:50
            "next": (REFUSES, at(0, "09:02:00")),
        },
        policy=DAILY,
        agents=2,
        days=1,
    )
    assert agents_of(played(plan)) == [0, 1, 1]


def test_agents_who_finish_in_the_same_second_go_by_id() -> None:
    plan = one_contact_each(
        {
            "a": (REFUSES, at(0, "09:00:00")),  # agent 0 until 09:00:50
            "b": (UNDECIDED, at(0, "09:00:00")),  # agent 1 until 09:01:20
            "c": (REFUSES, at(0, "09:00:00")),  # agent 2 until 09:00:50
            "d": (REFUSES, at(0, "09:00:30")),  # agent 3 until 09:01:20
            "e": (REFUSES, at(0, "09:02:00")),
            "f": (REFUSES, at(0, "09:02:00")),
            "g": (REFUSES, at(0, "09:02:00")),
            "h": (REFUSES, at(0, "09:02:00")),
        },
        policy=DAILY,
        agents=4,
        days=1,
    )
    # Idle since 09:00:50: agents 0 and 2; since 09:01:20: agents 1 and 3.
    assert agents_of(played(plan)) == [0, 1, 2, 3, 0, 2, 1, 3]


def test_an_agent_who_never_worked_is_idle_longest() -> None:
    plan = one_contact_each(
        {"a": (REFUSES, at(0, "09:00:00")), "b": (REFUSES, at(0, "10:00:00"))},
        policy=DAILY,
        agents=2,
        days=1,
    )
    assert agents_of(played(plan)) == [0, 1]


# Open and closed.


def test_a_call_may_begin_in_the_last_open_second_and_is_finished() -> None:
    plan = one_contact_each({"last": (UNDECIDED, at(0, "17:59:59"))}, policy=DAILY, days=1)
    attempts = played(plan)
    assert order(attempts) == [("last", "0 17:59:59")]
    assert attempts.loc[0, ["ring_s", "talk_s", "wrap_s"]].tolist() == [10, 60, 10]


def test_an_agent_who_finishes_at_closing_time_calls_nobody_until_it_opens() -> None:
    closing = at(0, "18:00:00")
    plan = one_contact_each(
        {"buys": (BUYS, closing - SALE_S), "waits": (REFUSES, at(0, "17:56:00"))}, policy=DAILY
    )
    attempts = played(plan)
    waits = attempts[attempts["contact"] == "waits"].iloc[0]
    assert clock(waits["dialled_s"]) == (1, "09:00:00")
    assert clock(waits["due_s"]) == (0, "17:56:00")  # not served, and due since then


def test_an_agent_who_finishes_a_second_before_closing_time_makes_one_more_call() -> None:
    closing = at(0, "18:00:00")
    plan = one_contact_each(
        {"buys": (BUYS, closing - SALE_S - 1), "waits": (REFUSES, at(0, "17:56:00"))},
        policy=DAILY,
    )
    waits = played(plan).query("contact == 'waits'").iloc[0]
    assert clock(waits["dialled_s"]) == (0, "17:59:59")


def test_who_was_not_served_over_a_weekend_goes_first_by_the_old_due_time() -> None:
    friday = 4
    plan = one_contact_each(
        {
            "monday": (REFUSES, at(7, "09:00:00")),
            "buys": (BUYS, at(friday, "17:58:00")),
            "friday": (REFUSES, at(friday, "17:59:00")),
        },
        policy=DAILY,
        days=8,
    )
    assert order(played(plan), day=7) == [("friday", "09:00:00"), ("monday", "09:00:50")]


def test_whose_hours_are_over_does_not_stand_in_the_way() -> None:
    mornings = {**REFUSES, "windows": office("09:00-12:00")}
    plan = one_contact_each(
        {
            "mornings": (mornings, at(0, "11:58:00")),
            "all_day": (REFUSES, at(0, "11:59:00")),
            "buys": (BUYS, at(0, "11:57:00")),  # until 12:02:20
        },
        policy=DAILY,
    )
    attempts = played(plan)
    assert order(attempts, day=0) == [("buys", "11:57:00"), ("all_day", "12:02:20")]
    assert order(attempts, day=1)[0] == ("mornings", "09:00:00")


def test_nobody_calls_before_the_shift_begins_or_after_it_ends() -> None:
    contacts = {
        "early": (REFUSES, at(0, "09:30:00")),
        "late": (REFUSES, at(0, "16:00:00")),  # the shift's end is not in it
    }
    shift = office("10:00-16:00")
    attempts = played(one_contact_each(contacts, policy=DAILY, shifts=shift))
    assert order(attempts)[:2] == [("early", "0 10:00:00"), ("late", "1 10:00:00")]


def test_unlimited_agents_call_everybody_when_due_whatever_the_shifts() -> None:
    contacts = {name: (UNDECIDED, at(0, "09:30:00")) for name in "abc"}
    attempts = played(
        one_contact_each(contacts, policy=DAILY, agents=None, shifts=office("10:00-16:00"), days=1)
    )
    assert order(attempts) == [(name, "0 09:30:00") for name in "abc"]
    assert set(agents_of(attempts)) == {-1}


def test_misses_are_retried_quickly_so_many_times_in_a_row_and_then_at_the_interval() -> None:
    policy = RecallPolicy.every(working_days=5, rests={"no_answer": {"days": 0.1}}, retries_max=2)
    plan = one_contact_each({"absent": (ABSENT, at(0, "10:00:00"))}, policy=policy, days=14)
    # 0.1 days are 2 h 24 min. The third miss in a row rests 5 working days, and so does the fourth.
    assert [time for _, time in order(played(plan))] == [
        "0 10:00:00",
        "0 12:24:00",
        "0 14:48:00",
        "7 14:48:00",
    ]


def test_an_answered_call_lets_the_quick_retries_begin_again() -> None:
    # Answers on Mondays only.
    mondays = tuple((0.0 if weekday == 0 else 2 * NEVER,) * 24 for weekday in range(7))
    kind = {**REFUSES, "reach_profile_logit": mondays}
    policy = RecallPolicy.every(working_days=3, rests={"no_answer": {"days": 0.25}}, retries_max=1)
    plan = one_contact_each({"mondays": (kind, at(0, "10:00:00"))}, policy=policy, days=14)
    attempts = played(plan)
    assert list(zip([t for _, t in order(attempts)], attempts["disposition"], strict=True)) == [
        ("0 10:00:00", "refused"),
        ("3 10:00:00", "no_answer"),  # Thursday: tried again after 6 hours
        ("3 16:00:00", "no_answer"),  # the second miss in a row: 3 working days
        ("8 16:00:00", "no_answer"),  # Tuesday, the third: 3 working days
        ("11 16:00:00", "no_answer"),
    ]


def test_a_contact_due_at_the_end_of_the_run_is_not_called() -> None:
    always = office("00:00-24:00")
    plan = one_contact_each(
        {"before": (REFUSES, at(1, "00:00:00") - 1), "at": (REFUSES, at(1, "00:00:00"))},
        policy=DAILY,
        hours=always,
        days=1,
    )
    attempts = played(plan)
    assert order(attempts) == [("before", "0 23:59:59")]
    assert attempts.loc[0, "talk_s"] == 30  # finished after the end, and logged in full
