"""Two shares against a margin: the score test, held up by an exact one where few are expected."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from simkit.trial.effects.laws import normal_isf, normal_sf
from simkit.trial.effects.proportions import Shares, score_of_difference

if TYPE_CHECKING:
    from numpy.typing import NDArray

    IntArray = NDArray[np.int64]

FARRINGTON_MANNING = "Farrington-Manning's score test, bounds by its inversion"
HELD = "; p not below that of an exact test"
#: Events, or contacts without one, expected in the smaller arm if both were alike.
FEW_EXPECTED = 20
#: What the control's share is first restricted to may miss it with this probability, which counts
#: in the p-value.
MISSED = 1e-4
#: Shares of the control that are tried: eight standard errors of the larger arm's or less, so that
#: neighbours are a twelfth of one apart and what lies between differs in the fourth digit.
TRIED = 100
#: Probability of counts in an arm that are left out.
NEVER = 1e-9
#: Outcomes whose statistic is as large but for rounding.
SAME = 1e-9


@dataclass(frozen=True)
class MarginDifference:
    """A difference of two shares tested against a margin.

    The p-value is that of Farrington and Manning's score, and where few events are expected not
    below that of an exact test (`exact_p`). The intervals invert the score alone.

    Parameters
    ----------
    shares
        Events and contacts of the arm and its control.
    method, doubt
        How it was tested; why it must not carry a claim, or nothing.
    """

    shares: Shares
    method: str = FARRINGTON_MANNING
    doubt: str = ""

    @property
    def estimate(self) -> float:
        """Share of the arm less share of its control."""
        return self.shares.difference

    @property
    def df(self) -> float:
        """Degrees of freedom: the score is read from the normal distribution."""
        return np.inf

    @cached_property
    def se(self) -> float:
        """Half the 95 % interval, in units of its normal quantile."""
        low, high = self.interval(0.05)
        return (high - low) / (2 * normal_isf(0.025))

    def p_beyond(self, bound: float, *, above: bool) -> float:
        """Give the one-sided p-value of the difference lying at the bound or beyond it."""
        z = self.shares.z_of_difference(bound)
        p_value = normal_sf(-z if above else z)
        if not few_expected(self.shares):
            return p_value
        return max(p_value, exact_p(self.shares, bound, above=above))

    def interval(self, alpha: float) -> tuple[float, float]:
        """Give the two-sided interval at level ``1 - alpha``: what the score does not reject."""
        return self.shares.difference_interval(alpha, unbiased=False)


def few_expected(shares: Shares) -> bool:
    """Tell whether so few events, or contacts without one, are expected that the score misleads."""
    happened, contacts = sum(shares.events), sum(shares.n)
    rarer = min(happened, contacts - happened)
    return rarer * min(shares.n) < FEW_EXPECTED * contacts


def exact_p(shares: Shares, bound: float, *, above: bool) -> float:
    """Give the exact one-sided p-value of a difference lying at a bound or beyond it.

    The score is read from the normal distribution, which holds its level badly where few events are
    expected in the smaller arm. What is added up here is the probability of all outcomes whose
    score speaks against the bound as loudly, at that share of the control that makes it largest;
    of those that the larger arm does not rule out (Berger and Boos). Size is the largest
    probability, over shares of the control that leave up to 60 expected in the smaller arm, of
    showing harm of just the margin to be within it at .05:

    ============== ====== ===== =======
    arm v control  margin score as here
    ============== ====== ===== =======
    100 v 100      .02    .0519 .0519
    300 v 100      .05    .0542 .0518
    1,900 v 100    .01    .0773 .0538
    5,000 v 50     .01    .1093 .0519
    50 v 1,000     .05    .0570 .0506
    4,500 v 500    .005   .0628 .0547
    ============== ====== ===== =======

    (`tests/statistical/test_exact_margins.py`.)

    Parameters
    ----------
    shares
        Of effective numbers of contacts the whole ones are counted.
    bound
        Difference that is not to be reached, arm less control.
    above
        Whether beyond it is above; else below.

    References
    ----------
    R. L. Berger and D. D. Boos (1994), P values maximized over a confidence set for the nuisance
    parameter, Journal of the American Statistical Association 89, 1012-1016; I. S. F. Chan (1998),
    Exact tests of equivalence and efficacy with a non-zero lower bound for comparative studies,
    Statistics in Medicine 17, 1403-1413, for the score among all outcomes.
    """
    n, n_control = (int(np.floor(number + SAME)) for number in shares.n)
    x, x_control = (
        round(events / number * whole)
        for events, number, whole in zip(shares.events, shares.n, (n, n_control), strict=True)
    )
    if not above:  # contacts without an event instead of those with one
        x, x_control, bound = n - x, n_control - x_control, -bound
    if n < n_control:  # and the arms exchanged: the control is the smaller
        x, n, x_control, n_control = n_control - x_control, n_control, n - x, n
    seen = float(score_of_difference((x, x_control), (n, n_control), bound)) + SAME
    low, high = stats.beta.ppf((MISSED / 2, 1 - MISSED / 2), (x, x + 1), (n - x + 1, n - x))
    low, high = (0.0 if x == 0 else low), (1.0 if x == n else high)
    tried = np.linspace(max(low - bound, 0, -bound), min(high - bound, 1, 1 - bound), TRIED)
    if tried[0] > tried[-1]:  # the larger arm alone rules the bound out
        return MISSED
    counts = np.arange(
        int(stats.binom.ppf(NEVER, n_control, tried[0])),
        int(stats.binom.isf(NEVER, n_control, tried[-1])) + 1,
    )
    most = _most_events(counts, n, n_control, bound, seen)
    as_loud = stats.binom.cdf(most[:, None], n, tried + bound)
    likely = stats.binom.pmf(counts[:, None], n_control, tried)
    return float(min((likely * as_loud).sum(axis=0).max() + MISSED, 1.0))


def _most_events(counts: IntArray, n: int, n_control: int, bound: float, score: float) -> IntArray:
    """Give by events of the control the most in the arm whose score is as low; −1 for none.

    With more events in the arm the score only rises, so that it is found by halving.
    """
    within, beyond = np.full(len(counts), -1), np.full(len(counts), n + 1)
    while (beyond - within > 1).any():
        middle = (within + beyond) // 2
        low = score_of_difference((middle, counts), (n, n_control), bound) <= score
        low &= (middle >= 0) & (middle <= n)
        within, beyond = np.where(low, middle, within), np.where(low, beyond, middle)
    return within
