"""What a table's own columns say of whom it leaves out: those never reached, or called seldom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simkit.trial.vocabulary import (
    counts_dials,
    is_reached,
    is_yes,
    says_only_reached,
    says_reached,
    says_tried,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

CALLED_TWICE = 2
#: Below it, it is no chance that everybody in an arm was reached.
CHANCE = 0.001
WHOM_REACHED = "whom an arm reaches is its own doing; give a row to every assigned contact"
REACHED_ONLY = f"holds only contacts who were reached{{}}: {WHOM_REACHED}"
CALLED_ONLY = (
    "holds only contacts called at least {} times{}: how often a contact is called is the arm's "
    "own doing; give a row to every assigned contact"
)
IN_EVERY_ROW = " ({} says so in every row)"
ALL_CALLED = (
    "every contact in the table has been called at least once ({}): contacts assigned and never "
    "called belong to the comparison too"
)
PERHAPS_REACHED = (
    "{} is yes in every row: if it says who was reached in the trial, those who were not are "
    f"missing, and {WHOM_REACHED}"
)
ALL_IN_PART = (
    "by {} all {:,} contacts of {} were reached, and {:,} of {:,} of {}: if those not reached were "
    "taken out, nothing here is an effect of an arm; give a row to every assigned contact"
)


def selected_rows(table: pd.DataFrame) -> str:
    """Say whom a table of contacts leaves out, by a column of it; empty where nothing tells.

    Parameters
    ----------
    table
        One row per contact.
    """
    for name in columns_of_the_reached(table):
        if says_only_reached(name) and says_yes(table[name]).all():
            return f"the table {REACHED_ONLY.format(IN_EVERY_ROW.format(name))}"
    for name in map(str, table):
        values = table[name]
        first = values.iloc[0]
        if isinstance(first, str) and is_reached(first) and bool((values == first).all()):
            return f"the table {REACHED_ONLY.format(IN_EVERY_ROW.format(name))}"
    for name, fewest in _dials(table).items():
        if fewest >= CALLED_TWICE:
            return f"the table {CALLED_ONLY.format(int(fewest), IN_EVERY_ROW.format(name))}"
    return ""


def whom_it_may_leave_out(table: pd.DataFrame, parts: Sequence[pd.Series]) -> list[str]:
    """Say where a column lets one doubt that all who were assigned are there.

    Parameters
    ----------
    table
        One row per contact.
    parts
        Arm, and segment, of each row.
    """
    if not len(table):
        return []
    named = [str(name) for name in table]
    tried = [name for name in named if says_tried(name) and says_yes(table[name]).all()]
    tried += [name for name, fewest in _dials(table).items() if fewest == 1]
    told = [ALL_CALLED.format(", ".join(tried))] if tried else []
    for name in columns_of_the_reached(table):
        reached = says_yes(table[name])
        if reached.all():
            told += [] if says_only_reached(name) else [PERHAPS_REACHED.format(name)]
        else:
            told += [
                ALL_IN_PART.format(name, *found)
                for part in parts
                for found in _whole(reached, part)
            ]
    return told


def _whole(reached: NDArray[np.bool_], of: pd.Series) -> list[tuple[object, ...]]:
    """Tell of parts in which everybody was reached, and chance would not have it so."""
    place, names = pd.factorize(of.to_numpy())
    size, held = np.bincount(place), np.bincount(place, weights=reached).astype(np.int64)
    least = int(np.argmin(held / size))
    by_chance = (held[least] / size[least]) ** size
    return [
        (size[whole], names[whole], held[least], size[least], names[least])
        for whole in np.flatnonzero((held == size) & (by_chance < CHANCE))
    ]


def columns_of_the_reached(table: pd.DataFrame) -> list[str]:
    """Name the columns that say who was reached, as yes and no or as a number."""
    return [str(name) for name in table if says_reached(str(name))]


def says_yes(values: pd.Series) -> NDArray[np.bool_]:
    """Tell which values of a column say yes: a number from 1 on, a time, a word of any language.

    Parameters
    ----------
    values
        The column.
    """
    known = values.notna().to_numpy(dtype=np.bool_)
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return known
    if pd.api.types.is_bool_dtype(values.dtype) or pd.api.types.is_numeric_dtype(values.dtype):
        numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
        whole: NDArray[np.bool_] = (numbers >= 1) & (numbers == np.floor(numbers))
        return whole
    code, different = pd.factorize(values)
    yes = [place for place, value in enumerate(different) if is_yes(str(value))]
    found: NDArray[np.bool_] = np.isin(code, yes)
    return found


def _dials(table: pd.DataFrame) -> dict[str, float]:
    """Give by column that counts calls the fewest that a contact has had."""
    return {
        str(name): float(table[name].min())
        for name in table
        if counts_dials(str(name)) and pd.api.types.is_numeric_dtype(table[name].dtype)
    }
