"""What a sweep compares with each other: policies of a segment that have the same agents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from simkit.policy import RecallPolicy
from simkit.sweep.cells import MEASURED, RUN_COLUMNS, Cell


@dataclass(frozen=True)
class Group:
    """Policies that met the same populations, and what their runs found.

    Parameters
    ----------
    segment, agents
        Whom they called, and with how many agents; None for as many as it takes.
    policies
        By label, in the grid's order.
    values
        Shape (replications, policies, horizons, ``MEASURED``, ``RUN_COLUMNS``); NaN where a policy
        has no run in a replication, or the run no value.
    ran
        Whether there is a run, shape (replications, policies).
    """

    segment: str
    agents: int | None
    policies: Mapping[str, RecallPolicy]
    values: NDArray[np.float64]
    ran: NDArray[np.bool_]

    @classmethod
    def empty(
        cls, segment: str, agents: int | None, policies: Mapping[str, RecallPolicy], horizons: int
    ) -> Group:
        """Return a group without a run."""
        shape = (0, len(policies), horizons, len(MEASURED), len(RUN_COLUMNS))
        ran = np.zeros(shape[:2], dtype=np.bool_)
        return cls(segment, agents, policies, np.full(shape, np.nan), ran)

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of the policies."""
        return tuple(self.policies)

    @property
    def replications(self) -> int:
        """How many populations some policy has met."""
        return len(self.ran)

    def means(self, measure: str, horizon: int) -> NDArray[np.float64]:
        """Return what the runs found of a measure, shape (replications, policies).

        Parameters
        ----------
        measure
            One of ``MEASURED``.
        horizon
            Its place among the horizons.
        """
        return self.values[:, :, horizon, MEASURED.index(measure), 0]

    def cells(self, replications: Iterable[int], chosen: NDArray[np.bool_]) -> Iterator[Cell]:
        """Yield the cells of some replications for the policies that are chosen."""
        for number in replications:
            for (label, policy), wanted in zip(self.policies.items(), chosen, strict=True):
                if wanted:
                    yield Cell(self.segment, self.agents, label, policy, number)

    def with_runs(self, found: Mapping[Cell, NDArray[np.float64]]) -> Group:
        """Return the group with the runs of further cells; those of other groups are passed over.

        Parameters
        ----------
        found
            What `CellRun` gives for each cell.
        """
        own = {
            cell: values
            for cell, values in found.items()
            if (cell.segment, cell.agents) == (self.segment, self.agents)
        }
        size = max([self.replications, *(cell.replication + 1 for cell in own)])
        grown = np.full((size, *self.values.shape[1:]), np.nan)
        grown[: self.replications] = self.values
        ran = np.zeros(grown.shape[:2], dtype=np.bool_)
        ran[: self.replications] = self.ran
        place = {label: number for number, label in enumerate(self.labels)}
        for cell, values in own.items():
            grown[cell.replication, place[cell.interval]] = values
            ran[cell.replication, place[cell.interval]] = True
        return replace(self, values=grown, ran=ran)
