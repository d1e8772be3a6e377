"""Lists that look alike and are not: blank ids, blanks around ids, zeros that a spreadsheet ate."""

import numpy as np
import pandas as pd
import pytest

from simkit.errors import InputError
from simkit.policy import RecallPolicy
from simkit.trial.assign import assign, given_arms, load_assignment
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
    with pytest.raises(InputError, match=r"account_id == '7', .*differ by blanks alone .*\(rows"):
        assign(listed(["7", " 7", "8"]), made())
    with pytest.raises(InputError, match=r"contact_id == '1 ', .*blanks around it alone"):
        assign(listed(["7", "8"], ["1", "1 "]), made())
    assert len(assign(listed([" 7", " 7", "8"]), made()).table) == 3


@pytest.mark.parametrize(
    ("first", "then"), [("007", "7"), ("7", "007"), ("07 ", "7"), ("7", "7.0")]
)
def test_an_id_that_is_new_by_its_zeros_alone_is_told(first, then):
    earlier = assign(listed([first, "18"]), made())
    with pytest.raises(InputError, match="zeros after the point or blanks alone") as told:
        assign(listed([then, "18", "19"]), made(), earlier=earlier)
    assert f"account_id == {then!r}, must be written as it was assigned earlier, {first!r}" in str(
        told.value
    )
    moved = assign(listed(["1", "2"], [first, "18"]), made())
    with pytest.raises(InputError, match=r"contact_id == .*zeros after the point or blanks alone"):
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


def excel_list(path, *, contacts=200):
    """A list as an Italian spreadsheet writes it: semicolons, decimal commas, a mark before it."""
    rows = [f"00{n};00{n};{'Torino' if n % 3 else 'Roma'};{n % 7},5" for n in range(contacts)]
    text = "\n".join(["contact_id;account_id;città;fatturato_medio", *rows, ""])
    path.write_text(text, encoding="utf-8-sig")
    return path


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_the_file_for_the_dialler_is_written_as_the_list_is(tmp_path, delimiter, encoding):
    rows = ["contact_id,account_id,segment", "001,A,b2c", "002,B,b2c"]
    listed = tmp_path / "list.csv"
    listed.write_text("\n".join(rows).replace(",", delimiter), encoding=encoding)
    found = assign(listed, made())
    path = found.write_csv(tmp_path / "assignment.csv")
    head = path.read_bytes().split(b"\n")[0]
    assert head.startswith(b"\xef\xbb\xbf") == (encoding == "utf-8-sig")
    columns = ["contact_id", "account_id", "segment", "arm", "on_list"]
    assert head.decode(encoding) == delimiter.join(columns)
    # Whatever reads an assignment reads it: by its record, as the earlier one, as given arms.
    assert load_assignment(path).table.equals(found.table.astype(object).astype({"on_list": bool}))
    assert given_arms(path, made()).arms == dict(found.table[["contact_id", "arm"]].to_numpy())
    (tmp_path / "assignment.json").unlink()
    assert given_arms(path).arms == dict(found.table[["contact_id", "arm"]].to_numpy())


def test_a_list_whose_columns_have_other_names_is_told_what_is_needed(tmp_path):
    listed = tmp_path / "list.csv"
    listed.write_text("ID cliente;Azienda;Città\n1;A;Roma\n2;B;Forlì\n", encoding="utf-8-sig")
    with pytest.raises(InputError) as told:
        assign(listed, made(unit="contact", strata=["region"]))
    there = "there are: ID cliente, Azienda, Città; rename the one that holds it"
    assert [(problem.field, problem.rule) for problem in told.value.problems] == [
        ("contact_id", f"must be a column; {there}"),
        ("region", f"must be a column; {there}"),
    ]


def test_what_an_italian_spreadsheet_wrote_is_compared_between_arms(tmp_path):
    found = assign(excel_list(tmp_path / "list.csv"), made(unit="contact"))
    means = found.covariates.set_index("covariate")[["mean", "mean_control"]]
    assert list(means.index) == ["città: Roma", "città: Torino", "fatturato_medio"]
    table = found.table.assign(number=found.table["contact_id"].astype(int))
    for arm, column in (("long", "mean"), ("current", "mean_control")):
        numbers = table.loc[table["arm"] == arm, "number"]
        assert means.loc["fatturato_medio", column] == pytest.approx((numbers % 7 + 0.5).mean())
        assert means.loc["città: Roma", column] == pytest.approx((numbers % 3 == 0).mean())


def test_columns_that_cannot_be_compared_are_named():
    many = listed([str(n) for n in range(30)])
    many = many.assign(town=[f"t{n}" for n in range(30)], empty=None, age=range(30))
    found = assign(many.assign(spent=np.nan, calls=pd.NA).astype({"calls": "Int64"}), made())
    (note,) = found.notes
    assert note.startswith("balance not compared: town, empty, spent, calls: ")
    assert list(found.covariates["covariate"]) == ["age"]


@pytest.mark.parametrize(("registered", "told"), [(110, False), (112, True)])
def test_far_fewer_contacts_than_registered_are_told(registered, told):
    # A hundred on the list: .909 of 110, and .893 of 112.
    found = assign(listed([str(n) for n in range(100)]), made(contacts={"b2c": registered}))
    words = f"b2c: 100 of the {registered} contacts that the design registers have an arm"
    assert any(note.startswith(words) for note in found.notes) == told


def test_an_arm_of_few_accounts_or_of_one_giant_is_told():
    even = assign(listed([f"F{n // 4}" for n in range(240)]), made(), method="blocks")
    assert not any("hardly anything" in note for note in even.notes)  # 30 accounts of 4 in each
    few = assign(listed([f"F{n // 2}" for n in range(8)]), made(), method="blocks")
    told = [note for note in few.notes if "with fewer than 10 hardly anything" in note]
    assert [note.partition(":")[0] for note in told] == ["b2c", "b2c"]
    assert all(" has 2 accounts: " in note for note in told)
    # 200 contacts of one account beside 1 each of 19 others, or 1 fewer: (200 + 19)² ÷ (200² + 19).
    owners = ["giant"] * 200 + [f"F{n}" for n in range(39)] + ["F0"]
    uneven = assign(listed(owners), made(), method="blocks")
    (note,) = [note for note in uneven.notes if "hardly anything" in note]
    assert "one account (giant) holds 200" in note
    assert "20 accounts tell no more than 1.2 of one size would" in note


def test_contacts_that_left_the_list_count_as_assigned():
    design = made(contacts={"b2c": 100})
    first = assign(listed([str(n) for n in range(60)]), design)
    assert any("60 of the 100" in note for note in first.notes)
    later = listed([str(n) for n in range(60, 100)], [f"d{n}" for n in range(40)])
    second = assign(later, design, earlier=first)
    assert not any("registers" in note for note in second.notes)


def test_every_contact_that_stands_twice_is_named_up_to_five():
    ids = [*"abcdefgh", "a", "b", "c"]
    with pytest.raises(InputError, match=r"row a contact; 3 are not: a, b, c \(rows 0, 1, 2, 8"):
        assign(listed(ids, ids), made())
    ids = [*"abcdefgh", *"abcdefgh"]
    with pytest.raises(InputError, match=r"8 are not: a, b, c, d, e and 3 more"):
        assign(listed(ids, ids), made())


def with_phones(rows=400):
    """Return a list in which contacts 0 to 9 of one account each have the numbers of 100 to 109."""
    numbers = np.arange(rows)
    numbers[100:110] = numbers[:10]
    phones = [f"+39 333 {n:06d}" for n in numbers]
    return listed([f"a{n}" for n in range(rows)]).assign(
        telefono=phones, chiamate_precedenti=np.arange(rows) % 7
    )


def test_people_who_stand_in_several_accounts_are_told_before_the_first_call():
    found = assign(with_phones(), made())
    (row,) = found.checks[found.checks["check"] == "people by telefono"].to_dict("records")
    arms = found.table.set_index("contact_id")["arm"]
    across = sum(arms[f"c{n}"] != arms[f"c{n + 100}"] for n in range(10))
    assert 0 < across < 10
    assert row["verdict"] == "warning"
    assert row["found"] == (
        f"of 400 contacts with a telefono, {across} people stand in different arms and "
        f"{10 - across} more than once in one arm"
    )
    sentence = found.sentence()
    assert f"People by telefono ({row['found']}): the same people would be called" in sentence
    assert "what to do: join them before the first call" in sentence
    # What else was found is told all the same.
    assert "Arms are" in sentence


def test_colleagues_of_one_account_may_share_a_telephone():
    contacts = with_phones()
    contacts.loc[100:109, "account_id"] = contacts.loc[:9, "account_id"].to_numpy()
    found = assign(contacts, made())
    verdicts = found.checks.set_index("check")["verdict"]
    assert verdicts["people by telefono"] == "ok"
    assert "People by" not in found.sentence()


@pytest.mark.parametrize("as_number", [False, True])
def test_telephones_are_not_averaged_among_what_was_known_before(as_number):
    contacts = with_phones()
    if as_number:
        contacts["telefono"] = contacts["telefono"].str.replace(r"[+ ]", "", regex=True).astype(int)
    found = assign(contacts, made())
    assert set(found.covariates["covariate"]) == {"chiamate_precedenti"}
    (said,) = found.checks.loc[found.checks["check"] == "balance of covariates", "found"]
    assert said == "long against current: chiamate_precedenti"
    assert not any("telefono" in text for text in found.notes)
