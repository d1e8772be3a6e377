"""How far a skewed outcome leads Student's t astray where one arm is much smaller than another."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from simkit.trial.effects.means import ArmMeans

#: Times the smaller arm's units up to which t's two tails make up for one another, and from which
#: uneven accounts lead it astray besides: `benchmarks/cluster_errors.py`.
UNEQUAL = 2.0
#: Of `lopsidedness`. There one tail of the usual 5 % holds 4.2 % instead of 2.5 %, the other
#: 0.8 %, and both together, by the square term of the next order, 6 %; see there.
LIMIT = 0.2


def skewness(means: ArmMeans, arm: str, control: str) -> float:
    """Give the skewness of the units of two arms, each about its arm's mean; 0 if not known."""
    pair = [means.arms.index(arm), means.arms.index(control)]
    if means.sums is not None:
        residual = means.sums.residual[np.isin(means.sums.sizes.arm, pair)]
        square, cube = float((residual**2).mean()), float((residual**3).mean())
    elif means.third is not None:
        n = means.n[pair]
        square = float((np.diag(means.cov)[pair] * n * (n - 1)).sum()) / float(n.sum())
        cube = float((means.third[pair] * n).sum()) / float(n.sum())
    else:
        return 0.0
    return cube / square**1.5 if square > 0 else 0.0


def lopsidedness(skewed: float, units: tuple[int, int]) -> float:
    """Give the skewness of a difference of two means in which both arms' units have one law.

    With n and m units of skewness γ the difference of the means has skewness
    g = γ (1/n − 1/m) ÷ √(1/n + 1/m): none where the arms are equal, γ/√n beside a much larger arm.
    The estimated variance moves with the difference just as far, so that the first term of t's
    Edgeworth series is that of a single sample with g in the place of γ/√n (Hall 1992, section
    2.6): P(t ≤ x) = Φ(x) + g (2x² + 1) φ(x) ÷ 6. A tail at z holds g (2z² + 1) φ(z) ÷ 6 more than
    it ought to, the other as much less, which at z = 1.96 is .085 g. In both together the two
    cancel, and what is left is of the order of g²: 2 φ(z) z (z⁴ + 2z² − 3) ÷ 18 · g², at 1.96 .25
    g², less what long tails take from it.

    Parameters
    ----------
    skewed
        Skewness γ of the units, both arms together.
    units
        Units of the arm and of its control.

    References
    ----------
    P. Hall (1992), The Bootstrap and Edgeworth Expansion, Springer, section 2.6.
    """
    n, m = units
    return skewed * (1 / n - 1 / m) / sqrt(1 / n + 1 / m)


def leaning(means: ArmMeans, arm: str, control: str) -> float:
    """Give the `lopsidedness` of two arms; 0 where their skewness is not known."""
    return lopsidedness(skewness(means, arm, control), _units(means, arm, control))


def misleads(means: ArmMeans, arm: str, control: str) -> bool:
    """Tell whether two arms are so lopsided that t must not judge their difference."""
    units = _units(means, arm, control)
    if max(units) <= UNEQUAL * min(units):
        return False
    return abs(leaning(means, arm, control)) > LIMIT


def doubt_of(means: ArmMeans, arm: str, control: str, advice: str) -> str:
    """Say why t must not carry a claim.

    Parameters
    ----------
    means, arm, control
        The means, and two of their arms that mislead t.
    advice
        What to do at once; more can be done in the next trial.
    """
    units = _units(means, arm, control)
    (few, small), (many, large) = sorted(zip(units, (arm, control), strict=True))
    side = "low" if skewness(means, arm, control) > 0 else "high"
    return (
        f"a few large or rare values carry the means, and {small} has {few:,} {means.unit} beside "
        f"{many:,} in {large}: amounts in so small an arm beside a large one mislead, as t finds "
        f"them too {side} too often; {advice}; in the next trial equal arms, more {means.unit}, or "
        "amounts capped at a bound that is named beforehand"
    )


def _units(means: ArmMeans, arm: str, control: str) -> tuple[int, int]:
    return (
        int(means.units[means.arms.index(arm)]),
        int(means.units[means.arms.index(control)]),
    )
