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

#: A gap is kept as its microseconds and, above the bits that the longest needs, its cell. At most
#: these are for the microseconds (2**50 of them are 35 years).
MOST_BITS = 50
MOST_CELLS = 1 << (63 - MOST_BITS)
READ_AT_ONCE = 1 << 17
#: Classes of length in all cells together, and in a cell at least, as powers of 2: of few and wide
#: classes, that of the median would hold so many gaps that they would count in memory.
CLASSES_BITS, FEWEST_BITS = 20, 4


class GapFile:
    """Gaps by cell, in a file: a median needs all of them, and there are as many as attempts.

    Parameters
    ----------
    cells
        Number of cells.
    longest_us
        No gap is longer.
    """

    def __init__(self, cells: int, longest_us: int) -> None:
        self._cells = cells
        self.cell_bit = min(longest_us.bit_length(), MOST_BITS)
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
        """Keep gaps: microseconds, and the cell from `cell_bit` on."""
        self._file.write(gaps.data.cast("B") if len(gaps) else b"")

    def median_days(self) -> NDArray[np.float64]:
        """Return the median of each cell's gaps, days; NaN where there is none.

        Exact: gaps are counted by classes of length, then those of the classes in which the middle
        lies are read again and sorted.
        """
        bits = max(CLASSES_BITS - self._cells.bit_length(), FEWEST_BITS)
        shift = max(self.cell_bit - bits, 0)
        classes = 1 << (self.cell_bit - shift)
        # Without its lowest bits, a gap is the number of its class, since the cell stands above.
        counts = np.zeros(self._cells * classes, dtype=np.int64)
        for gaps in self._read():
            np.add.at(counts, gaps >> shift, 1)
        upto = np.cumsum(counts.reshape(self._cells, classes), axis=1)
        total = upto[:, -1]
        wanted = [(total - 1) // 2, total // 2]
        of_class = [(upto <= middle[:, None]).sum(axis=1) for middle in wanted]
        needed = np.zeros((self._cells, classes), dtype=np.bool_)
        some = np.flatnonzero(total)
        for places in of_class:
            needed[some, places[some]] = True
        held = self._those_of(needed.ravel(), shift)
        medians = np.full(self._cells, np.nan)
        for number in some.tolist():
            low = int(of_class[0][number])
            before = int(upto[number, low - 1]) if low else 0
            here = np.sort(held[held >> self.cell_bit == number]) - (number << self.cell_bit)
            first, second = (int(middle[number]) for middle in wanted)
            # Where the middle lies between two classes, there is nothing between them.
            medians[number] = (here[first - before] + here[second - before]) / 2 / US_PER_DAY
        return medians

    def _those_of(self, needed: NDArray[np.bool_], shift: int) -> NDArray[np.int64]:
        parts = [gaps[needed[gaps >> shift]] for gaps in self._read()]
        return np.concatenate([np.empty(0, dtype=np.int64), *parts])

    def _read(self) -> Iterator[NDArray[np.int64]]:
        self._file.seek(0)
        while part := self._file.read(READ_AT_ONCE * 8):
            yield np.frombuffer(part, dtype=np.int64)
