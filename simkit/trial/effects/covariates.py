"""What was known of contacts before a trial, written as columns of numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

#: Different values of a label, above which it is taken for an id or a text (assumed).
MAX_LEVELS = 20
MISSING = "missing"


class Column(NamedTuple):
    """A covariate, or one level of it.

    Parameters
    ----------
    level
        Of a label; None for a number itself.
    values
        One a contact: the number (NaN where it is not known), or 1 at that level and else 0.
    missing
        Whether the level is that nothing is known.
    """

    level: str | None
    values: FloatArray
    missing: bool = False


def is_numeric(values: pd.Series) -> bool:
    """Tell whether a covariate enters as a number; else as a label."""
    return pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)


def comparable(values: pd.Series) -> bool:
    """Tell whether arms can be compared by a covariate: no time, no label of too many values."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return False
    return is_numeric(values) or values.nunique() <= MAX_LEVELS


def why_unfit(values: pd.Series) -> str:
    """Say why a covariate can be neither a number nor a label; empty where it can."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return "must be a number or a label: turn a time into days before the assignment"
    if is_numeric(values) and np.isinf(values.to_numpy(dtype=np.float64, na_value=np.nan)).any():
        return "must be finite, or missing"
    return ""


def columns_of(values: pd.Series) -> Iterator[Column]:
    """Write a covariate as columns: a number itself, or each level; apart, where it is missing.

    Parameters
    ----------
    values
        One a contact. A number that is not finite is missing.
    """
    if is_numeric(values):
        numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
        known = np.isfinite(numbers)
        yield Column(None, np.where(known, numbers, np.nan))
        if not known.all():
            yield Column(MISSING, (~known).astype(np.float64), missing=True)
        return
    codes, levels = pd.factorize(values, use_na_sentinel=False)
    for code, level in enumerate(levels):
        unknown = bool(pd.isna(level))
        here = (codes == code).astype(np.float64)
        yield Column(MISSING if unknown else str(level), here, unknown)


def regressors(covariates: pd.DataFrame) -> FloatArray:
    """Write covariates as regressors: each column with mean 0 and variance 1.

    A missing number becomes the mean, with a column that marks it. Of a label the commonest level
    is what the others are held against. Columns that do not vary are left out; those that follow
    from others are not, since what to do about them is the regression's own affair.

    Parameters
    ----------
    covariates
        One row a contact.

    Returns
    -------
    numpy.ndarray
        Contacts × columns.
    """
    columns = [column for name in covariates for column in _told_apart(covariates[name])]
    varied = [column - column.mean() for column in columns if np.ptp(column) > 0]
    if not varied:
        return np.empty((len(covariates), 0))
    return np.column_stack([column / column.std() for column in varied])


def _told_apart(values: pd.Series) -> Iterator[FloatArray]:
    columns = [column.values for column in columns_of(values)]
    if is_numeric(values):
        numbers, *marks = columns
        known = np.isfinite(numbers)
        yield np.where(known, numbers, numbers[known].mean() if known.any() else 0.0)
        yield from marks
    elif columns:
        usual = int(np.argmax([column.sum() for column in columns]))
        yield from (column for place, column in enumerate(columns) if place != usual)


def standardised(ours: FloatArray, theirs: FloatArray) -> float:
    """Give how far an arm's mean lies from its control's, in standard deviations within the arms.

    Parameters
    ----------
    ours, theirs
        What is known of the arm's contacts and of its control's.

    Returns
    -------
    float
        ∞ where neither varies and yet they differ; NaN where nothing is known of one of them.

    References
    ----------
    P. C. Austin (2009), Balance diagnostics for comparing the distribution of baseline covariates
    between treatment groups in propensity-score matched samples, Statistics in Medicine 28,
    3083-3107.
    """
    if not (len(ours) and len(theirs)):
        return float("nan")
    apart = float(ours.mean() - theirs.mean())
    spread = float(np.sqrt((ours.var() + theirs.var()) / 2))
    if spread > 0:
        return apart / spread
    return math.copysign(math.inf, apart) if apart else 0.0
