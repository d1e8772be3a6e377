"""Whether contacts entered the trial when they were assigned, or were entered by their calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simkit.measures.reduction import US_PER_S
from simkit.trial.checks.check import EVERYWHERE, Check, judged

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simkit.trial.checks.dials import Dials

ENTRY = "entry before the first call"
#: Of the contacts called; in sound logs hardly any is called in the second in which it entered.
MOSTLY = 0.5
FIRST = "SELECT place, min(dialled_us) AS first_us FROM dials WHERE cell >= 0 GROUP BY place"


def entry_by_call_checks(dials: Dials, entered_us: NDArray[np.int64]) -> list[Check]:
    """Check that the moments of entry are not those of the first calls.

    Parameters
    ----------
    dials
        The trial's dials.
    entered_us
        When each contact of the log entered, civil microseconds.
    """
    first = dials.ask(FIRST, (), ())
    if first.empty:
        return []
    entered = entered_us[first["place"].to_numpy(dtype=np.int64)]
    same = np.abs(first["first_us"].to_numpy(dtype=np.int64) - entered) < US_PER_S
    return [
        judged(
            ENTRY,
            EVERYWHERE,
            f"{int(same.sum()):,} of {len(first):,} contacts called entered in the very second of "
            "their first call",
            bad="warning" if same.mean() > MOSTLY else "ok",
            fine="contacts were in the trial before anybody called them",
            meaning="entries were taken from the calls: contacts assigned and never called are not "
            "there, and who was called late is followed from later on, both by the arm's own doing",
            advice="give the moment of the assignment as entered_at, for everybody assigned",
        )
    ]
