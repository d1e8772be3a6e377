"""Calls that an export lacks are noticed by the rests of an arm's contacts, and waves are not."""

import re

import numpy as np
import pandas as pd
import pytest
from made_trial import DAYS, START, Tables, made

from simkit.calllog import CallLog
from simkit.calllog.stored import open_call_log
from simkit.trial import check_trial, evaluate

ARMS_CHECK, END_CHECK, ALL_CHECK = (
    "weeks without calls to an arm",
    "calls to the end",
    "weeks without any call",
)
NAMES = (ARMS_CHECK, END_CHECK, ALL_CHECK)


def without(tables: Tables, first: int, last: int, arm: str | None = None) -> Tables:
    """Take the calls of days out, of an arm or of all."""
    day = (tables.attempts["dialled_at"] - START).dt.days
    lost = (day >= first) & (day < last)
    if arm is not None:
        lost &= tables.of(arm)
    tables.attempts = tables.attempts[~lost]
    return tables


def waves(most: int = 100, contacts: int = 600, stop: int = DAYS) -> Tables:
    """Calls every 7 or 30 days to contacts who entered within a week: waves, with weeks between.

    Parameters
    ----------
    most
        Most calls to a contact.
    contacts
        How many.
    stop
        Days after the entry at which nobody is called any more.
    """
    tables = made(contacts=contacts)
    entered = np.arange(contacts) % 5
    tables.contacts["entered_at"] = START + pd.to_timedelta(entered, unit="D")
    long = (tables.contacts["arm"] == "14 days").to_numpy()
    rows = []
    for number in range(contacts):
        every = 30 if long[number] else 7
        days = entered[number] + every * np.arange(DAYS)
        rows += [
            (number, day) for day in days[(days < DAYS) & (days - entered[number] < stop)][:most]
        ]
    who, day = np.array(rows).T
    day = day + np.where(day % 7 >= 5, 7 - day % 7, 0)
    who, day = who[day < DAYS], day[day < DAYS]
    when = START + pd.to_timedelta(day * 24 + 10, unit="h") + pd.to_timedelta(who, unit="s")
    like = tables.attempts.iloc[np.zeros(len(who), dtype=int)].reset_index(drop=True)
    tables.attempts = like.assign(contact_id=who, dialled_at=when, due_at=when)
    return tables


def verdicts(log: CallLog) -> dict[str, str]:
    table = check_trial(log).table
    here = table[table["check"].isin(NAMES)]
    return dict(zip(here["check"], here["verdict"], strict=True))


FINE = {ARMS_CHECK: "ok", END_CHECK: "ok"}


@pytest.mark.parametrize("arm", ["7 days", "14 days"])
def test_four_weeks_of_an_arm_that_were_lost_fail(arm):
    log = without(made(), 28, 56, arm).log()
    assert verdicts(log) == {ARMS_CHECK: "fail", END_CHECK: "ok"}
    table = check_trial(log).table
    (found,) = table.loc[table["check"] == ARMS_CHECK, "found"]
    # Days 28 to 55 are four weeks from Monday to Friday.
    assert found.startswith(f"{arm} not dialled from 2026-02-09 to 2026-03-06, 20 days on which")


def test_the_first_or_the_last_weeks_of_an_arm_that_were_lost_fail():
    assert verdicts(without(made(), 0, 28, "7 days").log())[ARMS_CHECK] == "fail"
    assert verdicts(without(made(), 70, DAYS, "7 days").log())[ARMS_CHECK] == "fail"


def test_an_export_that_ends_before_the_follow_up_fails():
    assert verdicts(without(made(), 60, DAYS).log()) == {ARMS_CHECK: "ok", END_CHECK: "fail"}


def test_an_end_that_a_holiday_may_explain_is_a_warning():
    """Two weeks before the end of observation."""
    assert verdicts(without(made(), DAYS - 14, DAYS).log())[END_CHECK] == "warning"


def test_weeks_in_which_nobody_was_called_are_a_warning_from_three_on():
    assert verdicts(without(made(), 42, 56).log()) == FINE
    assert verdicts(without(made(), 42, 63).log()) == FINE | {ALL_CHECK: "warning"}


def test_waves_of_a_long_interval_are_no_missing_calls():
    assert verdicts(waves().log()) == FINE


def test_calls_that_end_with_the_most_allowed_are_no_missing_calls():
    """Five calls: the 7-day arm is through on day 33, the other goes on to the end."""
    assert verdicts(waves(most=5).log()) == FINE
    assert verdicts(waves(most=3).log()) == FINE


def test_where_all_are_called_for_so_long_the_log_cannot_tell_why_calls_end():
    """Who entered together and is called for 45 days looks like an export that ends there."""
    assert verdicts(waves(stop=45).log())[END_CHECK] == "warning"


def evaluated(log: CallLog, horizon_days: float) -> dict[str, str]:
    table = evaluate(log, control="7 days", horizon_days=horizon_days, outcomes=["sale"]).checks
    here = table[table["check"].isin(NAMES)]
    return dict(zip(here["check"], here["verdict"], strict=True))


@pytest.mark.parametrize("arm", ["7 days", "14 days", None])
def test_calls_that_are_missing_after_everybodys_horizon_move_no_result(arm):
    """All entered by day 13, so that horizons of 40 days have ended by day 53."""
    log = without(made(), 55, DAYS, arm).log()
    assert "fail" in evaluated(log, 90.0).values()
    assert evaluated(log, 40.0) == FINE


@pytest.mark.parametrize("arm", ["7 days", "14 days"])
def test_weeks_that_are_missing_within_the_horizon_fail(arm):
    log = without(made(), 14, 42, arm).log()
    assert evaluated(log, 40.0)[ARMS_CHECK] == "fail"


def test_a_log_on_disk_is_checked_alike(tmp_path):
    whole, lost = made(), without(made(), 28, 56, "7 days")
    for name, tables in {"whole": whole, "lost": lost}.items():
        log = tables.log()
        memory, disk = (
            evaluate(one, control="7 days", horizon_days=60, outcomes=["sale"]).checks
            for one in (log, open_call_log(log.write(tmp_path / name)))
        )
        told, again = (
            found[found["check"].isin(NAMES)].reset_index(drop=True) for found in (memory, disk)
        )
        pd.testing.assert_frame_equal(told, again)
        assert ("fail" in set(again["verdict"])) == (name == "lost")


def test_of_a_large_log_contacts_are_drawn(tmp_path, monkeypatch):
    monkeypatch.setattr("simkit.trial.read.drawn.DRAWN", 300)
    log = without(made(), 28, 56, "7 days").log()
    found = evaluate(
        open_call_log(log.write(tmp_path / "log")),
        control="7 days",
        horizon_days=60,
        outcomes=["sale"],
    ).checks
    (row,) = found[found["check"] == ARMS_CHECK].itertuples()
    assert row.verdict == "fail"
    (drawn,) = re.findall(r"\(counted on (\d+) contacts drawn at random of 800\)$", row.found)
    # Four standard errors of a binomial of 800 and 3/8: 13.7.
    assert abs(int(drawn) - 300) < 55
