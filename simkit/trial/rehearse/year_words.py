"""What a rehearsal says of the year's best arm: looks that give it up, trials too short for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from simkit.policy.recall import days_words
from simkit.trial.rehearse.words import amount, at_horizon, share_of_trials
from simkit.trial.sentences import label

if TYPE_CHECKING:
    import pandas as pd

    # For types alone: a rehearsal asks for its sentences, which only read it.
    from simkit.trial.rehearse.result import Rehearsal

MOSTLY = 0.5
"""Share of trials above which looks are said to take an arm out."""


def given_up(found: Rehearsal, segment: str) -> str:
    """Warn where looks mostly take out the arm that is best over the year; empty elsewhere."""
    durations, looks = found.durations, found.looks
    best = str(durations.loc[durations["segment"] == segment, "best_of_year"].iloc[0])
    rows = looks[(looks["segment"] == segment) & (looks["arm"] == best)].to_dict("records")
    if len(rows) < 2:  # nothing can be given up before the end
        return ""
    before = rows[-2]
    reason, cure = "futile", ", or looks without the futility rule"
    if not before["futile"] > MOSTLY:
        reason, cure = "worse", ""
    if not before[reason] > MOSTLY:
        return ""
    does = "give it up" if reason == "futile" else "show it worse"
    primary, days = found.design.primary, days_words(found.design.horizon_days)
    (truth,) = (
        row["truth"]
        for row in at_horizon(found, "table")
        if (row["segment"], row["arm"]) == (segment, best)
    )
    few = ", as far as so few populations tell" if found.unsettled[segment] is not None else ""
    where = f"{segment}, " if len(found.segments) > 1 else ""
    return (
        f"Warning: {where}{best} is the best arm of the year{few}, yet the looks {does} before the "
        f"end in {share_of_trials(before, reason)} of rehearsals: in {days}, all that they see, "
        f"its true difference is {amount(truth, primary)}; register a longer horizon{cure}. "
    )


def too_short_sentences(found: Rehearsal) -> Iterator[str]:
    """Say how far short trials favour another arm than the year does."""
    for segment in found.segments:
        rows = found.durations[found.durations["segment"] == segment]
        other = rows[rows["too_short"]]
        if len(other):
            last = other.iloc[-1]
            where = f"{segment}: up to" if len(found.segments) > 1 else "Up to"
            cure = ": no number of contacts cures that"
            if found.unsettled[segment] is not None:
                cure = ", as far as so few populations tell"
            yield (
                f"{where} {days_words(last['horizon_days'])} {last['best_then']} is truly the best "
                f"arm by {label(found.design.primary)}, over the year "
                f"{last['best_of_year']} by {label(found.judged_by)}{cure}"
                f"{_not_told_apart(rows, last)}."
            )


def _not_told_apart(rows: pd.DataFrame, last: Any) -> str:
    """Name the next durations at which the year's best is still behind, but not beyond luck."""
    later = rows[rows["horizon_days"] > last["horizon_days"]]
    ahead = later["best_then"].eq(last["best_then"]).cummin()
    days = [days_words(each) for each in later.loc[ahead, "horizon_days"]]
    if not days:
        return ""
    return (
        f"; at {' and '.join(days)} {last['best_then']} is still ahead, but not told apart from "
        f"{last['best_of_year']}"
    )
