"""Attempts counted row by row, as compiled code does it: what is held of each contact on its way.

What is counted is what :mod:`simkit.measures.outcomes` counts of a log in memory, and the gaps are
those of :mod:`simkit.measures.spacing`. Each row is held against the rules of a call log that its
counts rest on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simkit.calllog import DISPOSITIONS
from simkit.engine.compiled.rows import prefetch, rows_of
from simkit.measures.drawn import hash_of
from simkit.measures.outcomes import COUNTED
from simkit.measures.tally import SOLD, UNKNOWN, count_attempt, count_sale

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

#: What the kernel carries from batch to batch.
CARRIED = np.dtype(
    [
        (name, "i8")
        for name in (
            *("row", "last_us", "offset", "gaps", "drawn"),
            *("suspects", "matched", "buyers"),
        )
    ]
)

FINAL = np.array([row.final for row in DISPOSITIONS.values()], dtype=np.uint8)
"""Whether no call may follow, by code of the disposition."""


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
    drawn: Any,
    highest: int,
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
    gaps, cell_bit
        Where gaps go, as GapFile keeps them.
    drawn, highest
        Where the places of attempts go whose contacts are drawn, and until which `hash_of` they
        are; −1 draws nobody.
    suspects, carried
        Rows that seem to break a rule; CARRIED.
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
    drawn = rows_of(drawn)
    carry = rows_of(carried)[0]
    count = len(ids)
    first, last_us, offset = int(carry.row), int(carry.last_us), int(carry.offset)
    many, bought = int(carry.suspects), int(carry.buyers)
    found = 0
    chosen = 0
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
        if hash_of(ids[place]) <= highest:
            drawn[chosen] = place
            chosen += 1
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
    carry.drawn = chosen
    carry.matched += matched
