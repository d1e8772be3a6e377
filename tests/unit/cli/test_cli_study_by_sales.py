"""simkit study of a trial that was registered to decide by sales: its report exists."""

import json

import pytest

from simkit.policy.arms import load_arms
from simkit.trial.design import TrialDesign

FAST = ("--replications", "2", "--contacts-per-run", "8", "--jobs", "1", "--no-progress")


@pytest.mark.usefixtures("short_grid")
def test_the_report_shows_the_trial_as_registered_and_adopts_nothing(files, simkit):
    TrialDesign(
        name="by sales",
        arms=load_arms(files / "policies.toml"),
        control={"b2b": "current"},
        salt="s",
        horizon_days=30.0,
        primary="sale",
        margins={"sale": {"b2b": 0.05}},
        guardrails={"opt_out": {"b2b": 0.02}},
    ).write(files / "trial.toml")
    result = simkit("study", "--design", "trial.toml", "--log", "log", "--scenario", "b2b", *FAST)
    assert result.exit_code == 0, result.output
    page = (files / "simkit-study" / "report.html").read_text(encoding="utf-8")
    said = "the trial was registered to decide by contacts who bought"
    assert said in result.stdout.replace("\n", " ")
    assert said in page
    section = page[page.index('<section class="segment"') :]
    # Its own figures: the outcome that decides and the guardrail.
    assert "contacts who bought [percentage points]" in section
    assert "guardrail (less is better): contacts who opted out" in section
    policy = (files / "simkit-study" / "policy.toml").read_text(encoding="utf-8")
    assert "working_days = 5" in policy
    record = json.loads((files / "simkit-study" / "study.json").read_text())
    assert record["design"]
