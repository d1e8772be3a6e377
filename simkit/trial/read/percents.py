"""Columns of a table that hold rates or percents where a yes, a no or a number is meant."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simkit.trial.rate_names import (
    counts_sales,
    may_say_rate,
    measures_each,
    says_no_part,
    says_rate,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

WHOLE = 100.0
A_RATE = (
    "{} {} ({:.3g} to {:.3g}), not what one contact did: then rows are no contacts, or what it was "
    "divided by (calls, contacts reached) is the arm's own doing; give every assigned contact one "
    "row with 1 or 0, or with how many"
)
BY_NAME = "holds a rate in each row"
BY_VALUES = "holds what looks like a rate in each row"
BROKEN = "holds broken numbers in many rows, as rates and means do"
OR_A_SCORE = " (an amount or a score of each contact alone says so in its name: value, score)"
MAY_BE_A_RATE = (
    "{} holds what may be a rate in each row ({:.3g} to {:.3g}): if it is one, what it was divided "
    "by (calls, contacts reached) is the arm's own doing, and this is no effect; give every "
    "assigned contact one row with 1 or 0, or with how many (an amount or a score of each contact "
    "alone may say so in its name: value, score)"
)
#: A contact seldom has more of one thing: a word for rates that also counts then tells of percents.
MANY = 10
#: Rows with a broken number below which they may be slips, and their part of those above 0.
FEWEST, PART = 10, 0.1
NOT_THE_SHARE = ": it looks like a percent; give how many contacts, not the share"


def percent_doubts(values: pd.DataFrame, refused: Collection[str] = ()) -> Iterator[str]:
    """Yield a doubt for each outcome that may be a percent or another rate by its values alone.

    Every known value is 0 or 100, or many are broken numbers: between 0 and 1 whatever it is
    called, up to 100 of sales, which are counted or an amount of money.

    Parameters
    ----------
    values
        The outcomes, one row a contact.
    refused
        Those that are known to be rates.
    """
    for name in map(str, values):
        known = values[name].dropna().to_numpy(dtype=np.float64)
        if {*np.unique(known).tolist()} == {0.0, WHOLE}:
            yield (
                f"{name} looks like a percent: 0 and 100; code it 0 and 1, or it is read as an "
                "amount of 100 per contact and not as a share of contacts"
            )
        elif (
            name not in refused
            and not measures_each(name)
            and _broken(known)
            and (known.max() <= 1 or counts_sales(name))
        ):
            yield MAY_BE_A_RATE.format(name, known.min(), known.max())


def refused_rates(values: pd.DataFrame) -> dict[str, str]:
    """Find the outcomes that hold rates: by their names, and by values that their names deny.

    Of a rate nobody knows what it was divided by; and rows of groups, each with its rate, count a
    group of three like one of three hundred. Broken numbers alone may be amounts: see
    `percent_doubts`.

    Parameters
    ----------
    values
        The outcomes, one row a contact.

    Returns
    -------
    dict[str, str]
        Outcome → the reason in plain words.
    """
    refused = {}
    for name in map(str, values):
        known = values[name].dropna().to_numpy(dtype=np.float64)
        if not _is_no_yes(known):
            continue
        low, high = float(known.min()), float(known.max())
        within = low >= 0 and high <= WHOLE
        no_counts = bool((known % 1 != 0).any()) or high > MANY
        if says_rate(name) or (within and no_counts and may_say_rate(name)):
            refused[name] = A_RATE.format(name, BY_NAME, low, high)
        elif not measures_each(name) and _broken(known):
            if says_no_part(name):
                refused[name] = A_RATE.format(name, BROKEN, low, high)
            elif high <= 1 and counts_sales(name):
                refused[name] = A_RATE.format(name, BY_VALUES, low, high) + OR_A_SCORE
    return refused


def _is_no_yes(known: NDArray[np.float64]) -> bool:
    """Tell whether values are more than a yes or no, be it written 0 and 100 (`percent_doubts`)."""
    different = {*np.unique(known).tolist()}
    return bool(different) and not (different <= {0.0, 1.0} or different <= {0.0, WHOLE})


def _broken(known: NDArray[np.float64]) -> bool:
    """Tell whether values lie between 0 and 100, and many are no whole numbers."""
    if not len(known) or known.min() < 0 or known.max() > WHOLE:
        return False
    broken = int((known % 1 != 0).sum())
    return broken >= FEWEST and broken > PART * int((known > 0).sum())


def as_share(column: pd.Series) -> str:
    """Return what to add to a refusal of a column of counts that holds shares; else nothing.

    Parameters
    ----------
    column
        As given: numbers, or texts with a percent sign.
    """
    texts = column.astype(str).str.strip()
    number = pd.to_numeric(texts.str.rstrip("% "), errors="coerce")
    within = bool(number.between(0, WHOLE).all())
    broken = bool((number % 1 != 0).any() or texts.str.endswith("%").any())
    return NOT_THE_SHARE if within and broken else ""
