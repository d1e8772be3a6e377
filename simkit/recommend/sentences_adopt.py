"""The words of an adoption: the answer, and why."""

from __future__ import annotations

from simkit.recommend.agreement import AGREE, DISAGREE, SIGN_ALONE, Beside
from simkit.recommend.numbers import listed, money
from simkit.recommend.sentences import capital, corrected, in_brackets, label
from simkit.recommend.verdict import Alternative
from simkit.trial.rows import SHOWN_AT

NO_GUARDRAIL = "No guardrail was tested."


def adopt_headline(interval: str, current: str, beyond: str = "") -> str:
    """Say that a new policy is to be adopted, and which untried intervals may bring more."""
    more = f"; {beyond}, not tried yet, may bring more: test them next" if beyond else ""
    return f"Adopt: call {interval} instead of {current}{more}."


def adopt_reason(
    chosen: Alternative,
    near: Beside,
    *,
    current: str,
    field_days: float,
    year: float,
    corrected_for: str,
    kind: str,
) -> str:
    """Say why an arm is adopted."""
    assert chosen.field is not None
    parts = [
        f"Over {field_days:g} days of {kind} it brought {in_brackets(chosen.field)} per "
        f"contact more than {current} ({chosen.n:,} and {chosen.n_control:,} contacts; interval "
        f"{corrected(corrected_for, several=False)})."
    ]
    if chosen.reason.startswith(SHOWN_AT):
        parts.append(f"That it gains was {chosen.reason}.")
    if chosen.freed:
        parts.append(f"{capital(chosen.freed)}.")
    if chosen.guards:
        names = listed(label(guard.outcome) for guard in chosen.guards)
        parts.append(f"Guardrail shown to be within its margin: {names}.")
    else:
        parts.append(NO_GUARDRAIL)
    parts.append(_over_the_year(chosen, near, field_days, year))
    return " ".join(parts)


def _over_the_year(chosen: Alternative, near: Beside, field_days: float, year: float) -> str:
    seen = f"{in_brackets(chosen.simulated)} per contact over {year:g} days"
    if chosen.simulated.low <= 0:
        told = (
            "The simulation can neither confirm nor reverse it, for its interval holds 0: "
            f"{seen}. So the adoption rests on the trial's {field_days:g} days alone"
        )
    elif near.agree == AGREE:
        told = f"The simulation agrees: {seen}"
        if near.days != year:
            told += f", and {money(near.simulated.value)} at {near.days:g} days"
    else:
        told = f"The simulation points the same way: {seen}"
    return f"{told}{_apart(chosen, near)}."


def _apart(chosen: Alternative, near: Beside) -> str:
    """Say in what the simulation differs from the trial; empty where it is not known to."""
    assert chosen.field is not None
    against = f"({money(near.simulated.value)} against {money(chosen.field.value)})"
    if near.agree == SIGN_ALONE:
        return f"; but at {near.days:g} days its size differs from the trial's {against}"
    if near.agree == DISAGREE:
        return f"; but at {near.days:g} days it contradicts the trial {against}"
    return ""
