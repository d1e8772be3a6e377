"""Attempts reduced by DuckDB: what every measure reads, in local civil time.

A year of a large centre is 10⁸ attempts, so they are handed to DuckDB as Arrow columns and come
back as one number a contact or a cell. Every sum is a sum of integers (seconds, microseconds,
cents): it is the same whatever the order in which threads add it.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from simkit.calllog import DISPOSITIONS
from simkit.calllog.codes import CODES
from simkit.errors import InputError, Problem

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simkit.calllog import CallLog

US_PER_S = 1_000_000
US_PER_DAY = 86_400 * US_PER_S
NOT_A_TIME = np.iinfo(np.int64).min


def civil_us(times: pd.Series, timezone: str) -> NDArray[np.int64]:
    """Give times as microseconds of local civil time (what the clock on the wall shows).

    A day is 86,400 s of this clock also where the offset changes, as on the model's clock: a
    horizon of 30 days ends at the same time of the day as it began.

    Parameters
    ----------
    times
        Datetimes with a time zone, or naive ones, taken as local; null allowed.
    timezone
        The log's time zone.

    Returns
    -------
    numpy.ndarray
        int64, one a row; ``NOT_A_TIME`` where the time is null.
    """
    if not pd.api.types.is_datetime64_any_dtype(times.dtype):
        # A column without a single known time may arrive without a time's type.
        times = pd.to_datetime(times)
    if isinstance(times.dtype, pd.DatetimeTZDtype):
        times = times.dt.tz_convert(timezone).dt.tz_localize(None)
    return times.to_numpy(dtype="datetime64[us]").view(np.int64)


@dataclass(frozen=True)
class Windows:
    """The time in which each contact's attempts are counted, one entry a contact.

    Parameters
    ----------
    entered_us, observed_us, end_us
        Civil microseconds; the window is ``entered_us <= t < end_us``.
    followed_days
        Days of the window, at most the horizon.
    full
        Whether the contact was observed for the whole horizon.
    """

    entered_us: NDArray[np.int64]
    observed_us: NDArray[np.int64]
    end_us: NDArray[np.int64]
    followed_days: NDArray[np.float64]
    full: NDArray[np.bool_]


def windows(log: CallLog, horizon_days: float | None) -> Windows:
    """Give each contact's window: from its entry to the horizon, or to the end of observation.

    Parameters
    ----------
    log
        A validated log.
    horizon_days
        Days since entry; None for all that was observed.

    Raises
    ------
    InputError
        If the horizon is not a positive number.
    """
    if horizon_days is not None and not 0 < horizon_days < np.inf:
        raise InputError(
            [Problem("measures", "horizon_days", horizon_days, "must be a number above 0")]
        )
    timezone = log.header.timezone
    entered = civil_us(log.contacts["entered_at"], timezone)
    observed = civil_us(log.contacts["observed_until"], timezone)
    observed_days = (observed - entered) / US_PER_DAY
    if horizon_days is None:
        return Windows(
            entered, observed, observed + 1, observed_days, np.ones(len(entered), dtype=np.bool_)
        )
    horizon_us = round(horizon_days * US_PER_DAY)
    return Windows(
        entered,
        observed,
        np.minimum(entered + horizon_us, observed + 1),
        np.minimum(observed_days, horizon_days),
        observed - entered >= horizon_us,
    )


def reduce_attempts(
    log: CallLog,
    frame: Windows,
    query: str,
    *,
    columns: Sequence[str],
    times: Sequence[str],
    contacts: Mapping[str, NDArray[Any]] | None = None,
) -> dict[str, NDArray[Any]]:
    """Run a query over the attempts that fall in their contact's window.

    Parameters
    ----------
    log
        A validated log of attempts.
    frame
        Each contact's window.
    query
        SQL that selects from ``dials``: one row an attempt in its contact's window, with ``place``
        (the contact's position in the contacts table), the ``columns``, the ``times`` (civil
        microseconds under the name ending in ``_us`` for ``_at``), ``dialled_us``, ``code`` (the
        disposition, see `is_`), its flags ``live``, ``right_party`` and ``counts``, and the extra
        columns of ``contacts``.
    columns, times
        The attempts' columns that the query needs; one that the table lacks is all null.
    contacts
        Further columns, one value a contact.

    Returns
    -------
    dict[str, numpy.ndarray]
        The answer's columns.
    """
    attempts = log.attempts
    assert attempts is not None  # the callers ask log.require_attempts first
    timezone = log.header.timezone
    nothing = pa.nulls(len(attempts), pa.int64())
    dialled = {
        "contact_id": pa.array(attempts["contact_id"], from_pandas=True),
        "code": _codes(attempts["disposition"]),
    }
    for name in columns:
        known = name in attempts
        dialled[name] = pa.array(attempts[name], from_pandas=True) if known else nothing
    for name in ("dialled_at", *times):
        values = civil_us(attempts[name], timezone) if name in attempts else None
        dialled[name.removesuffix("_at") + "_us"] = (
            nothing if values is None else pa.array(values, mask=values == NOT_A_TIME)
        )
    listed = {
        "contact_id": pa.array(log.contacts["contact_id"], from_pandas=True),
        "place": pa.array(np.arange(len(log.contacts), dtype=np.int64)),
        "entered_us": pa.array(frame.entered_us),
        "end_us": pa.array(frame.end_us),
    }
    for name, array in (contacts or {}).items():
        listed[name] = pa.array(array, from_pandas=True)
    extra = "".join(f", c.{name}" for name in ("end_us", *(contacts or {})))
    flags = ", ".join(
        f"{is_(*DISPOSITIONS.having(flag))} AS {flag}" for flag in ("live", "right_party", "counts")
    )
    with shared_database().cursor() as database:
        database.register("attempts", pa.table(dialled))
        database.register("contacts", pa.table(listed))
        answer = database.execute(
            f"""
            WITH dials AS (
                SELECT a.* EXCLUDE (contact_id), c.place{extra}, code IS NULL AS unknown, {flags}
                FROM attempts a
                JOIN contacts c ON c.contact_id = a.contact_id
                WHERE a.dialled_us >= c.entered_us AND a.dialled_us < c.end_us
            )
            {query}
            """
        ).fetchnumpy()
    return {name: np.ma.asanyarray(column) for name, column in answer.items()}


@functools.cache
def shared_database() -> duckdb.DuckDBPyConnection:
    """Open DuckDB once a process: opening costs more than a small log takes. It holds nothing."""
    return duckdb.connect(":memory:")


def is_(*dispositions: str) -> str:
    """Give SQL that says whether an attempt of ``dials`` ended so.

    Numbers, since comparing texts would take most of the time of a large log.
    """
    return f"code IN ({', '.join(str(CODES[name]) for name in dispositions)})"


def _codes(dispositions: pd.Series) -> pa.Array:
    """Give the place of each disposition in the table of dispositions, null where it has none."""
    values = pa.array(dispositions, from_pandas=True)
    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    return pc.index_in(values, pa.array(list(CODES), values.type))
