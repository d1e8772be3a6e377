"""Boundaries of a trial that is looked at several times, by numerical integration.

At information time t the statistic Z is normal with mean θ√t and variance 1, and B = Z√t has
independent increments (θ is the *drift*: the mean of Z at the planned end). The density of B among
the trials that go on is carried from look to look (Armitage, McPherson and Rowe 1969; Jennison and
Turnbull 2000, chapter 19) by Gauss-Legendre quadrature on panels no wider than two standard
deviations of the shorter of the increments before and after. That is exact to about 1e-9; the
published tables it is tested against have four to eight digits.

References: P. Armitage, C. K. McPherson and B. C. Rowe, Journal of the Royal Statistical Society A
132 (1969) 235-244; C. Jennison and B. W. Turnbull, Group Sequential Methods with Applications to
Clinical Trials (2000).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING

import numpy as np
from scipy import optimize
from scipy.special import ndtr

from simkit.trial.sequential.spending import Spending, spent_by

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

NODES, WEIGHTS = np.polynomial.legendre.leggauss(12)
PANEL_SDS = 2.0
REACH_SDS = 8.5  # beyond it lies less than 1e-16
#: Beyond it the normal law has no tail that a double holds.
LARGEST_Z = 38.0
#: An error below that of the integration has no bound.
LEAST_SPENT = 1e-15
LEAST_GAP = 1e-3
"""Information between two looks that is at least assumed: a smaller one is computed as this, which
takes the looks for less alike than they are and so errs on the safe side."""
#: The mean of Z at the end: found with certainty, whatever bound a usual level gives.
LARGEST_DRIFT = 20.0
#: Root of 2π, of the normal density.
ROOT_PI2 = np.sqrt(2.0 * np.pi)


@dataclass(frozen=True, eq=False)
class Crossing:
    """Probability of leaving between the bounds at each look.

    Parameters
    ----------
    upper, lower
        Of reaching the upper bound, of reaching the lower one, first at this look.
    """

    upper: FloatArray
    lower: FloatArray


class Walk:
    """The density of B among the trials that have not stopped yet.

    Parameters
    ----------
    drift
        Mean of Z at information time 1.
    """

    def __init__(self, drift: float) -> None:
        self.drift, self.time = drift, 0.0
        self.points, self.mass = np.zeros(1), np.ones(1)

    def above(self, time: float, z: float) -> float:
        """Give the probability of going on to a later time and of Z there being at least z."""
        return self._beyond(time, z, 1.0)

    def below(self, time: float, z: float) -> float:
        """Give the probability of going on to a later time and of Z there being at most z."""
        return self._beyond(time, z, -1.0)

    def _beyond(self, time: float, z: float, side: float) -> float:
        if np.isinf(z):
            return float(self.mass.sum()) if z * side < 0 else 0.0
        gap = time - self.time
        distance = (self.points + self.drift * gap - z * np.sqrt(time)) / np.sqrt(gap)
        return float(self.mass @ ndtr(side * distance))

    def go_on(self, time: float, lower: float, upper: float, next_gap: float) -> None:
        """Carry the density to a look at which Z stays between two bounds.

        Parameters
        ----------
        time
            The look's information time.
        lower, upper
            Bounds of Z.
        next_gap
            Information between this look and the next, which says how fine the grid must be.
        """
        gap, root = time - self.time, np.sqrt(time)
        low = max(lower * root, self.drift * time - REACH_SDS * root)
        high = min(upper * root, self.drift * time + REACH_SDS * root)
        if not low < high:
            self.time, self.points, self.mass = time, np.zeros(1), np.zeros(1)
            return
        finest = PANEL_SDS * np.sqrt(min(gap, next_gap))
        edges = np.linspace(low, high, int(np.ceil((high - low) / finest)) + 1)
        half = (edges[1:] - edges[:-1]) / 2
        points = ((edges[1:] + edges[:-1]) / 2)[:, None] + half[:, None] * NODES
        weights = (half[:, None] * WEIGHTS).ravel()
        points = points.ravel()
        away = (points[:, None] - (self.points + self.drift * gap)) / np.sqrt(gap)
        density = np.exp(-0.5 * away**2) @ self.mass / (ROOT_PI2 * np.sqrt(gap))
        self.time, self.points, self.mass = time, points, density * weights


def crossing(
    times: Sequence[float],
    lower: Sequence[float] | FloatArray,
    upper: Sequence[float] | FloatArray,
    drift: float = 0.0,
) -> Crossing:
    """Give the probability of first reaching a bound at each look.

    Parameters
    ----------
    times
        Information times, not falling.
    lower, upper
        Bounds of Z at each; infinite for none.
    drift
        Mean of Z at information time 1.
    """
    at = apart(times)
    walk = Walk(drift)
    up, down = np.zeros(len(at)), np.zeros(len(at))
    for look, (low, high) in enumerate(zip(lower, upper, strict=True)):
        up[look], down[look] = walk.above(at[look], high), walk.below(at[look], low)
        if look + 1 < len(at):
            walk.go_on(at[look], low, high, at[look + 1] - at[look])
    return Crossing(up, down)


def bounds(
    times: Sequence[float],
    alpha: float,
    spending: Spending,
    *,
    sides: int = 2,
    final: Sequence[bool] | None = None,
) -> FloatArray:
    """Give the bound that |Z| (or Z, on one side) must reach at each look.

    Parameters
    ----------
    times
        Information times, not falling.
    alpha
        Error rate over all looks.
    spending
        How it is spent.
    sides
        2: half of it above, half below the mirrored bound. 1: all of it above.
    final
        As `spent_by` takes it.

    Returns
    -------
    Bound by look; infinite where nothing is left to spend.
    """
    return bounds_of(times, spent_by(spending, alpha / sides, times, final=final), sides=sides)


def bounds_of(
    times: Sequence[float], spent: Sequence[float] | FloatArray, *, sides: int = 2
) -> FloatArray:
    """Give the bounds of looks at which so much of a one-sided error has been spent.

    Parameters
    ----------
    times, spent
        Information times, and the error above the upper bound by each, cumulative.
    sides
        Whether the mirrored lower bound stops, too.
    """
    return _bounds(tuple(map(float, times)), tuple(map(float, spent)), sides)


@lru_cache(maxsize=4096)
def _bounds(times: tuple[float, ...], spent: tuple[float, ...], sides: int) -> FloatArray:
    at, share = apart(times), np.diff(np.array(spent), prepend=0.0)
    walk, found = Walk(0.0), np.full(len(at), np.inf)
    for look, time in enumerate(at):
        if share[look] > LEAST_SPENT:
            found[look] = _solve(partial(walk.above, time), share[look])
        if look + 1 < len(at):
            low = -found[look] if sides == 2 else -np.inf
            walk.go_on(time, low, found[look], at[look + 1] - time)
    found.setflags(write=False)
    return found


def futility_bounds(
    times: Sequence[float], upper: Sequence[float] | FloatArray, spent: FloatArray, drift: float
) -> FloatArray:
    """Give the bounds below which success has become unlikely.

    They spend the probability of missing an effect as large as the drift, as the upper bounds
    spend that of a false claim; the last one is the upper bound. The upper bounds are left as
    they are (*not binding*): who goes on in spite of a futility bound makes no more errors.

    Parameters
    ----------
    times, upper
        Looks and their upper bounds.
    spent
        Probability of stopping for futility by each look, cumulative.
    drift
        Of the effect not to be missed.
    """
    at, share = apart(times), np.diff(spent, prepend=0.0)
    walk, found = Walk(drift), np.full(len(at), -np.inf)
    for look, (time, high) in enumerate(zip(at, upper, strict=True)):
        last = look + 1 == len(at)
        if last or walk.below(time, min(high, LARGEST_Z)) <= share[look]:
            found[look] = high
        elif share[look] > LEAST_SPENT:
            found[look] = _solve(partial(walk.below, time), share[look])
        if not last:
            walk.go_on(time, found[look], high, at[look + 1] - time)
    return found


def drift_of(
    times: Sequence[float],
    upper: Sequence[float] | FloatArray,
    power: float,
    futility: Spending | None = None,
) -> float:
    """Give the drift that is found with a given power.

    Parameters
    ----------
    times, upper
        Looks and their upper bounds.
    power
        Probability of reaching an upper bound.
    futility
        How ``1 - power`` is spent on stopping for futility; None for no such stopping.
    """

    def short(drift: float) -> float:
        lower = np.full(len(times), -np.inf)
        if futility is not None:
            lower = futility_bounds(times, upper, spent_by(futility, 1 - power, times), drift)
            lower[-1] = -np.inf
        return float(crossing(times, lower, upper, drift).upper.sum()) - power

    return float(optimize.brentq(short, 0.0, LARGEST_DRIFT, xtol=1e-9))


def conditional_power(
    time: float,
    z: float,
    times: Sequence[float],
    upper: Sequence[float] | FloatArray,
    drift: float,
) -> float:
    """Give the probability of still reaching an upper bound, from what was seen.

    Parameters
    ----------
    time, z
        Information time of the last look, and Z there.
    times, upper
        Looks that are left, and their upper bounds; a lower bound in between stops, too.
    drift
        Mean of Z at information time 1 of the effect that is supposed.
    """
    if not len(times):
        return 0.0
    gaps = np.maximum(np.asarray(times) - time, LEAST_GAP)
    seen = z * np.sqrt(time)
    high = np.asarray(upper) * np.sqrt(time + gaps)
    up, down = (high - seen) / np.sqrt(gaps), (-high - seen) / np.sqrt(gaps)
    return float(crossing(gaps.tolist(), down, up, drift).upper.sum())


def apart(times: Sequence[float]) -> FloatArray:
    """Return times that are at least the least gap apart."""
    at = np.array(times, dtype=np.float64)
    for look in range(1, len(at)):
        at[look] = max(at[look], at[look - 1] + LEAST_GAP)
    return at


def _solve(tail: Callable[[float], float], wanted: float) -> float:
    """Find the z beyond which, on the tail's side, lies the probability wanted."""
    root = optimize.brentq(lambda z: tail(z) - wanted, -LARGEST_Z, LARGEST_Z, xtol=1e-11)
    return float(root)
