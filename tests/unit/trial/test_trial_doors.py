"""What is handed to the verbs of a trial: a design as an object or a file, and what is refused."""

import pandas as pd
import pytest
from made_trial import POLICIES, made

from simkit.engine import simulate
from simkit.errors import InputError
from simkit.policy import RecallPolicy
from simkit.scenario import load_scenario
from simkit.trial.assign import Assignment, assign
from simkit.trial.checks import check_trial
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
