"""A whole trial in one run: accounts randomised to arms, and the same contacts in every arm."""

import numpy as np
import pandas as pd
import pytest
from certain_centre import ABSENT, REFUSES, UNDECIDED, centre

from simkit.calllog import CallLog
from simkit.engine import simulate
from simkit.policy import RecallPolicy
from simkit.scenario import WeekHours, load_scenario

ARMS = {"weekly": 7, "fortnightly": 14, "monthly": 28}
POLICY = {
    "b2c": {arm: RecallPolicy.every(days=days) for arm, days in ARMS.items()},
    "b2b": {arm: RecallPolicy.every(working_days=days) for arm, days in ARMS.items()},
}
TRAITS = [
    "account_offset_logit",
    "buying_offset_logit",
    "reach_offset_logit",
    "sensitivity",
    "dead_number",
    "sale_value_cents",
]


@pytest.fixture(scope="module")
def trial() -> CallLog:
    return simulate(load_scenario("trial"), POLICY, contacts=600, agents=3, days=60, seed=8)


def test_two_segments_and_three_arms_are_one_valid_log(trial) -> None:
    trial.validate()
    cells = trial.contacts.groupby(["segment", "arm"]).size()
    assert set(cells.index) == {(segment, arm) for segment in POLICY for arm in ARMS}
    assert cells.sum() == 600


def test_no_account_is_split_between_arms_or_segments(trial) -> None:
    within = trial.contacts.groupby("account_id")[["arm", "segment", "entered_at"]].nunique()
    assert (within == 1).all(axis=None)
    assert (trial.contacts.groupby("account_id").size() > 1).any()


def test_arms_of_a_segment_differ_by_at_most_one_account(trial) -> None:
    accounts = trial.contacts.groupby(["segment", "arm"])["account_id"].nunique()
    for segment in POLICY:
        assert accounts[segment].max() - accounts[segment].min() <= 1


def test_each_arm_follows_its_own_policy_in_its_own_segment() -> None:
    # Nobody answers, and agents are unlimited: each gap is the arm's interval.
    scenario = centre({"b2c": ABSENT, "b2b": ABSENT})
    log = simulate(scenario, POLICY, contacts=120, days=200)
    rows = log.attempts.merge(log.contacts[["contact_id", "segment", "arm"]], on="contact_id")
    gaps = rows.groupby("contact_id")["dialled_at"].diff().dt.total_seconds() / 86_400
    # Multiples of 7 days keep weekday and time of day. 5 working days are 7 calendar days; what is
    # left over a multiple of 5 may cross one more weekend.
    calendar = gaps[rows["segment"] == "b2c"].groupby(rows["arm"]).agg(["min", "max"])
    assert (calendar["min"] == calendar["max"]).all()
    assert calendar["min"].to_dict() == {"weekly": 7, "fortnightly": 14, "monthly": 28}
    working = gaps[rows["segment"] == "b2b"].dropna()
    for arm, days in ARMS.items():
        of_arm = working[rows["arm"] == arm]
        whole_weeks, rest = divmod(days, 5)
        assert set(of_arm) <= {7.0 * whole_weeks + rest, 7.0 * whole_weeks + rest + 2}


def test_the_allocation_is_random_and_that_of_its_seed() -> None:
    # Accounts of one contact, so that contacts are dealt one by one.
    scenario = load_scenario("b2b").vary("b2b.account_size_mean", 1.0, source="test")
    policy = {"b2b": {"a": RecallPolicy.every(days=7), "b": RecallPolicy.every(days=7)}}
    n = 1000

    def in_a(seed: int) -> np.ndarray:
        log = simulate(scenario, policy, contacts=n, days=1, seed=seed)
        return (log.contacts["arm"] == "a").to_numpy()

    first = in_a(1)
    assert np.array_equal(first, in_a(1))
    # Neighbours in the list are alike as often as not, and so are the allocations of two seeds:
    # each a binomial of n/2 within 4 standard errors.
    for alike in ((first[1:] == first[:-1]).sum(), (first == in_a(2)).sum()):
        assert abs(alike - n / 2) < 4 * np.sqrt(n / 4) + 1


def test_the_allocation_has_nothing_to_do_with_the_contacts() -> None:
    scenario = load_scenario("b2b").vary("b2b.account_size_mean", 1.0, source="test")
    policy = {"b2b": {"a": RecallPolicy.every(days=7), "b": RecallPolicy.every(days=7)}}
    n = 4000
    log = simulate(scenario, policy, contacts=n, days=1)
    in_a = (log.contacts["arm"] == "a").to_numpy()
    for trait in TRAITS:
        values = log.truth[trait].to_numpy(dtype=float)
        # Difference of two means: se = sd·sqrt(4/n); 4 of them for each of 6 traits.
        difference = values[in_a].mean() - values[~in_a].mean()
        assert abs(difference) < 4 * values.std() * np.sqrt(4 / n), trait


def test_contacts_are_the_same_under_every_policy() -> None:
    scenario = load_scenario("trial")
    logs = [
        simulate(scenario, policy, contacts=300, agents=agents, days=30, seed=4)
        for policy, agents in [
            (RecallPolicy.every(days=1), None),
            (RecallPolicy.every(working_days=20, push=True), 2),
            (POLICY, 3),
        ]
    ]
    for log in logs[1:]:
        pd.testing.assert_frame_equal(log.truth[TRAITS], logs[0].truth[TRAITS])
        columns = ["contact_id", "account_id", "segment", "entered_at", "observed_until"]
        pd.testing.assert_frame_equal(log.contacts[columns], logs[0].contacts[columns])


def test_first_calls_are_the_same_share_of_every_interval() -> None:
    # U·interval with the same U: with always open hours, the first due time divided by the interval
    # is the same but for whole seconds.
    shares = []
    for days in (3.0, 10.0, 28.0):
        scenario = centre({"kind": UNDECIDED}, hours=WeekHours.every_day("00:00-24:00"))
        log = simulate(scenario, RecallPolicy.every(days=days), contacts=50, days=28)
        first = log.attempts[log.attempts["attempt_no"] == 1].set_index("contact_id")["due_at"]
        since_s = (first - log.header.start.tz_localize("UTC")).dt.total_seconds()
        shares.append((since_s / (days * 86_400)).sort_index().to_numpy())
    assert len(shares[0]) == 50
    for other in shares[1:]:
        np.testing.assert_allclose(other, shares[0], atol=1 / (3 * 86_400))


def test_agents_of_an_arm_serve_that_arm_and_no_other() -> None:
    scenario = centre({"kind": UNDECIDED})
    policy = {"kind": {arm: RecallPolicy.every(days=2) for arm in ("a", "b", "c")}}
    agents = {"a": 1, "b": 3, "c": 2}
    log = simulate(scenario, policy, contacts=300, agents=agents, days=10)
    rows = log.attempts.merge(log.contacts[["contact_id", "arm"]], on="contact_id")
    served = rows.groupby("arm")["agent_id"].agg(lambda ids: sorted(set(ids)))
    assert served.to_dict() == {"a": [1], "b": [2, 3, 4], "c": [5, 6]}
    shift_s = 8 * 9 * 3600  # 8 working days from Monday to Wednesday week, 9 hours each
    assert log.header.scenario["logged_in_s"] == {arm: n * shift_s for arm, n in agents.items()}


def test_a_busy_arm_takes_time_from_others_only_where_agents_are_shared() -> None:
    # Arm "often" has far more calls than one agent can make, arm "seldom" few.
    scenario = centre({"kind": UNDECIDED | {"account_size_mean": 1.0}})
    policy = {
        "kind": {"often": RecallPolicy.every(days=0.05), "seldom": RecallPolicy.every(days=7)}
    }

    def longest_wait(agents: object) -> pd.Timedelta:
        log = simulate(scenario, policy, contacts=300, agents=agents, days=5)
        rows = log.attempts.merge(log.contacts[["contact_id", "arm"]], on="contact_id")
        seldom = rows[rows["arm"] == "seldom"]
        return (seldom["dialled_at"] - seldom["due_at"]).max()

    own = longest_wait({"often": 1, "seldom": 1})
    shared = longest_wait(2)
    assert own < pd.Timedelta(hours=4)  # 150 contacts in 5 days, first calls rolled to the morning
    assert shared > own


def test_an_arm_with_its_own_agents_does_not_notice_what_the_other_arm_does() -> None:
    scenario = centre({"kind": UNDECIDED})

    def seldom(other_days: float) -> pd.DataFrame:
        policy = {
            "kind": {
                "often": RecallPolicy.every(days=other_days),
                "seldom": RecallPolicy.every(days=7),
            }
        }
        log = simulate(scenario, policy, contacts=100, agents={"often": 1, "seldom": 1}, days=20)
        in_arm = log.contacts.loc[log.contacts["arm"] == "seldom", "contact_id"]
        return log.attempts[log.attempts["contact_id"].isin(in_arm)].reset_index(drop=True)

    pd.testing.assert_frame_equal(seldom(0.1), seldom(5.0))


def test_a_segment_may_have_one_policy_while_the_other_has_arms() -> None:
    scenario = centre({"one": REFUSES, "two": REFUSES})
    weekly = RecallPolicy.every(days=7)
    policy = {"one": weekly, "two": {"a": weekly, "b": RecallPolicy.every(days=1)}}
    log = simulate(scenario, policy, contacts=20, agents=1, days=8).validate()
    assert log.contacts.loc[log.contacts["segment"] == "one", "arm"].isna().all()
    assert set(log.contacts.loc[log.contacts["segment"] == "two", "arm"]) == {"a", "b"}
    assert log.header.policy == {
        "one": {"all": "every 7 days"},
        "two": {"a": "every 7 days", "b": "every day"},
    }
