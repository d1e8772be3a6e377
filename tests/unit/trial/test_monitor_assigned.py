"""A look holds those who have entered against the assignment, as evaluate and check_trial do."""

import dataclasses
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from simkit.calllog import CallLog
from simkit.engine import simulate
from simkit.errors import InputError
from simkit.measures import contact_outcomes
from simkit.policy import RecallPolicy
from simkit.scenario import load_scenario
from simkit.trial import check_trial
from simkit.trial.assign import assign
from simkit.trial.design import Looks, TrialDesign
from simkit.trial.monitor import Monitoring, monitor, watch_guardrails

EARLY, MIDDLE, LAST = "2026-02-01", "2026-02-20", "2026-04-10"
WORLD = load_scenario("b2c").entering_over(56.0, source="assumed")
ARMS = {"b2c": {n: RecallPolicy.every(working_days=d) for n, d in (("current", 2), ("long", 8))}}
DESIGN = TrialDesign(
    name="autumn",
    arms=ARMS,
    control={"b2c": "current"},
    salt="s",
    prices=WORLD.economics(),
    horizon_days=30.0,
    guardrails={"opt_out": {"b2c": 0.05}},
    looks=Looks(fractions=(0.5, 1.0)),
    contacts={"b2c": 300},
)


@pytest.fixture(scope="module")
def log() -> CallLog:
    return simulate(WORLD, ARMS, contacts=300, agents=8, days=90, seed=4)


def arms_of(log: CallLog) -> dict[int, str]:
    return dict(zip(log.contacts["contact_id"], log.contacts["arm"], strict=True))


def look(log: CallLog, day: str, **more: Any) -> Monitoring:
    return monitor(log, DESIGN, economics=WORLD.economics(), as_of=day, earlier=[], **more)


def verdict(found: Any) -> str:
    rows = found.checks[found.checks["check"] == "arm as assigned"]
    assert len(rows) == 1
    return str(rows["verdict"].iloc[0])


def moved(log: CallLog) -> CallLog:
    """The log with the first contact of the arm current to enter in the other."""
    contacts = log.contacts.copy()
    first = contacts.loc[contacts["arm"] == "current", "entered_at"].idxmin()
    contacts.loc[first, "arm"] = "long"
    return dataclasses.replace(log, contacts=contacts)


def test_contacts_as_assigned_pass_and_those_still_to_enter_are_not_missed(log: CallLog) -> None:
    plain = look(log, MIDDLE)
    assert "arm as assigned" not in set(plain.checks["check"])
    found = look(log, MIDDLE, assigned=arms_of(log))
    assert verdict(found) == "ok"
    assert (log.contacts["entered_at"] > pd.Timestamp(MIDDLE, tz=log.header.timezone)).sum() > 50
    assert found.trustworthy == plain.trustworthy
    pd.testing.assert_frame_equal(found.table, plain.table)
    assert found.warnings == plain.warnings


def test_who_is_listed_and_in_no_log_yet_is_told_while_the_trial_runs_and_fails_it_at_the_end(
    log: CallLog,
) -> None:
    """3 of 300 are 1 %, more than the half per cent that may be missing at the end."""
    listed = arms_of(log) | {10_000 + number: "long" for number in range(3)}
    running, ended = (look(log, day, assigned=listed) for day in (MIDDLE, LAST))
    assert (verdict(running), verdict(ended)) == ("warning", "fail")
    assert any("3 assigned and not entered yet" in t for t in running.warnings)
    assert running.trustworthy
    assert not ended.trustworthy


@pytest.mark.parametrize("day", [EARLY, MIDDLE, LAST])
def test_a_contact_in_another_arm_than_assigned_lets_no_look_be_acted_on(
    log: CallLog, day: str
) -> None:
    changed = moved(log)
    found = look(changed, day, assigned=arms_of(log))
    assert verdict(found) == "fail"
    assert not found.trustworthy
    assert found.sentence().startswith("Do not act on this: a check failed")
    assert sum("1 of current in long" in text for text in found.warnings) == 1


def test_one_who_lost_the_arm_or_was_never_assigned_fails_the_look_too(log: CallLog) -> None:
    contacts = log.contacts.copy()
    contacts.loc[0, "arm"] = None
    bare = dataclasses.replace(log, contacts=contacts)
    assert verdict(look(bare, LAST, assigned=arms_of(log))) == "fail"
    listed = arms_of(log)
    del listed[contacts["contact_id"].iloc[1]]
    assert verdict(look(log, LAST, assigned=listed)) == "fail"


def test_the_check_is_the_one_of_check_trial(log: CallLog) -> None:
    changed = moved(log)
    looked = look(changed, MIDDLE, assigned=arms_of(log)).checks
    checked = check_trial(changed, design=DESIGN, assigned=arms_of(log), as_of=MIDDLE).table
    one, other = (
        table[table["check"] == "arm as assigned"].reset_index(drop=True)
        for table in (looked, checked)
    )
    pd.testing.assert_frame_equal(one, other)


def test_an_assignments_record_lifts_the_doubt_that_contacts_were_taken_out(log: CallLog) -> None:
    """Of those left everybody was reached: refused, unless the record shows that these are all."""
    large = simulate(WORLD, ARMS, contacts=1500, agents=None, days=90, seed=5)
    rows = contact_outcomes(large, horizon_days=30)
    ids = rows.loc[rows["right_party"] > 0, "contact_id"]
    assert large.attempts is not None
    kept = dataclasses.replace(
        large,
        contacts=large.contacts[large.contacts["contact_id"].isin(ids)].reset_index(drop=True),
        attempts=large.attempts[large.attempts["contact_id"].isin(ids)].reset_index(drop=True),
        truth=None,
    )
    why = "holds only contacts who were reached"
    plain, all_, more = (
        look(kept, LAST, assigned=listed) for listed in (None, arms_of(kept), arms_of(large))
    )
    # A list may have been made of those left; the record of the assignment was not.
    assert all(why in looked.table["reason"].iloc[0] for looked in (plain, all_, more))
    assert "does not tell when it was made" in all_.table["reason"].iloc[0]
    made = assign(kept.contacts[["contact_id", "account_id", "segment"]], DESIGN)
    record = dataclasses.replace(
        made, table=made.table.assign(arm=made.table["contact_id"].map(arms_of(kept)))
    )
    # Who came too late to be compared on that day is not missing from the log.
    for day in ("2026-03-01", LAST):
        shown = look(kept, day, assigned=record)
        assert not any("reached" in text or "put them" in text for text in shown.warnings)
    guards = watch_guardrails(
        kept, DESIGN, assigned=record, economics=WORLD.economics(), as_of=LAST
    )
    assert not any("holds only" in text for text in guards.warnings)
    for found in (shown, guards):
        assert (found.checks["check"] == "drawing of the arms").sum() == 1


def test_guardrails_alone_are_held_against_it_too(log: CallLog) -> None:
    how: dict[str, Any] = {"economics": WORLD.economics(), "as_of": MIDDLE}
    fine = watch_guardrails(log, DESIGN, assigned=arms_of(log), **how)
    spoilt = watch_guardrails(moved(log), DESIGN, assigned=arms_of(log), **how)
    assert (verdict(fine), verdict(spoilt)) == ("ok", "fail")
    assert fine.trustworthy
    assert spoilt.sentence().startswith("Do not act on this")


def test_what_is_no_assignment_is_told_with_all_else(log: CallLog, tmp_path: Path) -> None:
    with pytest.raises(InputError) as told:
        monitor(log, DESIGN, as_of="soon", assigned=tmp_path / "none.csv")
    assert len(told.value.problems) == 2
    with pytest.raises(InputError, match="assigned == 'list', must be a mapping"):
        monitor(log, DESIGN, assigned=["current"])  # type: ignore[arg-type]
    with pytest.raises(InputError, match="watch_guardrails: assigned == 'dict'"):
        watch_guardrails(log, DESIGN, assigned={})
