"""Guardrails that are watched all the time: harm that must stay within its margin.

Each bound comes from a one-sided confidence sequence at level ``1 - alpha``, so it holds at all
looks at once, planned or not. As in `evaluate`, guardrails are not corrected for their number:
each can only stop an arm. At the end of the trial what `evaluate` says counts as well: an arm that
it vetoes is not called better here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from simkit.trial.looks.ledger import Key, Look, Seen
from simkit.trial.monitor.decisions import BETTER, FUTILE, Plan, Row, decide
from simkit.trial.monitor.decisions import GO_ON as COMPARISON_GOES_ON
from simkit.trial.sequential.anytime import multiplier

NOT_KNOWN = float("nan")
BEYOND = "beyond the margin"
HARM = "harm shown, open whether within the margin"
WITHIN = "within the margin"
OPEN = "open"
VETOED = "vetoed at the end: harm shown, and not within the margin"
STOP_ARM, GO_ON = "stop this arm", "go on"
HELD = "better, but harm shown"


@dataclass
class Guarded:
    """One guardrail of one arm at one look, in the order of the table's columns."""

    look: int
    as_of: str
    kind: str
    outcome: str
    segment: str
    arm: str
    control: str
    fraction: float
    n: int
    n_control: int
    estimate: float = NOT_KNOWN
    se: float = NOT_KNOWN
    low: float = NOT_KNOWN
    high: float = NOT_KNOWN
    margin: float = NOT_KNOWN
    lower_is_better: bool = True
    state: str = OPEN
    decision: str = GO_ON
    crossed_at: int = 0
    unit: str = ""
    reason: str = ""

    @property
    def key(self) -> Key:
        """What is watched: outcome, segment, arm."""
        return (self.outcome, self.segment, self.arm)


def judge(plan: Plan, watched: Sequence[Look] = ()) -> tuple[list[Row], list[Guarded]]:
    """Judge all looks that were made: comparisons, and the guardrails that go before them.

    What is said of a look rests on this look and those before it.

    Parameters
    ----------
    plan
        The looks, and what was registered about them.
    watched
        Days on which guardrails alone were seen.
    """
    rows = decide(plan)
    guarded = guard(plan.looks, plan.names, plan.design.alpha, watched)
    hold(rows, guarded)
    return rows, guarded


def guard(
    looks: Sequence[Look], names: Sequence[str], alpha: float, watched: Sequence[Look] = ()
) -> list[Guarded]:
    """Judge every guardrail at every look.

    Parameters
    ----------
    looks, names
        The looks in order, and of what kind each was.
    alpha
        Error rate of each one-sided bound, over all looks.
    watched
        Days on which guardrails alone were seen: an arm stopped on one stays stopped.

    Returns
    -------
    One row per look, guardrail, segment and arm. The interval is in the outcome's own direction.
    """
    before = {row.key: row.as_of for row in crossings(watched, alpha)}
    crossed: dict[Key, int] = {}
    rows = list(_each_alone(looks, names, alpha))
    for row in rows:
        if row.crossed_at:
            crossed.setdefault(row.key, row.look)
        then = before.get(row.key)
        if then is not None and pd.Timestamp(then) <= pd.Timestamp(row.as_of):
            if row.key not in crossed:
                row.reason = f"{BEYOND} when guardrails were watched on {then[:10]}"
            crossed.setdefault(row.key, row.look)
        if row.key in crossed:
            row.decision, row.crossed_at = STOP_ARM, crossed[row.key]
    return rows


def crossings(days: Sequence[Look], alpha: float) -> list[Guarded]:
    """Return each guardrail of an arm that was beyond its margin, on the first such day.

    Parameters
    ----------
    days
        When guardrails were seen, in order.
    alpha
        Error rate of each one-sided bound, over all days.
    """
    first: dict[Key, Guarded] = {}
    for row in _each_alone(days, [""] * len(days), alpha):
        if row.crossed_at:
            first.setdefault(row.key, row)
    return list(first.values())


def hold(rows: Sequence[Row], guarded: Sequence[Guarded]) -> None:
    """Let guardrails have their say in what is decided of each arm: better is not all.

    An arm that a guardrail stops is stopped, also where it is better or success is still open. An
    arm that is better and whose harm is shown, if not that it is beyond the margin, is not taken
    over yet. ``claimed_at`` of a comparison stays: what was shown was shown.

    Parameters
    ----------
    rows
        The comparisons at every look; their ``decision`` and ``guardrail`` are set.
    guarded
        The guardrails at every look.
    """
    for row in rows:
        against = [
            each
            for each in guarded
            if (each.look, each.segment, each.arm) == (row.look, row.segment, row.arm)
        ]
        stopped = [each.outcome for each in against if each.decision == STOP_ARM]
        harmful = [each.outcome for each in against if each.state == HARM]
        if stopped and row.decision in (BETTER, FUTILE, COMPARISON_GOES_ON):
            row.decision, row.guardrail = STOP_ARM, ", ".join(stopped)
        elif harmful and row.decision == BETTER:
            row.decision, row.guardrail = HELD, ", ".join(harmful)


def not_within(guards: pd.DataFrame) -> pd.DataFrame:
    """Return the guardrails that are not shown to hold: an arm that is better waits for them.

    Parameters
    ----------
    guards
        Rows of `Guarded`, as a table. One without a margin cannot hold anybody up.
    """
    rows: pd.DataFrame = guards[guards["margin"].notna() & (guards["state"] != WITHIN)]
    return rows


def _each_alone(looks: Sequence[Look], names: Sequence[str], alpha: float) -> Iterator[Guarded]:
    """Yield each guardrail at each look, judged by that look alone."""
    for number, (look, name) in enumerate(zip(looks, names, strict=True), start=1):
        for seen in look.seen:
            if seen.role != "guardrail":
                continue
            row = Guarded(
                look=number,
                as_of=look.as_of,
                kind=name,
                outcome=seen.outcome,
                segment=seen.segment,
                arm=seen.arm,
                control=seen.control,
                fraction=seen.fraction,
                n=seen.n,
                n_control=seen.n_control,
                margin=seen.margin,
                lower_is_better=seen.lower_is_better,
                unit=seen.unit,
                reason=seen.reason,
            )
            if seen.told:
                _bound(row, seen, alpha)
                if look.final and seen.vetoed and row.state != BEYOND:
                    row.state = VETOED
                if row.state in (BEYOND, VETOED):
                    row.decision, row.crossed_at = STOP_ARM, number
            yield row


def _bound(row: Guarded, seen: Seen, alpha: float) -> None:
    reach = multiplier(seen.fraction, alpha, sides=1)
    row.estimate, row.se = seen.estimate, seen.se
    row.low, row.high = seen.shifted(reach), seen.shifted(-reach)
    low, high = (row.low, row.high) if seen.lower_is_better else (-row.high, -row.low)
    if np.isnan(seen.margin):
        return
    if low > seen.margin:
        row.state = BEYOND
    elif high < seen.margin:
        row.state = WITHIN
    elif low > 0:
        row.state = HARM
