"""Claims that one interval is better than another in two measures, and the price of a gain.

That an interval is *surely* dominated is a claim about the true means: another interval is better
in both, paired by replication, since all intervals meet the same populations. For one pair both
one-sided t tests must reject, and the larger of the two p-values is that of the claim (an
intersection-union test, Berger 1982). Over all ordered pairs Holm's method keeps the probability of
any false claim at 1 − confidence at most, whatever the correlations.

References: R. L. Berger, Technometrics 24 (1982) 295–300; S. Holm, Scandinavian Journal of
Statistics 6 (1979) 65–70; E. C. Fieller, J. R. Statist. Soc. B 16 (1954) 175–185.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtr, stdtrit  # scipy.stats takes a second to import

if TYPE_CHECKING:
    from numpy.typing import NDArray


def surely_dominated(
    value: NDArray[np.float64], cost: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Test for all ordered pairs of intervals whether one dominates the other.

    Parameters
    ----------
    value, cost
        One row a replication, one column an interval, shape (R, k); NaN where there was no run.

    Returns
    -------
    p_values
        For each interval the smallest adjusted p-value of the claims that another dominates it,
        shape (k,); 1 where no pair can be compared.
    by
        The interval that the claim is about, shape (k,).
    """
    number = value.shape[1]
    p_values = np.maximum(_p_of_gaps(value), _p_of_gaps(-cost))
    pairs = ~np.eye(number, dtype=np.bool_)
    family = p_values[pairs]
    order = np.argsort(family, kind="stable")
    stepped = np.maximum.accumulate(family[order] * np.arange(len(family), 0, -1))
    adjusted, square = np.empty_like(family), np.ones((number, number))
    adjusted[order] = np.minimum(stepped, 1.0)
    square[pairs] = adjusted
    # Of equal adjusted values, the pair with the smaller p-value of its own is named.
    by = np.lexsort((np.where(pairs, p_values, 2.0), square), axis=1)[:, 0]
    return square[np.arange(number), by], by


def fieller(
    over: NDArray[np.float64], under: NDArray[np.float64], confidence: float
) -> tuple[float, float, float]:
    """Give the ratio of the means of two paired samples with Fieller's interval.

    The interval holds the θ for which the mean of over − θ·under cannot be told from 0. Where that
    of ``under`` cannot be told from 0 it is not bounded: both ends are NaN.

    Parameters
    ----------
    over, under
        Paired samples, shape (n,), n >= 2.
    confidence
        Of the interval.
    """
    n = len(over)
    a, b = float(under.mean()), float(over.mean())
    (v_b, v_ab), (_, v_a) = np.cov(over, under) / n
    t2 = float(stdtrit(n - 1, (1 + confidence) / 2)) ** 2
    lead = a * a - t2 * v_a
    ratio = b / a if a else float("nan")
    if lead <= 0:
        return ratio, float("nan"), float("nan")
    middle, last = a * b - t2 * v_ab, b * b - t2 * v_b
    half = float(np.sqrt(max(middle * middle - lead * last, 0.0)))
    return ratio, float((middle - half) / lead), float((middle + half) / lead)


def _p_of_gaps(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return p[i, j] of the one-sided paired t test that j has the higher mean than i.

    Parameters
    ----------
    scores
        Shape (R, k); NaN where there was no run.
    """
    gaps = scores[:, None, :] - scores[:, :, None]
    counts = (~np.isnan(gaps)).sum(axis=0)
    filled = np.where(np.isnan(gaps), 0.0, gaps)
    means = filled.sum(axis=0) / np.maximum(counts, 1)
    squares = np.where(np.isnan(gaps), 0.0, (gaps - means) ** 2).sum(axis=0)
    df = np.maximum(counts - 1.0, 1.0)
    errors = np.sqrt(squares / df / np.maximum(counts, 1))
    # Without any spread the sign of the gap decides.
    t = np.divide(means, errors, out=np.full_like(means, np.inf), where=errors > 0)
    p_values: NDArray[np.float64] = stdtr(df, -t)
    p_values[(counts < 2) | (means <= 0)] = 1.0
    return p_values
