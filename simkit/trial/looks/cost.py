"""What looks cost that were not registered."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from simkit.trial.looks.history import steps
from simkit.trial.looks.kinds import OFF_PLAN, kinds
from simkit.trial.looks.ledger import Key, Look
from simkit.trial.sequential.boundaries import bounds
from simkit.trial.sequential.spending import SPENDING, spent_by

#: All of the planned information.
LAST = 1.0


@dataclass(frozen=True)
class Cost:
    """What looks off the plan have cost a comparison.

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
    looks: Sequence[Look],
    planned: Sequence[float],
    key: Key,
    contacts: float,
    alpha: float,
    spending: str,
) -> Cost | None:
    """Compare a comparison's bound at the end with that of the registered looks alone.

    Parameters
    ----------
    looks
        All looks made.
    planned
        Registered parts of the information.
    key
        What is compared.
    contacts
        Contacts planned in its segment.
    alpha
        Two-sided error rate of a comparison.
    spending
        Name of the spending function.

    Returns
    -------
    The cost; None where no look off the plan came before the comparison's end.
    """
    made, left = _made(looks, planned, key, contacts)
    if not any(off_plan for _, off_plan, _ in made):
        return None
    spend = SPENDING[spending]
    last_made = made[-1][0]
    whole = [*made, *((part, False, part >= LAST) for part in left if part > last_made)]
    kept = [step for step in whole if not step[1]]

    def last(some: Sequence[tuple[float, bool, bool]]) -> float:
        times, final = [step[0] for step in some], [step[2] for step in some]
        return float(bounds(times, alpha, spend, final=final)[-1])

    spent = 2 * spent_by(
        spend, alpha / 2, [step[0] for step in whole], final=[step[2] for step in whole]
    )
    shares = [float(now - before) for now, before in zip(spent, [0.0, *spent[:-1]], strict=True)]
    off = [share for share, step in zip(shares, whole, strict=True) if step[1]]
    return Cost(len(off), sum(off), last(whole), last(kept))


def _made(
    looks: Sequence[Look], planned: Sequence[float], key: Key, contacts: float
) -> tuple[list[tuple[float, bool, bool]], list[float]]:
    """Return a comparison's looks up to its end, and the registered parts still to come.

    Of each look: its information time, whether it was off the plan, whether it spent all.
    """
    kind, left = kinds(looks, planned)
    made: list[tuple[float, bool, bool]] = []
    for step in steps(looks, key, contacts):
        # The end of a comparison is no look too many, whatever its part of the whole trial.
        off_plan = kind[step.place] == OFF_PLAN and not step.spends_all
        made.append((step.time, off_plan, step.spends_all))
        if step.spends_all:
            return made, []
    return made, left


def looks_off_plan(
    looks: Sequence[Look],
    planned: Sequence[float],
    keys: Sequence[Key],
    contacts: Mapping[str, int],
) -> int:
    """Count the looks off the plan, of the comparison that had most of them before its end.

    Parameters
    ----------
    looks, planned
        As `cost_of_looks` takes them.
    keys, contacts
        As `costs_by_segment` takes them.
    """
    made = (_made(looks, planned, key, contacts.get(key[1], math.inf))[0] for key in keys)
    return max((sum(off_plan for _, off_plan, _ in each) for each in made), default=0)


def costs_by_segment(
    looks: Sequence[Look],
    planned: Sequence[float],
    keys: Sequence[Key],
    contacts: Mapping[str, int],
    alpha: float,
    spending: str,
) -> dict[str, Cost]:
    """Return segment → cost of the looks off the plan, of the arm that they cost most.

    Parameters
    ----------
    looks, planned, alpha, spending
        As `cost_of_looks` takes them.
    keys
        What is compared.
    contacts
        Segment → contacts planned.
    """
    found: dict[str, Cost] = {}
    for key in keys:
        segment = key[1]
        cost = cost_of_looks(looks, planned, key, contacts[segment], alpha, spending)
        known = found.get(segment)
        if cost is not None and (known is None or cost.final_bound > known.final_bound):
            found[segment] = cost
    return found
