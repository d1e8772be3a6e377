"""Whether a claim would stand if all whose outcome is missing had spoken against it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from simkit.trial.compare import Comparison, compare
from simkit.trial.read.columns import TABLE
from simkit.trial.read.names import NET_VALUE
from simkit.trial.read.summed import SummedTrial
from simkit.trial.read.worth import net_value
from simkit.trial.sentences import place_words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simkit.trial.adjusted import Adjustment
    from simkit.trial.plan import Plan
    from simkit.trial.read.data import TrialData

    #: What is against an arm, and what against its control.
    Against = tuple[float, float]

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
MISSING = "{outcome} is missing for {whom}"
LOST = (
    "{whom} were not followed to the horizon, though others who entered on or about their day were"
)
FIND_THEM = "find their outcomes before anyone acts"
FOLLOW_THEM = (
    "give observed_until the date of the export, also for who opted out, bought or was closed, "
    "before anyone acts"
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

    Of a log those are without an outcome who were not followed to the horizon though others who
    entered on or about the same day were (`simkit.trial.read.lost`): whoever ends an observation
    may do so for what happened. An event that was seen until then has happened.

    Parameters
    ----------
    data, plan, adjustment
        As `compare` takes them.
    found
        What it found.
    """
    doubts: list[str] = []
    remarks: list[str] = []
    if data.contacts is None:
        return doubts, remarks
    of_table = data.where == TABLE
    if not (of_table or data.contacts["lost"].any()):
        return doubts, remarks
    said, advice = (MISSING, FIND_THEM) if of_table else (LOST, FOLLOW_THEM)
    rows: Any = found.table.itertuples(index=False)
    for row in rows:
        claim = CLAIMS.get((row.role, row.verdict))
        if claim is None:
            continue
        events = _events(data, plan, row.outcome)
        against = events or _amounts(data, plan, row)
        worst, count = (_filled if of_table else _followed)(data, against, row)
        if not count:
            continue
        again = compare(worst, plan, adjustment).table
        same = (again["segment"] == row.segment) & (again["arm"] == row.arm)
        (then,) = again.loc[same & (again["outcome"] == row.outcome), "verdict"]
        what = claim.format(row.outcome)
        whom = f"{count:,} contacts of {row.arm} and {row.control}"
        told = f"{place_words(str(row.segment))}{said.format(outcome=row.outcome, whom=whom)}"
        how = SPOKEN if events else WORST_TWENTIETH
        if then == row.verdict or (row.role == "guardrail" and then in STANDS):
            remarks.append(f"{told}: {row.arm} stays {what} even {how}")
        else:
            doubts.append(f"{told}: {how}, {row.arm} would not be shown to be {what}; {advice}")
    return doubts, remarks


def _events(data: TrialData, plan: Plan, outcome: str) -> dict[str, Against]:
    """Return the yes/no outcomes that one consists of → what is against an arm, and its control's.

    Empty where it consists of others.
    """
    against = {outcome: float(plan.better(outcome) == "lower")}
    if outcome == NET_VALUE and data.worth_eur:
        against = {name: float(worth < 0) for name, worth in data.worth_eur.items()}
    there = all(name in data.values and data.yes_or_no(name) for name in against)
    return {name: (each, 1 - each) for name, each in against.items()} if there else {}


def _amounts(data: TrialData, plan: Plan, row: Any) -> dict[str, Against]:
    """Return an amount → that of the lowest and of the highest twentieth, what is against first."""
    if isinstance(data, SummedTrial):
        ends = data.extremes(row.outcome, row.segment, A_TWENTIETH)
    else:
        known = data.values.loc[data.followed(row.outcome, row.segment), row.outcome]
        amounts = np.sort(known.to_numpy(dtype=np.float64))
        if not len(amounts):
            return {}
        many = max(round(A_TWENTIETH * len(amounts)), 1)
        ends = float(amounts[:many].mean()), float(amounts[-many:].mean())
    return {row.outcome: ends if plan.better(row.outcome) == "higher" else ends[::-1]}


def _filled(data: TrialData, against: dict[str, Against], row: Any) -> tuple[TrialData, int]:
    """Fill in what speaks against an arm, and count the contacts for whom that was missing."""
    values = data.values.copy()
    of_arm, of_control = _pair(data, row)
    counted = np.zeros(len(values), dtype=np.bool_)
    for name, (own, controls) in against.items():
        missing = values[name].isna().to_numpy(dtype=np.bool_)
        values[name] = values[name].mask(missing & of_arm, own)
        values[name] = values[name].mask(missing & of_control, controls)
        counted |= missing & (of_arm | of_control)
    if counted.any() and row.outcome == NET_VALUE and NET_VALUE not in against:
        values[NET_VALUE] = net_value(values, data.worth_eur)
    return replace(data, values=values), int(counted.sum())


def _followed(data: TrialData, against: dict[str, Against], row: Any) -> tuple[TrialData, int]:
    """Count those lost to the horizon as followed, with what speaks against an arm."""
    assert data.contacts is not None
    if not against:
        return data, 0
    ((name, (own, controls)),) = against.items()
    if isinstance(data, SummedTrial):
        return data.with_lost(name, row.segment, {row.arm: own, row.control: controls})
    lost = data.contacts["lost"].to_numpy(dtype=np.bool_)
    of_arm, of_control = (lost & one for one in _pair(data, row))
    values, happened = data.values.copy(), np.zeros(len(lost), dtype=np.bool_)
    if data.yes_or_no(name):
        happened = (values[name] == 1).to_numpy(dtype=np.bool_)
    values[name] = values[name].mask(of_arm & ~happened, own)
    values[name] = values[name].mask(of_control & ~happened, controls)
    added = of_arm | of_control
    followed = data.contacts["followed"] | added
    contacts = data.contacts.assign(followed=followed)
    return replace(data, values=values, contacts=contacts), int(added.sum())


def _pair(data: TrialData, row: Any) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell which contacts are of a row's arm, and which of its control."""
    assert data.contacts is not None
    here = (data.contacts["segment"] == row.segment).to_numpy(dtype=np.bool_)
    arm = data.contacts["arm"].to_numpy()
    return here & (arm == row.arm), here & (arm == row.control)
