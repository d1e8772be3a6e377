"""How far arms differ in what was known before they were assigned, in words."""

from __future__ import annotations

import math

import pandas as pd

from simkit.trial.checks.check import ALPHA, UNUSUAL

#: Standard deviations beyond which a difference is named: what is usually called small
#: (Austin 2009, see `simkit.trial.effects.covariates.standardised`).
NAMED = 0.1
BALANCE = "balance of covariates"
KNOWN = "In what was known before"


def said_of_balance(checks: pd.DataFrame, covariates: pd.DataFrame) -> str:
    """Say whether arms differ more than by chance in what was known before, and where most.

    Parameters
    ----------
    checks, covariates
        As `simkit.trial.assign.Assignment` holds them, none of the checks failed.

    Returns
    -------
    str
        A sentence; empty where nothing was known before, or is worth a word.
    """
    p_value = checks["p_value"][checks["check"].eq(BALANCE)].min()
    largest = _largest(covariates)
    if pd.isna(p_value):  # of so few that no test can tell
        return f"{KNOWN}, arms differ most in {largest}." if largest else ""
    told = "no more than chance makes them"
    if p_value < UNUSUAL:
        told = (
            f"more than chance usually makes them (p = {p_value:.2g}: where nothing is wrong 1 "
            f"test in 20 finds as much), and less than the check objects to (p below {ALPHA:g})"
        )
    return f"{KNOWN}, arms differ {told}{f'; most in {largest}' if largest else ''}."


def _largest(covariates: pd.DataFrame) -> str:
    """Name the largest difference, with both arms' figures; empty where none is large."""
    size = covariates["standardised"].abs()
    if not (size > NAMED).any():
        return ""
    row = covariates.iloc[int(size.argmax())]
    share = ": " in row["covariate"]
    ours, theirs = (_figure(row[name], share=share) for name in ("mean", "mean_control"))
    name = str(row["covariate"]).replace(": ", " ")
    where = f" ({row['segment']})" if len(set(covariates["segment"])) > 1 else ""
    return (
        f"{name}, {ours} in {row['arm']} against {theirs} in {row['control']}{where}: consider it "
        "as a stratum or a covariate of the design"
    )


def _figure(mean: float, *, share: bool) -> str:
    """Write a mean, or the share of a label; of a number with the digits that it needs."""
    if share:
        return f"{100 * mean:.0f} %"
    digits = 0 if not mean else max(2 - math.floor(math.log10(abs(mean))), 0)
    return f"{mean:,.{min(digits, 6)}f}"
