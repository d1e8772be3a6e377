"""One contact's life, call by call, as a person can read it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from simkit.calllog.dispositions import DISPOSITIONS

COLUMNS = ("date", "day", "waited since due", "what happened", "talk", "next named date")


def trace_table(contact: pd.Series[Any], attempts: pd.DataFrame) -> pd.DataFrame:
    """Return the events of one contact in time order, from entry to the end of observation.

    Parameters
    ----------
    contact
        Its row of `contacts`.
    attempts
        Its rows of `attempts`.

    Returns
    -------
    DataFrame
        One row an event: date; day since entry; how long the call waited since it was due; what
        happened; talk; the date the contact named. Empty text where there is nothing to say.
    """
    talk = attempts["talk_s"].astype("Float64")
    cancelled = attempts.loc[attempts["cancelled_at"].notna(), "cancelled_at"]
    calls = pd.DataFrame(
        {
            "at": attempts["dialled_at"],
            "waited since due": (attempts["dialled_at"] - attempts["due_at"]).map(spell),
            "what happened": _what_happened(attempts),
            "talk": pd.to_timedelta(talk.mask(talk == 0), unit="s").map(spell),
            "next named date": _dates(attempts["callback_at"]),
        }
    )
    entered = "entered" if pd.isna(contact["arm"]) else f"entered, arm {contact['arm']}"
    parts = [
        _event(contact["entered_at"], entered),
        calls,
        *(_event(at, "the sale was cancelled") for at in cancelled),
        _event(contact["observed_until"], "end of observation"),
    ]
    events = pd.concat([part for part in parts if len(part)], ignore_index=True)
    # Stable: entry before a call of the same second; the end of observation is the last word.
    events = events.iloc[np.argsort(events["at"].to_numpy(), kind="stable")]
    # Days of the clock on the wall: one of the year has 23 hours, one 25.
    entry = contact["entered_at"].tz_localize(None)
    days = (events["at"].dt.tz_localize(None) - entry) / pd.Timedelta(days=1)
    events = events.assign(date=_dates(events["at"]), day=np.floor(days).astype("int64"))
    return events[list(COLUMNS)].reset_index(drop=True)


def spell(span: Any) -> str:
    """Return a Timedelta in its two largest units: ``"3 d 4 h"``, ``"2 min 5 s"``, ``"0 s"``."""
    if pd.isna(span):
        return ""
    seconds = round(span.total_seconds())
    parts: list[tuple[int, str]] = []
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        count, seconds = divmod(seconds, size)
        if count or parts or unit == "s":
            parts.append((count, unit))
    return " ".join(f"{count} {unit}" for count, unit in parts[:2] if count or len(parts) == 1)


def _event(at: pd.Timestamp, what: str) -> pd.DataFrame:
    empty = dict.fromkeys(("waited since due", "talk", "next named date"), "")
    return pd.DataFrame([{"at": at, "what happened": what, **empty}])


def _what_happened(attempts: pd.DataFrame) -> pd.Series[Any]:
    meanings = {name: row.meaning for name, row in DISPOSITIONS.items()}
    words = attempts["disposition"].map(meanings).astype("str")
    return words.mask(attempts["pushed"].fillna(False).astype(bool), words + " (pressed)")


def _dates(times: pd.Series[Any]) -> pd.Series[Any]:
    return pd.Series(times.dt.strftime("%a %Y-%m-%d %H:%M")).fillna("")
