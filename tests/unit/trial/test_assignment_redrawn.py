"""Arms that follow from salt and id are drawn again; whoever moved, redrew or lost is seen."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from made_trial import POLICIES, START, Tables, made

from simkit.calllog import CallLog
from simkit.calllog.stored import open_call_log
from simkit.errors import InputError
from simkit.recommend.field import failures
from simkit.trial import Checks, check_trial, evaluate
from simkit.trial.assign import Assignment, assign
from simkit.trial.assign.given import DRAWN, given_arms
from simkit.trial.assign.randomise import uniform, uniforms
from simkit.trial.assign.redraw import REDRAWN, redrawn_checks
from simkit.trial.checks.assigned import LOST_ARMS, assigned_checks
from simkit.trial.checks.assignment import WHOLE_ACCOUNTS
from simkit.trial.design import TrialDesign
from simkit.trial.read.roster import Roster


def design(**changes: Any) -> TrialDesign:
    usual: dict[str, Any] = {
        "name": "winter",
        "arms": POLICIES,
        "control": {"b2c": "7 days"},
        "salt": "winter",
        "method": "hash",
        "horizon_days": 90.0,
        "primary": "sale",
        "registered_on": START.date(),
    }
    return TrialDesign(**usual | changes)


def people(tables: Tables, a_household: int = 2) -> pd.DataFrame:
    """The list as it was assigned: ids as text, several to a household."""
    number = tables.contacts["contact_id"]
    account = "H" + (number // a_household).astype(str)
    return pd.DataFrame({"contact_id": number, "account_id": account, "segment": "b2c"})


def drawn(by: TrialDesign | None = None, **changes: Any) -> tuple[Tables, Assignment]:
    """A trial whose arms a design has drawn, and its assignment."""
    tables = made()
    listed = people(tables)
    found = assign(listed, by or design(**changes))
    tables.contacts["account_id"] = listed["account_id"]
    tables.contacts["arm"] = found.table["arm"].to_numpy()
    return tables, found


def row(found: Any, check: str) -> Any:
    table = found.table if hasattr(found, "passed") else found.checks
    rows = table[table["check"] == check]
    assert len(rows) == 1, rows
    return rows.iloc[0]


def verdict(found: Any, check: str) -> str:
    return str(row(found, check)["verdict"])


def test_numbers_of_many_ids_are_those_of_each() -> None:
    ids = ["abc", "winter:H1", "", "ü"]
    assert uniforms(ids).tolist() == [uniform(text) for text in ids]
    assert uniforms([]).tolist() == []


@pytest.mark.parametrize("unit", ["account", "contact"])
def test_arms_as_drawn_pass_whoever_looks(unit: str) -> None:
    tables, _ = drawn(unit=unit, shares={"7 days": 2.0, "14 days": 1.0})
    registered = design(unit=unit, shares={"7 days": 2.0, "14 days": 1.0})
    for found in (
        evaluate(tables.log(), design=registered),
        check_trial(tables.log(), design=registered),
    ):
        assert verdict(found, REDRAWN) == "ok"


def test_another_salt_is_seen_without_the_assignment() -> None:
    tables, _ = drawn(salt="the seventh try")
    found = evaluate(tables.log(), design=design())
    assert verdict(found, REDRAWN) == "fail"
    assert not found.trustworthy
    assert "not those that the registered salt draws" in found.sentence()


def test_where_nobody_said_how_arms_were_drawn_a_warning_is_all() -> None:
    tables, _ = drawn(salt="the seventh try")
    found = evaluate(tables.log(), design=design(method=None))
    assert verdict(found, DRAWN) == "warning"
    assert "nothing shows that the arms were drawn once" in found.sentence()
    assert verdict(evaluate(drawn()[0].log(), design=design(method=None)), REDRAWN) == "ok"


@pytest.mark.parametrize("moved", [2, 40])
@pytest.mark.parametrize("method", ["hash", None])
def test_contacts_moved_after_the_draw_are_counted(moved: int, method: str | None) -> None:
    tables, _ = drawn()
    arms = tables.contacts["arm"]
    other = arms.map({"7 days": "14 days", "14 days": "7 days"})
    tables.contacts["arm"] = arms.where(tables.contacts["contact_id"] >= moved, other)
    found = check_trial(tables.log(), design=design(method=method))
    assert verdict(found, REDRAWN) == "fail"
    assert f"{moved} of 800 contacts" in row(found, REDRAWN)["found"]


def test_a_log_on_disk_is_drawn_again_as_in_memory(tmp_path: Path) -> None:
    tables, _ = drawn()
    tables.contacts.loc[:59, "arm"] = "7 days"
    log = tables.log()
    stored = open_call_log(log.write(tmp_path / "log"))
    by_disk, by_memory = (evaluate(one, design=design()) for one in (stored, log))
    assert row(by_disk, REDRAWN)["found"] == row(by_memory, REDRAWN)["found"]


def test_households_that_lie_apart_on_disk_count_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables, _ = drawn()
    contacts = tables.contacts
    households = contacts.loc[contacts["arm"] == "7 days", "account_id"].unique()[:50]
    contacts.loc[contacts["account_id"].isin(households), "arm"] = None
    # The first of each household in one batch, the second in another.
    order = np.argsort(contacts["account_id"].duplicated(), kind="stable")
    tables.contacts = contacts.iloc[order].reset_index(drop=True)
    log = tables.log()
    monkeypatch.setattr("simkit.calllog.stored.BATCH_ROWS", len(contacts) // 2)
    stored = open_call_log(log.write(tmp_path / "log"))
    asked: dict[str, Any] = {"cluster": None, "segment": None, "method": "hash", "assigned": None}
    (_, by_memory), (_, by_disk) = (
        redrawn_checks(design(), data, arm="arm", **asked) for data in (log, stored)
    )
    assert by_memory.found == "of those without an arm the salt draws 14 days 0, 7 days 50"
    assert by_disk == by_memory


def test_a_table_is_drawn_again_by_the_ids_that_it_holds() -> None:
    tables, _ = drawn(unit="contact")
    rows = tables.contacts[["contact_id", "arm"]].assign(sale=0, opt_out=0)
    registered = design(unit="contact")
    assert verdict(evaluate(rows, design=registered), REDRAWN) == "ok"
    lost = evaluate(rows.drop(columns="contact_id"), design=registered)
    assert "the data hold no ids of contacts" in row(lost, DRAWN)["found"]
    rows["arm"] = np.random.default_rng(1).permutation(rows["arm"])
    assert verdict(evaluate(rows, design=registered), REDRAWN) == "fail"


def test_blocks_need_the_list_and_say_so() -> None:
    tables, dealt = drawn(method="blocks")
    found = evaluate(tables.log(), design=design(method="blocks"))
    assert "by blocks, from a list that was not given" in row(found, DRAWN)["found"]
    found = evaluate(tables.log(), design=design(method="blocks"), assigned=dealt)
    assert verdict(found, DRAWN) == "ok"


def test_arms_drawn_outside_are_not_drawn_again() -> None:
    found = evaluate(made().log(), design=design(method="outside"))
    assert not found.checks["check"].isin([REDRAWN, DRAWN]).any()


def test_the_method_is_registered_and_kept() -> None:
    listed = people(made())
    with pytest.raises(InputError, match="method == 'blocks', must be hash, as the design"):
        assign(listed, design(), method="blocks")
    with pytest.raises(InputError, match="method == 'outside', must be"):
        assign(listed, design(method="outside"))
    assert assign(listed, design(method="blocks")).method == "blocks"


def test_an_assignment_of_another_design_is_told() -> None:
    tables, first = drawn(salt="the seventh try")
    found = evaluate(tables.log(), design=design(), assigned=first)
    assert verdict(found, DRAWN) == "fail"
    assert "made with another salt" in row(found, DRAWN)["found"]
    tables, second = drawn(by=design(horizon_days=30.0))
    found = evaluate(tables.log(), design=design(), assigned=second)
    assert verdict(found, DRAWN) == "fail"
    assert "something else in it (what decides" in found.sentence()
    tables, third = drawn()
    assert verdict(evaluate(tables.log(), design=design(), assigned=third), DRAWN) == "ok"


def test_who_was_assigned_may_not_be_missing_or_without_an_arm() -> None:
    tables, found = drawn()
    whole = tables.log()
    assert verdict(check_trial(whole, assigned=found), "arm as assigned") == "ok"
    tables.contacts.loc[5, "arm"] = None
    blanked = evaluate(tables.log(), design=design(), assigned=found)
    assert verdict(blanked, "arm as assigned") == "fail"
    assert "1 assigned and without an arm" in row(blanked, "arm as assigned")["found"]
    keep = whole.contacts["contact_id"] != 5
    calls = whole.attempts[whole.attempts["contact_id"] != 5]  # type: ignore[index]
    short = CallLog(whole.header, whole.contacts[keep].reset_index(drop=True), calls)
    missing = check_trial(short, assigned=found)
    assert "1 assigned but not in the log" in row(missing, "arm as assigned")["found"]
    assert verdict(missing, "arm as assigned") == "warning"


def test_many_who_are_missing_fail_once_the_last_contact_has_been_followed() -> None:
    tables, found = drawn()
    whole = tables.log()
    keep = whole.contacts["contact_id"] > 80
    calls = whole.attempts[whole.attempts["contact_id"] > 80]  # type: ignore[index]
    short = CallLog(whole.header, whole.contacts[keep].reset_index(drop=True), calls)
    ended = check_trial(short, assigned=found)
    assert verdict(ended, "arm as assigned") == "fail"
    running = check_trial(short, assigned=found, horizon_days=10_000)
    assert verdict(running, "arm as assigned") == "warning"
    assert "81 assigned and not entered yet" in row(running, "arm as assigned")["found"]


def without(tables: Tables, gone: pd.Series) -> CallLog:
    """The log of all others."""
    ids = tables.contacts.loc[gone, "contact_id"]
    tables.contacts = tables.contacts[~gone].reset_index(drop=True)
    tables.attempts = tables.attempts[~tables.attempts["contact_id"].isin(ids)]
    return tables.log()


@pytest.mark.parametrize(
    ("planned", "expected", "told"),
    [
        ({"b2c": 800}, "warning", "400 assigned and not entered yet"),
        ({"b2c": 400}, "fail", "400 assigned but not in the log"),
        ({}, "fail", "400 assigned but not in the log"),
    ],
)
def test_a_wave_that_has_not_entered_yet_is_missing_only_if_no_more_were_planned(
    planned: dict[str, int], expected: str, told: str
) -> None:
    """The first 400 of 800 have been followed for the whole horizon before the others enter."""
    registered = design(contacts=planned)
    tables, found = drawn(registered)
    log = without(tables, tables.contacts["contact_id"] >= 400)
    between = check_trial(log, design=registered, assigned=found)
    assert verdict(between, "arm as assigned") == expected
    assert row(between, "arm as assigned")["found"].endswith(told)
    assert between.passed == (expected != "fail")
    # When effects are read nobody may be missing.
    read = evaluate(log, design=registered, assigned=found)
    assert verdict(read, "arm as assigned") == "fail"


def test_contacts_who_were_lost_from_their_households_fail_a_trial_that_has_too_few() -> None:
    registered = design(contacts={"b2c": 800})
    tables, found = drawn(registered)
    log = without(tables, tables.contacts["contact_id"] % 10 == 0)
    lost = check_trial(log, design=registered, assigned=found)
    assert verdict(lost, "arm as assigned") == "fail"
    assert "80 assigned but not in the log" in row(lost, "arm as assigned")["found"]


@pytest.mark.parametrize("given", ["0007", "7.0", " 7"])
def test_ids_that_a_spreadsheet_has_changed_are_told_as_such(given: str) -> None:
    arms = pd.Series(["a", "b"] * 4)
    listed = Roster({given if one == 7 else str(one): arms[one] for one in range(8)})
    ids = pd.Series(range(8))
    (check,) = assigned_checks(arms, ids, listed, told=pd.DataFrame(index=ids))
    assert check.verdict == "fail"
    assert check.advice.startswith(f"write ids as they were assigned ({given}, not 7): of those")
    other = Roster({"70" if one == 7 else str(one): arms[one] for one in range(8)})
    (check,) = assigned_checks(arms, ids, other, told=pd.DataFrame(index=ids))
    assert "spreadsheet" not in check.advice


def renumbered(tables: Tables) -> Tables:
    """Households by other numbers, as a new customer system gives them."""
    number = tables.contacts["account_id"].str[1:].astype(int)
    tables.contacts["account_id"] = "C" + (number * 7 + 5_000).astype(str)
    return tables


@pytest.mark.parametrize("kept", ["record", "list", "half a list"])
def test_households_that_were_renumbered_are_drawn_by_the_ids_that_were_assigned(
    kept: str, tmp_path: Path
) -> None:
    tables, found = drawn()
    given: Any = found
    if kept != "record":
        given = tmp_path / "list.csv"
        table = found.table[["contact_id", "account_id", "arm"]].copy()
        if kept == "half a list":
            table.loc[::3, "account_id"] = None
        table.to_csv(given, index=False)
    log = renumbered(tables).log()
    drawn_again = check_trial(log, design=design(), assigned=given)
    assert verdict(drawn_again, REDRAWN) == "ok"
    number = 533 if kept == "half a list" else 800
    assert row(drawn_again, REDRAWN)["found"].startswith(f"{number} contacts in the arm")
    assert verdict(drawn_again, "account as assigned") == "ok"
    alone = check_trial(log, design=design())
    assert verdict(alone, REDRAWN) == "fail"
    assert "give the assignment" in row(alone, REDRAWN)["advice"]


def test_a_renumbered_log_on_disk_is_drawn_by_the_assignment_too(tmp_path: Path) -> None:
    tables, found = drawn()
    stored = open_call_log(renumbered(tables).log().write(tmp_path / "log"))
    asked: dict[str, Any] = {"cluster": None, "segment": None, "method": "hash"}
    roster = given_arms(found).roster
    (check,) = redrawn_checks(design(), stored, arm="arm", assigned=roster, **asked)
    assert check.verdict == "ok"


def test_other_numbers_hide_neither_another_salt_nor_who_was_moved_or_joined() -> None:
    tables, found = drawn(salt="the seventh try")
    other = check_trial(renumbered(tables).log(), design=design(), assigned=found)
    assert verdict(other, REDRAWN) == "fail"
    tables, found = drawn()
    arms = tables.contacts["arm"]
    swapped = arms.map({"7 days": "14 days", "14 days": "7 days"})
    tables.contacts["arm"] = arms.where(tables.contacts["contact_id"] >= 40, swapped)
    moved = check_trial(renumbered(tables).log(), design=design(), assigned=found)
    assert "40 of 800 contacts" in row(moved, REDRAWN)["found"]
    assert {verdict(moved, REDRAWN), verdict(moved, "arm as assigned")} == {"fail"}
    tables, found = drawn()
    renumbered(tables).contacts.loc[[0, 200], "account_id"] = "C1"
    joined = check_trial(tables.log(), design=design(), assigned=found)
    assert verdict(joined, "account as assigned") == "fail"


def test_contacts_who_enter_later_are_not_missing_on_a_day() -> None:
    tables, found = drawn()
    then = check_trial(tables.log(), assigned=found, as_of="2026-01-20")
    assert verdict(then, "arm as assigned") == "ok"


def test_contacts_outside_the_assignment_need_no_arm() -> None:
    tables, _ = drawn()
    few = assign(people(tables).head(600), design())
    tables.contacts.loc[600:, "arm"] = None
    found = evaluate(tables.log(), design=design(), assigned=few)
    assert verdict(found, "arm as assigned") == "ok"
    assert LOST_ARMS not in set(found.checks["check"])


# Half a per cent of 800 contacts is 4.
@pytest.mark.parametrize(("blank", "expected"), [(4, "warning"), (6, "fail")])
def test_without_the_assignment_half_a_per_cent_without_an_arm_is_too_many(
    blank: int, expected: str
) -> None:
    tables = made()
    tables.contacts.loc[: blank - 1, "arm"] = None
    registered = design(method="outside")
    for found in (
        evaluate(tables.log(), design=registered),
        check_trial(tables.log(), design=registered),
    ):
        assert verdict(found, LOST_ARMS) == expected


def test_without_a_design_contacts_without_an_arm_are_told_and_both_readings(
    tmp_path: Path,
) -> None:
    tables = made()
    tables.contacts.loc[:29, "arm"] = None
    log = tables.log()
    stored = open_call_log(log.write(tmp_path / "log"))
    asked: dict[str, Any] = {"control": "7 days", "outcomes": ["attempts"], "horizon_days": 60}
    for found in (check_trial(log), evaluate(log, **asked), evaluate(stored, **asked)):
        table = found.table if isinstance(found, Checks) else found.checks
        (line,) = table[table["check"] == LOST_ARMS].itertuples()
        assert line.verdict == "warning"
        assert line.found == "30 contacts of 800 have no arm"
        assert line.meaning.startswith("either they were never part of the trial")
        assert "no difference can be trusted" in line.meaning
        said = found.sentences() if isinstance(found, Checks) else [found.sentence()]
        assert any("30 contacts of 800 have no arm" in text for text in said)


def test_a_list_of_who_was_assigned_answers_for_contacts_without_an_arm() -> None:
    tables = made()
    given = dict(zip(tables.contacts["contact_id"][30:], tables.contacts["arm"][30:], strict=True))
    tables.contacts.loc[:29, "arm"] = None
    found = check_trial(tables.log(), assigned=given)
    assert LOST_ARMS not in set(found.table["check"])
    assert verdict(found, "arm as assigned") == "ok"


def test_a_household_may_not_lose_the_arm_of_one_contact() -> None:
    tables, _ = drawn()
    tables.contacts.loc[[10, 700], "arm"] = None
    found = check_trial(tables.log(), design=design())
    torn = found.table[found.table["found"].str.startswith("2 accounts with an arm for some")]
    assert list(torn["verdict"]) == ["fail"]


def test_contacts_taken_out_of_one_arm_are_seen_by_what_the_salt_draws() -> None:
    tables, _ = drawn(unit="contact")
    registered = design(unit="contact")
    tables.contacts.loc[tables.contacts.index[tables.contacts["arm"] == "7 days"][:40], "arm"] = (
        None
    )
    found = check_trial(tables.log(), design=registered)
    lost = found.table[found.table["found"].str.startswith("of those without an arm")]
    assert list(lost["verdict"]) == ["fail"]
    # Strangers to the trial would be of either arm: of 400 by chance about 200.
    tables, _ = drawn(unit="contact")
    tables.contacts.loc[:399, "arm"] = None
    found = check_trial(tables.log(), design=registered)
    assert not found.table["found"].str.startswith("of those without an arm").any()


def test_a_list_changed_after_it_was_written_is_refused_by_every_check(tmp_path: Path) -> None:
    tables, found = drawn()
    path = found.write_csv(tmp_path / "assignment.csv")
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(",7 days,", ",14 days,", 1), encoding="utf-8")
    for look in (check_trial, evaluate):
        with pytest.raises(InputError, match="changed afterwards"):
            look(tables.log(), design=design(), assigned=path)  # type: ignore[operator]
    path.with_suffix(".json").unlink()
    told = evaluate(tables.log(), design=design(), assigned=path)
    assert "without the record that simkit assign writes beside it" in row(told, DRAWN)["found"]
    assert "nothing shows when and how the arms were drawn" in told.sentence()


def test_a_list_of_ones_own_is_read_with_all_that_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("contact_id;arm\n1;7 days\n1;14 days\n2;\n", encoding="utf-8")
    with pytest.raises(InputError) as told:
        check_trial(made().log(), assigned=path)
    assert {problem.field for problem in told.value.problems} == {"contact_id", "arm"}


def split_households(moved: int) -> Tables:
    """Households of two contacts, of which in some the second gets another arm."""
    tables, _ = drawn()
    number = tables.contacts["contact_id"]
    shifted = (number % 2 == 1) & (number < 2 * moved)
    arms = tables.contacts["arm"]
    other = arms.map({"7 days": "14 days", "14 days": "7 days"})
    tables.contacts["arm"] = arms.where(~shifted, other)
    return tables


# Half a per cent of 400 households is 2.
SPLIT = [(0, []), (2, ["warning"]), (3, ["fail"])]


@pytest.mark.parametrize(("moved", "expected"), SPLIT)
def test_split_households_fail_a_trial_of_whole_ones(moved: int, expected: list[str]) -> None:
    log, registered = split_households(moved).log(), design(method="outside")
    # Few or many, it stands with the answer: by chance none is split.
    told = "these were not: contacts were moved" in evaluate(log, design=registered).sentence()
    assert told == bool(moved)
    for found in (evaluate(log, design=registered), check_trial(log, design=registered)):
        table = found.table if isinstance(found, Checks) else found.checks
        assert list(table.loc[table["check"] == WHOLE_ACCOUNTS, "verdict"]) == expected
    found = evaluate(log, design=registered.replace(unit="contact")).checks
    by_contact = found[found["check"] == WHOLE_ACCOUNTS]  # of 400 pairs chance splits 200
    assert list(by_contact["verdict"]) == ["fail"]
    assert by_contact["meaning"].str.contains("registered as assigned one by one").all()


@pytest.mark.parametrize(("moved", "expected"), SPLIT)
def test_households_split_between_segments_fail_every_segment(
    moved: int, expected: list[str]
) -> None:
    rows = split_households(moved).contacts.assign(sale=0)
    rows["segment"] = np.where(rows["contact_id"] % 2 == 0, "b2c", "b2b")
    arms = dict.fromkeys(("b2c", "b2b"), POLICIES["b2c"])
    control = dict.fromkeys(arms, "7 days")
    registered = design(arms=arms, control=control, method="outside")
    columns = {"segment": "segment", "cluster": "account_id"}
    found = evaluate(rows, design=registered, **columns)
    checks = found.checks
    assert list(checks.loc[checks["check"] == WHOLE_ACCOUNTS, "verdict"]) == expected
    # Within its segment each is whole; what the recommendation reads of a segment holds it.
    assert set(checks.loc[checks["check"] == "accounts split over arms", "verdict"]) <= {"ok"}
    for segment in registered.segments:
        told = any(one.check == WHOLE_ACCOUNTS for one in failures(found, segment))
        assert told == (expected == ["fail"])
