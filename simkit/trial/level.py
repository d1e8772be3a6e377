"""The level at which a trial may claim something, where it was looked at before its end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from scipy import stats

from simkit.trial.sequential.anytime import multiplier
from simkit.trial.sequential.boundaries import bounds
from simkit.trial.sequential.spending import SPENDING

if TYPE_CHECKING:
    from simkit.trial.design import TrialDesign

MOSTLY_THERE = 0.95
ONE_LOOK = 1


def as_planned(part: float) -> bool:
    """Tell whether about as many contacts are in as were planned."""
    return MOSTLY_THERE <= part <= 1 / MOSTLY_THERE


def deciding_level(design: TrialDesign | None, there: Mapping[str, float], alpha: float) -> float:
    """Return the level of the comparisons that decide: less than alpha, where looks cost it.

    A design with looks is evaluated as its last one: at the bound that the spending leaves there,
    as if all looks had been made as registered. With fewer contacts than planned this is a look
    off the plan that no ledger counts, and only what holds however often one looks may be claimed.
    So it is with more: who goes on until a difference shows finds one.

    Parameters
    ----------
    design
        What was registered; None where nothing was.
    there
        Segment → part of its planned contacts that were followed to the horizon.
    alpha
        Error rate of the family.
    """
    if design is None:
        return alpha
    bound = 0.0
    if design.looks is not None and len(design.looks.fractions) > ONE_LOOK:
        spending = SPENDING[design.looks.spending]
        bound = float(bounds(design.looks.fractions, alpha, spending)[-1])
    for part in there.values():
        if part > 0 and not as_planned(part):
            bound = max(bound, multiplier(part, alpha))
    return min(alpha, 2 * float(stats.norm.sf(bound)))


def looks_taken(design: TrialDesign | None) -> tuple[str, ...]:
    """Say on what the level rests where looks before the end were registered."""
    if design is None or design.looks is None or len(design.looks.fractions) == ONE_LOOK:
        return ()
    return (
        "the looks before this are taken to be those registered: what others have cost, only "
        "simkit monitor with its ledger tells",
    )
