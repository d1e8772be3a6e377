"""A sweep's numbers as tidy tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd

from simkit.scenario import Scenario
from simkit.sweep.asked import MAIN_MEASURE
from simkit.sweep.cells import MEASURED, RUN_COLUMNS, better_of, unit_of
from simkit.sweep.compare import compare_with_best, mean_interval
from simkit.sweep.groups import Group
from simkit.sweep.selection import Standing

DAYS_PER_YEAR = 365


def runs_table(groups: Sequence[Group], horizons: Sequence[float]) -> pd.DataFrame:
    """Return one row per run, horizon and measure.

    Parameters
    ----------
    groups
        What was run.
    horizons
        Days.
    """
    return pd.concat([_runs_of(group, horizons) for group in groups], ignore_index=True)


def _runs_of(group: Group, horizons: Sequence[float]) -> pd.DataFrame:
    replication, policy = np.nonzero(group.ran)
    values = group.values[replication, policy]
    run, horizon, measure = (place.ravel() for place in np.indices(values.shape[:-1]))
    columns = {
        "segment": group.segment,
        "agents": pd.array([group.agents] * len(run), dtype="Int64"),
        "interval": np.array(group.labels)[policy][run],
        "replication": replication[run],
        "horizon_days": np.array(horizons)[horizon],
        "measure": np.array(MEASURED)[measure],
    }
    found = {name: values[..., place].ravel() for place, name in enumerate(RUN_COLUMNS)}
    return pd.DataFrame(columns | found)


def means_table(
    scenario: Scenario, groups: Sequence[Group], horizons: Sequence[float], confidence: float
) -> pd.DataFrame:
    """Return one row per group, policy, horizon and measure: the mean over replications.

    Parameters
    ----------
    scenario
        What was swept.
    groups
        What was run.
    horizons
        Days, ascending.
    confidence
        Of the intervals.
    """
    weekdays = len(scenario.calendar.working_weekdays)
    last = len(horizons) - 1
    rows: list[dict[str, object]] = []
    for group in groups:
        gaps = group.means("delivered_interval_days", last)
        delivered = [
            mean_interval(gaps[:, place], confidence).mean for place in range(gaps.shape[1])
        ]
        for (h, horizon), measure in product(enumerate(horizons), MEASURED):
            means = group.means(measure, h)
            for place, (label, policy) in enumerate(group.policies.items()):
                found = mean_interval(means[:, place], confidence)
                rows.append(
                    {
                        "segment": group.segment,
                        "agents": group.agents,
                        "interval": label,
                        "interval_days": policy.interval.calendar_days(weekdays),
                        "delivered_days": delivered[place],
                        "horizon_days": horizon,
                        "measure": measure,
                        "unit": unit_of(measure),
                        "mean": found.mean,
                        "se": found.se,
                        "ci_low": found.low,
                        "ci_high": found.high,
                        "replications": found.replications,
                    }
                )
    return pd.DataFrame(rows).astype({"agents": "Int64"})


def differences_table(
    scenario: Scenario,
    groups: Sequence[Group],
    horizons: Sequence[float],
    confidence: float,
    standings: Mapping[tuple[str, int | None], Standing],
) -> pd.DataFrame:
    """Return one row per group, policy, horizon and measure with a better direction.

    Each is compared with the best. A measure that some run has no value of (nothing was due, no
    callback promised) has no rows.

    Parameters
    ----------
    scenario, groups, horizons, confidence
        As in ``means_table``.
    standings
        By segment and agents, where replications were added until the best was known: what can
        then be said of the main measure at the longest horizon, however many there were.
    """
    prices = scenario.economics()
    directed = [name for name in MEASURED if better_of(name) != "neither"]
    parts = [pd.DataFrame(columns=list(_DIFFERENCES))]
    for group, (h, horizon), measure in product(groups, enumerate(horizons), directed):
        means = group.means(measure, h)
        if np.isnan(means[group.ran]).any():
            continue
        lower = better_of(measure) == "lower"
        labels = list(group.labels)
        race = standings.get((group.segment, group.agents))
        if (measure, horizon) != (MAIN_MEASURE, horizons[-1]):
            race = None
        best = None if race is None else race.leader
        found = compare_with_best(means, lower_is_better=lower, confidence=confidence, best=best)
        if race is not None:
            found = replace(found, low=race.low, high=race.high, as_good=race.as_good)
        within: list[bool | None] = [None] * len(labels)
        if measure == MAIN_MEASURE:
            worthwhile = prices[group.segment].worthwhile_eur * horizon / DAYS_PER_YEAR
            within = [bool(low > -worthwhile) for low in found.low]
        columns = {
            "segment": group.segment,
            "agents": pd.array([group.agents] * len(labels), dtype="Int64"),
            "interval": labels,
            "best": labels[found.best],
            "horizon_days": horizon,
            "measure": measure,
            "difference": found.difference,
            "se": found.se,
            "ci_low": found.low,
            "ci_high": found.high,
            "as_good": found.as_good,
            "within_worthwhile": pd.array(within, dtype="boolean"),
        }
        parts.append(pd.DataFrame(columns))
    return pd.concat(parts[1:] or parts, ignore_index=True)


_DIFFERENCES = (
    "segment",
    "agents",
    "interval",
    "best",
    "horizon_days",
    "measure",
    "difference",
    "se",
    "ci_low",
    "ci_high",
    "as_good",
    "within_worthwhile",
)
