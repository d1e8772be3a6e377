"""Dates that contacts name: never called before them, served first, kept within the window."""

import pytest
from certain_centre import (
    ABSENT,
    ASKS_TO_BE_CALLED_BACK,
    CERTAIN,
    NEVER,
    REFUSES,
    UNDECIDED,
    at,
    centre,
    clock,
    office,
    one_contact_each,
    order,
    played,
)

from simkit.engine import simulate
from simkit.policy import RecallPolicy

DAILY = RecallPolicy.every(working_days=1)
WANTS_TO_BUY = {**ASKS_TO_BE_CALLED_BACK, "sale_base_logit": CERTAIN}


def test_a_date_is_named_in_working_days_at_the_same_time_of_day() -> None:
    friday = 4
    plan = one_contact_each({"asks": (WANTS_TO_BUY, at(friday, "10:20:30"))}, policy=DAILY, days=10)
    attempts = played(plan)
    assert clock(attempts.loc[0, "callback_s"]) == (7, "10:20:30")  # Monday
    assert order(attempts) == [("asks", "4 10:20:30"), ("asks", "7 10:20:30")]
    assert attempts["disposition"].tolist() == ["callback_requested", "sale"]


@pytest.mark.parametrize("days", [0.1, 1.0, 3.0, 200.0])
def test_the_interval_moves_no_named_date(days) -> None:
    kind = {**WANTS_TO_BUY, "callback_mean_days": 3.0, "callback_shape": 32}
    plan = one_contact_each(
        {"asks": (kind, at(0, "10:00:00"))}, policy=RecallPolicy.every(days=days), days=20
    )
    attempts = played(plan)
    assert attempts.loc[1, "dialled_s"] == attempts.loc[0, "callback_s"] == attempts.loc[1, "due_s"]


def test_caps_do_not_delay_a_named_date_and_count_it() -> None:
    policy = DAILY.replace(caps={"per_30_days": 1})
    plan = one_contact_each(
        {"asks": ({**WANTS_TO_BUY, "sale_base_logit": NEVER}, at(0, "10:00:00"))},
        policy=policy,
        days=40,
    )
    attempts = played(plan)
    # Called, called back the next day as promised; then 30 days from the last call.
    assert order(attempts) == [
        ("asks", "0 10:00:00"),
        ("asks", "1 10:00:00"),
        ("asks", "31 10:00:00"),
    ]


def test_a_named_date_outside_the_policys_hours_waits_for_them() -> None:
    # The contact names 14:00 on the next working day, a Tuesday, on which this policy calls from
    # 15:00 on. It is not called before, and the window of 30 minutes is missed.
    late_on_tuesdays = office("09:00-18:00").model_copy(update={"tue": ((15 * 3600, 18 * 3600),)})
    kind = {**ASKS_TO_BE_CALLED_BACK, "callback_bonus_logit": 2 * CERTAIN}
    policy = DAILY.replace(windows=late_on_tuesdays)
    attempts = played(one_contact_each({"asks": (kind, at(0, "14:00:00"))}, policy=policy))
    assert clock(attempts.loc[0, "callback_s"]) == (1, "14:00:00")
    assert order(attempts)[:2] == [("asks", "0 14:00:00"), ("asks", "1 15:00:00")]
    assert attempts.loc[1, "disposition"] == "not_now"


def test_a_date_is_named_inside_the_segments_hours() -> None:
    # Called on Monday at 13:59, for Tuesday; but on Tuesdays these contacts' hours end at 12.
    hours = office("09:00-18:00").model_copy(update={"tue": ((9 * 3600, 12 * 3600),)})
    plan = one_contact_each({"asks": (WANTS_TO_BUY, at(0, "13:59:00"))}, policy=DAILY, hours=hours)
    attempts = played(plan)
    assert clock(attempts.loc[0, "callback_s"]) == (2, "09:00:00")  # so on Wednesday
    assert clock(attempts.loc[1, "dialled_s"]) == (2, "09:00:00")


WINDOW_MIN = 5.0


@pytest.mark.parametrize(("talk_s", "kept"), [(281, True), (282, False)])
def test_a_callback_is_kept_within_the_window_and_not_after_it(talk_s, kept) -> None:
    # Another call begins a second before the named time and takes 10 + talk + 10 s: it ends 300 s
    # after the named time, which is the window, or 301 s. Only a kept callback sells, by its bonus.
    asks = {
        **ASKS_TO_BE_CALLED_BACK,
        "sale_base_logit": NEVER,
        "callback_bonus_logit": 2 * CERTAIN,
        "callback_window_min": WINDOW_MIN,
    }
    blocks = {**UNDECIDED, "talk_mean_s": float(talk_s)}
    plan = one_contact_each(
        {"asks": (asks, at(0, "10:00:00")), "blocks": (blocks, at(1, "09:59:59"))},
        policy=DAILY,
        days=2,
    )
    callback = played(plan).query("contact == 'asks'").iloc[1]
    assert clock(callback["due_s"]) == (1, "10:00:00")
    assert callback["dialled_s"] - callback["due_s"] == talk_s + 20 - 1
    assert callback["disposition"] == ("sale" if kept else "not_now")


def test_a_callback_goes_before_everybody_else() -> None:
    plan = one_contact_each(
        {
            "others": (REFUSES, at(1, "09:00:00")),
            "asks": (ASKS_TO_BE_CALLED_BACK, at(0, "09:00:30")),
            "more": (REFUSES, at(1, "09:00:05")),
        },
        policy=DAILY,
    )
    assert order(played(plan), day=1)[:3] == [
        ("others", "09:00:00"),
        ("asks", "09:00:50"),
        ("more", "09:02:10"),
    ]


def test_a_missed_callback_is_followed_by_the_ordinary_rest() -> None:
    # Answers on Mondays only: names Tuesday, is out, and is called as others who are out.
    mondays = tuple((0.0 if weekday == 0 else 2 * NEVER,) * 24 for weekday in range(7))
    kind = {**ASKS_TO_BE_CALLED_BACK, "reach_profile_logit": mondays}
    policy = RecallPolicy.every(days=7, rests={"no_answer": {"working_days": 2}})
    plan = one_contact_each({"asks": (kind, at(0, "10:00:00"))}, policy=policy, days=7)
    attempts = played(plan)
    assert attempts["disposition"].tolist() == ["callback_requested", "no_answer", "no_answer"]
    assert order(attempts)[1:] == [("asks", "1 10:00:00"), ("asks", "3 10:00:00")]
    assert (attempts["callback_s"] >= 0).tolist() == [True, False, False]


def test_a_date_beyond_the_end_is_on_record_and_not_called() -> None:
    # However far: also beyond the 400 days for which the calendar is compiled.
    for mean_days in (30.0, 3_000.0):
        kind = {**ASKS_TO_BE_CALLED_BACK, "callback_mean_days": mean_days, "callback_shape": 32}
        scenario = centre({"asks": kind})
        log = simulate(scenario, DAILY, contacts=3, agents=1, days=4)
        assert (log.attempts["disposition"] == "callback_requested").all()
        assert (log.attempts["callback_at"] > log.contacts["observed_until"].iloc[0]).all()
        log.validate()


def test_nobody_is_called_before_the_date_they_named() -> None:
    chance = {
        "callback_prob": 0.5,
        "callback_mean_days": 4.0,
        "callback_shape": 2,
        "callback_ready_prob": 0.0,
        "reach_base_logit": 0.5,
    }
    scenario = centre({"asks": {**UNDECIDED, **chance}, "out": ABSENT})
    log = simulate(scenario, DAILY, contacts=120, agents=1, days=60)
    named = log.attempts.groupby("contact_id")["callback_at"].shift()
    promised = log.attempts[named.notna()]
    assert len(promised) > 200
    assert (promised["dialled_at"] >= named[named.notna()]).all()
    assert (promised["due_at"] == named[named.notna()]).all()
