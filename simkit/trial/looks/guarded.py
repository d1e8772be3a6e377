"""Guardrails at looks: bounds that hold at all of them, and which arms they have stopped.

Each bound comes from a one-sided confidence sequence at level ``1 - alpha``, so it holds at all
looks at once, planned or not, and whatever comes after the last of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from simkit.trial.looks.ledger import Key, Look, Seen
from simkit.trial.sequential.anytime import multiplier

NOT_KNOWN = float("nan")
BEYOND = "beyond the margin"
HARM = "harm shown, open whether within the margin"
SHOWN_WITHIN = "within the margin"
NOTHING_SHOWN = "open"
VETOED = "vetoed at the end: harm shown, and not within the margin"
STOP_ARM, GO_ON = "stop this arm", "go on"


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
    state: str = NOTHING_SHOWN
    decision: str = GO_ON
    crossed_at: int = 0
    unit: str = ""
    reason: str = ""

    @property
    def key(self) -> Key:
        """What is watched: outcome, segment, arm."""
        return (self.outcome, self.segment, self.arm)


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
    for row in each_alone(days, [""] * len(days), alpha):
        if row.crossed_at:
            first.setdefault(row.key, row)
    return list(first.values())


def each_alone(looks: Sequence[Look], names: Sequence[str], alpha: float) -> Iterator[Guarded]:
    """Yield each guardrail at each look, judged by that look alone.

    Parameters
    ----------
    looks, names
        The looks in order, and of what kind each was.
    alpha
        Error rate of each one-sided bound, over all looks.
    """
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
        row.state = SHOWN_WITHIN
    elif low > 0:
        row.state = HARM
