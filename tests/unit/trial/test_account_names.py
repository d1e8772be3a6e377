"""An account in two spellings would be two, which may get two arms: it is refused everywhere."""

import numpy as np
import pandas as pd
import pytest
from made_trial import made

from simkit.errors import InputError
from simkit.policy import RecallPolicy
from simkit.trial import evaluate
from simkit.trial.assign import assign
from simkit.trial.design import TrialDesign
from simkit.trial.read.spelling import spelt_otherwise

RULE = "must be written one way: accounts whose names differ by capitals or blanks alone"


@pytest.mark.parametrize(
    ("accounts", "found"),
    [
        (["Rossi Srl", "ROSSI SRL", "Bianchi Spa"], [True, True, False]),
        (["Rossi  Srl", "Rossi Srl", "Rossi Srl"], [True, True, True]),
        (["Caffe\u0300 Roma", "Caff\u00e8 Roma"], [True, True]),
        # Salesforce's ids of 15 characters tell capitals apart.
        (["001A0000005aBcD", "001A0000005AbCd"], [False, False]),
        ([1, 2, 2], [False, False, False]),
        (["Rossi Srl", None, "Rossi Srl"], [False, False, False]),
    ],
)
def test_names_of_several_words_are_compared_and_codes_are_not(
    accounts: list[object], found: list[bool]
) -> None:
    assert spelt_otherwise(pd.Series(accounts))[0].tolist() == found


def test_a_list_with_one_company_in_two_spellings_is_not_assigned() -> None:
    listed = pd.DataFrame(
        {"contact_id": ["1", "2", "3"], "account_id": ["Rossi Srl", "ROSSI SRL", "Bianchi Spa"]}
    )
    arms = {"b2b": {f"{days} days": RecallPolicy.every(days=days) for days in (7, 14)}}
    design = TrialDesign(
        name="w", arms=arms, control={"b2b": "7 days"}, salt="w", unit="account", horizon_days=60.0
    )
    with pytest.raises(InputError, match=RULE) as told:
        assign(listed, design)
    assert "2 are not: Rossi Srl, ROSSI SRL" in str(told.value)


def test_neither_is_a_table_or_a_log_evaluated_with_it() -> None:
    names = [f"Ditta {number // 2}" for number in range(800)]
    names[4] = "DITTA 2"
    table = pd.DataFrame({"arm": ["now", "new"] * 400, "sale": np.arange(800) % 3 == 0})
    with pytest.raises(InputError, match=RULE) as told:
        evaluate(
            table.assign(firm=names), arm="arm", control="now", outcomes=["sale"], cluster="firm"
        )
    assert "Ditta 2, DITTA 2" in str(told.value) or "DITTA 2, Ditta 2" in str(told.value)
    tables = made()
    tables.contacts["account_id"] = names
    with pytest.raises(InputError, match=RULE):
        evaluate(tables.log(), control="7 days")
