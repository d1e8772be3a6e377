"""Each arm against its control under a model: rows alike for all models, corrected by Holm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import stats

from simkit.trial.effects.difference import Difference, TDifference
from simkit.trial.effects.laws import satterthwaite
from simkit.trial.effects.multiplicity import holm

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

WHERE = "model"
NOT_KNOWN = float("nan")
COLUMNS = (
    *("outcome", "segment", "arm", "control", "estimate", "se", "ci_low", "ci_high"),
    *("p_value", "p_adjusted", "df", "n", "n_control", "clusters", "unit", "method", "reason"),
)


def t_difference(
    mean: FloatArray, cov: FloatArray, units: FloatArray, pair: tuple[int, int], method: str
) -> TDifference:
    """Compare two arms' figures by Student's t with Satterthwaite's degrees of freedom.

    As the comparison of means does it: (V_a + V_c)² ÷ (V_a²/(G_a − 1) + V_c²/(G_c − 1)), from each
    arm's own variance and number of units.

    Parameters
    ----------
    mean, cov
        The arms' figures (shares, logarithms of rates, …) and their covariance.
    units
        Units in each arm, above 1.
    pair
        Places of the arm and its control.
    method
        How ``cov`` was computed.
    """
    own = np.diag(cov)[list(pair)]
    a, c = pair
    variance = float(own.sum() - 2 * cov[a, c])
    estimate = float(mean[a] - mean[c])
    if not (variance > 0 and own.all()):
        doubt = "an arm shows no spread, so its error cannot be seen"
        return TDifference(estimate, NOT_KNOWN, NOT_KNOWN, method, doubt)
    df = satterthwaite(own, units[list(pair)] - 1)
    return TDifference(estimate, float(np.sqrt(variance)), df, method)


def filled(difference: Difference, alpha: float) -> dict[str, Any]:
    """Give the columns of a row that a difference fills."""
    found = {
        "estimate": difference.estimate,
        "se": difference.se,
        "df": difference.df,
        "method": difference.method,
        "reason": difference.doubt,
    }
    if difference.doubt:
        return found
    low, high = difference.interval(alpha)
    return found | {"ci_low": low, "ci_high": high, "p_value": difference.p_value}


def contrasts_table(
    rows: Sequence[Mapping[str, Any]],
    alpha: float,
    more: Sequence[str] = (),
    family: Sequence[str] = ("outcome",),
) -> pd.DataFrame:
    """Lay rows out in the columns that all models share, and correct each outcome's by Holm.

    Parameters
    ----------
    rows
        Column → value; what is missing is not known.
    alpha
        Error rate of a family: the arms and segments of one outcome.
    more
        The model's own columns, after the shared ones.
    family
        Columns whose values make a family.

    Returns
    -------
    pandas.DataFrame
        One row per outcome, segment and arm.
    """
    usual: dict[str, Any] = dict.fromkeys(("reason", "method", "unit"), "")
    usual |= dict.fromkeys(("n", "n_control", "clusters"), 0)
    empty: dict[str, Any] = dict.fromkeys((*COLUMNS, *more), NOT_KNOWN)
    complete = [empty | usual | dict(row) for row in rows]
    table = pd.DataFrame(complete, columns=[*COLUMNS, *more])
    for at in table.groupby(list(family), sort=False).indices.values():
        p_values = table["p_value"].to_numpy(dtype=np.float64)[at]
        told = at[~np.isnan(p_values)]
        adjusted, _ = holm(p_values[~np.isnan(p_values)], alpha)
        table.loc[told, "p_adjusted"] = adjusted
    return table


def quantile(df: float | FloatArray, alpha: float) -> FloatArray:
    """Give Student's two-sided quantile; the normal one where ``df`` is infinite."""
    return np.asarray(stats.t.isf(alpha / 2, df), dtype=np.float64)


def shown_html(
    sentence: str, table: pd.DataFrame, columns: Sequence[str], warnings: Sequence[str]
) -> str:
    """Show a result in a notebook: the sentence, the rows, and what a reader must know."""
    notes = "".join(f"<li>{escape(text)}</li>" for text in warnings)
    rows = table[list(columns)].to_html(index=False, float_format="{:.4g}".format)
    return f"<p><strong>{escape(sentence)}</strong></p>{rows}{f'<ul>{notes}</ul>' if notes else ''}"
