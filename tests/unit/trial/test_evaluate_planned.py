"""Contacts, looks and comparisons as planned: what fewer, more or sooner may claim."""

import dataclasses

import pytest
from autumn import SALES, design, of_table, says, table
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep

from simkit.policy import RecallPolicy
from simkit.trial import evaluate
from simkit.trial.assign import Given
from simkit.trial.design import Looks
from simkit.trial.effects.multiplicity import holm
from simkit.trial.level import Level
from simkit.trial.levels import levels_left
from simkit.trial.read.roster import Roster
from simkit.trial.sequential.anytime import multiplier
from simkit.trial.sequential.boundaries import bounds
from simkit.trial.sequential.spending import pocock


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
    said, text = "2 comparisons and the looks that were registered", found.sentence()
    assert f"95 % interval in agreement with Holm's verdict over {said}: 7 days" in text
    assert f" in agreement with Holm's verdict over {said})" in found.sentences()[0]


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


@pytest.mark.parametrize(("planned", "shown"), [(2000, True), (2100, False), (4000, False)])
def test_a_guardrail_is_within_its_margin_only_where_asking_again_would_not_bring_it_there(
    planned: int, *, shown: bool
) -> None:
    """Of 1,000 in each arm 30 and 25 opt out: .5 points more, tolerated 2.

    Farrington and Manning's p is .024: below .05, and above what asking again leaves of it
    (.018 with
    5 % fewer contacts than planned).
    """
    rows = table({"b2c": {"7 days": 200, "14 days": 100}})
    number = rows.groupby("arm").cumcount()
    rows["opt_out"] = (number < rows["arm"].map({"7 days": 30, "14 days": 25})).astype(int)
    guardrails = {"opt_out": {"b2c": 0.02}}
    by = of_table(contacts={"b2c": planned}, guardrails=guardrails)
    found = evaluate(rows, design=by, segment="segment")
    (veto,) = found.vetoes.itertuples()
    assert 0.01 < veto.p_value < 0.05
    assert (veto.state == "within margin") is shown
    row = found.table.set_index("outcome").loc["opt_out"]
    assert ("can be made anew until it is" in row["reason"]) is not shown
    assert (row["ci_high_adjusted"] < 0.02) == shown
    assert ("wins" in found.sentence()) is shown


def test_at_a_look_before_the_end_a_guardrail_holds_as_monitor_has_it() -> None:
    half = Level(times=(0.5,), final=(False,), again="2026-03-01")
    level = half.of_guardrail(0.05)
    assert level == pytest.approx(stats.norm.sf(multiplier(0.5, 0.05, sides=1)))
    assert Level().of_guardrail(0.05) == 0.05
    # Where that look ended the trial it is tested once.
    assert dataclasses.replace(half, closed=True).of_guardrail(0.05) == 0.05


def test_only_a_record_shows_that_just_all_who_were_assigned_are_there() -> None:
    there = {"b2c": {"7 days": 2, "14 days": 1}}
    arms = {"a": "7 days", "b": "7 days", "c": "14 days"}
    assert Given(Roster(arms), "hash").settles(there)
    assert not Given(Roster(arms)).settles(there)  # a list shows no more than whom it names
    assert not Given().settles(there)
    assert not Given(Roster({**arms, "d": "14 days"}), "hash").settles(there)
