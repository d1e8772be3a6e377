"""By how much looks before the end raise the contacts that a trial needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scipy import stats

from simkit.trial.sequential.boundaries import bounds, drift_of
from simkit.trial.sequential.spending import SPENDING

if TYPE_CHECKING:
    from simkit.trial.design.trial_design import TrialDesign


def inflation_of(design: TrialDesign) -> float:
    """Return the factor by which a design's looks raise the contacts needed; 1 without looks.

    The drift that its bounds find with the design's power, against that of one test at the end,
    squared (Jennison and Turnbull 2000, section 2.3: R_P and R_B). Stopping for futility, which
    does not bind, is counted in.

    Parameters
    ----------
    design
        The design, with its looks, error rate and power.
    """
    if design.looks is None or len(design.looks.fractions) == 1:
        return 1.0
    times, spending = design.looks.fractions, SPENDING[design.looks.spending]
    upper = bounds(times, design.alpha, spending)
    futility = spending if design.looks.futility else None
    drift = drift_of(times, upper, design.power, futility)
    alone = float(stats.norm.isf(design.alpha / 2) + stats.norm.ppf(design.power))
    return (drift / alone) ** 2
