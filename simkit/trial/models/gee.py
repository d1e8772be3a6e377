"""Generalised estimating equations: contacts of an account are alike, and the model says how much.

The comparison of means leaves the likeness to its errors. Here it also weighs the contacts: those
of a large, homogeneous account count for less. That may be a little sharper, and answers a slightly
different question where effects differ with the size of the account.
"""

from __future__ import annotations

import warnings as python_warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from statsmodels.genmod.cov_struct import Exchangeable, Independence
from statsmodels.genmod.families import Binomial, Gaussian, Poisson
from statsmodels.genmod.generalized_estimating_equations import GEE
from statsmodels.tools.sm_exceptions import ConvergenceWarning, IterationLimitWarning

from simkit.errors import Problem
from simkit.measures.registry import SHARE
from simkit.result import Result
from simkit.trial.effects.difference import TDifference
from simkit.trial.models.cells import (
    Cells,
    cells_of,
    covariates_of,
    refuse_unreadable,
    require_contacts,
)
from simkit.trial.models.contrasts import (
    NOT_KNOWN,
    WHERE,
    contrasts_table,
    filled,
    shown_html,
    t_difference,
)
from simkit.trial.read.data import ALL, TrialData
from simkit.trial.sentences import PERCENT, amount, label, place_words, span

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

Link = Literal["identity", "logit", "log"]
FAMILIES: Mapping[Link, Any] = MappingProxyType(
    {
        "identity": Gaussian,
        "logit": Binomial,
        "log": Poisson,
    }
)
OWN_COLUMNS = (
    *("mean_arm", "mean_control", "coefficient", "coefficient_se", "coefficient_low"),
    *("coefficient_high", "coefficient_p", "link", "correlation"),
)
#: In an arm, below which the correlation within accounts is hardly known (assumed).
FEW_ACCOUNTS = 10
#: An overflow is a fit on its way to infinity.
UNSETTLED = (ConvergenceWarning, IterationLimitWarning, RuntimeWarning)


@dataclass(frozen=True, eq=False, repr=False)
class GeeEffects(Result):
    """The arms' marginal differences under estimating equations.

    Parameters
    ----------
    table
        One row per segment and arm: the columns that all models share (``estimate`` is the
        difference of the arms' means over all contacts of the segment, to stand beside the main
        estimate), then ``mean_arm``, ``mean_control``; ``coefficient`` with ``coefficient_se``,
        ``coefficient_low``, ``coefficient_high`` and ``coefficient_p`` on the scale of the ``link``
        (logit: the log odds ratio; log: the log ratio of means); ``correlation`` (the likeness of
        two contacts of an account; NaN where it did not settle and contacts are weighed alike).
    outcome, link, alpha
        What was asked.
    warnings
        What a reader must know.
    """

    table: pd.DataFrame
    outcome: str
    link: Link
    alpha: float
    warnings: tuple[str, ...]

    def sentence(self) -> str:
        """Say each row."""
        rows = self.table.itertuples(index=False)
        return " ".join(_row_sentence(row, self.alpha) for row in rows)

    def _repr_html_(self) -> str:
        columns = (
            *("segment", "outcome", "arm", "control", "mean_arm", "mean_control", "estimate"),
            *("ci_low", "ci_high", "p_adjusted", "coefficient", "correlation", "n", "reason"),
        )
        return shown_html(self.sentence(), self.table, columns, self.warnings)


def gee(
    trial: TrialData,
    outcome: str,
    *,
    link: Link | None = None,
    covariates: Sequence[str] = (),
    bias_reduced: bool = True,
    alpha: float = 0.05,
) -> GeeEffects:
    """Fit estimating equations with exchangeable correlation within accounts (statsmodels).

    Arms are compared twice: by the model's coefficient, and by the difference of the arms' means
    over all contacts of the segment, each contact once as if in the arm and once as if in its
    control (standardisation, with errors by the delta method). The second has the main estimate's
    unit and stands beside it.

    **Errors** are the sandwich by account with Mancl and DeRouen's correction, which holds with few
    accounts, and Student's t with Satterthwaite's degrees of freedom as in `evaluate`.

    Parameters
    ----------
    trial
        Contacts as assigned: see `simkit.trial.models.read_trial`.
    outcome
        One of its outcomes.
    link
        ``"logit"`` for yes/no, ``"log"`` for counts, ``"identity"`` for money; None: logit for an
        outcome of 0 and 1, else identity.
    covariates
        Of the trial's covariates, those to adjust for.
    bias_reduced
        Whether errors are corrected for few accounts; else they are the plain sandwich.
    alpha
        One minus the level of the intervals.

    Returns
    -------
    GeeEffects
        A row per segment and arm.

    Raises
    ------
    InputError
        With everything that is wrong.

    References
    ----------
    K.-Y. Liang, S. L. Zeger (1986), Longitudinal data analysis using generalized linear models,
    Biometrika 73, 13-22.
    L. A. Mancl, T. A. DeRouen (2001), A covariance estimator for GEE with improved small-sample
    properties, Biometrics 57, 126-134.
    """
    require_contacts(trial)
    chosen = link or _usual_link(trial, outcome)
    refuse_unreadable(
        trial,
        outcome,
        alpha,
        covariates=covariates,
        problems=_check_link(trial, outcome, chosen),
    )
    rows: list[dict[str, Any]] = []
    told: list[str] = []
    for segment in trial.segments:
        more, warned = _segment(trial, outcome, segment, chosen, covariates, bias_reduced, alpha)
        rows += more
        told += warned
    table = contrasts_table(rows, alpha, OWN_COLUMNS)
    return GeeEffects(table, outcome, chosen, alpha, tuple(dict.fromkeys(told)))


def _usual_link(trial: TrialData, outcome: str) -> Link:
    if trial.contacts is None or outcome not in trial.values:
        return "identity"
    return "logit" if trial.values[outcome].dropna().isin((0.0, 1.0)).all() else "identity"


def _check_link(trial: TrialData, outcome: str, link: str) -> list[Problem]:
    if link not in FAMILIES:
        rule = f"must be one of {', '.join(FAMILIES)}"
        return [Problem(WHERE, "link", link, rule)]
    if trial.contacts is None or outcome not in trial.values:
        return []
    values = trial.values[outcome].dropna()
    if link == "logit" and not values.between(0, 1).all():
        return [Problem(WHERE, "link", link, f"must not be logit: {outcome} goes beyond 0 and 1")]
    if link == "log" and (values < 0).any():
        return [Problem(WHERE, "link", link, f"must not be log: {outcome} falls below 0")]
    return []


def _segment(
    trial: TrialData,
    outcome: str,
    segment: str,
    link: Link,
    covariates: Sequence[str],
    bias_reduced: bool,
    alpha: float,
) -> tuple[list[dict[str, Any]], list[str]]:
    cells = cells_of(trial, outcome, segment)
    control = trial.control[segment]
    fit, why = None, trial.refusals.get(outcome, "")
    if not why:
        fit, why = _fitted(cells, covariates_of(trial, covariates, cells.rows), link, bias_reduced)
    rows = []
    for arm in trial.arms[segment]:
        if arm == control:
            continue
        row: dict[str, Any] = {
            "outcome": outcome,
            "segment": segment,
            "arm": arm,
            "control": control,
            "link": link,
            "unit": _unit(outcome, cells),
        }
        rows.append(row)
        too_few = cells.why_not(arm, control)
        if too_few or fit is None:
            row["reason"] = too_few or why
            continue
        pair = (cells.arms.index(arm), cells.arms.index(control))
        row |= cells.numbers(pair)
        row |= {"mean_arm": fit.mean[pair[0]], "mean_control": fit.mean[pair[1]]}
        row |= filled(fit.difference(pair, cells), alpha)
        row |= fit.coefficient(pair, cells, alpha)
    few = [
        f"{'' if segment == ALL else f'{segment}: '}{arm} has {units} accounts: with fewer than "
        f"{FEW_ACCOUNTS} the correlation is hardly known, and the comparison of means is safer"
        for arm, units in zip(cells.arms, cells.units.tolist(), strict=True)
        if cells.clustered and units < FEW_ACCOUNTS
    ]
    return rows, few


@dataclass(frozen=True, eq=False)
class _Fit:
    """A fit with a coefficient an arm; means over all contacts with their covariance."""

    beta: FloatArray
    beta_cov: FloatArray
    mean: FloatArray
    mean_cov: FloatArray
    correlation: float
    method: str

    def difference(self, pair: tuple[int, int], cells: Cells) -> TDifference:
        units = cells.units.astype(np.float64)
        return t_difference(self.mean, self.mean_cov, units, pair, self.method)

    def coefficient(self, pair: tuple[int, int], cells: Cells, alpha: float) -> dict[str, float]:
        units = cells.units.astype(np.float64)
        found = t_difference(self.beta, self.beta_cov, units, pair, self.method)
        low, high = found.interval(alpha)
        return {
            "coefficient": found.estimate,
            "coefficient_se": found.se,
            "coefficient_low": low,
            "coefficient_high": high,
            "coefficient_p": found.p_value,
            "correlation": self.correlation,
        }


def _fitted(
    cells: Cells, covariates: FloatArray, link: Link, bias_reduced: bool
) -> tuple[_Fit | None, str]:
    for at, arm in enumerate(cells.arms):
        values = cells.values[cells.arm == at]
        if link != "identity" and np.ptp(values) == 0 and values[0] in (0.0, 1.0):
            return None, f"every contact of {arm} has the value {values[0]:g}: no {link} fits that"
    if len(cells.arms) < len(("arm", "control")) or np.ptp(cells.values) == 0:
        return None, "the outcome does not vary: there is nothing to tell from"
    design = np.hstack([cells.dummies, covariates])
    shape = "exchangeable" if cells.clustered else "independent"
    kind = "bias_reduced" if bias_reduced else "robust"
    fit = _settled(cells, design, link, shape, kind)
    if fit is None and cells.clustered:
        # The correlation of few accounts may go back and forth for ever; without it the accounts'
        # contacts are weighed alike, and the errors by account hold as before.
        shape = "independent, for the correlation did not settle"
        fit = _settled(cells, design, link, shape, kind)
    if fit is None:
        return None, "the fit did not settle"
    cov = np.asarray(fit.cov_params(), dtype=np.float64)
    beta = np.asarray(fit.params, dtype=np.float64)
    arms = len(cells.arms)
    means, gradient = np.empty(arms), np.empty((arms, len(beta)))
    for at in range(arms):
        as_if = np.hstack([np.zeros((len(design), arms)), covariates])
        as_if[:, at] = 1.0
        linear = as_if @ beta
        means[at] = fit.model.family.link.inverse(linear).mean()
        slope = fit.model.family.link.inverse_deriv(linear)
        gradient[at] = (slope[:, None] * as_if).mean(axis=0)
    errors = "Mancl-DeRouen" if bias_reduced else "sandwich"
    return (
        _Fit(
            beta[:arms],
            cov[:arms, :arms],
            means,
            gradient @ cov @ gradient.T,
            _correlation(fit, cells),
            f"GEE, {shape}, {errors} by account, t with Satterthwaite's degrees of freedom",
        ),
        "",
    )


def _settled(cells: Cells, design: FloatArray, link: Link, shape: str, kind: str) -> Any:
    """Fit with one working correlation; None where it does not settle."""
    structure = Exchangeable() if shape == "exchangeable" else Independence()
    model = GEE(
        cells.values, design, groups=cells.account, family=FAMILIES[link](), cov_struct=structure
    )
    with python_warnings.catch_warnings():
        for unsettled in UNSETTLED:
            python_warnings.simplefilter("error", unsettled)
        try:
            return model.fit(cov_type=kind, maxiter=100)
        except (*UNSETTLED, np.linalg.LinAlgError):
            return None


def _correlation(fit: Any, cells: Cells) -> float:
    if not cells.clustered:
        return 0.0
    found = fit.model.cov_struct.dep_params
    return NOT_KNOWN if found is None else float(found)


def _unit(outcome: str, cells: Cells) -> str:
    if np.isin(cells.values, (0.0, 1.0)).all():
        return SHARE
    return "EUR per contact" if outcome.endswith("_eur") else "per contact"


def _row_sentence(row: Any, alpha: float) -> str:
    head = f"{place_words(row.segment)}{row.arm} against {row.control}: {label(row.outcome)}"
    if np.isnan(row.estimate) or np.isnan(row.ci_low):
        return f"{head}: {row.reason}."
    width = row.ci_high - row.ci_low
    text = f"{head} {amount(row.estimate, row.unit, width)}"
    text += f" ({(1 - alpha) * PERCENT:g} % interval {span(row.ci_low, row.ci_high, row.unit)})"
    if row.link == "logit":
        odds = np.exp([row.coefficient, row.coefficient_low, row.coefficient_high])
        text += f"; odds {odds[0]:.2f} times ({odds[1]:.2f} to {odds[2]:.2f})"
    if row.link == "log":
        times = np.exp([row.coefficient, row.coefficient_low, row.coefficient_high])
        text += f"; {times[0]:.2f} times ({times[1]:.2f} to {times[2]:.2f})"
    if row.clusters and not np.isnan(row.correlation):
        text += f"; correlation within accounts {row.correlation:.2f}"
    return f"{text}."
