"""One cell of a sweep: one policy on one population, reduced to means and their spread."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simkit.engine.memory import contact_bytes
from simkit.engine.plan import make_plan
from simkit.engine.simulate import engine_of
from simkit.measures import MEASURES, OUTCOMES
from simkit.measures.outcomes import outcome_columns
from simkit.measures.reduction import US_PER_S
from simkit.measures.registry import Better
from simkit.measures.tally import Tally
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
SPACING = ("delivered_interval_days", "wait_hours", "callback_adherence")
MEASURED = (*MEANS, *SPACING)
SPREAD_OF = ("net_value_eur", "opt_out")
"""The measures whose spread between contacts sizes a trial."""
OUTCOME_BYTES = 260
HORIZON_BYTES = 170
"""Memory that a contact takes while a cell is run, besides what its simulation takes, and more of
it for each horizon: what the peak of a process grew by from 200,000 to 1,000,000 contacts, with one
horizon and with three."""
FEWER = "simulate fewer contacts, or give fewer jobs"
"""What to do where memory is short."""
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
    segment, agents, interval, policy
        What is tried: how many agents (None: as many as it takes), and the policy, whose label is
        the interval.
    replication
        Which population meets it.
    """

    segment: str
    agents: int | None
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
    contacts
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
    run_days: Mapping[str, int]
    horizons: tuple[float, ...]
    seed: int
    engine: str

    def needed_bytes(self, policies: Iterable[RecallPolicy]) -> int:
        """Return about how much memory a run takes."""
        simulated = contact_bytes(policies, self.engine)
        return self.contacts * (simulated + OUTCOME_BYTES + HORIZON_BYTES * len(self.horizons))

    def __call__(self, cell: Cell) -> NDArray[np.float64]:
        """Run a cell; return shape (horizons, ``MEASURED``, ``RUN_COLUMNS``), NaN for no value."""
        scenario = self.scenarios[cell.segment]
        segment = scenario.segments[cell.segment]
        plan = make_plan(
            scenario,
            cell.policy,
            contacts=self.contacts,
            agents=cell.agents,
            days=self.run_days[cell.segment],
            seed=self.seed,
            replication=cell.replication,
        )
        window_us = round(segment.callback_window_min * 60 * US_PER_S)
        tally = Tally(plan.entered_s, plan.end_s, self.horizons, window_us)
        run = engine_of(self.engine, plan)
        for rows in run.run():
            tally.add(rows)
        tally.close()
        n, cancel_prob = len(plan.cell), run.ended().cancel_prob
        found = np.full((len(self.horizons), len(MEASURED), len(RUN_COLUMNS)), np.nan)
        for place, horizon in enumerate(self.horizons):
            outcomes = outcome_columns(
                tally.counts(place),
                observed_us=np.full(n, tally.observed_us),
                withdrawal_days=np.full(n, segment.withdrawal_days),
                cancel_prob=cancel_prob,
                prices=(scenario.economics()[cell.segment],),
                of_contact=np.zeros(n, dtype=np.int64),
                spent_days=horizon,
            )
            totals = tally.spacing(place)
            means = [float(np.mean(outcomes[name])) for name in MEANS]
            found[place, :, 0] = [*means, *(_ratio(name, totals) for name in SPACING)]
            for name in SPREAD_OF:
                values = outcomes[name].astype(np.float64)
                spread = contact_variance(values, plan.account)
                found[place, MEASURED.index(name), 1:] = spread
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


def _ratio(name: str, totals: Mapping[str, float]) -> float:
    row = MEASURES[name]
    denominator = totals[row.denominator] if row.denominator else 1.0
    return row.scale * totals[row.numerator] / denominator if denominator else np.nan
