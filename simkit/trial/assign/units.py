"""The list of contacts to be assigned: read, checked, and brought to units."""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from simkit.calllog import cells
from simkit.calllog.adapters.contacts import without_blanks
from simkit.calllog.source import Source, broken_values
from simkit.calllog.textfile import Dialect, read_text_table, seen_delimiter
from simkit.errors import InputError, Problem
from simkit.trial.design import TrialDesign
from simkit.trial.read.data import as_names
from simkit.trial.read.names import SCHEMA_COLUMNS
from simkit.trial.read.persons import known_before
from simkit.trial.read.spelling import bare_ids, spelt_otherwise

IDS = ("contact_id", "account_id", "segment")
MISSING = "(missing)"
"""What stands for a stratum's value that the list does not give: a stratum of its own."""


@dataclass(frozen=True, eq=False)
class ContactList:
    """Contacts to be assigned.

    Parameters
    ----------
    table
        One row a contact: ``contact_id``, ``account_id``, ``segment`` and the strata's columns, as
        text; ``unit``, the id of what is assigned.
    further
        The further columns of the list, in the same rows.
    covariates
        Those of them by which arms are compared.
    source
        Where the rows came from, for messages.
    """

    table: pd.DataFrame
    further: pd.DataFrame
    covariates: pd.DataFrame
    source: Source


def read_contact_list(path: str | Path) -> tuple[pd.DataFrame, Source]:
    """Read a list of contacts: comma, semicolon, tab or bar separated, UTF-8.

    Ids stay as they are written; further columns become numbers where they are numbers, with a
    decimal comma where semicolons separate the cells.

    Parameters
    ----------
    path
        CSV with ``contact_id``, as a rule ``account_id`` and ``segment``, and any further columns.

    Returns
    -------
    table, source
        The contacts, and where the rows came from.

    Raises
    ------
    InputError
        With all rows and columns that cannot be read.
    """
    table, source, problems = read_list_of(path)
    if problems:
        raise InputError(problems)
    return table, source


def dialect_of(path: str | Path) -> Dialect:
    """Return how a list of contacts is written: its delimiter, and whether a mark begins it.

    A spreadsheet whose language has a decimal comma opens a file of semicolons with a byte-order
    mark at a double click, and no other.
    """
    place = Path(path)
    delimiter = seen_delimiter(place, [*IDS, "arm"])
    with place.open("rb") as file:
        marked = file.read(len(codecs.BOM_UTF8)) == codecs.BOM_UTF8
    return Dialect(delimiter, "utf-8-sig" if marked else "utf-8")


def read_list_of(path: str | Path) -> tuple[pd.DataFrame, Source, list[Problem]]:
    """Read a list of contacts as `read_contact_list` does; return what is wrong with its cells.

    Raises
    ------
    InputError
        If it cannot be read at all.
    """
    place = Path(path)
    dialect = Dialect(dialect_of(place).delimiter)
    text, source = read_text_table(place, dialect, ())
    text, source = without_blanks(text, source)
    problems = [*source.lost]
    columns = {}
    for name in map(str, text):
        if name in IDS:
            columns[name] = text[name]
            continue
        columns[name] = cells.inferred(text[name], dialect.delimiter)
        doubt = cells.two_readings(text[name], dialect.delimiter, source)
        problems += [doubt] if doubt else []
    if text.empty and not problems:
        problems.append(Problem(place.name, "rows", 0, "must be at least 1 below the header"))
    return pd.DataFrame(columns, index=text.index), source, problems


def contact_list(
    contacts: pd.DataFrame,
    design: TrialDesign,
    segment: str,
    source: Source,
    earlier: pd.DataFrame | None = None,
) -> ContactList:
    """Check a list of contacts against a design.

    Parameters
    ----------
    contacts
        The list.
    design
        Whose units, segments and strata are meant.
    segment
        Name of the segment's column; it may be missing where the design has one segment.
    source
        Where the rows came from.
    earlier
        Contacts as they were assigned before, whose ids must not have lost their zeros since.

    Raises
    ------
    InputError
        With every column that is missing and every row that breaks a rule.
    """
    contacts = contacts.reset_index(drop=True)
    by_account = design.unit == "account"
    alone = len(design.segments) == 1
    needed = ["contact_id", *(["account_id"] if by_account else []), *design.strata]
    needed += [] if alone else [segment]
    there = f"there are: {', '.join(map(str, contacts.columns))}; rename the one that holds it"
    why = {"account_id": ' (whole accounts are assigned; else unit = "contact")'}
    problems: list[Problem | None] = [
        Problem(source.name, name, None, f"must be a column{why.get(name, '')}; {there}")
        for name in needed
        if name not in contacts
    ]
    if "arm" in contacts and contacts["arm"].notna().any():
        rule = (
            "must be empty: these contacts have arms already; give the file of their assignment as "
            "the earlier one, or another list"
        )
        problems.append(source.problem("arm", contacts["arm"].notna(), rule, contacts["arm"]))
    if any(problems):
        raise InputError(problem for problem in problems if problem)
    table = pd.DataFrame({"contact_id": as_names(contacts["contact_id"])})
    account = "account_id" if "account_id" in contacts else "contact_id"
    table["account_id"] = as_names(contacts[account])
    table["segment"] = as_names(contacts[segment]) if segment in contacts else design.segments[0]
    for name in design.strata:
        table[name] = as_names(contacts[name]).fillna(MISSING)
    for name in needed:
        if name not in design.strata:
            at = "segment" if name == segment else name
            blank = table[at].isna() | (table[at].str.strip() == "")
            problems.append(source.problem(name, blank, "must be given", table[at]))
    known = table["segment"].isin(design.segments) | table["segment"].isna()
    rule = f"must be a segment of the design: {', '.join(design.segments)}"
    problems.append(source.problem(segment, ~known, rule, table["segment"]))
    rule = "must be there once: one row a contact"
    problems.append(repeated_ids(table["contact_id"], rule, source))
    for name in ("contact_id", *(["account_id"] if by_account else [])):
        if name == "account_id":
            which, rule = spelt_otherwise(table[name])
            problems.append(source.problem(name, which, rule, table[name]))
        else:
            problems.append(_blanks_around(table[name], name, source))
        if earlier is not None:
            problems += eaten_zeros(table, earlier, [name], source)
    if any(problems):
        raise InputError(problem for problem in problems if problem)
    table["unit"] = table["account_id" if by_account else "contact_id"]
    taken = {*SCHEMA_COLUMNS, segment, *design.strata}
    further = [name for name in contacts.columns if name not in taken]
    own = contacts[further]
    return ContactList(table, own, own[known_before(own, (), design.covariates)], source)


def repeated_ids(ids: pd.Series, rule: str, source: Source) -> Problem | None:
    """Return the problem of contacts that stand in several rows, naming them.

    Parameters
    ----------
    ids
        Of the contacts, one a row.
    rule
        What must hold.
    source
        Where the rows came from.
    """
    twice = ids.duplicated(keep=False) & ids.notna()
    return source.problem("contact_id", twice, rule + broken_values(ids[twice]), ids)


def _blanks_around(ids: pd.Series, name: str, source: Source) -> Problem | None:
    """Return the problem of ids that would be one if blanks around them did not count."""
    bare = ids.str.strip()
    pairs = pd.DataFrame({"id": ids, "bare": bare}).dropna().drop_duplicates()
    several = pairs.loc[pairs["bare"].duplicated(), "bare"]
    rule = "must not differ from another id by blanks around it alone: take the blanks away"
    return source.problem(name, bare.isin(several) & (ids != bare), rule, ids)


def eaten_zeros(
    table: pd.DataFrame, earlier: pd.DataFrame, names: Sequence[str], source: Source
) -> list[Problem]:
    """Return a problem for each column of ids that are new only by zeros or blanks.

    A spreadsheet takes "007" for the number 7, and may write it as 7.0. Its contact would
    be drawn again, and the one that was assigned would seem to have left the list. Where the
    earlier id is listed too, both are taken as they stand.

    Parameters
    ----------
    table, earlier
        Contacts to be assigned; and those that were.
    names
        Columns of ids.
    source
        Where the rows came from.
    """
    problems = []
    for name in names:
        known, ids = pd.Series(earlier[name].unique(), dtype=object), table[name]
        lost = known[~known.isin(ids)]
        by_core = pd.Series(lost.to_numpy(), index=bare_ids(lost)).groupby(level=0).first()
        twin = bare_ids(ids).map(by_core)
        found = ~ids.isin(known) & twin.notna()
        if found.any():
            rule = (
                f"must be written as it was assigned earlier, {twin[found].iloc[0]!r}: they differ "
                "by leading zeros, zeros after the point or blanks alone, as a spreadsheet changes "
                "ids; write it as it was (where they are two, list both)"
            )
            problem = source.problem(name, found, rule, ids)
            problems += [problem] if problem else []
    return problems


def torn_units(
    table: pd.DataFrame, new: pd.Series[bool], strata: tuple[str, ...], source: Source
) -> list[Problem]:
    """Return a problem for each column in which the contacts of one new unit differ.

    Parameters
    ----------
    table
        Contacts with ``unit``.
    new
        Whose units have no arm yet.
    strata
        Columns of strata.
    source
        Where the rows came from.
    """
    problems = []
    for name in ("segment", *strata):
        pairs = table.loc[new, ["unit", name]].drop_duplicates()
        several = pairs.loc[pairs["unit"].duplicated(), "unit"]
        torn = new & table["unit"].isin(several)
        if not torn.any():
            continue
        first = table.loc[torn, "unit"].iloc[0]
        values = pairs.loc[pairs["unit"] == first, name]
        rule = (
            "must be the same for all contacts of an account, which is assigned as a whole within "
            f"its segment and stratum, unlike in account {first}"
        )
        found = source.problem(name, torn, rule)
        if found:
            problems.append(replace(found, value=" and ".join(map(str, values))))
    return problems
