"""A table as a Parquet file: how its columns are encoded, and how it is written part by part."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

#: Rows that are packed together, and that writing holds in memory.
GROUP_ROWS = 1 << 18
#: Whole numbers that differ in nearly every row: steps between them are smaller than they are.
BY_STEPS = ("contact_id", "account_id")


def write_parquet(path: str | os.PathLike[str], parts: Iterable[pd.DataFrame]) -> None:
    """Write a table that comes in parts; equal tables give the same bytes however they are cut.

    Times and the ids of contacts are written as steps (DELTA_BINARY_PACKED), what repeats as a
    dictionary, and all of it packed by Zstandard: what every reader of Parquet knows.

    Parameters
    ----------
    path
        The file.
    parts
        The table's rows in order, each part with the same columns and types. At least one, for the
        columns; it may be without rows. Of all but the present part no more than GROUP_ROWS rows
        are held.
    """
    groups = _groups(parts)
    first = next(groups)
    with pq.ParquetWriter(path, first.schema, compression="zstd", **_encodings(first)) as file:
        file.write_table(first)
        for group in groups:
            file.write_table(group)


def _groups(parts: Iterable[pd.DataFrame]) -> Iterator[pa.Table]:
    """Cut a table anew into groups of GROUP_ROWS rows; one without any row is a group, too."""
    held: pa.Table | None = None
    whole_groups = 0
    for part in parts:
        for start in range(0, max(len(part), 1), GROUP_ROWS):
            rows = pa.Table.from_pandas(
                part.iloc[start : start + GROUP_ROWS],
                schema=None if held is None else held.schema,
                preserve_index=False,
            )
            held = rows if held is None else pa.concat_tables([held, rows])
            if held.num_rows >= GROUP_ROWS:
                yield held.slice(0, GROUP_ROWS)
                held = held.slice(GROUP_ROWS)
                whole_groups += 1
    if held is None:
        raise ValueError("a table needs one part at least")
    if held.num_rows or not whole_groups:
        yield held


def _encodings(table: pa.Table) -> dict[str, object]:
    """Return for ParquetWriter how each column is written."""
    by_steps = [
        field.name
        for field in table.schema
        if pa.types.is_timestamp(field.type)
        or (field.name in BY_STEPS and pa.types.is_integer(field.type))
    ]
    return {
        "use_dictionary": [name for name in table.column_names if name not in by_steps],
        "column_encoding": dict.fromkeys(by_steps, "DELTA_BINARY_PACKED"),
    }
