"""Whether arms were alike before: what few contacts have, or lack, raises no alarm by itself."""

import math

import numpy as np
import pandas as pd
import pytest

from simkit.trial import evaluate

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


def test_score_test_is_that_worked_by_hand() -> None:
    # 10 contacts, x = 1 for two of arm b and none of a: scores (x - 0.2)(m - 0.5) are 0.4 twice,
    # -0.1 three times and 0.1 five times; sum 1.0, sum of squares 0.4, statistic 2.5.
    # of chi-squared with one degree of freedom, whose tail is erfc(sqrt(x / 2)).
    x = [0, 0, 0, 0, 0, 1, 1, 0, 0, 0]
    found = balance_of(trial_with(x, ["a"] * 5 + ["b"] * 5))
    assert found["p_value"] == pytest.approx(math.erfc(math.sqrt(2.5 / 2)))
