"""Published trials of which only counts are known: what simkit says, and what their authors did."""

import pandas as pd
import pytest

from simkit.trial import evaluate


def counts(outcomes: dict[str, tuple[int, int]], n: tuple[int, int]) -> pd.DataFrame:
    """Totals of two arms, the treated first."""
    columns = {name: list(pair) for name, pair in outcomes.items()}
    return pd.DataFrame({"arm": ["call", "none"], "n": list(n), **columns})


# G. MacLennan et al. (2014), Trials 15:13 (RECORD): a phone call ahead of a reminder questionnaire.
# Responses within 21 days 265/390 v 227/363, difference 5.4 points (-1.4 to 12.2); four months
# later 202 v 155, difference 9.1 (2.0 to 16.2). Wald intervals; Newcombe's differ by less than .1.
RECORD = counts({"within_21_days": (265, 227), "after_4_months": (202, 155)}, (390, 363))


def test_record_one_outcome_cannot_be_told_and_the_other_can() -> None:
    found = evaluate(RECORD, outcomes=["within_21_days", "after_4_months"], control="none").table
    told = 100 * found[["estimate", "ci_low", "ci_high"]].to_numpy()
    assert told[0] == pytest.approx([5.4, -1.4, 12.2], abs=0.15)
    assert told[1] == pytest.approx([9.1, 2.0, 16.2], abs=0.15)
    assert found["verdict"].tolist() == ["cannot tell", "better"]


def test_record_treated_who_were_not_reached_stay_in_their_arm() -> None:
    """48 of 390 had answered before they were phoned: a comparison without them is none.

    The table holds the control's 363 and those 342 who were phoned; its outcome is known for the
    reached alone, and is refused.
    """
    phoned = pd.DataFrame({"arm": "call", "reached": [True] * 342 + [False] * 48})
    control = pd.DataFrame({"arm": ["none"] * 363, "reached": [False] * 363})
    people = pd.concat([phoned, control], ignore_index=True)
    people["answered"] = pd.Series([1.0] * 217 + [0.0] * 125 + [None] * 411)
    found = evaluate(people, outcomes=["answered"], control="none")
    assert found.table["verdict"].tolist() == ["refused"]
    assert "whom an arm reaches is its own doing" in found.sentence()
    named = people.assign(answered_if_reached=people["answered"].fillna(0.0))
    again = evaluate(named, outcomes=["answered_if_reached"], control="none")
    assert again.table["verdict"].tolist() == ["refused"]


def test_nystuen_and_hagen() -> None:
    """J Clin Epidemiol 57 (2004) 773: recruited 31/256 v 11/242, p .003.

    8 % (3 to 12 %) in Cochrane's MR000013 (Wald, whole points).
    """
    table = counts({"recruited": (31, 11)}, (256, 242))
    found = evaluate(table, outcomes=["recruited"], control="none")
    row = found.table.iloc[0]
    assert row["p_value"] == pytest.approx(0.003, abs=5e-4)
    assert [100 * row["ci_low"], 100 * row["ci_high"]] == pytest.approx([3, 12], abs=1)


def test_a_call_against_a_text_message_cannot_be_told() -> None:
    """J Clin Epidemiol 112 (2019): 80/355 v 62/354, relative risk 1.29 (.96 to 1.73), p .09."""
    table = counts({"attended": (80, 62)}, (355, 354))
    found = evaluate(table, outcomes=["attended"], control="none")
    assert found.table["verdict"].tolist() == ["cannot tell"]
    assert found.table["p_value"].iloc[0] == pytest.approx(0.09, abs=0.01)
