"""Whether contacts stayed in the arm that the assignment file gave them, and as it knew them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import pandas as pd

from simkit.calllog.source import many
from simkit.trial.checks.before import LIKE_ASSIGNED, before_checks
from simkit.trial.checks.check import EVERYWHERE, NO_P_VALUE, Check, judged, rows_of
from simkit.trial.read.data import as_names
from simkit.trial.read.roster import Roster
from simkit.trial.read.spelling import bare_ids

MANY = 0.005
"""Of the contacts. So many taken out of one of two arms move a share by up to a percentage point,
as much as guardrails usually tolerate."""
LOST_ARMS = "contacts without an arm"
Missing = Literal["nobody", "somebody", "unknown"]
"""Who of those assigned is missing from a log, as far as the assignment was given to tell it."""

AS_ASSIGNED = f"arm{LIKE_ASSIGNED}"
MOVED = (
    "the log's arms are not those drawn by lot: contacts were moved, added or lost, perhaps "
    "because of how they did",
    "put into the log's column of arms the arm assigned, for all who were assigned, whatever they "
    "got later; keep out whoever was never assigned",
)
MISSING = (
    "contacts who are missing may have been taken out because of how they did",
    "say why each is missing; all must be there when effects are read",
)
NOT_FOUND = "who is not found in the assignment cannot be held against it"
STILL_TO_COME = (
    "they may enter later, or have been taken out of the log because of how they did",
    "make sure that they are still to be called; all must be there when effects are read",
)
LOST = (
    "if they were assigned and lost their arm, those who are left were selected, and no "
    "difference can be trusted"
)
LOST_OR_OUTSIDE = (
    "either they were never part of the trial, and nothing is wrong; or they lost their arm, and "
    "then those who are left were selected, and no difference can be trusted"
)
#: Of the ways in which contacts were moved, those that are told (assumed: a line holds no more).
SHOWN = 3


def assigned_checks(
    arm: pd.Series,
    contact_id: pd.Series,
    assigned: Roster,
    *,
    told: pd.DataFrame,
    without_arm: pd.Series | None = None,
    to_come: pd.Series | None = None,
    running: bool = False,
) -> list[Check]:
    """Compare each contact's arm, segment, account and strata with those it was assigned with.

    Nobody may stand in another arm, or without one, or with one that nobody assigned: a few buyers
    who change sides change the winner, and the arm assigned need only be put back. Contacts that
    are missing from the log cannot be put back, so a few of them (a person who had the own data
    erased) are a warning; many fail, since whoever takes contacts away may choose them.

    Parameters
    ----------
    arm
        Arm of each contact of the trial.
    contact_id
        Their ids, in the same rows.
    assigned
        Who was assigned; ids may be texts where the log has numbers.
    told
        What the data tell of them, in the same rows: columns named as in `Roster.before`.
    without_arm
        Ids of the log's further contacts, which have no arm.
    to_come
        Ids of contacts that enter later than the trial is looked at.
    running
        Whether contacts may still be to come, so that those who are missing are only told.
    """
    arms = _arm_check(
        arm, contact_id, assigned.arms, without_arm=without_arm, to_come=to_come, running=running
    )
    if assigned.before.empty:
        return [arms]
    before = assigned.before.reindex(as_names(contact_id)).reset_index(drop=True)
    known = as_names(contact_id).isin(assigned.before.index).to_numpy(dtype=bool)
    before, told = before[known], told.reset_index(drop=True)[known]
    return [arms, *before_checks(before, told, whole=assigned.whole_accounts())]


def _arm_check(
    arm: pd.Series,
    contact_id: pd.Series,
    assigned: Mapping[int | str, str],
    *,
    without_arm: pd.Series | None,
    to_come: pd.Series | None,
    running: bool,
) -> Check:
    told = pd.Series({str(key): str(arm) for key, arm in assigned.items()}, dtype=object)
    ids = as_names(contact_id)
    meant = ids.map(told)
    moved = (meant.notna() & (meant.to_numpy() != arm.to_numpy())).to_numpy(dtype=bool)
    strange = int(meant.isna().sum())
    bare = told.index.isin(pd.Index([] if without_arm is None else as_names(without_arm)))
    blank = int(bare.sum())
    later = told.index.isin(pd.Index([] if to_come is None else as_names(to_come)))
    gone = ~told.index.isin(pd.Index(ids)) & ~bare & ~later
    lost = int(gone.sum())
    of = max(len(ids), 1)
    twins = _written_otherwise(ids[meant.isna()], pd.Series(told.index[gone], dtype=object))
    pairs = pd.DataFrame({"meant": meant[moved].to_numpy(), "arm": arm[moved].to_numpy()})
    ways = pairs.value_counts()
    examples = [
        f"{row.number:,} of {row.meant} in {row.arm}"
        for row in rows_of(ways.head(SHOWN).rename("number").reset_index())
    ]
    found = f"{int(moved.sum()):,} of {len(ids):,} contacts in another arm than assigned"
    if examples:
        found += f" ({', '.join(examples)})"
    found += f"; {strange:,} not in the assignment, "
    found += (
        f"{lost:,} assigned {'and not entered yet' if running and lost else 'but not in the log'}"
    )
    if blank:
        found += f"; {blank:,} assigned and without an arm in the log"
    wrong = bool(moved.any()) or strange + blank > 0
    too_many = lost > MANY * of and not running
    meaning, advice = STILL_TO_COME if running else MISSING
    if wrong or too_many:
        meaning, advice = MOVED
    if twins and not moved.any():
        meaning, advice = NOT_FOUND, twins
    return judged(
        AS_ASSIGNED,
        EVERYWHERE,
        found,
        bad="fail" if wrong or too_many else "warning" if lost else "ok",
        fine="every contact stands in the arm that it was assigned to",
        meaning=meaning,
        advice=advice,
    )


def _written_otherwise(strange: pd.Series, lost: pd.Series) -> str:
    """Say that ids were not found since they are written in another way; empty if none is."""
    if strange.empty or lost.empty:
        return ""
    known = pd.Series(lost.to_numpy(), index=bare_ids(lost)).groupby(level=0).first()
    twin = bare_ids(strange).map(known).dropna()
    if twin.empty:
        return ""
    here = strange[twin.index[0]]
    return (
        f"write ids as they were assigned ({twin.iloc[0]}, not {here}): of those not found, "
        f"{many(len(twin), 'id')} differ from one that was assigned by leading zeros, zeros after "
        "the point or blanks alone, as a spreadsheet changes numbers; keep ids as text"
    )


def who_is_missing(checks: Iterable[Check]) -> Missing:
    """Tell whether nobody is missing, somebody, or whether nothing shows it.

    Parameters
    ----------
    checks
        Those made, among them that against the assignment, if one was given.
    """
    held = [one.verdict for one in checks if one.check == AS_ASSIGNED]
    return "unknown" if not held else "nobody" if "ok" in held else "somebody"


def unassigned_check(blank: int, of: int, *, registered: bool) -> list[Check]:
    """Tell of contacts in the data that have no arm, where nobody says who was assigned.

    Parameters
    ----------
    blank, of
        Contacts without an arm; all contacts of the data.
    registered
        Whether there is a design: then many without an arm fail. Else data may well hold contacts
        outside the trial, and nothing shows that they do not.
    """
    if not blank:
        return []
    return [
        Check(
            LOST_ARMS,
            EVERYWHERE,
            f"{many(blank, 'contact')} of {of:,} {'has' if blank == 1 else 'have'} no arm",
            NO_P_VALUE,
            "fail" if registered and blank > MANY * of else "warning",
            LOST if registered else LOST_OR_OUTSIDE,
            "give the assignment (assigned, --assigned), which says who belongs to the trial"
            + ("" if registered else "; or leave out of the data whoever never did"),
        )
    ]
