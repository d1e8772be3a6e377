"""Who counts as watched no more: held against others who entered on or about the same day."""

import functools

import numpy as np
import pandas as pd
import pytest

from simkit.calllog import CallLog
from simkit.calllog.stored import open_call_log
from simkit.engine import simulate
from simkit.policy import RecallPolicy
from simkit.scenario import load_scenario
from simkit.trial.read import stored_lost
from simkit.trial.read.lost import ended_early
from simkit.trial.read.trial import read_trial

DAY = 86_400_000_000
ARMS = {
    segment: {"current": RecallPolicy.every(days=7), "long": RecallPolicy.every(days=21)}
    for segment in ("b2c", "b2b")
}


@functools.cache
def trial(days: float) -> CallLog:
    """A simulated trial that is over 50 days after the last contact entered."""
    world = load_scenario("trial").entering_over(days, source="assumed")
    return simulate(world, ARMS, contacts=150, days=int(days) + 50, seed=5)


def lost(entered, until, horizon, segment="b2c"):
    """Which contacts are lost; times in days."""
    entered_us, until_us = ((np.asarray(days) * DAY).astype(np.int64) for days in (entered, until))
    names = pd.Series(np.broadcast_to(segment, len(entered_us)))
    return np.flatnonzero(ended_early(names, entered_us, until_us, horizon)[1]).tolist()


@pytest.mark.parametrize("calendar", ["one day", "so many days"])
@pytest.mark.parametrize("whom", [[0], [7], [29], [4, 5, 6], [0, 12, 13, 29]])
def test_who_is_alone_on_the_day_is_held_against_the_days_before_and_after(calendar, whom) -> None:
    """One a day for 30 days, all until day 90, or for 45 days each; a few for 2 days, of 40."""
    entered = np.arange(30)
    until = np.full(30, 90) if calendar == "one day" else entered + 45
    until[whom] = entered[whom] + 2
    assert lost(entered, until, 40) == whom


def test_those_of_a_day_on_which_many_entered_are_held_against_each_other_only() -> None:
    """A day of 12 who were all watched for 3 days is a list that ended; one of them alone is not.

    Nine are too few to tell: with the days before and after they are ten and more.
    """
    entered = np.repeat(np.arange(5), 12)
    until = np.where(entered == 2, entered + 3, 60)
    assert lost(entered, until, 40) == []
    until[30] = 60
    assert lost(entered, until, 40) == [*range(24, 30), *range(31, 36)]
    few = np.repeat(np.arange(5), 9)
    assert lost(few, np.where(few == 2, few + 3, 60), 40) == list(range(18, 27))


@pytest.mark.parametrize("each", [1, 3, 40])
@pytest.mark.parametrize("horizon", [10, 30, 44, 45, 46, 70])
def test_follow_up_that_ends_by_the_calendar_loses_nobody(each, horizon) -> None:
    """So many enter a day for 100 days, at an hour of their own."""
    entered = np.repeat(np.arange(100), each) + np.random.default_rng(1).random(100 * each)
    day = entered.astype(int)
    second = np.where(np.arange(len(day)) % 2, "b2b", "b2c")
    calendars = {
        "the export": np.full(len(day), 120),
        "the export, less than a day apart": 120 + np.arange(len(day)) % 2 * 0.9,
        "so many days after the entry": entered + 45,
        "so many days after the day of entry": day + 45,
        # Four lists of 25 days each, watched until 20 days after the last of them entered.
        "list after list": (day // 25 + 1) * 25 + 20,
        "the first list ended early": np.where(day < 25, 26, 160),
        "week after week": day // 7 * 7 + 50,
    }
    for name, until in calendars.items():
        assert lost(entered, until, horizon) == [], name
    assert lost(entered, np.where(second == "b2b", 105, 170), horizon, second) == []


def test_one_who_is_watched_longer_makes_nobody_lost_who_entered_too_late() -> None:
    """The log ends on day 90; of 60 who entered one a day, 40 days were left to the first 51.

    On the day of the one who is watched on there is nobody else, and of those who entered after it
    nobody was watched for 40 days.
    """
    entered, until = np.arange(60), np.full(60, 90)
    until[54] = 150
    assert lost(entered, until, 40) == []


@pytest.mark.parametrize("days", [20.0, 60.0, 200.0])
def test_a_simulated_trial_loses_nobody(days) -> None:
    """Households and companies enter over so many days, the last too late to be followed for 60."""
    log = trial(days)
    data = read_trial(log, control="current", outcomes=["sale"], horizon_days=60.0)
    assert data.contacts is not None
    assert 0 < data.contacts["followed"].mean() < 1
    assert not data.contacts["lost"].any()


@pytest.mark.parametrize("lot", [1 << 21, 5])
@pytest.mark.parametrize("text_ids", [False, True])
def test_on_disk_the_same_are_lost_and_the_same_had_happened_to_them(
    lot, text_ids, tmp_path, monkeypatch
) -> None:
    """A quarter are watched for 30 days only; of what is known of them nothing is forgotten.

    Contacts are read in batches of 50, and so many of those lost are counted at a time.
    """
    monkeypatch.setattr("simkit.calllog.stored.BATCH_ROWS", 50)
    monkeypatch.setattr(stored_lost, "LOT", lot)
    whole = trial(60.0)
    rng = np.random.default_rng(2)
    contacts = whole.contacts.assign(asked=rng.integers(0, 2, len(whole.contacts)).astype(float))
    contacts.loc[rng.random(len(contacts)) < 0.1, "arm"] = None
    early = contacts["entered_at"] + pd.Timedelta(days=30)
    few = rng.random(len(contacts)) < 0.25
    contacts["observed_until"] = contacts["observed_until"].mask(few, early)
    until = contacts.set_index("contact_id")["observed_until"]
    attempts = whole.require_attempts("the test")
    known = attempts["dialled_at"] <= until.reindex(attempts["contact_id"]).to_numpy()
    attempts = attempts[known].reset_index(drop=True)
    truth = whole.truth
    if text_ids:
        contacts, attempts, truth = (
            table.assign(contact_id="x" + table["contact_id"].astype("str"))
            for table in (contacts, attempts, truth)
        )
    log = CallLog(whole.header, contacts, attempts, truth).validate()
    asked = {
        "control": "current",
        "outcomes": ["sale", "opt_out", "reached", "asked", "attempts"],
        "horizon_days": 50.0,
    }
    memory = read_trial(log, **asked)
    stored = read_trial(open_call_log(log.write(tmp_path / "log")), **asked)
    missing = memory.contacts["lost"].to_numpy()
    assert 20 < missing.sum() < few.sum()
    assert (stored.contacts["lost"].to_numpy() == missing).all()
    events = ["sale", "opt_out", "reached", "asked"]
    assert set(events) <= set(stored.happened)
    assert "attempts" not in stored.happened
    for name in events:
        had = memory.values.loc[missing, name].to_numpy() == 1
        assert (stored.happened[name].to_numpy() == had).all(), name
        assert name == "opt_out" or 0 < had.sum() < len(had)
