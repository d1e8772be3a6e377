"""Counts that a contact can have several of: their rates, arm against arm."""

from __future__ import annotations

import warnings as python_warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from statsmodels.discrete.discrete_model import NegativeBinomial
from statsmodels.genmod.families import Poisson
from statsmodels.genmod.generalized_linear_model import GLM
from statsmodels.tools.sm_exceptions import ConvergenceWarning, HessianInversionWarning

from simkit.errors import Problem
from simkit.result import Result
from simkit.trial.effects.ratio import RATIO_COLUMNS
from simkit.trial.models.cells import (
    JACKKNIFE_MAX_ACCOUNTS,
    Cells,
    cells_of,
    covariates_of,
    refuse_unreadable,
    require_contacts,
)
from simkit.trial.models.contrasts import WHERE, contrasts_table, shown_html, t_difference
from simkit.trial.models.ratios import log_ratio_columns, ratio_sentence
from simkit.trial.read.data import ALL, TrialData
from simkit.trial.sentences import label

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

#: Below it a negative binomial cannot be told from a Poisson: the variance is its mean.
EDGE_DISPERSION = 1e-4
OWN_COLUMNS = (*RATIO_COLUMNS, "rate_arm", "rate_control", "dispersion")
NOISE = (ConvergenceWarning, HessianInversionWarning, RuntimeWarning)


@dataclass(frozen=True, eq=False, repr=False)
class CountRatios(Result):
    """How many times as many events a contact of an arm has.

    Parameters
    ----------
    table
        One row per segment and arm: the columns that all models share (``estimate``, ``se``,
        ``ci_low``, ``ci_high`` of the logarithm of the ratio), then ``ratio``, ``ratio_low``,
        ``ratio_high``; ``rate_arm``, ``rate_control`` (per contact, or per unit of exposure, at
        the mean of the covariates); ``dispersion`` (α: the variance is μ + α·μ²).
    outcome, exposure, alpha
        What was asked.
    warnings
        What a reader must know.
    """

    table: pd.DataFrame
    outcome: str
    exposure: str | None
    alpha: float
    warnings: tuple[str, ...]

    def sentence(self) -> str:
        """Say each row."""
        per = "contact" if self.exposure is None else f"unit of {self.exposure}"
        what = f"{label(self.outcome)} per {per}"
        rows = self.table.itertuples(index=False)
        return " ".join(ratio_sentence(row, what, self.alpha) for row in rows)

    def _repr_html_(self) -> str:
        columns = (
            *("segment", "outcome", "arm", "control", "rate_arm", "rate_control", *RATIO_COLUMNS),
            *("p_adjusted", "dispersion", "n", "n_control", "reason"),
        )
        return shown_html(self.sentence(), self.table, columns, self.warnings)


def count_ratio(
    trial: TrialData,
    outcome: str,
    *,
    exposure: str | None = None,
    covariates: Sequence[str] = (),
    alpha: float = 0.05,
) -> CountRatios:
    """Fit a negative binomial (NB2) to a count and give the ratios of the arms' rates.

    The model's variance, μ + α·μ², only weighs the contacts; the errors do not rest on it. They are
    by account: each account left out in turn where there are at most 50, else statsmodels' sandwich
    (CR1); contacts assigned one by one are their own accounts. Student's t with Satterthwaite's
    degrees of freedom as in `evaluate`.

    Parameters
    ----------
    trial
        Contacts as assigned: see `simkit.trial.models.read_trial`.
    outcome
        One of its outcomes, whole numbers.
    exposure
        One of its covariates, above 0, that counts are to be proportional to (days watched, say).
        It must not be the arm's own doing: calls are no exposure.
    covariates
        Of the trial's covariates, those to adjust for.
    alpha
        One minus the level of the intervals.

    Returns
    -------
    CountRatios
        A row per segment and arm.

    Raises
    ------
    InputError
        With everything that is wrong.

    References
    ----------
    J. F. Lawless (1987), Negative binomial and mixed Poisson regression, Canadian Journal of
    Statistics 15, 209-225.
    """
    require_contacts(trial)
    named = [*covariates, *([] if exposure is None else [exposure])]
    problems = _check_counts(trial, outcome) + _check_exposure(trial, exposure)
    refuse_unreadable(trial, outcome, alpha, covariates=named, problems=problems)
    rows: list[dict[str, Any]] = []
    told: list[str] = []
    for segment in trial.segments:
        more, warned = _segment(trial, outcome, segment, exposure, covariates, alpha)
        rows += more
        told += warned
    table = contrasts_table(rows, alpha, OWN_COLUMNS)
    return CountRatios(table, outcome, exposure, alpha, tuple(told))


def _check_counts(trial: TrialData, outcome: str) -> list[Problem]:
    if trial.contacts is None or outcome not in trial.outcomes:
        return []
    values = trial.values[outcome].dropna()
    wrong = values[(values < 0) | (values % 1 != 0)]
    if wrong.empty:
        return []
    rule = f"must be whole numbers, 0 or more; {len(wrong):,} are not"
    return [Problem(WHERE, outcome, float(wrong.iloc[0]), rule)]


def _check_exposure(trial: TrialData, exposure: str | None) -> list[Problem]:
    if exposure is None or trial.covariates is None or exposure not in trial.covariates:
        return []
    values = trial.covariates[exposure]
    if pd.api.types.is_numeric_dtype(values) and (values.dropna() > 0).all():
        return []
    rule = "must be numbers above 0: nothing can be proportional to less"
    return [Problem(WHERE, "exposure", exposure, rule)]


def _segment(
    trial: TrialData,
    outcome: str,
    segment: str,
    exposure: str | None,
    covariates: Sequence[str],
    alpha: float,
) -> tuple[list[dict[str, Any]], list[str]]:
    cells = cells_of(trial, outcome, segment)
    control, place = trial.control[segment], "" if segment == ALL else f"{segment}: "
    why = trial.refusals.get(outcome, "") or _not_fitted(cells)
    fit: CountFit | None = None
    if not why:
        size = np.ones(len(cells.rows))
        if exposure is not None:
            assert trial.covariates is not None
            size = trial.covariates[exposure].to_numpy(dtype=np.float64)[cells.rows]
        design = np.hstack([cells.dummies, covariates_of(trial, covariates, cells.rows)])
        fit = fit_counts(cells.values, design, size, cells.account)
        if fit is None:
            why = "the fit did not settle"
    rows = []
    for arm in trial.arms[segment]:
        if arm == control:
            continue
        row: dict[str, Any] = {
            "outcome": outcome,
            "segment": segment,
            "arm": arm,
            "control": control,
            "unit": "log of the ratio of rates",
        }
        rows.append(row)
        too_few = cells.why_not(arm, control)
        if too_few or fit is None:
            row["reason"] = too_few or why
            continue
        pair = (cells.arms.index(arm), cells.arms.index(control))
        row |= cells.numbers(pair)
        rates = np.exp(fit.beta[list(pair)]).tolist()
        row |= {"rate_arm": rates[0], "rate_control": rates[1], "dispersion": fit.dispersion}
        units = cells.units.astype(np.float64)
        row |= log_ratio_columns(t_difference(fit.beta, fit.cov, units, pair, fit.method), alpha)
    if fit is None or fit.dispersion >= EDGE_DISPERSION:
        return rows, []
    return rows, [
        f"{place}the counts of {label(outcome)} spread no more than Poisson's would: the "
        "dispersion lies at its edge, 0, and a Poisson fit takes the model's place; its errors by "
        "account hold all the same"
    ]


def _not_fitted(cells: Cells) -> str:
    totals = np.bincount(cells.arm, weights=cells.values, minlength=len(cells.arms))
    none = [arm for arm, total in zip(cells.arms, totals, strict=True) if not total]
    return f"nobody of {' and '.join(none)} had the event: a ratio has no width" if none else ""


@dataclass(frozen=True, eq=False)
class CountFit:
    """A fit of counts: coefficients on the log scale, covariance by account, dispersion.

    Parameters
    ----------
    beta, cov
        Coefficients of the design's columns, and their covariance.
    dispersion
        α of the variance μ + α·μ²; 0 for Poisson.
    method
        How it was fitted.
    """

    beta: FloatArray
    cov: FloatArray
    dispersion: float
    method: str


def fit_counts(
    counts: FloatArray,
    design: FloatArray,
    exposure: FloatArray,
    account: IntArray,
    *,
    jackknife_up_to: int = JACKKNIFE_MAX_ACCOUNTS,
) -> CountFit | None:
    """Fit a negative binomial, or Poisson where the dispersion lies at its edge.

    Parameters
    ----------
    counts, exposure
        Per contact.
    design
        Contacts × columns.
    account
        Code of each contact's account, 0, 1, …
    jackknife_up_to
        Most accounts that are left out in turn; the sandwich beyond.

    Returns
    -------
    CountFit or None
        None where the fit does not settle.
    """
    accounts = int(account.max()) + 1
    poisson = GLM(counts, design, family=Poisson(), offset=np.log(exposure))
    start = poisson.fit()
    model = NegativeBinomial(counts, design, exposure=exposure)
    groups = {"groups": account}
    fit = None
    if _overdispersed(counts, start.mu):
        fit = _quiet(model, start.params, cov_type="cluster", cov_kwds=groups)
        if fit is None:
            return None
    if fit is None or fit.params[-1] < EDGE_DISPERSION:
        fit = poisson.fit(cov_type="cluster", cov_kwds=groups)
        beta, dispersion, name = fit.params, 0.0, "Poisson"
    else:
        beta, dispersion, name = fit.params[:-1], float(fit.params[-1]), "negative binomial"
    columns = len(beta)
    cov = np.asarray(fit.cov_params(), dtype=np.float64)[:columns, :columns]
    errors = "sandwich"
    if accounts <= jackknife_up_to:
        left = [
            _without(counts, design, exposure, account != one, fit, dispersion)
            for one in range(accounts)
        ]
        if all(one is not None for one in left):
            deviations = np.array(left) - beta
            cov = (accounts - 1) / accounts * deviations.T @ deviations
            errors = "jackknife"
    method = f"{name}, {errors} by account, t with Satterthwaite's degrees of freedom"
    return CountFit(np.asarray(beta, dtype=np.float64), cov, dispersion, method)


def _overdispersed(counts: FloatArray, mean: FloatArray) -> bool:
    """Tell whether the likelihood rises as the dispersion leaves 0 (its slope there).

    References
    ----------
    C. B. Dean (1992), Testing for overdispersion in Poisson and binomial regression models, Journal
    of the American Statistical Association 87, 451-457.
    """
    return bool(((counts - mean) ** 2 - counts).sum() > 0)


def _quiet(model: Any, beta: FloatArray, **more: Any) -> Any:
    """Fit; None where it does not settle, instead of warnings."""
    with python_warnings.catch_warnings():
        for noise in NOISE:
            python_warnings.simplefilter("ignore", noise)
        try:
            near = model.fit(start_params=np.append(beta, 1.0), method="bfgs", maxiter=500, disp=0)
            # Newton's steps from there: BFGS alone stops at four digits.
            fit = model.fit(start_params=near.params, method="newton", maxiter=50, disp=0, **more)
        except np.linalg.LinAlgError:
            return None
    settled = fit.mle_retvals["converged"] and np.isfinite(fit.params).all()
    return fit if settled and np.isfinite(fit.cov_params()).all() else None


def _without(
    counts: FloatArray,
    design: FloatArray,
    exposure: FloatArray,
    kept: NDArray[np.bool_],
    fit: Any,
    dispersion: float,
) -> FloatArray | None:
    """Fit again without an account; None where an arm is left without an event."""
    if (counts[kept] @ design[kept] == 0).any():
        return None
    if not dispersion:
        again = GLM(
            counts[kept],
            design[kept],
            family=Poisson(),
            offset=np.log(exposure[kept]),
        ).fit()
        return np.asarray(again.params)
    model = NegativeBinomial(counts[kept], design[kept], exposure=exposure[kept])
    found = _quiet(model, fit.params[:-1])
    return None if found is None else np.asarray(found.params[:-1])
