"""Results in words a manager can read: numbers with units, intervals, and what they allow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from simkit.measures import OUTCOMES
from simkit.measures.registry import SHARE
from simkit.trial.corrected import interval_words
from simkit.trial.lexicon_plan import NO_ARM
from simkit.trial.read.data import ALL
from simkit.trial.read.logs import PER_AGENT_HOUR, PER_CALL_REASON, PER_DIAL
from simkit.trial.read.names import NET_VALUE
from simkit.trial.vocabulary import words

PERCENT = 100.0
EUR = "EUR"
NOT_YET = "not to be adopted yet"  # an arm that is ahead, while one of its guardrails is open
NAMES = {
    NET_VALUE: "net value per contact",
    PER_DIAL: "sales per dial",
    PER_AGENT_HOUR: "sales per agent-hour",
}
#: Roles of the rows whose sentences give the means beside their difference.
LEVELS_OF = ("primary", "guardrail")
#: After the point: more are noise of a double in sums of money (assumed).
MOST_DIGITS = 6
SIGNIFICANT = 3
ZEROS = "+-−0.,"
_NO_ARM = words(NO_ARM)
#: Power of ten of the least loss that is told: a cent, and a hundredth of a percentage point.
MOST_POWER = -2


def amount(value: float, unit: str, width: float, *, named: bool = True) -> str:
    """Write a difference with its sign and unit: shares in percentage points, money in EUR.

    Parameters
    ----------
    value, unit
        The number and its unit, as in the table.
    width
        Width of its interval, which says how many digits are worth writing.
    named
        Whether the unit is written.
    """
    suffix = " percentage points" if unit == SHARE else _named(unit)
    text = _number(value, unit, width, signed=True)
    return text + (suffix if named else "")


def loss_words(loss: float, unit: str, scale: float = np.inf) -> str:
    """Write a loss, which has no sign; one that rounds to nothing as less than the least.

    Parameters
    ----------
    loss, unit
        The loss, 0 or more, and its unit.
    scale
        The largest loss that is in question: where a hundredth of it is less than 0.01, the least
        is so much smaller. What sells a fiftieth of a piece a contact has losses of thousandths.
    """
    shown = PERCENT if unit == SHARE else 1.0
    power = MOST_POWER
    if 0 < scale < np.inf:
        power = min(power, int(np.floor(np.log10(scale * shown / PERCENT))))
    least = 10.0**power / 2 / shown
    if loss < least:
        named = " percentage points" if unit == SHARE else " EUR" if unit.startswith("EUR") else ""
        return f"less than {_floor_words(power)}{named}"
    return amount(loss, unit, loss).lstrip("+−").removesuffix(" per contact")


def _floor_words(power: int) -> str:
    """Write a power of ten below 1."""
    text = f"{10.0**power:.{-power}f}" if power >= -MOST_DIGITS else f"1e{power}"
    return text.replace("-", "−")


def within_words(margin: float, unit: str) -> str:
    """Write what is too small to matter, with the whole of its unit: ``"± 0.49 EUR per contact"``.

    Parameters
    ----------
    margin, unit
        The margin, above 0, and its unit, as in the table.
    """
    size = amount(margin, unit, margin, named=False).removeprefix("+")
    shown = "percentage points" if unit == SHARE else unit
    return f"± {size} {shown}".rstrip()


def _number(value: float, unit: str, width: float, *, signed: bool) -> str:
    fewest = 2 if unit == SHARE or unit.startswith(EUR) else 0
    if unit == SHARE:
        value, width = value * PERCENT, width * PERCENT
    digits, worth, sign = fewest, fewest, "+" if signed else ""
    if np.isfinite(width) and width > 0:
        worth = int(1 - np.floor(np.log10(width)))
        digits = int(np.clip(worth, fewest, MOST_DIGITS))
    text = f"{value:{sign},.{digits}f}"
    if worth > MOST_DIGITS and abs(value) < 10.0 ** (SIGNIFICANT - MOST_DIGITS):
        text = f"{value:{sign}.{SIGNIFICANT}g}"  # the digits after the point would show nothing
    if not text.strip(ZEROS):
        text = text.removeprefix("-")  # what rounds to 0 is not below it
    return text.replace("-", "−").replace("inf", "∞")


def signed(value: float, digits: int) -> str:
    """Write a difference with its sign and so many decimals; what rounds to 0 has no sign."""
    rounded = round(value, digits)
    text = f"{rounded:+,.{digits}f}" if rounded else f"{0.0:.{digits}f}"
    return text.replace("-", "−").replace("inf", "∞")


def percent_more(ratio: float) -> str:
    """Write a ratio as what it is more or less, in percent: 1.45 is ``"+45"``."""
    return signed((ratio - 1) * PERCENT, 0)


def _named(unit: str) -> str:
    """Write a unit behind its number."""
    return f" {EUR}" if unit.startswith(EUR) else f" {unit}" if unit else ""


def label(outcome: str) -> str:
    """Name an outcome in words."""
    if outcome in NAMES:
        return NAMES[outcome]
    if outcome in OUTCOMES:
        return OUTCOMES[outcome].meaning
    return outcome.replace("_", " ")


def arm_words(arm: str) -> str:
    """Name an arm; in quotes where a sentence would read as of no arm: ``Keep 'none'``."""
    return f"'{arm}'" if arm.casefold() in _NO_ARM else arm


def against_words(row: Any) -> str:
    """Name the arm and the control of a row."""
    return f"{arm_words(row.arm)} against {arm_words(row.control)}"


def name_direction(outcome: str) -> str:
    """Say how the direction of an outcome is given, so that nothing need be guessed."""
    return (
        f"name {outcome} in lower_is_better or higher_is_better (--lower-is-better, "
        "--higher-is-better)"
    )


def guess_warning(outcomes: Sequence[str], *, less: bool) -> str:
    """Say that the direction of some outcomes is a guess, and what to do.

    Parameters
    ----------
    outcomes
        Their names.
    less
        Whether less of them is taken as better.
    """
    taken = f"{'less' if less else 'more'} of {', '.join(outcomes)} is taken as better"
    return f"{taken}, which nothing tells for sure: {name_direction('it')}"


def listed(names: Sequence[str]) -> str:
    """Write names in a row: ``"a"``, ``"a and b"``, ``"a, b and c"``."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def not_shown_within(arms: Sequence[str], outcomes: Iterable[str]) -> str:
    """Say which guardrails of arms are open."""
    who = f"{listed(arms)} {'is' if len(arms) == 1 else 'are'}"
    return f"{who} not shown to be within the margin of {', '.join(map(label, outcomes))}"


def is_freed(row: Any) -> bool:
    """Tell whether a row has an estimate that is freed of the bias of ending at a look."""
    return bool(np.isfinite(getattr(row, "median_unbiased", np.nan)))


def freed_words(row: Any) -> str:
    """Say the estimate that is freed of the bias of ending where a difference stands out.

    Parameters
    ----------
    row
        A comparison at its end, by looks, as a named tuple.
    """
    wide = row.final_high - row.final_low
    plain, corrected = (
        amount(value, row.unit, wide) for value in (row.estimate, row.median_unbiased)
    )
    told = (
        "a comparison that ends where its difference stands out shows too large a one on average, "
        f"as the {plain} here may be; the figure to report is freed of that (median unbiased): "
        f"{corrected}"
    )
    if corrected == plain:
        told = f"the figure to report, corrected for ending at this look, stays {corrected}"
    return f"{told} ({span(row.final_low, row.final_high, row.unit)})"


def place_words(segment: str) -> str:
    """Name the segment at the head of a sentence, where there are several."""
    return "" if segment == ALL else f"{segment} · "


def span(low: float, high: float, unit: str) -> str:
    """Write an interval, its unit unsaid."""
    return " to ".join(ends(low, high, unit))


def ends(low: float, high: float, unit: str) -> tuple[str, str]:
    """Write the ends of an interval, their unit unsaid; no share differs by more than 100 points.

    Bounds that hold at all looks, and those of few contacts, may be wider: what lies beyond says
    nothing.
    """
    if unit == SHARE:
        low, high = max(low, -1.0), min(high, 1.0)
    width = high - low
    return _end(low, unit, width), _end(high, unit, width)


def _end(value: float, unit: str, width: float) -> str:
    """Write an end of an interval; one beside 0 with a digit that tells on which side it is."""
    text = amount(value, unit, width, named=False)
    size = abs(value) * (PERCENT if unit == SHARE else 1.0)
    if text.strip(ZEROS) or size < 10.0**-MOST_DIGITS:
        return text
    return amount(value, unit, 10 * abs(value), named=False)


def row_sentence(row: Any, alpha: float, horizon_days: float | None, *, drawn: bool = False) -> str:
    """Say one row of the table.

    Parameters
    ----------
    row
        A row as a named tuple.
    alpha
        One minus the level of the intervals.
    horizon_days
        Days since assignment; None where not known.
    drawn
        Whether to say the estimate that is drawn towards the mean of the segments, if there is one.
    """
    claim = _claim(row, alpha, horizon_days)
    if is_freed(row):
        freed = freed_words(row)
        claim += f" {freed[0].upper()}{freed[1:]}."
    if not drawn or np.isnan(row.shrunk):
        return claim
    size = amount(row.shrunk, row.unit, row.shrunk_high - row.shrunk_low)
    return f"{claim} Drawn towards the mean of all segments: {size}."


def per_call_sentence(outcomes: Sequence[str], horizon_days: float | None) -> str:
    """Say of figures per dial and per agent-hour, for all arms, that they show no effect."""
    when = f" at {horizon_days:g} days" if horizon_days else ""
    names, whose = " and ".join(map(label, outcomes)), "its" if len(outcomes) == 1 else "their"
    return f"{names}{when}: refused ({PER_CALL_REASON}); the table has {whose} differences."


def _claim(row: Any, alpha: float, horizon_days: float | None) -> str:
    head = f"{place_words(row.segment)}{against_words(row)}: {label(row.outcome)}"
    when = f" at {horizon_days:g} days" if horizon_days else ""
    if np.isnan(row.estimate):
        return f"{head}: {row.verdict}: {row.reason}."
    low, high = deciding_interval(row)
    size = amount(row.estimate, row.unit, high - low)
    told = [_levels(row, high - low)] if row.role in LEVELS_OF else []
    if not np.isnan(low):
        # A guardrail's bounds each decide alone: the two-sided interval is wider.
        level = f"bounds of {(1 - alpha) * PERCENT:g} % each"
        if row.role != "guardrail" or np.isnan(row.ci_low_adjusted):
            level = f"{(1 - alpha) * PERCENT:g} % interval"
        told.append(f"{level} {span(low, high, row.unit)}{_correction(row)}")
    text = f"{head} {size}" + (f" ({'; '.join(told)})" if told else "")
    text += f"{_relative(row)}{when}: {row.verdict}"
    if row.role == "guardrail":
        margin = amount(row.margin, row.unit, row.ci_high - row.ci_low)
        less = "less" if row.better == "lower" else "more"
        return f"{text} (guardrail, {less} is better, margin {margin}: {row.reason})."
    return f"{text} ({row.reason})." if row.reason else f"{text}."


def _levels(row: Any, width: float) -> str:
    """Say the means that a difference is between, and of how many contacts they are."""
    unit = " %" if row.unit == SHARE else _named(row.unit)
    arm, control = (
        _number(mean, row.unit, width, signed=False) for mean in (row.mean_arm, row.mean_control)
    )
    means = f"{arm}{unit if row.unit == SHARE else ''} against {control}{unit}"
    accounts = f", of {row.clusters:,} accounts together" if row.clusters else ""
    contacts = f"{row.n:,} and {row.n_control:,} contacts"
    if row.n == row.n_control:
        contacts = f"{row.n:,} contacts in each arm"
    return f"{means}; {contacts}{accounts}"


def deciding_interval(row: Any) -> tuple[float, float]:
    """Return the interval by which a row is judged: the corrected one, where it has one."""
    if np.isnan(row.ci_low_adjusted):
        return row.ci_low, row.ci_high
    return row.ci_low_adjusted, row.ci_high_adjusted


def _correction(row: Any) -> str:
    """Say what a row's interval is corrected for, and the interval alone where that misleads."""
    if not row.corrected_for or np.isnan(row.ci_low_adjusted):
        return ""
    text = f", {interval_words(row.corrected_for, several=False)}"
    if row.verdict == "cannot tell" and row.ci_low * row.ci_high > 0:
        text += f"; alone it would be {span(row.ci_low, row.ci_high, row.unit)}"
    return text


def _relative(row: Any) -> str:
    """Say a share's difference in parts of the control's: a rare harm may double unnoticed."""
    low, high = getattr(row, "ratio_low", np.nan), getattr(row, "ratio_high", np.nan)
    if row.unit != SHARE or not np.isfinite(high):
        return ""
    size, least, most = (percent_more(ratio) for ratio in (row.ratio, low, high))
    alone = "alone " if row.corrected_for else ""  # no ratio's interval is corrected
    return f", {size} % of the control's share ({alone}{least} to {most})"


def trend_sentence(row: Any, alpha: float, horizon_days: float | None) -> str:
    """Say one row of the trends: what a doubling of the interval changes, and whether it is a line.

    Parameters
    ----------
    row
        A row as a named tuple.
    alpha
        One minus the level of the intervals, and of what is called a departure.
    horizon_days
        Days since assignment; None where not known.
    """
    head = f"{place_words(row.segment)}{label(row.outcome)}"
    if np.isnan(row.slope):
        return f"{head}: no trend over the interval between calls: {row.reason}."
    when = f" at {horizon_days:g} days" if horizon_days else ""
    size = amount(row.slope, row.unit, row.ci_high - row.ci_low)
    ends = span(row.ci_low, row.ci_high, row.unit)
    text = (
        f"{head}{when}: {size} for each doubling of the days between calls "
        f"({(1 - alpha) * PERCENT:g} % interval {ends}; {row.days}; {row.source})"
    )
    if row.departure_p < alpha:
        text += f"; but the arms do not lie on a line (p = {row.departure_p:.2g})"
    return f"{text}."
