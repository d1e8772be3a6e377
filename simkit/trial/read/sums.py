"""Outcomes of contacts gathered as they come: sums by account, or moments where each is alone."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]


#: Pairs of account and cell are numbered in a table where it is at most so sparse.
SPARSE = 8


def those(which: NDArray[np.bool_]) -> slice | NDArray[np.bool_]:
    """Return what takes some rows of an array: a slice, which copies nothing, where it is all."""
    return slice(None) if which.all() else which


@dataclass(eq=False)
class Moments:
    """Contacts, means and sums of squared, crossed and cubed deviations of each cell's outcomes.

    Deviations, not squares, which cancel; two parts are joined as Chan, Golub and LeVeque do
    (1983, The American Statistician 37, 242-247), cubes by the same algebra.

    Parameters
    ----------
    cells, names
        Numbers of cells and of outcomes.
    """

    cells: int
    names: int
    n: IntArray = field(init=False)
    mean: FloatArray = field(init=False)
    moved: FloatArray = field(init=False)
    cubed: FloatArray = field(init=False)

    def __post_init__(self) -> None:
        self.n = np.zeros(self.cells, dtype=np.int64)
        self.mean = np.zeros((self.cells, self.names))
        self.moved = np.zeros((self.cells, self.names, self.names))
        self.cubed = np.zeros((self.cells, self.names))

    def add(self, cell: IntArray, values: FloatArray) -> None:
        """Add contacts: their cell and, a row each, their outcomes."""
        order = np.argsort(cell, kind="stable")
        cells, first = np.unique(cell[order], return_index=True)
        for number, rows in zip(cells, np.split(order, first[1:]), strict=True):
            here = values[rows]
            mean = here.mean(axis=0)
            apart = here - mean
            before, added = int(self.n[number]), len(rows)
            step = mean - self.mean[number]
            weight = before * added / (before + added)
            moved, whole = apart.T @ apart, before + added
            self.cubed[number] += (apart**3).sum(axis=0) + step**3 * weight * (
                before - added
            ) / whole
            self.cubed[number] += (
                3 * step * (before * np.diag(moved) - added * np.diag(self.moved[number])) / whole
            )
            self.moved[number] += moved + weight * np.outer(step, step)
            self.mean[number] += step * (added / (before + added))
            self.n[number] += added

    def joined(self, account: IntArray, cell: IntArray, values: FloatArray) -> Moments:
        """Return these moments with some more contacts, as `Accounts.joined` does."""
        every = copy.deepcopy(self)
        if len(cell):
            every.add(cell, values)
        return every

    @property
    def sizes(self) -> IntArray:
        """Contacts of each cell."""
        return self.n

    @property
    def amounts(self) -> FloatArray:
        """Sums of the outcomes, cells × outcomes."""
        return self.mean * self.n[:, None]

    def variance(self, cell: int, weights: FloatArray) -> float:
        """Return the sample variance of a weighted sum of the outcomes in a cell."""
        return float(weights @ self.moved[cell] @ weights) / (int(self.n[cell]) - 1)

    def third(self, cells: slice, name: int) -> FloatArray:
        """Return the third central moment of an outcome in some cells."""
        return np.asarray(self.cubed[cells, name] / np.maximum(self.n[cells], 1))


@dataclass(frozen=True, eq=False)
class Accounts:
    """Sums of contacts by account and cell, sorted by cell.

    Parameters
    ----------
    account, cell, n
        Code of the account, cell and contacts, one a row; each pair stands once.
    totals
        Sums of the outcomes, outcomes × rows.
    cells
        Number of cells.
    """

    account: IntArray
    cell: IntArray
    n: IntArray
    totals: FloatArray
    cells: int

    @cached_property
    def sizes(self) -> IntArray:
        """Contacts of each cell."""
        return np.bincount(self.cell, weights=self.n, minlength=self.cells).astype(np.int64)

    @cached_property
    def amounts(self) -> FloatArray:
        """Sums of the outcomes, cells × outcomes."""
        sums = [np.bincount(self.cell, weights=one, minlength=self.cells) for one in self.totals]
        return np.column_stack(sums)

    @cached_property
    def whole(self) -> bool:
        """Whether each account lies in one cell."""
        return bool(np.bincount(self.account).max(initial=0) <= 1)

    def joined(self, account: IntArray, cell: IntArray, values: FloatArray) -> Accounts:
        """Return these sums with some more contacts.

        Parameters
        ----------
        account, cell
            Code of the account, and cell, of each further contact.
        values
            Their outcomes, contacts × outcomes.
        """
        pairs = np.concatenate([self.account, account]) * self.cells
        pairs += np.concatenate([self.cell, cell])
        n = np.concatenate([self.n, np.ones(len(account), dtype=np.int64)])
        return _by_cell(pairs, n, np.hstack([self.totals, values.T]), self.cells)

    def of_cells(self, first: int, last: int) -> slice:
        """Return the rows of some neighbouring cells."""
        low, high = np.searchsorted(self.cell, [first, last])
        return slice(int(low), int(high))


class AccountSums:
    """Sums by account and cell while they are gathered from several lots of contacts.

    Parameters
    ----------
    cells, names
        Numbers of cells and of outcomes.
    """

    def __init__(self, cells: int, names: int) -> None:
        self._cells = cells
        self._names = names
        self._lots: list[tuple[IntArray, IntArray, FloatArray]] = []
        self._of_contact: NDArray[np.int32] = np.empty(0, dtype=np.int32)
        self._of_account: NDArray[np.int32] | None = None
        self._rows: tuple[NDArray[np.int32], NDArray[np.int16]]

    def begin(self, account: NDArray[np.int32], cell: NDArray[np.int16]) -> None:
        """Begin a lot of contacts.

        Parameters
        ----------
        account, cell
            Code of each contact's account, the same in all lots, and its cell; −1 leaves it out.
        """
        self._rows = account, cell
        self._of_account = _whole(account, cell)
        if self._of_account is not None:
            # As mostly: no contact needs a number of its own.
            held = np.flatnonzero(self._of_account >= 0)
            pairs = held * self._cells + self._of_account[held]
            self._of_account[held] = np.arange(len(held), dtype=np.int32)
            self._add_lot(pairs)
            return
        wide = int(account.max(initial=0)) >= np.iinfo(np.int32).max // self._cells
        key: NDArray[np.signedinteger[Any]] = account.astype(np.int64 if wide else np.int32)
        key = key * self._cells + cell
        key[cell < 0] = -1
        most = int(key.max(initial=-1)) + 1
        if most < SPARSE * len(key):
            # Numbering what occurs in a table of all that might needs no hashing.
            there = np.zeros(most + 1, dtype=np.int32)
            there[key] = 1
            there[-1] = 0  # those who are left out
            pairs = np.flatnonzero(there)
            there[pairs] = np.arange(len(pairs), dtype=np.int32)
            there[-1] = -1
            self._of_contact = there[key]
        else:
            kept = key >= 0
            group, pairs = pd.factorize(key[kept])
            self._of_contact = np.full(len(key), -1, dtype=np.int32)
            self._of_contact[kept] = group
        self._add_lot(pairs)

    def _add_lot(self, pairs: IntArray) -> None:
        n = np.zeros(len(pairs), dtype=np.int64)
        self._lots.append((pairs, n, np.zeros((self._names, len(pairs)))))

    def _groups(self, rows: slice) -> IntArray:
        """Give the place of each contact's pair of account and cell, without those left out."""
        if self._of_account is None:
            group = self._of_contact[rows]
            return group[group >= 0].astype(np.int64)
        account, cell = (column[rows] for column in self._rows)
        return self._of_account[account[those(cell >= 0)]].astype(np.int64)

    def add(self, rows: slice, values: list[NDArray[Any]]) -> None:
        """Add the outcomes of those of some of the lot's contacts who count, an array each."""
        group = self._groups(rows)
        _, n, totals = self._lots[-1]
        low, high = (int(group.min()), int(group.max()) + 1) if len(group) else (0, 0)
        at = group - low
        n[low:high] += np.bincount(at, minlength=high - low)
        for total, value in zip(totals, values, strict=True):
            # Accounts mostly lie together, so that few sums are touched at a time.
            total[low:high] += np.bincount(at, weights=value, minlength=high - low)

    def done(self) -> Accounts:
        """Return the sums of all lots."""
        pairs, n, totals = self._lots[0]
        if len(self._lots) > 1:
            pairs, n, totals = (
                np.concatenate([lot[place] for lot in self._lots], axis=-1) for place in range(3)
            )
        return _by_cell(pairs, n, totals, self._cells, once=len(self._lots) == 1)


def _by_cell(
    pairs: IntArray, n: IntArray, totals: FloatArray, cells: int, *, once: bool = False
) -> Accounts:
    """Return sums by account and cell, whose pairs are numbered account by account.

    Parameters
    ----------
    pairs, n, totals
        Number of the pair, contacts, and sums of the outcomes, outcomes × rows.
    cells
        Number of cells.
    once
        Whether each pair stands once.
    """
    if not once:
        group, pairs = pd.factorize(pairs)
        n = np.bincount(group, weights=n).astype(np.int64)
        totals = np.array([np.bincount(group, weights=total) for total in totals])
    account, cell = np.divmod(pairs, cells)
    order = np.argsort(cell.astype(np.int16), kind="stable")  # of 16 bits, without comparing
    return Accounts(account[order], cell[order], n[order], totals[:, order], cells)


def _whole(account: NDArray[np.int32], cell: NDArray[np.int16]) -> NDArray[np.int32] | None:
    """Return the cell of each account, −1 for none; None where one lies in several."""
    kept = those(cell >= 0)
    account, cell = account[kept], cell[kept]
    if not len(account) or account.min() < 0 or account.max() >= SPARSE * len(account):
        return None
    of_account = np.full(int(account.max()) + 1, -1, dtype=np.int32)
    of_account[account] = cell
    return of_account if bool((of_account[account] == cell).all()) else None
