"""Local civil time of many moments at once: where a zone's offset changes, looked up once."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simkit.measures.reduction import US_PER_DAY, civil_us

if TYPE_CHECKING:
    from numpy.typing import NDArray

FIRST, LAST = "1970-01-01", "2100-01-01"


@dataclass(frozen=True, eq=False)
class Clock:
    """The offsets of a time zone from UTC.

    Parameters
    ----------
    from_us, offset_us
        From when on (µs of UTC, ascending, the first before all times) which offset holds.
    """

    from_us: NDArray[np.int64]
    offset_us: NDArray[np.int64]

    def civil(self, utc_us: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give moments as microseconds of local civil time, as `civil_us` does."""
        if not len(utc_us):
            return utc_us
        ends = np.array([utc_us.min(), utc_us.max()])
        first, last = np.searchsorted(self.from_us, ends, side="right") - 1
        if first == last:  # as mostly: times of one season
            return utc_us + int(self.offset_us[first])
        place = np.searchsorted(self.from_us, utc_us, side="right") - 1
        return utc_us + self.offset_us[place]


@functools.cache
def clock(timezone: str) -> Clock:
    """Return the offsets of a time zone between 1970 and 2100.

    Each change is found between two midnights by halving the day, so that it does not matter in
    what form the zone's rules are kept.
    """
    days = np.arange(FIRST, LAST, dtype="datetime64[D]").astype("datetime64[us]").astype(np.int64)
    offsets = _offsets(days, timezone)
    changed = np.flatnonzero(np.diff(offsets))
    before, after = days[changed], days[changed + 1]
    old = offsets[changed]
    for _ in range(US_PER_DAY.bit_length()):
        middle = (before + after) // 2
        same = _offsets(middle, timezone) == old
        before, after = np.where(same, middle, before), np.where(same, after, middle)
    from_us = np.concatenate([[np.iinfo(np.int64).min], after])
    return Clock(from_us, np.concatenate([offsets[:1], offsets[changed + 1]]))


def _offsets(utc_us: NDArray[np.int64], timezone: str) -> NDArray[np.int64]:
    moments = pd.Series(utc_us.astype("datetime64[us]")).dt.tz_localize("UTC")
    return civil_us(moments, timezone) - utc_us
