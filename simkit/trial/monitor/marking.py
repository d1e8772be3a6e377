"""Whom looks saw: marked when a look is made, and held against the log at the looks after it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from simkit.calllog.cut import cut
from simkit.trial.looks.ledger import Look, Seen
from simkit.trial.read.marks import Cell, marks_of, of_both
from simkit.trial.seen_again import other_results

if TYPE_CHECKING:
    import pandas as pd

    from simkit.calllog import CallLog
    from simkit.trial.design import TrialDesign

SEEN_OTHERS = (
    "the look of {} saw other contacts than this log holds for that day, or other results of them: "
    "what it claimed is of what it saw. Find out which contacts were exchanged, or what was "
    "corrected, before anybody acts on that claim"
)
READ_ANEW = (
    "the look of {} stood in the ledger with other contacts, or other results of them: it stays "
    "one look, and is read here as the log is now. Keep both exports, and say with the result what "
    "was corrected"
)


def mark_looks(
    log: CallLog, design: TrialDesign, looks: Sequence[Look], held: Mapping[pd.Timestamp, Look]
) -> tuple[list[Look], list[str]]:
    """Mark looks that were read now, and say of those that a ledger holds whether they saw others.

    Parameters
    ----------
    log, design
        The running trial's.
    looks
        All looks, in order; the last was read now.
    held
        Moment → look of the ledger.

    Returns
    -------
    marked, said
        The looks, and what must be known of them.
    """
    moments = [look.moment for look in looks]
    then = cut(log, moments[-1]).conformed()
    *marks, _ = marks_of(then, design.horizon_days, moments)
    marked, said = [], []
    for look, own in zip(looks, marks, strict=True):
        now, before = _marked(look, own), held.get(look.moment)
        last = look is looks[-1]
        if before is not None and _differ(before.seen, now.seen, results=last):
            said.append((READ_ANEW if last else SEEN_OTHERS).format(look.as_of[:10]))
        marked.append(now if before is None or last else look)
    return marked, said


def _marked(look: Look, marks: Mapping[Cell, str]) -> Look:
    rows = (
        replace(row, mark=of_both(marks, row.segment, row.arm, row.control))
        if row.role == "primary"
        else row
        for row in look.seen
    )
    return replace(look, seen=tuple(rows))


def _differ(before: Collection[Seen], now: Collection[Seen], *, results: bool) -> bool:
    """Tell whether two readings of a look differ: in whom they saw, and in results if these too."""
    read = {row.key: row for row in now}
    pairs = [(row, read[row.key]) for row in before if row.role == "primary" and row.key in read]
    return any(
        (one.mark and other.mark and one.mark != other.mark)
        or (results and (one.told or other.told) and _other(one, other))
        for one, other in pairs
    )


def _other(one: Seen, other: Seen) -> bool:
    if (one.told, one.n, one.n_control) != (other.told, other.n, other.n_control):
        return True
    return other_results(one, (other.estimate, other.se))
