"""Finished runs are kept: a sweep that was interrupted, killed or extended redoes nothing."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simkit.errors import InputError
from simkit.policy import RecallPolicy
from simkit.run.kept import ROOM, KeptResults
from simkit.scenario import load_scenario
from simkit.sweep import sweep
from simkit.sweep.cells import Cell, CellRun
from simkit.sweep.kept import KeptCells

ROOT = Path(__file__).parents[3]
SMALL = {"replications": 3, "contacts": 30, "days": 60, "horizons": (30, 60), "progress": False}


@pytest.fixture(scope="module")
def b2c():
    return load_scenario("b2c")


@pytest.fixture
def played(monkeypatch):
    """The cells that are really run."""
    cells = []
    run = CellRun.__call__

    def remember(self, cell):
        cells.append(cell)
        return run(self, cell)

    monkeypatch.setattr(CellRun, "__call__", remember)
    return cells


def assert_same(found, expected):
    for name in ("table", "differences", "runs"):
        pd.testing.assert_frame_equal(
            getattr(found, name), getattr(expected, name), check_exact=True
        )


def test_nothing_is_run_twice_and_the_result_is_the_same(b2c, tmp_path, played):
    first = sweep(b2c, ["5wd", "10wd"], keep=tmp_path, jobs=1, **SMALL)
    assert len(played) == 6
    again = sweep(b2c, ["5wd", "10wd"], keep=tmp_path, jobs=1, **SMALL)
    assert len(played) == 6
    assert_same(again, first)
    assert_same(first, sweep(b2c, ["5wd", "10wd"], jobs=1, **SMALL))


def test_more_intervals_replications_or_agents_run_only_what_is_new(b2c, tmp_path, played):
    sweep(b2c, ["5wd", "10wd"], keep=tmp_path, jobs=1, **SMALL)
    wider = SMALL | {"replications": 4, "agents": [None, 1]}
    found = sweep(b2c, ["10wd", "2wd", "5wd"], keep=tmp_path, jobs=1, **wider)
    assert len(played) == 3 * 4 * 2
    new = {(cell.agents, cell.interval, cell.replication) for cell in played[6:]}
    assert len(new) == 18
    assert (None, "every 5 working days", 0) not in new
    assert (None, "every 5 working days", 3) in new
    assert_same(found, sweep(b2c, ["10wd", "2wd", "5wd"], jobs=1, **wider))


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 2},
        {"contacts": 31},
        {"days": 61},
        {"horizons": (20, 60)},
        {"agents": 3},
        {"engine": "simpy"},
        {"base": RecallPolicy.every(days=1, push=True)},
    ],
)
def test_what_changes_a_run_is_not_taken_for_the_same(b2c, tmp_path, played, change):
    one = SMALL | {"replications": 2, "jobs": 1, "keep": tmp_path}
    sweep(b2c, ["10wd"], **one)
    sweep(b2c, ["10wd"], **(one | change))
    assert len(played) == 4


def test_another_world_is_another_run_and_another_name_is_not(b2c, tmp_path, played):
    one = SMALL | {"replications": 2, "jobs": 1, "keep": tmp_path}
    sweep(b2c, ["10wd"], **one)
    sweep(b2c.vary("b2c.spark_prob", 0.2, source="measured by us"), ["10wd"], **one)
    assert len(played) == 4
    value = b2c.segments["b2c"].spark_prob
    sweep(b2c.vary("b2c.spark_prob", value, source="measured by us"), ["10wd"], **one)
    assert len(played) == 4


def test_a_run_without_a_value_is_kept_too(b2c, tmp_path):
    # In one day nobody is called twice: there is no interval between calls to speak of.
    run = CellRun({"b2c": b2c}, 5, {"b2c": 1}, (1.0,), 1, "compiled")
    cell = Cell("b2c", None, "every 10 days", RecallPolicy.every(days=10), 0)
    kept = KeptCells(KeptResults(tmp_path), run)
    values = run(cell)
    assert np.isnan(values).any()
    kept.keep(cell, values)
    np.testing.assert_array_equal(kept.find(cell), values)


@pytest.mark.skipif(sys.platform == "win32", reason="sends a POSIX signal")
def test_a_sweep_that_is_killed_in_the_middle_goes_on(b2c, tmp_path, played):
    grid, size = ["1wd", "5wd"], SMALL | {"replications": 150}
    script = (
        "from simkit import load_scenario, sweep\n"
        f"sweep(load_scenario('b2c'), {grid}, keep={str(tmp_path)!r}, jobs=2, **{size})\n"
    )
    run = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, start_new_session=True)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and len(list(tmp_path.glob("simkit-runs/*/*.json"))) < 20:
        time.sleep(0.01)
    os.killpg(run.pid, signal.SIGKILL)
    assert run.wait(30) == -signal.SIGKILL
    done = len(list(tmp_path.glob(f"{ROOM}/*/*.json")))
    assert 20 <= done < 300
    found = sweep(b2c, grid, keep=tmp_path, **size)
    assert len(played) == 300 - done
    assert_same(found, sweep(b2c, grid, **size))


def test_a_file_is_no_folder_to_keep_runs_in(b2c, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="must be a folder that can be written"):
        sweep(b2c, ["5wd"], keep=tmp_path / "file", **SMALL)
