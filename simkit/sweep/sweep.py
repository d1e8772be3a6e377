"""The sweep: intervals × segments × replications, all on the same populations."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from joblib import effective_n_jobs
from numpy.typing import NDArray

from simkit.engine import ENGINES, make_ready
from simkit.engine.memory import clear_shortage, require_room
from simkit.errors import InputError, Problem
from simkit.policy import RecallPolicy, Span
from simkit.policy.delivered import delivery
from simkit.run import replicate
from simkit.run.kept import KeptResults
from simkit.run.replicate import jobs_problems
from simkit.scenario import Scenario
from simkit.sweep.cells import FEWER, Cell, CellRun
from simkit.sweep.found import Coincidence
from simkit.sweep.grids import (
    DEFAULT_HORIZONS_DAYS,
    Interval,
    default_intervals,
    policies_of,
)
from simkit.sweep.groups import Group
from simkit.sweep.kept import KeptCells
from simkit.sweep.result import SweepResult
from simkit.sweep.sampling import Goal, sampled
from simkit.sweep.tables import differences_table, means_table, runs_table

if TYPE_CHECKING:
    from distributed import Client

Agents = int | None | Sequence[int | None]

CONFIDENCE = 0.95
MIN_REPLICATIONS = 2
REPLICATIONS_MAX = 200


def sweep(
    scenario: Scenario,
    intervals: Interval | Iterable[Interval] | Mapping[str, Iterable[Interval]] | None = None,
    *,
    segments: Sequence[str] | None = None,
    replications: int = 10,
    contacts: int = 1000,
    agents: Agents = None,
    days: int = 365,
    horizons: Sequence[float] | None = None,
    seed: int = 1,
    base: RecallPolicy | Mapping[str, RecallPolicy] | None = None,
    half_width_eur: float | None = None,
    indifference_eur: float | None = None,
    replications_max: int = REPLICATIONS_MAX,
    keep: str | Path | None = None,
    client: Client | None = None,
    jobs: int = -1,
    progress: bool = True,
    engine: str = "compiled",
) -> SweepResult:
    """Compare recall intervals on the model, segment by segment.

    Each replication is a population of its own, drawn once and met by every interval (common
    random numbers), so that intervals are compared on the same contacts. The result is the same
    for any number of workers, whatever their order.

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
    contacts
        Contacts of each run, all of one segment.
    agents
        How many agents serve the contacts of a run; None for as many as it takes. Several numbers
        are swept one by one: ``[4, 8, None]``.
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
    half_width_eur
        Add replications until every interval's net value per contact over the longest horizon is
        known to within so much, with 95 % confidence.
    indifference_eur
        Add replications until an interval is found that is worse than the best one by no more than
        so much net value per contact over the longest horizon, with a probability of at least 95 %
        (see ``simkit.sweep.selection``). Intervals that are out of question get no more of them.
    replications_max
        The most replications, where one of these two asks for more.
    keep
        A folder in which every finished run is kept at once. A sweep that was interrupted, or that
        has more intervals, agents or replications, computes only what is not there.
    client
        A Dask cluster (``distributed.Client``) that does the work instead of this machine.
    jobs
        How many runs at once on this machine; −1 for one a core.
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
        half_width_eur=half_width_eur,
        indifference_eur=indifference_eur,
        replications_max=replications_max,
    )
    problems += jobs_problems(jobs)
    problems += _segment_problems(scenario, names, base)
    if engine not in ENGINES:
        problems.append(Problem("sweep", "engine", engine, f"must be one of {', '.join(ENGINES)}"))
    policies: dict[str, dict[str, RecallPolicy]] = {}
    for name in names:
        policies[name], more = _grid(name, intervals, base)
        problems += [problem for problem in more if problem not in problems]
    if problems:
        raise InputError(problems)
    run = CellRun(
        scenarios={name: scenario.only(name) for name in names},
        contacts=contacts,
        run_days={
            name: days + math.ceil(scenario.segments[name].entry_spread_days) for name in names
        },
        horizons=marks,
        seed=seed,
        engine=engine,
    )
    keeper = None if keep is None else KeptCells(KeptResults(keep), run)
    if client is None:
        tried = [policy for grid in policies.values() for policy in grid.values()]
        at_once = min(effective_n_jobs(jobs), len(tried) * len(_staff(agents)) * replications)
        require_room(run.needed_bytes(tried) * at_once, contacts, FEWER, "sweep")
        make_ready(engine)

    def play(cells: Sequence[Cell]) -> dict[Cell, NDArray[np.float64]]:
        with clear_shortage(contacts, FEWER, "sweep"):
            found = replicate(
                cells,
                run,
                jobs=jobs,
                threads=engine == "compiled",
                client=client,
                keeper=keeper,
                progress=progress,
                description="sweep",
            )
        return dict(zip(cells, found, strict=True))

    goal = Goal(replications, replications_max, CONFIDENCE, half_width_eur, indifference_eur)
    staff = _staff(agents)
    groups = sampled(
        [
            Group.empty(name, number, grid, len(marks))
            for number in staff
            for name, grid in policies.items()
        ],
        goal,
        play,
    )
    racing = [] if indifference_eur is None else groups
    standings = {(group.segment, group.agents): goal.standing(group) for group in racing}
    return SweepResult(
        table=means_table(scenario, groups, marks, CONFIDENCE),
        differences=differences_table(scenario, groups, marks, CONFIDENCE, standings),
        runs=runs_table(groups, marks),
        policies=policies,
        coincide=tuple(
            group for name, grid in policies.items() for group in _coinciding(scenario, name, grid)
        ),
        settings={
            "scenario": scenario.identity(),
            "contacts": contacts,
            "agents": staff,
            "days": days,
            "horizons_days": marks,
            "replications": replications,
            "seed": seed,
            "engine": engine,
            "confidence": CONFIDENCE,
            "half_width_eur": half_width_eur,
            "indifference_eur": indifference_eur,
            "replications_max": replications_max,
        },
        selected=tuple(goal.selected(group) for group in racing),
        precise=tuple(
            goal.precise(group) for group in (groups if half_width_eur is not None else [])
        ),
    )


def _names(segments: Iterable[str]) -> tuple[str, ...]:
    return (segments,) if isinstance(segments, str) else tuple(segments)


def _spelled(intervals: Interval | Iterable[Interval]) -> tuple[Interval, ...]:
    """Return the intervals as a tuple; one may come without a list around it."""
    if isinstance(intervals, str | Span | RecallPolicy):
        return (intervals,)
    return tuple(intervals)


def _staff(agents: Agents) -> tuple[int | None, ...]:
    """Return the numbers of agents as a tuple; one may come without a list around it."""
    return tuple(agents) if isinstance(agents, Sequence) else (agents,)


def _horizons(days: int, horizons: Sequence[float] | None) -> tuple[float, ...]:
    if horizons is not None:
        return tuple(sorted(horizons))
    return (*(mark for mark in DEFAULT_HORIZONS_DAYS if mark < days), days)


def argument_problems(
    *,
    replications: int,
    contacts: int,
    agents: Agents,
    days: int,
    horizons: Sequence[float] | None,
    seed: int,
    half_width_eur: float | None = None,
    indifference_eur: float | None = None,
    replications_max: int = REPLICATIONS_MAX,
) -> list[Problem]:
    """Return what is wrong with those arguments of `sweep` that need no scenario.

    Parameters
    ----------
    replications, contacts, agents, days, horizons, seed
        As `sweep` takes them.
    half_width_eur, indifference_eur, replications_max
        Likewise.
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
    staff = _staff(agents)
    if not staff:
        problems.append(Problem("sweep", "agents", staff, "must have a number of agents"))
    for place, number in enumerate(staff):
        if number is not None:
            whole("agents", number, 1)
        if number in staff[:place]:
            problems.append(Problem("sweep", "agents", number, "must be there only once"))
    asked = {"half_width_eur": half_width_eur, "indifference_eur": indifference_eur}
    given = {name: value for name, value in asked.items() if value is not None}
    for name, value in given.items():
        if not isinstance(value, int | float) or not 0 < value < math.inf:
            problems.append(Problem("sweep", name, value, "must be a number above 0"))
    if len(given) == 2:
        rule = "must not be given together: one says when there are enough replications"
        problems.append(Problem("sweep", " and ".join(given), tuple(given.values()), rule))
    if given:
        whole("replications_max", replications_max, replications)
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
