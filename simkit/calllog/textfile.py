"""Delimited text files, read as texts, with a message for each way they go wrong."""

from __future__ import annotations

import codecs
import csv
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import csv as arrow_csv

from simkit.calllog.source import Source
from simkit.errors import InputError, Problem

DELIMITERS = ("\t", "|", ";", ",")
"""Those that are tried: of two that fit alike the first, since a comma is often a decimal one."""
LINES = 30
"""Lines of a file that show what separates its cells."""
_SHOWN = {"\t": "tab"}
_QUOTED = re.compile(r'(?:^|(?<=[\t|;,]))"(?:[^"]|"")*+"(?=[\t|;,]|$)', re.MULTILINE)
"""A cell in quotes, whichever of the delimiters stand around it."""
_SEP_LINE = re.compile(r'"?sep=.?"?[\t|;,]*\s*', re.IGNORECASE)
"""What a spreadsheet may write above the header: what separates the cells."""


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
    are those the reader of the file sees: the header is row 1, or row 2 below a line ``sep=;`` of a
    spreadsheet. Rows with too many or too few cells
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
    above = 1 + _has_sep_line(path, dialect)  # rows up to the header
    ragged: list[Any] = []

    def skip(row: Any) -> str:
        ragged.append(row)
        return "skip"

    try:
        table = arrow_csv.read_csv(
            path,
            # One thread, since only then are the numbers of bad rows known.
            read_options=arrow_csv.ReadOptions(
                use_threads=False, encoding=dialect.encoding, column_names=names, skip_rows=above
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
    first = above + 1
    numbers = np.arange(first, len(cells) + len(lost) + first, dtype=np.int64)
    numbers = np.delete(numbers, lost - first)
    problems = (_ragged(path, dialect, names, ragged),) if ragged else ()
    return cells, Source(path.name, numbers, lost=problems)


def read_header(path: Path, dialect: Dialect, wanted: Sequence[str]) -> list[str]:
    """Return a file's column names, having made sure that the wanted ones are there.

    Raises
    ------
    InputError
        As `read_text_table`, for what the first row shows.
    """
    line = _first_lines(path, dialect)[0]
    names = _split(line, dialect.delimiter, dialect.quoting)
    missing = [name for name in dict.fromkeys(wanted) if name not in names]
    seen = seen_delimiter(path, wanted, dialect) if missing else dialect.delimiter
    problems = []
    if seen != dialect.delimiter:
        problems.append(_other_delimiter(path, dialect, seen))
        names = _split(line, seen, dialect.quoting)
        missing = [name for name in missing if name not in names]
    there = ", ".join(names)
    rename = f"name it in {dialect.said_in}" if dialect.said_in else "rename the one that holds it"
    problems += [
        Problem(path.name, name, None, f"must be a column; the file has {there}: {rename}")
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


def seen_delimiter(path: Path, wanted: Sequence[str], dialect: Dialect | None = None) -> str:
    """Return the delimiter that a file's first lines show.

    It is the one with which the header has most of the wanted columns; else the one with which most
    lines have as many cells as the header; else the one with which the header has most cells.

    Parameters
    ----------
    path
        The file.
    wanted
        Columns that one hopes to find.
    dialect
        How the file is said to be written; by default as a CSV file of UTF-8. Its delimiter is
        returned where none separates anything.

    Raises
    ------
    InputError
        If the file is missing, empty or not text of that encoding.
    """
    said = Dialect() if dialect is None else dialect
    lines = _first_lines(path, said)

    text = "".join(lines)
    header, *rows = (_QUOTED.sub("", text) if said.quoting else text).split("\n")

    def fit(delimiter: str) -> tuple[int, int, int]:
        number = header.count(delimiter)
        alike = sum(row.count(delimiter) == number for row in rows) if number else 0
        found = set(wanted) & set(_split(lines[0], delimiter, said.quoting))
        return len(found), alike, number

    # What a user said goes first; what is only the usual one has no such claim.
    candidates = dict.fromkeys([*([said.delimiter] if said.said_in else []), *DELIMITERS])
    best = max(candidates, key=fit)
    return best if fit(best)[-1] else said.delimiter


def _has_sep_line(path: Path, dialect: Dialect) -> bool:
    """Tell whether a spreadsheet's line ``sep=;`` stands above the header."""
    with path.open(encoding=_without_mark(dialect.encoding), newline=None) as file:
        return _SEP_LINE.fullmatch(file.readline()) is not None


def _first_lines(path: Path, dialect: Dialect) -> list[str]:
    """Return the header's line and some below it."""
    if not path.is_file():
        raise InputError([Problem(path.name, "file", str(path), "must be a file that exists")])
    try:
        with path.open(encoding=_without_mark(dialect.encoding), newline=None) as file:
            lines = list(islice(file, LINES))
            lines = lines[1:] if lines and _SEP_LINE.fullmatch(lines[0]) else lines
    except UnicodeError as error:
        raise InputError([_undecodable(path, dialect) or _unreadable(path, error)]) from None
    if not lines or not lines[0].strip():
        rule = "must have a header in row 1" if path.stat().st_size else "must not be empty"
        raise InputError([Problem(path.name, "file", "".join(lines[:1]), rule)])
    return lines


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
        f"must be {_shown(found)}, which the file has between its cells: write "
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
            f'like "{likely}": {say}save the file as utf-8 (in a spreadsheet: CSV UTF-8)'
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
