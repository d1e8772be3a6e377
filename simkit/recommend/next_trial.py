"""The trial that would answer what is still open: which arms, how long, how many contacts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from simkit.recommend.simulated import NET_VALUE, OPT_OUT, SimulatedSegment
from simkit.recommend.verdict import Alternative, State
from simkit.recommend.worthwhile import Worthwhile
from simkit.trial.design.sizes import (
    POWER,
    contacts_per_arm,
    detectable_difference,
    variance_range,
)

INTERVALS_COVERED = 2
AFFORDABLE = 10_000
MANY_DF = 100.0
"""With so many degrees of freedom a variance is known to about a third either way."""
STILL_ASKED = frozenset({"open", "not shown safe", "reversed", "refused", "another outcome"})


@dataclass(frozen=True)
class NextTrial:
    """A trial to run.

    Parameters
    ----------
    arms
        Recall intervals to compare, the current one first where it is known.
    days
        How long each contact must be followed [days]: at least two of the longest interval, and
        until the winner in the simulation cannot be told from the winner of the year.
    contacts_per_arm
        Contacts in each arm: the larger of the two that follow; None where no number is enough,
        since the difference to be found is 0, or where the spread is not known.
    contacts_range
        Between which numbers ``contacts_per_arm`` truly lies, at 95 %, where the spread rests on
        few accounts or on few that differ; None where it rests on many, or there is no number.
    contacts_for_value
        So many find a difference of ``difference_eur`` with probability ``power``.
    contacts_for_safety
        So many show with probability ``power`` that opt-outs stay within their margin, if the arms
        do not differ; 0 where there is nothing to show.
    difference_eur
        Gain that is worth a change, over ``days`` [EUR per contact].
    affordable, affordable_eur
        A number of contacts an arm that many centres can spare, and the gain that so many find
        over ``days`` [EUR per contact].
    alpha
        Two-sided error rate of one comparison: the family's, divided by its comparisons.
    power
        Probability of finding the difference if it is true.
    two_intervals_days, settled_days
        The two lower bounds of ``days``; ``settled_days`` is None where the simulation does not
        settle it, and the trial runs for the year.
    basis
        Where the variance comes from.
    """

    arms: tuple[str, ...]
    days: int
    contacts_per_arm: int | None
    contacts_range: tuple[int, int] | None
    contacts_for_value: int | None
    contacts_for_safety: int | None
    difference_eur: float
    affordable: int
    affordable_eur: float
    alpha: float
    power: float
    two_intervals_days: float
    settled_days: float | None
    basis: str


@dataclass(frozen=True)
class Spread:
    """How much contacts differ, from which the size follows.

    Parameters
    ----------
    days
        Horizon at which it was seen [days].
    value
        Variance of a contact's net value, summed over two arms [EUR²].
    safety
        The same of opting out; 0 where nothing is to be shown.
    df
        Degrees of freedom of these variances, the fewer of the two.
    basis
        Where it comes from.
    """

    days: float
    value: float
    safety: float
    df: float
    basis: str


def arms_to_test(simulated: SimulatedSegment, current: str | None) -> tuple[str, ...]:
    """Choose intervals to compare where nothing was tried: current, best, and an end of the range.

    The end is the longest interval that cannot be told from the best, for it disturbs people
    least; where that is an arm already, the shortest; where that is one too, the next best.

    Parameters
    ----------
    simulated
        The segment in the simulation.
    current
        The interval in use; None if it is not known: then both ends are tested.
    """
    best, good = simulated.best(simulated.year), simulated.as_good
    arms = [best] if current is None else list(dict.fromkeys([current, best]))
    ends = [name for name in dict.fromkeys((good[-1], good[0])) if name not in arms]
    arms += ends if current is None else ends[:1]
    if len(arms) == 1:
        others = [name for name in simulated.intervals if name not in arms]
        arms += sorted(
            others,
            key=lambda name: simulated.estimate(NET_VALUE, name, simulated.year).value,
            reverse=True,
        )[:1]
    lengths = {name: place for place, name in enumerate(simulated.intervals)}
    return tuple(sorted(arms, key=lambda name: (name != current, lengths[name])))


def arms_still_open(
    alternatives: Sequence[Alternative],
    states: dict[str, State],
    intervals: dict[str, str],
) -> tuple[str, ...]:
    """Return the intervals that a longer test must still ask about.

    Parameters
    ----------
    alternatives, states
        The trial's arms, and what became of each.
    intervals
        Arm → its interval.
    """
    return tuple(intervals[one.arm] for one in _asked(alternatives, states))


def simulated_spread(simulated: SimulatedSegment, days: float, intervals: Sequence[str]) -> Spread:
    """Take the spread from the contacts inside a sweep's runs.

    Parameters
    ----------
    simulated
        The segment.
    days
        How long the trial is to run; the nearest horizon of the sweep is used.
    intervals
        The arms, whose contacts are meant.
    """
    at = simulated.nearest(days)
    (value, value_df), (safety, safety_df) = (
        simulated.variance(measure, at, intervals) for measure in (NET_VALUE, OPT_OUT)
    )
    # A variance of 0 sizes nothing, and has no degrees of freedom.
    df = min(safety_df if safety else math.inf, value_df if value else math.inf)
    return Spread(at, 2 * value, 2 * safety, df, "the simulated contacts")


def field_spread(
    alternatives: Sequence[Alternative],
    states: dict[str, State],
    days: float,
) -> Spread | None:
    """Take the spread from a trial's standard errors, the largest among the arms still open.

    Parameters
    ----------
    alternatives, states
        The trial's arms, and what became of each.
    days
        The trial's horizon.

    Returns
    -------
    Spread or None
        None where no error is known.
    """
    asked = _asked(alternatives, states)
    value = [(one.variance, one.df) for one in asked if math.isfinite(one.variance)]
    safety = [
        (guard.variance, guard.difference.df)
        for one in asked
        for guard in one.guards
        if guard.outcome == OPT_OUT and not guard.safe and math.isfinite(guard.variance)
    ]
    if not value:
        return None
    value_most, safety_most = max(value), max(safety, default=(0.0, math.inf))
    df = min(value_most[1], safety_most[1])
    return Spread(days, value_most[0], safety_most[0], df, "the trial's standard errors")


def found_by(alternatives: Sequence[Alternative], alpha: float, comparisons: int) -> float | None:
    """Return the gain that a trial of its own size was likely to find, in its worst arm.

    Parameters
    ----------
    alternatives
        Its arms.
    alpha, comparisons
        Error rate of the family, and how many comparisons it has.

    Returns
    -------
    float or None
        In EUR per contact at its horizon; None where no error is known.
    """
    found = [
        detectable_difference(
            2 / (1 / one.n + 1 / one.n_control), one.variance, alpha=alpha / comparisons
        )
        for one in alternatives
        if math.isfinite(one.variance)
    ]
    return max(found, default=None)


def plan_days(simulated: SimulatedSegment, arms: Sequence[str], at_least: float = 0.0) -> int:
    """Return how long a trial of some intervals must run [days]."""
    settled = simulated.settled_days()
    shortest = simulated.year if settled is None else settled
    return math.ceil(max(_two_intervals(simulated, arms), shortest, at_least))


def plan_trial(
    simulated: SimulatedSegment,
    arms: Sequence[str],
    spread: Spread,
    *,
    worthwhile: Worthwhile,
    optout_margin_prob: float,
    comparisons: int,
    days: int,
    alpha: float = 0.05,
    power: float = POWER,
) -> NextTrial:
    """Size a trial.

    The variance of what a contact brings is taken to grow in proportion to the time it is
    followed, as it does for sales that come at independent moments.

    Parameters
    ----------
    simulated
        The segment.
    arms
        Intervals to compare, the current one first.
    spread
        How much contacts differ.
    worthwhile
        Gain that is worth a change.
    optout_margin_prob
        Tolerated extra opt-outs per contact at the horizon.
    comparisons
        Comparisons in the family: arms × segments without the controls.
    days
        How long it runs, from `plan_days`.
    alpha
        Error rate of the family, and of the guardrail's one-sided bound.
    power
        Probability of finding the difference.
    """
    longer = days / spread.days
    difference = worthwhile.over(days)
    value = math.nan
    if spread.value:
        value = contacts_per_arm(
            difference, spread.value * longer, alpha=alpha / comparisons, power=power
        )
    safety = 0.0
    if spread.safety:
        safety = contacts_per_arm(
            optout_margin_prob, spread.safety * longer, alpha=alpha, power=power, sides=1
        )
    return NextTrial(
        arms=tuple(arms),
        days=days,
        contacts_per_arm=_whole(max(value, safety)),
        contacts_range=_range(max(value, safety), spread.df),
        contacts_for_value=_whole(value),
        contacts_for_safety=_whole(safety),
        difference_eur=difference,
        affordable=AFFORDABLE,
        affordable_eur=detectable_difference(
            AFFORDABLE, spread.value * longer, alpha=alpha / comparisons, power=power
        ),
        alpha=alpha / comparisons,
        power=power,
        two_intervals_days=_two_intervals(simulated, arms),
        settled_days=simulated.settled_days(),
        basis=spread.basis,
    )


def _asked(alternatives: Sequence[Alternative], states: dict[str, State]) -> list[Alternative]:
    return [one for one in alternatives if states[one.arm] in STILL_ASKED]


def _two_intervals(simulated: SimulatedSegment, arms: Sequence[str]) -> float:
    return INTERVALS_COVERED * max(simulated.delivered_days(arm) for arm in arms)


def _range(contacts: float, df: float) -> tuple[int, int] | None:
    if not (math.isfinite(contacts) and 0 < df < MANY_DF):
        return None
    fewer, more = variance_range(df)
    return math.floor(contacts * fewer), math.ceil(contacts * more)


def _whole(contacts: float) -> int | None:
    return math.ceil(contacts) if math.isfinite(contacts) else None
