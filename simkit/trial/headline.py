"""The answer of a trial in a few lines, first of all: which arm to take, if any can be told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from simkit.trial.corrected import interval_words
from simkit.trial.direction import tells_harm
from simkit.trial.effects.guardrails import OPEN, VETO
from simkit.trial.rare import FEWEST_TO_CHOOSE, decides_nothing
from simkit.trial.rows import SHOWN_AT, on_few, too_small, turned
from simkit.trial.sentences import (
    NOT_YET,
    PERCENT,
    amount,
    arm_words,
    deciding_interval,
    label,
    listed,
    not_shown_within,
    place_words,
    span,
)

#: What may be known of an arm that does not win → how it is said of one arm, and of several.
KNOWN = {
    "better": ("is better too", "are better too"),
    "better, open": (
        "is better too, but not shown to be within the margins of its guardrails",
        "are better too, but not shown to be within the margins of their guardrails",
    ),
    "better, vetoed": (
        "is better, but a guardrail stops it",
        "are better, but a guardrail stops them",
    ),
    "turned": (
        "was shown to be better at an earlier look, but is not by all contacts, so it may not be "
        "adopted",
        "were shown to be better at an earlier look, but are not by all contacts, so they may not "
        "be adopted",
    ),
    "too small": ("is better, but by less than matters", "are better, but by less than matters"),
    "equivalent": ("differs by less than matters", "differ by less than matters"),
    "better, few": ("is better among these few", "are better among these few"),
    "worse": ("is worse", "are worse"),
    "worse, few": ("is worse among these few", "are worse among these few"),
    "worse, vetoed": (
        "is worse, and a guardrail stops it",
        "are worse, and a guardrail stops them",
    ),
    "vetoed": ("is stopped by a guardrail", "are stopped by a guardrail"),
    "cannot tell": ("cannot be told", "cannot be told"),
    "refused": ("has no answer", "have no answer"),
}
#: Added to the reasons of rows that may not be acted on.
CHECK_FAILED = "a check failed, see checks"
NOT_AS_ASKED = "not asked as registered, see checks"
IF_CHECKS_HAD_PASSED = "if the checks had passed, this would read: "
OPEN_ENDED = ("cannot tell", "refused")
ON_FEW = ("better, few", "worse, few")
WITHIN_MARGINS = "is within the margins of its guardrails"
#: Said of arms behind one that may not be taken yet: they are better, and nothing is open.
NEXT_BEST = (
    "is better too, and within the margins of its guardrails",
    "are better too, and within the margins of their guardrails",
)


def headline(
    table: pd.DataFrame,
    vetoes: pd.DataFrame,
    winners: pd.DataFrame,
    *,
    alpha: float,
    horizon_days: float | None,
    failures: tuple[str, ...],
    doubts: tuple[str, ...],
    guess: str = "",
) -> list[str]:
    """Give the answer first: by segment, which arm wins on the primary outcome, or that none can.

    What must be known of it follows, each by itself.

    What the claims of a segment rest on, if that is far too little, stands before them.

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
    guess
        That it is a guess which way the outcome is better, in words; empty where it is known.
    """
    table, vetoes, winners = (_in_words(each) for each in (table, vetoes, winners))
    parts = [f"Do not act on these results: {'; '.join(failures)}."] if failures else []
    when = f" at {horizon_days:g} days" if horizon_days else ""
    for each in winners.itertuples(index=False):
        winner: Any = each
        here = table[(table["segment"] == winner.segment) & (table["role"] == "primary")]
        rows: dict[str, Any] = {str(row.arm): row for row in here.itertuples(index=False)}
        level = bool(winner.runner_up) and not winner.lead_low * winner.lead_high > 0
        ahead = [winner.winner, winner.runner_up][: 2 if level else 1] if winner.winner else []
        judged = vetoes[vetoes["segment"] == winner.segment]
        stopped, unshown = (judged[judged["state"] == state] for state in (VETO, OPEN))
        known = {
            arm: _known(row, vetoed=arm in set(stopped["arm"]), unshown=arm in set(unshown["arm"]))
            for arm, row in rows.items()
        }
        what = f"{label(winner.outcome)}{when}{f' ({guess})' if guess else ''}"
        text = _answer(rows, known, ahead, what, trusted=not failures)
        few = dict.fromkeys(decides_nothing(row) for row in rows.values() if on_few(row))
        text += "" if few else _too_few(rows)
        shown = [row for row in rows.values() if not np.isnan(row.estimate)]
        if shown:
            text += f". {_differences(shown, alpha)}"
        if winner.runner_up:
            text += f". {_lead(winner, rows[winner.winner].unit, level=level)}"
        for arm, row in rows.items():
            told = arm in ahead or row.verdict == "worse"
            if told and row.reason.startswith(SHOWN_AT):  # else the interval seems to say otherwise
                text += f". That {arm} is {row.verdict} was {row.reason}"
        for arm in dict.fromkeys(stopped["arm"]):
            harms = stopped[stopped["arm"] == arm].itertuples(index=False)
            text += f". {arm} is vetoed by a guardrail: {', '.join(map(_harm, harms))}"
        for arm in dict.fromkeys([*ahead, *_next_best(known, ahead)]):
            text += _against(arm, str(winner.segment), table, vetoes)
        place = place_words(winner.segment)
        if failures and {row.verdict for row in rows.values()} != {"refused"}:
            would = IF_CHECKS_HAD_PASSED if place else IF_CHECKS_HAD_PASSED.capitalize()
            text = f"{would}{text}"
        parts += [f"{place}{one}." if place else _sentence(one) for one in few]
        parts.append(f"{place}{text}.")
    said = " ".join(parts)
    return parts + [_sentence(text) for text in doubts if text[1:] not in said]


def _in_words(table: pd.DataFrame) -> pd.DataFrame:
    """Name arms as sentences do."""
    said = {
        # Objects, since text has NaN for the None of a segment in which nobody wins.
        name: pd.Series([one and arm_words(one) for one in table[name]], table.index, dtype=object)
        for name in ("arm", "control", "winner", "runner_up")
        if name in table
    }
    return table.assign(**said)


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _answer(
    rows: Mapping[str, Any], known: Mapping[str, str], ahead: list[str], what: str, *, trusted: bool
) -> str:
    """Say which arm wins, or that the control is to be kept, and what is known of the others.

    Where nothing is known of any of them, that alone is said. An arm that was not shown to be
    within its margins leads, and wins nothing yet: then those that could be taken in its place
    are named, unless nothing here may be acted on.
    """
    control = next(iter(rows.values())).control
    if {row.verdict for row in rows.values()} == {"refused"}:
        reason = next(iter(rows.values())).reason
        for flag in (CHECK_FAILED, NOT_AS_ASKED):
            reason = reason.removesuffix(f"; {flag}")
        return f"No answer on {what}: {reason}"
    if all(one in OPEN_ENDED for one in known.values()):
        return f"Cannot tell whether any arm beats {control} on {what}"
    instead = _next_best(known, ahead)
    others = [_now(NEXT_BEST, instead, trusted=trusted)] if instead else []
    others += [
        f"{listed(arms)} {_form(said, arms)}"
        for one, said in KNOWN.items()
        if (arms := [arm for arm in rows if known[arm] == one and arm not in (*ahead, *instead)])
    ]
    if not ahead:
        unsettled = (*OPEN_ENDED, *ON_FEW, "turned")
        for_now = " for now" if any(one in unsettled for one in known.values()) else ""
        return f"Keep {control}{for_now}: on {what}, {'; '.join(others)}"
    return "; ".join([_first(known, ahead, control, what, trusted=trusted), *others])


def _too_few(rows: Mapping[str, Any]) -> str:
    """Say that arms have hardly any contacts: with the answer, before any number of theirs."""
    compared = {arm: row for arm, row in rows.items() if not np.isnan(row.estimate)}
    sizes = {row.control: row.n_control for row in compared.values()}
    sizes |= {arm: row.n for arm, row in compared.items()}
    few = [f"{size:,} in {arm}" for arm, size in sizes.items() if size < FEWEST_TO_CHOOSE]
    return f"; there are hardly any contacts ({', '.join(few)})" if few else ""


def _first(
    known: Mapping[str, str], ahead: list[str], control: str, what: str, *, trusted: bool
) -> str:
    """Say of the arms ahead that they win, or that they lead and which may not be taken yet."""
    held = [arm for arm in ahead if known[arm] == "better, open"]
    names = listed(ahead)
    if not held:
        return f"{names} wins on {what}" if len(ahead) == 1 else f"{names} beat {control} on {what}"
    leads = f"{names} {_form(('leads', 'lead'), ahead)} on {what}"
    if len(held) == len(ahead):
        return f"{leads}, but {_form(('is', 'are'), ahead)} {NOT_YET}"
    free = [arm for arm in ahead if arm not in held]
    text = f"{leads}, but {held[0]} is {NOT_YET}"
    return f"{text}; {_now((WITHIN_MARGINS, ''), free, trusted=trusted)}"


def _now(said: tuple[str, str], arms: list[str], *, trusted: bool) -> str:
    """Say of arms that nothing is open of them, so that they could be taken at once."""
    text = f"{listed(arms)} {_form(said, arms)}"
    could = f": {_form(('it', 'they'), arms)} could be adopted now"
    return text + could if trusted else text


def _form(said: tuple[str, str], arms: Sequence[str]) -> str:
    """Choose the words for one arm or for several."""
    return said[0 if len(arms) == 1 else 1]


def _next_best(known: Mapping[str, str], ahead: list[str]) -> list[str]:
    """Return who could be taken where nobody ahead may be: better, and nothing open."""
    if not ahead or any(known[arm] == "better" for arm in ahead):
        return []
    return [arm for arm, one in known.items() if one == "better"]


def _known(row: Any, *, vetoed: bool, unshown: bool) -> str:
    """Return what is known of an arm, as `KNOWN` names it."""
    if vetoed:
        return f"{row.verdict}, vetoed" if row.verdict in ("better", "worse") else "vetoed"
    if turned(row):
        return "turned"
    if on_few(row):
        return f"{row.verdict}, few"
    if row.verdict != "better":
        return str(row.verdict)
    if too_small(row):
        return "too small"
    return "better, open" if unshown else "better"


def _differences(rows: list[Any], alpha: float) -> str:
    """Write each arm's difference from the control, with the interval that decides."""
    text = f"Against {rows[0].control}"
    known = sum(not np.isnan(row.ci_low) for row in rows)
    if known:
        text += f", with {(1 - alpha) * PERCENT:g} % interval{'' if known == 1 else 's'}"
    # A row that may carry no claim is not corrected. Of the others looks may have cost each
    # something else, and then each says its own.
    told = [row.corrected_for for row in rows if not np.isnan(row.ci_low_adjusted)]
    alike = len(set(told)) == 1
    if known and alike and told[0]:
        text += f" {interval_words(told[0], several=known > 1)}"
    return f"{text}: {'; '.join(_difference(row, alone=not alike) for row in rows)}"


def _difference(row: Any, *, alone: bool) -> str:
    low, high = deciding_interval(row)
    text = f"{row.arm} {amount(row.estimate, row.unit, high - low)}"
    if np.isnan(low):
        return text
    corrected = interval_words(row.corrected_for, several=False) if alone else ""
    return f"{text} ({span(low, high, row.unit)}{corrected and f', {corrected}'})"


def _against(arm: str, segment: str, table: pd.DataFrame, vetoes: pd.DataFrame) -> str:
    """Say what stands against acting on an arm that wins: open guardrails, and harm that is shown.

    Harm is shown where a comparison that is no guardrail's is worse after correction.
    """
    state = vetoes[(vetoes["segment"] == segment) & (vetoes["arm"] == arm)]
    unshown = state.loc[state["state"] == OPEN, "outcome"]
    text = ""
    if len(unshown):
        text += f". {not_shown_within([arm], unshown)}"
    here = (table["segment"] == segment) & (table["arm"] == arm) & (table["verdict"] == "worse")
    worse: Iterable[Any] = table[here].itertuples(index=False)
    harms = [
        f"{label(row.outcome)} {amount(row.estimate, row.unit, row.ci_high - row.ci_low)}"
        for row in worse
        if row.role in ("secondary", "exploratory") and tells_harm(row.outcome)
    ]
    return f"{text}. {arm} does harm: {', '.join(harms)}" if harms else text


def _harm(row: Any) -> str:
    """Name a guardrail that vetoes, and the look at which it stopped the arm, if one did."""
    when = f" (it stopped the arm at the look of {row.stopped_on})" if row.stopped_on else ""
    return f"{label(row.outcome)}{when}"


def _lead(winner: Any, unit: str, *, level: bool) -> str:
    width = winner.lead_high - winner.lead_low
    size = amount(winner.lead, unit, width)
    if not np.isnan(width):
        size += f", {span(winner.lead_low, winner.lead_high, unit)}"
        corrected = interval_words(winner.corrected_for, several=False)
        size += corrected and f", {corrected}"
    if level:
        return f"Between them it cannot be told ({winner.winner} {size})"
    return f"{winner.winner} is ahead of {winner.runner_up} ({size})"
