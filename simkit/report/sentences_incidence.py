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
PERCENT = 100.0
DID = {
    "sale": "bought, cancelled or not,",
    "opt_out": "opted out",
    "bad_number": "had a dead number",
}


def incidence_axis(event: str) -> str:
    """Name the vertical axis."""
    return f"{label(event)}\nby then, share"


def arm_name(arm: str, control: str) -> str:
    """Name an arm in the legend."""
    return f"{arm} (control)" if arm == control != "control" else arm


def differences_note(alpha: float) -> str:
    """Say what stands in brackets beside an arm."""
    return (
        "In brackets: difference from the control in percentage points, with its "
        f"{(1 - alpha) * PERCENT:g} % interval, not corrected and no verdict."
    )


def incidence_title(rows: pd.DataFrame, segment: str, horizon_days: float) -> str:
    """Describe one end in one segment, a line an arm: its share, and its difference in points.

    It is no verdict: the intervals are each for itself, and the outcome that decides is another,
    such as net value.

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
    control = f"{known['control'].iloc[0]} {_share(known['incidence_control'].iloc[0])}"
    arms = [_arm(row) for row in known.itertuples(index=False)]
    silent = rows.loc[rows["estimate"].isna(), "arm"]
    arms += [f"{listed(silent)} cannot be compared"] if len(silent) else []
    return "\n".join([f"{head}:", control, *arms])


def _arm(row: Any) -> str:
    """Write an arm's share, and its difference from the control in points."""
    width = row.ci_high - row.ci_low
    size, low, high = (
        amount(value, row.unit, width, named=False)
        for value in (row.estimate, row.ci_low, row.ci_high)
    )
    between = f", {low} to {high}" if width == width else ""
    return f"{row.arm} {_share(row.incidence_arm)} ({size}{between})"


def _share(value: float) -> str:
    return f"{PERCENT * value:.1f} %"
