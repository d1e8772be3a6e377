"""The sweep: intervals × segments × replications, all on the same populations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
from simkit.sweep.arguments import (
    REPLICATIONS_MAX,
    WHERE,
    Agents,
    argument_problems,
    grid_of,
    horizons_of,
    names_of,
    run_days_of,
    segment_problems,
    spelled,
    staff_of,
)
from simkit.sweep.cells import FEWER, Cell, CellRun
from simkit.sweep.found import Coincidence
from simkit.sweep.grids import Interval
from simkit.sweep.groups import Group
from simkit.sweep.kept import KeptCells
from simkit.sweep.result import SweepResult
from simkit.sweep.sampling import Goal, sampled
from simkit.sweep.tables import differences_table, means_table, runs_table

if TYPE_CHECKING:
    from distributed import Client

CONFIDENCE = 0.95


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
        are swept one by one: ``[4, 8, None]``. Each replication has agents of its own skill: with
        few of them that is much luck (``staff.skill_sd_logit`` = 0 makes all equal).
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
    given: Any = scenario
    if not isinstance(given, Scenario):
        rule = "must be a Scenario, e.g. load_scenario('b2c')"
        raise InputError([Problem(WHERE, "scenario", scenario, rule)])
    names = names_of(scenario.segments if segments is None else segments)
    if intervals is not None and not isinstance(intervals, Mapping):
        intervals = spelled(intervals)
    problems = argument_problems(
        replications=replications,
        contacts=contacts,
        agents=agents,
        days=days,
        horizons=horizons,
        seed=seed,
        half_width_eur=half_width_eur,
        indifference_eur=indifference_eur,
        replications_max=replications_max,
    )
    problems += jobs_problems(jobs)
    problems += segment_problems(scenario, names, base, intervals)
    if engine not in ENGINES:
        problems.append(Problem(WHERE, "engine", engine, f"must be one of {', '.join(ENGINES)}"))
    policies: dict[str, dict[str, RecallPolicy]] = {}
    for name in names:
        policies[name], more = grid_of(name, intervals, base)
        problems += [problem for problem in more if problem not in problems]
    if problems:
        raise InputError(problems)
    # Numpy's whole numbers are taken too, and are no JSON.
    replications, contacts, days, seed = (
        int(number) for number in (replications, contacts, days, seed)
    )
    marks = horizons_of(days, horizons)
    run_days = {name: run_days_of(scenario, name, days) for name in names}
    run = CellRun(
        scenarios={name: scenario.only(name) for name in names},
        contacts=contacts,
        run_days=run_days,
        horizons=marks,
        seed=seed,
        engine=engine,
    )
    keeper = None if keep is None else KeptCells(KeptResults(keep), run)
    if client is None:
        tried = [policy for grid in policies.values() for policy in grid.values()]
        at_once = min(effective_n_jobs(jobs), len(tried) * len(staff_of(agents)) * replications)
        require_room(run.needed_bytes(tried) * at_once, contacts, FEWER, WHERE)
        make_ready(engine)

    def play(cells: Sequence[Cell]) -> dict[Cell, NDArray[np.float64]]:
        with clear_shortage(contacts, FEWER, WHERE):
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
    staff = staff_of(agents)
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
