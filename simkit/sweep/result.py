"""What a sweep found: tables, the best interval of a segment, sentences."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from simkit.calllog.whole import whole_file
from simkit.errors import InputError, Problem
from simkit.policy import RecallPolicy

MAIN_MEASURE = "net_value_eur"


@dataclass(frozen=True)
class Coincidence:
    """Policies of a segment that the calendar makes one: they deliver the same gaps.

    Parameters
    ----------
    segment
        The segment.
    intervals
        Labels of the policies.
    pattern
        The gaps in whole days that recur in ordinary weeks.
    """

    segment: str
    intervals: tuple[str, ...]
    pattern: str

    def sentence(self) -> str:
        """Say that they coincide."""
        names = ", ".join(self.intervals)
        return f"{self.segment}: {names} deliver the same gaps between calls ({self.pattern} days)."


@dataclass(frozen=True)
class BestInterval:
    """The best interval of a segment by one measure at one horizon.

    Parameters
    ----------
    segment, horizon_days, measure
        What it is the best of.
    interval, policy
        Its label and the policy.
    interval_days, delivered_days
        Nominal length in calendar days, and mean time between two dials of a contact.
    mean, ci_low, ci_high, unit
        The measure's mean over replications with its interval.
    as_good
        Labels of the intervals that cannot be ruled out as the best, this one among them, in the
        grid's order.
    within_worthwhile
        Labels of those that certainly lose less against the best than is worth a change; None
        where the measure is not net value.
    at_edge
        Whether it is the shortest or longest of the grid, so that a wider grid may hold a better
        one.
    """

    segment: str
    horizon_days: float
    measure: str
    interval: str
    policy: RecallPolicy
    interval_days: float
    delivered_days: float
    mean: float
    ci_low: float
    ci_high: float
    unit: str
    as_good: tuple[str, ...]
    within_worthwhile: tuple[str, ...] | None
    at_edge: bool


@dataclass(frozen=True)
class SweepResult:
    """Recall intervals compared on the model.

    Parameters
    ----------
    table
        One row per segment, interval, horizon and measure: ``segment``, ``interval`` (label),
        ``interval_days`` (nominal, in calendar days), ``delivered_days`` (mean time between two
        dials of a contact, over the longest horizon), ``horizon_days``, ``measure``, ``unit``,
        ``mean``, ``se``, ``ci_low``, ``ci_high`` (t interval over replications),
        ``replications`` (those with a value).
    differences
        One row per segment, interval, horizon and measure that has a better direction:
        ``segment``, ``interval``, ``best`` (the interval with the best mean), ``horizon_days``,
        ``measure``, ``difference`` (from the best, paired by replication), ``se``, ``ci_low``,
        ``ci_high`` (simultaneous bounds on the true mean less the best true mean of the others,
        see ``simkit.sweep.compare``), ``as_good`` (cannot be ruled out as the best),
        ``within_worthwhile`` (net value only: it certainly loses less than ``worthwhile_eur`` a
        contact-year).
    runs
        One row per segment, interval, replication, horizon and measure: ``value``, the mean over
        the contacts of that run (NaN where there is none); ``contact_variance``, the variance of
        one contact's outcome with the clustering of accounts in it, and ``contact_variance_df``,
        its degrees of freedom (net value and opt-outs only, else NaN; see
        ``simkit.sweep.cells.contact_variance``).
    policies
        For each segment the policies by label, in the grid's order.
    coincide
        Policies that the calendar makes one.
    settings
        What the sweep was asked for: scenario, contacts, agents, days, seed, replications, ...
    """

    table: pd.DataFrame
    differences: pd.DataFrame
    runs: pd.DataFrame
    policies: Mapping[str, Mapping[str, RecallPolicy]]
    coincide: tuple[Coincidence, ...]
    settings: Mapping[str, Any]

    @property
    def segments(self) -> tuple[str, ...]:
        """The segments, in the scenario's order."""
        return tuple(self.policies)

    @property
    def horizons(self) -> tuple[float, ...]:
        """The horizons in days, ascending."""
        return tuple(self.settings["horizons_days"])

    def best(
        self, segment: str, horizon_days: float | None = None, measure: str = MAIN_MEASURE
    ) -> BestInterval:
        """Give the best interval of a segment.

        Parameters
        ----------
        segment
            The segment.
        horizon_days
            One of the sweep's horizons; None for the longest.
        measure
            A measure that has a better direction.

        Raises
        ------
        InputError
            If the sweep has no such segment, horizon or measure.
        """
        horizon = self.horizons[-1] if horizon_days is None else horizon_days
        self._check(segment, horizon, measure)
        rows = _of(self.differences, segment, horizon, measure)
        label = rows["best"].iloc[0]
        means = _of(self.table, segment, horizon, measure).set_index("interval").loc[label]
        labels = list(self.policies[segment])
        near = rows["within_worthwhile"]
        days = _of(self.table, segment, horizon, measure)["interval_days"]
        return BestInterval(
            segment=segment,
            horizon_days=horizon,
            measure=measure,
            interval=label,
            policy=self.policies[segment][label],
            interval_days=float(means["interval_days"]),
            delivered_days=float(means["delivered_days"]),
            mean=float(means["mean"]),
            ci_low=float(means["ci_low"]),
            ci_high=float(means["ci_high"]),
            unit=str(means["unit"]),
            as_good=tuple(rows.loc[rows["as_good"], "interval"]),
            within_worthwhile=(
                None if near.isna().any() else tuple(rows.loc[near.astype(bool), "interval"])
            ),
            at_edge=len(labels) > 1 and means["interval_days"] in (days.min(), days.max()),
        )

    def sentences(self, measure: str = MAIN_MEASURE) -> list[str]:
        """Say for each segment which interval is best over the longest horizon, and over others.

        Parameters
        ----------
        measure
            A measure that has a better direction.
        """
        said = []
        for segment in self.segments:
            said.append(self._sentence(self.best(segment, measure=measure)))
            said += self._reversals(segment, measure)
        return said + [group.sentence() for group in self.coincide]

    def sentence(self, measure: str = MAIN_MEASURE) -> str:
        """Say all sentences in one text."""
        return " ".join(self.sentences(measure))

    def write(self, folder: str | Path) -> Path:
        """Write the tables as CSV and the settings as JSON; each file appears whole or not at all.

        Parameters
        ----------
        folder
            Where: ``sweep.csv``, ``sweep_differences.csv``, ``sweep_runs.csv``, ``sweep.json``.
        """
        room = Path(folder)
        tables = {
            "sweep.csv": self.table,
            "sweep_differences.csv": self.differences,
            "sweep_runs.csv": self.runs,
        }
        for name, table in tables.items():
            with whole_file(room / name) as path:
                table.to_csv(path, index=False, lineterminator="\n")
        about = dict(self.settings) | {
            "policies": {
                segment: {label: policy.to_dict() for label, policy in policies.items()}
                for segment, policies in self.policies.items()
            }
        }
        with whole_file(room / "sweep.json") as path:
            path.write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
        return room

    def _sentence(self, best: BestInterval) -> str:
        words = measure_in_words(best.measure)
        others = [label for label in best.as_good if label != best.interval]
        known = (
            f"cannot be told apart from it: {listed(others)}"
            if others
            else "all others are ruled out as the best"
        )
        edge = (
            " It lies at the edge of the grid: a wider one may hold a better one."
            if best.at_edge
            else ""
        )
        per = "of contacts" if best.unit.startswith("share") else best.unit.removeprefix("EUR ")
        return (
            f"{best.segment}: over {best.horizon_days:g} days {words} is best when called "
            f"{best.interval} (delivered every {best.delivered_days:.1f} days): "
            f"{amount(best.mean, best.unit)} {per} ({self.settings['confidence']:.0%} interval "
            f"{amount(best.ci_low, best.unit)} to {amount(best.ci_high, best.unit)}); "
            f"{known}.{edge}"
        )

    def _reversals(self, segment: str, measure: str) -> list[str]:
        last = self.best(segment, measure=measure)
        said = []
        for horizon in self.horizons[:-1]:
            best = self.best(segment, horizon, measure)
            if best.interval not in last.as_good:
                said.append(
                    f"{segment}: over {horizon:g} days {best.interval} comes out best, which over "
                    f"{last.horizon_days:g} days is ruled out: a test of {horizon:g} days would "
                    "have been likely to choose it."
                )
        return said

    def _check(self, segment: str, horizon: float, measure: str) -> None:
        found = self.differences
        problems = [
            Problem("sweep", field, value, f"must be one of {', '.join(map(str, known))}")
            for field, value, known in (
                ("segment", segment, self.segments),
                ("horizon_days", horizon, self.horizons),
                ("measure", measure, tuple(found["measure"].unique())),
            )
            if value not in known
        ]
        if problems:
            raise InputError(problems)

    def _repr_html_(self) -> str:
        items = "".join(f"<li>{escape(text)}</li>" for text in self.sentences())
        main = self.table[
            (self.table["measure"] == MAIN_MEASURE)
            & (self.table["horizon_days"] == self.horizons[-1])
        ]
        shown = main.drop(columns=["measure", "horizon_days", "replications"])
        table = shown.to_html(index=False, float_format=lambda value: f"{value:,.2f}")
        return f"<ul>{items}</ul>{table}"


def _of(table: pd.DataFrame, segment: str, horizon: float, measure: str) -> pd.DataFrame:
    return table[
        (table["segment"] == segment)
        & (table["horizon_days"] == horizon)
        & (table["measure"] == measure)
    ]


def measure_in_words(measure: str) -> str:
    """Return a measure's name as a sentence says it."""
    return measure.removesuffix("_eur").replace("_", " ")


def amount(value: float, unit: str) -> str:
    """Return a number with as many digits as a reader of its unit wants."""
    if unit.startswith("EUR"):
        return f"{value:,.2f} EUR"
    return f"{value:.2%}" if unit.startswith("share") else f"{value:,.4g}"


def listed(labels: list[str]) -> str:
    """Return ``"every 5, 10 or 15 working days"`` for labels that share their unit."""
    if len(labels) == 1:
        return labels[0]
    split = [label.removeprefix("every ").partition(" ") for label in labels]
    unit = {unit for number, _, unit in split}
    if len(unit) == 1 and all(number.replace(".", "").isdigit() for number, _, _ in split):
        numbers = [number for number, _, _ in split]
        return f"every {', '.join(numbers[:-1])} or {numbers[-1]} {unit.pop()}"
    return f"{', '.join(labels[:-1])} or {labels[-1]}"
