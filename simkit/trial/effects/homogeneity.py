"""Whether the arms' differences from their control are the same in all segments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np
from scipy import linalg, stats

from simkit.trial.effects.lopsided import skewness

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simkit.trial.effects.means import ArmMeans

    FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Homogeneity:
    """Test that differences are the same everywhere.

    Parameters
    ----------
    statistic
        To be read from F; NaN where the errors are too uncertain for so many differences.
    df
        Its two degrees of freedom.
    """

    statistic: float
    df: tuple[float, float]

    @property
    def p_value(self) -> float:
        """p-value of no difference between segments; NaN where it cannot be tested."""
        return float(stats.f.sf(self.statistic, *self.df))


def homogeneity(segments: Sequence[ArmMeans], control: str, arms: Sequence[str]) -> Homogeneity:
    """Test whether the arms' differences from the control are the same in all segments.

    Q is the sum of squares of the differences about their average weighted by precision. The errors
    of few units are uncertain, so that Q from χ² (or from F with the degrees of freedom of all
    units) is too large too often. It is read as Hotelling's T²: the estimated covariance of the q
    contrasts, in units of itself, is taken for a Wishart matrix with η degrees of freedom, of which
    the sum of its elements' variances is what the arms' own errors make it, and (η − q + 1) ÷ (η q)
    · Q for F(q, η − q + 1). Of two arms in two segments it is Satterthwaite's t, squared; with ever
    more units Q ÷ q becomes F(q, ∞).

    Parameters
    ----------
    segments
        Means of each, two or more.
    control, arms
        Names, in all segments; the covariance of their differences must have an inverse.

    References
    ----------
    J.-T. Zhang (2013), Tests of linear hypotheses in the ANOVA under heteroscedasticity,
    International Journal of Advanced Statistics and Probability 1, 9-24.

    B. O'Neill (2014), Some useful moment results in sampling problems, The American Statistician
    68, 282-296 (the variance of s²).

    J. E. Pustejovsky, E. Tipton (2018), Small-sample methods for cluster-robust variance estimation
    and hypothesis testing in fixed effects models, Journal of Business & Economic Statistics 36,
    672-683.
    """
    places = [[one.arms.index(name) for name in (control, *arms)] for one in segments]
    pairs = list(zip(segments, places, strict=True))
    mean = np.concatenate([one.mean[at] for one, at in pairs])
    cov = linalg.block_diag(*(one.cov[np.ix_(at, at)] for one, at in pairs))
    contrasts = np.kron(_from_first(len(segments)), _from_first(len(arms) + 1))
    seen = contrasts @ mean
    weighted = np.linalg.solve(contrasts @ cov @ contrasts.T, contrasts)
    square = float(seen @ weighted @ mean)
    number, part, doubt = len(contrasts), cov @ contrasts.T @ weighted, 0.0
    for first, (one, at) in zip(range(0, len(mean), len(arms) + 1), pairs, strict=True):
        for cells, freedom in _estimated_apart(one, at):
            among = first + np.array(cells)
            block = part[np.ix_(among, among)]
            doubt += float((np.trace(block @ block) + np.trace(block) ** 2) / freedom)
    whole = number * (number + 1) / doubt
    left = whole - number + 1
    if not left > 0:
        return Homogeneity(np.nan, (float(number), np.nan))
    return Homogeneity(square * left / (whole * number), (float(number), left))


def _from_first(number: int) -> FloatArray:
    """Give the contrasts of each but the first with the first."""
    return np.column_stack([-np.ones(number - 1), np.eye(number - 1)])


def _estimated_apart(means: ArmMeans, at: list[int]) -> list[tuple[list[int], float]]:
    """Give what is estimated independently of the rest: places in ``at``, degrees of freedom.

    That is each arm, unless accounts stand in several or errors follow two groupings.
    """
    together = list(range(len(at)))
    freedom = [_freedom(means, arm) for arm in at]
    if means.joint:
        return [(together, means.capped(min(freedom), at))]
    return [([place], own) for place, own in enumerate(freedom)]


def _freedom(means: ArmMeans, arm: int) -> float:
    """Give the degrees of freedom of an arm's variance.

    Of accounts Bell and McCaffrey's, which know how unequal they are. But not more than results
    show: where sales are rare, the few accounts, or contacts, that bought make up the variance.
    Of contacts that is told by their skewness γ: s² of n of them has 2 n ÷ (κ − 1) degrees of
    freedom, and their kurtosis κ is at least 1 + γ², and just that where there are two values.
    """
    own = float(means.freedom[arm])
    if means.errors in ("cr1", "crv3"):
        return own
    if means.by_unit and means.sums is not None:
        alone = np.zeros(len(means.arms))
        alone[arm] = 1.0
        return min(means.sums.sizes.freedom(alone), means.sums.freedom_seen([arm]))
    name = means.arms[arm]
    if means.counted:
        share = float(means.mean[arm])
        skewed = (1 - 2 * share) / sqrt(share * (1 - share)) if 0 < share < 1 else 0.0
    else:
        skewed = skewness(means, name, name)
    return min(own, 2 * own / skewed**2) if skewed else own
