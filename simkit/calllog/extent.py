"""How much a call log holds: counted in memory, or in its files where they are larger than that."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from simkit.calllog.header import Header
from simkit.calllog.source import many
from simkit.calllog.store import read_header


@dataclass(frozen=True)
class Extent:
    """How much a call log holds.

    Attributes
    ----------
    header
        The log's header.
    contacts, segments, arms
        How many there are.
    attempts
        How many there are, or were where only their final counts are known.
    dialled
        How many contacts they were made to; None in a log of final counts.
    first, last
        When the first and the last was made; None where there is none, or not known.
    """

    header: Header
    contacts: int
    segments: int
    arms: int
    attempts: int
    dialled: int | None
    first: pd.Timestamp | None
    last: pd.Timestamp | None

    @classmethod
    def of_tables(
        cls, header: Header, contacts: pd.DataFrame, attempts: pd.DataFrame | None
    ) -> Extent:
        """Count in tables that are in memory."""
        people = (len(contacts), contacts["segment"].nunique(), contacts["arm"].nunique())
        if attempts is None:
            return cls(header, *people, int(contacts["attempts_count"].sum()), None, None, None)
        if attempts.empty:
            return cls(header, *people, 0, 0, None, None)
        first, last = attempts["dialled_at"].agg(["min", "max"])
        return cls(header, *people, len(attempts), attempts["contact_id"].nunique(), first, last)

    @classmethod
    def of_folder(cls, folder: str | os.PathLike[str]) -> Extent:
        """Count in a log's Parquet files, however large they are.

        Parameters
        ----------
        folder
            What `CallLog.write` or `simkit.engine.simulate_to` wrote: one row an attempt.

        Raises
        ------
        InputError
            The folder is no call log.
        MemoryError
            Too little memory is left to count.
        """
        place = Path(folder)
        header = read_header(place)
        with duckdb.connect(":memory:") as database:
            contacts, segments, arms = _row(
                database,
                "SELECT count(*), count(DISTINCT segment), count(DISTINCT arm) "
                "FROM read_parquet($file)",
                place / "contacts.parquet",
            )
            attempts, dialled, first_us, last_us = _row(
                database,
                "SELECT count(*), count(DISTINCT contact_id), "
                "epoch_us(min(dialled_at)), epoch_us(max(dialled_at)) FROM read_parquet($file)",
                place / "attempts.parquet",
            )
        first, last = (_moment(us, header.timezone) for us in (first_us, last_us))
        return cls(header, contacts, segments, arms, attempts, dialled, first, last)

    def words(self) -> str:
        """Return in words what the log holds, without a full stop."""
        parts = [
            f"{self.header.source.capitalize()} log: {many(self.contacts, 'contact')}",
            f"in {many(self.segments, 'segment')}",
            f"and {many(self.arms, 'arm')}," if self.arms else "without arms,",
        ]
        if self.dialled is None:
            parts.append(f"{many(self.attempts, 'attempt')} in final counts only")
        elif self.first is None or self.last is None:
            parts.append("no attempts")
        else:
            parts.append(f"{many(self.attempts, 'attempt')} to {many(self.dialled, 'contact')}")
            parts.append(f"from {self.first:%Y-%m-%d} to {self.last:%Y-%m-%d}")
        return " ".join(parts)


def _row(database: duckdb.DuckDBPyConnection, query: str, file: Path) -> tuple[Any, ...]:
    try:
        (found,) = database.execute(query, {"file": str(file)}).fetchall()
    except duckdb.OutOfMemoryException as error:
        raise MemoryError(str(error)) from None
    return tuple(found)


def _moment(us: int | None, timezone: str) -> pd.Timestamp | None:
    return None if us is None else pd.Timestamp(us, unit="us", tz="UTC").tz_convert(timezone)
