"""Arms that call fewer of the contacts assigned to them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_trial import Tables, made
from scipy import stats

from simkit.calllog.stored import open_call_log
from simkit.trial import check_trial, evaluate
from simkit.trial.checks.first_calls import called_alike, first_calls_check
from simkit.trial.read.data import CalledRows

FIRST_CALLS = "sample ratio among first calls"
LONG = "14 days"


def rows(arm: np.ndarray, called: np.ndarray, account: np.ndarray | None = None) -> CalledRows:
    """Contacts one a row, in accounts of their own unless these are given."""
    ones = np.ones(len(arm), dtype=np.int64)
    own = np.arange(len(arm)) if account is None else account
    return CalledRows(own, arm.astype(np.int64), ones, called.astype(np.int64), 0)


def counted(never: tuple[int, ...], of: tuple[int, ...]) -> CalledRows:
    """So many contacts of each arm, the first of them never called."""
    arm = np.repeat(np.arange(len(of)), of)
    called = np.concatenate([np.arange(n) >= left for n, left in zip(of, never, strict=True)])
    return rows(arm, called)


def never_called(tables: Tables, share: float, *, accounts: bool) -> tuple[Tables, int, int]:
    """Take all calls of a part of the longer arm: of contacts, or of accounts of two each."""
    if accounts:
        pair = tables.contacts["contact_id"] // 2
        tables.contacts["account_id"] = pair
        tables.contacts["arm"] = np.where(pair % 2 == 0, "7 days", LONG)
    who = tables.contacts.loc[tables.contacts["arm"] == LONG, "contact_id"].to_numpy()
    left = who[np.random.default_rng(3).random(len(who)) < share]
    tables.attempts = tables.attempts[~tables.attempts["contact_id"].isin(left)]
    return tables, len(left), len(who)


def line(found: pd.DataFrame) -> pd.Series:
    return found.set_index("check").loc[FIRST_CALLS]


@pytest.mark.parametrize("accounts", [False, True], ids=["contacts", "accounts"])
def test_a_part_of_one_arm_that_was_never_called_is_found_in_memory_and_on_disk(
    tmp_path: Path, accounts: bool
) -> None:
    """8 % of some 400 contacts against none: Fisher's p is below 1e-8, also by account."""
    tables, left, of = never_called(made(), 0.08, accounts=accounts)
    log = tables.log()
    stored = open_call_log(log.write(tmp_path / "log"))
    asked = {"control": LONG, "outcomes": ["attempts"], "horizon_days": 60}
    for table in (
        check_trial(log).table,
        evaluate(log, **asked).checks,
        evaluate(stored, **asked).checks,
    ):
        row = line(table)
        assert row["verdict"] == "warning"
        assert row["found"].startswith("never called: none of 7 days's ")
        assert row["found"].endswith(f"{left} ({100 * left / of:.1f} %) of {LONG}'s {of} contacts")


def test_contacts_assigned_alone_are_tested_exactly() -> None:
    """R: fisher.test(matrix(c(36, 465, 0, 999), 2))$p.value, here by scipy's own function."""
    expected = stats.fisher_exact([[36, 465], [0, 999]]).pvalue
    found = called_alike(counted((36, 0), (501, 999)), 2, by_account=False)
    assert found == pytest.approx(expected)


def test_few_never_called_in_a_small_arm_may_be_chance() -> None:
    """All 2 of 1,000 in the arm of a tenth: a chance of 1 in 100, for which χ² says p = 2e-5."""
    rare = counted((2, 0), (100, 900))
    assert called_alike(rare, 2, by_account=False) == pytest.approx(100 * 99 / (1000 * 999))
    table = [[2, 98], [0, 900]]
    assert stats.chi2_contingency(table, correction=False).pvalue < 1e-4


def test_one_large_account_that_was_never_called_proves_nothing() -> None:
    account = np.concatenate([np.zeros(40), 1 + np.arange(960) // 5]).astype(np.int64)
    arm, called = account % 2, account > 0
    assert called_alike(rows(arm, called, account), 2, by_account=True) > 0.3
    assert called_alike(rows(arm, called, account), 2, by_account=False) < 1e-6


def test_every_contact_called_needs_no_test() -> None:
    found = first_calls_check("all", counted((0, 0), (9, 9)), "ab", by_account=False, late="")
    assert (found.verdict, found.found) == ("ok", "every contact was called")
    assert np.isnan(found.p_value)
