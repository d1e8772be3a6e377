"""Arms of one name that are longer than their control in one segment and shorter in another."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from simkit.trial.sentences import listed

if TYPE_CHECKING:
    from simkit.policy import RecallPolicy

#: Two intervals are apart from so much of the longer one on (assumed), unless both are told in
#: working days, or both in calendar days.
APART = 0.25
#: An arm that calls once has no interval, whatever its rule says.
ONCE = 1

#: How far an arm's interval is from its control's, above 0 where it is longer, and in words.
Step = tuple[float, str]


def both_ways(steps: Iterable[tuple[str, str, str, Step]]) -> dict[str, str]:
    """Return arm → in which segments it is longer than its control and in which shorter, in words.

    Every 5 working days is more often where every 10 are usual, and more seldom where every 3 are.
    Of arms that go one way everywhere nothing is said.

    Parameters
    ----------
    steps
        Segment, arm, its control there, and how far it is from it.
    """
    ways: dict[tuple[str, str], tuple[list[str], list[str]]] = {}
    for segment, arm, control, (apart, words) in steps:
        if apart:
            shorter, longer = ways.setdefault((arm, control), ([], []))
            (longer if apart > 0 else shorter).append(f"{segment} ({words})")
    return {
        arm: f"{arm} is a longer interval than {control} in {listed(longer)} and a shorter one in "
        f"{listed(shorter)}"
        for (arm, control), (shorter, longer) in ways.items()
        if longer and shorter
    }


def step_of_policies(arm: RecallPolicy, control: RecallPolicy) -> Step | None:
    """Hold two rules against each other; calendar and working days only where clearly apart.

    Parameters
    ----------
    arm, control
        The rules.
    """
    if ONCE in (arm.caps.total, control.caps.total):
        return None
    ours, theirs = arm.interval, control.interval
    if ours.working_days is not None and theirs.working_days is not None:
        words = f"{ours.label} against {theirs.working_days}"
        return float(ours.working_days - theirs.working_days), words
    if ours.days is not None and theirs.days is not None:
        return ours.days - theirs.days, f"{ours.label} against {theirs.days:g}"
    nominal = ours.calendar_days(), theirs.calendar_days()
    apart = nominal[0] - nominal[1]
    if not abs(apart) > APART * max(nominal):
        return None
    return apart, f"{ours.label} against {theirs.label}"
