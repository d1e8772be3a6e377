"""What was registered decides; whatever else is asked is said, and cannot win."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep

from simkit.calllog import CallLog
from simkit.errors import InputError
from simkit.policy import RecallPolicy
from simkit.scenario import Economics
from simkit.trial import Evaluation, evaluate
from simkit.trial.assign import Assignment
from simkit.trial.assign.assignment import Again
from simkit.trial.design import Looks, TrialDesign
from simkit.trial.effects.multiplicity import holm
from simkit.trial.level import levels_left
from simkit.trial.sequential.boundaries import bounds
from simkit.trial.sequential.spending import pocock


def design(**changes: Any) -> TrialDesign:
    weekly, fortnightly = (RecallPolicy.every(days=days) for days in (7.0, 14.0))
    fields: dict[str, Any] = {
        "name": "autumn",
        "arms": {"b2c": {"7 days": weekly, "14 days": fortnightly}},
        "control": {"b2c": "14 days"},
        "salt": "autumn",
        "horizon_days": 60.0,
        "primary": "net_sale_expected",
        "secondary": ("attempts",),
        "guardrails": {"opt_out": {"b2c": 0.5}},
    }
    return TrialDesign(**{**fields, **changes})


def table(sales: Mapping[str, Mapping[str, int]], n: int = 1000, **columns: Any) -> pd.DataFrame:
    """One row a contact: of n contacts in each arm of each segment so many buy."""
    parts = []
    for segment, by_arm in sales.items():
        for arm, bought in by_arm.items():
            sale = (np.arange(n) < bought).astype(int)
            parts.append(pd.DataFrame({"segment": segment, "arm": arm, "sale": sale}))
    return pd.concat(parts, ignore_index=True).assign(opt_out=0, **columns)


def of_table(**changes: Any) -> TrialDesign:
    usual = {"primary": "sale", "secondary": (), "guardrails": {"opt_out": {"b2c": 0.01}}}
    usual |= {"unit": "contact"}
    return design(**{**usual, **changes})


def says(found: Evaluation, text: str) -> bool:
    """Whether the result, its warnings and its sentence all say so."""
    told = [*found.checks["found"], *found.checks["meaning"]]
    places = (told, found.warnings, [found.sentence()])
    return all(any(text in line for line in lines) for lines in places)


SALES = {"b2c": {"7 days": 150, "14 days": 100}}


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


def test_a_split_that_was_not_registered_decides_nothing() -> None:
    rows = table({"north": SALES["b2c"], "south": SALES["b2c"]})
    found = evaluate(rows, design=of_table(), segment="segment")
    assert not found.trustworthy
    assert says(found, "north, south instead of b2c")


def test_segments_evaluated_one_by_one_pay_for_all_that_were_registered() -> None:
    arms = of_table().arms["b2c"]
    names = ("b2c", "b2b", "soho")
    three = of_table(
        arms=dict.fromkeys(names, arms),
        control=dict.fromkeys(names, "14 days"),
        guardrails={"opt_out": dict.fromkeys(names, 0.01)},
    )
    alone = evaluate(
        table({"b2c": {"7 days": 130, "14 days": 100}}), design=three, segment="segment"
    )
    row = alone.table[alone.table["role"] == "primary"].iloc[0]
    assert row["p_value"] < 0.05
    assert row["p_adjusted"] == pytest.approx(3 * row["p_value"])
    assert row["verdict"] == "cannot tell"
    assert says(alone, "b2b, soho left out")


def test_comparisons_left_out_count_as_not_rejected() -> None:
    """Holm on (.001, .02) of a registered four is Holm on (.001, .02, 1, 1)."""
    whole, levels = holm([0.001, 0.02, 1.0, 1.0], 0.05)
    part, part_levels = holm([0.001, 0.02], 0.05, family=4)
    assert part.tolist() == whole[:2].tolist()
    assert part_levels.tolist() == levels[:2].tolist()


def test_arms_dropped_or_added_are_told() -> None:
    rows = table({"b2c": {"7 days": 150, "14 days": 100, "30 days": 90}})
    added = evaluate(rows, design=of_table(), segment="segment")
    assert says(added, "30 days not registered")
    assert not added.trustworthy
    more = {**of_table().arms["b2c"], "30 days": RecallPolicy.every(days=30.0)}
    dropped = evaluate(table(SALES), design=of_table(arms={"b2c": more}), segment="segment")
    assert says(dropped, "30 days without contacts")


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


def test_a_trial_with_few_of_its_planned_contacts_may_be_a_look_before_the_end() -> None:
    planned = of_table(contacts={"b2c": 4000})
    found = evaluate(table(SALES), design=planned, segment="segment")
    assert says(found, "2,000 of 4,000 planned contacts followed to the horizon")
    assert "Not as registered in b2c: 2,000 of 4,000" in found.sentence()
    assert "use monitor. So an arm is called better or worse by" in found.sentence()
    whole = evaluate(table(SALES), design=of_table(contacts={"b2c": 2000}), segment="segment")
    assert "planned contacts" not in whole.sentence()


def test_segments_with_few_of_their_planned_contacts_are_told_at_once() -> None:
    both = dict.fromkeys(("b2c", "b2b"), of_table().arms["b2c"])
    two = of_table(
        arms=both,
        control=dict.fromkeys(both, "14 days"),
        guardrails={},
        contacts={"b2c": 4000, "b2b": 5000},
    )
    found = evaluate(table(dict.fromkeys(both, SALES["b2c"])), design=two, segment="segment")
    (told,) = [text for text in found.warnings if "use monitor" in text]
    # 2,000 + 2,000 of 9,000
    assert "with 44 % of its contacts in" in told
    for segment, planned in two.contacts.items():
        few = f"2,000 of {planned:,} planned contacts followed to the horizon"
        assert f"{segment}: {few}" in told
        assert f" in {segment}: {few}" in found.sentence()
    assert found.sentence().count("use monitor") == 1


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


def test_a_design_with_looks_is_evaluated_at_its_last_bound() -> None:
    """Lan and DeMets, Pocock type, 3 equal looks at .05: the last bound is 2.2958 (ldbounds)."""
    sales = {"b2c": {"7 days": 130, "14 days": 100}}
    alone = evaluate(table(sales), design=of_table(), segment="segment").table.iloc[0]
    looks = Looks(fractions=(1 / 3, 2 / 3, 1.0), spending="pocock")
    looked = evaluate(table(sales), design=of_table(looks=looks), segment="segment")
    row = looked.table.iloc[0]
    level = 2 * stats.norm.sf(2.2958)
    counts = (130, 1000, 100, 1000)
    low, high = confint_proportions_2indep(*counts, method="newcomb", alpha=level)
    assert [row["ci_low_adjusted"], row["ci_high_adjusted"]] == pytest.approx([low, high], rel=1e-3)
    assert row["p_value"] == alone["p_value"]
    # The rate at which the last bound is just met.
    met = bounds(looks.fractions, row["p_adjusted"], pocock)[-1]
    assert met == pytest.approx(stats.norm.isf(row["p_value"] / 2), abs=1e-6)
    assert (alone["verdict"], row["verdict"]) == ("better", "cannot tell")
    assert "at the last of its looks" in looked.checks.iloc[0]["meaning"]
    assert alone["corrected_for"] == ""
    assert "with 95 % interval corrected for the looks that were registered: " in looked.sentence()


def test_a_look_before_the_end_claims_only_what_holds_however_often_one_looks() -> None:
    sales = {"b2c": {"7 days": 130, "14 days": 100}}
    early = evaluate(table(sales), design=of_table(contacts={"b2c": 4000}), segment="segment")
    row = early.table.iloc[0]
    assert row["p_value"] < 0.05 < row["p_adjusted"]
    assert row["verdict"] == "cannot tell"
    assert says(early, "holds however often one looks")
    assert row["corrected_for"] == "fewer contacts than planned"


def test_contacts_who_lost_their_arm_are_told_under_a_design(trial_log: Any) -> None:
    contacts = trial_log.contacts.copy()
    contacts.loc[contacts.index[:10], "arm"] = None
    lost = CallLog(trial_log.header, contacts, trial_log.attempts)
    found = evaluate(lost, design=design())
    assert any("10 contacts of the log have no arm" in text for text in found.warnings)
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


def test_with_more_contacts_than_planned_only_what_holds_however_often_one_looks_is_claimed() -> (
    None
):
    planned = of_table(contacts={"b2c": 2000})
    extended = of_table(contacts={"b2c": 500})
    whole, more = (
        evaluate(table(SALES), design=one, segment="segment") for one in (planned, extended)
    )
    assert says(more, "2,000 contacts followed to the horizon, 500 were planned")
    claimed = [found.table["p_adjusted"].iloc[0] for found in (whole, more)]
    assert claimed[1] > claimed[0]
    paid = [found.table["corrected_for"].tolist() for found in (whole, more)]
    assert paid == [["", ""], ["more contacts than planned", ""]]  # a guardrail is not corrected


def test_comparisons_and_looks_are_both_named() -> None:
    looks = Looks(fractions=(1 / 3, 2 / 3, 1.0), spending="pocock")
    daily = RecallPolicy.every(days=1.0)
    arms = {"b2c": {**design().arms["b2c"], "1 day": daily}}
    found = evaluate(table(SALES), design=of_table(arms=arms, looks=looks), segment="segment")
    said = "corrected for 2 comparisons and the looks that were registered"
    assert said in found.sentence()
    assert f" {said})" in found.sentences()[0]


@pytest.mark.parametrize("looks", [None, Looks(fractions=(0.5, 1.0))])
def test_what_one_segment_has_does_not_matter_to_another(looks: Looks | None) -> None:
    both = dict.fromkeys(("b2c", "b2b"), design().arms["b2c"])
    planned = of_table(
        arms=both,
        control=dict.fromkeys(both, "14 days"),
        guardrails={},
        contacts=dict.fromkeys(both, 2000),
        looks=looks,
    )
    # The bound of two looks is 1.9686 (ldbounds: ldBounds(t = c(.5, 1), iuse = 1, alpha = .05)).
    whole = 0.05 if looks is None else 2 * stats.norm.sf(1.9686)

    def level(b2b: int, b2c: int) -> dict[str, float]:
        there = {"b2b": b2b, "b2c": b2c}
        sizes = {name: dict.fromkeys(both[name], number // 2) for name, number in there.items()}
        left = levels_left(planned, sizes, 0.05)
        return {segment: one.of(0.05) for (segment, _), one in left.items()}

    assert level(2000, 2000) == pytest.approx(dict.fromkeys(both, whole), rel=1e-3)
    for other in (0, 1000, 3000):
        found = level(other, 2000)
        assert found["b2c"] == pytest.approx(whole, rel=1e-3)
        assert found.get("b2b", 0.0) < 0.02
    assert level(0, 1000)["b2c"] == level(1000, 1000)["b2c"] < 0.02


def test_a_segment_with_fewer_contacts_than_planned_pays_for_itself_alone() -> None:
    both = dict.fromkeys(("b2c", "b2b"), design().arms["b2c"])
    planned = of_table(
        arms=both,
        control=dict.fromkeys(both, "14 days"),
        guardrails={},
        contacts={"b2c": 2000, "b2b": 4000},
    )
    found = evaluate(table(dict.fromkeys(both, SALES["b2c"])), design=planned, segment="segment")
    paid = found.table.set_index("segment")["corrected_for"].to_dict()
    assert paid["b2c"] == "2 comparisons"
    assert paid["b2b"] == "2 comparisons and fewer contacts than planned"
    assert "b2c · 7 days wins" in found.sentence()
    # b2c pays for two comparisons alone: Holm's first step, as if b2b were as large as planned.
    low, _ = confint_proportions_2indep(150, 1000, 100, 1000, method="newcomb", alpha=0.025)
    own = found.table[found.table["outcome"] == "sale"].set_index("segment").loc["b2c"]
    assert own["ci_low_adjusted"] == pytest.approx(low)


def test_a_table_without_its_only_segment_is_held_against_the_planned_contacts() -> None:
    """A quarter of the contacts, at a look: what it may claim hangs on no column."""
    asked = of_table(contacts={"b2c": 8000}, looks=Looks(fractions=(0.5, 1.0)))
    rows = table({"b2c": {"7 days": 140, "14 days": 100}})
    named, unnamed = (
        evaluate(rows, design=asked, segment=segment, checks="assignment")
        for segment in ("segment", None)
    )
    assert unnamed.table["p_adjusted"].tolist() == named.table["p_adjusted"].tolist()
    assert unnamed.table["verdict"].tolist() == named.table["verdict"].tolist()
    assert "cannot tell" in set(unnamed.table["verdict"])
    assert any("2,000 of 8,000" in text or "of 8,000" in text for text in unnamed.warnings)
