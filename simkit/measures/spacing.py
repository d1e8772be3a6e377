"""How far apart a contact's dials were, how late, and whether promises to call back were kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from simkit.measures.reduction import US_PER_DAY, Windows, is_, reduce_attempts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simkit.calllog import CallLog

US_PER_HOUR = US_PER_DAY // 24
#: How long before the named time a dial already keeps the promise, on the same day (assumed: a
#: dialler that aims at the time rings some minutes before it as often as after it). Where only the
#: date is named, at 0:00, no dial comes before it.
EARLY_US = US_PER_HOUR


def keeps_promise(dialled: str, named: str, window: str) -> str:
    """Write the SQL condition under which a dial keeps the promise to call back.

    Parameters
    ----------
    dialled, named
        Columns: when it was dialled and the time that the contact named, civil microseconds.
    window
        How long after that time a dial still keeps the promise [µs].
    """
    first = f"greatest({named} - {EARLY_US}, {named} // {US_PER_DAY} * {US_PER_DAY})"
    return f"({dialled} >= {first} AND {dialled} <= {named} + {window})"


# Whoever asks to be called back sets the next dial, also where the log does not hold the date: the
# gap after it is no recall interval. So `since_us`, from which a dial's gap counts, is null there.
# By the clock, of two dials within the hour that autumn repeats the second may be the earlier: the
# gap is 0.
_SPACED = f"""
SELECT
    *,
    CASE WHEN NOT after_asked THEN previous_us END AS since_us
FROM (
    SELECT
        *,
        lag(dialled_us) OVER calls AS previous_us,
        lag(asked) OVER calls AS after_asked,
        lead(dialled_us) OVER calls AS next_us
    FROM (
        SELECT
            *,
            {is_("callback_requested")} AS asked,
            max(dialled_us) FILTER ({is_("suppressed")}) OVER (PARTITION BY place) AS struck_off_us
        FROM dials
        WHERE cell >= 0
    )
    WHERE counts
    WINDOW calls AS (PARTITION BY place ORDER BY attempt_no)
)
"""

# A promise is judged by the next dial alone. It counts once its window has closed, or the next dial
# has come; not where a colleague's opt-out for the account has forbidden the call meanwhile.
_TOTALS = f"""
SELECT
    cell,
    count(gap_us) AS gaps,
    CAST(coalesce(sum(gap_us), 0) AS DOUBLE) / {US_PER_DAY} AS gap_days,
    median(gap_us) / {US_PER_DAY} AS gap_median_days,
    count(gap_us) FILTER (intended_us > 0) AS intended_gaps,
    median(CAST(gap_us AS DOUBLE) / intended_us) FILTER (intended_us > 0) AS adherence_median,
    count(due_us) AS waits,
    CAST(coalesce(sum(dialled_us - due_us), 0) AS DOUBLE) / {US_PER_HOUR} AS wait_hours,
    count(*) FILTER (promised) AS callbacks_promised,
    count(*) FILTER (promised AND {keeps_promise("next_us", "callback_us", "window_us")})
        AS callbacks_kept
FROM (
    SELECT
        *,
        CASE WHEN since_us IS NOT NULL THEN greatest(dialled_us - since_us, 0) END AS gap_us,
        due_us - since_us AS intended_us,
        asked AND callback_us IS NOT NULL
            AND (
                next_us IS NOT NULL
                OR (
                    callback_us + window_us < end_us
                    AND coalesce(struck_off_us > callback_us + window_us, true)
                )
            ) AS promised
    FROM ({_SPACED})
)
GROUP BY cell
"""

_DAYS = f"""
SELECT
    cell,
    since_us // {US_PER_DAY} AS from_day,
    dialled_us // {US_PER_DAY} AS to_day,
    count(*) AS gaps
FROM ({_SPACED})
WHERE since_us IS NOT NULL
GROUP BY ALL
ORDER BY ALL
"""

TOTALS = (
    "gaps",
    "gap_days",
    "gap_median_days",
    "intended_gaps",
    "adherence_median",
    "waits",
    "wait_hours",
    "callbacks_promised",
    "callbacks_kept",
)


def spacing_totals(
    log: CallLog,
    frame: Windows,
    cells: NDArray[np.int64],
    n_cells: int,
    callback_window_s: NDArray[np.float64],
) -> dict[str, NDArray[np.float64]]:
    """Give each cell's gaps between dials, waits and kept callbacks.

    Parameters
    ----------
    log
        A validated log of attempts.
    frame
        Each contact's window; a gap counts if both its dials lie in it.
    cells
        The cell of each contact, from 0; −1 leaves the contact out.
    n_cells
        Number of cells.
    callback_window_s
        For each contact, how long after the named time a callback still keeps the promise, s;
        NaN where not known.

    Returns
    -------
    dict[str, numpy.ndarray]
        The names of ``TOTALS``, each with one value a cell; medians are NaN where nothing counts.
    """
    known = ~np.isnan(callback_window_s)
    window_us = np.where(known, callback_window_s * 1e6, 0.0).astype(np.int64)
    answer = reduce_attempts(
        log,
        frame,
        _TOTALS,
        columns=("attempt_no",),
        times=("due_at", "callback_at"),
        contacts={"cell": cells, "window_us": np.ma.masked_array(window_us, ~known)},
    )
    cell = answer["cell"]
    totals: dict[str, NDArray[np.float64]] = {}
    for name in TOTALS:
        empty = np.nan if "median" in name else 0.0
        totals[name] = np.full(n_cells, empty)
        totals[name][cell] = _filled(answer[name])
    return totals


def gap_days(log: CallLog, frame: Windows, cells: NDArray[np.int64]) -> pd.DataFrame:
    """Count each cell's gaps between dials by the two days between which they lie.

    There are as many rows as pairs of days, however many attempts: what a calendar makes of a gap
    is worked out on them. The gaps are those of ``spacing_totals``.

    Parameters
    ----------
    log, frame, cells
        As in ``spacing_totals``.

    Returns
    -------
    pandas.DataFrame
        ``cell``; ``from_day``, ``to_day`` (civil days, ``datetime64[s]``); ``gaps``, sorted.
    """
    answer = reduce_attempts(
        log, frame, _DAYS, columns=("attempt_no",), times=(), contacts={"cell": cells}
    )
    table = pd.DataFrame({name: np.ma.getdata(column) for name, column in answer.items()})
    days = {name: pd.to_datetime(table[name], unit="D") for name in ("from_day", "to_day")}
    return table.assign(**days)


def _filled(values: NDArray[Any]) -> NDArray[np.float64]:
    return np.ma.filled(np.ma.asarray(values, dtype=np.float64), np.nan)
