"""Whether arms called as often as intended, and as often as the name of their rule says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from simkit.policy.recall import days_words
from simkit.trial.checks.check import Check, by_arm, judged, percent, rows_of

if TYPE_CHECKING:
    import pandas as pd

#: Part of an interval by which a gap may miss it (assumed); arms usually differ by a factor of two.
TOLERANCE = 0.25
#: A share of fewer gaps is known to no better than ± 22 percentage points (1.96 √(.25/20)).
FEWEST_GAPS = 20
MOSTLY = 0.5
"""More than half."""

AS_INTENDED = 0.75
"""Share of gaps that must be as intended: the rest may have waited for an agent."""

UNTRIED = 0.1
"""Share of the gaps below which an arm's own interval has not been tried (assumed)."""

NEVER = (
    "{} hardly ever called at the interval of its rule ({}), and not for want of agents: what that "
    "interval does, nobody has tried"
)
NOT_AS_INTENDED = (
    "{} did not call as often as intended: the effect is that of what was delivered, not of the "
    "interval in its name"
)
SAY_DELIVERED = (
    "say the delivered interval beside each result; nobody is dropped for it. Find the cause: "
    "agents too few, contacts not reloaded, another rule in the dialler; where gaps are longer "
    "than intended, calls may be missing from the log"
)


def untried_arms(
    rows: pd.DataFrame,
    late: Mapping[tuple[str, str], float],
    mostly_of: Mapping[tuple[str, str], Sequence[str]],
) -> list[Any]:
    """Return the rows of arms that hardly ever called at their interval, not for want of agents.

    What waited for an agent is what the rule gives with these agents: a dose, as trials are. But
    nothing that waits is called before its time.

    Parameters
    ----------
    rows
        Of a segment, in `simkit.trial.checks.exposure.Exposure`'s table.
    late
        Segment and arm → share of its dials that waited over a day for an agent; NaN where due
        dates are not known. Then longer gaps may be for want of agents, unless they are another
        arm's interval.
    mostly_of
        Segment and arm → the other arms whose interval most of its gaps are.
    """
    return [
        row
        for row in rows_of(_with_gaps(rows))
        if row.as_intended < UNTRIED
        and (
            row.delivered_days < row.intended_days
            or late[row.segment, row.arm] <= MOSTLY
            or (bool(mostly_of[row.segment, row.arm]) and np.isnan(late[row.segment, row.arm]))
        )
    ]


def _with_gaps(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the arms whose gaps can be held against what was intended."""
    return rows[rows["as_intended"].notna() & (rows["gaps"] >= FEWEST_GAPS)]


def delivered_check(segment: str, rows: pd.DataFrame, never: Sequence[Any]) -> Check:
    """Check that the arms of a segment delivered what was intended.

    Parameters
    ----------
    segment
        Its name.
    rows
        Its rows of `simkit.trial.checks.exposure.Exposure`'s table.
    never
        Those whose interval nobody has tried, without those that called as another arm: of these
        the check of gaps of another arm says more.
    """
    known = _with_gaps(rows)
    off = known[known["as_intended"] < AS_INTENDED]
    told = []
    for row in rows_of(rows):
        if not row.gaps:
            told.append((row.arm, "nobody called twice"))
            continue
        text = days_words(row.delivered_days)
        if not np.isnan(row.as_intended):
            text += (
                f" ({row.intended} intended, about {days_words(row.intended_days)} by the "
                f"calendar; {percent(row.as_intended)} of {row.gaps:,} gaps within 25 % or one "
                "working day of that)"
            )
        told.append((row.arm, text))
    beside = off_their_names(rows)
    fine = "each arm delivered the interval it was given"
    if len(beside):
        fine = f"each arm followed its rule, but not as its name says: {_beside_words(beside)}"
    if known.empty:
        fine = "what was delivered; no intended interval was given to compare it with (policies)"
    meaning = NOT_AS_INTENDED.format(", ".join(off["arm"]))
    if never:
        shares = by_arm((row.arm, percent(row.as_intended)) for row in never)
        meaning = NEVER.format(" and ".join(row.arm for row in never), f"{shares} of the gaps")
    return judged(
        "delivered interval",
        segment,
        f"median between dials: {by_arm(told)}",
        bad="fail" if never else "warning" if len(off) else "ok",
        fine=fine,
        meaning=meaning,
        advice=SAY_DELIVERED,
    )


def _beside_words(rows: pd.DataFrame) -> str:
    """Say what arms delivered that are off their names, and why."""
    arms = by_arm(
        (row.arm, f"every {days_words(row.delivered_days)} where {row.named_days:g} were intended")
        for row in rows_of(rows)
    )
    why = "a call one working day late is tolerated"
    if (rows["delivered_days"] < rows["named_days"]).all():
        why = "the rule has shorter rests besides"
    elif waits_for_calling_days(rows):
        why = "days without calling lie between"
    return f"{arms}, since {why}; read results as those of what was delivered"


def off_their_names(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the arms that called as intended and yet not every so many days as their rule says.

    An interval in calendar days ends on a day without calling and waits for the next: 5 days from
    a Monday are 7 where nobody calls at the weekend, and then 7 for ever. What is delivered is a
    quarter off the interval's name, though each gap is within what is tolerated.

    Parameters
    ----------
    rows
        Of `simkit.trial.checks.exposure.Exposure`'s table.
    """
    told = (rows["as_intended"] >= AS_INTENDED) & (rows["gaps"] >= FEWEST_GAPS)
    off = (rows["delivered_days"] - rows["named_days"]).abs()
    return rows[told & (off > TOLERANCE * rows["named_days"])]


def waits_for_calling_days(rows: pd.DataFrame) -> bool:
    """Tell whether days without calling alone put all of these arms off their names."""
    off = (rows["intended_days"] - rows["named_days"]).abs()
    return bool((off > TOLERANCE * rows["named_days"]).all())
