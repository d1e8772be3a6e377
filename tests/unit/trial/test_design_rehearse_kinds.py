"""Settings of a design and of a rehearsal that are of another kind, or beyond any size.

Each parameter meets values that belong to none of the kinds it takes. What is refused must be
refused by an `InputError` that names the parameter: a traceback tells a user nothing.
"""

import inspect
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from simkit.engine import simulate
from simkit.errors import InputError, Together
from simkit.policy import RecallPolicy
from simkit.scenario import load_scenario
from simkit.trial.design import TrialDesign, design_trial, piloting
from simkit.trial.rehearse import compare_capacity, rehearse
from simkit.trial.rehearse.rehearse import Prepared

WORLD = load_scenario("b2b")
ARMS = {"current": RecallPolicy.every(working_days=5), "long": RecallPolicy.every(working_days=20)}
DESIGN = TrialDesign(
    name="kinds",
    arms={"b2b": ARMS},
    control={"b2b": "current"},
    salt="kinds",
    horizon_days=30.0,
    contacts={"b2b": 200},
    agents=10,
    prices=WORLD.economics(),
)
#: Of each kind one, and sizes that no trial has.
VALUES = (
    *(None, "", "abc", b"x", 0, -1, True, 1j, object(), len),
    *(1e300, 1e-300, -1e300, math.nan, math.inf, 10**400, 10**40),
    *([], [None], ["x"], [[1]], (), set(), {}, {"x": 5}, {1: 2}, {None: None}),
    *({"b2b": None}, {"b2b": 1e300}, {"b2b": 10**400}, {"b2b": {"current": 5}}),
    *({"current": 1e300, "long": 1}, {"opt_out": 1e300}, {"opt_out": {"b2b": 1e-300}}),
    *(np.array([1, 2]), np.array(5), np.array(["x", "y"]), pd.NA, pd.Timestamp("2026-01-01")),
    *(pd.Series([1]), pd.Index(["sale"]), pd.DataFrame({"x": [1]}), range(3)),
)
#: What a problem's field is called where it is not the parameter itself.
FIELDS = {
    "primary": ("outcomes", "guardrails", "worthwhile", "net_value_eur"),
    "secondary": ("outcomes",),
    "looks": ("fractions",),
    "horizon_days": ("worthwhile",),
    # They are read first, and all else hangs on them.
    "arms": ("control",),
    "design": ("TrialDesign", "file", "contacts"),
}
DESIGNING = {
    "basis": WORLD,
    "arms": ARMS,
    "control": "current",
    "horizon_days": 30,
    "name": "kinds",
}
REHEARSING = {"design": DESIGN, "scenario": WORLD, "replications": 2, "progress": False, "jobs": 1}


@pytest.fixture(autouse=True)
def _nothing_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is accepted is not carried out: one log serves all designs, and nothing is played."""
    log = simulate(WORLD, {"b2b": ARMS["current"]}, contacts=200, days=45, seed=1)
    monkeypatch.setattr(piloting, "simulated_log", lambda *given, **named: log)
    monkeypatch.setattr(Prepared, "truth", lambda self, how: None)
    monkeypatch.setattr(Prepared, "play", lambda self, how, truth: None)


def _parameters(verb: Callable[..., Any]) -> list[str]:
    return list(inspect.signature(verb).parameters)


def _refused_in_its_name(verb: Callable[..., Any], usual: dict[str, Any], name: str) -> int:
    told = []
    for value in VALUES:
        together = Together()
        with together:
            verb(**(usual | {name: value}))
        told.append([f"{problem.where} {problem.field}" for problem in together.problems])
    known = (name, *FIELDS.get(name, ()))
    for value, fields in zip(VALUES, told, strict=True):
        assert not fields or any(one in field for field in fields for one in known), value
    return sum(map(bool, told))


@pytest.mark.parametrize("name", _parameters(design_trial))
def test_a_design_refuses_other_kinds_in_their_name(name: str) -> None:
    assert _refused_in_its_name(design_trial, DESIGNING, name) > 0


@pytest.mark.parametrize("name", _parameters(design_trial))
def test_a_design_of_contacts_that_are_there_refuses_other_kinds_too(name: str) -> None:
    usual = DESIGNING | {"contacts": 200, "agents": 10, "looks": [0.5, 1.0]}
    assert _refused_in_its_name(design_trial, usual, name) > 0


@pytest.mark.parametrize("name", _parameters(rehearse))
def test_a_rehearsal_refuses_other_kinds_in_their_name(
    name: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert _refused_in_its_name(rehearse, REHEARSING, name) > 0


@pytest.mark.parametrize("name", _parameters(compare_capacity))
def test_a_comparison_of_capacities_refuses_other_kinds_in_their_name(
    name: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert _refused_in_its_name(compare_capacity, REHEARSING, name) > 0


def test_all_kinds_that_are_wrong_are_told_at_once() -> None:
    wrong = {
        "basis": 5,
        "control": 5,
        "horizon_days": "x",
        "primary": None,
        "strata": "region",
        "looks": np.array(5),
        "inflation": "x",
        "shares": [],
        "contacts": 10**400,
        "economics": {"b2b": 5},
    }
    with pytest.raises(InputError) as raised:
        design_trial(**(DESIGNING | wrong))
    assert len(raised.value.problems) == len(wrong)
    with pytest.raises(InputError) as raised:
        rehearse(
            **(REHEARSING | {"replications": 0, "economics": 5, "jobs": 0, "client": 5, "keep": 5})
        )
    fields = [problem.field for problem in raised.value.problems]
    assert fields == ["replications", "economics", "jobs", "client", "keep"]


def test_durations_that_can_be_read_but_once_are_rehearsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Prepared, "play", lambda self, how, truth: self.run.durations)
    assert rehearse(**REHEARSING, durations_days=iter([60])) == (30.0, 60.0)


def test_more_agents_than_contacts_are_as_many_as_it_takes() -> None:
    found = design_trial(**DESIGNING, contacts=200, agents=1_000_000)
    assert found.design.agents == 1_000_000
