"""What must hold in a call log: every rule is checked, every violation is listed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from simkit.calllog import schema
from simkit.calllog.dispositions import DISPOSITIONS
from simkit.calllog.header import Header
from simkit.calllog.misfit import wrong_covariate, wrong_type
from simkit.calllog.rules import (
    ATTEMPT_RULES,
    CONTACT_RULES,
    COUNTS_RULES,
    TRUTH_RULES,
    RowRule,
    within_contact,
)
from simkit.calllog.source import Source, broken_values, many
from simkit.errors import Problem

#: Texts that no format keeps apart from a null or from the end of a row.
_UNSAFE_TEXT = r"\s*|(?s:.*[\r\n\x00].*)"


@dataclass(frozen=True, eq=False)
class Tables:
    """A call log's parts as validation sees them.

    Parameters
    ----------
    header, contacts, attempts, truth, left_out
        The parts of the log.
    sources
        Table's name → where it came from; a table without one is in memory, a source without a
        table is that of a file that could not be read.
    unread
        (table, column) of columns with cells that could not be read, a problem of their own:
        rules on them wait until they can.
    """

    header: Header
    contacts: pd.DataFrame
    attempts: pd.DataFrame | None
    truth: pd.DataFrame | None = None
    left_out: pd.DataFrame | None = None
    sources: Mapping[str, Source] = field(default_factory=dict)
    unread: frozenset[tuple[str, str]] = frozenset()

    def source(self, table: str) -> Source:
        """Return where a table, or the header, came from."""
        if table == "header":
            return self.sources.get(table) or Source(table)
        return self.sources.get(table) or Source.memory(table)


def check(tables: Tables) -> list[Problem]:
    """Return every violation in a call log, with its table, column, rows, value and rule.

    Parameters
    ----------
    tables
        The log's parts and where they came from.

    Returns
    -------
    list of Problem
        Empty for a sound log. A rule that needs a column which is missing, of another type or
        not readable, or rows that were lost, waits until that is mended.
    """
    header = tables.header
    problems = header.problems(tables.source("header").name)
    if any(problem.field in ("timezone", "detail") for problem in problems):
        return problems
    problems += _parts(tables)
    repeated = list(_repeated(tables))
    if repeated:
        return problems + repeated
    problems += _contacts(tables)
    if tables.attempts is not None:
        problems += _attempts(tables, tables.attempts)
    if tables.truth is not None:
        problems += _truth(tables, tables.truth)
    return problems


def _parts(tables: Tables) -> Iterator[Problem]:
    """Check which tables are there."""
    where, header = tables.source("header").name, tables.header
    # A source without its table is that of a file that could not be read, a problem of its own.
    if header.detail == "attempts" and tables.attempts is None and "attempts" not in tables.sources:
        yield Problem(where, "detail", "attempts", "must come with an attempts table")
    if header.detail == "counts" and tables.attempts is not None:
        yield Problem(where, "detail", "counts", "must come without an attempts table")
    if header.source == "field" and tables.truth is not None:
        yield Problem(where, "source", "field", "must come without a truth table")
    if tables.left_out is not None and tuple(tables.left_out.columns) != schema.LEFT_OUT:
        where = tables.source("left_out").name
        rule = f"must be the columns {', '.join(schema.LEFT_OUT)}"
        yield Problem(where, "columns", ", ".join(map(str, tables.left_out.columns)), rule)


def _repeated(tables: Tables) -> Iterator[Problem]:
    """Check that no table has a column twice: nobody could say which of the two is meant."""
    frames = {"contacts": tables.contacts, "attempts": tables.attempts, "truth": tables.truth}
    for table, frame in frames.items():
        twice = () if frame is None else frame.columns[frame.columns.duplicated()].unique()
        for name in twice:
            rule = "must stand once among the columns"
            yield Problem(tables.source(table).name, "columns", str(name), rule)


def _contacts(tables: Tables) -> list[Problem]:
    frame, source = tables.contacts, tables.source("contacts")
    counts = tables.header.detail == "counts"
    problems, sound = _columns(
        tables, "contacts", frame, schema.contact_columns(tables.header.detail)
    )
    problems += _covariates(tables, "contacts", frame, set(sound))
    problems += _broken_rules(source, frame, CONTACT_RULES, sound)
    if counts:
        problems += _broken_rules(source, frame, COUNTS_RULES, sound)
        if "final_disposition" in sound:
            problems += _unknown_dispositions(source, frame["final_disposition"])
    return problems


def _attempts(tables: Tables, frame: pd.DataFrame) -> list[Problem]:
    source = tables.source("attempts")
    problems, sound = _columns(tables, "attempts", frame, schema.ATTEMPTS)
    known = [column.name for column in schema.ATTEMPTS]
    problems += [
        Problem(source.name, str(name), None, f"is not a column of attempts: {', '.join(known)}")
        for name in frame.columns
        if name not in known
    ]
    if "disposition" in sound:
        problems += _unknown_dispositions(source, frame["disposition"])
    worked_out, mixed = _from_contacts(tables, frame, sound, source)
    problems += mixed
    if {"contact_id", "attempt_no"} <= set(sound):
        worked_out["repeated"] = frame.duplicated(["contact_id", "attempt_no"], keep=False)
    if {"contact_id", "dialled_at"} <= set(sound):
        worked_out |= within_contact(frame, with_end="disposition" in sound)
    if source.lost:
        worked_out.pop("expected_no", None)
    return problems + _broken_rules(
        source, frame.assign(**worked_out), ATTEMPT_RULES, [*sound, *worked_out]
    )


def _truth(tables: Tables, frame: pd.DataFrame) -> list[Problem]:
    source = tables.source("truth")
    problems, sound = _columns(tables, "truth", frame, schema.CONTACTS[:1])
    problems += _covariates(tables, "truth", frame, set(sound))
    worked_out, mixed = _from_contacts(tables, frame, sound, source)
    worked_out = {name: values for name, values in worked_out.items() if name == "known"}
    return (
        problems
        + mixed
        + _broken_rules(source, frame.assign(**worked_out), TRUTH_RULES, [*sound, *worked_out])
    )


def _columns(
    tables: Tables, table: str, frame: pd.DataFrame, columns: Sequence[schema.Column]
) -> tuple[list[Problem], list[str]]:
    """Check presence, types and nulls; also return the columns that rules can rely on."""
    source, timezone = tables.source(table), tables.header.timezone
    problems: list[Problem | None] = []
    sound: list[str] = []
    for column in columns:
        if (table, column.name) in tables.unread:
            continue
        if column.name not in frame:
            problems.append(Problem(source.name, column.name, None, "must be a column"))
            continue
        values = frame[column.name]
        if not schema.fits(values, column, timezone):
            problems.append(wrong_type(source, values, column, timezone))
            continue
        sound.append(column.name)
        if not column.null:
            problems.append(source.problem(column.name, values.isna(), "must not be null", values))
        problems.append(_unsafe_text(source, values))
    return [problem for problem in problems if problem], sound


def _covariates(
    tables: Tables, table: str, frame: pd.DataFrame, checked: set[str]
) -> list[Problem]:
    source, timezone = tables.source(table), tables.header.timezone
    known = {column.name for column in schema.contact_columns(tables.header.detail)}
    problems: list[Problem | None] = []
    for name in frame.columns:
        if name in checked or (name in known and table == "contacts"):
            continue
        values = frame[name]
        if not schema.covariate_fits(values, timezone):
            problems.append(wrong_covariate(source, values, timezone))
        else:
            problems.append(_unsafe_text(source, values))
    return [problem for problem in problems if problem]


def _unsafe_text(source: Source, values: pd.Series[Any]) -> Problem | None:
    if not isinstance(values.dtype, pd.StringDtype):
        return None
    different = pd.Series(values.unique()).dropna().astype("str")
    unsafe = different[different.str.fullmatch(_UNSAFE_TEXT).astype(bool)]
    if unsafe.empty:
        return None
    rule = "must hold something and no line break; what is unknown is null"
    return source.problem(str(values.name), values.isin(unsafe), rule, values)


def _broken_rules(
    source: Source, frame: pd.DataFrame, rules: Sequence[RowRule], sound: Sequence[str]
) -> list[Problem]:
    problems: list[Problem | None] = []
    for rule in rules:
        if set(rule.needs) <= set(sound):
            broken, values = rule.broken(frame), frame[rule.column]
            words = rule.rule + (broken_values(values[broken]) if rule.listed else "")
            problems.append(source.problem(rule.column, broken, words, values))
    return [problem for problem in problems if problem]


def _unknown_dispositions(source: Source, values: pd.Series[Any]) -> list[Problem]:
    """Return one problem for each code that is not in the table, with its count."""
    counts = values.value_counts()
    problems = []
    for code, count in counts[~counts.index.isin(list(DISPOSITIONS))].items():
        rule = f"must be one of {', '.join(DISPOSITIONS)} ({many(count, 'row')})"
        problems.append(source.problem(str(values.name), (values == code), rule, values))
    return [problem for problem in problems if problem]


def _from_contacts(
    tables: Tables, frame: pd.DataFrame, sound: Sequence[str], source: Source
) -> tuple[dict[str, pd.Series[Any]], list[Problem]]:
    """Return what each row's contact says, and the problem of ids that cannot be compared."""
    contacts, timezone = tables.contacts, tables.header.timezone
    usable = [
        column.name
        for column in schema.CONTACTS
        if column.name in contacts
        and ("contacts", column.name) not in tables.unread
        and schema.fits(contacts[column.name], column, timezone)
    ]
    if "contact_id" not in sound or "contact_id" not in usable or frame.empty:
        return {}, []
    ids = contacts["contact_id"]
    if ids.dtype != frame["contact_id"].dtype:
        rule = f"must be of the same type as contacts.contact_id ({ids.dtype}): ids are mixed"
        rule += "; give both tables whole numbers, or both texts"
        where = source.field("contact_id")
        return {}, [Problem(source.name, where, str(frame["contact_id"].dtype), rule)]
    first = contacts.loc[~ids.duplicated()]
    places = pd.Index(first["contact_id"]).get_indexer(frame["contact_id"])
    found: dict[str, pd.Series[Any]] = {}
    if not tables.source("contacts").lost:
        found["known"] = pd.Series(places >= 0, frame.index)
    for name in ("entered_at", "observed_until"):
        if name in usable:
            found[name] = _picked(first[name], places, frame.index)
    return found, []


def _picked(
    values: pd.Series[Any], places: npt.NDArray[np.intp], index: pd.Index[Any]
) -> pd.Series[Any]:
    if values.empty:
        return pd.Series(pd.NaT, index, dtype=values.dtype)
    picked = values.iloc[np.maximum(places, 0)].set_axis(index)
    return picked.mask(places < 0)
