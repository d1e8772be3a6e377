"""Columns that nobody asked for stop no evaluation, whatever names them and whatever they hold."""

import numpy as np
import pandas as pd
import pytest

from simkit.errors import InputError
from simkit.trial import evaluate
from simkit.trial.models import read_trial
from simkit.trial.read.columns import readable

ROWS = 120
TABLE = pd.DataFrame({"arm": ["a", "b"] * 60, "sale": np.arange(ROWS) % 5 == 0})
CELLS = {
    "list": [[1, "x"]] * ROWS,
    "dict": [{"x": 1}] * ROWS,
    "set": [{1}] * ROWS,
    "array": [np.ones(2)] * ROWS,
    "pair of lists": [([1], 2)] * ROWS,
    "complex": np.full(ROWS, 1 + 2j),
    "complex beside others": [1j, "x"] * (ROWS // 2),
}
NAMES = [
    "tags",
    "tentativo",
    "risposto",
    "esito",
    "contatti",
    "call_date",
    "account_id",
    "telefono",
]


def verdict(table: pd.DataFrame, **more: object) -> str:
    found = evaluate(table, outcomes=["sale"], control="a", **more)
    return str(found.table["verdict"].iloc[0])


@pytest.mark.parametrize("kind", CELLS)
@pytest.mark.parametrize("name", NAMES)
def test_cells_that_cannot_be_compared_are_read_as_texts(name: str, kind: str) -> None:
    assert verdict(TABLE.assign(**{name: CELLS[kind]})) == "cannot tell"


@pytest.mark.parametrize("name", [5, 2.5, ("a", "b"), None, pd.Timestamp("2026-03-02")])
def test_a_column_may_be_named_by_anything(name: object) -> None:
    table = TABLE.assign(x=1).rename(columns={"x": name})
    assert verdict(table) == "cannot tell"
    assert read_trial(table, outcomes=["sale"], control="a").outcomes == ("sale",)


def test_names_that_are_alike_as_texts_are_refused() -> None:
    table = TABLE.assign(x=1, y=2).rename(columns={"x": 5, "y": "5"})
    with pytest.raises(InputError, match="columns == '5', must stand once among the columns"):
        verdict(table)


def test_what_is_asked_for_must_be_a_number_all_the_same() -> None:
    with pytest.raises(InputError, match=r"sale == 'list \[1\]', must be a number"):
        verdict(TABLE.assign(sale=[[1]] * ROWS))
    with pytest.raises(InputError, match=r"sale == 'complex \(1\+2j\)', must be a number"):
        verdict(TABLE.assign(sale=1 + 2j))
    totals = pd.DataFrame({"arm": ["a", "b"], "n": [1j, 1j], "sale": [1, 2]})
    with pytest.raises(InputError, match="n == 'complex 1j', must be a whole number"):
        evaluate(totals, outcomes=["sale"], control="a")


def test_a_table_that_can_be_read_is_handed_on_and_none_is_changed() -> None:
    assert readable(TABLE) is TABLE
    lists = TABLE.assign(tags=[[1], None] * (ROWS // 2))
    read = readable(lists)
    assert read["tags"].iloc[0] == "list [1]"
    assert read["tags"].isna().sum() == ROWS / 2
    assert lists["tags"].iloc[0] == [1]
