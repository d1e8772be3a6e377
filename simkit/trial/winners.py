"""Which arm is ahead in each segment, and by how much it leads the next."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from simkit.trial.effects.guardrails import VETO
from simkit.trial.effects.means import ArmMeans
from simkit.trial.level import Level
from simkit.trial.plan import Plan
from simkit.trial.read.data import TrialData
from simkit.trial.rows import NOT_KNOWN, Row, on_few, too_small, turned

WINNER_COLUMNS = (
    *("outcome", "segment", "winner", "estimate"),
    *("runner_up", "lead", "lead_low", "lead_high", "corrected_for"),
)


def winners_of(
    data: TrialData,
    plan: Plan,
    compared: list[Row],
    vetoes: pd.DataFrame,
    means: dict[tuple[str, str], ArmMeans | None],
) -> pd.DataFrame:
    """Return one row a segment: who wins on the primary outcome, and its lead over the next.

    Looks take from the lead what they take from the two comparisons with the control: it was seen
    at the same looks. Its interval is that of the one to which they leave less. It is not
    corrected for the number of comparisons: it decides nothing, for either arm may be taken.

    Parameters
    ----------
    data, plan
        The trial, and what was to be compared.
    compared
        All rows; the primary outcome's are read.
    vetoes
        The guardrails: whom one vetoes cannot win.
    means
        (outcome, segment) → means; None where not two arms have enough units.
    """
    sign = -1.0 if plan.primary in plan.lower_is_better else 1.0
    stopped = vetoes.loc[vetoes["state"] == VETO, ["segment", "arm"]]
    barred = set(stopped.itertuples(index=False, name=None))
    allowed = [
        row
        for row in compared
        if row.role == "primary"
        and row.verdict == "better"
        and (row.segment, row.arm) not in barred
        and not too_small(row)
        and not turned(row)
        and not on_few(row)
    ]
    best_first = sorted(allowed, key=lambda row: -sign * row.estimate)
    rows = []
    for segment in data.segments:
        better = [one for one in best_first if one.segment == segment]
        row: dict[str, object] = {
            **dict.fromkeys(WINNER_COLUMNS),
            "outcome": plan.primary,
            "segment": segment,
            "corrected_for": "",
            **dict.fromkeys(("estimate", "lead", "lead_low", "lead_high"), NOT_KNOWN),
        }
        if better:
            row |= {"winner": better[0].arm, "estimate": better[0].estimate}
        by_arm = means[plan.primary, segment]
        if len(better) > 1 and by_arm is not None:
            lead = by_arm.difference(better[0].arm, better[1].arm)
            row |= {"runner_up": better[1].arm, "lead": lead.estimate}
            if not lead.doubt:  # else its interval carries no claim, and is left not known
                left = _left(segment, better[:2], plan)
                row["lead_low"], row["lead_high"] = lead.interval(left.of(plan.alpha))
                row["corrected_for"] = left.cost
        rows.append(row)
    # As objects: a text column would turn a missing name, None, into NaN.
    found = pd.DataFrame(rows, columns=list(WINNER_COLUMNS), dtype=object)
    return found.astype(dict.fromkeys(("estimate", "lead", "lead_low", "lead_high"), np.float64))


def _left(segment: str, pair: Sequence[Row], plan: Plan) -> Level:
    """Return what looks leave to the lead of one arm over another."""
    lefts = [plan.left(segment, row.arm) for row in pair]
    return min(lefts, key=lambda left: left.of(plan.alpha))
