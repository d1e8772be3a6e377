"""Words on the arms beside the adopted one: those that pass too, and those that brought more."""

from __future__ import annotations

import math
from collections.abc import Sequence

from simkit.measures.registry import SHARE
from simkit.recommend.numbers import amount, listed_intervals, money, span
from simkit.recommend.sentences import arm_words, capital, in_brackets, percent
from simkit.recommend.simulated import OPT_OUT
from simkit.recommend.verdict import Alternative, Estimate, Ruling
from simkit.recommend.worthwhile import Worthwhile
from simkit.trial.corrected import interval_words


def brought_more(
    name: str,
    other: Alternative,
    ruling: Ruling,
    *,
    worthwhile: Worthwhile,
    field_days: float,
    year: float,
) -> str:
    """Say of an arm that brought more than the adopted one why it is not adopted itself."""
    why = arm_words(other, ruling, worthwhile, field_days, year)
    return f"{capital(name)} brought more, and is not to be adopted yet: {why}."


def also_passes(
    chosen: tuple[str, Alternative],
    other: tuple[str, Alternative],
    lead: tuple[Estimate, str] | None,
    *,
    level: float,
) -> str:
    """Say how another arm that passes compares with the adopted one: net value, then opt-outs.

    Parameters
    ----------
    chosen, other
        Their names and what is known of them.
    lead
        Net value of the adopted arm less that of the other, and what its interval is corrected for
        (empty for nothing); None where they were not compared.
    level
        Of the lead's interval.
    """
    (ahead, _), (name, _) = chosen, other
    told = f"{capital(name)} passes too"
    if lead is None:
        text = f"{told}; the trial did not compare it with {ahead}."
    else:
        size, cost = lead
        known = f"{in_brackets(size)} per contact, {percent(level)} interval"
        known += f" {interval_words(cost, several=False)}" if cost else ""
        seen = f"{money(size.value)} per contact" if math.isnan(size.low) else known
        text = (
            f"{told}, but brings less than {ahead}: a lead of {seen}."
            if size.low > 0
            else f"{told}. Which of the two brings more, the trial cannot tell: {ahead} leads by "
            f"{seen}."
        )
    opt_outs = [
        (guard.difference.value, interval, guard.difference)
        for interval, arm in (chosen, other)
        for guard in arm.guards
        if guard.outcome == OPT_OUT
    ]
    if len({value for value, *_ in opt_outs}) < len((chosen, other)):
        return text
    (_, fewer, low), (_, more, high) = sorted(opt_outs, key=lambda one: one[0])
    return (
        f"{text} Fewer contacts opted out when called {fewer} than {more}: "
        f"{_points(low)} against {_points(high)} percentage points, each less the policy in use "
        "(with one-sided bounds)."
    )


def beyond(
    adopted: str,
    untried: Sequence[str],
    gain: Estimate,
    *,
    lengths: str,
    year: float,
    tested: bool,
) -> str:
    """Say that the simulation's best intervals were not tried, and whether a test would pay.

    Parameters
    ----------
    adopted, untried
        The interval to adopt, and those that may be the best and were not tried.
    gain
        Of the best of them over the adopted one, simulated over ``year`` days.
    lengths
        How they compare with the adopted one, from `lengths_words`.
    tested
        Whether so much may be worth a change, so that a test is proposed.
    """
    one = len(untried) == 1
    left = f"The simulation's best {'interval' if one else 'intervals'}, "
    left += f"{listed_intervals(untried)}, {'was' if one else 'were'} not tried: "
    seen = f"{in_brackets(gain)} per contact more than {adopted} over {year:g} days"
    if tested:
        return f"{left}testing {lengths} may bring more (simulated, the best of them: {seen})."
    return f"{left}there, too, no gain over {adopted} is expected that is worth a change ({seen})."


def lengths_words(adopted_days: float, untried_days: Sequence[float]) -> str:
    """Say how untried intervals compare in length with the adopted one."""
    if all(days > adopted_days for days in untried_days):
        return "longer ones"
    return "shorter ones" if all(days < adopted_days for days in untried_days) else "others"


def _points(share: Estimate) -> str:
    return f"{amount(share.value, SHARE, named=False)} ({span(share.low, share.high, SHARE)})"
