"""How many contacts of each segment have come, against how many were planned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from simkit.trial.checks.swapped import swapped_numbers
from simkit.trial.monitor.reading import entered_and_following
from simkit.trial.sentences import PERCENT
from simkit.trial.sequential.uncounted import as_planned

if TYPE_CHECKING:
    from simkit.calllog import CallLog
    from simkit.trial.design import TrialDesign
    from simkit.trial.looks.ledger import Look
    from simkit.trial.monitor.decisions import Interim


@dataclass(frozen=True)
class Arrival:
    """The contacts of a segment at a look.

    Parameters
    ----------
    segment
        Its name.
    planned
        Contacts in the design.
    entered
        Those that have come.
    following
        Those of them that have not been in the trial for a whole horizon yet.
    followed
        Those that were followed for the whole horizon.
    """

    segment: str
    planned: int
    entered: int
    following: int
    followed: int

    @property
    def more(self) -> bool:
        """Whether clearly more have come than were planned."""
        return self.entered > self.planned and not as_planned(self.entered / self.planned)

    @property
    def fewer(self) -> bool:
        """Whether nobody is being followed any more, though planned contacts are missing."""
        short = self.followed < self.planned and not as_planned(self.followed / self.planned)
        return short and not self.to_come

    @property
    def to_come(self) -> bool:
        """Whether more may come: it has not begun, or somebody is still being followed."""
        return bool(self.following) or not self.entered

    def words(self) -> str:
        """Say how many were followed, of how many, and how many have come where that is odd."""
        if not self.entered:
            return f"{self.segment} has not begun, {self.planned:,} are planned"
        if self.more and self.following:
            return (
                f"{self.segment} {self.followed:,}, and {self.entered:,} have come, where "
                f"{self.planned:,} were planned"
            )
        if self.more:
            return f"{self.segment} {self.followed:,} where {self.planned:,} were planned"
        return f"{self.segment} {self.followed:,} of {self.planned:,}"


def arrivals(
    log: CallLog, design: TrialDesign, moment: pd.Timestamp, look: Look
) -> tuple[Arrival, ...]:
    """Count the contacts of each segment at a look.

    Parameters
    ----------
    log, design, moment
        As `simkit.trial.monitor.reading.read_look` takes them.
    look
        What was seen then.
    """
    counts = entered_and_following(log, design, moment)
    return tuple(
        Arrival(segment, design.contacts[segment], *counts[segment], look.followed(segment))
        for segment in design.segments
    )


def arrival_words(
    found: Sequence[Arrival], rows: Sequence[Interim], *, final: bool, by_spending: bool
) -> Iterator[str]:
    """Say what more, or fewer, contacts than planned mean for the looks, and what to do.

    Parameters
    ----------
    found
        Of each segment.
    rows
        The comparisons at the last look.
    final
        Whether the trial ended with it.
    by_spending
        Whether an error rate is spent, so that it can be used up.
    """
    doubt = swapped_numbers({each.segment: (each.planned, each.entered) for each in found})
    for each in found:
        if each.more:
            ends = [row.ended_at for row in rows if row.segment == each.segment]
            yield _more(each, min(ends), doubt, by_spending=by_spending)
        elif each.fewer and not final:
            yield _fewer(each, doubt)


def _more(each: Arrival, ended_at: int, doubt: str, *, by_spending: bool) -> str:
    text = f"{each.segment}: {each.entered:,} contacts have come, {each.planned:,} were planned"
    spends = ": there all of its error rate is spent" if by_spending else ""
    if ended_at:
        text += (
            f". Looks go by the number planned, so {each.segment} ended at look {ended_at}, which "
            f"was the first to have that number{spends}"
        )
        text += (
            ", at the information that it had, which holds if no result decided when it was made"
            if by_spending
            else ""
        )
        text += "; what came after it can claim nothing more" if by_spending else ""
        todo = f"report what look {ended_at} showed, and say why more came"
    else:
        text += (
            f". Looks go by the number planned, so {each.segment} ends at the first look that has "
            f"{each.planned:,} followed to the horizon{spends}"
        )
        todo = "find out why more come, and let no result decide when that look is made"
    return f"{text}{doubt}. What to do: {todo}"


def _fewer(each: Arrival, doubt: str) -> str:
    part = PERCENT * each.followed / each.planned
    return (
        f"{each.segment}: {each.followed:,} of {each.planned:,} planned contacts were followed to "
        "the horizon, and nobody is being followed any more. Looks go by the number planned, so "
        f"that this one is at {part:.0f} % of {each.segment}, with the bounds of a trial that goes "
        f"on{doubt}. What to do: if more are to come, go on; if not, the trial ended here: what "
        "this look claims holds, and no more may be claimed"
    )
