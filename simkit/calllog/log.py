"""The call log: what every source of calls becomes and every analysis reads."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path

import pandas as pd

from simkit.calllog.extent import Extent
from simkit.calllog.header import Header
from simkit.calllog.schema import ATTEMPTS, CONTACTS, Column, conform, conforms, contact_columns
from simkit.calllog.source import Source, many
from simkit.calllog.store import Format, read_tables, write_tables
from simkit.calllog.trace import trace_table
from simkit.calllog.validate import Tables, check
from simkit.errors import InputError, Problem
from simkit.result import Result


@dataclass(frozen=True, eq=False, repr=False)
class CallLog(Result):
    """Contacts, also those never dialled, and the calls made to them.

    Parameters
    ----------
    header
        What the log is, when it starts, in which time zone.
    contacts
        One row a contact (`simkit.calllog.schema.CONTACTS`), then any covariates; a log of final
        counts has ``attempts_count`` and ``final_disposition`` besides.
    attempts
        One row a dial in time order (`simkit.calllog.schema.ATTEMPTS`); None in a log of final
        counts. What is unknown in a field log is null, never 0.
    truth
        Latent traits of simulated contacts, one row each, apart so that no estimator can peek.
    left_out
        Rows an import left out: reason, rows. None where nothing was imported.
    """

    header: Header
    contacts: pd.DataFrame
    attempts: pd.DataFrame | None
    truth: pd.DataFrame | None = None
    left_out: pd.DataFrame | None = None

    def problems(self, sources: Mapping[str, Source] | None = None) -> list[Problem]:
        """Return every violation of the log's rules.

        Parameters
        ----------
        sources
            Table's name → where it came from, for the row numbers; default: memory.
        """
        return check(
            Tables(
                self.header,
                self.contacts,
                self.attempts,
                self.truth,
                self.left_out,
                sources or {},
            )
        )

    def conformed(self) -> CallLog:
        """Return the log with columns of the schema's types, where that loses nothing.

        Tables that were put together by hand (``pd.concat``, ``map``, another library) often hold
        the right values under another type: whole numbers as objects or decimals, texts as
        objects or categories, times of another zone. What cannot be had without a loss stays as it
        is, and `validate` tells why.

        Returns
        -------
        CallLog
            The log itself where there is nothing to change.
        """
        if any(problem.field in ("timezone", "detail") for problem in self.header.problems("")):
            return self  # nothing says what the types are
        zone = self.header.timezone

        def with_types(
            table: pd.DataFrame | None, columns: tuple[Column, ...]
        ) -> pd.DataFrame | None:
            if table is None or not table.columns.is_unique or conforms(table, columns, zone):
                return table  # a column that stands there twice is for `validate` to name
            return conform(table, columns, zone)

        contacts = with_types(self.contacts, contact_columns(self.header.detail))
        attempts = with_types(self.attempts, ATTEMPTS)
        truth = with_types(self.truth, CONTACTS[:1])
        assert contacts is not None
        if contacts is self.contacts and attempts is self.attempts and truth is self.truth:
            return self
        return replace(self, contacts=contacts, attempts=attempts, truth=truth)

    def validate(self) -> CallLog:
        """Return the log itself if it keeps every rule.

        Types are among the rules; `conformed` gives a log those that it lacks by its making alone.

        Raises
        ------
        InputError
            Listing all violations, with table, column, rows, value and rule.
        """
        problems = self.problems()
        if problems:
            raise InputError(problems)
        return self

    def write(self, folder: str | os.PathLike[str]) -> Path:
        """Write the log as a folder of Parquet files with a JSON header.

        The folder appears whole or not at all; a call log that stands there is replaced.

        Parameters
        ----------
        folder
            The folder's name.

        Returns
        -------
        Path
            The folder.

        Raises
        ------
        InputError
            The log is not valid, or `folder` holds something that is not a call log.
        """
        return self._write(folder, "parquet")

    def write_csv(self, folder: str | os.PathLike[str]) -> Path:
        """Write the log as a folder of CSV files with a JSON header, as `write` does.

        Equal logs give the same bytes.
        """
        return self._write(folder, "csv")

    def _write(self, folder: str | os.PathLike[str], form: Format) -> Path:
        log = self.conformed().validate()
        tables = {
            "contacts": log.contacts,
            "attempts": log.attempts,
            "truth": log.truth,
            "left_out": log.left_out,
        }
        return write_tables(folder, log.header, tables, form)

    def require_attempts(self, what: str) -> pd.DataFrame:
        """Return `attempts`, for a function that cannot work on final counts.

        Parameters
        ----------
        what
            The function's name, for the message.

        Raises
        ------
        InputError
            The log holds final counts only.
        """
        if self.attempts is None:
            rule = f"{what} needs a log with one row an attempt; this one has final counts only"
            raise InputError([Problem("call log", "detail", self.header.detail, rule)])
        return self.attempts

    def trace(self, contact_id: int | str) -> pd.DataFrame:
        """Return one contact's life as a person can read it.

        Parameters
        ----------
        contact_id
            The contact.

        Returns
        -------
        DataFrame
            One row an event, from entry to the end of observation: date, day, waited since due,
            what happened, talk, next named date.

        Raises
        ------
        InputError
            There is no such contact, or the log holds final counts only.
        """
        attempts = self.require_attempts("trace")
        found = self.contacts[self.contacts["contact_id"] == contact_id]
        if found.empty:
            rule = "must be a contact of the contacts table"
            raise InputError([Problem("call log", "contact_id", contact_id, rule)])
        return trace_table(found.iloc[0], attempts[attempts["contact_id"] == contact_id])

    def sentence(self) -> str:
        """Return in words what the log holds."""
        parts = [Extent.of_tables(self.header, self.contacts, self.attempts).words()]
        if self.left_out is not None:
            rows = int(self.left_out["rows"].sum())
            why = ", ".join(
                f"{reason}: {count:,}"
                for reason, count in zip(
                    self.left_out["reason"], self.left_out["rows"], strict=True
                )
            )
            parts.append(f"({many(rows, 'row')} left out{f': {why}' if why else ''})")
        return " ".join(parts) + "."

    def _repr_html_(self) -> str:
        notes = "".join(f"<li>{escape(note)}</li>" for note in self.header.notes)
        table = self.contacts if self.attempts is None else self.attempts
        shown = table.head(5).to_html(index=False)
        return f"<p>{escape(self.sentence())}</p><ul>{notes}</ul>{shown}"


def read_call_log(folder: str | os.PathLike[str]) -> CallLog:
    """Read and validate a call log that `CallLog.write` or `CallLog.write_csv` wrote.

    Parameters
    ----------
    folder
        The folder: ``header.json`` and Parquet or CSV tables.

    Returns
    -------
    CallLog
        The log.

    Raises
    ------
    InputError
        Listing everything that is wrong, with file, column, rows, value and rule.
    """
    stored = read_tables(folder)
    tables = stored.tables
    parts = (
        stored.header,
        tables["contacts"],
        tables.get("attempts"),
        tables.get("truth"),
        tables.get("left_out"),
    )
    sources = {"header": Source("header.json"), **stored.sources}
    problems = [*stored.problems, *check(Tables(*parts, sources, stored.unread))]
    if problems:
        raise InputError(problems)
    return CallLog(*parts)
