"""What may be said of an effect after looking several times: p-values, estimates, intervals.

A trial that stopped because its result was large shows too large an effect. The *stagewise* order
mends that (Fairbanks and Madsen 1982; Tsiatis, Rosner and Mehta 1984): stopping early beyond the
upper bound counts as more extreme than anything later, and within a look the larger Z. The p-value
is the probability of a result at least as extreme; the median unbiased estimate is the effect under
which that probability is one half. It rests only on looks that were made.

While the trial goes on there are *repeated* ones (Jennison and Turnbull 1989): the repeated p-value
is the smallest error rate at which this look would stop, and all repeated intervals hold at once,
whatever makes the trial stop.

References: K. Fairbanks and R. Madsen, Biometrika 69 (1982) 69-74; A. A. Tsiatis, G. L. Rosner and
C. R. Mehta, Biometrics 40 (1984) 797-803; C. Jennison and B. W. Turnbull, Journal of the Royal
Statistical Society B 51 (1989) 305-361.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import optimize

from simkit.trial.sequential.boundaries import LARGEST_DRIFT, Walk, apart, bounds, crossing
from simkit.trial.sequential.spending import Spending

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

#: The ends between which a p-value is searched: smaller than anybody asks, and next to 1.
SMALLEST_LEVEL = 1e-12
LARGEST_LEVEL = 0.999


@dataclass(frozen=True)
class Stagewise:
    """A trial that ended, read in the stagewise order.

    Parameters
    ----------
    p_value
        Two-sided p-value of no effect.
    drift, low, high
        Median unbiased estimate of the drift (the mean of Z at information time 1), and its
        interval.
    """

    p_value: float
    drift: float
    low: float
    high: float


def stagewise(
    times: Sequence[float],
    lower: Sequence[float] | FloatArray,
    upper: Sequence[float] | FloatArray,
    z: float,
    alpha: float,
) -> Stagewise:
    """Read a trial that ended at its last look.

    Parameters
    ----------
    times, lower, upper
        The looks made, up to the one at which it ended, and their bounds (the last look's are not
        used).
    z
        Z at the last look.
    alpha
        One minus the level of the interval.
    """
    at = apart(times)

    def as_extreme(drift: float) -> float:
        early = crossing(at[:-1].tolist(), lower[:-1], upper[:-1], drift).upper.sum()
        walk = Walk(drift)
        for look in range(len(at) - 1):
            walk.go_on(at[look], lower[look], upper[look], at[look + 1] - at[look])
        return float(early) + walk.above(at[-1], z)

    def drift_at(probability: float) -> float:
        # The probability rises with the drift. Z alone would put it near z/√t, the looks before,
        # at which the trial went on, nearer to 0.
        centre, reach = z / np.sqrt(at[-1]), LARGEST_DRIFT / np.sqrt(at[0])
        return float(
            optimize.brentq(
                lambda drift: as_extreme(drift) - probability,
                min(centre, 0.0) - reach,
                max(centre, 0.0) + reach,
                xtol=1e-9,
            )
        )

    one_sided = as_extreme(0.0)
    return Stagewise(
        p_value=min(1.0, 2 * min(one_sided, 1 - one_sided)),
        drift=drift_at(0.5),
        low=drift_at(alpha / 2),
        high=drift_at(1 - alpha / 2),
    )


def repeated_p_value(
    times: Sequence[float],
    z: float,
    spending: Spending,
    *,
    final: Sequence[bool] | None = None,
) -> float:
    """Give the smallest two-sided error rate at which the last look would stop the trial.

    Parameters
    ----------
    times
        The looks made so far.
    z
        Z at the last of them.
    spending, final
        As `bounds` takes them.
    """

    def bound(level: float) -> float:
        return float(bounds(times, level, spending, final=final)[-1])

    return smallest_level(bound, z)


def smallest_level(bound: Callable[[float], float], z: float) -> float:
    """Give the smallest error rate whose bound is not beyond z: the p-value that goes with bounds.

    Parameters
    ----------
    bound
        Error rate → bound of |Z|, which falls as the rate rises.
    z
        What was seen.

    Returns
    -------
    At least 1e-12, which is smaller than anybody asks; 1 where no rate's bound is met.
    """

    def beyond(log_level: float) -> float:
        return min(bound(float(np.exp(log_level))), 1e3) - abs(z)

    low, high = np.log(SMALLEST_LEVEL), np.log(LARGEST_LEVEL)
    if beyond(high) > 0:
        return 1.0
    if beyond(low) <= 0:
        return SMALLEST_LEVEL
    return float(np.exp(optimize.brentq(beyond, low, high, xtol=1e-7)))
