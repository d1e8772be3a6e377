"""Which test a difference of two means gets: Student's t, or units that are resampled."""

from __future__ import annotations

from dataclasses import replace
from math import comb
from typing import TYPE_CHECKING

from simkit.trial.effects.difference import Difference, TDifference
from simkit.trial.effects.lopsided import UNEQUAL, doubt_of, misleads
from simkit.trial.effects.resampling import Pair, ResampledDifference, permutation, wild

if TYPE_CHECKING:
    from simkit.trial.effects.means import ArmMeans

FEW = 100
"""Accounts of two arms up to which t's law strays (benchmarks/cluster_errors.py), counted as those
of one size that tell as much: of 200 a few large ones may hold most contacts."""

#: Of the smaller arm: 9,999 draws of them take about a second of one core (measured).
MOST_RESAMPLED = 4_000
#: With so many the smallest p-value is at most 2 in 100, below the usual level.
LEAST_ASSIGNMENTS = 100
ERRORS = ("auto", "cr1", "cr2", "crv3", "wild", "permutation")
RESAMPLED = {"wild": wild, "permutation": permutation}
NAMES = {
    "accounts": {"wild": "wild cluster bootstrap", "permutation": "permutation of accounts"},
    "contacts": {"wild": "wild bootstrap of contacts", "permutation": "permutation of contacts"},
}
ANEW = (
    'errors="permutation" (--errors permutation) assigns them anew by chance, however many they are'
)
NOT_SUMS = (
    "contacts one by one (a log in memory, a table of them) can be assigned anew by chance, sums "
    "of them cannot"
)
NO_OTHER = "they cannot be assigned anew by chance"


def anew_by_auto(means: ArmMeans, arm: str, control: str) -> bool:
    """Tell whether ``"auto"`` assigns the units of two arms anew, or advises it, as t is misled."""
    scored = means.binary and not means.clustered  # a share, which t does not judge
    return means.sums is not None and not scored and misleads(means, arm, control)


def judged(found: TDifference, means: ArmMeans, arm: str, control: str) -> Difference:
    """Give a difference the test that was asked for, or one that holds where t's law strays.

    Parameters
    ----------
    found
        The difference with Student's t.
    means
        Of the arms, with the errors that were asked for: `simkit.trial.effects.means`.
    arm, control
        The two arms.
    """
    a, c = means.arms.index(arm), means.arms.index(control)
    units = (int(means.units[a]), int(means.units[c]))
    number, fewer = sum(units), min(units)
    few = means.effective_n[[a, c]].sum() <= FEW
    enough = number > FEW or comb(number, fewer) >= LEAST_ASSIGNMENTS
    # So few that they cannot be assigned anew do not show how skewed they are either.
    misled = enough and misleads(means, arm, control)
    held = means.sums is not None and means.others is None
    kind = means.errors
    if kind == "auto" and enough and held and fewer <= MOST_RESAMPLED:
        uneven = means.clustered and (few or max(units) > UNEQUAL * fewer)
        kind = "permutation" if misled or uneven else kind
    tested: TDifference | ResampledDifference = found
    advice = ANEW if held else NO_OTHER if means.sums is not None else NOT_SUMS
    if kind in RESAMPLED and means.sums is not None and held:
        how = NAMES[means.unit][kind]
        pair = Pair.of(means.sums, c, a)
        if kind == "permutation" and pair.split:
            tested = replace(found, method=f"{found.method} (no {how}: some are in both arms)")
            advice = NO_OTHER
        else:
            draws, variance = RESAMPLED[kind](pair)
            how += f", {'all ' if draws.listed else ''}{len(draws.difference):,} draws"
            tested = ResampledDifference(found.estimate, found.se, found.df, draws, variance, how)
            if means.errors == "auto":
                tested = tested.with_tail("CR2" if means.clustered else "HC2")
            misled = misled and kind != "permutation"
    return replace(tested, doubt=doubt_of(means, arm, control, advice)) if misled else tested
