"""Cumulative incidence of a sale or an opt-out, where other ends compete and some are censored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from simkit.calllog import CallLog
from simkit.errors import InputError, Problem
from simkit.result import Result
from simkit.trial.design import GivenDesign
from simkit.trial.models.contrasts import WHERE, contrasts_table, shown_html
from simkit.trial.models.ends import OPT_OUT, SALE, FirstEnds, first_ends
from simkit.trial.models.segment_incidence import SegmentIncidence
from simkit.trial.sentences import PERCENT, amount, label, place_words, span
from simkit.trial.settings import alpha_problems

OWN_COLUMNS = (
    *("incidence_arm", "incidence_control", "censored_early", "plain_estimate"),
    *("one_minus_km_arm", "one_minus_km_control"),
)


@dataclass(frozen=True, eq=False, repr=False)
class CumulativeIncidence(Result):
    """By when which share of the assigned contacts had bought, opted out or ended otherwise.

    Parameters
    ----------
    table
        One row per event, segment and arm: the columns that all models share (``estimate`` is the
        arm's cumulative incidence at the horizon less its control's), then ``incidence_arm``,
        ``incidence_control``; ``censored_early`` (contacts of both whose observation ended before
        the horizon and before any end: the main comparison leaves out all whose observation did);
        ``plain_estimate`` (the main comparison's difference of shares, among contacts observed for
        the whole horizon; NaN where that is not known); ``one_minus_km_arm``,
        ``one_minus_km_control`` (what Kaplan-Meier says when it takes other ends for censored:
        too much, shown so that nobody needs to compute it).
    curves
        One row per event, segment, arm and day: ``incidence``, ``ci_low``, ``ci_high`` (for this
        day alone; NaN before the first such end), ``at_risk``.
    events
        What was asked about.
    horizon_days
        Days since assignment.
    alpha
        One minus the level of the intervals.
    left_out
        Why contacts were left out, and how many.
    warnings
        What a reader must know.
    """

    table: pd.DataFrame
    curves: pd.DataFrame
    events: tuple[str, ...]
    horizon_days: float
    alpha: float
    left_out: pd.DataFrame
    warnings: tuple[str, ...]

    def sentences(self) -> list[str]:
        """Say each row of the table."""
        return [
            _row_sentence(row, self.alpha, self.horizon_days)
            for row in self.table.itertuples(index=False)
        ]

    def sentence(self) -> str:
        """Say what the first event's rows say."""
        here = self.table["outcome"] == self.events[0]
        rows = self.table[here].itertuples(index=False)
        return " ".join(_row_sentence(row, self.alpha, self.horizon_days) for row in rows)

    def _repr_html_(self) -> str:
        columns = (
            *("segment", "outcome", "arm", "control", "incidence_arm", "incidence_control"),
            *("estimate", "ci_low", "ci_high", "p_adjusted", "censored_early", "reason"),
        )
        return shown_html(self.sentence(), self.table, columns, self.warnings)


def cumulative_incidence(
    data: CallLog | pd.DataFrame,
    event: str | Sequence[str] = (SALE, OPT_OUT),
    *,
    horizon_days: float,
    design: GivenDesign | None = None,
    control: str | Mapping[str, str] | None = None,
    arm: str = "arm",
    cluster: str | None = None,
    segment: str | None = None,
    alpha: float = 0.05,
) -> CumulativeIncidence:
    """Estimate by when which share of contacts had bought or opted out, with competing risks.

    Where all contacts were followed for the whole horizon, this is the plain share that `evaluate`
    compares, with the same errors (as long as nobody opts out after a sale or the other way
    round: only a contact's first end counts). Where some were not, `evaluate` leaves them out; here
    they count for as long as they were seen (Aalen-Johansen). That holds as long as contacts seen
    for less time, such as those assigned late, behave like the others.

    Time runs from the assignment, never from the first call. An end of another kind takes a contact
    out for good: nobody who opted out can still buy. Kaplan-Meier, which takes such contacts for
    merely unseen, says too much.

    **Errors** by the unit assigned: each account left out in turn (jackknife) up to 500 accounts
    in a segment and wherever an arm has fewer than 100, else the accounts' influences; Student's t
    as in `evaluate`. Contacts assigned one by one: Newcombe's interval, with the number of fully
    followed contacts that would tell as much.

    Parameters
    ----------
    data
        A call log; or a table with one row per assigned contact, ``time_days`` and ``end``: see
        `simkit.trial.models.first_ends`.
    event
        The end, or several; the first is told first. Of a log ``"sale"``, ``"opt_out"`` (a
        complaint counts as one), ``"bad_number"``, ``"suppressed"``.
    horizon_days
        Days since assignment at which arms are compared. Of a table an end on this very day counts,
        F(30) = P(T ≤ 30): its times may be whole days. Of a log, whose times are microseconds, the
        window is half-open, as in `evaluate`: an end exactly so many days later comes too late.
    design
        The trial as registered, or its file; gives the control and the unit that errors follow.
    control, arm, cluster, segment
        As in `simkit.trial.evaluate`.
    alpha
        One minus the level of the intervals.

    Returns
    -------
    CumulativeIncidence
        Differences at the horizon, and curves up to it.

    Raises
    ------
    InputError
        With everything that is wrong.
    """
    events = (event,) if isinstance(event, str) else tuple(event)
    problems = alpha_problems(WHERE, alpha)
    if not 0 < horizon_days < np.inf:
        problems.append(Problem(WHERE, "horizon_days", horizon_days, "must be above 0"))
    if problems:
        raise InputError(problems)
    ends = first_ends(
        data, design=design, control=control, arm=arm, cluster=cluster, segment=segment
    )
    check_events(ends, events)
    rows: list[dict[str, Any]] = []
    curves: list[pd.DataFrame] = []
    warnings = list(ends.warnings)
    for name in ends.arms:
        group = SegmentIncidence(ends, name, horizon_days, alpha)
        warnings += group.warnings()
        for one in events:
            more, drawn = group.compared(one)
            rows += more
            curves += drawn
    table = contrasts_table(rows, alpha, OWN_COLUMNS)
    order = table["outcome"].map(events.index)
    return CumulativeIncidence(
        table=table.loc[order.sort_values(kind="stable").index].reset_index(drop=True),
        curves=pd.concat(curves, ignore_index=True),
        events=events,
        horizon_days=horizon_days,
        alpha=alpha,
        left_out=ends.left_out,
        warnings=tuple(warnings),
    )


def check_events(ends: FirstEnds, events: Sequence[str]) -> None:
    """Refuse ends that the data do not hold."""
    rule = f"must be one of the ends: {', '.join(ends.kinds)}"
    problems = [Problem(WHERE, "event", name, rule) for name in events if name not in ends.kinds]
    if not events:
        problems.append(Problem(WHERE, "event", None, rule))
    if problems:
        raise InputError(problems)


def _row_sentence(row: Any, alpha: float, horizon_days: float) -> str:
    head = f"{place_words(row.segment)}{row.arm} against {row.control}: {label(row.outcome)}"
    if np.isnan(row.estimate):
        return f"{head}: {row.reason}."
    shares = (f"{PERCENT * share:.1f} %" for share in (row.incidence_arm, row.incidence_control))
    text = f"{head} by day {horizon_days:g}: {' against '.join(shares)}"
    if np.isnan(row.ci_low):
        return f"{text} ({row.reason})."
    width = row.ci_high - row.ci_low
    text += f", {amount(row.estimate, row.unit, width)} "
    text += f"({(1 - alpha) * PERCENT:g} % interval {span(row.ci_low, row.ci_high, row.unit)})"
    if row.censored_early:
        text += f"; {row.censored_early:,} contacts were seen for less"
    return f"{text}."
