"""Contacts of a stored log who are drawn at random, and each of their dials as it passes.

Who is drawn follows from a hash of the number that an attempt names its contact by, so that nothing
has to be kept of a contact for it, and whoever counts the attempts can tell on the way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simkit.measures.batches import Batch, Places
from simkit.measures.clock import Clock

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: A dial in its contact's window: when it was (civil microseconds), the contact's entry among those
#: drawn, the dial's number and the code of its disposition.
DIAL = np.dtype([("dialled_us", "i8"), ("contact", "i4"), ("attempt_no", "i4"), ("code", "i1")])
HIGHEST = 2**32 - 1
#: Multipliers of a hash of 32 bits.
FIRST, SECOND = 0x85EBCA6B, 0xC2B2AE35
PART_ROWS = 1 << 16


def hash_of(number: Any) -> Any:
    """Return a hash, 0 to HIGHEST: the last steps of Appleby's MurmurHash3.

    Parameters
    ----------
    number
        A whole number, or numbers of 64 bits: what overflows stands above the bits that are kept.
    """
    mixed = ((number & HIGHEST) * FIRST) & HIGHEST
    mixed ^= mixed >> 13
    mixed = (mixed * SECOND) & HIGHEST
    return mixed ^ (mixed >> 16)


@dataclass(frozen=True, eq=False)
class DrawnContacts:
    """Contacts drawn at random, all where there are no more, one entry each.

    Parameters
    ----------
    place
        The place of each contact, ascending.
    entered_us, until_us
        When it entered, and until when it was observed or its horizon ended, civil microseconds.
    dials
        Their DIAL, in the order of the file.
    """

    place: NDArray[np.int64]
    entered_us: NDArray[np.int64]
    until_us: NDArray[np.int64]
    dials: NDArray[Any]

    def __len__(self) -> int:
        return len(self.place)


class Drawing:
    """Contacts of a lot who are drawn, and their dials, batch by batch.

    Parameters
    ----------
    part
        The part of the contacts that is drawn.
    arm
        Code of each contact's arm; who has none, −1, is not drawn.
    seen
        SEEN of each contact, before any call.
    horizon_us, clock
        The horizon, and the offsets of the log's time zone.

    Attributes
    ----------
    highest
        Who has a `hash_of` up to it is drawn.
    """

    def __init__(
        self,
        part: float,
        arm: NDArray[np.integer],
        seen: NDArray[Any],
        horizon_us: int,
        clock: Clock,
    ) -> None:
        self.highest = min(int(part * HIGHEST), HIGHEST)
        self._arm, self._seen = arm, seen
        self._horizon_us, self._clock = horizon_us, clock
        self._kept: list[tuple[NDArray[Any], ...]] = []
        self._places = Places(0, 0, np.empty(0, dtype=np.int32))

    def add(self, batch: Batch, places: Places, rows: NDArray[np.int32]) -> None:
        """Keep the dials of those drawn, as they stand in a batch.

        Parameters
        ----------
        batch, places
            As `simkit.measures.batches.attempt_batches` gives them.
        rows
            Which of its rows are those of the drawn.
        """
        self._places = places
        ids, numbers, utc_us, named, code_of, *_ = batch.columns
        self._kept.append((ids[rows], numbers[rows], utc_us[rows], code_of[named[rows]]))

    def done(self) -> DrawnContacts:
        """Return those drawn; nobody where no attempt passed."""
        place = self._drawn()
        entered_us, observed_us = (
            self._seen[name][place] for name in ("entered_us", "observed_us")
        )
        until_us = np.minimum(entered_us + self._horizon_us - 1, observed_us)
        dials = np.empty(0, dtype=DIAL)
        if len(place):
            ids, numbers, utc_us, code = map(np.concatenate, zip(*self._kept, strict=True))
            of = self._places.of(ids)
            entry = np.full(len(self._seen), -1, dtype=np.int32)
            entry[place] = np.arange(len(place), dtype=np.int32)
            contact = entry[of]
            dialled_us = self._clock.civil(utc_us)
            kept = (of >= 0) & (contact >= 0) & (code >= 0)
            kept &= (dialled_us >= entered_us[contact]) & (dialled_us <= until_us[contact])
            dials = np.empty(int(kept.sum()), dtype=DIAL)
            dials["dialled_us"], dials["contact"] = dialled_us[kept], contact[kept]
            dials["attempt_no"], dials["code"] = numbers[kept], code[kept]
        return DrawnContacts(place, entered_us, until_us, dials)

    def _drawn(self) -> NDArray[np.int64]:
        """Return the places of those drawn, ascending."""
        places = self._places
        last = places.lowest + places.most
        found = [np.empty(0, dtype=np.int64)]
        for first in range(places.lowest, last, PART_ROWS):
            ids = np.arange(first, min(first + PART_ROWS, last))
            of = places.of(ids[hash_of(ids) <= self.highest])
            of = of[of >= 0]
            found.append(of[self._arm[of] >= 0])
        return np.sort(np.concatenate(found))
