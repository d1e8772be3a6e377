"""A look at a net value of hardly any sales: nothing is told of it, but guardrails still stop."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simkit.engine import simulate
from simkit.policy import RecallPolicy
from simkit.scenario import load_scenario
from simkit.trial import evaluate
from simkit.trial.design import Looks, TrialDesign
from simkit.trial.looks.guarded import BEYOND, SHOWN_WITHIN
from simkit.trial.monitor import monitor
from simkit.trial.monitor.decisions import BETTER, WORSE
from simkit.trial.monitor.guarding import STOP_ARM

WORLD = load_scenario("b2c")
ARMS = {
    "b2c": {
        "now": RecallPolicy.every(working_days=8),
        "often": RecallPolicy.every(working_days=1),
    }
}


@pytest.mark.parametrize("margin", [0.01, 0.9])
def test_a_net_value_of_few_sales_is_not_told_at_a_look_either(margin: float) -> None:
    log = simulate(WORLD, ARMS, contacts=160, agents=8, days=60, seed=2)
    design = TrialDesign(
        name="few",
        arms=ARMS,
        control={"b2c": "now"},
        salt="s",
        prices=WORLD.economics(),
        horizon_days=30.0,
        guardrails={"opt_out": {"b2c": margin}},
        looks=Looks(fractions=(0.5, 1.0)),
        contacts={"b2c": 320},
    )
    seen = monitor(log, design, economics=WORLD.economics(), earlier=[])
    row = seen.last.iloc[0]
    evaluated = evaluate(log, design=design, economics=WORLD.economics())
    reason = evaluated.table.set_index("outcome").loc["net_value_eur", "rare"]
    assert "fewer than 10" in reason
    assert row["reason"] == reason
    assert row["p_adjusted"] == 1.0
    # The opt-outs of who is called daily are told all the same.
    assert row["decision"] == (STOP_ARM if margin < 0.1 else "nothing to tell yet")
    said = "stop this arm for its guardrail contacts who opted out" in seen.sentences()[0]
    assert said is (margin < 0.1)
    assert reason in seen.sentences()[0]


def test_each_look_that_claims_by_few_agents_says_that_they_are_few(tmp_path: Path) -> None:
    log = simulate(WORLD, ARMS, contacts=160, agents=6, days=60, seed=2)
    assert log.attempts is not None
    ends = log.attempts["disposition"].replace("complaint", "refused")
    log = replace(log, attempts=log.attempts.assign(disposition=ends))
    design = TrialDesign(
        name="few agents",
        arms=ARMS,
        control={"b2c": "now"},
        salt="s",
        horizon_days=30.0,
        primary="agent_s",
        secondary=(),
        guardrails={"opt_out": {"b2c": 0.9}, "complaint": {"b2c": 0.9}},
        second_cluster="agent_id",
        looks=Looks(fractions=(0.5, 1.0)),
        contacts={"b2c": 320},
    )
    looks = tmp_path / "looks.toml"
    entry = log.contacts["entered_at"].max()
    for days in (40, 50):
        found = monitor(log, design, as_of=entry + pd.Timedelta(days=days), ledger=looks)
        assert found.last["decision"].isin([BETTER, WORSE]).all()
        few = [text for text in found.warnings if "far too few agents (" in text]
        assert len(few) == 1
        assert "far too few agents (6 an arm" in few[0]
        # Nobody complained: neither a wide bound nor a narrow one may be read.
        guards = found.guardrails.set_index(["look", "outcome"])
        unseen = guards.loc[(found.last["look"].iloc[0], "complaint")]
        assert "how far agents differ cannot be estimated" in unseen["reason"]
        assert np.isnan(unseen["high"])
        assert unseen["state"] not in (SHOWN_WITHIN, BEYOND)
