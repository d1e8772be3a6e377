"""What each look allows to claim, comparison by comparison.

**Error rates.** The family is arms × segments on the primary outcome. At each look every comparison
has a *sequential p-value*: the smallest error rate at which it would have been claimed at this look
or an earlier one (Liu and Anderson 2008). It is a valid p-value whenever the trial stops, so Holm's
method over the family keeps the family's error rate over all looks and comparisons together
(Maurer and Bretz 2013 for spending functions). The bound, the repeated interval and the error spent
are shown at the level that Holm gives the comparison; the first one claimed has α/m.

**The end of a comparison** comes when the planned contacts of its segment, or its planned
information, are in: then all of its error is spent, whatever other segments still wait for.

**Futility** bounds spend the probability of missing the effect that the trial was sized for, at
level α/m, on the side of *better* only. They bind nobody.

References: Q. Liu and K. M. Anderson, Statistics in Medicine 27 (2008) 5796-5814; W. Maurer and
F. Bretz, Statistics in Biopharmaceutical Research 5 (2013) 311-320.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from simkit.trial.effects.multiplicity import holm
from simkit.trial.looks.history import end_among, freed, history, sequential_p_value
from simkit.trial.looks.kinds import UNCOUNTED, UNREGISTERED, kinds
from simkit.trial.looks.ledger import Key, Look, Seen, spends_all
from simkit.trial.rows import lies_within
from simkit.trial.sequential.anytime import multiplier
from simkit.trial.sequential.boundaries import bounds, conditional_power, drift_of, futility_bounds
from simkit.trial.sequential.spending import SPENDING, spent_by
from simkit.trial.sequential.stagewise import stagewise

if TYPE_CHECKING:
    from simkit.trial.design import TrialDesign

NOT_KNOWN = float("nan")
BETTER, WORSE, FUTILE = "stop: better", "stop: worse", "stop: futile"
GO_ON, ENDED, NO_CLAIM, NOTHING = "go on", "end: not shown", "no claim left", "nothing to tell yet"
BY_SPENDING, BY_SEQUENCE = "error spending", "confidence sequence"


@dataclass
class Interim:
    """One comparison at one look, in the order of the table's columns."""

    look: int
    as_of: str
    kind: str
    segment: str
    arm: str
    control: str
    outcome: str
    fraction: float
    information: float = NOT_KNOWN
    n: int = 0
    n_control: int = 0
    estimate: float = NOT_KNOWN
    se: float = NOT_KNOWN
    ci_low: float = NOT_KNOWN
    ci_high: float = NOT_KNOWN
    z: float = NOT_KNOWN
    bound: float = NOT_KNOWN
    futility_bound: float = NOT_KNOWN
    p_value: float = NOT_KNOWN
    p_sequential: float = 1.0
    p_adjusted: float = 1.0
    spent: float = NOT_KNOWN
    planned_effect: float = NOT_KNOWN
    conditional_power: float = NOT_KNOWN
    conditional_power_as_seen: float = NOT_KNOWN
    decision: str = NOTHING
    guardrail: str = ""
    claimed_at: int = 0
    ended_at: int = 0
    p_stagewise: float = NOT_KNOWN
    median_unbiased: float = NOT_KNOWN
    final_low: float = NOT_KNOWN
    final_high: float = NOT_KNOWN
    level: float = NOT_KNOWN
    margin: float = NOT_KNOWN
    too_small: bool = False
    turned: bool = False
    unit: str = ""
    method: str = ""
    reason: str = ""


@dataclass(frozen=True, eq=False)
class Course:
    """The looks that were made at a trial, and what was registered about them.

    Parameters
    ----------
    design
        The design.
    looks
        All looks made, in order.
    by_spending
        Whether errors are spent by information; else a confidence sequence is used, because not
        all looks that were made are known, or none were registered.
    """

    design: TrialDesign
    looks: Sequence[Look]
    by_spending: bool

    @cached_property
    def keys(self) -> list[Key]:
        """The comparisons of the family, in order."""
        return [row.key for row in self.looks[-1].seen if row.role == "primary"]

    @cached_property
    def names(self) -> list[str]:
        """Of what kind each look was."""
        if not self.by_spending:
            return [UNCOUNTED if self.planned else UNREGISTERED] * len(self.looks)
        return kinds(self.looks, self.planned)[0]

    @cached_property
    def spends_all(self) -> list[bool]:
        """Whether each look spends all the error that is left."""
        return spends_all(self.looks)

    @cached_property
    def level(self) -> float:
        """Error rate of one comparison by Bonferroni."""
        return self.design.alpha / len(self.keys)

    @cached_property
    def spending(self) -> str:
        """Name of the spending function."""
        return self.design.looks.spending if self.design.looks else "obrien_fleming"

    @cached_property
    def planned(self) -> tuple[float, ...]:
        """Registered parts of the information; empty if no looks were registered."""
        return self.design.looks.fractions if self.design.looks else ()

    @cached_property
    def futility(self) -> bool:
        """Whether futility bounds were registered and there is a rule that they belong to."""
        return self.by_spending and bool(self.design.looks and self.design.looks.futility)

    @cached_property
    def drift(self) -> float:
        """Mean of Z at the planned end under the effect that the registered looks would find."""
        times = list(self.planned or (1.0,))
        spend = SPENDING[self.spending]
        upper = bounds(times, self.level, spend)
        return drift_of(times, upper, self.design.power, spend if self.futility else None)

    def to_come(self, look: int, key: Key) -> list[float]:
        """Give the registered parts of its information that a look left a comparison to come."""
        made = self.looks[: look + 1]
        if self.ended_at(look, key):
            return []
        left = kinds(made, self.planned)[1] if self.planned else [1.0]
        times, _ = self.history(look, key)
        return [part for part in left if part > max([0.0, *times])]

    def history(self, look: int, key: Key) -> tuple[list[float], list[bool]]:
        """Give a comparison's information times up to a look, and whether each spent all."""
        return history(self.looks[: look + 1], key, self._contacts(key))

    def ended_at(self, look: int, key: Key) -> int:
        """Give the number of the look, up to this one, that was a comparison's end; 0: none was."""
        return end_among(self.looks[: look + 1], key, self._contacts(key))

    def p_value(self, look: int, key: Key) -> float:
        """Give the smallest error rate at which a look would claim a comparison."""
        spending = self.spending if self.by_spending else None
        return sequential_p_value(self.looks[: look + 1], key, self._contacts(key), spending)

    def _contacts(self, key: Key) -> float:
        return self.design.contacts.get(key[1], np.inf)


def decide(course: Course) -> list[Interim]:
    """Judge every comparison at every look.

    Parameters
    ----------
    course
        The looks, and what was registered about them.
    """
    sequential = dict.fromkeys(course.keys, 1.0)
    claimed: dict[Key, tuple[int, str]] = {}
    small: dict[Key, bool] = {}
    rows = []
    for number, look in enumerate(course.looks):
        for key in course.keys:
            sequential[key] = min(sequential[key], course.p_value(number, key))
        adjusted, levels = holm([sequential[key] for key in course.keys], course.design.alpha)
        for key, p_adjusted, level in zip(course.keys, adjusted, levels, strict=True):
            seen = look.find(key)
            if seen is None:
                continue
            row = _start(seen, number, look, course.names[number])
            row.p_sequential, row.p_adjusted = sequential[key], float(p_adjusted)
            row.level = float(level)
            row.ended_at = course.ended_at(number, key)
            row.method = BY_SPENDING if course.by_spending else BY_SEQUENCE
            if seen.told:
                _judge(row, course, seen, number, claimed)
                if np.isfinite(row.bound):  # else this look tells nothing new of its size
                    small[key] = lies_within(row.ci_low, row.ci_high, row.margin)
                row.too_small = small.get(key, False)
            rows.append(row)
    return rows


def _start(seen: Seen, number: int, look: Look, kind: str) -> Interim:
    row = Interim(
        look=number + 1,
        as_of=look.as_of,
        kind=kind,
        segment=seen.segment,
        arm=seen.arm,
        control=seen.control,
        outcome=seen.outcome,
        fraction=seen.fraction,
        n=seen.n,
        n_control=seen.n_control,
        margin=seen.margin,
        unit=seen.unit,
        reason=seen.reason,
    )
    if seen.told:
        row.estimate, row.se, row.z = seen.estimate, seen.se, seen.z
        row.information, row.p_value = 1.0 / seen.se**2, seen.p_value
    return row


def _judge(
    row: Interim, course: Course, seen: Seen, number: int, claimed: dict[Key, tuple[int, str]]
) -> None:
    times, final = course.history(number, seen.key)
    spend = SPENDING[course.spending]
    if course.by_spending:
        row.bound = float(bounds(times, row.level, spend, final=final)[-1])
        row.spent = 2 * float(spent_by(spend, row.level / 2, times, final=final)[-1])
        _look_ahead(row, course, seen, number)
    else:
        row.bound = multiplier(seen.fraction, row.level)
    row.ci_low, row.ci_high = seen.shifted(row.bound), seen.shifted(-row.bound)
    good = -seen.z if seen.lower_is_better else seen.z
    if seen.key not in claimed and row.p_adjusted <= course.design.alpha:
        claimed[seen.key] = (number + 1, BETTER if good > 0 else WORSE)
    if seen.key in claimed:
        row.claimed_at, row.decision = claimed[seen.key]
        row.turned = row.decision == BETTER and good <= 0
        if row.claimed_at < row.look:
            row.reason = f"claimed at look {row.claimed_at}"
    elif course.by_spending and 0 < row.ended_at < row.look and np.isinf(row.bound):
        row.decision = NO_CLAIM
        row.reason = f"its whole error rate was spent at look {row.ended_at}, its end"
    elif row.ended_at:
        row.decision = ENDED
    elif course.futility and good <= _unsigned(row.futility_bound, seen):
        row.decision = FUTILE
    else:
        row.decision = GO_ON
    ends = row.claimed_at == row.look or (row.decision == ENDED)
    if course.by_spending and ends:
        _end(row, course, seen, number)


def _unsigned(bound: float, seen: Seen) -> float:
    return -bound if seen.lower_is_better else bound


def _look_ahead(row: Interim, course: Course, seen: Seen, number: int) -> None:
    """Fill in what the looks that are still to come may show."""
    times, _ = course.history(number, seen.key)
    ahead = course.to_come(number, seen.key)
    if not ahead:
        return
    spend = SPENDING[course.spending]
    # Nothing is to come after an end, so that none of these looks is one before its time.
    whole = [*times, *ahead]
    upper = bounds(whole, row.level, spend)
    good = -seen.z if seen.lower_is_better else seen.z
    left, high = whole[len(times) :], upper[len(times) :]
    at_end = seen.se * float(np.sqrt(times[-1]))  # the error when all that was planned is in
    row.planned_effect = course.drift * at_end * (-1 if seen.lower_is_better else 1)
    row.conditional_power = conditional_power(times[-1], good, left, high, course.drift)
    seen_drift = good / np.sqrt(times[-1])
    row.conditional_power_as_seen = conditional_power(times[-1], good, left, high, seen_drift)
    if course.futility:
        beta = spent_by(spend, 1 - course.design.power, whole)
        firm = bounds(whole, course.level, spend)
        lower = futility_bounds(whole, firm, beta, course.drift)
        row.futility_bound = _unsigned(float(lower[len(times) - 1]), seen)


def _end(row: Interim, course: Course, seen: Seen, number: int) -> None:
    """Read a comparison that ended in the stagewise order."""
    times, final = course.history(number, seen.key)
    upper = bounds(times, row.level, SPENDING[course.spending], final=final)
    row.p_stagewise = stagewise(times, -upper, upper, seen.z, row.level).p_value
    if all(course.p_value(look, seen.key) > row.level for look in range(number)):
        # Where a look before had claimed it, the trial did not end where the difference stood out.
        row.median_unbiased, row.final_low, row.final_high = freed(seen, times, upper, row.level)
