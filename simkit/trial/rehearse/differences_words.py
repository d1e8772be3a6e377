"""What a rehearsal says of differences: how often they are found, and how far trials miss them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from simkit.policy.recall import days_words
from simkit.trial.design.sizes import contacts_per_arm, variance_from_error
from simkit.trial.rehearse.words import (
    FEWEST_CLAIMS,
    amount,
    at_horizon,
    claiming_trials,
    in_segment,
    percent,
    share_of_trials,
)
from simkit.trial.sentences import label

if TYPE_CHECKING:
    # For types alone: a rehearsal asks for its sentences, which only read it.
    from simkit.trial.rehearse.result import Rehearsal


def power_sentences(found: Rehearsal) -> Iterator[str]:
    """Say how often each arm's true difference is found, then what a worthwhile one would need."""
    primary = found.design.primary
    for row in at_horizon(found, "table"):
        text = (
            f"{in_segment(found, row)}{row['arm']} against {row['control']}: the scenario's own "
            f"difference is {amount(row['truth'], primary)} in {days_words(row['horizon_days'])}, "
            f"found in {share_of_trials(row, 'power')} of trials"
        )
        claims = claiming_trials(row)
        of = f"{claims} of {row['trials']:,.0f} trials"
        if claims >= FEWEST_CLAIMS:
            text += (
                f"; the {of} that find something have the wrong sign in "
                f"{percent(row['wrong_sign'])} and give {row['exaggeration']:.1f} times the true "
                "size"
            )
        elif claims:
            wrong = round(row["wrong_sign"] * claims)
            text += (
                f"; {of} {'find' if claims > 1 else 'finds'} something, {wrong or 'none'} with the "
                "wrong sign: too few for a share"
            )
        yield f"{text}."
    for segment in found.segments:
        margin = found.design.margins.get(primary, {}).get(segment)
        if margin:
            yield from _worthwhile_sentence(found, segment, margin)


def _worthwhile_sentence(found: Rehearsal, segment: str, margin: float) -> Iterator[str]:
    """Say how many contacts find what is worthwhile, which may be far less than what was found."""
    design = found.design
    load = found.load[found.load["segment"] == segment].set_index("arm")["contacts"]
    comparisons = sum(len(arms) - 1 for arms in design.arms.values())
    control = load[design.control[segment]]
    planned = float(load.sum())
    needed = []
    for row in at_horizon(found, "table"):
        if row["segment"] != segment or not math.isfinite(row["mean_se"]):
            continue
        arm = load[row["arm"]]
        variance = variance_from_error(row["mean_se"], arm, control)
        of_two = contacts_per_arm(
            margin, variance, alpha=design.alpha / comparisons, power=design.power
        )
        # The error goes by 1 / n + 1 / n_control: all grow alike.
        needed.append(planned * of_two * (1 / arm + 1 / control) / 2)
    if not needed:
        return
    where = f"{segment}: a" if len(found.segments) > 1 else "A"
    days = days_words(design.horizon_days)
    least = amount(margin, design.primary, signed=False)
    yield (
        f"{where} gain as small as what is worthwhile ({least} in {days}) would need about "
        f"{_rough(max(needed))} contacts in all to be found with {percent(design.power)}; "
        f"rehearsed are {_rough(planned)}."
    )


def _rough(contacts: float) -> str:
    return f"{float(f'{contacts:.2g}'):,.0f}"


def shared_agents_sentence(found: Rehearsal) -> Iterator[str]:
    """Say how far sharing the agents puts the trial's main differences off, on average."""
    agents, primary = found.settings["agents"], found.design.primary
    if agents is None:
        yield (
            "Agents are not limited here (--agents): what arms that share too few of them do to "
            "one another is not rehearsed."
        )
    if not isinstance(agents, int):
        return
    told, sure = [], False
    for row in at_horizon(found, "bias"):
        if row["outcome"] == primary:
            low, high, bias = (
                amount(row[name], primary) for name in ("bias_low", "bias_high", "bias")
            )
            told.append(f"{in_segment(found, row)}{row['arm']} {bias} ({low} to {high})")
            sure = sure or _is_off(row)
    luck = "" if sure else ", which may all be the luck of these rehearsals"
    yield (
        f"Bias from shared agents: all arms share {agents}, so that those with many calls make "
        f"the others wait; against each arm alone, {label(primary)} is off on average by "
        f"{'; '.join(told)}{luck}."
    )


def bias_sentences(found: Rehearsal) -> Iterator[str]:
    """Say which differences trials miss on average, beyond the luck of the rehearsals."""
    shared = isinstance(found.settings["agents"], int)
    for row in at_horizon(found, "bias"):
        told = shared and row["outcome"] == found.design.primary
        if told or not _is_off(row):
            continue
        low, high, bias, truth = (
            amount(row[name], row["outcome"]) for name in ("bias_low", "bias_high", "bias", "truth")
        )
        yield (
            f"{in_segment(found, row)}{row['arm']}, {label(row['outcome'])}: trials are off "
            f"by {bias} ({low} to {high}) on average; the truth is {truth}."
        )


def _is_off(row: Mapping[Any, Any]) -> bool:
    return not row["bias_low"] <= 0 <= row["bias_high"]
