"""Harms and sales of which a log shows nothing: of an arm, of its control, beside complaints."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from simkit.calllog import CallLog
from simkit.calllog.stored import open_call_log
from simkit.trial import Evaluation, evaluate

ASKED: dict[str, Any] = {
    "control": "now",
    "horizon_days": 30,
    "outcomes": ["sale", "opt_out"],
    "guardrails": {"opt_out": 0.05},
}
#: Contacts of an arm, all called once.
CONTACTS = 500


@pytest.fixture
def ended(call_log: Callable[..., CallLog]) -> Callable[..., CallLog]:
    """Arm → disposition → contacts whose call ended so; the others did not answer."""

    def build(**arms: dict[str, int]) -> CallLog:
        people, calls = [], []
        for arm, endings in arms.items():
            how = [name for name, number in endings.items() for _ in range(number)]
            how += ["no_answer"] * (CONTACTS - len(how))
            for ending in how:
                number = len(people)
                people.append({"contact_id": number, "account_id": number, "arm": arm})
                calls.append({"contact_id": number, "dialled_at": 0.4, "disposition": ending})
        return call_log(people, calls)

    return build


def both(log: CallLog, folder: Path) -> Evaluation:
    """Evaluate it in memory and on disk, which must say the same."""
    found = evaluate(log, **ASKED)
    stored = evaluate(open_call_log(log.write(folder / "log")), **ASKED)
    for name in ("verdict", "unseen", "missed", "unseen_in_control"):
        assert found.table[name].tolist() == stored.table[name].tolist()
    return found


def test_a_control_of_which_no_harm_is_recorded_vetoes_nobody(
    ended: Callable[..., CallLog], tmp_path: Path
) -> None:
    """100 of 500 against none: harm beyond any margin, if the control's had been recorded."""
    log = ended(now={"sale": 50}, more={"sale": 90, "opt_out": 100})
    found = both(log, tmp_path)
    guard = found.table.query("role == 'guardrail'").iloc[0]
    assert guard["verdict"] == "cannot tell"
    assert guard["unseen_in_control"]
    assert guard["unseen"].startswith("no contacts who opted out in now of b2c, where the 20 %")
    assert found.vetoes["state"].tolist() == ["open, not shown to be within the margin"]
    assert guard["unseen"] in found.doubts


def test_complaints_do_not_stand_for_opt_outs_that_were_not_recorded(
    ended: Callable[..., CallLog], tmp_path: Path
) -> None:
    now = {"sale": 50, "opt_out": 60, "complaint": 3}
    log = ended(now=now, more={"sale": 90, "complaint": 2})
    guard = both(log, tmp_path).table.query("role == 'guardrail'").iloc[0]
    assert guard["verdict"] == "cannot tell"
    told = "no contacts who opted out other than by a complaint in more of b2c, where the 12 %"
    assert guard["unseen"].startswith(told)
    nobody = ended(now={"sale": 50, "complaint": 3}, more={"sale": 90, "complaint": 2})
    guard = both(nobody, tmp_path / "nobody").table.query("role == 'guardrail'").iloc[0]
    assert guard["verdict"] == "cannot tell"
    assert "other than by a complaint in any arm" in guard["unseen"]


def test_a_harm_that_complaints_alone_show_still_vetoes(
    ended: Callable[..., CallLog], tmp_path: Path
) -> None:
    log = ended(now={"sale": 50, "complaint": 3}, more={"sale": 90, "complaint": 90})
    found = both(log, tmp_path)
    assert found.vetoes["state"].tolist() == ["veto"]


@pytest.mark.parametrize("silent", ["now", "more"])
def test_sales_of_an_arm_that_were_not_recorded_let_nobody_win(
    ended: Callable[..., CallLog], tmp_path: Path, silent: str
) -> None:
    sold = {"now": {"sale": 60, "opt_out": 10}, "more": {"sale": 60, "opt_out": 10}}
    sold[silent] = {"opt_out": 10}
    found = both(ended(**sold), tmp_path)
    row = found.table.query("outcome == 'sale'").iloc[0]
    assert row["verdict"] == "cannot tell"
    assert row["unseen"].startswith(f"no contacts who bought in {silent} of b2c, where the 12 %")
    assert "where sales are not recorded" in found.sentence()


def test_few_sales_elsewhere_do_not_show_that_none_were_recorded(
    ended: Callable[..., CallLog], tmp_path: Path
) -> None:
    """Of 29 none is expected to be missing, of 30 all."""
    for sales, told in ((29, False), (30, True)):
        log = ended(now={"opt_out": 10}, more={"sale": sales, "opt_out": 10})
        row = both(log, tmp_path / str(sales)).table.query("outcome == 'sale'").iloc[0]
        assert bool(row["unseen"]) == told


def test_an_arm_that_is_left_alone_records_nothing_and_is_believed(
    call_log: Callable[..., CallLog],
) -> None:
    """A control without calls sells nothing by telephone and is asked nothing."""
    people = pd.DataFrame({"contact_id": range(1_000), "account_id": range(1_000)})
    people["arm"] = ["now", "more"] * 500
    calls = [
        {"contact_id": who, "dialled_at": 0.4, "disposition": "sale" if who % 10 == 1 else "busy"}
        for who in range(1, 1_000, 2)
    ]
    found = evaluate(call_log(people.to_dict("records"), calls), **ASKED)
    row = found.table.query("outcome == 'sale'").iloc[0]
    assert (row["verdict"], row["unseen"]) == ("better", "")


def test_one_account_that_holds_all_events_is_one_event() -> None:
    """900 accounts an arm without a sale, and one of 170 contacts in B who all bought.

    Dealt by account to two arms of one size it falls into one of them for sure.
    """
    accounts = [*range(1_800), *[1_800] * 170]
    table = pd.DataFrame({"account": accounts, "contact_id": range(len(accounts))})
    table["arm"] = ["A"] * 900 + ["B"] * (len(table) - 900)
    table["sale"] = (table["account"] == 1_800) * 1
    row = evaluate(table, outcomes=["sale"], control="A", cluster="account").table.iloc[0]
    assert row["p_value"] == pytest.approx(1.0)
    assert row["verdict"] == "cannot tell"
    assert row["ci_low"] <= 0 < row["ci_high"]
    # Eight accounts with a sale, all in one arm: 2 ÷ 2⁸ at most, and no less.
    spread = table.assign(sale=table["account"].isin(range(900, 908)) * 1)
    spread = spread[spread["account"] < 1_800]
    row = evaluate(spread, outcomes=["sale"], control="A", cluster="account").table.iloc[0]
    assert 2 / 2**8 - 1e-4 < row["p_value"] < 0.05
    assert row["verdict"] == "better"


def test_one_account_that_alone_lacks_the_event_is_one_too() -> None:
    accounts = [*range(1_800), *[1_800] * 170]
    table = pd.DataFrame({"account": accounts, "contact_id": range(len(accounts))})
    table["arm"] = ["A"] * 900 + ["B"] * (len(table) - 900)
    table["sale"] = (table["account"] < 1_800) * 1
    row = evaluate(table, outcomes=["sale"], control="A", cluster="account").table.iloc[0]
    assert row["p_value"] == pytest.approx(1.0)
    assert row["verdict"] == "cannot tell"
    # In each of 100 accounts of B one of two contacts lacks it, and in none of A's.
    pairs = pd.DataFrame({"account": [at // 2 for at in range(400)], "contact_id": range(400)})
    pairs["arm"] = ["A"] * 200 + ["B"] * 200
    pairs["sale"] = ((pairs["arm"] == "A") | (pairs["contact_id"] % 2 == 0)) * 1
    row = evaluate(pairs, outcomes=["sale"], control="A", cluster="account").table.iloc[0]
    assert row["p_value"] < 1e-9
    assert row["verdict"] == "worse"
