"""Names of arms that read as no arm, and numbers that round to nothing."""

import pandas as pd
import pytest

from simkit.trial import Evaluation, evaluate
from simkit.trial.sentences import arm_words, percent_more, signed


def of_sales(**sales: int) -> Evaluation:
    """Arms of 2,000 contacts with so many sales, against the one called *none*."""
    table = pd.DataFrame({"arm": list(sales), "n": 2_000, "sale": list(sales.values())})
    return evaluate(table, outcomes=["sale"], control="none")


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (of_sales(none=300, weekly=200), "Keep 'none': on contacts who bought, weekly is worse"),
        (of_sales(none=200, weekly=205), "Cannot tell whether any arm beats 'none' on"),
        (of_sales(none=200, no=400), "'no' wins on contacts who bought. Against 'none', with"),
        (of_sales(none=200, no=400, rien=405), "'rien' and 'no' beat 'none' on contacts who"),
    ],
)
def test_an_arm_called_none_is_quoted_in_the_answer(found: Evaluation, said: str) -> None:
    assert found.sentence().startswith(said)
    if "'no'" in said:
        assert "'no' against 'none': contacts who bought +10.00" in " ".join(found.sentences())
    assert set(found.table["control"]) == {"none"}  # what it is called in the data


def test_an_arm_called_none_is_quoted_where_it_is_chosen() -> None:
    assert of_sales(none=300, weekly=200).regret().sentence().startswith("'none' is the best arm")


def test_only_names_that_say_none_are_quoted() -> None:
    quoted = ["none", "None", "NO", "nothing", "null", "nessuno", "keine", "aucun", "ninguno"]
    assert [arm_words(arm) for arm in quoted] == [f"'{arm}'" for arm in quoted]
    plain = ["7 days", "now", "current", "none yet", "not called", "A", "0"]
    assert [arm_words(arm) for arm in plain] == plain


def test_what_rounds_to_nothing_has_no_sign() -> None:
    assert [percent_more(ratio) for ratio in (0.996, 1.004, 0.99, 1.45)] == ["0", "0", "−1", "+45"]
    assert [signed(value, 2) for value in (-0.004, 0.0, -0.006)] == ["0.00", "0.00", "−0.01"]
    # Of 10,000 contacts 1,000 and 998 buy: a ratio of .998.
    table = pd.DataFrame({"arm": ["now", "new"], "n": 10_000, "sale": [1_000, 998]})
    found = evaluate(table, outcomes=["sale"], control="now")
    assert ", 0 % of the control's share (" in " ".join(found.sentences())
