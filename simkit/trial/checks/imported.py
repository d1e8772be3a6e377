"""Whether an import left out calls that may belong to the trial."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from simkit.calllog.schema import AFTER_END, AFTER_OBSERVATION, BEFORE_ENTRY, UNKNOWN_CONTACT
from simkit.trial.checks.check import EVERYWHERE, NO_P_VALUE, Check, judged, percent

if TYPE_CHECKING:
    import pandas as pd

#: Part of the calls that may lie outside the trial's contacts or days (assumed).
A_FEW = 0.02
OF_CALLS = (UNKNOWN_CONTACT, BEFORE_ENTRY, AFTER_OBSERVATION, AFTER_END)
IMPORTED = "calls left out at the import"


def imported_checks(left_out: pd.DataFrame | None, attempts: int, *, assigned: bool) -> list[Check]:
    """Check how many calls an import left out.

    Parameters
    ----------
    left_out
        Rows left out: reason, rows; None where nothing was imported.
    attempts
        Calls that are in the log.
    assigned
        Whether the contacts are held against an assignment, which shows whether one is missing.
    """
    if left_out is None:
        return []
    rows = left_out.groupby("reason")["rows"].sum().to_dict()
    lost = {reason: int(rows[reason]) for reason in OF_CALLS if rows.get(reason, 0) > 0}
    if not lost:
        return []
    unknown = 0 if assigned else lost.get(UNKNOWN_CONTACT, 0)
    other = sum(lost.values()) - lost.get(UNKNOWN_CONTACT, 0)
    of = attempts + sum(lost.values())
    bad: Literal["ok", "warning", "fail"] = "ok"
    if unknown > A_FEW * of:
        bad = "fail"
    elif unknown or other > A_FEW * of:
        bad = "warning"
    meaning = (
        "calls were made that are not counted: what came of them is missing, perhaps more in one "
        "arm than in another"
    )
    advice = "find out why these calls lie outside, and import them where they belong to the trial"
    if unknown:
        meaning = (
            "calls were made to contacts who are not in the contacts file: if they were assigned, "
            "they were taken out of the trial, and whoever is left may have been chosen by results"
        )
        advice = (
            "give a contacts file of everybody in the export, without an arm for those in no "
            "trial; or the assignment (assigned, --assigned), which shows whether somebody is "
            "missing"
        )
    return [
        judged(
            IMPORTED,
            EVERYWHERE,
            ", ".join(
                f"{count:,} of {of:,} calls ({percent(count / of)}): {reason}"
                for reason, count in lost.items()
            ),
            NO_P_VALUE,
            bad=bad,
            fine="few, or of contacts who were not assigned",
            meaning=meaning,
            advice=advice,
        )
    ]
