"""Who does the work of a rehearsal, and how far it has come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from simkit.engine import make_ready
from simkit.errors import Problem
from simkit.run import replicate
from simkit.run.code import rooms_of
from simkit.run.kept import KeptResults
from simkit.run.progress import progress_of
from simkit.run.replicate import jobs_problems
from simkit.trial.rehearse.alone import AloneRun
from simkit.trial.rehearse.arguments import WHERE
from simkit.trial.rehearse.kept import KeptRuns
from simkit.trial.rehearse.trials import TrialRun

if TYPE_CHECKING:
    from distributed import Client


@dataclass(frozen=True, eq=False)
class How:
    """Who does the work; no part of what is done."""

    jobs: int
    client: Client | None
    keep: str | Path | None
    advance: Callable[[], None]
    """To be called after each run, of whatever kind: arms alone, trials, those without effect."""

    def play(self, run: TrialRun | AloneRun, tasks: list[Any]) -> NDArray[np.float64]:
        """Return the results of tasks, in their order, shape (tasks, ...)."""
        keeper = None
        if self.keep is not None:
            keeper = KeptRuns(KeptResults(self.keep, *rooms_of(run)), run)
        found: list[NDArray[np.float64]] = replicate(
            tasks,
            run,
            jobs=self.jobs,
            # The truth is compiled code all through; an evaluation holds the interpreter.
            threads=isinstance(run, AloneRun),
            client=self.client,
            keeper=keeper,
            progress=self.advance,
        )
        return np.array(found)


def how_problems(jobs: object, client: object, keep: object, progress: object) -> list[Problem]:
    """Return what is wrong with who does the work.

    Parameters
    ----------
    jobs, client, keep, progress
        As `rehearse` takes them.
    """
    problems = jobs_problems(jobs)
    # A client's own package need not be there where nobody uses one.
    if client is not None and not (hasattr(client, "scheduler_info") and hasattr(client, "map")):
        rule = "must be a Dask client: distributed.Client(...)"
        problems.append(Problem(WHERE, "client", client, rule))
    if keep is not None and (not isinstance(keep, str | Path) or keep == ""):
        problems.append(Problem(WHERE, "keep", keep, "must be the name of a folder"))
    if not isinstance(progress, bool):
        problems.append(Problem(WHERE, "progress", progress, "must be True or False"))
    return problems


@contextmanager
def how_of(
    jobs: int, client: Client | None, keep: str | Path | None, *, total: int, progress: bool
) -> Iterator[How]:
    """Make the engine ready, and show one progress of all runs together.

    Parameters
    ----------
    jobs, client, keep, progress
        As `rehearse` takes them.
    total
        How many runs there are.
    """
    if client is None:
        make_ready("compiled")
    with progress_of("rehearsal", total, shown=progress) as advance:
        yield How(jobs, client, keep, advance)
