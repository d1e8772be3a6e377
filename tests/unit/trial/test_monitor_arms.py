"""monitor where the log's arms are not those that were registered: no look, and nothing spent."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simkit.calllog import CallLog
from simkit.calllog.cut import moment_of
from simkit.engine import simulate
from simkit.policy import RecallPolicy
from simkit.scenario import load_scenario
from simkit.trial.design import Looks, TrialDesign
from simkit.trial.monitor import Monitoring, monitor, watch_guardrails
from simkit.trial.monitor.arms import arms_checks

WORLD = load_scenario("trial")
FIRST, DAY = "2026-02-05", "2026-02-20"
ARMS = {
    segment: {
        "attuale": RecallPolicy.every(working_days=3),
        "lungo": RecallPolicy.every(working_days=7),
        "lunghissimo": RecallPolicy.every(working_days=12),
    }
    for segment in ("b2c", "b2b")
}
LACKING = "so few of lunghissimo are no chance: contacts are missing from the log"
MISSPELT = '"Lungo" is not registered: was "lungo" meant? If not, arms were dropped or added'


@pytest.fixture(scope="module")
def log() -> CallLog:
    return simulate(WORLD, ARMS, contacts=400, agents=20, days=60, seed=4)


@pytest.fixture(scope="module")
def design(log: CallLog) -> TrialDesign:
    return TrialDesign(
        name="autumn",
        arms=ARMS,
        control={"b2c": "attuale", "b2b": "attuale"},
        salt="s",
        horizon_days=20.0,
        primary="sale",
        guardrails={"opt_out": {"b2c": 0.05, "b2b": 0.05}},
        looks=Looks(fractions=(0.5, 1.0)),
        contacts=log.contacts["segment"].value_counts().to_dict(),
    )


def renamed(log: CallLog, column: str, old: str, new: str) -> CallLog:
    """Return the log with another name of an arm or a segment, in contacts and attempts."""
    contacts = log.contacts.copy()
    contacts[column] = contacts[column].astype(object).replace(old, new)
    return replace(log, contacts=contacts)


def without(log: CallLog, arm: str, segment: str) -> CallLog:
    gone = (log.contacts["arm"] == arm) & (log.contacts["segment"] == segment)
    ids = log.contacts.loc[gone, "contact_id"]
    return replace(
        log,
        contacts=log.contacts[~gone].reset_index(drop=True),
        attempts=log.attempts[~log.attempts["contact_id"].isin(ids)].reset_index(drop=True),
    )


def look(log: CallLog, design: TrialDesign, day: str, file: Path) -> Monitoring:
    return monitor(log, design, as_of=day, ledger=file)


def wrong(log: CallLog, design: TrialDesign, day: str = DAY) -> list[str]:
    """Say what is wrong with the arms on a day."""
    checks = arms_checks(log, design, moment_of(day, log.header.timezone))
    assert {check.verdict for check in checks} <= {"fail"}
    return [check.sentence() for check in checks]


def test_a_look_without_a_registered_arm_claims_nothing_and_is_not_counted(
    log: CallLog, design: TrialDesign, tmp_path: Path
) -> None:
    file = tmp_path / "looks.toml"
    found = look(without(log, "lunghissimo", "b2c"), design, DAY, file)
    assert not found.trustworthy
    assert found.sentence().startswith(
        "Do not act on this: a check failed: arms so far, b2c (contacts so far: attuale "
    )
    assert LACKING in found.sentence()
    assert "there is no look" in found.sentence()
    assert found.table["estimate"].isna().all()
    assert not found.found()
    assert found.warnings[0].endswith("Put the arms right and look again")
    assert not file.exists()


def test_a_mistyped_arm_is_named_with_the_one_that_may_be_meant_and_spends_nothing(
    log: CallLog, design: TrialDesign, tmp_path: Path
) -> None:
    file = tmp_path / "looks.toml"
    look(log, design, FIRST, file)
    kept = file.read_text()
    found = look(renamed(log, "arm", "lungo", "Lungo"), design, DAY, file)
    assert found.sentence().startswith("Do not act on this: ")
    assert MISSPELT in found.sentence()
    assert not any("followed for the whole horizon" in text for text in found.sentences())
    assert file.read_text() == kept
    assert found.looks["kind"].tolist()[-1] == "not counted"


def test_one_mistyped_contact_is_enough(log: CallLog, design: TrialDesign) -> None:
    contacts = log.contacts.copy()
    contacts["arm"] = contacts["arm"].astype(object)
    first = contacts.index[(contacts["arm"] == "lungo") & (contacts["segment"] == "b2c")][0]
    contacts.loc[first, "arm"] = "lungo2"
    (text,) = wrong(replace(log, contacts=contacts), design)
    assert '(arms: b2c: lungo2 not registered): "lungo2" is not registered: was "lungo"' in text


def test_a_segment_under_another_name_is_no_segment_that_begins_later(
    log: CallLog, design: TrialDesign
) -> None:
    (text,) = wrong(renamed(log, "segment", "b2b", "B2B"), design)
    assert '(segments: B2B instead of b2c, b2b): "B2B" is not registered: was "b2b" meant?' in text


def test_guardrails_alone_are_not_noted_either(
    log: CallLog, design: TrialDesign, tmp_path: Path
) -> None:
    file = tmp_path / "looks.toml"
    found = watch_guardrails(renamed(log, "arm", "lungo", "Lungo"), design, as_of=DAY, ledger=file)
    assert found.sentence().startswith("Do not act on this: ")
    assert MISSPELT in found.sentence()
    assert "nothing was compared" in found.sentence()
    assert found.table["estimate"].isna().all()
    assert not file.exists()


def test_arms_as_registered_are_in_order(log: CallLog, design: TrialDesign) -> None:
    assert not wrong(log, design)


def test_a_segment_that_begins_later_is_in_order(log: CallLog, design: TrialDesign) -> None:
    later = (log.contacts["segment"] == "b2b").to_numpy()
    contacts = log.contacts.copy()
    shift = pd.Timedelta(days=30)
    contacts.loc[later, "entered_at"] = pd.Timestamp(DAY, tz="Europe/Rome") + shift
    assert not wrong(replace(log, contacts=contacts), design)


def test_arms_of_which_few_have_come_alike_wait(log: CallLog, design: TrialDesign) -> None:
    """One account of each of two arms: that the third has none is chance, (2/3)^2 = 0.44."""
    keep = log.contacts["segment"].to_numpy() == "b2c"
    for arm in ("attuale", "lungo"):
        own = log.contacts["arm"].to_numpy() == arm
        keep &= ~own | (np.cumsum(own & keep) <= 1)
    keep &= log.contacts["arm"].to_numpy() != "lunghissimo"
    few = replace(log, contacts=log.contacts[keep].reset_index(drop=True))
    day = str((few.contacts["entered_at"].max() + pd.Timedelta(days=1)).date())
    assert len(few.contacts) == 2
    assert not wrong(few, design, day)


def test_an_arm_that_gets_no_more_contacts_is_in_order(log: CallLog, design: TrialDesign) -> None:
    """As one that a guardrail stopped: those who came before are there."""
    own = (log.contacts["arm"] == "lungo").to_numpy()
    own = own & (log.contacts["segment"] == "b2c").to_numpy()
    late = own & (log.contacts["entered_at"].where(own).rank(method="first") > 5).to_numpy()
    assert late.any()
    kept = replace(log, contacts=log.contacts[~late].reset_index(drop=True))
    assert not wrong(kept, design)


def test_contacts_without_an_arm_are_not_of_the_trial(log: CallLog, design: TrialDesign) -> None:
    contacts = log.contacts.copy()
    contacts["arm"] = contacts["arm"].astype(object)
    contacts.loc[contacts.index[:20], "arm"] = None
    assert not wrong(replace(log, contacts=contacts), design)
