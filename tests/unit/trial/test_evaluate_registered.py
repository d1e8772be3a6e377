"""What was registered decides; whatever else is asked is said, and cannot win."""

import dataclasses
from typing import Any

import numpy as np
import pandas as pd
import pytest
from autumn import SALES, design, of_table, says, table

from simkit.calllog import CallLog
from simkit.errors import InputError
from simkit.policy import RecallPolicy
from simkit.trial import evaluate
from simkit.trial.assign import Assignment
from simkit.trial.assign.assignment import Again


def test_a_design_gives_every_setting(trial_log: Any) -> None:
    found = evaluate(trial_log, design=design())
    plainly = evaluate(
        trial_log,
        control="14 days",
        outcomes=["net_sale_expected", "opt_out", "attempts"],
        guardrails={"opt_out": 0.5},
        horizon_days=60,
    )
    numbers = ["estimate", "se", "ci_low", "ci_high", "p_adjusted", "verdict", "role"]
    pd.testing.assert_frame_equal(found.table[numbers], plainly.table[numbers])
    assert found.primary == "net_sale_expected"
    first = found.checks.iloc[0]
    assert (first["check"], first["verdict"]) == ("registration", "ok")
    assert "registered" not in found.sentence()


def test_without_a_design_the_result_says_that_nothing_was_registered() -> None:
    found = evaluate(table(SALES), outcomes=["sale"], control="14 days")
    assert any("no design was given" in text for text in found.warnings)
    assert found.trustworthy


def test_a_design_comes_from_its_file(tmp_path: Any) -> None:
    path = of_table().write(tmp_path / "trial.toml")
    found = evaluate(table(SALES), design=path, segment="segment")
    assert found.design == of_table()
    assert found.winners["winner"].tolist() == ["7 days"]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"horizon_days": 30.0}, "30 days instead of 60"),
        ({"control": "7 days"}, "7 days instead of 14 days"),
        ({"alpha": 0.2}, "0.2 instead of 0.05"),
        ({"guardrails": {"opt_out": 0.3}}, "margin 0.3 instead of 0.01"),
        ({"guardrails": {"opt_out": 0.011}}, "margin 0.011 instead of 0.01"),
        ({"horizon_days": 90.0}, "90 days instead of 60"),
        ({"lower_is_better": ["sale"]}, "lower_is_better: sale"),
        ({"errors": "cr1"}, "cr1 instead of auto"),
        ({"margins": {"sale": 0.5}}, "margins: sale"),
    ],
)
def test_what_could_turn_the_verdict_may_not_be_acted_on(asked: Any, told: str) -> None:
    found = evaluate(table(SALES), design=of_table(), segment="segment", **asked)
    assert not found.trustworthy
    assert any(told in text for text in found.warnings)
    assert found.table["reason"].str.contains("not asked as registered, see checks").all()
    assert not found.table["reason"].str.contains("assignment").any()
    assert found.sentence().startswith("Do not act on these results")
    assert told in found.sentence()


@pytest.mark.parametrize("margin", [0.0, 0.01, {"b2c": 0.07}])
def test_a_primary_margin_narrowed_or_widened_after_the_fact_may_not_be_acted_on(
    margin: Any,
) -> None:
    registered = of_table(
        secondary=("visits",), margins={"sale": {"b2c": 0.06}, "visits": {"b2c": 0.5}}
    )
    rows = table(SALES, visits=np.tile(np.arange(4), 500))
    asked = {"design": registered, "segment": "segment"}
    found = evaluate(rows, margins={"sale": margin}, **asked)
    assert not found.trustworthy
    assert says(found, "what is too small to matter was settled after the fact")
    assert evaluate(rows, margins={"sale": 0.06}, **asked).trustworthy
    # A secondary outcome decides nothing: a narrower margin claims less of it.
    assert evaluate(rows, margins={"visits": 0.4}, **asked).trustworthy
    assert not evaluate(rows, margins={"visits": 0.6}, **asked).trustworthy


def test_an_outcome_that_was_not_registered_explores_and_cannot_replace_the_primary() -> None:
    rows = table(SALES, visits=np.tile(np.arange(4), 500))
    found = evaluate(rows, design=of_table(), segment="segment", outcomes=["visits"])
    roles = dict(zip(found.table["outcome"], found.table["role"], strict=True))
    assert roles == {"sale": "primary", "opt_out": "guardrail", "visits": "exploratory"}
    assert found.trustworthy
    assert says(found, "visits was not registered")
    reason = found.table.set_index("outcome").loc["visits", "reason"]
    assert "not registered: it explores, and decides nothing" in reason


def test_asking_for_no_guardrail_takes_none_back_and_is_said() -> None:
    asked: dict[str, Any] = {"design": of_table(), "segment": "segment"}
    found, plainly = (evaluate(table(SALES), **asked, **one) for one in ({"guardrails": {}}, {}))
    told = "guardrails: none asked for, while the design registers opt_out"
    (row,) = found.checks[found.checks["found"].str.startswith(told)].itertuples()
    assert row.verdict == "warning"
    assert found.trustworthy == plainly.trustworthy
    pd.testing.assert_frame_equal(found.table, plainly.table)
    assert not any("none asked for" in text for text in plainly.warnings)


def test_a_split_that_was_not_registered_decides_nothing() -> None:
    rows = table({"north": SALES["b2c"], "south": SALES["b2c"]})
    found = evaluate(rows, design=of_table(), segment="segment")
    assert not found.trustworthy
    assert says(found, "north, south instead of b2c")


def test_arms_dropped_or_added_are_told() -> None:
    rows = table({"b2c": {"7 days": 150, "14 days": 100, "30 days": 90}})
    added = evaluate(rows, design=of_table(), segment="segment")
    assert says(added, "30 days not registered")
    assert not added.trustworthy
    more = {**of_table().arms["b2c"], "30 days": RecallPolicy.every(days=30.0)}
    dropped = evaluate(table(SALES), design=of_table(arms={"b2c": more}), segment="segment")
    assert says(dropped, "30 days without contacts")


def test_an_arm_mistyped_in_the_data_is_told_so_where_parts_are_unequal() -> None:
    rows = table({"b2c": {"7 Days": 150, "14 days": 100}})
    meant = of_table(shares={"7 days": 1.0, "14 days": 2.0})
    found = evaluate(rows, design=meant, segment="segment")
    assert not found.trustworthy
    assert says(found, '"7 Days" is not registered: was "7 days" meant?')


def test_a_split_that_was_not_registered_gets_the_narrowest_margins() -> None:
    both = {name: of_table().arms["b2c"] for name in ("b2c", "b2b")}
    two = of_table(
        arms=both,
        control=dict.fromkeys(both, "14 days"),
        margins={"sale": {"b2c": 0.06, "b2b": 0.03}},
        guardrails={"opt_out": {"b2c": 0.01, "b2b": 0.02}},
    )
    rows = table(dict.fromkeys(both, SALES["b2c"])).rename(columns={"segment": "region"})
    found = evaluate(rows, design=two, segment="region")
    assert found.trustworthy  # the names are those registered
    rows["region"] = rows["region"].map({"b2c": "north", "b2b": "south"})
    found = evaluate(rows, design=two, segment="region")
    assert says(found, "north, south instead of b2c, b2b")
    assert found.sentence().startswith("Do not act on these results")
    decides = found.table[found.table["role"] == "primary"]
    assert decides["margin"].tolist() == [0.03, 0.03]
    assert found.vetoes["margin"].tolist() == [0.01, 0.01]
    # What the caller says of margins is left as it is, and told where it is incomplete.
    with pytest.raises(InputError, match="must have a margin for each segment"):
        evaluate(rows, design=two, segment="region", margins={"sale": {"north": 0.1}})


def test_a_log_is_evaluated_by_parts_and_by_other_splits_of_a_design(trial_log: Any) -> None:
    arms = design().arms["b2c"]
    both = dict.fromkeys(("b2c", "b2b"), arms)
    two = design(
        arms=both,
        control=dict.fromkeys(both, "14 days"),
        guardrails={"opt_out": {"b2c": 0.5, "b2b": 0.4}},
    )
    part = evaluate(trial_log, design=two)
    assert says(part, "b2b left out")
    contacts = trial_log.contacts.assign(day=trial_log.contacts["entered_at"].dt.day_name())
    log = CallLog(trial_log.header, contacts, trial_log.attempts)
    split = evaluate(log, design=two, segment="day")
    assert split.sentence().startswith("Do not act on these results")
    assert says(split, "instead of b2c, b2b")
    assert set(split.vetoes["margin"]) == {0.4}


def test_a_control_or_a_design_must_be_given() -> None:
    with pytest.raises(InputError, match="control == None, must be given"):
        evaluate(table(SALES), outcomes=["sale"])
    with pytest.raises(InputError, match="must be a TrialDesign"):
        evaluate(table(SALES), design=3, outcomes=["sale"])  # type: ignore[arg-type]


def test_settings_of_another_kind_are_told_at_once() -> None:
    with pytest.raises(InputError, match="must be a table") as told:
        evaluate(
            table(SALES),
            outcomes=["sale"],
            control="14 days",
            margins=0.1,  # type: ignore[arg-type]
            guardrails=["opt_out"],  # type: ignore[arg-type]
            alpha="5%",  # type: ignore[arg-type]
        )
    assert [problem.field for problem in told.value.problems] == ["margins", "guardrails", "alpha"]


def test_an_infinite_covariate_is_refused() -> None:
    rows = table(SALES).assign(before=np.where(np.arange(2000) == 7, np.inf, 1.0))
    with pytest.raises(InputError, match="must be finite"):
        evaluate(rows, outcomes=["sale"], control="14 days", adjust=["before"])


def test_the_trial_reads_as_a_choice() -> None:
    found = evaluate(table(SALES), design=of_table(), segment="segment").regret()
    assert found.table["arm"].tolist() == ["7 days", "14 days"]
    # 5 points ahead, with an error of sqrt(.15 * .85 + .1 * .9) / sqrt(1000) = 1.475 points.
    assert found.table["prob_best"].iloc[0] == pytest.approx(0.99965, abs=5e-4)


def test_contacts_who_lost_their_arm_are_told_under_a_design(trial_log: Any) -> None:
    contacts = trial_log.contacts.copy()
    contacts.loc[contacts.index[:10], "arm"] = None
    lost = CallLog(trial_log.header, contacts, trial_log.attempts)
    found = evaluate(lost, design=design())
    assert any("10 contacts of 240 have no arm" in text for text in found.warnings)
    assert says(found, "if they were assigned and lost their arm")


def test_whole_accounts_that_are_not_named_may_not_be_acted_on() -> None:
    found = evaluate(table(SALES), design=of_table(unit="account"), segment="segment")
    assert not found.trustworthy
    assert says(found, "not given, while whole accounts were assigned")


def test_arms_drawn_again_are_told_with_the_result() -> None:
    rows = table(SALES).assign(contact_id=range(2000))
    once = Assignment(
        table=rows[["contact_id", "arm"]].astype(str),
        balance=pd.DataFrame(),
        covariates=pd.DataFrame(),
        checks=pd.DataFrame(),
        trial="autumn",
        design="0",
        salt="1",
        method="hash",
        unit="contact",
        strata=(),
        parts={},
    )
    again = dataclasses.replace(once, again=(Again("they looked uneven", "0", "2", 900, 2000),))
    plain, drawn = (
        evaluate(rows, design=of_table(), segment="segment", assigned=one) for one in (once, again)
    )
    assert "assigned again" not in plain.sentence()
    assert says(drawn, "Reason given: they looked uneven")


def test_a_doubt_about_the_unit_stands_in_the_sentence() -> None:
    rows = table(SALES).assign(account_id=lambda t: t.index // 2)
    found = evaluate(rows, outcomes=["sale"], control="14 days")
    assert "ontacts share accounts, but cluster was not given" in found.sentence()
