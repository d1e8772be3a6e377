"""Whether a log's arms are those that were assigned."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import pandas as pd

from simkit.calllog import CallLog
from simkit.calllog.source import many
from simkit.errors import InputError, Problem
from simkit.trial.assign.assignment import Again, Assignment
from simkit.trial.read.data import as_names

OTHER_ARM, NO_ARM = "another arm", "no arm"
MISSING, STRANGER = "not in the log", "not assigned"
COLUMNS = ("contact_id", "finding", "segment", "assigned", "found")
IN_WORDS = {
    OTHER_ARM: "in another arm than assigned",
    NO_ARM: "without an arm",
    MISSING: "assigned and not in the log",
    STRANGER: "with an arm that nobody assigned",
}


@dataclass(frozen=True, eq=False)
class AssignmentMatch:
    """How the contacts of a log differ from an assignment.

    Parameters
    ----------
    table
        One row a contact that differs: ``contact_id``, ``finding`` ("another arm", "no arm", "not
        in the log", "not assigned"), ``segment``, ``assigned`` (arm), ``found`` (arm).
    assigned, matching
        Contacts that were assigned; those of them whose arm in the log is the assigned one.
    again
        Times at which contacts were given other arms before calls began.
    """

    table: pd.DataFrame
    assigned: int
    matching: int
    again: tuple[Again, ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """Finding → contacts."""
        found = self.table["finding"].value_counts()
        return {name: int(found.get(name, 0)) for name in IN_WORDS}

    def sentence(self) -> str:
        """Say whether the log's arms are those assigned, and what differs."""
        parts = [
            f"{many(count, 'contact')} {IN_WORDS[name]}"
            for name, count in self.counts.items()
            if count
        ]
        head = f"{self.matching:,} of {many(self.assigned, 'assigned contact')} have their arm"
        text = f"{head}; {', '.join(parts)}." if parts else f"{head}."
        return " ".join([text, *(one.sentence() for one in self.again)])

    def _repr_html_(self) -> str:
        table = self.table.head(20).to_html(index=False)
        return f"<p><strong>{escape(self.sentence())}</strong></p>{table}"


def assignment_matches(log: CallLog | pd.DataFrame, assignment: Assignment) -> AssignmentMatch:
    """Compare the arms of a log, or of a table of contacts, with those assigned.

    Contacts that were assigned belong to their arm whatever happened: those that the log lacks, or
    has in another arm, bias a comparison that leaves them out or takes them as found.

    Parameters
    ----------
    log
        A call log, or a table with ``contact_id`` and ``arm``, one row a contact.
    assignment
        As made by ``assign`` or read by `load_assignment`.

    Raises
    ------
    InputError
        If the table lacks a column, or holds a contact twice.
    """
    contacts = log.contacts if isinstance(log, CallLog) else log
    there = ", ".join(map(str, contacts.columns))
    problems = [
        Problem("contacts", name, None, f"must be a column; there are: {there}")
        for name in ("contact_id", "arm")
        if name not in contacts
    ]
    if problems:
        raise InputError(problems)
    seen = pd.DataFrame(
        {"contact_id": as_names(contacts["contact_id"]), "found": as_names(contacts["arm"])}
    )
    if seen["contact_id"].duplicated().any():
        twice = seen.loc[seen["contact_id"].duplicated(), "contact_id"].iloc[0]
        rule = "must be there once: one row a contact"
        raise InputError([Problem("contacts", "contact_id", twice, rule)])
    meant = assignment.table[["contact_id", "segment", "arm"]].rename(columns={"arm": "assigned"})
    both = meant.merge(seen, on="contact_id", how="outer", indicator=True)
    finding = pd.Series("", both.index, dtype=object)
    inside = both["_merge"] == "both"
    finding[both["_merge"] == "left_only"] = MISSING
    # A contact outside the trial, without an arm, is nobody's mistake.
    finding[(both["_merge"] == "right_only") & both["found"].notna()] = STRANGER
    finding[inside & both["found"].isna()] = NO_ARM
    finding[inside & both["found"].notna() & (both["found"] != both["assigned"])] = OTHER_ARM
    table = both.assign(finding=finding)[finding != ""][list(COLUMNS)].reset_index(drop=True)
    matching = int((inside & (finding == "")).sum())
    return AssignmentMatch(table, len(meant), matching, assignment.again)
