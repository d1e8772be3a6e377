"""Whether chance has made the arms alike: sizes by stratum, covariates, one test of them all."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

from simkit.trial.checks.assignment import assignment_checks
from simkit.trial.checks.balance import balance_checks
from simkit.trial.checks.check import checks_table
from simkit.trial.checks.people import people_checks
from simkit.trial.design import TrialDesign
from simkit.trial.effects.covariates import columns_of, comparable, standardised
from simkit.trial.read.data import ALL, LEFT_OUT_COLUMNS, TrialData

if TYPE_CHECKING:
    from numpy.typing import NDArray

BALANCE_COLUMNS = ("segment", "stratum", "arm", "contacts", "units", "share", "expected", "p_value")
COVARIATE_COLUMNS = (
    *("segment", "arm", "control", "covariate"),
    *("mean", "mean_control", "standardised", "p_value"),
)


def balance_table(table: pd.DataFrame, design: TrialDesign) -> pd.DataFrame:
    """Count contacts and units of each arm, by segment and stratum, of those on the list.

    Parameters
    ----------
    table
        The assignment.
    design
        The trial.
    """
    here = table[table["on_list"]]
    unit = design.unit_column
    rows = []
    for key, cell in here.groupby(["segment", *design.strata], sort=True):
        segment, *stratum = map(str, key)
        parts = design.parts(segment)
        contacts = cell["arm"].value_counts()
        units = cell.drop_duplicates(unit)["arm"].value_counts()
        seen = np.array([int(units.get(arm, 0)) for arm in parts], dtype=np.float64)
        expected = np.array(list(parts.values()))
        p_value = float(stats.chisquare(seen, seen.sum() * expected).pvalue)
        words = " / ".join(stratum) or ALL
        rows += [
            (
                *(segment, words, arm, int(contacts.get(arm, 0)), int(count)),
                *(count / seen.sum(), part, p_value),
            )
            for arm, part, count in zip(parts, expected, seen, strict=True)
        ]
    return pd.DataFrame(rows, columns=list(BALANCE_COLUMNS))


def covariates_table(
    table: pd.DataFrame, covariates: pd.DataFrame, design: TrialDesign
) -> pd.DataFrame:
    """Compare what was known before between each arm and its control.

    Parameters
    ----------
    table, covariates
        Contacts on the list with their arms, and their further columns, in the same rows.
    design
        The trial.
    """
    numbers = as_numbers(covariates)
    rows = []
    for segment, control in design.control.items():
        inside = (table["segment"] == segment).to_numpy()
        is_control = inside & (table["arm"] == control).to_numpy()
        for arm in design.arms[segment]:
            is_arm = inside & (table["arm"] == arm).to_numpy()
            if arm == control or is_arm.sum() < 2 or is_control.sum() < 2:
                continue
            a, c = numbers[is_arm], numbers[is_control]
            pair = is_arm | is_control
            joint = checks_table(
                balance_checks(
                    _data(table[pair], covariates[pair], design, {segment: (arm, control)})
                )
            )["p_value"]
            p_value = float(joint.iloc[0]) if len(joint) else np.nan
            rows += [
                (
                    *(segment, arm, control, name, a[name].mean(), c[name].mean()),
                    *(standardised(_known(a[name]), _known(c[name])), p_value),
                )
                for name in numbers
            ]
    return pd.DataFrame(rows, columns=list(COVARIATE_COLUMNS))


def _known(values: pd.Series) -> NDArray[np.float64]:
    return values.dropna().to_numpy(dtype=np.float64)


def checks_of(
    table: pd.DataFrame, covariates: pd.DataFrame, design: TrialDesign, further: pd.DataFrame
) -> pd.DataFrame:
    """Run the checks that the evaluation will run, before the first call.

    Parameters
    ----------
    table, covariates
        Contacts on the list with their arms, and what was known of them, in the same rows.
    design
        The trial.
    further
        All further columns of the list, in the same rows, also those that tell persons apart.
    """
    there = set(table["segment"])
    arms = {name: tuple(own) for name, own in design.arms.items() if name in there}
    data = _data(table, covariates, design, arms)
    return checks_table(
        [
            *assignment_checks(data, design.shares or None),
            *people_checks(data, further, table["account_id"], None, called=False),
            *balance_checks(data),
        ]
    )


def _data(
    table: pd.DataFrame,
    covariates: pd.DataFrame,
    design: TrialDesign,
    arms: dict[str, tuple[str, ...]],
) -> TrialData:
    """Return the assigned contacts as the checks of a trial take them."""
    clustered = design.unit == "account" and bool(table["account_id"].duplicated().any())
    unit = design.unit_column
    contacts = pd.DataFrame(
        {
            "segment": table["segment"].to_numpy(),
            "arm": table["arm"].to_numpy(),
            "cluster": pd.factorize(table[unit])[0],
            "followed": True,
        }
    )
    return TrialData(
        where="assignment",
        arms=arms,
        control=design.control,
        contacts=contacts,
        values=pd.DataFrame(index=contacts.index),
        outcomes=(),
        clustered=clustered,
        unit=unit if clustered else "contact",
        left_out=pd.DataFrame(columns=list(LEFT_OUT_COLUMNS)),
        covariates=covariates.reset_index(drop=True) if len(covariates.columns) else None,
    )


def as_numbers(covariates: pd.DataFrame) -> pd.DataFrame:
    """Return covariates as numbers: each label of at most 20 as a share.

    Times are left out, and columns without a value.

    Made for whoever looks through a list before the first call: a yes/no is one number, levels
    stand in their order, and what is missing has no row. The balance of a trial
    (`simkit.trial.checks.balance`) shows both answers, and what is missing, since who lacks a value
    may tell arms apart.
    """
    columns: dict[str, NDArray[np.float64]] = {}
    for name in covariates:
        values = covariates[name]
        if pd.api.types.is_bool_dtype(values):
            values = values.astype(np.float64)
        if comparable(values):
            known = [
                column
                for column in columns_of(values)
                if not column.missing and np.isfinite(column.values).any()
            ]
            columns |= {
                str(name) if level is None else f"{name}: {level}": numbers
                for level, numbers, _ in sorted(known, key=attrgetter("level"))
            }
    return pd.DataFrame(columns, index=covariates.index, dtype=np.float64)
