"""Ctrl-C, wherever it falls: one line that tells what is kept, and no traceback."""

from pathlib import Path

import duckdb
import pytest

from simkit.cli.interrupted import is_interruption
from simkit.run.kept import KeptResults

ROOT = Path(__file__).parents[3]
WHOLE = "interrupted; nothing half-written was left behind"
SWEEP = (
    *("sweep", "--scenario", "b2b", "--every", "5wd", "--every", "10wd", "--replications", 2),
    *("--contacts-per-run", 40, "--days", 60, "--jobs", 1, "--no-progress"),
)
#: What is raised at a Ctrl-C: also by DuckDB 2.0.0 in a query, and in one that was called off.
RAISED = [
    *(KeyboardInterrupt(), RuntimeError("Query interrupted")),
    duckdb.InterruptException("INTERRUPT Error: Interrupted!"),
]


def words(result):
    """What was told as an error, in one line."""
    return " ".join(result.stderr.split())


def test_errors_that_are_no_interruption_are_none():
    assert all(map(is_interruption, RAISED))
    others = [RuntimeError("another error"), ValueError("Query interrupted"), duckdb.Error("no")]
    assert not any(map(is_interruption, [*others, SystemExit(1)]))


@pytest.mark.parametrize("raised", RAISED, ids=lambda error: type(error).__name__)
def test_interrupted_it_tells_how_many_runs_are_kept_and_goes_on(
    files, simkit, monkeypatch, raised
):
    whole, done = KeptResults.keep, []

    def third_is_interrupted(self, about, values):
        if len(done) == 2:
            raise raised
        whole(self, about, values)
        done.append(about)

    monkeypatch.setattr(KeptResults, "keep", third_is_interrupted)
    result = simkit(*SWEEP, "--keep", "kept")
    assert result.exit_code == 130
    assert words(result).endswith(
        f"{WHOLE}; 2 finished runs are kept in kept: give the same command again, and it goes on "
        "from there"
    )
    monkeypatch.setattr(KeptResults, "keep", whole)
    again = simkit(*SWEEP, "--keep", "kept")
    assert again.exit_code == 0, again.output
    assert len(list((files / "kept").rglob("*.json"))) == 4


@pytest.mark.parametrize("raised", RAISED, ids=lambda error: type(error).__name__)
@pytest.mark.usefixtures("files")
def test_without_kept_runs_it_tells_that_nothing_is_left(simkit, monkeypatch, raised):
    def interrupted(*arguments, **options):
        raise raised

    monkeypatch.setattr("simkit.calllog.read_call_log", interrupted)
    result = simkit("audit", "--log", "log")
    assert result.exit_code == 130
    assert words(result).endswith(WHOLE)


@pytest.mark.usefixtures("files")
def test_another_error_is_not_called_an_interruption(simkit, monkeypatch):
    def broken(*arguments, **options):
        raise RuntimeError("another error")

    monkeypatch.setattr("simkit.calllog.read_call_log", broken)
    result = simkit("audit", "--log", "log")
    assert isinstance(result.exception, RuntimeError)
    assert "interrupted" not in result.stderr
