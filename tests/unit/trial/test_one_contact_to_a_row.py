"""Where no column shows that rows are contacts, the answer says that they are read so."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simkit.report import sections_trial
from simkit.trial import Evaluation, evaluate

ROWS = 600
RANDOM = np.random.default_rng(51)
ARM = RANDOM.permutation(["a", "b"] * (ROWS // 2))
SALE = (RANDOM.random(ROWS) < np.where(ARM == "b", 0.4, 0.2)).astype(int)
IDS = RANDOM.permutation(ROWS) + 3_330_000_000
SAID = (
    "each of the 600 rows is read as one contact, though no column is an id of contacts, one to a "
    "row: if rows are calls, or groups of contacts, none of this holds; give each contact one row "
    "with its id (contact_id)"
)


def compared(**columns: object) -> Evaluation:
    options = {"cluster": columns.pop("cluster")} if "cluster" in columns else {}
    table = pd.DataFrame({"arm": ARM, "sale": SALE, **columns})
    return evaluate(table, outcomes=["sale"], control="a", **options)


def said(found: Evaluation) -> list[str]:
    return [text for text in found.paragraphs() if "is read as one contact" in text]


@pytest.mark.parametrize(
    "name", ["passaggio", "giro", "seq", "ora", "region", "cod_cli", "company_id", "number"]
)
def test_it_is_said_whatever_columns_are_called(name: str) -> None:
    """Their values stand in several rows, so that they are no ids of contacts."""
    assert said(compared(**{name: np.arange(ROWS) % 7 + 1})) == [f"E{SAID[1:]}."]


def test_it_stands_in_the_sentence_the_checks_the_warnings_and_the_report() -> None:
    found = compared()
    assert f"E{SAID[1:]}." in found.sentence()
    (row,) = found.checks[found.checks["check"] == "one contact to a row"].itertuples()
    assert (row.verdict, row.segment) == ("warning", "all")
    assert "none of this holds" in row.meaning
    assert any("is read as one contact" in text for text in found.warnings)
    told = sections_trial.checked(found)["told"].rows
    assert any("is read as one contact" in str(cells) for cells in told)


def test_it_changes_neither_the_verdict_nor_the_headline() -> None:
    plain, named = compared(), compared(contact_id=IDS)
    assert (said(named), plain.trustworthy) == ([], True)
    columns = ["verdict", "reason", "estimate", "ci_low", "ci_high", "p_value"]
    pd.testing.assert_frame_equal(plain.table[columns], named.table[columns])
    assert plain.paragraphs()[0] == named.paragraphs()[0]
    assert plain.paragraphs()[0].startswith("b wins on")
    assert plain.doubts == named.doubts == ()


@pytest.mark.parametrize(
    "name",
    ["contact_id", "id_cliente", "Customer ID", "telefono", "email", "codice fiscale", "cliente"],
)
def test_an_id_of_contacts_or_persons_says_it_by_itself(name: str) -> None:
    assert said(compared(**{name: IDS.astype(str)})) == []


def test_accounts_of_one_contact_each_say_it_too_and_larger_ones_do_not() -> None:
    assert said(compared(account_id=IDS)) == []
    assert said(compared(firm=IDS, cluster="firm")) == []
    shared = np.arange(ROWS) // 2
    assert said(compared(firm=shared, cluster="firm")) != []
    assert said(compared(firm=shared, cluster="firm", contact_id=IDS)) == []


@pytest.mark.parametrize("name", ["id", "uniqueid", "pratica", "codice"])
def test_a_column_that_differs_in_each_row_is_named_since_it_may_be_a_call_s(name: str) -> None:
    (text,) = said(compared(**{name: IDS}))
    assert f"though nothing tells whether {name} is an id of contacts (if so, call it" in text


def test_times_that_differ_in_each_row_are_no_ids() -> None:
    times = pd.Timestamp("2026-03-02") + pd.to_timedelta(RANDOM.permutation(ROWS) * 61, "s")
    assert said(compared(when=times.strftime("%Y-%m-%d %H:%M:%S"))) == [f"E{SAID[1:]}."]


def test_ids_that_repeat_and_rows_that_are_calls_are_told_as_such_and_not_twice() -> None:
    repeated = compared(id_cliente=np.arange(ROWS) // 2, x=IDS)
    assert any("id_cliente (300 different values in 600 rows)" in one for one in repeated.doubts)
    assert said(repeated) == []
    calls = compared(call_id=IDS)
    assert calls.table["verdict"].tolist() == ["refused"]
    assert said(calls) == []


def test_totals_and_logs_are_not_concerned(trial_log: object) -> None:
    totals = pd.DataFrame({"arm": ["a", "b"], "n": [100, 100], "sale": [10, 20]})
    assert said(evaluate(totals, outcomes=["sale"], control="a")) == []
    assert said(evaluate(trial_log, outcomes=["sale"], control="14 days")) == []


def test_a_real_trial_without_ids_keeps_its_headline(real_data: Callable[[str], Path]) -> None:
    """Hillstrom's mailing: 64,000 customers, one row each, and no id."""
    table = pd.read_csv(real_data("hillstrom.csv"))
    found = evaluate(table, arm="segment", outcomes=["conversion"], control="No E-Mail")
    assert found.trustworthy
    first, note, *_ = found.paragraphs()
    assert first.startswith("Mens E-Mail wins on conversion; Womens E-Mail is better too. Against")
    assert note.startswith("Each of the 64,000 rows is read as one contact, though no column is")
    assert found.doubts == ()
