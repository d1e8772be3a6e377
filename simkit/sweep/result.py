"""What a sweep found: tables, the best interval of a segment, sentences."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from simkit.calllog.whole import whole_file
from simkit.errors import InputError, Problem
from simkit.policy import RecallPolicy
from simkit.result import Result
from simkit.sweep.asked import MAIN_MEASURE, asked_for, rows_of
from simkit.sweep.common_numbers import CommonNumbers, common_numbers
from simkit.sweep.curve import ParetoFront, Response, pareto, response
from simkit.sweep.found import BestInterval, Coincidence, Precise, Selected
from simkit.sweep.words import amount, listed, measure_in_words, staff_in_words


@dataclass(frozen=True, repr=False)
class SweepResult(Result):
    """Recall intervals compared on the model.

    Parameters
    ----------
    table
        One row per segment, number of agents, interval, horizon and measure: ``segment``,
        ``agents`` (null for as many as it takes), ``interval`` (label), ``interval_days``
        (nominal, in calendar days), ``delivered_days`` (mean time between two dials of a contact,
        over the longest horizon), ``horizon_days``, ``measure``, ``unit``, ``mean``, ``se``,
        ``ci_low``, ``ci_high`` (t interval over replications; where these were added until it was
        short enough, a little too short: see `precise`), ``replications`` (those with a value).
    differences
        One row per segment, number of agents, interval, horizon and measure that has a better
        direction: ``segment``, ``agents``, ``interval``, ``best`` (the interval with the best
        mean), ``horizon_days``, ``measure``, ``difference`` (from the best, paired by
        replication), ``se``, ``ci_low``, ``ci_high`` (simultaneous bounds on the true mean less
        the best true mean of the others, see ``simkit.sweep.compare``), ``as_good`` (cannot be
        ruled out as the best), ``within_worthwhile`` (net value only: it certainly loses less than
        ``worthwhile_eur`` a contact-year).
    runs
        One row per segment, number of agents, interval, replication, horizon and measure:
        ``value``, the mean over the contacts of that run (NaN where there is none);
        ``contact_variance``, the variance of one contact's outcome with the clustering of accounts
        in it, and ``contact_variance_df``, its degrees of freedom (net value and opt-outs only,
        else NaN; see ``simkit.sweep.cells.contact_variance``).
    policies
        For each segment the policies by label, in the grid's order.
    coincide
        Policies that the calendar makes one.
    settings
        What the sweep was asked for: scenario, contacts, agents, days, seed, replications, ...
    selected, precise
        What was selected, and how surely net values are known, for each segment and number of
        agents, where that was asked for.
    """

    table: pd.DataFrame
    differences: pd.DataFrame
    runs: pd.DataFrame
    policies: Mapping[str, Mapping[str, RecallPolicy]]
    coincide: tuple[Coincidence, ...]
    settings: Mapping[str, Any]
    selected: tuple[Selected, ...] = ()
    precise: tuple[Precise, ...] = ()

    @property
    def agents(self) -> tuple[int | None, ...]:
        """The numbers of agents, in the order given; None for as many as it takes."""
        return tuple(self.settings["agents"])

    def only(self, agents: int | None) -> SweepResult:
        """Return the part of the sweep with one number of agents.

        Parameters
        ----------
        agents
            One of the sweep's numbers; None for as many as it takes.

        Raises
        ------
        InputError
            If the sweep has no such number.
        """
        if agents not in self.agents:
            rule = f"must be one of {', '.join(map(str, self.agents))}"
            raise InputError([Problem("sweep", "agents", agents, rule)])

        def part(table: pd.DataFrame) -> pd.DataFrame:
            own = table["agents"].isna() if agents is None else table["agents"] == agents
            return table[own.fillna(False).astype(bool)].reset_index(drop=True)

        return replace(
            self,
            table=part(self.table),
            differences=part(self.differences),
            runs=part(self.runs),
            settings={**self.settings, "agents": (agents,)},
            selected=tuple(each for each in self.selected if each.agents == agents),
            precise=tuple(each for each in self.precise if each.agents == agents),
        )

    def require_one_number_of_agents(self, what: str) -> None:
        """Raise InputError where several numbers of agents were swept.

        Parameters
        ----------
        what
            What cannot work on several.
        """
        if len(self.agents) > 1:
            rule = "must be one number of agents: choose it by .only(agents)"
            raise InputError([Problem(what, "agents", self.agents, rule)])

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
            If the sweep has no such segment, horizon or measure, or several numbers of agents.
        """
        known = [("measure", measure, self.differences["measure"].unique())]
        _, horizon = asked_for("sweep", self, segment, horizon_days, known)
        rows = rows_of(self.differences, segment, horizon, measure)
        label = rows["best"].iloc[0]
        means = rows_of(self.table, segment, horizon, measure).set_index("interval").loc[label]
        labels = list(self.policies[segment])
        near = rows["within_worthwhile"]
        days = rows_of(self.table, segment, horizon, measure)["interval_days"]
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

    def response(
        self,
        segment: str | None = None,
        *,
        measure: str = MAIN_MEASURE,
        horizon_days: float | None = None,
    ) -> Response:
        """Give a measure as a smooth curve over the interval, with its optimum.

        The parameters are those of `simkit.sweep.curve.response`.
        """
        return response(self, segment, measure=measure, horizon_days=horizon_days)

    def pareto(
        self,
        segment: str | None = None,
        *,
        against: str = "opt_out",
        horizon_days: float | None = None,
    ) -> ParetoFront:
        """Give the intervals that no other beats in net value and in a cost, e.g. opt-outs.

        The parameters are those of `simkit.sweep.curve.pareto`.
        """
        return pareto(self, segment, against=against, horizon_days=horizon_days)

    def common_numbers(
        self,
        segment: str | None = None,
        *,
        measure: str = MAIN_MEASURE,
        horizon_days: float | None = None,
    ) -> CommonNumbers:
        """Say how many independent replications one with common random numbers was worth.

        The parameters are those of `simkit.sweep.common_numbers.common_numbers`.
        """
        return common_numbers(self, segment, measure=measure, horizon_days=horizon_days)

    def sentences(self, measure: str = MAIN_MEASURE) -> list[str]:
        """Say for each segment which interval is best over the longest horizon, and over others.

        Parameters
        ----------
        measure
            A measure that has a better direction.
        """
        said = []
        for agents in self.agents:
            part = self.only(agents)
            with_them = "" if len(self.agents) == 1 else f"With {staff_in_words(agents)}: "
            for segment in self.segments:
                said.append(with_them + part._sentence(part.best(segment, measure=measure)))
                said += [with_them + text for text in part._reversals(segment, measure)]
                if measure == MAIN_MEASURE:
                    asked: list[Selected | Precise] = [*part.selected, *part.precise]
                    here = [each for each in asked if each.segment == segment]
                    said += [with_them + each.sentence() for each in here]
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
            },
            "selected": [asdict(each) for each in self.selected],
            "precise": [asdict(each) for each in self.precise],
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

    def _repr_html_(self) -> str:
        items = "".join(f"<li>{escape(text)}</li>" for text in self.sentences())
        main = self.table[
            (self.table["measure"] == MAIN_MEASURE)
            & (self.table["horizon_days"] == self.horizons[-1])
        ]
        shown = main.drop(columns=["measure", "horizon_days", "replications"])
        table = shown.to_html(index=False, float_format=lambda value: f"{value:,.2f}")
        return f"<ul>{items}</ul>{table}"
