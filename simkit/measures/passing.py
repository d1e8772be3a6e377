"""Attempts counted while they are read from disk, so that a log larger than memory has outcomes.

What is counted is what :mod:`simkit.measures.outcomes` counts of a log in memory, and the gaps are
those of :mod:`simkit.measures.spacing`. Each attempt is looked at once, in the order of the file,
and nothing of it is remembered but its contact's counts: memory grows with the contacts that are
taken at a time, whatever the number of attempts.

On the way each row is held against the rules of a call log that its counts rest on. Rows that seem
to break one are told by their number; what is wrong with them, `simkit.calllog.suspects` says.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from simkit.calllog.stored import BATCH_ROWS, StoredLog
from simkit.engine.compiled.build import kept
from simkit.measures.agents import AgentArms
from simkit.measures.batches import attempt_batches, frozen
from simkit.measures.clock import Clock
from simkit.measures.counting import (
    BUYER,
    CARRIED,
    FINAL,
    LATER,
    REACHED,
    ROWS_SUSPECTED,
    SEEN,
    pass_rows,
)
from simkit.measures.drawn import Drawing
from simkit.measures.gaps import GapFile
from simkit.measures.outcomes import COUNTED
from simkit.measures.tally import KINDS, SOLD, UNKNOWN

if TYPE_CHECKING:
    from numpy.typing import NDArray

PROB = "cancel_prob"
NOBODY = -1
"""No contact's hash is so low."""


@dataclass(frozen=True, eq=False)
class Passed:
    """What a pass over the attempts has left of some contacts, one entry a contact.

    Parameters
    ----------
    seen, buyers, later
        SEEN, BUYER and LATER.
    suspects
        Numbers of the rows that seem to break a rule, at most ROWS_SUSPECTED.
    suspected
        How many there were.
    matched, cancelled
        Attempts that were made to these contacts; whether any sale of the log was cancelled.
    """

    seen: NDArray[Any]
    buyers: NDArray[Any]
    later: NDArray[Any]
    suspects: NDArray[np.int64]
    suspected: int
    matched: int
    cancelled: bool

    def last_reached(self, rows: slice) -> NDArray[np.bool_]:
        """Tell of some contacts whether their last dial reached the right party."""
        return (self.seen["rows"][rows] & REACHED) > 0

    def counts(self, rows: slice, counted: Collection[str]) -> dict[str, NDArray[np.int64]]:
        """Return what was counted of some contacts.

        Parameters
        ----------
        rows
            Which contacts.
        counted
            Names of COUNTED; what sold is always told.
        """
        part = self.seen[rows]
        buyer = part["buyer"]
        bought = np.flatnonzero(buyer)  # a few: the others are like the first of BUYER
        sold = self.buyers.take(buyer[bought])  # whole records: much faster than by an index
        found = {}
        for name in SOLD:
            found[name] = np.full(len(part), self.buyers[name][0], dtype=np.int64)
            found[name][bought] = sold[name]
        for name in COUNTED:
            if name in counted and name not in SOLD:
                found[name] = part[name].astype(np.int64)
        return found


def make_ready() -> None:
    """Load what counts, so that the first log to be read need not wait for it."""
    count = _compiled()
    seen, none = np.empty(0, dtype=SEEN), np.empty(0, dtype=np.int64)
    kinds = ("i8", "i4", "i8", "i4", "i1", "i4", "i4", "i4", "u1", "i8")
    # Loading makes many objects that all stay: a search for cyclic garbage amid them finds nothing
    # and takes longer than the loading.
    collecting = gc.isenabled()
    gc.disable()
    try:
        count(
            *frozen(*(np.empty(0, dtype=kind) for kind in kinds)),
            *(np.empty(0, dtype=np.int32), 0, 0, np.empty(0, dtype=np.int32)),
            *(KINDS, FINAL, seen, np.empty(0, dtype=BUYER), np.empty(0, dtype=LATER), 1),
            *(none, none, none, np.zeros((1, 1), dtype=np.uint8), none, 0),
            *(np.empty(0, dtype=np.int32), NOBODY, none, np.zeros(1, dtype=CARRIED)),
        )
    finally:
        if collecting:
            gc.enable()


def _compiled() -> Callable[..., Any]:
    (count,) = kept(pass_rows, what="the counting of stored attempts")
    return count


def pass_attempts(
    stored: StoredLog,
    ids: pa.Array,
    seen: NDArray[Any],
    *,
    horizon_us: int,
    arm_of_cell: NDArray[np.int64],
    clock: Clock,
    agents: AgentArms,
    gaps: GapFile,
    drawing: Drawing | None = None,
) -> Passed:
    """Count the attempts of some contacts by their windows, in one pass over the file.

    Parameters
    ----------
    stored
        The log.
    ids
        The contacts' ids, each there once.
    seen
        SEEN of contacts who have entered, with the cell of each that is compared, −1 for the
        others: gaps and agents are those of the contacts that are compared. It is filled in place.
    horizon_us
        Civil microseconds; the window is from the entry to the horizon, or to the end of
        observation.
    arm_of_cell
        The arm of each cell.
    clock
        The offsets of the log's time zone.
    agents, gaps, drawing
        Where agents, gaps and, if asked for, the dials of contacts drawn are gathered.
    """
    # There is room for all, but no memory is taken before it is written to.
    buyers = np.zeros(len(seen) + 1, dtype=BUYER)
    buyers["sold_us"][0] = UNKNOWN
    later = np.zeros(len(seen), dtype=LATER)
    carried = np.zeros(1, dtype=CARRIED)
    carried["last_us"] = np.iinfo(np.int64).min
    suspects = np.zeros(ROWS_SUSPECTED, dtype=np.int64)
    cancelled = False
    count = _compiled()
    found, drawn = np.empty(BATCH_ROWS, dtype=np.int64), np.empty(BATCH_ROWS, dtype=np.int32)
    highest = NOBODY if drawing is None else drawing.highest
    for batch, places in attempt_batches(stored, ids):
        if len(batch) > len(found):
            found, drawn = np.empty(len(batch), np.int64), np.empty(len(batch), np.int32)
        agent = agents.codes_of(batch.agents)
        count(
            *batch.columns,
            agent,
            places.lowest,
            places.most,
            places.of_id,
            KINDS,
            FINAL,
            seen,
            buyers,
            later,
            int(horizon_us),
            clock.from_us,
            clock.offset_us,
            arm_of_cell,
            agents.called,
            found,
            gaps.cell_bit,
            drawn,
            highest,
            suspects,
            carried,
        )
        gaps.add(found[: int(carried["gaps"][0])])
        if drawing is not None:
            drawing.add(batch, places, drawn[: int(carried["drawn"][0])])
        cancelled = cancelled or batch.cancelled
    many, matched = (int(carried[name][0]) for name in ("suspects", "matched"))
    rows = suspects[: min(many, ROWS_SUSPECTED)]
    return Passed(seen, buyers, later, rows, many, matched, cancelled)


def cancel_probs(stored: StoredLog, ids: pa.Array) -> NDArray[np.float64] | None:
    """Return how likely each contact's sale is to be cancelled, as `simkit.measures.money` does."""
    file = stored.truth_file if stored.header.source == "simulated" else None
    if file is None or PROB not in pq.read_schema(file).names:
        return None
    listed = pa.table({"contact_id": ids, "place": pa.array(np.arange(len(ids)))})
    with duckdb.connect(":memory:") as database:
        database.register("listed", listed)
        query = f"""
            SELECT l.place, t.{PROB}
            FROM read_parquet($file) t JOIN listed l ON l.contact_id = t.contact_id
            WHERE t.{PROB} IS NOT NULL
        """
        found = database.execute(query, {"file": str(file)}).fetchnumpy()
    probs = np.full(len(ids), np.nan)
    probs[found["place"]] = found[PROB]
    return probs
