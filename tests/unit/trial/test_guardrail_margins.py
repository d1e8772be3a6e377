"""A margin beyond what can be lost is no guardrail, and that is said."""

import numpy as np
import pandas as pd
import pytest

from simkit.trial import Evaluation, evaluate
from simkit.trial.effects.guardrails import OPEN, judge
from simkit.trial.effects.means import means_of_counts


def guarded(margin: float, *, control: int = 20, arm: int = 25, **more: object) -> Evaluation:
    """1,000 contacts an arm."""
    table = pd.DataFrame(
        {"arm": ["a", "b"], "n": 1_000, "sale": [100, 150], "harm": [control, arm]}
    )
    return evaluate(
        table, outcomes=["sale", "harm"], control="a", guardrails={"harm": margin}, **more
    )


def told(found: Evaluation) -> str:
    rows = found.checks[found.checks["check"] == "margin of harm"]
    assert set(rows["verdict"]) <= {"warning"}
    return "; ".join(rows["found"])


def test_a_margin_as_large_as_all_that_is_left_is_said() -> None:
    found = guarded(0.9999)
    assert told(found) == "0.9999, and the control's 0.02 can get worse by 0.98 only"
    assert any("can hardly ever veto" in text for text in found.warnings)
    gain = guarded(0.35, control=300, arm=310, higher_is_better=["harm"])
    assert told(gain) == "0.35, and the control's 0.3 can get worse by 0.3 only"


@pytest.mark.parametrize(("margin", "said"), [(0.201, True), (0.2, False), (0.01, False)])
def test_a_margin_over_ten_times_the_control_is_said(margin: float, said: bool) -> None:
    assert (told(guarded(margin)) == f"{margin:g}, over 10 times the control's 0.02") == said


def test_nothing_is_said_where_the_control_shows_nothing_to_compare_with_or_it_vetoes() -> None:
    assert told(guarded(0.05, control=0)) == ""
    assert told(guarded(0.3, arm=400)) == ""


def test_segments_are_told_in_one_line() -> None:
    parts = [
        pd.DataFrame({"arm": ["a", "b"], "place": place, "n": 1_000, "harm": harm, "sale": 100})
        for place, harm in (("north", 20), ("south", 40))
    ]
    found = evaluate(
        pd.concat(parts),
        outcomes=["sale", "harm"],
        control="a",
        segment="place",
        guardrails={"harm": 0.5},
    )
    assert told(found).count("over 10 times") == 2
    assert told(found).startswith("north: 0.5, over")


@pytest.mark.parametrize(
    ("arm", "control", "margin"), [((2, 192), (2, 154), 0.02), ((4, 336), (1, 33), 0.01)]
)
def test_a_bound_that_an_exact_test_holds_back_lies_beyond_the_margin_and_not_just_at_it(
    arm: tuple[int, int], control: tuple[int, int], margin: float
) -> None:
    """The score alone would show harm below the margin; the bound is where the exact test does."""
    events, n = np.array([arm, control], dtype=float).T
    found = means_of_counts(events, n.astype(np.int64), ("arm", "control"))
    difference = found.difference("arm", "control")
    tested = difference.against_margin()
    assert tested.interval(0.1)[1] < margin
    told = judge(difference, margin, 0.05, lower_is_better=True)
    assert told.state == OPEN
    assert told.upper > margin
    just_below = told.upper - 0.02 * tested.se
    assert tested.p_beyond(told.upper, above=True) < 0.05 <= tested.p_beyond(just_below, above=True)
    # Seen from the other side, with more of it as what is good.
    mirrored = means_of_counts(n - events, n.astype(np.int64), ("arm", "control"))
    other = judge(mirrored.difference("arm", "control"), margin, 0.05, lower_is_better=False)
    assert other.lower == pytest.approx(-told.upper, abs=0.02 * tested.se)
