"""Checks of a trial of many arms tell those that make the finding, not every one."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest
from made_trial import DAYS, START, Tables, made

from simkit.trial import check_trial

EVERY = {"every 3": 3, "every 5": 5, "every 8": 8, "every 11": 11, "every 13": 13}
PER_CONTACT = {arm: len(range(0, DAYS - 1, gap)) for arm, gap in EVERY.items()}


def called(gaps: Mapping[str, int]) -> Tables:
    """Contacts dealt to arms, each called every so many days, all by the same agents."""
    tables = made(contacts=100)
    tables.contacts["arm"] = np.array(list(gaps))[tables.contacts["contact_id"] % len(gaps)]
    tables.contacts["entered_at"] = START
    calls = []
    for arm, gap in gaps.items():
        who = tables.contacts.loc[tables.contacts["arm"] == arm, "contact_id"].to_numpy()
        for day in range(0, DAYS - 1, gap):
            when = START + pd.Timedelta(days=day, hours=10)
            made_then = {"contact_id": who, "dialled_at": when, "due_at": when, "agent_id": who % 7}
            calls.append(tables.attempts.iloc[: len(who)].assign(talk_s=0, **made_then))
    tables.attempts = pd.concat(calls, ignore_index=True)
    return tables


def found(gaps: Mapping[str, int], check: str) -> pd.Series:
    return check_trial(called(gaps).log()).table.set_index("check").loc[check]


@pytest.mark.parametrize(
    ("gaps", "verdict", "told"),
    [
        ({"a": 3, "b": 5, "c": 8}, "ok", "a and b 0 %, a and c 0 %, b and c 0 %"),
        (EVERY, "ok", "none (10 pairs compared)"),
        (
            {**EVERY, "as 8": 8},
            "warning",
            "as 8 and every 8 100 %; others at most 0 % (15 pairs compared)",
        ),
        (dict.fromkeys("abcde", 7), "warning", "100 % in 10 of 10 pairs compared"),
    ],
)
def test_of_many_pairs_only_those_of_the_same_dose_are_told(
    gaps: Mapping[str, int], verdict: str, told: str
) -> None:
    row = found(gaps, "dose of the arms")
    assert row["verdict"] == verdict
    assert row["found"] == f"gaps that arms have in common: {told}"


def test_with_no_pair_of_the_same_dose_the_nearest_is_told() -> None:
    tables = called(EVERY)
    days = (tables.attempts["dialled_at"] - START).dt.days
    half = tables.of("every 13") & (tables.attempts["contact_id"] % 2 == 0)
    # Half of an arm is called every 11 days: of 10 and 8 gaps a contact, 10 ÷ 18 are of 11 days.
    again = tables.attempts[tables.of("every 11")]
    who = tables.attempts.loc[half & (days == 0), "contact_id"].to_numpy()
    times = [again.iloc[: len(who)].assign(contact_id=who, dialled_at=at, due_at=at)
             for at in again["dialled_at"].unique()]  # fmt: skip
    tables.attempts = pd.concat([tables.attempts[~half], *times], ignore_index=True)
    row = check_trial(tables.log()).table.set_index("check").loc["dose of the arms"]
    assert row["verdict"] == "ok"
    assert row["found"].endswith("at most 56 %, every 11 and every 13 (10 pairs compared)")


def test_every_pair_of_the_same_dose_is_named_by_what_it_means() -> None:
    meaning = found(dict.fromkeys("abcd", 7), "dose of the arms")["meaning"]
    assert "(a and b; a and c; a and d; b and c; b and d; c and d)" in meaning


def test_of_many_arms_only_the_least_and_the_heaviest_load_are_told() -> None:
    few = {arm: gap for arm, gap in EVERY.items() if arm != "every 8"}
    told = found(few, "load on shared agents")["found"].split("; ")[1]
    assert told.startswith("per contact: every 3 37.0 dials and")
    assert all(f", {arm} {PER_CONTACT[arm]}.0 dials and" in told for arm in list(few)[1:])
    text = found(EVERY, "load on shared agents")["found"]
    told = text.split("; ")[1]
    assert told.startswith("per contact, the least and the most of 5 arms: every 13 9.0 dials and")
    assert ", every 3 37.0 dials and" in told
    assert not any(arm in text for arm in ("every 5", "every 8", "every 11"))
    assert "; every 3 took 4.1 times as much as every 13, " in text  # 37 ÷ 9
