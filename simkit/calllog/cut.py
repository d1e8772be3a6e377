"""A log as it stood on a day: what came later is not known yet."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simkit.calllog.times import parse_times
from simkit.errors import InputError, Problem

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simkit.calllog.log import CallLog

WHERE = "call log"


def moment_of(day: object, timezone: str) -> pd.Timestamp:
    """Return a moment in a log's time zone.

    Parameters
    ----------
    day
        A date (its midnight) or a time, as ISO 8601 text or as a date or datetime; local where it
        has no zone.
    timezone
        IANA name of the zone.

    Raises
    ------
    InputError
        If it is no time.
    """
    text = str(day)
    if isinstance(day, pd.Timestamp) and day.tzinfo is not None:
        text = str(day.tz_convert(timezone))
    parsed = parse_times(pd.Series([text], dtype="str"), timezone)
    if parsed.broken or pd.isna(parsed.values.iloc[0]):
        rule = "must be a date or a local time, as 2026-05-31"
        raise InputError([Problem(WHERE, "as_of", str(day), rule)])
    found: pd.Timestamp = parsed.values.iloc[0]
    return found


def cut(log: CallLog, moment: pd.Timestamp) -> CallLog:
    """Return a log as it stood at a moment.

    Contacts that had not entered and calls that had not been made are gone, nobody is observed for
    longer than until then, and a cancellation that came later is not known: the sale counts as
    kept or as still open, as it did on that day. A date that was named for a callback stays, since
    it was named in the call.

    Parameters
    ----------
    log
        A log of attempts.
    moment
        In the log's time zone; what happened at it or later is left out.

    Raises
    ------
    InputError
        If the log holds final counts only.
    """
    attempts = log.require_attempts("a look at an earlier day")
    contacts = log.contacts[log.contacts["entered_at"] < moment].reset_index(drop=True)
    until = contacts["observed_until"]
    contacts["observed_until"] = until.where(until <= moment, moment).astype(until.dtype)
    made = attempts[attempts["dialled_at"] < moment].reset_index(drop=True)
    cancelled = made["cancelled_at"]
    made["cancelled_at"] = cancelled.where(cancelled < moment, pd.NaT).astype(cancelled.dtype)
    truth = log.truth
    if truth is not None:
        known = truth["contact_id"].isin(contacts["contact_id"])
        truth = truth[known].reset_index(drop=True)
    left_out = left_out_of(log, len(made))
    note = f"as it stood on {moment:%Y-%m-%d %H:%M}: what came later is left out"
    header = dataclasses.replace(log.header, notes=(*log.header.notes, note))
    return dataclasses.replace(
        log, header=header, contacts=contacts, attempts=made, truth=truth, left_out=left_out
    )


def only(log: CallLog, keep: NDArray[np.bool_] | pd.Series) -> CallLog:
    """Return some contacts of a log and the calls to them.

    Parameters
    ----------
    log
        A log of attempts.
    keep
        Of each contact, whether it is kept.

    Raises
    ------
    InputError
        If the log holds final counts only.
    """
    contacts = log.contacts[keep].reset_index(drop=True)
    attempts = log.require_attempts("a part of a log")
    made = attempts[attempts["contact_id"].isin(contacts["contact_id"])].reset_index(drop=True)
    truth = log.truth
    if truth is not None:  # a simulated log's cancellation probabilities stand there
        truth = truth[truth["contact_id"].isin(contacts["contact_id"])].reset_index(drop=True)
    left_out = left_out_of(log, len(made))
    return dataclasses.replace(
        log, contacts=contacts, attempts=made, truth=truth, left_out=left_out
    )


def left_out_of(log: CallLog, attempts: int) -> pd.DataFrame | None:
    """Return the rows that an import left out, as many as fall to a part of the log's attempts.

    Of rows left out nobody knows any longer to which part they belong.

    Parameters
    ----------
    log
        The whole log.
    attempts
        How many of its attempts the part holds.
    """
    if log.left_out is None:
        return None
    part = attempts / max(len(log.require_attempts("a part of a log")), 1)
    rows = np.ceil(log.left_out["rows"] * part).astype(np.int64)
    return log.left_out.assign(rows=rows)
