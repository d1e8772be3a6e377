"""design and assign: what they print and what they write."""

import json
import re
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from simkit.policy.arms import load_arms
from simkit.scenario import load_scenario
from simkit.trial.assign import load_assignment
from simkit.trial.design import design_trial, load_design

DESIGN = ("design", "--scenario", "b2b", "--arms", "policies.toml", "--horizon", 98)
REGISTERED = ("--registered-on", "2025-12-01")


@pytest.fixture
def designed(files, simkit):
    """A registered design for the small trial's contacts, whose arms are taken away."""
    named = ("--contacts", 4000, "--name", "autumn", "--guardrail", "opt_out=0.02")
    result = simkit(*DESIGN, *named, *REGISTERED)
    assert result.exit_code == 0, result.output
    contacts = pd.read_csv("contacts.csv", dtype=str).drop(columns="arm")
    contacts.to_csv("list.csv", index=False)
    return result


def test_design_answers_first_and_writes_what_it_says(designed):
    assert designed.stdout.startswith("Too small for what you call worthwhile: b2b has power ")
    assert "\nb2b needs " in designed.stdout
    assert designed.stdout.count("oo small") == 1
    assert "difference or margin in 98 days" in designed.stdout
    assert "The planned 2,000 contacts an arm (4,000 in all) find +" in designed.stdout
    assert "simulated (b2b, 20,000 contacts of each segment under current)" in designed.stdout
    assert designed.stdout.endswith("Design: trial.toml\nSizes: trial.sizes.csv\n")
    design = load_design("trial.toml")
    assert design.contacts == {"b2b": 4000}
    assert design.guardrails == {"opt_out": {"b2b": 0.02}}
    assert (design.name, design.salt, design.control) == ("autumn", "autumn", {"b2b": "current"})
    assert (design.registered_on, design.method) == (date(2025, 12, 1), "hash")
    assert set(pd.read_csv("trial.sizes.csv")["outcome"]) == {"net_value_eur", "opt_out"}


def test_the_command_and_python_register_the_same_design(designed):
    by_command = load_design("trial.toml")
    in_python = design_trial(
        load_scenario("b2b"),
        load_arms("policies.toml"),
        control="current",
        horizon_days=98,
        contacts=4000,
        name="autumn",
        guardrails={"opt_out": 0.02},
        registered_on=date(2025, 12, 1),
    )
    assert in_python.design == by_command
    assert in_python.design.identity() == by_command.identity()


def test_a_design_is_written_though_nobody_reads_what_is_said_of_it(files, simkit, monkeypatch):
    def closed(*sentences, style=None):
        raise BrokenPipeError

    monkeypatch.setattr("simkit.cli.on_design.say", closed)
    simkit(*DESIGN, "--contacts", 4000, *REGISTERED)
    assert load_design("trial.toml").contacts == {"b2b": 4000}
    assert (files / "trial.sizes.csv").exists()


def test_a_design_is_registered_today_where_no_other_day_is_given(files, simkit):
    before = date.today()
    result = simkit(*DESIGN, "--contacts", 4000)
    assert result.exit_code == 0, result.output
    assert before <= load_design("trial.toml").registered_on <= date.today()
    past = simkit(*DESIGN, "--contacts", 4000, *REGISTERED, "--out", "past.toml")
    assert "registered on 2025-12-01, which is past: nothing but your word" in past.output
    late = simkit(*DESIGN, "--contacts", 4000, "--registered-on", "soon", "--out", "other.toml")
    assert late.exit_code == 2
    assert "registered_on == 'soon', must be a day, as 2026-01-12" in late.output


def test_a_design_is_not_registered_on_a_day_to_come(files, simkit):
    day = date.today() + timedelta(days=1)
    slip = simkit(*DESIGN, "--contacts", 4000, "--registered-on", day.isoformat())
    assert slip.exit_code == 2
    assert f"--registered-on == '{day}', must not be after today" in " ".join(slip.output.split())
    assert not (files / "trial.toml").exists()


def test_design_takes_every_option_into_the_design(files, simkit):
    result = simkit(
        *(*DESIGN, "--primary", "sale", "--secondary", "complaint", "--guardrail", "none"),
        *("--worthwhile", "b2b=0.03", "--contacts", "b2b=5000", "--looks", "0.5,1", "--futility"),
        *("--spending", "pocock", "--share", "current=2", "--share", "long=1", "--alpha", 0.1),
        *("--power", 0.9, "--unit", "contact", "--stratum", "region", "--covariate", "age"),
        *("--agents", "current=4", "--agents", "long=2", "--salt", "grain", "--inflation", 1.1),
        *("--out", "other.toml"),
    )
    assert result.exit_code == 0, result.output
    design = load_design("other.toml")
    assert design.margins == {"sale": {"b2b": 0.03}}
    assert design.looks.fractions == (0.5, 1.0)
    assert design.looks.spending == "pocock"
    assert design.looks.futility
    assert design.shares == {"current": 2.0, "long": 1.0}
    assert design.agents == {"current": 4, "long": 2}
    assert (design.alpha, design.power, design.unit, design.salt) == (0.1, 0.9, "contact", "grain")
    assert design.method == "blocks"  # since there is a stratum
    assert (design.strata, design.covariates, design.secondary) == (
        ("region",),
        ("age",),
        ("complaint",),
    )
    assert "Warning: not known of the contacts: age" in result.stdout


def test_design_from_past_calls(files, simkit):
    result = simkit(
        *("design", "--log", "log", "--prices", "prices.toml", "--arms", "policies.toml"),
        *("--horizon", 60, "--contacts", 500),
    )
    assert result.exit_code == 0, result.output
    assert "read from a log of 90 contacts" in result.stdout
    assert "may truly be" in result.stdout  # the spread rests on 90 contacts


def test_accounts_may_be_larger_than_the_scenarios(files, simkit):
    plan = ("design", "--scenario", "b2b", "--arms", "policies.toml", "--horizon", 60)
    plan = (*plan, "--contacts", 4000, "--out")
    result = simkit(*plan, "large.toml", "--account-size", 150)
    assert result.exit_code == 0, result.output
    # 4,000 contacts of accounts of 150 are 27, 13 or 14 in each of two arms.
    assert re.search("about 1[34] accounts", result.stdout)
    assert 'method = "blocks" keeps arms even' in result.stdout
    assert "about" not in simkit(*plan, "small.toml").stdout
    few = simkit(*plan, "none.toml", "--account-size", 0)
    assert "--account-size == 0.0, must be from 1 to 100,000 contacts" in few.stderr
    past = simkit(
        *("design", "--log", "log", "--prices", "prices.toml", "--arms", "policies.toml"),
        *("--horizon", 60, "--account-size", 100),
    )
    assert "must not be given with --log" in " ".join(past.stderr.split())


def test_assign_writes_the_file_for_the_dialler(designed, simkit):
    result = simkit("assign", "--design", "trial.toml", "--contacts", "list.csv")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("90 contacts of ")
    assert result.stdout.endswith("Assignment: assignment.csv\nHow it was made: assignment.json\n")
    table = pd.read_csv("assignment.csv")
    assert list(table) == ["contact_id", "account_id", "segment", "arm", "on_list"]
    assert set(table["arm"]) == {"current", "long"}
    about = json.loads(Path("assignment.json").read_text(encoding="utf-8"))
    assert about["design"] == load_design("trial.toml").identity()
    assert about["method"] == "hash"


def test_assign_shows_the_balance_of_what_was_known_and_who_is_missing(designed, simkit):
    listed = pd.read_csv("list.csv", dtype=str)
    for number in range(20):
        listed[f"score{number}"] = range(number, number + len(listed))
    listed.to_csv("list.csv", index=False)
    result = simkit("assign", "--design", "trial.toml", "--contacts", "list.csv")
    assert result.exit_code == 0, result.output
    assert "What was known before, the largest differences first" in result.stdout
    told = [line for line in result.stdout.splitlines() if line.startswith("b2b ")]
    shown = [line for line in told if "score" in line]
    assert len(shown) == 12
    assert "8 smaller differences not shown." in result.stdout
    assert "b2b: 90 of the 4,000 contacts that the design registers have an arm" in result.stdout


def test_assign_goes_on_from_an_earlier_file(designed, simkit):
    whole = pd.read_csv("list.csv", dtype=str)
    whole.head(40).to_csv("short.csv", index=False, sep=";")
    blocks = ("--contacts", 4000, "--name", "winter", "--method", "blocks", "--out", "blocks.toml")
    assert simkit(*DESIGN, *blocks).exit_code == 0
    call = ("assign", "--design", "blocks.toml")
    assert simkit(*call, "--contacts", "short.csv", "--out", "one.csv").exit_code == 0
    result = simkit(*(*call, "--contacts", "list.csv", "--earlier", "one.csv", "--out", "two.csv"))
    assert result.exit_code == 0, result.output
    one, two = (load_assignment(f"{name}.csv").table for name in ("one", "two"))
    both = one.merge(two, on="contact_id")
    assert len(both) == 40
    assert (both["arm_x"] == both["arm_y"]).all()


def test_assigning_again_must_be_explained(designed, simkit):
    call = ("assign", "--contacts", "list.csv")
    assert simkit(*call, "--design", "trial.toml", "--out", "one.csv").exit_code == 0
    again = simkit(
        *DESIGN, "--contacts", 4000, "--name", "autumn", "--salt", "b", "--out", "b.toml"
    )
    assert again.exit_code == 0, again.output
    second = (*call, "--design", "b.toml", "--out", "two.csv")
    for more in ((), ("--earlier", "one.csv")):
        result = simkit(*second, *more)
        assert result.exit_code == 2
        assert "another salt" in " ".join(result.stderr.split())
    result = simkit(*second, "--earlier", "one.csv", "--again", "the list was the wrong one")
    assert result.exit_code == 0, result.output
    assert "Reason given: the list was the wrong one." in result.stdout


def _block(text, start, end):
    """The lines of an example in a command's help, without their margin."""
    inside = text[text.index(start) + len(start) : text.index(end)].splitlines()
    return "\n".join(line.strip() for line in inside if line.strip())


def test_the_files_that_help_shows_are_those_that_the_commands_read(files, simkit):
    arms = _block(simkit("design", "--help").output, "segment and arm:", "With the contacts")
    assert arms.startswith("[b2c.current]")
    Path("arms.toml").write_text(arms, encoding="utf-8")
    listed = _block(
        simkit("assign", "--help").output, "balance is shown:", "The file for the dialler"
    )
    assert listed.startswith("contact_id,account_id,segment,region")
    Path("list.csv").write_text(listed, encoding="utf-8")
    result = simkit(
        *("design", "--scenario", "trial", "--arms", "arms.toml", "--control", "current"),
        *("--horizon", 98, "--stratum", "region", "--contacts", 4000),
    )
    assert result.exit_code == 0, result.output
    result = simkit("assign", "--design", "trial.toml", "--contacts", "list.csv")
    assert result.exit_code == 0, result.output
    table = pd.read_csv("assignment.csv", dtype=str)
    assert table["contact_id"].tolist() == ["000123", "000124"]
    assert len(set(table["arm"])) == 1
    assert "1 arm without an account" in result.stdout


def test_futility_needs_looks(files, simkit):
    result = simkit(*DESIGN, "--futility")
    assert result.exit_code != 0
    assert "--futility == True, must come with --looks" in result.output
