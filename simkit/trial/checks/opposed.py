"""Arms of one name that are longer than their control in one segment and shorter in another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from simkit.policy import RecallPolicy
from simkit.trial.checks.check import EVERYWHERE, NO_P_VALUE, Check
from simkit.trial.checks.delivered import FEWEST_GAPS, TOLERANCE
from simkit.trial.checks.horizon import GAP, ONCE, delivered_by_arm
from simkit.trial.sentences import listed

if TYPE_CHECKING:
    from simkit.trial.checks.exposure import Policies
    from simkit.trial.read.data import TrialData

OPPOSED = "arms of one name over segments"
MEANS = (
    "what an arm does in such segments together is the effect of no one change, so its effects are "
    "not tested for being the same, none is drawn towards their mean, and no arm is chosen for all "
    "segments together"
)
ADVICE = (
    "compare such an arm with its control within a segment, never over several; in the next trial "
    "give it another name where it changes the interval the other way"
)

#: How far an arm's interval is from its control's, above 0 where it is longer, and in words.
Step = tuple[float, str]


def opposed_arms(
    data: TrialData,
    intervals: Mapping[str, float | Mapping[str, float]] | None,
    policies: Policies | None,
) -> dict[str, str]:
    """Return arm → in which segments it is longer than its control and in which shorter, in words.

    Every 5 working days is more often where every 10 are usual, and more seldom where every 3 are.
    Of arms that go one way everywhere, or whose intervals are not known, nothing is said.

    Parameters
    ----------
    data
        The trial.
    intervals
        As given to `simkit.trial.evaluate`, for arms whose policies are not known.
    policies
        Segment → arm → policy, as intended. Where neither these nor ``intervals`` tell, the median
        days between dials count, of at least 20 gaps in both arms and a quarter apart, as the
        check of delivered intervals has it.
    """
    ways: dict[tuple[str, str], tuple[list[str], list[str]]] = {}
    for segment in data.segments:
        control = data.control[segment]
        for arm in data.arms[segment]:
            step = None if arm == control else _step(data, segment, arm, intervals, policies)
            if step is not None and step[0]:
                shorter, longer = ways.setdefault((arm, control), ([], []))
                (longer if step[0] > 0 else shorter).append(f"{segment} ({step[1]})")
    return {
        arm: f"{arm} is a longer interval than {control} in {listed(longer)} and a shorter one in "
        f"{listed(shorter)}"
        for (arm, control), (shorter, longer) in ways.items()
        if longer and shorter
    }


def other_ways(arms: Sequence[str]) -> str:
    """Say of such arms that they go one way here and the other way there."""
    change = "changes" if len(arms) == 1 else "change"
    return f"{listed(arms)} {change} the interval one way in one segment and the other in another"


def opposed_check(opposed: Mapping[str, str]) -> list[Check]:
    """Warn of arms that are longer than their control in one segment and shorter in another.

    Parameters
    ----------
    opposed
        As `opposed_arms` returns them.
    """
    if not opposed:
        return []
    found = "; ".join(opposed.values())
    return [Check(OPPOSED, EVERYWHERE, found, NO_P_VALUE, "warning", MEANS, ADVICE)]


def _step(
    data: TrialData,
    segment: str,
    arm: str,
    intervals: Mapping[str, float | Mapping[str, float]] | None,
    policies: Policies | None,
) -> Step | None:
    """Hold an arm's interval against its control's; None where one of them is not known."""
    control = data.control[segment]
    named: Any = policies.get(segment) if isinstance(policies, Mapping) else None
    named = named if isinstance(named, Mapping) else {}
    meant = [named.get(name) for name in (arm, control)]
    if all(isinstance(one, RecallPolicy) for one in meant):
        return _of_policies(*meant)
    own = (intervals or {}).get(segment)
    given: Mapping[str, Any] = own if isinstance(own, Mapping) else intervals or {}
    if arm in given and control in given:
        words = f"{given[arm]:g} days against {given[control]:g}"
        return float(given[arm] - given[control]), words
    days, dials, dialled = (
        delivered_by_arm(data, segment, name) for name in (GAP, "dials", "contacts_dialled")
    )
    if not all(dials.get(one, 0) - dialled.get(one, 0) >= FEWEST_GAPS for one in (arm, control)):
        return None
    apart = days[arm] - days[control]
    if not abs(apart) > TOLERANCE * max(days[arm], days[control]):
        return None
    ours, theirs = (f"{round(days[one], 1):g}" for one in (arm, control))
    return apart, f"a median of {ours} days between dials against {theirs}"


def _of_policies(arm: RecallPolicy, control: RecallPolicy) -> Step | None:
    """Hold two rules against each other; calendar and working days only where clearly apart."""
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
    if not abs(apart) > TOLERANCE * max(nominal):
        return None
    return apart, f"{ours.label} against {theirs.label}"
