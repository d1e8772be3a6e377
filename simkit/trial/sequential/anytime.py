"""A confidence sequence: an interval that holds at every look at once, however often one looks.

Let an estimate have standard error s, so that z = (estimate − truth)/s. Averaged over truths that
are normal around the supposed one, the likelihood ratio of z is (Robbins 1970)

    M = (1 + r)^(−1/2) · exp(z² r / (2 (1 + r))),

with r the ratio of the variance averaged over to s². M is a martingale that starts at 1, so by
Ville's inequality it ever reaches 1/level with probability level at most, and the truths at which
it has are ruled out. Averaged over effects on one side only,

    M₊ = 2 M · Φ(z √(r / (1 + r))).

Where the estimate is a mean whose standard error is estimated too, the same holds as the numbers
grow: the asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (2024,
theorem 2.2). A statistic t with few degrees of freedom is put in by its p-value, so that it is not
taken for more than it is.

r grows with the information, here with the contacts that are in, and must not depend on results.
Its scale is a choice of economy: it is set so that the interval is narrowest, for what it is, at
the planned end of the trial. There the two-sided one of 95 % is 1.55 times as wide as the interval
that holds at one look only.

References: H. Robbins, Annals of Mathematical Statistics 41 (1970) 1397-1409; S. R. Howard,
A. Ramdas, J. McAuliffe and J. Sekhon, Annals of Statistics 49 (2021) 1055-1080 (proposition 3 for
the scale); I. Waudby-Smith, D. Arbour, R. Sinha, E. H. Kennedy and A. Ramdas, Annals of Statistics
52 (2024) 2613-2640.
"""

from __future__ import annotations

from functools import lru_cache, partial

import numpy as np
from scipy import optimize
from scipy.special import lambertw, log_ndtr

from simkit.trial.sequential.stagewise import smallest_level

#: Two-sided; the scale r falls with the level, and at 1 it is 0.
LARGEST_LEVEL = 0.5


def ratio_at(fraction: float, level: float, *, sides: int = 2) -> float:
    """Give r at a part of the planned information.

    Parameters
    ----------
    fraction
        The part, above 0.
    level
        Error rate over all looks.
    sides
        1 or 2.
    """
    two_sided = min(level * 2 / sides, LARGEST_LEVEL)
    return fraction * float(-1.0 - lambertw(-(two_sided**2) / np.e, -1).real)


def log_evidence(z: float, ratio: float, *, sides: int = 2) -> float:
    """Give log M, the evidence against the supposed truth; for one side, that it lies below.

    Parameters
    ----------
    z
        (Estimate − supposed truth) ÷ standard error.
    ratio
        r of this module's first lines.
    sides
        1 or 2.
    """
    evidence = -0.5 * np.log1p(ratio) + 0.5 * z**2 * ratio / (1.0 + ratio)
    if sides == 1:
        evidence += np.log(2.0) + log_ndtr(z * np.sqrt(ratio / (1.0 + ratio)))
    return float(evidence)


@lru_cache(maxsize=4096)
def multiplier(fraction: float, level: float, *, sides: int = 2) -> float:
    """Give how many standard errors the sequence reaches from the estimate.

    Parameters
    ----------
    fraction
        Part of the planned information that is in, above 0.
    level
        Probability that the sequence ever fails: on both sides together, or on one.
    sides
        1 or 2.
    """
    ratio, wanted = ratio_at(fraction, level, sides=sides), -np.log(level)
    two_sided = float(np.sqrt(2.0 * (1.0 + 1.0 / ratio) * (wanted + 0.5 * np.log1p(ratio))))
    if sides == 2:
        return two_sided
    # On one side there is more evidence in the same z.
    return float(
        optimize.brentq(
            lambda z: log_evidence(z, ratio, sides=1) - wanted, 0.0, two_sided, xtol=1e-10
        )
    )


def anytime_p_value(z: float, fraction: float) -> float:
    """Give a two-sided p-value that holds however often one looks.

    It is the smallest error rate whose sequence reaches no further than z, with r scaled for that
    rate; so it is below a level exactly where the interval at this level leaves out the truth
    supposed.

    Parameters
    ----------
    z
        Estimate ÷ standard error.
    fraction
        Part of the planned information that is in, above 0.
    """
    return smallest_level(partial(multiplier, fraction), z)
