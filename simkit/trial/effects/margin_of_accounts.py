"""Shares of contacts in accounts against a margin, where few events are expected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simkit.trial.effects.laws import t_sf
from simkit.trial.effects.margin import exact_p, few_expected
from simkit.trial.effects.proportions import Shares

if TYPE_CHECKING:
    from simkit.trial.effects.difference import MarginTest
    from simkit.trial.effects.means import ArmMeans

HELD = "; p not below those of the score and of an exact test with effective numbers"


@dataclass(frozen=True)
class HeldMargin:
    """A test against margins whose p-value is not below those of the score and of an exact test.

    Parameters
    ----------
    own
        The test that the difference has.
    shares
        Events and contacts that would tell as much if each contact stood alone.
    freedom
        Degrees of freedom that the score is read with.
    """

    own: MarginTest
    shares: Shares
    freedom: float

    @property
    def estimate(self) -> float:
        """Share of the arm less share of its control."""
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
    def method(self) -> str:
        """How the interval was computed."""
        return f"{self.own.method}{HELD}"

    @property
    def doubt(self) -> str:
        """Why the interval must not carry a claim; empty where it may."""
        return self.own.doubt

    def p_beyond(self, bound: float, *, above: bool) -> float:
        """Give the one-sided p-value of the difference lying at the bound or beyond it."""
        z = self.shares.z_of_difference(bound)
        score = t_sf(-z if above else z, self.freedom)
        exact = exact_p(self.shares, bound, above=above)
        return max(self.own.p_beyond(bound, above=above), score, exact)

    def interval(self, alpha: float) -> tuple[float, float]:
        """Give the two-sided interval at level ``1 - alpha``: that of the own test."""
        return self.own.interval(alpha)


def margin_test(means: ArmMeans, arm: str, control: str) -> MarginTest:
    """Give the test of a difference against margins.

    An arm that happens to have few events also has a small error, so that its harm seems to be
    shown small. The score takes the error at the margin instead. Where few events are expected the
    p-value of a share of contacts in accounts is therefore not below that of Farrington and
    Manning's score with effective numbers, contacts divided by the design effect, which is that of
    both arms together; nor below that of the exact test of such numbers (`margin.exact_p`). Of 600
    trials harm of just the margin (2 points, where 2 % have it) is then shown to be within it in
    19 instead of 66 with 10 accounts of 60 contacts that correlate by .09, and in 36 instead of 50
    (1 point, 1 %, .05) with 40 accounts of 30
    (`tests/statistical/test_guardrails_of_accounts.py`).

    Parameters
    ----------
    means
        The means.
    arm, control
        What is compared.
    """
    own = means.difference(arm, control).against_margin()
    if not (means.binary and means.clustered):
        return own
    pair = [means.arms.index(name) for name in (arm, control)]
    n, share, variance = means.n[pair], means.mean[pair], means.own[pair]
    alone = float((n * share * (1 - share)).sum())
    if not (alone > 0 and variance.all()):
        return own
    effect = max(float((variance * n**2).sum()) / alone, 1.0)
    events, whole = share * n / effect, n / effect
    shares = Shares((float(events[0]), float(events[1])), (float(whole[0]), float(whole[1])))
    if not few_expected(shares):
        return own
    return HeldMargin(own, shares, float(means.units[pair].sum() - 2))
