"""A trial that was registered to decide by another outcome than net value adopts nothing."""

from dataclasses import replace

import pytest

from simkit.errors import InputError
from simkit.recommend import recommend
from simkit.trial.design import TrialDesign

CURVES = {"b2c": dict.fromkeys((30.0, 90.0, 365.0), (0.0, 5.0, 9.0, 8.0))}


def by_sales(build, arms, **more):
    """A trial registered to decide by sales; shares of contacts."""
    found = build.evaluation(arms, primary="sale", **more)
    primary = found.table["role"] == "primary"
    table = found.table.assign(unit="share of contacts")
    design = TrialDesign(
        name="by sales",
        arms={"b2c": {arm: build.arms[arm] for arm in ("7 days", "14 days", "28 days")}},
        control={"b2c": "7 days"},
        salt="s",
        horizon_days=90.0,
        primary="sale",
    )
    assert primary.any()
    return replace(found, table=table, design=design)


def decided(build, evaluation, scenario):
    return recommend(
        scenario,
        build.sweep(CURVES),
        evaluation=evaluation,
        policies={"b2c": build.arms},
    )


def test_more_sales_for_sure_adopt_nothing_and_are_told(build, scenario):
    arms = [build.arm("14 days", 0.05, 0.01), build.arm("28 days", -0.02, 0.03)]
    found = decided(build, by_sales(build, arms), scenario)
    (one,) = found.decisions
    assert one.verdict == "cannot tell: another outcome decides"
    assert one.headline.startswith(
        "Cannot tell by net value: the trial was registered to decide by contacts who bought. Go "
        "on calling every 7 days until a trial decides by net value ("
    )
    assert (
        "every 14 days +5.00 percentage points (+4.00 to +6.00): better; every 28 days −2.00 "
        "percentage points (−5.00 to +1.00): cannot tell (intervals in "
        "agreement with Holm's verdicts over 2 comparisons, each by itself, not all at once)"
    ) in one.reason
    assert one.use_now == build.arms["7 days"]
    assert one.arm is None
    # Both are asked about again, by net value; the spread of sales is none of net value.
    assert one.next_trial is not None
    assert one.next_trial.arms == ("every 7 days", "every 14 days", "every 28 days")
    assert one.next_trial.basis == "the simulated contacts"
    assert one.next_step.startswith("To have net value decide, register it as the primary outcome")
    # Sales are not shown as money beside the simulation's.
    assert found.evidence["field"].isna().all()
    assert set(found.evidence["agree"]) == {"cannot tell"}
    assert set(found.evidence["state"]) == {"another outcome"}


def test_a_guardrail_vetoes_whatever_outcome_decides(build, scenario):
    one, other = build.arm("14 days", 0.05, 0.01, guard="veto"), build.arm("28 days", 0.02, 0.01)
    (found,) = decided(build, by_sales(build, [one, other]), scenario).decisions
    assert found.verdict == "cannot tell: another outcome decides"
    assert "A guardrail vetoes every 14 days: " in found.reason
    assert found.next_trial.arms == ("every 7 days", "every 28 days")
    both = by_sales(build, [one, replace(other, guard="veto")])
    (found,) = decided(build, both, scenario).decisions
    assert found.verdict == "keep"
    assert "Every 28 days: a guardrail vetoes it: " in found.reason
    assert "no answer" not in found.reason


def test_a_failed_check_comes_before_the_outcome_that_decides(build, scenario):
    fails = [("b2c", "the arms were not dealt as meant")]
    failed = by_sales(build, [build.arm("14 days", 0.05, 0.01)], fails=fails)
    (found,) = decided(build, failed, scenario).decisions
    assert found.verdict == "cannot tell: a check failed"


def test_what_nobody_registered_must_be_evaluated_by_net_value(build, scenario):
    arms = [build.arm("14 days", 0.05, 0.01)]
    with pytest.raises(InputError, match=r"evaluation\.primary == 'sale', must be net_value_eur"):
        decided(build, build.evaluation(arms, primary="sale"), scenario)
