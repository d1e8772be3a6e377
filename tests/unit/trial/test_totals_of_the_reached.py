"""Totals whose own columns tell that they are of the reached, or that accounts were assigned."""

from typing import Any

import pandas as pd
import pytest

from simkit.errors import InputError
from simkit.trial import Evaluation, evaluate


def compared(n: list[int], **columns: Any) -> Evaluation:
    table = pd.DataFrame({"arm": ["a", "b"], "n": n, **columns, "sale": [70, 110]})
    return evaluate(table, control="a", outcomes=["sale"])


@pytest.mark.parametrize(
    "name", ["reached", "n_reached", "answered", "risposto", "Erreicht", "contattati"]
)
def test_totals_whose_n_is_the_number_reached_are_refused(name: str) -> None:
    row = compared([702, 700], **{name: [702, 700]}).table.iloc[0]
    assert row["verdict"] == "refused"
    assert f"n equals {name} in every row" in row["reason"]
    assert "whom an arm reaches is its own doing" in row["reason"]
    # Of 1,000 assigned 702 and 700 were reached: nothing is wrong with it.
    fine = compared([1000, 1000], **{name: [702, 700]})
    assert fine.table["verdict"].tolist() == ["better"]
    assert fine.doubts == ()


@pytest.mark.parametrize(
    "name", ["assigned", "contacts", "n_assigned", "randomised", "list_size", "Assegnati"]
)
def test_totals_of_fewer_than_were_assigned_are_refused(name: str) -> None:
    row = compared([702, 700], **{name: [1000, 1000]}).table.iloc[0]
    assert row["verdict"] == "refused"
    assert f"{name} is larger than n (1,000 and 700)" in row["reason"]
    assert compared([1000, 1000], **{name: [1000, 1000]}).table["verdict"].tolist() == ["better"]


@pytest.mark.parametrize(
    "name",
    ["accounts", "n_accounts", "companies", "households", "aziende", "famiglie", "Haushalte"],
)
def test_fewer_accounts_than_contacts_are_doubted_in_the_answer(name: str) -> None:
    found = compared([1000, 1000], **{name: [20, 25]})
    (told,) = found.doubts
    assert told.startswith(f"{name} is 20 in an arm of 1,000 contacts")
    assert "the intervals are far too narrow, and totals do not tell by how much" in told
    assert told[1:] in found.sentence()
    assert compared([1000, 1000], **{name: [1000, 1000]}).doubts == ()


def test_totals_of_which_all_were_called_are_doubted() -> None:
    found = compared([702, 700], called=[702, 700])
    assert any("called at least once (called)" in text for text in found.doubts)
    assert compared([702, 700], called=[690, 650]).doubts == ()


@pytest.mark.parametrize("columns", [{}, {"contatti": [1000, 1000]}])
def test_two_rows_without_their_numbers_are_told_that_they_were_read_as_totals(
    columns: dict[str, list[int]],
) -> None:
    table = pd.DataFrame({"arm": ["a", "b"], "sale": [70, 110], **columns})
    with pytest.raises(InputError) as refused:
        evaluate(table, control="a", outcomes=["sale"])
    (problem,) = refused.value.problems
    assert (problem.field, problem.value) == ("n", None)
    assert "read as totals, one row an arm" in problem.rule
    assert "or name the column that holds it (n, --n), or give one row a contact" in problem.rule
    if columns:
        named = evaluate(table, control="a", outcomes=["sale"], n="contatti")
        assert named.table["verdict"].tolist() == ["better"]


def three(names: list[str], last: list[int], **asked: Any) -> Evaluation:
    rows = {"arm": names, "n": [1000, 1000, last[0]], "sale": [70, 110, last[1]]}
    return evaluate(pd.DataFrame(rows), control="a", outcomes=["sale"], **asked)


@pytest.mark.parametrize("name", ["Totale", "Total", "Gesamt", "TOTALI", "Grand total", "tot."])
def test_a_row_of_totals_is_no_arm(name: str) -> None:
    with pytest.raises(InputError, match="is the sum of the other rows, not an arm: leave it out"):
        three(["a", "b", name], [2000, 180])
    # Other numbers, or one row beside it: an arm of a strange name.
    assert (
        three(["a", "b", name], [2000, 181], expected_shares={"a": 1, "b": 1, name: 2}).doubts == ()
    )
    two = pd.DataFrame({"arm": ["a", name], "n": [1000, 1000], "sale": [70, 70]})
    assert evaluate(two, control="a", outcomes=["sale"]).doubts == ()


def test_an_arm_that_may_be_the_sum_of_the_others_by_chance_is_doubted() -> None:
    found = three(["a", "b", "totally new"], [2000, 180], expected_shares=None)
    (told,) = found.doubts
    assert told.startswith("totally new has as many contacts, and as many of each outcome, as all")
    assert "leave it out" in found.sentence()


def test_each_segment_has_totals_of_its_own() -> None:
    rows = pd.DataFrame(
        {
            "segment": ["x"] * 3 + ["y"] * 3,
            "arm": ["a", "b", "Totale"] * 2,
            "n": [100, 100, 200, 300, 300, 600],
            "sale": [5, 9, 14, 20, 31, 51],
        }
    )
    with pytest.raises(InputError, match=r"leave it out \(rows 4, 7\)"):
        evaluate(rows, control="a", outcomes=["sale"], segment="segment")
