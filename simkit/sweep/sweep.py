"""The sweep: intervals × segments × replications, all on the same populations."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from simkit.engine import ENGINES, make_ready
from simkit.errors import InputError, Problem
from simkit.policy import RecallPolicy, Span
from simkit.policy.delivered import delivery
from simkit.run import replicate
from simkit.scenario import Scenario
from simkit.sweep.cells import MEASURED, Cell, CellRun
from simkit.sweep.grids import (
    DEFAULT_HORIZONS_DAYS,
    Interval,
    default_intervals,
    policies_of,
)
from simkit.sweep.result import Coincidence, SweepResult
from simkit.sweep.tables import differences_table, means_table, runs_table

CONFIDENCE = 0.95
MIN_REPLICATIONS = 2


def sweep(
    scenario: Scenario,
    intervals: Interval | Iterable[Interval] | Mapping[str, Iterable[Interval]] | None = None,
    *,
    segments: Sequence[str] | None = None,
    replications: int = 10,
    contacts: int = 1000,
    agents: int | None = None,
    days: int = 365,
    horizons: Sequence[float] | None = None,
    seed: int = 1,
    base: RecallPolicy | Mapping[str, RecallPolicy] | None = None,
    jobs: int = -1,
    progress: bool = True,
    engine: str = "compiled",
) -> SweepResult:
    """Compare recall intervals on the model, segment by segment.

    Each replication is a population of its own, drawn once and met by every interval (common
    random numbers), so that intervals are compared on the same contacts. The result is the same
    for any number of processes.

    Parameters
    ----------
    scenario
        What the world is.
    intervals
        What to try in every segment, or by segment: texts such as ``"10 working days"`` or
        ``"7d"``, spans, or whole policies. None takes ``default_intervals`` of each segment.
    segments
        Which segments of the scenario; None for all.
    replications
        Populations for each interval, >= 2: the intervals come from their spread.
    contacts, agents
        Contacts of each run, all of one segment, and the agents who serve them; None for as many
        as it takes.
    days
        How long each contact is followed.
    horizons
        Days since entry at which to measure, each at most ``days``; None for 30, 90 and 365, as
        far as they are shorter, and ``days``.
    seed
        Of all random draws.
    base
        The policy whose interval is swept, its rests, caps and push kept: one for all segments, or
        by segment; where there is none, a policy that decides nothing but the interval.
    jobs
        Number of processes; −1 for one a core.
    progress
        Whether to show how far it has come.
    engine
        As in ``simulate``.

    Returns
    -------
    SweepResult
        Means with 95 % intervals, and differences from the best.

    Raises
    ------
    InputError
        Listing every argument that breaks a rule.
    """
    names = _names(scenario.segments if segments is None else segments)
    if intervals is not None and not isinstance(intervals, Mapping):
        intervals = _spelled(intervals)
    marks = _horizons(days, horizons)
    problems = argument_problems(
        replications=replications,
        contacts=contacts,
        agents=agents,
        days=days,
        horizons=marks,
        seed=seed,
    )
    problems += _segment_problems(scenario, names, base)
    if engine not in ENGINES:
        problems.append(Problem("sweep", "engine", engine, f"must be one of {', '.join(ENGINES)}"))
    policies: dict[str, dict[str, RecallPolicy]] = {}
    for name in names:
        policies[name], more = _grid(name, intervals, base)
        problems += [problem for problem in more if problem not in problems]
    if problems:
        raise InputError(problems)
    cells = [
        Cell(name, label, policy, number)
        for number in range(replications)
        for name, grid in policies.items()
        for label, policy in grid.items()
    ]
    run = CellRun(
        scenarios={name: scenario.only(name) for name in names},
        contacts=contacts,
        agents=agents,
        run_days={
            name: days + math.ceil(scenario.segments[name].entry_spread_days) for name in names
        },
        horizons=marks,
        seed=seed,
        engine=engine,
    )
    make_ready(engine)
    values = np.stack(replicate(cells, run, jobs=jobs, progress=progress, description="sweep"))
    by_policy = values[..., 0].reshape(replications, -1, len(marks), len(MEASURED))
    return SweepResult(
        table=means_table(scenario, policies, by_policy, marks, CONFIDENCE),
        differences=differences_table(scenario, policies, by_policy, marks, CONFIDENCE),
        runs=runs_table(cells, values, marks),
        policies=policies,
        coincide=tuple(
            group for name, grid in policies.items() for group in _coinciding(scenario, name, grid)
        ),
        settings={
            "scenario": scenario.identity(),
            "contacts": contacts,
            "agents": agents,
            "days": days,
            "horizons_days": marks,
            "replications": replications,
            "seed": seed,
            "engine": engine,
            "confidence": CONFIDENCE,
        },
    )


def _names(segments: Iterable[str]) -> tuple[str, ...]:
    return (segments,) if isinstance(segments, str) else tuple(segments)


def _spelled(intervals: Interval | Iterable[Interval]) -> tuple[Interval, ...]:
    """Return the intervals as a tuple; one may come without a list around it."""
    if isinstance(intervals, str | Span | RecallPolicy):
        return (intervals,)
    return tuple(intervals)


def _horizons(days: int, horizons: Sequence[float] | None) -> tuple[float, ...]:
    if horizons is not None:
        return tuple(sorted(horizons))
    return (*(mark for mark in DEFAULT_HORIZONS_DAYS if mark < days), days)


def argument_problems(
    *,
    replications: int,
    contacts: int,
    agents: int | None,
    days: int,
    horizons: Sequence[float] | None,
    seed: int,
) -> list[Problem]:
    """Return what is wrong with those arguments of `sweep` that need no scenario.

    Parameters
    ----------
    replications, contacts, agents, days, horizons, seed
        As `sweep` takes them.
    """
    problems: list[Problem] = []
    marks = _horizons(days, horizons)

    def whole(field: str, value: object, low: int) -> None:
        if not isinstance(value, int) or isinstance(value, bool) or value < low:
            rule = f"must be a whole number >= {low}"
            problems.append(Problem("sweep", field, value, rule))

    whole("replications", replications, MIN_REPLICATIONS)
    whole("contacts", contacts, 1)
    whole("days", days, 1)
    whole("seed", seed, 0)
    if agents is not None:
        whole("agents", agents, 1)
    if not marks:
        problems.append(Problem("sweep", "horizons", horizons, "must have a horizon"))
    for place, mark in enumerate(marks):
        if not (isinstance(days, int) and 0 < mark <= days):
            rule = f"must be above 0 and at most days ({days})"
            problems.append(Problem("sweep", "horizons", mark, rule))
        elif mark in marks[:place]:
            problems.append(Problem("sweep", "horizons", mark, "must be there only once"))
    return problems


def _segment_problems(
    scenario: Scenario,
    segments: tuple[str, ...],
    base: RecallPolicy | Mapping[str, RecallPolicy] | None,
) -> list[Problem]:
    problems: list[Problem] = []
    if not segments:
        problems.append(Problem("sweep", "segments", segments, "must name a segment"))
    known = ", ".join(scenario.segments)
    for place, name in enumerate(segments):
        if name not in scenario.segments:
            problems.append(Problem("sweep", "segments", name, f"must be one of {known}"))
        elif name in segments[:place]:
            problems.append(Problem("sweep", "segments", name, "must be there only once"))
    if isinstance(base, Mapping):
        rule = f"must be a segment that is swept: {', '.join(segments)}"
        problems += [Problem("sweep", "base", name, rule) for name in base if name not in segments]
    return problems


def _grid(
    segment: str,
    intervals: Interval | Iterable[Interval] | Mapping[str, Iterable[Interval]] | None,
    base: RecallPolicy | Mapping[str, RecallPolicy] | None,
) -> tuple[dict[str, RecallPolicy], list[Problem]]:
    """Return a segment's policies by label, and what is wrong with them."""
    problems: list[Problem] = []
    chosen = base.get(segment) if isinstance(base, Mapping) else base
    if isinstance(intervals, Mapping) and segment not in intervals:
        rule = "must have intervals for this segment"
        problems.append(Problem("sweep", "intervals", segment, rule))
    given = intervals.get(segment) if isinstance(intervals, Mapping) else intervals
    wanted = default_intervals(segment) if given is None else _spelled(given)
    if not wanted:
        problems.append(Problem("sweep", "intervals", wanted, "must have an interval"))
    policies, more = policies_of(wanted, chosen)
    return policies, problems + more


def _coinciding(
    scenario: Scenario, segment: str, grid: Mapping[str, RecallPolicy]
) -> list[Coincidence]:
    """Return the groups of policies that differ in their wish only, not in what is delivered."""
    groups: dict[tuple[str, RecallPolicy], list[str]] = {}
    for label, policy in grid.items():
        pattern = delivery(policy, scenario, segment).pattern
        apart_from_interval = policy.replace(interval=Span(days=1))
        groups.setdefault((pattern, apart_from_interval), []).append(label)
    return [
        Coincidence(segment, tuple(labels), pattern)
        for (pattern, _), labels in groups.items()
        if len(labels) > 1
    ]
