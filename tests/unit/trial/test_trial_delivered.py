"""The policies that arms seem to have followed, and what each arm delivered, in small logs."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from simkit.calllog import CallLog, Header
from simkit.calllog.schema import ATTEMPTS, conform
from simkit.engine import simulate
from simkit.errors import InputError
from simkit.measures import measures
from simkit.policy import RecallPolicy
from simkit.policy.arms import load_arms
from simkit.scenario import load_scenario
from simkit.trial import evaluate
from simkit.trial.read.delivered import delivered_policies

ROME = "Europe/Rome"


def dials(rows: list[tuple[int, str, str]], *, dated: bool = True) -> CallLog:
    """A field log of two arms (contacts 1 to 9 in a, from 10 on in b) from contact, day, ending.

    Who asks to be called back names the next day; where calls are not ``dated`` nobody wrote it.
    """
    attempts = pd.DataFrame(rows, columns=["contact_id", "dialled_at", "disposition"])
    attempts["dialled_at"] = pd.to_datetime(attempts["dialled_at"]).dt.tz_localize(ROME)
    attempts = attempts.sort_values("dialled_at", kind="stable", ignore_index=True)
    attempts["attempt_no"] = attempts.groupby("contact_id").cumcount() + 1
    ids = pd.Series(sorted(set(attempts["contact_id"])))
    named = attempts["disposition"] == "callback_requested"
    callback = (attempts["dialled_at"] + pd.Timedelta(days=1)).where(named & dated)
    attempts = attempts.assign(channel="phone", callback_at=callback)
    attempts = attempts.reindex(columns=[column.name for column in ATTEMPTS])
    contacts = pd.DataFrame(
        {
            "contact_id": ids,
            "account_id": ids,
            "segment": "b2b",
            "arm": ids.map(lambda contact: "a" if contact < 10 else "b"),
            "entered_at": pd.Timestamp("2026-01-01", tz=ROME).as_unit("us"),
            "observed_until": pd.Timestamp("2026-12-01", tz=ROME).as_unit("us"),
        }
    )
    header = Header(source="field", start=pd.Timestamp("2026-01-01"), timezone=ROME)
    return CallLog(header, contacts, conform(attempts, ATTEMPTS, ROME)).validate()


def test_gaps_are_counted_in_working_days_over_weekends_and_holidays() -> None:
    log = dials(
        [
            # Thu 2 Apr → Tue 7 Apr 2026: Good Friday is no holiday in Italy, Easter Monday is:
            # Thu and Fri lie between, 2 working days.
            (1, "2026-04-02 10:00", "no_answer"),
            (1, "2026-04-07 10:00", "no_answer"),
            # Fri → Mon: 1 working day. Mon → Fri: 4.
            (10, "2026-03-06 10:00", "no_answer"),
            (10, "2026-03-09 10:00", "no_answer"),
            (11, "2026-03-09 10:00", "no_answer"),
            (11, "2026-03-13 10:00", "no_answer"),
            (12, "2026-03-09 10:00", "no_answer"),
            (12, "2026-03-13 10:00", "no_answer"),
        ]
    )
    assert delivered_policies(log, load_scenario("b2b").calendar) == {
        "b2b": {
            "a": RecallPolicy.every(working_days=2),
            "b": RecallPolicy.every(working_days=4),
        }
    }


# Gaps of contact 1, in arm a: 4 days, then two after callbacks; of contact 2: 5; of arm b: 14.
CALLBACKS = [
    (1, "2026-03-02 10:00", "no_answer"),
    (1, "2026-03-06 10:00", "callback_requested"),
    (1, "2026-03-07 10:00", "callback_requested"),
    (1, "2026-03-08 10:00", "refused"),
    (2, "2026-03-02 10:00", "no_answer"),
    (2, "2026-03-07 10:00", "no_answer"),
    (10, "2026-03-02 10:00", "refused"),
    (10, "2026-03-16 10:00", "refused"),
    (11, "2026-03-02 10:00", "refused"),
    (11, "2026-03-16 10:00", "refused"),
]


@pytest.mark.parametrize("dated", [True, False])
def test_gap_after_a_call_that_asked_to_be_called_back_says_nothing_of_the_policy(
    dated: bool,
) -> None:
    found = delivered_policies(dials(CALLBACKS, dated=dated), load_scenario("b2b").calendar)["b2b"]
    # Mon → Fri is 4 working days, Mon → Sat 5: their median 4.5 is rounded to the even 4.
    assert found == {
        "a": RecallPolicy.every(working_days=4),
        "b": RecallPolicy.every(working_days=10),
    }


@pytest.mark.parametrize("dated", [True, False])
def test_a_trials_exposure_counts_the_gaps_that_the_measures_count(dated: bool) -> None:
    log = dials(CALLBACKS, dated=dated)
    shown = evaluate(log, control="b", horizon_days=80).exposure.set_index("arm")
    assert shown["median_days_between_dials"].to_dict() == {"a": 4.5, "b": 14.0}
    table = measures(log, by=("arm",), horizon_days=80)
    for arm in ("a", "b"):
        median = table.value("delivered_interval_median_days", arm=arm)
        assert shown.loc[arm, "median_days_between_dials"] == median
    assert shown[["contacts", "contacts_dialled", "dials"]].to_numpy().tolist() == [
        [2, 2, 6],
        [2, 2, 4],
    ]


def test_gaps_of_which_many_lie_between_the_same_days_weigh_as_many() -> None:
    """Nine gaps: five of 1 day, four of 10 working days; the middle one is of 1."""
    rows = [
        (contact, f"2026-03-{day:02d} 10:00", "no_answer")
        for contact in range(1, 10)
        for day in (2, 3 if contact < 6 else 16)
    ]
    rows += [(10, "2026-03-02 10:00", "refused"), (10, "2026-03-16 10:00", "refused")]
    found = delivered_policies(dials(rows), load_scenario("b2b").calendar)["b2b"]
    assert found["a"] == RecallPolicy.every(working_days=1)


def test_arm_without_a_second_call_is_named() -> None:
    log = dials(
        [
            (1, "2026-03-02 10:00", "no_answer"),
            (10, "2026-03-02 10:00", "refused"),
            (10, "2026-03-16 10:00", "refused"),
        ]
    )
    with pytest.raises(InputError) as raised:
        delivered_policies(log, load_scenario("b2b").calendar)
    # Naming its policy would not help: an arm of one contact cannot be compared.
    unknown, alone = raised.value.problems
    assert unknown.value == alone.value == "b2b.a"
    assert "none of its contacts was called twice" in unknown.rule
    assert alone.rule == "must hold at least 2 contacts: one alone shows no spread"


def test_final_counts_show_no_policy() -> None:
    log = dials(CALLBACKS)
    counts = CallLog(replace(log.header, detail="counts"), log.contacts, None)
    with pytest.raises(InputError, match="finding the policies of the arms needs a log"):
        delivered_policies(counts, load_scenario("b2b").calendar)


def test_delivered_intervals_are_those_that_were_simulated(repository_root: Path) -> None:
    policies = load_arms(repository_root / "data" / "policies.toml")
    scenario = load_scenario("trial")
    log = simulate(scenario, policies, contacts=200, days=120, seed=3)
    assert delivered_policies(log, scenario.calendar) == policies
