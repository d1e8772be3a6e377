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
    ("guardrail", "better"): "within the margin of {}",
}
#: Of a guardrail both verdicts say that an arm is within its margin.
STANDS = {"better", "not worse"}
#: Part of the known amounts whose mean stands for those that speak most against a claim (assumed).
A_TWENTIETH = 0.05
SPOKEN = "had all of them spoken against it"
WORST_TWENTIETH = (
    "had theirs been, on average, as those of the twentieth of contacts that speak most against it"
)


def at_worst(
    data: TrialData, plan: Plan, found: Comparison, adjustment: Adjustment | None
) -> tuple[list[str], list[str]]:
    """Say of what decides whether it would stand at worst: doubts, then remarks.

    It is that an arm is better, or within the margin of a guardrail. At worst none of the arm's
    contacts without an outcome would have had the event, and all such of its control's would (the
    other way round where less is better). No assumption on who is missing is then needed (Horowitz
    and Manski, 2000, J. Am. Stat. Assoc. 95, 77-84), which only outcomes of yes or no allow, and
    what they are worth. Another amount has no worst: the mean of that twentieth of those known that
    speaks most against the claim stands for it.

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
        if claim is None:
            continue
        events = _events(data, plan, row.outcome)
        values, count = _filled(data, events or _amounts(data, plan, row), row)
        if not count:
            continue
        again = compare(replace(data, values=values), plan, adjustment).table
        same = (again["segment"] == row.segment) & (again["arm"] == row.arm)
        (then,) = again.loc[same & (again["outcome"] == row.outcome), "verdict"]
        what = claim.format(row.outcome)
        whom = f"{count:,} contacts of {row.arm} and {row.control}"
        place = place_words(str(row.segment))
        against = SPOKEN if events else WORST_TWENTIETH
        if then == row.verdict or (row.role == "guardrail" and then in STANDS):
            remarks.append(
                f"{place}{row.outcome} is missing for {whom}: {row.arm} stays {what} even {against}"
            )
        else:
            doubts.append(
                f"{place}{row.outcome} is missing for {whom}: {against}, {row.arm} would not be "
                f"shown to be {what}; find their outcomes before anyone acts"
            )
    return doubts, remarks


def _events(data: TrialData, plan: Plan, outcome: str) -> dict[str, tuple[float, float]]:
    """Return the yes/no outcomes that one consists of → what is against an arm, and its control's.

    Empty where it consists of others.
    """
    against = {outcome: float(plan.better(outcome) == "lower")}
    if outcome == NET_VALUE and data.worth_eur:
        against = {name: float(worth < 0) for name, worth in data.worth_eur.items()}
    there = all(name in data.values and data.yes_or_no(name) for name in against)
    return {name: (each, 1 - each) for name, each in against.items()} if there else {}


def _amounts(data: TrialData, plan: Plan, row: Any) -> dict[str, tuple[float, float]]:
    """Return an amount → that of the lowest and of the highest twentieth, what is against first."""
    assert data.contacts is not None
    here = (data.contacts["segment"] == row.segment).to_numpy(dtype=np.bool_)
    known = np.sort(data.values.loc[here, row.outcome].dropna().to_numpy(dtype=np.float64))
    if not len(known):
        return {}
    many = max(round(A_TWENTIETH * len(known)), 1)
    ends = float(known[:many].mean()), float(known[-many:].mean())
    return {row.outcome: ends if plan.better(row.outcome) == "higher" else ends[::-1]}


def _filled(
    data: TrialData, against: dict[str, tuple[float, float]], row: Any
) -> tuple[pd.DataFrame, int]:
    """Fill in what speaks against an arm, and count the contacts for whom that was missing."""
    assert data.contacts is not None
    values = data.values.copy()
    here = (data.contacts["segment"] == row.segment).to_numpy(dtype=np.bool_)
    arm = data.contacts["arm"].to_numpy()
    counted = np.zeros(len(values), dtype=np.bool_)
    for name, (own, of_control) in against.items():
        missing = here & values[name].isna().to_numpy(dtype=np.bool_)
        values[name] = values[name].mask(missing & (arm == row.arm), own)
        values[name] = values[name].mask(missing & (arm == row.control), of_control)
        counted |= missing & ((arm == row.arm) | (arm == row.control))
    if counted.any() and row.outcome == NET_VALUE and NET_VALUE not in against:
        values[NET_VALUE] = net_value(values, data.worth_eur)
    return values, int(counted.sum())
