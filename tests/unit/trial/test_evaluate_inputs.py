"""Bad data and bad settings: one error that lists everything, in words."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from simkit.calllog import CallLog
from simkit.errors import InputError
from simkit.scenario import load_scenario
from simkit.trial import evaluate

PRICES = load_scenario("b2c").economics()
GOOD = pd.DataFrame(
    {
        "contact_id": range(40),
        "account": np.arange(40) // 2,
        "arm": ["none", "none", "weekly", "weekly"] * 10,
        "sale": [0, 1, 0, 1, 1] * 8,
        "opt_out": [0, 0, 0, 1] * 10,
    }
)
TOTALS = pd.DataFrame({"arm": ["none", "weekly"], "n": [100, 100], "sale": [10, 20]})


def changed(column: str, values: Any) -> pd.DataFrame:
    return GOOD.assign(**{column: values})


@pytest.mark.parametrize(
    ("table", "settings", "says"),
    [
        (GOOD.iloc[:0], {}, "rows == 0, must hold at least one row"),
        (GOOD, {"arm": "group"}, "columns == 'group', must be a column; there are: contact_id"),
        (GOOD, {"outcomes": ["sales"]}, "columns == 'sales', must be a column"),
        (GOOD, {"cluster": "firm"}, "columns == 'firm', must be a column"),
        (GOOD, {"outcomes": ["sale", "sale"]}, "sale == 'sale', must be named once"),
        (GOOD, {"outcomes": None}, "outcomes == None, must name the columns to compare"),
        (GOOD, {"outcomes": "sale"}, "outcomes == 'sale', must be a list of columns"),
        (GOOD, {"control": "monthly"}, "control of arm == 'monthly', must be one of the arms"),
        (changed("arm", "none"), {}, "must hold at least two arms"),
        (changed("arm", ["weekly"] + ["none"] * 39), {}, "'weekly', must hold at least 2 contacts"),
        (
            changed("arm", ["weekly"] * 20 + ["none"] * 17 + [None] * 3),
            {},
            "arm == None, must be known for each row (rows 39, 40, 41)",
        ),
        (
            changed("account", [np.nan, *range(39)]),
            {"cluster": "account"},
            "account == None, must be known for each row (row 2)",
        ),
        (changed("sale", ["yes"] * 40), {}, "sale == 'yes', must be a number"),
        (changed("sale", [np.inf] + [0.0] * 39), {}, "sale == inf, must be finite (row 2)"),
        (changed("sale", np.nan), {}, "must be known for at least one contact"),
        (
            changed("contact_id", [7, 7, *range(10, 48)]),
            {},
            "contact_id == 7, must stand in one row only: contacts were assigned, not calls (rows",
        ),
        (GOOD, {"alpha": 0.9}, "alpha == 0.9, must be from 1e-09 to below 0.5"),
        (GOOD, {"margins": {"visits": 1}}, "margins == 'visits', must be one of the outcomes"),
        (GOOD, {"margins": {"sale": -1}}, "margins['sale'] == -1, must be a number, 0 or more"),
        (GOOD, {"guardrails": {"sale": 0.1}}, "guardrails == 'sale', must not be the primary"),
        (
            GOOD,
            {"outcomes": ["sale", "opt_out"], "guardrails": {"opt_out": 2}},
            "guardrails['opt_out'] == 2, must be below 1: it is a share of contacts, as 0.01",
        ),
        (GOOD, {"margins": {"sale": 1.0}}, "margins['sale'] == 1.0, must be below 1"),
        (TOTALS, {"margins": {"sale": 5}}, "margins['sale'] == 5, must be below 1"),
        (GOOD, {"lower_is_better": ["cost"]}, "lower_is_better == 'cost', must be one of"),
        (GOOD, {"expected_shares": {"none": 1}}, "expected_shares == 'weekly', must name each arm"),
        (
            GOOD,
            {"expected_shares": {"none": 1, "weekly": 0}},
            "expected_shares['weekly'] == 0, must be above 0",
        ),
        (GOOD, {"horizon_days": 0}, "horizon_days == 0, must be above 0"),
        (TOTALS, {"cluster": "arm"}, "cluster == 'arm', must be None: totals"),
        (TOTALS, {"covariates": ["sale"]}, "covariates == ['sale'], must be None: totals"),
        (GOOD, {"economics": PRICES}, "economics == ['b2c'], must be None for a table"),
        (GOOD, {"economics": {"b2c": 5}}, "economics['b2c'] == 5, must be prices"),
        (TOTALS, {"n": "size"}, "columns == 'size', must be a column"),
        (
            TOTALS.assign(sale=[10, 120]),
            {"n": "n"},
            "sale == 120, must be a whole number between 0 and n (row 3)",
        ),
        (TOTALS.assign(n=[100, 1]).assign(sale=[1, 1]), {}, "'weekly', must hold at least 2"),
        (pd.concat([TOTALS, TOTALS]), {"n": "n"}, "arm == 'none', must stand in one row only"),
        ([1, 2], {}, "data == 'list', must be a call log, as simkit.read_call_log(folder) or "),
        ("my-log", {"control": None}, "data == 'my-log', must be a call log, as simkit.read_call"),
        ("my-log", {"control": None}, "control == None, must be given"),
        (
            GOOD,
            {"guardrails": {"disdetta": 0.1}},
            f"columns == 'disdetta', must be a column; there are: {', '.join(GOOD.columns)}",
        ),
    ],
)
def test_a_clear_message(table: Any, settings: dict[str, Any], says: str) -> None:
    arguments = {"outcomes": ["sale"], "control": "none"} | settings
    with pytest.raises(InputError) as raised:
        evaluate(table, **arguments)
    assert says in str(raised.value)


def test_everything_that_is_wrong_is_said_at_once() -> None:
    table = changed("sale", ["yes"] * 40).assign(contact_id=1, arm=["a", *["b"] * 39])
    with pytest.raises(InputError) as raised:
        evaluate(table, outcomes=["sale", "opt_out"], control="none")
    assert [problem.field for problem in raised.value.problems] == [
        "sale",
        "contact_id",
        "control of arm",
        "arm",
    ]


def test_a_margin_of_money_or_of_counts_may_be_above_one() -> None:
    table = GOOD.assign(money_eur=np.arange(40.0), calls=np.arange(40) % 5)
    names = ["money_eur", "calls"]
    found = evaluate(
        table,
        outcomes=names,
        control="none",
        margins={"money_eur": 5.0},
        guardrails={"calls": 2.0},
        lower_is_better=["calls"],
    )
    assert found.table["margin"].tolist() == [5.0, 2.0]


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"guardrails": {"opt_out": 2}}, "guardrails['opt_out'] == 2, must be below 1"),
        ({"control": "30 days"}, "control of arm in segment b2c == '30 days', must be one of"),
        ({"outcomes": ["net_value_eur"]}, "money needs economics"),
        ({"outcomes": ["sales"]}, "outcomes == 'sales', must be an outcome of a contact"),
        ({"arm": "group"}, "contacts == 'group', must be a column of contacts"),
        ({"n": "n"}, "n == 'n', must be None for a call log"),
    ],
)
def test_a_clear_message_about_a_log(
    trial_log: CallLog, settings: dict[str, Any], says: str
) -> None:
    arguments: dict[str, Any] = {"control": "14 days", "horizon_days": 42} | settings
    with pytest.raises(InputError) as raised:
        evaluate(trial_log, **arguments)
    assert says in str(raised.value)


def test_a_log_that_breaks_its_rules_is_refused_before_anything_is_compared(
    trial_log: CallLog,
) -> None:
    """Contacts that stand there twice, and a sale under a number that is taken."""
    assert trial_log.attempts is not None
    contacts = pd.concat([trial_log.contacts, trial_log.contacts.iloc[:200]], ignore_index=True)
    twice = dataclasses.replace(trial_log, contacts=contacts)
    with pytest.raises(InputError, match="contact_id"):
        evaluate(twice, control="14 days", horizon_days=42)
    sales = trial_log.attempts[trial_log.attempts["disposition"] == "sale"]
    calls = pd.concat([trial_log.attempts, sales], ignore_index=True)
    again = dataclasses.replace(trial_log, attempts=calls)
    with pytest.raises(InputError, match="attempt_no"):
        evaluate(again, control="14 days", horizon_days=42)


def test_a_log_without_arms_is_sent_to_the_audit(call_log: Callable[..., CallLog]) -> None:
    log = call_log([{"contact_id": n} for n in range(5)], [])
    with pytest.raises(InputError, match="without arms there is no trial; audit the log"):
        evaluate(log, control="a")


def test_a_log_that_ends_at_once_needs_a_horizon(call_log: Callable[..., CallLog]) -> None:
    people = [{"contact_id": n, "arm": "ab"[n % 2], "observed_until": 0.5} for n in range(6)]
    with pytest.raises(InputError, match="horizon_days == None, must be given"):
        evaluate(call_log(people, []), control="a")


@pytest.mark.parametrize(
    ("table", "settings", "fields"),
    [
        (GOOD, {"outcomes": ["sales"], "control": "now"}, ["columns", "control of arm"]),
        (GOOD, {"segment": "place", "control": "now"}, ["columns", "control of arm"]),
        # Of a control for each segment nothing can be said without the segments.
        (GOOD, {"segment": "place", "control": {"north": "now"}}, ["columns"]),
        (GOOD, {"arm": "group", "outcomes": ["sales"]}, ["columns", "columns"]),
        (GOOD, {"covariates": ["age"], "outcomes": ["contact_id"]}, ["columns", "outcomes"]),
        (TOTALS, {"outcomes": ["sales"], "control": "now"}, ["columns", "control of arm"]),
        (TOTALS, {"n": "size", "control": "now"}, ["columns", "control of arm"]),
        (TOTALS.assign(n=-1), {"control": "now"}, ["n", "sale", "control of arm"]),
        (
            TOTALS,
            {"covariates": ["sale"], "second_cluster": "x", "cluster": "y", "control": "now"},
            ["covariates", "second_cluster", "cluster", "control of arm"],
        ),
        (
            GOOD,
            {"outcomes": ["sales"], "adjust": ["reached"], "adjust_method": "ols", "alpha": 2},
            ["adjust", "adjust_method", "columns", "columns", "alpha"],
        ),
        (
            GOOD,
            {"horizon_days": -1, "control": "now", "margins": {"sale": -1, "visits": 2}},
            ["horizon_days", "control of arm", "margins", "margins['sale']"],
        ),
        (
            GOOD,
            {"worth_eur": {"sale": np.nan, "booked": 1.0}, "guardrails": {"bought": 0.1}},
            ["worth_eur['sale']", "columns", "columns"],
        ),
    ],
)
def test_columns_control_and_settings_are_told_at_once(
    table: pd.DataFrame, settings: dict[str, Any], fields: list[str]
) -> None:
    arguments = {"outcomes": ["sale"], "control": "none"} | settings
    with pytest.raises(InputError) as raised:
        evaluate(table, **arguments)
    assert [problem.field for problem in raised.value.problems] == fields


@pytest.mark.parametrize(
    ("settings", "fields"),
    [
        (
            {"control": "30 days", "outcomes": ["sales"], "covariates": ["age"], "alpha": 2},
            ["contacts", "control of arm in segment b2c", "outcomes", "alpha"],
        ),
        ({"arm": "group", "outcomes": ["sales"]}, ["contacts", "outcomes"]),
        ({"segment": "place", "control": "30 days"}, ["contacts"]),
    ],
)
def test_what_is_wrong_with_a_log_is_told_at_once(
    trial_log: CallLog, settings: dict[str, Any], fields: list[str]
) -> None:
    arguments: dict[str, Any] = {"control": "14 days", "horizon_days": 42} | settings
    with pytest.raises(InputError) as raised:
        evaluate(trial_log, **arguments)
    assert [problem.field for problem in raised.value.problems] == fields


def test_a_log_with_the_right_values_under_other_types_is_evaluated(trial_log: CallLog) -> None:
    """As after ``pd.concat``, a merge or a pivot, which make objects and decimals."""
    assert trial_log.attempts is not None
    contacts = trial_log.contacts.astype({"arm": object, "segment": "category"})
    calls = trial_log.attempts.astype({"attempt_no": "int64", "talk_s": "float64"})
    calls["dialled_at"] = calls["dialled_at"].dt.tz_convert("UTC")
    other = dataclasses.replace(trial_log, contacts=contacts, attempts=calls)
    one, same = (evaluate(log, control="14 days", horizon_days=42) for log in (trial_log, other))
    pd.testing.assert_frame_equal(one.table, same.table)
    assert one.sentences() == same.sentences()
    numbered = trial_log.contacts.assign(arm=trial_log.contacts["arm"].str[:2].str.strip())
    wrong = dataclasses.replace(trial_log, contacts=numbered.astype({"arm": "int64"}))
    with pytest.raises(InputError, match=r"arm == 'int64', must be texts \(str\); these are no"):
        evaluate(wrong, control="14", horizon_days=42)
