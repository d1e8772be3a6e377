"""A run of two contacts worked out by hand: two segments, one agent, a calendar with holidays.

The calendar is Italy's: Friday 1 May 2026 (Labour Day) and Tuesday 2 June (Republic Day) are
closed, as are weekends. Calling is open 09:00-12:00 and 14:00-18:00. The run begins on the holiday
and lasts 36 days, to the end of Friday 5 June.

Contact 1, segment "asks": deciding, always answers, names a date one working day on; on that date
it is ready and buys; the sale is cancelled at once.
Contact 2, segment "refuses": idle, never answers on Mondays before 10, else always; refuses.

The policy calls every 3 days, 3 hours after a call not answered, and 21 working days after a
refusal. A call takes (ringing + talk + wrap-up) 20 s if not answered, 10 + 30 + 10 s if refused,
10 + 60 + 10 s if a date is named, 10 + 300 + 10 s if sold.
"""

import datetime as dt

import pandas as pd
import pytest
from certain_centre import (
    ASKS_TO_BE_CALLED_BACK,
    CERTAIN,
    NEVER,
    REFUSES,
    centre,
    office,
)

from simkit.calllog import CallLog
from simkit.engine import simulate
from simkit.policy import RecallPolicy

MONDAY_MORNINGS_OUT = tuple(
    tuple(NEVER if weekday == 0 and hour < 10 else 0.0 for hour in range(24))
    for weekday in range(7)
)

# The base must be certain where the profile is 0, and the profile outweigh it where it is not.
CONTACT_2 = {
    **REFUSES,
    "reach_base_logit": CERTAIN / 4,
    "reach_profile_logit": MONDAY_MORNINGS_OUT,
    "sale_value_mean_eur": 1.0,
}
CONTACT_1 = {
    **ASKS_TO_BE_CALLED_BACK,
    "sale_base_logit": CERTAIN,
    "cancel_base_logit": CERTAIN,
    "withdrawal_days": 0.0,
    "sale_value_mean_eur": 149.5,
}

EXPECTED = [
    # Both enter on Friday at midnight and are first due within 3 days: on the closed days
    # 1-3 May, so on Monday 4 May at 09:00:00 both. Contact 1 goes first by its id: it names
    # Tuesday 5 May at the same time. 80 s.
    (
        1,
        1,
        "05-04 09:00:00",
        "05-04 09:00:00",
        "callback_requested",
        (10, 60, 10),
        "05-05 09:00:00",
    ),
    # Contact 2 waits 80 s, and is out: 20 s of ringing. Due again 3 hours later, at 12:01:20:
    # lunch, so at 14:00:00.
    (2, 1, "05-04 09:00:00", "05-04 09:01:20", "no_answer", (20, 0, 0), None),
    # Refuses on Monday at 14:00:00. 21 working days on: 5-8 May are 4, 11-15 make 9, 18-22 make
    # 14, 25-29 make 19, Monday 1 June is the 20th, Tuesday 2 June is a holiday: Wednesday 3 June.
    (2, 2, "05-04 14:00:00", "05-04 14:00:00", "refused", (10, 30, 10), None),
    # The named date is kept, to the second, and the contact buys. The end for contact 1.
    (1, 2, "05-05 09:00:00", "05-05 09:00:00", "sale", (10, 300, 10), None),
    # Refuses again; 21 working days on is in July, after the end.
    (2, 3, "06-03 14:00:00", "06-03 14:00:00", "refused", (10, 30, 10), None),
]


def run(seed: int) -> CallLog:
    scenario = centre(
        {"asks": CONTACT_1, "refuses": CONTACT_2},
        start=dt.date(2026, 5, 1),
        country="IT",
        hours=office("09:00-12:00", "14:00-18:00"),
    )
    policy = RecallPolicy.every(
        days=3, rests={"no_answer": {"days": 0.125}, "refused": {"working_days": 21}}
    )
    contacts = {"asks": 1, "refuses": 1}
    return simulate(scenario, policy, contacts=contacts, agents=1, days=36, seed=seed)


@pytest.fixture(scope="module")
def log() -> CallLog:
    return run(seed=3)


def moment(text: str | None) -> pd.Timestamp | None:
    return None if text is None else pd.Timestamp(f"2026-{text}", tz="UTC")


def test_the_log_is_the_one_worked_out_by_hand(log) -> None:
    found = [
        (
            row.contact_id,
            row.attempt_no,
            row.due_at,
            row.dialled_at,
            row.disposition,
            (row.ring_s, row.talk_s, row.wrap_s),
            None if pd.isna(row.callback_at) else row.callback_at,
        )
        for row in log.attempts.itertuples()
    ]
    expected = [
        (contact, number, moment(due), moment(dialled), disposition, seconds, moment(callback))
        for contact, number, due, dialled, disposition, seconds, callback in EXPECTED
    ]
    assert found == expected


def test_the_one_agent_made_all_the_calls_by_telephone(log) -> None:
    assert log.attempts["agent_id"].tolist() == [1] * 5
    assert log.attempts["channel"].tolist() == ["phone"] * 5
    assert not log.attempts["pushed"].any()


def test_the_sale_has_its_value_and_its_cancellation(log) -> None:
    sold = log.attempts["disposition"] == "sale"
    assert log.attempts.loc[sold, "value_cents"].tolist() == [14_950]
    assert log.attempts.loc[sold, "cancelled_at"].tolist() == [moment("05-05 09:00:00")]
    rest = log.attempts[~sold]
    assert rest[["value_cents", "cancelled_at"]].isna().all(axis=None)


def test_the_contacts_are_both_there_with_their_time_of_observation(log) -> None:
    assert log.contacts["contact_id"].tolist() == [1, 2]
    assert log.contacts["segment"].tolist() == ["asks", "refuses"]
    assert log.contacts["account_id"].nunique() == 2
    assert log.contacts["arm"].isna().all()
    assert (log.contacts["entered_at"] == moment("05-01 00:00:00")).all()
    assert (log.contacts["observed_until"] == moment("06-06 00:00:00")).all()


def test_the_truth_beside_the_log(log) -> None:
    assert log.truth["end"].tolist() == ["sold", "open"]
    assert log.truth["ended_at"].tolist()[0] == moment("05-05 09:00:00")
    assert log.truth["ended_at"].isna().tolist() == [False, True]
    assert log.truth["cancel_prob"].tolist()[0] == 1.0
    assert log.truth.loc[1, "state"] == "idle"


def test_the_header_says_what_was_run(log) -> None:
    header = log.header
    assert (header.source, header.detail) == ("simulated", "attempts")
    assert (header.seed, header.replication) == (3, 0)
    assert header.start == pd.Timestamp("2026-05-01")
    assert header.policy == {
        "asks": {"all": "every 3 days"},
        "refuses": {"all": "every 3 days"},
    }
    # Monday to Friday in 36 days from Friday 1 May to Friday 5 June: 26 weekdays less 2 holidays
    # are 24 days of 7 hours, for one agent.
    assert header.scenario["logged_in_s"] == 24 * 7 * 3600


def test_the_log_is_valid(log) -> None:
    log.validate()


def test_whatever_the_seed_the_log_is_the_same(log) -> None:
    # Nothing is left to chance but the first due time, and that falls on closed days.
    pd.testing.assert_frame_equal(log.attempts, run(seed=77).attempts)
