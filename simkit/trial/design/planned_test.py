"""The test of one arm against its control before there are data: its size and its power."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from scipy import optimize, stats

from simkit.trial.design.sizes import POWER
from simkit.trial.effects import proportions

LARGE_DF = 10_000.0
"""From here on the normal distribution stands for t: contacts differ by about .01 %."""

#: One alone shows no spread.
FEWEST_UNITS = 2
#: Of a number of units that is a quotient.
ROUNDING = 1e-9

Pair = tuple[float, float]
"""A value of the arm, and one of its control."""


class Outcome(Protocol):
    """What is compared: how much contacts differ in it, arm and control."""

    def variances(self, difference: float, null: float, parts: Pair) -> tuple[Pair, Pair]:
        """Return the variances of a contact under a null hypothesis, and in truth.

        Parameters
        ----------
        difference
            True difference, arm less control.
        null
            The difference that is to be refuted.
        parts
            The arm's and the control's part of the contacts.
        """

    def room(self, direction: float) -> float:
        """Return how large a difference can be in a direction (1 up, −1 down)."""


@dataclass(frozen=True)
class Means:
    """An outcome with a mean, whose spread no difference changes.

    Parameters
    ----------
    sd
        Standard deviation between contacts, of the arm and of its control.
    """

    sd: Pair

    def variances(self, difference: float, null: float, parts: Pair) -> tuple[Pair, Pair]:
        """Return the same variances under both hypotheses."""
        own = (self.sd[0] ** 2, self.sd[1] ** 2)
        return own, own

    def room(self, direction: float) -> float:
        """Return inf: a mean may differ by any amount."""
        return math.inf


@dataclass(frozen=True)
class Shares:
    """A yes or no of each contact, whose spread follows from its share.

    Parameters
    ----------
    base
        Share in the control, from 0 to 1.
    """

    base: float

    def variances(self, difference: float, null: float, parts: Pair) -> tuple[Pair, Pair]:
        """Return p(1 − p) at the shares that the null hypothesis allows, and at the true ones."""
        true = (self.base + difference, self.base)
        events = (true[0] * parts[0], true[1] * parts[1])
        restricted = proportions.Shares(events, parts).under_difference(null)
        return _binomial(restricted), _binomial(true)

    def room(self, direction: float) -> float:
        """Return how far the share lies from 1, or from 0."""
        return 1 - self.base if direction > 0 else self.base


@dataclass(frozen=True)
class PlannedTest:
    """The test of one arm against its control, before there are data.

    The arm's estimate differs from its control's by d, with the standard errors se₀ under the null
    hypothesis δ and se in truth. It is rejected beyond se₀ · t(1 − α/sides), so that

        power = P(T > t(1 − α/sides) · se₀/se),

    T noncentral t with (d − δ)/se; only the tail on the side of d counts, as in R's power.t.test
    and power.prop.test. se² is V_a/n_a + V_c/n_c, times the design effect and the inflation. The
    degrees of freedom are Satterthwaite's, from the units (accounts) of each arm, as those of the
    test that will be made: with equal arms G − 2, with unequal ones fewer.

    Parameters
    ----------
    outcome
        How much contacts differ.
    parts
        The arm's and the control's part of the contacts that `contacts` counts; they sum to at
        most 1 (less where there are other arms).
    null
        Difference to be refuted, arm less control: 0, or a guardrail's margin (negative where less
        is the harm).
    alpha, sides
        Error rate of the test, which has two sides or one. In a family, the rate of its first step.
    design_effect
        By which accounts inflate the variance of a mean, see `design_effect`.
    unit_size
        Contacts in one unit that is assigned, on average: 1 where contacts are. None: the normal
        distribution instead of t, as for shares of contacts assigned one by one.
    r2
        Part of the variance that covariates known before assignment explain.
    inflation
        By which looks before the end raise the contacts needed (1: there are none).

    References
    ----------
    J. L. Fleiss, B. Levin, M. C. Paik (2003), Statistical Methods for Rates and Proportions, ch. 4.
    C. P. Farrington, G. Manning (1990), Test statistics and sample size formulae for comparative
    binomial trials, Statistics in Medicine 9, 1447-1454.
    A. Donner, N. Klar (2000), Design and Analysis of Cluster Randomization Trials, ch. 5.
    """

    outcome: Outcome
    parts: Pair = (0.5, 0.5)
    null: float = 0.0
    alpha: float = 0.05
    sides: int = 2
    design_effect: float = 1.0
    unit_size: float | None = None
    r2: float = 0.0
    inflation: float = 1.0

    def power(self, difference: float, contacts: float) -> float:
        """Return the probability of rejecting the null hypothesis on the side of the difference.

        Parameters
        ----------
        difference
            True difference, arm less control.
        contacts
            Contacts in all, of which `parts` are the arm's and the control's.

        Returns
        -------
        float
            The probability; NaN with fewer than two units in an arm.
        """
        return self._power(difference, contacts, self._df(difference, contacts))

    def contacts(self, difference: float, power: float = POWER) -> float:
        """Return the contacts in all at which a difference is found with a probability.

        Parameters
        ----------
        difference
            True difference, arm less control; for a guardrail 0 as a rule.
        power
            Probability of finding it.

        Returns
        -------
        float
            Not rounded; inf where the difference is the one to be refuted.
        """
        if difference == self.null:
            return math.inf
        (null_a, null_c), (true_a, true_c) = self._variances(difference)
        a, c = self.parts
        reach = float(stats.norm.isf(self.alpha / self.sides)) * math.sqrt(null_a / a + null_c / c)
        reach += float(stats.norm.ppf(power)) * math.sqrt(true_a / a + true_c / c)
        needed = (max(reach, 0.0) / (difference - self.null)) ** 2
        if self.unit_size is None:
            return needed
        low = max(needed, FEWEST_UNITS * self.unit_size / min(self.parts))
        if self.power(difference, low) >= power:
            return low
        high = 2 * low
        while self.power(difference, high) < power:
            high *= 2
        return float(
            optimize.brentq(lambda n: self.power(difference, n) - power, low, high, rtol=1e-9)
        )

    def detectable(self, contacts: float, power: float = POWER, direction: float = 1.0) -> float:
        """Return the difference from the null hypothesis that is found with a probability.

        Parameters
        ----------
        contacts
            Contacts in all.
        power
            Probability of finding it.
        direction
            1 for an arm above its control, −1 below (a share's spread is not the same).

        Returns
        -------
        float
            Without sign; inf where no difference that can be is found so surely.
        """
        most = self.outcome.room(direction)

        def missing(size: float) -> float:
            return self.power(self.null + direction * size, contacts) - power

        return _least(missing, most, self._start(contacts, self.null))

    def margin(self, contacts: float, power: float = POWER, difference: float = 0.0) -> float:
        """Return the margin within which a guardrail is shown with a probability.

        Parameters
        ----------
        contacts
            Contacts in all.
        power
            Probability of showing it.
        difference
            True difference, arm less control.

        Returns
        -------
        float
            Without sign, on the side of `null`; inf where none is.
        """
        side = math.copysign(1.0, self.null)
        most = self.outcome.room(side)

        def missing(size: float) -> float:
            return replace(self, null=side * size).power(difference, contacts) - power

        return _least(missing, most, self._start(contacts, difference))

    def _variances(self, difference: float) -> tuple[Pair, Pair]:
        factor = self.design_effect * (1 - self.r2) * self.inflation
        null, true = self.outcome.variances(difference, self.null, self.parts)
        return (factor * null[0], factor * null[1]), (factor * true[0], factor * true[1])

    def _df(self, difference: float, contacts: float) -> float:
        if self.unit_size is None:
            return math.inf
        _, true = self._variances(difference)
        units = [contacts * part / self.unit_size for part in self.parts]
        if min(units) < FEWEST_UNITS * (1 - ROUNDING):
            return math.nan
        own = [v / part for v, part in zip(true, self.parts, strict=True)]
        below = sum(v**2 / (n - 1) for v, n in zip(own, units, strict=True))
        return sum(own) ** 2 / below if below else math.inf

    def _power(self, difference: float, contacts: float, df: float) -> float:
        if math.isnan(df):
            return math.nan
        null, true = (
            math.sqrt(sum(v / part for v, part in zip(pair, self.parts, strict=True)) / contacts)
            for pair in self._variances(difference)
        )
        shift = abs(difference - self.null)
        tail = self.alpha / self.sides
        if true == 0:
            return float(shift > float(stats.t.isf(tail, df)) * null)
        if df > LARGE_DF:
            return float(stats.norm.sf(float(stats.norm.isf(tail)) * null / true - shift / true))
        return float(stats.nct.sf(float(stats.t.isf(tail, df)) * null / true, df, shift / true))

    def _start(self, contacts: float, difference: float) -> float:
        """Return a size that is likely to be found, to begin a search with."""
        _, true = self._variances(difference)
        spread = sum(v / part for v, part in zip(true, self.parts, strict=True)) / contacts
        return 3 * math.sqrt(spread)


def _binomial(shares: Pair) -> Pair:
    p, q = shares
    return p * (1 - p), q * (1 - q)


def _least(missing: Callable[[float], float], most: float, start: float) -> float:
    """Return the least size at which nothing is missing, at most ``most``; inf if there is none."""
    high = min(start, most)
    if math.isnan(missing(high)) or not high > 0:
        return math.inf
    while missing(high) < 0:
        if high == most:
            return math.inf
        high = min(2 * high, most)
    return float(optimize.brentq(missing, 0.0, high, xtol=1e-12, rtol=1e-10))
