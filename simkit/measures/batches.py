"""Attempts of a stored log in batches, as compiled code takes them."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from simkit.calllog import DISPOSITIONS
from simkit.calllog.codes import CODES
from simkit.calllog.stored import BATCH_ROWS, StoredLog
from simkit.measures.tally import UNKNOWN

if TYPE_CHECKING:
    from numpy.typing import NDArray

Part = TypeVar("Part")

COLUMNS = (
    *("contact_id", "attempt_no", "dialled_at", "agent_id", "disposition"),
    *("ring_s", "talk_s", "wrap_s", "cancelled_at", "value_cents"),
)
#: Ids are looked up in a table of all numbers between them where it is at most so sparse.
SPARSE = 4
#: Parts that are made before they are asked for: two, since not all take the same time.
PARTS_AHEAD = 2
BELOW_0 = UNKNOWN - 1


@dataclass(frozen=True, eq=False)
class Batch:
    """Attempts as the kernel takes them."""

    columns: tuple[NDArray[Any], ...]
    agents: pa.Array
    cancelled: bool

    def __len__(self) -> int:
        return len(self.columns[0])


@dataclass(frozen=True, eq=False)
class Places:
    """Where the contact of each id stands.

    Parameters
    ----------
    lowest, most
        The lowest id, and how many numbers there are from it to the highest.
    of_id
        The place of each of them, −1 for nobody; empty where each id is the one before and 1.
    """

    lowest: int
    most: int
    of_id: NDArray[np.int32]

    def of(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give the place of the contact of each id, −1 for nobody."""
        at = ids - self.lowest
        there = (at >= 0) & (at < self.most)
        if len(self.of_id):
            at = self.of_id[np.where(there, at, 0)].astype(np.int64)
        return np.where(there, at, -1)


def attempt_batches(stored: StoredLog, ids: pa.Array) -> Iterator[tuple[Batch, Places]]:
    """Give all attempts of a log, with how to find the places of these contacts by their ids.

    Another thread reads the file meanwhile, and makes ready what it has read: both together take no
    less time than the counting.
    """
    places = _places_of(ids)
    if places is None:
        places = Places(0, len(ids), np.empty(0, dtype=np.int32))
        made = (_batch(read, "place", -1) for read in _joined(stored, ids))
    else:
        nobody = places.lowest - 1  # no id at all is that of nobody here
        made = (_batch(read, "contact_id", nobody) for read in stored.attempt_batches(COLUMNS))
    for batch in ahead(made):
        yield batch, places


def _batch(batch: pa.RecordBatch, whose: str, nobody: int) -> Batch:
    ids = filled(batch.column(whose), nobody)
    seconds = [_amounts(batch.column(name)) for name in ("ring_s", "talk_s", "wrap_s")]
    cancelled = batch.column("cancelled_at")
    columns: tuple[NDArray[Any], ...] = (
        ids.astype(np.int64, copy=False),
        filled(batch.column("attempt_no"), UNKNOWN).astype(np.int32, copy=False),
        filled(microseconds(batch.column("dialled_at")), np.iinfo(np.int64).min),
        *_codes(batch.column("disposition")),
        *(values.astype(np.int32, copy=False) for values in seconds),
        known(cancelled),
        _amounts(batch.column("value_cents")).astype(np.int64, copy=False),
    )
    any_cancelled = cancelled.null_count < len(cancelled)
    return Batch(frozen(*columns), batch.column("agent_id"), any_cancelled)


def frozen(*columns: NDArray[Any]) -> tuple[NDArray[Any], ...]:
    """Let nobody write to columns, whoever made them: what is compiled takes only one kind."""
    views = tuple(column.view() for column in columns)
    for view in views:
        view.flags.writeable = False
    return views


def _places_of(ids: pa.Array) -> Places | None:
    """Return the places by id; None where ids are texts or lie far apart."""
    if not pa.types.is_integer(ids.type) or not len(ids):
        return None
    numbers = ids.to_numpy().astype(np.int64, copy=False)
    lowest, highest = int(numbers.min()), int(numbers.max())
    if highest - lowest >= SPARSE * len(ids) + BATCH_ROWS:
        return None
    most = highest - lowest + 1
    if most == len(numbers) and bool((numbers[1:] > numbers[:-1]).all()):
        return Places(lowest, most, np.empty(0, dtype=np.int32))
    of_id = np.full(most, -1, dtype=np.int32)
    of_id[numbers - lowest] = np.arange(len(numbers), dtype=np.int32)
    return Places(lowest, most, of_id)


def _joined(stored: StoredLog, ids: pa.Array) -> Iterator[pa.RecordBatch]:
    """Give the attempts with their contact's place, which DuckDB looks up, in the file's order."""
    listed = pa.table({"contact_id": ids, "place": pa.array(np.arange(len(ids), dtype=np.int32))})
    names = ", ".join(f"'{name}'" for name in DISPOSITIONS)
    taken = ", ".join(f"a.{name}" for name in COLUMNS if name not in ("contact_id", "disposition"))
    with duckdb.connect(":memory:") as database:
        database.register("listed", listed)
        database.execute("CREATE TABLE places AS FROM listed")
        database.unregister("listed")
        database.execute("SET preserve_insertion_order = true")
        answer = database.sql(
            f"""
            SELECT p.place, {taken}, TRY_CAST(a.disposition AS ENUM ({names})) AS disposition
            FROM read_parquet($file) a LEFT JOIN places p ON p.contact_id = a.contact_id
            """,
            params={"file": str(stored.attempts_file)},
        )
        yield from answer.to_arrow_reader(BATCH_ROWS)


def ahead(parts: Iterable[Part]) -> Iterator[Part]:
    """Give parts of which another thread makes the next ones while one is worked on."""
    made: queue.Queue[Part | BaseException | None] = queue.Queue()
    wanted = threading.Semaphore(PARTS_AHEAD)
    stop = False

    def make() -> None:
        try:
            wanted.acquire()
            for part in parts:
                made.put(part)
                del part  # whoever works on it alone holds it
                wanted.acquire()
                if stop:
                    return
            made.put(None)
        except BaseException as error:  # told where the parts are asked for
            made.put(error)

    maker = threading.Thread(target=make, daemon=True)
    maker.start()
    try:
        while (item := made.get()) is not None:
            wanted.release()
            if isinstance(item, BaseException):
                raise item
            yield item
            del item
    finally:
        stop = True
        wanted.release()
        maker.join()


def filled(values: pa.Array, missing: float) -> NDArray[Any]:
    """Return numbers, with one in place of what is missing."""
    if pa.types.is_null(values.type):
        return np.full(len(values), missing, dtype=np.int64)
    if not values.null_count:
        found: NDArray[Any] = values.to_numpy()
        return found
    if pa.types.is_unsigned_integer(values.type):  # what is missing stands below 0
        values = values.cast(pa.int64())
    kind = values.type.to_pandas_dtype()
    there = np.frombuffer(values.buffers()[1], dtype=kind)[values.offset :][: len(values)]
    return np.where(known(values).view(np.bool_), there, kind(missing))


def known(values: pa.Array) -> NDArray[np.uint8]:
    """Return 1 where there is a value, 0 where there is none."""
    if not values.null_count:
        return np.ones(len(values), dtype=np.uint8)
    if values.buffers()[0] is None:  # of a type that has no values
        return np.zeros(len(values), dtype=np.uint8)
    # Arrow's own way takes ten times as long.
    first, last = values.offset, values.offset + len(values)
    bits = np.frombuffer(values.buffers()[0], dtype=np.uint8)
    there = np.unpackbits(bits[first // 8 : -(-last // 8)], bitorder="little")
    return there[first % 8 :][: len(values)]


def _amounts(values: pa.Array) -> NDArray[Any]:
    """Return amounts of 0 or more; UNKNOWN where there is none, BELOW_0 where it is none."""
    found = filled(values, UNKNOWN)
    if np.count_nonzero(found < 0) == values.null_count:
        return found
    below = pc.fill_null(pc.less(values, pa.scalar(0, values.type)), False)
    return np.where(below.to_numpy(zero_copy_only=False), BELOW_0, found)


def microseconds(times: pa.Array) -> pa.Array:
    """Return times as microseconds of UTC."""
    if pa.types.is_null(times.type):
        return times
    return times.cast(pa.timestamp("us", times.type.tz), safe=False).cast(pa.int64())


def _codes(dispositions: pa.Array) -> tuple[NDArray[np.int32], NDArray[np.int8]]:
    """Give each disposition's place in a dictionary, and the code of all that stand there.

    The code is the place in the table of dispositions, −1 where it has none, as a null has none.
    """
    if not pa.types.is_dictionary(dispositions.type):
        dispositions = dispositions.dictionary_encode()
    names = dispositions.dictionary.to_pylist()
    code = np.array([*(CODES.get(name, -1) for name in names), -1], dtype=np.int8)
    places = filled(dispositions.indices, len(names)).astype(np.int32, copy=False)
    return places, code
