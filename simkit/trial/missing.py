"""Whether a claim would stand if all whose outcome is missing had spoken against it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from simkit.trial.compare import Comparison, compare
from simkit.trial.read.tables import TABLE
from simkit.trial.sentences import place_words

if TYPE_CHECKING:
    from simkit.trial.adjusted import Adjustment
    from simkit.trial.plan import Plan
    from simkit.trial.read.data import TrialData


def at_worst(
    data: TrialData, plan: Plan, found: Comparison, adjustment: Adjustment | None
) -> tuple[list[str], list[str]]:
    """Say of each arm that is better whether it would be at worst: doubts, then remarks.

    At worst none of its contacts without an outcome would have had the event, and all such of its
    control's would (the other way round where less is better). No assumption on who is missing is
    then needed (Horowitz and Manski, 2000, J. Am. Stat. Assoc. 95, 77-84), which only outcomes of
    yes or no allow: an amount has no worst.

    Parameters
    ----------
    data, plan, adjustment
        As `compare` takes them.
    found
        What it found.
    """
    if data.where != TABLE or data.contacts is None or not data.yes_or_no(plan.primary):
        return [], []
    values = data.values[plan.primary]
    missing = values.isna().to_numpy(dtype=np.bool_)
    table = found.table
    better = table[(table["role"] == "primary") & (table["verdict"] == "better")]
    doubts: list[str] = []
    remarks: list[str] = []
    for row in better.itertuples(index=False):
        here = missing & (data.contacts["segment"] == row.segment).to_numpy(dtype=np.bool_)
        arms = data.contacts["arm"].to_numpy()
        against = float(plan.primary in plan.lower_is_better)
        filled = values.mask(here & (arms == row.arm), against)
        filled = filled.mask(here & (arms == row.control), 1 - against)
        count = int((filled.notna() & missing).sum())
        if not count:
            continue
        worst = replace(data, values=data.values.assign(**{plan.primary: filled}))
        again = compare(worst, plan, adjustment).table
        same = (again["role"] == "primary") & (again["segment"] == row.segment)
        (then,) = again.loc[same & (again["arm"] == row.arm), "verdict"]
        whom = f"{count:,} contacts of {row.arm} and {row.control}"
        place = place_words(str(row.segment))
        if then == "better":
            remarks.append(
                f"{place}{row.arm} stays better on {plan.primary} even if all of the {whom} whose "
                "outcome is missing had spoken against it"
            )
        else:
            doubts.append(
                f"{place}{plan.primary} is missing for {whom}: had all of them spoken against it, "
                f"{row.arm} would not be shown to be better; find their outcomes before anyone acts"
            )
    return doubts, remarks
