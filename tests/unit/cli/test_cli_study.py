"""study and recommend: from a user's files to a decision, whole or not at all."""

import dataclasses
import json
import os
import signal
import subprocess
import sys
import tomllib

import pandas as pd
import pytest

from simkit.calllog import read_call_log
from simkit.cli import bundled, study
from simkit.engine import simulate
from simkit.measures import contact_outcomes
from simkit.policy.arms import load_arms
from simkit.scenario import load_scenario

FAST = ("--contacts-per-run", 8, "--replications", 2, "--jobs", 1, "--no-progress")
EXPORT = (
    *("--log", "calls.txt", "--mapping", "vicidial", "--contacts", "contacts.csv"),
    *("--timezone", "Europe/Rome", "--scenario", "b2b"),
)
TABLES = {
    "assumptions.csv",
    "audit.csv",
    "decision.csv",
    "evidence.csv",
    "horizons.csv",
    "policy.toml",
    "report.html",
    "study.json",
    "sweep.csv",
}


@pytest.mark.usefixtures("short_grid")
def test_trial_of_the_users_own_goes_from_export_to_report(files, simkit):
    result = simkit(
        *("study", *EXPORT, "--prices", "prices.toml", "--policies", "policies.toml", *FAST)
    )
    assert result.exit_code == 0, result.output
    out = files / "simkit-study"
    assert {path.name for path in out.iterdir()} >= {*TABLES, "evaluation.csv"}
    page = (out / "report.html").read_text(encoding="utf-8")
    decision = pd.read_csv(out / "decision.csv").iloc[0]
    assert decision["verdict"] in page
    answer = tomllib.loads((out / "policy.toml").read_text(encoding="utf-8"))["b2b"]["answer"]
    # What matters stands where the eye is when a command ends.
    assert result.stdout.splitlines()[-3:] == [
        "Decision",
        f"b2b: {answer}",
        "Report: simkit-study/report.html",
    ]
    evidence = pd.read_csv(out / "evidence.csv")
    assert set(evidence["interval"]) == {"every 10 working days"}
    # Prices of the user's are assumed no more.
    assumed = set(pd.read_csv(out / "assumptions.csv")["parameter"])
    assert "b2b.dial_eur" not in assumed
    assert "b2b.need_per_year" in assumed


@pytest.mark.usefixtures("short_grid")
def test_a_study_holds_its_arms_against_the_parts_that_are_said(files, simkit):
    """They were dealt in equal parts: so a study that is told ten to one trusts nothing."""
    parts = ("--expected-share", "current=10", "--expected-share", "long=1")
    given = ("--log", "log", "--scenario", "b2b", "--policies", "policies.toml", *FAST)
    result = simkit("study", *given, *parts)
    assert result.exit_code == 0, result.output
    decision = pd.read_csv(files / "simkit-study" / "decision.csv").iloc[0]
    assert decision["verdict"] == "cannot tell: a check failed"
    assert "sample ratio" in result.stdout
    wrong = simkit("study", *given, "--expected-share", "2", "--replications", 0)
    told = " ".join(wrong.output.split())
    assert "--expected-share == '2', must say whose number it is" in told
    assert "2 problems" in told


@pytest.mark.usefixtures("short_grid")
def test_arms_that_called_as_each_other_was_named_to_are_not_acted_on(files, simkit):
    named = (files / "policies.toml").read_text(encoding="utf-8")
    turned = named.replace("= 10", "= ten").replace("= 5", "= 10").replace("= ten", "= 5")
    (files / "turned.toml").write_text(turned, encoding="utf-8")
    given = ("--prices", "prices.toml", "--policies", "turned.toml")
    result = simkit("study", *EXPORT, *given, *FAST)
    assert result.exit_code == 0, result.output
    assert "the labels of the arms may be swapped" in result.stdout
    decision = pd.read_csv(files / "simkit-study" / "decision.csv").iloc[0]
    assert decision["verdict"] == "cannot tell: a check failed"
    # The answer on the console names what failed, and sizes no trial.
    (line,) = (text for text in result.stdout.splitlines()[-3:] if text.startswith("b2b: "))
    assert "of the trial failed (" in line
    assert "gaps of another arm" in line
    assert "contacts in each of" not in result.stdout


@pytest.mark.usefixtures("short_grid")
def test_arms_without_policies_are_taken_from_the_gaps_between_calls(files, simkit):
    result = simkit("recommend", *EXPORT, *FAST, "--out", "answer")
    assert result.exit_code == 0, result.output
    told = "b2b: current = every 5 working days, long = every 10 working days"
    assert result.stdout.count(told) == 1
    assert told in (files / "answer" / "warnings.txt").read_text(encoding="utf-8")


@pytest.mark.usefixtures("short_grid")
def test_without_arms_it_evaluates_nothing_and_says_so(files, simkit):
    contacts = pd.read_csv(files / "contacts.csv").drop(columns="arm")
    contacts.to_csv(files / "contacts.csv", index=False)
    given = ("--current", "20 working days", "--policies", "policies.toml")
    result = simkit("study", *EXPORT, *given, *FAST)
    assert result.exit_code == 0, result.output
    assert study.NO_ARMS in result.stdout
    assert result.stdout.count("policies.toml is not used: the log names no arms") == 1
    assert "Not identified" in result.stdout
    out = files / "simkit-study"
    assert not (out / "evaluation.csv").exists()
    decision = pd.read_csv(out / "decision.csv").iloc[0]
    assert decision["verdict"] == "test this interval"
    assert decision["current"] == "every 20 working days"


@pytest.mark.usefixtures("short_grid")
def test_log_without_segments_is_taken_for_the_scenarios_only_one(files, simkit):
    call = ("recommend", *EXPORT[:4], *EXPORT[6:], "--observed-until", "2026-06-01", *FAST)
    result = simkit(*call)
    assert result.exit_code == 0, result.output
    assert "the log names no segment: all contacts are taken as b2b" in result.stdout


@pytest.mark.usefixtures("short_grid")
def test_study_made_again_replaces_the_earlier_one_with_the_same_files(files, simkit):
    out = files / "simkit-study"
    call = ("study", "--log", "log", "--scenario", "b2b", *FAST)
    assert simkit(*call).exit_code == 0
    first = {path.name: path.read_bytes() for path in out.iterdir()}
    assert simkit(*call).exit_code == 0
    second = {path.name: path.read_bytes() for path in out.iterdir()}
    assert {name for name in first | second if first.get(name) != second.get(name)} == set()
    record = json.loads(second["study.json"])
    assert (record["contacts_per_run"], record["replications"], record["seed"]) == (8, 2, 1)
    # A folder in which somebody keeps a file of their own is not replaced.
    (out / "notes.txt").write_text("mine")
    refused = simkit(*call)
    assert refused.exit_code == 2
    assert "nothing else is overwritten" in " ".join(refused.stderr.split())
    assert (out / "notes.txt").read_text() == "mine"


@pytest.mark.usefixtures("short_grid")
def test_bundled_trial_is_studied_without_arguments(files, simkit):
    result = simkit("study", *FAST)
    assert result.exit_code == 0, result.output
    assert "No --log: this is the simulated trial that comes with simkit" in result.stdout
    # What the trial warns of stands with the decision: on the console and in the file.
    warned = "Simulated trial: no margin was named beforehand for complaint"
    assert f"Warning: {warned}" in result.stdout
    assert warned in (files / "simkit-study" / "warnings.txt").read_text(encoding="utf-8")
    # Its design plans 12 agents for 3,000 contacts; a small run has one agent at least.
    assert (
        "the simulation has an agent for every 8 contacts, and the trial was planned with one for"
        in result.stdout
    )
    decisions = pd.read_csv(files / "simkit-study" / "decision.csv").set_index("segment")
    assert set(decisions.index) == {"b2c", "b2b"}
    # The report draws what each arm delivered, and by when contacts bought and opted out.
    page = (files / "simkit-study" / "report.html").read_text(encoding="utf-8")
    assert "What each arm delivered" in page
    assert "contacts who opted out by day 98" in page
    assert "median 7 days between calls, 5 working days intended (7 by" in page
    assert "simkit&#39;s bundled trial (simulated) (" in page
    # The trial's truth (data/truth/arms.csv): in b2c both other arms bring about 17 EUR more.
    assert decisions.loc["b2c", "verdict"] == "adopt"
    assert decisions.loc["b2c", "current"] == "every working day"


def test_installation_without_data_says_what_to_give(files, simkit, monkeypatch):
    monkeypatch.setattr(bundled, "DATA", files / "nowhere")
    result = simkit("study")
    assert result.exit_code == 2
    assert "--log == None, must be given: the bundled field trial is in" in result.stderr


def test_recommend_from_the_simulation_alone_never_adopts(files, simkit, short_grid):
    result = simkit(
        *("recommend", "--scenario", "b2b", "--current", "20 working days", *FAST),
        *("--out", "answer"),
    )
    assert result.exit_code == 0, result.output
    assert list(pd.read_csv(files / "answer" / "decision.csv")["verdict"]) == ["test this interval"]
    policy = tomllib.loads((files / "answer" / "policy.toml").read_text(encoding="utf-8"))
    assert policy["b2b"]["policy"]["interval"] == {"working_days": 20}
    assert result.stdout.splitlines()[-1] == "Policy: answer/policy.toml"


@pytest.mark.parametrize(("error", "code"), [(KeyboardInterrupt, 130), (OSError(28, "full"), 2)])
@pytest.mark.usefixtures("short_grid")
def test_broken_off_while_writing_it_leaves_nothing(files, simkit, monkeypatch, error, code):
    def broken(path, *arguments, **options):
        path.write_text("half of a rep", encoding="utf-8")
        raise error

    monkeypatch.setattr("simkit.report.write_report", broken)
    before = sorted(path.name for path in files.iterdir())
    result = simkit("study", "--log", "log", "--scenario", "b2b", *FAST)
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    assert sorted(path.name for path in files.iterdir()) == before


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["Ctrl-C", "kill"]
)
def test_interrupted_it_ends_at_once_and_leaves_nothing(tmp_path, number, code):
    # Large enough to be interrupted whatever the machine; its second line says that it simulates.
    process = subprocess.Popen(
        [sys.executable, "-m", "simkit", "recommend", "--scenario", "b2b", "--no-progress"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # A parent that ignores Ctrl-C (a background job) would hand that on.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        assert process.stderr.readline().startswith("simulating ")
        os.kill(process.pid, number)
        output, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == code
    assert "Traceback" not in output + errors
    assert list(tmp_path.iterdir()) == []


def test_interruption_is_told(files, simkit, monkeypatch):
    def interrupted(path):
        raise KeyboardInterrupt

    monkeypatch.setattr("simkit.calllog.read_call_log", interrupted)
    result = simkit("audit", "--log", "log")
    assert result.exit_code == 130
    assert "interrupted; nothing half-written was left behind" in result.stderr
    monkeypatch.undo()
    assert read_call_log(files / "log").contacts.shape[0] == 90


@pytest.mark.usefixtures("short_grid")
def test_study_holds_the_log_against_the_assignment(files, simkit):
    table = pd.read_csv(files / "contacts.csv")[["contact_id", "arm"]]
    given = ("study", *EXPORT, "--policies", "policies.toml", "--assigned", "assignment.csv", *FAST)
    for arms, verdict in ((table["arm"], "ok"), ("long", "fail")):
        table.assign(arm=arms).to_csv(files / "assignment.csv", index=False)
        result = simkit(*given)
        assert result.exit_code == 0, result.output
        checks = pd.read_csv(files / "simkit-study" / "evaluation_checks.csv").set_index("check")
        assert checks.loc["arm as assigned", "verdict"] == verdict
    assert "the log's arms are not" in result.stdout


def test_what_asks_for_the_assignment_names_argument_and_option(files, simkit):
    named = (files / "policies.toml").read_text(encoding="utf-8")
    turned = named.replace("= 10", "= ten").replace("= 5", "= 10").replace("= ten", "= 5")
    (files / "turned.toml").write_text(turned, encoding="utf-8")
    simkit("check", *EXPORT[:-2], "--policies", "turned.toml", "--out", "checks.csv")
    advice = pd.read_csv(files / "checks.csv").set_index("check")["advice"]
    assert "the assignment (assigned, --assigned)" in advice["gaps of another arm"]
    assert "--assigned" in simkit("study", "--help").stdout


def test_an_assignment_that_cannot_be_read_is_told_before_anything_long_begins(files, simkit):
    (files / "assignment.csv").write_text("contact_id,arm\n1,current\n1,long\n", encoding="utf-8")
    result = simkit("study", *EXPORT, "--assigned", "assignment.csv", *FAST)
    assert result.exit_code == 2
    assert "must stand in one row only" in result.stderr
    result = simkit("recommend", *EXPORT, "--assigned", "none.csv", *FAST)
    assert result.exit_code == 2
    assert "--assigned == 'none.csv'" in result.stderr


@pytest.mark.usefixtures("short_grid")
def test_a_log_of_the_reached_alone_sizes_no_next_trial(files, simkit):
    world = load_scenario("b2b").vary("b2b.reach_base_logit", -1.5, source="assumed")
    policies = load_arms(files / "policies.toml")
    log = simulate(world, policies, contacts=500, agents=None, days=90, seed=1)
    by = contact_outcomes(log)
    reached = by.loc[by["right_party"] > 0, "contact_id"]
    assert 50 < len(reached) < len(by) - 50
    kept = {
        name: table[table["contact_id"].isin(reached)].reset_index(drop=True)
        for name, table in (("contacts", log.contacts), ("attempts", log.attempts))
    }
    dataclasses.replace(log, truth=None, **kept).write_csv(files / "reached")
    given = ("--policies", "policies.toml", "--scenario", "b2b", *FAST)
    result = simkit("study", "--log", "reached", *given)
    assert result.exit_code == 0, result.output
    assert "test longer" not in result.stdout
    assert "contacts in each of" not in result.stdout
    answer = result.stdout.splitlines()[-2]
    assert answer.startswith("b2b: Cannot tell: the trial's data do not let its arms be compared")
    assert answer.endswith("Go on calling every 5 working days, and settle that first.")
    assert "The log holds only contacts who were reached" in result.stdout
    decision = pd.read_csv(files / "simkit-study" / "decision.csv").iloc[0]
    assert decision["verdict"] == "cannot tell: a check failed"
    assert pd.isna(decision["test_days"])
