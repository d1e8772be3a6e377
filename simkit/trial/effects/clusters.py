"""Errors of least squares with any regressors, by the accounts that the rows belong to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from simkit.trial.effects.accounts import POWER_OF_LEVERAGE, Kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

BLOCK_NUMBERS = 4_000_000  # products held at a time, 32 MB
WHOLE = 1 - 1e-10  # leverage from which on an account alone determines a coefficient


def cluster_cov(x: FloatArray, residuals: FloatArray, codes: IntArray, kind: Kind) -> FloatArray:
    """Give the covariance of least squares' coefficients with errors by account.

    With X'X = (R R')⁻¹, Z_g = X_g R and S_g = Z_g'Z_g, the residuals of account g enter as
    (I − S_g)^−p Z_g'e_g: p = 0 in CR1, 1/2 in CR2 (the bias-reduced one), 1 in the jackknife CRV3.
    These are matrices of regressors × regressors, however many rows an account has. Where an
    account alone determines a coefficient, I − S_g is singular, and its generalised inverse is
    taken.

    For weighted least squares, multiply rows of ``x`` and residuals by the root of their weights.

    Parameters
    ----------
    x
        Regressors, rows × K, of full rank.
    residuals
        One a row.
    codes
        Code of the account, one a row.
    kind
        ``"cr1"`` (with the factor G/(G − 1) · (N − 1)/(N − K)), ``"cr2"`` or ``"crv3"`` (with
        (G − 1)/G).

    References
    ----------
    R. M. Bell, D. F. McCaffrey (2002), Bias reduction in standard errors for linear regression with
    multi-stage samples, Survey Methodology 28, 169-181.
    J. E. Pustejovsky, E. Tipton (2018), Small-sample methods for cluster-robust variance
    estimation, Journal of Business & Economic Statistics 36, 672-683.
    """
    order, starts = _sorted(codes)
    root = _root(x)
    k, number = x.shape[1], len(starts)
    found = np.zeros((k, k))
    for rows, at in _blocks(order, starts, k):
        z = x[rows] @ root
        score = np.add.reduceat(z * residuals[rows, None], at)
        power = POWER_OF_LEVERAGE[kind]
        if power:
            _, weights, vectors = _leverages(z, at, power)
            score = _turned(vectors, weights, score)
        found += score.T @ score
    found = root @ found @ root.T
    if kind == "cr1":
        found *= number / (number - 1) * (len(x) - 1) / (len(x) - k)
    elif kind == "crv3":
        found *= (number - 1) / number
    return np.asarray(found, dtype=np.float64)


def cluster_freedom(x: FloatArray, codes: IntArray, contrast: FloatArray) -> float:
    """Give Bell and McCaffrey's degrees of freedom of a contrast of coefficients under CR2.

    With w_g the weights that the estimate gives to the rows of account g and p_g = (I − H)_g w_g,
    they are (Σ p_g'p_g)² ÷ Σ (p_g'p_k)²: mean and variance of the estimated variance are matched to
    a χ² law for independent rows of one variance. p_g'p_k is w_g'w_g (if g = k) less z_g'z_k with
    z_g = Z_g'w_g, so no pair of accounts is visited.

    Parameters
    ----------
    x, codes
        As in `cluster_cov`.
    contrast
        Weight of each coefficient, shape (K,).
    """
    order, starts = _sorted(codes)
    root = _root(x)
    k = x.shape[1]
    aim = contrast @ root
    trace = square = 0.0
    between = np.zeros((k, k))
    for rows, at in _blocks(order, starts, k):
        leverage, weights, vectors = _leverages(x[rows] @ root, at, POWER_OF_LEVERAGE["cr2"])
        turned = np.einsum("gij,i->gj", vectors, aim) * weights
        own = (turned**2 * leverage).sum(axis=1)
        z = np.einsum("gij,gj->gi", vectors, turned * leverage)
        length = (z**2).sum(axis=1)
        trace += float((own - length).sum())
        square += float((own**2 - 2 * own * length).sum())
        between += z.T @ z
    return trace**2 / (square + float((between**2).sum()))


def two_way_cov(
    x: FloatArray, residuals: FloatArray, first: IntArray, second: IntArray, kind: Kind = "cr1"
) -> FloatArray:
    """Give the covariance with errors by two groupings of the rows that cross.

    That of the first, plus that of the second, less that of both together; see
    `positive_part` for what happens where this is no covariance.

    Parameters
    ----------
    x, residuals
        As in `cluster_cov`.
    first, second
        Codes of the groups, one a row.
    kind
        As there; the covariances of the three are of this kind.

    References
    ----------
    A. C. Cameron, J. B. Gelbach, D. L. Miller (2011), Robust inference with multiway clustering,
    Journal of Business & Economic Statistics 29, 238-249.
    """
    both = crossed(first, second)
    parts = (cluster_cov(x, residuals, codes, kind) for codes in (first, second, both))
    one, other, common = parts
    return positive_part(one + other - common)


def crossed(first: IntArray, second: IntArray) -> IntArray:
    """Give a code to each pair of codes that occurs: 0, 1, … in the pairs' order."""
    _, inner = np.unique(second, return_inverse=True)
    _, found = np.unique(first * (int(inner.max()) + 1) + inner, return_inverse=True)
    return np.asarray(found, dtype=np.int64)


def positive_part(cov: FloatArray) -> FloatArray:
    """Set the eigenvalues below 0 of a difference of covariances to 0 (Cameron et al. 2011)."""
    values, vectors = np.linalg.eigh(cov)
    if values[0] >= 0:
        return cov
    return np.asarray((vectors * np.maximum(values, 0.0)) @ vectors.T, dtype=np.float64)


def _root(x: FloatArray) -> FloatArray:
    """Return R with X'X = (R R')⁻¹; by QR, which does not square the condition of X."""
    triangle = np.linalg.qr(x, mode="r")
    return np.asarray(np.linalg.inv(triangle), dtype=np.float64)


def _sorted(codes: IntArray) -> tuple[IntArray, IntArray]:
    """Return the order of the rows by account, and where each account starts in it."""
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.diff(codes[order], prepend=codes[order[0]] - 1))
    return order, starts


def _blocks(order: IntArray, starts: IntArray, k: int) -> Iterator[tuple[IntArray, IntArray]]:
    """Yield rows of whole accounts and their starts among these: few enough to bound memory."""
    most = max(BLOCK_NUMBERS // k**2, 1)
    first = 0
    while first < len(starts):
        last = int(np.searchsorted(starts, starts[first] + most, side="right")) - 1
        last = max(last, first + 1)
        if starts[first] + most >= len(order):
            last = len(starts)
        end = int(starts[last]) if last < len(starts) else len(order)
        yield order[starts[first] : end], starts[first:last] - starts[first]
        first = last


def _leverages(
    z: FloatArray, at: IntArray, power: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return of each account's S its eigenvalues λ, (1 − λ)^−power and its eigenvectors."""
    inner = np.add.reduceat(z[:, :, None] * z[:, None, :], at)
    values, vectors = np.linalg.eigh(inner)
    rest = np.where(values < WHOLE, 1 - values, np.inf)
    return values, rest**-power, vectors


def _turned(vectors: FloatArray, weights: FloatArray, score: FloatArray) -> FloatArray:
    """Multiply each account's score by the matrix of these eigenvectors and eigenvalues."""
    inside = np.einsum("gij,gi->gj", vectors, score) * weights
    return np.asarray(np.einsum("gij,gj->gi", vectors, inside), dtype=np.float64)
