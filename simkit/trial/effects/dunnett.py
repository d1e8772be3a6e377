"""Dunnett's comparisons: several arms with one control, all intervals holding at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING

import numpy as np
from scipy import optimize, special, stats

from simkit.trial.effects.difference import Difference
from simkit.trial.effects.laws import t_isf, t_sf
from simkit.trial.effects.means import ArmMeans

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

#: So many that p-values are right to 1e-5.
NORMAL_NODES, CHI_NODES = 80, 40
STRONGEST_LOADING = 0.99  # beyond it the integrand is too steep for the nodes
NORMAL_REACH = 8.5  # beyond it lies 2e-17 of the normal law
#: What is left out of the law of χ on either side.
CHI_TAIL = 1e-14
POINTS = 50_000  # of the lattice where the law has no product form
#: Of the limit: below the error of the law.
ROOT_TOLERANCE = 1e-6
SAME = 1e-9  # so near 1 a correlation is 1


@dataclass(frozen=True, eq=False)
class Dunnett:
    """Simultaneous comparisons of one outcome in one segment, in the order given.

    Parameters
    ----------
    p_values
        Adjusted: probability that chance alone makes any of the comparisons as extreme as this.
    low, high
        Intervals that hold all at once with probability ``1 - alpha``.
    levels
        The level of each interval alone.
    """

    p_values: FloatArray
    low: FloatArray
    high: FloatArray
    levels: FloatArray


def dunnett(differences: Sequence[Difference], correlation: FloatArray, alpha: float) -> Dunnett:
    """Compare several arms with one control so that all intervals hold at once.

    The arms share their control, so that their differences from it are correlated; the joint law
    is a multivariate t with that correlation. Arms may have errors and degrees of freedom of their
    own, and no multivariate t has several; so each comparison is judged by the law with its own
    (Hasler and Hothorn 2008). Where they are equal this is Dunnett's procedure (1955, 1964). The
    level found for a comparison is then used on its own test, so that p-value and interval agree
    also where it is a score test: an interval leaves out 0 exactly where p is below α.

    Parameters
    ----------
    differences
        Each arm less the control; each with a p-value.
    correlation
        Of the differences, shape (k, k).
    alpha
        Error rate of the family, two-sided.

    Returns
    -------
    Dunnett
        p-values and intervals.

    References
    ----------
    C. W. Dunnett (1955), A multiple comparison procedure for comparing several treatments with a
    control, Journal of the American Statistical Association 50, 1096-1121.
    C. W. Dunnett (1964), New tables for multiple comparisons with a control, Biometrics 20,
    482-491.
    M. Hasler, L. A. Hothorn (2008), Multiple contrast tests in the presence of heteroscedasticity,
    Biometrical Journal 50, 793-800.
    """
    size = len(differences)
    p_values, levels = np.empty(size), np.empty(size)
    within = all_within(correlation)
    known: dict[float, float] = {}
    for at, difference in enumerate(differences):
        df = difference.df
        if df not in known:
            known[df] = _critical(within, size, df, alpha)
        alone = difference.p_value
        beyond = 1 - within(t_isf(alone / 2, df), df)
        # Whatever the correlation, and however small p is: Bonferroni's bound, and p itself.
        p_values[at] = np.clip(beyond, alone, min(size * alone, 1.0))
        levels[at] = 2 * t_sf(known[df], df)
    bounds = [one.interval(float(level)) for one, level in zip(differences, levels, strict=True)]
    low, high = np.array(bounds).T
    return Dunnett(p_values, low, high, levels)


def correlation_with_control(means: ArmMeans, arms: Sequence[str], control: str) -> FloatArray:
    """Give the correlation of the arms' differences from their control.

    Where a difference shows no variance it is taken as uncorrelated, which is the careful side
    (Šidák's inequality).

    Parameters
    ----------
    means
        Of the segment.
    arms, control
        What is compared, in this order.
    """
    contrast = np.zeros((len(arms), len(means.arms)))
    contrast[np.arange(len(arms)), [means.arms.index(arm) for arm in arms]] = 1.0
    contrast[:, means.arms.index(control)] = -1.0
    cov = contrast @ means.cov @ contrast.T
    sd = np.sqrt(np.diag(cov))
    scale = np.outer(sd, sd)
    found: FloatArray = np.divide(cov, scale, out=np.zeros_like(cov), where=scale > 0)
    np.fill_diagonal(found, 1.0)
    return found


def all_within(correlation: FloatArray) -> Callable[[float, float], float]:
    """Give the probability that no component of a multivariate t is beyond ± a limit.

    Where each correlation is a product, ρ_ij = λ_i λ_j, as for arms of independent contacts or
    accounts with one control, the components are independent given the control's mean and the
    scale: a double integral, by Gauss and Legendre's rule, right to 1e-5. Else (four arms and
    more whose means are correlated, as after adjusting for covariates) scipy's lattice rule with a
    fixed seed, right to about 5e-5.

    Parameters
    ----------
    correlation
        Shape (k, k).

    Returns
    -------
    A function of the limit, above 0 and the same for all components, and of the degrees of freedom;
    inf for the normal law.
    """
    correlation = _each_once(correlation)
    loadings = _loadings(correlation)
    if loadings is not None:
        return partial(_by_product, loadings)
    return partial(_by_lattice, correlation)


def _by_lattice(correlation: FloatArray, limit: float, df: float) -> float:
    box = np.full(len(correlation), limit)
    if np.isinf(df):  # scipy's multivariate t with infinite df ignores the lower limit
        law = stats.multivariate_normal(cov=correlation, allow_singular=True, seed=0, maxpts=POINTS)
        return float(law.cdf(box, lower_limit=-box))
    found = stats.multivariate_t.cdf(
        box,
        lower_limit=-box,
        shape=correlation,
        df=df,
        allow_singular=True,
        maxpts=POINTS,
        random_state=np.random.default_rng(0),
    )
    return float(found)


def _critical(within: Callable[[float, float], float], size: int, df: float, alpha: float) -> float:
    """Find the limit within which all components lie with probability ``1 - alpha``."""
    # One comparison alone, and Bonferroni's bound; a little wider for the lattice's error.
    low = 0.99 * t_isf(alpha / 2, df)
    high = 1.01 * t_isf(alpha / (2 * size), df)

    def missing(limit: float) -> float:
        return within(limit, df) - (1 - alpha)

    return float(optimize.brentq(missing, low, high, xtol=ROOT_TOLERANCE))


def _each_once(correlation: FloatArray) -> FloatArray:
    """Leave out each component that is an earlier one over again, or its negative.

    Arms whose outcome does not vary, as where nobody bought yet, differ from the control by the
    control's luck alone: their components are one, and scipy's lattice rule is wrong on a matrix
    without an inverse.
    """
    again = np.triu(np.abs(correlation) >= 1 - SAME, k=1).any(axis=0)
    found: FloatArray = correlation[np.ix_(~again, ~again)]
    return found


def _loadings(correlation: FloatArray) -> FloatArray | None:
    """Write the correlations as products of one number each, if they are."""
    size = len(correlation)
    if size == 1:
        return np.zeros(1)
    away = correlation[~np.eye(size, dtype=np.bool_)]
    if not away.any():
        return np.zeros(size)
    if size == 2:
        root = np.sqrt(abs(correlation[0, 1]))
        found = np.array([root, np.copysign(root, correlation[0, 1])])
    elif (away <= 0).any():
        return None
    else:
        logs = np.log(np.where(np.eye(size, dtype=np.bool_), 1.0, correlation))
        rows = logs.sum(axis=1)
        found = np.exp((rows - logs.sum() / (2 * (size - 1))) / (size - 2))
    products = np.outer(found, found)
    np.fill_diagonal(products, 1.0)
    fits = (
        np.allclose(products, correlation, rtol=0, atol=1e-9) and (found < STRONGEST_LOADING).all()
    )
    return found if fits else None


def _by_product(loadings: FloatArray, limit: float, df: float) -> float:
    z, z_weight = _normal_nodes()
    scale, scale_weight = _scale_nodes(df)
    inside = np.ones((len(scale), len(z)))
    for loading in loadings:
        rest = np.sqrt(1 - loading**2)
        edge = limit * scale[:, None] / rest
        inside *= special.ndtr(edge - loading * z / rest) - special.ndtr(-edge - loading * z / rest)
    # Without the matrix product, whose threads take longer to begin than all of this.
    return float(((inside * z_weight).sum(axis=1) * scale_weight).sum())


@cache
def _legendre(nodes: int) -> tuple[FloatArray, FloatArray]:
    found: tuple[FloatArray, FloatArray] = np.polynomial.legendre.leggauss(nodes)
    return found


@cache
def _normal_nodes() -> tuple[FloatArray, FloatArray]:
    nodes, weights = _legendre(NORMAL_NODES)
    z = NORMAL_REACH * (nodes + 1) / 2  # what is integrated is even: half the range, doubled
    return z, NORMAL_REACH * weights * stats.norm.pdf(z)


@lru_cache(maxsize=64)
def _scale_nodes(df: float) -> tuple[FloatArray, FloatArray]:
    """Give nodes and weights of the law of χ ÷ √df; one node for the normal law.

    They are even in the cube root of χ, and so lie close near 0: with few degrees of freedom all
    that a large limit misses is there.
    """
    if np.isinf(df):
        return np.ones(1), np.ones(1)
    points, weights = _legendre(CHI_NODES)
    ends = stats.chi2.ppf(CHI_TAIL, df), stats.chi2.isf(CHI_TAIL, df)
    least, most = np.array(ends) ** (1 / 6)
    cube_root = (least + most) / 2 + (most - least) / 2 * points
    root = cube_root**3
    step = (most - least) / 2 * weights * 3 * cube_root**2
    return root / np.sqrt(df), step * stats.chi.pdf(root, df)
