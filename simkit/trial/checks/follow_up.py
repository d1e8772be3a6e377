"""Whether the end of each contact's follow-up was set by the calendar, not by its calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simkit.trial.checks.check import ALPHA, Check, by_arm, homogeneity, judged, percent
from simkit.trial.checks.dials import Dials
from simkit.trial.checks.rates import Rates
from simkit.trial.read.data import TrialData

if TYPE_CHECKING:
    from numpy.typing import NDArray

A_FEW = 0.05
MOST = 0.5
FEWEST = 10


def follow_up_checks(
    dials: Dials, rates: Rates, data: TrialData, entered_us: NDArray[np.int64]
) -> list[Check]:
    """Check where follow-up ends, and who entered when calling was over.

    Parameters
    ----------
    dials, rates
        The trial's dials, and which contacts' last one ends their follow-up.
    data
        The trial, with its contacts.
    entered_us
        When each of its contacts entered, civil microseconds.
    """
    assert data.contacts is not None
    found = rates.sums
    if not found["dialled"].any():
        return []
    last = int(found["last_us"].max())
    late = pd.Series(entered_us > last, index=data.contacts.index)
    checks = []
    for segment, cells in dials.segments.items():
        arms = [dials.arm(cell) for cell in cells]
        checks.append(_ending_check(segment, found.loc[cells].set_axis(arms)))
        rows = data.contacts[data.contacts["segment"] == segment].assign(late=late)
        checks.append(_late_check(segment, rows, arms))
    return checks


def _ending_check(segment: str, here: pd.DataFrame) -> Check:
    dialled, ending = int(here["dialled"].sum()), int(here["ending"].sum())
    share = ending / dialled if dialled else 0.0
    suspicious = ending >= FEWEST and share > A_FEW
    return judged(
        "end of follow-up",
        segment,
        f"observed_until is the very moment of the last call for {ending:,} of {dialled:,} "
        "contacts that were dialled",
        bad="ok" if not suspicious else "fail" if share > MOST else "warning",
        fine="it was set by the calendar, not by the calls",
        meaning="follow-up ends with a contact's last call: who was called less is followed for "
        "less, so arms are followed unequally and those left out are chosen by what happened",
        advice="give observed_until the date of the export, the same for all: until then the log "
        "knows that nobody was called",
    )


def _late_check(segment: str, rows: pd.DataFrame, arms: list[str]) -> Check:
    # Colleagues enter together: each account counts once.
    units = rows.drop_duplicates(["cluster", "arm", "late"])
    counts = pd.crosstab(units["arm"], units["late"])
    p_value = homogeneity(counts.to_numpy())
    share = float(rows["late"].mean())
    differs = p_value < ALPHA
    parts = rows.groupby("arm")["late"].mean().reindex(arms).items()
    found = f"{int(rows['late'].sum()):,} of {len(rows):,} contacts"
    if share:
        found += f" ({by_arm((str(name), percent(part)) for name, part in parts)})"
    return judged(
        "entered after the last call",
        segment,
        found,
        p_value,
        bad="warning" if differs or share > A_FEW else "ok",
        fine="hardly anybody came too late to be called",
        meaning="contacts came when calling was over: they can show no effect of any arm and "
        "dilute it" + (", more so in one arm" if differs else ""),
        advice="close entry before calling ends; name the last day of entry beforehand and leave "
        "out whoever came later in all arms",
    )
