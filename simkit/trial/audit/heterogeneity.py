"""Success by attempt when nobody tires: contacts differ, and the easy ones leave first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import optimize
from statsmodels.tools.numdiff import approx_fprime

if TYPE_CHECKING:
    from numpy.typing import NDArray

FIRST_GUESS = 0.3  # of the spread
#: Of a slope of the likelihood, for each attempt.
ROUNDING = 1e-12
#: Of 1e-13: a share of 0 or 1, as far as a double tells.
LOGIT_BOUND = 30.0


@dataclass(frozen=True)
class BetaGeometric:
    """Each contact succeeds at every attempt with a probability of its own, Beta(a, b).

    Nobody tires in this model, and yet success falls: at attempt n, among those who are still
    there, it is a ÷ (a + b + n − 1).

    Parameters
    ----------
    mean_prob
        a ÷ (a + b), success at the first attempt.
    spread
        1 ÷ (a + b); 0 when contacts do not differ.
    mean_se, spread_se
        Standard errors from the curvature of the likelihood; NaN at the edge ``spread = 0``.
    log_likelihood
        Of this model.
    constant_prob, constant_log_likelihood
        The model with one probability for all contacts, and its fit.
    attempts
        Attempts that entered.
    """

    mean_prob: float
    spread: float
    mean_se: float
    spread_se: float
    log_likelihood: float
    constant_prob: float
    constant_log_likelihood: float
    attempts: int

    @property
    def a(self) -> float:
        """First parameter of the Beta law; inf when contacts do not differ."""
        return self.mean_prob / self.spread if self.spread else np.inf

    @property
    def b(self) -> float:
        """Second parameter of the Beta law; inf when contacts do not differ."""
        return (1 - self.mean_prob) / self.spread if self.spread else np.inf

    @property
    def aic_gain(self) -> float:
        """AIC of one probability for all, less AIC of this model: above 0, this one fits better."""
        return 2 * (self.log_likelihood - self.constant_log_likelihood) - 2

    def success(self, attempt: NDArray[np.int64] | Sequence[int]) -> NDArray[np.float64]:
        """Give the probability of success at attempts counted from 1: a ÷ (a + b + n − 1)."""
        earlier = np.asarray(attempt, dtype=np.float64) - 1
        return self.mean_prob / (1 + self.spread * earlier)


def fit_beta_geometric(
    tried: NDArray[np.int64] | Sequence[int], successes: NDArray[np.int64] | Sequence[int]
) -> BetaGeometric:
    """Fit the model by maximum likelihood to totals by attempt number.

    A contact whose attempts end without success is censored there. The likelihood of all contacts
    is then the product, over attempt numbers n, of the probabilities a ÷ (a + b + n − 1) of those
    who succeeded and one minus it of those who did not: the totals are enough.

    Parameters
    ----------
    tried, successes
        Contacts with an n-th attempt, and those for whom it succeeded, n = 1, 2, …; shape (N,).

    Returns
    -------
    BetaGeometric
        The fit, and that of one probability for all beside it.

    References
    ----------
    P. Fader and B. Hardie (2007), How to project customer retention, Journal of Interactive
    Marketing 21, 76-90 (the shifted beta-geometric).
    """
    at_risk = np.asarray(tried, dtype=np.float64)
    won = np.asarray(successes, dtype=np.float64)
    earlier = np.arange(len(at_risk), dtype=np.float64)
    lost = at_risk - won

    def minus_log_likelihood(
        parameters: NDArray[np.float64],
    ) -> tuple[float, NDArray[np.float64]]:
        """Give it and its slopes, in the logit of the mean and in the spread."""
        mean = 1 / (1 + np.exp(-parameters[0]))
        slower = 1 + parameters[1] * earlier
        success = mean / slower
        odds = success / (1 - success)
        value = (won * np.log(success) + lost * np.log1p(-success)).sum()
        by_logit = (1 - mean) * (won - lost * odds).sum()
        by_spread = (earlier / slower * (lost * odds - won)).sum()
        return float(-value), -np.array([by_logit, by_spread])

    constant = float(won.sum() / at_risk.sum())
    total = int(at_risk.sum())
    if not 0 < constant < 1 or len(at_risk) == 1:
        # Without a success, a failure or a second attempt there is no spread to see.
        at_edge = np.array([np.clip(_logit(constant), -LOGIT_BOUND, LOGIT_BOUND), 0.0])
        edge = -minus_log_likelihood(at_edge)[0]
        return BetaGeometric(constant, 0.0, np.nan, np.nan, edge, constant, edge, total)
    start = _logit(constant)
    minus_flat, slopes_of_flat = minus_log_likelihood(np.array([start, 0.0]))
    flat = -minus_flat
    # Where a little spread makes the data no more likely, the best fit has none.
    if slopes_of_flat[1] > -ROUNDING * total:
        se = float(np.sqrt(constant * (1 - constant) / total))
        return BetaGeometric(constant, 0.0, se, np.nan, flat, constant, flat, total)

    def of_logs(x: NDArray[np.float64]) -> float:
        return minus_log_likelihood(np.array([x[0], np.exp(x[1])]))[0]

    # Two parameters: a search without gradients is quick, and starts no threads for linear algebra.
    found = optimize.minimize(
        of_logs,
        np.array([start, np.log(FIRST_GUESS)]),
        method="Nelder-Mead",
        options={"xatol": 1e-9, "fatol": 1e-9, "maxiter": 2_000},
    )
    best = np.array([found.x[0], np.exp(found.x[1])])
    mean = float(1 / (1 + np.exp(-best[0])))

    def slopes(parameters: NDArray[np.float64]) -> NDArray[np.float64]:
        return minus_log_likelihood(parameters)[1]

    curvature = np.linalg.pinv(approx_fprime(best, slopes, centered=True))
    logit_se, spread_se = np.sqrt(np.maximum(np.diag(curvature), 0.0))
    return BetaGeometric(
        mean,
        float(best[1]),
        float(logit_se * mean * (1 - mean)),
        float(spread_se),
        float(-found.fun),
        constant,
        flat,
        total,
    )


def _logit(prob: float) -> float:
    with np.errstate(divide="ignore"):
        return float(np.log(prob) - np.log1p(-prob))
