"""Contacts of a stored log, so many at a time: their columns as numbers, and what is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from simkit.calllog.stored import StoredLog
from simkit.calllog.suspects import problems_of_contacts
from simkit.errors import InputError
from simkit.measures.batches import ahead, filled, microseconds
from simkit.measures.clock import Clock
from simkit.measures.counting import begin_contacts, enter
from simkit.trial.read.sums import those

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Contacts at a time. More of them mean several passes over the attempts, not more memory.
LOT = 1 << 21
PART_ROWS = 1 << 16
#: Codes of segments and of arms are written as one number.
WIDE = np.int64(1 << 16)
#: Ids of accounts are their own codes where at most so many numbers lie between two of them.
SPARSE = 4


@dataclass(eq=False)
class Lot:
    """Some contacts.

    Parameters
    ----------
    first, size
        How many contacts stand before them, and how many these are.
    ids
        Their ids.
    entered_us, observed_us
        When each entered, and until when it was observed, civil microseconds.
    codes
        Column → code of each contact's value among the `Labels`, −1 where it is null.
    numbers
        Column → numbers.
    sound
        Whether ids, accounts, segments and times are all known, and nobody is observed until before
        the entry.
    """

    first: int
    size: int
    ids: pa.Array
    entered_us: NDArray[np.int64]
    observed_us: NDArray[np.int64]
    codes: dict[str, NDArray[Any]]
    numbers: dict[str, NDArray[np.float64]]
    sound: bool = True

    def __len__(self) -> int:
        return self.size

    def parts(self) -> Iterator[slice]:
        """Cut the contacts into parts that are quickly worked on."""
        for first in range(0, len(self), PART_ROWS):
            yield slice(first, first + PART_ROWS)

    def drop_ids(self) -> None:
        """Forget the ids: who has found the contacts' attempts needs them no longer."""
        self.ids = pa.nulls(0)  # not a part without a row, which would hold them all

    def let_enter(self) -> NDArray[Any]:
        """Return SEEN of each, before any call; their times are found there from now on."""
        seen = begin_contacts(len(self))
        for part in self.parts():
            enter(seen[part], self.entered_us[part], self.observed_us[part])
        self.entered_us = self.observed_us = np.empty(0, dtype=np.int64)
        return seen


@dataclass(frozen=True, eq=False)
class Survey:
    """What is to be known of all contacts before their attempts are read.

    Parameters
    ----------
    cells, sizes
        Codes of segment and arm, a row each that holds a contact, and how many it holds.
    unassigned
        Contacts without an arm.
    entries_us, ends_us
        The first and the last moment at which an assigned contact entered, and until which one was
        observed, civil microseconds.
    clustered
        Whether assigned contacts share accounts.
    missing
        Column of numbers, of the segment, of the account → assigned contacts of which it is not
        known.
    """

    cells: NDArray[np.int64]
    sizes: NDArray[np.int64]
    unassigned: int
    entries_us: tuple[int, int]
    ends_us: tuple[int, int]
    clustered: bool
    missing: dict[str, int]


class Labels:
    """The different values of a column, in the order in which they are first seen.

    Parameters
    ----------
    lowest
        Set for whole numbers that lie close together: their distance from it is their code.
    """

    def __init__(self, lowest: int | None = None) -> None:
        self._codes: dict[Any, int] = {}
        self._lowest = lowest

    @property
    def values(self) -> list[Any]:
        """The values, where they are not numbered by distance."""
        return list(self._codes)

    def codes_of(self, column: pa.Array) -> NDArray[np.int32]:
        """Give each value its code, −1 for a null."""
        if self._lowest is not None:
            numbers = filled(column.cast(pa.int64()), self._lowest - 1)
            codes: NDArray[np.int32] = (numbers - self._lowest).astype(np.int32)
            return codes
        if not pa.types.is_dictionary(column.type):
            column = column.dictionary_encode()
        names = column.dictionary.to_pylist()
        of_name = [
            -1 if name is None else self._codes.setdefault(name, len(self._codes)) for name in names
        ]
        places = filled(column.indices, len(names))
        found: NDArray[np.int32] = np.array([*of_name, -1], dtype=np.int32)[places]
        return found


class Lots:
    """All contacts of a stored log, in lots; where one lot holds them, they are read once.

    Parameters
    ----------
    stored, clock
        The log, and the offsets of its time zone.
    accounts, labels
        Columns that are read as codes, those of accounts without their values.
    numbers
        Columns that are read as numbers.
    """

    def __init__(
        self,
        stored: StoredLog,
        clock: Clock,
        *,
        accounts: Sequence[str],
        labels: Sequence[str],
        numbers: Sequence[str],
    ) -> None:
        self._stored = stored
        self._clock = clock
        self._numbers = tuple(dict.fromkeys(numbers))
        self.labels = {
            name: Labels(None if name in labels else _lowest(stored, name))
            for name in dict.fromkeys((*accounts, *labels))
        }
        self.named = frozenset(labels)
        self._only: Lot | None = None

    def __iter__(self) -> Iterator[Lot]:
        total = self._stored.contacts()
        if self._only is not None:
            yield self._only
            return
        for lot in self._read():
            if len(lot) == total:
                self._only = lot
            yield lot

    def require_sound(self) -> None:
        """Hold the contacts against the rules that an evaluation rests on.

        Raises
        ------
        InputError
            Where a null stands, an id is repeated, an account lies in two segments, or somebody is
            observed until before the entry.
        """
        sound = all(lot.sound for lot in self)
        if self._only is not None:
            only = self._only
            account, of_contact = only.codes["account_id"], only.codes["segment"]
            segment = np.full(int(account.max(initial=-1)) + 2, -1, dtype=np.int32)
            segment[account] = of_contact
            sound = sound and bool((segment[account] == of_contact).all()) and _unique(only.ids)
        elif sound:
            with duckdb.connect(":memory:") as database:
                file = {"file": str(self._stored.contacts_file)}
                (twice,) = database.execute(_REPEATED, file).fetchall()[0]
                (apart,) = database.execute(_APART, file).fetchall()[0]
                sound = not twice and not apart
        if not sound:
            problems = problems_of_contacts(self._stored)
            if problems:
                raise InputError(problems)

    def survey(self, arm: str, segment: str, account: str) -> Survey:
        """Look through the contacts.

        Parameters
        ----------
        arm, segment, account
            Columns of the arm, of the segment and of what was assigned.
        """
        counts: Counter[tuple[int, int]] = Counter()
        unassigned, known_accounts = 0, 0
        entries_us, ends_us = _Span(), _Span()
        missing = dict.fromkeys((*self._numbers, segment, account), 0)
        met = np.zeros(0, dtype=np.bool_)
        for lot in self:
            met = np.pad(met, (0, max(int(lot.codes[account].max(initial=-1)) + 1 - len(met), 0)))
            for part in lot.parts():
                assigned = lot.codes[arm][part] >= 0
                unassigned += int((~assigned).sum())
                if not assigned.any():
                    continue
                kept = those(assigned)
                arms, segments, accounts = (
                    lot.codes[name][part][kept] for name in (arm, segment, account)
                )
                of_contact = segments * WIDE + arms
                keys, sizes = np.unique(of_contact, return_counts=True)
                both = zip(keys.tolist(), sizes.tolist(), strict=True)
                sized = {key: size for key, size in both if key >= 0}  # a null is no segment
                new = [key for key in sized if divmod(key, WIDE) not in counts]
                # Cells stand in the order in which they are first met, as in memory.
                first = {key: int(np.argmax(of_contact == key)) for key in new}
                for key in sorted(first, key=first.__getitem__):
                    counts[divmod(key, WIDE)] = 0
                for key, size in sized.items():
                    counts[divmod(key, WIDE)] += size
                entries_us.take(lot.entered_us[part][kept])
                ends_us.take(lot.observed_us[part][kept])
                for name, values in lot.numbers.items():
                    missing[name] += int(np.isnan(values[part][kept]).sum())
                missing[segment] += int((segments < 0).sum())
                missing[account] += int((accounts < 0).sum())
                if missing[account]:
                    accounts = accounts[accounts >= 0]
                known_accounts += len(accounts)
                met[accounts] = True
        clustered = int(np.count_nonzero(met)) < known_accounts
        cells = np.array(list(counts), dtype=np.int64).reshape(-1, 2)
        found = np.array(list(counts.values()), dtype=np.int64)
        return Survey(
            cells,
            found,
            unassigned,
            entries_us.found,
            ends_us.found,
            clustered,
            missing,
        )

    def _read(self) -> Iterator[Lot]:
        columns = ("contact_id", *_TIMES, *self.labels, *self._numbers)
        read = self._stored.contact_batches(tuple(dict.fromkeys(columns)))
        parts = ahead(map(self._part, _within_lots(read)))
        total = self._stored.contacts()
        for first in range(0, total, LOT):
            size = min(LOT, total - first)
            codes = {name: np.empty(size, self._kind_of(name)) for name in self.labels}
            numbers = {name: np.empty(size) for name in self._numbers}
            entered_us, observed_us = (np.empty(size, dtype=np.int64) for _ in range(2))
            lot = Lot(first, size, pa.nulls(0), entered_us, observed_us, codes, numbers)
            ids: list[pa.Array] = []
            done = 0
            while done < size:
                part = next(parts)
                rows = slice(done, done + len(part.ids))
                ids.append(part.ids)
                entered_us[rows], observed_us[rows] = part.entered_us, part.observed_us
                for held, read_of in ((codes, part.codes), (numbers, part.numbers)):
                    for name, values in read_of.items():
                        held[name][rows] = values
                lot.sound = lot.sound and part.sound
                done = rows.stop
            lot.ids = pa.concat_arrays(ids)
            # What Arrow read with it would keep for later, below all that is held from now on.
            del ids, part
            pa.default_memory_pool().release_unused()
            yield lot

    def _kind_of(self, name: str) -> type[np.signedinteger[Any]]:
        return np.int16 if name in self.named else np.int32

    def _part(self, batch: pa.RecordBatch) -> _Part:
        """Make numbers of some contacts, in the thread that reads them."""
        ids = batch.column("contact_id")
        entered_us, observed_us = (self._civil(batch.column(name)) for name in _TIMES)
        codes = {name: labels.codes_of(batch.column(name)) for name, labels in self.labels.items()}
        sound = (
            not ids.null_count
            and all(bool((codes[name] >= 0).all()) for name in _WANTED)
            and bool((entered_us > NOT_KNOWN).all() and (observed_us >= entered_us).all())
        )
        numbers = {
            name: filled(batch.column(name).cast(pa.float64()), np.nan) for name in self._numbers
        }
        return _Part(ids, entered_us, observed_us, codes, numbers, sound)

    def _civil(self, moments: pa.Array) -> NDArray[np.int64]:
        us = filled(microseconds(moments), NOT_KNOWN)
        civil = self._clock.civil(us)
        if moments.null_count:
            civil[us == NOT_KNOWN] = NOT_KNOWN
        return civil


class _Span:
    """The least and the largest of numbers that come in parts."""

    def __init__(self) -> None:
        self.found = (np.iinfo(np.int64).max, np.iinfo(np.int64).min)

    def take(self, numbers: NDArray[np.int64]) -> None:
        low, high = self.found
        self.found = (min(low, int(numbers.min())), max(high, int(numbers.max())))


@dataclass(frozen=True, eq=False)
class _Part:
    """Contacts as they are put into their `Lot`, whose names these are."""

    ids: pa.Array
    entered_us: NDArray[np.int64]
    observed_us: NDArray[np.int64]
    codes: dict[str, NDArray[np.int32]]
    numbers: dict[str, NDArray[np.float64]]
    sound: bool


def _within_lots(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Cut batches where a lot ends."""
    done = 0
    for batch in batches:
        while len(batch):
            part = batch[: LOT - done % LOT]
            yield part
            done += len(part)
            batch = batch[len(part) :]


NOT_KNOWN = np.iinfo(np.int64).min
_TIMES = ("entered_at", "observed_until")
#: Columns of codes that no contact of a log may lack.
_WANTED = ("account_id", "segment")
_REPEATED = "SELECT count(*) - count(DISTINCT contact_id) FROM read_parquet($file)"
_APART = """
SELECT count(*) FROM (
    SELECT account_id FROM read_parquet($file)
    GROUP BY account_id HAVING min(segment) <> max(segment)
)
"""


def _lowest(stored: StoredLog, column: str) -> int | None:
    """Return the lowest of whole numbers that lie close together; None for all else."""
    kind = stored.contacts_schema.field(column).type
    if not pa.types.is_integer(kind):
        return None
    found = pq.read_metadata(stored.contacts_file)
    place = found.schema.names.index(column)
    known = [
        found.row_group(group).column(place).statistics for group in range(found.num_row_groups)
    ]
    if not known or not all(row is not None and row.has_min_max for row in known):
        return None
    low, high = min(row.min for row in known), max(row.max for row in known)
    if high - low >= SPARSE * stored.contacts() + LOT:
        return None
    return int(low)


def _unique(ids: pa.Array) -> bool:
    if pa.types.is_integer(ids.type):
        numbers = ids.to_numpy()
        return bool((numbers[1:] > numbers[:-1]).all()) or pd.Index(numbers).is_unique
    return len(ids.unique()) == len(ids)
