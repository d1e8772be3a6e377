"""The command that rehearses a trial: says, draws and writes what was found."""

import json

import pandas as pd

from simkit.policy import RecallPolicy
from simkit.scenario import load_scenario
from simkit.trial.design import Looks, TrialDesign


def written(folder, **changes):
    arms = {
        "current": RecallPolicy.every(working_days=5),
        "long": RecallPolicy.every(working_days=10),
    }
    design = TrialDesign(
        name="autumn",
        arms={"b2b": arms},
        control={"b2b": "current"},
        salt="autumn-2026",
        horizon_days=60.0,
        guardrails={"opt_out": {"b2b": 0.05}},
        contacts={"b2b": 150},
        **changes,
    )
    return design.write(folder / "trial.toml")


def test_a_trial_is_rehearsed_said_and_written(simkit, tmp_path):
    written(tmp_path)
    out = tmp_path / "out"
    done = simkit(
        *("rehearse", "--design", tmp_path / "trial.toml", "--scenario", "b2b"),
        *("--replications", 2, "--duration", 30, "--jobs", 1, "--keep", tmp_path / "runs"),
        *("--no-progress", "--out", out),
    )
    assert done.exit_code == 0, done.output
    assert "With 150 contacts for 60 days, the trial" in done.output
    assert "Which arm a trial picks" in done.output
    table = pd.read_csv(out / "rehearsal_durations.csv")
    assert table["horizon_days"].tolist() == [30.0, 60.0]
    about = json.loads((out / "rehearsal.json").read_text(encoding="utf-8"))
    assert about["sentences"][0] in done.output
    assert {path.name for path in out.glob("*.png")} == {
        f"rehearsal_{name}_b2b.png" for name in ("power", "wrong", "winners")
    }
    assert list((tmp_path / "runs").rglob("*.json"))


def test_registered_prices_are_rehearsed_and_said(simkit, tmp_path):
    economics = load_scenario("b2b").economics()["b2b"]
    written(
        tmp_path,
        prices={"b2b": economics.model_copy(update={"sale_value_eur": 77.0, "dial_eur": 9.0})},
    )
    done = simkit(
        *("rehearse", "--design", tmp_path / "trial.toml", "--scenario", "b2b"),
        *("--replications", 2, "--duration", 60, "--jobs", 1, "--no-progress"),
    )
    assert done.exit_code == 0, done.output
    said = " ".join(done.stdout.split())
    assert "which differ in b2b.sale_value_mean_eur, b2b.dial_eur; --prices" in said


def test_registered_looks_are_rehearsed_said_and_written(simkit, tmp_path):
    written(tmp_path, looks=Looks(fractions=(0.5, 1.0)))
    out = tmp_path / "out"
    done = simkit(
        *("rehearse", "--design", tmp_path / "trial.toml", "--scenario", "b2b"),
        *("--replications", 2, "--duration", 30, "--entry-days", 40, "--jobs", 1),
        *("--no-progress", "--out", out),
    )
    assert done.exit_code == 0, done.output
    assert "The registered looks, at 50 and 100 % of the contacts" in done.output
    assert "What is decided by each look" in done.output
    assert "not rehearsed: the looks" not in done.output
    looks = pd.read_csv(out / "rehearsal_looks.csv")
    assert looks["fraction"].tolist() == [0.5, 1.0] * 2
    # 100 days in all: 40 of entry and 60 of the horizon.
    assert pd.read_csv(out / "rehearsal_stops.csv")["end_days"].tolist() == [100.0, 100.0]
    assert (out / "rehearsal_looks_b2b.png").exists()
    about = json.loads((out / "rehearsal.json").read_text(encoding="utf-8"))
    assert about["settings"]["entry_days"] == {"b2b": 40.0}


def test_all_that_is_wrong_is_told_in_the_words_of_the_command_line(simkit, tmp_path):
    missing = simkit("rehearse", "--design", tmp_path / "none.toml", "--jobs", 0)
    assert missing.exit_code != 0
    assert "--design" in missing.stderr
    assert "--jobs" in missing.stderr
    written(tmp_path)
    wrong = simkit(
        *("rehearse", "--design", tmp_path / "trial.toml", "--scenario", "b2b"),
        *("--replications", 1, "--duration", -1, "--judged-by", "luck", "--wrong-at-most", 3),
        *("--entry-days", -2),
    )
    assert wrong.exit_code != 0
    for option in (
        "--replications",
        "--duration",
        "--judged-by",
        "--wrong-at-most",
        "--entry-days",
    ):
        assert option in wrong.stderr


def test_agents_shared_and_of_each_arm_are_compared(simkit, tmp_path):
    written(tmp_path)
    trial = ("rehearse", "--design", tmp_path / "trial.toml", "--scenario", "b2b", "--jobs", 1)
    done = simkit(
        *(*trial, "--compare-capacity", "--agents", 2, "--replications", 2, "--no-progress"),
        *("--out", tmp_path / "out"),
    )
    assert done.exit_code == 0, done.output
    assert "with agents shared by all arms, by" in done.output
    table = pd.read_csv(tmp_path / "out" / "rehearsal_capacity.csv")
    assert table["agents"].tolist() == ["shared by all arms", "each arm its own"]
    # Truth is each arm alone, whoever serves whom in the trial.
    assert table["truth"].iloc[0] == table["truth"].iloc[1]
    wrong = simkit(*trial, "--compare-capacity", "--duration", 30, "--judged-by", "sale")
    assert wrong.exit_code != 0
    for option in ("--duration", "--judged-by"):
        assert f"{option} == " in wrong.stderr
    never = simkit(*trial, "--compare-capacity", "--agents", 2, "--entry-days", -1)
    assert "--entry-days == -1" in never.stderr
    few = simkit(*trial, "--compare-capacity", "--agents", 1)
    assert "--agents == 1" in few.stderr
