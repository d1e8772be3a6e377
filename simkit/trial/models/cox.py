"""Cox's regression with errors by account: statsmodels' fit, and a sandwich that large logs bear.

statsmodels' own clustered errors walk through all contacts at each event, in Python, and take
Breslow's residuals also where ties are Efron's.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from statsmodels.duration.hazard_regression import PHReg
from statsmodels.tools.sm_exceptions import ConvergenceWarning

from simkit.trial.models.cells import JACKKNIFE_MAX_ACCOUNTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

#: What a fit that did not settle shows: a coefficient so large is one that runs away.
LARGEST_LOG_RATIO = 12.0


@dataclass(frozen=True, eq=False)
class CoxFit:
    """Log hazard ratios of the columns, with two covariances.

    Parameters
    ----------
    log_ratio
        One a column.
    information_cov
        The inverse information: right where contacts are independent.
    cov
        By account: each left out in turn where there are at most 50, else the sandwich of score
        residuals times G ÷ (G − 1); the inverse information where contacts are the units.
    method
        How ``cov`` was computed.
    """

    log_ratio: FloatArray
    information_cov: FloatArray
    cov: FloatArray
    method: str


def fit_cox(
    days: FloatArray, event: FloatArray, columns: FloatArray, account: IntArray | None
) -> CoxFit:
    """Fit Cox's regression with Efron's treatment of ties.

    Parameters
    ----------
    days
        Time to the event or to anything that ends the watch.
    event
        1 where the event came, 0 where the time was censored.
    columns
        Contacts × columns.
    account
        Code of each contact's account, 0, 1, …; None where contacts are the units.
    """
    fit = PHReg(days, columns, status=event, ties="efron").fit(disp=0)
    information_cov = np.asarray(fit.cov_params(), dtype=np.float64)
    log_ratio = np.asarray(fit.params, dtype=np.float64)
    if account is None:
        return CoxFit(log_ratio, information_cov, information_cov, "Cox, inverse information")
    accounts = int(account.max()) + 1
    if accounts <= JACKKNIFE_MAX_ACCOUNTS:
        with warnings.catch_warnings():
            # Where one does not settle, the sandwich is taken, and ``method`` says so.
            warnings.simplefilter("ignore", ConvergenceWarning)
            deviations = np.array(
                [
                    PHReg(days[kept], columns[kept], status=event[kept], ties="efron")
                    .fit(disp=0, start_params=log_ratio)
                    .params
                    - log_ratio
                    for kept in (account != one for one in range(accounts))
                ]
            )
        # An account without which an arm has no event left sends the coefficient off.
        settled = np.abs(deviations).max() < LARGEST_LOG_RATIO
        cov = (accounts - 1) / accounts * deviations.T @ deviations
        if settled:
            return CoxFit(log_ratio, information_cov, cov, "Cox, jackknife by account")
    scores = score_residuals(days, event, columns, log_ratio)
    by_account = np.column_stack(
        [np.bincount(account, weights=column, minlength=accounts) for column in scores.T]
    )
    pulls = by_account @ information_cov
    cov = accounts / (accounts - 1) * pulls.T @ pulls
    return CoxFit(log_ratio, information_cov, cov, "Cox, sandwich by account")


def score_residuals(
    days: FloatArray, event: FloatArray, columns: FloatArray, log_ratio: FloatArray
) -> FloatArray:
    """Give each contact's part of the score, with Efron's treatment of ties.

    The l-th of d events at the same time (l = 0 … d − 1) counts the d contacts at risk with weight
    1 − l/d each. A contact adds x − x̄ if it has the event, and takes off the same for the hazard
    it was exposed to.

    References
    ----------
    T. M. Therneau, P. M. Grambsch (2000), Modeling Survival Data, section 4.6 (residuals) and 3.3
    (Efron's ties).
    """
    order = np.argsort(days, kind="stable")
    time, died, x = days[order], event[order] > 0, columns[order]
    linear = x @ log_ratio
    risk = np.exp(linear - linear.max())
    weighted = risk[:, None] * x
    times, first = np.unique(time, return_index=True)
    s0 = risk[::-1].cumsum()[::-1][first]
    s1 = weighted[::-1].cumsum(axis=0)[::-1][first]
    at = np.searchsorted(times, time)
    points = len(times)
    tied = np.bincount(at[died], minlength=points)
    d0 = np.bincount(at[died], weights=risk[died], minlength=points)
    d1 = np.column_stack(
        [np.bincount(at[died], weights=column, minlength=points) for column in weighted[died].T]
    )
    # One row an event: its time, and the share of the tied ones that Efron takes off.
    when = np.repeat(np.arange(points), tied)
    rank = np.arange(len(when)) - np.repeat(np.cumsum(tied) - tied, tied)
    off = rank / tied[when]
    left = s0[when] - off * d0[when]
    mean = (s1[when] - off[:, None] * d1[when]) / left[:, None]

    def summed(values: FloatArray) -> FloatArray:
        columns = [np.bincount(when, weights=column, minlength=points) for column in values.T]
        return np.asarray(np.column_stack(columns), dtype=np.float64)

    hazard, spared = summed(1 / left[:, None]), summed((off / left)[:, None])
    pull, spared_pull = summed(mean / left[:, None]), summed(mean * (off / left)[:, None])
    mean_at = summed(mean) / np.maximum(tied, 1)[:, None]
    exposure = x * hazard.cumsum(axis=0)[at] - pull.cumsum(axis=0)[at]
    exposure[died] -= x[died] * spared[at[died]] - spared_pull[at[died]]
    residuals = -risk[:, None] * exposure
    residuals[died] += x[died] - mean_at[at[died]]
    found: FloatArray = np.empty_like(residuals)
    found[order] = residuals
    return found
