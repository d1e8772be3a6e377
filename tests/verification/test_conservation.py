"""What no run may ever break, checked on the logs of crowded runs of the bundled scenarios.

Every contact ends in one way; every call has one agent and no agent two calls at once; nobody is
called after an end, before a named date, in a closed hour, or more often than the caps allow.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import holidays
import numpy as np
import pandas as pd
import pytest

from simkit.calllog import CallLog
from simkit.engine import simulate
from simkit.policy import RecallPolicy
from simkit.scenario import Scenario, WeekHours, load_scenario

B2C, B2B, TRIAL = (load_scenario(name) for name in ("b2c", "b2b", "trial"))
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NAMES = ["crowded", "arms", "capped", "unlimited", "irritable"]


@dataclass(frozen=True)
class Run:
    scenario: Scenario
    policies: dict[str, dict[str, RecallPolicy]]  # segment -> arm (or "all") -> policy
    agents: int | dict[str, int] | None
    log: CallLog

    @property
    def rows(self) -> pd.DataFrame:
        """The attempts with their contacts' columns, and times by the clock on the wall."""
        rows = self.log.attempts.merge(self.log.contacts, on="contact_id")
        for column in ("due_at", "dialled_at", "callback_at", "cancelled_at", "entered_at"):
            rows[column] = rows[column].dt.tz_localize(None)
        return rows.assign(arm=rows["arm"].fillna("all"))

    @property
    def dialled(self) -> pd.DataFrame:
        """The same without contacts who were closed undialled when a colleague opted out."""
        return self.rows.query("disposition != 'suppressed'").reset_index(drop=True)

    def policy_of(self, row: pd.Series) -> RecallPolicy:
        return self.policies[row["segment"]][row["arm"]]


def make(
    scenario: Scenario,
    policies: dict[str, dict[str, RecallPolicy]],
    agents: int | dict[str, int] | None,
    contacts: int,
    days: int,
) -> Run:
    given = {
        segment: arms["all"] if set(arms) == {"all"} else arms for segment, arms in policies.items()
    }
    log = simulate(scenario, given, contacts=contacts, agents=agents, days=days, seed=3)
    return Run(scenario, policies, agents, log)


def crowded() -> Run:
    # Long talks and one agent: contacts wait for days.
    slow = B2C.vary_all({"b2c.talk_mean_s": 1500.0, "b2c.talk_brief_mean_s": 900.0}, source="test")
    return make(slow, {"b2c": {"all": RecallPolicy.every(days=1, push=True)}}, 1, 250, 120)


def arms() -> Run:
    retry = {"rests": {"no_answer": {"days": 0.1}}, "retries_max": 2}
    policies = {
        "b2c": {"a": RecallPolicy.every(days=5, **retry), "b": RecallPolicy.every(working_days=3)},
        "b2b": {"a": RecallPolicy.every(working_days=2), "b": RecallPolicy.every(days=20)},
    }
    return make(TRIAL, policies, {"a": 1, "b": 2}, 300, 150)


def capped() -> Run:
    policy = RecallPolicy.every(
        days=1,
        caps={"per_30_days": 4, "per_year": 11, "total": 30},
        rests={"refused": {"working_days": 5}, "undecided": {"days": 3}},
        refusals_max=9,
        windows=WeekHours(**{day: ["10:00-12:30", "16:00-19:00"] for day in WEEKDAYS[:5]}),
    )
    # Past a year, so that the yearly cap frees up again.
    return make(B2C, {"b2c": {"all": policy}}, 3, 120, 500)


def unlimited() -> Run:
    return make(B2B, {"b2b": {"all": RecallPolicy.every(working_days=2)}}, None, 200, 150)


def irritable() -> Run:
    changes = {"optout_base_logit": -3.0, "account_size_mean": 4.0, "bad_number_prob": 0.2}
    touchy = B2B.vary_all({f"b2b.{key}": value for key, value in changes.items()}, source="test")
    policy = RecallPolicy.every(days=3, bad_number_attempts=3, refusals_max=5)
    return make(touchy, {"b2b": {"all": policy}}, 2, 300, 120)


@pytest.fixture(scope="module", params=NAMES)
def run(request) -> Run:
    return globals()[request.param]()


def test_the_log_is_valid_and_has_seen_life(run) -> None:
    run.log.validate()
    assert len(run.log.attempts) > 1000
    assert run.log.attempts["disposition"].nunique() >= 8


def test_every_contact_ends_in_one_way(run) -> None:
    truth = run.log.truth.set_index("contact_id")
    assert truth.index.tolist() == run.log.contacts["contact_id"].tolist()
    # Contacts = open + sold + opted out (by themselves or with the account) + bad numbers + capped
    # + closed after refusals.
    kinds = {
        "open",
        "sold",
        "opted_out",
        "account_opted_out",
        "bad_number",
        "capped",
        "refused_too_often",
    }
    counts = truth["end"].value_counts()
    assert set(counts.index) <= kinds
    assert counts.sum() == len(run.log.contacts)


def test_ends_are_what_the_log_says(run) -> None:
    rows = run.rows
    ends = run.log.truth.set_index("contact_id")["end"]
    seen = rows.groupby("contact_id")["disposition"].agg(list).reindex(ends.index)
    for contact, end in ends.items():
        calls = seen[contact] if isinstance(seen[contact], list) else []
        last = calls[-1] if calls else None
        arm = run.log.contacts.set_index("contact_id")["arm"].fillna("all")[contact]
        segment = run.log.contacts.set_index("contact_id")["segment"][contact]
        policy = run.policies[segment][arm]
        if last == "sale":
            expected = "sold"
        elif last in ("opt_out", "complaint"):
            expected = "opted_out"
        elif last == "suppressed":
            expected = "account_opted_out"
        elif calls.count("bad_number") >= policy.bad_number_attempts:
            expected = "bad_number"
        elif policy.refusals_max is not None and calls.count("refused") >= policy.refusals_max:
            expected = "refused_too_often"
        elif policy.caps.total is not None and len(calls) >= policy.caps.total:
            expected = "capped"
        else:
            expected = "open"
        assert end == expected, contact


def test_nothing_happens_after_an_end(run) -> None:
    for ending in ("sale", "opt_out", "complaint", "suppressed"):
        ended = run.rows["disposition"] == ending
        last = run.rows.groupby("contact_id")["attempt_no"].transform("max")
        assert (run.rows.loc[ended, "attempt_no"] == last[ended]).all()
    ended_at = run.log.truth.set_index("contact_id")["ended_at"].dropna()
    last_at = run.log.attempts.groupby("contact_id")["dialled_at"].max()
    assert (last_at.reindex(ended_at.index) == ended_at).all()


def test_attempts_are_numbered_in_time_order(run) -> None:
    attempts = run.log.attempts
    assert attempts["dialled_at"].is_monotonic_increasing
    expected = attempts.groupby("contact_id").cumcount() + 1
    assert attempts["attempt_no"].tolist() == expected.tolist()
    same_second = attempts.groupby("contact_id")["dialled_at"].diff() == pd.Timedelta(0)
    assert not same_second.any()


def test_every_call_has_an_agent_of_its_desk(run) -> None:
    ids = run.dialled["agent_id"]
    assert run.rows.loc[run.rows["disposition"] == "suppressed", "agent_id"].isna().all()
    if run.agents is None:
        assert ids.isna().all()
    elif isinstance(run.agents, int):
        assert set(ids) == set(range(1, run.agents + 1))
    else:
        first = 1
        for arm, count in run.agents.items():
            assert set(ids[run.dialled["arm"] == arm]) == set(range(first, first + count))
            first += count


def test_no_agent_is_in_two_calls_at_once(run) -> None:
    if run.agents is None:
        assert run.dialled["agent_id"].isna().all()
        return
    calls = run.dialled.sort_values(["agent_id", "dialled_at"], kind="stable")
    seconds = calls[["ring_s", "talk_s", "wrap_s"]].sum(axis=1)
    assert (seconds > 0).all()
    free_at = calls["dialled_at"] + pd.to_timedelta(seconds.astype("int64"), unit="s")
    next_at = calls.groupby("agent_id")["dialled_at"].shift(-1)
    busy = next_at.notna()
    assert (next_at[busy] >= free_at[busy]).all()
    assert (next_at[busy] == free_at[busy]).any()  # and some calls follow at once


def open_at(moment: pd.Timestamp, week: WeekHours, closed: holidays.HolidayBase) -> bool:
    """Return whether a week's hours are open then, by the holidays of the country."""
    if moment.date() in closed:
        return False
    second = moment.hour * 3600 + moment.minute * 60 + moment.second
    windows = [week.of_weekday(moment.weekday())]
    if week.eve is not None and moment.date() + dt.timedelta(days=1) in closed:
        windows.append(week.eve)
    return all(any(start <= second < end for start, end in spans) for spans in windows)


def test_no_call_begins_in_a_closed_hour(run) -> None:
    closed = holidays.country_holidays("IT", years=[2025, 2026, 2027, 2028])
    assert run.scenario.calendar.country == "IT"
    for _, row in run.dialled.iterrows():
        policy = run.policy_of(row)
        moment = row["dialled_at"]
        assert open_at(moment, run.scenario.segments[row["segment"]].windows, closed)
        assert policy.windows is None or open_at(moment, policy.windows, closed)
        if run.agents is not None:
            assert open_at(moment, run.scenario.staff.shifts, closed)


def test_no_call_is_made_before_it_is_due_or_before_the_contact_entered(run) -> None:
    calls = run.dialled
    assert (calls["due_at"] <= calls["dialled_at"]).all()
    assert (calls["due_at"] >= calls["entered_at"]).all()
    if run.agents is None:
        assert (calls["due_at"] == calls["dialled_at"]).all()
    end = run.log.contacts["observed_until"].dt.tz_localize(None).iloc[0]
    assert (calls["dialled_at"] < end).all()


def test_nobody_is_called_before_the_date_they_named(run) -> None:
    calls = run.dialled
    named = calls.groupby("contact_id")["callback_at"].shift()
    promised = named.notna()
    assert promised.any()
    assert (calls.loc[promised, "due_at"] >= named[promised]).all()
    # A date is named exactly in the calls that are logged so, on a later day.
    asked = calls["disposition"] == "callback_requested"
    assert (calls["callback_at"].notna() == asked).all()
    days = calls["callback_at"].dt.normalize() - calls["dialled_at"].dt.normalize()
    assert (days[asked] >= pd.Timedelta(days=1)).all()


def test_a_contact_rests_at_least_as_long_as_the_policy_says(run) -> None:
    working = run.scenario.calendar.working_days(run.scenario.start, 800)
    start = pd.Timestamp(run.scenario.start)
    for _, calls in run.dialled.groupby("contact_id"):
        missed = 0
        for (_, call), (_, after) in zip(
            calls.iloc[:-1].iterrows(), calls.iloc[1:].iterrows(), strict=True
        ):
            policy, ending = run.policy_of(call), call["disposition"]
            missed = missed + 1 if ending == "no_answer" else 0
            if ending == "callback_requested":
                continue
            rest = getattr(policy.rests, ending, None) or policy.interval
            if policy.retries_max is not None and missed > policy.retries_max:
                rest = policy.interval
            if rest.days is not None:
                assert after["due_at"] - call["dialled_at"] >= pd.Timedelta(days=rest.days)
            else:
                before_day = (call["dialled_at"] - start).days
                after_day = (after["due_at"] - start).days
                passed = working.rank[after_day] - working.rank[before_day]
                assert passed >= rest.working_days


@pytest.mark.parametrize(("cap", "days"), [("per_30_days", 30), ("per_year", 365)])
def test_no_stretch_of_time_holds_more_calls_than_its_cap_but_for_promised_ones(
    run, cap, days
) -> None:
    for _, calls in run.dialled.groupby("contact_id"):
        most = getattr(run.policy_of(calls.iloc[0]).caps, cap)
        if most is None:
            continue
        times = calls["dialled_at"].to_numpy()
        promised = calls["callback_at"].shift().notna().to_numpy()
        for place in range(most, len(times)):
            in_time = times[place] - times[place - most] < np.timedelta64(days, "D")
            assert promised[place] or not in_time


def test_the_runs_are_such_that_these_rules_could_be_broken() -> None:
    waits = crowded().dialled
    assert (waits["dialled_at"] - waits["due_at"]).max() > pd.Timedelta(days=2)
    # Every other day at the latest, but for the caps: 4 calls in 30 days bind, and 11 in a year.
    calls = capped().dialled.groupby("contact_id")["dialled_at"]
    assert (calls.nth(3) < pd.Timestamp("2026-02-11")).sum() > 20
    assert calls.diff().max() > pd.Timedelta(days=200)


def test_money_and_cancellations_belong_to_sales(run) -> None:
    rows = run.rows
    sold = rows["disposition"] == "sale"
    assert (rows["value_cents"].notna() == sold).all()
    values = run.log.truth.set_index("contact_id")["sale_value_cents"]
    assert (rows.loc[sold, "value_cents"] == rows.loc[sold, "contact_id"].map(values)).all()
    assert rows.loc[sold, "contact_id"].is_unique
    cancelled = rows[rows["cancelled_at"].notna()]
    assert (cancelled["disposition"] == "sale").all()
    for segment, of_segment in cancelled.groupby("segment"):
        after = of_segment["cancelled_at"] - of_segment["dialled_at"]
        # An hour more, where daylight saving begins or ends between the two.
        longest = pd.Timedelta(days=run.scenario.segments[segment].withdrawal_days, hours=1)
        assert after.between(pd.Timedelta(0), longest).all()
    probability = run.log.truth.set_index("contact_id")["cancel_prob"]
    assert set(probability.dropna().index) == set(rows.loc[sold, "contact_id"])


def test_an_account_that_opted_out_is_never_called_again(run) -> None:
    rows = run.rows
    closed_at = rows[rows["disposition"] == "suppressed"].groupby("account_id")["dialled_at"].min()
    calls = run.dialled
    closed = calls["account_id"].map(closed_at)
    after = closed.notna() & (calls["dialled_at"] > closed)
    assert not after.any()


def test_dead_numbers_and_only_they_meet_a_bad_number(run) -> None:
    dead = run.log.truth.set_index("contact_id")["dead_number"]
    calls = run.dialled
    is_dead = calls["contact_id"].map(dead)
    assert ((calls["disposition"] == "bad_number") == is_dead).all()
