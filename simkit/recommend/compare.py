"""Field and simulation side by side, and what a reader must be warned of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from simkit.recommend import sentences_warnings
from simkit.recommend.agreement import APART, Beside, beside
from simkit.recommend.evidence import Evidence, FieldEvidence
from simkit.recommend.verdict import KEEP, Alternative, Estimate, Ruling

if TYPE_CHECKING:
    from simkit.scenario import Economics, Scenario

NO_TRIAL = "no trial"
PRICE_NAMES = {"sale_value_eur": "sale_value_mean_eur"}
EVIDENCE_COLUMNS = (
    *("segment", "arm", "interval", "control", "control_interval"),
    *("field_days", "field", "field_low", "field_high", "contacts", "state"),
    *("simulated_days", "simulated", "simulated_low", "simulated_high"),
    *("year_days", "year", "year_low", "year_high", "agree"),
)


def evidence_table(
    evidence: Sequence[Evidence],
    rulings: Mapping[str, Ruling],
    tested: Mapping[str, Sequence[str]],
) -> pd.DataFrame:
    """Return the evidence on each arm: in the trial, and where there is none, on what to test.

    Parameters
    ----------
    evidence
        What is known.
    rulings
        Segment → what followed from its trial.
    tested
        Segment → the intervals that a next trial compares, the one in use first.
    """
    rows: list[dict[str, Any]] = []
    for one in evidence:
        if one.field is not None:
            rows += [_tried(one, one.field, arm, rulings) for arm in one.field.alternatives]
        elif one.current_interval is not None:
            rows += [
                _untried(one, one.current_interval, interval)
                for interval in tested.get(one.segment, ())
                if interval != one.current_interval
            ]
    return pd.DataFrame(rows, columns=list(EVIDENCE_COLUMNS))


def _tried(
    one: Evidence, field: FieldEvidence, arm: Alternative, rulings: Mapping[str, Ruling]
) -> dict[str, Any]:
    near = beside(one, field, arm)
    return {
        "segment": one.segment,
        "arm": arm.arm,
        "interval": field.intervals[arm.arm],
        "control": field.control,
        "control_interval": field.intervals[field.control],
        "field_days": field.days,
        **_columns("field", arm.field),
        "contacts": arm.n,
        "state": rulings[one.segment].states[arm.arm],
        "simulated_days": near.days,
        **_columns("simulated", near.simulated),
        "year_days": one.simulated.year,
        **_columns("year", arm.simulated),
        "agree": near.agree,
    }


def _untried(one: Evidence, current: str, interval: str) -> dict[str, Any]:
    year = one.simulated.year
    return {
        "segment": one.segment,
        "arm": interval,
        "interval": interval,
        "control": current,
        "control_interval": current,
        "state": NO_TRIAL,
        "year_days": year,
        **_columns("year", one.simulated.difference(interval, current, year)),
        "agree": NO_TRIAL,
    }


def _columns(name: str, estimate: Estimate | None) -> dict[str, float]:
    if estimate is None:
        return {}
    return {name: estimate.value, f"{name}_low": estimate.low, f"{name}_high": estimate.high}


def horizons_table(evidence: Iterable[Evidence]) -> pd.DataFrame:
    """Return the simulation's winner at each horizon."""
    rows = []
    for one in evidence:
        good = one.simulated.as_good
        for days in one.simulated.horizons:
            best = one.simulated.best(days)
            rows.append(
                {
                    "segment": one.segment,
                    "horizon_days": days,
                    "interval": best,
                    "delivered_days": one.simulated.delivered_days(best),
                    "as_good_over_the_year": best in good,
                }
            )
    return pd.DataFrame(rows)


def assumed_parameters(
    scenario: Scenario, segments: Iterable[str], economics: Mapping[str, Economics] | None
) -> pd.DataFrame:
    """Return the assumed parameters behind the answer; prices that were given are none.

    Parameters
    ----------
    scenario
        The parameters with their sources.
    segments
        The segments decided on; other segments' parameters do not matter.
    economics
        Prices that were given.
    """
    table = scenario.parameters()
    wanted = set(segments)
    part = table["parameter"].str.partition(".")[0]
    priced = {
        f"{segment}.{PRICE_NAMES.get(name, name)}"
        for segment in (economics or {})
        for name in _given(economics, segment)
    }
    elsewhere = part.isin(set(scenario.segments) - wanted)
    kept = table["assumed"] & ~elsewhere & ~table["parameter"].isin(priced)
    return table.loc[kept].drop(columns="assumed").reset_index(drop=True)


def _given(economics: Mapping[str, Economics] | None, segment: str) -> list[str]:
    prices = {} if economics is None else dict(economics[segment])
    return [name for name, value in prices.items() if value is not None]


def warn(
    evidence: Sequence[Evidence],
    rulings: Mapping[str, Ruling],
    scenario: Scenario,
) -> tuple[str, ...]:
    """Say what a reader must know beside the decisions.

    Parameters
    ----------
    evidence, rulings
        What is known, and what followed.
    scenario
        Whose prices the simulation used.
    """
    found: list[str] = []
    for one in evidence:
        if one.field is not None:
            found += _field_warnings(one, one.field, rulings[one.segment])
        if one.simulated.at_edge:
            best = one.simulated.best(one.simulated.year)
            found.append(sentences_warnings.at_edge(one.segment, best))
        if one.simulated.settled_days() is None:
            found.append(
                sentences_warnings.not_settled(
                    one.segment,
                    len(one.simulated.as_good),
                    len(one.simulated.intervals),
                    one.simulated.replications,
                    one.simulated.year,
                )
            )
        swept = scenario.economics()[one.segment]
        other = [
            name
            for name, value in one.economics
            if value is not None and value != getattr(swept, name)
        ]
        if other:
            found.append(sentences_warnings.other_prices(one.segment, other))
    return tuple(found)


def _field_warnings(one: Evidence, field: FieldEvidence, ruling: Ruling) -> list[str]:
    if ruling.failures:  # there is nothing in the field to hold the simulation against
        return []
    found = []
    year = one.simulated.year
    apart: dict[str, list[tuple[str, Estimate, Beside]]] = {}
    for arm in field.alternatives:
        name = field.names[arm.arm]
        if arm.reversed:
            found.append(sentences_warnings.reversal(one.segment, name, arm.simulated, year))
        near = beside(one, field, arm)
        if arm.alone is not None and near.agree in APART:
            apart.setdefault(near.agree, []).append((name, arm.alone, near))
        # An arm that a guardrail vetoes may gain what the simulation says.
        small = ruling.verdict == KEEP and ruling.states[arm.arm] == "too small"
        if small and arm.simulated.low > one.simulated.worthwhile_eur:
            found.append(
                sentences_warnings.kept_against_simulation(one.segment, name, arm.simulated, year)
            )
    found += [
        sentences_warnings.disagreement(one.segment, pairs, field_days=field.days)
        for pairs in apart.values()
    ]
    settled = one.simulated.settled_days()
    if settled is not None and field.days < settled:
        found.append(sentences_warnings.short_trial(one.segment, field.days, settled))
    if not any(arm.guards for arm in field.alternatives):
        found.append(sentences_warnings.no_guardrail(one.segment))
    return found
