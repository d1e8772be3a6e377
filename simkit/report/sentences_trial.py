"""Words of the report on a field trial: what was registered, what was found, what is doubted."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from simkit.measures.registry import SHARE
from simkit.recommend.numbers import PERCENT, amount, listed
from simkit.report.sentences import measure_name
from simkit.trial.looks.kinds import off_plan_words
from simkit.trial.sentences import loss_words, percent_more

if TYPE_CHECKING:
    from simkit.trial.design import TrialDesign

ALL = "all"
CHECK_FAILED = "a check failed"
NOT_AS_REGISTERED, NOT_REGISTERED = "not as registered", "not registered"
IN_DOUBT = "in doubt"
NOT_APART = "segments not shown to differ"
NO_DESIGN = "none: nothing shows which outcome, horizon and arms were meant to decide"
AS_REGISTERED = "as registered"
NOTHING_REGISTERED = "with nothing to hold it against"
A_CHECK_FAILED = "a check of the trial failed"
OUTCOME_NOTE = (
    "The interval that decides agrees with its verdict, which is corrected for comparisons (Holm) "
    "and looks; these intervals hold each by itself, not all at once. A guardrail's are its "
    "one-sided bounds. Relative: to the control's mean, where that is above 0."
)
DUNNETT_NOTE = (
    " Dunnett's intervals hold for all arms of the segment at once; they describe and do not "
    "decide."
)
PLAIN_NOTE = (
    " The differences are adjusted for what was known before the assignment; beside them stands "
    "what the plain means say, and how much smaller the adjustment made the variance."
)
FREED_NOTE = (
    " A comparison that ends where its difference stands out shows too large a one on average; "
    "freed of that (median unbiased), for use in a report, it stands beside."
)
CHOICE_COLUMNS = (
    "arm",
    "mean",
    "probability of being the best",
    "loses on average against the best",
)
STOPPED_COLUMN = "guardrail"
CHOICE_NOTE = (
    "From the estimates' joint distribution, with no opinion beforehand. It describes: no verdict "
    "rests on it, and of many arms it flatters the one that looks best."
)
VETOED, NOT_STOPPED = "vetoed: may not be chosen", "does not stop it"
CHECK_COLUMNS = ("check", "segment", "verdict", "found", "what it means", "what to do")
FINE_COLUMNS = ("check", "segment", "found", "what it means")


def not_told(reason: str) -> str:
    """Say why a trial is not read as a choice."""
    return f"Not read as a choice between arms: {reason}."


def level_text(alpha: float) -> str:
    """Name the level of an interval: ``"95 %"``."""
    return f"{PERCENT * (1 - alpha):g} %"


def against(arm: str, control: str) -> str:
    """Name an arm and its control in a cell."""
    return f"{arm} against {control}"


def outcomes_caption(segment: str, horizon_days: float | None, *, decides: bool) -> str:
    """Name a table of a trial's outcomes."""
    when = f" at {horizon_days:g} days" if horizon_days else ""
    which = "outcomes that decide" if decides else "the other outcomes"
    return f"{segment}: {which}{when}"


def outcome_text(outcome: str, unit: str, role: str, better: str = "") -> str:
    """Name an outcome with the unit of its differences, and a guardrail as one, with its side."""
    less = "less" if better == "lower" else "more"
    head = f"guardrail ({less} is better): " if role == "guardrail" else ""
    name = f"{head}{measure_name(outcome)}"
    # A row that was refused has no unit.
    return f"{name} [{'percentage points' if unit == SHARE else unit}]" if unit else name


def outcome_columns(alpha: float, *, dunnett: bool, plain: bool, freed: bool) -> list[str]:
    """Head the columns of a trial's outcomes."""
    return [
        "outcome [unit]",
        "arm",
        f"difference ({level_text(alpha)} interval)",
        f"relative ({level_text(alpha)} interval)",
        "interval that decides",
        *(["Dunnett's interval"] if dunnett else []),
        *(["without adjustment"] if plain else []),
        *(["freed of the looks"] if freed else []),
        "verdict",
        "reason",
    ]


def relative_text(ratio: float, low: float, high: float) -> str:
    """Write a ratio of means as what it is more or less: 1.45 is ``"+45 %"``."""
    if math.isnan(ratio):
        return "–"
    text = f"{percent_more(ratio)} %"
    return text if math.isnan(low) else f"{text} ({percent_more(low)} to {percent_more(high)})"


def plain_text(estimate: str, gained_percent: float, reason: str) -> str:
    """Write the unadjusted difference in a cell, and what the adjustment gained."""
    if reason:
        return f"not adjusted: {reason}"
    if math.isnan(gained_percent):
        return estimate
    more = "smaller" if gained_percent >= 0 else "larger"
    return f"{estimate}; variance {abs(gained_percent):.0f} % {more} by adjustment"


# ----------------------------------------------------------------------------- what was registered


def standing_lines(
    design: TrialDesign | None,
    *,
    primary: str,
    horizon_days: float | None,
    guards: Mapping[str, Mapping[str, float]],
    units: Mapping[str, str],
    deviations: Sequence[str],
    off_plan: int,
    checked: str,
) -> list[tuple[str, str]]:
    """Say what was registered, and how the evaluation stands to it: names and values.

    Parameters
    ----------
    design
        The registered design; None where nothing was.
    primary, horizon_days
        What decides, and when.
    guards
        Guardrail → segment → harm that is tolerated.
    units
        Outcome → its unit.
    deviations
        What is asked otherwise than registered.
    off_plan
        How many looks were off the registered plan.
    checked
        What the checks came to.
    """
    when = f" at {horizon_days:g} days" if horizon_days else ""
    stops = "; ".join(_guard(name, harm, units.get(name, "")) for name, harm in guards.items())
    lines = [
        ("registered", NO_DESIGN if design is None else _which(design)),
        ("decides", f"{measure_name(primary)}{when}"),
        ("may veto", stops or "nothing: no guardrail was named"),
    ]
    worth = {} if design is None else design.margins.get(primary, {})
    if worth:
        told = _sizes(worth, units.get(primary, ""), signed=False)
        lines.insert(2, ("worth a change", f"{told}{when}, as registered"))
    if design is not None and design.covariates:
        lines.append(("adjusted for", listed(design.covariates)))
    asked = "; ".join(deviations) or (NOTHING_REGISTERED if design is None else AS_REGISTERED)
    if off_plan:
        asked += f"{'; ' if deviations else ', but '}{off_plan_words(off_plan)}"
    return [*lines, ("evaluated", asked), ("checks", checked)]


def _which(design: TrialDesign) -> str:
    """Name a design, and say when it was registered."""
    day = "day not known" if design.registered_on is None else f"on {design.registered_on}"
    return f"{design.name} ({design.identity()}), {day}"


def _guard(outcome: str, harm: Mapping[str, float], unit: str) -> str:
    """Say how much of a harm is tolerated."""
    return f"{measure_name(outcome)} (tolerated: {_sizes(harm, unit)})"


def _sizes(by_segment: Mapping[str, float], unit: str, *, signed: bool = True) -> str:
    """Write a size of each segment, once where it is the same in all of them."""
    sizes = {segment: amount(size, unit, signed=signed) for segment, size in by_segment.items()}
    if len(set(sizes.values())) == 1:
        return next(iter(sizes.values()))
    return ", ".join(f"{segment} {size}" for segment, size in sizes.items())


def checked_text(number: int, failed: int, warned: int) -> str:
    """Say what the checks came to, in numbers."""
    if not failed and not warned:
        return f"{number}, nothing found"
    warns = "1 warns" if warned == 1 else f"{warned or 'none'} warn{'' if warned else 's'}"
    return f"{number}: {failed or 'none'} failed, {warns}"


def fine_summary(number: int) -> str:
    """Head the checks that found nothing."""
    return "1 check found nothing" if number == 1 else f"{number} checks found nothing"


def adjusted_text(adjusted: str) -> str:
    """Say what the outcome that decides was adjusted for; nothing where nothing was named."""
    return f"{adjusted[0].upper()}{adjusted[1:]}." if adjusted else ""


def looks_text(looks: str) -> str:
    """Say which looks of a ledger were counted, and what they leave; nothing without one."""
    return f"Looks at the trial: {looks}." if looks else ""


# --------------------------------------------------------------------------------- what is doubted


def failed_doubt(check: str, found: str, meaning: str) -> str:
    """Say of a decision that a check of its trial failed."""
    return f"{check} ({found}): {meaning}"


def elsewhere_doubt(segments: Sequence[str]) -> str:
    """Say of a decision that a check failed in another segment of the same trial."""
    return f"In {listed(segments)}: until that is settled, nothing of this trial may be acted on"


def deviation_doubt(found: str, meaning: str) -> str:
    """Say that the trial is not evaluated as registered."""
    return f"{found}: {meaning}"


# -------------------------------------------------------------------------------- trend and choice


def trend_caption(days: str, source: str) -> str:
    """Name the table of trends."""
    return f"What each doubling of the days between calls changes ({days}; {source})"


def trend_columns(alpha: float) -> list[str]:
    """Head the columns of the trends."""
    return [
        "outcome [unit]",
        f"change per doubling ({level_text(alpha)} interval)",
        "do the arms lie on a line?",
    ]


def line_text(departure_p: float, alpha: float) -> str:
    """Say whether the arms' means depart from a line."""
    if math.isnan(departure_p):
        return "two arms always do"
    p = f"p = {departure_p:.2g}"
    return f"no ({p})" if departure_p < alpha else f"no departure to be seen ({p})"


def choice_caption(segment: str, outcome: str) -> str:
    """Name the table of the choice between arms."""
    return f"{segment}: the choice between the arms, by {measure_name(outcome)}"


def loss_text(loss: float, unit: str, scale: float) -> str:
    """Write what an arm loses on average; a vetoed one, which may not be chosen, has no loss."""
    return "–" if math.isnan(loss) else loss_words(loss, unit, scale)


def probability_text(probability: float) -> str:
    """Write a probability from many draws, never as certain."""
    if probability < 0.01:
        return "below 1 %"
    return "above 99 %" if probability > 0.99 else f"{PERCENT * probability:.0f} %"


def longer_text(sizes: Sequence[tuple[int, float]], most: float, unit: str, scale: float) -> str:
    """Say what further trials are worth, the smallest first.

    Parameters
    ----------
    sizes
        Contacts of a further trial, and its value.
    most
        The value of knowing the truth.
    unit
        Of the values.
    scale
        The largest loss in question, as in `simkit.trial.sentences.loss_words`.
    """
    worth = ", ".join(
        f"{loss_words(value, unit, scale)} ({contacts:,} contacts)" for contacts, value in sizes
    )
    return (
        f"Worth of a further trial, for each contact treated afterwards: {worth}; no trial can be "
        f"worth more than {loss_words(most, unit, scale)}. {CHOICE_NOTE}"
    )


def delivered_text(row: Any) -> str:
    """Say what an arm delivered, for who cannot see the figure."""
    text = f"{row.arm}: median {row.q50:g} days between calls" if row.gaps else f"{row.arm}: no gap"
    if not math.isnan(row.intended_days):
        text += f", {row.intended} intended ({row.intended_days:g} by the calendar)"
    return f"{text}; {PERCENT * row.of_contacts:.0f} % of the contacts"
