"""Calls that an import left out are not lost in silence: the evaluation tells how many."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from made_trial import POLICIES, made

from simkit.calllog import CallLog
from simkit.calllog.cut import cut, moment_of
from simkit.calllog.schema import AFTER_END, UNKNOWN_CONTACT
from simkit.calllog.stored import open_call_log
from simkit.trial import Evaluation, check_trial, evaluate

IMPORTED = "calls left out at the import"


def imported(**rows: int) -> CallLog:
    """A log without a flaw, whose import left out so many calls (by reason)."""
    reasons = {"unknown": UNKNOWN_CONTACT, "after_end": AFTER_END, "blank": "blank row"}
    table = pd.DataFrame(
        {"reason": [reasons[name] for name in rows], "rows": np.array(list(rows.values()))}
    )
    return dataclasses.replace(made().log(), left_out=table)


def judged(found: Any, name: str = IMPORTED) -> pd.Series | None:
    table = found.checks if isinstance(found, Evaluation) else found.table
    rows = table[table["check"] == name]
    assert len(rows) <= 1
    return None if rows.empty else rows.iloc[0]


def evaluated(log: Any, **more: Any) -> Evaluation:
    return evaluate(log, control="14 days", horizon_days=60, **more)


def test_calls_of_contacts_who_are_not_in_the_contacts_file_fail_by_their_size() -> None:
    calls = len(made().attempts)
    # 2 % of all calls is calls ÷ 49.
    for rows, verdict in ((1, "warning"), (calls // 50, "warning"), (calls // 48, "fail")):
        found = evaluated(imported(unknown=rows), policies=POLICIES)
        row = judged(found)
        assert row is not None
        assert row["verdict"] == verdict
        assert f"{rows:,} of {calls + rows:,} calls" in row["found"]
        assert UNKNOWN_CONTACT in row["found"]
        assert any(text.startswith(IMPORTED) for text in found.warnings)
        assert found.trustworthy == (verdict != "fail")
        said = "contacts who are not in the contacts file" in found.sentence()
        assert said == (verdict == "fail")
        checks = judged(check_trial(imported(unknown=rows), policies=POLICIES))
        assert checks is not None
        assert checks["verdict"] == verdict


@pytest.mark.parametrize("checks", ["all", "assignment"])
def test_they_are_told_whatever_else_is_checked(checks: Any, tmp_path: Path) -> None:
    log = imported(unknown=4000)
    row = judged(evaluated(log, checks=checks))
    assert row is not None
    assert row["verdict"] == "fail"
    stored = open_call_log(log.write(tmp_path / "log"))
    on_disk = judged(evaluated(stored, checks=checks))
    assert on_disk is not None
    pd.testing.assert_series_equal(on_disk, row, check_names=False)


def test_an_assignment_that_lacks_nobody_answers_for_them() -> None:
    log = imported(unknown=4000)
    arms = log.contacts.set_index("contact_id")["arm"].to_dict()
    whole = evaluated(log, assigned=arms)
    row = judged(whole)
    assert row is not None
    assert row["verdict"] == "ok"
    assert whole.trustworthy
    # Somebody who was assigned and is missing fails by the assignment.
    lost = evaluated(log, assigned=arms | {900 + n: "7 days" for n in range(5)})
    assert not lost.trustworthy


def test_calls_after_an_end_are_told_and_rows_that_are_no_calls_are_not() -> None:
    few, many = (judged(evaluated(imported(after_end=rows))) for rows in (5, 2000))
    assert few is not None
    assert many is not None
    assert (few["verdict"], many["verdict"]) == ("ok", "warning")
    assert AFTER_END in few["found"]
    assert judged(evaluated(imported(blank=2000))) is None
    assert judged(evaluated(made().log())) is None


def test_a_part_of_a_log_has_its_part_of_what_was_left_out() -> None:
    log = imported(unknown=400)
    then = cut(log, moment_of("2026-03-01", log.header.timezone))
    assert then.left_out is not None
    assert log.attempts is not None
    assert then.attempts is not None
    part = len(then.attempts) / len(log.attempts)
    assert then.left_out["rows"].tolist() == [int(np.ceil(400 * part))]
    then.validate()
