"""The arguments of a sweep: what they may be, and what is wrong with those given."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from simkit.engine.arguments import (
    AGENTS_MAX,
    CONTACTS_MAX,
    DAYS_MAX,
    SEED_MAX,
    whole_problems,
)
from simkit.errors import InputError, Problem
from simkit.policy import RecallPolicy, Span
from simkit.scenario import Scenario
from simkit.sweep.grids import (
    DEFAULT_HORIZONS_DAYS,
    Interval,
    default_intervals,
    policies_of,
)

WHERE = "sweep"
MIN_REPLICATIONS = 2
REPLICATIONS_MAX = 200
"""How many replications a sweep adds at most, unless told otherwise."""
REPLICATIONS_LIMIT = 2**20

Agents = int | None | Sequence[int | None]


def names_of(segments: Any) -> tuple[str, ...]:
    """Return names as a tuple; one may come without a list around it."""
    single = isinstance(segments, str) or not isinstance(segments, Iterable)
    return (segments,) if single else tuple(segments)


def spelled(intervals: Any) -> tuple[Interval, ...]:
    """Return the intervals as a tuple; one may come without a list around it."""
    single = isinstance(intervals, str | Span | RecallPolicy) or not isinstance(intervals, Iterable)
    return (intervals,) if single else tuple(intervals)


def staff_of(agents: Any) -> tuple[int | None, ...]:
    """Return the numbers of agents as a tuple; one may come without a list around it."""
    given: tuple[Any, ...] = (agents,)
    if isinstance(agents, Iterable) and not isinstance(agents, str):
        given = tuple(agents)
    return tuple(int(each) if isinstance(each, np.integer) else each for each in given)


def horizons_of(days: int, horizons: Iterable[float] | None) -> tuple[float, ...]:
    """Return the horizons, ascending; those that are meant where none are given.

    Parameters
    ----------
    days, horizons
        As `sweep` takes them, checked.
    """
    if horizons is None:
        return (*(mark for mark in DEFAULT_HORIZONS_DAYS if mark < days), int(days))
    marks = sorted(float(mark) for mark in horizons)
    return tuple(int(mark) if mark.is_integer() else mark for mark in marks)


def run_days_of(scenario: Scenario, segment: str, days: int, where: str = WHERE) -> int:
    """Return for how long a segment is simulated, so that each contact is followed for the days.

    Parameters
    ----------
    scenario, segment
        Whose contacts enter over some time.
    days
        How long each is followed.
    where
        The verb, for messages.

    Raises
    ------
    InputError
        If that is longer than an engine can play.
    """
    run_days = days + math.ceil(scenario.segments[segment].entry_spread_days)
    if run_days > DAYS_MAX:
        rule = f"must be at most {DAYS_MAX} with the days over which contacts enter"
        raise InputError([Problem(where, "days", days, rule)])
    return run_days


def argument_problems(
    *,
    replications: Any,
    contacts: Any,
    agents: Any,
    days: Any,
    horizons: Any,
    seed: Any,
    half_width_eur: Any = None,
    indifference_eur: Any = None,
    replications_max: Any = REPLICATIONS_MAX,
    where: str = WHERE,
) -> list[Problem]:
    """Return what is wrong with those arguments of `sweep` that need no scenario.

    Parameters
    ----------
    replications, contacts, agents, days, horizons, seed
        As `sweep` takes them.
    half_width_eur, indifference_eur, replications_max
        Likewise.
    where
        The verb, for messages.
    """
    problems = [
        *whole_problems(
            "replications", replications, MIN_REPLICATIONS, REPLICATIONS_LIMIT + 1, where
        ),
        *whole_problems("contacts", contacts, 1, CONTACTS_MAX + 1, where),
        *(days_problems := whole_problems("days", days, 1, DAYS_MAX + 1, where)),
        *whole_problems("seed", seed, 0, SEED_MAX + 1, where),
    ]
    staff = staff_of(agents)
    if not staff:
        problems.append(Problem(where, "agents", staff, "must have a number of agents"))
    for place, number in enumerate(staff):
        if number is not None:
            problems += whole_problems("agents", number, 1, AGENTS_MAX + 1, where)
        if number in staff[:place]:
            problems.append(Problem(where, "agents", number, "must be there only once"))
    asked = {"half_width_eur": half_width_eur, "indifference_eur": indifference_eur}
    given = {name: value for name, value in asked.items() if value is not None}
    for name, value in given.items():
        if not _is_number(value) or not 0 < value < math.inf:
            problems.append(Problem(where, name, value, "must be a number above 0"))
    if len(given) == 2:
        rule = "must not be given together: one says when there are enough replications"
        problems.append(Problem(where, " and ".join(given), tuple(given.values()), rule))
    if given and _is_number(replications):
        most = REPLICATIONS_LIMIT + 1
        problems += whole_problems(
            "replications_max", replications_max, int(replications), most, where
        )
    if horizons is not None and not days_problems:
        problems += _horizon_problems(horizons, days, where)
    return problems


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)


def _horizon_problems(horizons: Any, days: int, where: str) -> list[Problem]:
    if isinstance(horizons, str) or not isinstance(horizons, Iterable):
        return [Problem(where, "horizons", horizons, "must be a list of days")]
    marks = list(horizons)
    problems = []
    if not marks:
        problems.append(Problem(where, "horizons", horizons, "must have a horizon"))
    for place, mark in enumerate(marks):
        if not (_is_number(mark) and 0 < mark <= days):
            rule = f"must be above 0 and at most days ({days})"
            problems.append(Problem(where, "horizons", mark, rule))
        elif mark in marks[:place]:
            problems.append(Problem(where, "horizons", mark, "must be there only once"))
    return problems


def segment_problems(
    scenario: Scenario,
    segments: tuple[str, ...],
    base: Any,
    intervals: Any,
) -> list[Problem]:
    """Return what is wrong with the segments to be swept, and with what is given by segment.

    Parameters
    ----------
    scenario, segments, base, intervals
        As `sweep` takes them.
    """
    problems: list[Problem] = []
    if not segments:
        problems.append(Problem(WHERE, "segments", segments, "must name a segment"))
    known = ", ".join(scenario.segments)
    for place, name in enumerate(segments):
        if name not in scenario.segments:
            problems.append(Problem(WHERE, "segments", name, f"must be one of {known}"))
        elif name in segments[:place]:
            problems.append(Problem(WHERE, "segments", name, "must be there only once"))
    rule = f"must be a segment that is swept: {', '.join(map(str, segments))}"
    for field, given in (("base", base), ("intervals", intervals)):
        if isinstance(given, Mapping):
            strange = [name for name in given if name not in segments]
            problems += [Problem(WHERE, field, name, rule) for name in strange]
    bases = base.values() if isinstance(base, Mapping) else [base]
    for each in bases:
        if not isinstance(each, RecallPolicy | None):
            problems.append(Problem(WHERE, "base", each, "must be a RecallPolicy"))
    return problems


def grid_of(
    segment: str,
    intervals: Interval | Iterable[Interval] | Mapping[str, Iterable[Interval]] | None,
    base: RecallPolicy | Mapping[str, RecallPolicy] | None,
) -> tuple[dict[str, RecallPolicy], list[Problem]]:
    """Return a segment's policies by label, and what is wrong with them.

    Parameters
    ----------
    segment
        The segment.
    intervals, base
        As `sweep` takes them.
    """
    problems: list[Problem] = []
    chosen: Any = base.get(segment) if isinstance(base, Mapping) else base
    if not isinstance(chosen, RecallPolicy):
        chosen = None
    if isinstance(intervals, Mapping) and segment not in intervals:
        rule = "must have intervals for this segment"
        problems.append(Problem(WHERE, "intervals", segment, rule))
    given = intervals.get(segment) if isinstance(intervals, Mapping) else intervals
    wanted = default_intervals(segment) if given is None else spelled(given)
    if not wanted:
        problems.append(Problem(WHERE, "intervals", wanted, "must have an interval"))
    policies, more = policies_of(wanted, chosen)
    return policies, problems + more
