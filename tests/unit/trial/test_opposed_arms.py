"""An arm that is longer than its control here and shorter there is no one arm."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from simkit.calllog import CallLog
from simkit.calllog.stored import open_call_log
from simkit.engine import simulate
from simkit.policy import RecallPolicy
from simkit.scenario import load_scenario
from simkit.trial import Evaluation, evaluate
from simkit.trial.checks.interaction import INTERACTION
from simkit.trial.checks.opposed import OPPOSED, opposed_arms
from simkit.trial.read.data import TOGETHER
from simkit.trial.read.trial import read_trial

every = RecallPolicy.every
OPPOSITE = {"b2c": {"current": 3, "five": 5}, "b2b": {"current": 10, "five": 5}}


def money(arms: tuple[str, ...] = ("current", "five"), n: int = 40) -> pd.DataFrame:
    """n contacts an arm and segment: the quantiles of a normal law, one more for each arm."""
    spread = 10 * stats.norm.ppf((np.arange(n) + 0.5) / n)
    parts = [
        pd.DataFrame({"segment": segment, "arm": arm, "margin_eur": spread + place})
        for segment in ("b2c", "b2b")
        for place, arm in enumerate(arms)
    ]
    return pd.concat(parts, ignore_index=True)


def trial(table: pd.DataFrame, **how: Any) -> Evaluation:
    return evaluate(table, outcomes=["margin_eur"], control="current", segment="segment", **how)


def test_an_arm_that_goes_both_ways_is_told_and_neither_pooled_nor_chosen_for_all() -> None:
    found = trial(money(), intervals=OPPOSITE)
    told = (
        "five is a longer interval than current in b2c (5 days against 3) and a shorter one in b2b "
        "(5 days against 10)"
    )
    assert found.opposed == {"five": told}
    (warning,) = (text for text in found.warnings if OPPOSED in text)
    assert told in warning
    assert "is the effect of no one change" in warning
    assert found.table["shrunk"].isna().all()
    first, second = found.further()["Do the segments differ?"]
    assert "was not tested: five changes the interval one way in one segment" in first
    assert second.startswith(f"{told}: what it does in these together is the effect of no one")
    assert np.isnan(found.checks.set_index("check").loc[INTERACTION, "p_value"])
    choice = found.regret()
    assert choice.together == ()
    assert choice.table["segment"].unique().tolist() == ["b2c", "b2b"]
    assert "No arm is chosen for all segments together: five changes the" in choice.sentence()
    assert "is no policy for it alone" in choice.sentence()


@pytest.mark.parametrize(
    "intervals",
    [
        None,
        {"current": 3, "five": 5},
        {"b2c": {"current": 3, "five": 5}, "b2b": {"current": 10, "five": 15}},
        {"b2c": {"current": 3, "five": 5}, "b2b": {"current": 5, "five": 5}},
        {"b2c": {"current": 3, "five": 5}},
    ],
    ids=["not known", "the same", "one way", "equal in one", "known in one"],
)
def test_of_arms_that_go_one_way_or_are_not_known_nothing_is_said(intervals: Any) -> None:
    found = trial(money(), intervals=intervals)
    assert found.opposed == {}
    assert not any(OPPOSED in text for text in found.warnings)
    assert found.table["shrunk"].notna().all()
    assert set(found.regret().table["segment"]) == {TOGETHER}


def test_the_other_arms_are_tested_and_drawn_as_they_would_be_without_it() -> None:
    intervals = {
        "b2c": {"current": 3, "five": 5, "ten": 10},
        "b2b": {"current": 10, "five": 5, "ten": 15},
    }
    found = trial(money(("current", "five", "ten")), intervals=intervals)
    without = trial(money(("current", "five", "ten")).query("arm != 'five'"))
    tested = [one.checks.set_index("check").loc[INTERACTION] for one in (found, without)]
    assert tested[0]["p_value"] == pytest.approx(tested[1]["p_value"])
    assert "left out: five changes the interval" in tested[0]["found"]
    drawn = found.table.set_index(["arm", "segment"])["shrunk"]
    assert drawn["five"].isna().all()
    assert drawn["ten"].tolist() == pytest.approx(without.table["shrunk"].tolist())
    first, *rest = found.further()["Do the segments differ?"]
    assert first.endswith("Nothing of this is said of five.")
    assert [line.partition(" ")[0] for line in rest] == ["five", "ten"]
    assert found.regret().together == ()


@pytest.fixture(scope="module")
def log() -> CallLog:
    """Every 3 working days against 5 in b2c, every 10 against 5 in b2b."""
    arms = {
        segment: {arm: every(working_days=days) for arm, days in own.items()}
        for segment, own in OPPOSITE.items()
    }
    return simulate(load_scenario("trial"), arms, contacts=120, days=100, seed=5)


ASKED: dict[str, Any] = {"control": "current", "outcomes": ["sale"], "horizon_days": 90.0}


def test_the_rules_of_arms_count_and_else_what_they_delivered(log: CallLog) -> None:
    data = read_trial(log, arm="arm", **ASKED)
    meant = {
        "b2c": {"current": every(working_days=3), "five": every(working_days=5)},
        "b2b": {"current": every(working_days=10), "five": every(days=7)},
    }
    by_rule = opposed_arms(data, None, meant)["five"]
    assert "in b2c (5 working days against 3)" in by_rule
    assert "in b2b (7 days against 10 working days)" in by_rule
    delivered = opposed_arms(data, None, None)["five"]
    # Five working days are a week, ten two weeks.
    assert "shorter one in b2b (a median of 7 days between dials against 14)" in delivered
    one_way = meant | {"b2b": {"current": every(days=7), "five": every(working_days=5)}}
    assert opposed_arms(data, None, one_way) == {}  # a week is five working days
    once = every(days=90, caps={"total": 1})  # who is called once has no interval
    assert opposed_arms(data, None, meant | {"b2b": {"current": once, "five": once}}) == {}


def test_a_trial_on_disk_says_the_same(log: CallLog, tmp_path: Path) -> None:
    log.write(tmp_path / "log")
    stored = open_call_log(tmp_path / "log")
    found = evaluate(stored, checks="assignment", **ASKED)
    assert found.opposed == evaluate(log, checks="assignment", **ASKED).opposed
    assert list(found.opposed) == ["five"]
    assert found.table.loc[found.table["outcome"] == "sale", "shrunk"].isna().all()
    assert found.regret().together == ()
