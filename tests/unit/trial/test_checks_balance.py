"""Whether arms were alike before: what few contacts have, or lack, raises no alarm by itself."""

import math

import numpy as np
import pandas as pd
import pytest

from simkit.trial import evaluate
from simkit.trial.checks.alike import units_alike

CHECK = "balance of covariates"


def trial_with(covariate: object, arms: list[str]) -> pd.DataFrame:
    return pd.DataFrame({"arm": arms, "sale": np.arange(len(arms)) % 2, "known_before": covariate})


def balance_of(table: pd.DataFrame) -> pd.Series:
    found = evaluate(table, outcomes=["sale"], control="a", covariates=["known_before"])
    (row,) = found.checks[found.checks["check"] == CHECK].to_dict("records")
    return pd.Series(row)


ARMS = ["a", "b"] * 100
NUMBERS = np.random.default_rng(1).normal(size=200)
TOWNS = np.array(["Roma", "Milano", "Milano", "Roma"] * 50, dtype=object)


@pytest.mark.parametrize("blanks", [1, 2, 5])
@pytest.mark.parametrize("values", [NUMBERS, TOWNS])
def test_a_few_blank_cells_do_not_make_the_arms_differ(values: np.ndarray, blanks: int) -> None:
    covariate = pd.Series(values.copy())
    covariate.iloc[: 2 * blanks : 2] = None  # all of them in one arm
    found = balance_of(trial_with(covariate, ARMS))
    assert found["verdict"] == "ok"
    assert f"known_before is missing for 0 of b and {blanks} of a" in found["found"]


def test_a_level_that_one_contact_has_does_not_make_the_arms_differ() -> None:
    towns = TOWNS.copy()
    towns[0] = "Bari"
    assert balance_of(trial_with(towns, ARMS))["verdict"] == "ok"


def test_what_is_missing_in_one_arm_alone_still_raises_the_alarm() -> None:
    covariate = pd.Series(NUMBERS.copy())
    covariate.iloc[:60:2] = None  # 30 of 100 in a, none of 100 in b
    found = balance_of(trial_with(covariate, ARMS))
    assert found["verdict"] == "warning"
    assert "known_before is missing for 0 of b and 30 of a" in found["found"]


def test_arms_that_differ_where_the_number_is_known_still_raise_the_alarm() -> None:
    covariate = pd.Series(NUMBERS + np.array([0.0, 1.0] * 100))
    covariate.iloc[0] = None
    assert balance_of(trial_with(covariate, ARMS))["verdict"] == "warning"


def test_test_is_that_of_all_assignments_counted_by_hand() -> None:
    """x = 1 for two of ten. They share an arm in 2 C(8, 3) = 112 of the C(10, 5) = 252 assignments,
    as here, and nothing lies further apart."""
    x = np.array([0, 0, 0, 0, 0, 1, 1, 0, 0, 0]) - 0.2
    p_value, least = units_alike(x[:, None], np.arange(10) > 4, np.arange(10))
    assert (p_value, least) == (pytest.approx(112 / 252), pytest.approx(112 / 252))


def test_few_units_that_lie_wholly_apart_are_seen_and_too_few_are_said_to_be() -> None:
    """Six of 60 far off: 1 in 50 million assignments. Of five against five none is below 2/252."""
    values = np.random.default_rng(5).normal(size=60) + 100 * (np.arange(60) < 6)
    apart = balance_of(trial_with(values, ["b"] * 6 + ["a"] * 54))
    assert apart["verdict"] == "warning"
    few = balance_of(
        trial_with(values[:5].tolist() + values[30:35].tolist(), ["b"] * 5 + ["a"] * 5)
    )
    assert few["meaning"] == "too few units to test"
    assert math.isnan(few["p_value"])


def test_only_columns_that_were_compared_are_named() -> None:
    """A text of more than 20 values, a time and a column without a value are not compared."""
    table = trial_with(NUMBERS, ARMS).assign(
        note=[f"text {n}" for n in range(200)],
        since=pd.Timestamp("2026-01-12"),
        empty=np.nan,
        town=TOWNS,
    )
    names = ["known_before", "note", "since", "empty", "town"]
    found = evaluate(table, outcomes=["sale"], control="a", covariates=names).checks
    (said,) = found.loc[found["check"] == CHECK, "found"]
    assert said == "b against a: known_before, town"
