"""Calls that stop without a recorded end are told of an arm; calls that stop honestly are not."""

import numpy as np
import pandas as pd
import pytest
from made_trial import START, Tables, made

from simkit.calllog import CallLog
from simkit.calllog.stored import open_call_log
from simkit.trial import evaluate
from simkit.trial.checks.check import Check
from simkit.trial.checks.dials import dials_of
from simkit.trial.checks.stopped import STOPPED, stopped_checks

ARMS = ("7 days", "14 days")


def last_calls(tables: Tables, arm: str | None, part: float) -> pd.Series:
    """Draw contacts of an arm (or of all): the number of the call that is the last of each."""
    random = np.random.default_rng(3)
    contacts = tables.contacts
    of = contacts["arm"].eq(arm) if arm else pd.Series(True, index=contacts.index)
    dials = tables.attempts.groupby("contact_id").size()
    last = (random.random(len(dials)) * 0.5 * dials).astype(int) + 1
    return last[(of & (random.random(len(contacts)) < part)).to_numpy()]


def ended(arm: str | None, part: float = 0.15, *, lost: bool = True) -> Tables:
    """Some contacts of an arm buy in the first half of their calls; those rows may be lost."""
    tables = made()
    last = last_calls(tables, arm, part)
    dials = tables.attempts.sort_values("dialled_at")
    number = dials.groupby("contact_id").cumcount() + 1
    ends = dials["contact_id"].map(last).fillna(10**6)
    if not lost:
        dials.loc[number == ends, ["disposition", "value_cents"]] = "sale", 10_000
    tables.attempts = dials[(number < ends) if lost else (number <= ends)]
    return tables


def row(log: CallLog, horizon_days: float | None = None) -> Check:
    labels = log.contacts[["segment", "arm"]].astype(str)
    everybody = np.ones(len(labels), dtype=np.bool_)
    (found,) = stopped_checks(dials_of(log, labels, {"b2c": ARMS}, everybody, horizon_days))
    return found


@pytest.mark.parametrize("arm", ARMS)
def test_an_arm_whose_last_rows_are_lost_is_told(arm):
    found = row(ended(arm).log())
    other = next(one for one in ARMS if one != arm)
    assert found.verdict == "warning"
    assert found.p_value < 0.001
    assert f"{other} 0 % (of " in found.found
    assert f"sales, opt-outs) may be lost in {arm}" in found.meaning
    assert f"count the sales and opt-outs of {arm} against the CRM" in found.advice


def test_nothing_is_told_where_ends_are_recorded_or_no_calls_end():
    assert row(made().log()).verdict == "ok"
    for arm in ARMS:
        assert row(ended(arm, lost=False).log()).verdict == "ok"


def test_what_stops_in_all_arms_alike_is_no_difference():
    """A share by contact would be: more of the arm that calls more is seen to have stopped."""
    assert row(ended(None).log()).verdict == "ok"


@pytest.mark.parametrize("most", [2, 3, 5])
def test_calls_that_end_with_the_most_allowed_are_no_lost_rows(most):
    """The arm of 14 days reaches it later, or not at all within a horizon."""
    tables = made()
    dials = tables.attempts.sort_values("dialled_at")
    tables.attempts = dials[dials.groupby("contact_id").cumcount() < most]
    log = tables.log()
    assert row(log).verdict == "ok"
    assert row(log, horizon_days=60).verdict == "ok"


def test_calls_that_end_after_refusals_are_no_lost_rows():
    """A refusal in five calls: more contacts of the 7-day arm are closed than of the other."""
    tables = made()
    dials = tables.attempts.sort_values("dialled_at")
    refused = dials["disposition"].eq("refused").astype(int)
    before = refused.groupby(dials["contact_id"]).cumsum() - refused
    tables.attempts = dials[before == 0]
    assert row(tables.log()).verdict == "ok"


def too_old(arms: tuple[str, ...], part: float, *, days: int = 30, at_once: bool = False) -> Tables:
    """A part of the contacts of some arms is called no more from a day since entry on."""
    tables = made()
    contacts = tables.contacts
    if at_once:  # all enter on the first day: weeks since entry are those of the calendar
        contacts["entered_at"] = START
    chosen = contacts["arm"].isin(arms) & (np.random.default_rng(5).random(len(contacts)) < part)
    calls = tables.attempts.merge(contacts[["contact_id", "entered_at"]], on="contact_id")
    old = calls["dialled_at"] >= calls["entered_at"] + pd.Timedelta(days=days)
    gone = old & calls["contact_id"].isin(contacts["contact_id"][chosen])
    tables.attempts = calls[~gone].drop(columns="entered_at")
    return tables


@pytest.mark.parametrize("at_once", [False, True])
@pytest.mark.parametrize("arm", ARMS)
def test_a_part_of_one_arm_called_no_more_from_one_week_since_entry_on_is_told(arm, at_once):
    """A fifth: a stop that the arm's own contacts have in common, and the other arm has not."""
    found = row(too_old((arm,), 0.2, at_once=at_once).log())
    assert found.verdict == "warning"
    assert f"may be lost in {arm}" in found.meaning


@pytest.mark.parametrize("at_once", [False, True])
@pytest.mark.parametrize("part", [0.2, 1.0])
def test_a_part_of_all_arms_called_no_more_from_one_week_on_is_no_difference(part, at_once):
    assert row(too_old(ARMS, part, at_once=at_once).log()).verdict == "ok"


@pytest.mark.parametrize("days", [30, 45])
@pytest.mark.parametrize("arm", ARMS)
def test_an_age_at_which_one_arm_is_called_no_more_is_its_rule(arm, days):
    assert row(too_old((arm,), 1.0, days=days).log()).verdict == "ok"


@pytest.mark.parametrize("most", [2, 3, 5])
@pytest.mark.parametrize("arm", ARMS)
def test_a_most_of_calls_of_one_arm_alone_is_its_rule(arm, most):
    tables = made()
    dials = tables.attempts.sort_values("dialled_at")
    of = tables.contacts.set_index("contact_id")["arm"].loc[dials["contact_id"]].eq(arm).to_numpy()
    tables.attempts = dials[~of | (dials.groupby("contact_id").cumcount() < most).to_numpy()]
    assert row(tables.log()).verdict == "ok"


@pytest.mark.parametrize("arm", ARMS)
def test_an_arm_that_is_called_no_more_from_a_day_on_has_not_lost_rows_of_contacts(arm):
    """The check of weeks without calls tells it."""
    tables = made()
    late = (tables.attempts["dialled_at"] >= START + pd.Timedelta(days=60)).to_numpy()
    tables.attempts = tables.attempts[~(late & tables.of(arm))]
    assert row(tables.log()).verdict == "ok"


def test_calls_to_a_company_end_with_one_of_its_people():
    """Two contacts an account: a sale to the first ends calls to the second, who says nothing."""
    tables = ended("7 days", 0.25, lost=False)
    contacts, dials = tables.contacts, tables.attempts
    firsts = contacts["contact_id"][contacts["arm"].eq("7 days")].to_numpy()
    seconds = firsts + len(contacts)
    more = contacts.set_index("contact_id").loc[firsts].reset_index()
    tables.contacts = pd.concat([contacts, more.assign(contact_id=seconds)], ignore_index=True)
    theirs = dials[dials["contact_id"].isin(firsts)].copy()
    theirs["contact_id"] += len(contacts)
    theirs = theirs[theirs["disposition"].ne("sale")]
    tables.attempts = pd.concat([dials, theirs], ignore_index=True)
    assert row(tables.log()).verdict == "ok"
    tables.contacts["account_id"] = tables.contacts["contact_id"]
    assert row(tables.log()).verdict == "warning"


def test_a_log_on_disk_is_checked_alike(tmp_path):
    for name, tables in {"whole": made(), "lost": ended("14 days")}.items():
        log = tables.log()
        told, again = (
            found[found["check"] == STOPPED].reset_index(drop=True)
            for found in (
                evaluate(one, control="7 days", horizon_days=90, outcomes=["sale"]).checks
                for one in (log, open_call_log(log.write(tmp_path / name)))
            )
        )
        pd.testing.assert_frame_equal(told, again)
        assert again["verdict"].tolist() == ["warning" if name == "lost" else "ok"]


def test_of_many_contacts_some_accounts_are_looked_at(monkeypatch):
    monkeypatch.setattr("simkit.trial.checks.stopped.ENOUGH", 400)
    assert row(ended("14 days", 0.25).log()).verdict == "warning"
