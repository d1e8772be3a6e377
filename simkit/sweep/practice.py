"""What call centres usually do, and what it costs against the best interval.

Let μ be the true means of the intervals tried, P those of usual practice. What practice costs is

    θ = max(0, max over j outside P of min over p in P of (μ_j − μ_p)),

the mean of the best interval of all less that of practice's best. Both are chosen among estimates,
so that the paired difference of the two with its own t interval can be too sure of itself. All
differences of an interval outside and one of practice are bounded at once instead: with probability
1 − α each lies within t(1 − α/(2m); R − 1) · s/√R of its estimate (s the standard deviation of the
paired difference over R replications, m their number; Bonferroni). Maximum and minimum grow with
each difference, so that the same max of min over the lower and over the upper bounds holds θ with
at least that probability, whichever intervals were chosen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtrit  # the quantile of t; scipy.stats takes a second to import

if TYPE_CHECKING:
    from numpy.typing import NDArray

# In calendar days: households every 7 to 14, companies every 20 to 30 working days.
PRACTICE_DAYS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {"b2c": (7.0, 14.0), "b2b": (28.0, 42.0)}
)


@dataclass(frozen=True)
class Loss:
    """What practice's best interval costs against the best of all.

    Parameters
    ----------
    best, practice
        Positions of the interval with the best mean, and of practice's best.
    eur, low, high
        The estimate, >= 0, and its interval.
    """

    best: int
    practice: int
    eur: float
    low: float
    high: float


def loss_of_practice(
    values: NDArray[np.float64], inside: NDArray[np.bool_], confidence: float
) -> Loss:
    """Say what usual practice costs, by the method in this module's first lines.

    Parameters
    ----------
    values
        Net value, one row a replication, one column an interval, shape (R, k), R >= 2; all
        intervals met the same populations.
    inside
        Which intervals are usual practice, shape (k,); at least one is. Where all are, it costs
        nothing.
    confidence
        Of the interval, e.g. .95.
    """
    means = values.mean(axis=0)
    best = int(np.argmax(means))
    practice = int(np.flatnonzero(inside)[np.argmax(means[inside])])
    eur = float(means[best] - means[practice])
    if inside.all():
        return Loss(best, practice, eur, 0.0, 0.0)
    pairs = values[:, ~inside][:, :, None] - values[:, inside][:, None, :]
    count, compared = len(values), pairs.shape[1] * pairs.shape[2]
    times = float(stdtrit(count - 1, 1 - (1 - confidence) / (2 * compared)))
    width = times * pairs.std(axis=0, ddof=1) / np.sqrt(count)
    low, high = (
        max(float((pairs.mean(axis=0) + bound).min(axis=1).max()), 0.0) for bound in (-width, width)
    )
    return Loss(best, practice, eur, low, high)
