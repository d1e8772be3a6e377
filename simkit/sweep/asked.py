"""One segment's runs of one measure at one horizon, as a matrix; and what may be asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simkit.errors import InputError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    # For types alone: a result asks this module, which only reads what it is given.
    from simkit.sweep.result import SweepResult

MAIN_MEASURE = "net_value_eur"


def asked_for(
    where: str,
    sweep: SweepResult,
    segment: str | None,
    horizon_days: float | None,
    measures: Iterable[tuple[str, str, Iterable[str]]],
    confidence: float | None = None,
) -> tuple[str, float]:
    """Return the segment and the horizon that are meant.

    Parameters
    ----------
    where
        The verb, for messages.
    sweep
        The sweep.
    segment
        One of its segments; None where there is only one.
    horizon_days
        One of its horizons; None for the longest.
    measures
        Of each measure that was asked for: the argument's name, the measure, those allowed.
    confidence
        If given, must lie between 0 and 1.

    Raises
    ------
    InputError
        Listing everything that the sweep does not have; or for several numbers of agents.
    """
    sweep.require_one_number_of_agents(where)
    name = sweep.segments[0] if segment is None and len(sweep.segments) == 1 else segment
    days = sweep.horizons[-1] if horizon_days is None else horizon_days
    asked = [("segment", name, sweep.segments), ("horizon_days", days, sweep.horizons), *measures]
    problems = []
    for field, value, allowed in asked:
        known = tuple(allowed)
        if value not in known:
            rule = f"must be one of {', '.join(map(str, known))}"
            problems.append(Problem(where, field, value, rule))
    if confidence is not None and not 0 < confidence < 1:
        problems.append(Problem(where, "confidence", confidence, "must be above 0 and below 1"))
    if problems or name is None:
        raise InputError(problems)
    return name, days


def rows_of(table: pd.DataFrame, segment: str, horizon_days: float, measure: str) -> pd.DataFrame:
    """Return the rows of one segment, horizon and measure."""
    return table[
        (table["segment"] == segment)
        & (table["horizon_days"] == horizon_days)
        & (table["measure"] == measure)
    ]


def runs_by_interval(
    sweep: SweepResult, segment: str, horizon_days: float, measure: str
) -> pd.DataFrame:
    """Return the values of all runs: one row a replication, one column an interval of the grid.

    NaN where a pair was not run or has no value. A pair that stands twice raises ``ValueError``.
    """
    rows = rows_of(sweep.runs, segment, horizon_days, measure)
    wide = rows.set_index(["replication", "interval"])["value"].unstack()  # noqa: PD010
    return wide.reindex(columns=list(sweep.policies[segment])).astype("float64")


def delivered_days(sweep: SweepResult, segment: str, horizon_days: float) -> pd.Series:
    """Return each interval's delivered days; where nobody was called twice, the days wished for.

    Parameters
    ----------
    sweep, segment, horizon_days
        Which rows of the sweep.
    """
    table = sweep.table
    rows = table[(table["segment"] == segment) & (table["horizon_days"] == horizon_days)]
    rows = rows.drop_duplicates("interval").set_index("interval")
    delivered = rows["delivered_days"].where(rows["delivered_days"] > 0, rows["interval_days"])
    return delivered.reindex(list(sweep.policies[segment])).astype("float64")
