"""An ending that is common in other arms and that one arm lacks is told; fewer of it is not."""

import numpy as np
import pytest
from made_trial import Tables, made

from simkit.calllog import CallLog
from simkit.calllog.stored import open_call_log
from simkit.trial import evaluate
from simkit.trial.checks.absent import ABSENT, absent_checks
from simkit.trial.checks.check import Check
from simkit.trial.checks.dials import dials_of


def check(log: CallLog) -> Check:
    labels = log.contacts[["segment", "arm"]].astype(str)
    everybody = np.ones(len(labels), dtype=np.bool_)
    (found,) = absent_checks(dials_of(log, labels, {"b2c": ("7 days", "14 days")}, everybody))
    return found


def with_busy(part: float) -> Tables:
    """Busy lines instead of some that nobody answered, in both arms."""
    tables = made()
    calls = tables.attempts
    busy = np.random.default_rng(4).random(len(calls)) < part
    calls.loc[busy & calls["disposition"].eq("no_answer"), "disposition"] = "busy"
    return tables


def without(tables: Tables, ending: str, arm: str, part: float = 1.0) -> Tables:
    lost = tables.of(arm) & tables.attempts["disposition"].eq(ending).to_numpy()
    lost &= np.random.default_rng(6).random(len(lost)) < part
    tables.attempts = tables.attempts[~lost]
    return tables


@pytest.mark.parametrize("arm", ["7 days", "14 days"])
def test_an_arm_without_the_calls_that_nobody_answered_fails(arm):
    found = check(without(made(), "no_answer", arm).log())
    assert found.verdict == "fail"
    assert found.found.startswith(f"{arm} no no_answer in ")
    assert f"calls of {arm} are recorded otherwise" in found.meaning


def test_an_ending_of_a_tenth_of_the_dials_that_an_arm_lacks_is_a_warning():
    """Busy lines are 12 % of the dials (15 % of the 80 % that reach nobody)."""
    found = check(without(with_busy(0.15), "busy", "14 days").log())
    assert found.verdict == "warning"
    assert found.found.startswith("14 days no busy in ")


def test_fewer_of_an_ending_a_rare_one_and_results_are_no_matter_and_that_is_said():
    found = check(made().log())
    assert found.verdict == "ok"
    assert "sales, opt-outs and complaints are results, and not looked at here" in found.meaning
    assert check(without(made(), "no_answer", "7 days", 0.9).log()).verdict == "ok"
    assert check(without(with_busy(0.03), "busy", "7 days").log()).verdict == "ok"
    assert check(without(made(), "refused", "7 days").log()).verdict == "ok"


def test_a_log_on_disk_is_checked_alike(tmp_path):
    log = without(made(), "no_answer", "14 days").log()
    told, again = (
        found[found["check"] == ABSENT].reset_index(drop=True)
        for found in (
            evaluate(one, control="7 days", horizon_days=90, outcomes=["sale"]).checks
            for one in (log, open_call_log(log.write(tmp_path / "log")))
        )
    )
    assert told.equals(again)
    assert again["verdict"].tolist() == ["fail"]
