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

RULE = "must be written one way: accounts whose names differ by capitals alone would be two"


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
        # Words of letters are names; where most are written as no name is, capitals tell codes.
        (["Rossi", "ROSSI", "Bianchi"], [True, True, False]),
        (["Coca-Cola", "COCA-COLA", "Verdi"], [True, True, False]),
        (["aBcD", "AbCd", "xYzW", "Qwer"], [False, False, False, False]),
        (["AB", "ab"], [False, False]),
        # Blanks around a code, and the zeros of a spreadsheet, tell nothing apart.
        (["A1", "A1 ", "a1"], [True, True, False]),
        (["7", "7.0", "007"], [True, True, False]),
        (["1", "1.000", "2"], [False, False, False]),  # may be a thousand
        (["Ditta 1", "Ditta 1.0"], [True, True]),
        # Legal forms, with dots or without, in five languages.
        (["Rossi S.r.l.", "Rossi Srl", "ROSSI SRL", "Rossi S. R. L."], [True] * 4),
        (["Bianchi & C. s.a.s.", "Bianchi & C sas"], [True, True]),
        (["Muster GmbH & Co. KG", "Muster GmbH & Co KG"], [True, True]),
        (["Dupont S.A.R.L.", "Dupont SARL"], [True, True]),
        (["Garc\u00eda S.L.", "Garc\u00eda SL"], [True, True]),
        (["Smith, Inc.", "Smith Inc"], [True, True]),
        # Another form is another company, and so is one whose name holds another word.
        (["Rossi Srl", "Rossi Spa", "Rossi Sas", "Rossi"], [False] * 4),
        (["Rossi Verdi Srl", "Rossi Srl"], [False, False]),
    ],
)
def test_names_are_compared_but_for_what_nobody_minds_and_codes_as_they_are(
    accounts: list[object], found: list[bool]
) -> None:
    assert spelt_otherwise(pd.Series(accounts))[0].tolist() == found


@pytest.mark.parametrize(
    ("accounts", "by"),
    [
        (["Ditta 1", "Ditta 1.0"], "zeros after the point (1.0 for 1)"),
        (["Rossi Srl", "Rossi S.r.l."], "how the legal form is written (S.r.l. for Srl)"),
        (["Rossi Srl", "ROSSI  SRL"], "capitals or blanks"),
        (["A1 ", "A1"], "blanks"),
    ],
)
def test_it_is_said_by_what_the_names_differ(accounts: list[str], by: str) -> None:
    _, rule = spelt_otherwise(pd.Series(["Altra Ditta", *accounts]))
    assert f"names differ by {by} alone would be two; 2 are not: {', '.join(accounts)}" in rule


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


@pytest.mark.parametrize("nothing", ["", "  ", None, float("nan")])
def test_contacts_without_an_account_do_not_share_one(nothing):
    table = pd.DataFrame(
        {
            "contact_id": range(40),
            "arm": ["current", "long"] * 20,
            "company": [f"company {place // 2}" for place in range(40)],
            "sale": [0, 1, 1, 0] * 10,
        }
    )
    table.loc[[3, 8], "company"] = nothing
    with pytest.raises(
        InputError, match=r"company == .*, must be known for each row \(rows 5, 10\)"
    ):
        evaluate(table, control="current", outcomes=["sale"], cluster="company")
