"""Words of the figure that shows the looks at a running trial."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from simkit.measures.registry import SHARE
from simkit.report.sentences import measure_name

INFORMATION_AXIS = "part of the planned information\n[% by contacts followed to the horizon]"
Z_AXIS = "difference ÷ its standard error\n[z]"
LEGEND: Mapping[str, str] = MappingProxyType(
    {
        "bound": "bound of a claim (dashed: to come)",
        "futility": "below: success unlikely (not binding)",
        "futility above": "above: success unlikely (not binding)",
        "sequence": "bound of a claim, however often looked",
        "planned": "planned look",
        "other": "other look",
    }
)
_DECISIONS: Mapping[str, str] = MappingProxyType(
    {
        "go on": "go on",
        "stop: better": "better, stop",
        "stop: worse": "worse, stop",
        "stop: futile": "success has become unlikely",
        "end: not shown": "ended, no difference shown",
        "no claim left": "looked after the end: nothing to claim",
        "nothing to tell yet": "nothing to tell yet",
        "better, but harm shown": "better, but harm shown",
        "stop this arm": "stop this arm",
    }
)


def look_title(row: Any) -> str:
    """Say what the last look of a comparison allows."""
    text = f"{row.segment} · {row.arm} against {row.control}: {_DECISIONS[row.decision]}"
    if row.guardrail:
        names = ", ".join(measure_name(name) for name in row.guardrail.split(", "))
        better = "better, but " if row.decision == "stop this arm" and row.claimed_at else ""
        head = text.removesuffix(_DECISIONS[row.decision])
        return f"{head}{better}{_DECISIONS[row.decision]} ({names})"
    return f"{text} (since look {row.claimed_at})" if 0 < row.claimed_at < row.look else text


def guarded_title(row: Any) -> str:
    """Say how a guardrail stands at the last look."""
    state = row.state if not np.isnan(row.estimate) else "nothing to tell yet"
    if row.decision == "stop this arm":
        told = state if state.startswith("vetoed") else "the harm is beyond the margin"
        since = f"since look {row.crossed_at}"
        state = f"stop this arm, {since if row.crossed_at < row.look else told}"
    elif state == "open":
        state = "open whether within the margin"
    return f"{row.segment} · {row.arm}, {measure_name(row.outcome)}: {state}"


def guard_axis(unit: str) -> str:
    """Label the axis of a guardrail's difference from the control."""
    return f"arm − control\n[{'percentage points' if unit == SHARE else unit}]"
