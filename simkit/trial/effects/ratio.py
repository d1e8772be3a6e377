"""An arm's mean in parts of its control's, and ratios of totals as means of contacts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simkit.trial.effects.exact import ExactDifference
from simkit.trial.effects.laws import satterthwaite, t_isf
from simkit.trial.effects.means import ArmMeans
from simkit.trial.effects.proportions import Shares
from simkit.trial.effects.scaled import ScaledMeans

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

RATIO_COLUMNS = ("ratio", "ratio_low", "ratio_high")

WEAK = 0.05
"""Square of the relative half-interval of the control's mean, from which on Fieller's interval."""

NOT_POSITIVE = "none: the control's mean is not above 0"
NO_VARIATION = "none: an arm shows no variation"
UNBOUNDED = "none: the control's mean cannot be told from 0"
SCORE = "Koopman's score interval"
TO_1 = "extended to 1, which an exact test does not reject"
LOG = "delta method on the log scale"
FIELLER = "Fieller's theorem"


@dataclass(frozen=True)
class Ratio:
    """An arm's mean divided by its control's.

    Parameters
    ----------
    estimate
        1 where they are equal; NaN where there is no ratio.
    low, high
        Its interval; NaN where it has none.
    method
        How the interval was had, or why there is none.
    """

    estimate: float
    low: float
    high: float
    method: str


def ratio_of_means(means: ArmMeans, arm: str, control: str, alpha: float) -> Ratio:
    """Give an arm's mean in parts of its control's, with an interval.

    Shares of independent contacts get Koopman's score interval, which is there also where the arm
    has no event; it holds 1 where an exact test of few contacts does not reject that. All else the
    delta method on the log scale, with Student's t. Where the control's mean is weak, its own
    interval reaching further than ± 22 % (its square, g, above .05), or the arm's is not above 0,
    the log is not to be trusted, and Fieller's theorem is used: it holds however weak the control
    is. With g at 1 or more the control's mean cannot be told from 0 at this level, the ratio is
    unbounded, and has no interval.

    Parameters
    ----------
    means
        Of the segment; they may be correlated.
    arm, control
        Names.
    alpha
        One minus the level of the interval.

    References
    ----------
    E. C. Fieller (1954), Some problems in interval estimation, Journal of the Royal Statistical
    Society B 16, 175-185.
    P. A. R. Koopman (1984), Confidence intervals for the ratio of two binomial proportions,
    Biometrics 40, 513-517.
    """
    a, c = means.arms.index(arm), means.arms.index(control)
    top, bottom = float(means.mean[a]), float(means.mean[c])
    nothing = float("nan")
    if not bottom > 0:
        return Ratio(nothing, nothing, nothing, NOT_POSITIVE)
    if isinstance(means, ScaledMeans):
        return ratio_of_means(means.share, arm, control, alpha)
    found = top / bottom
    if means.counted:
        n = (float(means.n[a]), float(means.n[c]))
        # Koopman's interval has no factor N/(N − 1). That of statsmodels is wrong where a whole arm
        # has the event.
        shares = Shares((top * n[0], bottom * n[1]), n)
        low, high = shares.ratio_interval(alpha, unbiased=False)
        difference = means.difference(arm, control)
        if isinstance(difference, ExactDifference) and difference.exact_p > alpha:
            return Ratio(found, min(low, 1.0), max(high, 1.0), f"{SCORE}, {TO_1}")
        return Ratio(found, low, high, SCORE)
    if doubt := means.without_error([a, c]):
        return Ratio(found, nothing, nothing, f"none: {doubt}")
    own = means.own[[a, c]]
    if not own.all():
        return Ratio(found, nothing, nothing, NO_VARIATION)
    v_top, v_bottom = float(means.cov[a, a]), float(means.cov[c, c])
    shared = float(means.cov[a, c])
    # Satterthwaite for arm − ratio × control, of which the ratio's test is made.
    df = satterthwaite(own * np.array([1.0, found**2]), means.freedom[[a, c]])
    df = means.capped(df, [a, c])
    t = t_isf(alpha / 2, df)
    weak = t**2 * v_bottom / bottom**2
    if weak >= 1:
        return Ratio(found, nothing, nothing, UNBOUNDED)
    if weak <= WEAK and top > 0:
        spread = v_top / top**2 + v_bottom / bottom**2 - 2 * shared / (top * bottom)
        reach = t * float(np.sqrt(max(spread, 0.0)))
        return Ratio(found, found * float(np.exp(-reach)), found * float(np.exp(reach)), LOG)
    # The ratios r that (arm − r control)² ≤ t² var(arm − r control) does not rule out.
    square = bottom**2 - t**2 * v_bottom
    middle = top * bottom - t**2 * shared
    inner = middle**2 - square * (top**2 - t**2 * v_top)
    root = float(np.sqrt(max(inner, 0.0)))
    low, high = (middle - root) / square, (middle + root) / square
    return Ratio(found, max(low, 0.0) if means.binary else low, high, FIELLER)


def linearised(top: FloatArray, bottom: FloatArray) -> FloatArray | None:
    """Write a ratio of totals as one value a contact, whose mean it is.

    The mean of R + (y − R·x) ÷ x̄ is R = Σy ÷ Σx, and the variance of that mean is the ratio's by
    the delta method: so whatever holds for means of contacts, errors by account among it, holds
    for the ratio too.

    Parameters
    ----------
    top, bottom
        y and x of one arm's contacts.

    Returns
    -------
    numpy.ndarray or None
        None where x̄ is not above 0: there is nothing to divide by.

    References
    ----------
    A. Deng, U. Knoblich, J. Lu (2018), Applying the delta method in metric analytics, KDD '18.
    """
    mean = bottom.mean()
    if not mean > 0:
        return None
    ratio = top.mean() / mean
    values: FloatArray = ratio + (top - ratio * bottom) / mean
    return values
