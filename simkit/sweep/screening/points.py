"""One point of a study: a variant of the scenario, swept over all intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from joblib import effective_n_jobs
from numpy.typing import NDArray

from simkit.engine import make_ready
from simkit.engine.memory import clear_shortage, require_room
from simkit.policy import RecallPolicy
from simkit.run import replicate
from simkit.run.kept import KeptResults
from simkit.scenario import Scenario
from simkit.sweep.arguments import run_days_of
from simkit.sweep.asked import MAIN_MEASURE
from simkit.sweep.cells import FEWER, MEASURED, Cell, CellRun

if TYPE_CHECKING:
    from distributed import Client

SOURCE = "varied in a study of sensitivity"


@dataclass(frozen=True)
class Point:
    """A variant of the scenario, and which populations meet it.

    Parameters
    ----------
    values
        Parameter and value of all that is varied.
    populations
        Number of the set of populations: sets have no contact in common, and equal numbers mean
        the same contacts (common random numbers).
    """

    values: tuple[tuple[str, float | int], ...]
    populations: int


@dataclass(frozen=True)
class PointRun:
    """What all points of a study have in common; called with a point it sweeps it.

    Parameters
    ----------
    scenario
        With the segment only.
    segment
        Its name.
    policies
        What is tried, by label, ascending by interval.
    contacts, agents, replications, seed, engine
        Of each sweep, as `simkit.sweep.sweep` takes them.
    days
        How long each contact is followed, and the horizon.
    """

    scenario: Scenario
    segment: str
    policies: Mapping[str, RecallPolicy]
    contacts: int
    agents: int | None
    replications: int
    days: int
    seed: int
    engine: str

    def __call__(self, point: Point) -> NDArray[np.float64]:
        """Return the net value per contact, shape (replications, policies)."""
        run = self.run_of(point)
        measure = MEASURED.index(MAIN_MEASURE)
        first = point.populations * self.replications
        found = [
            [
                run(Cell(self.segment, self.agents, label, policy, number))[0, measure, 0]
                for label, policy in self.policies.items()
            ]
            for number in range(first, first + self.replications)
        ]
        return np.array(found)

    def run_of(self, point: Point) -> CellRun:
        """Return what the point's cells have in common."""
        varied = self.scenario.vary_all(dict(point.values), source=SOURCE)
        return CellRun(
            scenarios={self.segment: varied},
            contacts=self.contacts,
            run_days={self.segment: run_days_of(varied, self.segment, self.days)},
            horizons=(float(self.days),),
            seed=self.seed,
            engine=self.engine,
        )


@dataclass(frozen=True)
class KeptPoints:
    """What keeps the points of a study.

    Parameters
    ----------
    results
        The folder.
    run
        What all points of the study have in common.
    """

    results: KeptResults
    run: PointRun

    def find(self, point: Point) -> NDArray[np.float64] | None:
        """Return a point that is finished; None where it is not."""
        shape = (self.run.replications, len(self.run.policies))
        return self.results.find(self._about(point), shape)

    def keep(self, point: Point, values: NDArray[np.float64]) -> None:
        """Keep a finished point."""
        self.results.keep(self._about(point), values)

    def _about(self, point: Point) -> dict[str, Any]:
        """Return all that a point depends on: values of parameters, not who varied them."""
        run = self.run
        cells = run.run_of(point)
        return {
            "what": "net value of a point",
            "scenario": cells.scenarios[run.segment].identity()["sha256"],
            "segment": run.segment,
            "policies": [policy.to_dict() for policy in run.policies.values()],
            "contacts": run.contacts,
            "agents": run.agents,
            "days": run.days,
            "run_days": cells.run_days[run.segment],
            "seed": run.seed,
            "populations": point.populations,
            "replications": run.replications,
            "engine": run.engine,
        }


def played(
    points: Sequence[Point],
    run: PointRun,
    *,
    keep: str | Path | None,
    client: Client | None,
    jobs: int,
    progress: bool,
    where: str,
) -> list[NDArray[np.float64]]:
    """Return what `run` gives for each point, in their order.

    Parameters
    ----------
    points, run
        The points, and what they have in common.
    keep, client, jobs, progress
        As `simkit.sweep.sweep` takes them.
    where
        The study, as problems and the progress name it.
    """
    if client is None:
        needed = run.run_of(points[0]).needed_bytes(run.policies.values())
        at_once = min(effective_n_jobs(jobs), len(points))
        require_room(needed * at_once, run.contacts, FEWER, where)
        make_ready(run.engine)
    with clear_shortage(run.contacts, FEWER, where):
        return replicate(
            points,
            run,
            jobs=jobs,
            threads=True,
            client=client,
            keeper=None if keep is None else KeptPoints(KeptResults(keep), run),
            progress=progress,
            description=where,
        )
