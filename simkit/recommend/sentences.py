"""The words of a recommendation; every text that a reader of a decision sees is made here."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from simkit.measures import OUTCOMES
from simkit.measures.money import DAYS_PER_YEAR
from simkit.recommend.next_trial import NextTrial
from simkit.recommend.numbers import (
    PERCENT,
    amount,
    count,
    count_range,
    listed,
    listed_intervals,
    money,
    span,
)
from simkit.recommend.verdict import DATA, Alternative, Estimate, Failure, Guard, Ruling
from simkit.recommend.worthwhile import Worthwhile
from simkit.trial.corrected import interval_words
from simkit.trial.rare import decides_nothing

POLICY_UNKNOWN = (
    "the policy in use was not given, and no other is to be adopted: leave the dialler as it is"
)
NO_TRIAL = "There is no field trial of this segment, so that nothing can be adopted."
FIELD_TRIAL, SIMULATED_TRIAL = "field trial", "simulated trial"
NOT_COMPARABLE = "the trial's data do not let its arms be compared"


def in_brackets(estimate: Estimate) -> str:
    """Write an amount with its interval: ``"+1.20 EUR (+0.40 to +2.00)"``."""
    return f"{money(estimate.value)} ({span(estimate.low, estimate.high)})"


def arm_name(arm: str, interval: str) -> str:
    """Name an arm by its interval, and by its own name where that differs."""
    told = arm.removeprefix("every ") == interval.removeprefix("every ")
    return interval if told else f"{interval} (arm {arm})"


def trial_kind(*, simulated: bool) -> str:
    """Name a trial by where its calls come from: nobody is to take simulated ones for real."""
    return SIMULATED_TRIAL if simulated else FIELD_TRIAL


def keep_headline(current: str) -> str:
    """Say that the policy in use stays."""
    return f"Keep: go on calling {current}."


def cannot_tell_headline(current: str, trial: NextTrial) -> str:
    """Say that the trial did not answer, and what would."""
    return f"Cannot tell yet: go on calling {current} and test longer ({size(trial)})."


def failed_headline(current: str, failures: Sequence[Failure]) -> str:
    """Say that the trial's data hold no effect, or which of its checks failed."""
    checks = [one.check for one in failures if one.check != DATA]
    told = [NOT_COMPARABLE] if len(checks) < len(failures) else []
    if checks:
        which = "a check" if len(checks) == 1 else f"{len(checks)} checks"
        told.append(f"{which} of the trial failed ({listed(dict.fromkeys(checks))})")
    return f"Cannot tell: {listed(told)}. Go on calling {current}, and settle that first."


def failed_reason(failures: Sequence[Failure]) -> str:
    """Say what failed, what it means and what to do, and that nothing is read off the trial."""
    told = [f"{_what_failed(one)}{one.meaning}. What to do: {one.advice}." for one in failures]
    last = "Until then nothing that the trial says may be acted on, and no further one is sized."
    return " ".join([*told, last])


def _what_failed(one: Failure) -> str:
    if one.check == DATA:
        return f"{capital(one.found)}; "
    return f"{capital(one.check)} ({one.found}): "


def trial_headline(best: str, current: str | None, trial: NextTrial) -> str:
    """Say what to test where nothing was tried."""
    if best == current:
        others = listed_intervals(arm for arm in trial.arms if arm != current)
        return f"Test this interval: {current}, in use now, against {others} ({size(trial)})."
    against = f" against {current}, in use now" if current is not None else ""
    return f"Test this interval: {best}{against} ({size(trial)})."


def size(trial: NextTrial) -> str:
    """Say how long and how many."""
    if trial.contacts_per_arm is None:
        return f"{trial.days} days; the number of contacts cannot be told"
    contacts = count(trial.contacts_per_arm)
    if trial.contacts_range is not None:
        contacts = count_range(*trial.contacts_range)
    return f"{trial.days} days, {contacts} contacts in each of {len(trial.arms)} arms"


def corrected(what: str, *, several: bool = True) -> str:
    """Say how the intervals that decide came about, or the one that is spoken of."""
    return interval_words(what, several=several) or "not corrected: there is one comparison"


def keep_reason(
    alternatives: Sequence[Alternative],
    names: Mapping[str, str],
    *,
    worthwhile: Worthwhile,
    field_days: float,
    corrected_for: str,
    kind: str,
) -> str:
    """Say why nothing is worth a change, where no guardrail vetoes anything."""
    bounds = listed(
        f"{names[one.arm]} at most {money(one.field.high)}"
        for one in alternatives
        if one.field is not None
    )
    return (
        f"In the {kind} no alternative gains "
        f"{worth(worthwhile.over(field_days), field_days)}, the least that is worth a change"
        f"{as_registered(worthwhile, field_days)}: {bounds} per contact (upper bounds, "
        f"{corrected(corrected_for)})."
    )


def as_registered(worthwhile: Worthwhile, days: float) -> str:
    """Say that what is worth a change over some days was registered, and how it was scaled."""
    if not worthwhile.registered:
        return ""
    if days == worthwhile.days:
        return ", as registered"
    given = money(worthwhile.eur, signed=False)
    return f", in proportion to the {given} in {worthwhile.days:g} days that were registered"


def worth(eur: float, days: float) -> str:
    """Say a gain over some days and what that is in a year."""
    if days == DAYS_PER_YEAR:
        return f"{money(eur, signed=False)} per contact in a year"
    year = money(eur * DAYS_PER_YEAR / days, signed=False)
    return f"{money(eur, signed=False)} per contact in {days:g} days ({year} a year)"


def each_arm_reason(
    alternatives: Sequence[Alternative],
    ruling: Ruling,
    names: Mapping[str, str],
    *,
    worthwhile: Worthwhile,
    field_days: float,
    year: float,
    corrected_for: str,
) -> str:
    """Say, arm by arm, what stands against adopting it."""
    parts = [
        f"{capital(names[one.arm])}: {arm_words(one, ruling, worthwhile, field_days, year)}."
        + (f" {capital(one.freed)}." if one.freed else "")
        for one in alternatives
    ]
    if any(one.field is not None for one in alternatives):
        parts.append(f"Intervals are {corrected(corrected_for)}.")
    guards = [guard for one in alternatives for guard in one.guards if guard.unseen]
    parts += [f"{capital(text)}." for text in dict.fromkeys(guard.unseen for guard in guards)]
    return " ".join(parts)


def arm_words(
    one: Alternative, ruling: Ruling, worthwhile: Worthwhile, field_days: float, year: float
) -> str:
    """Say what the trial found of an arm, and what stands against adopting it."""
    state = ruling.states[one.arm]
    if one.field is None and state == "vetoed":
        shown = listed(guard_words(guard) for guard in one.guards if guard.veto)
        return f"a guardrail vetoes it: {shown}"
    if one.field is None:
        return f"the trial gives no answer ({one.reason})"
    seen = f"{in_brackets(one.field)} per contact in {field_days:g} days of trial"
    least = money(worthwhile.over(field_days), signed=False)
    told = as_registered(worthwhile, field_days)
    match state:
        case "open" if one.better and one.few:
            return f"{seen}; {decides_nothing(one)}"
        case "open" if one.better:
            return f"{seen}; that it gains was {one.reason}: the contacts here speak against it"
        case "open" if one.field.low > 0:
            return f"{seen}; {one.reason}"
        case "open":
            return (
                f"{seen}; there may be no gain, or one that is worth a change "
                f"({least} or more{told})"
            )
        case "too small":
            return f"{seen}; less than the {least} that are worth a change{told}"
        case "vetoed":
            shown = listed(guard_words(guard) for guard in one.guards if guard.veto)
            return f"{seen}, but a guardrail vetoes it: {shown}"
        case "not shown safe":
            shown = listed(guard_words(guard) for guard in one.guards if not guard.safe)
            return f"{seen}, but it is not shown to be safe: {shown}"
        case "reversed":
            return (
                f"{seen}, but over {year:g} days the simulation has the opposite sign: "
                f"{in_brackets(one.simulated)}"
            )
        case _:
            return seen


def guard_words(guard: Guard) -> str:
    """Say a guardrail: its difference, the bound on harm, the margin, when it stopped the arm."""
    text = _guard_now(guard)
    if guard.stopped_on:
        text += f"; it stopped the arm at the look of {guard.stopped_on}"
    return text


def _guard_now(guard: Guard) -> str:
    if math.isnan(guard.difference.low):
        return f"{label(guard.outcome)}: no answer"
    if guard.unseen:  # why is told after all arms
        return f"{label(guard.outcome)}: these data may not show it"
    seen = amount(guard.difference.value, guard.unit)
    bounds = span(guard.difference.low, guard.difference.high, guard.unit)
    margin = amount(guard.margin, guard.unit, signed=False)
    return f"{label(guard.outcome)} {seen} (bounds {bounds}, margin {margin})"


def trial_reason(
    best: str,
    current: str | None,
    gain: Estimate | None,
    value: Estimate,
    *,
    as_good: Sequence[str],
    year: float,
    replications: int,
) -> str:
    """Say what the simulation expects where nothing was tried; its best is the best of a sample."""
    parts = [NO_TRIAL]
    simulated = f"In the simulation ({replications} replications)"
    if current is None or gain is None:
        parts.append(
            f"{simulated} {best} comes out best over {year:g} days: {in_brackets(value)} per "
            "contact. Which policy is in use was not given."
        )
    elif best == current:
        parts.append(f"{simulated} {current} comes out best over {year:g} days.")
    elif current in as_good:
        parts.append(
            f"{simulated} {best} comes out best over {year:g} days, but {current} cannot be told "
            f"from it: {in_brackets(gain)} per contact."
        )
    else:
        parts.append(
            f"{simulated} {best} brings {in_brackets(gain)} per contact more than {current} over "
            f"{year:g} days."
        )
    others = [name for name in as_good if name not in (best, current)]
    if others:
        either = " either" if current in as_good and current != best else ""
        parts.append(f"Cannot be told from the best{either}: {listed_intervals(others)}.")
    elif len(as_good) == 1:
        parts.append("All others are ruled out as the best.")
    return " ".join(parts)


def next_step(trial: NextTrial, worthwhile: Worthwhile) -> str:
    """Say the trial to run and why it must be so long and so large."""
    parts = [
        f"Next trial: {listed_intervals(trial.arms)}, each contact followed for {trial.days} days.",
        f"Two of the longest interval take {trial.two_intervals_days:.0f} days; "
        f"{_settled(trial.settled_days)}.",
    ]
    if trial.contacts_for_value is None:
        parts.append(
            "How many contacts it needs cannot be told: the gain worth a change is 0, or contacts "
            "were not seen to differ."
        )
        return " ".join(parts)
    roughly = "" if trial.contacts_range is None else "About "
    parts.append(
        f"{roughly}{count(trial.contacts_for_value)} contacts an arm find a gain of "
        f"{worth(trial.difference_eur, trial.days)}{_aside(worthwhile, trial.days)} with "
        f"{percent(trial.power)} probability, or rule it out (error rate {trial.alpha:.3g} a "
        f"comparison; spread from {trial.basis})."
    )
    if trial.contacts_for_value > trial.affordable:
        parts.append(
            f"{trial.affordable:,} an arm would find {worth(trial.affordable_eur, trial.days)}."
        )
    if trial.contacts_for_safety is None:
        parts.append("No number of contacts shows opt-outs within a margin of 0.")
    elif trial.contacts_for_safety:
        parts.append(
            f"{count(trial.contacts_for_safety)} an arm show opt-outs within their margin, if the "
            "arms do not differ."
        )
    if trial.contacts_range is not None:
        parts.append(
            "The spread is known only roughly, so that the number needed may be anything from "
            f"{count_range(*trial.contacts_range)} an arm (95 % range)."
        )
    return " ".join(parts)


def _aside(worthwhile: Worthwhile, days: float) -> str:
    told = as_registered(worthwhile, days)
    return f"{told}," if told else ""


def _settled(days: float | None) -> str:
    if days is None:
        return "whether a trial that short would do, the simulation does not settle"
    return f"from {days:g} days on the simulation's winner cannot be told from that of the year"


def could_have_found(difference_eur: float, days: float, power: float) -> str:
    """Say which gain a trial of its size would have found."""
    return (
        f"A trial of this size finds a gain of {worth(difference_eur, days)} with "
        f"{percent(power)} probability."
    )


def percent(share: float) -> str:
    """Write a share: ``"80 %"``."""
    return f"{share * PERCENT:.0f} %"


def label(outcome: str) -> str:
    """Name an outcome in words."""
    return OUTCOMES[outcome].meaning if outcome in OUTCOMES else outcome.replace("_", " ")


def capital(text: str) -> str:
    """Begin a text with a capital letter."""
    return text[:1].upper() + text[1:]
