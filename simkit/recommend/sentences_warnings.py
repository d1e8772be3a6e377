"""The words of what a reader of a decision must be warned of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from simkit.recommend.agreement import SIGN_ALONE, Beside
from simkit.recommend.numbers import listed
from simkit.recommend.sentences import capital, in_brackets
from simkit.recommend.verdict import Estimate


def disagreement(
    segment: str, pairs: Sequence[tuple[str, Estimate, Beside]], *, field_days: float
) -> str:
    """Warn that field and simulation differ, each arm alike: an arm, field, simulation each."""
    shown = "; ".join(
        f"{name} {in_brackets(field)} in the trial, {in_brackets(near.simulated)} simulated"
        for name, field, near in pairs
    )
    (_, _, first) = pairs[0]
    how = "agree in sign, not in size" if first.agree == SIGN_ALONE else "disagree"
    return (
        f"{segment}: trial ({field_days:g} days) and simulation ({first.days:g} days) {how}: "
        f"{shown}, per contact (each interval alone, not corrected). Trust the trial for its "
        "horizon; calibrate the scenario before trusting the simulation beyond it."
    )


def reversal(segment: str, name: str, simulated: Estimate, year: float) -> str:
    """Warn that the simulation turns a field result over."""
    return (
        f"{segment}: over {year:g} days the simulation reverses the trial's result of {name}: "
        f"{in_brackets(simulated)} per contact."
    )


def short_trial(segment: str, field_days: float, settled_days: float) -> str:
    """Warn that the trial may have ended too soon to name the winner of the year."""
    return (
        f"{segment}: the trial read its outcomes at {field_days:g} days; in the simulation, a "
        f"trial of less than {settled_days:g} days may name a winner that the year rules out."
    )


def not_settled(segment: str, good: int, intervals: int, replications: int, year: float) -> str:
    """Warn that the simulation is too noisy to tell most intervals apart."""
    return (
        f"{segment}: with {replications} replications the simulation cannot tell {good} of "
        f"{intervals} intervals apart over {year:g} days, nor say how long a trial must run; more "
        "replications (--replications) would."
    )


def kept_against_simulation(segment: str, name: str, simulated: Estimate, year: float) -> str:
    """Warn that the simulation expects more of an arm than the trial could see."""
    return (
        f"{segment}: kept on the trial's evidence, but over {year:g} days the simulation expects "
        f"{name} to bring {in_brackets(simulated)} per contact: a longer trial may show it."
    )


def at_edge(segment: str, best: str) -> str:
    """Warn that the grid may be too narrow."""
    return (
        f"{segment}: {best} is the best of the simulated intervals and lies at the edge of the "
        "grid: a wider one may hold a better one."
    )


def no_guardrail(segment: str) -> str:
    """Warn that nothing guards against harm."""
    return f"{segment}: no guardrail was tested in the trial, so that none could veto."


def other_prices(segment: str, names: Sequence[str]) -> str:
    """Warn that field and simulation were priced differently."""
    return (
        f"{segment}: the simulation did not use the prices given ({listed(names)}), so that its "
        "amounts and the trial's are not comparable. Give the scenario these prices and sweep "
        "again."
    )


def not_identified(reason: str) -> str:
    """Say that a log without randomisation decides nothing."""
    return f"Success by attempt in the call log decides nothing: {reason}"


def of_the_trial(warnings: Iterable[str], kind: str) -> tuple[str, ...]:
    """Say of a trial's warnings that they are the trial's; each once."""
    return tuple(f"{capital(kind)}: {text}" for text in dict.fromkeys(warnings))
