"""Where results go: refused before the work where they cannot, and there before they are told."""

import errno
import os

import pytest
from matplotlib.figure import Figure

from simkit.policy.arms import load_arms
from simkit.trial.design import Looks, TrialDesign

REHEARSE = (
    *("rehearse", "--design", "trial.toml", "--scenario", "b2b", "--duration", 20, "--jobs", 1),
    *("--replications", 2, "--no-progress"),
)
MONITOR = (
    *("monitor", "--design", "trial.toml", "--log", "log", "--scenario", "b2b"),
    *("--as-of", "2026-03-20", "--ledger", "looks.toml"),
)
SWEEP = (
    *("sweep", "--scenario", "b2b", "--every", "10 working days", "--every", "20 working days"),
    *("--contacts-per-run", 20, "--replications", 2, "--days", 60, "--jobs", 1, "--no-progress"),
)
SENSITIVITY = (
    *("sensitivity", "--scenario", "b2b", "--every", "5wd", "--every", "15wd", "--every", "40wd"),
    *("--vary", "dial_eur", "--trajectories", 2, "--contacts-per-run", 20, "--replications", 2),
    *("--days", 60, "--jobs", 1, "--no-progress"),
)
#: What each command says first of its result.
TOLD = {
    REHEARSE: "With 180 contacts",
    MONITOR: "All looks so far",
    SWEEP: "net value is best when called",
    SENSITIVITY: "the best interval",
}


@pytest.fixture
def trial(files):
    TrialDesign(
        name="autumn",
        arms=load_arms(files / "policies.toml"),
        control={"b2b": "current"},
        salt="s",
        horizon_days=30.0,
        looks=Looks(fractions=(0.5, 1.0)),
        guardrails={"opt_out": {"b2b": 0.05}},
        contacts={"b2b": 180},
    ).write(files / "trial.toml")
    return files


def told(result) -> str:
    assert result.exit_code == 2, result.output
    return " ".join(result.stderr.split())


def full_disk(*arguments, **more):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def must_not_begin(*arguments, **more):
    raise AssertionError


def there(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.mark.parametrize(
    ("command", "work"),
    [
        (REHEARSE, "simkit.trial.rehearse.rehearse"),
        ((*REHEARSE[:5], "--compare-capacity"), "simkit.trial.rehearse.compare_capacity"),
        (MONITOR, "simkit.cli.inputs.LogInput.read"),
        ((*MONITOR, "--guardrails-only"), "simkit.cli.inputs.LogInput.read"),
    ],
    ids=["rehearse", "capacity", "monitor", "guardrails"],
)
def test_a_folder_that_cannot_be_written_is_told_before_the_work(
    trial, simkit, monkeypatch, command, work
):
    monkeypatch.setattr(work, must_not_begin)
    before = there(trial)
    message = told(simkit(*command, "--out", "prices.toml"))
    assert "--out == 'prices.toml', must be a folder that can be written" in message
    monkeypatch.setattr("simkit.cli.places.tempfile.TemporaryDirectory", full_disk)
    message = told(simkit(*command, "--out", "new/folder"))
    assert "must be a folder that can be written: No space left on device" in message
    assert there(trial) == before


@pytest.mark.parametrize("command", TOLD, ids=lambda command: command[0])
def test_a_result_that_cannot_be_written_is_not_told_and_leaves_no_half(
    trial, simkit, monkeypatch, command
):
    with monkeypatch.context() as broken:
        broken.setattr(Figure, "savefig", full_disk)  # after all tables are written
        result = simkit(*command, "--out", "found")
    assert "No space left on device" in told(result)
    assert TOLD[command] not in result.stdout
    assert not (trial / "found").exists()
    again = simkit(*command, "--out", "found")
    assert again.exit_code == 0, again.output
    assert TOLD[command] in again.stdout
    assert list((trial / "found").glob("*.png"))
    assert not list((trial / "found").glob(".*"))


def test_tables_alone_are_written_before_they_are_told(trial, simkit, monkeypatch):
    capacity = (*REHEARSE[:5], "--compare-capacity", "--agents", 2, "--replications", 2)
    for command in ((*capacity, "--jobs", 1, "--no-progress"), (*MONITOR, "--guardrails-only")):
        with monkeypatch.context() as broken:
            broken.setattr("pandas.DataFrame.to_csv", full_disk)
            result = simkit(*command, "--out", "found")
        assert "No space left on device" in told(result)
        assert "guardrail" not in result.stdout
        assert "agents" not in result.stdout
        assert not list((trial / "found").glob("*"))


@pytest.mark.parametrize(
    "command",
    [
        (*MONITOR[:-1], "notes"),
        ("evaluate", "--log", "log", "--out", "notes"),
        ("audit", "--log", "log", "--out", "notes"),
        ("check", "--log", "log", "--out", "notes"),
        ("check", "--log", "log", "--picture", "notes"),
    ],
)
def test_a_folder_in_the_place_of_a_file_is_told_before_reading(
    trial, simkit, monkeypatch, command
):
    (trial / "notes").mkdir()
    monkeypatch.setattr("simkit.cli.inputs.LogInput.read", must_not_begin)
    option = command[-2]
    assert f"{option} == 'notes', must be a file, not a folder" in told(simkit(*command))
    below = told(simkit(*command[:-1], "prices.toml/file"))
    assert f"{option} == 'prices.toml/file', must be a file that can be written" in below


@pytest.mark.parametrize(
    "command",
    [
        ("simulate", "--contacts", 10, "--days", 20),
        ("simulate", "--contacts", 10, "--days", 20, "--csv"),
        ("import", "--log", "calls.txt", "--mapping", "vicidial", "--contacts", "contacts.csv"),
    ],
)
def test_a_call_log_is_replaced_only_when_told_to(command, files, simkit):
    before = (files / "log" / "header.json").read_bytes()
    refused = simkit(*command, "--out", "log")
    assert refused.exit_code == 2
    told = " ".join(refused.stderr.split())
    assert "--out == 'log', must be a new folder: a call log stands there, which only" in told
    assert (files / "log" / "header.json").read_bytes() == before
    assert simkit(*command, "--out", "log", "--replace").exit_code == 0
    assert (files / "log" / "header.json").read_bytes() != before
    (files / "empty").mkdir()
    assert simkit(*command, "--out", "empty").exit_code == 0
    (files / "notes").mkdir()
    (files / "notes" / "mine.txt").write_text("mine", encoding="utf-8")
    assert simkit(*command, "--out", "notes", "--replace").exit_code == 2
    assert (files / "notes" / "mine.txt").read_text(encoding="utf-8") == "mine"


def test_a_picture_needs_no_suffix(trial, simkit):
    """It is a PNG, whatever it is called."""
    (trial / "sales.csv").write_text("arm,sale,n\ncurrent,90,900\nlong,120,900\n", encoding="utf-8")
    asked = ("evaluate", "--table", "sales.csv", "--outcome", "sale", "--n", "n")
    result = simkit(*asked, "--picture", "arms")
    assert result.exit_code == 0, result.output
    assert "Picture: arms" in result.stdout
    assert (trial / "arms").read_bytes().startswith(b"\x89PNG")
