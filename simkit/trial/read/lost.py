"""Whose observation ended before that of others who entered on or about the same day."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simkit.measures.reduction import US_PER_DAY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Flags = NDArray[np.bool_]

ENOUGH = 10
"""Contacts with whom one is compared (assumed): even if half of all were watched no more for what
happened to them, all of ten would be so in one case of a thousand only."""
NEVER_US = np.iinfo(np.int64).min


def ended_early(
    segment: pd.Series,
    entered_us: NDArray[np.int64],
    until_us: NDArray[np.int64],
    horizon_days: float | None,
) -> tuple[Flags, Flags]:
    """Tell whose observation ended over a day before it need have, as `Watched` tells it.

    Parameters
    ----------
    segment
        Of each contact; only those of one segment are held against each other.
    entered_us, until_us
        When each entered, and until when it was observed, civil microseconds.
    horizon_days
        Days since entry at which arms are compared; None where that is not known.

    Returns
    -------
    shorter, lost
        Who was observed for less; and who of them is lost to the horizon, which the others reached
        (without a horizon: the same).
    """
    code, names = pd.factorize(segment)
    watched = Watched(len(names), int(entered_us.min()), int(entered_us.max()))
    watched.add(code, entered_us, until_us)
    return watched.ended_early(code, entered_us, until_us, horizon_days)


class Watched:
    """Until when contacts were observed, by segment and day of entry.

    Who entered on a day could have been observed until a moment if somebody was who had entered by
    then, and somebody who entered from then on was for as long. Asked are the contacts of the same
    day and, where they are fewer than ten, of as many days before it, and of as many after it, as
    make them ten. So nobody counts as observed for less where all are until one day, or for so many
    days since their entry, or wave after wave, each until one day. Nobody had entered before the
    very first, nor did after the very last: where one is alone on the day, the next day of entry,
    or the one before, stands for them.

    Parameters
    ----------
    segments
        How many there are.
    first_us, last_us
        The first and the last moment at which a contact entered, civil microseconds.
    """

    def __init__(self, segments: int, first_us: int, last_us: int) -> None:
        self._first = first_us // US_PER_DAY
        self._days = last_us // US_PER_DAY - self._first + 1
        # By segment and day: how many entered, and until when one of them was observed at most.
        self._n = np.zeros(segments * self._days, dtype=np.int64)
        self._latest = np.full(segments * self._days, NEVER_US, dtype=np.int64)

    def add(
        self,
        segment: NDArray[np.integer],
        entered_us: NDArray[np.int64],
        until_us: NDArray[np.int64],
    ) -> None:
        """Count contacts.

        Parameters
        ----------
        segment
            Code of each one's segment, from 0.
        entered_us, until_us
            When each entered, and until when it was observed, civil microseconds.
        """
        place = self._place(segment, entered_us)
        self._n += np.bincount(place, minlength=len(self._n))
        np.maximum.at(self._latest, place, until_us)

    def ended_early(
        self,
        segment: NDArray[np.integer],
        entered_us: NDArray[np.int64],
        until_us: NDArray[np.int64],
        horizon_days: float | None,
    ) -> tuple[Flags, Flags]:
        """Tell of some contacts what `ended_early` tells; to be asked once all are added."""
        possible = self._possible_us[self._place(segment, entered_us)]
        shorter = possible - until_us > US_PER_DAY
        if horizon_days is None:
            return shorter, shorter
        whole = entered_us + round(horizon_days * US_PER_DAY)
        return shorter, shorter & (until_us < whole) & (possible >= whole)

    def _place(
        self, segment: NDArray[np.integer], entered_us: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        day = entered_us // US_PER_DAY - self._first
        return segment.astype(np.int64) * self._days + day

    @cached_property
    def _possible_us(self) -> NDArray[np.int64]:
        """Until when those of each segment and day could have been observed."""
        found = self._latest.copy()
        for first in range(0, len(found), self._days):
            here = slice(first, first + self._days)
            days = np.flatnonzero(self._n[here])
            if len(days):
                midnight_us = (self._first + days) * US_PER_DAY
                n, latest_us = self._n[here][days], self._latest[here][days]
                found[first + days] = _possible_us(n, latest_us, midnight_us)
        return found


def _possible_us(
    n: NDArray[np.int64], latest_us: NDArray[np.int64], midnight_us: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Tell of the days on which some contacts entered until when these could be observed.

    Parameters
    ----------
    n, latest_us, midnight_us
        How many entered on each of the days, until when one of them was observed at most, and when
        the day began.
    """
    by_then = np.cumsum(n)
    before = by_then - n
    # Where the days begin, and end, that make them ten.
    first = np.searchsorted(before, by_then - ENOUGH, side="right") - 1
    last = np.searchsorted(by_then, before + ENOUGH)
    place, since_us = np.arange(len(n)), latest_us - midnight_us
    until, longest = latest_us.copy(), since_us.copy()
    for step in range(1, ENOUGH):  # on each of the days somebody entered
        back = place[step:][place[step:] - step >= first[step:]]
        until[back] = np.maximum(until[back], latest_us[back - step])
        ahead = place[:-step][place[:-step] + step <= last[:-step]]
        longest[ahead] = np.maximum(longest[ahead], since_us[ahead + step])
    # One alone at an end has nobody on that side: those next to it stand for them.
    if n[0] == 1:
        until[0] = latest_us[:2].max()
    if n[-1] == 1:
        longest[-1] = since_us[-2:].max()
    return np.minimum(until, midnight_us + longest)
