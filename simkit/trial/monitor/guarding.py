"""Guardrails that are watched all the time: harm that must stay within its margin.

Each bound comes from a one-sided confidence sequence at level ``1 - alpha``, so it holds at all
looks at once, planned or not. As in `evaluate`, guardrails are not corrected for their number:
each can only stop an arm. At the end of the trial what `evaluate` says counts as well: an arm that
it vetoes is not called better here.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from simkit.trial.looks.guarded import (
    BEYOND,
    GO_ON,
    HARM,
    SHOWN_WITHIN,
    STOP_ARM,
    Guarded,
    crossings,
    each_alone,
)
from simkit.trial.looks.ledger import Key, Look
from simkit.trial.monitor.decisions import BETTER, FUTILE, NOTHING, Course, Interim, decide

HELD = "better, but harm shown"


def judge_looks(
    course: Course, watched: Sequence[Look] = ()
) -> tuple[list[Interim], list[Guarded]]:
    """Judge all looks that were made: comparisons, and the guardrails that go before them.

    What is said of a look rests on this look and those before it.

    Parameters
    ----------
    course
        The looks, and what was registered about them.
    watched
        Days on which guardrails alone were seen.
    """
    rows = decide(course)
    guarded = guard(course.looks, course.names, course.design.alpha, watched)
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
    rows = list(each_alone(looks, names, alpha))
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


def hold(rows: Sequence[Interim], guarded: Sequence[Guarded]) -> None:
    """Let guardrails have their say in what is decided of each arm: better is not all.

    An arm that a guardrail stops is stopped, also where it is better or success is still open, or
    cannot be told yet. An
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
        if stopped and row.decision in (BETTER, FUTILE, GO_ON, NOTHING):
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
    rows: pd.DataFrame = guards[guards["margin"].notna() & (guards["state"] != SHOWN_WITHIN)]
    return rows
