"""On which days a centre called, as its dials show: what an interval becomes on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simkit.policy import Span

#: Of the dials of the busiest weekday; a twentieth is overtime, no open day (assumed).
HARDLY_CALLED = 0.05
SURELY_CLOSED = 20.0
"""Usual dials from which a day, or a weekday, without any is no accident (P < e⁻²⁰)."""

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
    working
        Monday to Sunday: whether it counts as a working day. That a centre calls on three days of
        the week makes the others no holidays: what falls due on them is called on the next.
    """

    weekdays: tuple[bool, ...]
    closed: NDArray[np.datetime64]
    working: tuple[bool, ...]

    def after(self, days: NDArray[np.datetime64], span: Span) -> NDArray[np.datetime64]:
        """Return the open day that lies a span after each day."""
        if span.days is not None:
            due = days + np.timedelta64(int(span.days), "D")
        else:
            assert span.working_days is not None
            due = np.busday_offset(
                days,
                span.working_days,
                roll="backward",
                weekmask=self.working,
                holidays=self.closed,
            )
        found = np.busday_offset(
            due, 0, roll="forward", weekmask=self.weekdays, holidays=self.closed
        )
        return np.asarray(found, dtype="datetime64[D]")

    def between(
        self, first: NDArray[np.datetime64], second: NDArray[np.datetime64]
    ) -> NDArray[np.int64]:
        """Count working days from each first day to the second; negative where that is earlier."""
        counted = np.busday_count(first, second, weekmask=self.working, holidays=self.closed)
        return np.asarray(counted, dtype=np.int64)


def opened_days(days: pd.Series, dials: pd.Series, of_segment: pd.Series) -> Opened:
    """Find on which days a centre called a segment.

    A weekday is open if it has at least a twentieth of the segment's dials of its busiest weekday:
    households are called on a Saturday on which companies are not. Monday to Friday are working
    days besides, and open unless hardly any of the dozens of dials that such a weekday would have
    had by now were made on it. An open day within the log without any dial is closed (a holiday),
    where days usually have dozens; for that all segments count, since few dials tell no holiday.

    Parameters
    ----------
    days, dials
        Days since 1970-01-01, and dials made on them; a day may stand in several rows.
    of_segment
        Which rows are the segment's.
    """
    own = _opened(days[of_segment], dials[of_segment])
    return Opened(own.weekdays, _opened(days, dials).closed, own.working)


def _opened(days: pd.Series, dials: pd.Series) -> Opened:
    if days.empty:
        nothing = np.empty(0, dtype="datetime64[D]")
        return Opened(MONDAY_TO_FRIDAY, nothing, MONDAY_TO_FRIDAY)
    first = int(days.min())
    number = days.to_numpy(dtype=np.int64) - first
    made = np.bincount(number, weights=dials.to_numpy(dtype=np.float64))
    weekday = (np.arange(len(made)) + first + EPOCH_WEEKDAY) % 7
    there = np.bincount(weekday, minlength=7)
    usual = np.bincount(weekday, weights=made, minlength=7) / np.maximum(there, 1)
    called = (usual > 0) & (usual >= HARDLY_CALLED * usual.max())
    by_now = usual[called].mean() * there if called.any() else np.zeros(7)
    maybe = np.array(MONDAY_TO_FRIDAY) & (by_now < SURELY_CLOSED)
    opened, working = called | maybe, called | np.array(MONDAY_TO_FRIDAY)
    # Where most working days have no call, calling may come in waves, and no day tells a holiday.
    daily = np.median(made[working[weekday]]) >= SURELY_CLOSED
    closed = (np.flatnonzero(opened[weekday] & (made == 0) & daily) + first).astype("datetime64[D]")
    return Opened(tuple(opened.tolist()), closed, tuple(working.tolist()))
