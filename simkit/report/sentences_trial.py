"""Words of the report on a field trial: what was registered, found, and doubted."""

from __future__ import annotations

from simkit.report.sentences import SHARE, measure_name

OUTCOME_COLUMNS = (
    "outcome [unit]",
    "arm",
    "difference (95 % interval)",
    "interval that decides",
    "role",
    "verdict",
    "reason",
)
OUTCOME_NOTE = (
    "The interval that decides is corrected for the number of comparisons (Holm); a guardrail's "
    "are its one-sided bounds."
)


def against(arm: str, control: str) -> str:
    """Name an arm and its control in a cell."""
    return f"{arm} against {control}"


def outcomes_caption(segment: str, horizon_days: float | None) -> str:
    """Name the table of a trial's outcomes."""
    when = f" at {horizon_days:g} days" if horizon_days else ""
    return f"{segment}: every outcome of the field trial{when}"


def outcome_text(outcome: str, unit: str) -> str:
    """Name an outcome with the unit of its differences."""
    return f"{measure_name(outcome)} [{'percentage points' if unit == SHARE else unit}]"
