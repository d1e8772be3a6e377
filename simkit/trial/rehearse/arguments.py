"""The arguments of a rehearsal: what is wrong with those given, and what they stand for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from simkit.engine.arguments import SEED_MAX, check_arguments, whole_problems
from simkit.errors import InputError, Problem
from simkit.measures import OUTCOMES
from simkit.scenario import Economics, Scenario, segment_rule
from simkit.trial.design import TrialDesign
from simkit.trial.read.names import NET_VALUE
from simkit.trial.rehearse.field_log import days_to_play
from simkit.trial.settings import is_number, price_problems

WHERE = "rehearse"
FEWER = "rehearse fewer contacts, or give fewer jobs"
"""What to do where memory is short."""
AS_DESIGNED = "as designed"
"""Stands for the agents that the design names, since None means as many as it takes."""
YEAR_DAYS = 365.0
#: One to three months, 18 weeks, then quarters of the year (assumed).
USUAL_DURATIONS_DAYS = (30.0, 60.0, 90.0, 126.0, 182.0, 273.0, YEAR_DAYS)
#: Ten years (assumed): more is a slip.
LONGEST_DAYS = 3_650
#: One alone shows no spread.
MIN_REPLICATIONS = 2
#: Assumed; kinds of runs are told apart by a million (`FIRST_OF` of the trials).
REPLICATIONS_MAX = 100_000
KNOWN_OUTCOMES = tuple(name for name, row in OUTCOMES.items() if row.better != "neither")


def durations_of(design: TrialDesign, durations_days: Iterable[float] | None) -> tuple[float, ...]:
    """Return the durations that are rehearsed, ascending; the design's horizon is always one."""
    given = USUAL_DURATIONS_DAYS if durations_days is None else durations_days
    return tuple(sorted({float(days) for days in (*given, design.horizon_days)}))


def read_once(durations_days: Any) -> Any:
    """Return durations as a tuple: of what can be read but once, nothing is left to be rehearsed.

    Parameters
    ----------
    durations_days
        As `rehearse` takes them; of another kind they stay as they are.
    """
    if durations_days is None or isinstance(durations_days, str | bytes | Mapping):
        return durations_days
    try:
        return tuple(durations_days)
    except TypeError:
        return durations_days


def world_of(design: TrialDesign, scenario: Scenario) -> tuple[Scenario | None, list[Problem]]:
    """Return the scenario with the segments of the design only, and what is wrong with them.

    Parameters
    ----------
    design, scenario
        The trial, and a world that must have its segments; of several it must have all or one.
    """
    missing = [name for name in design.segments if name not in scenario.segments]
    if missing:
        return None, [
            Problem(WHERE, "design.arms", name, segment_rule(name, scenario, design.segments))
            for name in missing
        ]
    if len(design.segments) == len(scenario.segments):
        return scenario, []
    if len(design.segments) == 1:
        return scenario.only(design.segments[0]), []
    rule = f"must have arms for all segments of {scenario.name!r} ({', '.join(scenario.segments)})"
    problem = Problem(WHERE, "design.arms", list(design.segments), f"{rule}, or for one")
    return None, [problem]


def argument_problems(
    design: TrialDesign,
    scenario: Scenario | None,
    *,
    contacts: Any,
    agents: Any,
    replications: Any,
    truth_replications: Any,
    seed: Any,
    durations_days: Any,
    economics: Any,
    wrong_at_most: Any,
    judged_by: Any,
    entry_days: Any,
) -> list[Problem]:
    """Return everything that is wrong with the arguments of `rehearse`.

    Parameters
    ----------
    design, scenario
        The trial; the world, with its segments only, or None where it has not all of them.
    contacts, agents, replications, truth_replications, seed, durations_days, economics
        As `rehearse` takes them.
    wrong_at_most, judged_by, entry_days
        As `rehearse` takes them.
    """
    problems = [
        *whole_problems("replications", replications, MIN_REPLICATIONS, REPLICATIONS_MAX, WHERE),
        *whole_problems(
            "truth_replications", truth_replications, MIN_REPLICATIONS, REPLICATIONS_MAX, WHERE
        ),
        *whole_problems("seed", seed, 0, SEED_MAX + 1, WHERE),
        *_durations_problems(durations_days),
        *_entry_problems(entry_days),
        *_outcome_problems(design, judged_by),
    ]
    if not is_number(wrong_at_most) or not 0 < wrong_at_most < 1:
        rule = "must be a probability between 0 and 1"
        problems.append(Problem(WHERE, "wrong_at_most", wrong_at_most, rule))
    if contacts is None:
        rule = "must be given: the design does not say how many contacts there will be"
        problems.append(Problem(WHERE, "contacts", None, rule))
    if scenario is None:
        return problems
    problems += _prices_problems(scenario, economics)
    try:
        check_arguments(
            scenario,
            {segment: dict(arms) for segment, arms in design.arms.items()},
            contacts=1 if contacts is None else contacts,
            agents=agents,
            days=days_to_play(scenario, 1.0),
            seed=1,
            replication=0,
            engine="compiled",
        )
    except InputError as error:
        problems += [
            Problem(WHERE, problem.field, problem.value, problem.rule) for problem in error.problems
        ]
    return problems


def _prices_problems(scenario: Scenario, economics: Any) -> list[Problem]:
    if not isinstance(economics, Mapping):
        return list(price_problems(WHERE, economics))
    rule = "must hold the prices of each segment"
    return [
        Problem(WHERE, f"economics[{name!r}]", economics.get(name), rule)
        for name in scenario.segments
        if not isinstance(economics.get(name), Economics)
    ]


def _durations_problems(durations: Any) -> list[Problem]:
    if durations is None:
        return []
    if not isinstance(durations, tuple):
        return [Problem(WHERE, "durations_days", durations, "must be a list of days")]
    rule = f"must be a number of days from 1 to {LONGEST_DAYS}"
    return [
        Problem(WHERE, "durations_days", days, rule)
        for days in durations
        if not is_number(days) or not 1 <= days <= LONGEST_DAYS
    ]


def entering_over(world: Scenario, entry_days: Any) -> Scenario:
    """Return a world whose contacts enter over so many days; as it is for None, or what is wrong.

    Parameters
    ----------
    world
        The scenario.
    entry_days
        As `rehearse` takes it.
    """
    if entry_days is None or _entry_problems(entry_days):
        return world
    return world.entering_over(float(entry_days), source="asked of the rehearsal")


def _entry_problems(entry_days: Any) -> list[Problem]:
    if entry_days is None or (is_number(entry_days) and 0 <= entry_days <= LONGEST_DAYS):
        return []
    rule = f"must be a number of days from 0 to {LONGEST_DAYS}"
    return [Problem(WHERE, "entry_days", entry_days, rule)]


def _outcome_problems(design: TrialDesign, judged_by: Any) -> list[Problem]:
    rule = (
        f"must be an outcome of a simulated contact that can be better: {', '.join(KNOWN_OUTCOMES)}"
    )
    problems = [
        Problem(WHERE, "design", name, rule)
        for name in (design.primary, *design.guardrails)
        if name not in KNOWN_OUTCOMES
    ]
    if not isinstance(judged_by, str) or judged_by not in KNOWN_OUTCOMES:
        problems.append(Problem(WHERE, "judged_by", judged_by, rule))
    if NET_VALUE in design.guardrails:
        rule = "must not be a guardrail: where net value is measured it is the primary outcome"
        problems.append(Problem(WHERE, "design.guardrails", NET_VALUE, rule))
    return problems


def total_agents(agents: int | Mapping[str, int] | None) -> int | None:
    """Return how many agents there are in all; None for as many as it takes."""
    return sum(agents.values()) if isinstance(agents, Mapping) else agents
