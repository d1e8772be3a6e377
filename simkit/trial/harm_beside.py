"""Harm that an arm is shown to do beside the outcome by which it is chosen."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from simkit.trial.direction import tells_harm
from simkit.trial.read.data import TOGETHER
from simkit.trial.read.names import NET_VALUE
from simkit.trial.sentences import amount, label

if TYPE_CHECKING:
    import pandas as pd

BESIDE = ("secondary", "exploratory")
"""Roles of outcomes that neither decide nor can veto."""
NOT_WEIGHED = (
    "But {arm} is shown to be worse on {what}, which this choice by {outcome} does not weigh: say "
    "what one of it costs (worth_eur, prices), or name a guardrail for it"
)
PRICED = (
    "But {arm} is shown to be worse on {what}; net value counts that only as far as it has a price "
    "(worth_eur, prices)"
)


def harms_beside(
    table: pd.DataFrame, outcome: str, together: Collection[str] = ()
) -> dict[tuple[str, str], str]:
    """Return (segment, arm) → what it is shown to make worse, and that nobody weighs it.

    Arms are held against the control, and the control against those that are better than it.

    Net value weighs what it has prices of, so that fewer sales need no word there: only what is
    done to contacts is told.

    Parameters
    ----------
    table
        Rows of the evaluation.
    outcome
        The one that decides.
    together
        Segments that have one choice for all of them: they stand under that name.
    """
    beside, better = table["role"].isin(BESIDE), table["verdict"] == "better"
    # A guardrail weighs the harm of arms, and not that of the control.
    rows = table[(beside & (table["verdict"] == "worse")) | (better & (table["role"] != "primary"))]
    found: dict[tuple[str, str], dict[str, list[str]]] = {}
    for each in rows.itertuples(index=False):
        row: Any = each
        if outcome == NET_VALUE and not tells_harm(row.outcome):
            continue
        # Where an arm is better the control is worse: it may be the one to be chosen.
        of_control = row.verdict == "better"
        estimate = -row.estimate if of_control else row.estimate
        size = amount(estimate, row.unit, row.ci_high - row.ci_low)
        joined = row.segment in together
        where = f" in {row.segment}" if joined else ""
        than = f" than {row.arm}" if of_control else ""
        who = str(row.control if of_control else row.arm)
        of_arm = found.setdefault((TOGETHER if joined else str(row.segment), who), {})
        of_arm.setdefault(label(row.outcome), []).append(f"{size}{than}{where}")
    text = PRICED if outcome == NET_VALUE else NOT_WEIGHED
    told = {
        place: ", ".join(f"{name} ({', '.join(sizes)})" for name, sizes in of_arm.items())
        for place, of_arm in found.items()
    }
    return {
        (segment, arm): f"{text.format(arm=arm, what=what, outcome=label(outcome))}."
        for (segment, arm), what in told.items()
    }
