"""Words of the figure that shows the looks at a running trial."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from simkit.report import sentences_forest
from simkit.report.sentences import measure_name
from simkit.trial.looks.guarded import NOTHING_SHOWN, STOP_ARM
from simkit.trial.monitor.answer import NOTHING_DECIDED
from simkit.trial.monitor.decisions import BETTER
from simkit.trial.monitor.guarding import not_within
from simkit.trial.monitor.words import LEAST_SHOWN
from simkit.trial.sentences import against_words

if TYPE_CHECKING:
    from simkit.trial.monitor import Monitoring

Z_AXIS = "z: difference ÷ its standard error"
NOTHING_YET = "nothing to tell yet"
NO_BOUND_YET = "no bound yet"
NO_BOUND_LEFT = "no bound left"
NOTHING_NEW = "no bound: nothing new"
NO_INTERVAL = "no interval"
NOT_DECIDED = "not decided"
NOT_SHOWN = "open whether within the margin"
BESIDE_LOOKS = (
    "Beside each look stand its day and the part of the comparison's planned information that was "
    "in."
)
BOUND_TO_COME = "z within this range claims nothing, at a look to come"
"""Of a bound to come, where none made stands before it."""
LEGEND: Mapping[str, str] = MappingProxyType(
    {
        "interval": "difference, interval that holds at all looks",
        "bound": "z within this range claims nothing",
        "to come": "the same at a look to come",
        "futility": "z below this: success unlikely (not binding)",
        "futility above": "z above this: success unlikely (not binding)",
        "guardrail": "guardrail, bounds that hold at all times",
        "margin": "margin of a guardrail: harm beyond it stops",
        "planned": "filled: a look that was planned",
        "other": "hollow: a look that was not planned",
        "shown better": "shown better",
        "shown worse": "shown worse",
        "stopped": "stopped by a guardrail",
        "unlikely": "success has become unlikely",
        "beyond": "goes on beyond the picture",
    }
)
_DECISIONS: Mapping[str, str] = MappingProxyType(
    {
        "go on": "go on",
        BETTER: "better, stop",
        "stop: worse": "worse, stop",
        "stop: futile": "success has become unlikely",
        "end: not shown": "ended, no difference shown",
        "no claim left": "ended, no difference shown",
        "nothing to tell yet": NOTHING_YET,
        "better, but harm shown": "better, but harm shown",
        STOP_ARM: STOP_ARM,
    }
)


def figure_title(monitoring: Monitoring) -> tuple[str, str]:
    """Give the head of the answer, and what stands below: its rest, and which look it comes from.

    Parameters
    ----------
    monitoring
        The trial as it stands.
    """
    look = f"{monitoring.look_words()}."
    if not monitoring.trustworthy:
        return f"{NOTHING_DECIDED[0].upper()}{NOTHING_DECIDED[1:]}.", look
    answer, _, rest = f"{monitoring.answer()}.".partition("; ")
    if not answer.startswith(tuple(monitoring.table["segment"].unique())):
        answer = f"{answer[0].upper()}{answer[1:]}"
    below = f"{rest[0].upper()}{rest[1:]} {look}" if rest else look
    return answer, below


def look_label(row: Any) -> str:
    """Name a look beside its line: number, day, part of the planned information."""
    day = pd.Timestamp(row.as_of)
    return f"look {row.look} · {day.day} {day:%b} · {100 * row.fraction:.0f} %"


def no_look_label(as_of: str) -> str:
    """Name a day that is not counted as a look beside its line."""
    day = pd.Timestamp(as_of)
    return f"no look yet · {day.day} {day:%b}"


def to_come_label(fraction: float) -> str:
    """Name a look that is still to come."""
    return f"to come · {100 * fraction:.0f} %"


def far_bound(bound: float) -> str:
    """Say a bound that lies beyond the picture."""
    return f"bound ± {bound:.1f}"


def look_title(row: Any, guards: pd.DataFrame, *, trusted: bool) -> str:
    """Say what the last look of a comparison allows.

    Parameters
    ----------
    row
        The comparison at its last look, as a named tuple.
    guards
        Its arm's guardrails at that look.
    trusted
        Whether all checks hold; else nothing is decided.
    """
    head = f"{row.segment} · {against_words(row)}: "
    if not trusted:
        return f"{head}nothing is decided while a check fails"
    told = _DECISIONS[row.decision]
    since = row.claimed_at or (row.ended_at if told.startswith("ended") else 0)
    when = f" (at look {since})" if 0 < since < row.look and not row.guardrail else ""
    stopped = guards[guards["decision"] == STOP_ARM]
    if row.guardrail:
        better = "better, but " if row.decision == STOP_ARM and row.claimed_at else ""
        return f"{head}{better}{told} ({_named(row.guardrail.split(', '))})"
    if len(stopped):
        return f"{head}{told}{when}, and {STOP_ARM} ({_named(stopped['outcome'])})"
    if row.decision == BETTER and row.turned:
        return f"{head}better{when}, but not by all contacts"
    if row.decision == BETTER and row.too_small:
        return f"{head}better{when}, but by less than matters"
    unshown = not_within(guards)
    if row.decision == BETTER and len(unshown):
        return f"{head}better{when}, but not shown to be safe ({_named(unshown['outcome'])})"
    return f"{head}{told}{when}"


def no_bound_words(look: Any) -> str:
    """Say why a look has no bound: its end is past, nobody came since the last, or it is early."""
    if look.ended_at:
        return NO_BOUND_LEFT
    return NOTHING_NEW if look.spent >= LEAST_SHOWN else NO_BOUND_YET


def _named(outcomes: Iterable[str]) -> str:
    return ", ".join(map(measure_name, outcomes))


def guarded_title(row: Any, *, trusted: bool) -> str:
    """Say how a guardrail stands at the last look; nothing is decided while a check fails."""
    if not trusted:
        return NOT_DECIDED
    state = row.state if not np.isnan(row.estimate) else NOTHING_YET
    if row.decision == STOP_ARM:
        told = "stop: vetoed" if state.startswith("vetoed") else "stop: beyond margin"
        return f"stop since look {row.crossed_at}" if row.crossed_at < row.look else told
    return NOT_SHOWN if state == NOTHING_SHOWN else str(state.split(",", maxsplit=1)[0])


def difference_axis(outcome: str, unit: str, *, own_scale: bool = False) -> str:
    """Label an axis with a difference from the control, as `sentences_forest` does."""
    return sentences_forest.difference_axis(outcome, unit, own_scale=own_scale)
