"""A smooth curve through the means of a sweep, with the error of its noise and of its smoothing.

The curve is a cubic smoothing spline over u, the logarithm of the delivered days scaled to 0 … 1.
Its mean, its noise and its bias are kept apart, so that each rests on what is known about it.

**The curve.** For a fixed penalty the smoothing spline is linear in the means: f̂ = S ȳ. It is also
the best guess of a curve whose second derivative is white noise of variance τ² (Wahba 1978), with
penalty (variance of the means) ÷ τ². This law chooses the penalty: τ maximises the restricted
likelihood of the means, their variance being known from the replications, times τ (Chung et al.
2013), which keeps τ off 0: with few intervals the likelihood alone often says "a straight line",
and whoever believes it puts the best interval at the edge with false certainty. Cross-validation
has 5 to 10 points here and does not use that their errors are known.

**Noise.** All intervals meet the same populations, so that the means move together. With V the
covariance of the means, estimated from the runs, that of f̂ is S V S'. No form of V is assumed: each
replication has a curve S y_r of its own, and the errors are those of the mean of these curves, on
R − 1 degrees of freedom. (Generalised least squares with a V from few replications would believe
in directions that happen not to vary in them.)

**Bias.** Between points, and where it rounds a bend off, the curve is wrong by f − S f. Under the
same law its covariance is τ² (k − S k − k S' + S k S') with k(u, v) = m² (3M − m)/6, m and M the
smaller and the larger of u and v. It is what simulation people call the extrinsic error of
stochastic kriging (Ankenman, Nelson and Staum 2010, with common random numbers Chen, Ankenman and
Nelson 2012), and what makes bands cover a fixed curve on average (Wahba 1983, Nychka 1988). τ²
rests on the n − 2 contrasts of n points that no straight line moves: its degrees of freedom, which
Satterthwaite's formula joins with those of the noise.

**For all days at once.** The band is that of the Gaussian kinematic formula for t processes
(Telschow and Schwartzman 2022; Worsley 1994): with arc lengths dκ of the standardised curve,

    P(max |T| > c) ≤ 2 [P(t_ν > c) + ∫ (1 + c²/ν)^(−(ν−1)/2) dκ/(2π)].

It needs no simulation. Where degrees of freedom differ along the curve, c does too, at the same P.

**The best.** Where the best of the true curve may lie is read from curves drawn around f̂, from
Student's t with that covariance (a fixed seed): the middle 95 % of where their best lies.

References: G. Wahba, J. R. Statist. Soc. B 40 (1978) 364–372 and 45 (1983) 133–150; D. Nychka,
JASA 83 (1988) 1134–1143; B. Ankenman, B. L. Nelson and J. Staum, Operations Research 58 (2010)
371–382; X. Chen, B. Ankenman and B. L. Nelson, ACM TOMACS 22 (2012) 7; Y. Chung et al.,
Psychometrika 78 (2013) 685–709; F. J. E. Telschow and A. Schwartzman, J. Statist. Plann. Inference
216 (2022) 70–94; K. J. Worsley, Adv. Appl. Prob. 26 (1994) 13–42.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import stdtrit  # scipy.stats takes a second to import

if TYPE_CHECKING:
    from numpy.typing import NDArray

GRID = 241
"""Places at which a curve is reckoned, evenly over the logarithm of the days."""
DRAWS = 4000
SEED = 20_260
"""Of the curves drawn around the estimate: a tail of 2.5 % is met to ± .25 % (standard error)."""
LOG_TAU = (-3.0, 14.0, 35)
"""Where log τ is sought, above the log of the means' standard error: from, to, steps."""
ROUNDING = 1e-10
"""Variance of the rounding errors of a covariance, as a part of it."""
LEAST_NOISE = 1e-6
"""Standard error, as a part of the range of the means, below which none is taken to lie."""


@dataclass(frozen=True)
class Smooth:
    """A curve with the covariance of its errors.

    Parameters
    ----------
    places
        From 0 to 1, shape (``GRID``,).
    mean, sd, df
        The curve, the standard deviation of its error (noise and bias), and the degrees of freedom
        of that, at each place.
    covariance
        Of the errors, shape (``GRID``, ``GRID``).
    fitted
        The curve at the points, shape (n,).
    own_se
        Standard errors of the points apart from what all intervals share, shape (n,).
    """

    places: NDArray[np.float64]
    mean: NDArray[np.float64]
    sd: NDArray[np.float64]
    df: NDArray[np.float64]
    covariance: NDArray[np.float64]
    fitted: NDArray[np.float64]
    own_se: NDArray[np.float64]

    def mirrored(self) -> Smooth:
        """Return the curve upside down."""
        return replace(self, mean=-self.mean, fitted=-self.fitted)


def smooth(places: NDArray[np.float64], values: NDArray[np.float64]) -> Smooth:
    """Smooth the means of runs, by the method in this module's first lines.

    Parameters
    ----------
    places
        Where each column of ``values`` stands, ascending from 0 to 1, shape (n,), n >= 5.
    values
        One row a replication, one column a place, shape (R, n); NaN where there was no run. Each
        column has two values or more.
    """
    means = np.nanmean(values, axis=0)
    noise = covariance_of_means(values)
    own = _own_variances(noise, means)
    tau2 = _roughness(places, means, own)
    grid = np.linspace(0.0, 1.0, GRID)
    both = smoother_matrix(places, own, tau2, np.concatenate([grid, places]))
    fitted, smoother = both[GRID:] @ means, both[:GRID]
    known = smoother @ _wiener(places, grid)
    bias = tau2 * (
        _wiener(grid, grid) - known - known.T + smoother @ _wiener(places, places) @ smoother.T
    )
    noisy = smoother @ noise @ smoother.T
    parts = np.maximum(np.column_stack([np.diag(noisy), np.diag(bias)]), 0.0)
    counts = (~np.isnan(values)).sum(axis=0)
    noisy_df = _together(smoother**2 * np.diag(noise), counts - 1.0)
    df = _apart(parts, np.column_stack([noisy_df, np.full(GRID, len(places) - 2.0)]))
    sd = np.sqrt(parts.sum(axis=1))
    return Smooth(grid, smoother @ means, sd, df, noisy + bias, fitted, np.sqrt(own))


def covariance_of_means(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the covariance of the columns' means.

    Two intervals share the populations that both have met: with c their covariance over those, n_ij
    in number, the means of n_i and n_j runs have the covariance c·n_ij/(n_i·n_j). Pieced together
    from pairs it may have negative eigenvalues; these are set to 0, which lowers no variance.

    Parameters
    ----------
    values
        Shape (R, n); NaN where there was no run.
    """
    has = (~np.isnan(values)).astype(np.float64)
    pairs = pd.DataFrame(values).cov(min_periods=2).fillna(0.0).to_numpy()
    counts = has.sum(axis=0)
    found = pairs * (has.T @ has) / np.outer(counts, counts)
    roots, axes = np.linalg.eigh(found)
    covariance: NDArray[np.float64] = (axes * np.maximum(roots, 0.0)) @ axes.T
    return covariance


def smoother_matrix(
    places: NDArray[np.float64],
    variances: NDArray[np.float64],
    tau2: float,
    at: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return S, by which the smoothing spline of any values at the places is S times them.

    Parameters
    ----------
    places, variances
        Where the points stand and how large the variances of their errors are, shape (n,).
    tau2
        Variance of the curve's second derivative.
    at
        Where the spline is wanted, shape (m,).

    Returns
    -------
    NDArray[np.float64]
        Shape (m, n).
    """
    from scipy.interpolate import make_smoothing_spline  # a third of a second to import

    scale = float(variances.mean())
    weights, penalty = scale / variances, scale / tau2
    columns = [
        make_smoothing_spline(places, unit, w=weights, lam=penalty)(at)
        for unit in np.eye(len(places))
    ]
    return np.column_stack(columns)


def simultaneous_quantiles(curve: Smooth, confidence: float) -> NDArray[np.float64]:
    """Return how many standard deviations wide the band is that holds everywhere at once.

    Parameters
    ----------
    curve
        The curve, with more than one degree of freedom everywhere.
    confidence
        Of the band, e.g. .95.
    """
    from scipy.optimize import brentq

    sd = np.where(curve.sd > 0, curve.sd, np.inf)
    arcs = np.arccos(np.clip(np.diag(curve.covariance, 1) / (sd[1:] * sd[:-1]), -1.0, 1.0))
    df = (curve.df[1:] + curve.df[:-1]) / 2

    def exceeded(log_tail: float) -> float:
        tail = float(np.exp(log_tail))
        height = -stdtrit(df, tail)
        ways = (arcs * (1 + height**2 / df) ** (-(df - 1) / 2)).sum() / (2 * np.pi)
        return float(tail + ways - (1 - confidence) / 2)

    tail = np.exp(brentq(exceeded, np.log(1e-15), np.log((1 - confidence) / 2)))
    quantiles: NDArray[np.float64] = -stdtrit(curve.df, tail)
    return quantiles


def where_the_highest_lies(curve: Smooth, confidence: float) -> tuple[int, int, int]:
    """Return the highest place of a curve, and between which two that of the true one lies.

    Parameters
    ----------
    curve
        The curve.
    confidence
        Of the interval, e.g. .95.

    Returns
    -------
    tuple[int, int, int]
        Positions on the grid: of the highest, of the interval's two ends.
    """
    best = int(np.argmax(curve.mean))
    # Neighbours move as one but for rounding: a little noise of their own lets the root be taken.
    own = ROUNDING * float(np.trace(curve.covariance)) / GRID
    root = np.linalg.cholesky(curve.covariance + own * np.eye(GRID))
    random = np.random.default_rng(SEED)
    normal = random.standard_normal((DRAWS, GRID)) @ root.T
    df = curve.df[best]
    drawn = curve.mean + normal / np.sqrt(random.chisquare(df, (DRAWS, 1)) / df)
    peaks = np.sort(np.argmax(drawn, axis=1))
    cut = int((1 - confidence) / 2 * DRAWS)
    # The curve itself is one of those that agree with the runs.
    return best, min(int(peaks[cut]), best), max(int(peaks[-1 - cut]), best)


def t_quantiles(df: NDArray[np.float64], confidence: float) -> NDArray[np.float64]:
    """Return the two-sided quantiles of Student's t."""
    quantiles: NDArray[np.float64] = stdtrit(df, (1 + confidence) / 2)
    return quantiles


def _own_variances(noise: NDArray[np.float64], means: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the variances that weigh the points: of the means apart from what all share.

    A shift of all points moves the curve as a whole and says nothing about its shape. Each variance
    rests on few replications, so it is drawn half-way to the mean of all: the weights make the
    curve more or less exact, but the errors given for it do not rest on them.
    """
    n = len(means)
    centre = np.eye(n) - 1 / n
    own = np.diag(centre @ noise @ centre) * n / (n - 1)
    least = LEAST_NOISE * max(float(np.ptp(means)), float(np.abs(means).max()), LEAST_NOISE)
    variances: NDArray[np.float64] = np.maximum((own + own.mean()) / 2, least**2)
    return variances


def _roughness(
    places: NDArray[np.float64], means: NDArray[np.float64], variances: NDArray[np.float64]
) -> float:
    """Return τ²: the restricted likelihood of the means times τ is largest there."""
    from scipy.optimize import minimize_scalar

    lines = np.column_stack([np.ones_like(places), places])
    # Contrasts that no straight line moves: the other columns of a full orthogonal basis.
    contrasts = np.linalg.qr(lines, mode="complete")[0][:, 2:]
    bends = contrasts.T @ _wiener(places, places) @ contrasts
    errors = contrasts.T @ (variances[:, None] * contrasts)
    seen = contrasts.T @ means

    def loss(log_tau: float) -> float:
        total = np.exp(2 * log_tau) * bends + errors
        return float(
            np.linalg.slogdet(total)[1] / 2 + seen @ np.linalg.solve(total, seen) / 2 - log_tau
        )

    # There may be several hills: the best of a coarse search is refined between its neighbours.
    tried = np.log(variances.mean()) / 2 + np.linspace(*LOG_TAU[:2], int(LOG_TAU[2]))
    best = int(np.argmin([loss(each) for each in tried]))
    bounds = tried[max(best - 1, 0)], tried[min(best + 1, len(tried) - 1)]
    found = minimize_scalar(loss, bounds=bounds, method="bounded")
    return float(np.exp(2 * found.x))


def _wiener(u: NDArray[np.float64], v: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the covariance of a curve whose second derivative is white noise of variance 1."""
    small, large = np.minimum.outer(u, v), np.maximum.outer(u, v)
    covariance: NDArray[np.float64] = small**2 * (3 * large - small) / 6
    return covariance


def _together(parts: NDArray[np.float64], df: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the degrees of freedom of sums of variances whose estimates move together.

    With shares w the relative error of a sum is then Σ w √(2/df), where Satterthwaite's, for
    independent estimates, is its square root of squares. For equal degrees it gives these again;
    where estimates are less than wholly dependent it errs on the safe side.

    Parameters
    ----------
    parts
        The variances, shape (m, n).
    df
        Of each column, shape (n,).
    """
    degrees: NDArray[np.float64] = (_shares(parts) @ df**-0.5) ** -2
    return degrees


def _apart(parts: NDArray[np.float64], df: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return Satterthwaite's degrees of freedom of sums of variances estimated independently.

    Parameters
    ----------
    parts, df
        The variances and their degrees, shape (m, n).
    """
    degrees: NDArray[np.float64] = 1 / (_shares(parts) ** 2 / df).sum(axis=1)
    return degrees


def _shares(parts: NDArray[np.float64]) -> NDArray[np.float64]:
    total = parts.sum(axis=1, keepdims=True)
    even = np.full_like(parts, 1 / parts.shape[1])
    shares: NDArray[np.float64] = np.divide(parts, total, out=even, where=total > 0)
    return shares
