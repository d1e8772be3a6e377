"""A difference of skewed amounts against a margin: t's tails as far as they lean to one side."""

from __future__ import annotations

from dataclasses import dataclass

from scipy import stats

from simkit.trial.effects.laws import t_sf
from simkit.trial.effects.raised import RaisedMargin

NOT_WITHIN = "so nothing shows its harm to be within a margin"


@dataclass(frozen=True)
class LeaningMargin(RaisedMargin):
    """A difference of amounts, whose one-sided p-values hold what t's two tails differ by.

    Two-sided, what one tail holds too much the other holds too little. A guardrail looks at one.
    The first term of t's Edgeworth series, g (2x² + 1) φ(x) ÷ 6 (Hall 1992, section 2.6), is added
    to the p-value of the tail that is too heavy; that of the other stays. The p-value of a
    permutation, which supposes arms of one law but for a shift, is not below it either.

    Of 100 trials with harm of just the margin, half as much again as without it, 5.2 to 9.2 show it
    to be within it by the difference's own test: counts, what a tenth spend, and times, of 100,
    300 and 1,000 contacts beside 9 to 19 times as many, and of 500 and 500. Of a thousand beside
    nine, and of equal arms, 5.0 to 5.9 do here (4,000 trials each, ± .35;
    ``benchmarks/guardrails_of_amounts.py``). Few that lean too far are doubted.

    Parameters
    ----------
    lean
        Skewness g of the difference of the means, see
        `simkit.trial.effects.lopsided.lopsidedness`.
    doubtful
        Why it leans too far for that, or nothing.

    References
    ----------
    P. Hall (1992), The Bootstrap and Edgeworth Expansion, Springer, section 2.6.
    """

    lean: float
    doubtful: str = ""

    @property
    def method(self) -> str:
        """How the interval was computed."""
        return f"{self.own.method}; p with what skewness adds to it"

    @property
    def doubt(self) -> str:
        """Why the interval must not carry a claim; empty where it may."""
        return self.own.doubt or self.doubtful

    def p_beyond(self, bound: float, *, above: bool) -> float:
        """Give the one-sided p-value of the difference lying at the bound or beyond it."""
        p_value = self.own.p_beyond(bound, above=above)
        heavier = self.lean if above else -self.lean
        if heavier <= 0:
            return p_value
        x = (self.own.estimate - bound) / self.own.se
        tail = t_sf(-x if above else x, self.own.df)
        tail += heavier * (2 * x**2 + 1) * float(stats.norm.pdf(x)) / 6
        return max(p_value, min(tail, 1.0))
