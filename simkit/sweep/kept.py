"""The finished cells of sweeps, kept in a folder so that no sweep does one of them again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simkit.run.kept import KeptResults
from simkit.sweep.cells import MEASURED, RUN_COLUMNS, Cell, CellRun


@dataclass(frozen=True)
class KeptCells:
    """What keeps the cells of a sweep.

    Parameters
    ----------
    results
        The folder.
    run
        What all cells of the sweep have in common.
    """

    results: KeptResults
    run: CellRun

    def find(self, cell: Cell) -> NDArray[np.float64] | None:
        """Return a cell that is finished; None where it is not."""
        shape = (len(self.run.horizons), len(MEASURED), len(RUN_COLUMNS))
        return self.results.find(self._about(cell), shape)

    def keep(self, cell: Cell, values: NDArray[np.float64]) -> None:
        """Keep a finished cell."""
        self.results.keep(self._about(cell), values)

    def _about(self, cell: Cell) -> dict[str, Any]:
        """Return all that a cell depends on. Names and sources do not matter, values do."""
        run = self.run
        return {
            "scenario": run.scenarios[cell.segment].identity()["sha256"],
            "segment": cell.segment,
            "policy": cell.policy.to_dict(),
            "contacts": run.contacts,
            "agents": cell.agents,
            "days": run.run_days[cell.segment],
            "horizons_days": [float(days) for days in run.horizons],
            "seed": run.seed,
            "replication": cell.replication,
            "engine": run.engine,
            "measures": list(MEASURED),
        }
