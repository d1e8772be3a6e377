"""A difference between two arms: its p-value, and its interval at any level."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from scipy import optimize
from statsmodels.stats.proportion import confint_proportions_2indep

from simkit.trial.effects.laws import normal_isf, normal_sf, t_isf, t_sf
from simkit.trial.effects.margin import FARRINGTON_MANNING, HELD, MarginDifference, few_expected
from simkit.trial.effects.proportions import Shares

NEWCOMBE = "Newcombe's hybrid score interval"
LARGEST_Z = 37.0  # beyond it a double holds no smaller tail probability


class MarginTest(Protocol):
    """An arm's mean less its control's, tested against margins.

    The one-sided p-values and the intervals are two views of one test: where that of the difference
    lying beyond a bound is below α, the interval at level 1 − 2α does not reach it, and the other
    way round unless an exact test holds the p-value up.
    """

    @property
    def estimate(self) -> float:
        """Mean of the arm less mean of its control."""

    @property
    def se(self) -> float:
        """Standard error of the estimate."""

    @property
    def df(self) -> float:
        """Degrees of freedom of the reference distribution; inf for the normal one."""

    @property
    def method(self) -> str:
        """How the interval was computed."""

    @property
    def doubt(self) -> str:
        """Why the interval must not carry a claim; empty where it may."""

    def p_beyond(self, bound: float, *, above: bool) -> float:
        """Give the one-sided p-value of the difference lying at the bound or beyond it.

        Parameters
        ----------
        bound
            Difference that is not to be reached.
        above
            Whether beyond it is above; else below.
        """

    def interval(self, alpha: float) -> tuple[float, float]:
        """Give the two-sided interval at level ``1 - alpha``."""


class Difference(Protocol):
    """An arm's mean less its control's, with an interval at any level.

    The p-value and the intervals are two views of one test: an interval at level 1 − α leaves out
    0 exactly where the p-value is below α.
    """

    @property
    def estimate(self) -> float:
        """Mean of the arm less mean of its control."""

    @property
    def se(self) -> float:
        """Standard error of the estimate."""

    @property
    def df(self) -> float:
        """Degrees of freedom of the reference distribution; inf for the normal one."""

    @property
    def p_value(self) -> float:
        """Two-sided p-value of no difference."""

    @property
    def method(self) -> str:
        """How the interval was computed."""

    @property
    def doubt(self) -> str:
        """Why the interval must not carry a claim; empty where it may."""

    def interval(self, alpha: float) -> tuple[float, float]:
        """Give the two-sided interval at level ``1 - alpha``."""

    def against_margin(self) -> MarginTest:
        """Give the test of this difference against margins."""


@dataclass(frozen=True)
class TDifference:
    """A difference of means with a robust standard error and Student's t.

    Parameters
    ----------
    estimate, se, df
        The difference, its standard error and its degrees of freedom.
    method, doubt
        How ``se`` was computed; why it must not carry a claim, or nothing.
    """

    estimate: float
    se: float
    df: float
    method: str
    doubt: str = ""

    @property
    def p_value(self) -> float:
        """Two-sided p-value of no difference."""
        return 2 * t_sf(abs(self.estimate) / self.se, self.df)

    def p_beyond(self, bound: float, *, above: bool) -> float:
        """Give the one-sided p-value of the difference lying at the bound or beyond it."""
        apart = bound - self.estimate if above else self.estimate - bound
        return t_sf(apart / self.se, self.df)

    def interval(self, alpha: float) -> tuple[float, float]:
        """Give the two-sided interval at level ``1 - alpha``."""
        half = t_isf(alpha / 2, self.df) * self.se
        return self.estimate - half, self.estimate + half

    def against_margin(self) -> MarginTest:
        """Give the test of this difference against margins: its own t."""
        return self


@dataclass(frozen=True)
class ScoreDifference:
    """A difference of two shares with Newcombe's hybrid score interval.

    It has a width also where an arm has no event. The p-value is the level at which the interval
    touches 0, so that the two never disagree; the standard error is half the 95 % interval over
    1.96.

    Parameters
    ----------
    share, n
        Share with the event and number of contacts, the arm first, then its control. The number
        may be an effective one.
    method
        What ``n`` is.

    References
    ----------
    R. G. Newcombe (1998), Interval estimation for the difference between independent proportions,
    Statistics in Medicine 17, 873-890, method 10.
    """

    share: tuple[float, float]
    n: tuple[float, float]
    method: str
    doubt: str = ""

    @property
    def estimate(self) -> float:
        """Share of the arm less share of its control."""
        return self.share[0] - self.share[1]

    @property
    def df(self) -> float:
        """Degrees of freedom: the interval is built on the normal distribution."""
        return np.inf

    @cached_property
    def se(self) -> float:
        """Half the 95 % interval, in units of its normal quantile."""
        low, high = self.interval(0.05)
        return (high - low) / (2 * normal_isf(0.025))

    @cached_property
    def p_value(self) -> float:
        """Two-sided p-value of no difference: the level whose interval touches 0."""
        side = 0 if self.estimate > 0 else 1
        if self.estimate == 0:
            return 1.0

        def bound(z: float) -> float:
            return self.interval(2 * normal_sf(z))[side]

        if bound(LARGEST_Z) * self.estimate > 0:
            return 2 * normal_sf(LARGEST_Z)
        return 2 * normal_sf(float(optimize.brentq(bound, 0.0, LARGEST_Z, xtol=1e-10)))

    def interval(self, alpha: float) -> tuple[float, float]:
        """Give the two-sided interval at level ``1 - alpha``."""
        if alpha >= 1:
            return self.estimate, self.estimate
        low, high = confint_proportions_2indep(
            self.share[0] * self.n[0],
            self.n[0],
            self.share[1] * self.n[1],
            self.n[1],
            method="newcomb",
            compare="diff",
            alpha=alpha,
        )
        return float(low), float(high)

    def against_margin(self) -> MarginTest:
        """Give the test of this difference against margins, Farrington and Manning's."""
        events = (self.share[0] * self.n[0], self.share[1] * self.n[1])
        shares = Shares(events, self.n)
        held = HELD if few_expected(shares) else ""
        how = f"{FARRINGTON_MANNING}{self.method.removeprefix(NEWCOMBE)}{held}"
        return MarginDifference(shares, how, self.doubt)
