"""Arms that are no arms: how often contacts were called, or whether they were reached."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from simkit.errors import Problem
from simkit.trial.counted_names import (
    count_of,
    counts_calls_made,
    is_count,
    is_reached_or_not,
    may_count_calls,
    open_count_of,
    tells_a_plan,
    tells_a_rhythm,
    tells_what_was_delivered,
)

#: Arms from which sizes that fall with the arm's number are taken for counts (assumed): of trials
#: with so many arms none gives the first ten times as many contacts as another.
MANY_ARMS = 5
FALLS = 10.0
#: Nor does chance, or a large part kept as it is (8,000 beside four times 500), make the others so
#: unequal (assumed).
FALLS_ON = 5.0
#: Fewer contacts of the first fall so by chance.
FEWEST = 100
#: Standard errors by which there may be more contacts of a number than of the one before it.
ERRORS = 3.0
#: The same for a failed sample ratio: two fall in every second trial.
FALLING_ARMS = 3
SHOWN = 4
NO_ASSIGNMENT = (
    "how often a contact was called, or whether it was reached, is no assignment: who buys at the "
    "first call is not called again, and who never answers is called most. Name the column of the "
    "arm each contact was assigned to"
)
BY_NAME = (
    "must be what was assigned before the first call: {}. If it is what was planned, let its name "
    "say so, as calls_planned or chiamate_previste"
)
DELIVERED = (
    "must be what was assigned before the first call: the interval that calls delivered hangs on "
    "who was reached and who asked to be called at another time, and is no assignment. Name the "
    "column of the interval that each contact was meant to get"
)
LIKE_COUNTS = (
    "must be what was assigned before the first call: whole numbers of ever fewer contacts ({}) "
    "are how counts of what was done look, not arms. If it counts calls: {}. If they are arms, "
    "call each by what it does, as 7 days"
)
LOOKS_COUNTED = (
    "the higher the number, the fewer the contacts, as where arms are counts of what was done: if "
    f"these are numbers of calls, {NO_ASSIGNMENT[0].lower()}{NO_ASSIGNMENT[1:]}. Otherwise compare "
    "the contacts with the list as assigned, and put back whoever is missing or was moved"
)


def counted_arms(where: str, column: str, sizes: Mapping[str, int]) -> Iterator[Problem]:
    """Yield that arms are what was counted after the assignment, if their names or sizes show it.

    Parameters
    ----------
    where, column
        Names for messages: the data, the arms' column.
    sizes
        Arm → its contacts.
    """
    arms = list(sizes)
    if tells_what_was_delivered(column):
        yield Problem(where, "arm", column, DELIVERED)
        return
    if tells_a_plan(column) or any(map(tells_a_rhythm, arms)):
        return
    counts = all(map(is_count, arms))
    if counts_calls_made(column) or (counts and may_count_calls(column)):
        yield Problem(where, "arm", column, BY_NAME.format(NO_ASSIGNMENT))
    elif any(map(is_reached_or_not, arms)) or _has_open_end(arms):
        yield Problem(where, column, arms[:SHOWN], BY_NAME.format(NO_ASSIGNMENT))
    elif _fall(sizes, MANY_ARMS) and _steeply(sizes):
        first = sorted(sizes, key=_number)[:SHOWN]
        told = ", ".join(f"{arm}: {sizes[arm]:,}" for arm in first)
        yield Problem(where, "arm", column, LIKE_COUNTS.format(f"{told}, …", NO_ASSIGNMENT))


def _steeply(sizes: Mapping[str, int]) -> bool:
    """Tell whether sizes fall by much, and without the largest too."""
    first, second, *others = sorted(sizes.values(), reverse=True)
    return first >= max(FEWEST, FALLS * others[-1]) and second >= FALLS_ON * others[-1]


def look_counted(sizes: Mapping[str, int]) -> bool:
    """Tell whether arms are whole numbers from 0 or 1 on, each of fewer units than the one before.

    So may three arms be that were meant to be of such sizes: it is worth asking, no more.

    Parameters
    ----------
    sizes
        Arm → its units.
    """
    return _fall(sizes, FALLING_ARMS)


def _has_open_end(arms: Sequence[str]) -> bool:
    """Tell whether arms are counts from 0 or 1 on of which the last is open: ``1``, ``2``, ``3+``.

    So many calls or more are counted; what is assigned is one number, or a rhythm.
    """
    ends = [number for arm in arms if (number := open_count_of(arm)) is not None]
    others = [arm for arm in arms if open_count_of(arm) is None]
    known = sorted(found for arm in others if (found := count_of(arm)) is not None)
    if len(ends) != 1 or not others or len(known) < len(others):
        return False
    return known[0][0] <= 1 and ends[0] == known[-1][1] + 1


def _number(arm: str) -> float:
    """Return an arm's number, or the one that its open end begins with; NaN where it has none."""
    found, number = count_of(arm), open_count_of(arm)
    if found is not None:
        return float(found[0])
    return np.nan if number is None else float(number)


def _fall(sizes: Mapping[str, int], least: int) -> bool:
    """Tell whether so many arms are numbers from 0 or 1 on, and ever smaller but for chance."""
    held = pd.Series(dict(sizes), dtype=np.float64)
    held.index = pd.Index([_number(arm) for arm in sizes], dtype=np.float64)
    held = held[held > 0].sort_index()
    number, size = held.index.to_numpy(), held.to_numpy()
    if len(held) < least or np.isnan(number).any() or number[0] > 1:
        return False
    row = np.diff(number[:least]) == 1
    falls = np.diff(size) <= ERRORS * np.sqrt(size[1:] + size[:-1])
    return bool(row.all() and falls.all() and size[0] > size[-1])
