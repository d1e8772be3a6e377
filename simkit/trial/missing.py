"""Whether a claim would stand if all whose outcome is missing had spoken against it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from simkit.trial.compare import Comparison, compare
from simkit.trial.read.names import NET_VALUE
from simkit.trial.read.tables import TABLE
from simkit.trial.read.worth import net_value
from simkit.trial.sentences import place_words

if TYPE_CHECKING:
    import pandas as pd

    from simkit.trial.adjusted import Adjustment
    from simkit.trial.plan import Plan
    from simkit.trial.read.data import TrialData

#: What is claimed → how it is said.
CLAIMS = {
    ("primary", "better"): "better on {}",
    ("guardrail", "not worse"): "within the margin of {}",
}


def at_worst(
    data: TrialData, plan: Plan, found: Comparison, adjustment: Adjustment | None
) -> tuple[list[str], list[str]]:
    """Say of what decides whether it would stand at worst: doubts, then remarks.

    It is that an arm is better, or within the margin of a guardrail. At worst none of the arm's
    contacts without an outcome would have had the event, and all such of its control's would (the
    other way round where less is better). No assumption on who is missing is then needed (Horowitz
    and Manski, 2000, J. Am. Stat. Assoc. 95, 77-84), which only outcomes of yes or no allow, and
    what they are worth: another amount has no worst.

    Parameters
    ----------
    data, plan, adjustment
        As `compare` takes them.
    found
        What it found.
    """
    doubts: list[str] = []
    remarks: list[str] = []
    if data.where != TABLE or data.contacts is None:
        return doubts, remarks
    rows: Any = found.table.itertuples(index=False)
    for row in rows:
        claim = CLAIMS.get((row.role, row.verdict))
        events = _events(data, plan, row.outcome) if claim else {}
        values, count = _filled(data, events, row)
        if claim is None or not count:
            continue
        again = compare(replace(data, values=values), plan, adjustment).table
        same = (again["segment"] == row.segment) & (again["arm"] == row.arm)
        (then,) = again.loc[same & (again["outcome"] == row.outcome), "verdict"]
        what = claim.format(row.outcome)
        whom = f"{count:,} contacts of {row.arm} and {row.control}"
        place = place_words(str(row.segment))
        if then == row.verdict:
            remarks.append(
                f"{place}{row.arm} stays {what} even if all of the {whom} whose outcome is missing "
                "had spoken against it"
            )
        else:
            doubts.append(
                f"{place}{row.outcome} is missing for {whom}: had all of them spoken against it, "
                f"{row.arm} would not be shown to be {what}; find their outcomes before anyone acts"
            )
    return doubts, remarks


def _events(data: TrialData, plan: Plan, outcome: str) -> dict[str, float]:
    """Return the yes/no outcomes that one consists of → what speaks against an arm."""
    against = {outcome: float(plan.better(outcome) == "lower")}
    if outcome == NET_VALUE and data.worth_eur:
        against = {name: float(worth < 0) for name, worth in data.worth_eur.items()}
    there = all(name in data.values and data.yes_or_no(name) for name in against)
    return against if there else {}


def _filled(data: TrialData, events: dict[str, float], row: Any) -> tuple[pd.DataFrame, int]:
    """Fill in what speaks against an arm, and count the contacts for whom that was missing."""
    assert data.contacts is not None
    values = data.values.copy()
    here = (data.contacts["segment"] == row.segment).to_numpy(dtype=np.bool_)
    arm = data.contacts["arm"].to_numpy()
    counted = np.zeros(len(values), dtype=np.bool_)
    for name, against in events.items():
        missing = here & values[name].isna().to_numpy(dtype=np.bool_)
        values[name] = values[name].mask(missing & (arm == row.arm), against)
        values[name] = values[name].mask(missing & (arm == row.control), 1 - against)
        counted |= missing & ((arm == row.arm) | (arm == row.control))
    if counted.any() and row.outcome == NET_VALUE and data.worth_eur:
        values[NET_VALUE] = net_value(values, data.worth_eur)
    return values, int(counted.sum())
