"""The registered looks at a rehearsed trial, taken as `simkit.trial.monitor` takes real ones."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simkit.calllog import CallLog
from simkit.engine.record import to_timestamps
from simkit.scenario import Economics
from simkit.scenario.hours import DAY_S
from simkit.trial.design import TrialDesign
from simkit.trial.monitor.decisions import Course
from simkit.trial.monitor.guarding import judge_looks
from simkit.trial.monitor.reading import read_look
from simkit.trial.rehearse.layout import Layout

#: Of a part of the contacts that is a whole number of them.
ROUNDING = 1e-9


def look_days(
    entered_s: NDArray[np.int64], fractions: Sequence[float], horizon_days: float, end_day: int
) -> list[int | None]:
    """Return the day of each registered look: the first midnight that finds its part followed.

    The last look is the end of the trial. Looks that fall on one day are one look, the last of
    them; so is with the end whatever falls on a day by which everybody was followed.

    Parameters
    ----------
    entered_s
        When each contact enters [s since the start].
    fractions
        Registered parts of the contacts, rising to 1.
    horizon_days
        Days for which a contact must have been followed.
    end_day
        When the trial ends [days since the start].

    Returns
    -------
    Days since the start; None for a look that is not made, because the next one is on its day.
    """
    followed_s = np.sort(entered_s) + round(horizon_days * DAY_S)
    number = [math.ceil(part * len(followed_s) - ROUNDING) for part in fractions]
    days = [math.ceil(followed_s[max(count, 1) - 1] / DAY_S) for count in number]
    days = [end_day if day >= days[-1] else day for day in days]
    return [None if day in days[place + 1 :] else day for place, day in enumerate(days)]


def looks_at(
    log: CallLog,
    design: TrialDesign,
    entered_s: NDArray[np.int64],
    end_day: int,
    layout: Layout,
    economics: Mapping[str, Economics],
) -> list[NDArray[np.float64]]:
    """Take the registered looks at a trial; return what is noted of each, shape (cells, width).

    Parameters
    ----------
    log
        What the trial leaves at its end.
    design
        As registered, with the contacts that are played.
    entered_s, end_day
        As `look_days` takes them.
    layout
        What is noted.
    economics
        Prices by segment.
    """
    fractions = design.looks.fractions if design.looks is not None else ()
    days = look_days(entered_s, fractions, design.horizon_days, end_day)
    made = np.array([day for day in days if day is not None], dtype=np.int64)
    moments = to_timestamps(log.header.start, log.header.timezone, made * DAY_S)
    how: Any = {"economics": economics, "checks": "assignment"}
    seen = [read_look(log, design, moment, **how) for moment in moments]
    looks = [look for look, _, _ in seen]
    rows, guarded = judge_looks(Course(design, looks, by_spending=True))
    found = [np.full((len(layout.cells), layout.width), np.nan)] * len(days)
    for number, (day, (look, evaluation, _)) in enumerate(zip(made, seen, strict=True), start=1):
        trusted = evaluation is None or evaluation.trustworthy
        entered = (entered_s < day * DAY_S).mean()
        found[days.index(day)] = layout.note_look(
            (float(day), look.fraction, float(entered), float(trusted)),
            [row for row in rows if row.look == number],
            [row for row in guarded if row.look == number],
        )
    return found
