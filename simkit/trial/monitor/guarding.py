"""Guardrails that are watched all the time: harm that must stay within its margin.

Each bound comes from a one-sided confidence sequence at level ``1 - alpha``, so it holds at all
looks at once, planned or not. As in `evaluate`, guardrails are not corrected for their number:
each can only stop an arm. At the end of the trial what `evaluate` says counts as well: an arm that
it vetoes is not called better here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simkit.trial.monitor.decisions import BETTER, FUTILE, decide
from simkit.trial.monitor.decisions import GO_ON as COMPARISON_GOES_ON
from simkit.trial.monitor.looks import Look, Seen
from simkit.trial.sequential.anytime import multiplier

if TYPE_CHECKING:
    from simkit.trial.monitor.decisions import Plan, Row

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
    crossed: dict[tuple[str, str, str], int] = {}
    before = {(row.outcome, row.segment, row.arm): row.as_of for row in crossings(watched, alpha)}
    rows = []
    for number, look in enumerate(looks):
        for seen in look.seen:
            if seen.role != "guardrail":
                continue
            row = Guarded(
                look=number + 1,
                as_of=look.as_of,
                kind=names[number],
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
                    crossed.setdefault(seen.key, number + 1)
            then = before.get(seen.key)
            if then is not None and pd.Timestamp(then) <= pd.Timestamp(look.as_of):
                if seen.key not in crossed:
                    row.reason = f"{BEYOND} when guardrails were watched on {then[:10]}"
                crossed.setdefault(seen.key, number + 1)
            if seen.key in crossed:
                row.decision, row.crossed_at = STOP_ARM, crossed[seen.key]
            rows.append(row)
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
    rows = guard(days, [""] * len(days), alpha) if days else []
    return [row for row in rows if row.crossed_at == row.look]


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
