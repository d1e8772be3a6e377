"""How far apart a contact's dials were, how late, and whether promises to call back were kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simkit.measures.reduction import US_PER_DAY, Windows, is_, reduce_attempts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simkit.calllog import CallLog

US_PER_HOUR = US_PER_DAY // 24

# A call that named a date sets its own next dial: the gap after it is no recall interval.
# A promise counts once its window has closed, or the next dial has come.
_QUERY = f"""
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
    count(*) FILTER (promised AND next_us >= callback_us AND next_us <= callback_us + window_us)
        AS callbacks_kept
FROM (
    SELECT
        *,
        CASE WHEN NOT after_named THEN dialled_us - previous_us END AS gap_us,
        CASE WHEN NOT after_named THEN due_us - previous_us END AS intended_us,
        named AND (next_us IS NOT NULL OR callback_us + window_us < end_us) AS promised
    FROM (
        SELECT
            *,
            lag(dialled_us) OVER calls AS previous_us,
            lag(named) OVER calls AS after_named,
            lead(dialled_us) OVER calls AS next_us
        FROM (
            SELECT *, {is_("callback_requested")} AND callback_us IS NOT NULL AS named
            FROM dials
            WHERE counts AND cell >= 0
        )
        WINDOW calls AS (PARTITION BY place ORDER BY attempt_no)
    )
)
GROUP BY cell
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
        _QUERY,
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


def _filled(values: NDArray[Any]) -> NDArray[np.float64]:
    return np.ma.filled(np.ma.asarray(values, dtype=np.float64), np.nan)
