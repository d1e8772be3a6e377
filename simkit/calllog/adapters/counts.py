"""An export of final counts, one row a contact, into a call log without attempts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from simkit.calllog import cells, schema
from simkit.calllog.adapters.calls import Reading, unknown_codes
from simkit.calllog.adapters.mapping import (
    CONTACT_KEYS,
    COUNT_KEYS,
    Contradiction,
    DiallerMapping,
    Period,
)
from simkit.calllog.header import Header
from simkit.calllog.log import CallLog
from simkit.calllog.source import many
from simkit.calllog.textfile import read_text_table
from simkit.calllog.times import midnights, parse_times
from simkit.calllog.validate import Tables, check
from simkit.errors import InputError, Problem

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
#: Name of the covariate that holds the rebuilt calendar month.
PERIOD = "period"


def read_counts(
    path: Path,
    mapping: DiallerMapping,
    name: str,
    timezone: str,
    observed_until: pd.Timestamp | None,
    notes: list[str],
    *,
    currency: str,
    origin: Literal["field", "simulated"],
) -> CallLog:
    """Return the log of an export with one row a contact.

    Parameters
    ----------
    path
        The export.
    mapping, name
        What it calls things, and the mapping's name for messages.
    timezone
        IANA name of the zone of its dates.
    observed_until
        The censoring date, where neither a column nor a rebuilt calendar gives one.
    notes
        Notes for the header, so far.
    currency, origin
        The header's currency and source.

    Raises
    ------
    InputError
        Listing everything that is wrong, with file, column, row numbers, value and rule.
    """
    theirs = mapping.named(CONTACT_KEYS + COUNT_KEYS)
    text, source = read_text_table(path, mapping.dialect(name), [*theirs.values(), *_also(mapping)])
    reading = Reading(source, problems=list(source.lost), notes=notes)
    text = reading.leave_out(text, text.isna().all(axis=1).to_numpy(), "blank row")
    if mapping.contact_id is not None:
        # Without ids equal rows may be different people.
        text = reading.leave_out(text, text.duplicated().to_numpy(), "identical to an earlier row")
    if text.empty:
        none = Problem(path.name, "rows", 0, "must be at least 1 below the header")
        raise InputError(reading.problems or [none])
    reading.source = replace(reading.source, columns=theirs)

    table, unread = _contacts(text, mapping, name, reading)
    dates, undated = _dates(text, mapping, timezone, observed_until, reading)
    table = table.assign(**dates, **_covariates(text, mapping, reading))
    for contradiction in mapping.contradictions:
        reading.notes += _contradicts(text, contradiction)

    entered = table["entered_at"].dropna()
    header = Header(
        source=origin,
        start=entered.min().tz_localize(None).normalize() if len(entered) else pd.Timestamp(0),
        timezone=timezone,
        currency=currency,
        detail="counts",
        notes=(f"imported from {path.name}: {mapping.title or 'own mapping'}", *reading.notes),
    )
    log = CallLog(
        header,
        schema.conform(table, schema.contact_columns("counts"), timezone),
        None,
        left_out=reading.left_out_table(),
    )
    tables = Tables(
        header,
        log.contacts,
        None,
        left_out=log.left_out,
        sources={"contacts": reading.source},
        unread=frozenset(("contacts", column) for column in unread | undated),
    )
    problems = [*reading.problems, *check(tables)]
    if problems:
        raise InputError(problems)
    return log


def _also(mapping: DiallerMapping) -> list[str]:
    """Return further columns of the export that the mapping needs."""
    columns = [] if mapping.covariates == "all" else list(mapping.covariates)
    if mapping.period is not None:
        columns += [mapping.period.month, *filter(None, [mapping.period.day])]
    for each in mapping.contradictions:
        columns += [each.column, each.other]
    return columns


def _contacts(
    text: pd.DataFrame, mapping: DiallerMapping, name: str, reading: Reading
) -> tuple[pd.DataFrame, set[str]]:
    """Return who the contacts are, how often they were tried and how they ended."""
    unread: set[str] = set()
    column = mapping.named(COUNT_KEYS)
    ids: pd.Series[Any]
    if mapping.contact_id is None:
        ids = pd.Series(np.arange(1, len(text) + 1, dtype=np.int64), text.index)
        reading.notes.append("no ids in the export: a contact is a row, numbered from 1")
    else:
        ids = _ids(text[mapping.contact_id])
    counts, bad = cells.integers(text[column["attempts_count"]])
    if bad.any():
        rule = "must be a whole number"
        cells_there = text[column["attempts_count"]]
        reading.add(reading.source.problem("attempts_count", bad, rule, cells_there))
        unread.add("attempts_count")
    codes = text[column["final_disposition"]]
    known = {**mapping.dispositions, **dict.fromkeys(mapping.unknown_end)}
    if unknown_codes(codes, known, "final_disposition", name, reading).any():
        unread.add("final_disposition")
    for code, meaning in mapping.unknown_end.items():
        rows = int((codes.fillna("") == code).sum())
        if rows:
            place = f"{column['final_disposition']} = {code!r}"
            note = f"{many(rows, 'row')} with {place}: {meaning}; final_disposition is null"
            reading.notes.append(note)
    table = pd.DataFrame(
        {
            "contact_id": ids,
            "account_id": _ids(text[mapping.account_id]) if mapping.account_id else ids,
            "segment": text[mapping.segment] if mapping.segment else "all",
            "arm": text[mapping.arm] if mapping.arm else pd.Series(None, text.index, dtype="str"),
            "attempts_count": counts,
            "final_disposition": codes.fillna("").map(mapping.dispositions).astype("str"),
        },
        index=text.index,
    )
    return table, unread


def _ids(text: pd.Series[str]) -> pd.Series[Any]:
    plain = cells.are_plain_ids(text) and text.notna().all()
    return text.astype("int64") if plain else text


def _dates(
    text: pd.DataFrame,
    mapping: DiallerMapping,
    timezone: str,
    observed_until: pd.Timestamp | None,
    reading: Reading,
) -> tuple[dict[str, pd.Series[Any]], set[str]]:
    """Return entry and end of observation, the rebuilt period, and columns not readable."""
    if mapping.period is not None:
        return _rebuilt(text, mapping.period, timezone, reading)
    dates: dict[str, pd.Series[Any]] = {}
    unread: set[str] = set()
    for key in ("entered_at", "observed_until"):
        column = getattr(mapping, key)
        if column is None:
            continue
        parsed = parse_times(text[column], timezone, mapping.time_format)
        dates[key] = parsed.values
        for rule, rows in parsed.broken.items():
            reading.add(reading.source.problem(key, rows, rule, text[column]))
            unread.add(key)
    if "observed_until" not in dates:
        if observed_until is None:
            rule = "must be a column of the export or be given: it is never guessed"
            raise InputError([*reading.problems, Problem("import", "observed_until", None, rule)])
        dates["observed_until"] = pd.Series(observed_until, text.index)
    if "entered_at" not in dates:
        dates["entered_at"] = dates["observed_until"]
        note = "no entry dates in the export: entered_at is observed_until, nobody has a follow-up"
        reading.notes.append(note)
    return dates, unread


def _rebuilt(
    text: pd.DataFrame, period: Period, timezone: str, reading: Reading
) -> tuple[dict[str, pd.Series[Any]], set[str]]:
    """Rebuild the calendar of rows in date order that carry no year."""
    numbers = {month: number for number, month in enumerate(MONTHS, 1)}
    months = text[period.month].str.lower().str[:3].map(numbers)
    unknown = months.isna().to_numpy()
    days, bad = (
        cells.integers(text[period.day])
        if period.day
        else (pd.Series(1, text.index), np.zeros(len(text), dtype=bool))
    )
    if unknown.any() or bad.any() or days.isna().any():
        source = reading.source
        rule = "must be the name of a month"
        reading.add(source.problem(period.month, unknown, rule, text[period.month]))
        if period.day:
            odd = bad | days.isna().to_numpy()
            rule = "must be a day of the month"
            reading.add(source.problem(period.day, odd, rule, text[period.day]))
        raise InputError(reading.problems)
    years = period.first_year + (months.diff() < 0).cumsum()
    last = int(years.iloc[-1])
    if period.last_year is not None and last != period.last_year:
        rule = (
            f"is the last row's year as rebuilt from {period.first_year}; must be "
            f"{period.last_year}: the rows are not all there or not in date order"
        )
        raise InputError([*reading.problems, Problem(reading.source.name, PERIOD, last, rule)])
    parts = pd.DataFrame({"year": years, "month": months, "day": days.astype("int64")})
    wall = pd.to_datetime(parts, errors="coerce").dt.as_unit("us")
    if wall.isna().any():
        column, rule = str(period.day), "must be a day of that month in the year as rebuilt"
        broken = reading.source.problem(column, wall.isna(), rule, days)
        raise InputError([*reading.problems, *([broken] if broken else [])])
    label = pd.Series(wall.dt.strftime("%Y-%m"), dtype="str")
    following = wall + (pd.Timedelta(days=1) if period.day else pd.offsets.MonthBegin(1))
    unit = "day" if period.day else "month"
    reading.notes += [
        f"{PERIOD} is the calendar month as rebuilt from {period.month}, the rows being in date "
        f"order from {period.first_year}: {label.nunique()} months",
        f"no entry dates in the export: entered_at and observed_until are the start and the end "
        f"of the {unit} of the last call, not a follow-up",
    ]
    return {
        "entered_at": midnights(wall, timezone),
        "observed_until": midnights(following, timezone),
        PERIOD: label,
    }, set()


def _covariates(
    text: pd.DataFrame, mapping: DiallerMapping, reading: Reading
) -> dict[str, pd.Series[Any]]:
    """Return the export's other columns that the mapping keeps."""
    used = set(mapping.named(CONTACT_KEYS + COUNT_KEYS).values())
    names = [
        name
        for name in map(str, text.columns)
        if name not in used and (mapping.covariates == "all" or name in mapping.covariates)
    ]
    ours = {column.name for column in schema.contact_columns("counts")} | {PERIOD}
    for name in [name for name in names if name in ours]:
        rule = "must not be the name of a column of contacts: name it in the mapping"
        reading.add(Problem(reading.source.name, name, None, rule))
        names.remove(name)
    return {name: cells.inferred(text[name]) for name in names}


def _contradicts(text: pd.DataFrame, rule: Contradiction) -> list[str]:
    """Return the note about rows whose columns contradict each other, if there are any."""
    numbers, _ = cells.decimals(text[rule.other])
    rows = int(((text[rule.column] == rule.equals) & (numbers > rule.above)).sum())
    if not rows:
        return []
    return [f"{many(rows, 'row')} with a contradiction: {rule.meaning}; kept as they are"]
