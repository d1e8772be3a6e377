"""Whether calls are missing from a log on disk, by the calls to contacts drawn at random."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from simkit.calllog import CallLog
from simkit.measures.reduction import civil_us
from simkit.trial.checks.check import Check
from simkit.trial.checks.dials import dials_of
from simkit.trial.checks.silence import silence_checks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simkit.calllog.stored import StoredLog
    from simkit.trial.read.summed import SummedTrial

DRAWN = 20_000
"""Contacts whose calls tell whether calls are missing: weeks without any show in far fewer."""

_CALLS_TO = """
SELECT a.contact_id, a.attempt_no, epoch_us(a.dialled_at) AS dialled_utc, a.disposition
FROM read_parquet($file) a
SEMI JOIN listed l ON l.contact_id = a.contact_id
"""


def stored_silence_checks(stored: StoredLog, data: SummedTrial, arm: str) -> list[Check]:
    """Check that no calls are missing, as `silence_checks` does of a log in memory.

    Parameters
    ----------
    stored
        The log.
    data
        The trial as read from it.
    arm
        Its column of the arms.
    """
    assert data.contacts is not None
    if not stored.attempts():
        return []
    there = len(data.contacts)
    drawn = np.arange(there)
    if there > DRAWN:
        drawn = np.sort(np.random.default_rng(0).choice(there, DRAWN, replace=False))
    contacts = _contacts_at(stored, arm, drawn)
    log = CallLog(stored.header, contacts, _calls_to(stored, contacts["contact_id"]))
    labels = data.contacts[["segment", "arm"]].iloc[drawn].astype(str)
    every = np.ones(len(contacts), dtype=np.bool_)
    until = civil_us(contacts["observed_until"], stored.header.timezone)
    checks = silence_checks(dials_of(log, labels, data.arms, every), until)
    if len(drawn) == there:
        return checks
    by = f" (counted on {DRAWN:,} contacts drawn at random of {there:,})"
    return [replace(check, found=f"{check.found}{by}") for check in checks]


def _contacts_at(stored: StoredLog, arm: str, places: NDArray[np.int64]) -> pd.DataFrame:
    """Read the contacts at some places among those who have an arm, a batch at a time."""
    parts, passed = [], 0
    for batch in stored.contact_batches(["contact_id", "entered_at", "observed_until", arm]):
        with_arm = batch.filter(batch.column(arm).is_valid())
        first, last = np.searchsorted(places, [passed, passed + len(with_arm)])
        parts.append(with_arm.take(pa.array(places[first:last] - passed)).to_pandas())
        passed += len(with_arm)
    found: pd.DataFrame = pd.concat(parts, ignore_index=True)
    return found


def _calls_to(stored: StoredLog, contacts: pd.Series) -> pd.DataFrame:
    """Read when some contacts were dialled, and how it ended."""
    listed = pa.table({"contact_id": pa.array(contacts, from_pandas=True)})
    with duckdb.connect(":memory:") as database:
        database.register("listed", listed)
        # As microseconds, since a time's zone is not needed to find it.
        found: pd.DataFrame = database.execute(_CALLS_TO, {"file": str(stored.attempts_file)}).df()
    moments = pd.to_datetime(found.pop("dialled_utc"), unit="us", utc=True)
    return found.assign(dialled_at=moments.dt.as_unit("us"))
