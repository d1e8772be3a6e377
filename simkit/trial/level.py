"""The level at which a trial may claim something, where it was looked at before its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from scipy import stats

from simkit.trial.looks.ending import bound_at_end, counted_words, unseen_words
from simkit.trial.sequential.anytime import multiplier
from simkit.trial.sequential.boundaries import bounds
from simkit.trial.sequential.spending import SPENDING

if TYPE_CHECKING:
    from simkit.trial.design import TrialDesign
    from simkit.trial.looks.ledger import Look

MOSTLY_THERE = 0.95
ONE_LOOK = 1
LEAST = 1e-12
"""The level where looks have left nothing: it keeps intervals and p-values finite."""
ROUNDING = 1e-6
"""A bound is solved for: of one look alone it is that of alpha to far more digits than this."""


def as_planned(part: float) -> bool:
    """Tell whether about as many contacts are in as were planned."""
    return MOSTLY_THERE <= part <= 1 / MOSTLY_THERE


def deciding_level(
    design: TrialDesign | None,
    there: Mapping[str, float],
    alpha: float,
    looks: Sequence[Look] | None = None,
) -> float:
    """Return the level of the comparisons that decide: less than alpha, where looks cost it.

    A design with looks is evaluated as its last one: at the bound that the spending leaves there,
    as if all looks had been made as registered. With fewer contacts than planned this is a look
    off the plan that no ledger counts, and only what holds however often one looks may be claimed.
    So it is with more: who goes on until a difference shows finds one. With a ledger the looks
    that were made take the place of those registered; an evaluation before the end or beyond it
    stands in none, so that there the same holds besides.

    Parameters
    ----------
    design
        What was registered; None where nothing was.
    there
        Segment → part of its planned contacts that were followed to the horizon.
    alpha
        Error rate of the family.
    looks
        Those that a ledger holds; None: no ledger is given.
    """
    return _level_and_cost(design, there, alpha, looks)[0]


def level_cost(
    design: TrialDesign | None,
    there: Mapping[str, float],
    alpha: float,
    looks: Sequence[Look] | None = None,
) -> str:
    """Name what makes the level smaller than alpha; empty where nothing does.

    Parameters
    ----------
    design, there, alpha, looks
        As `deciding_level` takes them.
    """
    level, cost = _level_and_cost(design, there, alpha, looks)
    return cost if level < alpha * (1 - ROUNDING) else ""


def _level_and_cost(
    design: TrialDesign | None,
    there: Mapping[str, float],
    alpha: float,
    looks: Sequence[Look] | None,
) -> tuple[float, str]:
    """Return the level, and what is to be paid for by it."""
    if design is None:
        return alpha, ""
    bound, cost = 0.0, ""
    if looks is not None:
        bound, cost = bound_at_end(looks, design, there, alpha), "the looks that were made"
    elif design.looks is not None and len(design.looks.fractions) > ONE_LOOK:
        spending = SPENDING[design.looks.spending]
        bound = float(bounds(design.looks.fractions, alpha, spending)[-1])
        cost = "the looks that were registered"
    for part in there.values():
        if part > 0 and not as_planned(part) and multiplier(part, alpha) > bound:
            bound = multiplier(part, alpha)
            cost = f"{'fewer' if part < 1 else 'more'} contacts than planned"
    return min(alpha, max(LEAST, 2 * float(stats.norm.sf(bound)))), cost


def looks_taken(
    design: TrialDesign | None,
    there: Mapping[str, float],
    level: float,
    alpha: float,
    looks: Sequence[Look] | None,
) -> tuple[str, ...]:
    """Say on what the level rests where looks before the end were made or registered.

    Parameters
    ----------
    design, there, alpha, looks
        As `deciding_level` takes them.
    level
        What it returned.
    """
    if design is not None and looks is not None:
        counted = counted_words(looks, level, alpha)
        return (counted, *unseen_words(looks, design, there))
    if design is None or design.looks is None or len(design.looks.fractions) == ONE_LOOK:
        return ()
    return (
        "the looks before this are taken to be those registered: give the ledger in which simkit "
        "monitor counted them (ledger, --ledger), and those really made are counted",
    )
