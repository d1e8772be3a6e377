"""Whether what is there of a comparison is what a look saw: its contacts, and how they did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from simkit.trial.looks.ledger import Key, Look, Seen
from simkit.trial.read.data import TrialData
from simkit.trial.read.marks import UNSETTLED, Marks, of_both
from simkit.trial.sequential.uncounted import Uncounted

if TYPE_CHECKING:
    import pandas as pd

ANOTHER_QUESTION = (
    "what the looks claimed is of what was registered, and not of what is asked here instead"
)
A_PART = (
    "these are not all whom the look of {} saw ({:,} and {:,} contacts; here are {:,} and {:,}): "
    "what the looks claimed is of the whole, and not of a part"
)
OTHERS = (
    "the look of {} saw other contacts than are here, or other results of them (was the export "
    "corrected?): what the looks claimed is of what they saw, and is not claimed here"
)
SAME = 1e-4
"""Standard errors within which an estimate is the same: files round, and sums differ in the last
digits; one contact among a million who bought moves it by twenty times that."""


@dataclass(frozen=True)
class Found:
    """What tells the contacts that are there, and their results, from others.

    Parameters
    ----------
    marks
        As `simkit.trial.read.data.TrialData.marks`, of the moments of all looks, under the design's
        names of segments; empty where contacts are not known.
    estimates
        Segment and arm → difference from the control, and its error; without those that may have
        changed since a look because sales were cancelled, or are not known yet.
    """

    marks: Marks = ()
    estimates: Mapping[tuple[str, str], tuple[float, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Here:
    """What is there of a comparison, against what was planned.

    Parameters
    ----------
    part
        Of the contacts planned in its segment, followed to the horizon.
    fraction
        Of its planned information.
    sizes
        Contacts of the arm and of its control; None where they are not known.
    uncounted
        What `Level` calls so, unless a look is found that saw just these.
    as_looked_at
        Whether it is what looks compare: the registered outcome, at its horizon, and control.
    found
        What tells contacts and results from others.
    """

    part: float = 1.0
    fraction: float = 1.0
    sizes: tuple[int, int] | None = None
    uncounted: Uncounted | None = None
    as_looked_at: bool = True
    found: Found = Found()

    def seen_at(self, looks: Sequence[Look], number: int, key: Key) -> bool:
        """Tell whether one of the looks, counted from 0, saw just what is there now."""
        seen = looks[number].find(key)
        if seen is None or not seen.told or not self.as_looked_at:
            return False
        return (seen.n, seen.n_control) == self.sizes and not self._others(number, seen)

    def apart_from(self, looks: Sequence[Look], key: Key) -> str:
        """Say why what looks claimed of a comparison is not of what is there; empty if it is.

        Who was followed to the horizon stays so: with fewer in an arm than a look saw, contacts
        were taken out, and a part of the trial has no claim of the whole.

        Parameters
        ----------
        looks
            The first of the ledger's.
        key
            What is compared.
        """
        told = [
            (number, look, seen)
            for number, look in enumerate(looks)
            if (seen := look.find(key)) and seen.told
        ]
        if told and not self.as_looked_at:
            return ANOTHER_QUESTION
        for number, look, seen in told:
            day = look.as_of[:10]
            if self.sizes is not None and (
                self.sizes[0] < seen.n or self.sizes[1] < seen.n_control
            ):
                return A_PART.format(day, seen.n, seen.n_control, *self.sizes)
            if self._others(number, seen):
                return OTHERS.format(day)
        return ""

    def _others(self, number: int, seen: Seen) -> bool:
        """Tell whether a look saw others than were followed by its day, or others than as many."""
        if self.found.marks:
            mark = of_both(self.found.marks[number], seen.segment, seen.arm, seen.control)
            if seen.mark and mark and seen.mark != mark:
                return True
        if (seen.n, seen.n_control) != self.sizes:
            return False
        results = self.found.estimates.get((seen.segment, seen.arm))
        return results is not None and other_results(seen, results)


def other_results(seen: Seen, now: tuple[float, float]) -> bool:
    """Tell whether a difference and its error are others than a look saw.

    Parameters
    ----------
    seen
        What it saw.
    now
        The difference and its error as they are now.
    """
    estimate, se = now
    return max(abs(estimate - seen.estimate), abs(se - seen.se)) > SAME * seen.se


def found_in(
    data: TrialData, names: Mapping[str, str], primary: str, table: pd.DataFrame | None = None
) -> Found:
    """Return what tells the contacts of a trial, and their results, from others.

    Parameters
    ----------
    data
        The trial as read.
    names
        Registered segment → what the data call it.
    primary
        The outcome that looks see.
    table
        The rows of its comparison; None: there are none yet.
    """
    called = {name: segment for segment, name in names.items()}
    marks = tuple(
        {(called.get(segment, segment), arm): mark for (segment, arm), mark in of_cells.items()}
        for of_cells in data.marks
    )
    if table is None or (data.cancellable and primary in UNSETTLED):
        return Found(marks)
    told = table[(table["outcome"] == primary) & table["p_value"].notna()]
    rows: Iterable[Any] = told.itertuples(index=False)
    estimates = {
        (called.get(row.segment, row.segment), row.arm): (row.estimate, row.se) for row in rows
    }
    return Found(marks, estimates)
