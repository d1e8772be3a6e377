"""One cell of a sweep: one policy on one population, reduced to means and their spread."""

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
SPREAD_OF = ("net_value_eur", "opt_out")
"""The measures whose spread between contacts sizes a trial."""
RUN_COLUMNS = ("value", "contact_variance", "contact_variance_df")
"""What a run says of each horizon and measure."""


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
        """Run a cell; return shape (horizons, ``MEASURED``, ``RUN_COLUMNS``), NaN for no value."""
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
        account = np.unique(log.contacts["account_id"].to_numpy(), return_inverse=True)[1]
        found = np.full((len(self.horizons), len(MEASURED), len(RUN_COLUMNS)), np.nan)
        for row, horizon in zip(found, self.horizons, strict=True):
            outcomes = contact_outcomes(log, horizon_days=horizon, economics=prices)
            means = outcomes[list(MEANS)].mean().to_numpy(dtype=np.float64)
            totals = spacing_totals(log, windows(log, horizon), cells, 1, window_s)
            row[:, 0] = np.append(means, [_ratio(name, totals) for name in SPACING])
            for name in SPREAD_OF:
                values = outcomes[name].to_numpy(dtype=np.float64)
                row[MEASURED.index(name), 1:] = contact_variance(values, account)
        return found


def contact_variance(
    values: NDArray[np.float64], account: NDArray[np.int64]
) -> tuple[float, float]:
    """Return the variance of one contact's outcome, with the clustering of accounts in it.

    It is n · Var(mean) with the usual error of a mean clustered by account (CR1): with n contacts
    in G accounts and s the sum of an account's deviations from the mean,

        V = G/(G − 1) · Σ s² / n.

    So it stands for the errors of a trial that is evaluated by account. What contacts of different
    accounts share, the skill of an agent for one, is not in it.

    Few contacts buy or opt out, and those few make up most of V, so that it is known far less
    surely than for normal values. Its degrees of freedom are those of the χ² with the same mean
    and variance, 2(G − 1)/(κ − 1) with the kurtosis κ = G Σ s⁴ / (Σ s²)²: G − 1 for normal sums,
    of κ = 3, and never taken to be more.

    Parameters
    ----------
    values
        The outcome of each contact, shape (n,).
    account
        The account of each, numbered from 0 without a gap, shape (n,).

    Returns
    -------
    tuple[float, float]
        V, in the outcome's unit squared, and its degrees of freedom. Both NaN for one account
        only; the degrees NaN where no account deviates.

    References
    ----------
    F. E. Satterthwaite (1946), An approximate distribution of estimates of variance components,
    Biometrics Bulletin 2, 110-114.
    """
    squares = np.bincount(account, weights=values - values.mean()) ** 2
    accounts, total = len(squares), float(squares.sum())
    if accounts == 1:
        return np.nan, np.nan
    variance = accounts / (accounts - 1) * total / len(values)
    if total == 0:
        return variance, np.nan
    kurtosis = accounts * float((squares**2).sum()) / total**2
    return variance, (accounts - 1) / max((kurtosis - 1) / 2, 1.0)


def _ratio(name: str, totals: Mapping[str, NDArray[np.float64]]) -> float:
    row = MEASURES[name]
    denominator = float(totals[row.denominator][0]) if row.denominator else 1.0
    return row.scale * float(totals[row.numerator][0]) / denominator if denominator else np.nan
