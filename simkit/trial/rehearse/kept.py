"""The finished runs of rehearsals, kept in a folder so that none is done again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from simkit.run.kept import KeptResults


class Run(Protocol):
    """What tells of a task what its result depends on."""

    def shape(self, task: Any) -> tuple[int, ...]:
        """Return the shape of a task's result."""

    def about(self, task: Any) -> dict[str, Any]:
        """Return all that a task's result depends on."""


@dataclass(frozen=True)
class KeptRuns:
    """What keeps the runs of a rehearsal.

    Parameters
    ----------
    results
        The folder.
    run
        What all its tasks have in common.
    """

    results: KeptResults
    run: Run

    def find(self, task: Any) -> NDArray[np.float64] | None:
        """Return a run that is finished; None where it is not."""
        return self.results.find(self.run.about(task), self.run.shape(task))

    def keep(self, task: Any, values: NDArray[np.float64]) -> None:
        """Keep a finished run."""
        self.results.keep(self.run.about(task), values)
