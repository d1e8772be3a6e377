"""The arguments of a run: what they may be, and what is wrong with those given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simkit.errors import InputError, Problem
from simkit.policy import RecallPolicy
from simkit.scenario import Scenario

Policies = RecallPolicy | Mapping[str, RecallPolicy] | Mapping[str, Mapping[str, RecallPolicy]]


def check_arguments(
    scenario: Scenario,
    policy: Any,
    contacts: int | Mapping[str, int],
    agents: int | Mapping[str, int] | None,
    days: int,
    seed: int,
    replication: int,
) -> None:
    """Raise one InputError with everything that is wrong with the arguments of a run.

    Parameters
    ----------
    scenario, policy, contacts, agents, days, seed, replication
        As in :func:`simkit.engine.simulate`.

    Raises
    ------
    InputError
        Where any of them breaks a rule.
    """
    problems: list[Problem] = []

    def whole(field: str, value: object, low: int, high: int) -> None:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value < high:
            rule = f"must be a whole number from {low} to {high - 1}"
            problems.append(Problem("simulate", field, value, rule))

    segments = set(scenario.segments)
    whole("days", days, 1, 36_501)
    whole("seed", seed, 0, 2**64)
    whole("replication", replication, 0, 2**32)
    if isinstance(days, int):
        problems += [
            Problem(
                "simulate",
                "days",
                days,
                f"must be at least {name}.entry_spread_days == {segment.entry_spread_days:g}: "
                "nobody may enter after observation has ended",
            )
            for name, segment in scenario.segments.items()
            if 0 < days < segment.entry_spread_days
        ]
    if isinstance(contacts, Mapping):
        for name in sorted(segments ^ set(contacts)):
            rule = f"must name exactly the scenario's segments: {', '.join(sorted(segments))}"
            problems.append(Problem("simulate", "contacts", name, rule))
        for name, count in contacts.items():
            whole(f"contacts[{name}]", count, 0, 2**31)
    else:
        whole("contacts", contacts, 1, 2**31)
    arms: set[str | None] = {None}
    if isinstance(policy, Mapping):
        for name in sorted(segments ^ set(policy)):
            rule = f"must name exactly the scenario's segments: {', '.join(sorted(segments))}"
            problems.append(Problem("simulate", "policy", name, rule))
        for name, of_segment in policy.items():
            if isinstance(of_segment, RecallPolicy):
                continue
            if not isinstance(of_segment, Mapping) or not of_segment:
                rule = "must be a RecallPolicy or {arm: RecallPolicy}"
                problems.append(Problem("simulate", f"policy[{name}]", of_segment, rule))
                continue
            arms.discard(None)
            arms.update(of_segment)
            for arm, arm_policy in of_segment.items():
                if not isinstance(arm_policy, RecallPolicy):
                    rule = "must be a RecallPolicy"
                    problems.append(Problem("simulate", f"policy[{name}][{arm}]", arm_policy, rule))
    elif not isinstance(policy, RecallPolicy):
        rule = "must be a RecallPolicy, {segment: RecallPolicy} or {segment: {arm: RecallPolicy}}"
        problems.append(Problem("simulate", "policy", policy, rule))
    if isinstance(agents, Mapping):
        for arm in sorted({str(arm) for arm in arms} ^ set(agents)):
            rule = "must name exactly the arms of the policy"
            problems.append(Problem("simulate", "agents", arm, rule))
        for arm, count in agents.items():
            whole(f"agents[{arm}]", count, 1, 2**20)
    elif agents is not None:
        whole("agents", agents, 1, 2**20)
    if problems:
        raise InputError(problems)
