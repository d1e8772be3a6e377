"""What the assignment knew of contacts may not be another after the results, in any data."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from simkit.calllog import CallLog
from simkit.calllog.stored import open_call_log
from simkit.engine import simulate
from simkit.measures import contact_outcomes
from simkit.policy import RecallPolicy
from simkit.scenario import load_scenario
from simkit.trial import check_trial, evaluate
from simkit.trial.assign import Assignment, assign
from simkit.trial.checks.before import before_checks
from simkit.trial.design import Looks, TrialDesign
from simkit.trial.monitor import monitor

WORLD = load_scenario("trial")
ARMS = {
    name: {n: RecallPolicy.every(days=d) for n, d in (("current", 5), ("long", 14))}
    for name in WORLD.segments
}
MOVED = 7
#: What each kind of change is told as.
CHECKS = {
    "segment": "segment as assigned",
    "account_id": "account as assigned",
    "region": "region as assigned",
}


def design(unit: str = "account", **changes: Any) -> TrialDesign:
    usual: dict[str, Any] = {
        "name": "spring",
        "arms": ARMS,
        "control": dict.fromkeys(ARMS, "current"),
        "unit": unit,
        "salt": "spring",
        "method": "blocks",
        "strata": ("region",),
        "prices": WORLD.economics(),
        "horizon_days": 40.0,
    }
    return TrialDesign(**usual | changes)


@pytest.fixture(scope="module")
def log() -> CallLog:
    """Pairs of contacts, in two regions, whose arms the simulation dealt."""
    found = simulate(WORLD, ARMS, contacts=400, days=110, seed=5)
    contacts = found.contacts.copy()
    account = contacts["account_id"].to_numpy()
    contacts["region"] = np.where(account % 2 == 0, "north", "south")
    contacts.loc[account % 7 == 0, "region"] = None
    return dataclasses.replace(found, contacts=contacts)


@pytest.fixture(scope="module")
def record(log: CallLog) -> Assignment:
    """The assignment of this log: a record with the arms that its contacts have."""
    columns = ["contact_id", "account_id", "segment", "region"]
    made = assign(log.contacts[columns], design())
    arms = log.contacts["arm"].astype(str).to_numpy()
    assert made.table["contact_id"].tolist() == log.contacts["contact_id"].astype(str).tolist()
    return dataclasses.replace(made, table=made.table.assign(arm=arms))


def changed(log: CallLog, name: str) -> CallLog:
    """The log with another label for some contacts: another segment, region, or own accounts."""
    contacts = log.contacts.copy()
    other = {
        "segment": dict(zip(ARMS, reversed(ARMS), strict=True)),
        "region": {"north": "south", "south": "north"},
    }
    # An account lies in one segment, so whoever is alone in one changes it; of others one is moved.
    several = contacts["account_id"].duplicated(keep=False if name == "segment" else "first")
    own = ~several if name == "segment" else several
    rows = contacts.index[own & contacts["region"].notna()][:MOVED]
    if name == "account_id":
        contacts.loc[rows, name] = 1_000_000 + np.arange(MOVED)
    else:
        contacts.loc[rows, name] = contacts.loc[rows, name].map(other[name])
    return dataclasses.replace(log, contacts=contacts)


def in_memory(log: CallLog, record: Assignment, folder: Path) -> pd.DataFrame:
    return evaluate(log, design=design(), assigned=record).checks


def on_disk(log: CallLog, record: Assignment, folder: Path) -> pd.DataFrame:
    whole = dataclasses.replace(
        log, contacts=log.contacts.assign(region=log.contacts["region"].fillna("missing"))
    )
    stored = open_call_log(whole.write(folder / "log"))
    return evaluate(stored, design=design(), assigned=record).checks


def alone(log: CallLog, record: Assignment, folder: Path) -> pd.DataFrame:
    return check_trial(log, design=design(), assigned=record).table


def as_table(log: CallLog, record: Assignment, folder: Path) -> pd.DataFrame:
    rows = contact_outcomes(log, horizon_days=40.0, economics=WORLD.economics())
    table = log.contacts[["contact_id", "account_id", "segment", "arm", "region"]].copy()
    table[["net_value_eur", "opt_out"]] = rows[["net_value_eur", "opt_out"]].to_numpy()
    return evaluate(
        table, design=design(), cluster="account_id", segment="segment", assigned=record
    ).checks


DOORS = [in_memory, on_disk, alone, as_table]


def verdicts(checks: pd.DataFrame) -> dict[str, str]:
    rows = checks[checks["check"].isin(CHECKS.values())].set_index("check")["verdict"]
    assert rows.index.is_unique
    return rows.to_dict()


@pytest.mark.parametrize("door", DOORS)
def test_contacts_as_the_assignment_knew_them_pass(
    door: Callable[..., pd.DataFrame], log: CallLog, record: Assignment, tmp_path: Path
) -> None:
    assert verdicts(door(log, record, tmp_path)) == dict.fromkeys(CHECKS.values(), "ok")


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("name", list(CHECKS))
def test_who_was_given_another_label_fails_the_trial_and_is_counted(
    name: str, door: Callable[..., pd.DataFrame], log: CallLog, record: Assignment, tmp_path: Path
) -> None:
    checks = door(changed(log, name), record, tmp_path)
    found = verdicts(checks)
    assert found.pop(CHECKS[name]) == "fail"
    assert set(found.values()) == {"ok"}
    (told,) = checks.loc[checks["check"] == CHECKS[name], "found"]
    known = 400 if name != "region" else int(log.contacts["region"].notna().sum())
    assert told.startswith(f"{MOVED} of {known} contacts in another ")


def test_nothing_may_be_acted_on_and_the_sentence_says_why(
    log: CallLog, record: Assignment
) -> None:
    found = evaluate(changed(log, "segment"), design=design(), assigned=record)
    assert not found.trustworthy
    assert found.sentence().startswith(
        "Do not act on these results: contacts were put into another segment after the assignment"
    )
    assert any("(7 of 400 contacts in another segment" in text for text in found.warnings)


def test_a_file_and_a_list_without_record_tell_segments_and_accounts_too(
    log: CallLog, record: Assignment, tmp_path: Path
) -> None:
    kept = record.write_csv(tmp_path / "assignment.csv")
    by_hand = tmp_path / "list.csv"
    record.table.drop(columns=["region", "on_list"]).to_csv(by_hand, index=False)
    for place, names in ((kept, list(CHECKS)), (by_hand, ["segment", "account_id"])):
        for name in names:
            checks = evaluate(changed(log, name), design=design(), assigned=place).checks
            assert verdicts(checks)[CHECKS[name]] == "fail"
        fine = evaluate(log, design=design(), assigned=place).checks
        assert verdicts(fine) == {CHECKS[name]: "ok" for name in names}


def test_a_look_holds_against_it_all_who_have_entered(log: CallLog, record: Assignment) -> None:
    looks = design(looks=Looks(fractions=(0.5, 1.0)), contacts=dict.fromkeys(ARMS, 200))
    fine = monitor(log, looks, assigned=record)
    assert verdicts(fine.checks) == dict.fromkeys(CHECKS.values(), "ok")
    for name in CHECKS:
        found = monitor(changed(log, name), looks, assigned=record)
        assert verdicts(found.checks)[CHECKS[name]] == "fail"
        assert not found.trustworthy


def test_contacts_dealt_one_by_one_may_change_their_company(log: CallLog) -> None:
    """Their errors follow contacts, so that accounts decide nothing."""
    columns = ["contact_id", "account_id", "segment", "region"]
    made = assign(log.contacts[columns], design("contact"))
    contacts = log.contacts.assign(arm=made.table["arm"].to_numpy())
    found = check_trial(
        changed(dataclasses.replace(log, contacts=contacts), "account_id"), assigned=made
    )
    assert CHECKS["account_id"] not in set(found.table["check"])


def test_a_table_without_the_accounts_that_were_dealt_fails(
    log: CallLog, record: Assignment
) -> None:
    rows = contact_outcomes(log, horizon_days=40.0)
    table = log.contacts[["contact_id", "segment", "arm"]].assign(sale=rows["sale"].to_numpy())
    found = evaluate(
        table, control="current", outcomes=["sale"], segment="segment", assigned=record
    )
    row = found.checks.set_index("check").loc[CHECKS["account_id"]]
    assert row["verdict"] == "fail"
    assert "which the data do not name" in row["found"]


# By hand: b is taken apart, so one of its two contacts is off; c and d are joined, so two are. Who
# joins accounts of like success after the results makes errors too small, as who parts them does.
@pytest.mark.parametrize(
    ("before", "now", "off"),
    [
        ("a a b b", "1 1 2 2", 0),
        ("a a b b", "1 1 2 3", 1),
        ("a a b b", "1 2 1 2", 3),
        ("c c d d", "1 1 1 1", 2),
        ("a a b b", "b b a a", 4),
        ("a a b b", "a a b a", 1),
    ],
)
def test_accounts_may_have_other_names_but_not_other_contacts(
    before: str, now: str, off: int
) -> None:
    was, told = (pd.DataFrame({"account_id": text.split()}) for text in (before, now))
    (check,) = before_checks(was, told, whole=2)
    assert check.found.startswith(f"{off} of 4 contacts in another account than assigned")
    assert check.verdict == ("fail" if off else "ok")


def held(before: list[str | None], now: list[str | None], name: str = "region") -> Any:
    was, told = (pd.DataFrame({name: labels}, dtype=object) for labels in (before, now))
    (check,) = before_checks(was, told, whole=2)
    return check


@pytest.mark.parametrize("name", ["region", "segment"])
def test_labels_that_differ_by_capitals_or_blanks_are_the_same(name: str) -> None:
    fine = held(["north", "north", "south", "1"], ["North ", "north", "SOUTH", "1.0"], name)
    assert (fine.verdict, fine.found) == ("ok", f"0 of 4 contacts in another {name} than assigned")
    moved = held(["north", "north", "south", "1"], ["North", "South", "south", "1"], name)
    assert (moved.verdict, moved.found[:6]) == ("fail", "1 of 4")


def test_companies_are_compared_by_name_and_codes_by_their_capitals() -> None:
    names: list[str | None] = ["Rossi Srl", "Rossi Srl", "Verdi Spa"]
    assert held(names, ["Rossi Srl", "ROSSI S.R.L.", "Verdi Spa"], "account_id").verdict == "ok"
    codes: list[str | None] = ["0aB1", "0aB1", "0AB1"]
    assert held(codes, ["0aB1", "0AB1", "0AB1"], "account_id").verdict == "fail"


@pytest.mark.parametrize("name", ["region", "segment", "account_id"])
def test_what_the_assignment_did_not_know_is_not_compared_and_that_is_said(name: str) -> None:
    fine = held(["north", None, "south", None], ["north", "west", "south", "south"], name)
    assert fine.verdict == "ok"
    assert "0 of 2 contacts" in fine.found
    assert "2 more had none then, and are not compared" in fine.found
    moved = held(["north", None, "south", "north"], ["north", "west", "south", "south"], name)
    assert (moved.verdict, moved.found[:6]) == ("fail", "1 of 3")


def test_what_is_blank_now_is_counted_and_doubted_and_hides_nobody_who_was_moved() -> None:
    blank = held(["north", "south", "north"], ["north", None, "north"])
    assert blank.verdict == "warning"
    assert (
        blank.found == "0 of 2 contacts in another region than assigned; of 1 more it is blank now"
    )
    assert "labels that are blanked after the results" in blank.meaning
    moved = held(["north", "south", "north"], ["south", None, "north"])
    assert moved.verdict == "fail"


def test_a_list_that_is_half_blank_tells_what_it_tells(
    log: CallLog, record: Assignment, tmp_path: Path
) -> None:
    place = tmp_path / "list.csv"
    half = record.table.drop(columns=["region", "on_list"])
    half.loc[half["contact_id"].astype(int) % 3 == 0, ["segment", "account_id"]] = None
    half.to_csv(place, index=False)
    told = half["account_id"].notna().sum()
    checks = check_trial(log, design=design(), assigned=place).table.set_index("check")
    for name in ("segment as assigned", "account as assigned"):
        assert checks.loc[name, "verdict"] == "ok"
        assert f" of {told} contacts" in checks.loc[name, "found"]
    contacts = log.contacts.copy()
    known = contacts[contacts["contact_id"] % 3 > 0]
    contacts.loc[known.index[known["account_id"].duplicated()][0], "account_id"] = 1_000_000
    moved = dataclasses.replace(log, contacts=contacts)
    found = check_trial(moved, design=design(), assigned=place).table.set_index("check")
    assert found.loc["account as assigned", "verdict"] == "fail"
