"""A difference of means resampled by account: the studentised bootstrap.

SciPy's ``bootstrap`` resamples contacts, and has no studentised interval, the one that holds best
where few large values decide.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

#: Numbers held at a time: 32 MB.
VALUES_AT_ONCE = 4_000_000


@dataclass(frozen=True, eq=False)
class ArmByAccount:
    """One arm by account.

    Parameters
    ----------
    sums, sizes
        Sum of the outcome, and number of the arm's contacts, one entry an account.
    """

    sums: FloatArray
    sizes: FloatArray

    def pulls(self) -> FloatArray:
        """Give how far each account pulls the arm's mean."""
        return np.asarray((self.sums - self.mean * self.sizes) / self.sizes.sum())

    @property
    def mean(self) -> float:
        """Mean per contact."""
        return float(self.sums.sum() / self.sizes.sum())


@dataclass(frozen=True)
class BootstrapT:
    """A studentised bootstrap interval.

    Parameters
    ----------
    estimate, se
        Difference of the means, and its standard error from the accounts' pulls.
    low, high
        The interval; infinite where too many resamples show no spread.
    p_value
        Two-sided.
    """

    estimate: float
    se: float
    low: float
    high: float
    p_value: float


def bootstrap_t(
    arm: ArmByAccount,
    control: ArmByAccount,
    *,
    together: bool,
    resamples: int,
    alpha: float,
    rng: np.random.Generator,
) -> BootstrapT:
    """Resample accounts with replacement and studentise each resample by its own error.

    The interval is symmetric, from the size of the resamples' t. One with tails of its own, right
    for a single skewed mean, goes astray here: where one arm has a large sale by luck, it follows
    that arm's skewness away from 0: it claimed an effect in 8 to 14 of 100 simulated trials without
    any (12 to 200 accounts, 8 % buy for lognormal sums).

    Parameters
    ----------
    arm, control
        The two arms by account.
    together
        Whether accounts have contacts in both arms: then both arms list the same accounts, and are
        resampled together.
    resamples
        How many; (resamples + 1) · α should be whole.
    alpha
        One minus the level of the interval.
    rng
        Source of chance.

    References
    ----------
    P. Hall (1988), On symmetric bootstrap confidence intervals, Journal of the Royal Statistical
    Society B 50, 35-45; by cluster:
    A. C. Cameron, J. B. Gelbach, D. L. Miller (2008), Bootstrap-based improvements for inference
    with clustered errors, Review of Economics and Statistics 90, 414-427.
    """
    estimate = arm.mean - control.mean
    se = float(np.sqrt(_variance(_pulls(arm), _pulls(control), together=together)[0]))
    most = max(len(arm.sums), len(control.sums))
    block = max(VALUES_AT_ONCE // most, 1)
    parts = []
    for start in range(0, resamples, block):
        times = min(block, resamples - start)
        drawn = [rng.integers(0, len(one.sums), (times, len(one.sums))) for one in (arm, control)]
        if together:
            drawn[1] = drawn[0]
        # Of accounts in both arms a resample may hold none of one arm: it is no trial.
        with np.errstate(divide="ignore", invalid="ignore"):
            means, pulls = [], []
            for one, rows in zip((arm, control), drawn, strict=True):
                mean, pull = _resampled(one, rows)
                means.append(mean)
                pulls.append(pull)
            variance = _variance(pulls[0], pulls[1], together=together)
            parts.append((means[0] - means[1] - estimate) / np.sqrt(variance))
    found = np.concatenate(parts)
    found = found[~np.isnan(found)]
    size = np.abs(found)
    half = float(np.quantile(size, 1 - alpha, method="inverted_cdf")) * se
    own = abs(estimate) / se if se > 0 else 0.0
    p_value = float(((size >= own).sum() + 1) / (len(size) + 1))
    return BootstrapT(estimate, se, estimate - half, estimate + half, p_value)


def _pulls(arm: ArmByAccount) -> FloatArray:
    return arm.pulls()[None, :]


def _resampled(arm: ArmByAccount, rows: IntArray) -> tuple[FloatArray, FloatArray]:
    sums, sizes = arm.sums[rows], arm.sizes[rows]
    n = sizes.sum(axis=1)
    mean = sums.sum(axis=1) / n
    return mean, (sums - mean[:, None] * sizes) / n[:, None]


def _variance(arm: FloatArray, control: FloatArray, *, together: bool) -> FloatArray:
    """Give the variance of the difference, one entry a row of pulls."""
    apart = [arm - control] if together else [arm, control]
    parts = [pulls.shape[1] / (pulls.shape[1] - 1) * (pulls**2).sum(axis=1) for pulls in apart]
    return np.asarray(sum(parts), dtype=np.float64)
