"""What was taken for one another: the labels of arms, the numbers planned for segments."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

from simkit.trial.sequential.uncounted import as_planned

SWAPPED = (
    "{} each called at the interval of another of them: the labels of the arms may be swapped, and "
    "then every result says the opposite of what happened"
)
HOLD_AGAINST = (
    "hold the arms against the assignment (assigned, --assigned) and against the dialler's rules"
)


def swapped_arms(
    mostly_of: Mapping[str, Sequence[str]],
    delivered_days: Mapping[str, float],
    intended_days: Mapping[str, float],
) -> list[str]:
    """Return the arms that called at each other's intervals: two of them, or more in a ring.

    Intervals that are so close that a gap may be of either are told apart by the medians: an arm
    may call later than intended, for want of agents, but no rule lets it call before.

    Parameters
    ----------
    mostly_of
        Arm → the other arms whose interval most of its gaps are, and not its own.
    delivered_days, intended_days
        Arm → median days between its calls, and as intended.
    """
    edges = {arm: set(others) for arm, others in mostly_of.items()}
    for short, long in itertools.permutations(delivered_days, 2):
        middle = (intended_days[short] + intended_days[long]) / 2
        turned = delivered_days[long] <= middle <= delivered_days[short]
        if (
            intended_days[short] < middle
            and turned
            and delivered_days[long] < delivered_days[short]
        ):
            edges.setdefault(short, set()).add(long)
            edges.setdefault(long, set()).add(short)
    found = []
    for arm in edges:
        reached: set[str] = set()
        ahead = [arm]
        while ahead:
            new = edges.get(ahead.pop(), set()) - reached
            reached |= new
            ahead += new
        if arm in reached:
            found.append(arm)
    return found


def swapped_numbers(numbers: Mapping[str, tuple[int, int]]) -> str:
    """Say which two segments have come as if the design had their numbers the wrong way round.

    Parameters
    ----------
    numbers
        Segment → contacts planned, contacts that came.

    Returns
    -------
    str
        With a semicolon before it; empty where there are no such two.
    """
    for one, other in itertools.combinations(numbers, 2):
        (meant, came), (meant_other, came_other) = numbers[one], numbers[other]
        crosswise = as_planned(came / meant_other) and as_planned(came_other / meant)
        if crosswise and not (as_planned(came / meant) or as_planned(came_other / meant_other)):
            return f"; the design may have the numbers of {one} and {other} the wrong way round"
    return ""
