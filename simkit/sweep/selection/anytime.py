"""A bound on a normal mean that holds after every replication at once.

A t interval holds at one number of replications, fixed beforehand. Who looks again and again, and
stops when a result pleases, needs a bound that holds at all of them together:

    P(mean of n values − true mean <= multiplier(n) · s/√n, for every n >= 2)  >=  1 − level,

with s the standard deviation of the n values. It comes from a test that may be continued at will
(Robbins 1970; Lai 1976). The likelihood ratio of t = √n · (mean − m)/s at standardised effect θ
against effect 0, the spread unknown, is a martingale where m is the true mean; so is its mean over
θ; and by Ville's inequality a non-negative martingale that starts at 1 ever reaches 1/level with
probability level at most. Those m at which it has are ruled out.

Averaged over θ ~ Normal(0, g) the ratio is the Bayes factor of Gönen, Johnson, Lu and Westfall
(2005), a martingale by Wang and Ramdas (2023); with ν = n − 1 and a = 1 + n·g

    B(t, n) = a^(−1/2) · [(1 + t²/ν) / (1 + t²/(a·ν))]^(n/2).

A bound on one side needs θ > 0 only. Averaged over the positive half of that law the ratio is
B · 2 P(θ > 0 | t), and since the posterior of the mean is Student's with n degrees of freedom

    E(t, n) = B(t, n) · 2 T_n(n·t·√g / √(a·ν + t²)).

``multiplier(n)`` solves E = 1/level. For the first few n there is no solution: so little was seen
that no mean can be ruled out.

g = 1: what is assumed of θ then weighs as much as one replication (the unit information of Kass and
Wasserman 1995). It is a choice of economy, not of validity: at level .05/7 the multiplier exceeds
the smallest that any g gives there by 3 % at 10 replications, .2 % at 20, 3 % at 50, 5 % at 100
and 8 % at 200, and the bound begins at 6; a smaller g gains a little late and begins later.

References: H. Robbins, Annals of Mathematical Statistics 41 (1970) 1397–1409; T. L. Lai, Annals of
Statistics 4 (1976) 265–280; M. Gönen, W. O. Johnson, Y. Lu and P. H. Westfall, The American
Statistician 59 (2005) 252–257; H. Wang and A. Ramdas, Anytime-valid t-tests and confidence
sequences for Gaussian means with unknown variance, arXiv 2310.03722 (2023); R. E. Kass and
L. Wasserman, Journal of the American Statistical Association 90 (1995) 928–934.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtr  # the law of t; scipy.stats takes a second to import

if TYPE_CHECKING:
    from numpy.typing import NDArray

EFFECT_VARIANCE = 1.0
"""g: the variance of the standardised effects that the evidence is averaged over."""

LARGEST_MULTIPLIER = 1e6
"""Where a larger one would be needed, no bound is given."""

SHORTEST_TABLE = 256
HALVINGS = 60


def log_evidence(
    t: NDArray[np.float64], n: NDArray[np.float64], effect_variance: float = EFFECT_VARIANCE
) -> NDArray[np.float64]:
    """Give log E(t, n), the evidence that the true mean lies above the supposed one.

    Parameters
    ----------
    t
        √n · (mean − supposed mean)/s, any shape.
    n
        Number of values, at least 2, of a shape that goes with t's.
    effect_variance
        The g of this module's first lines.
    """
    df = n - 1.0
    shrink = 1.0 + n * effect_variance
    square = np.square(t)
    bayes = -0.5 * np.log(shrink) + 0.5 * n * (
        np.log1p(square / df) - np.log1p(square / (shrink * df))
    )
    place = n * t * np.sqrt(effect_variance) / np.sqrt(shrink * df + square)
    evidence: NDArray[np.float64] = bayes + np.log(2.0 * stdtr(n, place))
    return evidence


def multipliers(most: int, level: float) -> NDArray[np.float64]:
    """Give the multiplier of s/√n for each number of values.

    Parameters
    ----------
    most
        The largest number of values.
    level
        Probability that the bound ever fails, above 0 and below .5.

    Returns
    -------
    Entry n is that of n values, shape (most + 1,); infinite where nothing can be said.
    """
    size = SHORTEST_TABLE
    while size < most:
        size *= 2
    return _table(size, level)[: most + 1]


@lru_cache(maxsize=64)
def _table(most: int, level: float) -> NDArray[np.float64]:
    n = np.arange(2.0, most + 1.0)
    below, above = np.zeros(len(n)), np.full(len(n), LARGEST_MULTIPLIER)
    wanted = -np.log(level)
    known = log_evidence(above, n) >= wanted
    for _ in range(HALVINGS):
        middle = (below + above) / 2
        enough = log_evidence(middle, n) >= wanted
        above = np.where(enough, middle, above)
        below = np.where(enough, below, middle)
    # The upper end of what is left: the bound errs, if at all, on the safe side.
    table = np.concatenate([[np.inf, np.inf], np.where(known, above, np.inf)])
    table.setflags(write=False)
    return table
