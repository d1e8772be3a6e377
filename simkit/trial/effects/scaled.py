"""What one event is worth: its share in money, judged as the share is."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Generic, TypeVar

from simkit.trial.effects.difference import Difference, MarginTest
from simkit.trial.effects.means import ArmMeans

Tested = TypeVar("Tested", Difference, MarginTest)


@dataclass(frozen=True)
class Scaled(Generic[Tested]):
    """What differences and their tests against margins have in common, a constant times as large.

    Parameters
    ----------
    plain
        The difference of the outcome itself, or its test.
    worth
        The constant, not 0; below 0 it turns above and below.
    """

    plain: Tested
    worth: float

    @property
    def estimate(self) -> float:
        """Mean of the arm less mean of its control."""
        return self.worth * self.plain.estimate

    @property
    def se(self) -> float:
        """Standard error of the estimate."""
        return abs(self.worth) * self.plain.se

    @property
    def df(self) -> float:
        """Degrees of freedom, the outcome's own."""
        return self.plain.df

    @property
    def method(self) -> str:
        """How the outcome's own interval was computed."""
        return f"{self.plain.method}; times what one is worth"

    @property
    def doubt(self) -> str:
        """Why it must not carry a claim; empty where it may."""
        return self.plain.doubt

    def interval(self, alpha: float) -> tuple[float, float]:
        """Give the two-sided interval at level ``1 - alpha``."""
        low, high = sorted(self.worth * end for end in self.plain.interval(alpha))
        return low, high


@dataclass(frozen=True)
class ScaledMargin(Scaled[MarginTest]):
    """A test against margins of what is a constant times the outcome that was tested."""

    def p_beyond(self, bound: float, *, above: bool) -> float:
        """Give the one-sided p-value of the difference lying at the bound or beyond it."""
        return self.plain.p_beyond(bound / self.worth, above=above == (self.worth > 0))


@dataclass(frozen=True)
class ScaledDifference(Scaled[Difference]):
    """A difference of what is a constant times an outcome: its p-value is the outcome's."""

    @property
    def p_value(self) -> float:
        """Two-sided p-value of no difference."""
        return self.plain.p_value

    def against_margin(self) -> MarginTest:
        """Give the test of this difference against margins: the outcome's, in money."""
        return ScaledMargin(self.plain.against_margin(), self.worth)


@dataclass(frozen=True, eq=False, kw_only=True)
class ScaledMeans(ArmMeans):
    """The means of what one event is worth, compared as the shares that have the event.

    Parameters
    ----------
    share
        Those shares.
    worth
        What one event is worth, not 0.
    """

    share: ArmMeans
    worth: float

    @classmethod
    def of(cls, means: ArmMeans, share: ArmMeans, worth: float) -> ScaledMeans:
        """Let means in money be compared as the shares that they come from."""
        own = {one.name: getattr(means, one.name) for one in fields(means) if one.init}
        return cls(**{**own, "binary": False}, share=share, worth=worth)

    def difference(self, arm: str, control: str) -> Difference:
        """Compare an arm with its control, as the shares are."""
        return ScaledDifference(self.share.difference(arm, control), self.worth)
