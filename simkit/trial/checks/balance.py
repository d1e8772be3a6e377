"""Whether the arms were alike before anything was done to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import linalg

from simkit.trial.checks.check import Check
from simkit.trial.read.data import TrialData

if TYPE_CHECKING:
    from numpy.typing import NDArray

BALANCE_ALPHA = 0.001
MAX_LEVELS = 20
UNITS_PER_COVARIATE = 10


def balance_checks(data: TrialData) -> list[Check]:
    """Test whether what was known at assignment tells the arms apart (it should not).

    In each segment and for each arm against its control: membership regressed on the covariates
    (numbers as they are, labels of at most 20 levels as dummies), and one F-test of them all with
    errors by the assigned unit.
    """
    if data.contacts is None or data.covariates is None:
        return []
    checks = []
    for segment, arms in data.arms.items():
        control = data.control[segment]
        for arm in arms:
            if arm == control:
                continue
            here = (data.contacts["segment"] == segment) & data.contacts["arm"].isin([arm, control])
            design = _design(data.covariates[here])
            if not design.shape[1]:
                continue
            rows = data.contacts[here]
            cluster = rows["cluster"].to_numpy()
            found = f"{arm} against {control}: {', '.join(map(str, data.covariates.columns))}"
            enough = len(np.unique(cluster)) >= UNITS_PER_COVARIATE * design.shape[1]
            p_value = _balance(design, rows["arm"] == arm, cluster) if enough else float("nan")
            fine = not p_value < BALANCE_ALPHA
            checks.append(
                Check(
                    "balance of covariates",
                    segment,
                    found,
                    p_value,
                    "ok" if fine else "warning",
                    ("too few units to test" if not enough else "alike at assignment")
                    if fine
                    else "arms differ in what was known at assignment: look for how that arose",
                )
            )
    return checks


def _design(covariates: pd.DataFrame) -> NDArray[np.float64]:
    columns: list[NDArray[np.float64]] = []
    for name in covariates:
        values = covariates[name]
        if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
            numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
            known = np.isfinite(numbers)
            mean = numbers[known].mean() if known.any() else 0.0
            columns += [np.where(known, numbers, mean), (~known).astype(np.float64)]
        elif not pd.api.types.is_datetime64_any_dtype(values):
            codes, levels = pd.factorize(values, use_na_sentinel=False)
            if len(levels) <= MAX_LEVELS:
                columns += [(codes == level).astype(np.float64) for level in range(1, len(levels))]
    varied = [column - column.mean() for column in columns if np.ptp(column) > 0]
    if not varied:
        return np.empty((len(covariates), 0))
    design = np.column_stack([column / column.std() for column in varied])
    _, triangle, order = linalg.qr(design, mode="economic", pivoting=True)
    size = np.abs(np.diag(triangle))
    return design[:, np.sort(order[size > 1e-8 * size[0]])]


def _balance(design: NDArray[np.float64], member: pd.Series, cluster: NDArray[np.int64]) -> float:
    _, codes = np.unique(cluster, return_inverse=True)
    fit = sm.OLS(member.to_numpy(dtype=np.float64), sm.add_constant(design)).fit(
        cov_type="cluster", cov_kwds={"groups": codes}, use_t=True
    )
    contrast = np.eye(design.shape[1] + 1)[1:]
    return float(fit.wald_test(contrast, use_f=True, scalar=True).pvalue)
