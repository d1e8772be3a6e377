"""Whether contacts stayed in the arm that the assignment file gave them."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from simkit.trial.checks.check import Check, judged, rows_of
from simkit.trial.read.data import TrialData, as_names

MANY = 0.005
SHOWN = 3


def assigned_check(
    data: TrialData, contact_id: pd.Series, assigned: Mapping[int | str, str]
) -> list[Check]:
    """Compare each contact's arm with the one that it was assigned to.

    Parameters
    ----------
    data
        The trial, with its contacts.
    contact_id
        Their ids, in the same rows.
    assigned
        contact_id → arm, as assigned; ids may be texts where the log has numbers.
    """
    assert data.contacts is not None
    told = pd.Series({str(key): str(arm) for key, arm in assigned.items()}, dtype=object)
    ids = as_names(contact_id)
    meant = ids.map(told)
    arm = data.contacts["arm"]
    moved = (meant.notna() & (meant.to_numpy() != arm.to_numpy())).to_numpy(dtype=bool)
    strange = int(meant.isna().sum())
    lost = int((~told.index.isin(pd.Index(ids))).sum())
    of = max(len(ids), 1)
    pairs = pd.DataFrame({"meant": meant[moved].to_numpy(), "arm": arm[moved].to_numpy()})
    ways = pairs.value_counts()
    examples = [
        f"{row.number:,} of {row.meant} in {row.arm}"
        for row in rows_of(ways.head(SHOWN).rename("number").reset_index())
    ]
    found = f"{int(moved.sum()):,} of {len(ids):,} contacts in another arm than assigned"
    if examples:
        found += f" ({', '.join(examples)})"
    found += f"; {strange:,} not in the assignment, {lost:,} assigned but not in the log"
    wrong = max(int(moved.sum()), strange, lost)
    return [
        judged(
            "arm as assigned",
            "all",
            found,
            bad="ok" if not wrong else "fail" if wrong > MANY * of else "warning",
            fine="every contact stands in the arm that it was assigned to",
            meaning="the log's arms are not those drawn by lot: contacts were moved, added or "
            "lost, perhaps because of how they did",
            advice="put into the log's column of arms the arm assigned, for all who were "
            "assigned, whatever they got later; keep out whoever was never assigned",
        )
    ]
