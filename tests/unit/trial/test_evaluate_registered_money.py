"""Prices, worth, policies and intervals: named after the fact they decide nothing."""

from typing import Any

import pytest
from autumn import SALES, design, of_table, says, table

from simkit.scenario import Economics
from simkit.trial import evaluate
from simkit.trial.design import TrialDesign


def priced(**changes: Any) -> TrialDesign:
    prices = Economics(
        sale_value_eur=100.0,
        dial_eur=0.5,
        agent_eur_per_hour=36.0,
        complaint_eur=20.0,
        contact_value_eur_per_year=36.5,
        valuation_days=400.0,
        worthwhile_eur=3.65,
        optout_margin_prob=0.02,
    )
    return design(primary="net_value_eur", prices={"b2c": prices}, **changes)


def test_registered_prices_are_used_and_others_may_not_decide(trial_log: Any) -> None:
    found = evaluate(trial_log, design=priced())
    assert found.primary == "net_value_eur"
    assert found.trustworthy
    dearer = priced().prices["b2c"].model_copy(update={"sale_value_eur": 600.0})
    turned = evaluate(trial_log, design=priced(), economics={"b2c": dearer})
    assert not turned.trustworthy
    assert says(turned, "who sets the prices after the fact sets the net value")


def test_prices_that_no_design_registers_may_not_decide(trial_log: Any) -> None:
    """What calls cost is chosen when the sales are known: it decides which arm wins."""
    usual = priced().prices["b2c"]
    free = dict.fromkeys(("dial_eur", "agent_eur_per_hour", "complaint_eur"), 0.0)
    for prices in (usual, usual.model_copy(update=free)):
        for roles in (
            {"primary": "net_value_eur"},
            {"guardrails": {"agent_cost_eur": {"b2c": 1.0}}},
        ):
            open_one = design(**{"secondary": (), "guardrails": {}, **roles})
            found = evaluate(trial_log, design=open_one, economics={"b2c": prices})
            assert not found.trustworthy
            assert says(found, "who sets the prices after the fact sets the net value")
            assert any("simkit design --prices" in text for text in found.warnings)
    # Beside what decides they are told, and where nothing is money they change nothing.
    beside = design(secondary=("net_value_eur",))
    found = evaluate(trial_log, design=beside, economics={"b2c": usual})
    assert found.trustworthy
    assert says(found, "which is beside what decides: it decides nothing")
    found = evaluate(trial_log, design=design(), economics={"b2c": usual})
    assert found.checks.iloc[0][["check", "verdict"]].tolist() == ["registration", "ok"]


def test_the_worth_of_events_invented_after_the_fact_may_not_decide() -> None:
    registered = of_table(primary="net_value_eur", margins={})
    rows = table(SALES)
    for worth in ({"sale": 20.0}, {"sale": 20.0, "opt_out": -500.0}):
        found = evaluate(rows, design=registered, segment="segment", worth_eur=worth)
        assert not found.trustworthy
        assert says(found, "who says after the fact what each event is worth sets the net value")
    # As a column it was there before; beside another primary outcome it explores.
    column = rows.assign(net_value_eur=20.0 * rows["sale"])
    assert evaluate(column, design=registered, segment="segment").trustworthy
    beside = evaluate(rows, design=of_table(), segment="segment", worth_eur={"sale": 20.0})
    assert beside.trustworthy
    roles = dict(zip(beside.table["outcome"], beside.table["role"], strict=True))
    assert (roles["sale"], roles["net_value_eur"]) == ("primary", "exploratory")
    assert says(beside, "it explores, and decides nothing")


def test_other_policies_than_were_registered_may_not_decide(trial_log: Any) -> None:
    registered = design()
    same = evaluate(trial_log, design=registered, policies=registered.arms)
    assert same.trustworthy
    swapped = {"7 days": registered.arms["b2c"]["14 days"]}
    swapped |= {"14 days": registered.arms["b2c"]["7 days"]}
    for policies, told in (
        ({"b2c": swapped}, "b2c.7 days: every 14 days instead of every 7 days"),
        ({"b2c": {"7 days": registered.arms["b2c"]["7 days"]}}, "b2c.14 days: none instead of"),
        ({}, "b2c.7 days: none instead of every 7 days"),
    ):
        found = evaluate(trial_log, design=registered, policies=policies)
        assert not found.trustworthy
        assert told in found.sentence()


@pytest.mark.parametrize("known", ["registered", "delivered"])
def test_days_of_the_trend_that_turn_the_arms_round_are_told(trial_log: Any, known: str) -> None:
    asked: dict[str, Any] = {"design": design()}
    if known == "delivered":
        asked = {"control": "14 days", "horizon_days": 42}
    turned = evaluate(trial_log, intervals={"7 days": 30, "14 days": 1}, **asked)
    row = turned.checks.set_index("check").loc["intervals"]
    assert (row["verdict"], row["segment"]) == ("warning", "b2c")
    assert "30 days for 7 days and 1 for 14 days" in row["found"]
    assert any(text.startswith("intervals, b2c") for text in turned.warnings)
    fine = evaluate(trial_log, intervals={"7 days": 8, "14 days": 15}, **asked)
    assert "intervals" not in set(fine.checks["check"])
