"""On which days a trial began: its first contact, its first call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd
import pyarrow.compute as pc

from simkit.calllog import CallLog
from simkit.calllog.stored import StoredLog

SIMULATED = "simulated"


@dataclass(frozen=True)
class Began:
    """When a trial began, by the calendar of its log.

    Parameters
    ----------
    entered
        The day on which its first contact entered; None where that is not known.
    called
        The day of the first call to one of its contacts; None where there is none, or where a log
        on disk also holds calls to others.
    invented
        Whether the days are those of a simulation's calendar.
    """

    entered: date | None = None
    called: date | None = None
    invented: bool = False


def began(data: CallLog | StoredLog | pd.DataFrame, arm: str) -> Began:
    """Read when a trial began.

    Parameters
    ----------
    data
        The log, or a table, which does not tell.
    arm
        The column of the arms: who has none is not in the trial.
    """
    if isinstance(data, CallLog):
        return _of_log(data, arm)
    if isinstance(data, StoredLog):
        return _of_stored(data, arm)
    return Began()


def _of_log(log: CallLog, arm: str) -> Began:
    inside = log.contacts[arm].notna()
    called = None
    if log.attempts is not None:
        dials = log.attempts
        if not inside.all():
            dials = dials[dials["contact_id"].isin(log.contacts.loc[inside, "contact_id"])]
        called = _day(dials["dialled_at"].min())
    entered = _day(log.contacts.loc[inside, "entered_at"].min())
    return Began(entered, called, invented=log.header.source == SIMULATED)


def _of_stored(stored: StoredLog, arm: str) -> Began:
    first, outside = pd.NaT, False
    for table in stored.contact_batches(("entered_at", arm)):
        assigned = pc.is_valid(table.column(arm))
        outside |= not pc.all(assigned).as_py()
        moment = pc.min(table.column("entered_at").filter(assigned)).as_py()
        first = min((one for one in (first, moment) if not pd.isna(one)), default=pd.NaT)
    dialled = None
    if not outside:
        head = next(stored.attempt_batches(("dialled_at",)), None)
        dialled = None if head is None or not head.num_rows else head.column(0)[0].as_py()
    return Began(_day(first), _day(dialled), invented=stored.header.source == SIMULATED)


def _day(moment: object) -> date | None:
    return None if moment is None or pd.isna(moment) else pd.Timestamp(moment).date()  # type: ignore[arg-type, call-overload]
