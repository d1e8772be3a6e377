"""Results in words a manager can read: numbers with units, intervals, and what they allow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from simkit.measures import OUTCOMES
from simkit.measures.registry import SHARE
from simkit.trial.compare import too_small
from simkit.trial.direction import HARMS
from simkit.trial.effects.guardrails import OPEN, VETO
from simkit.trial.read.data import ALL
from simkit.trial.read.logs import PER_AGENT_HOUR, PER_CALL_REASON, PER_DIAL
from simkit.trial.read.names import NET_VALUE
from simkit.trial.vocabulary import plain_name

if TYPE_CHECKING:
    import pandas as pd

PERCENT = 100.0
NAMES = {
    NET_VALUE: "net value per contact",
    PER_DIAL: "sales per dial",
    PER_AGENT_HOUR: "sales per agent-hour",
}
#: After the point: more are noise of a double in sums of money (assumed).
MOST_DIGITS = 6
SIGNIFICANT = 3


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
    suffix, fewest = "", 0
    if unit == SHARE:
        value, width, suffix, fewest = value * PERCENT, width * PERCENT, " percentage points", 2
    elif unit.startswith("EUR"):
        suffix, fewest = " EUR", 2
    digits, worth = fewest, fewest
    if np.isfinite(width) and width > 0:
        worth = int(1 - np.floor(np.log10(width)))
        digits = int(np.clip(worth, fewest, MOST_DIGITS))
    text = f"{value:+,.{digits}f}"
    if worth > MOST_DIGITS and abs(value) < 10.0 ** (SIGNIFICANT - MOST_DIGITS):
        text = f"{value:+.{SIGNIFICANT}g}"  # so small that the digits after the point show nothing
    text = text.replace("-", "−").replace("inf", "∞")
    return text + (suffix if named else "")


def label(outcome: str) -> str:
    """Name an outcome in words."""
    if outcome in NAMES:
        return NAMES[outcome]
    if outcome in OUTCOMES:
        return OUTCOMES[outcome].meaning
    return outcome.replace("_", " ")


def place_words(segment: str) -> str:
    """Name the segment at the head of a sentence, where there are several."""
    return "" if segment == ALL else f"{segment} · "


def _interval(low: float, high: float, unit: str) -> str:
    width = high - low
    return f"{amount(low, unit, width, named=False)} to {amount(high, unit, width, named=False)}"


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
    if not drawn or np.isnan(row.shrunk):
        return claim
    size = amount(row.shrunk, row.unit, row.shrunk_high - row.shrunk_low)
    return f"{claim} Drawn towards the mean of all segments: {size}."


def per_call_sentence(outcome: str, verdict: str, horizon_days: float | None) -> str:
    """Say of a figure per dial or per agent-hour, for all arms at once, that it shows no effect."""
    when = f" at {horizon_days:g} days" if horizon_days else ""
    return f"{label(outcome)}{when}: {verdict} ({PER_CALL_REASON}); the table has its differences."


def _claim(row: Any, alpha: float, horizon_days: float | None) -> str:
    head = f"{place_words(row.segment)}{row.arm} against {row.control}: {label(row.outcome)}"
    when = f" at {horizon_days:g} days" if horizon_days else ""
    if np.isnan(row.estimate):
        return f"{head}: {row.verdict}: {row.reason}."
    level = f"{(1 - alpha) * PERCENT:g} % interval"
    low, high = row.ci_low, row.ci_high
    if row.role == "guardrail" and not np.isnan(row.ci_low_adjusted):
        # The bounds that decide, each of them alone: the two-sided interval is wider.
        level = f"bounds of {(1 - alpha) * PERCENT:g} % each"
        low, high = row.ci_low_adjusted, row.ci_high_adjusted
    text = f"{head} {amount(row.estimate, row.unit, row.ci_high - row.ci_low)}"
    if not np.isnan(low):
        text += f" ({level} {_interval(low, high, row.unit)})"
        text += _relative(row)
    text += f"{when}: {row.verdict}"
    crossed = row.ci_low * row.ci_high > 0
    if row.role == "guardrail":
        margin = amount(row.margin, row.unit, row.ci_high - row.ci_low)
        less = "less" if row.better == "lower" else "more"
        return f"{text} (guardrail, {less} is better, margin {margin}: {row.reason})."
    if row.verdict == "cannot tell" and crossed and not np.isnan(row.ci_low_adjusted):
        held = _interval(row.ci_low_adjusted, row.ci_high_adjusted, row.unit)
        return f"{text} (corrected for the number of comparisons the interval is {held})."
    if row.verdict in ("better", "worse") and not row.reason:
        return f"{text}."
    return f"{text} ({row.reason})."


def _relative(row: Any) -> str:
    """Say a share's difference in parts of the control's: a rare harm may double unnoticed."""
    low, high = getattr(row, "ratio_low", np.nan), getattr(row, "ratio_high", np.nan)
    if row.unit != SHARE or not np.isfinite(high):
        return ""
    size, least, most = (_percent(ratio) for ratio in (row.ratio, low, high))
    return f", {size} % of the control's share ({least} to {most})"


def _percent(ratio: float) -> str:
    return f"{(ratio - 1) * PERCENT:+,.0f}".replace("-", "−")


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
    span = _interval(row.ci_low, row.ci_high, row.unit)
    text = (
        f"{head}{when}: {size} for each doubling of the days between calls "
        f"({(1 - alpha) * PERCENT:g} % interval {span}; {row.days}; {row.source})"
    )
    if row.departure_p < alpha:
        text += f"; but the arms do not lie on a line (p = {row.departure_p:.2g})"
    return f"{text}."


def headline(
    table: pd.DataFrame,
    vetoes: pd.DataFrame,
    winners: pd.DataFrame,
    *,
    alpha: float,
    horizon_days: float | None,
    failures: tuple[str, ...],
    doubts: tuple[str, ...],
) -> str:
    """Give the answer first: by segment, which arm wins on the primary outcome, or that none can.

    Parameters
    ----------
    table, vetoes, winners
        Of the evaluation.
    alpha, horizon_days
        As there.
    failures
        What the checks that failed mean.
    doubts
        What must be known before the answers of the segments are read as different.
    """
    parts = [f"Do not act on these results: {'; '.join(failures)}."] if failures else []
    when = f" at {horizon_days:g} days" if horizon_days else ""
    for each in winners.itertuples(index=False):
        winner: Any = each
        here = table[(table["segment"] == winner.segment) & (table["role"] == "primary")]
        rows: dict[str, Any] = {str(row.arm): row for row in here.itertuples(index=False)}
        what = f"{label(winner.outcome)}{when}"
        level = bool(winner.runner_up) and not winner.lead_low * winner.lead_high > 0
        if level:
            text = (
                f"{winner.winner} and {winner.runner_up} beat {here['control'].iloc[0]} on {what}"
            )
        else:
            text = f"{winner.winner} wins on {what}" if winner.winner else _not_won(rows, what)
        shown = [row for row in rows.values() if not np.isnan(row.estimate)]
        if shown:
            differences = "; ".join(_brief(row, alpha) for row in shown)
            text += f": against {shown[0].control}, {differences}"
        if winner.runner_up:
            text += f". {_lead(winner, rows[winner.winner].unit, level=level)}"
        stopped = vetoes[(vetoes["segment"] == winner.segment) & (vetoes["state"] == VETO)]
        for arm in dict.fromkeys(stopped["arm"]):
            harms = stopped.loc[stopped["arm"] == arm, "outcome"]
            text += f". {arm} is vetoed by a guardrail: {', '.join(map(label, harms))}"
        ahead = [winner.winner, winner.runner_up][: 2 if level else 1] if winner.winner else []
        for arm in ahead:
            text += _against(arm, str(winner.segment), table, vetoes)
        parts.append(f"{place_words(winner.segment)}{text}.")
    parts += [f"{text[0].upper()}{text[1:]}." for text in doubts]
    return " ".join(parts)


def _against(arm: str, segment: str, table: pd.DataFrame, vetoes: pd.DataFrame) -> str:
    """Say what stands against acting on an arm that wins: open guardrails, and harm that is shown.

    Harm is shown where a comparison that is no guardrail's is worse after correction.
    """
    state = vetoes[(vetoes["segment"] == segment) & (vetoes["arm"] == arm)]
    unshown = state.loc[state["state"] == OPEN, "outcome"]
    text = ""
    if len(unshown):
        text += f". {arm} is not shown to be within the margin of {', '.join(map(label, unshown))}"
    here = (table["segment"] == segment) & (table["arm"] == arm) & (table["verdict"] == "worse")
    worse: Iterable[Any] = table[here].itertuples(index=False)
    harms = [
        f"{label(row.outcome)} {amount(row.estimate, row.unit, row.ci_high - row.ci_low)}"
        for row in worse
        if row.role in ("secondary", "exploratory") and plain_name(row.outcome) in HARMS
    ]
    return f"{text}. {arm} does harm: {', '.join(harms)}" if harms else text


def _brief(row: Any, alpha: float) -> str:
    size = amount(row.estimate, row.unit, row.ci_high - row.ci_low)
    interval = _interval(row.ci_low, row.ci_high, row.unit)
    return (
        f"{row.arm} {size} ({(1 - alpha) * PERCENT:g} % interval {interval}; {row.verdict})"
        if not np.isnan(row.ci_low)
        else f"{row.arm} {size} ({row.verdict})"
    )


def _lead(winner: Any, unit: str, *, level: bool) -> str:
    width = winner.lead_high - winner.lead_low
    size = amount(winner.lead, unit, width)
    interval = _interval(winner.lead_low, winner.lead_high, unit)
    if level:
        return f"Between them it cannot be told ({winner.winner} {size}, {interval})"
    return f"{winner.winner} is ahead of {winner.runner_up} ({size}, {interval})"


def _not_won(rows: Mapping[str, Any], what: str) -> str:
    control = next(iter(rows.values())).control
    verdicts = {row.verdict for row in rows.values()}
    if verdicts == {"refused"}:
        return f"No answer on {what}: {next(iter(rows.values())).reason}"
    better = [row for row in rows.values() if row.verdict == "better"]
    small = [row.arm for row in better if too_small(row)]
    if better and len(small) == len(better):
        are = "is" if len(small) == 1 else "are"
        return (
            f"{' and '.join(small)} {are} better than {control} on {what}, but by less than matters"
        )
    if better:
        return f"No arm wins on {what}: a guardrail stops what is better"
    if verdicts == {"worse"}:
        return f"{control} stays the best on {what}"
    if verdicts <= {"equivalent", "worse"}:
        return f"No arm beats {control} on {what} by as much as matters"
    return f"Cannot tell whether any arm beats {control} on {what}"
