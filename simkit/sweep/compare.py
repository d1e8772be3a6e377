"""Means over replications, and policies compared with the best when the best is not known.

Replications are independent populations, so that a policy's mean has a t interval over them. All
policies meet the same populations (common random numbers), so that differences between policies
are taken replication by replication: over those that both have met, where a policy was left out of
the later ones.

Whoever picks the best of several estimates and then compares the others with it has used the data
twice. Multiple comparisons with the best (Hsu 1981) make that honest: for every pair, let
w = t(1 − α/(k − 1); R − 1) · s/√R be the allowance of the paired difference (s its standard
deviation over R replications, k the number of policies; Bonferroni, so that no assumption on
correlations is needed: Nelson and Matejcik 1995). The policy that is truly best keeps within its
allowances of all others with probability at least 1 − α. So, all at once with that probability,

- the set of policies that no other beats by more than their allowance holds the true best;
- each policy's true mean less the best of the others' true means lies in the interval given.

References: J. C. Hsu, Annals of Statistics 9 (1981) 1026–1034; B. L. Nelson and F. J. Matejcik,
Management Science 41 (1995) 1935–1945.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtrit  # the quantile of t; scipy.stats takes a second to import

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class MeanInterval:
    """A mean over replications with its t interval.

    Parameters
    ----------
    mean, se, low, high
        Mean, its standard error, and the bounds; NaN where too few replications have a value.
    replications
        Number of replications with a value.
    """

    mean: float
    se: float
    low: float
    high: float
    replications: int


def mean_interval(values: NDArray[np.float64], confidence: float) -> MeanInterval:
    """Give the mean of independent replications with its t interval.

    Parameters
    ----------
    values
        One value a replication, shape (R,); NaN where the replication has none.
    confidence
        Of the interval, e.g. .95.
    """
    known = values[~np.isnan(values)]
    count = len(known)
    mean = float(known.mean()) if count else float("nan")
    if count < 2:
        return MeanInterval(mean, float("nan"), float("nan"), float("nan"), count)
    se = float(known.std(ddof=1) / np.sqrt(count))
    half = float(stdtrit(count - 1, (1 + confidence) / 2)) * se
    return MeanInterval(mean, se, mean - half, mean + half, count)


def paired_means(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give each policy's mean as it would be had all met the same replications.

    Means over different replications differ by luck. So each is put beside that of a policy which
    has met them all: its mean plus the paired difference over the replications in common. Where
    nobody was left out these are the plain means.

    Parameters
    ----------
    values
        One row a replication, one column a policy, shape (R, k); NaN where a policy was left out.
    """
    known = ~np.isnan(values)
    if known.all():
        return np.asarray(values.mean(axis=0), dtype=np.float64)
    met_all = values[:, int(np.argmax(known.sum(axis=0)))]
    means = np.nanmean(met_all) + np.nanmean(values - met_all[:, None], axis=0)
    return np.asarray(means, dtype=np.float64)


@dataclass(frozen=True)
class WithBest:
    """Policies compared with the best, one entry a policy.

    Parameters
    ----------
    best
        Position of the policy with the best mean.
    difference, se
        Mean less that of the policy with the best mean, paired by replication; its standard error.
    low, high
        Simultaneous bounds on the policy's true mean less the best true mean of the others.
    as_good
        Whether the policy cannot be ruled out as the best.
    """

    best: int
    difference: NDArray[np.float64]
    se: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    as_good: NDArray[np.bool_]


def compare_with_best(
    values: NDArray[np.float64],
    *,
    lower_is_better: bool,
    confidence: float,
    best: int | None = None,
) -> WithBest:
    """Compare policies with the best of them, by the method in this module's first lines.

    Parameters
    ----------
    values
        One row a replication, one column a policy, shape (R, k); NaN where a policy was left out.
        Any two have at least two replications in common.
    lower_is_better
        Whether a smaller mean is better.
    confidence
        Of all statements together, e.g. .95.
    best
        Position of the policy that others are compared with; None for the one with the best mean.
    """
    scores = -values if lower_is_better else values
    policies = scores.shape[1]
    pairs = scores[:, :, None] - scores[:, None, :]
    common = (~np.isnan(pairs)).sum(axis=0)
    gaps = np.nanmean(pairs, axis=0)
    errors = np.nanstd(pairs, axis=0, ddof=1) / np.sqrt(common)
    if best is None:
        best = int(np.argmax(paired_means(scores)))
    if policies == 1:
        low, high, as_good = np.zeros(1), np.zeros(1), np.ones(1, dtype=np.bool_)
    else:
        quantiles = stdtrit(common - 1, 1 - (1 - confidence) / (policies - 1))
        low, high, as_good = _bounds(gaps, quantiles * errors)
    difference, se = gaps[:, best], errors[:, best]
    if lower_is_better:
        difference, low, high = -difference, -high, -low
    # 0 − 0 with a minus sign would read as −0.
    return WithBest(best, difference + 0.0, se, low + 0.0, high + 0.0, as_good)


def _bounds(
    gaps: NDArray[np.float64], allowances: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    itself = np.eye(len(gaps), dtype=np.bool_)
    most = np.where(itself, np.inf, gaps + allowances).min(axis=1)
    as_good = most >= 0
    rivals = as_good[None, :] & ~itself
    least = np.where(rivals, gaps - allowances, np.inf).min(axis=1)
    # A policy alone in the set has no rival left: it is the best, and leads by 0 at least.
    low = np.where(np.isinf(least), 0.0, np.minimum(least, 0.0))
    return low, np.maximum(most, 0.0), as_good
