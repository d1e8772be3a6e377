"""Lists that look alike and are not: blank ids, blanks around ids, zeros that a spreadsheet ate."""

import pandas as pd
import pytest

from simkit.errors import InputError
from simkit.policy import RecallPolicy
from simkit.trial.assign import assign
from simkit.trial.design import TrialDesign

ARMS = {
    "current": RecallPolicy.every(working_days=5),
    "long": RecallPolicy.every(working_days=10),
}


def made(**changes):
    fields = {
        "name": "autumn",
        "arms": {"b2c": ARMS},
        "control": {"b2c": "current"},
        "salt": "autumn-2026",
        "horizon_days": 98.0,
    }
    return TrialDesign(**{**fields, **changes})


def listed(accounts, contacts=None):
    ids = [f"c{n}" for n in range(len(accounts))] if contacts is None else contacts
    return pd.DataFrame({"contact_id": ids, "account_id": accounts})


def test_an_id_of_blanks_is_no_id():
    with pytest.raises(InputError, match=r"account_id == '', must be given \(rows 1, 2\)"):
        assign(listed(["7", "", "  "]), made())
    with pytest.raises(InputError, match=r"contact_id == ' ', must be given"):
        assign(listed(["7", "8"], ["1", " "]), made())
    with pytest.raises(InputError, match=r"account_id == None, must be given \(rows 0, 1\)"):
        assign(listed([None, None]), made())
    # Where contacts are assigned one by one, nobody asks for their accounts.
    assert len(assign(listed(["7", ""]), made(unit="contact")).table) == 2


def test_ids_that_differ_by_blanks_alone_are_told():
    with pytest.raises(InputError, match=r"account_id == ' 7', .*blanks around it .*\(row 1\)"):
        assign(listed(["7", " 7", "8"]), made())
    with pytest.raises(InputError, match=r"contact_id == '1 ', .*blanks around it alone"):
        assign(listed(["7", "8"], ["1", "1 "]), made())
    assert len(assign(listed([" 7", " 7", "8"]), made()).table) == 3


@pytest.mark.parametrize(("first", "then"), [("007", "7"), ("7", "007"), ("07 ", "7")])
def test_an_id_that_is_new_by_its_zeros_alone_is_told(first, then):
    earlier = assign(listed([first, "18"]), made())
    with pytest.raises(InputError, match="spreadsheet ate zeros") as told:
        assign(listed([then, "18", "19"]), made(), earlier=earlier)
    assert f"account_id == {then!r}, must be written as it was assigned earlier, {first!r}" in str(
        told.value
    )
    moved = assign(listed(["1", "2"], [first, "18"]), made())
    with pytest.raises(InputError, match=r"contact_id == .*spreadsheet ate zeros"):
        assign(listed(["1", "2"], [then, "18"]), made(), earlier=moved)


def test_eaten_zeros_are_told_with_all_else_that_is_wrong(tmp_path):
    earlier = assign(listed(["007", "18"], ["0001", "0002"]), made()).write_csv(tmp_path / "a.csv")
    now = tmp_path / "list.csv"
    now.write_text(
        "contact_id;account_id;age\n1;7;25.000\n0002;18;3\n3;;4\n3;19;5\n", encoding="utf-8"
    )
    with pytest.raises(InputError) as told:
        assign(now, made(), earlier=earlier)
    wrong = {(problem.field, problem.rule.split(",")[0]) for problem in told.value.problems}
    assert wrong >= {
        ("contact_id", "must be written as it was assigned earlier"),
        ("account_id", "must be written as it was assigned earlier"),
        ("account_id", "must be given"),
        ("contact_id", "must be there once: one row a contact"),
    }
    assert "age" in {field for field, _ in wrong}


def test_what_is_wrong_with_design_and_earlier_file_is_told_at_once(tmp_path):
    with pytest.raises(InputError) as told:
        assign(listed(["7"]), tmp_path / "none.toml", earlier=tmp_path / "none.csv")
    assert len(told.value.problems) == 2


def test_two_ids_that_are_both_listed_are_two():
    earlier = assign(listed(["007", "18"]), made())
    found = assign(listed(["007", "7", "a7", "0a7"]), made(), earlier=earlier).table
    assert set(found.loc[found["on_list"], "account_id"]) == {"007", "7", "a7", "0a7"}


def test_an_empty_list_and_an_empty_arm_are_said():
    assert assign(listed([]), made()).sentence() == (
        "No contact is on the list: nobody has been given an arm."
    )
    alone = assign(listed(["7"]), made())
    given = alone.table["arm"].iloc[0]
    (other,) = set(ARMS) - {given}
    assert alone.sentence().endswith(f" 1 arm without an account: {other}.")
    two = made(arms={"b2c": ARMS, "b2b": ARMS}, control={"b2c": "current", "b2b": "current"})
    sentence = assign(listed(["7"]).assign(segment="b2c"), two).sentence()
    assert f"3 arms without an account: b2c {other}, b2b current, b2b long." in sentence
    many = assign(listed([str(n) for n in range(100)]), made()).sentence()
    assert many.endswith("Arms are as large as meant.")
