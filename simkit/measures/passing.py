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

from simkit.calllog import DISPOSITIONS
from simkit.calllog.stored import BATCH_ROWS, StoredLog
from simkit.engine.compiled.build import kept
from simkit.engine.compiled.rows import prefetch, rows_of
from simkit.measures.agents import AgentArms
from simkit.measures.batches import attempt_batches, frozen
from simkit.measures.clock import Clock
from simkit.measures.gaps import GapFile
from simkit.measures.outcomes import COUNTED
from simkit.measures.tally import KINDS, SOLD, UNKNOWN, count_attempt, count_sale

if TYPE_CHECKING:
    from numpy.typing import NDArray

COUNTED_AS = {"agent_s": "u4", "talk_wrap_s": "u4", "opt_outs": "u1", "complaints": "u1"}
#: A contact on its way: when it entered and until when it was observed, the dial from which its
#: next gap counts (UNKNOWN where none does, as after one in which it asked to be called back; ENDED
#: where no call may follow), its place among those who bought (0: not yet), its cell, its rows so
#: far, with REACHED where its last dial reached the right party, and its counts. There is room for
#: MOST_ROWS of a contact, so that 16 bits hold whatever is counted of them, and 8 bits what ends
#: the calling. It fills one line of the processor's cache.
SEEN = np.dtype(
    [
        ("entered_us", "i8"),
        ("observed_us", "i8"),
        ("previous_us", "i8"),
        ("buyer", "i4"),
        ("cell", "i2"),
        ("rows", "u2"),
        *((name, COUNTED_AS.get(name, "u2")) for name in COUNTED if name not in SOLD),
    ]
)
#: Who bought.
BUYER = np.dtype([(name, "i8" if name in ("sold_us", "value_cents") else "i4") for name in SOLD])
#: What is counted of a contact's calls beyond its horizon: all calls show whom a log leaves out.
LATER = np.dtype([("attempts", "u2"), ("right_party", "u2"), ("ended", "?")])
ENDED = UNKNOWN - 1
REACHED = 1 << 15
MOST_ROWS = REACHED - 1
ROWS_SUSPECTED = 1_000
AHEAD = 32
PROB = "cancel_prob"

#: What the kernel carries from batch to batch.
CARRIED = np.dtype(
    [(name, "i8") for name in ("row", "last_us", "offset", "gaps", "suspects", "matched", "buyers")]
)


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
            *(KINDS, _FINAL, seen, np.empty(0, dtype=BUYER), np.empty(0, dtype=LATER), 1),
            *(none, none, none, np.zeros((1, 1), dtype=np.uint8), none, 0, none),
            np.zeros(1, dtype=CARRIED),
        )
    finally:
        if collecting:
            gc.enable()


def _compiled() -> Callable[..., Any]:
    (count,) = kept(pass_rows, what="the counting of stored attempts")
    return count


def begin_contacts(count: int) -> NDArray[Any]:
    """Make room for SEEN of contacts, each of whom is to `enter`.

    Parameters
    ----------
    count
        How many.
    """
    # From the beginning of a line on, or each contact would lie in two.
    room = np.zeros((count + 1) * SEEN.itemsize, dtype=np.uint8)
    first = -room.ctypes.data % SEEN.itemsize
    return room[first : first + count * SEEN.itemsize].view(SEEN)


def enter(
    seen: NDArray[Any], entered_us: NDArray[np.int64], observed_us: NDArray[np.int64]
) -> None:
    """Let contacts enter, to whom no call was made yet.

    Parameters
    ----------
    seen
        Theirs of what `begin_contacts` made.
    entered_us, observed_us
        When they entered and until when they were observed, civil microseconds.
    """
    seen["entered_us"], seen["observed_us"] = entered_us, observed_us
    seen["previous_us"] = UNKNOWN


def pass_attempts(
    stored: StoredLog,
    ids: pa.Array,
    seen: NDArray[Any],
    cell: NDArray[np.int16],
    *,
    horizon_us: int,
    arm_of_cell: NDArray[np.int64],
    clock: Clock,
    agents: AgentArms,
    gaps: GapFile,
) -> Passed:
    """Count the attempts of some contacts by their windows, in one pass over the file.

    Parameters
    ----------
    stored
        The log.
    ids
        The contacts' ids, each there once.
    seen
        What `begin_contacts` has made of them; it is filled in place.
    cell
        The cell of each contact that is compared, −1 for the others: gaps and agents are those of
        the contacts that are compared.
    horizon_us
        Civil microseconds; the window is from the entry to the horizon, or to the end of
        observation.
    arm_of_cell
        The arm of each cell.
    clock
        The offsets of the log's time zone.
    agents, gaps
        Where agents and gaps are gathered.
    """
    seen["cell"] = cell
    # There is room for all, but no memory is taken before it is written to.
    buyers = np.zeros(len(seen) + 1, dtype=BUYER)
    buyers["sold_us"][0] = UNKNOWN
    later = np.zeros(len(seen), dtype=LATER)
    carried = np.zeros(1, dtype=CARRIED)
    carried["last_us"] = np.iinfo(np.int64).min
    suspects = np.zeros(ROWS_SUSPECTED, dtype=np.int64)
    cancelled = False
    count = _compiled()
    found = np.empty(BATCH_ROWS, dtype=np.int64)
    for batch, places in attempt_batches(stored, ids):
        if len(batch) > len(found):
            found = np.empty(len(batch), dtype=np.int64)
        agent = agents.codes_of(batch.agents)
        count(
            *batch.columns,
            agent,
            places.lowest,
            places.most,
            places.of_id,
            KINDS,
            _FINAL,
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
            suspects,
            carried,
        )
        gaps.add(found[: int(carried["gaps"][0])])
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


_FINAL = np.array([row.final for row in DISPOSITIONS.values()], dtype=np.uint8)


def place_of(number: int, lowest: int, most: int, of_id: Any) -> int:
    """Give the place of the contact of an id, −1 for nobody; as `Places` says."""
    at = number - lowest
    if at < 0 or at >= most:
        return -1
    return at if len(of_id) == 0 else int(of_id[at])


def pass_rows(
    ids: Any,
    numbers: Any,
    times_us: Any,
    named: Any,
    code_of: Any,
    ring_s: Any,
    talk_s: Any,
    wrap_s: Any,
    cancelled: Any,
    value_cents: Any,
    agents: Any,
    lowest: int,
    most: int,
    of_id: Any,
    kinds: Any,
    final: Any,
    contacts: Any,
    buyers: Any,
    later: Any,
    horizon_us: int,
    from_us: Any,
    offset_us: Any,
    arm_of_cell: Any,
    called: Any,
    gaps: Any,
    cell_bit: int,
    suspects: Any,
    carried: Any,
) -> None:
    """Count a batch of attempts.

    Parameters
    ----------
    ids, numbers, times_us, named, code_of, ring_s, talk_s, wrap_s, cancelled, value_cents, agents
        The attempts: their contact's id, number, time of UTC, what they are named (and the code of
        the disposition of each name, −1 for none), seconds, whether their sale was cancelled, its
        value and the agent's number.
    lowest, most, of_id
        `Places`.
    kinds, final
        KIND, and whether no call may follow, by code.
    contacts, buyers, later, horizon_us
        SEEN, BUYER, LATER, the horizon; records are changed in place.
    from_us, offset_us
        The clock's.
    arm_of_cell, called
        The arm of each cell, and which agent called for which arm; the second is changed in place.
    gaps, cell_bit, suspects, carried
        Where gaps go, as GapFile keeps them; rows that seem to break a rule; CARRIED.
    """
    arms = called.shape[1]
    ids, numbers, times_us = rows_of(ids), rows_of(numbers), rows_of(times_us)
    named, code_of, of_id = rows_of(named), rows_of(code_of), rows_of(of_id)
    ring_s, talk_s, wrap_s, agents = (
        rows_of(ring_s),
        rows_of(talk_s),
        rows_of(wrap_s),
        rows_of(agents),
    )
    cancelled, value_cents = rows_of(cancelled), rows_of(value_cents)
    kinds, final, contacts = rows_of(kinds), rows_of(final), rows_of(contacts)
    buyers, later = rows_of(buyers), rows_of(later)
    from_us, offset_us = rows_of(from_us), rows_of(offset_us)
    arm_of_cell, called, gaps = rows_of(arm_of_cell), rows_of(called), rows_of(gaps)
    carry = rows_of(carried)[0]
    count = len(ids)
    first, last_us, offset = int(carry.row), int(carry.last_us), int(carry.offset)
    many, bought = int(carry.suspects), int(carry.buyers)
    found = 0
    matched = 0
    for place in range(count):
        ahead = place + AHEAD
        if ahead < count:
            coming = place_of(ids[ahead], lowest, most, of_id)
            if coming >= 0:
                prefetch(contacts, coming)
        utc_us = int(times_us[place])
        wrong = utc_us < last_us
        last_us = utc_us
        number = place_of(ids[place], lowest, most, of_id)
        if number >= 0:
            matched += 1
            while offset + 1 < len(from_us) and utc_us >= from_us[offset + 1]:
                offset += 1
            while utc_us < from_us[offset]:
                offset -= 1
            dialled_us = utc_us + int(offset_us[offset])
            code = int(code_of[named[place]])
            who = contacts[number]
            row = min((who.rows & MOST_ROWS) + 1, MOST_ROWS)
            who.rows = row | (who.rows & REACHED)
            amounts = min(ring_s[place], talk_s[place], wrap_s[place], value_cents[place])
            sold = cancelled[place] != 0 or value_cents[place] != UNKNOWN
            wrong = wrong or (
                code < 0
                or who.previous_us == ENDED
                or numbers[place] != row
                or dialled_us < who.entered_us
                or dialled_us > who.observed_us
                or amounts < UNKNOWN
                or (sold and not kinds[code].sale)
            )
            if code >= 0:
                if (
                    who.entered_us <= dialled_us <= who.observed_us
                    and dialled_us - who.entered_us < horizon_us
                ):
                    kind = kinds[code]
                    count_attempt(who, kind, ring_s[place], talk_s[place], wrap_s[place])
                    if kind.sale:
                        if who.buyer == 0:
                            bought += 1
                            who.buyer = bought
                            buyers[bought].sold_us = UNKNOWN
                        buyer = buyers[who.buyer]
                        gone = cancelled[place] != 0
                        count_sale(buyer, dialled_us, gone, value_cents[place])
                    if who.cell >= 0 and agents[place] >= 0:
                        called[agents[place] * arms + arm_of_cell[who.cell]] = 1
                    if kind.counts:
                        who.rows = row | (REACHED if kind.right_party else 0)
                        if who.cell >= 0 and who.previous_us > UNKNOWN:
                            # By the clock, the hour that autumn repeats goes back: 0.
                            gap_us = max(dialled_us - who.previous_us, 0)
                            gaps[found] = gap_us | (int(who.cell) << cell_bit)
                            found += 1
                        if who.previous_us != ENDED:
                            who.previous_us = UNKNOWN if kind.asked else dialled_us
                elif who.entered_us <= dialled_us <= who.observed_us:
                    kind = kinds[code]
                    after = later[number]
                    after.attempts += kind.counts
                    after.right_party += kind.right_party
                    if kind.counts:
                        who.rows = row | (REACHED if kind.right_party else 0)
                    if kind.sale or kind.opt_out or kind.suppressed:
                        after.ended = True
                if final[code] != 0:
                    who.previous_us = ENDED
        if wrong:
            if many < len(suspects):
                suspects[many] = first + place
            many += 1
    carry.row = first + count
    carry.last_us = last_us
    carry.offset = offset
    carry.suspects = many
    carry.buyers = bought
    carry.gaps = found
    carry.matched += matched
