"""Attempts counted by their number and by what was known before them: what the audit reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simkit.errors import InputError, Problem
from simkit.measures.reduction import US_PER_DAY, reduce_attempts, windows

if TYPE_CHECKING:
    from simkit.calllog import CallLog

PERIOD = "period"
PREVIOUS = "previous_disposition"
CONTACT_LEVEL = ("contact", "contact_type", "poutcome", "previous_outcome")
FIRST = "first attempt"
UNKNOWN = "unknown"
#: From one day to two months, about doubled each time (assumed).
GAP_EDGES_DAYS = (0.0, 1.0, 3.0, 7.0, 14.0, 30.0, 60.0, np.inf)

# What follows a success is no attempt at one.
_CELLS = """
SELECT attempt_no, {groups}, CAST(count(*) AS BIGINT) AS tried,
       CAST(sum(CAST(success AS INTEGER)) AS BIGINT) AS successes
FROM (
    SELECT
        * EXCLUDE (attempt_no),
        CAST(row_number() OVER calls AS BIGINT) AS attempt_no,
        strftime(make_timestamp(dialled_us), '%Y-%m') AS period,
        coalesce(lag(disposition) OVER calls, '{first}') AS previous_disposition,
        (dialled_us - lag(dialled_us) OVER calls) / {day} AS gap_days,
        coalesce(sum(CAST(success AS INTEGER)) OVER (
            PARTITION BY place ORDER BY dialled_us, order_no
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS succeeded_before
    FROM (SELECT *, disposition IN ({successes}) AS success, attempt_no AS order_no
          FROM (SELECT * FROM dials WHERE counts))
    WINDOW calls AS (PARTITION BY place ORDER BY dialled_us, order_no)
)
WHERE succeeded_before = 0
GROUP BY ALL
ORDER BY ALL
"""


def default_strata(log: CallLog) -> tuple[str, ...]:
    """Name what is known before an attempt and may explain success: period first.

    Of a log of attempts: the month of the dial, and how the attempt before it ended. Of both
    kinds, where contacts have them: ``period``, the contact type and the outcome of an earlier
    campaign.
    """
    own = [name for name in CONTACT_LEVEL if name in log.contacts]
    if log.attempts is None:
        return (*([PERIOD] if PERIOD in log.contacts else []), *own)
    return (PERIOD, PREVIOUS, *own)


def attempt_cells(log: CallLog, success: Sequence[str], strata: Sequence[str]) -> pd.DataFrame:
    """Count attempts and successes by attempt number and strata.

    Of final counts, a contact with n attempts has one at each number from 1 to n, and its success,
    if any, at the n-th; the counts are cumulated, never expanded to rows. Of a log of attempts,
    attempts are numbered among those that count, and end with the first success.

    Parameters
    ----------
    log
        A validated log.
    success
        Dispositions that are a success.
    strata
        Columns of contacts, or ``period`` (month of the dial) and ``previous_disposition``, which
        a log of attempts has of itself.

    Returns
    -------
    pandas.DataFrame
        The strata, ``attempt_no`` (from 1), ``tried``, ``successes``; in a log of attempts also
        ``gap``, the position in ``GAP_EDGES_DAYS`` of the days since the attempt before.
    """
    computed = () if log.attempts is None else (PERIOD, PREVIOUS)
    there = [*computed, *map(str, log.contacts.columns)]
    rule = f"must be known before an attempt; there are: {', '.join(dict.fromkeys(there))}"
    problems = [Problem("audit", "strata", name, rule) for name in strata if name not in there]
    if problems:
        raise InputError(problems)
    if log.attempts is None:
        return _of_counts(log.contacts, success, strata)
    return _of_attempts(log, success, strata, computed)


def _of_counts(
    contacts: pd.DataFrame, success: Sequence[str], strata: Sequence[str]
) -> pd.DataFrame:
    last = contacts["attempts_count"].to_numpy(dtype=np.int64)
    dialled = last > 0
    if not dialled.any():
        return _empty(strata)
    table = contacts.loc[dialled, list(strata)].astype(object)
    table = table.where(table.notna(), UNKNOWN).astype(str).assign(everyone="")
    grouped = table.groupby(list(table.columns), sort=True)
    cell, levels = grouped.ngroup().to_numpy(), grouped.size().reset_index()[list(strata)]
    won = contacts.loc[dialled, "final_disposition"].isin(list(success)).to_numpy()
    most = int(last.max())
    place = cell * most + last[dialled] - 1
    shape = (len(levels), most)
    ends = np.bincount(place, minlength=len(levels) * most).reshape(shape)
    successes = np.bincount(place[won], minlength=len(levels) * most).reshape(shape)
    # Whoever ended at n or later had an n-th attempt.
    tried = ends[:, ::-1].cumsum(axis=1)[:, ::-1]
    row, number = np.nonzero(tried)
    return (
        levels.iloc[row]
        .reset_index(drop=True)
        .assign(attempt_no=number + 1, tried=tried[row, number], successes=successes[row, number])
    )


def _of_attempts(
    log: CallLog, success: Sequence[str], strata: Sequence[str], computed: Sequence[str]
) -> pd.DataFrame:
    own = [name for name in strata if name not in computed]
    coded = {name: pd.factorize(log.contacts[name], use_na_sentinel=False) for name in own}
    keys = {name: f"stratum_{place}" for place, name in enumerate(own)}
    inner = " + ".join(f"CAST(gap_days >= {edge} AS INTEGER)" for edge in GAP_EDGES_DAYS[1:-1])
    bins = f"coalesce({inner}, -1) AS gap"
    query = _CELLS.format(
        groups=", ".join([*(name for name in strata if name in computed), *keys.values(), bins]),
        first=FIRST,
        day=US_PER_DAY,
        successes=", ".join(f"'{name}'" for name in success),
    )
    found = reduce_attempts(
        log,
        windows(log, None),
        query,
        columns=("disposition", "attempt_no"),
        times=(),
        contacts={keys[name]: codes for name, (codes, _) in coded.items()},
    )
    cells = pd.DataFrame(found)
    for name, (_, levels) in coded.items():
        labels = pd.Series(levels).astype(object)
        named = labels.where(labels.notna(), UNKNOWN).astype(str).to_numpy()
        cells[name] = named[cells.pop(keys[name]).to_numpy(dtype=np.int64)]
    return cells if len(cells) else _empty(strata)


def _empty(strata: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame(columns=[*strata, "attempt_no", "tried", "successes"])
