"""Estimates of several segments, drawn towards their mean as far as chance may have spread them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from statsmodels.stats.meta_analysis import combine_effects

from simkit.trial.effects.laws import normal_isf

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

TELLING_SEGMENTS = 5
"""Segments from which on drawing them together cannot cost on average."""


def shrink(
    estimates: FloatArray, ses: FloatArray, alpha: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Draw the estimates of one effect in several segments towards their mean.

    Of many segments, the one with the largest estimate owes a part of it to luck. The model is
    y_i ~ N(θ_i, s_i²) and θ_i ~ N(μ, τ²), with a flat prior on μ. τ² is the estimate of Paule and
    Mandel, at least 0. Given it, segment i is drawn by B_i = s_i² ÷ (s_i² + τ²): its mean is
    B_i μ + (1 − B_i) y_i with μ the mean weighted by 1 ÷ (s_i² + τ²), its variance
    (1 − B_i) s_i² + B_i² ÷ Σ 1/(s_i² + τ²), of which the second part is the uncertainty of μ.

    From five segments of like error on, this costs nothing on average, however far the segments
    differ, and gains the more the less they do; fewer do not tell how far they differ. The s_i and
    τ² are taken as known, which makes the intervals too narrow where few segments differ. So these
    describe, and carry no verdict.

    Parameters
    ----------
    estimates, ses
        One a segment, at least two; the errors above 0.
    alpha
        One minus the level of the intervals.

    Returns
    -------
    shrunk, low, high
        In the order given.

    References
    ----------
    B. Efron, C. Morris (1973), Stein's estimation rule and its competitors, Journal of the American
    Statistical Association 68, 117-130: the gain.
    A. Gelman et al. (2013), Bayesian Data Analysis, 3rd edition, section 5.4: given τ.
    R. C. Paule and J. Mandel (1982), Consensus values and weighting factors, Journal of Research
    of the National Bureau of Standards 87, 377-385: τ², by statsmodels' ``combine_effects``.
    """
    variances = ses**2
    with np.errstate(
        divide="ignore"
    ):  # estimates that are all the same have no spread to share out
        # Not its "dl", which may return a variance below 0.
        found = combine_effects(estimates, variances, method_re="pm")
    drawn = variances / (variances + found.tau2)
    shrunk = drawn * found.mean_effect_re + (1 - drawn) * estimates
    spread = np.sqrt((1 - drawn) * variances + (drawn * found.sd_eff_w_re) ** 2)
    half = normal_isf(alpha / 2) * spread
    return shrunk, shrunk - half, shrunk + half
