"""The words of a decision whose trial was registered to decide by another outcome."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from simkit.recommend.next_trial import NextTrial
from simkit.recommend.numbers import amount, listed, span
from simkit.recommend.sentences import corrected, guard_words, label, size
from simkit.recommend.verdict import Alternative

DECIDES = "A policy is recommended by net value, for which the trial was neither sized nor meant"
NOT_A_CHANGE = (
    "The report shows that answer, with its checks and warnings, as it was registered; by itself "
    "it changes no policy"
)
NEXT = (
    "To have net value decide, register it as the primary outcome of the next trial (simkit design "
    "without --primary)"
)


def headline(current: str, outcome: str, trial: NextTrial) -> str:
    """Say that the trial answers another question, and what would answer this one."""
    return (
        f"Cannot tell by net value: the trial was registered to decide by {label(outcome)}. Go on "
        f"calling {current} until a trial decides by net value ({size(trial)})."
    )


def found(row: Any) -> str:
    """Say what a trial found of an arm on the outcome that it was registered for.

    Parameters
    ----------
    row
        Of the evaluation's table.
    """
    if row.verdict == "refused":
        return f"no answer ({row.reason})"
    low, high = row.ci_low_adjusted, row.ci_high_adjusted
    seen = f"{amount(row.estimate, row.unit)} ({span(low, high, row.unit)})"
    return f"{seen}: {row.verdict}" + (f", {row.reason}" if row.reason else "")


def reason(
    alternatives: Sequence[Alternative],
    names: dict[str, str],
    *,
    outcome: str,
    field_days: float,
    corrected_for: str,
) -> str:
    """Say what the trial found, and why that does not decide.

    Parameters
    ----------
    alternatives, names
        The arms, and how sentences call them.
    outcome
        The outcome that was registered to decide.
    field_days
        The trial's horizon [days].
    corrected_for
        What the verdicts, with which its intervals agree, are corrected for, in words.
    """
    told = "; ".join(f"{names[one.arm]} {one.reason}" for one in alternatives)
    parts = [
        f"{DECIDES}: {label(outcome)} at {field_days:g} days decided it, as registered.",
        f"It found, each arm less the control's: {told} (intervals {corrected(corrected_for)}).",
        f"{NOT_A_CHANGE}.",
    ]
    vetoed = [
        f"{names[one.arm]}: {listed(guard_words(guard) for guard in one.guards if guard.veto)}"
        for one in alternatives
        if any(guard.veto for guard in one.guards)
    ]
    if vetoed:
        parts.append(f"A guardrail vetoes {'; '.join(vetoed)}.")
    return " ".join(parts)
