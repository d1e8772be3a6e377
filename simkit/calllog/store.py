"""A call log as a folder: a JSON header and tables in Parquet or CSV."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa

from simkit.calllog import cells, schema
from simkit.calllog.header import Header
from simkit.calllog.parquet import write_parquet
from simkit.calllog.source import Source
from simkit.calllog.textfile import Dialect, read_text_table
from simkit.calllog.times import format_times, parse_times
from simkit.calllog.whole import whole_folder
from simkit.errors import InputError, Problem

HEADER_FILE = "header.json"
TABLES = ("contacts", "attempts", "truth", "left_out")
Format = Literal["parquet", "csv"]
FORMATS: tuple[Format, ...] = ("parquet", "csv")
#: Key of the header file under which a CSV log keeps its columns' types, which CSV cannot.
TYPES_KEY = "types"
_TIME = "time"


@dataclass(frozen=True, eq=False)
class Stored:
    """What a folder holds, read but not yet validated.

    Parameters
    ----------
    header, tables
        The header, and table's name → table.
    sources
        Table's name → where it came from, also for a file that could not be read.
    unread, problems
        (table, column) with cells that could not be read, and what is wrong with the files.
    """

    header: Header
    tables: dict[str, pd.DataFrame]
    sources: dict[str, Source]
    unread: frozenset[tuple[str, str]]
    problems: tuple[Problem, ...]


def write_tables(
    folder: str | os.PathLike[str],
    header: Header,
    tables: Mapping[str, pd.DataFrame | None],
    form: Format,
) -> Path:
    """Write a call log; the folder appears whole or not at all.

    Parameters
    ----------
    folder
        The folder's name. A call log that stands there is replaced; anything else is not.
    header
        The log's header.
    tables
        Table's name → table; None and missing ones are not written.
    form
        ``"parquet"`` or ``"csv"``; the CSV files are the same to the byte for equal tables.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    InputError
        `folder` holds something that is not a call log.
    """
    there = {name: table for name in TABLES if (table := tables.get(name)) is not None}
    if form == "parquet":
        return write_parts(folder, header, {name: [table] for name, table in there.items()})
    target = Path(folder)
    refuse_to_overwrite(target)
    with whole_folder(target) as fresh:
        for name, table in there.items():
            _as_text(table).to_csv(fresh / f"{name}.csv", index=False, lineterminator="\n")
        types = {name: _types(table) for name, table in there.items()}
        _write_header(fresh, header.to_dict() | {TYPES_KEY: types})
    return target


def write_parts(
    folder: str | os.PathLike[str], header: Header, tables: Mapping[str, Iterable[pd.DataFrame]]
) -> Path:
    """Write a call log in Parquet whose tables come in parts, each when it is asked for.

    The log may be larger than memory: nothing is held beyond the present part and a group of rows.
    So nothing is validated, which would need all of it: who hands in parts answers for them. The
    files are the same to the byte however the tables are cut.

    Parameters
    ----------
    folder
        The folder's name. A call log that stands there is replaced; anything else is not.
    header
        The log's header.
    tables
        Table's name → its parts in order, one at least (see
        :func:`simkit.calllog.parquet.write_parquet`). The tables are written one after the other,
        in the order of TABLES.

    Returns
    -------
    Path
        The folder, which appears whole or not at all.

    Raises
    ------
    InputError
        `folder` holds something that is not a call log.
    """
    target = Path(folder)
    refuse_to_overwrite(target)
    with whole_folder(target) as fresh:
        for name in TABLES:
            if name in tables:
                write_parquet(fresh / f"{name}.parquet", tables[name])
        _write_header(fresh, header.to_dict())
    return target


def read_tables(folder: str | os.PathLike[str]) -> Stored:
    """Read a call log's folder, Parquet or CSV.

    Raises
    ------
    InputError
        The folder is no call log, or a file of it cannot be read.
    """
    place = Path(folder)
    header, types = _header_and_types(place)
    form = _format(place)
    if form == "csv":
        return _read_csv(place, header, types)
    tables, sources = {}, {}
    for name in TABLES:
        path = place / f"{name}.parquet"
        if path.exists():
            try:
                table = pd.read_parquet(path)
            except (pa.ArrowException, OSError, ValueError) as error:
                rule = f"must be a Parquet file: {error}"
                raise InputError([Problem(path.name, "file", str(path), rule)]) from None
            tables[name] = schema.conform(table, _schema(name, header), header.timezone)
            sources[name] = Source.parquet(path.name)
    return Stored(header, tables, sources, frozenset(), ())


def refuse_to_overwrite(folder: Path) -> None:
    """Raise InputError where something stands at `folder` that is not a call log."""
    if not (folder.exists() or folder.is_symlink()):
        return
    rule = "must be a new folder or a call log: what stands there is not overwritten"
    if not folder.is_dir() or folder.is_symlink():
        raise InputError([Problem("call log", "folder", str(folder), rule)])
    ours = {HEADER_FILE, *(f"{name}.{form}" for name in TABLES for form in FORMATS)}
    inside = {path.name for path in folder.iterdir()}
    if inside and (HEADER_FILE not in inside or inside - ours):
        raise InputError([Problem("call log", "folder", str(folder), rule)])


def read_header(folder: str | os.PathLike[str]) -> Header:
    """Read a call log's header.

    Raises
    ------
    InputError
        The folder is no call log, or its header is wrong.
    """
    return _header_and_types(Path(folder))[0]


def _write_header(place: Path, content: Mapping[str, Any]) -> None:
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
    (place / HEADER_FILE).write_text(text + "\n", encoding="utf-8", newline="\n")


def _header_and_types(place: Path) -> tuple[Header, Mapping[str, Mapping[str, str]]]:
    path = place / HEADER_FILE
    if not path.is_file():
        rule = f"must be a call log: a folder with {HEADER_FILE}"
        raise InputError([Problem("call log", "folder", str(place), rule)])
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        rule = f"must be JSON in UTF-8: {error}"
        raise InputError([Problem(HEADER_FILE, "file", str(path), rule)]) from None
    types = content.pop(TYPES_KEY, {}) if isinstance(content, dict) else {}
    if not isinstance(types, dict) or not all(map(_are_types, types.values())):
        rule = f"must be table → column → type, of {', '.join(sorted(cells.DTYPES | {_TIME}))}"
        raise InputError([Problem(HEADER_FILE, TYPES_KEY, types, rule)])
    return Header.from_dict(content, HEADER_FILE), types


def _are_types(columns: object) -> bool:
    known = cells.DTYPES | {_TIME}
    return isinstance(columns, dict) and all(dtype in known for dtype in columns.values())


def _format(place: Path) -> Format:
    found = [form for form in FORMATS if (place / f"contacts.{form}").exists()]
    if len(found) == 1:
        return found[0]
    rule = "must hold one of contacts.parquet and contacts.csv"
    raise InputError([Problem("call log", "folder", str(place), rule)])


def _schema(table: str, header: Header) -> tuple[schema.Column, ...]:
    return {
        "contacts": schema.contact_columns(header.detail),
        "attempts": schema.ATTEMPTS,
        "truth": schema.CONTACTS[:1],
    }.get(table, ())


def _as_text(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with times as text; pandas writes the other types without loss."""
    times = [name for name in table if isinstance(table[name].dtype, pd.DatetimeTZDtype)]
    return table.assign(**{str(name): format_times(table[name]) for name in times})


def _types(table: pd.DataFrame) -> dict[str, str]:
    return {
        str(name): _TIME if isinstance(dtype, pd.DatetimeTZDtype) else str(dtype)
        for name, dtype in table.dtypes.items()
    }


def _read_csv(place: Path, header: Header, types: Mapping[str, Mapping[str, str]]) -> Stored:
    tables: dict[str, pd.DataFrame] = {}
    sources: dict[str, Source] = {}
    problems: list[Problem] = []
    unread: set[tuple[str, str]] = set()
    for name in TABLES:
        path = place / f"{name}.csv"
        if not path.exists():
            continue
        columns = {column.name: column for column in _schema(name, header)}
        try:
            text, source = read_text_table(path, Dialect(strip=False), list(columns))
        except InputError as error:
            sources[name] = Source(path.name, lost=error.problems)
            problems += error.problems
            continue
        problems += source.lost
        typed = {}
        for column in map(str, text.columns):
            values, wrong = _typed(
                text[column], columns.get(column), types.get(name, {}).get(column), header, source
            )
            typed[column] = values
            problems += wrong
            if wrong:
                unread.add((name, column))
        table = pd.DataFrame(typed, index=text.index)
        tables[name] = schema.conform(table, tuple(columns.values()), header.timezone)
        sources[name] = source
    if "contacts" not in tables:
        raise InputError(problems)
    return Stored(header, tables, sources, frozenset(unread), tuple(problems))


def _typed(
    text: pd.Series[str],
    column: schema.Column | None,
    dtype: str | None,
    header: Header,
    source: Source,
) -> tuple[pd.Series[Any], list[Problem]]:
    """Return a column of cells in its type, and the cells that could not be read."""
    name = str(text.name)
    kind = column.kind if column else None
    if kind is schema.Kind.TIME or dtype == _TIME:
        parsed = parse_times(text, header.timezone, offset_required=True)
        found = [source.problem(name, bad, rule, text) for rule, bad in parsed.broken.items()]
        return parsed.values, [problem for problem in found if problem]
    bad = np.zeros(len(text), dtype=bool)
    values: pd.Series[Any] = text
    if kind is schema.Kind.ID:
        if dtype != "str" and (dtype is not None or cells.are_plain_ids(text)):
            values, bad = cells.integers(text)
    elif kind in (schema.Kind.COUNT, schema.Kind.SECONDS, schema.Kind.CENTS):
        values, bad = cells.integers(text)
    elif kind is schema.Kind.FLAG:
        values, bad = cells.flags(text)
    elif kind is None:
        values, bad = cells.as_dtype(text, dtype) if dtype else (cells.inferred(text), bad)
    rule = f"must be {column.kind.value}" if column else f"must be of type {dtype}"
    problem = source.problem(name, bad, rule, text)
    return values, [problem] if problem else []
