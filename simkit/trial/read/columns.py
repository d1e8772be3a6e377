"""What is wrong with the columns of a table: missing, unknown, no numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from simkit.calllog.cells import decimals
from simkit.errors import InputError, Problem
from simkit.trial.read.repeated import FIRST_ROW

NOT_KNOWN = "must be known for each row"
TABLE = "table"
NAMED_ONCE = "must stand once among the columns"
LARGEST = 1e15  # beyond it a cent is lost, and squares overflow before long


def readable(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with names of columns and cells that can be read: others as their texts.

    All columns are looked at, for ids and for what tells of calls, whoever names them. A number or
    a pair may name one; lists in cells cannot be compared, nor complex numbers put in order.

    Parameters
    ----------
    table
        As given.

    Raises
    ------
    InputError
        Where two columns then have the same name.
    """
    texts = {
        name: column.map(_told, na_action="ignore")
        for name, column in table.items()
        if _unreadable(column)
    }
    if texts:
        table = table.copy(deep=False)
        for name, column in texts.items():
            table[name] = column
    if all(isinstance(name, str) for name in table):
        return table
    table = table.set_axis(list(map(str, table)), axis=1)
    twice = sorted(set(table.columns[table.columns.duplicated()]))
    if twice:
        raise InputError([Problem(TABLE, "columns", name, NAMED_ONCE) for name in twice])
    return table


def _unreadable(values: pd.Series) -> bool:
    """Tell whether cells are complex numbers, or lists and the like."""
    if not pd.api.types.is_object_dtype(values.dtype):
        return pd.api.types.is_complex_dtype(values.dtype)
    if pd.api.types.infer_dtype(values, skipna=True) not in ("mixed", "complex"):
        return False
    return not all(map(_can_be_compared, values))


def _told(cell: object) -> str:
    """Write a cell with its kind, so that a list of 1 is read as no yes and as no number."""
    return f"{type(cell).__name__} {cell!r}"


def _can_be_compared(cell: object) -> bool:
    try:
        hash(cell)
    except TypeError:
        return False
    return not isinstance(cell, complex)


def whole_up_to(values: pd.Series, most: pd.Series) -> pd.Series:
    """Tell which values are whole numbers, 0 or more, and at most so large."""
    number, limit = (pd.to_numeric(column, errors="coerce") for column in (values, most))
    return (number % 1 == 0) & (number >= 0) & (number <= limit)


def require_rows(table: pd.DataFrame) -> None:
    """Refuse a table without rows."""
    if not len(table):
        raise InputError([Problem(TABLE, "rows", 0, "must hold at least one row")])


def missing_columns(
    table: pd.DataFrame, names: Sequence[str]
) -> tuple[list[Problem], frozenset[str]]:
    """Return what is wrong with names of columns, and those of which nothing is."""
    rule = f"must be a column; there are: {', '.join(map(str, table.columns))}"
    twice = sorted({name for name in names if list(names).count(name) > 1})
    missing = [name for name in names if name not in table]
    problems = [Problem(TABLE, name, name, "must be named once") for name in twice]
    problems += [Problem(TABLE, "columns", name, rule) for name in missing]
    return problems, frozenset(names) - {*twice, *missing}


def missing_values(table: pd.DataFrame, names: Sequence[str]) -> list[Problem]:
    """Return the rows in which a column is not known."""
    problems = []
    for name in names:
        problems += bad_rows(table, name, table[name].isna(), NOT_KNOWN)
    return problems


def blank(column: pd.Series) -> pd.Series:
    """Mark texts that hold nothing."""
    if pd.api.types.is_numeric_dtype(column):
        return pd.Series(False, column.index)
    return column.map(lambda cell: isinstance(cell, str) and not cell.strip()).astype(np.bool_)


def not_numbers(table: pd.DataFrame, name: str) -> list[Problem]:
    """Return what is wrong with a column that must hold numbers: texts, infinite or huge ones."""
    column = table[name]
    kind = column.dtype
    number = pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_complex_dtype(kind)
    if not (number or pd.api.types.is_bool_dtype(kind)):
        strange = column.notna() & pd.to_numeric(column, errors="coerce").isna()
        at = strange if strange.any() else column.notna()
        rule = "must be a number: make it one before, 1 for yes and 0 for no"
        odd = _odd_cells(column)
        if odd.any():
            at, rule = odd, "must be a number alone, as in most rows: 1 for yes and 0 for no"
        return bad_rows(table, name, at, rule)
    sizes = pd.Series(np.abs(column.to_numpy(dtype=np.float64, na_value=np.nan)))
    infinite = sizes == np.inf
    problems = bad_rows(table, name, infinite, "must be finite")
    problems += bad_rows(
        table, name, ~infinite & (sizes > LARGEST), f"must lie within ± {LARGEST:g}"
    )
    if column.isna().all():
        problems.append(Problem(TABLE, name, None, "must be known for at least one contact"))
    return problems


def _odd_cells(column: pd.Series) -> pd.Series:
    """Mark the cells of a text column that are no numbers where most are.

    Most cells decide whether decimals have a point or a comma; where most are no numbers either
    way, none is marked.
    """
    if not pd.api.types.is_string_dtype(column.dtype):
        return pd.Series(False, column.index)
    text = column.astype("str")
    bad = min((decimals(text, mark)[1] for mark in ".,"), key=np.count_nonzero)
    most = 2 * np.count_nonzero(bad) < column.notna().sum()
    return pd.Series(bad & most, column.index)


def bad_rows(table: pd.DataFrame, name: str, bad: pd.Series, rule: str) -> list[Problem]:
    """Return the problem of a column's bad rows, with the first bad value; none without one."""
    at = np.flatnonzero(bad.to_numpy(dtype=np.bool_, na_value=True))
    if not len(at):
        return []
    value = table[name].iloc[int(at[0])]
    value = None if pd.isna(value) else getattr(value, "item", lambda: value)()
    return [Problem(TABLE, name, value, rule, tuple(int(row) + FIRST_ROW for row in at))]
