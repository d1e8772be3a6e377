"""What a table's own columns say of whom it leaves out: those never reached, or called seldom."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import stats

from simkit.trial.one_call import numbers_calls
from simkit.trial.read.counted import NEVER_REACHED
from simkit.trial.vocabulary import (
    counts_dials,
    ended_talk,
    is_before,
    is_no,
    is_of_a_call,
    is_reached,
    is_yes,
    lasts,
    may_be_surveyed,
    may_say_dialled,
    nobody_answered,
    says_not_reached,
    says_only_reached,
    says_reached,
    says_tried,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

CALLED_TWICE = 2
MOST_DIALS = 1_000  # nobody is called more often: it is an id or a telephone's number
TIME = re.compile(r"\d+(?:[.,:]\d+)*")
#: Below it, it is no chance that everybody was reached.
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
OR_DIALLED = " (if {} says who was dialled, name it called)"
PERHAPS_REACHED = (
    "{} is {} in every row: if it says who was reached in the trial, those who were not are "
    f"missing, and {WHOM_REACHED}"
)
NEARLY_ALL = (
    "by {} only {:,} of {:,} contacts were not reached, and of any list more are: others may have "
    f"been taken out, and {WHOM_REACHED}"
)
ALL_ANSWERED = (
    "{} holds how calls ended, and none of {:,} ended in no answer, busy or voicemail, as some of "
    f"any list do: if those not reached were taken out, {WHOM_REACHED}"
)
#: Different texts up to which a column may hold how calls ended.
MOST_ENDINGS = 60
ALL_IN_PART = (
    "by {} all {:,} contacts of {} were reached, and {:,} of {:,} of {}: if those not reached were "
    "taken out, nothing here is an effect of an arm; give a row to every assigned contact"
)


def selected_rows(table: pd.DataFrame, arm: pd.Series) -> str:
    """Say whom a table of contacts leaves out, by a column of it; empty where nothing tells.

    Parameters
    ----------
    table
        One row per contact.
    arm
        Arm of each row.
    """
    for name in columns_of_the_reached(table):
        if says_only_reached(name) and says_whom_reached(table, name).all():
            return f"the table {REACHED_ONLY.format(IN_EVERY_ROW.format(name))}{or_dialled(name)}"
    for name in map(str, table):
        if says_not_reached(name) and _says_no(table[name]):
            return f"the table {REACHED_ONLY.format(IN_EVERY_ROW.format(name))}"
    for name in _constant_endings(table):
        if is_of_a_call(name):
            return f"the table {REACHED_ONLY.format(IN_EVERY_ROW.format(name))}"
    for name, fewest in _dials(table).items():
        if fewest >= CALLED_TWICE:
            return f"the table {CALLED_ONLY.format(int(fewest), IN_EVERY_ROW.format(name))}"
    for name in filter(says_only_reached, columns_of_the_reached(table)):
        for size, *found in _whole(says_whom_reached(table, name), arm):
            if (1 - NEVER_REACHED) ** size < CHANCE:
                return ALL_IN_PART.format(name, size, *found) + or_dialled(name)
    return ""


def or_dialled(name: str) -> str:
    """Say what to do where a column that mostly says who was reached says who was dialled."""
    return OR_DIALLED.format(name) if may_say_dialled(name) else ""


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
    perhaps = [name for name in _constant_endings(table) if not is_of_a_call(name)]
    for name in columns_of_the_reached(table):
        reached = says_whom_reached(table, name)
        others = int((~reached).sum())
        if not others:
            perhaps += [] if says_only_reached(name) else [name]
            continue
        if stats.binom.cdf(others, len(reached), NEVER_REACHED) < CHANCE:
            told.append(NEARLY_ALL.format(name, others, len(reached)))
        told += [
            ALL_IN_PART.format(name, *found) for part in parts for found in _whole(reached, part)
        ]
    if (1 - NEVER_REACHED) ** len(table) < CHANCE:
        told += [ALL_ANSWERED.format(name, len(table)) for name in _endings_of_talks(table)]
    return told + [
        PERHAPS_REACHED.format(name, "above 0" if lasts(name) else "yes") for name in perhaps
    ]


def _endings_of_talks(table: pd.DataFrame) -> list[str]:
    """Name the columns of how calls to each contact ended, none of which nobody answered."""
    found = []
    for name in map(str, table):
        if pd.api.types.is_numeric_dtype(table[name].dtype) or is_before(name):
            continue
        code, different = pd.factorize(table[name])
        if len(different) > MOST_ENDINGS or (code < 0).any():
            continue
        texts = [str(one) for one in different]
        if any(map(ended_talk, texts)) and not any(map(nobody_answered, texts)):
            found.append(name)
    return found


def _says_no(values: pd.Series) -> bool:
    """Tell whether a column says no of everybody, as 0 or a word."""
    if pd.api.types.is_bool_dtype(values.dtype) or pd.api.types.is_numeric_dtype(values.dtype):
        return bool((values == 0).all())
    different = pd.unique(values.dropna())
    return bool(values.notna().all()) and all(is_no(str(one)) for one in different)


def _constant_endings(table: pd.DataFrame) -> list[str]:
    """Name the columns of text that say the same of everybody: that it was reached."""
    found = []
    for name in map(str, table):
        first = table[name].iloc[0]
        if isinstance(first, str) and is_reached(first) and bool((table[name] == first).all()):
            found.append(name)
    return [name for name in found if not says_reached(name) and not is_before(name)]


def _whole(reached: NDArray[np.bool_], of: pd.Series) -> list[tuple[Any, ...]]:
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
    """Name the columns that say who was reached, as yes and no or as a number.

    What was answered in a survey says it not: of an answer numbers above 1 are no yes.
    """
    return [
        name
        for name in map(str, table)
        if says_reached(name) and not (may_be_surveyed(name) and _above_one(table[name]))
    ]


def _above_one(values: pd.Series) -> bool:
    """Tell whether a column holds numbers, be it in texts, of which one is above 1."""
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return False
    return bool((pd.to_numeric(values, errors="coerce") > 1).any())


def says_whom_reached(table: pd.DataFrame, name: str) -> NDArray[np.bool_]:
    """Tell which contacts were reached by a column that says it: yes, or any time of talk."""
    values = table[name]
    if not lasts(name):
        return says_yes(values)
    if pd.api.types.is_timedelta64_dtype(values.dtype):
        return (values > pd.Timedelta(0)).to_numpy(dtype=np.bool_)
    if pd.api.types.is_bool_dtype(values.dtype) or pd.api.types.is_numeric_dtype(values.dtype):
        return values.to_numpy(dtype=np.float64, na_value=0.0) > 0
    code, different = pd.factorize(values)
    lasted = [at for at, value in enumerate(different) if _lasted(str(value))]
    return says_yes(values) | np.isin(code, lasted)


def _lasted(text: str) -> bool:
    """Tell whether a text is a time above 0: ``2.5``, ``2,5``, ``00:02:10``."""
    return bool(TIME.fullmatch(text.strip())) and any(digit in text for digit in "123456789")


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
    numbers = pd.to_numeric(pd.Series(different), errors="coerce").to_numpy()
    counts = (numbers >= 1) & (numbers == np.floor(numbers))
    yes = [at for at, value in enumerate(different) if counts[at] or is_yes(str(value))]
    found: NDArray[np.bool_] = np.isin(code, yes)
    return found


def _dials(table: pd.DataFrame) -> dict[str, float]:
    """Give by column that counts calls the fewest that a contact has had."""
    counts = {
        name: pd.to_numeric(table[name], errors="coerce")
        for name in map(str, table)
        if counts_dials(name) or numbers_calls(name)
    }
    return {
        name: float(numbers.min())
        for name, numbers in counts.items()
        if numbers.notna().all() and numbers.min() <= MOST_DIALS
    }
