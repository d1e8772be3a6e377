"""Whose observation ended early in a log on disk, and what had happened to them by then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from simkit.measures.agents import AgentArms
from simkit.measures.batches import filled, microseconds
from simkit.measures.clock import clock
from simkit.measures.counting import begin_contacts, enter
from simkit.measures.gaps import GapFile
from simkit.measures.outcomes import COUNTED, outcome_columns
from simkit.measures.passing import cancel_probs, pass_attempts
from simkit.measures.reduction import US_PER_DAY
from simkit.trial.read.lost import Watched
from simkit.trial.read.lots import LOT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simkit.calllog.stored import StoredLog

    Flags = NDArray[np.bool_]
    #: Contacts: columns, entry and end of observation, civil microseconds.
    Part = tuple[pa.RecordBatch, NDArray[np.int64], NDArray[np.int64]]

TIMES = ("entered_at", "observed_until")


def ended_early_of(
    stored: StoredLog,
    arm: str,
    segment: NDArray[np.integer],
    entries_us: tuple[int, int],
    horizon_days: float,
) -> tuple[Flags, Flags]:
    """Tell of the contacts in arms what `ended_early` tells, a batch of them at a time.

    Parameters
    ----------
    stored
        The log.
    arm
        Its column of the arms.
    segment
        Code of each one's segment, from 0.
    entries_us
        The first and the last moment at which one entered, civil microseconds.
    horizon_days
        Days since entry at which arms are compared.
    """
    shorter, lost = (np.zeros(len(segment), dtype=np.bool_) for _ in range(2))
    watched = Watched(int(segment.max()) + 1, *entries_us)
    for rows, _, entered_us, until_us in _in_arms(stored, arm, ()):
        watched.add(segment[rows], entered_us, until_us)
    for rows, _, entered_us, until_us in _in_arms(stored, arm, ()):
        shorter[rows], lost[rows] = watched.ended_early(
            segment[rows], entered_us, until_us, horizon_days
        )
    return shorter, lost


def events_of(
    stored: StoredLog, arm: str, which: Flags, names: Sequence[str], horizon_days: float
) -> pd.DataFrame:
    """Tell what had happened to some contacts by the end of their observation, or the horizon.

    Their attempts are counted as those of all others are. So the log is read once more.

    Parameters
    ----------
    stored, arm, horizon_days
        As in `ended_early_of`.
    which
        Which of the contacts in arms; at least one.
    names
        Outcomes of yes or no: of the calls, or columns of contacts.

    Returns
    -------
    pandas.DataFrame
        Whether each had happened, one row a contact.
    """
    own = [name for name in names if name in stored.contacts_schema.names]
    read = ("contact_id", "segment", *own)
    found: list[pd.DataFrame] = []
    parts: list[Part] = []
    for rows, batch, *times in _in_arms(stored, arm, read):
        here = which[rows]
        if here.any():
            parts.append((batch.filter(pa.array(here)), *(each[here] for each in times)))
        if sum(len(part[0]) for part in parts) >= LOT:
            found.append(_events(stored, parts, names, own, horizon_days))
            parts = []
    if parts:
        found.append(_events(stored, parts, names, own, horizon_days))
    return pd.concat(found, ignore_index=True)


def _in_arms(
    stored: StoredLog, arm: str, columns: Sequence[str]
) -> Iterator[tuple[slice, pa.RecordBatch, NDArray[np.int64], NDArray[np.int64]]]:
    """Give the contacts in arms: their places among these, and a `Part`."""
    time, passed = clock(stored.header.timezone), 0
    wanted = tuple(dict.fromkeys((*columns, *TIMES, arm)))
    for batch in stored.contact_batches(wanted):
        there = batch.column(arm).is_valid()
        kept = batch if not batch.column(arm).null_count else batch.filter(there)
        entered_us, until_us = (
            time.civil(filled(microseconds(kept.column(name)), 0)) for name in TIMES
        )
        yield slice(passed, passed + len(kept)), kept, entered_us, until_us
        passed += len(kept)


def _events(
    stored: StoredLog,
    parts: Sequence[Part],
    names: Sequence[str],
    own: Sequence[str],
    horizon_days: float,
) -> pd.DataFrame:
    """Count the attempts of some contacts, and say what had happened to them."""
    ids = pa.concat_arrays([batch.column("contact_id") for batch, *_ in parts])
    entered_us, until_us = (np.concatenate([part[place] for part in parts]) for place in (1, 2))
    segment = pd.concat(
        [batch.column("segment").to_pandas().astype(object) for batch, *_ in parts]
    ).to_numpy()
    seen = begin_contacts(len(ids))
    enter(seen, entered_us, until_us)
    seen["cell"] = -1  # nobody is compared: gaps and agents are not gathered again
    horizon_us = round(horizon_days * US_PER_DAY)
    with GapFile(1, horizon_us) as gaps:
        passed = pass_attempts(
            stored,
            ids,
            seen,
            horizon_us=horizon_us,
            arm_of_cell=np.zeros(1, dtype=np.int64),
            clock=clock(stored.header.timezone),
            agents=AgentArms(1),
            gaps=gaps,
        )
    withdrawal = stored.header.withdrawal_days or {}
    columns = outcome_columns(
        passed.counts(slice(None), COUNTED),
        observed_us=until_us,
        withdrawal_days=np.array([withdrawal.get(name, 0.0) for name in segment], dtype=np.float64),
        cancel_prob=cancel_probs(stored, ids),
        prices=None,
        of_contact=np.zeros(len(ids), dtype=np.int64),
        spent_days=horizon_days,
    )
    for name in own:
        numbers = [filled(batch.column(name).cast(pa.float64()), np.nan) for batch, *_ in parts]
        columns[name] = np.concatenate(numbers)
    return pd.DataFrame({name: columns[name] == 1 for name in names if name in columns})
