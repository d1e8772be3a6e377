"""Whether the arms were alike before anything was done to them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import linalg

from simkit.trial.checks.alike import units_alike
from simkit.trial.checks.check import ALPHA, NO_P_VALUE, Check, fine_by_chance
from simkit.trial.effects.covariates import columns_of, comparable, regressors, standardised
from simkit.trial.read.data import TrialData

if TYPE_CHECKING:
    from numpy.typing import NDArray

COUNTED_AFTER = (
    "arms differ in what the means are adjusted for, as chance hardly makes them: it may have been "
    "counted after the assignment, and adjusting for what arms bring about moves their effect"
)
BALANCE_COLUMNS = (
    *("segment", "arm", "control", "covariate"),
    *("mean", "mean_control", "difference"),
)


def balance_checks(data: TrialData, *, adjusted: bool = False) -> list[Check]:
    """Test whether what was known at assignment tells the arms apart (it should not).

    In each segment and for each arm against its control: means of the covariates
    (numbers as they are, labels of at most 20 levels as dummies), and one test of them all by the
    assigned unit (`simkit.trial.checks.alike`). A number is compared among those of whom it is
    known; who lacks it is counted by arm, and tested with all else. Where means are adjusted for
    the covariates, arms that differ in them fail: chance does not make them so, and adjusting for
    what the arms brought about takes a part of their effect away.

    Parameters
    ----------
    data
        The trial.
    adjusted
        Whether its means are adjusted.
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
            covariates = _compared(data.covariates[here])
            design = _design(covariates)
            if not design.shape[1]:
                continue
            rows = data.contacts[here]
            cluster = rows["cluster"].to_numpy()
            found = (
                f"{arm} against {control}: {', '.join(map(str, covariates.columns))}"
                f"{_missing_words(covariates, rows['arm'], (arm, control))}"
            )
            member = (rows["arm"] == arm).to_numpy(dtype=np.bool_)
            p_value, least = units_alike(design, member, np.unique(cluster, return_inverse=True)[1])
            enough = least < ALPHA
            p_value = p_value if enough else NO_P_VALUE
            fine = not p_value < ALPHA
            checks.append(
                Check(
                    "balance of covariates",
                    segment,
                    found,
                    p_value,
                    "ok" if fine else "fail" if adjusted else "warning",
                    (
                        fine_by_chance("alike at assignment", p_value)
                        if enough
                        else "too few units to test"
                    )
                    if fine
                    else COUNTED_AFTER
                    if adjusted
                    else "arms differ in what was known at assignment: their outcomes would differ "
                    "without any effect, too",
                    ""
                    if fine
                    else "look in the balance table for which covariate it is and how that arose "
                    "(lists made by hand, contacts moved or removed later); adjusting for it "
                    "mends only what was measured",
                )
            )
    return checks


def _compared(covariates: pd.DataFrame) -> pd.DataFrame:
    """Leave out what arms cannot be compared by: texts of many values, times, what nobody has."""
    known = covariates.loc[:, covariates.notna().any()]
    return known[[name for name in known if comparable(known[name])]]


def _design(covariates: pd.DataFrame) -> NDArray[np.float64]:
    """Give the regressors of a joint test, of which none may follow from the others."""
    design = regressors(covariates)
    if not design.shape[1]:
        return design
    _, triangle, order = linalg.qr(design, mode="economic", pivoting=True)
    size = np.abs(np.diag(triangle))
    return design[:, np.sort(order[size > 1e-8 * size[0]])]


def _missing_words(covariates: pd.DataFrame, arms: pd.Series, told: tuple[str, str]) -> str:
    """Say of how many contacts of each arm a covariate is not known; nothing where of all."""
    words = []
    for name in covariates:
        missing = covariates[name].isna()
        if missing.any():
            counts = [f"{int(missing[arms == arm].sum()):,} of {arm}" for arm in told]
            words.append(f"{name} is missing for {' and '.join(counts)}")
    return f" ({'; '.join(words)})" if words else ""


def balance_table(data: TrialData) -> pd.DataFrame:
    """Return how far each covariate of each arm lies from that of its control, standardised.

    A number is compared by its mean, a label of at most 20 levels by the share of each level, and
    what is missing by its share. Beyond about .1 standard deviations a difference is worth a look,
    however large or small the trial (Austin 2009).

    Parameters
    ----------
    data
        The trial.

    Returns
    -------
    pandas.DataFrame
        ``segment``, ``arm``, ``control``, ``covariate`` (``town = north`` for a level), ``mean``,
        ``mean_control``, ``difference`` (in standard deviations); empty without covariates.
    """
    rows: list[dict[str, object]] = []
    if data.contacts is None or data.covariates is None:
        return pd.DataFrame(rows, columns=list(BALANCE_COLUMNS))
    arms_of, segment_of = (data.contacts[name].to_numpy() for name in ("arm", "segment"))
    for segment, arms in data.arms.items():
        here = segment_of == segment
        columns = dict(_columns(data.covariates[here]))
        groups = {arm: arms_of[here] == arm for arm in arms}
        control = data.control[segment]
        for arm in arms:
            if arm == control:
                continue
            for name, values in columns.items():
                ours, theirs = (values[groups[one]] for one in (arm, control))
                ours, theirs = ours[np.isfinite(ours)], theirs[np.isfinite(theirs)]
                if not (len(ours) and len(theirs)):
                    continue  # known in one arm only, which its missing share shows
                rows.append(
                    {
                        "segment": segment,
                        "arm": arm,
                        "control": control,
                        "covariate": name,
                        "mean": float(ours.mean()),
                        "mean_control": float(theirs.mean()),
                        "difference": standardised(ours, theirs),
                    }
                )
    return pd.DataFrame(rows, columns=list(BALANCE_COLUMNS))


def _columns(covariates: pd.DataFrame) -> Iterator[tuple[str, NDArray[np.float64]]]:
    """Yield each covariate as numbers: itself, or one column of 0 and 1 for each level."""
    for name in covariates:
        if comparable(covariates[name]):
            for column in columns_of(covariates[name]):
                label = str(name) if column.level is None else f"{name} = {column.level}"
                yield label, column.values
