"""The rule of decision: what evidence leads to which verdict."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

Verdict = Literal[
    "adopt",
    "keep",
    "cannot tell: test longer",
    "cannot tell: a check failed",
    "cannot tell: another outcome decides",
    "test this interval",
]
ADOPT: Final = "adopt"
KEEP: Final = "keep"
CANNOT_TELL: Final = "cannot tell: test longer"
FAILED: Final = "cannot tell: a check failed"
OTHER: Final = "cannot tell: another outcome decides"
TEST: Final = "test this interval"

State = Literal[
    "passes",
    "too small",
    "vetoed",
    "not shown safe",
    "reversed",
    "open",
    "refused",
    "not judged",
    "another outcome",
]
STOPPED: Final[tuple[State, ...]] = ("vetoed", "not shown safe", "reversed")
"""What becomes of an arm that gains for sure and is not adopted."""
SETTLED: Final[tuple[State, ...]] = ("too small", "vetoed")
"""What nothing more need be asked about: the headline of the evaluation keeps the control too."""
NOT_JUDGED: Final = "not judged"
"""What becomes of an arm whose trial failed a check."""
ANOTHER: Final = "another outcome"
"""What becomes of an arm whose trial was registered to decide by another outcome."""
DATA: Final = "data"
"""What failed where the trial's data hold no effect, whatever its checks say."""


@dataclass(frozen=True)
class Estimate:
    """A number with its uncertainty.

    Parameters
    ----------
    value, se
        The number and its standard error.
    low, high
        Its interval.
    df
        Degrees of freedom of ``se``; inf where it is as good as known.
    """

    value: float
    se: float
    low: float
    high: float
    df: float = math.inf


@dataclass(frozen=True)
class Guard:
    """What a trial says of one guardrail of one arm.

    Parameters
    ----------
    outcome, unit
        What is guarded.
    state
        ``"within margin"``, ``"veto"``, or that the trial cannot tell.
    difference
        Arm less control; its ``low`` and ``high`` are the one-sided bounds.
    margin
        Harm that is tolerated.
    variance
        Variance of a contact's outcome, summed over the two arms; NaN where not known, as of a harm
        that is recorded of nobody.
    stopped_on
        Day of the look at which it stopped the arm; empty for none.
    unseen
        Why the harm may not have been recorded at all, in words; else empty.
    """

    outcome: str
    unit: str
    state: str
    difference: Estimate
    margin: float
    variance: float
    stopped_on: str = ""
    unseen: str = ""

    @property
    def safe(self) -> bool:
        """Whether the harm is shown to be below the margin."""
        return self.state == "within margin"

    @property
    def veto(self) -> bool:
        """Whether harm is shown, and not shown to be below the margin."""
        return self.state == "veto"


@dataclass(frozen=True)
class Alternative:
    """What is known of one arm against the current policy, in the field and in the simulation.

    Parameters
    ----------
    arm
        Name of the arm.
    field
        Arm less control, net value per contact at the trial's horizon [EUR], with the interval
        adjusted for the number of comparisons; None if the trial refused to say.
    alone
        The same with the interval of this comparison alone.
    variance
        Variance of a contact's net value, summed over the two arms [EUR²].
    df
        Degrees of freedom of ``variance``.
    n, n_control
        Contacts compared.
    guards
        The guardrails.
    simulated
        The same difference over the year in the simulation [EUR per contact].
    better
        Whether the trial claims that the arm is better. Its adjusted interval then lies above 0,
        but where an earlier look showed it; and it may lie there without a claim, where the trial
        had ended before these contacts came.
    reason
        What the trial says beside: why it refused, or at which look it was shown.
    freed
        The figure to report where looks ended the comparison, and why it is another than ``field``,
        in words; empty where looks cost nothing.
    few
        That the arm or its control has far too few contacts or accounts for any decision, in words;
        empty where they are enough.
    """

    arm: str
    field: Estimate | None
    alone: Estimate | None
    variance: float
    df: float
    n: int
    n_control: int
    guards: tuple[Guard, ...]
    simulated: Estimate
    better: bool = False
    reason: str = ""
    freed: str = ""
    few: str = ""

    @property
    def gains(self) -> bool:
        """Whether the trial shows a gain, by now or at an earlier look, and nothing turned it.

        What a handful of contacts or accounts shows holds for themselves only.
        """
        return self.better and not self.few and self.field is not None and self.field.value > 0

    @property
    def reversed(self) -> bool:
        """Whether the simulation's interval over the year has the other sign than the trial's."""
        return (
            self.field is not None
            and (self.gains or self.field.low * self.field.high > 0)
            and self.simulated.low * self.simulated.high > 0
            and self.field.value * self.simulated.value < 0
        )


@dataclass(frozen=True)
class Failure:
    """A check of the trial that failed, so that nothing it says may be acted on.

    Parameters
    ----------
    check, found, meaning, advice
        What was looked at (a check, or `DATA`), what was seen, what follows from it, and what to
        do.
    """

    check: str
    found: str
    meaning: str
    advice: str


@dataclass(frozen=True)
class Ruling:
    """What follows from a trial in one segment.

    Parameters
    ----------
    verdict
        adopt, keep, or one of the three that cannot tell.
    arm
        The arm to adopt, or None.
    states
        What became of each arm.
    failures
        The checks that failed; none where the trial's comparison can be trusted.
    """

    verdict: Verdict
    arm: str | None
    states: dict[str, State]
    failures: tuple[Failure, ...] = ()


def state_of(alternative: Alternative, worthwhile_eur: float) -> State:
    """Say what the evidence makes of one arm.

    In this order: *vetoed*, a guardrail shows harm, whatever the arm gains; *refused*, the trial
    gives no estimate; *too small*, the adjusted upper bound of its gain is below what is worth a
    change (an arm that is worse is too small as well); *open*, the trial does not claim a gain;
    *not shown safe*, a guardrail's harm is not shown to be below its margin; *reversed*, over the
    year the simulation has the other sign; *passes*.

    Parameters
    ----------
    alternative
        The evidence.
    worthwhile_eur
        Gain below which nobody would change the policy, at the trial's horizon [EUR per contact].
    """
    if any(guard.veto for guard in alternative.guards):
        return "vetoed"
    if alternative.field is None:
        return "refused"
    if alternative.field.high < worthwhile_eur:
        return "too small"
    if not alternative.gains:
        return "open"
    if not all(guard.safe for guard in alternative.guards):
        return "not shown safe"
    return "reversed" if alternative.reversed else "passes"


def rule(
    alternatives: Sequence[Alternative],
    worthwhile_eur: float,
    failures: Sequence[Failure] = (),
    *,
    by_net_value: bool = True,
) -> Ruling:
    """Decide on one segment of a field trial.

    *adopt*: an arm passes (see `state_of`); among several, the one with the highest net value in
    the field. A guardrail is a test of non-inferiority: an arm must show that its harm is below
    the margin, and one that cannot show it is not adopted. *keep*: every arm is too small or
    vetoed, so that there is none to be tested longer. *cannot tell: a check failed*: whenever one
    did, and then no arm is judged. *cannot tell: another outcome decides*: the trial was registered
    to decide by something else than net value, and a guardrail does not veto every arm. *cannot
    tell: test longer*: all else.

    Parameters
    ----------
    alternatives
        Every arm but the control.
    worthwhile_eur
        As in `state_of`.
    failures
        The checks that failed; empty if the comparison can be trusted.
    by_net_value
        Whether the trial was registered to decide by net value, by which arms are adopted.

    Returns
    -------
    Ruling
        Verdict, arm and what became of each arm.
    """
    if failures:
        unjudged: dict[str, State] = {one.arm: NOT_JUDGED for one in alternatives}
        return Ruling(FAILED, None, unjudged, tuple(failures))
    states = {one.arm: state_of(one, worthwhile_eur) for one in alternatives}
    if not by_net_value:
        states = {arm: "vetoed" if now == "vetoed" else ANOTHER for arm, now in states.items()}
        vetoed = bool(states) and ANOTHER not in states.values()
        return Ruling(KEEP if vetoed else OTHER, None, states)
    if not alternatives:
        return Ruling(CANNOT_TELL, None, states)
    passing = [
        (one.field.value, one.arm)
        for one in alternatives
        if one.field is not None and states[one.arm] == "passes"
    ]
    if passing:
        return Ruling(ADOPT, max(passing, key=lambda pair: pair[0])[1], states)
    if all(state in SETTLED for state in states.values()):
        return Ruling(KEEP, None, states)
    return Ruling(CANNOT_TELL, None, states)


def stopped_ahead(
    chosen: Alternative, alternatives: Sequence[Alternative], ruling: Ruling
) -> list[Alternative]:
    """Return who brought more than the adopted arm, surely more than the control, and is stopped.

    Parameters
    ----------
    chosen
        The adopted arm.
    alternatives, ruling
        Every arm but the control, and what became of them.
    """
    assert chosen.field is not None
    return [
        one
        for one in alternatives
        if one.field is not None
        and one.gains
        and one.field.value > chosen.field.value
        and ruling.states[one.arm] in STOPPED
    ]
