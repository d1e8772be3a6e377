"""What was known before, as columns of numbers."""

import numpy as np
import pandas as pd
import pytest

from simkit.errors import InputError
from simkit.trial.effects.covariates import (
    MAX_LEVELS,
    columns_of,
    comparable,
    regressors,
    standardised,
)
from simkit.trial.models import first_ends, gee, read_trial

TIMES = pd.Series(pd.to_datetime(["2026-01-01", "2026-01-02"] * 2))


def test_number_is_itself_and_beside_it_where_it_is_missing():
    number, missing = columns_of(pd.Series([1.0, None, np.inf, 4.0]))
    assert number.level is None
    assert not number.missing
    np.testing.assert_array_equal(number.values, [1, np.nan, np.nan, 4])
    assert missing.missing
    np.testing.assert_array_equal(missing.values, [0, 1, 1, 0])
    assert len(list(columns_of(pd.Series([1, 2], dtype="Int64")))) == 1


def test_label_has_a_column_for_each_level_and_for_none():
    found = {one.level: one for one in columns_of(pd.Series(["north", None, "south", "north"]))}
    assert set(found) == {"north", "missing", "south"}
    np.testing.assert_array_equal(found["north"].values, [1, 0, 0, 1])
    assert [name for name, one in found.items() if one.missing] == ["missing"]
    assert {one.level for one in columns_of(pd.Series([True, False]))} == {"True", "False"}


def test_empty_text_is_a_label_and_no_number():
    assert [one.level for one in columns_of(pd.Series(["", "a"]))] == ["", "a"]


def test_missing_is_not_counted_among_the_values_of_a_label():
    names = [f"town {n}" for n in range(MAX_LEVELS)]
    assert comparable(pd.Series([*names, None]))
    assert not comparable(pd.Series([*names, "one more"]))
    assert comparable(pd.Series(np.arange(100)))
    assert not comparable(TIMES)


def test_regressors_leave_out_the_commonest_level_and_what_does_not_vary():
    table = pd.DataFrame(
        {
            "town": ["a", "b", "b", "c"],
            "years": [1.0, 2.0, None, 3.0],
            "same": [7, 7, 7, 7],
        }
    )
    found = regressors(table)
    # a, c; years with its mean 2 in the third row, and where it is missing
    raw = np.array([[1, 0, 1, 0], [0, 0, 2, 0], [0, 0, 2, 1], [0, 1, 3, 0]], dtype=float)
    np.testing.assert_allclose(found, (raw - raw.mean(axis=0)) / raw.std(axis=0))
    assert regressors(table[["same"]]).shape == (4, 0)


def test_models_refuse_a_time_and_what_is_infinite_as_covariates():
    n = len(TIMES)
    table = pd.DataFrame(
        {"arm": ["a", "b"] * 2, "sale": [0, 1] * 2, "since": TIMES, "rate": [1, 2, 3, np.inf]}
    )
    trial = read_trial(table, outcomes=["sale"], control="a", covariates=["since", "rate"])
    with pytest.raises(InputError) as refused:
        gee(trial, "sale", covariates=["since", "rate"])
    assert {problem.value for problem in refused.value.problems} == {"since", "rate"}
    ends = table.assign(time_days=range(1, n + 1), end="sale")
    with pytest.raises(InputError) as refused:
        first_ends(ends, control="a", covariates=["since", "rate"])
    assert {problem.field for problem in refused.value.problems} == {"since", "rate"}


def test_difference_is_told_in_standard_deviations_within_the_arms():
    ours, theirs = np.array([1.0, 3.0]), np.array([0.0, 2.0])
    assert standardised(ours, theirs) == pytest.approx(1.0)  # means 1 apart, both of variance 1
    assert standardised(np.zeros(2), np.ones(2)) == -np.inf
    assert standardised(np.ones(2), np.ones(2)) == 0
    assert np.isnan(standardised(np.ones(2), np.empty(0)))
