"""Delimited text files, read as texts, with a message for each way they go wrong."""

from __future__ import annotations

import codecs
import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import csv as arrow_csv

from simkit.calllog.source import Source
from simkit.errors import InputError, Problem

DELIMITERS = (",", ";", "\t", "|")
_SHOWN = {"\t": "tab"}


@dataclass(frozen=True)
class Dialect:
    """How a text file is written.

    Parameters
    ----------
    delimiter
        One character between two cells.
    encoding
        Name of the encoding as Python knows it; a byte-order mark is skipped.
    quoting
        True where ``"`` encloses cells that hold the delimiter.
    strip
        True where spaces around a cell mean nothing.
    said_in
        The mapping file in which a user can say all this; empty where it is fixed.
    """

    delimiter: str = ","
    encoding: str = "utf-8"
    quoting: bool = True
    strip: bool = True
    said_in: str = ""


def read_text_table(
    path: Path, dialect: Dialect, wanted: Sequence[str]
) -> tuple[pd.DataFrame, Source]:
    """Return a file's cells as texts, and where they came from.

    Blank cells are null. Rows of blanks are kept, so that row numbers
    are those the reader of the file sees: the header is row 1. Rows with too many or too few cells
    are not returned: ``lost`` of the source tells of them, and whoever reads a table must raise it
    with what else is wrong.

    Parameters
    ----------
    path
        The file.
    dialect
        How it is written.
    wanted
        Columns it must have; they also serve to recognise a wrong delimiter.

    Raises
    ------
    InputError
        The file is missing, empty, not text of that encoding, has another delimiter, lacks a
        wanted column or has a column twice.
    """
    names = read_header(path, dialect, wanted)
    ragged: list[Any] = []

    def skip(row: Any) -> str:
        ragged.append(row)
        return "skip"

    try:
        table = arrow_csv.read_csv(
            path,
            # One thread, since only then are the numbers of bad rows known.
            read_options=arrow_csv.ReadOptions(
                use_threads=False, encoding=dialect.encoding, column_names=names, skip_rows=1
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=dialect.delimiter,
                quote_char='"' if dialect.quoting else False,
                newlines_in_values=dialect.quoting,
                ignore_empty_lines=False,
                invalid_row_handler=skip,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types={name: pa.string() for name in names}, strings_can_be_null=False
            ),
        )
    except (pa.ArrowInvalid, UnicodeDecodeError) as error:
        raise InputError([_undecodable(path, dialect) or _unreadable(path, error)]) from None
    cells = pd.DataFrame({name: table.column(name).to_pandas() for name in names}, dtype="str")
    for name in names:
        cell = cells[name].str.strip() if dialect.strip else cells[name]
        cells[name] = cell.mask(cell == "")
    lost = np.array([row.number for row in ragged], dtype=np.int64)
    numbers = np.delete(np.arange(2, len(cells) + len(lost) + 2, dtype=np.int64), lost - 2)
    problems = (_ragged(path, dialect, names, ragged),) if ragged else ()
    return cells, Source(path.name, numbers, lost=problems)


def read_header(path: Path, dialect: Dialect, wanted: Sequence[str]) -> list[str]:
    """Return a file's column names, having made sure that the wanted ones are there.

    Raises
    ------
    InputError
        As `read_text_table`, for what the first row shows.
    """
    names = _split(_first_line(path, dialect), dialect.delimiter, dialect.quoting)
    missing = [name for name in dict.fromkeys(wanted) if name not in names]
    better = guess_delimiter(path, dialect, wanted)
    if missing and better not in (None, dialect.delimiter):
        raise InputError([_other_delimiter(path, dialect, str(better))])
    problems = [
        Problem(path.name, name, None, f"must be a column; the file has {', '.join(names)}")
        for name in missing
    ]
    problems += [
        Problem(path.name, name, names.count(name), "times a column; must be there once", (1,))
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    ]
    if problems:
        raise InputError(problems)
    return names


def guess_delimiter(path: Path, dialect: Dialect, wanted: Sequence[str]) -> str | None:
    """Return the delimiter with which the header shows most of the wanted columns.

    Returns
    -------
    str or None
        None where no delimiter shows any of them; `dialect`'s own where others are no better.
    """
    line = _first_line(path, dialect)

    def found(delimiter: str) -> int:
        return len(set(wanted) & set(_split(line, delimiter, dialect.quoting)))

    candidates = dict.fromkeys([dialect.delimiter, *DELIMITERS])
    best = max(candidates, key=found)
    return best if found(best) else None


def _first_line(path: Path, dialect: Dialect) -> str:
    if not path.is_file():
        raise InputError([Problem(path.name, "file", str(path), "must be a file that exists")])
    try:
        with path.open(encoding=_without_mark(dialect.encoding), newline=None) as file:
            line = file.readline()
    except UnicodeError as error:
        raise InputError([_undecodable(path, dialect) or _unreadable(path, error)]) from None
    if not line.strip():
        rule = "must have a header in row 1" if path.stat().st_size else "must not be empty"
        raise InputError([Problem(path.name, "file", line, rule)])
    return line


def _without_mark(encoding: str) -> str:
    return "utf-8-sig" if codecs.lookup(encoding).name == "utf-8" else encoding


def _split(line: str, delimiter: str, quoting: bool) -> list[str]:
    row = [line.rstrip("\r\n")]
    if quoting:
        cells = next(csv.reader(row, delimiter=delimiter), [])
    else:
        cells = next(csv.reader(row, delimiter=delimiter, quoting=csv.QUOTE_NONE), [])
    return [cell.strip() for cell in cells]


def _other_delimiter(path: Path, dialect: Dialect, found: str) -> Problem:
    if not dialect.said_in:
        rule = f"must be {_shown(dialect.delimiter)}: save the file with it between the cells"
        return Problem(path.name, "delimiter", found, rule)
    rule = (
        f"must be {_shown(found)}: with it the header has the columns that are needed; write "
        f"delimiter = {json.dumps(found)} in {dialect.said_in}, above the first [table]"
    )
    return Problem(path.name, "delimiter", dialect.delimiter, rule)


def _shown(delimiter: str) -> str:
    return _SHOWN.get(delimiter, repr(delimiter))


def _undecodable(path: Path, dialect: Dialect) -> Problem | None:
    """Return the problem of a file that is not text of its encoding, or None where it is."""
    data = path.read_bytes()
    try:
        data.decode(dialect.encoding)
    except UnicodeDecodeError as error:
        row = data.count(b"\n", 0, error.start) + 1
        marks = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
        likely = "utf-16" if data.startswith(marks) else "cp1252"
        say = f'write encoding = "{likely}" in {dialect.said_in}, or ' if dialect.said_in else ""
        rule = (
            f"must be the file's encoding: byte 0x{data[error.start]:02x} does not fit; it looks "
            f'like "{likely}": {say}save the file as utf-8'
        )
        return Problem(path.name, "encoding", dialect.encoding, rule, (row,))
    return None


def _unreadable(path: Path, error: Exception) -> Problem:
    return Problem(path.name, "file", str(path), f"must be a delimited text file: {error}")


def _ragged(path: Path, dialect: Dialect, names: Sequence[str], rows: list[Any]) -> Problem:
    counts = sorted({int(row.actual_columns) for row in rows})
    rule = (
        f"cells in a row; must be {len(names)}, as in the header "
        f"(delimiter {_shown(dialect.delimiter)}; is it inside a cell that is not quoted?)"
    )
    value = ", ".join(str(count) for count in counts[:5])
    return Problem(path.name, "row", value, rule, tuple(int(row.number) for row in rows))
