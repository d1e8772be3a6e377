"""Two doors for tables: one row per contact, or one row per arm with its totals."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simkit.errors import InputError, Problem
from simkit.trial.effects.means import MIN_UNITS
from simkit.trial.read.agents import groups_of, named_groups
from simkit.trial.read.calls_as_rows import Told, calls_told
from simkit.trial.read.columns import (
    NOT_KNOWN,
    TABLE,
    bad_rows,
    blank,
    missing_columns,
    missing_values,
    not_numbers,
    require_rows,
    whole_up_to,
)
from simkit.trial.read.data import (
    ALL,
    LEFT_OUT_COLUMNS,
    TrialData,
    arms_and_controls,
    as_names,
)
from simkit.trial.read.groups_as_rows import groups_told
from simkit.trial.read.names import AN_ID, IDS, NET_VALUE, WHERE
from simkit.trial.read.one_to_a_row import not_shown
from simkit.trial.read.only_reached import whom_it_may_leave_out
from simkit.trial.read.percents import as_share, percent_doubts, refused_rates
from simkit.trial.read.repeated import (
    ONE_ROW,
    copied_rows,
    repeated_ids,
    row_doubts,
    rows_of_calls,
)
from simkit.trial.read.selection import (
    NO_SHARE,
    is_no_share,
    refused_outcomes,
)
from simkit.trial.read.spelling import spelt_otherwise
from simkit.trial.read.totals import (
    IS_SUM,
    MAY_BE_SUM,
    TOTAL,
    lines_of_totals,
    refused_totals,
    size_remarks,
    totals_doubts,
)
from simkit.trial.read.worth import WORST_CASE, net_value, with_net_value

if TYPE_CHECKING:
    from numpy.typing import NDArray

ONE_EACH = (
    "must have the same value in several rows: each stands once, as in a column that tells "
    "contacts apart"
)

NO_SIZE = (
    "must be a column, with the contacts assigned to each arm: the table was read as totals, one "
    "row an arm; add it, or name the column that holds it (n, --n), or give one row a contact; "
    "there are: {}"
)


def is_counts(
    table: pd.DataFrame, arm: str, outcomes: Sequence[str], segment: str | None, n: str | None
) -> bool:
    """Tell whether a table holds the totals of each arm instead of one row per contact.

    So it is when ``n`` is named; when every arm (of every segment) stands in exactly one row, for
    one contact an arm is no trial; and when there is a column ``n``, every outcome is a whole
    number of at most ``n``, and some outcome is more than a yes.
    """
    if n is not None:
        return True
    keys = [arm] if segment is None else [segment, arm]
    if any(name not in table for name in keys):
        return False
    if segment is not None and len(table) and not table[segment].duplicated().any():
        raise InputError([Problem(WHERE, "segment", segment, ONE_EACH)])
    if len(table) and not table.duplicated(keys).any():
        return True
    if any(name not in table for name in ("n", *outcomes)):
        return False
    if not pd.api.types.is_numeric_dtype(table["n"]):
        return False
    whole = all(whole_up_to(table[name], table["n"]).all() for name in outcomes)
    return whole and any((table[name] > 1).any() for name in outcomes)


def from_counts(
    table: pd.DataFrame,
    *,
    arm: str,
    outcomes: Sequence[str],
    control: object,
    cluster: str | None,
    segment: str | None,
    n: str | None,
    horizon_days: float | None,
    worth_eur: Mapping[str, float] | None = None,
) -> TrialData:
    """Read a table with one row per arm: how many contacts, and how many had each event.

    Raises
    ------
    InputError
        With everything that is wrong.
    """
    size = "n" if n is None else n
    keys = [arm] if segment is None else [segment, arm]
    require_rows(table)
    unnamed = n is None and size not in table
    problems, there = missing_columns(table, (*keys, *outcomes, *(() if unnamed else (size,))))
    if unnamed:
        problems.append(Problem(TABLE, size, None, NO_SIZE.format(", ".join(map(str, table)))))
    if cluster is not None:
        rule = "must be None: totals by arm do not tell which contacts share an account"
        problems.append(Problem(WHERE, "cluster", cluster, rule))
    problems += missing_values(table, [name for name in keys if name in there])
    sizes = None
    if size in there:
        rule = "must be a whole number, 0 or more"
        wrong = bad_rows(table, size, ~whole_up_to(table[size], table[size]), rule)
        problems += wrong
        sizes = None if wrong else table[size].to_numpy(dtype=np.int64)
        for name in (name for name in outcomes if name in there):
            rule = f"must be a whole number between 0 and {size}{as_share(table[name])}"
            if is_no_share(name):
                rule += f"; {NO_SHARE}"
            problems += bad_rows(table, name, ~whole_up_to(table[name], table[size]), rule)
    if there.issuperset(keys):
        rule = "must stand in one row only"
        if n is None:
            rule += ": the table has a column n and reads as totals; where n is none, rename it"
        if segment is None:
            rule += "; where each segment has its arms, name their column (segment, --segment)"
        problems += bad_rows(table, arm, table.duplicated(keys, keep=False), rule)
    # Where sizes are not known, none is called too small.
    labels, arms, controls, more = _arms(
        table, arm, segment, there, control, MIN_UNITS if sizes is None else sizes
    )
    problems += more
    sums = [] if problems else list(lines_of_totals(table, labels, outcomes, size))
    said = pd.Series(False, range(len(table)))
    said[[at for at, name in sums if TOTAL.match(name)]] = True
    problems += bad_rows(table, arm, said, IS_SUM)
    if problems:
        raise InputError(problems)
    totals = pd.concat([labels, table[list(outcomes)].reset_index(drop=True)], axis=1)
    return TrialData(
        where=TABLE,
        arms=arms,
        control=controls,
        contacts=None,
        values=totals,
        outcomes=(*((NET_VALUE,) if worth_eur else ()), *outcomes),
        clustered=False,
        unit="contact",
        left_out=pd.DataFrame(columns=list(LEFT_OUT_COLUMNS)),
        horizon_days=horizon_days,
        refusals=with_net_value(
            {
                **refused_outcomes(table.iloc[:0], outcomes, labels["arm"].iloc[:0]),
                **refused_totals(table, outcomes, size),
            },
            worth_eur or {},
        ),
        worth_eur=dict(worth_eur or {}),
        warnings=(
            *((WORST_CASE,) if len(worth_eur or {}) > 1 else ()),
            *size_remarks(size),
        ),
        doubts=(
            *(MAY_BE_SUM.format(name) for _, name in sums),
            *totals_doubts(table, size),
        ),
    )


def from_table(
    table: pd.DataFrame,
    *,
    arm: str,
    outcomes: Sequence[str],
    control: object,
    cluster: str | None,
    segment: str | None,
    horizon_days: float | None,
    covariates: Sequence[str],
    worth_eur: Mapping[str, float] | None = None,
    second_cluster: str | None = None,
) -> TrialData:
    """Read a table with one row per contact, as assigned.

    Raises
    ------
    InputError
        With everything that is wrong.
    """
    named = [arm, *([] if segment is None else [segment]), *([] if cluster is None else [cluster])]
    grouped = () if second_cluster is None else (second_cluster,)
    require_rows(table)
    problems, there = missing_columns(table, (*named, *outcomes, *covariates, *grouped))
    problems += missing_values(table, [name for name in named if name in there])
    problems += [Problem(WHERE, "outcomes", name, AN_ID) for name in outcomes if name in IDS]
    for name in (name for name in outcomes if name in there):
        problems += not_numbers(table, name)
    known = {arm, segment, cluster, second_cluster, *outcomes}
    if cluster is not None and cluster in there:
        # Taken for a name, all who lack an account would share one.
        problems += bad_rows(table, cluster, blank(table[cluster]), NOT_KNOWN)
        problems += bad_rows(table, cluster, *spelt_otherwise(table[cluster]))
    if "contact_id" in table:
        problems += bad_rows(table, "contact_id", _twice(table["contact_id"]), ONE_ROW)
    else:
        problems += copied_rows(table, known, cluster)
    labels, arms, controls, more = _arms(table, arm, segment, there, control, 1)
    problems += more
    if problems:
        raise InputError(problems)
    labels = labels[["segment", "arm"]]
    codes = np.arange(len(table)) if cluster is None else pd.factorize(table[cluster])[0]
    clustered = cluster is not None and bool(pd.Series(codes).duplicated().any())
    contacts = labels.assign(cluster=codes, followed=True)
    if "attempts" in table and pd.api.types.is_numeric_dtype(table["attempts"]):
        contacts["dialled"] = (table["attempts"] > 0).to_numpy(dtype=np.bool_)
    values = table[list(outcomes)].reset_index(drop=True).astype(np.float64)
    if worth_eur:
        values.insert(0, NET_VALUE, net_value(values, worth_eur))
    missing = values.isna()
    left_out = [
        (f"{name} is missing", int(count)) for name, count in missing.sum().items() if count
    ]
    told = calls_told(table, (arm, segment))
    calls = told.refused or rows_of_calls(table, known, labels["arm"], cluster)
    ids = () if calls else repeated_ids(table, known, cluster)
    shown = told.apart or bool(calls or ids) or (cluster is not None and not clustered)
    unshown = "" if shown else not_shown(table, known)
    groups = groups_told(table, known, outcomes, covariates) if unshown else Told()
    rates = refused_rates(values[list(outcomes)])
    refused = rates | refused_outcomes(table.reset_index(drop=True), outcomes, labels["arm"])
    if calls or groups.refused:
        refused |= dict.fromkeys(outcomes, calls or groups.refused)
    return TrialData(
        where=TABLE,
        arms=arms,
        control=controls,
        contacts=contacts,
        values=values,
        outcomes=tuple(map(str, values.columns)),
        clustered=clustered,
        unit="contact" if not clustered else str(cluster),
        left_out=pd.DataFrame(left_out, columns=list(LEFT_OUT_COLUMNS)),
        horizon_days=horizon_days,
        covariates=table[list(covariates)].reset_index(drop=True) if covariates else None,
        exposure=_exposure(table, labels, arms),
        refusals=with_net_value(refused, worth_eur or {}),
        doubts=(
            *row_doubts(table, known, labels, cluster, ids=ids, calls=bool(calls)),
            *(() if calls else (*told.doubts, *groups.doubts)),
            # Of calls nothing tells whom a list of contacts leaves out.
            *(() if calls else whom_it_may_leave_out(table, (labels["arm"], labels["segment"]))),
            *percent_doubts(values, rates),
        ),
        unshown="" if groups.refused else unshown,
        worth_eur=dict(worth_eur or {}),
        second=None if second_cluster is None else groups_of(table[second_cluster]),
        second_name=named_groups(second_cluster, of_log=False),
    )


def _twice(ids: pd.Series) -> pd.Series:
    """Tell which ids stand several times, be it with other blanks around them."""
    if not pd.api.types.is_numeric_dtype(ids):
        ids = ids.map(lambda one: one.strip() if isinstance(one, str) else one)
    return ids.duplicated(keep=False)


def _arms(
    table: pd.DataFrame,
    arm: str,
    segment: str | None,
    there: Collection[str],
    control: object,
    n: int | NDArray[np.int64],
) -> tuple[pd.DataFrame, dict[str, tuple[str, ...]], dict[str, str], list[Problem]]:
    """Return labels with the contacts of each row, then arms, controls and their problems.

    Without its segments a table still shows that nobody was in the arm that is named as control.
    """
    known = segment is None or segment in there
    if arm not in there or (isinstance(control, Mapping) and not known):
        return pd.DataFrame(), {}, {}, []
    labels = _labels(table, arm, segment if known else None).assign(n=n)
    return labels, *arms_and_controls(TABLE, arm, labels.dropna(), control)


def _labels(table: pd.DataFrame, arm: str, segment: str | None) -> pd.DataFrame:
    names = {"segment": ALL if segment is None else as_names(table[segment]).to_numpy()}
    return pd.DataFrame({**names, "arm": as_names(table[arm]).to_numpy()})


def _exposure(
    table: pd.DataFrame, labels: pd.DataFrame, arms: Mapping[str, Sequence[str]]
) -> pd.DataFrame:
    by = labels.assign(contacts=1)
    if "attempts" in table and pd.api.types.is_numeric_dtype(table["attempts"]):
        by["dials"] = table["attempts"].to_numpy()
        by["contacts_dialled"] = (table["attempts"] > 0).to_numpy()
    keys = ["segment", "arm"]
    cells = [(segment, arm) for segment, names in arms.items() for arm in names]
    shown = by.groupby(keys).sum().loc[cells].rename_axis(keys).reset_index()
    if "dials" in shown:
        shown["dials_per_contact"] = shown["dials"] / shown["contacts"]
    return shown
