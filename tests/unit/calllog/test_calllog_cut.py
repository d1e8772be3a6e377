"""A log as it stood on a day knows nothing of what came later."""

import pandas as pd
import pytest

from simkit.calllog.cut import cut, moment_of
from simkit.engine import simulate
from simkit.errors import InputError
from simkit.policy import RecallPolicy
from simkit.scenario import load_scenario


@pytest.fixture(scope="module")
def whole():
    return simulate(
        load_scenario("trial"), RecallPolicy.every(days=7), contacts=300, agents=4, days=60, seed=5
    )


def test_what_came_later_is_gone_and_what_came_before_is_as_it_was(whole):
    moment = moment_of("2026-02-01 12:00", whole.header.timezone)
    then = cut(whole, moment).validate()
    assert (then.attempts["dialled_at"] < moment).all()
    assert len(then.attempts) == (whole.attempts["dialled_at"] < moment).sum()
    assert (then.contacts["entered_at"] < moment).all()
    assert 0 < len(then.contacts) < len(whole.contacts)
    assert (then.contacts["observed_until"] <= moment).all()
    kept = ["contact_id", "attempt_no", "dialled_at", "disposition", "callback_at", "value_cents"]
    pd.testing.assert_frame_equal(
        then.attempts[kept], whole.attempts.iloc[: len(then.attempts)][kept]
    )
    assert set(then.truth["contact_id"]) == set(then.contacts["contact_id"])
    # A cut of a cut is the earlier cut.
    later = cut(whole, moment_of("2026-02-20", whole.header.timezone))
    again = cut(later, moment)
    pd.testing.assert_frame_equal(again.attempts, then.attempts)
    pd.testing.assert_frame_equal(again.contacts, then.contacts)


def test_a_cancellation_that_came_later_is_not_known(whole):
    cancelled = whole.attempts.dropna(subset=["cancelled_at"]).iloc[0]
    between = cancelled["dialled_at"] + (cancelled["cancelled_at"] - cancelled["dialled_at"]) / 2
    then = cut(whole, between)
    row = then.attempts[
        (then.attempts["contact_id"] == cancelled["contact_id"])
        & (then.attempts["attempt_no"] == cancelled["attempt_no"])
    ].iloc[0]
    assert row["disposition"] == "sale"
    assert pd.isna(row["cancelled_at"])
    assert not (then.attempts["cancelled_at"] >= between).any()


def test_the_log_itself_is_left_as_it_was(whole):
    before = whole.contacts.copy(), whole.attempts.copy()
    cut(whole, moment_of("2026-02-01", whole.header.timezone))
    pd.testing.assert_frame_equal(whole.contacts, before[0])
    pd.testing.assert_frame_equal(whole.attempts, before[1])


def test_a_day_is_its_local_midnight_and_anything_else_is_refused():
    assert moment_of("2026-03-01", "Europe/Rome") == pd.Timestamp("2026-03-01", tz="Europe/Rome")
    noon = pd.Timestamp("2026-03-01 12:00", tz="UTC")
    assert moment_of(noon, "Europe/Rome") == noon
    with pytest.raises(InputError, match="as_of"):
        moment_of("next week", "Europe/Rome")
