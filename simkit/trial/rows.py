"""A row of an evaluation: one arm against its control on one outcome."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from simkit.measures.registry import Better

NOT_KNOWN = float("nan")
SHOWN_AT = "shown at the look of"
Role = Literal["primary", "secondary", "guardrail", "exploratory"]


@dataclass
class Row:
    """One arm against its control on one outcome, in the order of the table's columns."""

    outcome: str
    arm: str
    control: str
    estimate: float = NOT_KNOWN
    se: float = NOT_KNOWN
    ci_low: float = NOT_KNOWN
    ci_high: float = NOT_KNOWN
    p_value: float = NOT_KNOWN
    p_adjusted: float = NOT_KNOWN
    n: int = 0
    verdict: str = "refused"
    segment: str = ""
    role: Role = "secondary"
    unit: str = ""
    mean_arm: float = NOT_KNOWN
    mean_control: float = NOT_KNOWN
    n_control: int = 0
    clusters: int = 0
    ci_low_adjusted: float = NOT_KNOWN
    ci_high_adjusted: float = NOT_KNOWN
    margin: float = NOT_KNOWN
    reason: str = ""
    df: float = NOT_KNOWN
    method: str = ""
    shrunk: float = NOT_KNOWN
    shrunk_low: float = NOT_KNOWN
    shrunk_high: float = NOT_KNOWN
    better: Better = "higher"
    corrected_for: str = ""
    median_unbiased: float = NOT_KNOWN
    final_low: float = NOT_KNOWN
    final_high: float = NOT_KNOWN
    rare: str = ""
    unseen: str = ""
    missed: str = ""
    unseen_in_control: bool = False
    few: str = ""


def too_small(row: Any) -> bool:
    """Tell whether a row's adjusted interval lies within ± its margin; False without a margin."""
    return lies_within(row.ci_low_adjusted, row.ci_high_adjusted, row.margin)


def on_few(row: Any) -> bool:
    """Tell whether a row's verdict rests on so few contacts or accounts that it decides nothing."""
    return bool(row.few) and row.verdict in ("better", "worse")


def turned(row: Any) -> bool:
    """Tell whether an arm that an earlier look showed to be better is worse by now."""
    good = -row.estimate if row.better == "lower" else row.estimate
    return bool(row.verdict == "better" and good <= 0)


def claimed_on(row: Any) -> str:
    """Return the day of the look on which alone a verdict rests; empty where it is shown anew."""
    if not row.reason.startswith(SHOWN_AT):
        return ""
    day: str = row.reason.removeprefix(SHOWN_AT).strip().partition(",")[0]
    return day


def lies_within(low: float, high: float, margin: float) -> bool:
    """Tell whether an interval lies within ± a margin; False where one of them is not known."""
    return bool(-margin < low and high < margin)
