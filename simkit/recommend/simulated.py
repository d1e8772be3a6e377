"""What a sweep says of one segment: its curve, its best intervals, its paired differences."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from simkit.policy import RecallPolicy
from simkit.recommend.verdict import Estimate
from simkit.sweep.compare import mean_interval

if TYPE_CHECKING:
    from simkit.sweep import SweepResult

NET_VALUE = "net_value_eur"
OPT_OUT = "opt_out"


@dataclass(frozen=True, eq=False)
class SimulatedSegment:
    """One segment of a sweep.

    Parameters
    ----------
    segment
        Its name.
    sweep
        The sweep.
    year
        The horizon that decides, one of the sweep's [days].
    worthwhile_eur
        Gain that is worth a change over ``year`` [EUR per contact].
    """

    segment: str
    sweep: SweepResult
    year: float
    worthwhile_eur: float

    @property
    def intervals(self) -> tuple[str, ...]:
        """Labels of the intervals, the shortest first."""
        rows = self._rows(NET_VALUE, self.year).sort_values("interval_days", kind="stable")
        return tuple(rows["interval"])

    @property
    def horizons(self) -> tuple[float, ...]:
        """The horizons of the sweep, ascending [days]."""
        return self.sweep.horizons

    def label_of(self, policy: RecallPolicy) -> str | None:
        """Return the label under which a policy was swept; None if it was not."""
        grid = self.sweep.policies[self.segment]
        return next((label for label, swept in grid.items() if swept == policy), None)

    def policy(self, interval: str) -> RecallPolicy:
        """Return the policy behind a label."""
        return self.sweep.policies[self.segment][interval]

    def nominal_days(self, interval: str) -> float:
        """Return the interval that was wished for, in calendar days."""
        return float(self._row(NET_VALUE, interval, self.year)["interval_days"])

    def delivered_days(self, interval: str) -> float:
        """Return the interval that was delivered, in calendar days; as wished if nothing was."""
        row = self._row(NET_VALUE, interval, self.year)
        found = float(row["delivered_days"])
        return found if found > 0 else float(row["interval_days"])

    def estimate(self, measure: str, interval: str, horizon_days: float) -> Estimate:
        """Return a measure's mean per contact at an interval, by a horizon."""
        row = self._row(measure, interval, horizon_days)
        mean, se, low, high = (float(row[name]) for name in ("mean", "se", "ci_low", "ci_high"))
        return Estimate(mean, se, low, high, float(row["replications"]) - 1)

    def difference(
        self, interval: str, against: str, horizon_days: float, measure: str = NET_VALUE
    ) -> Estimate:
        """Return a measure at an interval less the same at another one.

        Both met the same populations, so that the difference is taken replication by replication
        and has a t interval.
        """
        gaps = self._runs(measure, interval, horizon_days) - self._runs(
            measure, against, horizon_days
        )
        found = mean_interval(np.asarray(gaps, dtype=np.float64), self.sweep.settings["confidence"])
        return Estimate(found.mean, found.se, found.low, found.high, found.replications - 1)

    @property
    def replications(self) -> int:
        """How many independent populations met each interval."""
        return int(self.sweep.settings["replications"])

    def variance(
        self, measure: str, horizon_days: float, intervals: Sequence[str]
    ) -> tuple[float, float]:
        """Return the variance of one contact's outcome, with the clustering of accounts in it.

        It comes from inside the runs, and is averaged over replications and intervals. Replications
        are independent populations: their degrees of freedom add up, by Satterthwaite's rule.
        Intervals met the same populations, and a further one may add nothing: the error of their
        average is taken to be as large as if all erred alike.

        Parameters
        ----------
        measure
            Net value or opting out.
        horizon_days
            One of the sweep's horizons.
        intervals
            Whose contacts.

        Returns
        -------
        tuple[float, float]
            The variance, in the measure's unit squared, and its degrees of freedom. NaN where it
            is not known; the degrees also where contacts do not differ.
        """
        runs = self.sweep.runs
        here = runs[
            (runs["segment"] == self.segment)
            & (runs["horizon_days"] == horizon_days)
            & (runs["measure"] == measure)
            & runs["interval"].isin(intervals)
        ]
        found = here["contact_variance"]
        parts = pd.DataFrame(
            {
                "interval": here["interval"],
                "sum": found,
                "error": found**2 / here["contact_variance_df"],
            }
        )
        # A run of a variance of 0 has no degrees of freedom, and adds no error.
        by_interval = parts.groupby("interval").sum()
        error = float(np.sqrt(by_interval["error"]).sum())
        df = float(by_interval["sum"].sum()) ** 2 / error**2 if error else math.nan
        return float(found.mean()), df

    def best(self, horizon_days: float) -> str:
        """Return the interval of the highest net value by a horizon."""
        return self.sweep.best(self.segment, horizon_days, NET_VALUE).interval

    @cached_property
    def as_good(self) -> tuple[str, ...]:
        """Labels of the intervals that cannot be told from the best over the year, shortest first.

        They hold the interval that is truly best with the sweep's confidence.
        """
        good = self.sweep.best(self.segment, self.year, NET_VALUE).as_good
        return tuple(name for name in self.intervals if name in good)

    @property
    def at_edge(self) -> bool:
        """Whether the best interval is the shortest or the longest that was swept."""
        return self.sweep.best(self.segment, self.year, NET_VALUE).at_edge

    def settled_days(self) -> float | None:
        """Return the horizon from which on the winner cannot be told from that of the year.

        A test that ends earlier may pick the winner of a short run. None where the simulation does
        not settle it: where more than half of the intervals cannot be told from the best over the
        year, the winner of any horizon is likely to be among them. Unless all of those certainly
        lose less than is worth a change: then it does not matter which one is picked.
        """
        wide = 1 < len(self.as_good) > len(self.intervals) / 2
        if wide and not self._within_worthwhile:
            return None
        settled = self.year
        for days in sorted((mark for mark in self.horizons if mark <= self.year), reverse=True):
            if self.best(days) not in self.as_good:
                break
            settled = days
        return settled

    @property
    def _within_worthwhile(self) -> bool:
        """Whether all that cannot be told from the best certainly lose less than is worth it."""
        table = self.sweep.differences
        rows = table[
            (table["segment"] == self.segment)
            & (table["measure"] == NET_VALUE)
            & (table["horizon_days"] == self.year)
            & table["interval"].isin(self.as_good)
        ]
        return bool((rows["ci_low"] > -self.worthwhile_eur).all())

    def nearest(self, days: float) -> float:
        """Return the horizon of the sweep nearest to a number of days."""
        return min(self.horizons, key=lambda mark: (abs(mark - days), mark))

    def _rows(self, measure: str, horizon_days: float) -> pd.DataFrame:
        table = self.sweep.table
        return table[
            (table["segment"] == self.segment)
            & (table["measure"] == measure)
            & (table["horizon_days"] == horizon_days)
        ]

    def _row(self, measure: str, interval: str, horizon_days: float) -> pd.Series[Any]:
        rows = self._rows(measure, horizon_days)
        return rows[rows["interval"] == interval].iloc[0]

    def _runs(self, measure: str, interval: str, horizon_days: float) -> pd.Series[float]:
        runs = self.sweep.runs
        here = runs[
            (runs["segment"] == self.segment)
            & (runs["interval"] == interval)
            & (runs["horizon_days"] == horizon_days)
            & (runs["measure"] == measure)
        ]
        return here.set_index("replication")["value"].sort_index()
