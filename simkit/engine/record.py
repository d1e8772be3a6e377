"""The log an engine writes as it runs, column by column, and the CallLog it becomes."""

from __future__ import annotations

from array import array
from typing import Literal

import numpy as np
import pandas as pd

from simkit.calllog import DISPOSITIONS, CallLog, Header
from simkit.engine.plan import Plan
from simkit.model import STATE_NAMES, Mind
from simkit.policy.standing import ENDS

NONE = -1


class Record:
    """Attempts in the order in which they were dialled; whole numbers, ``NONE`` where unknown."""

    COLUMNS = (
        "contact",
        "attempt_no",
        "due_s",
        "dialled_s",
        "agent",
        "disposition",
        "pushed",
        "ring_s",
        "talk_s",
        "wrap_s",
        "callback_s",
        "cancelled_s",
        "value_cents",
    )

    def __init__(self) -> None:
        self._cells = array("q")

    def write(self, *row: int) -> None:
        """Append one attempt: a value for each of :attr:`COLUMNS`, in their order."""
        self._cells.extend(row)

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the columns as int64 arrays, shape (attempts,)."""
        rows = np.array(self._cells, dtype=np.int64).reshape(-1, len(self.COLUMNS))
        return {name: rows[:, place].copy() for place, name in enumerate(self.COLUMNS)}


def to_timestamps(start: pd.Timestamp, timezone: str, seconds: np.ndarray) -> pd.Series:
    """Turn seconds of the civil clock into timestamps; ``NONE`` becomes missing.

    A civil time that daylight saving skips (only a cancellation can fall there: nobody dials at
    night) moves to the first moment that exists; one that occurs twice is the earlier of the two.
    """
    naive = pd.Series(
        pd.Timestamp(start).to_datetime64().astype("datetime64[us]")
        + seconds * np.timedelta64(1_000_000, "us")
    )
    naive = naive.where(seconds != NONE)
    twice = np.ones(len(naive), dtype=bool)
    return naive.dt.tz_localize(timezone, nonexistent="shift_forward", ambiguous=twice)


def _nullable(values: np.ndarray, dtype: Literal["Int32", "Int64"]) -> pd.Series:
    """Return whole numbers with ``NONE`` as missing."""
    return pd.Series(values).astype(dtype).mask(values == NONE)


def attempts_table(record: Record, header: Header) -> pd.DataFrame:
    """Return the attempts table of a CallLog."""
    raw = record.arrays()

    def times(name: str) -> pd.Series:
        return to_timestamps(header.start, header.timezone, raw[name])

    names = pd.Series(list(DISPOSITIONS), dtype="str")
    return pd.DataFrame(
        {
            "contact_id": raw["contact"] + 1,
            "attempt_no": raw["attempt_no"].astype(np.int32),
            "due_at": times("due_s"),
            "dialled_at": times("dialled_s"),
            "agent_id": _nullable(raw["agent"], "Int64") + 1,
            "channel": pd.Series("phone", index=range(len(raw["contact"])), dtype="str"),
            "disposition": names.iloc[raw["disposition"]].reset_index(drop=True),
            "pushed": pd.Series(raw["pushed"] == 1, dtype="boolean"),
            "ring_s": _nullable(raw["ring_s"], "Int32"),
            "talk_s": _nullable(raw["talk_s"], "Int32"),
            "wrap_s": _nullable(raw["wrap_s"], "Int32"),
            "callback_at": times("callback_s"),
            "cancelled_at": times("cancelled_s"),
            "value_cents": _nullable(raw["value_cents"], "Int64"),
        }
    )


def contacts_table(plan: Plan, header: Header) -> pd.DataFrame:
    """Return the contacts table of a CallLog; ids are contact and account numbers plus one."""
    segments = np.array([cell.segment for cell in plan.cells], dtype=object)
    arms = np.array([cell.arm for cell in plan.cells], dtype=object)
    n = len(plan.cell)
    return pd.DataFrame(
        {
            "contact_id": np.arange(1, n + 1, dtype=np.int64),
            "account_id": plan.account + 1,
            "segment": pd.Series(segments[plan.cell], dtype="str"),
            "arm": pd.Series(arms[plan.cell], dtype="str"),
            "entered_at": to_timestamps(header.start, header.timezone, plan.entered_s),
            "observed_until": to_timestamps(
                header.start, header.timezone, np.full(n, plan.end_s, dtype=np.int64)
            ),
        }
    )


def truth_table(
    plan: Plan,
    minds: list[Mind],
    ends: np.ndarray,
    ended_s: np.ndarray,
    cancel_prob: np.ndarray,
    header: Header,
) -> pd.DataFrame:
    """Return what no estimator may see: traits, latent state at the end, and why calling ended."""
    traits = plan.traits
    return pd.DataFrame(
        {
            "contact_id": np.arange(1, len(minds) + 1, dtype=np.int64),
            "account_offset_logit": traits.account_offset_logit,
            "buying_offset_logit": traits.buying_offset_logit,
            "reach_offset_logit": traits.reach_offset_logit,
            "sensitivity": traits.sensitivity,
            "dead_number": traits.dead,
            "sale_value_cents": traits.sale_value_cents,
            "end": pd.Series(np.array(ENDS, dtype=object)[ends], dtype="str"),
            "ended_at": to_timestamps(header.start, header.timezone, ended_s),
            "state": pd.Series([STATE_NAMES[mind.state] for mind in minds], dtype="str"),
            "needs": np.array([mind.need_no for mind in minds], dtype=np.int64),
            "irritation": np.array([mind.irritation for mind in minds], dtype=np.float64),
            "cancel_prob": cancel_prob,
        }
    )


def to_call_log(
    plan: Plan,
    record: Record,
    minds: list[Mind],
    ends: np.ndarray,
    ended_s: np.ndarray,
    cancel_prob: np.ndarray,
    header: Header,
) -> CallLog:
    """Return an engine's record as a CallLog."""
    return CallLog(
        header=header,
        contacts=contacts_table(plan, header),
        attempts=attempts_table(record, header),
        truth=truth_table(plan, minds, ends, ended_s, cancel_prob, header),
    )
