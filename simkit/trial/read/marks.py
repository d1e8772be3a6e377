"""Marks of the contacts of an arm: short texts by which a look knows whom it saw, and how they did.

A mark is the sum of the contacts' hashes, so that it does not depend on their order, nor on how a
log was cut. Into a hash goes what can no longer change once a contact was followed to the horizon;
whether a sale was cancelled can, and stays out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from simkit.measures.outcomes import contact_outcomes, sold_cents
from simkit.measures.reduction import US_PER_DAY, civil_us
from simkit.trial.read.data import as_names

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simkit.calllog import CallLog

    UintArray = NDArray[np.uint64]

Cell = tuple[str, str]
"""Segment and arm."""
Marks = tuple[Mapping[Cell, str], ...]
"""Segment and arm → mark: of those followed by each of some moments, and last of all."""

SOLD = "sold_cents"
SETTLED = ("attempts", "agent_s", "sale", SOLD, "opt_out", "complaint")
"""What came of a contact by the horizon, and stays so: sales at what they were worth when made."""
UNSETTLED = frozenset(
    ("cancelled", "net_sale", "net_sale_expected", "pending", "value_eur", "net_value_eur")
)
"""Outcomes that hang on whether sales are cancelled, which may come after a look."""
NO_CELL = -1
WHOLE_NUMBER = r"^(0|-?[1-9][0-9]{0,17})$"
# Splitmix64: Steele, Lea and Flood (2014), Fast splittable pseudorandom number generators, OOPSLA.
STEP, FIRST, SECOND = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


class Marking:
    """Marks of arms while their contacts are read.

    Parameters
    ----------
    cells
        Segment and arm of each cell.
    moments_us
        Moments by which contacts were followed to the horizon, civil microseconds.
    """

    def __init__(self, cells: Sequence[Cell], moments_us: Sequence[int]) -> None:
        self._cells, self._moments_us = tuple(cells), tuple(moments_us)
        self._sums = np.zeros((len(self._moments_us) + 1, len(self._cells)), dtype=np.uint64)

    def add(
        self,
        cell: NDArray[Any],
        ids: pa.Array,
        followed_us: NDArray[np.int64],
        came: Mapping[str, NDArray[Any]],
    ) -> None:
        """Add contacts.

        Parameters
        ----------
        cell
            Of each contact; `NO_CELL` for one who was not followed to the horizon.
        ids
            Their ids.
        followed_us
            When each had been followed to the horizon, civil microseconds.
        came
            SETTLED of each.
        """
        kept = cell != NO_CELL
        hashes = hash_of_ids(ids.filter(pa.array(kept)))
        for place, name in enumerate(SETTLED):
            numbers = came[name][kept].astype(np.int64).view(np.uint64)
            hashes += numbers * np.uint64((2 * place + 1) * STEP % (1 << 64))
        hashes = _mixed(hashes)
        own, then = cell[kept], followed_us[kept]
        for number, moment in enumerate(self._moments_us):
            by_then = then <= moment
            np.add.at(self._sums[number], own[by_then], hashes[by_then])
        np.add.at(self._sums[-1], own, hashes)

    def marks(self) -> Marks:
        """Return the marks of all who were added."""
        return tuple(
            {cell: f"{int(total):016x}" for cell, total in zip(self._cells, row, strict=True)}
            for row in self._sums
        )


def hash_of_ids(ids: pa.Array) -> UintArray:
    """Hash ids, alike whether a file holds a whole number as a number or as text.

    Parameters
    ----------
    ids
        Whole numbers or texts.
    """
    if pa.types.is_dictionary(ids.type):
        ids = ids.dictionary_decode()
    if pa.types.is_integer(ids.type):
        numbers = ids.to_numpy(zero_copy_only=False).astype(np.int64)
        return _mixed(numbers.view(np.uint64))
    whole = pc.match_substring_regex(ids, WHOLE_NUMBER)
    at = whole.to_numpy(zero_copy_only=False).astype(np.bool_)
    found = _hash_of_texts(ids)
    found[at] = hash_of_ids(ids.filter(whole).cast(pa.int64()))
    return found


def _hash_of_texts(texts: pa.Array) -> UintArray:
    """Hash texts by the words of eight bytes that they are made of, those of one length at a time.

    Parameters
    ----------
    texts
        Of any lengths.
    """
    whole = pa.concat_arrays([texts.cast(pa.large_binary())])  # a slice without what it was cut of
    _, offsets, content = whole.buffers()
    starts = np.frombuffer(offsets, dtype=np.int64)[whole.offset :][: len(whole) + 1]
    letters = np.frombuffer(content or b"", dtype=np.uint8)
    lengths = np.diff(starts)
    found = _mixed(lengths.view(np.uint64))
    for length in np.unique(lengths[lengths > 0]):
        rows = np.flatnonzero(lengths == length)
        padded = np.zeros((len(rows), -(-length // 8) * 8), dtype=np.uint8)
        padded[:, :length] = letters[starts[rows][:, None] + np.arange(length)]
        for word in padded.view("<u8").T:
            found[rows] = _mixed(found[rows] ^ word)
    return found


def marks_at(
    table: pd.DataFrame,
    cells: pd.DataFrame,
    timezone: str,
    horizon_days: float,
    moments_us: Sequence[int],
) -> Marks:
    """Mark the arms of contacts whose outcomes are known.

    Parameters
    ----------
    table
        ``contact_outcomes`` at the horizon, of contacts with an arm, and their `sold_cents`.
    cells
        ``segment`` and ``arm`` of the same rows, as names.
    timezone, horizon_days
        Of the log; days since entry.
    moments_us
        As `Marking` takes them.
    """
    cell, named = pd.MultiIndex.from_frame(cells[["segment", "arm"]]).factorize()
    marking = Marking([(str(segment), str(arm)) for segment, arm in named], moments_us)
    marking.add(
        np.where(table["full_horizon"], cell, NO_CELL),
        pa.array(table["contact_id"]),
        civil_us(table["entered_at"], timezone) + round(horizon_days * US_PER_DAY),
        {name: table[name].to_numpy() for name in SETTLED},
    )
    return marking.marks()


def marks_of(log: CallLog, horizon_days: float, moments: Sequence[pd.Timestamp]) -> Marks:
    """Mark the arms of a log as looks at it see them.

    Parameters
    ----------
    log
        A log in memory.
    horizon_days
        The registered horizon.
    moments
        When it was looked at.
    """
    table = contact_outcomes(log, horizon_days=horizon_days)
    table[SOLD] = sold_cents(log, horizon_days)
    table = table[table["arm"].notna()].reset_index(drop=True)
    cells = pd.DataFrame({name: as_names(table[name]) for name in ("segment", "arm")})
    return marks_at(table, cells, log.header.timezone, horizon_days, moments_us(log, moments))


def moments_us(log: Any, moments: Sequence[pd.Timestamp]) -> list[int]:
    """Give moments as microseconds of a log's civil time.

    Parameters
    ----------
    log
        A log in memory or on disk.
    moments
        With their offsets.
    """
    zone = log.header.timezone
    return [int(civil_us(pd.Series([one.tz_convert(zone)]), zone)[0]) for one in moments]


def of_both(marks: Mapping[Cell, str], segment: str, arm: str, control: str) -> str:
    """Return the mark of a comparison, of its arm and its control; empty where one has none."""
    own, other = (marks.get((segment, name), "") for name in (arm, control))
    return own + other if own and other else ""


def _mixed(numbers: UintArray) -> UintArray:
    # Products and sums of arrays of whole numbers wrap around, as is meant here.
    mixed = numbers + np.uint64(STEP)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(FIRST)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(SECOND)
    return mixed ^ (mixed >> np.uint64(31))
