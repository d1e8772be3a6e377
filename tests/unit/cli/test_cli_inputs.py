"""What options mean: segments, intervals, prices, arms without a policy file."""

import pandas as pd
import pytest

from simkit.calllog import CallLog, Header
from simkit.calllog.schema import ATTEMPTS, conform
from simkit.cli.delivered import delivered_policies
from simkit.cli.inputs import by_segment, read_policy, segments_of, with_prices
from simkit.engine import simulate
from simkit.errors import InputError
from simkit.policy import RecallPolicy
from simkit.policy.arms import load_arms
from simkit.scenario import load_scenario

ROME = "Europe/Rome"


def dials(rows: list[tuple[int, str, str]]) -> CallLog:
    """A field log of two arms (contacts 1 to 9 in a, from 10 on in b) from contact, day, ending."""
    attempts = pd.DataFrame(rows, columns=["contact_id", "dialled_at", "disposition"])
    attempts["dialled_at"] = pd.to_datetime(attempts["dialled_at"]).dt.tz_localize(ROME)
    attempts = attempts.sort_values("dialled_at", kind="stable", ignore_index=True)
    attempts["attempt_no"] = attempts.groupby("contact_id").cumcount() + 1
    ids = pd.Series(sorted(set(attempts["contact_id"])))
    named = attempts["disposition"] == "callback_requested"
    callback = (attempts["dialled_at"] + pd.Timedelta(days=1)).where(named)
    attempts = attempts.assign(channel="phone", callback_at=callback)
    attempts = attempts.reindex(columns=[column.name for column in ATTEMPTS])
    contacts = pd.DataFrame(
        {
            "contact_id": ids,
            "account_id": ids,
            "segment": "b2b",
            "arm": ids.map(lambda contact: "a" if contact < 10 else "b"),
            "entered_at": pd.Timestamp("2026-01-01", tz=ROME).as_unit("us"),
            "observed_until": pd.Timestamp("2026-12-01", tz=ROME).as_unit("us"),
        }
    )
    header = Header(source="field", start=pd.Timestamp("2026-01-01"), timezone=ROME)
    return CallLog(header, contacts, conform(attempts, ATTEMPTS, ROME)).validate()


def test_gaps_are_counted_in_working_days_over_weekends_and_holidays():
    log = dials(
        [
            # Thu 2 Apr → Tue 7 Apr 2026: Good Friday is no holiday in Italy, Easter Monday is:
            # Thu and Fri lie between, 2 working days.
            (1, "2026-04-02 10:00", "no_answer"),
            (1, "2026-04-07 10:00", "no_answer"),
            # Fri → Mon: 1 working day. Mon → Fri: 4.
            (10, "2026-03-06 10:00", "no_answer"),
            (10, "2026-03-09 10:00", "no_answer"),
            (11, "2026-03-09 10:00", "no_answer"),
            (11, "2026-03-13 10:00", "no_answer"),
            (12, "2026-03-09 10:00", "no_answer"),
            (12, "2026-03-13 10:00", "no_answer"),
        ]
    )
    assert delivered_policies(log, load_scenario("b2b").calendar) == {
        "b2b": {
            "a": RecallPolicy.every(working_days=2),
            "b": RecallPolicy.every(working_days=4),
        }
    }


def test_gap_after_a_date_that_the_contact_named_says_nothing_of_the_policy():
    log = dials(
        [
            (1, "2026-03-02 10:00", "no_answer"),
            (1, "2026-03-06 10:00", "callback_requested"),
            (1, "2026-03-07 10:00", "callback_requested"),
            (1, "2026-03-08 10:00", "refused"),
            (10, "2026-03-02 10:00", "refused"),
            (10, "2026-03-16 10:00", "refused"),
        ]
    )
    found = delivered_policies(log, load_scenario("b2b").calendar)["b2b"]
    assert found == {
        "a": RecallPolicy.every(working_days=4),
        "b": RecallPolicy.every(working_days=10),
    }


def test_arm_without_a_second_call_is_named():
    log = dials(
        [
            (1, "2026-03-02 10:00", "no_answer"),
            (10, "2026-03-02 10:00", "refused"),
            (10, "2026-03-16 10:00", "refused"),
        ]
    )
    with pytest.raises(InputError, match=r"b2b\.a.*none of its contacts was called twice"):
        delivered_policies(log, load_scenario("b2b").calendar)


def test_delivered_intervals_are_those_that_were_simulated(repository_root):
    policies = load_arms(repository_root / "data" / "policies.toml")
    scenario = load_scenario("trial")
    log = simulate(scenario, policies, contacts=200, days=120, seed=3)
    assert delivered_policies(log, scenario.calendar) == policies


@pytest.mark.parametrize(
    ("text", "policy"),
    [
        ("7 days", RecallPolicy.every(days=7)),
        ("20 working days", RecallPolicy.every(working_days=20)),
        ("5wd", RecallPolicy.every(working_days=5)),
        ("practice_b2b", RecallPolicy.every(working_days=20, caps={"per_year": 10})),
    ],
)
def test_policy_is_an_interval_or_a_bundled_name(text, policy):
    assert read_policy(text) == policy


def test_policy_is_a_file_too(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(RecallPolicy.every(days=9, push=True).to_toml(), encoding="utf-8")
    assert read_policy(str(path)) == RecallPolicy.every(days=9, push=True)


def test_value_is_for_all_segments_or_for_one():
    assert by_segment("--x", ["a"], ["b2c", "b2b"]) == {"b2c": "a", "b2b": "a"}
    assert by_segment("--x", ["b2b=c", "a"], ["b2c", "b2b"]) == {"b2c": "a", "b2b": "c"}
    assert by_segment("--x", ["b2b = c"], ["b2c", "b2b"]) == {"b2b": "c"}
    assert by_segment("--x", [], ["b2c", "b2b"]) == {}


def test_value_given_twice_is_refused():
    with pytest.raises(InputError) as caught:
        by_segment("--x", ["a", "b", "b2c=d", "b2c=e"], ["b2c"])
    assert len(caught.value.problems) == 2


def test_prices_replace_the_scenarios_and_are_assumed_no_more(tmp_path):
    path = tmp_path / "mine.toml"
    economics = load_scenario("b2b").economics()["b2b"].model_dump()
    economics |= {"sale_value_eur": 999.0, "dial_eur": 0.25}
    lines = [f"{key} = {value}" for key, value in economics.items()]
    path.write_text("\n".join(["[b2b]", *lines]), encoding="utf-8")
    scenario, prices = with_prices(load_scenario("trial"), path, ["b2b"])
    assert scenario.segments["b2b"].sale_value_mean_eur == 999.0
    assert scenario.economics()["b2b"] == prices["b2b"]
    assert scenario.segments["b2c"] == load_scenario("trial").segments["b2c"]
    assert scenario.sources["b2b.dial_eur"] == "prices: mine.toml"


def test_every_segment_that_the_scenario_lacks_is_named():
    log = simulate(load_scenario("trial"), RecallPolicy.every(days=7), contacts=20, days=40)
    odd = log.contacts.assign(segment=log.contacts["segment"].replace("b2c", "home"))
    with pytest.raises(InputError, match=r"segment == 'home', must be .* \(12 contacts\)"):
        segments_of(CallLog(log.header, odd, log.attempts), load_scenario("trial"))
