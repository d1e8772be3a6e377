"""Arms that follow their rule and yet do not call as often as its name says."""

from typing import Any

import pandas as pd
import pytest

from simkit.engine import simulate
from simkit.policy import RecallPolicy
from simkit.report.sentences_exposure import delivered_title
from simkit.scenario import load_scenario
from simkit.trial import check_trial, evaluate
from simkit.trial.checks.delivered import off_their_names

FIVE_AND_TEN = {"five": RecallPolicy.every(days=5), "ten": RecallPolicy.every(days=10)}


@pytest.fixture(scope="module")
def five_days() -> Any:
    """Households called on six days a week and companies on five, every 5 and every 10 days."""
    policies = {"b2c": FIVE_AND_TEN, "b2b": FIVE_AND_TEN}
    log = simulate(load_scenario("trial"), policies, contacts=600, days=90, seed=3)
    return check_trial(log, control="ten", policies=policies)


def test_days_without_calling_are_those_of_the_segment(five_days: Any) -> None:
    # 5 days from a Monday end on a Saturday: companies wait for the next Monday, households do not.
    table = five_days.exposure.set_index(["segment", "arm"])
    assert table["intended_days"]["b2b", "five"] == table["delivered_days"]["b2b", "five"] == 7
    assert table["intended_days"]["b2c", "five"] == table["delivered_days"]["b2c", "five"] == 5
    assert (table["named_days"].to_numpy() == [5, 10, 5, 10]).all()


def test_an_arm_off_its_name_is_fine_and_named(five_days: Any) -> None:
    checks = five_days.table[five_days.table["check"] == "delivered interval"].set_index("segment")
    assert set(checks["verdict"]) == {"ok"}
    assert checks["meaning"]["b2c"] == "each arm delivered the interval it was given"
    assert checks["meaning"]["b2b"] == (
        "each arm followed its rule, but not as its name says: five every 7 days where 5 were "
        "intended, since days without calling lie between; read results as those of what was "
        "delivered"
    )
    assert "five 7 days (5 days intended, about 7 days by the calendar;" in checks["found"]["b2b"]
    titles = {
        segment: delivered_title(segment, rows)
        for segment, rows in five_days.exposure.groupby("segment")
    }
    assert titles == {
        "b2c": "b2c: each arm delivered its interval",
        "b2b": "b2b: five called every 7 days, not every 5: days without calling lie between",
    }


def test_an_interval_that_was_never_called_decides_nothing() -> None:
    played = {"b2c": {"short": RecallPolicy.every(days=30), "long": RecallPolicy.every(days=30)}}
    named = {"b2c": {"short": RecallPolicy.every(days=7), "long": RecallPolicy.every(days=30)}}
    log = simulate(load_scenario("b2c"), played, contacts=800, days=200, seed=5)
    found = check_trial(log, control="long", policies=named)
    (check,) = found.table[found.table["verdict"] == "fail"].itertuples()
    assert check.check == "gaps of another arm"  # and the delivered interval does not fail besides
    assert "short called as long was to call" in check.meaning
    assert "what its interval does, nobody has tried" in check.meaning
    assert not evaluate(log, control="long", policies=named).trustworthy


def test_an_interval_that_was_called_in_no_arm_decides_nothing_either() -> None:
    played = {"b2c": {"short": RecallPolicy.every(days=3), "long": RecallPolicy.every(days=30)}}
    named = {"b2c": {"short": RecallPolicy.every(days=7), "long": RecallPolicy.every(days=14)}}
    log = simulate(load_scenario("b2c"), played, contacts=800, days=200, seed=5)
    found = check_trial(log, control="long", policies=named).table.set_index("check")
    assert found.index[found["verdict"] == "fail"].tolist() == ["delivered interval"]
    assert "short and long hardly ever called" in found["meaning"]["delivered interval"].replace(
        "long and short", "short and long"
    )


def row(**changes: Any) -> pd.DataFrame:
    given = {"arm": "two", "as_intended": 1.0, "gaps": 100}
    given |= {"named_days": 2.0, "intended_days": 2.0, "delivered_days": 3.0}
    return pd.DataFrame([given | changes])


@pytest.mark.parametrize(
    ("changes", "title"),
    [
        # A call a working day late is tolerated: half as long again all the same.
        ({}, "b2c: two called every 3 days, not every 2"),
        ({"named_days": float("nan")}, "b2c: each arm delivered its interval"),
        # A quarter is not more than a quarter.
        ({"named_days": 4.0, "delivered_days": 5.0}, "b2c: each arm delivered its interval"),
        ({"as_intended": 0.5}, "b2c: two did not deliver the intended interval"),
    ],
)
def test_title_tells_how_often_an_arm_called(changes: dict[str, Any], title: str) -> None:
    rows = row(**changes)
    assert delivered_title("b2c", rows) == title
    assert len(off_their_names(rows)) == ("not every" in title)
