"""How much less intervals differ by luck, where all of them met the same populations.

Let A and B be what one replication finds for two intervals: means over the contacts of a run. On
populations of their own their difference would vary by Var(A) + Var(B); on the same population it
varies by

    Var(A − B) = Var(A) + Var(B) − 2 Cov(A, B).

An error falls with the root of the number of replications, so one replication with common random
numbers is *worth* as many independent ones as

    W = (Var(A) + Var(B)) / Var(A − B).

With S = A + B and D = A − B it is W = (1 + Var(S)/Var(D))/2. For normal A and B, which means over
many contacts nearly are, Pitman (1939) gives the exact interval for a ratio of two variances
measured together: with v the estimate of Var(S)/Var(D), r the correlation of S and D, and t the
quantile of Student's law with R − 2 degrees of freedom,

    v · (K − √(K² − 1))  to  v · (K + √(K² − 1)),      K = 1 + 2(1 − r²) t²/(R − 2).

For R from 3 on; where r = 0 the factor is the quantile of F with R − 2 and R − 2.

Reference: E. J. G. Pitman, A note on normal correlation, Biometrika 31 (1939) 9–12.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtrit

from simkit.result import Result
from simkit.sweep.asked import MAIN_MEASURE, asked_for, runs_by_interval
from simkit.sweep.words import measure_in_words

if TYPE_CHECKING:
    from simkit.sweep.result import SweepResult

MIN_FOR_INTERVAL = 3
"""The fewest replications from which W has an interval."""
COLUMNS = (
    "segment",
    "interval",
    "best",
    "horizon_days",
    "measure",
    "replications",
    "paired_variance",
    "independent_variance",
    "worth",
    "ci_low",
    "ci_high",
)


@dataclass(frozen=True)
class Worth:
    """What one paired replication of two intervals is worth.

    Parameters
    ----------
    paired_variance, independent_variance
        Of the difference in one replication: on the same population, and on two.
    worth, low, high
        How many independent replications one is worth, and its interval: infinite where the two
        always agree, NaN where nothing varies; the bounds NaN with fewer than three replications.
    replications
        How many both have.
    """

    paired_variance: float
    independent_variance: float
    worth: float
    low: float
    high: float
    replications: int


def worth_of(a: NDArray[np.float64], b: NDArray[np.float64], confidence: float) -> Worth:
    """Say how many independent replications one paired replication is worth.

    Parameters
    ----------
    a, b
        What each replication found for two intervals, shape (R,); NaN where one was left out.
    confidence
        Of the interval, e.g. .95.
    """
    both = ~(np.isnan(a) | np.isnan(b))
    count = int(both.sum())
    if count < 2:
        return Worth(np.nan, np.nan, np.nan, np.nan, np.nan, count)
    covariance = np.cov(a[both] + b[both], a[both] - b[both])
    sums, differences = float(covariance[0, 0]), float(covariance[1, 1])
    independent = (sums + differences) / 2
    if differences == 0:
        always = np.inf if sums > 0 else np.nan
        return Worth(differences, independent, always, always, always, count)
    ratio = sums / differences
    low = high = np.nan
    if count >= MIN_FOR_INTERVAL:
        common = float(covariance[0, 1]) ** 2 / (sums * differences) if sums > 0 else 0.0
        quantile = float(stdtrit(count - 2, (1 + confidence) / 2))
        k = 1 + 2 * (1 - common) * quantile**2 / (count - 2)
        factor = k + math.sqrt(k**2 - 1)
        low, high = (1 + ratio / factor) / 2, (1 + ratio * factor) / 2
    return Worth(differences, independent, (1 + ratio) / 2, low, high, count)


@dataclass(frozen=True, repr=False)
class CommonNumbers(Result):
    """What common random numbers are worth in a sweep, for one segment, horizon and measure.

    Parameters
    ----------
    segment, horizon_days, measure, best, confidence
        What it is about; ``best`` is the interval with the best mean.
    table
        One row for each other interval: ``segment``, ``interval``, ``best``, ``horizon_days``,
        ``measure``, ``replications`` (those that both have), ``paired_variance`` (of the
        difference from the best in one replication, in the measure's unit squared),
        ``independent_variance`` (what it would be on populations of their own), ``worth`` (their
        ratio: how many independent replications one is worth; infinite where the difference is
        always the same), ``ci_low``, ``ci_high``.
    """

    segment: str
    horizon_days: float
    measure: str
    best: str
    confidence: float
    table: pd.DataFrame

    def sentence(self) -> str:
        """Say how many independent replications one is worth."""
        about = f"{self.segment}: over {self.horizon_days:g} days, {measure_in_words(self.measure)}"
        worth = self.table["worth"].to_numpy(dtype=np.float64)
        known = self.table[np.isfinite(worth)].sort_values("worth")
        if known.empty:
            return f"{about}: no difference from {self.best} varies, so nothing can be said."
        replication = "one replication with common random numbers is worth"
        if len(known) == 1:
            (amount,) = self._amounts(known)
            return f"{about}: {replication} {amount}, compared with {self.best}."
        least, most = self._amounts(known.iloc[[0, -1]])
        return (
            f"{about}: {replication} {known['worth'].median():.1f} independent ones, the median of "
            f"{len(known)} intervals compared with {self.best}; from {least} to {most}."
        )

    def _amounts(self, rows: pd.DataFrame) -> list[str]:
        said = []
        for label, worth, low, high in zip(
            rows["interval"], rows["worth"], rows["ci_low"], rows["ci_high"], strict=True
        ):
            bounds = (
                ""
                if np.isnan(low)
                else f" ({self.confidence:.0%} interval {low:.1f} to {high:.1f})"
            )
            said.append(f"{worth:.1f} independent ones for {label}{bounds}")
        return said

    def _repr_html_(self) -> str:
        table = self.table.to_html(index=False, float_format=lambda value: f"{value:,.4g}")
        return f"<p>{escape(self.sentence())}</p>{table}"


def common_numbers(
    sweep: SweepResult,
    segment: str | None = None,
    *,
    measure: str = MAIN_MEASURE,
    horizon_days: float | None = None,
) -> CommonNumbers:
    """Say what common random numbers were worth in a sweep, from its own runs.

    Parameters
    ----------
    sweep
        The sweep, with one number of agents.
    segment
        One of its segments; may be left out where there is only one.
    measure
        A measure that has a better direction.
    horizon_days
        One of its horizons; None for the longest.

    Raises
    ------
    InputError
        If the sweep has no such segment, horizon or measure, or several numbers of agents.
    """
    known = [("measure", measure, sweep.differences["measure"].unique())]
    name, days = asked_for("common_numbers", sweep, segment, horizon_days, known)
    best = sweep.best(name, days, measure)
    values = runs_by_interval(sweep, name, days, measure)
    confidence = float(sweep.settings["confidence"])
    rows = []
    for label in sweep.policies[name]:
        if label == best.interval:
            continue
        found = worth_of(values[label].to_numpy(), values[best.interval].to_numpy(), confidence)
        rows.append(
            {
                "segment": name,
                "interval": label,
                "best": best.interval,
                "horizon_days": best.horizon_days,
                "measure": measure,
                "replications": found.replications,
                "paired_variance": found.paired_variance,
                "independent_variance": found.independent_variance,
                "worth": found.worth,
                "ci_low": found.low,
                "ci_high": found.high,
            }
        )
    return CommonNumbers(
        segment=name,
        horizon_days=best.horizon_days,
        measure=measure,
        best=best.interval,
        confidence=confidence,
        table=pd.DataFrame(rows, columns=list(COLUMNS)),
    )
