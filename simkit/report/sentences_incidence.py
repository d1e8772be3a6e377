"""What the figure of cumulative incidence says in words: titles, axes, names of arms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simkit.recommend.numbers import listed
from simkit.report.sentences import difference_span, difference_text, digits_of
from simkit.trial.sentences import label

if TYPE_CHECKING:
    import pandas as pd

DAYS_AXIS = "days since assignment"
AT_RISK = "numbers: contacts still at risk"
ALL = "all"
NOT_CHECKED = "No check of the trial stands behind this picture."
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


def differences_note(alpha: float, *, checked: bool) -> str:
    """Say what stands in brackets beside an arm.

    Parameters
    ----------
    alpha
        One minus the level of the intervals.
    checked
        Whether it is known what the trial's checks say.
    """
    note = (
        "In brackets: difference from the control in percentage points, taken before rounding, "
        f"with its {(1 - alpha) * PERCENT:g} % interval, not corrected and no verdict."
    )
    return note if checked else f"{note} {NOT_CHECKED}"


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
    # Shares as fine as their differences, so that who subtracts them finds what is written.
    digits = digits_of(known["ci_high"] - known["ci_low"], str(known["unit"].iloc[0]))
    control = f"{known['control'].iloc[0]} {_share(known['incidence_control'].iloc[0], digits)}"
    arms = [_arm(row, digits) for row in known.itertuples(index=False)]
    silent = rows.loc[rows["estimate"].isna(), "arm"]
    arms += [f"{listed(silent)} cannot be compared"] if len(silent) else []
    return "\n".join([f"{head}:", control, *arms])


def _arm(row: Any, digits: int) -> str:
    """Write an arm's share, and its difference from the control in points."""
    size = difference_text(row.estimate, row.unit, digits)
    known = row.ci_low == row.ci_low
    between = difference_span(row.ci_low, row.ci_high, row.unit, digits) if known else ""
    told = f"{size}, {between}" if between else size
    return f"{row.arm} {_share(row.incidence_arm, digits)} ({told})"


def _share(value: float, digits: int) -> str:
    return f"{PERCENT * value:.{digits}f} %"
