"""A log that goes to disk while it is played: the same log, small, whole or not there."""

import tracemalloc

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from certain_centre import ABSENT, REFUSES, centre
from pandas.testing import assert_frame_equal

from simkit.calllog import parquet, read_call_log
from simkit.engine import ENGINES, simulate, simulate_to, stream
from simkit.engine.compiled.engine import CompiledEngine
from simkit.engine.simulate import engine_of
from simkit.errors import InputError
from simkit.policy import RecallPolicy
from simkit.scenario import load_scenario

B2C, TRIAL = load_scenario("b2c"), load_scenario("trial")
WEEKLY = RecallPolicy.every(days=7)
ARMS = {
    segment: {"often": RecallPolicy.every(days=1), "seldom": RecallPolicy.every(working_days=5)}
    for segment in ("b2c", "b2b")
}
FILES = {"header.json", "contacts.parquet", "attempts.parquet", "truth.parquet"}


def cut(monkeypatch, block: int, group: int) -> None:
    """Let the compiled engine hand over so many attempts at once, and pack so many rows."""
    monkeypatch.setattr(stream, "GROUP_ROWS", group)
    monkeypatch.setattr(parquet, "GROUP_ROWS", group)
    monkeypatch.setattr(
        stream,
        "engine_of",
        lambda name, plan: (
            CompiledEngine(plan, block) if name == "compiled" else engine_of(name, plan)
        ),
    )


@pytest.fixture
def small_steps(monkeypatch):
    """Let a log of a few thousand attempts take many blocks and many groups of rows."""
    cut(monkeypatch, 50, 64)


# A trial with arms whose agents are short, without agents and without arms, in which nobody is
# called, and of contacts in one segment only.
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("scenario", "policy", "arguments"),
    [
        (TRIAL, ARMS, {"contacts": 200, "agents": {"often": 1, "seldom": 2}, "days": 60}),
        (B2C, WEEKLY, {"contacts": 130, "days": 90, "seed": 3, "replication": 4}),
        (B2C, WEEKLY, {"contacts": 64, "agents": 1, "days": 90}),
        (centre({"b2c": REFUSES}), RecallPolicy.every(days=3650), {"contacts": 3, "days": 1}),
        (TRIAL, WEEKLY, {"contacts": {"b2c": 0, "b2b": 70}, "days": 40}),
    ],
)
def test_a_streamed_folder_is_the_one_that_the_log_writes(
    tmp_path, small_steps, scenario, policy, arguments, engine
):
    log = simulate(scenario, policy, engine=engine, **arguments)
    whole = log.write(tmp_path / "whole")
    streamed = simulate_to(tmp_path / "streamed", scenario, policy, engine=engine, **arguments)
    assert streamed == tmp_path / "streamed"
    assert {path.name for path in streamed.iterdir()} == FILES
    for name in FILES:
        assert (streamed / name).read_bytes() == (whole / name).read_bytes(), name
    again = read_call_log(streamed)  # which validates it
    assert again.header == log.header
    for name in ("contacts", "attempts", "truth"):
        assert_frame_equal(getattr(again, name), getattr(log, name))


def test_numbers_of_numpy_are_taken_as_simulate_takes_them(tmp_path):
    counts = pd.Series([20, 30])
    folder = simulate_to(tmp_path / "log", B2C, WEEKLY, contacts=counts[0], days=counts[1])
    assert len(read_call_log(folder).contacts) == 20


# The bound is what the project asks of its files; the cases are those of everyday's use: everybody
# called when due, agents so short that contacts wait for weeks, and a long recall.
@pytest.mark.parametrize(
    ("scenario", "policy", "contacts", "agents", "days"),
    [
        ("b2c", WEEKLY, 10_000, None, 200),
        ("b2c", RecallPolicy.every(working_days=1), 10_000, 8, 200),
        ("b2b", RecallPolicy.every(working_days=20), 20_000, None, 500),
    ],
    ids=["weekly", "daily, contended", "every 20 working days"],
)
def test_an_attempt_takes_at_most_twelve_bytes(tmp_path, scenario, policy, contacts, agents, days):
    folder = simulate_to(
        tmp_path / "log",
        load_scenario(scenario),
        policy,
        contacts=contacts,
        agents=agents,
        days=days,
    )
    path = folder / "attempts.parquet"
    attempts = pq.ParquetFile(path).metadata.num_rows
    assert attempts > 200_000
    assert path.stat().st_size <= 12 * attempts


def test_memory_does_not_grow_with_the_attempts(tmp_path, monkeypatch):
    """Called daily instead of weekly, the same contacts: what is held at most, in all allocators.

    Nothing else differs, so the peaks may differ by far less than the further attempts would take,
    48 bytes each.
    """

    def peak(policy: RecallPolicy) -> tuple[int, int]:
        pool = pa.proxy_memory_pool(pa.default_memory_pool())
        pa.set_memory_pool(pool)
        tracemalloc.start()
        try:
            folder = simulate_to(tmp_path / "log", absent, policy, contacts=150)
            peaks = tracemalloc.get_traced_memory()[1] + pool.max_memory()
        finally:
            tracemalloc.stop()
            pa.set_memory_pool(pool_before)
        return peaks, pq.ParquetFile(folder / "attempts.parquet").metadata.num_rows

    absent = centre({"b2c": ABSENT})
    cut(monkeypatch, 2_000, 2_000)
    pool_before = pa.default_memory_pool()
    peak(WEEKLY)  # what is kept for the next run is there
    weekly, few = peak(WEEKLY)
    daily, many = peak(RecallPolicy.every(days=1))
    assert many > 3 * few
    assert daily - weekly < 48 * (many - few) / 4


# ---------------------------------------------------------------- whole or not at all


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, OSError, SystemExit])
def test_interrupted_it_leaves_nothing(tmp_path, small_steps, interruption):
    days = []

    def interrupt(played: int) -> None:
        days.append(played)
        if len(days) == 3:
            raise interruption

    with pytest.raises(interruption):
        simulate_to(tmp_path / "log", B2C, WEEKLY, contacts=100, days=90, progress=interrupt)
    assert days[-1] < 90
    assert list(tmp_path.iterdir()) == []


def test_interrupted_it_leaves_the_log_that_stood_there(tmp_path, small_steps):
    folder = simulate_to(tmp_path / "log", B2C, WEEKLY, contacts=10, days=30, seed=1)

    def interrupt(played: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate_to(folder, B2C, WEEKLY, contacts=100, days=90, seed=2, progress=interrupt)
    assert [path.name for path in tmp_path.iterdir()] == ["log"]
    assert read_call_log(folder).header.seed == 1
    simulate_to(folder, B2C, WEEKLY, contacts=10, days=30, seed=2)
    assert read_call_log(folder).header.seed == 2


def test_a_log_in_csv_is_replaced_as_a_whole(tmp_path):
    folder = simulate(B2C, WEEKLY, contacts=5, days=30).write_csv(tmp_path / "log")
    simulate_to(folder, B2C, WEEKLY, contacts=5, days=30)
    assert {path.name for path in folder.iterdir()} == FILES


def test_everything_that_is_wrong_is_told_at_once(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(InputError) as caught:
        simulate_to(tmp_path, B2C, WEEKLY, contacts=-1, days=0)
    assert [each.field for each in caught.value.problems] == ["days", "contacts", "folder"]
    assert (tmp_path / "thesis.txt").read_text() == "mine"


# ---------------------------------------------------------------- how far it has come


def test_the_days_played_are_told_in_order_up_to_the_last(tmp_path, small_steps):
    days: list[int] = []
    folder = simulate_to(tmp_path / "log", B2C, WEEKLY, contacts=100, days=90, progress=days.append)
    assert days == sorted(days)
    assert days[-1] == 90
    # Each block of at most 50 attempts is told by the day of its last one.
    dialled = read_call_log(folder).attempts["dialled_at"].dt.tz_localize(None)
    played = (dialled - pd.Timestamp(B2C.start)).dt.days
    assert set(days[:-1]) <= set(played)
    assert days[0] <= played.iloc[49]
    assert len(days) > len(dialled) / 50


@pytest.mark.parametrize("engine", ENGINES)
def test_a_run_without_attempts_has_been_played_too(tmp_path, engine):
    days: list[int] = []
    simulate_to(
        tmp_path / "log",
        B2C,
        RecallPolicy.every(days=3650),
        contacts=1,
        days=30,
        engine=engine,
        progress=days.append,
    )
    assert days[-1] == 30
