"""What it means to evaluate a trial before its registered end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scipy import stats

from simkit.trial.sequential.anytime import multiplier
from simkit.trial.sequential.boundaries import crossing

if TYPE_CHECKING:
    from simkit.trial.design import TrialDesign

LAST = 1.0


def unplanned_look_warning(design: TrialDesign, fraction: float) -> str | None:
    """Say what an evaluation means that is made before the registered end, by itself.

    For evaluations that are not made by `monitor`, which counts looks: whoever evaluates early,
    and would evaluate again, looks more than once, and each look at the bound of a single one (1.96
    standard errors for an alpha of .05) makes errors.

    Parameters
    ----------
    design
        The registered design.
    fraction
        Part of the planned contacts that have been followed for the whole horizon.

    Returns
    -------
    str or None
        The warning; None at the registered end.
    """
    if fraction >= LAST or fraction <= 0:
        return None
    single = float(stats.norm.isf(design.alpha / 2))
    both = crossing([fraction, LAST], [-single] * 2, [single] * 2)
    errors = float(both.upper.sum() + both.lower.sum())
    registered = "no looks before the end were registered"
    if design.looks:
        parts = ", ".join(f"{100 * part:.0f} %" for part in design.looks.fractions)
        registered = f"looks were registered at {parts}, and monitor counts them"
    wide = multiplier(fraction, design.alpha)
    return (
        f"this looks at the trial with {100 * fraction:.0f} % of its contacts in: {registered}. "
        f"Two looks at {single:.2f}, this one and the end, find something in {100 * errors:.1f} % "
        f"of trials without any effect, not in {100 * design.alpha:.3g} %. An interval that holds "
        "however often one looks "
        f"reaches {wide:.2f} standard errors, not {single:.2f}: use monitor"
    )
