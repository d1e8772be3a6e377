"""The same arguments give the same log; nothing that should not matter changes it."""

import numpy as np
import pandas as pd
import pytest
from certain_centre import ANSWERS, UNDECIDED, centre

from simkit.calllog import CallLog
from simkit.engine import simulate
from simkit.model import run_key, skill_logits, streams
from simkit.policy import RecallPolicy
from simkit.scenario import Scenario, WeekHours, load_scenario

WEEKLY = RecallPolicy.every(days=7, push=True)
SMALL = {"contacts": 60, "agents": 1, "days": 90}


def run(scenario: Scenario | None = None, **changes: object) -> CallLog:
    return simulate(scenario or load_scenario("b2c"), WEEKLY, **(SMALL | changes))


def assert_same(one: CallLog, other: CallLog) -> None:
    for table in ("contacts", "attempts", "truth"):
        pd.testing.assert_frame_equal(getattr(one, table), getattr(other, table))


def test_the_same_seed_gives_the_same_log() -> None:
    one, other = run(seed=5, replication=2), run(seed=5, replication=2)
    assert_same(one, other)
    assert one.header == other.header


def test_a_log_is_remade_from_its_header() -> None:
    first = run(seed=2**64 - 1, replication=2**32 - 1)
    again = run(seed=first.header.seed, replication=first.header.replication)
    assert_same(first, again)


@pytest.mark.parametrize("change", [{"seed": 6}, {"seed": 5 + 2**32}, {"replication": 3}])
def test_another_seed_or_replication_gives_an_unrelated_log(change) -> None:
    chosen = {"seed": 5, "replication": 2, "contacts": 1000, "agents": None, "days": 7}
    one, other = run(**chosen), run(**(chosen | change))
    for trait in ("buying_offset_logit", "reach_offset_logit", "sensitivity"):
        related = np.corrcoef(one.truth[trait], other.truth[trait])[0, 1]
        assert abs(related) < 4 / np.sqrt(1000)  # 4 standard errors of no correlation
    firsts = [log.attempts.groupby("contact_id")["dialled_at"].min() for log in (one, other)]
    both = pd.concat([first.astype("int64") for first in firsts], axis=1).dropna()
    assert abs(np.corrcoef(both.to_numpy(dtype=float).T)[0, 1]) < 4 / np.sqrt(len(both))


def test_replications_of_neighbouring_seeds_do_not_repeat_one_another() -> None:
    # Seed and replication are separate parts of the key: (1, 2) is not (2, 1), nor (3, 0).
    offsets = {
        tuple(run(seed=seed, replication=replication, days=1).truth["buying_offset_logit"])
        for seed in range(4)
        for replication in range(4)
    }
    assert len(offsets) == 16


def test_a_new_random_stream_moves_no_other(monkeypatch) -> None:
    before = run()
    lanes = streams.LANES | {
        streams.SALE: (*streams.LANES[streams.SALE], "a_new_lane"),
        99: ("a_new_block",),
    }
    places = {
        name: (block, lane) for block, names in lanes.items() for lane, name in enumerate(names)
    }
    monkeypatch.setattr(streams, "LANES", lanes)
    monkeypatch.setattr(streams, "STREAMS", places)
    key = streams.run_key(1, 0)
    new = [streams.draw(name, key, np.arange(60)) for name in ("a_new_lane", "a_new_block")]
    assert not np.array_equal(*new)
    assert_same(before, run())


def test_a_changed_parameter_leaves_all_draws_of_others_in_place() -> None:
    # Common random numbers: doubling the opt-outs changes nothing before a contact's opt-out.
    b2c = load_scenario("b2c")
    often = b2c.vary("b2c.optout_base_logit", -2.0, source="test")
    base, more = (run(scenario, agents=None).attempts for scenario in (b2c, often))
    columns = ["contact_id", "attempt_no", "dialled_at", "disposition", "talk_s"]
    objected = more["disposition"].isin(["opt_out", "complaint", "suppressed"])
    kept = more.loc[~objected, columns]
    matched = kept.merge(base[columns], on=columns)
    assert objected.sum() > 5
    assert len(matched) == len(kept)


def test_more_contacts_leave_those_before_them_as_they_were() -> None:
    scenario = load_scenario("b2c").vary("b2c.account_size_mean", 1.0, source="test")
    few, many = (run(scenario, contacts=n, agents=None) for n in (30, 80))
    pd.testing.assert_frame_equal(few.truth, many.truth.head(30))
    of_few = many.attempts[many.attempts["contact_id"] <= 30].reset_index(drop=True)
    pd.testing.assert_frame_equal(few.attempts, of_few)


def test_a_longer_run_begins_with_the_shorter_one() -> None:
    short, long = run(days=40), run(days=90)
    end = short.contacts["observed_until"].iloc[0]
    begun = long.attempts[long.attempts["dialled_at"] < end].reset_index(drop=True)
    # A cancellation after the shorter run's end is not seen in it.
    begun["cancelled_at"] = begun["cancelled_at"].where(begun["cancelled_at"] < end)
    pd.testing.assert_frame_equal(short.attempts, begun)


def test_who_makes_a_call_does_not_change_it_where_agents_are_alike() -> None:
    # As many agents as contacts never keep anybody waiting.
    scenario = load_scenario("b2c").vary("staff.skill_sd_logit", 0.0, source="test")
    limited, unlimited = run(scenario, agents=60), run(scenario, agents=None)
    pd.testing.assert_frame_equal(
        limited.attempts.drop(columns="agent_id"), unlimited.attempts.drop(columns="agent_id")
    )
    pd.testing.assert_frame_equal(limited.truth, unlimited.truth)


def test_the_order_in_which_contacts_are_served_does_not_change_what_they_do() -> None:
    # One agent or three: calls move in time, but the first call of a contact whose state does not
    # move answers, talks and ends alike.
    scenario = centre(
        {"kind": UNDECIDED | {"reach_base_logit": 0.3, "callback_prob": 0.4, "talk_cv": 0.8}},
        hours=WeekHours.every_day("00:00-24:00"),
    )

    def first_calls(agents: int) -> pd.DataFrame:
        policy = RecallPolicy.every(days=0.1)
        log = simulate(scenario, policy, contacts=200, agents=agents, days=1)
        first = log.attempts[log.attempts["attempt_no"] == 1].set_index("contact_id").sort_index()
        return first[["disposition", "talk_s"]]

    pd.testing.assert_frame_equal(first_calls(1), first_calls(3))


def test_a_skilled_agent_sells_more() -> None:
    scenario = centre(
        {"kind": ANSWERS | {"decision_mean_days": 1e-9}},
        hours=WeekHours.every_day("00:00-24:00"),
    ).vary("staff.skill_sd_logit", 3.0, source="test")
    policy = RecallPolicy.every(days=1, caps={"total": 1})
    log = simulate(scenario, policy, contacts=3000, agents=6, days=20)
    from_calls = log.attempts.groupby("agent_id")["disposition"].agg(
        lambda endings: (endings == "sale").mean()
    )
    skills = skill_logits(3.0, run_key(1, 0), 6)
    calls = log.attempts.groupby("agent_id").size().to_numpy()
    expected = 1 / (1 + np.exp(-skills))  # the base logit is 0
    errors = np.sqrt(expected * (1 - expected) / calls)
    assert (np.abs(from_calls.to_numpy() - expected) < 4 * errors + 1e-9).all()
