"""An arm that a guardrail stopped at a look of the ledger is not adoptable at the evaluation."""

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from simkit.policy import RecallPolicy
from simkit.recommend.field import alternatives
from simkit.recommend.verdict import Estimate, state_of
from simkit.trial import Evaluation, evaluate
from simkit.trial.design import Looks, TrialDesign
from simkit.trial.effects.guardrails import VETO, WITHIN
from simkit.trial.looks.ledger import Look, Seen, write_ledger

DAYS = {name: RecallPolicy.every(days=days) for name, days in (("short", 7.0), ("long", 14.0))}
N = 3000
DESIGN = TrialDesign(
    name="autumn",
    arms={"b2c": DAYS},
    control={"b2c": "long"},
    salt="autumn",
    horizon_days=60.0,
    primary="sale",
    unit="contact",
    guardrails={"opt_out": {"b2c": 0.01}},
    looks=Looks(fractions=(0.5, 1.0), spending="pocock"),
    contacts={"b2c": 2 * N},
)


def run(ledger: Path) -> Evaluation:
    """Twice as many buy in the short arm, and as many opt out."""
    rows = pd.DataFrame({"arm": ["short", "long"], "n": N, "sale": [600, 300]})
    rows["opt_out"], rows["segment"] = 60, "b2c"
    return evaluate(rows, design=DESIGN, segment="segment", ledger=ledger)


def seen(harm: float, **more: object) -> Seen:
    """Half of the contacts, with so much harm and an error of .3 points."""
    row = Seen(
        *("opt_out", "b2c", "short", "long", "guardrail", 0.5, True, "share of contacts"),
        n=N // 2,
        n_control=N // 2,
        estimate=harm,
        se=0.003,
        df=np.inf,
        p_value=2 * float(stats.norm.sf(harm / 0.003)),
        margin=0.01,
    )
    return dataclasses.replace(row, **more)


def look(row: Seen, **more: object) -> Look:
    return dataclasses.replace(Look("2026-03-09 00:00:00+01:00", 0.5, False, (row,)), **more)


# 3 points of harm lie 6.7 errors beyond the margin of 1; a sequence at half its planned
# information leaves about 2.5. 1.2 points lie .7 beyond it.
@pytest.mark.parametrize("place", ["looks", "watched"])
def test_an_arm_that_was_stopped_stays_vetoed(tmp_path: Path, place: str) -> None:
    path = tmp_path / "looks.toml"
    days = {"looks": (), "watched": (), place: [look(seen(0.03))]}
    write_ledger(path, DESIGN, days["looks"], watched=days["watched"])
    found = run(path)
    veto = found.vetoes.iloc[0]
    assert (veto["state"], veto["stopped_on"]) == (VETO, "2026-03-09")
    assert veto["upper"] < 0.01  # its own test alone would let it pass
    assert found.table.iloc[0]["verdict"] == "better"
    guardrail = found.table.set_index("outcome").loc["opt_out"]
    assert guardrail["verdict"] == "worse"
    said = "veto: it stopped the arm at the look of 2026-03-09; by now: within margin"
    assert guardrail["reason"] == said
    assert found.winners.iloc[0]["winner"] is None
    assert "Keep long: on contacts who bought" in found.sentence()
    assert (
        "short is vetoed by a guardrail: contacts who opted out (it stopped the arm at the look of "
        "2026-03-09)" in found.sentence()
    )
    simulated = {"short": Estimate(1.0, 0.1, 0.8, 1.2)}
    (arm,) = alternatives(found, "b2c", simulated)
    assert state_of(arm, 0.0) == "vetoed"
    assert arm.guards[0].stopped_on == "2026-03-09"


@pytest.mark.parametrize(
    "row",
    [seen(0.012), seen(0.03, reason="too few", p_value=float("nan"))],
    ids=["not beyond", "nothing to tell"],
)
def test_a_look_that_stopped_nobody_takes_nothing(tmp_path: Path, row: Seen) -> None:
    path = tmp_path / "looks.toml"
    write_ledger(path, DESIGN, [look(row)])
    found = run(path)
    veto = found.vetoes.iloc[0]
    assert (veto["state"], veto["stopped_on"]) == (WITHIN, "")
    assert found.winners.iloc[0]["winner"] == "short"


def test_what_the_evaluation_vetoed_at_the_end_stays_vetoed(tmp_path: Path) -> None:
    path = tmp_path / "looks.toml"
    write_ledger(path, DESIGN, [look(seen(0.012, vetoed=True), final=True)])
    assert run(path).vetoes.iloc[0]["state"] == VETO
