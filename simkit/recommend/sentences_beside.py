"""Words on the arms beside the adopted one: those that pass too, and those that brought more."""

from __future__ import annotations

import math

from simkit.measures.registry import SHARE
from simkit.recommend.numbers import amount, money, span
from simkit.recommend.sentences import arm_words, capital, in_brackets, percent
from simkit.recommend.simulated import OPT_OUT
from simkit.recommend.verdict import Alternative, Estimate, Ruling
from simkit.recommend.worthwhile import Worthwhile


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
    lead: Estimate | None,
    *,
    level: float,
) -> str:
    """Say how another arm that passes compares with the adopted one: net value, then opt-outs.

    Parameters
    ----------
    chosen, other
        Their names and what is known of them.
    lead
        Net value of the adopted arm less that of the other; None where they were not compared.
    level
        Of the lead's interval.
    """
    (ahead, _), (name, _) = chosen, other
    told = f"{capital(name)} passes too"
    if lead is None:
        text = f"{told}; the trial did not compare it with {ahead}."
    else:
        known = f"{in_brackets(lead)} per contact, {percent(level)} interval"
        seen = f"{money(lead.value)} per contact" if math.isnan(lead.low) else known
        text = (
            f"{told}, but brings less than {ahead}: a lead of {seen}."
            if lead.low > 0
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


def _points(share: Estimate) -> str:
    return f"{amount(share.value, SHARE, named=False)} ({span(share.low, share.high, SHARE)})"
