"""Attempts of a stored log in batches, as compiled code takes them."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

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

COLUMNS = (
    *("contact_id", "attempt_no", "dialled_at", "agent_id", "disposition"),
    *("ring_s", "talk_s", "wrap_s", "cancelled_at", "value_cents"),
)
#: Ids are looked up in a table of all numbers between them where it is at most so sparse.
SPARSE = 4
WAITING = 3
BELOW_0 = UNKNOWN - 1


@dataclass(frozen=True, eq=False)
class Batch:
    """Attempts as the kernel takes them."""

    rows: int
    columns: tuple[NDArray[Any], ...]
    agents: pa.Array
    cancelled: bool


def attempt_batches(stored: StoredLog, ids: pa.Array) -> Iterator[Batch]:
    """Give all attempts of a log, those to others than these contacts with the place −1."""
    table = _table_of(ids)
    if table is None:
        for batch in _joined(stored, ids):
            yield _batch(batch, filled(batch.column("place"), -1).astype(np.int32, copy=False))
        return
    lowest, most, places = table
    for batch in stored.attempt_batches(COLUMNS):
        at = filled(batch.column("contact_id"), lowest - 1) - lowest
        # An id beyond the table, or none at all, is that of nobody here.
        at[(at < 0) | (at >= most)] = -1
        yield _batch(batch, at.astype(np.int32) if places is None else places[at])


def _batch(batch: pa.RecordBatch, place: NDArray[np.int32]) -> Batch:
    seconds = [_amounts(batch.column(name)) for name in ("ring_s", "talk_s", "wrap_s")]
    columns = (
        place,
        filled(batch.column("attempt_no"), UNKNOWN).astype(np.int32, copy=False),
        filled(_us(batch.column("dialled_at")), np.iinfo(np.int64).min),
        _codes(batch.column("disposition")),
        *(values.astype(np.int32, copy=False) for values in seconds),
        batch.column("cancelled_at").is_valid().to_numpy(zero_copy_only=False).view(np.uint8),
        _amounts(batch.column("value_cents")).astype(np.int64, copy=False),
    )
    cancelled = batch.column("cancelled_at").null_count < len(place)
    return Batch(len(place), frozen(*columns), batch.column("agent_id"), cancelled)


def frozen(*columns: NDArray[Any]) -> tuple[NDArray[Any], ...]:
    """Let nobody write to columns, whoever made them: what is compiled takes only one kind."""
    views = tuple(column.view() for column in columns)
    for view in views:
        view.flags.writeable = False
    return views


def _table_of(ids: pa.Array) -> tuple[int, int, NDArray[np.int32] | None] | None:
    """Return the lowest id, how many numbers there are to the highest, and the place of each.

    The last place is nobody's. There are none where each id is the one before and 1; and nothing
    is returned of ids that are texts or lie far apart.
    """
    if not pa.types.is_integer(ids.type) or not len(ids):
        return None
    numbers = ids.to_numpy().astype(np.int64, copy=False)
    lowest, highest = int(numbers.min()), int(numbers.max())
    if highest - lowest >= SPARSE * len(ids) + BATCH_ROWS:
        return None
    most = highest - lowest + 1
    if most == len(numbers) and bool((numbers[1:] > numbers[:-1]).all()):
        return lowest, most, None
    places = np.full(most + 1, -1, dtype=np.int32)
    places[numbers - lowest] = np.arange(len(numbers), dtype=np.int32)
    return lowest, most, places


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


def ahead(batches: Iterable[Batch]) -> Iterator[Batch]:
    """Give batches that another thread reads meanwhile, a few ahead."""
    waiting: queue.Queue[Batch | BaseException | None] = queue.Queue(WAITING)
    stop = threading.Event()

    def put(item: Batch | BaseException | None) -> None:
        while not stop.is_set():
            try:
                waiting.put(item, timeout=0.1)
            except queue.Full:
                continue
            return

    def read() -> None:
        try:
            for batch in batches:
                put(batch)
                if stop.is_set():
                    return
            put(None)
        except BaseException as error:  # told where the batches are asked for
            put(error)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        while (item := waiting.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stop.set()
        reader.join()


def filled(values: pa.Array, missing: int) -> NDArray[Any]:
    """Return numbers, with one in place of what is missing."""
    if pa.types.is_null(values.type):
        return np.full(len(values), missing, dtype=np.int64)
    if values.null_count:
        values = pc.fill_null(values, pa.scalar(missing, values.type))
    found: NDArray[Any] = values.to_numpy()
    return found


def _amounts(values: pa.Array) -> NDArray[Any]:
    """Return amounts of 0 or more; UNKNOWN where there is none, BELOW_0 where it is none."""
    if not pa.types.is_null(values.type) and (pc.min(values).as_py() or 0) < 0:
        below = pa.scalar(BELOW_0, values.type)
        values = pc.if_else(pc.less(values, pa.scalar(0, values.type)), below, values)
    return filled(values, UNKNOWN)


def _us(times: pa.Array) -> pa.Array:
    """Return times as microseconds of UTC."""
    if pa.types.is_null(times.type):
        return times
    return times.cast(pa.timestamp("us", times.type.tz), safe=False).cast(pa.int64())


def _codes(dispositions: pa.Array) -> NDArray[np.int8]:
    """Give the place of each disposition in the table of dispositions, −1 where it has none."""
    if not pa.types.is_dictionary(dispositions.type):
        dispositions = dispositions.dictionary_encode()
    names = dispositions.dictionary.to_pylist()
    code = np.array([*(CODES.get(name, -1) for name in names), -1], dtype=np.int8)
    found: NDArray[np.int8] = code[filled(dispositions.indices.cast(pa.int32()), len(names))]
    return found
