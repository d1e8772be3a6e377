"""What is wrong with rows of a stored log that seemed to break a rule when they were read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from simkit.calllog import schema
from simkit.calllog.source import Source
from simkit.calllog.stored import ATTEMPTS_FILE, BATCH_ROWS, CONTACTS_FILE, StoredLog
from simkit.calllog.validate import Tables, check
from simkit.errors import Problem

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NUMBER = "row number"


def problems_of_attempts(stored: StoredLog, rows: Sequence[int], suspected: int) -> list[Problem]:
    """Judge rows of attempts by all the rules of a call log, as in memory.

    All attempts of their contacts are read, and the row above each, which the rules look at.

    Parameters
    ----------
    stored
        The log.
    rows
        Numbers of the rows, as many as are looked at.
    suspected
        How many seemed to break a rule.

    Returns
    -------
    list of Problem
        With the numbers of the file's rows; empty where nothing is wrong with them.
    """
    numbers = np.asarray(rows, dtype=np.int64)
    nobody = pa.array([], stored.contacts_schema.field("contact_id").type)
    seen = _picked(stored.attempts_file, np.concatenate([numbers, numbers - 1]), nobody)
    ids = pc.unique(seen.column("contact_id")).drop_null()
    attempts = _picked(stored.attempts_file, numbers, ids)
    contacts = _picked(stored.contacts_file, numbers[:0], ids)
    problems = _checked(stored, contacts, attempts)
    wanted = set(numbers.tolist())
    problems = [
        problem
        for problem in problems
        if not problem.where.startswith(ATTEMPTS_FILE) or wanted & {*problem.rows}
    ]
    if problems and suspected > len(numbers):
        rule = f"must keep the rules; of {suspected:,} rows that seem not to, {len(numbers):,} were"
        problems.append(Problem(ATTEMPTS_FILE, "rows", suspected, f"{rule} looked at"))
    return problems


def problems_of_contacts(stored: StoredLog) -> list[Problem]:
    """Judge all contacts by the rules of a call log, as in memory."""
    contacts = pq.read_table(stored.contacts_file)
    contacts = contacts.append_column(_NUMBER, pa.array(np.arange(len(contacts))))
    return _checked(stored, contacts, None)


def _checked(stored: StoredLog, contacts: pa.Table, attempts: pa.Table | None) -> list[Problem]:
    timezone = stored.header.timezone
    people, of_people = _table(CONTACTS_FILE, contacts, schema.CONTACTS, timezone)
    sources = {"contacts": of_people}
    if attempts is None:
        text = not pd.api.types.is_integer_dtype(people["contact_id"].dtype)
        calls = schema.empty_attempts(timezone, text_ids=text)
    else:
        calls, sources["attempts"] = _table(ATTEMPTS_FILE, attempts, schema.ATTEMPTS, timezone)
    sources["header"] = Source("header.json")
    return check(Tables(stored.header, people, calls, sources=sources))


def _table(
    file: str, found: pa.Table, columns: tuple[schema.Column, ...], timezone: str
) -> tuple[pd.DataFrame, Source]:
    numbers = found.column(_NUMBER).to_numpy()
    table = found.drop_columns(_NUMBER).to_pandas()
    return schema.conform(table, columns, timezone), Source(
        Source.parquet(file).name, numbers=numbers
    )


def _picked(path: Path, rows: NDArray[np.int64], ids: pa.Array) -> pa.Table:
    """Read the rows with these numbers, and those of these contacts, with their numbers."""
    parts = []
    first = 0
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(BATCH_ROWS):
            numbers = np.arange(first, first + len(batch))
            taken = np.isin(numbers, rows)
            if len(ids):
                of = batch.column("contact_id")
                taken |= pc.is_in(of, ids.cast(of.type)).to_numpy(zero_copy_only=False)
            part = pa.Table.from_batches([batch]).append_column(_NUMBER, pa.array(numbers))
            parts.append(part.filter(pa.array(taken)))
            first += len(batch)
        if not parts:
            empty = file.schema_arrow.empty_table()
            parts.append(empty.append_column(_NUMBER, pa.array([], pa.int64())))
    return pa.concat_tables(parts)
