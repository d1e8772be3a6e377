"""Arms whose dials all lie at other hours are told; where only the first or last do, not."""

import numpy as np
import pandas as pd
import pytest
from made_trial import POLICIES, Tables, made

from simkit.calllog import CallLog
from simkit.calllog.stored import open_call_log
from simkit.trial import evaluate
from simkit.trial.checks.check import Check
from simkit.trial.checks.dials import dials_of
from simkit.trial.checks.hours_of_arms import HOURS_OF_ARMS, hours_of_arms_checks

ARMS = ("7 days", "14 days")


def checks(log: CallLog, arms: tuple[str, ...] = ARMS, policies: object = None) -> list[Check]:
    labels = log.contacts[["segment", "arm"]].astype(str)
    everybody = np.ones(len(labels), dtype=np.bool_)
    return hours_of_arms_checks(dials_of(log, labels, {"b2c": arms}, everybody), policies)


def check(log: CallLog, arms: tuple[str, ...] = ARMS) -> Check:
    (found,) = checks(log, arms)
    return found


def shifted(arm: str, minutes: int, contacts: int = 800) -> Tables:
    tables = made(contacts=contacts)
    of = tables.of(arm)
    for name in ("due_at", "dialled_at"):
        tables.attempts.loc[of, name] += pd.Timedelta(minutes=minutes)
    return tables


@pytest.mark.parametrize(
    ("arm", "minutes", "early", "late"),
    [
        ("14 days", -120, "14 days", "7 days"),
        ("14 days", 120, "7 days", "14 days"),
        ("7 days", -60, "7 days", "14 days"),
    ],
)
def test_an_arm_whose_clock_is_hours_off_is_told(arm, minutes, early, late):
    found = check(shifted(arm, minutes).log())
    assert found.verdict == "warning"
    assert found.p_value < 0.001
    assert f"all dials of {early} lie earlier than those of {late}" in found.meaning
    assert "time zone" in found.meaning


def test_the_hours_that_are_told_are_those_of_the_dials():
    """Even from 9:00 to 18:00: 5, 50 and 95 % are 9:27, 13:30 and 17:33.

    Of about 3,000 dials four standard errors of the middle are 20 minutes.
    """
    found = check(shifted("14 days", -120).log()).found
    told = {arm: found.split(f"{arm} ")[1].split(", ")[:3] for arm in ARMS}
    for arm, minutes in {"7 days": 0, "14 days": -120}.items():
        clock = [int(one.split(":")[0]) * 60 + int(one.split(":")[1]) for one in told[arm]]
        expected = np.array([9 * 60 + 27, 13 * 60 + 30, 17 * 60 + 33]) + minutes
        assert np.abs(np.array(clock) - expected).max() <= 20


def test_the_same_hours_and_half_an_hour_are_no_matter():
    assert check(made().log()).verdict == "ok"
    assert check(shifted("14 days", -30).log()).verdict == "ok"


@pytest.mark.parametrize(("first", "last"), [(9, 14), (13, 18)])
def test_an_arm_that_only_ends_earlier_or_begins_later_has_no_other_clock(first, last):
    tables = made()
    hour = tables.attempts["dialled_at"].dt.hour
    kept = ~tables.of("14 days") | ((hour >= first) & (hour < last)).to_numpy()
    tables.attempts = tables.attempts[kept]
    assert check(tables.log()).verdict == "ok"


def test_an_arm_of_which_most_calls_fall_due_when_calling_opens_has_no_other_clock():
    """From the opening on instead of two hours later, but 5 hours earlier in the middle."""
    tables = shifted("14 days", 120)
    calls, of = tables.attempts, tables.of("7 days")
    due = of & (np.random.default_rng(2).random(len(calls)) < 0.8)
    opened = calls["dialled_at"].dt.normalize() + pd.Timedelta(hours=8, minutes=30)
    calls.loc[due, ["due_at", "dialled_at"]] = opened[due]
    assert check(tables.log()).verdict == "ok"


def test_a_few_accounts_prove_nothing():
    """20 of each arm are wanted, and 30 have about 15."""
    assert check(shifted("14 days", -120, contacts=30).log()).verdict == "ok"


def test_dials_of_one_account_are_not_many_accounts():
    """Each account has one time of day: of 50 an arm four hours apart show what six calls of 9
    accounts an arm, 54 dials, do not."""
    assert check(shifted("14 days", -240, contacts=100).log()).verdict == "warning"
    tables = shifted("14 days", -240, contacts=100)
    arm = tables.contacts["arm"].eq("14 days").to_numpy()
    tables.contacts["account_id"] = np.arange(100) % 9 + 9 * arm
    assert check(tables.log()).verdict == "ok"


def test_of_three_arms_the_one_that_is_off_is_named():
    tables = shifted("14 days", -120)
    contacts = tables.contacts
    other = contacts["arm"].eq("7 days") & (contacts["contact_id"] % 4 < 2)
    contacts.loc[other, "arm"] = "7 days, B"
    found = check(tables.log(), ("7 days", "7 days, B", "14 days"))
    assert found.verdict == "warning"
    assert "all dials of 14 days lie earlier than those of 7 days and 7 days, B" in found.meaning


def test_hours_that_policies_give_the_arms_are_as_intended():
    hours = {"mon": ["07:00-16:00"]}
    own = POLICIES["b2c"] | {"14 days": POLICIES["b2c"]["14 days"].replace(windows=hours)}
    log = shifted("14 days", -120).log()
    assert checks(log, policies={"b2c": own}) == []
    assert [one.verdict for one in checks(log, policies=POLICIES)] == ["warning"]


def test_a_log_on_disk_is_checked_alike(tmp_path):
    log = shifted("14 days", -120).log()
    told, again = (
        found[found["check"] == HOURS_OF_ARMS].reset_index(drop=True)
        for found in (
            evaluate(one, control="7 days", horizon_days=90, outcomes=["sale"]).checks
            for one in (log, open_call_log(log.write(tmp_path / "log")))
        )
    )
    pd.testing.assert_frame_equal(told, again)
    assert again["verdict"].tolist() == ["warning"]
