"""Errors of least squares with any regressors, by account: what sums of accounts are held against.

With X'X = (R R')⁻¹, Z_g = X_g R and S_g = Z_g'Z_g, the residuals of account g enter as
(I − S_g)^−p Z_g'e_g: p = 0 in CR1, 1/2 in CR2 (the bias-reduced one), 1 in the jackknife CRV3.
Where an account alone determines a coefficient, I − S_g is singular, and its generalised inverse is
taken (R. M. Bell, D. F. McCaffrey 2002, Survey Methodology 28, 169-181; J. E. Pustejovsky,
E. Tipton 2018, Journal of Business & Economic Statistics 36, 672-683).
"""

from collections.abc import Iterator

import numpy as np

from simkit.trial.effects.accounts import POWER_OF_LEVERAGE
from simkit.trial.effects.clusters import crossed, positive_part

WHOLE = 1 - 1e-10  # leverage from which on an account alone determines a coefficient


def turned_to_unit(x: np.ndarray) -> np.ndarray:
    """R; by QR, which does not square the condition of X."""
    return np.linalg.inv(np.linalg.qr(x, mode="r"))


def by_account(codes: np.ndarray) -> Iterator[np.ndarray]:
    order = np.argsort(codes, kind="stable")
    yield from np.split(order, np.flatnonzero(np.diff(codes[order])) + 1)


def bent(z: np.ndarray, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """S_g and (I − S_g)^−p."""
    inner = z.T @ z
    values, vectors = np.linalg.eigh(inner)
    rest = np.where(values < WHOLE, 1 - values, np.inf)
    return inner, (vectors * rest ** -POWER_OF_LEVERAGE[kind]) @ vectors.T


def cluster_cov(x: np.ndarray, residuals: np.ndarray, codes: np.ndarray, kind: str) -> np.ndarray:
    """The covariance of the coefficients.

    CR1 with the factor G/(G − 1) · (N − 1)/(N − K), CRV3 with (G − 1)/G.
    """
    root, k = turned_to_unit(x), x.shape[1]
    scores = []
    for rows in by_account(codes):
        z = x[rows] @ root
        score = z.T @ residuals[rows]
        scores.append(bent(z, kind)[1] @ score if POWER_OF_LEVERAGE[kind] else score)
    number = len(scores)
    found = root @ (np.array(scores).T @ np.array(scores)) @ root.T
    if kind == "cr1":
        found *= number / (number - 1) * (len(x) - 1) / (len(x) - k)
    elif kind == "crv3":
        found *= (number - 1) / number
    return found


def cluster_freedom(x: np.ndarray, codes: np.ndarray, contrast: np.ndarray) -> float:
    """Bell and McCaffrey's degrees of freedom of a contrast of coefficients under CR2.

    With w_g the weights that the estimate gives to the rows of account g and p_g = (I − H)_g w_g,
    (Σ p_g'p_g)² ÷ Σ (p_g'p_k)². p_g'p_k is w_g'w_g (if g = k) less z_g'z_k with z_g = Z_g'w_g.
    """
    root = turned_to_unit(x)
    aim = root.T @ contrast
    own, z = [], []
    for rows in by_account(codes):
        inner, power = bent(x[rows] @ root, "cr2")
        weight = power @ aim
        own.append(weight @ inner @ weight)
        z.append(inner @ weight)
    products = np.diag(own) - np.array(z) @ np.array(z).T
    return float(np.trace(products) ** 2 / (products**2).sum())


def two_way_cov(
    x: np.ndarray,
    residuals: np.ndarray,
    first: np.ndarray,
    second: np.ndarray,
    kind: str = "cr1",
) -> np.ndarray:
    """By two groupings that cross: the first's, plus the second's, less that of both together."""
    one, other, common = (
        cluster_cov(x, residuals, codes, kind) for codes in (first, second, crossed(first, second))
    )
    return positive_part(one + other - common)
