"""Words of the forest plot: the arms of a trial against their control, and the guardrails."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from simkit.measures.registry import SHARE
from simkit.recommend.numbers import listed
from simkit.report.sentences import (
    difference_span,
    difference_text,
    measure_name,
    short_interval,
)
from simkit.trial.headline import IF_CHECKS_HAD_PASSED

if TYPE_CHECKING:
    import pandas as pd

MARGIN = "margin"
REFUSED = "no answer"
LEGEND: Mapping[str, str] = MappingProxyType(
    {
        "alone": "interval of this comparison alone",
        "corrected": "interval that agrees with the verdict (Holm, looks)",
        "unknown": "grey: cannot tell",
        "forbidden": "grey: not to be acted on",
        "small": "shaded: too small to matter",
        "margin": "margin of harm that is tolerated",
    }
)


OWN_SCALE = "each segment has its own scale"


def difference_axis(outcome: str, unit: str, *, own_scale: bool = False) -> str:
    """Label an axis with a difference from the control and its unit.

    Parameters
    ----------
    outcome, unit
        What differs.
    own_scale
        Whether other panels of it have another scale, which a reader must know.
    """
    shown = "percentage points" if unit == SHARE else unit
    name = f"{measure_name(outcome)}, arm − control"
    # Rows that were refused have no unit.
    label = f"{name}\n[{shown}]" if shown else name
    return f"{label}\n({OWN_SCALE})" if own_scale else label


def arm_label(row: Any, names: Mapping[str, str]) -> str:
    """Name an arm and its control beside a row of a forest plot."""
    return f"{named(row.arm, names)}\nagainst {named(row.control, names)}"


def named(arm: str, names: Mapping[str, str]) -> str:
    """Name an arm, with its interval where that is known and says more."""
    interval = names.get(arm, "")
    return arm if not interval else f"{arm}: {short_interval(interval)}"


def forest_label(row: Any, digits: int) -> str:
    """Write an estimate with its corrected interval above a row of a forest plot.

    Parameters
    ----------
    row
        A row of the trial, as a named tuple.
    digits
        Decimals of all differences of the measure.
    """
    text = difference_text(row.estimate, row.unit, digits)
    if math.isnan(row.ci_low_adjusted):
        return text
    between = difference_span(row.ci_low_adjusted, row.ci_high_adjusted, row.unit, digits)
    return f"{text} ({between})"


def forest_title(
    rows: pd.DataFrame,
    segment: str,
    horizon_days: float | None,
    stopped: Collection[str] = (),
    *,
    trusted: bool = True,
) -> str:
    """State what the arms' comparison found.

    Parameters
    ----------
    rows
        Those of the primary outcome.
    segment, horizon_days
        Where, and when.
    stopped
        Arms that a guardrail vetoes: nothing is open of them.
    trusted
        Whether the checks let anything be claimed.
    """
    when = f" at {horizon_days:g} days" if horizon_days else ""
    place = "" if segment == "all" else f"{segment}{when}: "
    place += "" if trusted else IF_CHECKS_HAD_PASSED
    better = rows.loc[rows["verdict"] == "better", "arm"].tolist()
    worse = rows.loc[rows["verdict"] == "worse", "arm"].tolist()
    control = rows["control"].iloc[0]
    parts = []
    if better:
        parts.append(f"{listed(better)} better than {control}")
    if worse:
        parts.append(f"{listed(worse)} worse than {control}")
    told = (*better, *worse, *stopped)
    open_arms = [arm for arm in rows["arm"] if arm not in told]
    if stopped:
        parts.append(f"{listed(stopped)} vetoed")
    if open_arms and parts:
        parts.append(f"{listed(open_arms)} open")
    return place + (", ".join(parts) if parts else f"no arm told from {control}")


def guardrail_title(outcome: str, states: Mapping[str, str], *, trusted: bool = True) -> str:
    """State which arms pass a guardrail, and which guardrail it is.

    Parameters
    ----------
    outcome
        The guardrail.
    states
        Arm → state.
    trusted
        Whether the checks let anything be claimed.
    """
    stopped = [arm for arm, state in states.items() if state == "veto"]
    passed = [arm for arm, state in states.items() if state == "within margin"]
    unshown = [arm for arm in states if arm not in (*stopped, *passed)]
    parts = [f"vetoed: {listed(stopped)}"] if stopped else []
    if unshown and (stopped or passed):
        parts.append(f"open: {listed(unshown)}")
    if passed:
        parts.append(f"within the margin: {listed(passed)}")
    told = ";\n".join(parts) or "no arm shown to be within the margin"
    return f"{measure_name(outcome)}:\n{told if trusted else f'{IF_CHECKS_HAD_PASSED}{told}'}"
