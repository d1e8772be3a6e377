"""What looks cost that were not registered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simkit.trial.looks.ledger import OFF_PLAN, Look, kinds, spends_all
from simkit.trial.sequential.boundaries import bounds
from simkit.trial.sequential.spending import SPENDING, spent_by

#: All of the planned information.
LAST = 1.0


@dataclass(frozen=True)
class Cost:
    """What looks off the plan have cost.

    Parameters
    ----------
    looks
        How many there were.
    spent
        Error rate that these looks used up, of the whole.
    final_bound, final_bound_planned
        Bound of |Z| at the end with them, and without them.
    """

    looks: int
    spent: float
    final_bound: float
    final_bound_planned: float


def cost_of_looks(
    looks: Sequence[Look], planned: Sequence[float], alpha: float, spending: str
) -> Cost:
    """Compare the bound at the end with that of the registered looks alone.

    Parameters
    ----------
    looks
        All looks made.
    planned
        Registered parts of the information.
    alpha
        Two-sided error rate of a comparison.
    spending
        Name of the spending function.
    """
    kind, left = kinds(looks, planned)
    spend = SPENDING[spending]
    made = [
        (look.fraction, name, ends)
        for look, name, ends in zip(looks, kind, spends_all(looks), strict=True)
        if look.fraction > 0
    ]
    ends = [end for _, _, end in made]
    if any(ends):
        made = made[: ends.index(True) + 1]
    whole = [*made, *((part, "to come", part >= LAST) for part in left)]
    kept = [step for step in whole if step[1] != OFF_PLAN]

    def last(steps: Sequence[tuple[float, str, bool]]) -> float:
        times, final = [step[0] for step in steps], [step[2] for step in steps]
        return float(bounds(times, alpha, spend, final=final)[-1])

    spent = 2 * spent_by(
        spend, alpha / 2, [step[0] for step in whole], final=[step[2] for step in whole]
    )
    steps = [float(now - before) for now, before in zip(spent, [0.0, *spent[:-1]], strict=True)]
    off = [part for part, step in zip(steps, whole, strict=True) if step[1] == OFF_PLAN]
    return Cost(len(off), sum(off), last(whole), last(kept))
