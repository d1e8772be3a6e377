"""What a row claims, and how it is said."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from simkit.errors import InputError
from simkit.trial import Evaluation, evaluate

Table = Callable[..., pd.DataFrame]


def totals(events: dict[str, int], n: int = 1_000, outcome: str = "sale") -> pd.DataFrame:
    return pd.DataFrame({"arm": list(events), "n": n, outcome: list(events.values())})


def verdicts(found: Evaluation) -> dict[str, str]:
    return dict(zip(found.table["arm"], found.table["verdict"], strict=True))


def reason(found: Evaluation) -> str:
    return str(found.table["reason"].iloc[0])


def test_better_worse_and_cannot_tell() -> None:
    found = evaluate(
        totals({"now": 100, "more": 200, "less": 40, "same": 104}), outcomes=["sale"], control="now"
    )
    assert verdicts(found) == {"less": "worse", "more": "better", "same": "cannot tell"}


@pytest.mark.parametrize("name", ["opt_out", "complaint", "cancelled", "unsubscribed", "churned"])
def test_of_harm_less_is_better(name: str) -> None:
    found = evaluate(
        totals({"now": 100, "more": 200}, outcome=name), outcomes=[name], control="now"
    )
    assert verdicts(found) == {"more": "worse"}


def test_the_direction_of_an_own_outcome_can_be_said() -> None:
    table = totals({"now": 100, "more": 200}, outcome="walks")
    up = evaluate(table, outcomes=["walks"], control="now", higher_is_better=["walks"])
    down = evaluate(table, outcomes=["walks"], control="now", lower_is_better=["walks"])
    assert (verdicts(up), verdicts(down)) == ({"more": "better"}, {"more": "worse"})
    assert not any("is taken as better" in text for text in (*up.warnings, *down.warnings))
    with pytest.raises(InputError, match="must not stand in lower_is_better too"):
        evaluate(
            table,
            outcomes=["walks"],
            control="now",
            lower_is_better=["walks"],
            higher_is_better=["walks"],
        )


def test_what_is_neither_good_nor_bad_gets_no_verdict(contacts_table: Table) -> None:
    table = contacts_table({"a": 60, "b": 60}, {"a": 0.1, "b": 0.2})
    table["attempts"] = np.arange(120) % 7 + (table["arm"] == "a")
    found = evaluate(table, outcomes=["sale", "attempts"], control="b")
    row = found.table.set_index("outcome").loc["attempts"]
    assert row["verdict"] == "refused"
    assert row["estimate"] != 0
    assert "neither better nor worse" in row["reason"]


def test_equivalent_within_a_margin_named_beforehand() -> None:
    table = totals({"now": 10_000, "other": 10_050}, n=100_000)
    assert verdicts(evaluate(table, outcomes=["sale"], control="now")) == {"other": "cannot tell"}
    wide = evaluate(table, outcomes=["sale"], control="now", margins={"sale": 0.01})
    assert verdicts(wide) == {"other": "equivalent"}
    narrow = evaluate(table, outcomes=["sale"], control="now", margins={"sale": 0.001})
    assert verdicts(narrow) == {"other": "cannot tell"}
    # What is too small to matter is said with its unit: 0.01 of a share is one percentage point.
    assert reason(wide) == "too small to matter: within ± 1.00 percentage points"
    beyond = "and differences that would matter, beyond ± 0.10 percentage points"
    assert reason(narrow) == f"its interval includes 0, {beyond}"


def test_a_difference_that_is_sure_but_too_small_is_said_to_be() -> None:
    table = totals({"now": 10_000, "other": 10_500}, n=100_000)
    row = evaluate(table, outcomes=["sale"], control="now", margins={"sale": 0.01}).table.iloc[0]
    assert row["verdict"] == "better"
    assert row["reason"] == "but smaller than what matters, ± 1.00 percentage points"


def test_holm_counts_arms_and_segments_but_not_outcomes() -> None:
    cells = [(where, arm) for where in ("north", "south") for arm in ("now", "a", "b")]
    table = pd.DataFrame(cells, columns=["where", "arm"]).assign(
        n=1_000, sale=[100, 135, 100, 100, 100, 100], visit=[300, 350, 300, 300, 300, 300]
    )
    found = evaluate(table, outcomes=["sale", "visit"], control="now", segment="where")
    first = found.table.groupby("outcome").first()
    # Four comparisons of each outcome, and these are the smallest p-values of theirs.
    assert (first["p_adjusted"] / first["p_value"]).tolist() == pytest.approx([4.0, 4.0])


def test_an_interval_alone_may_leave_out_zero_where_the_family_does_not() -> None:
    found = evaluate(
        totals({"now": 100, "a": 128, "b": 100, "c": 100}), outcomes=["sale"], control="now"
    )
    row = found.table.set_index("arm").loc["a"]
    assert row["ci_low"] > 0
    assert row["ci_low_adjusted"] < 0
    assert row["verdict"] == "cannot tell"
    alone, corrected = (
        " to ".join(f"{100 * row[name]:+.2f}".replace("-", "−") for name in ends)
        for ends in (("ci_low", "ci_high"), ("ci_low_adjusted", "ci_high_adjusted"))
    )
    assert (
        f"interval {corrected}, in agreement with Holm's verdict over 3 comparisons; alone it "
        f"would be {alone}), +28 % of the control's share (alone 0 to +"
    ) in found.sentences()[0]
    # The headline gives the interval that decides, and says what it agrees with.
    assert (
        "95 % intervals in agreement with Holm's verdicts over 3 comparisons, each by itself, not "
        f"all at once: a +2.80 percentage points ({corrected})"
    ) in found.sentence()
    assert alone not in found.sentence()


def test_the_adjusted_interval_leaves_out_zero_exactly_where_holm_rejects() -> None:
    random = np.random.default_rng(8)
    for _ in range(20):
        events = dict(zip("abcdef", random.integers(80, 140, 6).tolist(), strict=True))
        table = evaluate(totals(events), outcomes=["sale"], control="a").table
        apart = (table["ci_low_adjusted"] > 0) | (table["ci_high_adjusted"] < 0)
        assert (apart == (table["p_adjusted"] <= 0.05)).all()


def test_a_winner_is_compared_with_the_runner_up() -> None:
    ahead = evaluate(totals({"now": 100, "a": 200, "b": 300}), outcomes=["sale"], control="now")
    assert "b is ahead of a" in ahead.sentence()
    level = evaluate(totals({"now": 100, "a": 200, "b": 210}), outcomes=["sale"], control="now")
    assert level.winners["winner"].tolist() == ["b"]
    assert level.sentence().startswith(
        "b and a beat now on contacts who bought. Against now, with "
    )
    assert "Between them it cannot be told (b +1.00 percentage points," in level.sentence()
    assert "wins" not in level.sentence()


def test_the_winner_of_a_harm_is_the_lowest() -> None:
    table = totals({"now": 300, "a": 200, "b": 100}, outcome="opt_out")
    found = evaluate(table, outcomes=["opt_out"], control="now")
    assert found.winners["winner"].tolist() == ["b"]


def test_sentences_give_number_unit_interval_and_verdict() -> None:
    random = np.random.default_rng(2)
    table = pd.DataFrame(
        {
            "arm": ["3 days"] * 500 + ["7 days"] * 500,
            "segment": "b2c",
            "net_value_eur": np.concatenate([random.normal(6, 9, 500), random.normal(10, 9, 500)]),
        }
    )
    found = evaluate(
        table, outcomes=["net_value_eur"], control="7 days", segment="segment", horizon_days=90
    )
    row = found.table.iloc[0]
    numbers = [f"{row[name]:+.2f}".replace("-", "−") for name in ("estimate", "ci_low", "ci_high")]
    assert found.sentences() == [
        f"b2c · 3 days against 7 days: net value per contact {numbers[0]} EUR "
        f"({row['mean_arm']:.2f} against {row['mean_control']:.2f} EUR; 500 contacts in each arm; "
        f"95 % interval {numbers[1]} to {numbers[2]}) at 90 days: worse."
    ]
    assert found.sentence() == (
        "b2c · Keep 7 days: on net value per contact at 90 days, 3 days is worse. Against 7 days, "
        f"with 95 % interval: 3 days {numbers[0]} EUR ({numbers[1]} to {numbers[2]}). "
        "Each of the 1,000 rows is read as one contact, though no column is an id of contacts, one "
        "to a row: if rows are calls, or groups of contacts, none of this holds; give each contact "
        "one row with its id (contact_id). "
        "No design was given: nothing shows that this was to decide before anyone looked, nor that "
        "it is the only comparison that was looked at."
    )


def test_a_share_is_told_with_its_levels_contacts_and_accounts() -> None:
    """36 of 400 contacts bought against 30 of 422, in companies of two."""
    arm = np.repeat(["ten", "current"], [400, 422])
    table = pd.DataFrame({"arm": arm, "company": np.arange(822) // 2})
    table["vendita"] = np.concatenate([np.arange(400) < 36, np.arange(422) < 30])
    table["opt_out"], table["walks"] = np.arange(822) % 20 == 0, np.arange(822) % 7
    found = evaluate(
        table,
        outcomes=["vendita", "opt_out", "walks"],
        control="current",
        cluster="company",
        guardrails={"opt_out": 0.05},
    )
    first, guard, beside = found.sentences()
    accounts = "400 and 422 contacts, of 411 accounts together; "
    assert f"points (9.00 % against 7.11 %; {accounts}95 % interval " in first
    assert f"points (5.00 % against 5.21 %; {accounts}bounds of 95 % each " in guard
    assert "contacts in" not in beside


@pytest.mark.parametrize(
    ("events", "says"),
    [
        ({"now": 100, "a": 300}, "a wins on contacts who bought"),
        ({"now": 100, "a": 105}, "Cannot tell whether any arm beats now on contacts who bought"),
        ({"now": 300, "a": 100}, "Keep now: on contacts who bought, a is worse. Against now, "),
        (
            {"now": 300, "a": 100, "b": 305, "c": 110},
            "Keep now for now: on contacts who bought, a and c are worse; b cannot be told. ",
        ),
        (
            {"now": 100, "a": 102, "b": 99},
            "Cannot tell whether any arm beats now on contacts who bought. Against now, ",
        ),
        (
            {"now": 300, "a": 400, "b": 500, "c": 100, "d": 305},
            "b wins on contacts who bought; a is better too; c is worse; d cannot be told. Against",
        ),
    ],
)
def test_the_answer_comes_first(events: dict[str, int], says: str) -> None:
    assert evaluate(totals(events), outcomes=["sale"], control="now").sentence().startswith(says)


def test_arms_that_differ_by_less_than_matters_are_not_chased() -> None:
    table = totals({"now": 10_000, "other": 10_050}, n=100_000)
    found = evaluate(table, outcomes=["sale"], control="now", margins={"sale": 0.01})
    assert found.sentence().startswith(
        "Keep now: on contacts who bought, other differs by less than matters. Against now, "
    )
    # A third arm, too small for anything to be known of it: 11 of 100 against 10 %.
    small = pd.DataFrame({"arm": ["few"], "n": [100], "sale": [11]})
    mixed = evaluate(
        pd.concat([table, small]), outcomes=["sale"], control="now", margins={"sale": 0.01}
    )
    assert (
        "Keep now for now: on contacts who bought, other differs by less than matters; few cannot "
        "be told. "
    ) in mixed.sentence()


def test_an_arm_that_is_better_by_less_than_matters_does_not_win() -> None:
    """Per 100: 2.05 against 2, with an error of √(2 · .02 · .98 ÷ 2e6) = .00014: 3.5 errors."""
    table = totals({"none": 40_000, "a": 41_000}, n=2_000_000)
    found = evaluate(table, outcomes=["sale"], control="none", margins={"sale": 0.01})
    assert verdicts(found) == {"a": "better"}
    assert found.winners["winner"].tolist() == [None]
    assert found.sentence().startswith(
        "Keep 'none': on contacts who bought, a is better, but by less than matters. "
        "Against 'none', "
    )
    # An interval that goes beyond the margin may matter: that arm wins.
    narrow = evaluate(table, outcomes=["sale"], control="none", margins={"sale": 0.0005})
    assert narrow.sentence().startswith("a wins on contacts who bought")
