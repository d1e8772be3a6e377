"""What an engine leaves of a plan, and the CallLog that it becomes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd
from pandas.arrays import IntegerArray

from simkit.calllog import DISPOSITIONS, CallLog, Header
from simkit.engine.plan import Plan
from simkit.model import STATE_NAMES
from simkit.policy.standing import ENDS

NONE = -1
QUARTER_S = 900
QUARTERS_PER_DAY = 96
US_PER_S = 1_000_000
#: The rows of all contacts.
EVERYBODY = slice(None)

#: One attempt, in whole numbers, NONE where unknown; times in seconds of the clock: 48 bytes.
ATTEMPT = np.dtype(
    [
        ("value_cents", "i8"),
        ("contact", "i4"),
        ("attempt_no", "i4"),
        ("due_s", "i4"),
        ("dialled_s", "i4"),
        ("agent", "i4"),
        ("callback_s", "i4"),
        ("cancelled_s", "i4"),
        ("talk_s", "i4"),
        ("ring_s", "i2"),
        ("wrap_s", "i2"),
        ("disposition", "i2"),
        ("pushed", "i2"),
    ]
)


@dataclass(frozen=True)
class Ended:
    """How a run has left its contacts, one entry a contact.

    Attributes
    ----------
    end, ended_s
        How its calling ended (a code of :data:`simkit.policy.standing.ENDS`), and when.
    cancel_prob
        Of its sale, NaN without one.
    state, need_no, irritation
        Its mind when observation ended.
    """

    end: np.ndarray
    ended_s: np.ndarray
    cancel_prob: np.ndarray
    state: np.ndarray
    need_no: np.ndarray
    irritation: np.ndarray


@dataclass(frozen=True)
class Played:
    """All that an engine leaves of a plan.

    Attributes
    ----------
    attempts
        ATTEMPT, shape (attempts,), in the order in which they were dialled.
    ended
        The contacts.
    """

    attempts: np.ndarray
    ended: Ended


class Engine(Protocol):
    """One run of a plan."""

    def run(self) -> Iterator[np.ndarray]:
        """Play the plan to its end; yield ATTEMPT rows, a new array each time."""

    def ended(self) -> Ended:
        """Return how the contacts were left, once the run is over."""


def play(
    engine: Engine, watch: Callable[[Iterator[np.ndarray]], Iterable[np.ndarray]] = iter
) -> Played:
    """Let an engine play its plan, and keep everything.

    Parameters
    ----------
    engine
        The run.
    watch
        What the attempts pass through as they come.
    """
    parts = list(watch(engine.run()))
    attempts = np.concatenate(parts) if parts else np.empty(0, dtype=ATTEMPT)
    return Played(attempts, engine.ended())


def to_timestamps(start: pd.Timestamp, timezone: str, seconds: np.ndarray) -> pd.Series:
    """Turn seconds of the civil clock into timestamps; ``NONE`` becomes missing.

    A civil time that daylight saving skips (only a cancellation can fall there: nobody dials at
    night) moves to the first moment that exists; one that occurs twice is the earlier of the two.
    """
    known = seconds != NONE
    if not known.any():
        return pd.Series(
            pd.DatetimeIndex(np.full(len(seconds), "NaT", "M8[us]")).tz_localize(timezone)
        )
    # Clocks change on quarters of an hour, so that few moments have to be looked up.
    quarters = np.where(known, seconds, seconds[known][0]) // QUARTER_S
    first = int(quarters.min())
    marks = np.arange(first, int(quarters.max()) + QUARTERS_PER_DAY) * np.timedelta64(
        QUARTER_S, "s"
    )
    civil = pd.DatetimeIndex(pd.Timestamp(start).to_datetime64().astype("M8[us]") + marks)
    twice = np.ones(len(civil), dtype=bool)
    there = civil.tz_localize(timezone, nonexistent="NaT", ambiguous=twice)
    skipped = np.asarray(there.isna())
    there = there.where(
        ~skipped, civil.tz_localize(timezone, nonexistent="shift_forward", ambiguous=twice)
    )
    began_us = there.tz_convert("UTC").tz_localize(None).to_numpy().view(np.int64)
    place = quarters - first
    passed_us = seconds % QUARTER_S * np.where(skipped[place], 0, US_PER_S)
    utc = (began_us[place] + passed_us).view("M8[us]")
    utc[~known] = np.datetime64("NaT")
    return pd.Series(pd.DatetimeIndex(utc).tz_localize("UTC").tz_convert(timezone))


def _nullable(values: np.ndarray, dtype: type[np.int32] | type[np.int64]) -> IntegerArray:
    """Return whole numbers with ``NONE`` as missing."""
    return IntegerArray(values.astype(dtype), values == NONE)


def attempts_table(raw: np.ndarray, header: Header) -> pd.DataFrame:
    """Return ATTEMPT rows as the attempts table of a CallLog."""

    def times(name: str) -> pd.Series:
        return to_timestamps(header.start, header.timezone, raw[name])

    names = pd.Series(list(DISPOSITIONS), dtype="str").array
    return pd.DataFrame(
        {
            "contact_id": raw["contact"].astype(np.int64) + 1,
            "attempt_no": raw["attempt_no"].astype(np.int32),
            "due_at": times("due_s"),
            "dialled_at": times("dialled_s"),
            "agent_id": _nullable(np.where(raw["agent"] == NONE, NONE, raw["agent"] + 1), np.int64),
            "channel": pd.Series("phone", index=range(len(raw)), dtype="str"),
            "disposition": names.take(raw["disposition"]),
            "pushed": pd.array(raw["pushed"] == 1, dtype="boolean"),
            "ring_s": _nullable(raw["ring_s"], np.int32),
            "talk_s": _nullable(raw["talk_s"], np.int32),
            "wrap_s": _nullable(raw["wrap_s"], np.int32),
            "callback_at": times("callback_s"),
            "cancelled_at": times("cancelled_s"),
            "value_cents": _nullable(raw["value_cents"], np.int64),
        }
    )


def contacts_table(plan: Plan, header: Header, rows: slice = EVERYBODY) -> pd.DataFrame:
    """Return the contacts table of a CallLog; ids are contact and account numbers plus one."""
    segments = np.array([cell.segment for cell in plan.cells], dtype=object)
    arms = np.array([cell.arm for cell in plan.cells], dtype=object)
    cell = plan.cell[rows]
    until_s = np.full(len(cell), plan.end_s, dtype=np.int64)
    return pd.DataFrame(
        {
            "contact_id": _contact_ids(plan, rows),
            "account_id": plan.account[rows] + 1,
            "segment": pd.Series(segments[cell], dtype="str"),
            "arm": pd.Series(arms[cell], dtype="str"),
            "entered_at": to_timestamps(header.start, header.timezone, plan.entered_s[rows]),
            "observed_until": to_timestamps(header.start, header.timezone, until_s),
        }
    )


def truth_table(plan: Plan, ended: Ended, header: Header, rows: slice = EVERYBODY) -> pd.DataFrame:
    """Return what no estimator may see: traits, latent state at the end, and why calling ended."""
    traits = plan.traits
    ends = pd.Series(list(ENDS), dtype="str").array
    states = pd.Series(list(STATE_NAMES), dtype="str").array
    return pd.DataFrame(
        {
            "contact_id": _contact_ids(plan, rows),
            "account_offset_logit": traits.account_offset_logit[rows],
            "buying_offset_logit": traits.buying_offset_logit[rows],
            "reach_offset_logit": traits.reach_offset_logit[rows],
            "sensitivity": traits.sensitivity[rows],
            "dead_number": traits.dead[rows],
            "sale_value_cents": traits.sale_value_cents[rows],
            "end": ends.take(ended.end[rows]),
            "ended_at": to_timestamps(header.start, header.timezone, ended.ended_s[rows]),
            "state": states.take(ended.state[rows]),
            "needs": ended.need_no[rows].astype(np.int64),
            "irritation": ended.irritation[rows],
            "cancel_prob": ended.cancel_prob[rows],
        }
    )


def _contact_ids(plan: Plan, rows: slice) -> np.ndarray:
    first, end, _ = rows.indices(len(plan.cell))
    return np.arange(first + 1, end + 1, dtype=np.int64)


def to_call_log(plan: Plan, played: Played, header: Header) -> CallLog:
    """Return what an engine played as a CallLog."""
    return CallLog(
        header=header,
        contacts=contacts_table(plan, header),
        attempts=attempts_table(played.attempts, header),
        truth=truth_table(plan, played.ended, header),
    )
