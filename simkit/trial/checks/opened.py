"""On which days a centre called, as its dials show: what an interval becomes on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simkit.policy import Span

#: Of the dials of the busiest weekday; a twentieth is overtime, no open day (assumed).
HARDLY_CALLED = 0.05
SURELY_CLOSED = 20.0
"""Usual dials a day from which a day without any is no accident (P < e⁻²⁰)."""

MONDAY_TO_FRIDAY = (True,) * 5 + (False,) * 2
EPOCH_WEEKDAY = 3  # 1970-01-01 was a Thursday; Monday is 0


@dataclass(frozen=True)
class Opened:
    """The weekdays on which a centre calls, and the days among them on which it did not.

    Parameters
    ----------
    weekdays
        Monday to Sunday: whether it calls.
    closed
        Days (``datetime64[D]``) without any dial on such a weekday.
    """

    weekdays: tuple[bool, ...]
    closed: NDArray[np.datetime64]

    def after(self, days: NDArray[np.datetime64], span: Span) -> NDArray[np.datetime64]:
        """Return the open day that lies a span after each day."""
        if span.days is not None:
            return self._moved(days + np.timedelta64(int(span.days), "D"), 0, "forward")
        assert span.working_days is not None
        return self._moved(days, span.working_days, "backward")

    def _moved(
        self, days: NDArray[np.datetime64], by: int, roll: Literal["forward", "backward"]
    ) -> NDArray[np.datetime64]:
        moved = np.busday_offset(days, by, roll=roll, weekmask=self.weekdays, holidays=self.closed)
        return np.asarray(moved, dtype="datetime64[D]")

    def between(
        self, first: NDArray[np.datetime64], second: NDArray[np.datetime64]
    ) -> NDArray[np.int64]:
        """Count the open days from each first day to the second; negative where that is earlier."""
        counted = np.busday_count(first, second, weekmask=self.weekdays, holidays=self.closed)
        return np.asarray(counted, dtype=np.int64)


def opened_days(days: pd.Series, dials: pd.Series, of_segment: pd.Series) -> Opened:
    """Find on which days a centre called a segment.

    Monday to Friday are open; Saturday and Sunday if they have at least a twentieth of the
    segment's dials of its busiest weekday: households are called on a Saturday on which companies
    are not. An open day within the log without any dial is closed (a holiday), where days usually
    have dozens; for that all segments count, since few dials tell no holiday.

    Parameters
    ----------
    days, dials
        Days since 1970-01-01, and dials made on them; a day may stand in several rows.
    of_segment
        Which rows are the segment's.
    """
    weekdays = _opened(days[of_segment], dials[of_segment]).weekdays
    return Opened(weekdays, _opened(days, dials).closed)


def _opened(days: pd.Series, dials: pd.Series) -> Opened:
    if days.empty:
        return Opened(MONDAY_TO_FRIDAY, np.empty(0, dtype="datetime64[D]"))
    first = int(days.min())
    number = days.to_numpy(dtype=np.int64) - first
    made = np.bincount(number, weights=dials.to_numpy(dtype=np.float64))
    weekday = (np.arange(len(made)) + first + EPOCH_WEEKDAY) % 7
    there = np.bincount(weekday, minlength=7)
    usual = np.bincount(weekday, weights=made, minlength=7) / np.maximum(there, 1)
    at_all = (usual > 0) & (usual >= HARDLY_CALLED * usual.max())
    opened = at_all | np.array(MONDAY_TO_FRIDAY)
    at = opened[weekday]
    quiet = at & (made == 0) & (np.median(made[at]) >= SURELY_CLOSED)
    closed = (np.flatnonzero(quiet) + first).astype("datetime64[D]")
    return Opened(tuple(opened.tolist()), closed)
