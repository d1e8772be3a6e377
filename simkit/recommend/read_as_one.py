"""What the segments of a trial tell together, where nothing shows that they differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simkit.recommend.recommendation import Decision
    from simkit.trial import Evaluation


def with_all_together(
    decisions: Sequence[Decision], evaluation: Evaluation | None
) -> tuple[Decision, ...]:
    """Say beside decisions that differ what the trial tells of all their segments at once.

    Each segment is decided by its own evidence, whose errors are bounded over all of them, so an
    arm may be adopted where it is shown to gain and not, or not yet, elsewhere. That is no sign
    that the segments differ. Where they were tested and are not shown to, whoever reads a decision
    for something else than the arm that leads in all of them together is told which this is.

    Parameters
    ----------
    decisions
        One a segment.
    evaluation
        The field trial; None if there was none.

    Returns
    -------
    tuple
        The decisions in the same order, with more reason where it is due.
    """
    if evaluation is None or not evaluation.trustworthy:
        return tuple(decisions)
    tried = evaluation.table["segment"].unique()
    if len({one.arm for one in decisions if one.segment in tried}) <= 1:
        return tuple(decisions)
    choice = evaluation.regret()
    if len({one.arm for one in decisions if one.segment in choice.together}) <= 1:
        return tuple(decisions)
    leader, said = choice.leader_together(), choice.told_together()
    return tuple(
        replace(one, reason=f"{one.reason} {said}")
        if one.segment in choice.together and one.arm != leader
        else one
        for one in decisions
    )
