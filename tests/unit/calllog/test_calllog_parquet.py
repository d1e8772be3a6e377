"""Tables as Parquet: the same bytes however they come, and what every reader understands."""

from dataclasses import replace
from itertools import pairwise

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest
from pandas.testing import assert_frame_equal

from simkit.calllog import parquet, read_call_log, store
from simkit.calllog.extent import Extent
from simkit.calllog.parquet import write_parquet
from simkit.calllog.schema import empty_attempts
from simkit.errors import InputError

ZONE = "Europe/Rome"
GROUP = 7


@pytest.fixture(autouse=True)
def small_groups(monkeypatch):
    monkeypatch.setattr(parquet, "GROUP_ROWS", GROUP)


@pytest.fixture
def long_table(small_log):
    """Five rows, six times over, in which nearly every column has nulls."""
    return pd.concat([small_log.attempts] * 6, ignore_index=True)


def group_sizes(path):
    file = pq.ParquetFile(path)
    return [file.metadata.row_group(each).num_rows for each in range(file.num_row_groups)]


@pytest.mark.parametrize("cuts", [[], [1], [0, 0, 7, 14], [6, 8, 29], [21], [30], range(1, 30)])
def test_equal_tables_give_the_same_bytes_however_they_are_cut(long_table, tmp_path, cuts):
    write_parquet(tmp_path / "whole", [long_table])
    ends = [0, *cuts, len(long_table)]
    write_parquet(tmp_path / "parts", (long_table.iloc[a:b] for a, b in pairwise(ends)))
    assert (tmp_path / "parts").read_bytes() == (tmp_path / "whole").read_bytes()
    assert_frame_equal(pd.read_parquet(tmp_path / "parts"), long_table)


@pytest.mark.parametrize(
    ("rows", "groups"), [(0, [0]), (6, [6]), (7, [7]), (14, [7, 7]), (9, [7, 2])]
)
def test_rows_are_packed_in_groups_of_one_size(long_table, tmp_path, rows, groups):
    write_parquet(tmp_path / "table", [long_table.iloc[:0], long_table.iloc[:rows]])
    assert group_sizes(tmp_path / "table") == groups


def test_a_part_is_made_when_the_one_before_is_written(long_table, tmp_path):
    path = tmp_path / "table"
    sizes = []

    def parts():
        for _ in range(4):
            yield long_table
            sizes.append(path.stat().st_size)

    write_parquet(path, parts())
    assert sizes == sorted(set(sizes))
    assert sizes[0] > 0


def test_a_table_without_parts_has_no_columns_to_write(tmp_path):
    with pytest.raises(ValueError, match="one part at least"):
        write_parquet(tmp_path / "table", [])


def test_parts_of_another_type_are_refused(long_table, tmp_path):
    other = long_table.assign(channel=pd.Series(range(len(long_table)), dtype="int64"))
    with pytest.raises((TypeError, ValueError)):
        write_parquet(tmp_path / "table", [long_table, other])


@pytest.mark.parametrize("ids", ["int", "str"])
def test_other_readers_see_the_same_table(build_log, tmp_path, ids):
    log = build_log(ids)
    folder = log.write(tmp_path / "log")
    for table in ("contacts", "attempts", "truth"):
        expected = getattr(log, table)
        path = str(folder / f"{table}.parquet")
        assert_frame_equal(pd.read_parquet(path), expected)
        found = duckdb.read_parquet(path).to_arrow_table().to_pandas()
        assert list(found.columns) == list(expected.columns)
        for name in expected:  # times are moments: DuckDB gives them in the zone of the machine
            seen, known = ([None if pd.isna(x) else x for x in t[name]] for t in (found, expected))
            assert seen == known, name


def test_times_and_ids_are_written_as_steps_and_all_is_packed(build_log, tmp_path):
    for ids in ("int", "str"):
        folder = build_log(ids).write(tmp_path / ids)
        columns = pq.ParquetFile(folder / "attempts.parquet").metadata.row_group(0).to_dict()
        told = {each["path_in_schema"]: each for each in columns["columns"]}
        assert {each["compression"] for each in told.values()} == {"ZSTD"}
        steps = {name for name, each in told.items() if "DELTA_BINARY_PACKED" in each["encodings"]}
        times = {"due_at", "dialled_at", "callback_at", "cancelled_at"}
        assert steps == (times | {"contact_id"} if ids == "int" else times)


# ---------------------------------------------------------------- a folder, part by part


def in_parts(table, size):
    for first in range(0, max(len(table), 1), size):
        yield table.iloc[first : first + size]


def parts_of(log, size):
    return {name: in_parts(getattr(log, name), size) for name in ("truth", "attempts", "contacts")}


def test_a_folder_written_in_parts_is_the_one_written_as_a_whole(small_log, tmp_path):
    log = replace(small_log, left_out=None)
    whole = log.write(tmp_path / "whole")
    parts = store.write_parts(tmp_path / "parts", log.header, parts_of(log, 2))
    assert {path.name for path in parts.iterdir()} == {path.name for path in whole.iterdir()}
    for path in whole.iterdir():
        assert path.read_bytes() == (parts / path.name).read_bytes()


def test_what_is_not_a_call_log_is_not_overwritten_in_parts_either(small_log, tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(InputError, match="what stands there is not overwritten"):
        store.write_parts(tmp_path, small_log.header, parts_of(small_log, 2))
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


# ---------------------------------------------------------------- how much a folder holds


def test_the_extent_of_a_folder_is_that_of_the_log(small_log, tmp_path):
    for name, attempts in (("log", small_log.attempts), ("none", empty_attempts(ZONE))):
        log = replace(small_log, attempts=attempts, left_out=None)
        extent = Extent.of_folder(log.write(tmp_path / name))
        assert extent == Extent.of_tables(log.header, log.contacts, log.attempts)
        assert f"{extent.words()}." == log.sentence() == read_call_log(tmp_path / name).sentence()


def test_the_extent_of_a_small_log_by_hand(small_log, tmp_path):
    """The calls of conftest.CALLS: five, to three of four contacts, in Rome's days."""
    extent = Extent.of_folder(replace(small_log, left_out=None).write(tmp_path / "log"))
    assert (extent.contacts, extent.segments, extent.arms) == (4, 2, 2)
    assert (extent.attempts, extent.dialled) == (5, 3)
    assert extent.first == pd.Timestamp("2024-03-05 09:10", tz=ZONE)
    assert extent.last == pd.Timestamp("2024-04-02 10:05", tz=ZONE)


def test_a_folder_that_is_no_call_log_has_no_extent(tmp_path):
    with pytest.raises(InputError, match=r"must be a call log: a folder with header\.json"):
        Extent.of_folder(tmp_path)


def test_too_little_memory_to_count_is_a_memory_error(small_log, tmp_path, monkeypatch):
    folder = replace(small_log, left_out=None).write(tmp_path / "log")
    connect = duckdb.connect

    def short_of_memory(*arguments):
        return connect(*arguments, config={"memory_limit": "1KB", "temp_directory": ""})

    monkeypatch.setattr(duckdb, "connect", short_of_memory)
    with pytest.raises(MemoryError):
        Extent.of_folder(folder)
