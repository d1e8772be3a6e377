"""Local times as text: reading them into one time zone, and writing them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

ISO = r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)?"
OFFSET = r"\s?(Z|[+-]\d{2}:?\d{2})$"
DATE_CODE = "%[aAbBdjmyY]"
CLOCK_CODE = "%[HIMSfp]"
LONGEST_OFFSET = len(" +01:00")


@dataclass(frozen=True, eq=False)
class ParsedTimes:
    """Times read from text, and which texts could not be taken as they are.

    Parameters
    ----------
    values
        Times in the zone; null where the text was null or broke a rule.
    broken
        Rule → True for the rows that break it, shape (rows,); rules nobody breaks are left out.
    repeated
        Rows in the hour that the autumn change repeats, without an offset: taken as summer time,
        the first of the two.
    """

    values: pd.Series[Any]
    broken: dict[str, npt.NDArray[np.bool_]]
    repeated: int


def parse_times(
    text: pd.Series[str],
    timezone: str,
    time_format: str | None = None,
    *,
    offset_required: bool = False,
    date_alone: bool = False,
) -> ParsedTimes:
    """Read local times, or times with an offset, into one time zone.

    An offset must be the one that the zone has at that time, and either all times of a column
    have one or none: anything else is a column of mixed time zones. A local time that the clock
    skipped in spring is an error; one that it showed twice in autumn is taken as the first.

    Parameters
    ----------
    text
        Times as text, null where unknown.
    timezone
        IANA name of the zone.
    time_format
        As `datetime.strptime` has it, ``%z`` only at its end; None: ISO 8601
        (``2024-03-01``, ``2024-03-01 09:30``, ``2024-03-01T09:30:00+01:00``). A date alone is
        its midnight.
    offset_required
        True where a time without an offset is an error.
    date_alone
        True where `time_format` without its clock is read as well, as a midnight.
    """
    wall, offset_s = _wall_times(text, time_format, date_alone=date_alone)
    read, has_offset = wall.notna().to_numpy(), offset_s.notna().to_numpy()
    instants = (wall - pd.to_timedelta(offset_s, unit="s")).dt.tz_localize("UTC")
    with_offset = instants.dt.tz_convert(timezone)
    foreign = read & has_offset & (with_offset.dt.tz_localize(None) != wall).to_numpy()

    naive = wall.mask(has_offset)
    first = np.ones(len(naive), dtype=bool)
    local = naive.dt.tz_localize(timezone, ambiguous=first, nonexistent="NaT")
    second = naive.dt.tz_localize(timezone, ambiguous=~first, nonexistent="NaT")
    skipped = (naive.notna() & local.isna()).to_numpy()
    repeated = int(((local != second) & local.notna()).sum())

    plain, zoned = read & ~has_offset, read & has_offset
    missing = plain & offset_required
    mixed = np.zeros(len(text), dtype=bool)
    if not offset_required and plain.any() and zoned.any():
        mixed = plain if plain.sum() <= zoned.sum() else zoned
    rules = {
        form_rule(time_format): text.notna().to_numpy() & ~read,
        f"must have the offset of {timezone} at that time: time zones are mixed": foreign,
        "must have its time zone's offset, as 2024-03-01T09:30:00+01:00": missing,
        "must have an offset in every row or in none: time zones are mixed": mixed & ~foreign,
        f"must be a time that the clock showed in {timezone} (skipped in spring)": skipped,
    }
    broken = {rule: rows for rule, rows in rules.items() if rows.any()}
    values = with_offset.where(has_offset, local)
    for rows in broken.values():
        values = values.mask(rows)
    return ParsedTimes(values.dt.as_unit("us"), broken, repeated)


def form_rule(time_format: str | None) -> str:
    """Return the rule that a text of another form breaks, as `parse_times` takes forms."""
    if time_format is None:
        return "must be a time, as 2024-03-01 09:30:00"
    return f"must be a time of the form {time_format}"


def format_times(values: pd.Series[Any]) -> pd.Series[str]:
    """Return times in their zone as ISO 8601 text with the offset, null where null.

    Fractions of a second are written only in a column that has any.
    """
    wall = values.dt.tz_localize(None)
    micros = wall.dt.microsecond.fillna(0).to_numpy()
    stamps = wall.to_numpy("datetime64[us]").astype(
        "datetime64[us]" if micros.any() else "datetime64[s]"
    )
    text = pd.Series(np.datetime_as_string(stamps), wall.index)
    minutes = (wall - values.dt.tz_convert("UTC").dt.tz_localize(None)).dt.total_seconds() / 60
    suffixes = {value: _offset_text(value) for value in minutes.dropna().unique()}
    written: pd.Series[str] = (text + minutes.map(suffixes).astype("str")).where(values.notna())
    return written


def midnights(days: pd.Series[Any], timezone: str) -> pd.Series[Any]:
    """Return the start of each day in a zone: its midnight, or what follows where it is skipped.

    Parameters
    ----------
    days
        Days without a zone.
    timezone
        IANA name of the zone.
    """
    start = days.dt.normalize().dt.as_unit("us")
    return pd.Series(start.dt.tz_localize(timezone, ambiguous=True, nonexistent="shift_forward"))


def _wall_times(
    text: pd.Series[str], time_format: str | None, *, date_alone: bool
) -> tuple[pd.Series[Any], pd.Series[Any]]:
    """Return what the clock showed, and the offsets from UTC in seconds (null: none)."""
    bare, suffix = _without_offset(text)
    if time_format is None:
        well_formed = bare.str.fullmatch(ISO).fillna(False).astype(bool)
        wall = pd.to_datetime(bare.where(well_formed), format="ISO8601", errors="coerce")
    else:
        if time_format.endswith("%z"):
            bare = bare.where(suffix.notna())
        else:
            # What looks like an offset is part of the form, as the year of 09:30 01-03-2024.
            bare, suffix = text, suffix.mask(suffix.notna())
        local_format = time_format.removesuffix("%z").rstrip()
        wall = pd.to_datetime(bare, format=local_format, errors="coerce")
        date_format = _date_format(time_format) if date_alone else None
        if date_format is not None:
            midnight = pd.to_datetime(text, format=date_format, errors="coerce")
            suffix = suffix.mask(midnight.notna())  # what looks like one is part of the date
            wall = wall.fillna(midnight)
    seconds = {each: _seconds(each) for each in suffix.dropna().unique()}
    return wall.dt.as_unit("us"), suffix.map(seconds).astype("float64")


def _date_format(time_format: str) -> str | None:
    """Return a form's part from its first to its last code of the date, if no clock is inside."""
    found = re.search(f"{DATE_CODE}(?:.*{DATE_CODE})?", time_format)
    if found is None or re.search(CLOCK_CODE, found[0]):
        return None
    return found[0]


def _without_offset(text: pd.Series[str]) -> tuple[pd.Series[str], pd.Series[Any]]:
    """Return times without what follows the clock, and that (null: none).

    Columns are long and have few different endings: only those go through the expression.
    """
    ends = text.str.slice(-LONGEST_OFFSET)
    found = {end: match for end in ends.dropna().unique() if (match := re.search(OFFSET, end))}
    bare = text
    for length in {len(match[0]) for match in found.values()}:
        these = [end for end, match in found.items() if len(match[0]) == length]
        bare = bare.mask(ends.isin(these), text.str.slice(0, -length))
    return bare, ends.map({end: match[1] for end, match in found.items()})


def _seconds(offset: str) -> int:
    """Return the seconds of an offset: ``"Z"``, ``"+01:00"``, ``"-0530"``."""
    if offset == "Z":
        return 0
    digits = offset[1:].replace(":", "")
    seconds = int(digits[:2]) * 3600 + int(digits[2:]) * 60
    return -seconds if offset[0] == "-" else seconds


def _offset_text(minutes: float) -> str:
    sign = "-" if minutes < 0 else "+"
    hours, rest = divmod(round(abs(minutes)), 60)
    return f"{sign}{hours:02d}:{rest:02d}"
