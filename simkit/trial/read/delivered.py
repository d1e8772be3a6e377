"""The policies that a trial's arms seem to have followed, where nobody wrote them down."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simkit.errors import InputError, Problem
from simkit.measures.reduction import windows
from simkit.measures.spacing import gap_days
from simkit.policy import RecallPolicy
from simkit.scenario.calendar import WEEKDAYS
from simkit.trial.effects.means import MIN_UNITS
from simkit.trial.read.data import ALONE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simkit.calllog import CallLog
    from simkit.scenario import Calendar


def delivered_policies(log: CallLog, calendar: Calendar) -> dict[str, dict[str, RecallPolicy]]:
    """Return for each arm the interval of its median gap between two dials, in working days.

    The gaps are those of the measures: one after a call in which the contact asked to be called
    back is the contact's choice, and left out.

    Parameters
    ----------
    log
        A log of attempts with arms.
    calendar
        Which days are working days.

    Returns
    -------
    dict
        Segment → arm → policy, the shortest interval of a segment first.

    Raises
    ------
    InputError
        Naming each arm in which no contact was dialled twice, and whether it has but one.
    """
    log.require_attempts("finding the policies of the arms")
    arm = log.contacts["arm"]
    grouped = log.contacts[arm.notna()].groupby(["segment", "arm"], observed=True)
    of_contact = np.full(len(log.contacts), -1, dtype=np.int64)
    of_contact[arm.notna().to_numpy()] = grouped.ngroup().to_numpy()
    gaps = gap_days(log, windows(log, None), of_contact)
    gaps["working_days"] = _working_days(gaps["from_day"], gaps["to_day"], calendar)
    by_cell = dict(iter(gaps.groupby("cell")[["working_days", "gaps"]]))
    found, problems = [], []
    sizes = grouped.size()
    for cell, (segment, name) in enumerate(sizes.index):
        if cell in by_cell:
            found.append((_median(by_cell[cell]), str(segment), str(name)))
        else:
            rule = (
                "must have its policy named (a file of policies), which its calls do not show: "
                "none of its contacts was called twice other than at their own wish"
            )
            problems.append(Problem("call log", "arm", f"{segment}.{name}", rule))
            if sizes.iloc[cell] < MIN_UNITS:
                problems.append(Problem("call log", "arm", f"{segment}.{name}", ALONE))
    if problems:
        raise InputError(problems)
    policies: dict[str, dict[str, RecallPolicy]] = {}
    for median, segment, name in sorted(found, key=lambda row: (row[1], row[0], row[2])):
        interval = RecallPolicy.every(working_days=max(round(median), 1))
        policies.setdefault(segment, {})[name] = interval
    return policies


def _working_days(first: pd.Series, second: pd.Series, calendar: Calendar) -> NDArray[np.int64]:
    """Return how many working days lie between two days of each row."""
    if first.empty:
        return np.empty(0, dtype=np.int64)
    days = [column.to_numpy().astype("datetime64[D]") for column in (first, second)]
    start, end = days[0].min().item(), days[1].max().item()
    holidays = list(calendar.holidays(start, (end - start).days + 1))
    mask = [name in calendar.working_weekdays for name in WEEKDAYS]
    counts: NDArray[np.int64] = np.busday_count(days[0], days[1], weekmask=mask, holidays=holidays)
    return counts


def _median(gaps: pd.DataFrame) -> float:
    """Return the median of working days of which each stands for as many gaps as were counted."""
    ordered = gaps.sort_values("working_days")
    upto = ordered["gaps"].cumsum().to_numpy()
    middle = [(upto[-1] - 1) // 2, upto[-1] // 2]
    return float(ordered["working_days"].to_numpy()[np.searchsorted(upto, middle, "right")].mean())
