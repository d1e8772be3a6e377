"""simkit check: what was assigned, against what was called."""

import pandas as pd
import pytest

from simkit.calllog import read_call_log
from simkit.policy import RecallPolicy
from simkit.trial import check_trial
from simkit.trial.assign import assign
from simkit.trial.design import TrialDesign


@pytest.fixture
def drawn(files) -> pd.DataFrame:
    """The assignment of the small trial, written to assignment.csv."""
    table = pd.read_csv(files / "contacts.csv")[["contact_id", "arm"]]
    table.to_csv(files / "assignment.csv", index=False)
    return table


def test_check_says_what_to_do_and_shows_no_result(files, simkit, drawn):
    result = simkit(
        *("check", "--log", "log", "--assigned", "assignment.csv", "--policies", "policies.toml"),
        *("--out", "checks.csv", "--picture", "what.png"),
    )
    assert result.exit_code == 0, result.output
    table = pd.read_csv("checks.csv")
    assert list(table.columns) == [
        *("check", "segment", "found", "p_value", "verdict", "meaning", "advice"),
    ]
    # Three agents call for both arms, and each arm delivered its 5 or 10 working days.
    rows = table.set_index("check")
    assert rows.loc["arm as assigned", "verdict"] == "ok"
    assert "every contact" in rows.loc["arm as assigned", "meaning"]
    assert "5 working days intended" in rows.loc["delivered interval", "found"]
    assert (files / "what.png").stat().st_size > 10_000
    for word in ("net value", "better", "interval 95"):
        assert word not in result.stdout


def test_check_ends_with_1_where_a_check_failed(files, simkit, drawn):
    drawn.assign(arm="long").to_csv("assignment.csv", index=False)
    result = simkit("check", "--log", "log", "--assigned", "assignment.csv")
    assert result.exit_code == 1
    assert "Do not act on results of this trial: the log's arms are not" in result.stdout


def test_check_holds_arms_against_parts_that_nothing_registered(files, simkit):
    # Accounts were dealt in equal parts, so ten to one is not what chance makes of 90 contacts.
    parts = ("--expected-share", "current=10", "--expected-share", "long=1")
    assert simkit("check", "--log", "log").exit_code == 0
    result = simkit("check", "--log", "log", *parts)
    assert result.exit_code == 1
    assert "sample ratio" in result.stdout
    (files / "trial.toml").write_text("", encoding="utf-8")
    registered = simkit("check", "--log", "log", "--design", "trial.toml", *parts)
    told = " ".join(registered.output.split())
    assert "must not be given with --design, which says the parts that were registered" in told


def test_check_reads_a_registered_design(files, simkit):
    (files / "trial.toml").write_text(
        """
name = "small"
salt = "one"
horizon_days = 40.0
control = { b2b = "long" }

[arms.b2b.current]
interval = { working_days = 5 }

[arms.b2b.long]
interval = { working_days = 10 }
""",
        encoding="utf-8",
    )
    result = simkit("check", "--log", "log", "--design", "trial.toml", "--out", "checks.csv")
    assert result.exit_code == 0, result.output
    found = pd.read_csv("checks.csv")["found"]
    assert found.str.contains("40 days; longest median gap").any()
    assert found.str.contains("10 working days intended").any()


def test_a_trial_in_which_nothing_is_found_gets_one_line_and_on_demand_a_table(files, simkit):
    *_, read, told = simkit("check", "--log", "log").stdout.splitlines()
    assert told == "29 checks, nothing found (--all lists the checks)."
    assert read.startswith("Simulated log:")
    lines = simkit("check", "--log", "log", "--all").stdout.splitlines()
    (head,) = [number for number, line in enumerate(lines) if line.startswith("All checks")]
    assert lines[head + 1].split() == ["verdict", "check", "segment", "found", "meaning"]
    assert sum(line.startswith("ok ") for line in lines[head:]) == 29
    assert max(map(len, lines[head:])) <= 100  # a page, and whole sentences in its cells


def test_checks_that_found_nothing_are_counted_where_others_found_something(files, simkit, drawn):
    drawn.assign(arm="long").to_csv("assignment.csv", index=False)
    told = simkit("check", "--log", "log", "--assigned", "assignment.csv", "--out", "checks.csv")
    fine = (pd.read_csv("checks.csv")["verdict"] == "ok").sum()
    assert f"Checks that found nothing: {fine} (--all lists them)." in told.stdout
    assert "All checks" not in told.stdout


def test_check_as_of_a_day_is_that_of_the_python_function(files, simkit):
    day = "2026-01-25"
    result = simkit("check", "--log", "log", "--as-of", day, "--out", "then.csv")
    assert result.exit_code in (0, 1), result.output
    log = read_call_log(files / "log")
    then, whole = (
        check_trial(log, control={"b2b": "current"}, as_of=moment).table["found"].tolist()
        for moment in (day, None)
    )
    assert pd.read_csv("then.csv")["found"].tolist() == then
    assert then != whole


def test_a_day_that_cannot_be_looked_at_is_named_by_its_option(files, simkit):
    for day in ("soon", "1999-01-01"):
        result = simkit("check", "--log", "log", "--as-of", day)
        assert result.exit_code == 2
        assert f"command line: --as-of == '{day}'" in result.stderr


def test_everything_wrong_is_said_at_once(files, simkit):
    result = simkit(
        "check", "--assigned", "no.csv", "--design", "no.toml", "--policies", "no2.toml"
    )
    assert result.exit_code == 2
    assert "4 problems" in result.stderr
    for text in ("--log", "--assigned", "no.toml", "no2.toml"):
        assert text in result.stderr


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("contact_id,arm\n1,current\n1,long\n", "must stand in one row only"),
        ("contact_id,arm\n1,\n2,long\n", "arm == None, must be known for each row"),
        ("contact_id,group\n1,long\n", "arm"),
    ],
)
def test_an_assignment_that_cannot_be_read_is_refused(files, simkit, content, message):
    (files / "assignment.csv").write_text(content, encoding="utf-8")
    result = simkit("check", "--log", "log", "--assigned", "assignment.csv")
    assert result.exit_code == 2
    assert message in result.stderr


def test_a_column_that_is_not_there_is_named_by_its_option(files, simkit):
    result = simkit("check", "--log", "log", "--person", "phone")
    assert result.exit_code == 2
    assert "--person == 'phone', must be a column of contacts" in result.stderr


def test_check_and_evaluate_refuse_an_assignment_that_was_changed(files, simkit):
    contacts = pd.read_csv(files / "contacts.csv", dtype=str).drop(columns="arm")
    arms = {
        name: RecallPolicy.every(working_days=days) for name, days in (("current", 5), ("long", 10))
    }
    design = TrialDesign(
        name="small",
        arms={"b2b": arms},
        control={"b2b": "current"},
        salt="one",
        horizon_days=40.0,
        primary="sale",
    )
    path = assign(contacts, design).write_csv(files / "drawn.csv")
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(",current,", ",long,", 1), encoding="utf-8")
    design.write(files / "trial.toml")
    for command in ("check", "evaluate"):
        asked = ("--log", "log", "--design", "trial.toml", "--assigned", "drawn.csv")
        result = simkit(command, *asked)
        assert result.exit_code == 2
        assert "it was changed afterwards" in result.stderr


def test_a_log_is_described_as_it_stood_on_the_day(files, simkit):
    calls = pd.read_csv("log/attempts.csv")
    made = int((calls["dialled_at"] < "2026-02-20").sum())
    assert 0 < made < len(calls)
    told = simkit("check", "--log", "log", "--as-of", "2026-02-20").stdout.splitlines()[0]
    assert told.startswith("As of 2026-02-20: Simulated log: 90 contacts")
    assert f", {made} attempts to " in told
