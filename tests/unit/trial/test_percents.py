"""A share written as a percent, where a yes or a number of contacts is meant, is told as that."""

import pandas as pd
import pytest

from simkit.errors import InputError
from simkit.trial import evaluate

LOOKS = "looks like a percent"


def doubts(yes: float) -> list[str]:
    table = pd.DataFrame({"arm": ["a"] * 50 + ["b"] * 50, "sale": [0.0, yes] * 50})
    found = evaluate(table, outcomes=["sale"], control="a")
    return [text for text in found.doubts if LOOKS in text]


def test_an_outcome_of_0_and_100_is_doubted():
    (told,) = doubts(100.0)
    assert told.startswith("sale looks like a percent: 0 and 100; code it 0 and 1")
    assert doubts(1.0) == []
    assert doubts(99.0) == []


@pytest.mark.parametrize(
    ("sales", "told"),
    [
        ([9.5, 6.4], True),
        ([0.095, 0.064], True),
        (["9.5 %", "6 %"], True),
        (["9%", "6%"], True),
        ([9, -6], False),  # a slip of another kind
        ([9, 600], False),  # more than there are
        ([240.5, 106.0], False),  # no share
    ],
)
def test_totals_that_are_shares_are_refused_as_that(sales, told):
    table = pd.DataFrame({"arm": ["a", "b"], "n": [500, 500], "sale": sales})
    with pytest.raises(InputError) as refused:
        evaluate(table, outcomes=["sale"], control="a")
    text = str(refused.value)
    assert "must be a whole number between 0 and n" in text
    assert ("it looks like a percent; give how many contacts, not the share" in text) == told
