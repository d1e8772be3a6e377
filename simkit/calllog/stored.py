"""A call log that stays on disk: its attempts are read in passing, never all at once."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from simkit.calllog import schema
from simkit.calllog.extent import Extent
from simkit.calllog.header import Header
from simkit.calllog.log import CallLog, read_call_log
from simkit.calllog.store import read_header
from simkit.errors import InputError, Problem
from simkit.result import Result

CONTACTS_FILE = "contacts.parquet"
ATTEMPTS_FILE = "attempts.parquet"
LEFT_OUT_FILE = "left_out.parquet"
TRUTH_FILE = "truth.parquet"
BATCH_ROWS = 1 << 16
#: Columns of attempts whose texts repeat: read as a dictionary and its codes.
_REPEATING = ["disposition"]


@dataclass(frozen=True, eq=False, repr=False)
class StoredLog(Result):
    """A call log in a folder of Parquet files, of which only the header and the columns are read.

    Whoever works on it reads its tables in passing and checks what it reads, as it goes.
    `open_call_log` makes one.

    Parameters
    ----------
    header
        The log's header.
    folder
        Where its files are.
    """

    header: Header
    folder: Path

    @property
    def contacts_file(self) -> Path:
        """The file of contacts."""
        return self.folder / CONTACTS_FILE

    @property
    def attempts_file(self) -> Path:
        """The file of attempts."""
        return self.folder / ATTEMPTS_FILE

    @property
    def truth_file(self) -> Path | None:
        """The file of latent traits, where there is one."""
        path = self.folder / TRUTH_FILE
        return path if path.is_file() else None

    @property
    def left_out(self) -> pd.DataFrame | None:
        """Rows that an import left out: reason, rows; None where nothing was imported."""
        path = self.folder / LEFT_OUT_FILE
        return pd.read_parquet(path) if path.is_file() else None

    @property
    def contacts_schema(self) -> pa.Schema:
        """Names and types of the contacts' columns, covariates included."""
        return pq.read_schema(self.contacts_file)

    def empty_contacts(self) -> pd.DataFrame:
        """Return the contacts' table without its rows, for the types of its columns."""
        table = self.contacts_schema.empty_table().to_pandas()
        return schema.conform(table, schema.CONTACTS, self.header.timezone)

    def contact_batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Give the contacts in batches of at most BATCH_ROWS rows, in the order of the file.

        Parameters
        ----------
        columns
            Columns to read; texts but for the ids of contacts come as dictionaries and their codes.
        """
        return _batches(self.contacts_file, columns, _texts(self.contacts_schema, columns))

    def attempt_batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Give the attempts in batches of at most BATCH_ROWS rows, in the order of the file.

        Parameters
        ----------
        columns
            Columns to read; dispositions come as dictionaries and their codes.
        """
        texts = [name for name in _REPEATING if name in columns]
        return _batches(self.attempts_file, columns, texts)

    def attempts(self) -> int:
        """Return how many attempts there are."""
        return int(pq.read_metadata(self.attempts_file).num_rows)

    def contacts(self) -> int:
        """Return how many contacts there are."""
        return int(pq.read_metadata(self.contacts_file).num_rows)

    def segments(self) -> list[str]:
        """Return the segments in the order in which they are first met."""
        found: dict[str, None] = {}
        for batch in self.contact_batches(("segment",)):
            found |= dict.fromkeys(batch.column("segment").unique().to_pylist())
        return [name for name in found if name is not None]

    def read(self) -> CallLog:
        """Read all of it into memory, validated by every rule, as `read_call_log` does."""
        return read_call_log(self.folder)

    def require_attempts(self, what: str) -> NoReturn:
        """Refuse a task that works on a log in memory, as `CallLog.require_attempts` allows it.

        Parameters
        ----------
        what
            The function's name, for the message.

        Raises
        ------
        InputError
            Always.
        """
        rule = f"must be in memory for {what}: read it first (read_call_log)"
        raise InputError([Problem("call log", "folder", str(self.folder), rule)])

    def sentence(self) -> str:
        """Return in words what the log holds."""
        return f"{Extent.of_folder(self.folder).words()}."

    def gist(self) -> str:
        """Say where it lies."""
        return str(self.folder)


def open_call_log(folder: str | os.PathLike[str]) -> StoredLog:
    """Open a call log in Parquet without loading it.

    Checked are the header, that the files are there, and the names and types of their columns.
    What the rows hold is checked by whoever reads them, in passing.

    Parameters
    ----------
    folder
        What `CallLog.write` or `simkit.engine.simulate_to` wrote, or anything of that shape: one
        row an attempt.

    Raises
    ------
    InputError
        The folder is no such log; all problems at once.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from simkit import RecallPolicy, load_scenario
    >>> from simkit.engine import simulate_to
    >>> with TemporaryDirectory() as room:
    ...     policy = RecallPolicy.every(days=7)
    ...     folder = simulate_to(f"{room}/weekly", load_scenario("b2c"), policy, contacts=20)
    ...     open_call_log(folder).contacts()
    20
    """
    place = Path(folder)
    header = read_header(place)
    if header.detail != "attempts":
        rule = "must be 'attempts': a log of final counts is small, read it with read_call_log"
        raise InputError([Problem("header.json", "detail", header.detail, rule)])
    problems = []
    types: dict[str, pa.DataType] = {}
    for file, columns in (
        (CONTACTS_FILE, schema.CONTACTS),
        (ATTEMPTS_FILE, schema.ATTEMPTS),
    ):
        path = place / file
        if not path.is_file():
            rule = "must be there: a log that is read in passing lies in Parquet files"
            problems.append(Problem("call log", "folder", str(path), rule))
            continue
        try:
            found = pq.read_schema(path)
        except (pa.ArrowException, OSError) as error:
            rule = f"must be a Parquet file: {error}"
            problems.append(Problem(file, "file", str(path), rule))
            continue
        problems += _columns(file, found, columns, header.timezone)
        if "contact_id" in found.names:
            types[file] = found.field("contact_id").type
    kinds = {file: _is_text(kind) for file, kind in types.items()}
    if len(set(kinds.values())) > 1 and not problems:
        rule = f"must be of the same type as contacts.contact_id ({types[CONTACTS_FILE]}): "
        problems.append(
            Problem(ATTEMPTS_FILE, "contact_id", str(types[ATTEMPTS_FILE]), f"{rule}ids are mixed")
        )
    if problems:
        raise InputError(problems)
    return StoredLog(header, place)


def _batches(path: Path, columns: Sequence[str], texts: list[str]) -> Iterator[pa.RecordBatch]:
    """Read a file in passing, group by group of its rows: each has dictionaries of its own.

    By one thread: several hold more memory, and the other core has what is read to work on.
    """
    with pq.ParquetFile(path, read_dictionary=texts) as file:
        for group in range(file.num_row_groups):
            yield from file.iter_batches(
                BATCH_ROWS, row_groups=[group], columns=list(columns), use_threads=False
            )


def _columns(
    file: str, found: pa.Schema, columns: Sequence[schema.Column], timezone: str
) -> list[Problem]:
    problems = []
    for column in columns:
        if column.name not in found.names:
            problems.append(Problem(file, column.name, None, "must be a column"))
        elif not _fits(found.field(column.name).type, column, timezone):
            rule = f"must be {schema.wanted(column, timezone)}"
            kind = str(found.field(column.name).type)
            problems.append(Problem(file, column.name, kind, rule))
    known = {column.name for column in columns}
    others = [name for name in found.names if name not in known]
    if file == ATTEMPTS_FILE:
        names = ", ".join(column.name for column in columns)
        rule = f"is not a column of attempts: {names}"
        problems += [Problem(file, name, None, rule) for name in others]
    else:
        rule = f"must be numbers, yes or no, texts, or times in {timezone}"
        problems += [
            Problem(file, name, str(found.field(name).type), rule)
            for name in others
            if not _covariate_fits(found.field(name).type, timezone)
        ]
    return problems


def _fits(kind: pa.DataType, column: schema.Column, timezone: str) -> bool:
    """Say whether a column's type loses nothing in that of the schema."""
    if pa.types.is_null(kind):
        return column.null
    match column.kind:
        case schema.Kind.ID:
            return _is_text(kind) or pa.types.is_integer(kind)
        case schema.Kind.TEXT:
            return _is_text(kind)
        case schema.Kind.TIME:
            return bool(pa.types.is_timestamp(kind) and kind.tz == timezone)
        case schema.Kind.FLAG:
            return bool(pa.types.is_boolean(kind))
        case _:
            return bool(pa.types.is_integer(kind))


def _covariate_fits(kind: pa.DataType, timezone: str) -> bool:
    if pa.types.is_timestamp(kind):
        return bool(kind.tz == timezone)
    return bool(
        _is_text(kind)
        or pa.types.is_null(kind)
        or pa.types.is_boolean(kind)
        or pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
    )


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _texts(found: pa.Schema, columns: Sequence[str]) -> list[str]:
    """Name the columns of texts that are read as a dictionary: all but the ids of contacts."""
    return [name for name in columns if _is_text(found.field(name).type) and name != "contact_id"]
