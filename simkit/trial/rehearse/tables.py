"""From the noted numbers of many trials to tables, each figure with its Monte Carlo interval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simkit.trial.design import TrialDesign
from simkit.trial.rehearse.layout import (
    BETTER,
    EQUIVALENT,
    PASSED,
    UNDECIDED,
    VETOED,
    WORSE,
    Layout,
)
from simkit.trial.rehearse.montecarlo import (
    average,
    columns_of,
    interval,
    named,
    share,
    standard_error,
)

ANY = "any"
GUARDRAIL_COLUMNS = (
    *("outcome", "segment", "arm", "horizon_days", "margin", "truth", "truth_se", "truly_within"),
    *columns_of("veto", "within", "open"),
)


@dataclass(frozen=True, eq=False)
class Noted:
    """All that was noted of a rehearsal.

    Parameters
    ----------
    design, layout
        The trial, and the order of what was noted.
    durations
        Days since entry, ascending.
    trials
        Shape (trials, durations, cells, width).
    null
        Of the trials in which all arms follow the control: shape (trials, 1, cells, width).
    looks, null_looks
        Of the registered looks at both: shape (trials, looks, cells, width).
    alone
        Means of each arm alone: shape (replications, horizons, cells, measured and load).
    horizons
        Days since entry at which arms alone were measured, ascending; they hold the durations.
    lower_is_better
        The outcomes of which less is better.
    judged_by
        The outcome by which the year's best arm is judged.
    worthwhile_eur
        Segment → net value a contact-year that is worth a change of policy.
    """

    design: TrialDesign
    layout: Layout
    durations: tuple[float, ...]
    trials: NDArray[np.float64]
    null: NDArray[np.float64]
    looks: NDArray[np.float64]
    null_looks: NDArray[np.float64]
    alone: NDArray[np.float64]
    horizons: tuple[float, ...]
    lower_is_better: frozenset[str]
    judged_by: str
    worthwhile_eur: Mapping[str, float]

    @property
    def sign(self) -> float:
        """1 where more of the primary outcome is better, −1 where less is."""
        return self.sign_of(self.design.primary)

    def sign_of(self, outcome: str) -> float:
        """Return 1 where more of an outcome is better, −1 where less is."""
        return -1.0 if outcome in self.lower_is_better else 1.0

    @property
    def measured(self) -> tuple[str, ...]:
        """The outcomes of which the arms' means alone are known."""
        return measured_alone(self.layout, self.judged_by)

    def true_differences(self, outcome: str, horizon: float) -> NDArray[np.float64]:
        """Return each arm alone less its control alone, shape (replications, cells)."""
        at = self.measured.index(outcome)
        means = self.alone[:, self.horizons.index(horizon), :, at]
        found: NDArray[np.float64] = means - means[:, list(self.layout.control)]
        return found

    def claims(self, noted: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return where an arm is called better or worse in the primary outcome."""
        verdict = self.layout.effect(noted, self.design.primary, "verdict")
        found: NDArray[np.bool_] = (verdict == BETTER) | (verdict == WORSE)
        return found


def measured_alone(layout: Layout, judged_by: str) -> tuple[str, ...]:
    """Return the outcomes of which arms alone are measured: the trial's, and the year's."""
    return tuple(dict.fromkeys((*layout.outcomes, judged_by)))


def power_table(noted: Noted) -> pd.DataFrame:
    """Return how often each arm is called better, rightly or not: see `Rehearsal.table`."""
    layout, primary = noted.layout, noted.design.primary
    rows = []
    for place in layout.compared:
        segment, arm = layout.cells[place]
        for at, days in enumerate(noted.durations):
            here = noted.trials[:, at, place]
            estimate, se, low, high, verdict = (
                layout.effect(here[:, None], primary, field)[:, 0]
                for field in ("estimate", "se", "ci_low", "ci_high", "verdict")
            )
            truths = noted.true_differences(primary, days)[:, place]
            truth = float(truths.mean())
            is_better = truth * noted.sign > 0
            right = verdict == (BETTER if is_better else WORSE)
            claimed = (verdict == BETTER) | (verdict == WORSE)
            rows.append(
                {
                    "segment": segment,
                    "arm": arm,
                    "control": noted.design.control[segment],
                    "horizon_days": days,
                    "truth": truth,
                    "truth_se": standard_error(truths),
                    "mean_estimate": float(np.nanmean(estimate)),
                    "mean_se": float(np.nanmean(se)),
                    "sd_estimate": float(np.nanstd(estimate, ddof=1)),
                    **named("better", share(verdict == BETTER)),
                    **named("worse", share(verdict == WORSE)),
                    **named("equivalent", share(verdict == EQUIVALENT)),
                    **named("power", share(right)),
                    **named("wrong_sign", share(~right[claimed])),
                    **named("exaggeration", average(np.abs(estimate[claimed]) / abs(truth))),
                    **named("coverage", coverage_of(low, high, truth)),
                    "trials": len(here),
                }
            )
    return pd.DataFrame(rows)


def coverage_of(
    low: NDArray[np.float64], high: NDArray[np.float64], truth: float
) -> tuple[float, float, float]:
    """Return how often an interval holds the truth, of the trials that give one."""
    given = ~np.isnan(low) & ~np.isnan(high)
    return share(((low <= truth) & (truth <= high))[given])


def false_positives_table(noted: Noted) -> pd.DataFrame:
    """Return what is claimed where no arm differs: see `Rehearsal.false_positives`."""
    layout, design = noted.layout, noted.design
    null = noted.null[:, 0]
    claims = noted.claims(null)
    low, high = (layout.effect(null, design.primary, name) for name in ("ci_low", "ci_high"))
    compared = layout.compared

    def row(segment: str, arm: str, outcome: str, claimed: NDArray[np.bool_]) -> dict[str, object]:
        return {
            "segment": segment,
            "arm": arm,
            "outcome": outcome,
            **named("claim", share(claimed)),
        }

    def of_any(places: list[int]) -> NDArray[np.bool_]:
        return np.asarray(claims[:, places].any(axis=1), dtype=np.bool_)

    rows = [row(ANY, ANY, design.primary, of_any(compared))]
    for segment in design.segments:
        places = layout.places(segment)
        if len(design.segments) > 1:
            rows.append(row(segment, ANY, design.primary, of_any(places)))
        for place in (place for place in places if place in compared):
            arm = layout.cells[place][1]
            rows.append(
                row(segment, arm, design.primary, claims[:, place])
                | named("coverage", coverage_of(low[:, place], high[:, place], 0.0))
            )
            for outcome in design.guardrails:
                state = layout.effect(null, outcome, "state")[:, place]
                rows.append(row(segment, arm, outcome, state == VETOED))
    return pd.DataFrame(rows).assign(trials=len(null))


def guardrails_table(noted: Noted) -> pd.DataFrame:
    """Return how often each guardrail vetoes, passes or stays open: see `Rehearsal.guardrails`."""
    layout, design = noted.layout, noted.design
    rows = []
    for outcome, margins in design.guardrails.items():
        harm = 1.0 if outcome in noted.lower_is_better else -1.0
        for place in layout.compared:
            segment, arm = layout.cells[place]
            for at, days in enumerate(noted.durations):
                state = layout.effect(noted.trials[:, at], outcome, "state")[:, place]
                truths = noted.true_differences(outcome, days)[:, place]
                rows.append(
                    {
                        "outcome": outcome,
                        "segment": segment,
                        "arm": arm,
                        "horizon_days": days,
                        "margin": margins[segment],
                        "truth": float(truths.mean()),
                        "truth_se": standard_error(truths),
                        "truly_within": bool(truths.mean() * harm < margins[segment]),
                        **named("veto", share(state == VETOED)),
                        **named("within", share(state == PASSED)),
                        **named("open", share((state == UNDECIDED) | np.isnan(state))),
                    }
                )
    return pd.DataFrame(rows, columns=None if rows else list(GUARDRAIL_COLUMNS))


def bias_table(noted: Noted) -> pd.DataFrame:
    """Return by how much trials miss the truth on average: see `Rehearsal.bias`."""
    layout = noted.layout
    freedom = min(len(noted.trials), len(noted.alone)) - 1
    rows = []
    for outcome in layout.outcomes:
        for place in layout.compared:
            segment, arm = layout.cells[place]
            for at, days in enumerate(noted.durations):
                estimate = layout.effect(noted.trials[:, at], outcome, "estimate")[:, place]
                truths = noted.true_differences(outcome, days)[:, place]
                mean, truth = float(np.nanmean(estimate)), float(truths.mean())
                se = float(np.hypot(standard_error(estimate), standard_error(truths)))
                rows.append(
                    {
                        "outcome": outcome,
                        "segment": segment,
                        "arm": arm,
                        "horizon_days": days,
                        "truth": truth,
                        "mean_estimate": mean,
                        **named("bias", interval(mean - truth, se, freedom)),
                        "se": se,
                    }
                )
    return pd.DataFrame(rows)


def load_table(noted: Noted) -> pd.DataFrame:
    """Return what each arm takes of the agents: see `Rehearsal.load`."""
    layout, days = noted.layout, noted.design.horizon_days
    here = noted.trials[:, noted.durations.index(days)]
    contacts, dials, hours = (
        layout.of_arm(here, name) for name in ("contacts", "dials_per_contact", "agent_hours")
    )
    alone = noted.alone[:, noted.horizons.index(days)]
    dials_alone, seconds_alone = alone[..., -2], alone[..., -1]
    each = hours / contacts
    rows = []
    for place, (segment, arm) in enumerate(layout.cells):
        control = layout.control[place]
        rows.append(
            {
                "segment": segment,
                "arm": arm,
                "horizon_days": days,
                "contacts": float(contacts[:, place].mean()),
                **named("dials_per_contact", average(dials[:, place])),
                "dials_per_contact_alone": float(dials_alone[:, place].mean()),
                **named("agent_hours_per_contact", average(each[:, place])),
                "agent_hours_per_contact_alone": float(seconds_alone[:, place].mean()) / 3600.0,
                "times_control": float(each[:, place].mean() / each[:, control].mean()),
            }
        )
    return pd.DataFrame(rows)


def truth_table(noted: Noted) -> pd.DataFrame:
    """Return what each arm gives when it alone serves everybody: see `Rehearsal.truth`."""
    layout = noted.layout
    rows = []
    for at, outcome in enumerate(noted.measured):
        for horizon in noted.horizons:
            means = noted.alone[:, noted.horizons.index(horizon), :, at]
            differences = noted.true_differences(outcome, horizon)
            for place, (segment, arm) in enumerate(layout.cells):
                rows.append(
                    {
                        "outcome": outcome,
                        "segment": segment,
                        "arm": arm,
                        "horizon_days": horizon,
                        **named("mean", average(means[:, place])),
                        **named("difference", average(differences[:, place])),
                    }
                )
    return pd.DataFrame(rows)
