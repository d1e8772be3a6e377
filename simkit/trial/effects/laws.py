"""Tails of the normal law, Student's t and χ² for one number at a time, and degrees of freedom.

The tails are the functions that scipy's distributions call. Those first check and broadcast what
they are given, which for a single number takes some twenty times as long, and an evaluation asks
for hundreds.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]


def t_sf(limit: float, df: float) -> float:
    """Give the probability that Student's t lies above a limit."""
    return float(special.stdtr(df, -limit))


def t_isf(tail: float, df: float) -> float:
    """Give the limit above which Student's t lies with a probability."""
    if tail == 0 and df > 0:  # scipy's function has the wrong sign there
        return math.inf
    return -float(special.stdtrit(df, tail))


def normal_sf(limit: float) -> float:
    """Give the probability that a standard normal number lies above a limit."""
    return float(special.ndtr(-limit))


def normal_isf(tail: float) -> float:
    """Give the limit above which a standard normal number lies with a probability."""
    return -float(special.ndtri(tail))


def chi2_sf(limit: float, df: float) -> float:
    """Give the probability that a χ² number lies above a limit."""
    return float(special.chdtrc(df, limit))


def satterthwaite(variances: FloatArray, freedom: FloatArray) -> float:
    """Give the degrees of freedom of a sum of variances that are estimated independently.

    (Σ V)² ÷ Σ V²/f, those of the χ² law with the same mean and variance.

    Parameters
    ----------
    variances, freedom
        Each estimate, and its own degrees of freedom.

    References
    ----------
    F. E. Satterthwaite (1946), An approximate distribution of estimates of variance components,
    Biometrics Bulletin 2, 110-114.
    """
    return float(variances.sum() ** 2 / (variances**2 / freedom).sum())
