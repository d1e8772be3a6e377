"""Call logs on disk: what is read is what was written, and a folder is whole or not there."""

import json
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from simkit.calllog import CallLog, Header, read_call_log, store
from simkit.calllog.schema import ATTEMPTS, CONTACTS, conform, empty_attempts
from simkit.errors import InputError

ZONE = "Europe/Rome"
TABLES = ("contacts", "attempts", "truth", "left_out")


def write(log, folder, form):
    return log.write(folder) if form == "parquet" else log.write_csv(folder)


def assert_equal_logs(one, other):
    assert one.header == other.header
    for name in TABLES:
        left, right = getattr(one, name), getattr(other, name)
        assert (left is None) == (right is None), name
        if left is not None:
            assert_frame_equal(left, right)


@pytest.mark.parametrize("form", ["parquet", "csv"])
@pytest.mark.parametrize("ids", ["int", "str"])
def test_round_trip(build_log, tmp_path, form, ids):
    """Nulls, time zone, both offsets of the year, quotes, floats, texts that look like numbers."""
    log = build_log(ids)
    folder = write(log, tmp_path / "log", form)
    assert_equal_logs(read_call_log(folder), log)
    names = {path.name for path in folder.iterdir()}
    assert names == {"header.json", *(f"{name}.{form}" for name in TABLES)}


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_round_trip_of_ids_that_only_look_like_numbers(build_log, tmp_path, form):
    log = build_log("str")
    ids = {f"C{number:03d}": f"{number:03d}" for number in (1, 2, 3, 4)}
    tables = {
        name: getattr(log, name).assign(
            contact_id=getattr(log, name)["contact_id"].map(ids).astype("str")
        )
        for name in ("contacts", "attempts", "truth")
    }
    log = replace(log, **tables)
    assert_equal_logs(read_call_log(write(log, tmp_path / "log", form)), log)


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_round_trip_without_attempts_and_without_any_row(small_log, counts_log, tmp_path, form):
    assert_equal_logs(read_call_log(write(counts_log, tmp_path / "counts", form)), counts_log)
    undialled = replace(small_log, attempts=empty_attempts(ZONE), left_out=None)
    assert_equal_logs(read_call_log(write(undialled, tmp_path / "none", form)), undialled)


def test_the_repeated_hour_and_microseconds_survive_csv(small_log, tmp_path):
    """On 27 October 2024 02:30 comes twice in Rome: at 00:30 and at 01:30 UTC."""
    twice = [pd.Timestamp("2024-10-27 00:30"), pd.Timestamp("2024-10-27 01:30:00.000001")]
    contacts = small_log.contacts.assign(
        known_since=pd.Series(twice * 2).dt.as_unit("us").dt.tz_localize("UTC").dt.tz_convert(ZONE)
    )
    log = replace(small_log, contacts=contacts)
    folder = log.write_csv(tmp_path / "log")
    assert_equal_logs(read_call_log(folder), log)
    assert "2024-10-27T02:30:00.000000+02:00" in (folder / "contacts.csv").read_text()


def test_equal_logs_give_the_same_csv_bytes(build_log, tmp_path):
    one = build_log().write_csv(tmp_path / "one")
    again = read_call_log(one).write_csv(tmp_path / "again")
    for path in one.iterdir():
        assert path.read_bytes() == (again / path.name).read_bytes()


def test_csv_is_plain(small_log, tmp_path):
    folder = small_log.write_csv(tmp_path / "log")
    lines = (folder / "attempts.csv").read_bytes().decode().split("\n")
    assert lines[0].startswith("contact_id,attempt_no,due_at,dialled_at,agent_id,channel,")
    assert lines[4] == (
        "1,2,2024-03-12T09:10:00+01:00,2024-03-12T09:10:00+01:00,7,phone,sale,True,5,300,60,,"
        "2024-03-20T12:00:00+01:00,19900"
    )
    assert json.loads((folder / "header.json").read_text())["types"]["contacts"]["vip"] == "bool"


def test_csv_written_by_hand_needs_no_types(small_log, tmp_path):
    folder = small_log.write_csv(tmp_path / "log")
    content = json.loads((folder / "header.json").read_text())
    del content["types"]
    (folder / "header.json").write_text(json.dumps(content))
    log = read_call_log(folder)
    assert_frame_equal(log.attempts, small_log.attempts)
    assert log.contacts["size"].equals(small_log.contacts["size"])
    assert log.contacts["contact_id"].dtype == "int64"


def test_parquet_of_other_makers_is_conformed(small_log, tmp_path):
    """Integers of another width and nanoseconds mean the same; they lose nothing."""
    folder = small_log.write(tmp_path / "log")
    odd = small_log.attempts.astype({"attempt_no": "int64", "ring_s": "Int64"})
    odd["dialled_at"] = odd["dialled_at"].dt.as_unit("ns")
    odd["disposition"] = odd["disposition"].astype("category")
    odd[odd.columns[::-1]].to_parquet(folder / "attempts.parquet", index=False)
    assert_equal_logs(read_call_log(folder), small_log)


# ---------------------------------------------------------------- what is wrong with a file


def edited(folder, name, old, new):
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "old", "new", "fragments"),
    [
        (
            "attempts.csv",
            "1,1,2024-03-05T09:00:00+01:00",
            "1,1,2024-03-05T09:00:00",
            ["attempts.csv: due_at", "must have its time zone's offset", "(row 2)"],
        ),
        (
            "attempts.csv",
            "1,1,2024-03-05T09:00:00+01:00",
            "1,1,2024-03-05T09:00:00+05:30",
            ["attempts.csv: due_at", "must have the offset of Europe/Rome", "mixed", "(row 2)"],
        ),
        (
            "attempts.csv",
            ",25,,,,,",
            ",long,,,,,",
            ["attempts.csv: ring_s == 'long', must be whole seconds (Int32) (row 2)"],
        ),
        (
            "attempts.csv",
            "7,phone,sale,True",
            "7,phone,sale,maybe",
            ["attempts.csv: pushed == 'maybe', must be yes or no (boolean) (row 5)"],
        ),
        (
            "attempts.csv",
            "attempt_no,",
            "attempt,",
            ["attempts.csv: attempt_no == None, must be a column; the file has contact_id"],
        ),
        (
            "attempts.csv",
            "abandoned,",
            "abandoned",
            ["row == '13', cells in a row", "(row 4)"],
        ),
        (
            "contacts.csv",
            "2,10,b2b",
            "1,10,b2b",
            ["contacts.csv: contact_id == 1, must be there once", "(rows 2, 3)"],
        ),
        ("contacts.csv", ",1.5,", ",wide,", ["contacts.csv: size == 'wide'", "float64 (row 2)"]),
        ("header.json", '"EUR"', '"euro"', ["header.json: currency == 'euro'"]),
        ("header.json", '"EUR"', "EUR", ["header.json: file", "must be JSON"]),
        ("header.json", '"vip": "bool"', '"vip": "object"', ["header.json: types", "of Float32"]),
    ],
)
def test_a_csv_log_with_an_error(small_log, tmp_path, file, old, new, fragments):
    folder = small_log.write_csv(tmp_path / "log")
    edited(folder, file, old, new)
    with pytest.raises(InputError) as caught:
        read_call_log(folder)
    for fragment in fragments:
        assert fragment in str(caught.value)


def test_problems_of_several_files_and_of_the_rules_come_together(small_log, tmp_path):
    folder = small_log.write_csv(tmp_path / "log")
    edited(folder, "attempts.csv", ",25,,,,,", ",long,,,,,")
    edited(folder, "attempts.csv", "abandoned", "gone")
    edited(folder, "contacts.csv", "4,12,", "3,12,")
    with pytest.raises(InputError) as caught:
        read_call_log(folder)
    fields = [(problem.where, problem.field) for problem in caught.value.problems]
    assert fields == [
        ("attempts.csv", "ring_s"),
        ("contacts.csv", "contact_id"),
        ("attempts.csv", "disposition"),
        ("truth.csv", "contact_id"),
    ]


def test_rows_of_another_length_hide_nothing_and_cause_nothing(small_log, tmp_path):
    """Without attempt 1 of contact 1 and without contact 4, no number and no contact is missed."""
    folder = small_log.write_csv(tmp_path / "log")
    edited(folder, "attempts.csv", "7,phone,no_answer", "7,phone,,no_answer")
    edited(folder, "attempts.csv", "abandoned", "gone")
    edited(folder, "contacts.csv", "\n4,12,", "\n4,12,,")
    edited(folder, "contacts.csv", "\n3,11,", "\n2,11,")
    with pytest.raises(InputError) as caught:
        read_call_log(folder)
    found = [(each.where, each.field, each.value, each.rows) for each in caught.value.problems]
    assert found == [
        ("contacts.csv", "row", "11", (5,)),
        ("attempts.csv", "row", "15", (2,)),
        ("contacts.csv", "contact_id", 2, (3, 4)),
        ("attempts.csv", "disposition", "gone", (4,)),
    ]


def test_a_table_that_cannot_be_read_is_not_told_as_missing(small_log, tmp_path):
    folder = small_log.write_csv(tmp_path / "log")
    (folder / "attempts.csv").write_text("")
    edited(folder, "contacts.csv", "\n3,11,b2c,", "\n3,11,,")
    with pytest.raises(InputError) as caught:
        read_call_log(folder)
    assert [(each.where, each.field) for each in caught.value.problems] == [
        ("attempts.csv", "file"),
        ("contacts.csv", "segment"),
    ]


def test_a_spreadsheets_semicolons_are_told_with_what_to_do(small_log, tmp_path):
    folder = small_log.write_csv(tmp_path / "log")
    path = folder / "contacts.csv"
    path.write_text(path.read_text().replace(",", ";"))
    told = r"contacts\.csv: delimiter == ';', must be ',': save the file with it between the cells"
    with pytest.raises(InputError, match=told):
        read_call_log(folder)


def test_a_folder_that_is_no_call_log(small_log, tmp_path):
    with pytest.raises(InputError, match=r"must be a call log: a folder with header\.json"):
        read_call_log(tmp_path)
    folder = small_log.write(tmp_path / "log")
    (folder / "contacts.parquet").write_bytes(b"")
    with pytest.raises(InputError, match=r"contacts\.parquet: file .* must be a Parquet file"):
        read_call_log(folder)
    (folder / "contacts.parquet").unlink()
    with pytest.raises(InputError, match=r"must hold one of contacts\.parquet and contacts\.csv"):
        read_call_log(folder)


# ---------------------------------------------------------------- whole or not at all


def test_a_log_that_breaks_a_rule_is_not_written(small_log, tmp_path):
    with pytest.raises(InputError, match="attempts table"):
        replace(small_log, attempts=None).write(tmp_path / "log")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("interruption", [OSError("disk full"), KeyboardInterrupt()])
@pytest.mark.parametrize(
    ("form", "place", "writes"),
    [("parquet", store, "write_parquet"), ("csv", pd.DataFrame, "to_csv")],
)
def test_an_interrupted_write_leaves_nothing(
    small_log, tmp_path, monkeypatch, form, place, writes, interruption
):
    written = getattr(place, writes)
    calls = []

    def fail_at_the_second(*args, **kwargs):
        calls.append(1)
        if len(calls) == 2:
            raise interruption
        return written(*args, **kwargs)

    monkeypatch.setattr(place, writes, fail_at_the_second)
    with pytest.raises(type(interruption)):
        write(small_log, tmp_path / "log", form)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("failing", [1, 2])
def test_an_interrupted_replacement_leaves_the_old_log(small_log, tmp_path, monkeypatch, failing):
    """The old folder is moved away, then the new one into its place: either may fail."""
    folder = small_log.write(tmp_path / "log")
    rename, calls = type(folder).rename, []

    def fail(path, target):
        calls.append(1)
        if len(calls) == failing:
            raise OSError("interrupted")
        return rename(path, target)

    monkeypatch.setattr(type(folder), "rename", fail)
    header = replace(small_log.header, seed=2)
    with pytest.raises(OSError, match="interrupted"):
        replace(small_log, header=header).write(folder)
    monkeypatch.undo()
    assert [path.name for path in tmp_path.iterdir()] == ["log"]
    assert read_call_log(folder).header.seed == 1


def test_a_call_log_is_replaced_as_a_whole(small_log, counts_log, tmp_path):
    folder = small_log.write(tmp_path / "log")
    counts_log.write_csv(folder)
    assert {path.name for path in folder.iterdir()} == {"header.json", "contacts.csv"}


def test_what_is_not_a_call_log_is_never_overwritten(small_log, tmp_path):
    file, folder, mixed = tmp_path / "file", tmp_path / "folder", tmp_path / "mixed"
    file.write_text("mine")
    folder.mkdir()
    (folder / "thesis.txt").write_text("mine")
    small_log.write(mixed)
    (mixed / "thesis.txt").write_text("mine")
    for target in (file, folder, mixed):
        with pytest.raises(InputError, match="what stands there is not overwritten"):
            small_log.write(target)
    assert file.read_text() == (folder / "thesis.txt").read_text() == "mine"
    assert (mixed / "thesis.txt").read_text() == "mine"


def test_an_empty_folder_may_be_filled(small_log, tmp_path):
    (tmp_path / "log").mkdir()
    read_call_log(small_log.write(tmp_path / "log"))


# ---------------------------------------------------------------- any log


texts = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=6).filter(
    lambda text: text.strip() != ""
)
times = st.integers(0, 2**31 * 1_000_000)


@st.composite
def logs(draw):
    """Draw a valid log of a few contacts with one call each and covariates of every kind."""
    number = draw(st.integers(1, 4))

    def column(values, null=False):
        values = st.none() | values if null else values
        return draw(st.lists(values, min_size=number, max_size=number))

    def instants(micros):
        series = pd.Series(micros, dtype="Int64").astype("datetime64[us]")
        return series.dt.tz_localize("UTC").dt.tz_convert(ZONE)

    ids = draw(st.sampled_from([st.integers(-(2**62), 2**62), texts]))
    unique = draw(st.lists(ids, min_size=number, max_size=number, unique=True))
    dialled = sorted(column(times))
    contacts = pd.DataFrame(
        {
            "contact_id": unique,
            "account_id": unique,
            "segment": column(texts),
            "arm": column(texts, null=True),
            "entered_at": instants([0] * number),
            "observed_until": instants([2**31 * 1_000_000] * number),
            "score": pd.Series(column(st.floats(allow_nan=False), null=True), dtype="float64"),
            "rank": pd.Series(column(st.integers(-(2**31), 2**31 - 1), null=True), dtype="Int32"),
            "seen": instants(column(times, null=True)),
            "word": pd.Series(column(texts, null=True), dtype="str"),
        }
    )
    seconds = st.integers(0, 2**31 - 1)
    attempts = pd.DataFrame(
        {
            "contact_id": unique,
            "attempt_no": 1,
            "due_at": instants([None] * number),
            "dialled_at": instants(dialled),
            "agent_id": pd.Series(column(st.integers(0, 9), null=True), dtype="Int64"),
            "channel": "phone",
            "disposition": column(st.sampled_from(["sale", "refused", "no_answer"])),
            "pushed": pd.Series(column(st.booleans(), null=True), dtype="boolean"),
            **{
                name: pd.Series(column(seconds, null=True), dtype="Int32")
                for name in ("ring_s", "talk_s", "wrap_s")
            },
            "callback_at": instants([None] * number),
            "cancelled_at": instants([None] * number),
        }
    )
    values = pd.Series(column(st.integers(0, 10**12), null=True), dtype="Int64")
    attempts["value_cents"] = values.where(attempts["disposition"] == "sale")
    return CallLog(
        Header("field", pd.Timestamp("1970-01-01"), ZONE),
        conform(contacts, CONTACTS, ZONE),
        conform(attempts, ATTEMPTS, ZONE),
    )


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(log=logs(), form=st.sampled_from(["parquet", "csv"]))
def test_any_valid_log_comes_back_as_it_was(tmp_path, log, form):
    assert_equal_logs(read_call_log(write(log, tmp_path / "log", form)), log)
