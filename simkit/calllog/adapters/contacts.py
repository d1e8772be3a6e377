"""Contacts for an export of calls: from the user's contacts file, or from the calls alone."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import pandas as pd

from simkit.calllog import cells
from simkit.calllog.source import Source, many
from simkit.calllog.textfile import Dialect, read_text_table, seen_delimiter
from simkit.calllog.times import ParsedTimes, form_rule, midnights, parse_times
from simkit.errors import InputError, Problem

#: What a contacts file must tell; an arm may be missing, outside a trial it means nothing.
NEEDED = ("contact_id", "account_id", "segment", "entered_at")
WITHOUT_FILE = (
    "no contacts file: contacts never dialled are unknown, and a contact's entry is the start of "
    "the day of its first call"
)


@dataclass(frozen=True, eq=False)
class Contacts:
    """Contacts as read, ids still as text.

    Parameters
    ----------
    table
        One row a contact, the columns of a call log's contacts and any covariates.
    source
        Where the rows came from.
    problems, unread
        What could not be read, and the columns it is in.
    notes
        What a reader of the log must know.
    """

    table: pd.DataFrame
    source: Source
    problems: tuple[Problem, ...] = ()
    unread: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()


def end_of_observation(observed_until: object, timezone: str) -> pd.Timestamp:
    """Return the censoring date given at import, in the log's time zone.

    Parameters
    ----------
    observed_until
        A date (its midnight) or a time, as ISO 8601 text or as a date or datetime; local where
        it has no zone.
    timezone
        IANA name of the zone.

    Raises
    ------
    InputError
        It is no time.
    """
    text = str(observed_until)
    if isinstance(observed_until, datetime.datetime) and observed_until.tzinfo is not None:
        text = str(pd.Timestamp(observed_until).tz_convert(timezone))
    parsed = parse_times(pd.Series([text], dtype="str"), timezone)
    if parsed.broken:
        rule = "must be a date or a local time, as 2024-12-31"
        raise InputError([Problem("import", "observed_until", observed_until, rule)])
    return cast(pd.Timestamp, parsed.values[0])


def read_contacts(
    path: Path,
    timezone: str,
    observed_until: pd.Timestamp | None,
    time_format: str | None = None,
) -> Contacts:
    """Read a contacts file: comma, semicolon or tab separated, UTF-8, names as in a call log.

    Decimals may have a comma where semicolons separate the cells.

    Parameters
    ----------
    path
        The file: contact_id, account_id, segment, arm (may be missing or empty), entered_at,
        observed_until; further columns become covariates. A date is its midnight.
    timezone
        IANA name of the zone of its local times.
    observed_until
        The censoring date of every contact, where the file has no such column.
    time_format
        How the export writes times. A column of which no time is ISO 8601 may be written so too.

    Raises
    ------
    InputError
        The file cannot be read, lacks a column, or gives the censoring date a second time.
    """
    wanted = [*NEEDED, *(["observed_until"] if observed_until is None else [])]
    dialect = Dialect(seen_delimiter(path, wanted))
    text, source = read_text_table(path, dialect, wanted)
    text, source = without_blanks(text, source)
    if text.empty:
        none = Problem(path.name, "rows", 0, "must be at least 1 below the header")
        raise InputError(source.lost or [none])
    if observed_until is not None and "observed_until" in text:
        rule = "is given at import and in the contacts file: give it once"
        raise InputError([Problem(path.name, "observed_until", str(observed_until), rule)])
    problems: list[Problem | None] = [*source.lost]
    unread: set[str] = set()
    notes = []
    columns: dict[str, pd.Series[Any]] = {
        name: text[name] for name in ("contact_id", "account_id", "segment")
    }
    columns["arm"] = text["arm"] if "arm" in text else pd.Series(None, text.index, dtype="str")
    for name in ("entered_at", "observed_until"):
        if name not in text:
            columns[name] = pd.Series(observed_until, text.index)
            continue
        parsed = _times(text[name], timezone, time_format)
        columns[name] = parsed.values
        notes += repeated_note(parsed.repeated, path.name)
        for rule, broken in parsed.broken.items():
            problems.append(source.problem(name, broken, rule, text[name]))
            unread.add(name)
    table = pd.DataFrame(columns, index=text.index)
    for name in text.columns.difference(table.columns, sort=False):
        table[name] = cells.inferred(text[name], dialect.delimiter)
        problems.append(cells.two_readings(text[name], dialect.delimiter, source))
    found = tuple(problem for problem in problems if problem)
    return Contacts(table, source, found, frozenset(unread), tuple(notes))


def contacts_of_calls(
    calls: pd.DataFrame, source: Source, observed_until: pd.Timestamp
) -> Contacts:
    """Return the contacts that calls show: one an id seen.

    Parameters
    ----------
    calls
        Rows with contact_id and dialled_at; account_id, segment and arm where the export has
        them, else an account is a contact, the segment ``"all"`` and the arm null.
    source
        Where the calls came from.
    observed_until
        The censoring date of every contact.
    """
    first = calls.sort_values("dialled_at", kind="stable").drop_duplicates("contact_id")
    problems = [
        source.problem(
            name,
            _varies(calls, name),
            "must be the same in all rows of a contact",
            calls[name],
        )
        for name in ("account_id", "segment", "arm")
        if name in calls
    ]
    day = first["dialled_at"].dt.tz_localize(None)
    table = pd.DataFrame(
        {
            "contact_id": first["contact_id"],
            "account_id": first.get("account_id", first["contact_id"]),
            "segment": first.get("segment", pd.Series("all", first.index)),
            "arm": first.get("arm", pd.Series(None, first.index, dtype="str")),
            "entered_at": midnights(day, str(first["dialled_at"].dt.tz)),
            "observed_until": pd.Series(observed_until, first.index),
        }
    )
    unknown = [name for name in ("account_id", "segment", "arm") if name not in calls]
    words = {
        "account_id": "every contact is its own account",
        "segment": "all contacts are in segment 'all'",
        "arm": "there are no arms",
    }
    notes = (WITHOUT_FILE, *(f"{name} is unknown: {words[name]}" for name in unknown))
    origin = Source(f"{source.name} (contacts as their first call shows them)", source.numbers)
    return Contacts(
        table.reset_index(drop=True),
        origin.take(calls.index.get_indexer(first.index)),
        tuple(problem for problem in problems if problem),
        notes=notes,
    )


def without_blanks(text: pd.DataFrame, source: Source) -> tuple[pd.DataFrame, Source]:
    """Return the rows that hold anything, and their source."""
    filled = text.notna().any(axis=1).to_numpy()
    return text[filled].reset_index(drop=True), source.take(filled.nonzero()[0])


def _times(text: pd.Series[str], timezone: str, time_format: str | None) -> ParsedTimes:
    """Read times as ISO 8601 or, where none of them is, as the export writes them: never both."""
    parsed = parse_times(text, timezone)
    iso = form_rule(None)
    if time_format is None or iso not in parsed.broken:
        return parsed
    if parsed.broken[iso].sum() == text.notna().sum():
        parsed = parse_times(text, timezone, time_format, date_alone=True)
    own = form_rule(time_format)
    both = f"{iso}, or in every row as the export's ({time_format}, the mapping's time_format)"
    broken = {both if rule in (iso, own) else rule: rows for rule, rows in parsed.broken.items()}
    return replace(parsed, broken=broken)


def repeated_note(count: int, file: str) -> list[str]:
    """Return the note about times in the hour that autumn repeats, if there are any."""
    if not count:
        return []
    return [
        f"{many(count, 'time')} of {file} in the hour that the autumn change repeats: "
        "taken as summer time, the first of the two"
    ]


def _varies(calls: pd.DataFrame, name: str) -> pd.Series[bool]:
    pairs = calls[["contact_id", name]].drop_duplicates()
    several = pairs.loc[pairs["contact_id"].duplicated(keep=False), "contact_id"]
    return calls["contact_id"].isin(several)
