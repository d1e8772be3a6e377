"""Whether the contacts that were planned have been followed, no fewer and no more."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from simkit.trial.checks.check import NO_P_VALUE, Check
from simkit.trial.checks.early import unplanned_look_warning
from simkit.trial.checks.registration import REGISTERED
from simkit.trial.level import as_planned
from simkit.trial.read.data import TrialData

if TYPE_CHECKING:
    from simkit.trial.design import TrialDesign


def planned_parts(data: TrialData, design: TrialDesign | None) -> dict[str, float]:
    """Return segment → part of its planned contacts that have been followed to the horizon.

    Parameters
    ----------
    data
        The trial as read.
    design
        What was registered; without it nothing was planned.
    """
    planned = {} if design is None else design.contacts
    return {
        segment: _followed(data, segment) / number
        for segment, number in planned.items()
        if segment in data.segments
    }


def planned_checks(data: TrialData, design: TrialDesign) -> list[Check]:
    """Tell by segment whether the planned contacts have been followed to the horizon."""
    checks = []
    for segment, part in planned_parts(data, design).items():
        if as_planned(part):
            continue
        seen, planned = _followed(data, segment), design.contacts[segment]
        if part > 1:
            checks.append(_more(segment, seen, planned))
        else:
            checks.append(_fewer(segment, seen, planned, unplanned_look_warning(design, part)))
    return checks


def swapped_words(numbers: Mapping[str, tuple[int, int]]) -> str:
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
    for one, other in combinations(numbers, 2):
        (meant, came), (meant_other, came_other) = numbers[one], numbers[other]
        crosswise = as_planned(came / meant_other) and as_planned(came_other / meant)
        if crosswise and not (as_planned(came / meant) or as_planned(came_other / meant_other)):
            return f"; the design may have the numbers of {one} and {other} the wrong way round"
    return ""


def _followed(data: TrialData, segment: str) -> int:
    if data.contacts is None:
        return int(data.values.loc[data.values["segment"] == segment, "n"].sum())
    here = (data.contacts["segment"] == segment) & data.contacts["followed"]
    return int(np.count_nonzero(here))


def _fewer(segment: str, seen: int, planned: int, warning: str | None) -> Check:
    return Check(
        REGISTERED,
        segment,
        f"{seen:,} of {planned:,} planned contacts followed to the horizon",
        NO_P_VALUE,
        "warning",
        f"if the trial still runs, {warning}. So what decides is claimed here only where it holds "
        "however often one looks; if it has ended, fewer were assigned, or contacts were removed, "
        "perhaps by how they did"
        if seen
        else "nobody has been followed to the horizon",
        "look by simkit monitor, which spends the error rate as registered; a trial that ended "
        "with fewer contacts, if not because of what it shows, is its last look (final)",
    )


def _more(segment: str, seen: int, planned: int) -> Check:
    return Check(
        REGISTERED,
        segment,
        f"{seen:,} contacts followed to the horizon, {planned:,} were planned",
        NO_P_VALUE,
        "warning",
        "whoever goes on until a difference shows finds one, so what decides is claimed here only "
        "where it holds however often one looks",
        "evaluate the contacts that were planned, in the order of their entry; say why there are "
        "more",
    )
