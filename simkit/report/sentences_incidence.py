"""What the figure of cumulative incidence says in words: titles, axes, names of arms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simkit.recommend.numbers import listed
from simkit.trial.sentences import amount, label

if TYPE_CHECKING:
    import pandas as pd

DAYS_AXIS = "days since assignment"
AT_RISK = "numbers: contacts still at risk"
ALL = "all"
DID = {"sale": "bought", "opt_out": "opted out", "bad_number": "had a dead number"}


def incidence_axis(event: str) -> str:
    """Name the vertical axis."""
    return f"{label(event)}\nby then, share"


def arm_name(arm: str, control: str) -> str:
    """Name an arm in the legend."""
    return f"{arm} (control)" if arm == control != "control" else arm


def incidence_title(rows: pd.DataFrame, segment: str, horizon_days: float) -> str:
    """Say what was found of one end in one segment: whose share differs from the control's.

    Every arm is named: also those that cannot be told from the control, or be compared at all.

    Parameters
    ----------
    rows
        The end's rows of the segment.
    segment, horizon_days
        Where, and by when.
    """
    event = str(rows["outcome"].iloc[0])
    head = f"{DID.get(event, label(event))} by day {horizon_days:g}"
    head = head if segment == ALL else f"{segment}: {head}"
    known = rows[rows["estimate"].notna()]
    if known.empty:
        return f"{head}: cannot be compared"
    apart = known[(known["ci_low"] > 0) | (known["ci_high"] < 0)]
    control = str(known["control"].iloc[0])
    silent = rows.loc[rows["estimate"].isna(), "arm"]
    rest = [f"{listed(silent)} cannot be compared"] if len(silent) else []
    if apart.empty:
        return "; ".join([f"{head}: no arm can be told from {control}", *rest])
    alike = known.loc[~known["arm"].isin(apart["arm"]), "arm"]
    if len(alike):
        rest.insert(0, f"{listed(alike)} cannot be told from it")
    sizes = " and ".join(_difference(row) for row in apart.itertuples(index=False))
    return "; ".join([f"{head}: {sizes} against {control}", *rest])


def _difference(row: Any) -> str:
    size = amount(row.estimate, row.unit, row.ci_high - row.ci_low, named=False)
    return f"{row.arm} {size} points"
