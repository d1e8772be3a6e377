"""Whether a guardrail could veto at all: a margin beyond what can be lost tolerates everything."""

from __future__ import annotations

from typing import Any

import pandas as pd

from simkit.measures.registry import SHARE
from simkit.trial.checks.check import EVERYWHERE, NO_P_VALUE, Check
from simkit.trial.effects.guardrails import VETO

MANY_TIMES = 10.0
"""Times what the control shows beyond which a margin is hardly one (assumed)."""


def margin_checks(table: pd.DataFrame) -> list[Check]:
    """Warn of guardrails that can hardly ever veto.

    Parameters
    ----------
    table
        Rows of the comparison.
    """
    guards = table[(table["role"] == "guardrail") & table["mean_control"].notna()]
    vetoed = guards["reason"].str.startswith(VETO)
    vetoes = set(guards.loc[vetoed, ["outcome", "segment"]].itertuples(index=False, name=None))
    checks = []
    for outcome, rows in guards.drop_duplicates(["outcome", "segment"]).groupby("outcome"):
        found = []
        for each in rows.itertuples(index=False):
            row: Any = each
            why = _why(row)
            if why and (row.outcome, row.segment) not in vetoes:
                place = "" if row.segment == EVERYWHERE else f"{row.segment}: "
                found.append(f"{place}{row.margin:g}, {why}")
        if found:
            checks.append(
                Check(
                    f"margin of {outcome}",
                    EVERYWHERE,
                    "; ".join(found),
                    NO_P_VALUE,
                    "warning",
                    "this guardrail can hardly ever veto, whatever an arm does",
                    "name the harm that you would really bear, before looking; of shares 0.01 is "
                    "one percentage point",
                )
            )
    return checks


def _why(row: Any) -> str:
    """Say why a margin tolerates nearly everything; empty where it does not."""
    control = row.mean_control
    if row.unit == SHARE:
        left = 1 - control if row.better == "lower" else control
        if row.margin >= left:
            return f"and the control's {control:.3g} can get worse by {left:.3g} only"
    if control > 0 and row.margin > MANY_TIMES * control:
        return f"over {MANY_TIMES:g} times the control's {control:.3g}"
    return ""
