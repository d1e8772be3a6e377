"""What a field trial says of one segment, in the form that the rule of decision reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from simkit.recommend import sentences_other
from simkit.recommend.simulated import NET_VALUE
from simkit.recommend.verdict import DATA, Alternative, Estimate, Failure, Guard
from simkit.trial.design.sizes import variance_from_error
from simkit.trial.sentences import freed_words, is_freed

if TYPE_CHECKING:
    import pandas as pd

    from simkit.trial import Evaluation

EVERYWHERE = "all"
REFUSED = "the trial gives no answer"
NO_EFFECT = "no difference between the arms is then an effect of how often they called"
MEND = "mend the data so, and study them again"


def primary_rows(evaluation: Evaluation, segment: str) -> pd.DataFrame:
    """Return the rows that decide in a segment: one an arm, on the primary outcome."""
    table = evaluation.table
    return table[(table["segment"] == segment) & (table["role"] == "primary")]


def failures(evaluation: Evaluation, segment: str) -> tuple[Failure, ...]:
    """Return the checks that failed in a segment or everywhere.

    Data that hold no effect on what decides, such as a log of the reached alone, fail like a check:
    more contacts of the same kind would not tell either.
    """
    refusal = evaluation.refusals.get(evaluation.primary)
    no_effect = () if refusal is None else (Failure(DATA, refusal, NO_EFFECT, MEND),)
    checks = evaluation.checks
    here = checks["segment"].isin([segment, EVERYWHERE]) & (checks["verdict"] == "fail")
    rows = checks.loc[here, ["check", "found", "meaning", "advice"]]
    failed = (Failure(*map(str, row)) for row in rows.itertuples(index=False))
    return (*no_effect, *failed)


def leads(evaluation: Evaluation, segment: str) -> dict[tuple[str, str], tuple[Estimate, str]]:
    """Return by how much the best arm of a segment leads the next one, where there are two.

    Beside it stands what its interval is corrected for; empty for nothing.
    """
    winners = evaluation.winners
    rows = winners[(winners["segment"] == segment) & winners["runner_up"].notna()]
    # The evaluation gives the interval alone.
    unknown = float("nan")
    found = {}
    for each in rows.itertuples(index=False):
        row: Any = each
        lead = Estimate(float(row.lead), unknown, float(row.lead_low), float(row.lead_high))
        found[str(row.winner), str(row.runner_up)] = (lead, str(row.corrected_for))
    return found


def alternatives(
    evaluation: Evaluation, segment: str, simulated: Mapping[str, Estimate]
) -> tuple[Alternative, ...]:
    """Return the evidence on each arm of a segment.

    Of a trial that decides by another outcome than net value, there is none on an arm's gain: what
    it found stands in words.

    Parameters
    ----------
    evaluation
        The trial.
    segment
        One of its segments.
    simulated
        Arm → its simulated difference from the control over the year.
    """
    found = []
    by_net_value = evaluation.primary == NET_VALUE
    for each in primary_rows(evaluation, segment).itertuples(index=False):
        row: Any = each
        arm = str(row.arm)
        known = bool(np.isfinite(row.ci_low_adjusted) and np.isfinite(row.se))
        decided = known and by_net_value
        found.append(
            Alternative(
                arm=arm,
                field=_estimate(row, row.ci_low_adjusted, row.ci_high_adjusted)
                if decided
                else None,
                alone=_estimate(row, row.ci_low, row.ci_high) if decided else None,
                variance=_variance(row) if by_net_value else float("nan"),
                df=float(row.df),
                n=int(row.n),
                n_control=int(row.n_control),
                guards=_guards(evaluation, segment, arm),
                simulated=simulated[arm],
                better=by_net_value and str(row.verdict) == "better",
                reason=str(row.reason) if by_net_value else sentences_other.found(row),
                freed=freed_words(row) if by_net_value and is_freed(row) else "",
                few=str(row.few),
            )
        )
    return tuple(found)


def _guards(evaluation: Evaluation, segment: str, arm: str) -> tuple[Guard, ...]:
    table, vetoes = evaluation.table, evaluation.vetoes
    rows = table[
        (table["segment"] == segment) & (table["arm"] == arm) & (table["role"] == "guardrail")
    ]
    guards = []
    for each in rows.itertuples(index=False):
        row: Any = each
        judged = vetoes[
            (vetoes["segment"] == segment)
            & (vetoes["arm"] == arm)
            & (vetoes["outcome"] == row.outcome)
        ]
        state, low, high, day = REFUSED, float("nan"), float("nan"), ""
        if len(judged):
            state, low, high, day = judged.iloc[0][["state", "lower", "upper", "stopped_on"]]
        guards.append(
            Guard(
                outcome=str(row.outcome),
                unit=str(row.unit),
                state=str(state),
                difference=_estimate(row, low, high),
                margin=float(row.margin),
                variance=float("nan") if row.unseen else _variance(row),
                stopped_on=str(day),
                unseen=str(row.unseen),
            )
        )
    return tuple(guards)


def _estimate(row: Any, low: float, high: float) -> Estimate:
    return Estimate(float(row.estimate), float(row.se), float(low), float(high), float(row.df))


def _variance(row: Any) -> float:
    if not (row.n and row.n_control and np.isfinite(row.se)):
        return float("nan")
    return variance_from_error(float(row.se), int(row.n), int(row.n_control))
