"""Rows that may be calls, or the same contacts twice: ids that stand in several rows."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simkit.errors import Problem
from simkit.trial.read.assigned_whole import MIXED_SHARE, ends, unit_doubts
from simkit.trial.read.names import IDS
from simkit.trial.read.selection import after_assignment
from simkit.trial.vocabulary import (
    names_a_contact,
    names_a_person,
    nobody_answered,
    told_of_calls,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    IntArray = NDArray[np.int64]

ONE_ROW = "must stand in one row only: contacts were assigned, not calls"
COPIED = (
    f"{ONE_ROW}; the whole row stands several times (if it names what was assigned as a whole, "
    "name it cluster)"
)
CALLS_SEEN = (
    "the table holds a row for each call: {} stands in several rows ({}), each at a time of its "
    "own ({}) and with an ending of its own ({}); contacts were assigned, not calls, and how often "
    "a contact is called is the arm's own doing; give one row to every assigned contact (if rows "
    "are contacts of one customer, name that one cluster)"
)
CLOCK = r"(?:^|[ T])\d{1,2}:\d{2}"
FEWEST_IDS = 10  # below, a column called like an id tells kinds apart: contact: phone, mail
MOST_ROWS = 30  # for each id; beyond it is a group of contacts
#: Different rows that must all stand twice to be no accident: 2⁻²⁰.
FEWEST_ROWS = 20
#: Part of the rows that stand beside others of their id where rows are calls. With one contact in
#: three called twice and the others once it is a half; in a list of contacts few stand twice.
MOST = 1 / 2
COMMONEST = 100  # of a column's texts, so many tell whether it holds endings
FIRST_ROW = 2  # row numbers are told as a reader of the file counts them: the header is row 1


def copied_rows(
    table: pd.DataFrame, known: Collection[str | None], cluster: str | None
) -> list[Problem]:
    """Return the rows that stand several times in all columns, with an id of contacts in them.

    Parameters
    ----------
    table
        One row per contact.
    known
        Columns that are something else: arm, segment, cluster, outcomes.
    cluster
        The column of accounts, of which contacts are parts.
    """
    ids = [
        name
        for name in label_columns(table, known)
        if _tells_apart(name, table[name]) and not _of_accounts(table, name, cluster)
    ]
    if not ids:
        return []
    rows = _hashed(table)
    again = pd.Series(rows).duplicated(keep=False).to_numpy() & table[ids[0]].notna().to_numpy()
    at = np.flatnonzero(again)
    if not len(at):
        return []
    value = table[ids[0]].iloc[int(at[0])]
    shown = getattr(value, "item", lambda: value)()
    places = tuple(int(row) + FIRST_ROW for row in at)
    return [Problem("table", ids[0], shown, COPIED, places)]


def repeated_ids(
    table: pd.DataFrame, known: Collection[str | None], cluster: str | None
) -> tuple[str, ...]:
    """Say which columns are called like ids of contacts whose rows are several.

    Parameters
    ----------
    table, known, cluster
        As `copied_rows` takes them.
    """
    named = named_ids(table, known, cluster)
    if named:
        shown = ", ".join(f"{name} ({_counts(table[name])})" for name in named)
        return (
            f"ids stand in several rows, {shown}: rows may be calls, or the same contacts twice, "
            "while contacts were assigned; give every assigned contact one row, or name what was "
            f'assigned as a whole (cluster="{named[0]}")',
        )
    return _all_twice(table)


def row_doubts(
    table: pd.DataFrame,
    known: Collection[str | None],
    labels: pd.DataFrame,
    cluster: str | None,
    *,
    ids: tuple[str, ...],
    calls: bool,
) -> tuple[str, ...]:
    """Say that what was assigned may be more than a row, or that rows may be less than contacts.

    Parameters
    ----------
    table, known, cluster
        As `copied_rows` takes them.
    labels
        ``segment`` and ``arm`` of each row.
    ids
        What `repeated_ids` says; nothing of rows that are known to be calls.
    calls
        Whether they are.
    """
    named = named_ids(table, known, cluster)
    names = [name for name in label_columns(table, known) if not after_assignment(name)]
    told = unit_doubts(
        table,
        [] if calls or (ids and not named) else names,  # copied rows are alike in every column
        labels,
        cluster,
        contacts=named[0] if named else None,
        rows_told="contact_id" in table,
    )
    return (*told, *ids)


def rows_of_calls(
    table: pd.DataFrame, known: Collection[str | None], arm: pd.Series, cluster: str | None
) -> str:
    """Say why rows are plainly calls; empty where they may be something else.

    Plain it is where most rows stand beside others of the same contact's id, each at a time of its
    own, with an ending of a call that differs between them, and all in one arm. A column of endings
    is one by its name, or where its texts tell of calls that nobody answered. Rows that have
    telephones or addresses of their own are contacts of one customer, which whoever names it as
    cluster says too.

    Parameters
    ----------
    table, known, arm, cluster
        As `repeated_ids` takes them.
    """
    columns = list(map(str, table))
    for name in named_ids(table, known, cluster):
        again = (table[name].notna() & table[name].duplicated(keep=False)).to_numpy()
        if again.mean() <= MOST:
            continue
        rows = table[again]
        own = [rows[one] for one in columns if one != name and names_a_person(one)]
        if any(_differs(rows[name], other) for other in (arm[again], *own)):
            continue
        times = [
            one
            for one in columns
            if tells_time(rows[one]) and rows[[name, one]].duplicated().mean() <= MIXED_SHARE
        ]
        endings = [
            one
            for one in columns
            if one not in (name, *times)
            and pd.api.types.infer_dtype(rows[one], skipna=True) in ("string", "categorical")
            and (told_of_calls(one) or tells_endings(rows[one]))
            and _differs(rows[name], rows[one])
        ]
        if times and endings:
            return CALLS_SEEN.format(name, _counts(table[name]), times[0], endings[0])
    return ""


def named_ids(table: pd.DataFrame, known: Collection[str | None], cluster: str | None) -> list[str]:
    """Name the columns that are called like ids of contacts, and stand in several rows.

    Parameters
    ----------
    table, known, cluster
        As `copied_rows` takes them.
    """
    if "contact_id" in table:  # who has one in one row each is a contact, whatever else is alike
        return []
    return [
        name
        for name in label_columns(table, known)
        if _repeats(name, table[name]) and not _of_accounts(table, name, cluster)
    ]


def _differs(ids: pd.Series, other: pd.Series) -> bool:
    """Tell whether another column differs between the rows of more than a tenth of the ids."""
    code, different = pd.factorize(ids)
    return float(_spread(code, pd.factorize(other)[0], len(different)).mean()) > MIXED_SHARE


def tells_time(values: pd.Series) -> bool:
    """Tell whether values are moments of a day: times, or texts as 2026-05-31 09:30."""
    known = values.dropna()
    if pd.api.types.is_datetime64_any_dtype(known.dtype):
        return bool((known != known.dt.normalize()).mean() > 1 / 2)
    if pd.api.types.infer_dtype(known) != "string":
        return False
    return bool(known.str.contains(CLOCK, regex=True).mean() > 1 / 2)


def tells_endings(values: pd.Series) -> bool:
    """Tell whether a column's texts are endings of calls: of some of them nobody answered."""
    common = values.value_counts(normalize=True).head(COMMONEST)
    missed = sum(part for text, part in common.items() if nobody_answered(str(text)))
    return missed > MIXED_SHARE


def label_columns(table: pd.DataFrame, known: Collection[str | None]) -> list[str]:
    """Name the columns of texts and whole numbers: they may tell contacts, or groups, apart.

    Parameters
    ----------
    table, known
        As `copied_rows` takes them.
    """
    return [
        str(name)
        for name in table
        if name not in known and name not in IDS and _labels(table[name])
    ]


def _labels(values: pd.Series) -> bool:
    """Tell whether values are whole numbers or texts: neither measures, times nor yes and no."""
    kind = values.dtype
    neither = (
        pd.api.types.is_bool_dtype,
        pd.api.types.is_complex_dtype,
        pd.api.types.is_datetime64_any_dtype,
    )
    if any(one(kind) for one in neither):
        return False
    if pd.api.types.is_numeric_dtype(kind):
        return bool((values.dropna() % 1 == 0).all())
    return not pd.api.types.is_object_dtype(kind) or bool(
        values.dropna().map(lambda one: isinstance(one, str | int)).all()
    )


def _tells_apart(name: str, values: pd.Series) -> bool:
    """Tell whether a column is called like an id of contacts, and has as many values."""
    if not (names_a_contact(name) or names_a_person(name)):
        return False
    known = values.dropna()
    different = known.nunique()
    if different < max(FEWEST_IDS, len(known) / MOST_ROWS):
        return False
    # Names and surnames are no ids: several people are called so.
    blanks = known.astype(str).str.strip().str.contains(" ", regex=False)
    return names_a_person(name) or float(blanks.mean()) <= 1 / 2


def _repeats(name: str, values: pd.Series) -> bool:
    """Tell whether an id stands in several rows; of a telephone, which a family shares, if most do.

    Those that are mostly different are looked at by `simkit.trial.checks.people`.
    """
    if not _tells_apart(name, values):
        return False
    known = values.dropna()
    if names_a_contact(name):
        return bool(known.duplicated().any())
    return known.nunique() < len(known) / 2


def _of_accounts(table: pd.DataFrame, name: str, cluster: str | None) -> bool:
    """Tell whether each account has one value at most: then it is of accounts, not of contacts."""
    if cluster is None:
        return False
    pairs = table[[cluster, name]].dropna().drop_duplicates()
    return not pairs[cluster].duplicated().any()


def _counts(values: pd.Series) -> str:
    known = values.dropna()
    return f"{known.nunique():,} different values in {len(known):,} rows"


def _spread(code: IntArray, other: IntArray, number: int) -> NDArray[np.bool_]:
    """Tell which codes stand beside several of the others."""
    low, high = ends(code, other, number)
    return low < high


def _all_twice(table: pd.DataFrame) -> tuple[str, ...]:
    """Say that every row stands as often as every other, or a multiple of it."""
    for name in table:  # then so does every value of each column, and the first to differ ends it
        if _times(_hashed(table[[name]]))[0] == 1:
            return ()
    times, different = _times(_hashed(table))
    if times == 1 or different < FEWEST_ROWS:
        return ()
    return (
        f"every row of the table stands {times} times ({len(table):,} rows), as when a file was "
        "read twice: then intervals are too narrow; give every assigned contact one row, with an "
        "id (contact_id)",
    )


def _times(rows: NDArray[np.uint64]) -> tuple[int, int]:
    """Return the number by which the times that each row stands can be divided; how many differ."""
    counts = np.unique(rows, return_counts=True)[1]
    return int(np.gcd.reduce(counts)), len(counts)


def _hashed(table: pd.DataFrame) -> NDArray[np.uint64]:
    try:
        hashed = pd.util.hash_pandas_object(table, index=False, categorize=False)
    except (TypeError, ValueError):  # lists and the like are told apart by their text
        hashed = pd.util.hash_pandas_object(table.map(repr), index=False, categorize=False)
    return np.asarray(hashed, dtype=np.uint64)
