"""The same call told twice a second later is noticed; calls that may follow at once are not."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from made_trial import Tables, made

from simkit.trial.checks.check import Check
from simkit.trial.checks.dials import dials_of
from simkit.trial.checks.order import order_check


def repeated(part: float, later_s: int, **changed: Any) -> Check:
    """Tell a part of the calls again some seconds later, with something changed in the second."""
    tables = made(contacts=200)
    calls = tables.attempts.assign(ring_s=changed.pop("ring_s", pd.NA))
    chosen = calls[np.random.default_rng(7).random(len(calls)) < part]
    again = chosen.assign(dialled_at=chosen["dialled_at"] + pd.Timedelta(seconds=later_s))
    tables.attempts = pd.concat([calls, again.assign(**changed)], ignore_index=True)
    return order(tables)


def order(tables: Tables) -> Check:
    log = tables.log()
    labels = log.contacts[["segment", "arm"]].astype(str)
    everybody = np.ones(len(labels), dtype=np.bool_)
    arms = {"b2c": ("7 days", "14 days")}
    return order_check(dials_of(log, labels, arms, everybody), 0, 0, len(tables.attempts))


def later_talks(each_s: int, later_s: int, *, copied: bool, part: float = 0.1) -> Check:
    """Talks of 20 to 300 s rounded up to so many; after a part of them there is another one.

    That is the same talk, or one with a length of its own.
    """
    random = np.random.default_rng(8)

    def lengths(many: int) -> np.ndarray:
        return -(-random.integers(20, 300, many) // each_s) * each_s

    tables = made(contacts=400)
    calls = tables.attempts
    live = calls["talk_s"] > 0
    calls.loc[live, "talk_s"] = lengths(live.sum())
    again = calls[live & (random.random(len(calls)) < part)].copy()
    again["dialled_at"] += pd.Timedelta(seconds=later_s)
    if not copied:
        again["talk_s"] = lengths(len(again))
    tables.attempts = pd.concat([calls, again], ignore_index=True)
    return order(tables)


def test_a_tenth_of_the_calls_told_twice_is_a_warning_with_their_number():
    found = repeated(0.1, 1)
    assert found.verdict == "warning"
    assert "probably the same calls twice" in found.meaning
    (number,) = [part for part in found.found.split(", ") if "less than 10 seconds" in part]
    # 200 contacts are called 2,100 times, of which a tenth twice: 4 standard errors are 55.
    assert 150 < int(number.split()[0]) < 270


@pytest.mark.parametrize("ring_s", [20, pd.NA])
def test_ringing_that_lasts_longer_shows_it_as_well_as_ringing_not_known(ring_s):
    assert repeated(0.1, 9, ring_s=ring_s).verdict == "warning"


def test_calls_that_may_follow_at_once_are_none_told_twice():
    assert repeated(0.0, 1).verdict == "ok"
    assert repeated(0.1, 10, talk_s=7).verdict == "ok"
    assert repeated(0.1, 1, agent_id=99).verdict == "ok"
    assert repeated(0.1, 1, disposition="busy").verdict == "ok"
    # A dead line that rang for 0 seconds and talks of 0 seconds: those with talk still overlap.
    assert repeated(0.005, 1).verdict == "ok"


def test_talks_told_again_a_minute_later_to_the_second_are_a_warning_but_not_an_hour_later():
    found = repeated(0.1, 60)
    assert found.verdict == "warning"
    assert "talks within 5 minutes of one with the same agent, ending and seconds" in found.found
    assert "probably the same calls twice" in found.meaning
    assert repeated(0.1, 3_600).verdict == "ok"
    assert repeated(0.1, 60, talk_s=61).verdict == "ok"
    # One in a hundred talks may be so by chance, where they are told in whole minutes.
    assert repeated(0.005, 60).verdict == "ok"


@pytest.mark.parametrize("later_s", [3_600, 86_400])
@pytest.mark.parametrize("each_s", [1, 10, 60])
def test_talks_told_again_hours_later_are_told_also_where_times_are_rounded(each_s, later_s):
    found = later_talks(each_s, later_s, copied=True)
    assert found.verdict == "warning"
    assert "more than 5 minutes and at most a day after one with the same agent" in found.found
    assert "probably the same calls twice" in found.meaning


@pytest.mark.parametrize("each_s", [1, 10, 60, 300])
def test_talks_hours_later_that_are_as_often_alike_as_others_are_none_told_twice(each_s):
    """In whole minutes one of five is as long as the one before; in steps of 300 s all are."""
    assert later_talks(each_s, 3_600, copied=False).verdict == "ok"


def test_few_talks_told_again_and_those_beyond_a_day_are_no_warning():
    assert later_talks(1, 3_600, copied=True, part=0.008).verdict == "ok"
    assert later_talks(1, 90_000, copied=True).verdict == "ok"
