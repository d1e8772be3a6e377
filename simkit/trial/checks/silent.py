"""Dials of a trial by day, and the days in a row on which an arm, or everybody, was not called."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simkit.measures.reduction import US_PER_DAY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simkit.trial.checks.dials import Dials

WEEK = 7
#: Days of calling in a row without a dial to an arm from which a silence is looked at (assumed): a
#: working week.
FEWEST_DAYS = 5
#: A day counts as one of calling from this part of the dials of a usual one (assumed).
USUAL = 0.2
#: Calls end with the last dial where those after it are fewer than this part (assumed).
RESUMED = 0.1
#: Days of calling without anybody being called from which it is said (assumed): two weeks.
CLOSED_DAYS = 10

DAYS = f"""
SELECT cell, dialled_us // {US_PER_DAY} AS day, count(*) AS dials
FROM dials
WHERE counts AND cell >= 0
GROUP BY ALL
ORDER BY ALL
"""


@dataclass(frozen=True, eq=False)
class DialDays:
    """Dials by day.

    Parameters
    ----------
    first
        The first day, since 1970-01-01.
    dials
        A row a cell, a column a day without a gap.
    observed_day
        The last day on which a contact was observed.
    """

    first: int
    dials: NDArray[np.int64]
    observed_day: int

    @property
    def last(self) -> int:
        """The day of the last dial."""
        return self.first + int(np.flatnonzero(self.dials.any(axis=0))[-1])

    def of_calling(self, cells: Sequence[int]) -> NDArray[np.int64]:
        """Return the days on which some cells were dialled as on a usual day."""
        total = self.dials[list(cells)].sum(axis=0)
        if not total.any():
            return np.empty(0, dtype=np.int64)
        enough = np.maximum(USUAL * np.median(total[total > 0]), 1)
        return self.first + np.flatnonzero(total >= enough)


@dataclass(frozen=True, eq=False)
class Silence:
    """Days without a dial to a cell.

    Parameters
    ----------
    cell
        Its position.
    first, last
        Days since 1970-01-01.
    on
        The days among them on which others were dialled.
    seen
        All other days on which they or the cell were dialled.
    chance
        How often so many such days in a row are met, if each is without a dial to the cell as often
        as the others were.
    ended
        Whether the cell was hardly ever dialled afterwards.
    """

    cell: int
    first: int
    last: int
    on: NDArray[np.int64]
    seen: NDArray[np.int64]
    chance: float
    ended: bool


def dial_days(dials: Dials, until_us: NDArray[np.int64]) -> DialDays | None:
    """Count the dials of each day; None where there is none.

    Parameters
    ----------
    dials
        The trial's dials.
    until_us
        Until when each contact was observed, or its horizon ended, civil microseconds.
    """
    found = dials.ask(DAYS, (), ())
    if found.empty:
        return None
    first, last = int(found["day"].min()), int(found["day"].max())
    counts = np.zeros((len(dials.cells), last - first + 1), dtype=np.int64)
    day = found["day"].to_numpy(dtype=np.int64) - first
    counts[found["cell"].to_numpy(dtype=np.int64), day] = found["dials"]
    return DialDays(first, counts, int(until_us.max()) // US_PER_DAY)


def silences(days: DialDays, cell: int) -> list[Silence]:
    """Return the silences of a cell of at least FEWEST_DAYS days on which others were dialled.

    Parameters
    ----------
    days
        Dials by day.
    cell
        Its position.
    """
    others = [place for place in range(len(days.dials)) if place != cell]
    of = days.of_calling(others)
    if len(of) < FEWEST_DAYS:
        return []
    own = days.first + np.flatnonzero(days.dials[cell])
    edges = [int(of[0]) - 1, *own.tolist(), int(of[-1]) + 1]
    found = []
    for before, after in itertools.pairwise(edges):
        on = of[(of > before) & (of < after)]
        if len(on) < FEWEST_DAYS:
            continue
        elsewhere = np.setdiff1d(of, on)
        dialled = np.isin(elsewhere, own).sum()
        usually = (dialled + 0.5) / (len(elsewhere) + 1)
        rate = [
            days.dials[cell, part].sum() / max(int(part_of.sum()), 1)
            for part, part_of in (
                (slice(None, max(before - days.first + 1, 0)), of <= before),
                (slice(max(after - days.first, 0), None), of >= after),
            )
        ]
        found.append(
            Silence(
                cell,
                before + 1,
                after - 1,
                on,
                np.setdiff1d(np.union1d(of, days.of_calling([cell])), on),
                float(len(of) * (1 - usually) ** len(on)),
                bool(rate[1] < RESUMED * rate[0]),
            )
        )
    return found


def closed(days: DialDays) -> list[tuple[int, int]]:
    """Return first and last day of the times in which nobody at all was dialled, if long."""
    calling = days.of_calling(range(len(days.dials)))
    dialled = (days.first + np.flatnonzero(days.dials.any(axis=0))).tolist()
    return [
        (before + 1, after - 1)
        for before, after in itertools.pairwise(dialled)
        if after - before > CLOSED_DAYS
        and len(usual_days(calling, before + 1, after - 1)) > CLOSED_DAYS
    ]


def usual_days(calling: NDArray[np.int64], first: int, last: int) -> NDArray[np.int64]:
    """Return the days from first to last of weekdays on which calls are mostly made."""
    span = np.arange(int(calling[0]), int(calling[-1]) + 1)
    called = np.bincount(calling % WEEK, minlength=WEEK)
    mostly = called > np.bincount(span % WEEK, minlength=WEEK) / 2
    days = np.arange(first, last + 1)
    return days[mostly[days % WEEK]]
