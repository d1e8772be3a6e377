"""A choice between arms is told only where the trial allows one: by segment, and at all."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from simkit.errors import InputError
from simkit.trial import Evaluation, evaluate
from simkit.trial.compare import SHOWN
from simkit.trial.read.data import TOGETHER
from simkit.trial.segments import segment_lines

ARMS = ("now", "new")


def money(by_segment: dict[str, tuple[float, float]], n: int = 200) -> pd.DataFrame:
    """n contacts an arm and segment, of these means: the quantiles of a normal law, sd 10."""
    spread = 10 * stats.norm.ppf((np.arange(n) + 0.5) / n)
    parts = [
        pd.DataFrame({"segment": segment, "arm": arm, "margin_eur": spread + mean})
        for segment, means in by_segment.items()
        for arm, mean in zip(ARMS, means, strict=True)
    ]
    return pd.concat(parts, ignore_index=True)


def trial(table: pd.DataFrame) -> Evaluation:
    return evaluate(table, outcomes=["margin_eur"], control="now", segment="segment")


def test_segments_that_are_not_shown_to_differ_have_one_choice_and_no_best_arm_of_their_own() -> (
    None
):
    found = trial(money({"a": (10, 12), "b": (10, 9), "c": (10, 10.5)}))
    choice = found.regret()
    assert set(choice.table["segment"]) == {TOGETHER}
    said = choice.sentence()
    assert said.startswith("All segments together · ")
    assert "a, b and c were not shown to differ (test of the interaction of arm and segment" in said
    assert "so they are read as one" in said
    assert "a · " not in said
    assert "best arm with" not in said


def test_an_arm_that_is_shown_in_one_segment_alone_is_told_as_such_where_they_are_read_as_one() -> (
    None
):
    said = trial(money({"a": (10, 13), "b": (10, 11.5)})).regret().sentence()
    assert "All segments together · new leads with probability above 0.99" in said
    assert "; the verdicts let it be chosen in a alone. Choosing it would cost" in said
    assert "chooses nothing" not in said


def test_the_mean_of_segments_is_told_to_be_no_comparison_that_was_tested() -> None:
    """Twice 1.6 with an error of 1 each: neither is shown, their mean would be."""
    said = trial(money({"a": (10, 11.6), "b": (10, 11.7)})).regret().sentence()
    assert said.startswith("All segments together · No arm was shown to be best in any of them")
    assert "their mean is no comparison that was tested" in said


def test_a_veto_in_one_segment_takes_no_arm_from_the_others() -> None:
    """new pays alike in all three; in c alone it makes more contacts opt out (60 of 200)."""
    table = money({"a": (10, 13), "b": (10, 13), "c": (10, 13)})
    table["opt_out"] = (~table.duplicated(["segment", "arm"])).astype(int)  # one in each
    harmed = (table["segment"] == "c") & (table["arm"] == "new")
    table.loc[table.index[harmed][:60], "opt_out"] = 1

    def found(these: pd.DataFrame) -> Evaluation:
        return evaluate(
            these,
            outcomes=["margin_eur", "opt_out"],
            control="now",
            segment="segment",
            guardrails={"opt_out": 0.1},
        )

    choice = found(table).regret()
    assert choice.together == ("a", "b")
    said = choice.sentence()
    assert "a and b together · new is the best arm" in said
    assert "c · now is left: a guardrail stops every other arm." in said
    assert "in which a guardrail stops an arm that it does not stop elsewhere" in said
    # Of two segments none is left to be read with the other.
    two = found(table[table["segment"] != "b"]).regret()
    assert two.together == ()
    assert two.sentence().startswith("a · new is the best arm")
    assert "no policy" not in two.sentence()


def test_what_is_chosen_for_all_is_the_mean_over_segments_by_their_contacts() -> None:
    """400 contacts with +2 and 800 with +0.5: +1, of which the normal law gives the probability."""
    table = pd.concat([money({"a": (10, 12)}), money({"b": (10, 10.5)}, n=400)], ignore_index=True)
    found = trial(table)
    rows = found.regret().table.set_index("arm")
    assert rows.loc["new", "mean"] - rows.loc["now", "mean"] == pytest.approx(1.0)
    assert rows["contacts"].tolist() == [600, 600]
    # Sample variance of the quantiles; (1/3)² and (2/3)² of the differences' variances. Student's
    # t with 398 and 798 degrees of freedom is the normal law to a thousandth.
    variance = {
        n: table[table["segment"] == one]["margin_eur"].groupby(table["arm"]).var().iloc[0]
        for one, n in (("a", 200), ("b", 400))
    }
    se = np.sqrt(sum(w**2 * 2 * variance[n] / n for w, n in ((1 / 3, 200), (2 / 3, 400))))
    # 2e-3: the Sobol points of two segments at once, and t for the normal law.
    assert rows.loc["new", "prob_best"] == pytest.approx(stats.norm.cdf(1 / se), abs=2e-3)


def test_the_choice_for_all_names_the_segments_that_only_a_look_showed() -> None:
    found = trial(money({"a": (10, 13), "b": (10, 13)}))
    table = found.table.copy()
    at = (table["role"] == "primary") & (table["segment"] == "a")
    table.loc[at, "reason"] = SHOWN.format("2026-02-01")
    said = replace(found, table=table).regret().sentence()
    assert "(claimed in a at the look of 2026-02-01, and not by these contacts alone)." in said
    assert "claimed" not in found.regret().sentence()


def test_segments_that_are_shown_to_differ_are_chosen_for_one_by_one() -> None:
    found = trial(money({"a": (10, 15), "b": (10, 5)}))
    choice = found.regret()
    assert choice.table["segment"].unique().tolist() == ["a", "b"]
    assert "a · new is the best arm with probability above 0.99. Choosing it now" in (
        choice.sentence()
    )
    assert "b · now is the best arm with probability above 0.99. Choosing it now" in (
        choice.sentence()
    )
    assert choice.together == ()


def test_a_choice_without_a_verdict_is_said_to_describe() -> None:
    found = trial(money({"a": (10, 11)}))
    assert found.table["verdict"].tolist() == ["cannot tell"]
    said = found.regret().sentence()
    told = "a · No arm was shown to be best, so this describes and chooses nothing: new leads with"
    assert said.startswith(told)
    assert "Choosing it would cost" in said
    assert "EUR per contact (margin eur) on average" in said


@pytest.mark.parametrize(("n", "told"), [(3, "(3 an arm)"), (9, "(9 an arm)")])
def test_far_too_few_contacts_say_of_no_arm_how_likely_it_is_best(n: int, told: str) -> None:
    choice = trial(money({"a": (10, 40)}, n=n)).regret()
    assert choice.table.empty
    assert f"far too few contacts {told} to say which arm is best" in choice.sentence()
    assert "probability" not in choice.sentence()
    assert not trial(money({"a": (10, 40)}, n=10)).regret().table.empty


def test_the_spread_of_ten_is_seldom_found_at_less_than_half() -> None:
    """The rule's own figures: χ² of n − 1 below a quarter of it."""
    shares = [stats.chi2.cdf((n - 1) / 4, n - 1) for n in (3, 5, 10)]
    assert shares == pytest.approx([0.22, 0.09, 0.013], abs=0.005)


def test_one_arm_with_few_contacts_is_named() -> None:
    table = money({"a": (10, 12)}, n=60)
    few = pd.concat([table[table["arm"] == "now"], table[table["arm"] == "new"].iloc[::15]])
    said = trial(few.reset_index(drop=True)).regret().sentence()
    assert "far too few contacts (4 in new)" in said


def test_few_accounts_are_few_however_many_contacts_they_have() -> None:
    table = money({"a": (10, 12)}, n=60)
    table["account_id"] = table["arm"] + (np.arange(len(table)) % 5).astype(str)
    found = evaluate(
        table, outcomes=["margin_eur"], control="now", segment="segment", cluster="account_id"
    )
    assert "far too few accounts (5 an arm)" in found.regret().sentence()


def test_of_a_segment_alone_the_choice_for_all_is_what_can_be_read() -> None:
    found = trial(money({"a": (10, 12), "b": (10, 10.5)}))
    choice = found.regret()
    assert set(choice.why_not) == {"a", "b"}
    assert choice.why_not["a"].startswith("there is none for a alone. All segments together · ")
    assert choice.sentence().count("All segments together") == 1


def test_a_verdict_on_far_too_few_contacts_is_doubted_beside_the_answer() -> None:
    found = trial(money({"a": (10, 90)}, n=3))
    assert found.table["verdict"].tolist() == ["better"]
    assert "far too few contacts (3 an arm)" in found.sentence()
    assert "let nothing be decided by a verdict on so few" in found.sentence()
    assert "far too few" in found.warnings[0]


@pytest.mark.parametrize("n", [4, 6, 9])
def test_an_answer_from_far_too_few_says_so_first_and_lets_no_arm_win(n: int) -> None:
    """Boschloo's exact test of all against none; 4 v 4: p = 2 (1/2)^8 = .0078."""
    table = pd.DataFrame({"arm": ["new"] * n + ["now"] * n, "sale": [1] * n + [0] * n})
    found = evaluate(table, outcomes=["sale"], control="now")
    assert found.table["verdict"].tolist() == ["better"]
    assert found.table["p_value"][0] == pytest.approx(2 * 0.5 ** (2 * n))
    first, *rest = found.paragraphs()
    assert first.startswith(f"Far too few contacts ({n} an arm): what they show holds for themsel")
    assert rest[0].startswith("Keep now for now: on contacts who bought, new is better among these")
    assert " ".join(rest).count("far too few") == 0
    assert found.winners["winner"].isna().all()
    assert found.gist().endswith("better among far too few")
    assert "of so few that it holds for themselves only" in found.sentences()[0]
    enough = pd.DataFrame({"arm": ["new"] * 10 + ["now"] * 10, "sale": [1] * 10 + [0] * 10})
    told = evaluate(enough, outcomes=["sale"], control="now").sentence()
    assert told.startswith("new wins on contacts who bought")


def test_an_arm_of_enough_contacts_wins_beside_one_of_far_too_few() -> None:
    counts = {"now": (40, 4), "new": (40, 32), "tiny": (5, 5)}
    table = pd.DataFrame(
        [(arm, int(i < sold)) for arm, (n, sold) in counts.items() for i in range(n)],
        columns=["arm", "sale"],
    )
    dealt = {arm: float(n) for arm, (n, _) in counts.items()}
    found = evaluate(table, outcomes=["sale"], control="now", expected_shares=dealt)
    assert found.table["verdict"].tolist() == ["better", "better"]
    few, answer, *_ = found.paragraphs()
    assert few.startswith("Far too few contacts (5 in tiny)")
    assert answer.startswith("new wins on contacts who bought; tiny is better among these few.")


def test_few_accounts_are_judged_and_decide_nothing() -> None:
    table = money({"a": (10, 90)}, n=60)
    table["account_id"] = table["arm"] + (np.arange(len(table)) % 5).astype(str)
    found = evaluate(
        table, outcomes=["margin_eur"], control="now", segment="segment", cluster="account_id"
    )
    assert found.table["verdict"].tolist() == ["better"]
    assert found.paragraphs()[0].startswith("a · far too few accounts (5 an arm): what they show")
    assert found.paragraphs()[1].startswith("a · Keep now for now: on ")


def test_whether_segments_differ_is_told_with_what_each_is_drawn_to() -> None:
    found = trial(money({"a": (10, 12), "b": (10, 10.5)}))
    first, second = segment_lines(found.table, found.checks, found.primary, registered=True)
    assert first.startswith("The arms' effects are not shown to differ between segments (p = ")
    drawn = found.table.set_index("segment")["shrunk"]
    assert f"a {drawn['a']:+.2f}".replace("-", "−") in second
    assert "Fewer than 5 segments hardly tell how far to draw them" in second
    apart = trial(money({"a": (10, 15), "b": (10, 5)}))
    parts = apart.table, apart.checks, apart.primary
    (first, _) = segment_lines(*parts, registered=True)
    assert first.startswith("The arms' effects differ between segments (p = ")
    assert first.endswith("Each segment may be read by itself.")
    alone = trial(money({"a": (10, 12)}))
    assert segment_lines(alone.table, alone.checks, alone.primary, registered=True) == []


def test_without_a_design_no_segment_is_said_to_be_readable_by_itself() -> None:
    apart = trial(money({"a": (10, 15), "b": (10, 5)}))
    assert apart.design is None
    told = "\n".join(apart.lines())
    assert "by itself" not in told
    assert "nothing shows that these were named beforehand, nor that no others were" in told
    alone = trial(money({"a": (10, 15)}))  # one segment, given as if there were no others
    assert "nor that it is the only comparison that was looked at" in alone.sentence()
    assert "at least one has p < .05 in 1 of 3 trials" in "\n".join(alone.warnings)


def test_segments_with_other_arms_are_told_one_by_one_and_no_policy_is_made_of_it() -> None:
    """An arm that one segment has alone would vanish from a choice for all."""
    table = money({"a": (10, 12), "b": (10, 12)})
    third = money({"b": (10, 30)}).replace({"arm": {"new": "third"}})
    choice = trial(pd.concat([table, third[third["arm"] == "third"]], ignore_index=True)).regret()
    assert choice.table["segment"].unique().tolist() == ["a", "b"]
    assert "b · third is the best arm with probability above 0.99" in choice.sentence()
    assert choice.sentence().endswith("an arm that leads in one of them is no policy for it alone.")


def test_accounts_over_several_segments_have_no_choice_for_all_of_them() -> None:
    """The segments' results are not independent, as a probability for all of them would take."""
    table = money({"a": (10, 12), "b": (10, 12)})
    accounts = np.tile(np.arange(400) // 10, 2)
    settings = {"outcomes": ["margin_eur"], "control": "now", "segment": "segment"}
    over = evaluate(table.assign(account=accounts), cluster="account", **settings)
    row = over.checks.set_index("check").loc["accounts over segments"]
    assert (row["verdict"], row["found"][:14]) == ("warning", "40 of 40 accou")
    assert TOGETHER not in set(over.regret().table["segment"])
    assert "Nothing shows that the segments differ" in over.regret().sentence()
    own = accounts + 1_000 * (table["segment"] == "b")
    apart = evaluate(table.assign(account=own), cluster="account", **settings)
    assert "accounts over segments" not in set(apart.checks["check"])
    assert set(apart.regret().table["segment"]) == {TOGETHER}


def test_a_segment_may_not_be_called_as_all_of_them() -> None:
    with pytest.raises(InputError, match="must have another name"):
        trial(money({"a": (10, 12), TOGETHER: (10, 12)}))


# ------------------------------------------------------------------------- harm beside the outcome


def reminder(**columns):
    """A reminder with more buyers and more who unsubscribe: 6.0 to 8.4 %, 1.0 to 2.4 %."""
    table = {"arm": ["none", "mail"], "n": 5_000, "bought": [300, 420], "unsubscribed": [50, 120]}
    return pd.DataFrame({**table, **columns})


def test_an_arm_that_sells_more_and_is_shown_to_harm_is_not_chosen_in_silence():
    found = evaluate(reminder(), outcomes=["bought", "unsubscribed"], control="none")
    assert (
        "But mail is shown to be worse on unsubscribed (+1.40 percentage points), which this "
        "choice by bought does not weigh: say what one of it costs (worth_eur, prices), or name a "
        "guardrail for it."
    ) in found.regret().sentence()
    assert "mail does harm: unsubscribed +1.40 percentage points." in found.sentence()


@pytest.mark.parametrize("guardrails", [None, {"opt_out": 0.01}])
def test_a_control_that_sells_more_is_not_chosen_in_silence_on_its_harm(guardrails) -> None:
    table = pd.DataFrame(
        {"arm": ["daily", "rare"], "n": 4000, "sale": [560, 400], "opt_out": [320, 120]}
    )
    found = evaluate(
        table, control="daily", outcomes=["sale", "opt_out"], guardrails=guardrails
    ).regret()
    assert found.sentence().startswith("daily is the best arm")
    harm = "worse on contacts who opted out (+5.00 percentage points than rare), which this choice"
    assert f"But daily is shown to be {harm}" in found.sentence()


def test_net_value_is_said_to_count_a_harm_only_as_far_as_it_has_a_price():
    worth = {"bought": 40.0, "unsubscribed": -15.0}
    found = evaluate(
        reminder(), outcomes=["bought", "unsubscribed"], control="none", worth_eur=worth
    )
    assert (
        "But mail is shown to be worse on unsubscribed (+1.40 percentage points); net value counts "
        "that only as far as it has a price (worth_eur, prices)."
    ) in found.regret().sentence()


def test_no_harm_is_told_where_none_is_shown_or_a_guardrail_weighs_it():
    asked = {"outcomes": ["bought", "unsubscribed"], "control": "none"}
    alike = evaluate(reminder(unsubscribed=[50, 52]), **asked)
    assert "is shown to be worse" not in alike.regret().sentence()
    guarded = evaluate(reminder(), **asked, guardrails={"unsubscribed": 0.05})
    assert "is shown to be worse" not in guarded.regret().sentence()


def test_a_harm_of_segments_that_are_chosen_for_together_is_told_of_each():
    both = pd.concat([reminder(place="north"), reminder(place="south")])
    found = evaluate(
        both, outcomes=["bought", "unsubscribed"], control="none", segment="place"
    ).regret()
    assert found.together == ("north", "south")
    size = "+1.40 percentage points"
    assert f"worse on unsubscribed ({size} in north, {size} in south)" in found.sentence()
