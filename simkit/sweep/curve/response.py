"""How a measure responds to the recall interval: a smooth curve with its band and its optimum."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simkit.errors import InputError, Problem
from simkit.policy import Span
from simkit.result import Result
from simkit.sweep.asked import MAIN_MEASURE, asked_for, delivered_days, runs_by_interval
from simkit.sweep.cells import better_of
from simkit.sweep.compare import mean_interval
from simkit.sweep.curve import smoothing
from simkit.sweep.curve.optimum import Edge, Optimum, days_in_words, reach_in_words
from simkit.sweep.words import amount, measure_in_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from simkit.measures.registry import Better
    from simkit.policy import RecallPolicy
    from simkit.sweep.result import SweepResult

LEAST_INTERVALS = 5
"""Delivered intervals for a curve; with fewer, most of it would be the spline's own idea."""
LEAST_REPLICATIONS = 4
"""Replications for a band: on fewer than 3 degrees of freedom it would be of no use."""
SAME_DELIVERY = 0.02
"""Delivered intervals that differ by less, as a part of themselves, are one point of the curve."""
MISSED = 2.0
"""Standard errors by which a curve may pass a point without a warning."""


@dataclass(frozen=True, repr=False)
class Response(Result):
    """A measure as a smooth function of the delivered interval.

    Parameters
    ----------
    table
        The curve, one row per place: ``delivered_days`` (even on a log scale), ``mean``,
        ``ci_low``, ``ci_high`` (pointwise), ``band_low``, ``band_high`` (for all days at once).
    points
        What it is drawn through, one row per delivered interval: ``interval`` (labels, joined where
        several deliver the same), ``delivered_days``, ``mean``, ``se``, ``ci_low``, ``ci_high`` (t
        interval over replications), ``replications``, ``fitted`` (the curve), ``misfit`` (mean less
        fitted, in standard errors of the point apart from what all intervals share).
    optimum
        The best interval; None for a measure that only describes, or is the same everywhere.
    left_out
        Labels of intervals with a value in fewer than two replications.
    segment, horizon_days, measure, unit, better, confidence
        What it is the response of, and the confidence of each of its intervals.
    """

    table: pd.DataFrame
    points: pd.DataFrame
    optimum: Optimum | None
    left_out: tuple[str, ...]
    segment: str
    horizon_days: float
    measure: str
    unit: str
    better: Better
    confidence: float

    @property
    def worst_misfit(self) -> tuple[float, float]:
        """Delivered days of the point that the curve misses most, and its standard errors."""
        place = int(self.points["misfit"].abs().argmax())
        row = self.points.iloc[place]
        return float(row["delivered_days"]), float(row["misfit"])

    @property
    def misses_points(self) -> bool:
        """Whether the curve misses a point by more than two of its standard errors."""
        return abs(self.worst_misfit[1]) > MISSED

    def sentences(self) -> list[str]:
        """Say where the curve is best, or how it runs; then what to beware of."""
        said = [self._course() if self.optimum is None else self._best(self.optimum)]
        if self.misses_points:
            days, errors = self.worst_misfit
            said.append(
                f"The curve misses the point at {days_in_words(days)} by {abs(errors):.1f} of its "
                "standard errors: trust the points there, and try more intervals around it."
            )
        if self.left_out:
            said.append(
                f"Left out for want of values in two replications: {', '.join(self.left_out)}."
            )
        return said

    def sentence(self) -> str:
        """Say all sentences in one text."""
        return " ".join(self.sentences())

    def _best(self, best: Optimum) -> str:
        sure = f"{self.confidence:.0%}"
        what = self._what()
        extreme = "highest" if self.better == "higher" else "lowest"
        value = (
            f"{amount(best.value, self.unit)} {_per(self.unit)}({sure} band "
            f"{amount(best.value_low, self.unit)} to {amount(best.value_high, self.unit)})"
        )
        if best.at_edge:
            sign = "≤" if best.edge == "shortest" else "≥"
            inner = best.high if best.edge == "shortest" else best.low
            reach = (
                "no interval tried can be ruled out as the best"
                if best.low_is_open and best.high_is_open
                else f"{sure} interval {sign} {days_in_words(inner)}"
            )
            return (
                f"{what} is {extreme} at the edge of what was tried: {sign} "
                f"{days_in_words(best.days)} between calls ({reach}): {value}. "
                f"{'Shorter' if best.edge == 'shortest' else 'Longer'} intervals may be "
                f"{'higher' if self.better == 'higher' else 'lower'} still."
            )
        return f"{what} is {extreme} at {days_in_words(best.days)} between calls (" + (
            f"{sure} interval {reach_in_words(best)}): {value}."
        )

    def _what(self) -> str:
        return f"{self.segment}: over {self.horizon_days:g} days {measure_in_words(self.measure)}"

    def _course(self) -> str:
        first, last = self.table.iloc[0], self.table.iloc[-1]
        if np.ptp(self.points["mean"]) == 0:
            value = amount(first["mean"], self.unit)
            return f"{self._what()} is {value} {_per(self.unit)}at every interval tried."
        return (
            f"{self._what()} goes from "
            f"{amount(first['mean'], self.unit)} at "
            f"{days_in_words(first['delivered_days'])} between calls to "
            f"{amount(last['mean'], self.unit)} {_per(self.unit)}at "
            f"{days_in_words(last['delivered_days'])}."
        )

    def _repr_html_(self) -> str:
        items = "".join(f"<li>{escape(text)}</li>" for text in self.sentences())
        table = self.points.to_html(index=False, float_format=lambda value: f"{value:,.4g}")
        return f"<ul>{items}</ul>{table}"


def response(
    sweep: SweepResult,
    segment: str | None = None,
    *,
    measure: str = MAIN_MEASURE,
    horizon_days: float | None = None,
    confidence: float | None = None,
) -> Response:
    """Draw a smooth curve of a measure over the delivered interval, and find its best interval.

    The method, and why, stands in ``simkit.sweep.curve.smoothing``. Delivered days are taken as
    they are: their own spread over replications, small beside the steps of a grid, is not counted.

    Parameters
    ----------
    sweep
        The sweep: policies that differ in their interval only, at least five delivered intervals
        and four replications.
    segment
        One of its segments; may be left out where there is only one.
    measure
        A measure of the sweep.
    horizon_days
        One of its horizons; None for the longest.
    confidence
        Of each interval and of the band; None for the sweep's own.

    Returns
    -------
    Response
        The curve with its band, its points and its best interval.

    Raises
    ------
    InputError
        If the sweep has no such segment, horizon or measure, if its policies differ in more than
        their interval, or if it is too small for a curve.
    """
    level = float(sweep.settings["confidence"] if confidence is None else confidence)
    known = sweep.table["measure"].unique()
    name, days = asked_for(
        "response", sweep, segment, horizon_days, [("measure", measure, known)], level
    )
    runs = runs_by_interval(sweep, name, days, measure)
    enough = runs.count() >= 2
    wide = _merged(runs.loc[:, enough], delivered_days(sweep, name, days))
    problems = _problems(sweep.policies[name], wide)
    if problems:
        raise InputError(problems)
    logs = np.log(_delivered(wide))
    values = wide.to_numpy()
    curve = smoothing.smooth((logs - logs[0]) / (logs[-1] - logs[0]), values)
    table = _table(curve, logs, level)
    better = better_of(measure)
    return Response(
        table=table,
        points=_points(curve, wide, level),
        optimum=(
            None
            if better == "neither" or np.ptp(np.nanmean(values, axis=0)) == 0
            else _optimum(curve, table, better, level)
        ),
        left_out=tuple(runs.columns[~enough]),
        segment=name,
        horizon_days=float(days),
        measure=measure,
        unit=str(sweep.table.loc[sweep.table["measure"] == measure, "unit"].iloc[0]),
        better=better,
        confidence=level,
    )


def _merged(runs: pd.DataFrame, delivered: pd.Series) -> pd.DataFrame:
    """Return one column per delivered interval, ascending: those that coincide are averaged."""
    order = delivered.loc[runs.columns].sort_values(kind="stable")
    groups: list[list[str]] = []
    for label, days in order.items():
        if groups and days <= order[groups[-1][0]] * (1 + SAME_DELIVERY):
            groups[-1].append(str(label))
        else:
            groups.append([str(label)])
    columns = {
        (" = ".join(group), float(np.exp(np.log(order[group]).mean()))): runs[group].mean(axis=1)
        for group in groups
    }
    wide = pd.DataFrame(columns, index=runs.index)
    wide.columns = pd.MultiIndex.from_tuples(columns, names=["interval", "delivered_days"])
    return wide


def _delivered(wide: pd.DataFrame) -> NDArray[np.float64]:
    return wide.columns.get_level_values("delivered_days").to_numpy(dtype=np.float64)


def _problems(policies: Mapping[str, RecallPolicy], wide: pd.DataFrame) -> list[Problem]:
    problems = []
    others = {policy.replace(interval=Span(days=1)) for policy in policies.values()}
    if len(others) > 1:
        rule = "must differ in their interval only: other caps, rests or pushing make another curve"
        problems.append(Problem("response", "policies", list(policies), rule))
    if wide.shape[1] < LEAST_INTERVALS:
        found = _delivered(wide).round(1).tolist()
        rule = f"must be at least {LEAST_INTERVALS} that differ, with values in two replications"
        problems.append(Problem("response", "delivered intervals", found, rule))
    replications = int(wide.notna().any(axis=1).sum())
    if replications < LEAST_REPLICATIONS:
        rule = f"must be at least {LEAST_REPLICATIONS}"
        problems.append(Problem("response", "replications", replications, rule))
    return problems


def _table(curve: smoothing.Smooth, logs: NDArray[np.float64], confidence: float) -> pd.DataFrame:
    half = smoothing.t_quantiles(curve.df, confidence) * curve.sd
    wide = smoothing.simultaneous_quantiles(curve, confidence) * curve.sd
    return pd.DataFrame(
        {
            "delivered_days": np.exp(logs[0] + curve.places * (logs[-1] - logs[0])),
            "mean": curve.mean,
            "ci_low": curve.mean - half,
            "ci_high": curve.mean + half,
            "band_low": curve.mean - wide,
            "band_high": curve.mean + wide,
        }
    )


def _points(curve: smoothing.Smooth, wide: pd.DataFrame, confidence: float) -> pd.DataFrame:
    rows = []
    labels = wide.columns.get_level_values("interval")
    for place, (label, days) in enumerate(zip(labels, _delivered(wide), strict=True)):
        found = mean_interval(wide.iloc[:, place].to_numpy(), confidence)
        rows.append(
            {
                "interval": label,
                "delivered_days": days,
                "mean": found.mean,
                "se": found.se,
                "ci_low": found.low,
                "ci_high": found.high,
                "replications": found.replications,
                "fitted": curve.fitted[place],
                "misfit": (found.mean - curve.fitted[place]) / curve.own_se[place],
            }
        )
    return pd.DataFrame(rows)


def _optimum(
    curve: smoothing.Smooth, table: pd.DataFrame, better: Better, confidence: float
) -> Optimum:
    best, low, high = smoothing.where_the_highest_lies(
        curve if better == "higher" else curve.mirrored(), confidence
    )
    last = len(table) - 1
    days = table["delivered_days"].to_numpy()
    row = table.iloc[best]
    edge: Edge = "shortest" if best == 0 else "longest" if best == last else ""
    return Optimum(
        days=float(days[best]),
        low=float(days[low]),
        high=float(days[high]),
        value=float(row["mean"]),
        value_low=float(row["band_low"]),
        value_high=float(row["band_high"]),
        edge=edge,
        low_is_open=low == 0,
        high_is_open=high == last,
    )


def _per(unit: str) -> str:
    """Return what follows an amount of a unit, with a blank after it."""
    return "of contacts " if unit.startswith("share") else f"{unit.removeprefix('EUR ')} "
