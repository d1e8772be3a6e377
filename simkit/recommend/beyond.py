"""What an adoption leaves untried: intervals that the simulation holds to be better still."""

from __future__ import annotations

from collections.abc import Collection

from simkit.recommend.next_trial import arms_to_test
from simkit.recommend.simulated import SimulatedSegment
from simkit.recommend.verdict import Estimate


def untried_best(
    simulated: SimulatedSegment, adopted: str, tried: Collection[str]
) -> tuple[str, ...]:
    """Return the intervals that may be the best and that a trial left out; none if it need not.

    An adopted interval that cannot be told from the simulation's best needs no further trial, and
    against one that was tried the field has spoken.

    Parameters
    ----------
    simulated
        The segment in the simulation.
    adopted, tried
        The interval to adopt, and all that the trial compared.
    """
    good = simulated.as_good
    if adopted in good or simulated.best(simulated.year) in tried:
        return ()
    return tuple(name for name in good if name not in tried)


def gain_beyond(simulated: SimulatedSegment, adopted: str) -> Estimate:
    """Return by how much the simulation's best leads an adopted interval over the year."""
    return simulated.difference(simulated.best(simulated.year), adopted, simulated.year)


def arms_beyond(
    simulated: SimulatedSegment, adopted: str, tried: Collection[str]
) -> tuple[str, ...]:
    """Return what to test after an adoption: the adopted interval first; none for no test.

    Parameters
    ----------
    simulated, adopted, tried
        As `untried_best` takes them.
    """
    if not untried_best(simulated, adopted, tried):
        return ()
    if gain_beyond(simulated, adopted).high <= simulated.worthwhile_eur:
        return ()
    return arms_to_test(simulated, adopted)
