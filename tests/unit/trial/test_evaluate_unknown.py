"""What a log or a table does not say is refused or told, never counted as 0 in silence."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from autumn import design

from simkit.calllog import CallLog
from simkit.calllog.stored import open_call_log
from simkit.errors import InputError
from simkit.scenario import Economics
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


def test_net_value_of_a_log_without_cancellations_is_told_to_count_every_sale(
    trial_log: CallLog, prices: dict[str, Economics]
) -> None:
    told = (
        "the log does not say which sales were cancelled: net value counts every sale as kept, "
        "which flatters arms that press or call often"
    )
    how = {"control": "14 days", "horizon_days": 42}
    assert told in evaluate(trial_log, economics=prices, **how).warnings
    assert told not in evaluate(trial_log, **how).warnings  # no net value
    header = dataclasses.replace(trial_log.header, withdrawal_days={"b2c": 0.0})
    known = CallLog(header, trial_log.contacts, trial_log.attempts)
    assert told not in evaluate(known, economics=prices, **how).warnings


def test_a_log_without_agents_time_is_doubted_with_its_answer_and_not_below_it(
    trial_log: CallLog, prices: dict[str, Economics]
) -> None:
    attempts = trial_log.attempts
    assert attempts is not None
    how = {"control": "14 days", "horizon_days": 42}

    def without_time(rows: int) -> CallLog:
        calls = attempts.copy()
        calls.loc[calls.index[:rows], ["talk_s", "wrap_s"]] = pd.NA
        return CallLog(trial_log.header, trial_log.contacts, calls)

    told = "a part of the agent's time is not known and counts as 0"
    none = without_time(len(attempts))
    found = evaluate(none, economics=prices, **how)
    assert told in found.doubts[0]
    # Before each comparison, and the first of what is doubted.
    first = next(number for number, line in enumerate(found.lines()) if told in line)
    assert first < found.lines().index("Each comparison")
    # Of a few calls, and where nothing has a price, no answer rests on it.
    few = evaluate(without_time(1), economics=prices, **how)
    assert not any(told in doubt for doubt in few.doubts)
    assert any(told in text for text in few.warnings)
    assert told not in evaluate(none, **how).sentence()


@pytest.mark.parametrize("on_disk", [False, True])
def test_agents_time_that_is_not_known_casts_no_doubt_on_sales(
    trial_log: CallLog, prices: dict[str, Economics], tmp_path: Path, on_disk: bool
) -> None:
    attempts = trial_log.attempts
    assert attempts is not None
    untimed = attempts.assign(talk_s=pd.NA, wrap_s=pd.NA).astype(attempts.dtypes)
    log = CallLog(trial_log.header, trial_log.contacts, untimed)
    found = evaluate(
        open_call_log(log.write(tmp_path / "log")) if on_disk else log,
        design=design(primary="sale", secondary=("net_value_eur",), prices=prices),
    )
    told = "a part of the agent's time is not known and counts as 0"
    assert not any(told in text for text in (*found.doubts, *found.paragraphs()))
    assert sum(told in text for text in found.warnings) == 1
    reasons = found.table.set_index("outcome")["reason"]
    assert "a part of the agents' time is not known" in reasons["net_value_eur"]
    assert "agents' time" not in reasons["sale"]
    assert "agents' time is not known" in " ".join(found.sentences())


def test_an_arm_that_was_followed_but_never_called_has_nothing_to_divide_by(
    call_log: Callable[..., CallLog],
) -> None:
    """One call in all: every contact was followed for the 60 days, and no arm lacks contacts."""
    people = [{"contact_id": n, "arm": arm} for n, arm in enumerate(["short", "long"] * 2)]
    log = call_log(people, [{"contact_id": 0, "dialled_at": 1, "disposition": "sale"}])
    table = evaluate(log, control="short").table.set_index("outcome")
    assert table.loc["net_sale_per_dial", "reason"] == (
        "long has no dials to divide by, with 2 contacts followed for 60 days"
    )


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
