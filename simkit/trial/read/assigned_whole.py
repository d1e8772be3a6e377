"""Whether whole groups of contacts were assigned though errors follow contacts: no name tells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    IntArray = NDArray[np.int64]

ACCOUNT = "account_id"
#: Below it, it is no chance that no value stands in two arms; shared by the columns looked at.
CHANCE = 0.001
#: Values that would stand in several arms if their rows had been assigned on their own. Where so
#: many are expected, a tenth or fewer have a probability below 1e-6 (Poisson).
EXPECTED_MIXED = 20.0
MIXED_SHARE = 0.1
#: Values an arm of a segment, on average, below which a column says what the arm is: its script.
FEWEST_AN_ARM = 3
#: The same of numbers that are higher in one arm than in all of another: the arm's own doing.
FEWEST_APART = 10
#: Largest design effect from which intervals are called far too narrow: half as wide again.
FAR = 2.0
#: Rows for each value up to which they may as well be the calls of one contact.
MOST_CALLS = 10

NAME_IT = 'name it as the cluster (cluster="{0}", --cluster {0}): without that'
SHARED = "contacts share accounts, but cluster {}: "
NOT_GIVEN = "was not given"
IF_ACCOUNTS = (
    f"{SHARED.format(NOT_GIVEN)}if accounts were assigned, the intervals are too narrow; set "
    f'cluster="{ACCOUNT}" (--cluster {ACCOUNT})'
)
OR_CALLS = (
    "; where its rows are calls, or the same contacts twice, give every assigned contact one row"
)


@dataclass(frozen=True)
class Whole:
    """A column whose values lie in one arm each, where chance would have split them.

    Parameters
    ----------
    name
        The column.
    several, split
        Values that stand in several rows, and those of them that stand in several arms.
    rows_each
        Rows for each value.
    effect
        Design effect if contacts with one value are all alike: Σm² ÷ Σm of values with m rows.
    """

    name: str
    several: int
    split: int
    rows_each: float
    effect: float


def unit_doubts(
    table: pd.DataFrame,
    names: Sequence[str],
    labels: pd.DataFrame,
    cluster: str | None,
    *,
    contacts: str | None = None,
    rows_told: bool = False,
) -> tuple[str, ...]:
    """Say what was assigned as a whole, by its columns, where the errors follow something smaller.

    The account is looked at whatever cluster was named, unless it is that itself. One that joins
    whole accounts holds each as a single unit, and then none can be split; contacts that were dealt
    one by one, or by parts of accounts, split theirs.

    Parameters
    ----------
    table
        One row per contact.
    names
        Columns of labels or whole numbers that are nothing else, nor what the arm brings about.
    labels
        ``segment`` and ``arm`` of each row.
    cluster
        The column that errors follow, whose values count once; None: each row is on its own.
    contacts
        The column that tells contacts apart where they stand in several rows.
    rows_told
        Whether rows are known to be contacts; else it is told that they may be calls.
    """
    shared = cluster != ACCOUNT and ACCOUNT in table and bool(table[ACCOUNT].duplicated().any())
    looked_at = [*([ACCOUNT] if shared else []), *names]
    found = groups_assigned(table, looked_at, labels, contacts if cluster is None else cluster)
    if found is None and shared:
        if cluster is None:
            return (IF_ACCOUNTS,)
        found = _whole(table[ACCOUNT], *_codes(table, labels, cluster), CHANCE, few=True)
    if found is None:
        return ()
    each = "each wholly in one arm"
    if found.split:
        each = f"all but {found.split:,} wholly in one arm"
    told = (
        f"{found.several:,} values of {found.name}, {each}, which is no chance: they were assigned "
        f"as a whole, not contact by contact; {NAME_IT.format(found.name)} the intervals are "
        f"{'far ' if found.effect >= FAR else ''}too narrow"
    )
    if found.name == ACCOUNT:
        how = NOT_GIVEN if cluster is None else f"is {cluster}"
        return (SHARED.format(how) + told,)
    return (told + (OR_CALLS if not rows_told and found.rows_each <= MOST_CALLS else ""),)


def groups_assigned(
    table: pd.DataFrame, names: Sequence[str], labels: pd.DataFrame, cluster: str | None
) -> Whole | None:
    """Find the column whose values were assigned as a whole; of several, the one of large groups.

    Of columns of about as many values (a company's number, its name, its size) the one of most
    values tells groups apart, the first where they have as many.

    Parameters
    ----------
    table, names, labels, cluster
        As `unit_doubts` takes them.
    """
    codes = _codes(table, labels, cluster)
    every = [
        one
        for name in names
        if (one := _whole(table[name], *codes, CHANCE / len(names))) is not None
    ]
    if not every:
        return None
    fewest = min(one.several for one in every)
    return max(
        (one for one in every if one.several <= 2 * fewest),
        key=lambda one: one.several,
    )


def _codes(
    table: pd.DataFrame, labels: pd.DataFrame, cluster: str | None
) -> tuple[IntArray, IntArray, IntArray | None]:
    """Return the codes of segment, arm and unit of each row."""
    part, arm = (np.asarray(pd.factorize(labels[one])[0]) for one in ("segment", "arm"))
    return part, arm, None if cluster is None else np.asarray(pd.factorize(table[cluster])[0])


def _whole(
    values: pd.Series,
    part: IntArray,
    arm: IntArray,
    unit: IntArray | None,
    chance: float,
    *,
    few: bool = False,
) -> Whole | None:
    """Tell whether the values of a column were assigned as a whole.

    Of few values a column may say what the arm is; with ``few``, its name tells that it does not.

    A value with m rows lies in one arm by chance with probability Σpₐᵐ over the arms' parts pₐ of
    its segment, if each row was assigned on its own.
    """
    code, different = pd.factorize(values)
    known = code >= 0
    if len(different) == known.sum():
        return None
    code, part, arm = (one[known].astype(np.int64) for one in (code, part, arm))
    number, arms, parts = len(different), int(arm.max()) + 1, int(part.max()) + 1
    group, pairs = pd.factorize(part * number + code)
    if unit is not None:  # what was assigned together counts once
        once = pd.DataFrame({"group": group, "arm": arm, "unit": unit[known]}).duplicated()
        keep = ~once.to_numpy()
        code, part, arm, group = code[keep], part[keep], arm[keep], group[keep]
    of = pairs // number
    low, high = ends(group, arm, len(pairs))
    # How many values each arm of a segment has: those that lie in it and in no other.
    own = (of * arms + low)[low == high]
    held = np.bincount(own, minlength=parts * arms).reshape(parts, arms)
    size = np.bincount(part * arms + arm, minlength=parts * arms).reshape(parts, arms)
    informed = (size > 0).sum(axis=1) > 1
    if not few:
        informed &= ((held > 1) | (size == 0)).all(axis=1)
    cells = int((size[informed] > 0).sum())
    if not few and held[informed].sum() < FEWEST_AN_ARM * max(cells, 1):
        return None
    rows = np.bincount(group, minlength=len(pairs))
    several = (rows > 1) & informed[of]
    shares = size / np.maximum(size.sum(axis=1, keepdims=True), 1)
    m = rows[several]
    alone = (shares[of[several]] ** m[:, np.newaxis]).sum(axis=1)
    split = int((low < high)[several].sum())
    expected = float((1 - alone).sum())
    by_chance = split > 0 or float(np.log(alone).sum()) >= np.log(chance)
    if by_chance and (expected < EXPECTED_MIXED or split > MIXED_SHARE * expected):
        return None
    apart = not few and held[informed].sum() < FEWEST_APART * cells
    if apart and _apart(pd.Series(different), code, arm):
        return None
    return Whole(
        str(values.name),
        len(np.unique(pairs[several] % number)),
        split,
        len(code) / number,
        float((rows**2.0).sum() / rows.sum()),
    )


def _apart(different: pd.Series, code: IntArray, arm: IntArray) -> bool:
    """Tell whether values are numbers, and all of one arm higher than all of another."""
    if not pd.api.types.is_numeric_dtype(different.dtype):
        return False
    place = np.argsort(np.argsort(np.asarray(different, dtype=np.float64)))
    low, high = ends(arm, place[code], int(arm.max()) + 1)
    there = np.flatnonzero(high >= 0)
    order = there[np.argsort(low[there])]
    return bool((high[order[:-1]] < low[order[1:]]).all())


def ends(code: IntArray, other: IntArray, number: int) -> tuple[IntArray, IntArray]:
    """Give for each code the least and the largest of what stands beside it.

    Parameters
    ----------
    code, other
        Codes, and what stands beside them.
    number
        How many codes there are; beside one that does not occur the largest is −1.
    """
    low, high = np.full(number, np.iinfo(np.int64).max), np.full(number, -1, dtype=np.int64)
    np.minimum.at(low, code, other)
    np.maximum.at(high, code, other)
    return low, high
