"""One comparison over the looks that were made: its information times, its end, what it showed.

The information of a comparison is counted in the contacts of its own two arms, and its error rate
is spent by that: how many have come elsewhere in the trial neither costs nor saves it anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simkit.trial.looks.ledger import Key, Look, Seen, spends_all
from simkit.trial.sequential.anytime import anytime_p_value
from simkit.trial.sequential.spending import SPENDING
from simkit.trial.sequential.stagewise import repeated_p_value, stagewise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Step:
    """A look at a comparison.

    Parameters
    ----------
    place
        Of the look among all that were made, from 0.
    time
        Information time of the comparison, not falling.
    spends_all
        Whether all of its error that is left is spent there.
    """

    place: int
    time: float
    spends_all: bool


def information(sizes: Sequence[float], planned: Sequence[float]) -> float:
    """Give the part of the planned information that two arms hold.

    What two arms tell of their difference is 1 ÷ (1/n + 1/m), which does not hang on results.

    Parameters
    ----------
    sizes, planned
        Contacts of the arm and of its control: followed to the horizon, and planned.
    """
    return _joint(sizes) / _joint(planned)


def _joint(sizes: Sequence[float]) -> float:
    return 1.0 / sum(1.0 / n for n in sizes) if all(sizes) else 0.0


def history(looks: Sequence[Look], key: Key, planned: float) -> tuple[list[float], list[bool]]:
    """Give information time of a comparison's looks, and whether each spent all its error.

    A look at which nothing could be told spent nothing. One that does not say what it saw of the
    comparison, written by hand, is taken to have seen as much of it as of the trial.

    Parameters
    ----------
    looks
        In the order made.
    key
        What is compared.
    planned
        Contacts planned in its segment.
    """
    made = steps(looks, key, planned)
    return [step.time for step in made], [step.spends_all for step in made]


def steps(looks: Sequence[Look], key: Key, planned: float) -> list[Step]:
    """Give the looks at which a comparison spent something; see `history`."""
    found: list[Step] = []
    for place, (look, spends) in enumerate(zip(looks, spends_all(looks), strict=True)):
        seen = look.find(key)
        part = look.fraction if seen is None else seen.fraction if seen.told else 0.0
        if part > 0:
            time = max([part, *(step.time for step in found[-1:])])
            found.append(Step(place, time, spends or look.whole(key, planned)))
    return found


def spends_error(looks: Sequence[Look], *, registered: bool) -> bool:
    """Tell whether an error rate is spent over looks that are all known.

    It is where looks were registered. Else nothing says how to spend it, and only what holds
    however often one looks is claimed; unless the first look was the end, which has it all.

    Parameters
    ----------
    looks
        In the order made.
    registered
        Whether looks were registered.
    """
    first = next((look for look in looks if look.fraction > 0), None)
    return registered or (first is not None and first.final)


def end_among(looks: Sequence[Look], key: Key, planned: float) -> int:
    """Give the number, from 1, of the look that was a comparison's end; 0: none was.

    That is the end of the trial, or the look at which all that was planned for it was in. Where
    nothing could be told there, nothing was spent: then the end is the first such look that could
    be told, if there was one.

    Parameters
    ----------
    looks, key, planned
        As `history` takes them.
    """
    ends = [
        (look.final or look.told(key), number)
        for number, look in enumerate(looks, start=1)
        if look.final or look.whole(key, planned)
    ]
    spent = [number for told, number in ends if told]
    return next(iter([*spent, *(number for _, number in ends)]), 0)


def freed(
    seen: Seen, times: Sequence[float], upper: FloatArray, alpha: float
) -> tuple[float, float, float]:
    """Give the median unbiased effect of a comparison that ended, and the ends of its interval.

    Parameters
    ----------
    seen
        The comparison at its end.
    times, upper
        Information times of its looks, and the bounds of the size of Z there.
    alpha
        One minus the level of the interval.
    """
    read, root = stagewise(times, -upper, upper, seen.z, alpha), np.sqrt(times[-1])
    effect, low, high = (
        seen.shifted(seen.z - drift * root) for drift in (read.drift, read.low, read.high)
    )
    return effect, low, high


def claimed_by(looks: Sequence[Look], key: Key, planned: float, spending: str | None) -> float:
    """Give the smallest error rate at which one of the looks would claim a comparison.

    Parameters
    ----------
    looks, key, planned, spending
        As `sequential_p_value` takes them.
    """
    made = (looks[:number] for number in range(1, len(looks) + 1))
    return min((sequential_p_value(each, key, planned, spending) for each in made), default=1.0)


def sequential_p_value(
    looks: Sequence[Look], key: Key, planned: float, spending: str | None
) -> float:
    """Give the smallest error rate at which the last look would claim a comparison.

    Parameters
    ----------
    looks, key, planned
        As `history` takes them.
    spending
        Name of the spending function; None: not all looks are known, or none were registered, and
        only what holds however often one looks is claimed.
    """
    seen = looks[-1].find(key)
    if seen is None or not seen.told:
        return 1.0
    if spending is None:
        return anytime_p_value(seen.z, seen.fraction)
    times, final = history(looks, key, planned)
    return repeated_p_value(times, seen.z, SPENDING[spending], final=final)
