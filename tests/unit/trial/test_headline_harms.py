"""What stands against acting on an arm that wins stands in the headline."""

import numpy as np
import pandas as pd
import pytest

from simkit.trial import Evaluation, evaluate
from simkit.trial.effects.guardrails import OPEN, VETO, WITHIN


def trial(harm: str, harmed: dict[str, int], **more: object) -> Evaluation:
    """3,000 contacts an arm, of whom 300 buy at present and 600 in the new arms."""
    arms = list(harmed)
    table = pd.DataFrame({"arm": arms, "n": 3_000, "sale": [300] + [600] * (len(arms) - 1)})
    table[harm] = list(harmed.values())
    return evaluate(table, outcomes=["sale", harm], control="now", **more)


def test_a_guardrail_that_is_open_is_told_with_the_arm_that_wins() -> None:
    """1.83 % against 1.33 %: the upper bound, +1.04 points, is beyond the margin of 1."""
    found = trial("opt_out", {"now": 40, "new": 55}, guardrails={"opt_out": 0.01})
    start = "new leads on contacts who bought, but is not to be adopted yet. "
    assert found.sentence().startswith(start)
    told = "new is not shown to be within the margin of contacts who opted out. No design was given"
    assert told in found.sentence()


def test_a_guardrail_that_cannot_be_judged_is_told_wherever_a_choice_is() -> None:
    """Opt-outs are known in one arm only: nothing shows that the other raises none."""
    sold = np.repeat([0, 1, 0, 1], [900, 100, 800, 200])
    table = pd.DataFrame({"arm": np.repeat(["now", "new"], 1_000), "sale": sold})
    table["opt_out"] = np.where(table["arm"] == "now", 0.0, np.nan)
    found = evaluate(table, outcomes=["sale"], guardrails={"opt_out": 0.05}, control="now")
    assert found.sentence().startswith("new leads on contacts who bought, but is not to be adopted")
    assert any("guardrail on opt_out of new could not be judged" in one for one in found.warnings)
    choice = found.regret().sentence()
    assert choice.startswith("new leads with probability above 0.99, but is not to be adopted yet.")
    within = "new is not shown to be within the margin of contacts who opted out"
    assert f"{within}." in found.sentence()
    assert choice.endswith(f"{within}, which is not weighed here.")
    assert "best arm" not in choice


def test_an_open_guardrail_of_an_arm_behind_takes_nothing_from_the_one_that_leads() -> None:
    by_arm = {"now": 40, "new": 30, "next": 55}
    sold = {"now": 300, "new": 600, "next": 500}
    table = pd.DataFrame({"arm": np.repeat(list(by_arm), 3_000)})
    for name, counts in (("sale", sold), ("opt_out", by_arm)):
        table[name] = np.concatenate([np.arange(3_000) < n for n in counts.values()])
    found = evaluate(table, outcomes=["sale"], guardrails={"opt_out": 0.01}, control="now")
    choice = found.regret().sentence()
    assert choice.startswith("new is the best arm with probability above 0.99. Choosing it now")
    assert choice.endswith(
        "next is not shown to be within the margin of contacts who opted out, which is not weighed "
        "here."
    )


def test_arms_that_share_an_open_guardrail_are_told_in_one_clause() -> None:
    table = pd.DataFrame({"arm": np.repeat(["now", "new", "next"], 3_000)})
    for name, counts in (("sale", (300, 600, 500)), ("opt_out", (40, 55, 55))):
        table[name] = np.concatenate([np.arange(3_000) < n for n in counts])
    found = evaluate(table, outcomes=["sale"], guardrails={"opt_out": 0.01}, control="now")
    said = found.regret().sentence()
    assert said.endswith(
        "new and next are not shown to be within the margin of contacts who opted out, which is "
        "not weighed here."
    )


def test_a_guardrail_that_is_passed_stands_against_nothing() -> None:
    """1.67 % against 1.33 %: the upper bound is +.86 points."""
    found = trial("opt_out", {"now": 40, "new": 50}, guardrails={"opt_out": 0.01})
    assert "margin" not in found.sentence()


def test_a_harm_that_is_shown_is_told_though_no_margin_was_named() -> None:
    found = trial("complaint", {"now": 60, "new": 900})
    assert found.sentence().startswith("new wins on contacts who bought. ")
    assert "new does harm: contacts who complained +28.00 percentage points." in found.sentence()


@pytest.mark.parametrize("harmed", [60, 75])
def test_a_harm_that_is_not_shown_is_not_told(harmed: int) -> None:
    """75 against 60 of 3,000: z = 1.3."""
    assert "harm" not in trial("complaint", {"now": 60, "new": harmed}).sentence()


def test_more_of_what_is_no_harm_to_contacts_is_no_harm() -> None:
    assert "harm" not in trial("cost", {"now": 60, "new": 900}).sentence()


def test_both_of_two_arms_that_cannot_be_told_apart_are_named_with_their_harm() -> None:
    found = trial("complaint", {"now": 60, "a": 900, "b": 600})
    assert "a does harm" in found.sentence()
    assert "b does harm" in found.sentence()


def test_the_harm_of_an_arm_that_does_not_win_stays_in_its_row() -> None:
    table = pd.DataFrame({"arm": ["now", "a", "b"], "n": 3_000, "sale": [300, 600, 100]})
    table["complaint"] = [60, 60, 900]
    found = evaluate(table, outcomes=["sale", "complaint"], control="now")
    verdicts = found.table.set_index(["outcome", "arm"])["verdict"]
    assert verdicts["complaint", "b"] == "worse"
    assert found.sentence().startswith("a wins on contacts who bought; b is worse. ")
    assert "harm" not in found.sentence()


def test_what_a_guardrail_stops_is_known_whatever_its_sales_are() -> None:
    """3,000 contacts an arm; 90 opt-outs beyond the 40 are +3 points, against a margin of 1."""
    table = pd.DataFrame({"arm": ["now", "a", "b"], "n": 3_000, "sale": [300, 302, 305]})
    table["opt_out"] = [40, 130, 40]
    asked = {"control": "now", "guardrails": {"opt_out": 0.01}, "outcomes": ["sale", "opt_out"]}
    found = evaluate(table, **asked)
    assert found.sentence().startswith(
        "Keep now for now: on contacts who bought, a is stopped by a guardrail; b cannot be told. "
    )
    worse = evaluate(table.assign(sale=[300, 100, 600]), **asked)
    assert worse.sentence().startswith(
        "b wins on contacts who bought; a is worse, and a guardrail stops it. "
    )


def test_an_arm_without_an_answer_is_told_beside_the_others() -> None:
    """All of b are of one company, and an error needs two."""
    table = pd.DataFrame({"arm": np.repeat(["now", "a", "b"], 300), "company": np.arange(900) // 3})
    table["sale"] = np.arange(900) % 5 == 0
    table.loc[table["arm"] == "a", "sale"] = np.arange(300) % 50 == 0
    table.loc[table["arm"] == "b", "company"] = 300
    found = evaluate(table, outcomes=["sale"], control="now", cluster="company")
    assert (
        "Keep now for now: on contacts who bought, a is worse; b has no answer. Against now, with "
        "95 % interval: a −18.00 percentage points ("
    ) in found.sentence()


#: Of 3,000 contacts an arm, against 40 at present and a margin of one point: the upper bounds are
#: +.5, +1.0 (55 is beyond it, see above) and +3.7 points, the last with a lower bound above 0.
OPT_OUTS = {"safe": 40, "open": 55, "vetoed": 130}
CHOICES = {
    ("safe", "safe"): "a wins on sales; b is better too. ",
    ("safe", "open"): "a wins on sales; b is better too, but not shown to be within the margins of "
    "its guardrails. ",
    ("safe", "vetoed"): "a wins on sales; b is better, but a guardrail stops it. ",
    ("open", "safe"): "a leads on sales, but is not to be adopted yet; b is better too, and within "
    "the margins of its guardrails: it could be adopted now. ",
    ("open", "open"): "a leads on sales, but is not to be adopted yet; b is better too, but not "
    "shown to be within the margins of its guardrails. ",
    ("open", "vetoed"): "a leads on sales, but is not to be adopted yet; b is better, but a "
    "guardrail stops it. ",
    ("vetoed", "safe"): "b wins on sales; a is better, but a guardrail stops it. ",
    ("vetoed", "open"): "b leads on sales, but is not to be adopted yet; a is better, but a "
    "guardrail stops it. ",
    ("vetoed", "vetoed"): "Keep now: on sales, a and b are better, but a guardrail stops them. ",
}
NOT_APART = {
    ("safe", "safe"): "a and b beat now on sales. ",
    ("safe", "open"): "a and b lead on sales, but b is not to be adopted yet; a is within the "
    "margins of its guardrails: it could be adopted now. ",
    ("open", "safe"): "a and b lead on sales, but a is not to be adopted yet; b is within the "
    "margins of its guardrails: it could be adopted now. ",
    ("open", "open"): "a and b lead on sales, but are not to be adopted yet. ",
}


def judged(states: dict[str, str], sales: list[int]) -> Evaluation:
    table = pd.DataFrame({"arm": ["now", *states], "n": 3_000, "sales": sales})
    table["opt_out"] = [40, *(OPT_OUTS[state] for state in states.values())]
    found = evaluate(
        table,
        outcomes=["sales", "opt_out"],
        guardrails={"opt_out": 0.01},
        control="now",
    )
    assert found.vetoes["state"].tolist() == [
        {"safe": WITHIN, "open": OPEN, "vetoed": VETO}[state] for state in states.values()
    ]
    return found


@pytest.mark.parametrize(("states", "said"), CHOICES.items())
def test_the_answer_names_who_may_be_adopted_now(states: tuple[str, str], said: str) -> None:
    """600, 450 and 300 of 3,000 buy: a, b and the control are told apart."""
    best, next_one = states
    assert judged({"a": best, "b": next_one}, [300, 600, 450]).sentence().startswith(said)


@pytest.mark.parametrize(("states", "said"), NOT_APART.items())
def test_two_that_are_level_are_never_told_as_one_choice(
    states: tuple[str, str], said: str
) -> None:
    """600 against 590 of 3,000: z = .3."""
    best, next_one = states
    assert judged({"a": best, "b": next_one}, [300, 600, 590]).sentence().startswith(said)


def test_all_who_could_be_adopted_are_named_however_far_behind() -> None:
    states = {"a": "open", "b": "open", "c": "safe", "d": "safe"}
    start = (
        "a leads on sales, but is not to be adopted yet; c and d are better too, and within the "
        "margins of their guardrails: they could be adopted now; b is better too, but not shown "
    )
    assert judged(states, [300, 900, 700, 500, 450]).sentence().startswith(start)


def test_while_a_check_fails_nobody_could_be_adopted() -> None:
    """13,000 more in one arm of three: the split was not 1 : 1 : 1."""
    table = pd.DataFrame({"arm": ["now", "a", "b"], "n": [3_000, 3_000, 16_000]})
    table["sales"], table["opt_out"] = [300, 600, 2_400], [40, 55, 210]
    asked = {"outcomes": ["sales", "opt_out"], "guardrails": {"opt_out": 0.01}, "control": "now"}
    said = evaluate(
        table, **asked, expected_shares=dict.fromkeys(("now", "a", "b"), 1 / 3)
    ).sentence()
    assert said.startswith("Do not act on these results")
    assert "b is better too, and within the margins of its guardrails. " in said
    assert "could" not in said


def test_each_segment_names_its_own() -> None:
    table = pd.DataFrame({"segment": np.repeat(["x", "y"], 3), "arm": ["now", "a", "b"] * 2})
    table["n"], table["sales"] = 3_000, [300, 600, 450] * 2
    table["opt_out"] = [40, 55, 40, 40, 40, 130]
    asked = {"outcomes": ["sales", "opt_out"], "guardrails": {"opt_out": 0.01}, "control": "now"}
    said = evaluate(table, **asked, segment="segment").sentence()
    assert "x · a leads on sales, but is not to be adopted yet; b is better too, and within" in said
    assert "y · a wins on sales; b is better, but a guardrail stops it. " in said
