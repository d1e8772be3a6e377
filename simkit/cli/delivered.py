"""The policies that a trial's arms seem to have followed, where nobody wrote them down."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simkit.calllog import DISPOSITIONS
from simkit.errors import InputError, Problem
from simkit.policy import RecallPolicy
from simkit.scenario.calendar import WEEKDAYS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simkit.calllog import CallLog
    from simkit.scenario import Calendar


def delivered_policies(log: CallLog, calendar: Calendar) -> dict[str, dict[str, RecallPolicy]]:
    """Return for each arm the interval of its median gap between two dials, in working days.

    A gap after a call in which the contact named a date is the contact's choice, and left out.

    Parameters
    ----------
    log
        A log of attempts with arms.
    calendar
        Which days are working days.

    Returns
    -------
    dict
        Segment → arm → policy.

    Raises
    ------
    InputError
        Naming each arm in which no contact was dialled twice.
    """
    attempts = log.require_attempts("study")
    assigned = log.contacts.loc[log.contacts["arm"].notna(), ["contact_id", "segment", "arm"]]
    dials = attempts.loc[attempts["disposition"].isin(DISPOSITIONS.having("counts"))]
    dials = dials[["contact_id", "dialled_at", "disposition"]].merge(assigned, on="contact_id")
    before = dials.groupby("contact_id")[["dialled_at", "disposition"]].shift()
    follows = before["dialled_at"].notna() & (before["disposition"] != "callback_requested")
    gaps = dials.loc[follows, ["segment", "arm"]].assign(
        working_days=_working_days(
            before.loc[follows, "dialled_at"], dials.loc[follows, "dialled_at"], calendar
        )
    )
    medians = gaps.groupby(["segment", "arm"], as_index=False)["working_days"].median()
    cells = assigned[["segment", "arm"]].drop_duplicates()
    cells = cells.merge(medians, how="left").sort_values(["segment", "working_days", "arm"])
    policies: dict[str, dict[str, RecallPolicy]] = {}
    problems = []
    for segment, arm, median in cells.to_numpy().tolist():
        if math.isnan(median):
            rule = "must say which policy this arm followed: none of its contacts was called twice"
            problems.append(Problem("study", "--policies", f"{segment}.{arm}", rule))
            continue
        arms = policies.setdefault(segment, {})
        arms[arm] = RecallPolicy.every(working_days=max(round(median), 1))
    if problems:
        raise InputError(problems)
    return policies


def _working_days(first: pd.Series, second: pd.Series, calendar: Calendar) -> NDArray[np.int64]:
    """Return how many working days lie between two days of each row."""
    if first.empty:
        return np.empty(0, dtype=np.int64)
    days = [
        times.dt.tz_localize(None).to_numpy().astype("datetime64[D]") for times in (first, second)
    ]
    start, end = days[0].min().item(), days[1].max().item()
    holidays = list(calendar.holidays(start, (end - start).days + 1))
    mask = [name in calendar.working_weekdays for name in WEEKDAYS]
    counts: NDArray[np.int64] = np.busday_count(days[0], days[1], weekmask=mask, holidays=holidays)
    return counts
