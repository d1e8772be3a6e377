"""Wrong arguments of simulate: each is named with its value and its rule, all at once."""

from collections.abc import Mapping

import numpy as np
import pytest
from certain_centre import REFUSES, centre, office

from simkit.engine import simulate
from simkit.errors import InputError
from simkit.policy import RecallPolicy
from simkit.scenario import load_scenario

WEEKLY = RecallPolicy.every(days=7)
ARMS = {"a": WEEKLY, "b": WEEKLY}
TRIAL = load_scenario("trial")
B2C = load_scenario("b2c")


def problems(**changes: object) -> list[tuple[str, object, str]]:
    # The trial's contacts enter over 28 days.
    arguments = {"scenario": TRIAL, "policy": WEEKLY, "contacts": 10, "days": 28} | changes
    with pytest.raises(InputError) as caught:
        simulate(arguments.pop("scenario"), arguments.pop("policy"), **arguments)
    assert all(problem.where for problem in caught.value.problems)
    return [(problem.field, problem.value, problem.rule) for problem in caught.value.problems]


WHOLE = "must be a whole number"


@pytest.mark.parametrize(
    ("changes", "field", "value", "rule"),
    [
        ({"contacts": 0}, "contacts", 0, WHOLE),
        ({"contacts": -3}, "contacts", -3, WHOLE),
        ({"contacts": 2.5}, "contacts", 2.5, WHOLE),
        ({"contacts": True}, "contacts", True, WHOLE),
        ({"contacts": "many"}, "contacts", "many", WHOLE),
        ({"contacts": None}, "contacts", None, WHOLE),
        ({"contacts": 2**31}, "contacts", 2**31, WHOLE),
        ({"contacts": {"b2c": 5}}, "contacts", "b2b", "segments: b2b, b2c"),
        ({"contacts": {"b2c": 5, "b2b": 5, "b2x": 1}}, "contacts", "b2x", "segments: b2b, b2c"),
        ({"contacts": {"b2c": -1, "b2b": 5}}, "contacts[b2c]", -1, WHOLE),
        ({"days": 0}, "days", 0, WHOLE),
        ({"days": 1.5}, "days", 1.5, WHOLE),
        ({"days": 24_856}, "days", 24_856, WHOLE),
        ({"seed": -1}, "seed", -1, WHOLE),
        ({"seed": 2**64}, "seed", 2**64, WHOLE),
        ({"seed": None}, "seed", None, WHOLE),
        ({"replication": -1}, "replication", -1, WHOLE),
        ({"replication": 2**32}, "replication", 2**32, WHOLE),
        ({"agents": 0}, "agents", 0, WHOLE),
        ({"agents": 1.0}, "agents", 1.0, WHOLE),
        ({"agents": "two"}, "agents", "two", WHOLE),
        ({"engine": "simpi"}, "engine", "simpi", "must be one of: compiled, simpy"),
        ({"policy": "weekly"}, "policy", "weekly", "must be a RecallPolicy"),
        ({"policy": None}, "policy", None, "must be a RecallPolicy"),
        ({"policy": {"b2c": WEEKLY}}, "policy", "b2b", "segments: b2b, b2c"),
        ({"policy": {"b2c": WEEKLY, "b2b": WEEKLY, "x": WEEKLY}}, "policy", "x", "segments"),
        ({"policy": {"b2c": WEEKLY, "b2b": 7}}, "policy[b2b]", 7, "must be a RecallPolicy"),
        ({"policy": {"b2c": WEEKLY, "b2b": {}}}, "policy[b2b]", {}, "must be a RecallPolicy"),
        (
            {"policy": {"b2c": ARMS, "b2b": {"a": WEEKLY, "b": 7}}},
            "policy[b2b][b]",
            7,
            "must be a RecallPolicy",
        ),
        (
            {"policy": {"b2c": ARMS, "b2b": ARMS}, "agents": {"a": 1}},
            "agents",
            "b",
            "arms of the policy",
        ),
        (
            {"policy": {"b2c": ARMS, "b2b": ARMS}, "agents": {"a": 1, "b": 1, "c": 1}},
            "agents",
            "c",
            "arms of the policy",
        ),
        (
            {"policy": {"b2c": ARMS, "b2b": ARMS}, "agents": {"a": 1, "b": 0}},
            "agents[b]",
            0,
            WHOLE,
        ),
    ],
)
def test_a_wrong_argument_is_named_with_its_value_and_rule(changes, field, value, rule) -> None:
    found = problems(**changes)
    assert len(found) == 1
    assert found[0][:2] == (field, value)
    assert rule in found[0][2]


def test_all_wrong_arguments_are_listed_at_once() -> None:
    found = problems(
        contacts=0, agents=0, days=0, seed=-1, replication=-1, policy="weekly", engine="none"
    )
    fields = {field for field, _, _ in found}
    assert fields == {"contacts", "agents", "days", "seed", "replication", "policy", "engine"}


def test_several_things_wrong_with_one_argument_are_listed_at_once() -> None:
    found = problems(policy={"b2c": {"a": 1, "b": WEEKLY}, "x": WEEKLY})
    assert {(field, str(value)) for field, value, _ in found} == {
        ("policy", "b2b"),
        ("policy", "x"),
        ("policy[b2c][a]", "1"),
    }


def test_a_run_must_last_until_all_contacts_have_entered() -> None:
    found = problems(days=27)
    assert [(field, value) for field, value, _ in found] == [("days", 27)] * 2
    for (_, _, rule), segment in zip(found, ("b2c", "b2b"), strict=True):
        assert f"must be at least {segment}.entry_spread_days == 28" in rule


def test_the_message_reads_as_a_sentence() -> None:
    with pytest.raises(InputError, match=r"days == 0, must be a whole number from 1 to 22355"):
        simulate(B2C, WEEKLY, contacts=5, days=0)


@pytest.mark.parametrize("agents", [{"a": 1, "b": 1}, {"all": 1}, {}])
def test_agents_by_arm_need_a_policy_with_arms(agents) -> None:
    found = problems(agents=agents)
    assert {field for field, _, _ in found} == {"agents"}
    # There is no arm called None: the message must not say so.
    assert "None" not in {str(value) for _, value, _ in found}


def test_agents_by_arm_need_arms_in_every_segment() -> None:
    policy = {"b2c": ARMS, "b2b": WEEKLY}
    found = problems(policy=policy, agents={"a": 1, "b": 1})
    assert {field for field, _, _ in found} <= {"agents", "policy[b2b]"}


@pytest.mark.parametrize("arm", [1, "", None, ("a",)])
def test_names_of_arms_are_texts(arm) -> None:
    found = problems(scenario=B2C, policy={"b2c": {arm: WEEKLY, "b": WEEKLY}})
    assert found
    assert all(field.startswith("policy") for field, _, _ in found)


def test_a_scenario_is_not_its_name() -> None:
    found = problems(scenario="b2c")
    assert [field for field, _, _ in found] == ["scenario"]


def test_hours_that_leave_nothing_to_call_in_are_refused() -> None:
    scenario = centre({"kind": REFUSES}, hours=office("09:00-12:00"))
    policy = WEEKLY.replace(windows=office("13:00-15:00"))
    found = problems(scenario=scenario, policy=policy)
    assert [field for field, _, _ in found] == ["windows"]


@pytest.mark.parametrize("whole", [np.int64, np.int32, np.uint8])
def test_whole_numbers_of_numpy_are_whole_numbers(whole) -> None:
    log = simulate(B2C, WEEKLY, contacts=whole(5), agents=whole(1), days=whole(3), seed=whole(4))
    assert len(log.contacts) == 5
    assert log.header.seed == 4
    assert type(log.header.seed) is int


def test_arguments_are_not_changed() -> None:
    policy: Mapping[str, Mapping[str, RecallPolicy]] = {"b2c": dict(ARMS)}
    contacts, agents = {"b2c": 6}, {"a": 1, "b": 1}
    simulate(B2C, policy, contacts=contacts, agents=agents, days=3)
    assert (policy, contacts, agents) == ({"b2c": ARMS}, {"b2c": 6}, {"a": 1, "b": 1})
