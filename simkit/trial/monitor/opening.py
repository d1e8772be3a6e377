"""What every day on which a running trial is looked at begins with: who was assigned, and when."""

from __future__ import annotations

from collections.abc import Collection, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from simkit.calllog import CallLog
from simkit.calllog.cut import moment_of
from simkit.calllog.stored import StoredLog
from simkit.errors import InputError, Problem, Together
from simkit.trial.assign import Assigned, Given
from simkit.trial.design import TrialDesign
from simkit.trial.monitor.assigned import open_assigned
from simkit.trial.read.names import A_LOG_IN_MEMORY
from simkit.trial.settings import require_prices


@dataclass(frozen=True)
class Opened:
    """What a look begins with.

    Parameters
    ----------
    drawn
        Who was assigned, and how.
    moment, days
        When the trial is looked at, and the looks that were made earlier, in the log's zone.
    ledger
        The file of the looks.
    """

    drawn: Given
    moment: pd.Timestamp
    days: tuple[pd.Timestamp, ...]
    ledger: Path | None


def opened(
    where: str,
    log: CallLog,
    design: TrialDesign,
    *,
    as_of: object,
    assigned: Assigned | None,
    ledger: object,
    economics: object,
    earlier: object = None,
    final: object = None,
) -> Opened:
    """Return what a look begins with, or tell all that is wrong.

    Parameters
    ----------
    where
        The function whose settings these are, for messages.
    log, design, as_of, assigned, ledger, economics, earlier, final
        As `simkit.trial.monitor.monitor` takes them.

    Raises
    ------
    InputError
        With everything that is wrong.
    """
    if not isinstance(log, CallLog | StoredLog):
        raise InputError([Problem(where, "log", type(log).__name__, A_LOG_IN_MEMORY)])
    together = Together()
    with together:
        require_prices(where, economics)
    days: Collection[object] = ()
    if isinstance(earlier, Sequence | Set | pd.Index) and not isinstance(earlier, str | bytes):
        days = earlier
    elif earlier is not None:
        rule = 'must be a list of days, as ["2026-05-31"]'
        together.problems.append(Problem(where, "earlier", earlier, rule))
    if not isinstance(ledger, str | Path | None):
        together.problems.append(Problem(where, "ledger", ledger, "must be a file's name"))
    if not isinstance(final, bool | None):
        together.problems.append(Problem(where, "final", final, "must be True or False"))
    with together:
        drawn = open_assigned(where, assigned, design)
    with together:
        moment, before = _look_moments(where, log, design, as_of, days)
    together.tell()
    return Opened(drawn, moment, tuple(before), None if ledger is None else Path(str(ledger)))


def _look_moments(
    where: str,
    log: CallLog,
    design: TrialDesign,
    as_of: object,
    earlier: Collection[object],
) -> tuple[pd.Timestamp, list[pd.Timestamp]]:
    """Return the moment of the look and of the earlier ones, or tell all that is wrong."""
    log.require_attempts(where)
    problems: list[Problem] = []
    if not design.contacts:
        rule = "must be registered: without the number planned there is no part of it"
        problems.append(Problem("TrialDesign", "contacts", None, rule))

    def read(day: object, field: str) -> pd.Timestamp | None:
        try:
            return moment_of(day, log.header.timezone)
        except InputError as error:
            problems.extend(Problem(where, field, each.value, each.rule) for each in error.problems)
            return None

    start, end = log.contacts["entered_at"].min(), log.contacts["observed_until"].max()
    moment = end if as_of is None else read(as_of, "as_of")
    days = [read(day, "earlier") for day in earlier]
    if moment is not None and not moment > start:
        rule = f"must be after the first contact entered, {start}"
        problems.append(Problem(where, "as_of", str(as_of), rule))
    if moment is not None and moment > end:
        rule = f"must not be after the last moment that the log knows of, {end}"
        problems.append(Problem(where, "as_of", str(as_of), rule))
    if moment is not None:
        rule = "must be before as_of: it is a look that was made earlier"
        problems += [
            Problem(where, "earlier", str(day), rule)
            for day in days
            if day is not None and day >= moment
        ]
    if problems or moment is None:
        raise InputError(problems)
    return moment, [day for day in days if day is not None]
