"""Of what kind a look is: one that was registered, one off the plan, one after the end."""

from __future__ import annotations

from collections.abc import Sequence

from simkit.calllog.source import many
from simkit.trial.looks.ledger import Look

PLANNED_WITHIN = 0.05
"""A look is the planned one if its part of the information is that near to a registered part."""
PLANNED, OFF_PLAN, AFTER_END, UNREGISTERED = "planned", "off plan", "after the end", "unregistered"
TOO_EARLY, CUT_SHORT = "too early", "ended early"
UNCOUNTED = "not counted"
TIMING = "where results seen before decided when to look, the error rate is not guaranteed"


def kinds(looks: Sequence[Look], planned: Sequence[float]) -> tuple[list[str], list[float]]:
    """Tell planned looks from others.

    Parameters
    ----------
    looks
        In the order made.
    planned
        Registered parts of the information; empty if no looks were registered.

    Returns
    -------
    kind
        Of each look.
    left
        Registered parts that are still to come.
    """
    left, found, ended = list(planned), [], False
    for look in looks:
        near = [part for part in left if abs(part - look.fraction) <= PLANNED_WITHIN and part < 1]
        if look.fraction <= 0:
            kind = UNCOUNTED if any(row.n for row in look.seen) else TOO_EARLY
        elif ended:
            kind = AFTER_END
        elif not planned:
            kind = PLANNED if look.final and looks[0] is look else UNREGISTERED
        elif look.final:
            kind, left = CUT_SHORT if look.cut_short and look.fraction < 1 else PLANNED, []
        elif near:
            kind = PLANNED
            distance = [abs(part - look.fraction) for part in near]
            left.remove(near[distance.index(min(distance))])
        else:
            kind = OFF_PLAN
        ended = ended or look.final
        left = [part for part in left if part > look.fraction]
        if planned and not ended and not left:
            left = [1.0]
        found.append(kind)
    return found, left


def off_plan_words(number: int) -> str:
    """Say how many looks were off the plan: ``"2 looks off plan"``."""
    return f"{many(number, 'look')} {OFF_PLAN}"


def passed_by(looks: Sequence[Look], planned: Sequence[float]) -> list[float]:
    """Give the registered parts that had gone by before the first of the looks."""
    first = min((look.fraction for look in looks), default=0.0)
    return [part for part in planned if part < 1 and part < first - PLANNED_WITHIN]
