"""Printed, every result says what was found; its repr is one short line without figures."""

import importlib
import pkgutil
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
import pytest

import simkit
from simkit import assign, audit, check_trial, design_trial, evaluate, measures, monitor, sweep
from simkit.calllog.stored import open_call_log
from simkit.engine import simulate
from simkit.policy import RecallPolicy
from simkit.recommend import recommend
from simkit.result import GIST, Result
from simkit.scenario import load_scenario
from simkit.trial.design import TrialDesign
from simkit.trial.models import (
    count_ratio,
    cumulative_incidence,
    gee,
    hazard_ratios,
    logit,
    read_trial,
    robust_value,
)
from simkit.trial.monitor import watch_guardrails

POLICIES = {"current": RecallPolicy.every(days=3), "long": RecallPolicy.every(days=10)}
QUIET = {"progress": False, "jobs": 1}
DESIGN = TrialDesign(
    name="printed",
    salt="printed",
    arms={"b2c": POLICIES},
    control={"b2c": "current"},
    horizon_days=30.0,
    primary="sale",
    secondary=(),
    guardrails={"opt_out": {"b2c": 0.05}},
    contacts={"b2c": 300},
    looks={"fractions": (0.5, 1.0)},
    agents=4,
)


@cache
def log():
    return simulate(
        load_scenario("b2c"), {"b2c": POLICIES}, contacts=200, days=60, seed=1, engine="simpy"
    )


@cache
def evaluation():
    return evaluate(log(), control="current", economics=load_scenario("b2c").economics())


@cache
def swept():
    return sweep(load_scenario("b2c"), ["3d", "10d"], replications=3, contacts=60, **QUIET)


@cache
def trial():
    return read_trial(
        log(), control="current", outcomes=["sale", "attempts", "opt_out"], horizon_days=30
    )


LIST = pd.DataFrame({"contact_id": range(40), "account_id": range(40), "segment": "b2c"})
#: What is made of one small trial without a file; what needs one stands in a test of its own.
MADE = {
    "log": log,
    "evaluation": evaluation,
    "regret": lambda: evaluation().regret(),
    "checks": lambda: check_trial(log(), design=DESIGN),
    "audit": lambda: audit(log()),
    "measures": lambda: measures(log(), by=["arm"]),
    "look": lambda: monitor(log(), DESIGN),
    "watch": lambda: watch_guardrails(log(), DESIGN),
    "assignment": lambda: assign(LIST, DESIGN),
    "design": lambda: design_trial(
        log(), {"b2c": POLICIES}, control="current", horizon_days=30, primary="sale", worthwhile=0.1
    ),
    "sweep": swept,
    "front": lambda: swept().pareto("b2c"),
    "common numbers": lambda: swept().common_numbers("b2c"),
    "recommendation": lambda: recommend(load_scenario("b2c"), swept()),
    "decision": lambda: recommend(load_scenario("b2c"), swept()).decisions[0],
    "incidence": lambda: cumulative_incidence(log(), horizon_days=30, control="current"),
    "hazards": lambda: hazard_ratios(log(), "opt_out", control="current"),
    "gee": lambda: gee(trial(), "sale"),
    "counts": lambda: count_ratio(trial(), "attempts"),
    "tails": lambda: robust_value(trial(), "attempts", resamples=199),
    "logit": lambda: logit(trial(), "opt_out"),
}


def plain(text):
    return " ".join(text.split())


def results():
    """Every class of the package that says a sentence about itself."""
    for module in pkgutil.walk_packages(simkit.__path__, "simkit."):
        if module.name.endswith("__main__"):
            continue
        for each in vars(importlib.import_module(module.name)).values():
            if (
                isinstance(each, type)
                and each.__module__ == module.name
                and "sentence" in vars(each)
            ):
                yield each


def test_whatever_says_a_sentence_prints_it():
    found = set(results()) - {Result}
    assert len(found) > len(MADE)
    assert [each.__name__ for each in found if not issubclass(each, Result)] == []
    # A dataclass that forgets repr=False would dump all it holds.
    for method in ("__repr__", "__str__"):
        assert [each.__name__ for each in found if method in vars(each)] == []


@pytest.mark.parametrize("name", MADE)
def test_a_printed_result_says_its_sentence_and_its_repr_is_one_short_line(name):
    found = MADE[name]()
    said, shown = str(found), repr(found)
    assert plain(said).startswith(plain(found.sentence()))
    assert "array(" not in said + shown
    assert shown.startswith(f"<{type(found).__name__}: ")
    assert len(shown) < 200
    assert "\n" not in shown


def test_a_printed_result_holds_its_warnings():
    found = evaluation()
    assert found.warnings
    assert all(text in str(found) or text[1:] in plain(str(found)) for text in found.warnings)


def test_an_evaluation_is_named_by_its_size_and_its_verdict():
    assert repr(evaluation()).startswith("<Evaluation: 2 arms, 200 contacts, 60 days; ")


def test_an_evaluation_that_may_not_be_acted_on_is_named_so():
    # Shares so unequal do not come about by chance where arms were to be of one size.
    found = evaluate(
        pd.DataFrame({"arm": ["a"] * 300 + ["b"] * 100, "sale": [0, 1] * 200}),
        control="a",
        outcomes=["sale"],
    )
    assert repr(found).startswith("<Evaluation: 2 arms, 400 contacts; Do not act on this")
    assert str(found).startswith("Do not act on these results")


def test_a_log_on_disk_is_named_by_its_folder_and_prints_what_it_holds(tmp_path):
    folder = log().write(tmp_path / "log")
    found = open_call_log(folder)
    assert repr(found) == f"<StoredLog: {folder}>"
    assert str(found) == found.sentence()


def test_a_long_answer_is_cut_between_words_in_the_repr():
    @dataclass(frozen=True, repr=False)
    class Long(Result):
        held: tuple[float, ...]

        def sentence(self):
            return "so many words " * 40

    found = Long((1.0, 2.0))
    assert repr(found).endswith(" …>")
    assert len(repr(found)) <= GIST + len("<Long: >")
    assert found == Long((1.0, 2.0))
    assert found != Long((1.0, np.inf))


def test_what_the_answer_has_said_is_not_said_twice():
    found = evaluate(log(), design=DESIGN, horizon_days=20)
    assert str(found).count("an earlier horizon is a look before the end") == 2  # why, and where
    (failed,) = [
        text for text in found.further()["What to know"] if text.startswith("Check failed: ")
    ]
    assert failed.startswith(
        "Check failed: registration (horizon: 20 days instead of 30): as said above; what to do: "
    )
