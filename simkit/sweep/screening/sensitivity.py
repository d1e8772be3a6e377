"""The study: which assumed parameters move the optimal interval most."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from simkit.errors import InputError, Problem
from simkit.policy import RecallPolicy
from simkit.scenario import Scenario
from simkit.sweep.grids import Interval
from simkit.sweep.screening.arguments import grid_of, run_problems, segment_of
from simkit.sweep.screening.factors import WHERE, Factor, choose
from simkit.sweep.screening.morris import (
    Design,
    design,
    effects,
    require_salib,
    sizes_among,
)
from simkit.sweep.screening.points import Point, PointRun, played
from simkit.sweep.screening.ranges import read_ranges
from simkit.sweep.screening.result import Sensitivity
from simkit.sweep.screening.tables import effects_table, points_table
from simkit.sweep.screening.top import INSIDE, top_of

if TYPE_CHECKING:
    from distributed import Client

CONFIDENCE = 0.95
MIN_TRAJECTORIES = 2
ENGINE = "compiled"

# Equal steps of the logarithm, and further out than a sweep's: over wide ranges the best interval
# is found there too. Working days only, as in a sweep.
SCREENING_WORKING_DAYS: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {
        "b2c": (1, 2, 3, 5, 8, 13, 21, 34, 60),
        "b2b": (1, 2, 4, 7, 12, 20, 32, 52, 80, 130),
    }
)


def sensitivity(
    scenario: Scenario,
    segment: str | None = None,
    *,
    parameters: Iterable[str] | None = None,
    ranges: str | Path | Mapping[str, Any] | None = None,
    intervals: Iterable[Interval] | None = None,
    base: RecallPolicy | None = None,
    trajectories: int = 10,
    contacts: int = 4000,
    replications: int = 2,
    agents: int | None = None,
    days: int = 365,
    seed: int = 1,
    keep: str | Path | None = None,
    client: Client | None = None,
    jobs: int = -1,
    progress: bool = True,
) -> Sensitivity:
    """Find out which assumed parameters move the optimal recall interval most.

    Morris screening: parameters are changed one after the other along random trajectories through
    their ranges, and after each change all intervals are swept again on the same populations. What
    a change does to the interval of the highest net value is its effect, in doublings.

    Parameters
    ----------
    scenario
        What the world is assumed to be.
    segment
        Whose interval; may be left out where the scenario has only one.
    parameters
        What to vary, as ``"need_per_year"`` or ``"b2c.need_per_year"``; None for all numbers of
        the segment (and of the agents) that are marked as assumed, have a range and may matter,
        and for those that `ranges` names.
    ranges
        Between which values, where the bundled ranges do not suit: a TOML file or a mapping, see
        `read_ranges`. Each must hold the scenario's own value.
    intervals
        What to sweep at each point, at least 3, as `simkit.sweep.sweep` takes them; None for nine
        or ten, from every working day to every quarter (b2c) or half year (b2b).
    base
        The policy whose interval is swept; None for one that decides nothing but the interval.
    trajectories
        How many, >= 2. Each costs two points more than there are parameters. More trajectories
        begin with the same ones, so that with `keep` only the others are computed.
    contacts, replications, agents, days, seed
        Of the sweep at each point. Without a limit on agents contacts do not know of each other,
        and few large runs are faster than many small ones.
    keep
        A folder in which every finished point is kept at once.
    client
        A Dask cluster (``distributed.Client``) that does the work instead of this machine.
    jobs
        How many points at once on this machine; −1 for one a core.
    progress
        Whether to show how far it has come.

    Raises
    ------
    InputError
        Listing every argument and range that breaks a rule; or if SALib is not installed.
    """
    problems = run_problems(
        replications=replications,
        contacts=contacts,
        agents=agents,
        days=days,
        seed=seed,
        jobs=jobs,
        where=WHERE,
    )
    if not isinstance(trajectories, int) or trajectories < MIN_TRAJECTORIES:
        rule = f"must be a whole number >= {MIN_TRAJECTORIES}"
        problems.append(Problem(WHERE, "trajectories", trajectories, rule))
    name, more = segment_of(scenario, segment, WHERE)
    problems += more
    policies, more = grid_of(
        scenario, name, intervals, base, usual=SCREENING_WORKING_DAYS, where=WHERE
    )
    problems += more
    own = {}
    try:
        own = {} if ranges is None else read_ranges(ranges)
    except InputError as error:
        problems += error.problems
    if name is not None:
        choice, more = choose(
            scenario,
            name,
            parameters=parameters,
            ranges=own,
            policies=list(policies.values()),
            agents=agents,
        )
        problems += more
    try:
        require_salib()
    except InputError as error:
        problems += error.problems
    if problems or name is None:
        raise InputError(problems)
    run = PointRun(
        scenario.only(name), name, policies, contacts, agents, replications, days, seed, ENGINE
    )
    drawn = design(tuple(factor.name for factor in choice.factors), trajectories, seed)
    points = [Point((), 0), Point((), 1), *_points(choice.factors, drawn)]
    # Where whole numbers are rounded, or few parameters varied, points may coincide.
    different = list(dict.fromkeys(points))
    found = played(
        different,
        run,
        keep=keep,
        client=client,
        jobs=jobs,
        progress=progress,
        where=WHERE,
    )
    curve = {point: values.mean(axis=0) for point, values in zip(different, found, strict=True)}
    curves = np.array([curve[point] for point in points])
    weekdays = len(scenario.calendar.working_weekdays)
    grid = np.array([policy.interval.calendar_days(weekdays) for policy in policies.values()])
    as_assumed, curves = curves[:2].mean(axis=0), curves[2:]
    tops = [top_of(grid, curve) for curve in curves]
    doublings = np.log2([top.days for top in tops])
    on_interval = effects(drawn, doublings, CONFIDENCE)
    among = sizes_among(drawn, doublings, np.array([top.edge == INSIDE for top in tops]))
    on_value = effects(drawn, np.array([top.value for top in tops]), CONFIDENCE)
    losses = curves.max(axis=1) - curves[:, int(np.argmax(as_assumed))]
    top = top_of(grid, as_assumed)
    luck, around = float(on_interval.mu_star[-1]), float(on_interval.mu_star_conf[-1])
    return Sensitivity(
        table=effects_table(scenario, choice.factors, on_interval, among, on_value),
        points=points_table(points[2:], tops, losses, drawn.length),
        left_out=pd.DataFrame(list(choice.left_out.items()), columns=["parameter", "reason"]),
        optimum_days=top.days,
        net_value_eur=top.value,
        luck=luck,
        luck_low=max(luck - around, 0.0),
        luck_high=luck + around,
        settings={
            "scenario": scenario.identity(),
            "segment": name,
            "intervals": list(policies),
            "interval_days": grid.tolist(),
            "trajectories": trajectories,
            "contacts": contacts,
            "replications": replications,
            "agents": agents,
            "days": days,
            "seed": seed,
            "engine": ENGINE,
            "confidence": CONFIDENCE,
        },
    )


def _points(factors: Sequence[Factor], drawn: Design) -> list[Point]:
    return [
        Point(
            tuple(
                (factor.name, factor.value(float(place)))
                for factor, place in zip(factors, row[:-1], strict=True)
            ),
            int(row[-1] > 0.5),
        )
        for row in drawn.places
    ]
