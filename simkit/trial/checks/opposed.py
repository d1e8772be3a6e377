"""Arms of one name that are longer than their control in one segment and shorter in another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from simkit.policy import RecallPolicy
from simkit.trial.both_ways import Step, both_ways, step_of_policies
from simkit.trial.checks.check import EVERYWHERE, NO_P_VALUE, Check
from simkit.trial.checks.delivered import FEWEST_GAPS, TOLERANCE
from simkit.trial.checks.horizon import GAP, delivered_by_arm
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


def opposed_arms(
    data: TrialData,
    intervals: Mapping[str, float | Mapping[str, float]] | None,
    policies: Policies | None,
) -> dict[str, str]:
    """Return the arms that go `both_ways`, in words, of those whose intervals are known.

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
    steps = (
        (segment, arm, data.control[segment], step)
        for segment in data.segments
        for arm in data.arms[segment]
        if arm != data.control[segment]
        and (step := _step(data, segment, arm, intervals, policies)) is not None
    )
    return both_ways(steps)


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
        return step_of_policies(*meant)
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
