"""Settings of another kind than they must be: told by name, never a traceback or letters."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from simkit.calllog import CallLog
from simkit.errors import InputError
from simkit.scenario import load_scenario
from simkit.trial import evaluate

TABLE = pd.DataFrame(
    {
        "contact_id": range(40),
        "account": np.arange(40) // 2,
        "arm": ["none", "none", "weekly", "weekly"] * 10,
        "sale": [0, 1, 0, 1, 1] * 8,
        "opt_out": [0, 0, 0, 1] * 10,
    }
)


def refused(table: pd.DataFrame, **settings: Any) -> str:
    arguments = {"outcomes": ["sale", "opt_out"], "control": "none"} | settings
    with pytest.raises(InputError) as raised:
        evaluate(table, **arguments)
    return str(raised.value)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"guardrails": {"opt_out": None}}, "guardrails['opt_out'] == None, must be a number"),
        ({"guardrails": {"opt_out": "x"}}, "guardrails['opt_out'] == 'x', must be a number"),
        ({"margins": {"sale": {"all": "x"}}}, "margins['sale']['all'] == 'x', must be a number"),
        ({"expected_shares": {"none": "x", "weekly": 1}}, "expected_shares['none'] == 'x', must"),
        ({"expected_shares": {"none": 1, "weekly": None}}, "expected_shares['weekly'] == None"),
        ({"margins": 0.1}, "margins == 0.1, must be a table: a name → its value"),
        ({"horizon_days": "90"}, "horizon_days == '90', must be a number"),
        ({"alpha": True}, "alpha == True, must be a number"),
        ({"intervals": [7, 3]}, "intervals == [7, 3], must be a table"),
        ({"worth_eur": 40}, "worth_eur == 40, must be a table"),
        ({"errors": None}, "errors == None, must be a text"),
        ({"checks": 3}, "checks == 3, must be a text"),
        ({"arm": ["arm"]}, "arm == ['arm'], must be the name of a column, a text"),
        ({"segment": 3}, "segment == 3, must be the name of a column"),
        ({"outcomes": ["sale", 1]}, "outcomes == 1, must be the name of a column"),
        ({"lower_is_better": "sale"}, "lower_is_better == 'sale', must be a list of columns, as ["),
        ({"higher_is_better": "sale"}, "higher_is_better == 'sale', must be a list of columns"),
        ({"covariates": "account"}, "covariates == 'account', must be a list of columns"),
        ({"person": "account"}, "person == 'account', must be a list of columns"),
        (
            {"outcomes": np.array(["sale"])},
            "outcomes == array(['sale'], dtype='<U4'), must be a list",
        ),
        (
            {"outcomes": pd.DataFrame({"sale": [1]})},
            "outcomes == a table (1 × 1 cells), must be a list of columns",
        ),
        ({"guardrails": {1: 0.1}}, "guardrails == 1, must be a name, a text"),
        ({"worth_eur": {None: 1.0}}, "worth_eur == None, must be a name, a text"),
        ({"economics": {"b2c": 5}}, "economics['b2c'] == 5, must be prices"),
        ({"control": ["none"]}, "control == ['none'], must be the name of an arm"),
        ({"alpha": 10**400}, "must be a number"),
        ({"horizon_days": 1e300}, "horizon_days == 1e+300, must be at most 100,000"),
    ],
)
def test_a_setting_of_another_kind_is_named(settings: dict[str, Any], says: str) -> None:
    assert says in refused(TABLE, **settings)


def test_all_settings_of_another_kind_are_told_at_once() -> None:
    told = refused(TABLE, margins=[], alpha="x", arm=1, covariates="money")
    assert told.startswith("4 problems:")


def test_nothing_named_is_as_good_as_an_empty_list() -> None:
    found = evaluate(TABLE, outcomes=["sale"], control="none", lower_is_better=None)  # type: ignore[arg-type]
    assert found.table["verdict"].tolist() == ["cannot tell"]


def test_columns_of_several_levels_are_refused() -> None:
    table = TABLE.set_axis(pd.MultiIndex.from_product([["x"], TABLE.columns]), axis=1)
    assert "columns == '2 levels', must be one row of names" in refused(table)


@pytest.mark.parametrize("name", ["sale", "arm", "account", "contact_id", "idle"])
def test_a_column_that_stands_there_twice_is_named(name: str) -> None:
    table = TABLE.assign(idle=1)
    table = pd.concat([table, table[[name]]], axis=1)
    told = refused(table, cluster="account")
    assert f"columns == '{name}', must stand once among the columns" in told


def spoilt(column: str, values: Any) -> pd.DataFrame:
    return TABLE.assign(**{column: values})


@pytest.mark.parametrize(
    ("table", "settings", "says"),
    [
        (spoilt("sale", 1e300), {}, "sale == 1e+300, must lie within ± 1e+15"),
        (
            spoilt("sale", 1j),
            {},
            "sale == 'complex 1j', must be a number: make it one before, 1 for yes",
        ),
        (TABLE, {"outcomes": ["contact_id"]}, "outcomes == 'contact_id', must be an outcome"),
        (TABLE, {"segment": "contact_id"}, "segment == 'contact_id', must have the same value in"),
        (
            spoilt("n", 9).assign(sale=[0, 1, 0, 1, 2] * 8),
            {},
            "must stand in one row only: the table has a column n and reads as totals",
        ),
        (spoilt("arm", ["none", "none "] * 20), {}, "arm == 'none ', must hold something and no"),
        (spoilt("arm", ["none", ""] * 20), {}, "arm == '', must hold something"),
        (spoilt("arm", ["none", " "] * 20), {}, "arm == ' ', must hold something"),
        (
            spoilt("where", ["all", "all", "all", "all", "north"] * 8),
            {"segment": "where"},
            "segment == 'all', must have another name",
        ),
        (
            spoilt("contact_id", [f"c{at // 2}{' ' * (at % 2)}" for at in range(40)]),
            {},
            "contact_id == 'c0', must stand in one row only",
        ),
    ],
)
def test_the_message_names_what_is_wrong(
    table: pd.DataFrame, settings: dict[str, Any], says: str
) -> None:
    assert says in refused(table, **settings)


def test_ids_are_no_outcomes_of_a_log(trial_log: CallLog) -> None:
    with pytest.raises(InputError, match="outcomes == 'contact_id', must be an outcome"):
        evaluate(trial_log, control="14 days", horizon_days=42, outcomes=["contact_id"])


def test_a_column_that_nobody_names_may_hold_anything() -> None:
    """Ids are looked for in all columns, also in those whose values are lists or complex."""
    one = evaluate(TABLE, outcomes=["sale"], control="none")
    odd = {"tags": [["a", number] for number in range(len(TABLE))], "id": [1j] * len(TABLE)}
    for table in (TABLE.assign(**odd), TABLE.drop(columns="contact_id").assign(**odd)):
        found = evaluate(table, outcomes=["sale"], control="none")
        pd.testing.assert_frame_equal(found.table, one.table)
    # Rows that differ in nothing but a list are no copies.
    table = TABLE.drop(columns="contact_id").assign(client_id=range(len(TABLE)), tags=odd["tags"])
    table.loc[1, "client_id"] = 0
    assert evaluate(table, outcomes=["sale"], control="none").trustworthy


def test_prices_that_were_not_called_are_told_in_a_line_with_what_to_write() -> None:
    prices = load_scenario("b2c").economics
    assert refused(TABLE, economics=prices).splitlines()[1].strip() == (
        "evaluate: economics == the function economics, is a function that was not called: write "
        "scenario.economics() with its brackets"
    )


@pytest.mark.parametrize("name", ["economics", "margins", "outcomes", "horizon_days", "control"])
def test_a_whole_scenario_or_table_in_a_wrong_place_stays_a_short_line(name: str) -> None:
    for given in (load_scenario("b2c"), pd.concat([TABLE] * 50)):
        told = refused(TABLE, **{name: given}).splitlines()
        assert len(told) == 2
        assert len(told[1]) < 300
