"""simkit study with the ledger of the looks: it counts them, and the report says which."""

import json

import pytest

from simkit.policy.arms import load_arms
from simkit.trial.design import Looks, TrialDesign

FAST = ("--replications", "2", "--contacts-per-run", "8", "--jobs", "1", "--no-progress")
COUNTED = "the trial was looked at before (2026-03-20): an arm is called better or worse by "


@pytest.fixture
def looked(files, simkit):
    """A trial that was looked at once before its end."""
    TrialDesign(
        name="autumn",
        arms=load_arms(files / "policies.toml"),
        control={"b2b": "current"},
        salt="s",
        horizon_days=30.0,
        looks=Looks(fractions=(0.5, 1.0)),
        contacts={"b2b": 180},
    ).write(files / "trial.toml")
    how = ("--design", "trial.toml", "--log", "log", "--scenario", "b2b")
    result = simkit("monitor", *how, "--as-of", "2026-03-20", "--ledger", "looks.toml")
    assert result.exit_code == 0, result.output
    return how


@pytest.mark.usefixtures("short_grid")
def test_study_counts_the_looks_and_the_report_says_which(files, looked, simkit):
    before = (files / "looks.toml").read_bytes()
    result = simkit("study", *looked, "--ledger", "looks.toml", *FAST)
    assert result.exit_code == 0, result.output
    assert COUNTED[1:] in result.stdout
    page = (files / "simkit-study" / "report.html").read_text(encoding="utf-8")
    section = page[page.index('<section class="segment"') :]
    assert f"Looks at the trial: {COUNTED}" in section
    record = json.loads((files / "simkit-study" / "study.json").read_text())
    assert record["looks"].startswith(COUNTED)
    # It is only read.
    assert (files / "looks.toml").read_bytes() == before


@pytest.mark.usefixtures("short_grid")
def test_without_a_ledger_the_report_counts_no_look(files, looked, simkit):
    result = simkit("study", *looked, *FAST)
    assert result.exit_code == 0, result.output
    assert "give the ledger in which simkit monitor counted them" in result.stdout
    page = (files / "simkit-study" / "report.html").read_text(encoding="utf-8")
    assert "Looks at the trial" not in page
    assert json.loads((files / "simkit-study" / "study.json").read_text())["looks"] is None


def test_a_ledger_is_refused_before_anything_long_begins(files, looked, simkit):
    missing = simkit("recommend", *looked, "--ledger", "none.toml")
    assert missing.exit_code == 2
    assert "command line: --ledger == 'none.toml'" in missing.stderr
    # Without its design nothing says what the looks may claim.
    alone = ("--policies", "policies.toml", "--log", "log", "--scenario", "b2b")
    result = simkit("study", *alone, "--ledger", "looks.toml")
    assert result.exit_code == 2
    assert "--ledger == 'looks.toml', must not be given without the design" in result.stderr
