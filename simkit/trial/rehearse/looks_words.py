"""The registered looks at a rehearsed trial in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from simkit.policy.recall import days_words
from simkit.trial.rehearse.words import (
    FEWEST_CLAIMS,
    claiming_trials,
    in_segment,
    percent,
    share_of_trials,
)
from simkit.trial.rehearse.year_words import MOSTLY

if TYPE_CHECKING:
    from simkit.trial.rehearse.result import Rehearsal

LITTLE = 0.1
"""Part of a trial's days; where looks can save no more than that, it is said that they are little
use."""
REASONS = {
    "better": "better",
    "worse": "worse",
    "futile": "given up",
    "guardrail": "stopped by a guardrail",
}


def looks_sentences(found: Rehearsal) -> Iterator[str]:
    """Say what the registered looks save and find, then what stops each arm before the end."""
    looks = found.design.looks
    if looks is None or len(looks.fractions) == 1:
        return
    whole, *of_arms = found.stops.to_dict("records")
    taken = _taken_out(found, of_arms)
    yield _saved(looks.fractions, whole, taken, several=len(of_arms) > 1) + _little(found, whole)
    for row in of_arms:
        if row["stopped_early"] > 0:
            yield _out_early(found, row)


def _saved(
    fractions: Sequence[float], whole: Mapping[Any, Any], taken: str, *, several: bool
) -> str:
    effect = "an effect" if several else "the effect"
    every = ", since days are saved only once every arm is decided" if several else ""
    parts = [f"{100 * part:g}" for part in fractions]
    low, high = np.clip([whole["days_saved_low"], whole["days_saved_high"]], 0, whole["end_days"])
    return (
        f"The registered looks, at {', '.join(parts[:-1])} and {parts[-1]} % of the contacts, save "
        f"{whole['days_saved']:.0f} of {days_words(round(whole['end_days'], 1))} on average "
        f"({low:.0f} to {high:.0f}){every}: when all is decided, {percent(whole['followed'])} of "
        f"the contacts have been followed and {percent(whole['entered'])} have entered. They show "
        f"{effect} in {share_of_trials(whole, 'power')} of trials, where one look at the end alone "
        f"would in {percent(whole['power_at_end'])} ({taken}). Where no arm differs they claim an "
        "effect in "
        f"{share_of_trials(whole, 'false_claim')}."
    )


def _taken_out(found: Rehearsal, of_arms: Sequence[Mapping[Any, Any]]) -> str:
    """Say why looks show less than the end alone, with the arms that a guardrail mostly stops."""
    told = []
    for row in of_arms:
        before = _before_the_end(found, row)
        if row["power"] < row["power_at_end"] and before["guardrail"] > MOSTLY:
            told.append(
                f"{in_segment(found, row)}{row['arm']}, which the end alone would show in "
                f"{percent(row['power_at_end'])}, is out by then: a guardrail stops it for its "
                f"harm in {percent(before['guardrail'])} of trials"
            )
    return "; ".join([*told, "an arm that a look has taken out shows nothing later"])


def _before_the_end(found: Rehearsal, row: Mapping[Any, Any]) -> Any:
    """Return what is decided of an arm by the last look before the end."""
    looks = found.looks
    return looks[(looks["segment"] == row["segment"]) & (looks["arm"] == row["arm"])].iloc[-2]


def _little(found: Rehearsal, whole: Mapping[Any, Any]) -> str:
    """Say that looks are of little use where the first one comes late; empty where it does not."""
    first = found.looks.iloc[0]
    left = whole["end_days"] - first["days"]
    if left > LITTLE * whole["end_days"]:
        return ""
    entry = max(found.settings["entry_days"].values())
    over = "on one day" if entry <= 1 else f"within {days_words(entry)}"
    when = "on the day of the end" if left == 0 else f"{days_words(round(left, 1))} before the end"
    return (
        f" They can save little: contacts enter {over} and each is followed for "
        f"{days_words(found.design.horizon_days)}, so that the first look falls {when}."
    )


def _out_early(found: Rehearsal, row: Mapping[Any, Any]) -> str:
    before = _before_the_end(found, row)
    reasons = [
        f"{told} {percent(before[name])}" for name, told in REASONS.items() if before[name] > 0
    ]
    text = (
        f"{in_segment(found, row)}{row['arm']} is out before the end in "
        f"{share_of_trials(row, 'stopped_early')} of trials: {', '.join(reasons)}"
    )
    if claiming_trials(before) >= FEWEST_CLAIMS and not np.isnan(row["exaggeration"]):
        text += (
            "; in trials that show its effect so early, the estimate is on average "
            f"{row['exaggeration']:.1f} times the true effect"
        )
        if not np.isnan(row["exaggeration_corrected"]):
            corrected = row["exaggeration_corrected"]
            text += f", and {corrected:.1f} times after the correction for looks that monitor makes"
    return f"{text}."
