"""Errors follow the unit that was registered, in every verb alike; what else is asked is told."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from simkit import check_trial
from simkit.calllog import CallLog
from simkit.calllog.stored import open_call_log
from simkit.policy import RecallPolicy
from simkit.trial import Evaluation, evaluate
from simkit.trial.checks.assignment import WHOLE_ACCOUNTS
from simkit.trial.checks.registration import REGISTERED
from simkit.trial.checks.unit import EXPECTED_SPLIT
from simkit.trial.design import TrialDesign
from simkit.trial.monitor.reading import read_look

OUTCOME = "net_sale_expected"


def design(**changes: Any) -> TrialDesign:
    weekly, fortnightly = (RecallPolicy.every(days=days) for days in (7.0, 14.0))
    fields: dict[str, Any] = {
        "name": "autumn",
        "arms": {"b2c": {"7 days": weekly, "14 days": fortnightly}},
        "control": {"b2c": "14 days"},
        "salt": "autumn",
        "method": "outside",
        "horizon_days": 60.0,
        "primary": OUTCOME,
    }
    return TrialDesign(**{**fields, **changes})


def with_columns(log: CallLog, **columns: Any) -> CallLog:
    return CallLog(log.header, log.contacts.assign(**columns), log.attempts)


@pytest.fixture
def mixed(trial_log: CallLog) -> CallLog:
    """Accounts of four contacts, two in each arm: contacts were assigned one by one."""
    number = trial_log.contacts["contact_id"].to_numpy()
    return with_columns(trial_log, account_id=number // 4, town=number % 7)


def registration(found: Evaluation) -> pd.DataFrame:
    return found.checks[found.checks["check"] == REGISTERED]


def row_of(found: Evaluation) -> Any:
    return found.table[found.table["role"] == "primary"].iloc[0]


def told(found: Evaluation, text: str) -> bool:
    """Whether the checks and the sentence say so."""
    checks = " ".join([*registration(found)["found"], *registration(found)["meaning"]])
    return text in checks and text in found.sentence()


def test_contacts_assigned_one_by_one_have_the_same_errors_in_every_verb(
    mixed: CallLog, tmp_path: Any
) -> None:
    registered = design(unit="contact", contacts={"b2c": 240})
    found = evaluate(mixed, design=registered)
    plain = evaluate(mixed, control="14 days", outcomes=[OUTCOME], cluster="contact_id")
    by_account = evaluate(mixed, control="14 days", outcomes=[OUTCOME])
    row = row_of(found)
    assert row["se"] == row_of(plain)["se"] != row_of(by_account)["se"]
    assert row["clusters"] == 0
    assert registration(found)["verdict"].tolist() == ["ok"]
    look, _, _ = read_look(
        mixed, registered, mixed.contacts["observed_until"].max(), economics=None
    )
    seen = next(one for one in look.seen if one.outcome == OUTCOME)
    assert (seen.se, seen.p_value) == (row["se"], row["p_value"])
    stored = open_call_log(mixed.write(tmp_path / "log"))
    assert row_of(evaluate(stored, design=registered))["se"] == pytest.approx(row["se"], rel=1e-9)
    checks = check_trial(mixed, design=registered).table
    assert "accounts split over arms" not in set(checks["check"])


def test_a_table_of_contacts_assigned_one_by_one_is_not_doubted_for_its_accounts(
    mixed: CallLog,
) -> None:
    rows = mixed.contacts.assign(sale=lambda table: table["contact_id"] % 5 == 0).astype(
        {"sale": int}
    )
    asked = design(unit="contact", primary="sale")
    found = evaluate(rows[["contact_id", "account_id", "arm", "sale"]], design=asked)
    assert registration(found)["verdict"].tolist() == ["ok"]
    assert not any("share accounts" in text for text in found.warnings)


@pytest.mark.parametrize("cluster", ["town", "account_id"])
def test_groups_of_contacts_that_were_assigned_one_by_one_may_not_decide(
    mixed: CallLog, tmp_path: Any, cluster: str
) -> None:
    registered = design(unit="contact")
    for data in (mixed, open_call_log(mixed.write(tmp_path / "log"))):
        found = evaluate(data, design=registered, cluster=cluster)
        assert not found.trustworthy
        assert told(found, "groups that are chosen after the fact")
        assert f"errors by {cluster}" in registration(found)["found"].iloc[0]
    assert evaluate(mixed, design=registered, cluster="contact_id").trustworthy


def test_whole_accounts_where_contacts_were_registered_are_told(
    trial_log: CallLog, mixed: CallLog, tmp_path: Any
) -> None:
    """120 accounts of two: 60 would be split by chance, and none is."""
    registered = design(unit="contact")
    for data in (trial_log, open_call_log(trial_log.write(tmp_path / "log"))):
        found = evaluate(data, design=registered)
        row = found.checks.set_index("check").loc[WHOLE_ACCOUNTS]
        assert row["verdict"] == "fail"
        assert row["found"] == (
            "0 of 120 accounts of several contacts in several arms, where chance makes 60"
        )
    assert WHOLE_ACCOUNTS not in set(evaluate(mixed, design=registered).checks["check"])
    few = with_columns(
        trial_log, account_id=lambda table: table["contact_id"].clip(lower=2 * EXPECTED_SPLIT - 2)
    )
    assert WHOLE_ACCOUNTS not in set(evaluate(few, design=registered).checks["check"])


def of_accounts(**columns: Any) -> tuple[pd.DataFrame, TrialDesign]:
    """A table of 400 contacts of 200 customers, and the design that assigned customers."""
    number = np.arange(400)
    table = pd.DataFrame(
        {
            "customer": number // 2,
            "arm": np.where(number // 2 % 2, "7 days", "14 days"),
            "sale": (np.random.default_rng(7).random(400) < 0.2).astype(int),
        }
    )
    return table.assign(**columns), design(primary="sale")


def test_the_account_of_a_table_may_have_any_name_and_the_sentence_tells_it() -> None:
    table, registered = of_accounts()
    found = evaluate(table, design=registered, cluster="customer")
    assert found.trustworthy
    assert told(found, "customer is taken as the account that was assigned: 200 of them for 400")
    named = table.rename(columns={"customer": "account_id"})
    # By its own name it is what was registered, and need not be given.
    for cluster in ("account_id", None):
        same = evaluate(named, design=registered, cluster=cluster)
        assert row_of(same)["se"] == row_of(found)["se"]
        assert registration(same)["verdict"].tolist() == ["ok"]


def test_groups_that_were_not_assigned_as_a_whole_are_no_account() -> None:
    table, registered = of_accounts(town=np.arange(400) % 7, contact_id=range(400))
    for cluster, check in (("town", WHOLE_ACCOUNTS), ("contact_id", REGISTERED)):
        found = evaluate(table, design=registered, cluster=cluster)
        assert not found.trustworthy
        failed = found.checks[found.checks["verdict"] == "fail"]
        assert failed["check"].tolist() == [check]


def test_where_the_accounts_are_known_other_groups_may_only_join_them(
    trial_log: CallLog, tmp_path: Any
) -> None:
    number = trial_log.contacts["contact_id"].to_numpy()
    # Accounts 2k and 2k + 1 are in different arms, k and k + 2 in the same.
    joined = number // 8 * 2 + number // 2 % 2
    log = with_columns(
        trial_log, holding=joined, other=1000 - number // 2, person=number, towns=number % 7
    )
    usual = row_of(evaluate(log, design=design()))
    for data in (log, open_call_log(log.write(tmp_path / "log"))):
        by = {
            name: evaluate(data, design=design(), cluster=name)
            for name in ("holding", "other", "person", "towns")
        }
        assert [found.trustworthy for found in by.values()] == [True, True, False, False]
        assert told(by["holding"], "errors by holding, which joins accounts: 60 groups of 120")
        assert row_of(by["holding"])["se"] != usual["se"]
        assert registration(by["other"])["verdict"].tolist() == ["ok"]
        assert row_of(by["other"])["se"] == pytest.approx(usual["se"], rel=1e-9)
        assert told(by["person"], "or they are too small")
        assert told(by["towns"], "or they are too small")
