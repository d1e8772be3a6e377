"""What a log or a table does not say is refused or told, never counted as 0 in silence."""

import dataclasses

import pandas as pd
import pytest

from simkit.calllog import CallLog
from simkit.errors import InputError
from simkit.trial import evaluate


def test_cancellations_that_a_log_does_not_hold_are_no_outcome(trial_log: CallLog) -> None:
    found = evaluate(trial_log, control="14 days", horizon_days=42).table.set_index("outcome")
    for outcome in ("cancelled", "net_sale"):
        assert found.loc[outcome, "verdict"] == "refused"
        assert "does not say which sales were cancelled" in found.loc[outcome, "reason"]
    # The same log of a dialler that does record cancellations, and had none.
    header = dataclasses.replace(trial_log.header, withdrawal_days={"b2c": 0.0})
    known = CallLog(header, trial_log.contacts, trial_log.attempts)
    table = evaluate(known, control="14 days", horizon_days=42).table.set_index("outcome")
    assert table.loc["net_sale", "verdict"] != "refused"


@pytest.mark.parametrize(
    ("totals", "rule"),
    [
        ({"n": [1000, 10], "events": [20, 45]}, "must be a whole number between 0 and n"),
        ({"n": [1000, 10.5], "events": [20, 5]}, "must be a whole number, 0 or more"),
        ({"N": [1000, 1000], "events": [20, 45]}, "n"),
    ],
)
def test_one_row_an_arm_is_a_table_of_totals_also_when_it_is_wrong(totals, rule) -> None:
    table = pd.DataFrame({"arm": ["none", "a"], **totals})
    with pytest.raises(InputError, match=rule):
        evaluate(table, outcomes=["events"], control="none")


def test_several_rows_of_totals_for_an_arm_are_refused() -> None:
    table = pd.DataFrame(
        {
            "arm": ["none", "a", "none", "a"],
            "n": [1000, 1000, 500, 500],
            "events": [20, 45, 10, 30],
        }
    )
    with pytest.raises(InputError, match="must stand in one row only"):
        evaluate(table, outcomes=["events"], control="none")


def test_missing_outcomes_are_told() -> None:
    table = pd.DataFrame({"arm": ["a", "none"] * 100, "sale": [1.0, 0.0, 0.0, 1.0] * 50})
    table.loc[:1, "sale"] = None
    found = evaluate(table, outcomes=["sale"], control="none")
    assert "2 contacts left out: sale is missing" in found.warnings
