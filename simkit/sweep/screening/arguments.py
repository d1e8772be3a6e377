"""What studies of a segment's best interval are asked for: the segment, the intervals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from simkit.errors import Problem
from simkit.policy import RecallPolicy, Span
from simkit.run.replicate import jobs_problems
from simkit.scenario import Scenario
from simkit.sweep.arguments import argument_problems
from simkit.sweep.grids import Interval, policies_of

MIN_INTERVALS = 3


def run_problems(*, agents: Any, days: Any, jobs: Any, where: str, **others: Any) -> list[Problem]:
    """Return what is wrong with the arguments of a study's runs.

    Parameters
    ----------
    agents
        One number, or None for as many as it takes.
    days, jobs, **others
        As `simkit.sweep.sweep` takes them.
    where
        The study, as problems name it.
    """
    problems = argument_problems(
        agents=agents, days=days, horizons=None, where=where, **others
    ) + jobs_problems(jobs)
    if not isinstance(agents, int | np.integer | None):
        rule = "must be one number, or None for as many as it takes"
        problems.append(Problem(where, "agents", agents, rule))
    return problems


def segment_of(
    scenario: Scenario, segment: str | None, where: str
) -> tuple[str | None, list[Problem]]:
    """Return the segment, None where there is no such one; and what is wrong.

    Parameters
    ----------
    scenario, segment
        The scenario, and the segment asked for; None will do where there is only one.
    where
        The study, as problems name it.
    """
    if segment is None and len(scenario.segments) == 1:
        return next(iter(scenario.segments)), []
    if segment in scenario.segments:
        return segment, []
    rule = f"must be one of {', '.join(scenario.segments)}"
    return None, [Problem(where, "segment", segment, rule)]


def grid_of(
    scenario: Scenario,
    segment: str | None,
    intervals: Iterable[Interval] | None,
    base: RecallPolicy | None,
    *,
    usual: Mapping[str, tuple[int, ...]],
    where: str,
) -> tuple[dict[str, RecallPolicy], list[Problem]]:
    """Return the policies, ascending by interval, and what is wrong with them.

    Parameters
    ----------
    scenario, segment
        Whose calendar, and whose intervals.
    intervals, base
        As `simkit.sweep.sweep` takes them; None for the usual intervals.
    usual
        Segment → working days; one without a grid of its own gets that of b2c.
    where
        The study, as problems name it.
    """
    if intervals is None:
        numbers = usual.get(segment or "", usual["b2c"])
        intervals = [Span(working_days=number) for number in numbers]
    elif isinstance(intervals, str | Span | RecallPolicy):
        intervals = [intervals]
    policies, problems = policies_of(intervals, base)
    weekdays = len(scenario.calendar.working_weekdays)
    days = {label: each.interval.calendar_days(weekdays) for label, each in policies.items()}
    if len(policies) < MIN_INTERVALS and not problems:
        rule = f"must be at least {MIN_INTERVALS} intervals"
        problems.append(Problem(where, "intervals", list(policies), rule))
    ordered = sorted(policies, key=days.__getitem__)
    for label, following in pairwise(ordered):
        if days[label] == days[following]:
            rule = f"must not be as long as another: {label}"
            problems.append(Problem(where, "intervals", following, rule))
    return {label: policies[label] for label in ordered}, problems
