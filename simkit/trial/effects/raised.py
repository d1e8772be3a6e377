"""A test against margins whose p-values are raised above those of another, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simkit.trial.effects.difference import MarginTest


@dataclass(frozen=True)
class RaisedMargin:
    """What a raised test shares with the one below it: estimate, error and interval.

    Parameters
    ----------
    own
        The difference's own test.
    """

    own: MarginTest

    @property
    def estimate(self) -> float:
        """Mean, or share, of the arm less that of its control."""
        return self.own.estimate

    @property
    def se(self) -> float:
        """Standard error of the estimate."""
        return self.own.se

    @property
    def df(self) -> float:
        """Degrees of freedom of the own test."""
        return self.own.df

    @property
    def doubt(self) -> str:
        """Why the interval must not carry a claim; empty where it may."""
        return self.own.doubt

    def interval(self, alpha: float) -> tuple[float, float]:
        """Give the two-sided interval at level ``1 - alpha``: that of the own test."""
        return self.own.interval(alpha)
