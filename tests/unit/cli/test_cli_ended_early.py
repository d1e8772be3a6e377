"""A trial that is ended early: two looks, the evaluation with their ledger, and the policy."""

import json
import tomllib

import pandas as pd
import pytest

from simkit.calllog.cut import cut, moment_of
from simkit.engine import simulate
from simkit.policy.arms import load_arms
from simkit.scenario import load_scenario
from simkit.trial.design import Looks, TrialDesign

FAST = ("--replications", "2", "--contacts-per-run", "8", "--jobs", "1", "--no-progress")
POLICIES = """\
[b2b.current]
interval = { working_days = 1 }

[b2b.long]
interval = { working_days = 5 }
"""
FIRST, END = "2026-02-28", "2026-03-15"


@pytest.fixture
def ended(tmp_path, monkeypatch, simkit):
    """Two looks at a trial in which calling every day does harm; the second one ends it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "policies.toml").write_text(POLICIES, encoding="utf-8")
    arms = load_arms(tmp_path / "policies.toml")
    world = load_scenario("b2b").vary("b2b.sale_base_logit", 2.0, source="assumed")
    world = world.entering_over(56.0, source="assumed")
    log = simulate(world, arms, contacts=500, agents=10, days=100, seed=2)
    log.write_csv(tmp_path / "later")
    cut(log, moment_of(END, log.header.timezone)).write_csv(tmp_path / "log")
    TrialDesign(
        name="autumn",
        arms=arms,
        control={"b2b": "current"},
        salt="s",
        horizon_days=30.0,
        # By bounds that hold at all times that of complaints stays open.
        guardrails={"opt_out": {"b2b": 0.02}, "complaint": {"b2b": 0.015}},
        looks=Looks(fractions=(1 / 3, 2 / 3, 1.0), spending="pocock"),
        contacts={"b2b": 500},
        prices=world.economics(),
    ).write(tmp_path / "trial.toml")
    how = ("--design", "trial.toml", "--log", "log", "--scenario", "b2b", "--ledger", "looks.toml")
    first = simkit("monitor", *how, "--as-of", FIRST)
    assert first.exit_code == 0, first.output
    end = simkit("monitor", *how, "--as-of", END, "--final", "--out", "seen")
    assert end.exit_code == 0, end.output
    return how, end.output


@pytest.mark.usefixtures("short_grid")
def test_a_trial_that_ended_early_leads_to_a_policy(tmp_path, ended, simkit):
    how, told = ended
    seen = pd.read_csv(tmp_path / "seen" / "monitor.csv")
    assert seen["decision"].tolist() == ["go on", "stop: better"]
    # The guardrail is open by bounds that hold at all times, and the look says what shows more.
    waits = (
        "not to be adopted before simkit evaluate --ledger shows that the margin of contacts who "
        "complained is kept"
    )
    assert f"against a bound of 2.35: it is better, but {waits}" in told
    assert f"b2b · long is {waits}" in told
    command = "simkit evaluate --log log --design trial.toml --ledger looks.toml --scenario b2b"
    assert f"tests the guardrails once: {command}\n" in told
    before = (tmp_path / "looks.toml").read_bytes()
    # As it stands there, but for the file of the table.
    found = simkit(*command.split()[1:], "--out", "found.csv")
    assert found.exit_code == 0, found.output
    assert "b2b · long wins on net value per contact at 30 days" in found.output
    said = " ".join(found.output.split())
    assert f"looked at before ({FIRST}); this is the very look of {END}, with " in said
    assert "followed to the horizon, which ended the trial early" in said
    assert "margin +1.50 percentage points: within margin" in found.output
    assert "b2b · long is the best arm with probability above" in found.output
    row = pd.read_csv(tmp_path / "found.csv").iloc[0]
    assert (row["role"], row["verdict"]) == ("primary", "better")
    assert row["p_adjusted"] == pytest.approx(seen["p_adjusted"].iloc[-1], rel=1e-4)
    study = simkit("study", *how, *FAST)
    assert study.exit_code == 0, study.output
    assert "Adopt: call every 5 working days (arm long) instead of every" in study.output
    policy = tomllib.loads((tmp_path / "simkit-study" / "policy.toml").read_text(encoding="utf-8"))
    assert policy["b2b"]["policy"]["interval"] == {"working_days": 5}
    assert policy["b2b"]["verdict"] == "adopt"
    record = json.loads((tmp_path / "simkit-study" / "study.json").read_text(encoding="utf-8"))
    assert "which ended the trial early" in record["looks"]
    assert (tmp_path / "looks.toml").read_bytes() == before
    # Of a log that holds more contacts the claim stands, and nothing is claimed anew.
    later = ["later" if word == "log" else word for word in how]
    more = simkit("evaluate", *later, "--out", "later.csv")
    assert more.exit_code == 0, more.output
    assert f"That long is better was shown at the look of {END}, and not anew" in more.output
    assert f"b2b ended with the look of {END}: other contacts than it saw claim" in more.output
    assert pd.read_csv("later.csv").iloc[0]["verdict"] == "better"
