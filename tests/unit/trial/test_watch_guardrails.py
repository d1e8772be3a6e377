"""Guardrails are watched between looks; what decides is neither shown nor spent."""

from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from simkit.calllog import CallLog
from simkit.engine import simulate
from simkit.errors import InputError
from simkit.policy import RecallPolicy
from simkit.scenario import load_scenario
from simkit.scenario.toml_file import read_toml
from simkit.trial.design import Looks, TrialDesign
from simkit.trial.looks.ledger import read_watched, write_ledger
from simkit.trial.monitor import Monitoring, Watching, monitor, watch_guardrails

DAYS = ("2026-02-20", "2026-02-28", "2026-03-10", "2026-04-10")
WORLD = load_scenario("b2c")
ARMS = {"b2c": {n: RecallPolicy.every(working_days=d) for n, d in (("current", 1), ("long", 8))}}


@pytest.fixture(scope="module")
def log() -> CallLog:
    return simulate(WORLD, ARMS, contacts=300, agents=8, days=90, seed=4)


def design(margin: float = 0.02, control: str = "current") -> TrialDesign:
    return TrialDesign(
        name="autumn",
        arms=ARMS,
        control={"b2c": control},
        salt="s",
        prices=WORLD.economics(),
        horizon_days=30.0,
        guardrails={"opt_out": {"b2c": margin}},
        looks=Looks(fractions=(0.4, 0.7, 1.0)),
        contacts={"b2c": 300},
    )


HARMFUL = design(0.0, "long")
"""Calling every day against every eight days: more contacts opt out, and none may."""


def look(log: CallLog, day: str, **more: Any) -> Monitoring:
    return monitor(log, design(), economics=WORLD.economics(), as_of=day, **more)


def watch(log: CallLog, day: str, by: TrialDesign, **more: Any) -> Watching:
    return watch_guardrails(log, by, economics=WORLD.economics(), as_of=day, **more)


def test_a_watched_day_shows_what_a_look_shows_of_guardrails(log: CallLog) -> None:
    for day in DAYS:
        seen, looked = watch(log, day, design()), look(log, day, earlier=[])
        columns = ["outcome", "segment", "arm", "estimate", "se", "low", "high", "margin"]
        pd.testing.assert_frame_equal(seen.table[columns], looked.guardrails[columns])
        assert seen.fraction == looked.looks["fraction"].iloc[-1]


def test_nothing_of_the_primary_outcome_is_shown(log: CallLog) -> None:
    seen = watch(log, DAYS[1], design())
    assert set(seen.table["outcome"]) == {"opt_out"}
    told = [
        seen.sentence(),
        *seen.sentences(),
        *seen.warnings,
        *map(str, seen.checks.to_numpy().ravel()),
    ]
    assert not any("net value" in text or "net_value" in text for text in told)
    assert "effects between segments" not in set(seen.checks["check"])
    assert "nothing of its error rate is spent" in seen.sentence()
    assert escape(seen.sentence()) in seen._repr_html_()


def test_a_harm_that_the_data_do_not_show_is_no_reason_to_go_on(log: CallLog) -> None:
    attempts = log.attempts.copy()
    attempts["disposition"] = attempts["disposition"].astype(object)
    attempts.loc[attempts["disposition"] == "opt_out", "disposition"] = "refused"
    seen = watch(replace(log, attempts=attempts, truth=None), DAYS[2], design())
    assert "cannot tell: no contacts who opted out" in seen.sentence()
    assert "nothing to stop for" not in seen.sentence()
    assert any("no contacts who opted out" in text for text in seen.warnings)
    assert not any("who bought" in text for text in seen.warnings)


def test_harm_that_is_seen_stops_an_arm_though_its_controls_may_not_be_recorded() -> None:
    """Early on a control that hardly calls may show none: that must not spare the other arm."""
    log = simulate(WORLD, ARMS, contacts=2_400, agents=64, days=90, seed=4)
    many = HARMFUL.model_copy(update={"contacts": {"b2c": 2_400}})
    attempts = log.attempts.merge(log.contacts[["contact_id", "arm"]], on="contact_id", how="left")
    lost = attempts["disposition"].eq("opt_out") & attempts["arm"].eq("long")
    assert lost.any()
    ending = attempts["disposition"].astype(object).mask(lost, "refused")
    without = replace(log, attempts=log.attempts.assign(disposition=ending), truth=None)
    seen = watch(without, DAYS[3], many)
    assert len(seen.stopped) == 1
    assert "stop b2c · current" in seen.sentence()
    assert any("no contacts who opted out" in text and "in long" in text for text in seen.warnings)


def test_looks_claim_the_same_however_often_guardrails_were_watched(
    log: CallLog, tmp_path: Path
) -> None:
    often, never = tmp_path / "often.toml", tmp_path / "never.toml"
    for day in (DAYS[1], DAYS[3]):
        for between in DAYS:
            if between <= day:
                watch(log, between, design(), ledger=often)
        plain, watched = (look(log, day, ledger=file) for file in (never, often))
        pd.testing.assert_frame_equal(plain.table, watched.table)
        pd.testing.assert_frame_equal(plain.looks, watched.looks)
        assert plain.warnings == watched.warnings


def test_the_ledger_notes_each_watched_day_once_and_keeps_the_looks(
    log: CallLog, tmp_path: Path
) -> None:
    file = tmp_path / "looks.toml"
    for _ in range(2):
        watch(log, DAYS[0], design(), ledger=file)
    look(log, DAYS[1], ledger=file)
    watch(log, DAYS[2], design(), ledger=file)
    content = read_toml(file)
    assert [row["as_of"][:10] for row in content["watched"]] == [DAYS[0], DAYS[2]]
    assert [row["as_of"][:10] for row in content["looks"]] == [DAYS[1]]
    assert {seen["role"] for row in content["watched"] for seen in row["seen"]} == {"guardrail"}


def test_an_arm_stopped_on_a_watched_day_stays_stopped(log: CallLog, tmp_path: Path) -> None:
    file = tmp_path / "looks.toml"
    first = watch(log, DAYS[3], HARMFUL, ledger=file)
    said = (
        "stop b2c · current: guardrail contacts who opted out was beyond the margin on 2026-04-10"
    )
    assert said in first.sentence()
    assert said in watch(log, DAYS[3], HARMFUL, ledger=file).sentence()


def test_what_was_shown_on_a_watched_day_stops_the_arm_at_later_looks(
    log: CallLog, tmp_path: Path
) -> None:
    file = tmp_path / "looks.toml"
    watch(log, DAYS[0], design(), ledger=file)
    # As if harm had been shown on that day, which no longer is: no harm is below -1.
    (day,) = read_watched(file, design())
    harmed = replace(day, seen=tuple(replace(each, margin=-1.0) for each in day.seen))
    write_ledger(file, design(), [], watched=[harmed])
    plain, later = (look(log, DAYS[1], **more) for more in ({"earlier": []}, {"ledger": file}))
    assert set(plain.guardrails["decision"]) == {"go on"}
    assert set(later.guardrails["decision"]) == {"stop this arm"}
    assert "beyond the margin when guardrails were watched on 2026-02-20" in later.sentence()
    again = watch(log, DAYS[2], design(), ledger=file)
    assert (
        "guardrail contacts who opted out was beyond the margin on 2026-02-20" in again.sentence()
    )
    assert set(again.table["decision"]) == {"stop this arm"}
    assert all("stop this arm" in text for text in again.sentences())


def test_before_anybody_was_followed_nothing_is_noted(log: CallLog, tmp_path: Path) -> None:
    file = tmp_path / "looks.toml"
    early = watch(log, "2026-01-20", design(), ledger=file)
    assert "nobody has been followed" in early.sentence()
    assert not file.exists()


def test_a_design_without_guardrails_has_nothing_to_watch(log: CallLog) -> None:
    bare = design().replace(guardrails={})
    with pytest.raises(InputError, match="there is nothing to watch"):
        watch(log, DAYS[0], bare)
