"""How many replications: as many as were asked for, or until what was asked for is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simkit.sweep.asked import MAIN_MEASURE
from simkit.sweep.cells import Cell
from simkit.sweep.found import Precise, Selected
from simkit.sweep.groups import Group
from simkit.sweep.selection import Precision, Standing, precision, standing

AT_ONCE = 4
"""The fewest replications that are added before the results are looked at again."""

Play = Callable[[Sequence[Cell]], Mapping[Cell, NDArray[np.float64]]]


@dataclass(frozen=True)
class Goal:
    """What is to be known of the net value per contact at the longest horizon.

    Parameters
    ----------
    replications
        How many there are at least.
    replications_max
        How many there are at most.
    confidence
        Of what is then known.
    half_width_eur
        Each interval's mean to within so much; None: not asked for.
    indifference_eur
        An interval that is worse than the best one by no more than so much; None: not asked for.
    """

    replications: int
    replications_max: int
    confidence: float
    half_width_eur: float | None = None
    indifference_eur: float | None = None

    def wanted(self, group: Group) -> tuple[NDArray[np.bool_], int]:
        """Return which policies are to have further replications, and about how many.

        Parameters
        ----------
        group
            With its first replications.
        """
        nobody = np.zeros(len(group.policies), dtype=np.bool_)
        if self.half_width_eur is not None:
            found = self._precision(group)
            # All together: intervals are compared on the populations that they have in common.
            return (nobody if found.reached else ~nobody), found.more
        if self.indifference_eur is not None:
            now = self.standing(group)
            return (nobody if now.settled else now.wanted), now.more
        return nobody, 0

    def selected(self, group: Group) -> Selected:
        """Return what was selected, where `indifference_eur` was given."""
        assert self.indifference_eur is not None
        now = self.standing(group)
        labels = np.array(group.labels)
        return Selected(
            segment=group.segment,
            agents=group.agents,
            interval=str(labels[now.leader]),
            as_good=tuple(map(str, labels[now.as_good])),
            settled=now.settled,
            replications=int(now.replications[now.leader]),
            indifference_eur=self.indifference_eur,
            guaranteed_prob=self.confidence,
            estimated_prob=now.pgs_estimated,
        )

    def precise(self, group: Group) -> Precise:
        """Return how surely means are known, where `half_width_eur` was given."""
        assert self.half_width_eur is not None
        found = self._precision(group)
        return Precise(
            segment=group.segment,
            agents=group.agents,
            reached=found.reached,
            half_width_eur=self.half_width_eur,
            widest_eur=float(found.half_width.max()),
            replications=group.replications,
            confidence=self.confidence,
        )

    def standing(self, group: Group) -> Standing:
        """Return how the policies stand, where `indifference_eur` was given."""
        assert self.indifference_eur is not None
        return standing(
            _values(group), confidence=self.confidence, indifference=self.indifference_eur
        )

    def _precision(self, group: Group) -> Precision:
        assert self.half_width_eur is not None
        return precision(_values(group), half_width=self.half_width_eur, confidence=self.confidence)


def sampled(groups: Sequence[Group], goal: Goal, play: Play) -> list[Group]:
    """Run replications of all groups until each has reached the goal.

    Parameters
    ----------
    groups
        Without a run.
    goal
        When it is enough.
    play
        Runs cells.
    """
    todo = [
        cell
        for number in range(goal.replications)
        for group in groups
        for cell in group.cells([number], np.ones(len(group.policies), dtype=np.bool_))
    ]
    grown = list(groups)
    while todo:
        found = play(todo)
        grown = [group.with_runs(found) for group in grown]
        todo = [cell for group in grown for cell in _next(group, goal)]
    return grown


def _next(group: Group, goal: Goal) -> list[Cell]:
    """Return the cells that bring a group nearer to the goal; none once it is reached."""
    wanted, more = goal.wanted(group)
    if not wanted.any():
        return []
    # Who was left out for a while first makes up for what it has missed.
    until = group.replications
    if group.ran[:, wanted].all():
        until = min(until + max(more, AT_ONCE), goal.replications_max)
    return [
        cell
        for number in range(until)
        for cell in group.cells(
            [number], wanted & ~group.ran[number] if number < group.replications else wanted
        )
    ]


def _values(group: Group) -> NDArray[np.float64]:
    return group.means(MAIN_MEASURE, -1)
