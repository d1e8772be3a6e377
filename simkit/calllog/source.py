"""Where a table came from, so that a problem names the file and the rows its reader sees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from simkit.errors import MAX_ROWS_SHOWN, Problem

#: A problem lists at most this many rows: a list of 10⁸ row numbers helps nobody.
ROWS_LISTED = 1_000


@dataclass(frozen=True, eq=False)
class Source:
    """A table's origin and the numbers its reader gives to its rows.

    Parameters
    ----------
    name
        What to call the table in a message: a file's name, or ``"attempts (in memory, ...)"``.
    numbers
        Number of each row as its reader counts (in a text file the header is row 1), shape
        (rows,); None where rows are counted from 0, as pandas does.
    columns
        What the file calls a column, where it has another name for it.
    lost
        What is wrong with rows of the file that could not be read. They are not in the table, so
        that rules on which rows there are must wait.
    """

    name: str
    numbers: npt.NDArray[np.int64] | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    lost: tuple[Problem, ...] = ()

    @classmethod
    def memory(cls, table: str) -> Source:
        """Return the source of a table that is in memory."""
        return cls(f"{table} (in memory, rows counted from 0)")

    @classmethod
    def parquet(cls, file: str) -> Source:
        """Return the source of a table that was read from a Parquet file."""
        return cls(f"{file} (rows counted from 0)")

    def take(self, positions: npt.NDArray[np.intp]) -> Source:
        """Return the source of the rows at `positions`, in that order."""
        numbers = np.asarray(positions, np.int64) if self.numbers is None else self.numbers
        if self.numbers is not None:
            numbers = numbers[positions]
        return replace(self, numbers=numbers)

    def field(self, column: str) -> str:
        """Return the column's name, with the file's own name for it beside it."""
        theirs = self.columns.get(column, column)
        return column if theirs == column else f'{column} ("{theirs}")'

    def problem(
        self,
        column: str,
        broken: pd.Series[bool] | npt.NDArray[np.bool_],
        rule: str,
        values: pd.Series[Any] | None = None,
    ) -> Problem | None:
        """Return the problem of the rows that break a rule, or None where none does.

        Parameters
        ----------
        column
            The column that the rule is about.
        broken
            True for the rows that break the rule, shape (rows,).
        rule
            What must hold.
        values
            The column's values; the first that breaks the rule is shown.
        """
        positions = np.flatnonzero(np.asarray(broken, dtype=bool))
        if not len(positions):
            return None
        kept = positions[:ROWS_LISTED]
        numbers = kept if self.numbers is None else self.numbers[kept]
        if len(positions) > ROWS_LISTED:
            rule = f"{rule} ({many(len(positions), 'row')}; the first {ROWS_LISTED:,} are listed)"
        value = None if values is None else shown(values.iloc[positions[0]])
        return Problem(self.name, self.field(column), value, rule, tuple(numbers.tolist()))


def shown(value: Any) -> Any:
    """Return a cell's value as a message shows it: plain Python, times as text, nulls as None."""
    if pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.isoformat(sep=" ")
    return value.item() if isinstance(value, np.generic) else value


def broken_values(values: pd.Series[Any]) -> str:
    """Return the different values that break a rule, as its end; empty where there is one."""
    found = values.unique()
    if len(found) <= 1:
        return ""
    named = ", ".join(map(str, found[:MAX_ROWS_SHOWN]))
    more = len(found) - MAX_ROWS_SHOWN
    return f"; {len(found):,} are not: {named}{f' and {more:,} more' if more > 0 else ''}"


def many(count: int, noun: str) -> str:
    """Return a count with its noun: ``"1 row"``, ``"1,500 rows"``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
