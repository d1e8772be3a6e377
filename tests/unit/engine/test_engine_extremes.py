"""Extreme values: nobody, everybody, never, always, at once, too much and too long."""

import pandas as pd
import pytest
from certain_centre import (
    ABSENT,
    BUYS,
    DEAD,
    NEVER,
    OPTS_OUT,
    REFUSES,
    SALE_S,
    UNDECIDED,
    at,
    centre,
    office,
)

from simkit.calllog import CallLog
from simkit.engine import simulate
from simkit.policy import RecallPolicy
from simkit.scenario import load_scenario

DAILY = RecallPolicy.every(working_days=1)


def run(kind: dict, *, policy: RecallPolicy = DAILY, **arguments: object) -> CallLog:
    chosen = {"contacts": 10, "agents": None, "days": 12} | arguments
    return simulate(centre({"kind": kind}), policy, **chosen).validate()


def counts(log: CallLog) -> dict[str, int]:
    return log.attempts["disposition"].value_counts().to_dict()


def test_nobody_answers() -> None:
    # 12 days from a Monday hold 10 working days.
    assert counts(run(ABSENT)) == {"no_answer": 100}


def test_everybody_answers() -> None:
    assert counts(run(UNDECIDED)) == {"undecided": 100}


def test_all_numbers_are_dead() -> None:
    log = run(DEAD)
    assert counts(log) == {"bad_number": 20}
    assert log.truth["dead_number"].all()


def test_everybody_buys_at_the_first_call() -> None:
    log = run(BUYS)
    assert counts(log) == {"sale": 10}
    assert log.attempts["value_cents"].tolist() == [10_000] * 10


def test_everybody_opts_out_at_the_first_call() -> None:
    assert counts(run(OPTS_OUT)) == {"opt_out": 10}


def test_one_agent_with_far_too_many_contacts_is_busy_all_day() -> None:
    # 400 contacts on one morning of 3 hours: 3,600·3/20 = 540 calls of 20 s fit in; of 80 s, 135.
    kind = UNDECIDED | {"windows": office("09:00-12:00")}
    log = run(kind, contacts=400, agents=1, days=1)
    dialled = log.attempts["dialled_at"]
    assert len(log.attempts) == 135
    first = dialled.iloc[0]
    assert dialled.diff().dropna().eq(pd.Timedelta(seconds=80)).all() or first > _at("09:00:00")
    assert (log.attempts["due_at"] <= dialled).all()
    assert dialled.max() < _at("12:00:00")


def _at(clock: str) -> pd.Timestamp:
    return pd.Timestamp("2026-01-05", tz="UTC") + pd.Timedelta(seconds=at(0, clock))


def test_a_backlog_is_worked_off_without_a_break() -> None:
    # All are due when calling opens after the weekend on which they entered.
    scenario = centre({"kind": UNDECIDED}, start=_at("00:00:00").date() - pd.Timedelta(days=2))
    log = simulate(scenario, RecallPolicy.every(days=2), contacts=50, agents=1, days=3)
    expected = [_at("09:00:00") + pd.Timedelta(seconds=80 * place) for place in range(50)]
    assert log.attempts["dialled_at"].tolist() == expected
    assert log.attempts["contact_id"].tolist() == list(range(1, 51))
    assert (log.attempts["due_at"] == _at("09:00:00")).all()


def test_more_agents_than_contacts_is_as_good_as_unlimited() -> None:
    few, many = (run(UNDECIDED, agents=agents).attempts for agents in (10, None))
    pd.testing.assert_frame_equal(few.drop(columns="agent_id"), many.drop(columns="agent_id"))
    assert many["agent_id"].isna().all()
    assert few["agent_id"].between(1, 10).all()


def test_an_interval_longer_than_the_run_calls_everybody_at_most_once() -> None:
    log = run(UNDECIDED, policy=RecallPolicy.every(days=100), contacts=200, days=30)
    assert log.attempts["contact_id"].is_unique
    assert 0 < len(log.attempts) < 200
    assert len(log.contacts) == len(log.truth) == 200  # the undialled are there too


@pytest.mark.parametrize("working_days", [300, 400, 2600])
def test_an_interval_longer_than_the_calendar_is_possible(working_days) -> None:
    policy = RecallPolicy.every(working_days=working_days)
    log = run(UNDECIDED, policy=policy, contacts=3000, days=1)
    # First calls fall on each of so many working days alike; this is one of them.
    assert len(log.attempts) <= 30


def test_a_run_of_one_day() -> None:
    log = run(REFUSES, days=1)
    assert counts(log) == {"refused": 10}
    assert (log.contacts["observed_until"] == _at("00:00:00") + pd.Timedelta(days=1)).all()


def test_a_run_of_one_closed_day_calls_nobody() -> None:
    scenario = centre({"kind": REFUSES}, closed=(_at("00:00:00").date(),))
    log = simulate(scenario, DAILY, contacts=5, agents=2, days=1).validate()
    assert len(log.attempts) == 0
    assert len(log.contacts) == 5
    assert (log.truth["end"] == "open").all()


def test_one_contact() -> None:
    log = run(BUYS, contacts=1)
    assert log.contacts["contact_id"].tolist() == [1]
    assert counts(log) == {"sale": 1}


def test_a_segment_without_contacts() -> None:
    scenario = centre({"none": BUYS, "some": REFUSES})
    log = simulate(scenario, DAILY, contacts={"none": 0, "some": 3}, agents=1, days=2).validate()
    assert log.contacts["segment"].tolist() == ["some"] * 3
    assert counts(log) == {"refused": 6}


def test_no_contacts_at_all() -> None:
    scenario = centre({"kind": BUYS})
    log = simulate(scenario, DAILY, contacts={"kind": 0}, days=2).validate()
    assert (len(log.contacts), len(log.attempts), len(log.truth)) == (0, 0, 0)


def test_a_number_of_contacts_is_split_by_the_segments_shares() -> None:
    trial = load_scenario("trial").vary_all({"b2c.share": 0.75, "b2b.share": 0.25}, source="test")
    for contacts, expected in [(4, (3, 1)), (1, (1, 0)), (2, (2, 0)), (7, (5, 2)), (100, (75, 25))]:
        log = simulate(trial, DAILY, contacts=contacts, days=28)
        found = log.contacts["segment"].value_counts()
        # The largest remainder first; 2 × .75 = 1.5 and 2 × .25 = 0.5 are equal: the first named.
        assert (found.get("b2c", 0), found.get("b2b", 0)) == expected


def test_a_run_may_end_as_the_last_contacts_enter() -> None:
    log = run(REFUSES | {"entry_spread_days": 10.0}, contacts=200, days=10)
    observed = log.contacts["observed_until"] - log.contacts["entered_at"]
    assert observed.min() == pd.Timedelta(days=1)
    assert observed.max() == pd.Timedelta(days=10)


def test_contacts_are_called_only_after_they_entered() -> None:
    kind = REFUSES | {"entry_spread_days": 10.0}
    log = run(kind, contacts=200, days=20)
    rows = log.attempts.merge(log.contacts, on="contact_id")
    assert (rows["dialled_at"] >= rows["entered_at"]).all()
    entered = log.contacts["entered_at"].drop_duplicates()
    assert len(entered) == 10
    assert (entered == entered.dt.normalize()).all()


def test_a_call_longer_than_the_day_keeps_its_agent() -> None:
    kind = BUYS | {"talk_sale_mean_s": 100_000.0}  # more than a day
    log = run(kind, contacts=3, agents=1, days=12)
    gaps = log.attempts["dialled_at"].diff().dropna()
    assert (gaps >= pd.Timedelta(seconds=100_000 + SALE_S - 300)).all()
    assert len(log.attempts) == 3


def test_daylight_saving_neither_loses_nor_doubles_a_call() -> None:
    # The night to 29 March 2026 lacks the hour from 2 to 3 in Rome, that to 25 October has it
    # twice. Calls by day keep their time of day.
    rome = load_scenario("b2c").vary("b2c.reach_base_logit", NEVER, source="test")
    log = simulate(rome, DAILY, contacts=3, days=300).validate()
    clock = log.attempts["dialled_at"].dt.strftime("%H:%M:%S")
    for _, times in clock.groupby(log.attempts["contact_id"]):
        assert times.nunique() <= 3  # its own, and those of days before holidays
    assert log.attempts["dialled_at"].dt.tz is not None
