"""Whether arms delivered different intervals, or nearly the same under two names."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from simkit.trial.checks.check import Check, judged, percent
from simkit.trial.checks.delivered import FEWEST_GAPS

if TYPE_CHECKING:
    import pandas as pd

#: Part of their gaps that two arms may have in common and still be compared (assumed).
SAME_DOSE = 0.8
#: Pairs that are told one by one; of more, those that matter.
MOST_PAIRS = 3

Pair = tuple[str, str]


def dose_checks(segment: str, arms: Sequence[str], gaps: pd.DataFrame) -> list[Check]:
    """Say of a segment which arms delivered nearly the same intervals.

    Parameters
    ----------
    segment, arms
        Its name, and its arms in their order.
    gaps
        Its rows of the gaps of `simkit.trial.checks.exposure.Exposure`.

    Returns
    -------
    list of Check
        One check; none where fewer than two arms have enough gaps.
    """
    shares = gaps.pivot_table(index="days", columns="arm", values="gaps", aggfunc="sum")
    shares = shares.reindex(columns=list(arms)).fillna(0.0)
    enough = [arm for arm in arms if shares[arm].sum() >= FEWEST_GAPS]
    shares = shares[enough] / shares[enough].sum()
    pairs = {
        (one, two): float(np.minimum(shares[one], shares[two]).sum())
        for one, two in itertools.combinations(enough, 2)
    }
    if not pairs:
        return []
    alike = [pair for pair, common in pairs.items() if common > SAME_DOSE]
    names = "; ".join(f"{one} and {two}" for one, two in alike)
    return [
        judged(
            "dose of the arms",
            segment,
            f"gaps that arms have in common: {_in_common(pairs, alike)}",
            bad="warning" if alike else "ok",
            fine="arms delivered different intervals",
            meaning=f"arms delivered nearly the same intervals ({names}): no difference between "
            "them is to be expected, whatever their names say",
            advice="do not read 'no difference' as 'the interval does not matter'; give each arm "
            "the agents that its interval needs, or compare intervals further apart",
        )
    ]


def _in_common(pairs: Mapping[Pair, float], alike: Sequence[Pair]) -> str:
    """Say what arms have in common; of many pairs only of those alike, else of the nearest."""
    if len(pairs) <= MOST_PAIRS:
        return _listed(pairs)
    compared = f"{len(pairs)} pairs compared"
    if not alike:
        nearest = max(pairs, key=pairs.__getitem__)
        if not pairs[nearest]:
            return f"none ({compared})"
        return f"at most {percent(pairs[nearest])}, {' and '.join(nearest)} ({compared})"
    told = {pair: pairs[pair] for pair in alike}
    if len(alike) <= MOST_PAIRS:
        others = max(common for pair, common in pairs.items() if pair not in told)
        return f"{_listed(told)}; others at most {percent(others)} ({compared})"
    # Each is named by what the finding means.
    least, most = percent(min(told.values())), percent(max(told.values()))
    shares = least if least == most else f"{least} to {most}"
    return f"{shares} in {len(told)} of {compared}"


def _listed(pairs: Mapping[Pair, float]) -> str:
    return ", ".join(f"{one} and {two} {percent(common)}" for (one, two), common in pairs.items())
