"""Rows that are groups of contacts, by a column with the number of contacts in each."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from simkit.trial.read.calls_as_rows import KNOWN, Told
from simkit.trial.vocabulary import sizes_groups

SEVERAL = 2
#: Contacts of the middle row from which nobody was dealt with so often (assumed).
MANY = 10
ROWS_OF_GROUPS = (
    "each row holds several contacts ({} is {:,.0f} to {:,.0f}) and would count as one; give one "
    "row to every assigned contact, or, if groups were not assigned as a whole, add each arm up to "
    "one row, with how many contacts it has (n, --n {})"
)
PERHAPS_GROUPS = (
    "rows may be groups of contacts ({} is {:,.0f} to {:,.0f}), of which each counts as one "
    "contact; if they are, give one row to every assigned contact, or, if groups were not assigned "
    "as a whole, add each arm up to one row, with how many contacts it has (n, --n {})"
)


def groups_told(
    table: pd.DataFrame,
    known: Collection[str | None],
    outcomes: Sequence[str],
    covariates: Collection[str],
) -> Told:
    """Tell whether rows are groups of contacts: most hold several, as a column says that is a size.

    Plainly they are where all do, or where rows are large and had as much of each outcome at most,
    and more than one of some. What was named as a covariate is something of each contact, or else
    a doubt.

    Parameters
    ----------
    table
        One row per contact, none of whose columns tells contacts apart.
    known
        Columns that are something else: arm, segment, cluster, outcomes.
    outcomes
        The outcomes.
    covariates
        Columns that were named as known before the assignment.
    """
    for name in (one for one in map(str, table) if one not in known and sizes_groups(one)):
        size = _sizes(table[name])
        if size is None or float((size >= SEVERAL).mean()) <= 1 / 2:
            continue
        least, most = float(size.min()), float(size.max())
        plain = least >= SEVERAL or _hold(size, table[list(outcomes)])
        if plain and name not in covariates:
            return Told(ROWS_OF_GROUPS.format(name, least, most, name))
        return Told(doubts=(PERHAPS_GROUPS.format(name, least, most, name),))
    return Told()


def _sizes(values: pd.Series) -> pd.Series | None:
    """Return a column of whole numbers; None where it is anything else, or counts the rows."""
    if pd.api.types.is_bool_dtype(values.dtype) or pd.api.types.is_datetime64_any_dtype(values):
        return None
    number = pd.to_numeric(values, errors="coerce").astype(np.float64)
    known = number.notna()
    whole = bool((number[known] % 1 == 0).all() and (number[known] >= 0).all())
    if not whole or known.mean() < KNOWN:
        return None
    of_rows = number[known].is_unique and number.max() - number.min() < len(number)
    return None if of_rows else number.fillna(1.0)


def _hold(size: pd.Series, outcomes: pd.DataFrame) -> bool:
    """Tell whether rows are large, and outcomes whole numbers of parts of them."""
    held = outcomes.astype(np.float64).fillna(0.0).to_numpy()
    parts = (held % 1 == 0) & (held >= 0) & (held <= size.to_numpy()[:, np.newaxis])
    return bool(size.median() >= MANY and parts.all() and (held > 1).any())
