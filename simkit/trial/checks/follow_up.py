"""Whether the end of each contact's follow-up was set by the calendar, not by its calls.

Follow-up may end by the calendar: at the export, at the end of a list, so many days after entry.
For contacts of a segment who entered on one day that is one day, and hardly another for those who
entered on the days about it. Where it is earlier for some of them, somebody or something chose
whom: a contact that was closed, opted out or moved is still followed, since nothing more happening
to it is part of what its arm brought about.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simkit.trial.checks.check import (
    ALPHA,
    NO_P_VALUE,
    Check,
    by_arm,
    homogeneity,
    judged,
    percent,
)
from simkit.trial.checks.dials import Dials
from simkit.trial.checks.rates import Rates
from simkit.trial.read.data import TrialData
from simkit.trial.read.lost import ended_early

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Share of the contacts from which it is worth a warning (assumed): by chance hardly a last call
#: falls on the very moment of the export.
A_FEW = 0.05
#: More than half: then the rule of the log is that follow-up ends with a call.
MOST = 0.5
#: Contacts below which it may be chance (assumed).
FEWEST = 10
CHOSEN = 0.02
"""Share of contacts lost to the horizon by an earlier end than others' from which all are doubted:
taken from those who bought, it is a tenth of a share of 20 %."""


def follow_up_checks(
    dials: Dials,
    rates: Rates,
    data: TrialData,
    entered_us: NDArray[np.int64],
    observed_us: NDArray[np.int64],
) -> list[Check]:
    """Check where follow-up ends, and who entered when calling was over.

    Parameters
    ----------
    dials, rates
        The trial's dials, and which contacts' last one ends their follow-up.
    data
        The trial, with its contacts.
    entered_us, observed_us
        When each of its contacts entered, and until when it was observed, civil microseconds.
    """
    assert data.contacts is not None
    found = rates.sums
    if not found["dialled"].any():
        return []
    last = int(found["last_us"].max())
    people = data.contacts.assign(late=entered_us > last)
    early = ended_early(people["segment"], entered_us, observed_us, data.horizon_days)
    checks = together_checks(data, *early)
    for segment, cells in dials.segments.items():
        arms = [dials.arm(cell) for cell in cells]
        checks.append(_ending_check(segment, found.loc[cells].set_axis(arms)))
        checks.append(_late_check(segment, people[people["segment"] == segment], arms))
    return checks


def together_checks(
    data: TrialData, shorter: NDArray[np.bool_], lost: NDArray[np.bool_]
) -> list[Check]:
    """Check that contacts who entered on or about one day are followed alike, by segment.

    Parameters
    ----------
    data
        The trial, with its contacts.
    shorter, lost
        As `ended_early` tells them of these.
    """
    assert data.contacts is not None
    segment = data.contacts["segment"]
    sizes, less = segment.value_counts(), segment[shorter].value_counts()
    people = data.contacts.assign(lost=lost) if lost.any() else data.contacts[:0].assign(lost=False)
    return [
        _together_check(
            name,
            (int(less.get(name, 0)), int(sizes[name])),
            people[people["segment"] == name],
            arms,
            data.horizon_days,
        )
        for name, arms in data.arms.items()
    ]


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


def _together_check(
    segment: str,
    shorter: tuple[int, int],
    rows: pd.DataFrame,
    arms: Sequence[str],
    horizon_days: float | None,
) -> Check:
    """Check of a segment who is observed for less: so many of so many contacts.

    Parameters
    ----------
    rows
        Its contacts, or none where nobody is lost.
    """
    p_value, share, to_horizon = NO_P_VALUE, 0.0, ""
    if rows["lost"].any():
        units = rows.drop_duplicates(["cluster", "arm", "lost"])
        p_value = homogeneity(pd.crosstab(units["arm"], units["lost"]).to_numpy())
        share = float(rows["lost"].mean())
    if share and horizon_days is not None:
        parts = rows.groupby("arm")["lost"].mean().reindex(list(arms)).items()
        told = by_arm((str(name), percent(part)) for name, part in parts)
        to_horizon = f"; {int(rows['lost'].sum()):,} of them not to the horizon ({told})"
    fails = horizon_days is not None and (share > CHOSEN or p_value < ALPHA)
    less, of = shorter
    return judged(
        "follow-up of those who entered together",
        segment,
        f"{less:,} of {of:,} contacts are observed for over a day less than others who entered on "
        f"or about their day{to_horizon}",
        p_value,
        bad="fail" if fails else "warning" if share else "ok",
        fine="who entered together is followed until one day, or at least to the horizon",
        meaning="for some contacts follow-up ends before that of others who entered when they did: "
        "whoever ends it, or what does, chooses who is left out, perhaps by results",
        advice="give observed_until the date of the export, also for contacts who were closed, "
        "moved or opted out: that nothing more happened to them is known",
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
