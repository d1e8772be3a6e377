"""The dials of a trial, as a source that answers queries cell by cell."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from simkit.calllog import DISPOSITIONS
from simkit.measures.reduction import is_, reduce_attempts, shared_database, windows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simkit.calllog import CallLog
    from simkit.trial.read.drawn import DrawnCalls

#: What is not kept of the dials of contacts drawn at random.
UNKNOWN = "CAST(NULL AS BIGINT) AS callback_us"

Ask = Callable[[str, Sequence[str], Sequence[str]], pd.DataFrame]


@dataclass(frozen=True, eq=False)
class Dials:
    """What the checks of calls read: a table ``dials`` behind a function that runs queries on it.

    Parameters
    ----------
    cells
        (segment, arm) of each cell, in the order of the arms.
    contacts
        Assigned contacts of each cell.
    timezone
        IANA name of the zone whose civil time the dials tell.
    ask
        (query, columns, times) → its answer. The query selects from ``dials`` as
        `simkit.measures.reduction.reduce_attempts` gives it, one row an observed attempt, with
        ``cell`` (the position in ``cells``, −1 outside the trial), ``entered_us``,
        ``observed_us``, ``account`` (its code) and ``closed`` (calling of the account is known to
        have ended by what ``dials`` need not hold: dials of contacts who were not drawn).
    """

    cells: tuple[tuple[str, str], ...]
    contacts: NDArray[np.int64]
    timezone: str
    ask: Ask

    @property
    def segments(self) -> dict[str, list[int]]:
        """Segment → positions of its cells."""
        found: dict[str, list[int]] = {}
        for place, (segment, _) in enumerate(self.cells):
            found.setdefault(segment, []).append(place)
        return found

    def arm(self, cell: int) -> str:
        """Name the arm of a cell."""
        return self.cells[cell][1]


def dials_of(
    log: CallLog,
    labels: pd.DataFrame,
    arms: Mapping[str, Sequence[str]],
    assigned: NDArray[np.bool_],
    horizon_days: float | None = None,
) -> Dials:
    """Return the dials of a log.

    Parameters
    ----------
    log
        The log.
    labels
        Segment and arm of its contacts as assigned.
    arms
        Segment → its arms.
    assigned
        Which of the log's contacts these are.
    horizon_days
        Days since entry; None for all that were observed, since most checks have no horizon.
    """
    cells = tuple((segment, arm) for segment, names in arms.items() for arm in names)
    of_contact = pd.MultiIndex.from_frame(labels[["segment", "arm"]])
    cell = pd.MultiIndex.from_tuples(cells).get_indexer(of_contact).astype(np.int64)
    of_all = np.full(len(assigned), -1, dtype=np.int64)
    of_all[assigned] = cell
    frame = windows(log, horizon_days)
    account = pd.factorize(log.contacts["account_id"])[0].astype(np.int64)
    closed = np.zeros(len(account), dtype=np.bool_)

    def ask(query: str, columns: Sequence[str], times: Sequence[str]) -> pd.DataFrame:
        listed = {
            "cell": of_all,
            "entered_us": frame.entered_us,
            "observed_us": frame.end_us - 1,
            "account": account,
            "closed": closed,
        }
        answer = reduce_attempts(log, frame, query, columns=columns, times=times, contacts=listed)
        return pd.DataFrame({name: _plain(values) for name, values in answer.items()})

    counts = np.bincount(cell, minlength=len(cells)).astype(np.int64)
    return Dials(cells, counts, log.header.timezone, ask)


def dials_drawn(drawn: DrawnCalls, cells: Sequence[tuple[str, str]], timezone: str) -> Dials:
    """Return the dials of contacts drawn at random, without agents, durations and named times.

    Parameters
    ----------
    drawn
        The contacts.
    cells
        Segment and arm of each cell.
    timezone
        The log's.
    """
    dialled = pa.table(drawn.dials()).rename_columns({"until_us": "observed_us"})
    counts = is_(*DISPOSITIONS.having("counts"))

    def ask(query: str, columns: Sequence[str], times: Sequence[str]) -> pd.DataFrame:
        with shared_database().cursor() as database:
            database.register("dialled", dialled)
            answer = database.execute(
                f"WITH dials AS (SELECT *, {counts} AS counts, {UNKNOWN} FROM dialled) {query}"
            ).fetchnumpy()
        return pd.DataFrame({name: _plain(np.asanyarray(of)) for name, of in answer.items()})

    return Dials(tuple(cells), drawn.sizes(len(cells)), timezone, ask)


def _plain(values: NDArray[np.generic]) -> pd.Series:
    """Return an answer's column, with nulls as pandas tells them."""
    masked = np.ma.asanyarray(values)
    missing = np.ma.getmaskarray(masked)
    plain = pd.Series(np.ma.getdata(masked))
    return plain.mask(pd.Series(missing)) if missing.any() else plain
