"""One cell of a sweep: one policy on one population, reduced to means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simkit.engine import simulate
from simkit.measures import MEASURES, OUTCOMES, contact_outcomes
from simkit.measures.reduction import windows
from simkit.measures.registry import Better
from simkit.measures.spacing import spacing_totals
from simkit.policy import RecallPolicy
from simkit.scenario import Scenario

MEANS = (
    "net_value_eur",
    "value_eur",
    "dial_cost_eur",
    "agent_cost_eur",
    "complaint_cost_eur",
    "optout_cost_eur",
    "sale",
    "net_sale",
    "net_sale_expected",
    "opt_out",
    "complaint",
    "reached",
    "attempts",
    "conversations",
    "agent_s",
)
SPACING = ("delivered_interval_days", "wait_hours", "interval_adherence", "callback_adherence")
MEASURED = (*MEANS, *SPACING)


def unit_of(measure: str) -> str:
    """Return the unit of a measure of the sweep."""
    return OUTCOMES[measure].unit if measure in OUTCOMES else MEASURES[measure].unit


def better_of(measure: str) -> Better:
    """Return the better direction of a measure of the sweep."""
    return OUTCOMES[measure].better if measure in OUTCOMES else MEASURES[measure].better


@dataclass(frozen=True)
class Cell:
    """One run of a sweep.

    Parameters
    ----------
    segment, interval, policy
        What is tried: the interval is the policy's label.
    replication
        Which population meets it.
    """

    segment: str
    interval: str
    policy: RecallPolicy
    replication: int


@dataclass(frozen=True)
class CellRun:
    """What all cells of a sweep have in common; called with a cell it runs it.

    Parameters
    ----------
    scenarios
        For each segment the scenario with that segment only.
    contacts, agents
        Of each run.
    run_days
        Days simulated: long enough for the last contact who enters to be followed to the end.
    horizons
        Days since entry, ascending.
    seed, engine
        As in ``simulate``.
    """

    scenarios: Mapping[str, Scenario]
    contacts: int
    agents: int | None
    run_days: Mapping[str, int]
    horizons: tuple[float, ...]
    seed: int
    engine: str

    def __call__(self, cell: Cell) -> NDArray[np.float64]:
        """Run a cell; return the means, shape (horizons, ``MEASURED``), NaN where there is none."""
        scenario = self.scenarios[cell.segment]
        log = simulate(
            scenario,
            cell.policy,
            contacts=self.contacts,
            agents=self.agents,
            days=self.run_days[cell.segment],
            seed=self.seed,
            replication=cell.replication,
            engine=self.engine,
        )
        prices = scenario.economics()
        window_s = np.full(
            len(log.contacts), 60 * scenario.segments[cell.segment].callback_window_min
        )
        cells = np.zeros(len(log.contacts), dtype=np.int64)
        rows = []
        for horizon in self.horizons:
            outcomes = contact_outcomes(log, horizon_days=horizon, economics=prices)
            means = outcomes[list(MEANS)].mean().to_numpy(dtype=np.float64)
            totals = spacing_totals(log, windows(log, horizon), cells, 1, window_s)
            rows.append(np.append(means, [_ratio(name, totals) for name in SPACING]))
        return np.vstack(rows)


def _ratio(name: str, totals: Mapping[str, NDArray[np.float64]]) -> float:
    row = MEASURES[name]
    denominator = float(totals[row.denominator][0]) if row.denominator else 1.0
    return row.scale * float(totals[row.numerator][0]) / denominator if denominator else np.nan
