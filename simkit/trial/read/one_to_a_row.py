"""Whether the columns of a table show that each of its rows is one contact."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from simkit.trial.read.calls_as_rows import KNOWN
from simkit.trial.read.repeated import label_columns, tells_time
from simkit.trial.vocabulary import names_a_contact

ACCOUNT = "account_id"
READ_AS = "each of the {:,} rows is read as one contact, though {}"
NO_ID = "no column is an id of contacts, one to a row"
PERHAPS_ID = "nothing tells whether {} is an id of contacts (if so, call it contact_id)"


def not_shown(table: pd.DataFrame, known: Collection[str | None]) -> str:
    """Say that rows are read as contacts and that no column shows it; empty where one does.

    An id is known by its name, see `simkit.trial.read.calls_as_rows.calls_told`. Of another column
    that differs in each row nobody can tell whether it is of contacts or of calls.

    Parameters
    ----------
    table
        One row per contact, without a column that is known to be such an id.
    known
        Columns that are something else: arm, segment, cluster, outcomes.
    """
    if ACCOUNT in table and _one_to_a_row(table[ACCOUNT]):
        return ""
    may_be = [
        name
        for name in label_columns(table, known)
        if _one_to_a_row(table[name]) and not tells_time(table[name])
    ]
    why = NO_ID
    if may_be:
        why = PERHAPS_ID.format(next(filter(names_a_contact, may_be), may_be[0]))
    return READ_AS.format(len(table), why)


def _one_to_a_row(values: pd.Series) -> bool:
    """Tell whether a column is known in nearly all rows, and differs between them."""
    return bool(values.notna().mean() >= KNOWN and values.dropna().is_unique)
