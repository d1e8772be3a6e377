"""Gaps between dials kept in a temporary file, for medians of any number of them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from simkit.measures.reduction import US_PER_DAY

if TYPE_CHECKING:
    from types import TracebackType

    from numpy.typing import NDArray

#: A gap is kept as its microseconds (2**50 of them are 35 years) and, above them, its cell.
CELL_BIT = 50
MOST_CELLS = 1 << (63 - CELL_BIT)
READ_AT_ONCE = 1 << 18
#: Classes of length in all cells together, and in a cell at least.
CLASSES, FEWEST_CLASSES = 1 << 20, 16


class GapFile:
    """Gaps by cell, in a file: a median needs all of them, and there are as many as attempts."""

    def __init__(self, cells: int) -> None:
        self._cells = cells
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  (closed by __exit__)

    def __enter__(self) -> GapFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def add(self, gaps: NDArray[np.int64]) -> None:
        """Keep gaps: microseconds, and the cell from CELL_BIT on."""
        self._file.write(gaps.data.cast("B") if len(gaps) else b"")

    def median_days(self, longest_us: int) -> NDArray[np.float64]:
        """Return the median of each cell's gaps, days; NaN where there is none.

        Exact: gaps are counted by classes of length, then those of the classes in which the middle
        lies are read again and sorted.

        Parameters
        ----------
        longest_us
            No gap is longer.
        """
        most = max(CLASSES // self._cells, FEWEST_CLASSES)
        shift = (longest_us // most).bit_length()
        classes = (longest_us >> shift) + 1
        counts = np.zeros(self._cells * classes, dtype=np.int64)
        for gaps in self._read():
            cell, length = gaps >> CELL_BIT, gaps & ((1 << CELL_BIT) - 1)
            counts += np.bincount(cell * classes + (length >> shift), minlength=len(counts))
        upto = np.cumsum(counts.reshape(self._cells, classes), axis=1)
        total = upto[:, -1]
        wanted = [(total - 1) // 2, total // 2]
        of_class = [(upto <= middle[:, None]).sum(axis=1) for middle in wanted]
        needed = np.zeros((self._cells, classes), dtype=np.bool_)
        some = np.flatnonzero(total)
        for places in of_class:
            needed[some, places[some]] = True
        held = self._those_of(needed.ravel(), classes, shift)
        medians = np.full(self._cells, np.nan)
        for number in some.tolist():
            low = int(of_class[0][number])
            before = int(upto[number, low - 1]) if low else 0
            here = np.sort(held[held >> CELL_BIT == number]) & ((1 << CELL_BIT) - 1)
            first, second = (int(middle[number]) for middle in wanted)
            # Where the middle lies between two classes, there is nothing between them.
            medians[number] = (here[first - before] + here[second - before]) / 2 / US_PER_DAY
        return medians

    def _those_of(self, needed: NDArray[np.bool_], classes: int, shift: int) -> NDArray[np.int64]:
        parts = [np.empty(0, dtype=np.int64)]
        for gaps in self._read():
            cell, length = gaps >> CELL_BIT, gaps & ((1 << CELL_BIT) - 1)
            parts.append(gaps[needed[cell * classes + (length >> shift)]])
        return np.concatenate(parts)

    def _read(self) -> Iterator[NDArray[np.int64]]:
        self._file.seek(0)
        while part := self._file.read(READ_AT_ONCE * 8):
            yield np.frombuffer(part, dtype=np.int64)
