"""Options of study and its kin: all that is wrong at once, horizon, agents, lone arms, bases."""

import json

import pandas as pd
import pytest

from simkit.cli import study
from simkit.cli.effort import Effort
from simkit.cli.options import Errors
from simkit.cli.study_question import ask
from simkit.engine import simulate
from simkit.errors import InputError
from simkit.policy import RecallPolicy
from simkit.scenario import load_scenario
from simkit.trial.effects.judged import ERRORS

FAST = ("--contacts-per-run", 8, "--replications", 2, "--jobs", 1, "--no-progress")
LOG = ("--log", "log", "--scenario", "b2b")


def told(result) -> str:
    assert result.exit_code == 2, result.output
    return " ".join(result.stderr.split())


def parts_not_told(result, *parts: str) -> list[str]:
    message = told(result)
    return [part for part in parts if part not in message]


@pytest.mark.parametrize("command", ["study", "recommend"])
def test_all_options_that_are_wrong_are_told_at_once_and_before_reading(files, simkit, command):
    (files / "calls.txt").write_text("not read")
    result = simkit(
        *(command, "--log", "calls.txt", "--prices", "price.toml", "--policies", "nowhere.toml"),
        *("--contacts-per-run", 0, "--replications", 1, "--jobs", 0, "--contacts-per-agent", 5),
        *("--out", "log"),
    )
    missing = parts_not_told(
        result,
        "9 problems",
        "--out == 'log', must be a new or empty folder",
        "--mapping == None, must be given with an export",
        "--prices == 'price.toml', must be a file that exists",
        "--policies == 'nowhere.toml', must be a file that exists",
        "--scenario == None, must be given with --log",
        "--replications == 1, must be a whole number from 2 to 1048576",
        "--contacts-per-run == 0, must be a whole number from 1 to 1073741823",
        "--contacts-per-agent == 5, must be at most --contacts-per-run (0)",
        "--jobs == 0, must be a whole number other than 0",
    )
    assert missing == []


def test_prices_policies_and_todays_policy_are_told_at_once(files, simkit):
    (files / "prices.toml").write_text("[all]\ndial_eur = -1\n")
    (files / "policies.toml").write_text("[b2b.current]\ninterval = { working_days = 0 }\n")
    given = ("--prices", "prices.toml", "--policies", "policies.toml", "--current", "now")
    missing = parts_not_told(
        simkit("study", *LOG, *given),
        "b2b.dial_eur == -1, must be >= 0",
        "--current == 'now', must be the arm of today's policy in b2b: current, long",
        "policies.toml: b2b.current.interval.working_days == 0, must be >= 1",
    )
    assert missing == []


def test_other_commands_tell_all_options_at_once(files, simkit):
    (files / "notes").mkdir()
    (files / "notes" / "mine.txt").write_text("mine")
    swept = simkit("sweep", "--every", "weekly", "--replications", 1, "--days", 0, "--agents", 0)
    simulated = simkit("simulate", "--every", "weekly", "--agents", "some", "--out", "notes")
    imported = simkit("import", "--log", "calls.txt", "--contacts", "none.csv", "--out", "notes")
    table = simkit("evaluate", "--table", "contacts.csv")
    folder = "folder == 'notes', must be a new folder or a call log"
    assert parts_not_told(swept, "'weekly'", "--replications", "--days == 0", "--agents == 0") == []
    assert parts_not_told(simulated, "'weekly'", "--agents == 'some'", folder) == []
    assert parts_not_told(imported, "--contacts == 'none.csv'", "--mapping == None", folder) == []
    assert parts_not_told(table, "--outcome == None") == []


@pytest.mark.parametrize("command", ["study", "recommend"])
def test_own_calls_are_never_simulated_with_a_scenario_that_nobody_named(files, simkit, command):
    rule = "--scenario == None, must be given with --log: what is assumed about your contacts, "
    bundled = "one of b2b, b2c, trial or a TOML file of your own"
    assert parts_not_told(simkit(command, "--log", "log", *FAST), rule + bundled) == []


@pytest.mark.usefixtures("short_grid")
@pytest.mark.parametrize("command", ["study", "recommend"])
def test_horizon_is_that_of_the_comparison(files, simkit, command):
    result = simkit(command, *LOG, "--horizon", 30, *FAST, "--out", "answer")
    assert result.exit_code == 0, result.output
    assert "at 30 days" in result.stdout
    evidence = pd.read_csv(files / "answer" / "evidence.csv")
    assert set(evidence["field_days"]) == {30}


@pytest.mark.parametrize("days", ["0", "-3", "soon"])
def test_horizon_that_is_no_number_of_days_is_refused(files, simkit, days):
    assert "--horizon" in told(simkit("study", *LOG, "--horizon", days, *FAST))


@pytest.mark.usefixtures("short_grid")
def test_horizon_longer_than_anybody_was_followed_gives_no_answer_and_says_so(files, simkit):
    # The small trial lasts 90 days.
    result = simkit("recommend", *LOG, "--horizon", 400, *FAST, "--out", "answer")
    assert result.exit_code == 0, result.output
    assert "followed for 400 days" in result.stdout
    decision = pd.read_csv(files / "answer" / "decision.csv").iloc[0]
    assert decision["verdict"] == "cannot tell: test longer"


@pytest.mark.usefixtures("short_grid")
def test_agents_are_as_many_as_the_contacts_of_a_run_need(files, simkit):
    for out, limit in (("all", ()), ("few", ("--contacts-per-agent", 4))):
        result = simkit("study", *LOG, *FAST, *limit, "--out", out)
        assert result.exit_code == 0, result.output
        # Only where no limit was given is anything to be warned of.
        assert (study.UNLIMITED in result.stdout) == (not limit)
    agents = {}
    for out in ("all", "few"):
        record = json.loads((files / out / "study.json").read_text())
        settings = json.loads((files / out / "sweep.json").read_text())
        agents[out] = (record["agents_per_run"], settings["agents"])
    assert agents == {"all": (None, [None]), "few": (2, [2])}  # 8 contacts, 4 of them an agent


@pytest.mark.parametrize(
    ("contacts", "per_agent", "agents"), [(800, 250, 3), (800, 800, 1), (800, 1, 800), (9, 4, 2)]
)
def test_agents_are_rounded_and_at_least_one(contacts, per_agent, agents):
    effort = Effort(contacts, 2, per_agent)
    assert effort.agents == agents
    assert effort.problems(seed=1, jobs=1) == []
    assert len(Effort(contacts, 2, contacts + 1).problems(seed=1, jobs=1)) == 1


@pytest.fixture(scope="module")
def one_arm_in_b2b():
    """A log of b2c with two arms and b2b with one."""
    arms = {
        "b2c": {"a": RecallPolicy.every(working_days=5), "b": RecallPolicy.every(working_days=10)},
        "b2b": {"a": RecallPolicy.every(working_days=5)},
    }
    return simulate(load_scenario("trial"), arms, contacts=60, days=60, seed=1)


def test_a_segment_with_one_arm_is_no_trial_and_says_so(one_arm_in_b2b):
    question = ask(load_scenario("trial"), one_arm_in_b2b, current=["b2c=a"])
    assert "b2b: a is the only arm, so there is no trial to evaluate" in question.notes
    assert set(question.arms) == {"b2c"}
    assert question.control == {"b2c": "a"}
    assert set(question.current) == {"b2c"}
    named = question.log.contacts.groupby("segment")["arm"].count()
    assert named["b2b"] == 0
    assert named["b2c"] == (one_arm_in_b2b.contacts["segment"] == "b2c").sum()


@pytest.mark.usefixtures("short_grid")
def test_a_log_with_one_arm_evaluates_nothing(files, simkit):
    contacts = pd.read_csv(files / "log" / "contacts.csv").assign(arm="long")
    contacts.to_csv(files / "log" / "contacts.csv", index=False)
    result = simkit("study", *LOG, *FAST)
    assert result.exit_code == 0, result.output
    assert "b2b: long is the only arm, so there is no trial to evaluate" in result.stdout
    assert study.NO_ARMS in result.stdout
    assert not (files / "simkit-study" / "evaluation.csv").exists()
    decision = pd.read_csv(files / "simkit-study" / "decision.csv").iloc[0]
    assert decision["verdict"] == "test this interval"


@pytest.mark.usefixtures("short_grid")
def test_a_policy_in_use_is_the_base_of_its_own_segment_whatever_is_known_of_others():
    question = ask(load_scenario("trial"), None, current=["b2b=practice_b2b"])
    swept = study.simulate_intervals(question, Effort(2, 2), None, 1, 1, False)
    # practice_b2b caps the calls of a year at 10; nobody said anything of b2c.
    assert {policy.caps.per_year for policy in swept.policies["b2b"].values()} == {10}
    assert {policy.caps.per_year for policy in swept.policies["b2c"].values()} == {None}


def test_todays_policy_is_told_wrong_in_every_segment_at_once():
    with pytest.raises(InputError) as caught:
        ask(load_scenario("trial"), None, current=["b2b=weekly", "b2c=often"])
    assert [problem.value for problem in caught.value.problems] == ["often", "weekly"]


def test_the_errors_that_can_be_chosen_are_those_of_an_evaluation():
    assert tuple(Errors) == ERRORS


def test_errors_of_contacts_are_those_that_were_asked_for(files, simkit):
    rows = "".join(f"{arm},{at % 7 * at}\n" for arm in ("current", "long") for at in range(30))
    (files / "sales.csv").write_text(f"arm,value_eur\n{rows}", encoding="utf-8")
    asked = ("evaluate", "--table", "sales.csv", "--outcome", "value_eur", "--out", "rows.csv")
    result = simkit(*asked, "--errors", "permutation")
    assert result.exit_code == 0, result.output
    assert "permutation of contacts" in (files / "rows.csv").read_text(encoding="utf-8")
