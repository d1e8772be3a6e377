"""What every day on which a running trial is looked at begins with: who was assigned, and when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from simkit.calllog.cut import moment_of
from simkit.errors import InputError, Problem, Together
from simkit.trial.assign import Assigned, Given
from simkit.trial.design import TrialDesign
from simkit.trial.monitor.assigned import open_assigned

if TYPE_CHECKING:
    from simkit.calllog import CallLog

#: Whose setting a wrong day is, also where guardrails alone are watched.
WHERE = "monitor"


def opened(
    where: str,
    log: CallLog,
    design: TrialDesign,
    as_of: object,
    earlier: Sequence[object] | None,
    assigned: Assigned | None,
) -> tuple[Given, pd.Timestamp, list[pd.Timestamp]]:
    """Return who was assigned, the moment of the look and of the earlier ones; or all problems."""
    together = Together()
    with together:
        drawn = open_assigned(where, assigned, design)
    with together:
        moment, days = _look_moments(log, design, as_of, earlier)
    together.tell()
    return drawn, moment, days


def _look_moments(
    log: CallLog, design: TrialDesign, as_of: object, earlier: Sequence[object] | None
) -> tuple[pd.Timestamp, list[pd.Timestamp]]:
    """Return the moment of the look and of the earlier ones, or tell all that is wrong."""
    log.require_attempts(WHERE)
    problems: list[Problem] = []
    if not design.contacts:
        rule = "must be registered: without the number planned there is no part of it"
        problems.append(Problem("TrialDesign", "contacts", None, rule))

    def read(day: object, field: str) -> pd.Timestamp | None:
        try:
            return moment_of(day, log.header.timezone)
        except InputError as error:
            problems.extend(Problem(WHERE, field, each.value, each.rule) for each in error.problems)
            return None

    start, end = log.contacts["entered_at"].min(), log.contacts["observed_until"].max()
    moment = end if as_of is None else read(as_of, "as_of")
    if isinstance(earlier, str):
        rule = f"must be a list of days, as [{earlier!r}]"
        raise InputError([*problems, Problem(WHERE, "earlier", earlier, rule)])
    days = [read(day, "earlier") for day in earlier or ()]
    if moment is not None and not moment > start:
        rule = f"must be after the first contact entered, {start}"
        problems.append(Problem(WHERE, "as_of", str(as_of), rule))
    if moment is not None and moment > end:
        rule = f"must not be after the last moment that the log knows of, {end}"
        problems.append(Problem(WHERE, "as_of", str(as_of), rule))
    if moment is not None:
        rule = "must be before as_of: it is a look that was made earlier"
        problems += [
            Problem(WHERE, "earlier", str(day), rule)
            for day in days
            if day is not None and day >= moment
        ]
    if problems or moment is None:
        raise InputError(problems)
    return moment, [day for day in days if day is not None]
