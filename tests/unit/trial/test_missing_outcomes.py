"""Contacts whose outcome is missing: whether they could turn what is claimed."""

import pandas as pd
import pytest
from statsmodels.stats.proportion import confint_proportions_2indep

from simkit.trial import evaluate

ASKED = {"arm": "arm", "control": "now", "outcomes": ["sale"]}


def table(now: int, new: int, missing: int, n: int = 1000) -> pd.DataFrame:
    """Arms of n contacts, of whom so many bought and of so many it is not known."""
    frames = []
    for arm, bought in {"now": now, "new": new}.items():
        sale = [1.0] * bought + [0.0] * (n - bought - missing) + [None] * missing
        frames.append(pd.DataFrame({"arm": arm, "sale": sale}))
    return pd.concat(frames, ignore_index=True)


@pytest.mark.parametrize(("bought", "stands"), [(145, False), (220, True)])
def test_a_claim_is_held_against_the_worst_of_the_missing(bought: int, stands: bool) -> None:
    found = evaluate(table(100, bought, missing=20), **ASKED)
    assert found.table["verdict"].item() == "better"
    # At worst 120 of 1,000 of the control have bought: Newcombe's interval of statsmodels.
    low, _ = confint_proportions_2indep(bought, 1000, 120, 1000, method="newcomb")
    assert (low > 0) == stands
    told = [text for text in found.warnings if "missing" in text and "spoken against it" in text]
    assert len(told) == 1
    assert ("stays better" in told[0]) == stands
    assert ("had all of them spoken against it" in found.sentence()) != stands


def test_nobody_missing_or_nothing_claimed_is_not_told() -> None:
    for one in (table(100, 150, 0), table(100, 105, 20)):
        assert not any("spoken against" in text for text in evaluate(one, **ASKED).warnings)


def test_of_an_outcome_of_which_less_is_better_the_worst_is_the_other_way() -> None:
    events = table(145, 100, missing=20).rename(columns={"sale": "complaints"})
    found = evaluate(events, arm="arm", control="now", outcomes=["complaints"])
    assert found.table["verdict"].item() == "better"
    assert "had all of them spoken against it" in found.sentence()


def test_a_guardrail_and_what_events_are_worth_are_held_against_the_worst_too() -> None:
    sold = table(100, 145, missing=0)
    complaint = table(10, 10, missing=30)["sale"]
    guarded = evaluate(sold.assign(complaint=complaint), **ASKED, guardrails={"complaint": 0.02})
    assert guarded.vetoes["state"].tolist() == ["within margin"]
    assert "would not be shown to be within the margin of complaint" in guarded.sentence()
    worth = evaluate(
        table(100, 145, missing=20), arm="arm", control="now", worth_eur={"sale": 40.0}
    )
    assert worth.table.iloc[0]["verdict"] == "better"
    assert "would not be shown to be better on net_value_eur" in worth.sentence()
