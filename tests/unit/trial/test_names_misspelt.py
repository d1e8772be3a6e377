"""Names that are those of nothing, or of one thing written two ways, are refused by name."""

import re

import numpy as np
import pandas as pd
import pytest

from simkit.errors import InputError
from simkit.trial import evaluate


def table() -> pd.DataFrame:
    random = np.random.default_rng(4)
    return pd.DataFrame(
        {"arm": ["current", "long"] * 100, "sale": random.integers(0, 2, 200), "segment": "Privati"}
    )


def test_a_part_of_an_arm_that_is_not_there_is_refused_by_name() -> None:
    shares = {"current": 1.0, "long": 1.0, "lng": 2.0}
    rule = re.escape("'lng', is the name of no arm; the arms are current, long")
    with pytest.raises(InputError, match=rule):
        evaluate(table(), outcomes=["sale"], control="current", expected_shares=shares)


@pytest.mark.parametrize("other", ["privati", "PRIVATI"])
def test_a_segment_written_two_ways_is_refused_with_the_count_of_each(other: str) -> None:
    contacts = table()
    contacts.loc[:39, "segment"] = other
    with pytest.raises(InputError) as told:
        evaluate(contacts, outcomes=["sale"], control="current", segment="segment")
    (problem,) = told.value.problems
    assert problem.field == "segment"
    assert f"{other!r} (40 contacts)" in str(problem.value)
    assert "'Privati' (160 contacts)" in str(problem.value)
    assert "one segment under two names" in problem.rule


def test_segments_with_names_of_their_own_are_not() -> None:
    contacts = table()
    contacts.loc[:39, "segment"] = "Aziende"
    found = evaluate(contacts, outcomes=["sale"], control="current", segment="segment")
    assert set(found.table["segment"]) == {"Aziende", "Privati"}
