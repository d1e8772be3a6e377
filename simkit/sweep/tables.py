"""A sweep's numbers as tidy tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simkit.policy import RecallPolicy
from simkit.scenario import Scenario
from simkit.sweep.cells import MEASURED, RUN_COLUMNS, Cell, better_of, unit_of
from simkit.sweep.compare import compare_with_best, mean_interval
from simkit.sweep.result import MAIN_MEASURE

DAYS_PER_YEAR = 365

Grids = Mapping[str, Mapping[str, RecallPolicy]]


def runs_table(
    cells: Sequence[Cell], values: NDArray[np.float64], horizons: Sequence[float]
) -> pd.DataFrame:
    """Return one row per cell, horizon and measure.

    Parameters
    ----------
    cells
        The cells.
    values
        What their runs found, shape (cells, horizons, measures, ``RUN_COLUMNS``).
    horizons
        Days.
    """
    cell, horizon, measure = (place.ravel() for place in np.indices(values.shape[:-1]))
    columns = {
        "segment": np.array([each.segment for each in cells])[cell],
        "interval": np.array([each.interval for each in cells])[cell],
        "replication": np.array([each.replication for each in cells])[cell],
        "horizon_days": np.array(horizons)[horizon],
        "measure": np.array(MEASURED)[measure],
    }
    found = {name: values[..., place].ravel() for place, name in enumerate(RUN_COLUMNS)}
    return pd.DataFrame(columns | found)


def means_table(
    scenario: Scenario,
    grids: Grids,
    values: NDArray[np.float64],
    horizons: Sequence[float],
    confidence: float,
) -> pd.DataFrame:
    """Return one row per policy, horizon and measure: the mean over replications.

    Parameters
    ----------
    scenario
        What was swept.
    grids
        For each segment its policies by label.
    values
        Means of the runs, shape (replications, policies of all segments, horizons, measures).
    horizons
        Days, ascending.
    confidence
        Of the intervals.
    """
    weekdays = len(scenario.calendar.working_weekdays)
    delivered_at = MEASURED.index("delivered_interval_days")
    rows: list[dict[str, object]] = []
    for segment, own in _by_segment(grids, values):
        delivered = [
            mean_interval(own[:, place, -1, delivered_at], confidence).mean
            for place in range(own.shape[1])
        ]
        for (h, horizon), (m, measure) in product(enumerate(horizons), enumerate(MEASURED)):
            for place, (label, policy) in enumerate(grids[segment].items()):
                found = mean_interval(own[:, place, h, m], confidence)
                rows.append(
                    {
                        "segment": segment,
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
    return pd.DataFrame(rows)


def differences_table(
    scenario: Scenario,
    grids: Grids,
    values: NDArray[np.float64],
    horizons: Sequence[float],
    confidence: float,
) -> pd.DataFrame:
    """Return one row per policy, horizon and measure with a better direction: against the best.

    A measure that some run has no value of (nothing was due, no callback promised) has no rows.

    Parameters
    ----------
    scenario, grids, values, horizons, confidence
        As in ``means_table``.
    """
    prices = scenario.economics()
    directed = [(m, name) for m, name in enumerate(MEASURED) if better_of(name) != "neither"]
    parts = [pd.DataFrame(columns=list(_DIFFERENCES))]
    for segment, own in _by_segment(grids, values):
        for (h, horizon), (m, measure) in product(enumerate(horizons), directed):
            if np.isnan(own[:, :, h, m]).any():
                continue
            lower = better_of(measure) == "lower"
            found = compare_with_best(own[:, :, h, m], lower_is_better=lower, confidence=confidence)
            labels = list(grids[segment])
            within: list[bool | None] = [None] * len(labels)
            if measure == MAIN_MEASURE:
                worthwhile = prices[segment].worthwhile_eur * horizon / DAYS_PER_YEAR
                within = [bool(low > -worthwhile) for low in found.low]
            columns = {
                "segment": segment,
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


def _by_segment(
    grids: Grids, values: NDArray[np.float64]
) -> Iterator[tuple[str, NDArray[np.float64]]]:
    """Yield each segment's part of the values."""
    first = 0
    for segment, grid in grids.items():
        yield segment, values[:, first : first + len(grid)]
        first += len(grid)
