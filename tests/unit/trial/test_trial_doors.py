"""What is handed to the verbs of a trial: a design as an object or a file, and what is refused."""

import pandas as pd
import pytest
from made_trial import POLICIES, made

from simkit.engine import simulate
from simkit.errors import InputError
from simkit.policy import RecallPolicy
from simkit.scenario import load_scenario
from simkit.trial import check_trial, evaluate
from simkit.trial.assign import Assignment, assign
from simkit.trial.design import TrialDesign, as_design, design_trial, load_design
from simkit.trial.models import count_ratio, gee, robust_value
from simkit.trial.monitor import monitor
from simkit.trial.rehearse import rehearse

WORLD = load_scenario("b2b")
ARMS = {
    "current": RecallPolicy.every(working_days=5),
    "long": RecallPolicy.every(working_days=20),
}
NO_DESIGN = "design == 'int', must be a TrialDesign, a DesignedTrial"


@pytest.fixture(scope="module")
def designed():
    how = {"control": "current", "horizon_days": 30, "contacts": 200, "name": "doors"}
    return design_trial(WORLD, ARMS, **how)


@pytest.fixture(scope="module")
def log():
    return simulate(WORLD, {"b2b": ARMS}, contacts=100, agents=8, days=60, seed=4)


@pytest.fixture(params=["design", "designed trial", "file", "file's name"])
def given(request, designed, tmp_path):
    if request.param == "designed trial":
        return designed
    if request.param == "design":
        return designed.design
    path = designed.write(tmp_path / "trial.toml")
    return path if request.param == "file" else str(path)


# --------------------------------------------------------------------------------------- designs


def test_every_verb_takes_a_design_as_an_object_or_its_file(given, designed, log):
    assert as_design(given, "here") == designed.design
    plain = check_trial(log, design=designed.design).table
    pd.testing.assert_frame_equal(check_trial(log, design=given).table, plain)
    listed = pd.DataFrame({"contact_id": range(9), "account_id": range(9)})
    assert assign(listed, given).table.equals(assign(listed, designed.design).table)
    looks = [
        monitor(log, design, economics=WORLD.economics(), earlier=[]).table
        for design in (given, designed.design)
    ]
    pd.testing.assert_frame_equal(*looks)


def test_a_rehearsal_takes_a_designed_trial(designed):
    how = {"replications": 2, "durations_days": (), "progress": False, "jobs": 1}
    found, plain = (rehearse(one, WORLD, **how).table for one in (designed, designed.design))
    pd.testing.assert_frame_equal(found, plain)


def test_what_is_no_design_is_refused_by_every_verb(log):
    listed = pd.DataFrame({"contact_id": [1], "account_id": [1]})
    for where, call in {
        "check_trial": lambda: check_trial(log, design=5),
        "assign": lambda: assign(listed, 5),
        "monitor": lambda: monitor(log, 5),
        "rehearse": lambda: rehearse(5, WORLD),
    }.items():
        with pytest.raises(InputError, match=f"{where}: {NO_DESIGN}"):
            call()
    with pytest.raises(InputError, match=r"none\.toml: \(file\)"):
        check_trial(log, design="none.toml")


def test_a_design_changed_by_hand_is_refused_without_a_way_around(designed, tmp_path):
    path = designed.write(tmp_path / "trial.toml")
    path.write_text(path.read_text().replace("horizon_days = 30.0", "horizon_days = 10.0"))
    with pytest.raises(InputError, match="a changed design is a new one") as told:
        load_design(path)
    changed = designed.design.replace(horizon_days=10.0).identity()
    assert changed not in str(told.value)
    assert "leave the line out" not in str(told.value)


# ----------------------------------------------------------------------------------- assignments


def test_checks_take_an_assignment_as_a_mapping_a_result_or_its_file(tmp_path):
    log = made().log()
    people = log.contacts[["contact_id", "account_id", "segment"]]
    design = TrialDesign(
        name="drawn",
        arms=POLICIES,
        control={"b2c": "7 days"},
        salt="s",
        horizon_days=30.0,
    )
    drawn = assign(people, design)
    assert isinstance(drawn, Assignment)
    path = drawn.write_csv(tmp_path / "assignment.csv")
    mapping = dict(zip(drawn.table["contact_id"], drawn.table["arm"], strict=True))
    rows = [
        check_trial(log, assigned=one).table.query("check == 'arm as assigned'")["found"].tolist()
        for one in (mapping, drawn, path, str(path))
    ]
    assert rows[0]
    assert rows == [rows[0]] * 4
    told = check_trial(log, assigned=drawn).table
    assert "drawing of the arms" in set(told["check"])
    with pytest.raises(InputError, match="assigned == 'int', must be a mapping contact_id → arm"):
        check_trial(log, assigned=5)
    with pytest.raises(InputError, match="2 problems"):
        check_trial(log, assigned=tmp_path / "none.csv", design=5)


# ----------------------------------------------------------------------------------------- models


def test_models_say_how_to_read_what_was_not_read(log):
    rule = r"must be read by read_trial \(simkit\.trial\.models\.read_trial\)"
    for trial in (log, log.contacts, None):
        for model in (gee, count_ratio, robust_value):
            with pytest.raises(InputError, match=rule):
                model(trial, "sale")


# ------------------------------------------------------------------------- arguments of other kinds


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"guardrails": {"opt_out": 5}}, r"opt_out\.b2b == 5\.0, must be below 1"),
        ({"guardrails": {"opt_out": "x"}}, r"guardrails\['opt_out'\] == 'x', must be a number"),
        ({"guardrails": ["opt_out"]}, "must be outcome → harm"),
        ({"contacts": 2}, r"contacts\['b2b'\] == 2, must be at least \d+: 2 accounts in each arm"),
        ({"contacts": 3, "unit": "contact"}, r"must be at least 4: 2 contacts in each arm"),
        ({"power": 0.01}, r"power == 0\.01, must be above alpha, 0\.05"),
        ({"arms": dict(zip((7, 9), ARMS.values(), strict=True)), "control": 7}, "a text: '7'"),
        ({"arms": {"current": ARMS["current"], "long": 3}}, "must be a RecallPolicy"),
        ({"arms": None}, "arms == None, must be arm → policy"),
        ({"control": None}, "control == None, must be the name of an arm"),
        ({"looks": 0.5}, r"looks == 0\.5, must be a list of parts"),
        ({"worthwhile": "much"}, "worthwhile == 'much', must be a number"),
        ({"shares": {"current": "x", "long": 1}}, r"shares\['current'\] == 'x', must be a number"),
        ({"strata": "region"}, "strata == 'region', must be a list of names"),
        ({"inflation": "x"}, "inflation == 'x', must be a number"),
    ],
)
def test_a_design_of_other_kinds_of_arguments_is_told_by_rule(given, told):
    usual = {"arms": ARMS, "control": "current", "horizon_days": 30}
    with pytest.raises(InputError, match=told):
        design_trial(WORLD, **{**usual, **given})


def test_the_fewest_contacts_that_are_accepted_can_be_designed():
    found = design_trial(
        WORLD, ARMS, control="current", horizon_days=30, contacts=4, unit="contact"
    )
    assert found.design.contacts == {"b2b": 4}
    assert found.sizes["mde"].gt(0).all()


@pytest.mark.parametrize("contacts", [None, [1, 2], {"contact_id": [1]}])
def test_assign_tells_what_is_no_list_of_contacts(designed, contacts):
    with pytest.raises(InputError, match=r"assign: contacts == .*must be a DataFrame"):
        assign(contacts, designed.design)


def test_assign_tells_every_argument_of_another_kind(designed):
    listed = pd.DataFrame({"contact_id": [1], "account_id": [1]})
    with pytest.raises(InputError, match="3 problems"):
        assign(listed, designed.design, earlier=3, again=4, segment=None)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (r"[[looks]]", "[looks]", r"looks == .*each headed \[\[looks\]\]"),
        ("final = false", 'final = "no"', r"looks\[1\]\.final == 'no', must be true or false"),
        ("as_of = ", "when = ", r"looks\[1\]\.as_of == None, is missing"),
        ('as_of = "20', 'as_of = "soon 20', r"looks\[1\]\.as_of == 'soon .*a time with its offset"),
        ("\nfraction = ", "\nfraction = -", r"looks\[1\]\.fraction == -.*0 or more"),
        (
            "estimate = ",
            'estimate = "x" #',
            r"looks\[1\]\.seen\[1\]\.estimate == 'x', must be a number",
        ),
    ],
)
def test_a_ledger_changed_by_hand_is_told_by_line(designed, log, tmp_path, old, new, told):
    ledger = tmp_path / "looks.toml"
    how = {"economics": WORLD.economics(), "ledger": ledger}
    end = log.contacts["observed_until"].max()
    monitor(log, designed, as_of=(end - pd.Timedelta(days=5)).date(), **how)
    text = ledger.read_text()
    assert old in text
    ledger.write_text(text.replace(old, new, 1))
    with pytest.raises(InputError, match=told):
        monitor(log, designed, **how)
    ledger.write_text(f"{text[: text.index('[[looks.seen]]')]}\nseen = 5\n")
    with pytest.raises(InputError, match=r"looks\[1\]\.seen == 5, .*\[\[looks\.seen\]\]"):
        monitor(log, designed, **how)


def test_registered_columns_that_the_log_lacks_are_told_alike_everywhere(designed, log):
    """The check, the look and the evaluation send to the same place, for all that is missing."""
    registered = designed.design.replace(
        strata=("region",), covariates=("turnover",), method="blocks"
    )
    verbs = (
        lambda data: check_trial(data, design=registered),
        lambda data: monitor(data, registered, economics=WORLD.economics()),
        lambda data: evaluate(data, design=registered, economics=WORLD.economics()),
    )
    told = []
    for verb in verbs:
        with pytest.raises(InputError) as error:
            verb(log)
        told.append([str(problem) for problem in error.value.problems])
    assert told[0] == told[1] == told[2]
    stratum, covariate = told[0]
    assert "contacts == 'region', must be a column of the log's contacts" in stratum
    assert "registered as a stratum" in stratum
    assert "contacts == 'turnover'" in covariate
    assert "registered as a covariate; there are: contact_id, " in covariate
    # Means adjusted by nothing need no covariate (and say so), but the strata were assigned within.
    with pytest.raises(InputError, match="1 problem"):
        evaluate(log, design=registered, economics=WORLD.economics(), adjust=[])
