"""The arguments of a run: what they may be, and what is wrong with those given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from simkit.errors import InputError, Problem
from simkit.policy import RecallPolicy
from simkit.scenario import Scenario
from simkit.scenario.hours import DAY_S

Policies = RecallPolicy | Mapping[str, RecallPolicy] | Mapping[str, Mapping[str, RecallPolicy]]

ENGINES = ("compiled", "simpy")

# A moment has 31 bits in an engine, and the number of a contact 30. A date that is named on the
# last day of a run lies some years later, where few days of a week are worked.
LATEST_NAMED_DAYS = 2_500
DAYS_MAX = (2**31 - 1) // DAY_S - LATEST_NAMED_DAYS
CONTACTS_MAX = 2**30 - 1
AGENTS_MAX = 2**20 - 1
SEED_MAX = 2**64 - 1

WHERE = "simulate"


def check_arguments(
    scenario: Any,
    policy: Any,
    *,
    contacts: Any,
    agents: Any,
    days: Any,
    seed: Any,
    replication: Any,
    engine: Any,
) -> None:
    """Raise one InputError with everything that is wrong with the arguments of a run.

    Parameters
    ----------
    scenario, policy, contacts, agents, days, seed, replication, engine
        As in :func:`simkit.engine.simulate`.

    Raises
    ------
    InputError
        Where any of them breaks a rule.
    """
    if not isinstance(scenario, Scenario):
        rule = "must be a Scenario, e.g. load_scenario('b2c')"
        raise InputError([Problem(WHERE, "scenario", scenario, rule)])
    problems = [
        *whole_problems("days", days, 1, DAYS_MAX + 1),
        *whole_problems("seed", seed, 0, SEED_MAX + 1),
        *whole_problems("replication", replication, 0, 2**32),
        *_contacts_problems(scenario, contacts),
        *_policy_problems(scenario, policy),
        *_agents_problems(policy, agents),
    ]
    if engine not in ENGINES:
        rule = f"must be one of: {', '.join(ENGINES)}"
        problems.append(Problem(WHERE, "engine", engine, rule))
    if not whole_problems("days", days, 1, DAYS_MAX + 1):
        problems += [
            Problem(
                WHERE,
                "days",
                days,
                f"must be at least {name}.entry_spread_days == {segment.entry_spread_days:g}: "
                "nobody may enter after observation has ended",
            )
            for name, segment in scenario.segments.items()
            if days < segment.entry_spread_days
        ]
    if problems:
        raise InputError(problems)


def whole_problems(
    field: str, value: Any, low: int, high: int, where: str = WHERE
) -> list[Problem]:
    """Return what is wrong with a whole number that must lie in [low, high).

    Parameters
    ----------
    field, value
        The argument.
    low, high
        Its bounds.
    where
        The verb, for messages.
    """
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if whole and low <= value < high:
        return []
    rule = f"must be a whole number from {low} to {high - 1}"
    return [Problem(where, field, value, rule)]


def _names_problems(field: str, given: Mapping[Any, Any], scenario: Scenario) -> list[Problem]:
    """Return what is wrong with keys that must be the scenario's segments."""
    expected = set(scenario.segments)
    rule = f"must name exactly the scenario's segments: {', '.join(sorted(expected))}"
    return [Problem(WHERE, field, name, rule) for name in sorted(expected ^ set(given), key=str)]


def _contacts_problems(scenario: Scenario, contacts: Any) -> list[Problem]:
    if not isinstance(contacts, Mapping):
        return whole_problems("contacts", contacts, 1, CONTACTS_MAX + 1)
    problems = _names_problems("contacts", contacts, scenario)
    for name, count in contacts.items():
        problems += whole_problems(f"contacts[{name}]", count, 0, CONTACTS_MAX + 1)
    if not problems and sum(contacts.values()) > CONTACTS_MAX:
        rule = f"must be at most {CONTACTS_MAX} in all"
        problems.append(Problem(WHERE, "contacts", sum(contacts.values()), rule))
    return problems


def _policy_problems(scenario: Scenario, policy: Any) -> list[Problem]:
    if isinstance(policy, RecallPolicy):
        return []
    if not isinstance(policy, Mapping):
        rule = "must be a RecallPolicy, {segment: RecallPolicy} or {segment: {arm: RecallPolicy}}"
        return [Problem(WHERE, "policy", policy, rule)]
    problems = _names_problems("policy", policy, scenario)
    for name, of_segment in policy.items():
        field = f"policy[{name}]"
        if isinstance(of_segment, RecallPolicy):
            continue
        if not isinstance(of_segment, Mapping) or not of_segment:
            rule = "must be a RecallPolicy or {arm: RecallPolicy}"
            problems.append(Problem(WHERE, field, of_segment, rule))
            continue
        for arm, of_arm in of_segment.items():
            if not isinstance(arm, str) or not arm:
                problems.append(Problem(WHERE, field, arm, "must name its arms by texts"))
            elif not isinstance(of_arm, RecallPolicy):
                problems.append(Problem(WHERE, f"{field}[{arm}]", of_arm, "must be a RecallPolicy"))
    return problems


def _agents_problems(policy: Any, agents: Any) -> list[Problem]:
    """Return what is wrong with agents: a number, or one for each arm of every segment."""
    if agents is None:
        return []
    if not isinstance(agents, Mapping):
        return whole_problems("agents", agents, 1, AGENTS_MAX + 1)
    of_segments = policy.values() if isinstance(policy, Mapping) else [policy]
    with_arms = [arms for arms in of_segments if isinstance(arms, Mapping)]
    if len(with_arms) < len(list(of_segments)) or not with_arms:
        rule = "must be one number: agents by arm need a policy with arms in every segment"
        return [Problem(WHERE, "agents", dict(agents), rule)]
    expected = {arm for arms in with_arms for arm in arms}
    problems = [
        Problem(WHERE, "agents", arm, "must name exactly the arms of the policy")
        for arm in sorted(expected ^ set(agents), key=str)
    ]
    for arm, count in agents.items():
        problems += whole_problems(f"agents[{arm}]", count, 1, AGENTS_MAX + 1)
    return problems


def as_whole(number: Any) -> Any:
    """Return numpy's whole numbers as Python's, also those by segment or arm."""
    if isinstance(number, Mapping):
        return {name: int(count) for name, count in number.items()}
    return None if number is None else int(number)
