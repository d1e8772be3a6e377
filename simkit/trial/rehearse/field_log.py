"""A simulated trial as the field would leave it: no truth, and cut where it was evaluated."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simkit.calllog import CallLog, Header
from simkit.engine.memory import watched
from simkit.engine.plan import Plan
from simkit.engine.record import NONE, attempts_table, contacts_table, play
from simkit.engine.simulate import engine_of
from simkit.model import draw
from simkit.scenario import Scenario
from simkit.scenario.hours import DAY_S


def days_to_play(scenario: Scenario, horizon_days: float) -> int:
    """Return the days until every contact has been followed for a horizon, also the last to enter.

    Parameters
    ----------
    scenario
        Whose contacts enter over some time.
    horizon_days
        Days since entry.
    """
    entry = max(segment.entry_spread_days for segment in scenario.segments.values())
    return math.ceil(entry) + math.ceil(horizon_days)


def dealt(plan: Plan, parts: Mapping[str, Mapping[str, float]], unit: str) -> Plan:
    """Return a plan whose units are dealt to arms anew, in unequal parts or contact by contact.

    In random order, the first so many to the first arm, and so on; numbers are rounded by largest
    remainders. The engine itself deals whole accounts in equal parts.

    Parameters
    ----------
    plan
        The plan.
    parts
        Segment → arm → part of its units; the parts of a segment sum to 1.
    unit
        ``"account"`` or ``"contact"``.
    """
    units = plan.account if unit == "account" else np.arange(len(plan.cell), dtype=np.int64)
    segments = np.array([cell.segment for cell in plan.cells])[plan.cell]
    place_of = {(cell.segment, cell.arm): place for place, cell in enumerate(plan.cells)}
    cell = plan.cell.copy()
    for segment, of_arm in parts.items():
        here = segments == segment
        own, place = np.unique(units[here], return_inverse=True)
        exact = np.array(list(of_arm.values())) * len(own)
        size = np.floor(exact).astype(np.int64)
        size[np.argsort(size - exact, kind="stable")[: len(own) - int(size.sum())]] += 1
        arms = np.array([place_of[segment, arm] for arm in of_arm])
        order = np.argsort(draw("arm", plan.key, own), kind="stable")
        given = np.empty(len(own), dtype=np.int64)
        given[order] = np.repeat(arms, size)
        cell[here] = given[place]
    return replace(plan, cell=cell)


def field_logs(plan: Plan, header: Header, days: Sequence[int]) -> Iterator[CallLog]:
    """Play a trial once; yield the log that each of several shorter trials would have left.

    What happens after the end of a trial cannot change what happened before, so that a cut log is
    that of the shorter trial: its later calls and cancellations are not yet there.

    Parameters
    ----------
    plan, header
        The trial, to its longest duration.
    days
        When each log is cut, in days of the clock.

    Yields
    ------
    CallLog
        A field log: it says nothing of the model, the policies or the truth.
    """
    watch = partial(watched, contacts=len(plan.cell), days=plan.end_s // DAY_S)
    rows = play(engine_of("compiled", plan), watch).attempts
    seen = Header(
        source="field",
        start=header.start,
        timezone=header.timezone,
        currency=header.currency,
        withdrawal_days=header.withdrawal_days,
    )
    attempts = attempts_table(rows, header)
    for end_s in (day * DAY_S for day in days):
        until = int(np.searchsorted(rows["dialled_s"], end_s, side="left"))
        contacts = contacts_table(replace(plan, end_s=end_s), header)
        yield CallLog(seen, contacts, _until(attempts.iloc[:until], rows[:until], end_s))


def _until(attempts: pd.DataFrame, rows: NDArray[np.void], end_s: int) -> pd.DataFrame:
    """Return attempts without the cancellations that came after the end."""
    later = (rows["cancelled_s"] != NONE) & (rows["cancelled_s"] >= end_s)
    if not later.any():
        return attempts
    return attempts.assign(cancelled_at=attempts["cancelled_at"].mask(later))
