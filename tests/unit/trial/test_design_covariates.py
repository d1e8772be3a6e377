"""What may not be adjusted for is refused before the first call, and never only after the last."""

import numpy as np
import pandas as pd
import pytest

from simkit.errors import InputError
from simkit.policy import RecallPolicy
from simkit.scenario import load_scenario
from simkit.trial import evaluate
from simkit.trial.assign import assign
from simkit.trial.design import TrialDesign, design_trial, load_design

ARMS = {
    "current": RecallPolicy.every(working_days=5),
    "long": RecallPolicy.every(working_days=10),
}
RULE = (
    "must be known before the assignment: this is counted during the trial, and adjusting for what "
    "an arm itself brings about takes a part of its effect away; what was known before says so in "
    "its name, as calls_before or chiamate_precedenti"
)


def made(*covariates: str) -> TrialDesign:
    return TrialDesign(
        name="autumn",
        arms={"b2c": ARMS},
        control={"b2c": "current"},
        unit="contact",
        salt="autumn-2026",
        horizon_days=98.0,
        primary="sale",
        covariates=covariates,
    )


def registered_as(folder, name: str):
    """Write the file of a design as it was once registered with a covariate, and has its identity.

    Its identity is taken from the design with a covariate that may be had, whose name is changed.
    """
    path = made("age").write(folder / "plain.toml")
    text = path.read_text(encoding="utf-8").replace('"age"', f'"{name}"')
    path = folder / "trial.toml"
    lines = [line for line in text.splitlines(keepends=True) if not line.startswith("identity")]
    path.write_text("".join(lines), encoding="utf-8")
    identity = load_design(path).identity()
    path.write_text(f'identity = "{identity}"\n{"".join(lines)}', encoding="utf-8")
    return path


@pytest.mark.parametrize("name", ["chiamate fatte", "calls", "esito", "opt_out"])
def test_what_is_counted_in_the_trial_is_no_covariate_of_a_design(name):
    with pytest.raises(InputError) as told:
        made("age", name)
    (problem,) = told.value.problems
    assert str(problem) == f"TrialDesign: covariates == {name!r}, {RULE}"
    with pytest.raises(InputError) as told:
        made("age").replace(covariates=(name,))
    assert str(told.value.problems[0]).endswith(RULE)


def test_designing_a_trial_says_it_with_all_else_that_is_wrong():
    with pytest.raises(InputError) as told:
        design_trial(
            load_scenario("trial"),
            {"b2c": ARMS},
            control="current",
            horizon_days=-1,
            covariates=["chiamate fatte", "chiamate già fatte"],
            contacts=100,
        )
    fields = [(one.field, one.value) for one in told.value.problems]
    assert ("covariates", "chiamate fatte") in fields
    assert "horizon_days" in {field for field, _ in fields}
    assert "chiamate già fatte" not in {value for _, value in fields}


def test_an_outcome_and_a_name_given_twice_are_no_covariates_either():
    with pytest.raises(InputError) as told:
        made("age", "age", "sale")
    said = {(problem.value, problem.rule.partition(":")[0]) for problem in told.value.problems}
    assert ("age", "must be named once") in said
    assert "sale" in {value for value, _ in said}


@pytest.mark.parametrize(
    "name", ["chiamate già fatte", "calls_before", "chiamate precedenti", "età"]
)
def test_what_says_that_it_was_before_goes_all_the_way(name, tmp_path):
    """What design and assignment let pass the evaluation does not stop."""
    design = load_design(made(name).write(tmp_path / "trial.toml"))
    random = np.random.default_rng(5)
    contacts = pd.DataFrame({"contact_id": range(400), name: random.poisson(3.0, 400)})
    assigned = assign(contacts, design)
    table = contacts.assign(
        arm=assigned.table["arm"], segment="b2c", sale=random.integers(0, 2, 400)
    )
    found = evaluate(table, design=design, segment="segment", horizon_days=98.0)
    assert found.table["method"].str.contains(f"{name} (Lin)", regex=False).all()


def test_a_file_of_such_a_design_is_refused_by_assignment_and_evaluation(tmp_path):
    path = registered_as(tmp_path, "chiamate fatte")
    contacts = pd.DataFrame({"contact_id": range(40), "chiamate fatte": np.arange(40) % 5})
    with pytest.raises(InputError) as told:
        assign(contacts, path)
    assert [str(one) for one in told.value.problems] == [
        f"assign: covariates == 'chiamate fatte', {RULE}"
    ]
    table = contacts.assign(arm=["current", "long"] * 20, segment="b2c", sale=np.arange(40) % 2)
    with pytest.raises(InputError) as told:
        evaluate(table, design=path, segment="segment")
    assert f"evaluate: adjust == 'chiamate fatte', {RULE}" in map(str, told.value.problems)


def test_a_trial_that_runs_by_such_a_file_can_still_be_looked_at(tmp_path):
    design = load_design(registered_as(tmp_path, "chiamate fatte"))
    assert not design.without_identity
    assert design.covariates == ("chiamate fatte",)
    assert design.only(["b2c"]).covariates == design.replace(alpha=0.1).covariates
