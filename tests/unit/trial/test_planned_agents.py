"""Agents who called are held against those that the design counts on."""

import pandas as pd
import pytest
from made_trial import DAYS, POLICIES, START, made

from simkit.calllog.stored import open_call_log
from simkit.policy import RecallPolicy
from simkit.trial import check_trial, evaluate
from simkit.trial.checks.planned_agents import AGENTS_PLANNED
from simkit.trial.checks.registration import REGISTERED
from simkit.trial.design import TrialDesign

CALLED = 8  # agents of the made trial, four an arm
OWN = {"7 days": 4, "14 days": 4}


def whose(table):
    """The rows that tell whose agents called, where it was not as registered."""
    rows = table[(table["check"] == REGISTERED) & table["found"].str.startswith("agents: ")]
    return rows.to_dict("records")


def with_helpers(helpers):
    """The made trial, ``helpers`` of whose agents made one call for the other arm."""
    tables = made()
    arm = tables.attempts["contact_id"].map(tables.contacts.set_index("contact_id")["arm"])
    theirs = tables.attempts["agent_id"]
    own = sorted(theirs[arm == "7 days"].dropna().unique())[:helpers]
    rows = tables.attempts.index[(arm == "14 days") & theirs.notna()][:helpers]
    tables.attempts.loc[rows, "agent_id"] = own
    return tables.log()


def all_for_all():
    """The made trial, each of whose agents called for both arms."""
    tables = made()
    tables.attempts["agent_id"] = tables.attempts.index.to_numpy() % CALLED
    return tables.log()


@pytest.mark.parametrize("kind", ["check", "evaluate", "on disk"])
def test_own_agents_that_called_for_all_arms_are_not_as_registered(tmp_path, kind):
    log, design = all_for_all(), planned(OWN)
    found = None
    if kind == "check":
        table = check_trial(log, design=design).table
    else:
        data = log if kind == "evaluate" else open_call_log(log.write(tmp_path / "log"))
        found = evaluate(data, design=design)
        table = found.checks
    (row,) = whose(table)
    assert row["verdict"] == "warning"
    assert row["found"] == (
        "agents: registered each arm's own agents (7 days 4, 14 days 4); 8 of 8 who called did so "
        "for more than one arm"
    )
    assert "takes time from the others" in row["meaning"]
    assert "rehearse the trial with the agents as they were" in row["advice"]
    # Nobody is counted once per arm: 800 contacts of eight.
    (count,) = table[table["check"] == AGENTS_PLANNED].to_dict("records")
    assert count["found"] == "planned 8 agents, 100 contacts each, and 8 called, 100 each"
    if found is not None:
        assert "Not as registered: agents: registered each arm's own" in found.sentence()


@pytest.mark.parametrize("kind", ["check", "evaluate", "on disk"])
def test_shared_agents_who_each_called_for_one_arm_are_not_as_registered(flawless, tmp_path, kind):
    design = planned(CALLED)
    if kind == "check":
        table = check_trial(flawless, design=design).table
    else:
        on_disk = kind == "on disk"
        data = open_call_log(flawless.write(tmp_path / "log")) if on_disk else flawless
        table = evaluate(data, design=design).checks
    (row,) = whose(table)
    assert row["verdict"] == "warning"
    assert row["found"] == (
        "agents: registered 8 agents shared by all arms; 0 of 8 who called did so for more than "
        "one arm"
    )
    assert "differences between the teams count as the arms'" in row["meaning"]


def test_agents_who_called_as_registered_are_not_spoken_of(flawless):
    assert whose(check_trial(flawless, design=planned(OWN)).table) == []
    assert whose(check_trial(all_for_all(), design=planned(CALLED)).table) == []


def test_one_agent_who_helps_the_other_arm_out_is_as_registered_and_two_of_eight_are_not():
    # A tenth of eight agents is less than one: one may always help out.
    assert whose(check_trial(with_helpers(1), design=planned(OWN)).table) == []
    (row,) = whose(check_trial(with_helpers(2), design=planned(OWN)).table)
    assert "2 of 8 who called" in row["found"]


def test_one_agent_for_both_arms_is_nobodys_own():
    tables = made()
    tables.attempts["agent_id"] = 1
    design = planned({"7 days": 1, "14 days": 1})
    (row,) = whose(check_trial(tables.log(), design=design).table)
    assert "1 of 1 who called" in row["found"]


def planned(agents, **changes):
    settings = {
        "arms": POLICIES,
        "control": {"b2c": "7 days"},
        "contacts": {"b2c": 800},
    }
    return TrialDesign(
        name="spring",
        salt="spring",
        unit="contact",
        horizon_days=60.0,
        primary="sale",
        agents=agents,
        **(settings | changes),
    )


def told(found, kind):
    table = found.checks if kind == "evaluate" else found.table
    return table[table["check"] == AGENTS_PLANNED].to_dict("records")


def verdicts(log, design):
    return [row["verdict"] for row in told(check_trial(log, design=design), "check")]


@pytest.mark.parametrize("kind", ["check", "evaluate", "on disk"])
def test_far_fewer_agents_than_call_are_warned_about_wherever_a_trial_is_checked(
    flawless, tmp_path, kind
):
    design = planned(2)
    if kind == "check":
        rows = told(check_trial(flawless, design=design), kind)
    elif kind == "evaluate":
        rows = told(evaluate(flawless, design=design), kind)
    else:
        stored = open_call_log(flawless.write(tmp_path / "log"))
        rows = told(evaluate(stored, design=design), "evaluate")
    (row,) = rows
    assert row["verdict"] == "warning"
    # 800 contacts are planned and there: 800 / 2 and 800 / 8.
    assert row["found"] == "planned 2 agents, 400 contacts each, and 8 called, 100 each"
    assert "waited less for an agent than was planned" in row["meaning"]
    assert "come and go" in row["meaning"]
    assert "--contacts-per-agent" in row["advice"]


def test_the_answer_of_evaluate_warns_of_agents_beside_the_plan(flawless):
    said = evaluate(flawless, design=planned(40)).lines()
    assert any("planned 40 agents" in line and "waited longer" in line for line in said)


@pytest.mark.parametrize("agents", [6, 7, 8, 9, 11, 12])
def test_up_to_a_third_more_or_fewer_agents_are_as_planned(flawless, agents):
    # 6 + 6/3 = 8 and 12 - 12/3 = 8.
    assert verdicts(flawless, planned(agents)) == ["ok"]


@pytest.mark.parametrize("agents", [5, 13])
def test_beyond_a_third_they_are_not(flawless, agents):
    assert verdicts(flawless, planned(agents)) == ["warning"]


def test_one_agent_who_stands_in_is_as_planned():
    tables = made()
    tables.attempts["agent_id"] = tables.attempts["agent_id"] % 2
    assert verdicts(tables.log(), planned(1)) == ["ok"]


def test_agents_of_the_arms_own_are_held_against_those_who_called_for_each(flawless):
    assert verdicts(flawless, planned({"7 days": 4, "14 days": 4})) == ["ok"]
    (row,) = told(check_trial(flawless, design=planned({"7 days": 2, "14 days": 4})), "check")
    assert row["verdict"] == "warning"
    # Equal parts of 800 contacts, 400 an arm, of two and of four agents; 400 came to each arm.
    assert row["found"] == (
        "7 days: planned 2 agents, 200 contacts each, and 4 called, 100 each; "
        "14 days: planned 4 agents, 100 contacts each, and 4 called, 100 each"
    )


def test_nothing_is_said_where_no_number_was_planned_or_no_agent_is_known(flawless):
    assert verdicts(flawless, planned(None)) == []
    tables = made()
    tables.attempts["agent_id"] = pd.NA
    assert verdicts(tables.log(), planned(2)) == []


def test_while_the_trial_runs_fewer_agents_are_told_and_more_are_warned_about():
    tables = made()
    cut = START + pd.Timedelta(days=DAYS // 2)
    tables.contacts["observed_until"] = cut
    tables.attempts = tables.attempts[tables.attempts["dialled_at"] < cut]
    log = tables.log()
    (row,) = told(check_trial(log, design=planned(40)), "check")
    assert row["verdict"] == "ok"
    assert "not all contacts are there yet" in row["meaning"]
    assert verdicts(log, planned(2)) == ["warning"]


def test_a_part_of_the_registered_segments_may_be_called_by_a_part_of_the_agents(flawless):
    arms = {name: RecallPolicy.every(days=days) for name, days in (("short", 7), ("long", 21))}
    design = planned(
        40,
        arms={**POLICIES, "b2b": arms},
        control={"b2c": "7 days", "b2b": "short"},
        contacts={"b2c": 800, "b2b": 400},
    )
    (row,) = told(evaluate(flawless, design=design), "evaluate")
    assert row["verdict"] == "ok"
