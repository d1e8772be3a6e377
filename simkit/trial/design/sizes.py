"""How many contacts a trial needs: the formulas that need but a variance."""

from __future__ import annotations

import math

from scipy import stats

#: The usual 80 %.
POWER = 0.8


def contacts_per_arm(
    difference: float,
    variance: float,
    *,
    alpha: float = 0.05,
    power: float = POWER,
    variance_null: float | None = None,
    sides: int = 2,
) -> float:
    """Return the contacts in each of two equal arms at which a difference is likely to be found.

    n = (z(1 − α/sides) √V₀ + z(power) √V)² ÷ difference², with normal quantiles z. V is the
    variance of a contact's outcome, summed over the two arms; where accounts cluster, it includes
    the design effect. Holm's first step in a family of m comparisons is ``alpha / m``.

    Parameters
    ----------
    difference
        Difference of means that is to be found, not 0, in the outcome's unit.
    variance
        V, in the outcome's unit squared.
    alpha
        Error rate of the test.
    power
        Probability of finding the difference if it is true.
    variance_null
        V₀, the same sum if there is no difference; None: V. For shares p and q, the sum is
        p(1 − p) + q(1 − q), and without a difference (p + q)(1 − (p + q)/2).
    sides
        2, or 1 for a bound on one side.

    Returns
    -------
    float
        Contacts an arm, not rounded; inf where ``difference`` is 0.

    References
    ----------
    J. L. Fleiss, B. Levin, M. C. Paik (2003), Statistical Methods for Rates and Proportions, ch. 4;
    the same formula as R's ``power.prop.test``.
    """
    if difference == 0:
        return math.inf
    null = variance if variance_null is None else variance_null
    reach = float(stats.norm.isf(alpha / sides)) * math.sqrt(null)
    reach += float(stats.norm.ppf(power)) * math.sqrt(variance)
    return (reach / difference) ** 2


def detectable_difference(
    contacts: float, variance: float, *, alpha: float = 0.05, power: float = POWER
) -> float:
    """Return the difference that a test of a given size is likely to find.

    The inverse of `contacts_per_arm` with the same variance under both hypotheses.

    Parameters
    ----------
    contacts
        Contacts in each of two equal arms.
    variance, alpha, power
        As there.
    """
    quantiles = float(stats.norm.isf(alpha / 2) + stats.norm.ppf(power))
    return quantiles * math.sqrt(variance / contacts)


def variance_range(df: float, confidence: float = 0.95) -> tuple[float, float]:
    """Return between which multiples of an estimated variance the true one lies.

    df · s²/σ² is χ² with df degrees of freedom, so that σ²/s² lies between df/χ²(1 − α/2) and
    df/χ²(α/2), if what varies is about normal. The contacts that a trial needs are proportional to
    the variance: the same factors hold for them.

    Parameters
    ----------
    df
        Degrees of freedom of the variance, > 0.
    confidence
        1 − α.

    Returns
    -------
    tuple[float, float]
        The lower factor, at most 1 in practice, and the upper one.
    """
    tail = (1 - confidence) / 2
    return df / float(stats.chi2.isf(tail, df)), df / float(stats.chi2.ppf(tail, df))


def variance_from_error(se: float, n: int, n_control: int) -> float:
    """Return the variance of a contact's outcome behind a difference's standard error.

    se² = V ÷ 2 × (1/n + 1/n_control), both arms alike. Where the error was clustered, V holds the
    design effect.

    Parameters
    ----------
    se
        Standard error of the difference of two means.
    n, n_control
        Contacts in the two arms.

    Returns
    -------
    float
        V, summed over the two arms, as `contacts_per_arm` takes it.
    """
    return 2 * se**2 / (1 / n + 1 / n_control)


def design_effect(size: float, icc: float, size_cv: float = 0.0) -> float:
    """Return by how much accounts inflate the variance of a mean: 1 + ((1 + cv²) m − 1) ρ.

    Parameters
    ----------
    size
        Mean number of contacts in an account, m.
    icc
        Correlation of two contacts of one account, ρ; below 0 it counts as 0.
    size_cv
        Coefficient of variation of the accounts' sizes.

    References
    ----------
    S. M. Eldridge, D. Ashby, S. Kerry (2006), Sample size for cluster randomized trials: effect of
    coefficient of variation of cluster size and analysis method, International Journal of
    Epidemiology 35, 1292-1300.
    """
    return 1 + max(((1 + size_cv**2) * size - 1) * max(icc, 0.0), 0.0)
