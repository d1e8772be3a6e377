"""Looks at a running trial in words: what was seen, against which bound, and what follows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from simkit.trial.checks.check import Check, rows_of
from simkit.trial.looks.cost import Cost
from simkit.trial.looks.guarded import BEYOND, STOP_ARM, VETOED
from simkit.trial.looks.kinds import TIMING, off_plan_words
from simkit.trial.monitor.decisions import (
    BETTER,
    BY_SPENDING,
    ENDED,
    FUTILE,
    GO_ON,
    NO_CLAIM,
    WORSE,
)
from simkit.trial.monitor.guarding import HELD, not_within
from simkit.trial.sentences import (
    PERCENT,
    against_words,
    amount,
    arm_words,
    ends,
    freed_words,
    label,
    signed,
    span,
)

if TYPE_CHECKING:
    import pandas as pd

#: Of an error rate: less is nothing to a reader (assumed).
LEAST_SHOWN = 1e-6
HARDLY = 0.1
"""Chance of still showing an arm better below which it is said that it may be stopped (assumed)."""
FAR_OFF = 0.5
"""Between z and the difference over its error, from which on a reader would wonder (assumed)."""
NO_HISTORY = (
    "nobody said which looks were made before (no ledger, no earlier days): this one is read as if "
    "the trial had been looked at all the time, by a confidence sequence, about half as wide again "
    "as an interval that holds for one look. With a ledger, registered looks cost far less"
)
NONE_REGISTERED = (
    "no looks before the end were registered: each is read as if the trial had been looked at all "
    "the time, by a confidence sequence, and so is the end"
)
NO_LOOK = (
    "nobody has been followed for the whole horizon yet: nothing was compared, so this day is not "
    "counted as a look, costs nothing and is not written to the ledger"
)
TURNED = "shown to be better at look {}, but not by all contacts, so not to be adopted"
TOO_SMALL = "better by less than matters, so not to be adopted"
MEANINGS = {
    BETTER: "stop, it is better",
    WORSE: "stop, it is worse",
    FUTILE: "stop if you like, success has become unlikely (the bound does not bind)",
    GO_ON: "go on",
    ENDED: "it has ended without showing a difference",
    NO_CLAIM: "nothing more may be claimed",
}


def failed_words(checks: pd.DataFrame) -> str:
    """Say which checks failed, what was found and what it means: nothing may be acted on."""
    failed = failed_names(checks)
    head = "a check failed" if len(failed) == 1 else f"{len(failed)} checks failed"
    return f"Do not act on this: {head}: {'; '.join(failed)}."


def failed_names(checks: pd.DataFrame) -> list[str]:
    """Name each check that failed, with what was found and what it means."""
    failed = rows_of(checks[checks["verdict"] == "fail"])
    return [Check(**row._asdict()).name_and_meaning() for row in failed]


def row_words(row: Any, horizon_days: float, *, waits: str = "", trusted: bool = True) -> str:
    """Say one comparison at one look.

    Parameters
    ----------
    row
        A row of the table, as a named tuple.
    horizon_days
        Days since entry at which outcomes are read.
    waits
        What an arm that is better waits for, as `waits_words` says it; empty for nothing.
    trusted
        Whether all checks hold; else nothing is decided.
    """
    head = f"{row.segment} · {against_words(row)}: {label(row.outcome)}"
    if np.isnan(row.z):
        stop = f"; {_stopped(row)}" if row.decision == STOP_ARM and trusted else ""
        return f"{head}: nothing to tell yet ({row.reason}){stop}."
    width = row.ci_high - row.ci_low
    size = amount(row.estimate, row.unit, width)
    text = f"{head} {size} at {horizon_days:g} days"
    if np.isfinite(width):
        between = span(row.ci_low, row.ci_high, row.unit)
        text += f" (interval that holds at all looks: {between})"
    text += f", {PERCENT * row.fraction:.0f} % of the planned information"
    text += f"; z {signed(row.z, 2)}{_of_test(row)}{_against(row)}"
    meaning = MEANINGS.get(row.decision, row.decision)
    if row.decision == BETTER and row.turned:
        meaning = f"it was {TURNED.format(row.claimed_at)}"
    elif row.decision == BETTER and row.too_small:
        margin = amount(row.margin, row.unit, width).removeprefix("+")
        meaning = f"it is {TOO_SMALL} (± {margin})"
    elif row.decision == BETTER and waits:
        meaning = f"it is better, but {waits}"
    elif row.decision == STOP_ARM:
        better = "it is better, but " if row.claimed_at else ""
        meaning = f"{better}{_stopped(row)}"
    elif row.decision == HELD:
        meaning = f"it is better, but its guardrail {_labels(row.guardrail)} shows harm"
    if not trusted:
        would = "" if row.decision == GO_ON else f" (if they had passed: {meaning})"
        meaning = f"nothing is decided while checks fail{would}"
    text += f": {meaning}"
    notes = []
    if row.reason:
        notes.append(row.reason)
    if trusted and row.decision == GO_ON and not np.isnan(row.conditional_power):
        notes.append(_chance(row, width))
    if row.claimed_at == row.look and not np.isnan(row.median_unbiased):
        notes.append(freed_words(row))
    return f"{text} ({'; '.join(notes)})." if notes else f"{text}."


def _stopped(row: Any) -> str:
    return f"stop this arm for its guardrail {_labels(row.guardrail)}"


def _chance(row: Any, width: float) -> str:
    """Say how likely the looks to come show the arm better, and what follows where they hardly do.

    The effect is that which the planned contacts find, whatever was worth finding.
    """
    effect = amount(row.planned_effect, row.unit, width)
    text = (
        f"chance of still showing it better {PERCENT * row.conditional_power:.0f} % if it truly is "
        f"{effect}, as much as the planned contacts find, and "
        f"{PERCENT * row.conditional_power_as_seen:.0f} % if it is as seen"
    )
    if row.conditional_power >= HARDLY:
        return text
    return (
        f"{text}: hardly anything can come of it, so it may be stopped, which costs no error rate "
        "and claims nothing; or go on"
    )


def _of_test(row: Any) -> str:
    """Say that z is the test's, where the difference over its error would be another."""
    plain = row.estimate / row.se if row.se else row.z
    if abs(plain - row.z) < FAR_OFF:
        return ""
    return f" (of the test's p = {row.p_value:.2g}; difference ÷ error is {signed(plain, 2)})"


def waits(rows: pd.DataFrame, guards: pd.DataFrame, *, final: bool) -> list[str]:
    """Say of each comparison at a look what its arm waits for, if it is better; empty for nothing.

    Parameters
    ----------
    rows, guards
        The comparisons and the guardrails at that look.
    final
        As `waits_words` takes it.
    """
    unshown = not_within(guards)
    found = []
    for segment, arm in zip(rows["segment"], rows["arm"], strict=True):
        own = unshown[(unshown["segment"] == segment) & (unshown["arm"] == arm)]
        found.append(waits_words(", ".join(own["outcome"]), final=final) if len(own) else "")
    return found


def waits_words(outcomes: str, *, final: bool) -> str:
    """Say what an arm that is better waits for: that its guardrails are shown to hold.

    At the end that is the evaluation's to show, whose test of a guardrail is made once and shows
    more than bounds that hold at all times.

    Parameters
    ----------
    outcomes
        Its guardrails that are not shown to be within their margin, as ``"opt_out, complaint"``.
    final
        Whether the trial ended with this look.
    """
    if final:
        return (
            "not to be adopted before simkit evaluate --ledger shows that the margin of "
            f"{_labels(outcomes)} is kept"
        )
    return f"not to be adopted yet: not shown to be within the margin of {_labels(outcomes)}"


def held_words(row: Any) -> str:
    """Say of an arm that it is better, and that harm is shown."""
    return (
        f"{row.segment} · {arm_words(row.arm)} is better by {label(row.outcome)}, but its "
        f"guardrail {_labels(row.guardrail)} shows harm, and whether it is within the margin is "
        "open: do not take it over yet"
    )


def stopped_words(segment: str, arm: str, rows: pd.DataFrame, better_by: str = "") -> str:
    """Say which arm is to be stopped, and for which guardrails.

    Parameters
    ----------
    segment, arm
        Which.
    rows
        Its guardrails that say so, at the last look.
    better_by
        The primary outcome, where the arm was shown better by it.
    """
    reasons = []
    for each in rows.itertuples(index=False):
        row: Any = each
        told = "vetoes it at the end" if row.state == VETOED else f"is {BEYOND}"
        if row.reason:
            told = f"was {row.reason}"
        if row.crossed_at < row.look:
            told = f"has stopped it since look {row.crossed_at}"
        reasons.append(f"guardrail {label(row.outcome)} {told}")
    text = f"stop {segment} · {arm_words(arm)}: {', '.join(reasons)}"
    return f"{text}, although it is better by {label(better_by)}" if better_by else text


def crossed_words(row: Any) -> str:
    """Say on which day a guardrail of an arm was beyond its margin."""
    return (
        f"stop {row.segment} · {arm_words(row.arm)}: guardrail {label(row.outcome)} was {BEYOND} "
        f"on {str(row.as_of)[:10]}"
    )


def guard_words(row: Any) -> str:
    """Say one guardrail of one arm at one look."""
    head = f"{row.segment} · {against_words(row)}: guardrail {label(row.outcome)}"
    if np.isnan(row.estimate):
        return f"{head}: nothing to tell yet ({row.reason})."
    width = row.high - row.low
    size = amount(row.estimate, row.unit, width)
    low, high = ends(row.low, row.high, row.unit)
    text = f"{head} {size}, bounds that hold at all times {low} and {high}"
    if not np.isnan(row.margin):
        sign = 1.0 if row.lower_is_better else -1.0
        text += f", margin {amount(sign * row.margin, row.unit, width)}"
    verdict = row.state
    if row.state == VETOED and row.crossed_at == row.look:
        verdict = f"stop this arm, {VETOED}, by the test of the evaluation, which is made once"
    elif row.decision == STOP_ARM:
        now = f"was {row.reason}" if row.reason else f"is {BEYOND}"
        verdict = (
            f"stop this arm, the harm {now}"
            if row.crossed_at == row.look
            else f"stop this arm, as since look {row.crossed_at}"
        )
    return f"{text}: {verdict}."


def still_followed_words(contacts: int) -> str:
    """Say that the trial is said to end while contacts are still being followed."""
    are = "contact is" if contacts == 1 else "contacts are"
    return (
        f"{contacts:,} {are} still being followed: entered, but not yet for the whole horizon. "
        "With this look the trial ends, so what they will show can no longer be claimed. To count "
        "them, wait for them and end the trial then"
    )


def cut_short_words(*, spends_all: bool) -> str:
    """Say what an end with fewer contacts than planned may claim, and from whom."""
    if spends_all:
        return (
            "the trial is said to end with fewer contacts than planned, and this look spends the "
            "whole error rate. That holds only where the end does not depend on results (money or "
            "contacts ran out): for whoever ends a trial because of what it shows, the bound here "
            "is too low"
        )
    return (
        "the trial is said to end with fewer contacts than planned, after results had been seen. "
        "So that it does not matter why it ends, this look claims no more than if the trial went "
        "on: what its part of the information has spent"
    )


def passed_words(passed: Sequence[float]) -> str:
    """Say which registered looks were passed though the ledger holds none."""
    parts = " and ".join(f"{PERCENT * part:.3g} %" for part in passed)
    looks, stand = ("look", "stands") if len(passed) == 1 else ("looks", "stand")
    return (
        f"the registered {looks} at {parts} of the information {stand} in no ledger: if a look was "
        "made elsewhere, it must stand in this ledger (earlier, --earlier), or the bounds here are "
        "too low"
    )


def cost_words(costs: Mapping[str, Cost], alpha: float, *, if_more_come: bool) -> str:
    """Say what looks off the plan have cost: once, or by segment where that differs.

    Parameters
    ----------
    costs
        Segment → what they cost there.
    alpha
        Error rate of a comparison.
    if_more_come
        Whether that matters only if more contacts come than have been followed.
    """
    number = max(cost.looks for cost in costs.values())
    it = "it" if number == 1 else "they"
    told = {segment: _cost(cost, alpha) for segment, cost in costs.items()}
    found = f"{it} {next(iter(told.values()))}"
    if len(set(told.values())) > 1:
        found = "; ".join(f"in {segment} {it} {text}" for segment, text in told.items())
    text = f"{off_plan_words(number)}: {TIMING}. If none did, {found}"
    return f"if more contacts are to come: {text}" if if_more_come else text


def _cost(cost: Cost, alpha: float) -> str:
    now, planned = f"{cost.final_bound:.3f}", f"{cost.final_bound_planned:.3f}"
    end = f"the bound at the end is {now} instead of {planned}"
    if np.isinf(cost.final_bound):
        end = f"nothing is left to claim at the end, instead of a bound of {planned}"
    elif now == planned:
        end = f"the bound at the end stays {now}"
    return f"used up {_spent(cost.spent)} of the error rate of {alpha:.3g}, and {end}"


def method_words(method: str, spending: str) -> str:
    """Say by which rule the bounds are computed."""
    if method == BY_SPENDING:
        kind = {"obrien_fleming": "O'Brien-Fleming", "pocock": "Pocock"}[spending]
        return f"error spending of the {kind} type (Lan and DeMets)"
    return "a confidence sequence, which holds however often one looks"


def _labels(outcomes: str) -> str:
    return ", ".join(label(name) for name in outcomes.split(", "))


def _spent(value: float) -> str:
    if value < LEAST_SHOWN:
        return "next to nothing"
    # Two digits that count, written out: a power of ten is no number to everybody.
    return f"{value:.{1 - math.floor(math.log10(value))}f}"


def _against(row: Any) -> str:
    if np.isfinite(row.bound):
        return f" against a bound of {row.bound:.2f}"
    if row.ended_at:
        return ", with no bound left"
    if row.spent >= LEAST_SHOWN:
        return (
            ", with no bound (it adds nothing to what an earlier look had of these arms, so no "
            "more of the error rate may be spent: what was claimed by then stands)"
        )
    return ", with no bound yet (so early nothing of the error rate may be spent)"


def repeated_words(days: Sequence[pd.Timestamp]) -> list[str]:
    """Say which of the earlier looks were told several times."""
    again = dict.fromkeys(day for day in days if days.count(day) > 1)
    return [
        f"earlier names {day:%Y-%m-%d %H:%M} {days.count(day)} times: one look" for day in again
    ]
