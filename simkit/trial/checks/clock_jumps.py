"""Days whose dials lie whole hours off: a clock that was wrong, or a change that it missed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

HOURS = 24
#: A missed change of the clocks is one hour; times of UTC are one or two off those of central
#: Europe.
SHIFTS_H = (-2, -1, 1, 2)
#: Fewer dials do not show a rhythm of 24 hours (assumed). How seldom all checks cry wolf is
#: measured: `benchmarks/checks.py`.
FEWEST_A_DAY = 50
#: Part of the dials that may fall on any hour alike (assumed), so that an hour without dials before
#: does not rule a day out.
SMOOTHED = 0.02
PER_DIAL, IN_ALL = 0.15, 10.0
"""By how much a shift must raise the log-likelihood of a day's hours: for each dial, so that a busy
day's own rhythm is no jump, and in all, so that a quiet day's luck is none."""

#: Share of a day's dials below which an hour was (almost) unused (assumed).
RARE = 0.01
MISPLACED = 0.03
"""Share of a day's dials that must lie in hours that were (almost) unused before, and no longer do
once shifted back: a short day, as before a holiday, lies within the usual hours."""

#: Part of them that may still lie so once shifted back (assumed): where calls only begin late on a
#: short day, many lie in the usual hours too.
LEFT_OVER = 0.1
#: The same weekday of the two weeks before: one of them may be odd itself.
WEEKS_BACK = (7, 14)
#: Days that show at what hours people are called at all, Saturdays as well.
WEEK = 7
#: Hours in use from which on a day has a beginning and an end that can both move (assumed). One on
#: which all are dialled when it opens shows when it opened, not what its clock said.
FEWEST_HOURS = 3
#: Part of a former day's dials that may lie where the day, shifted back, has none (assumed): a day
#: that began earlier and ended at noon was not shifted.
EMPTIED = 0.2


def jumps(grid: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Find days whose dials lie one or two hours off those of the same weekday before.

    A day's hours of dialling are compared with those a week and (where known) two weeks before, as
    they are and shifted. Both must say that a shift explains them better, that it brings dials
    back from hours that had not been used, neither on this weekday nor on another (on the eve of a
    holiday hours may be a Saturday's), and that it leaves no former hours empty (a short day). Days
    whose dials lie in one or two hours do not count: when they opened is all they show.

    Parameters
    ----------
    grid
        Dials, a row a day without a gap, a column an hour.

    Returns
    -------
    list
        (row, hours) of each such day.
    """
    size = grid.sum(axis=1)
    shares = grid / np.maximum(size, 1)[:, None]
    log_p = np.log((1 - SMOOTHED) * shares + SMOOTHED / HOURS)
    shows = shows_hours(grid)
    habits = np.where((size >= FEWEST_A_DAY)[:, None], shares, 0.0)
    votes: list[NDArray[np.int64]] = []
    known: list[NDArray[np.bool_]] = []
    for lag in WEEKS_BACK:
        before = np.full_like(log_p, np.nan)
        before[lag:] = log_p[:-lag]
        enough = np.zeros(len(grid), dtype=np.bool_)
        enough[lag:] = shows[lag:] & shows[:-lag]
        as_it_is = (grid * before).sum(axis=1)
        gains = np.stack(
            [(grid * np.roll(before, shift, axis=1)).sum(axis=1) - as_it_is for shift in SHIFTS_H]
        )
        gains = np.where(enough, gains, -np.inf)
        best, which = gains.max(axis=0), gains.argmax(axis=0)
        unused, former = np.zeros_like(grid), np.zeros_like(grid)
        unused[lag:] = _most_of_a_week(habits)[:-lag] < RARE
        former[lag:] = shares[:-lag]
        now = (shares * unused).sum(axis=1)
        shifted = np.stack(
            [(shares * np.roll(unused, shift, axis=1)).sum(axis=1) for shift in SHIFTS_H]
        )[which, np.arange(len(grid))]
        emptied = np.stack(
            [(former * (np.roll(shares, -shift, axis=1) < RARE)).sum(axis=1) for shift in SHIFTS_H]
        )[which, np.arange(len(grid))]
        sure = (best >= IN_ALL) & (best >= PER_DIAL * size)
        sure &= (now >= MISPLACED) & (shifted < LEFT_OVER * now)
        sure &= emptied < EMPTIED
        votes.append(np.where(sure, np.array(SHIFTS_H)[which], 0))
        known.append(enough)
    one, two = votes
    agreed = known[0] & (one != 0) & ((one == two) | ~known[1])
    return [(int(row), int(one[row])) for row in np.flatnonzero(agreed)]


def shows_hours(grid: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which days have dials enough, and in hours enough, to show a shift of their hours."""
    size = grid.sum(axis=1)
    used = (grid > RARE * size[:, None]).sum(axis=1)
    found: NDArray[np.bool_] = (size >= FEWEST_A_DAY) & (used >= FEWEST_HOURS)
    return found


def _most_of_a_week(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give each hour's largest share in the week that ends with each day."""
    most = shares.copy()
    for back in range(1, min(WEEK, len(shares))):
        most[back:] = np.maximum(most[back:], shares[:-back])
    return most
