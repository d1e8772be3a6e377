"""Whether a table shows that each of its rows is one contact."""

from __future__ import annotations

from simkit.trial.checks.check import EVERYWHERE, NO_P_VALUE, Check
from simkit.trial.read.data import TrialData

ONE_TO_A_ROW = "one contact to a row"


def one_to_a_row_check(data: TrialData) -> list[Check]:
    """Warn where nothing shows that rows are contacts, as an analysis reads them.

    Tables without ids are legitimate, so nothing fails; and a table of calls looks the same.

    Parameters
    ----------
    data
        The trial.
    """
    if not data.unshown:
        return []
    return [
        Check(
            ONE_TO_A_ROW,
            EVERYWHERE,
            data.unshown,
            NO_P_VALUE,
            "warning",
            "if rows are calls, or groups of contacts, none of this holds",
            "give each contact one row with its id (contact_id)",
        )
    ]
