"""The map of the optimum: the best interval over two parameters, and where usual practice fails."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simkit.errors import InputError, Problem
from simkit.policy import RecallPolicy
from simkit.scenario import Scenario, Segment, Staff
from simkit.scenario.validation import unknown_key
from simkit.sweep.grids import Interval
from simkit.sweep.practice import PRACTICE_DAYS, loss_of_practice
from simkit.sweep.screening.arguments import grid_of, run_problems, segment_of
from simkit.sweep.screening.factors import STAFF, full_name
from simkit.sweep.screening.landscape_result import FAILS, HOLDS, OPEN, Landscape
from simkit.sweep.screening.points import SOURCE, Point, PointRun, played
from simkit.sweep.screening.top import top_of

if TYPE_CHECKING:
    from distributed import Client

WHERE = "landscape"
CONFIDENCE = 0.95
ENGINE = "compiled"
PARAMETERS = 2
MIN_VALUES = 2

# As wide as a screening's, denser near usual practice, whose ends and middle are among them: what
# it costs should not be a matter of which intervals were tried.
LANDSCAPE_WORKING_DAYS: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {
        "b2c": (1, 2, 3, 4, 5, 7, 10, 13, 18, 26, 40, 60),
        "b2b": (2, 4, 7, 12, 16, 20, 25, 30, 36, 48, 68, 95, 130),
    }
)


def landscape(
    scenario: Scenario,
    segment: str | None = None,
    *,
    over: Mapping[str, Sequence[float]],
    intervals: Iterable[Interval] | None = None,
    base: RecallPolicy | None = None,
    practice: tuple[float, float] | None = None,
    contacts: int = 1000,
    replications: int = 16,
    agents: int | None = None,
    days: int = 365,
    seed: int = 1,
    keep: str | Path | None = None,
    client: Client | None = None,
    jobs: int = -1,
    progress: bool = True,
) -> Landscape:
    """Draw the map of the best interval over two parameters, and of what usual practice costs.

    At each pair of values all intervals are swept on the same populations (common random numbers,
    within a pair and between pairs). What practice costs there is the net value of the best
    interval tried less that of the best one within practice's range, with a 95 % interval that
    counts in that both are chosen (see ``simkit.sweep.practice``); it holds for each pair by
    itself.

    Parameters
    ----------
    scenario
        What the world is assumed to be.
    segment
        Whose interval; may be left out where the scenario has only one.
    over
        Two parameters, as ``"irritation_half_life_days"`` or ``"b2c.decision_mean_days"``, each
        with its values, at least two, in the unit of the parameter's name.
    intervals
        What to sweep at each pair, at least 3, as `simkit.sweep.sweep` takes them; None for about
        twelve from every working day or two to every quarter or half year. Between them, the best
        interval is read off a parabola through the best and its neighbours.
    base
        The policy whose interval is swept; None for one that decides nothing but the interval.
    practice
        The shortest and the longest interval of usual practice in calendar days; None for what
        call centres do: 7 to 14 days for b2c, 28 to 42 for b2b. At least one interval swept must
        lie within it.
    contacts, replications, agents, days, seed
        Of the sweep at each pair. Intervals of what practice costs are over replications.
    keep
        A folder in which every finished pair is kept at once, so that a map that was interrupted,
        or that has more values, computes only what is not there.
    client
        A Dask cluster (``distributed.Client``) that does the work instead of this machine.
    jobs
        How many pairs at once on this machine; −1 for one a core.
    progress
        Whether to show how far it has come.

    Raises
    ------
    InputError
        Listing every argument, parameter and value that breaks a rule.
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
    name, more = segment_of(scenario, segment, WHERE)
    problems += more
    policies, more = grid_of(
        scenario, name, intervals, base, usual=LANDSCAPE_WORKING_DAYS, where=WHERE
    )
    weekdays = len(scenario.calendar.working_weekdays)
    grid = np.array([policy.interval.calendar_days(weekdays) for policy in policies.values()])
    problems += more
    usual = PRACTICE_DAYS.get(name or "") if practice is None else practice
    problems += _practice_problems(usual, name, grid)
    points: list[Point] = []
    if name is not None:
        points, more = _points(scenario.only(name), name, over)
        problems += more
    if problems or name is None or usual is None:
        raise InputError(problems)
    run = PointRun(
        scenario.only(name), name, policies, contacts, agents, replications, days, seed, ENGINE
    )
    as_assumed, *found = played(
        [Point((), 0), *points],
        run,
        keep=keep,
        client=client,
        jobs=jobs,
        progress=progress,
        where=WHERE,
    )
    inside = (grid >= usual[0]) & (grid <= usual[1])
    labels = list(policies)
    rows = [
        dict(point.values) | _row(values, grid, labels, inside, _worthwhile(run, point))
        for point, values in zip(points, found, strict=True)
    ]
    own = [key for key, _ in points[0].values]
    known = scenario.parameters().set_index("parameter")
    return Landscape(
        table=pd.DataFrame(rows),
        as_assumed={key: known.loc[key, "value"] for key in own}
        | _row(as_assumed, grid, labels, inside, _worthwhile(run, Point((), 0))),
        settings={
            "scenario": scenario.identity(),
            "segment": name,
            "parameters": own,
            "units": {key: str(known.loc[key, "unit"]) for key in own},
            "intervals": labels,
            "interval_days": grid.tolist(),
            "practice_days": [float(end) for end in usual],
            "contacts": contacts,
            "replications": replications,
            "agents": agents,
            "days": days,
            "seed": seed,
            "engine": ENGINE,
            "confidence": CONFIDENCE,
        },
    )


def _row(
    values: NDArray[np.float64],
    grid: NDArray[np.float64],
    labels: Sequence[str],
    inside: NDArray[np.bool_],
    worthwhile: float,
) -> dict[str, Any]:
    """Return what is said of one pair of values."""
    means = values.mean(axis=0)
    top = top_of(grid, means)
    loss = loss_of_practice(values, inside, CONFIDENCE)
    verdict = FAILS if loss.low > worthwhile else HOLDS if loss.high <= worthwhile else OPEN
    return {
        "optimum_days": top.days,
        "edge": top.edge,
        "net_value_eur": top.value,
        "best": labels[loss.best],
        "practice": labels[loss.practice],
        "practice_net_value_eur": float(means[loss.practice]),
        "loss_eur": loss.eur,
        "loss_low": loss.low,
        "loss_high": loss.high,
        "beaten": loss.low > 0,
        "worthwhile_eur": worthwhile,
        "verdict": verdict,
    }


def _worthwhile(run: PointRun, point: Point) -> float:
    scenario = run.scenario.vary_all(dict(point.values), source=SOURCE)
    return float(scenario.segments[run.segment].worthwhile_eur)


def _practice_problems(
    practice: Any, segment: str | None, grid: NDArray[np.float64]
) -> list[Problem]:
    if practice is None:
        if segment is None:
            return []
        rule = f"must be given: simkit knows none of {segment}"
        return [Problem(WHERE, "practice", None, rule)]
    rule = "must be two numbers of days (shortest, longest), 0 < shortest <= longest"
    try:
        low, high = (float(end) for end in practice)
    except (TypeError, ValueError):
        return [Problem(WHERE, "practice", practice, rule)]
    if not 0 < low <= high < np.inf:
        return [Problem(WHERE, "practice", practice, rule)]
    if len(grid) and not ((grid >= low) & (grid <= high)).any():
        rule = f"must hold an interval swept: {', '.join(f'{days:g}' for days in grid)} days"
        return [Problem(WHERE, "practice", practice, rule)]
    return []


def _points(
    scenario: Scenario, segment: str, over: Mapping[str, Sequence[float]]
) -> tuple[list[Point], list[Problem]]:
    """Return a point for each pair of values, and what is wrong with names and values."""
    parts = {segment: Segment.model_fields, STAFF: Staff.model_fields}
    problems: list[Problem] = []
    values: dict[str, list[float | int]] = {}
    for given, asked in over.items():
        name = full_name(given, segment)
        part, _, key = name.partition(".")
        if part not in parts or key not in parts[part]:
            fields = [field for fields in parts.values() for field in fields]
            problems.append(unknown_key(WHERE, given, None, fields))
        elif name in values:
            problems.append(Problem(WHERE, given, None, "must be there only once"))
        else:
            values[name], more = _values(scenario, name, asked)
            problems += more
    if len(over) != PARAMETERS:
        rule = f"must be {PARAMETERS} parameters with their values"
        problems.append(Problem(WHERE, "over", list(over), rule))
    if problems:
        return [], problems
    points = [
        Point(tuple(zip(values, pair, strict=True)), populations=0)
        for pair in product(*values.values())
    ]
    for point in points:
        problems += _broken(scenario, dict(point.values))
    return points, problems


def _values(
    scenario: Scenario, name: str, asked: Iterable[Any]
) -> tuple[list[float | int], list[Problem]]:
    """Return a parameter's values, ascending, as the scenario takes them."""
    if isinstance(asked, str) or not isinstance(asked, Iterable):
        return [], [Problem(WHERE, name, asked, "must be a list of values")]
    plain = [each.item() if hasattr(each, "item") else each for each in asked]
    problems: list[Problem] = []
    for number, value in enumerate(plain):
        if isinstance(value, bool) or not isinstance(value, int | float):
            problems.append(Problem(WHERE, f"{name}[{number}]", value, "must be a number"))
        elif value in plain[:number]:
            problems.append(Problem(WHERE, f"{name}[{number}]", value, "must be there only once"))
        else:
            problems += _broken(scenario, {name: value})
    if len(plain) < MIN_VALUES:
        problems.append(Problem(WHERE, name, plain, f"must have at least {MIN_VALUES} values"))
    return [] if problems else sorted(plain), problems


def _broken(scenario: Scenario, values: Mapping[str, float | int]) -> list[Problem]:
    try:
        scenario.vary_all(values, source=SOURCE)
    except InputError as error:
        shown = ", ".join(values)
        return [
            Problem(WHERE, part.field or shown, part.value, part.rule) for part in error.problems
        ]
    return []
