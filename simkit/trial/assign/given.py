"""An assignment as a user hands it in: contacts with arms, a result of `assign`, or its file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

from simkit.trial.assign.assignment import Assignment
from simkit.trial.assign.file import load_assignment
from simkit.trial.checks.check import EVERYWHERE, NO_P_VALUE, Check

Assigned: TypeAlias = Mapping[int | str, str] | Assignment | str | Path
DRAWN = "drawing of the arms"


def arms_of(assigned: Assigned | None) -> tuple[Mapping[int | str, str] | None, list[Check]]:
    """Return contact → arm, and what is to be said of how the arms were drawn.

    Parameters
    ----------
    assigned
        As given; None: nothing is known of it.

    Raises
    ------
    InputError
        For a file that is no assignment, or was changed since it was written.
    """
    if isinstance(assigned, str | Path):
        assigned = load_assignment(assigned)
    if not isinstance(assigned, Assignment):
        return assigned, []
    table = assigned.table
    arms = dict(zip(table["contact_id"].tolist(), table["arm"].tolist(), strict=True))
    if not assigned.again:
        found = f"once, {assigned.method} by {assigned.unit}"
        return arms, [
            Check(DRAWN, EVERYWHERE, found, NO_P_VALUE, "ok", "the arms were drawn by lot, once")
        ]
    return arms, [
        Check(
            DRAWN,
            EVERYWHERE,
            once.sentence().rstrip("."),
            NO_P_VALUE,
            "warning",
            "who draws again until the arms please has not assigned by chance",
            "say the reason wherever the result is told; next time draw once",
        )
        for once in assigned.again
    ]
