"""Rows that are calls by what their columns tell: an id, a number, a moment of one call each."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from simkit.trial.one_call import (
    may_number_calls,
    names_call,
    names_call_id,
    numbers_calls,
    tells_beginning,
    tells_end,
    tells_how_it_ended,
    tells_how_long,
    tells_how_long_called,
    tells_when,
    tells_when_called,
    tells_when_met,
    tells_who_called,
)
from simkit.trial.read.only_reached import ALL_CALLED
from simkit.trial.read.repeated import tells_endings, tells_time
from simkit.trial.vocabulary import names_a_person, names_one_contact, told_of_calls

#: Part of the rows in which what each call has must be known: some contacts are never called.
KNOWN = 0.95
#: Part of the rows that may share what tells rows apart.
SHARED = 0.1
#: Standard errors by which there may be more calls of a number than of the one before it.
ERRORS = 3.0
#: No call is longer (assumed): what begins and ends within it is one, in nearly all rows.
LONGEST = pd.Timedelta(hours=4)
CALL_COLUMNS = ("attempt_no", "dialled_at", "disposition")
OF_CALLS = (
    "the table holds a row for each call: contacts were assigned, not calls, and how often a "
    "contact is called is the arm's own doing; give one row to every assigned contact"
)
CALLS_TOLD = (
    "the table holds a row for each call: {}; contacts were assigned, not calls, and how often a "
    "contact is called is the arm's own doing; give one row to every assigned contact (if rows are "
    "contacts already, give each its id, as contact_id)"
)
PERHAPS_CALLS = (
    "rows may be calls, while contacts were assigned: {}; give every assigned contact one row, "
    "with its id (contact_id)"
)


@dataclass(frozen=True)
class Told:
    """What the columns of a table tell of calls.

    Parameters
    ----------
    refused
        Why rows are calls; empty where they may be something else.
    doubts
        Why they may be, or that everybody was called.
    apart
        Whether a column is an id of contacts, one to a row.
    """

    refused: str = ""
    doubts: tuple[str, ...] = ()
    apart: bool = False


def calls_told(table: pd.DataFrame, apart: Collection[str | None]) -> Told:
    """Tell whether columns are of one call each, in a table that should have a row a contact.

    They are plainly where calls have ids of their own, or are numbered from 1 on, or where each has
    its moment and how long it took or how it ended, or begins and ends within hours. With an id of
    contacts that stands in one row each, rows are contacts, all of whom were called.

    Parameters
    ----------
    table
        One row per contact.
    apart
        Columns that are something else: arm, segment.
    """
    if any(name in table for name in CALL_COLUMNS):
        return Told(OF_CALLS)
    columns = [str(name) for name in table if name not in apart]
    known = [name for name in columns if table[name].notna().mean() >= KNOWN]
    ids = [name for name in known if _tells_calls_apart(name, table[name])]
    times = [name for name in known if _tells_when_called(name, table[name])]
    span = _within_hours(table, known)
    if any(_tells_contacts_apart(name, table[name]) for name in known):
        called = dict.fromkeys([*ids, *times, *span])
        return Told(doubts=(ALL_CALLED.format(", ".join(called)),) if called else (), apart=True)
    if ids:
        return Told(CALLS_TOLD.format(f"{ids[0]} tells calls apart"))
    for name in known:
        if numbers_calls(name) and _counts_up(table[name]):
            return Told(CALLS_TOLD.format(f"{name} numbers calls from 1 on"))
    if span:
        return Told(CALLS_TOLD.format(f"{' and '.join(span)} tell of one call in each row"))
    long = [name for name in columns if tells_how_long(name)]
    if times:
        others = [name for name in columns if name not in times]
        facts = [*long, *(name for name in others if _ends(name, table[name]))]
        if facts:
            told = ", ".join((times[0], *dict.fromkeys(facts)))
            return Told(CALLS_TOLD.format(f"{told} tell of one call in each row"))
        return Told(doubts=(PERHAPS_CALLS.format(f"{times[0]} tells of one call in each"),))
    perhaps = _perhaps_of_calls(table, columns, known, long)
    if perhaps:
        return Told(doubts=(PERHAPS_CALLS.format(f"{', '.join(perhaps)} are what calls have"),))
    for name in known:
        again = may_number_calls(name) and _share_twice(table[name]) > SHARED
        if again and _counts_up(table[name]):
            return Told(doubts=(PERHAPS_CALLS.format(f"{name} may number calls from 1 on"),))
    return Told()


def _perhaps_of_calls(
    table: pd.DataFrame, columns: Sequence[str], known: Sequence[str], long: Sequence[str]
) -> tuple[str, ...]:
    """Name columns that together are what each call has, though contacts may have them too.

    How long a call was and how it ended; when a contact was, and one of these; when, how long, and
    who called or how it ended; at what time of the day, and one of these.
    """
    called = [name for name in columns if tells_how_long_called(name)]
    ended = [name for name in columns if tells_how_it_ended(name)]
    if called and ended:
        return called[0], ended[0]
    met = [name for name in known if tells_when_met(name) and _has_digits(table[name])]
    ends = [name for name in columns if name not in long and _ends(name, table[name])]
    if met and (long or ends):
        return met[0], (*long, *ends)[0]
    who = [*(name for name in columns if tells_who_called(name)), *ends]
    if long and who:
        for name in known:
            if name not in (*long, *who) and (tells_when(name) or tells_time(table[name])):
                return name, long[0], who[0]
    if long or ends:
        for name in known:
            if name not in (*long, *ends) and tells_when(name) and tells_time(table[name]):
                return name, (*long, *ends)[0]
    return ()


def _within_hours(table: pd.DataFrame, known: Sequence[str]) -> tuple[str, ...]:
    """Name the columns of a beginning and an end, at times of the day, as near as a call's."""
    for first in filter(tells_beginning, known):
        for last in filter(tells_end, known):
            if first != last and tells_time(table[first]) and tells_time(table[last]):
                took = _moments(table[last]) - _moments(table[first])
                if took.between(pd.Timedelta(0), LONGEST).mean() >= KNOWN:
                    return first, last
    return ()


def _moments(values: pd.Series) -> pd.Series:
    """Read moments, also of texts in the order of most of Europe, day before month."""
    return pd.to_datetime(values, errors="coerce", format="mixed", dayfirst=True, utc=True)


def _tells_calls_apart(name: str, values: pd.Series) -> bool:
    """Tell whether a column holds ids of calls; a number of its own may be a telephone's."""
    named = names_call_id(name) or (names_call(name) and not _numbers(values).mod(1).gt(0).any())
    return named and _share_twice(values) <= SHARED


def _tells_when_called(name: str, values: pd.Series) -> bool:
    """Tell whether a column holds moments of one call each, by its name and its values."""
    if tells_when_called(name):
        return _has_digits(values)
    return names_call(name) and not _is_number(values) and _has_digits(values)


def _tells_contacts_apart(name: str, values: pd.Series) -> bool:
    """Tell whether a column holds ids of contacts, one in each row; families share telephones."""
    if names_one_contact(name):
        return _share_twice(values) == 0
    return names_a_person(name) and _share_twice(values) <= SHARED


def _share_twice(values: pd.Series) -> float:
    """Return the part of the known values that stand in several rows."""
    return float(values.dropna().duplicated(keep=False).mean())


def _is_number(values: pd.Series) -> bool:
    """Tell whether all known values are numbers, be it in texts."""
    return bool(_numbers(values).notna().all())


def _numbers(values: pd.Series) -> pd.Series:
    """Read the known values as numbers; times are none."""
    known = values.dropna()
    if not (pd.api.types.is_numeric_dtype(known.dtype) or pd.api.types.is_bool_dtype(known.dtype)):
        known = known.astype(str)
    return pd.to_numeric(known, errors="coerce")


def _has_digits(values: pd.Series) -> bool:
    """Tell whether values may be moments: no yes and no, no words as *evening*."""
    known = values.dropna()
    if pd.api.types.is_bool_dtype(known.dtype):
        return False
    return bool(known.astype(str).str.contains(r"\d", regex=True).mean() > 1 / 2)


def _counts_up(values: pd.Series) -> bool:
    """Tell whether numbers begin with 1 and each is there hardly oftener than the one before it.

    Nobody is called a second time without a first, while numbers of calls may have any shape.
    """
    number = _numbers(values).to_numpy(dtype=np.float64)
    if not len(number) or not (number % 1 == 0).all() or number.min() != 1 or number.max() < 2:
        return False
    each, held = np.unique(number, return_counts=True)
    before = np.where(np.diff(each) == 1, held[:-1], 0)
    return bool((held[1:] <= before + ERRORS * np.sqrt(held[1:] + before)).all())


def _ends(name: str, values: pd.Series) -> bool:
    """Tell whether a column holds how calls ended, by its name or its texts."""
    if tells_how_it_ended(name):
        return True
    texts = pd.api.types.infer_dtype(values, skipna=True) in ("string", "categorical")
    return texts and (told_of_calls(name) or tells_endings(values))
