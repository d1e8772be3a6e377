"""Shares by the score: Farrington-Manning's test, Miettinen-Nurminen's intervals, Wilson's.

Under a difference or a ratio that is given, the variance is that of the shares which are most
likely then. These have a closed form, so nothing is searched for but an interval's ends.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import optimize

from simkit.trial.effects.laws import normal_isf

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    Counts = FloatArray | NDArray[np.int64] | float

#: Of two shares that any log could tell apart.
LARGEST_RATIO = 1e9
#: Rounding of shares.
TOLERANCE = 1e-13


@dataclass(frozen=True)
class Shares:
    """Events among contacts in an arm and in its control.

    Parameters
    ----------
    events, n
        The arm first, then its control; they may be effective numbers.
    """

    events: tuple[float, float]
    n: tuple[float, float]

    @property
    def difference(self) -> float:
        """Share of the arm less share of its control."""
        return self.events[0] / self.n[0] - self.events[1] / self.n[1]

    def under_difference(self, difference: float) -> tuple[float, float]:
        """Give the most likely shares of which the first is larger by a difference."""
        control = float(_control_under_difference(self.events, self.n, difference))
        return control + difference, control

    def under_ratio(self, ratio: float) -> tuple[float, float]:
        """Give the most likely shares of which the first is ``ratio`` times the second.

        The root of a quadratic (Miettinen and Nurminen 1985, appendix I).
        """
        (x1, x0), (n1, n0) = self.events, self.n
        a = (n1 + n0) * ratio
        b = n1 * ratio + x1 + n0 + x0 * ratio
        # The smaller root, in the form that does not cancel.
        control = 2 * (x1 + x0) / (b + np.sqrt(max(b**2 - 4 * a * (x1 + x0), 0.0)))
        return float(min(ratio * control, 1.0)), float(min(control, 1.0))

    def z_of_difference(self, difference: float, *, unbiased: bool = False) -> float:
        """Give the score statistic of a difference, above 0 where the one seen is larger.

        Parameters
        ----------
        difference
            Under the hypothesis, arm less control.
        unbiased
            Whether the variance has Miettinen and Nurminen's factor N/(N − 1).
        """
        p1, p0 = self.under_difference(difference)
        variance = p1 * (1 - p1) / self.n[0] + p0 * (1 - p0) / self.n[1]
        return self._z(self.difference - difference, variance, unbiased)

    def z_of_ratio(self, ratio: float, *, unbiased: bool = False) -> float:
        """Give the score statistic of a ratio, above 0 where the one seen is larger."""
        p1, p0 = self.under_ratio(ratio)
        variance = p1 * (1 - p1) / self.n[0] + ratio**2 * p0 * (1 - p0) / self.n[1]
        apart = self.events[0] / self.n[0] - ratio * self.events[1] / self.n[1]
        return self._z(apart, variance, unbiased)

    def _z(self, apart: float, variance: float, unbiased: bool) -> float:
        total = sum(self.n)
        variance *= total / (total - 1) if unbiased else 1.0
        if variance > 0:
            return float(apart / np.sqrt(variance))
        return float(np.copysign(np.inf, apart)) if abs(apart) > TOLERANCE else 0.0

    def difference_interval(self, alpha: float, *, unbiased: bool = True) -> tuple[float, float]:
        """Give the differences that the score does not reject at a two-sided level.

        Miettinen and Nurminen's interval; without their factor (``unbiased=False``) it is Mee's,
        which leaves out exactly what Farrington and Manning's test rejects.

        References
        ----------
        R. W. Mee (1984), Confidence bounds for the difference between two probabilities, Biometrics
        40, 1175-1176.
        """
        z = normal_isf(alpha / 2)
        seen = self.difference

        def beyond(quantile: float) -> Callable[[float], float]:
            return lambda d: self.z_of_difference(d, unbiased=unbiased) - quantile

        return _end(beyond(z), -1.0, seen), _end(beyond(-z), 1.0, seen)

    def ratio_interval(self, alpha: float, *, unbiased: bool = True) -> tuple[float, float]:
        """Give the ratios that the score does not reject; 0 or inf where an arm has no event.

        Miettinen and Nurminen's interval; without their factor (``unbiased=False``) it is
        Koopman's.
        """
        z = normal_isf(alpha / 2)
        low, high = 0.0, float("inf")
        if not any(self.events):
            return low, high
        first, second = (x / n for x, n in zip(self.events, self.n, strict=True))

        def beyond(quantile: float) -> Callable[[float], float]:
            return lambda log: self.z_of_ratio(float(np.exp(log)), unbiased=unbiased) - quantile

        edge = float(np.log(LARGEST_RATIO))
        seen = float(np.log(first / second)) if first and second else (edge if first else -edge)
        if first:
            low = float(np.exp(_end(beyond(z), -edge, seen)))
        if second:
            high = float(np.exp(_end(beyond(-z), edge, seen)))
        return low, high


def score_of_difference(
    events: tuple[Counts, Counts],
    n: tuple[float, float],
    difference: float,
) -> FloatArray:
    """Give Farrington and Manning's score of many outcomes, as `Shares.z_of_difference` of one.

    Parameters
    ----------
    events
        Of the arm and of its control.
    n
        Their contacts.
    difference
        Under the hypothesis, arm less control.
    """
    control = _control_under_difference(events, n, difference)
    arm = control + difference
    variance = arm * (1 - arm) / n[0] + control * (1 - control) / n[1]
    apart = events[0] / n[0] - events[1] / n[1] - difference
    apart = np.where(np.abs(apart) > TOLERANCE, apart, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(apart == 0, 0.0, apart / np.sqrt(np.maximum(variance, 0.0)))


def _control_under_difference(
    events: tuple[Counts, Counts],
    n: tuple[float, float],
    difference: float,
) -> FloatArray:
    """Give the control's most likely share, that of the arm being larger by a difference.

    The root of a cubic between 0 and 1, by its trigonometric form.

    References
    ----------
    O. Miettinen, M. Nurminen (1985), Comparative analysis of two rates, Statistics in Medicine 4,
    213-226, appendix I; C. P. Farrington, G. Manning (1990), Test statistics and sample size
    formulae for comparative binomial trials, Statistics in Medicine 9, 1447-1454.
    """
    (x1, x0), (n1, n0) = events, n
    total, d = n1 + n0, difference
    b = ((n1 + 2 * n0) * d - total - x1 - x0) / total
    c = ((n0 * d - total - 2 * x0) * d + x1 + x0) / total
    e = x0 * d * (1 - d) / total
    v = b**3 / 27 - b * c / 6 + e / 2
    u = np.copysign(np.sqrt(np.maximum(b**2 / 9 - c / 3, 0.0)), v)
    # Three equal roots have u = 0, and the angle does not matter.
    cosine = np.clip(np.divide(v, u**3, where=u != 0, out=np.ones_like(u * 1.0)), -1.0, 1.0)
    root = 2 * u * np.cos((np.pi + np.arccos(cosine)) / 3) - b / 3
    low, high = max(0.0, -d), min(1.0, 1.0 - d)
    found: FloatArray = np.clip(root, low, high)
    return found


def _end(beyond: Callable[[float], float], edge: float, seen: float) -> float:
    """Find where the statistic reaches a quantile between what was seen and the edge."""
    if beyond(edge) * beyond(seen) >= 0:
        return edge
    return float(optimize.brentq(beyond, edge, seen, xtol=TOLERANCE))


def wilson(
    share: float | FloatArray, n: float | FloatArray, quantile: float | FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Give Wilson's interval of shares, at any quantile (Student's where accounts are few).

    Parameters
    ----------
    share, n
        Shares, and the number of independent contacts that would tell as much.
    quantile
        Two-sided quantile, e.g. 1.96.

    References
    ----------
    R. G. Newcombe (1998), Two-sided confidence intervals for the single proportion, Statistics in
    Medicine 17, 857-872, method 3.
    """
    square = np.asarray(quantile, dtype=np.float64) ** 2
    middle = (2 * n * share + square) / (2 * (n + square))
    half = np.sqrt(square * (square + 4 * n * share * (1 - share))) / (2 * (n + square))
    # Where none or all have it, that end is exact, and would be off by a rounding error.
    low = np.where(np.asarray(share) <= 0, 0.0, np.clip(middle - half, 0.0, 1.0))
    high = np.where(np.asarray(share) >= 1, 1.0, np.clip(middle + half, 0.0, 1.0))
    return low, high
