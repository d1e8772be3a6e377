"""A rehearsal in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from simkit.calllog.source import many
from simkit.measures import OUTCOMES
from simkit.measures.registry import SHARE
from simkit.policy.recall import days_words
from simkit.trial.design import TrialDesign
from simkit.trial.read.names import NET_VALUE
from simkit.trial.sentences import label

if TYPE_CHECKING:
    # For types alone: a rehearsal asks for its sentences, which only read it.
    from simkit.trial.rehearse.result import Rehearsal

FEWEST_CLAIMS = 5
"""Trials that find an effect below which no share of them is given, nor how large they show it."""


def unit_of(outcome: str) -> str:
    """Return the unit of an outcome's mean."""
    return OUTCOMES[outcome].unit


def percent(value: float) -> str:
    """Return a share of trials as a sentence says it."""
    return f"{100 * value:.0f} %"


def share_of_trials(row: Any, name: str) -> str:
    """Return a share of trials with its interval."""
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    return f"{percent(row[name])} ({100 * low:.0f} to {100 * high:.0f} %)"


def claiming_trials(row: Mapping[Any, Any]) -> int:
    """Return in how many trials an arm is called better or worse."""
    share: float = row["better"] + row["worse"]
    return round(share * int(row["trials"]))


def amount(value: float, outcome: str, *, signed: bool = True) -> str:
    """Return a figure of an outcome with its unit."""
    unit, sign = unit_of(outcome), "+" if signed else ""
    if unit.startswith("EUR"):
        text = f"{value:{sign}z,.2f} EUR"
    elif unit == SHARE:
        text = f"{100 * value:{sign}z,.2f} percentage points"
    else:
        text = f"{value:{sign},.4g} {unit}"
    return text.replace("-", "−", 1) if value < 0 else text


def loss(value: float, outcome: str) -> str:
    """Return what a contact loses in a year."""
    if unit_of(outcome).startswith("EUR"):
        return f"{value:,.2f} EUR a contact-year"
    return f"{amount(value, outcome, signed=False)} in a year"


def loss_unit(outcome: str) -> str:
    """Return the unit of what a contact loses in a year."""
    unit = unit_of(outcome)
    return "EUR a contact-year" if unit.startswith("EUR") else f"{unit}, in a year"


def many_contacts(found: Rehearsal, segment: str) -> str:
    """Return how many contacts a segment has in the trial."""
    load = found.load
    return many(round(load.loc[load["segment"] == segment, "contacts"].sum()), "contact")


def headline(found: Rehearsal, segment: str) -> str:
    """Say what the trial finds in a segment, how often it misleads, and how long it must run."""
    rows = found.durations[found.durations["segment"] == segment]
    row = rows[rows["horizon_days"] == found.design.horizon_days].iloc[0]
    best, control = row["best_of_year"], found.design.control[segment]
    days = found.design.horizon_days
    name = f"{segment}: with" if len(found.segments) > 1 else "With"
    other = found.judged_by != found.design.primary
    by = f" by {label(found.judged_by)}" if other else ""
    start = f"{name} {many_contacts(found, segment)} for {days_words(days)}, the trial "
    if best == control:
        told = (
            f"rightly declares no arm better than {control}, the best of the year{by}, in "
            f"{share_of_trials(row, 'declared_none')} of rehearsals"
        )
    else:
        told = (
            f"declares {best}, the best arm of the year{by}, the winner in "
            f"{share_of_trials(row, 'declared_right')} of rehearsals, and another in "
            f"{percent(row['declared_wrong'])}{_guarded(found, segment, best)}"
        )
    costs = loss(row["loss_highest"], found.judged_by)
    advice = _advice(found, segment)
    return (
        f"{start}{told}. The arm with the best estimate is the wrong one for the year in "
        f"{share_of_trials(row, 'wrong')}, which costs {costs} on average"
        f"{_against_worthwhile(found, segment, row)}: {advice}."
    )


def _against_worthwhile(found: Rehearsal, segment: str, row: Any) -> str:
    """Hold what wrong picks cost against what is worth a change; empty where they cost as much."""
    if found.judged_by != NET_VALUE or not row["wrong"] > 0:
        return ""
    least = found.worthwhile_eur[segment]
    each = row["loss_highest"] / row["wrong"]
    if each <= least:
        return (
            f" ({loss(each, found.judged_by)} where it is wrong): the arms are closer than what is "
            f"worth a change ({least:,.2f} EUR a contact-year), so that a wrong pick costs little"
        )
    if row["loss_highest"] < least:
        return (
            f" over all rehearsals, less than the {least:,.2f} that are worth a change, and "
            f"{each:,.2f} where it is wrong"
        )
    return ""


def _guarded(found: Rehearsal, segment: str, arm: str) -> str:
    """Say how often each guardrail keeps an arm from being adopted; empty if none ever does."""
    told = []
    for row in at_horizon(found, "guardrails"):
        if (row["segment"], row["arm"]) != (segment, arm):
            continue
        parts = [f"vetoes it in {share_of_trials(row, 'veto')}"] if row["veto"] > 0 else []
        if row["open"] > 0:
            parts.append(f"stays open in {share_of_trials(row, 'open')}: not to be adopted then")
        if parts:
            told.append(f"; its guardrail {label(row['outcome'])} {' and '.join(parts)}")
    return "".join(told)


def _advice(found: Rehearsal, segment: str) -> str:
    """Say how long the trial must run, as far as the rehearsals settle it."""
    days, limit = found.run_for[segment], percent(found.wrong_at_most)
    few = f"for at most {limit} wrong trials"
    own, longest = found.design.horizon_days, float(found.durations["horizon_days"].max())
    if days is None:
        rehearsals = many(int(found.durations["trials"].max()), "rehearsal")
        perhaps = found.may_do[segment]
        if perhaps is None and found.surely_wrong[segment]:
            told = (
                f"even after {days_words(longest)}, the longest tried, that is more than {limit} "
                "of trials"
            )
        else:
            which = f"even {days_words(longest)}, the longest tried,"
            which = which if perhaps is None else days_words(perhaps)
            told = f"whether {which} would do {few} is not settled by {rehearsals}"
        enough = found.run_for_worthwhile[segment]
        if enough is not None:
            least = found.worthwhile_eur[segment]
            when = (
                f"at {days_words(enough)}, the longest tried,"
                if enough == longest
                else f"from {days_words(enough)} on"
            )
            told += (
                f", but {when} at most {limit} of trials pick an arm that loses more than "
                f"{least:g} EUR a contact-year, the least worth a change"
            )
        return told
    if days == own:
        more = "" if days == longest else ", as it is for all longer durations tried"
        return f"that is at most {limit} of trials{more}{_by_upper(found, segment)}"
    if days < own:
        return f"{days_words(days)} would do {few}{_by_upper(found, segment)}"
    return f"run it {days_words(days)} {few}{_by_upper(found, segment)}"


def _by_upper(found: Rehearsal, segment: str) -> str:
    """Say that the upper end of the interval decides, and which shorter trial it rules out."""
    sure, perhaps = found.run_for[segment], found.may_do[segment]
    if perhaps == sure or perhaps is None:
        return ", by the upper end of the interval"
    rows = found.durations
    row = rows[(rows["segment"] == segment) & (rows["horizon_days"] == perhaps)].iloc[0]
    return (
        f", by the upper end of the interval (with {days_words(perhaps)} "
        f"{share_of_trials(row, 'wrong')} were wrong)"
    )


def false_positives_sentence(found: Rehearsal) -> str:
    """Say how often something is found where nothing is."""
    row, allowed = found.false_positives.iloc[0], percent(found.design.alpha)
    told = (
        f"Where no arm differs, {share_of_trials(row, 'claim')} of trials call one better or worse"
    )
    looks = found.design.looks
    if looks is None or len(looks.fractions) == 1:
        return f"{told}; {allowed} are allowed."
    by_any = share_of_trials(found.stops.iloc[0], "false_claim")
    return (
        f"{told} by the end alone, at the bound that the looks before leave to it; by any of the "
        f"looks, the end among them, {by_any} claim an effect. {allowed} are allowed in all."
    )


def guardrail_sentences(found: Rehearsal) -> Iterator[str]:
    """Say what each guardrail does at the design's horizon."""
    for row in at_horizon(found, "guardrails"):
        outcome = row["outcome"]
        truly = "within" if row["truly_within"] else "beyond"
        yield (
            f"{in_segment(found, row)}{row['arm']}, {label(outcome)}: truly "
            f"{amount(row['truth'], outcome)}, {truly} the margin of "
            f"{amount(row['margin'], outcome, signed=False)}; trials veto it in "
            f"{percent(row['veto'])}, show it within in {percent(row['within'])}, leave it open in "
            f"{percent(row['open'])}."
        )


def load_sentences(found: Rehearsal) -> Iterator[str]:
    """Say how much of the agents' time each arm takes."""
    for segment in found.segments:
        rows = found.load[found.load["segment"] == segment]
        control = found.design.control[segment]
        parts = [
            f"{row['arm']} {row['times_control']:.2g} times"
            for row in rows.to_dict("records")
            if row["arm"] != control
        ]
        where = f"{segment}, agents'" if len(found.segments) > 1 else "Agents'"
        yield f"{where} time that a contact takes, against one of {control}: {', '.join(parts)}."


def warnings(
    design: TrialDesign,
    settings: Mapping[str, Any],
    close: Mapping[str, tuple[str, str] | None],
    failed: int,
    trials: int,
) -> tuple[str, ...]:
    """Return what a reader must know.

    Parameters
    ----------
    design, settings
        What was rehearsed.
    close
        Segment → the year's best arm and the next, where the rehearsal cannot tell them apart.
    failed, trials
        How many of the trials failed a check of their assignment.
    """
    told = [
        f"{segment}: which of {pair[0]} and {pair[1]} is better over the year is not settled by "
        f"{settings['truth_replications']} populations; what is said of the wrong arm counts "
        f"{pair[0]} as the right one"
        for segment, pair in close.items()
        if pair is not None
    ]
    if design.covariates:
        told.append(
            f"not rehearsed: adjustment by {', '.join(design.covariates)}, which would make the "
            "trial more precise"
        )
    if design.strata:
        told.append(f"not rehearsed: assignment within {', '.join(design.strata)}")
    if failed:
        told.append(
            f"{failed} of {trials} trials failed a check of their assignment by chance: they claim "
            "nothing"
        )
    if isinstance(settings["agents"], Mapping):
        told.append(
            "each arm has agents of its own: their skill belongs to the arm, and no error by "
            "account can see it"
        )
    return tuple(told)


def at_horizon(found: Rehearsal, name: str) -> list[dict[str, Any]]:
    """Return the rows of a table at the design's horizon."""
    table = getattr(found, name)
    rows: list[dict[str, Any]] = table[table["horizon_days"] == found.design.horizon_days].to_dict(
        "records"
    )
    return rows


def in_segment(found: Rehearsal, row: Mapping[Any, Any]) -> str:
    """Name the segment at the head of a sentence, where there are several."""
    return f"{row['segment']}, " if len(found.segments) > 1 else ""
