"""What a sweep says in the end: the best interval, what was selected, what coincides."""

from __future__ import annotations

from dataclasses import dataclass

from simkit.policy import RecallPolicy
from simkit.result import Result
from simkit.sweep.words import listed


@dataclass(frozen=True, repr=False)
class Coincidence(Result):
    """Policies of a segment that the calendar makes one: they deliver the same gaps.

    Parameters
    ----------
    segment
        The segment.
    intervals
        Labels of the policies.
    pattern
        The gaps in whole days that recur in ordinary weeks.
    """

    segment: str
    intervals: tuple[str, ...]
    pattern: str

    def sentence(self) -> str:
        """Say that they coincide."""
        names = ", ".join(self.intervals)
        return f"{self.segment}: {names} deliver the same gaps between calls ({self.pattern} days)."


@dataclass(frozen=True, repr=False)
class Selected(Result):
    """What replications that were added until the best interval was known have shown.

    Parameters
    ----------
    segment, agents
        Of which group of runs.
    interval, as_good
        Label of the interval selected, and of all that cannot be ruled out as the best, this one
        among them.
    settled
        Whether the guarantee holds; False where the replications allowed did not suffice.
    replications
        How many the interval selected has.
    indifference_eur
        A difference in net value per contact that does not matter.
    guaranteed_prob
        With at least this probability the interval selected is worse than the best one by no more
        than that, and the best one is among ``as_good``.
    estimated_prob
        The same probability of the selection, as the differences found suggest it.
    """

    segment: str
    agents: int | None
    interval: str
    as_good: tuple[str, ...]
    settled: bool
    replications: int
    indifference_eur: float
    guaranteed_prob: float
    estimated_prob: float

    def sentence(self) -> str:
        """Say how surely the interval was selected."""
        if not self.settled:
            return (
                f"{self.segment}: cannot tell yet which interval is within "
                f"{self.indifference_eur:,.2f} EUR of the best: {self.replications} replications "
                f"leave {listed(list(self.as_good))}."
            )
        return (
            f"{self.segment}: {self.interval} loses at most {self.indifference_eur:,.2f} EUR a "
            f"contact against the best interval of the grid, with a probability of at least "
            f"{self.guaranteed_prob:.0%} (estimated: {self.estimated_prob:.1%}); "
            f"it took {self.replications} replications."
        )


@dataclass(frozen=True, repr=False)
class Precise(Result):
    """How surely net values are known, where replications were added until they should be.

    Parameters
    ----------
    segment, agents
        Of which group of runs.
    reached
        Whether every interval's mean is within `half_width_eur` of its true value, each with the
        confidence; False where the replications allowed did not suffice.
    half_width_eur
        What was asked for.
    widest_eur
        Half the length of the longest t interval.
    replications
        How many there are.
    confidence
        Of the intervals.
    """

    segment: str
    agents: int | None
    reached: bool
    half_width_eur: float
    widest_eur: float
    replications: int
    confidence: float

    def sentence(self) -> str:
        """Say whether what was asked for is reached."""
        after = f"after {self.replications} replications"
        if self.reached:
            return (
                f"{self.segment}: the net value of every interval is known to within "
                f"{self.half_width_eur:,.2f} EUR a contact ({self.confidence:.0%}) {after}."
            )
        return (
            f"{self.segment}: net values are not known to within {self.half_width_eur:,.2f} EUR a "
            f"contact yet: {after} the least certain is known to within {self.widest_eur:,.2f} EUR."
        )


@dataclass(frozen=True)
class BestInterval:
    """The best interval of a segment by one measure at one horizon.

    Parameters
    ----------
    segment, horizon_days, measure
        What it is the best of.
    interval, policy
        Its label and the policy.
    interval_days, delivered_days
        Nominal length in calendar days, and mean time between two dials of a contact.
    mean, ci_low, ci_high, unit
        The measure's mean over replications with its interval.
    as_good
        Labels of the intervals that cannot be ruled out as the best, this one among them, in the
        grid's order.
    within_worthwhile
        Labels of those that certainly lose less against the best than is worth a change; None
        where the measure is not net value.
    at_edge
        Whether it is the shortest or longest of the grid, so that a wider grid may hold a better
        one.
    """

    segment: str
    horizon_days: float
    measure: str
    interval: str
    policy: RecallPolicy
    interval_days: float
    delivered_days: float
    mean: float
    ci_low: float
    ci_high: float
    unit: str
    as_good: tuple[str, ...]
    within_worthwhile: tuple[str, ...] | None
    at_edge: bool
