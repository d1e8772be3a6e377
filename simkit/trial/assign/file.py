"""Reading who was assigned to which arm: an assignment of simkit, or another's list."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from simkit.calllog.adapters.contacts import without_blanks
from simkit.calllog.textfile import Dialect, read_text_table, seen_delimiter
from simkit.errors import InputError, Problem
from simkit.trial.assign.assignment import Again, Assignment
from simkit.trial.assign.units import MISSING, dialect_of, repeated_ids
from simkit.trial.assign.written import COLUMNS, NO, beside, sidecar, table_digest
from simkit.trial.checks.check import checks_table
from simkit.trial.read.roster import ACCOUNT, SEGMENT


def load_assignment(path: str | Path) -> Assignment:
    """Read an assignment that `Assignment.write_csv` wrote.

    A spreadsheet may have saved the table anew, with other separators or in another order; what it
    must not have changed is any contact's account, segment or arm.

    Parameters
    ----------
    path
        The CSV file; the one ending in ``.json`` must lie beside it.

    Returns
    -------
    Assignment
        The contacts with their arms. Balance and checks are those of the time of assignment, and
        stay empty here.

    Raises
    ------
    InputError
        If a file is missing or no assignment's, or the table was changed since.
    """
    place = Path(path)
    record = beside(place)
    content = sidecar(record)
    if content is None:
        rule = "must be there and tell how the assignment was made: simkit wrote it with the table"
        raise InputError([Problem(str(record), "(file)", record.name, rule)])
    wanted = [*COLUMNS, *content["strata"], "on_list"]
    dialect = Dialect(seen_delimiter(place, wanted))
    text, source = read_text_table(place, dialect, wanted)
    text, source = without_blanks(text, source)
    if source.lost:
        raise InputError(source.lost)
    table = text[["contact_id", "account_id", "segment", *content["strata"], "arm"]].astype(object)
    table[content["strata"]] = table[content["strata"]].fillna(MISSING)
    table["on_list"] = text["on_list"].str.lower() != NO
    if table_digest(table) != content["digest"]:
        rule = (
            "must hold the contacts, accounts, segments and arms that it was written with: it was "
            "changed afterwards (a spreadsheet may have dropped leading zeros of ids)"
        )
        raise InputError([Problem(place.name, "(file)", place.name, rule)])
    return Assignment(
        table=table,
        balance=pd.DataFrame(),
        covariates=pd.DataFrame(),
        checks=checks_table([]),
        trial=content["trial"],
        design=content["design"],
        salt=content["salt"],
        method=content["method"],
        unit=content["unit"],
        strata=tuple(content["strata"]),
        parts=content["parts"],
        again=tuple(Again(**one) for one in content["again"]),
        first=content.get("first", True),
        dialect=dialect_of(place),
    )


def read_list(path: Path) -> pd.DataFrame:
    """Read contact and arm, also segment and account, of a list that simkit did not write.

    Parameters
    ----------
    path
        CSV with columns ``contact_id`` and ``arm``, perhaps ``segment`` and ``account_id``; ids are
        read as text, zeros included.

    Raises
    ------
    InputError
        If a contact or arm is missing, or a contact stands in several rows.
    """
    wanted = ["contact_id", "arm"]
    dialect = Dialect(seen_delimiter(path, wanted))
    text, source = read_text_table(path, dialect, wanted)
    text, source = without_blanks(text, source)
    problems: list[Problem | None] = [*source.lost]
    for name in wanted:
        missing = text[name].isna()
        problems.append(source.problem(name, missing, "must be known for each row", text[name]))
    problems.append(repeated_ids(text["contact_id"], "must stand in one row only", source))
    if any(problems):
        raise InputError(problem for problem in problems if problem)
    return text[[name for name in (*wanted, SEGMENT, ACCOUNT) if name in text]]
