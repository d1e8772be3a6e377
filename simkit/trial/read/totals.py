"""What totals by arm tell of whom they leave out, and of what was assigned as a whole."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simkit.trial.read.only_reached import ALL_CALLED, or_dialled
from simkit.trial.read.selection import NO_SHARE, is_no_share
from simkit.trial.vocabulary import (
    counts_accounts,
    counts_assigned,
    counts_calls,
    says_only_reached,
    says_tried,
    tells_of_talks,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

GIVE = "give the number of contacts assigned to each arm"
PER_CALL = (
    f"totals per {{}}: how many calls are made and who is reached is the arm's own doing; {GIVE}"
)
PER_REACHED = (
    "{size} equals {name} in every row: these are totals of contacts who were reached alone, and "
    f"whom an arm reaches is its own doing; {GIVE} (as {{size}})"
)
PER_PART = (
    "{name} is larger than {size} ({many:,} and {few:,}): these are totals of a part of the "
    f"contacts assigned, and who is in it may be the arm's own doing; {GIVE} (as {{size}})"
)
#: Contacts for each account from which intervals may be far too narrow: half as wide again.
FAR = 2
#: Rows of a segment up to which none is called the sum of the others: there must be two of these.
FEWEST_SUMMED = 2
IS_SUM = "is the sum of the other rows, not an arm: leave it out"
MAY_BE_SUM = (
    "{} has as many contacts, and as many of each outcome, as all other arms together: if its row "
    "is their sum, it is no arm; leave it out"
)
TOTAL = re.compile(
    r"\W*(?:(?:grand|gran|in|sub)[\s_-]*)?(?:tot|total|totals|totale|totali|totales|totaux|gesamt|"
    r"insgesamt|summe|somma|suma|sum|somme|ensemble|overall|all|alle|tutti|tutte|todos|todas|tous)\b",
    re.IGNORECASE,
)


def refused_totals(table: pd.DataFrame, outcomes: Sequence[str], size: str) -> dict[str, str]:
    """Refuse totals that are no share of the contacts assigned.

    They are of calls or of reached contacts; or of money, minutes, clicks, of which a contact can
    have many: how these spread over contacts, totals do not show.

    Parameters
    ----------
    table
        One row per arm, or per arm of a segment.
    outcomes
        The outcomes.
    size
        Name of the column with the number of contacts.
    """
    if counts_calls(size):
        return dict.fromkeys(outcomes, PER_CALL.format(size))
    n = table[size].to_numpy(dtype=np.float64)
    for name, number in _numbers(table, size).items():
        if says_only_reached(name) and not tells_of_talks(name) and (number == n).all():
            told = PER_REACHED.format(size=size, name=name) + or_dialled(name)
            return dict.fromkeys(outcomes, told)
        if counts_assigned(name) and name not in outcomes and (number >= n).all():
            at = int(np.argmax(number - n))
            if number[at] > n[at]:
                told = PER_PART.format(size=size, name=name, many=int(number[at]), few=int(n[at]))
                return dict.fromkeys(outcomes, told)
    return {name: NO_SHARE for name in outcomes if is_no_share(name)}


def lines_of_totals(
    table: pd.DataFrame, labels: pd.DataFrame, outcomes: Sequence[str], size: str
) -> Iterator[tuple[int, str]]:
    """Give the place and the arm of each row that is the sum of the others of its segment.

    Arms of 2 : 1 : 1 may be so by chance: in contacts as they were dealt, and in an event of which
    the largest has 100 in 3 trials of 100 (its difference from the others spreads by 14). So the
    name must say that it is a total, or it is only doubted.

    Parameters
    ----------
    table, outcomes, size
        As `refused_totals` takes them.
    labels
        ``segment`` and ``arm`` of each row.
    """
    numbers = table[[size, *outcomes]].to_numpy(dtype=np.float64)
    for here in labels.groupby("segment", sort=False).indices.values():
        sums = numbers[here].sum(axis=0)
        for at in here if len(here) > FEWEST_SUMMED else ():
            if numbers[at, 0] > 0 and np.array_equal(2 * numbers[at], sums):
                yield int(at), str(labels["arm"].iloc[at])


def totals_doubts(table: pd.DataFrame, size: str) -> tuple[str, ...]:
    """Say where totals let one doubt that all who were assigned count, each on its own.

    Parameters
    ----------
    table, size
        As `refused_totals` takes them.
    """
    told = []
    n = table[size].to_numpy(dtype=np.float64)
    numbers = _numbers(table, size)
    for name, number in numbers.items():
        if not counts_accounts(name) or not ((number > 0) & (number <= n)).all():
            continue
        each = n / number
        at = int(np.argmax(each))
        if each[at] > 1:
            far = "far " if each[at] >= FAR else ""
            told.append(
                f"{name} is {int(number[at]):,} in an arm of {int(n[at]):,} contacts: if these "
                f"were assigned as a whole, the intervals are {far}too narrow, and totals do "
                "not tell by how much; give one row per contact, and name its account's column "
                "(cluster, --cluster)"
            )
    tried = [name for name, number in numbers.items() if says_tried(name) and (number == n).all()]
    return (*told, *([ALL_CALLED.format(", ".join(tried))] if tried else []))


def size_remarks(size: str) -> tuple[str, ...]:
    """Say that a number of contacts may be one of something else.

    Parameters
    ----------
    size
        Name of the column with the number of contacts.
    """
    if counts_assigned(size) or counts_calls(size):
        return ()
    return (
        f"nothing tells whether {size} counts the contacts assigned to each arm: called or reached "
        "ones alone would be the arm's own choice; if it does, name it n",
    )


def _numbers(table: pd.DataFrame, size: str) -> dict[str, NDArray[np.float64]]:
    """Return the other columns of numbers that are known in every row."""
    found: dict[str, NDArray[np.float64]] = {}
    for name in table:
        if name == size or pd.api.types.is_bool_dtype(table[name].dtype):
            continue
        number = pd.to_numeric(table[name], errors="coerce")
        if number.notna().all():
            found[str(name)] = number.to_numpy(dtype=np.float64)
    return found
