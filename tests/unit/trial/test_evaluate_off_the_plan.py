"""About as many contacts as planned, or more: what evaluate claims, and what monitor, and why.

Over-running, as it is called where more come than were planned, is judged by the bound at the
information that is there (Jennison and Turnbull 2000, Group Sequential Methods, ch. 3.7 and 7).
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from two_speeds import PLANNED, VERDICTS, design, look, look_of, table

from simkit.calllog import CallLog
from simkit.engine import simulate
from simkit.policy import RecallPolicy
from simkit.scenario import load_scenario
from simkit.trial import evaluate
from simkit.trial.assign.given import Given
from simkit.trial.design import Looks
from simkit.trial.looks.ledger import write_ledger
from simkit.trial.monitor import monitor
from simkit.trial.monitor.decisions import Course, decide
from simkit.trial.read.roster import Roster
from simkit.trial.sequential.anytime import multiplier
from simkit.trial.sequential.boundaries import bounds
from simkit.trial.sequential.spending import SPENDING

LOOKS = Looks(fractions=(0.5, 1.0), spending="pocock")
TWICE = {name: 2 * number for name, number in PLANNED.items()}
FEWER = {name: round(0.97 * number) // 2 * 2 for name, number in PLANNED.items()}
HALF = {name: number // 2 for name, number in PLANNED.items()}
UNCOUNTED = "and an evaluation could be made anew until a difference shows"
ABOUT = "not just the planned contacts were followed (b2c 97 %, b2b 97 % of them)"


@pytest.mark.parametrize("z", [2.15, 2.6, -2.6])
def test_of_the_contacts_of_a_look_with_more_it_claims_what_that_look_claims(
    tmp_path: Path, z: float
) -> None:
    by, path = design(looks=LOOKS), tmp_path / "looks.toml"
    data = table(TWICE, {"b2c": z, "b2b": 0.5})
    made = [look(1, HALF, {"b2c": 0.1, "b2b": 0.2})]
    write_ledger(path, by, made)
    alone = evaluate(data, design=by, segment="segment", ledger=path)
    last = look_of(alone, TWICE, 30, final=True, complete=True)
    write_ledger(path, by, [*made, last])
    counted = evaluate(data, design=by, segment="segment", ledger=path)
    rows = decide(Course(by, [*made, last], by_spending=True))[-2:]
    for row in rows:
        own = counted.table[counted.table["segment"] == row.segment].iloc[0]
        assert own["p_adjusted"] == pytest.approx(row.p_adjusted, abs=1e-6)
        assert own["verdict"] == VERDICTS.get(row.decision, "cannot tell")
        assert own["corrected_for"] == "2 comparisons and the looks that were made"
    # Without that look it holds however often one evaluates, and says why and what would differ.
    own = alone.table[alone.table["segment"] == "b2c"].iloc[0]
    assert own["corrected_for"] == "2 comparisons and more contacts than planned"
    reach = (own["ci_high_adjusted"] - own["estimate"]) / own["se"]
    assert reach == pytest.approx(multiplier(2.0, 0.025 / 5), rel=0.01)
    assert any(UNCOUNTED in text for text in alone.warnings)
    assert not any(UNCOUNTED in text for text in counted.warnings)


def test_on_a_log_with_more_contacts_both_claim_alike(tmp_path: Path) -> None:
    world = load_scenario("b2c").entering_over(56.0, source="assumed")
    days = {"b2c": design().arms["b2c"]}
    log = simulate(world, days, contacts=1500, agents=40, days=90, seed=4)
    by = design(
        arms=days,
        control={"b2c": "long"},
        primary="net_value_eur",
        unit="account",
        contacts={"b2c": 1000},
        looks=LOOKS,
    )
    how: dict[str, Any] = {"economics": world.economics(), "ledger": tmp_path / "looks.toml"}
    monitor(log, by, as_of="2026-03-02", **how)
    seen = monitor(log, by, **how)
    assert any("ended at look 2" in text and "no result decided" in text for text in seen.warnings)
    last, row = seen.last.iloc[0], evaluate(log, design=by, **how).table.iloc[0]
    assert last["fraction"] > 1.05
    assert last["margin"] == row["margin"]
    assert row["p_adjusted"] == pytest.approx(last["p_adjusted"], abs=1e-6)
    ends = [last["ci_low"], last["ci_high"]]
    assert [row["ci_low_adjusted"], row["ci_high_adjusted"]] == pytest.approx(ends, abs=1e-6)


def reach(own: pd.Series) -> float:
    """How many standard errors the interval reaches, as of a normal law."""
    half = own["ci_high_adjusted"] - own["estimate"]
    return float(stats.norm.isf(stats.t.sf(half / own["se"], own["df"])))


def test_about_all_contacts_pay_for_being_asked_again_unless_a_look_counted_them(
    tmp_path: Path,
) -> None:
    """As registered, by the ledger of the looks before, and by one that holds this look too."""
    by, path = design(looks=LOOKS), tmp_path / "looks.toml"
    data = table(FEWER, {"b2c": 2.6, "b2b": 0.5})
    made = [look(1, HALF, {"b2c": 0.1, "b2b": 0.2})]
    write_ledger(path, by, made)
    found = evaluate(data, design=by, segment="segment")
    counted = evaluate(data, design=by, segment="segment", ledger=path)
    bound = float(bounds([0.5, 0.97], 0.025, SPENDING["pocock"], final=[False, True])[-1])
    for one, made_or in ((found, "registered"), (counted, "made")):
        own = one.table[one.table["segment"] == "b2c"].iloc[0]
        assert reach(own) == pytest.approx(bound + 2 * np.sqrt(-np.log(0.97)), abs=1e-6)
        paid = f"2 comparisons, the looks that were {made_or} and fewer contacts than planned"
        assert own["corrected_for"] == paid
        assert any(ABOUT in text for text in one.warnings)
    last = look_of(found, FEWER, 30, final=True)
    write_ledger(path, by, [*made, last])
    ended = evaluate(data, design=by, segment="segment", ledger=path)
    own = ended.table[ended.table["segment"] == "b2c"].iloc[0]
    row = decide(Course(by, [*made, last], by_spending=True))[-2]
    assert own["p_adjusted"] == pytest.approx(row.p_adjusted, abs=1e-6)
    # It spends what its information allows.
    assert reach(own) == pytest.approx(
        float(bounds([0.5, 0.97], 0.025, SPENDING["pocock"])[-1]), abs=1e-6
    )
    all_came = evaluate(table(PLANNED, {"b2c": 2.6, "b2b": 0.5}), design=by, segment="segment")
    assert not any("not just the planned" in text for text in (*all_came.warnings, *ended.warnings))


def test_while_the_last_are_still_followed_the_assignment_does_not_spare_the_price(
    trial_log: CallLog,
) -> None:
    """6 of 240 have entered late: the other 97.5 % are not all who were assigned."""
    arms = {f"{days} days": RecallPolicy.every(days=days) for days in (7, 14)}
    by = design(
        arms={"b2c": arms},
        control={"b2c": "14 days"},
        primary="sale",
        unit="account",
        contacts={"b2c": 240},
        looks=None,
    )
    contacts = trial_log.contacts.copy()
    given = Given(Roster(dict(zip(contacts["contact_id"], contacts["arm"], strict=True))), "hash")
    late, attempts = contacts.tail(6).index, trial_log.attempts
    contacts.loc[late, "entered_at"] += pd.Timedelta(days=45)
    made = attempts[~attempts["contact_id"].isin(contacts.loc[late, "contact_id"])]
    then = replace(trial_log, contacts=contacts, attempts=made.reset_index(drop=True))
    how: dict[str, Any] = {"design": by, "assigned": given}
    running = evaluate(then, **how)
    ended = evaluate(trial_log, **how)
    (said,) = (text for text in running.warnings if "(b2c 97.5 % of them)" in text)
    assert said.startswith("not just the planned contacts were followed")
    assert "(so not while the last of them are still being followed)" in said
    assert not any("still being followed" in text for text in ended.warnings)
    paid = [set(found.table["corrected_for"]) - {""} for found in (running, ended)]
    assert paid == [{"fewer contacts than planned"}, set()]


@pytest.mark.parametrize("part", [0.97, 1.02])
def test_about_all_contacts_pay_by_how_far_they_are_from_those_planned(part: float) -> None:
    by = design(looks=None)
    near = {name: round(part * number) // 2 * 2 for name, number in PLANNED.items()}
    found = evaluate(table(near, {"b2c": 2.4, "b2b": 0.5}), design=by, segment="segment")
    number = "fewer" if part < 1 else "more"
    assert set(found.table["corrected_for"]) == {
        f"2 comparisons and {number} contacts than planned"
    }
    own = found.table[found.table["segment"] == "b2c"].iloc[0]
    off = abs(np.log(near["b2c"] / PLANNED["b2c"]))
    assert reach(own) == pytest.approx(stats.norm.isf(0.0125) + 2 * np.sqrt(off), abs=1e-6)


@pytest.mark.parametrize(("part", "says"), [(2.0, UNCOUNTED), (0.97, "(b2c 97 % of them)")])
def test_a_table_without_segments_is_told_of_the_registered_one(part: float, says: str) -> None:
    only = {"b2c": design().arms["b2c"]}
    by = design(arms=only, control={"b2c": "long"}, contacts={"b2c": 400}, looks=None)
    sizes = {"b2c": round(part * 400)}
    found = evaluate(table(sizes, {"b2c": 2.6}).drop(columns="segment"), design=by)
    assert sum(says in text for text in found.warnings) == 1
