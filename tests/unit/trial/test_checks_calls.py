"""Each trap of a trial's calls is planted in a log without a flaw, and found by its own check."""

import functools
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from made_trial import ARMS, DAYS, POLICIES, START, Tables, made, spoilt

from simkit.calllog import CallLog
from simkit.policy import RecallPolicy
from simkit.recommend.field import failures
from simkit.recommend.verdict import FAILED, rule
from simkit.trial import Checks, check_trial, evaluate


def checked(log: CallLog) -> Checks:
    return check_trial(log, policies=POLICIES, horizon_days=60)


@functools.cache
def after(change: Callable[[Tables], None]) -> Checks:
    return checked(spoilt(change))


def verdicts(found: Checks) -> dict[str, str]:
    return dict(zip(found.table["check"], found.table["verdict"], strict=True))


def test_a_log_without_a_flaw_passes_every_check(flawless: CallLog) -> None:
    found = checked(flawless)
    assert set(verdicts(found).values()) == {"ok"}
    assert found.passed
    assert found.sentence() == f"{len(found.table)} checks, nothing found."
    assert (found.table["advice"] == "").all()
    assert found.sentences() == []


def test_callbacks_minutes_before_the_named_time_are_kept_promises() -> None:
    found = after(callbacks_minutes_early)
    (row,) = found.table[found.table["check"] == "callbacks"].itertuples()
    assert row.verdict == "ok"
    for promised, kept in found.exposure[["promised", "kept"]].itertuples(index=False):
        assert promised == kept > 20
        told = (
            f"({kept:,} of {kept:,} dated ones from an hour before to a day after the named time)"
        )
        assert told in row.found


# Each spoils the flawless tables in place.


def late_start(tables: Tables) -> None:
    """The 14-day arm begins a week later: its first week's contacts enter in the second."""
    people = tables.contacts
    early = (people["arm"] == "14 days") & (people["entered_at"] < START + pd.Timedelta(days=7))
    people.loc[early, "entered_at"] += pd.Timedelta(days=7)
    entered = tables.attempts["contact_id"].map(people.set_index("contact_id")["entered_at"])
    tables.attempts = tables.attempts[tables.attempts["dialled_at"] >= entered]


def phones_in_both_arms(tables: Tables) -> None:
    """Ten people of each arm stand in the other, too, written in another way."""
    people = tables.contacts
    one, other = (people.index[people["arm"] == arm][:10] for arm in ARMS)
    digits = people.loc[one, "phone"].str.removeprefix("+39 ").str.replace(" ", "-")
    people.loc[other, "phone"] = ("0039" + digits).to_numpy()


def followed_until_last_call(tables: Tables) -> None:
    last = tables.attempts.groupby("contact_id")["dialled_at"].max()
    people = tables.contacts
    people["observed_until"] = people["contact_id"].map(last).fillna(people["observed_until"])


def chosen_followed_for_less(tables: Tables) -> None:
    """In both arms alike, 24 of 800 contacts are observed until a day before the horizon."""
    chosen = tables.contacts.groupby("arm").head(12).index
    early = tables.contacts.loc[chosen, "entered_at"] + pd.Timedelta(days=59)
    tables.contacts.loc[chosen, "observed_until"] = early
    cut_calls(tables)


def entered_by_their_calls(tables: Tables) -> None:
    """As an export gives them that knows contacts only by their calls."""
    first = tables.attempts.groupby("contact_id")["dialled_at"].min()
    people = tables.contacts[tables.contacts["contact_id"].isin(first.index)].copy()
    tables.contacts = people.assign(entered_at=people["contact_id"].map(first))


def cut_calls(tables: Tables) -> None:
    until = tables.contacts.set_index("contact_id")["observed_until"]
    known = tables.attempts["dialled_at"] <= tables.attempts["contact_id"].map(until)
    tables.attempts = tables.attempts[known]


def entered_too_late(tables: Tables) -> None:
    late = tables.contacts["contact_id"] < 80
    tables.contacts.loc[late, "entered_at"] = START + pd.Timedelta(days=DAYS - 0.25)
    tables.attempts = tables.attempts[tables.attempts["contact_id"] >= 80]


def agents_short(tables: Tables) -> None:
    """The 7-day arm is called every 14 days, each second call a week late."""
    calls = tables.attempts.sort_values("dialled_at", kind="stable")
    odd = calls.groupby("contact_id").cumcount() % 2 == 1
    calls = calls[~(odd & tables.of("7 days")[calls.index])]
    again = calls.groupby("contact_id").cumcount() > 0
    late = again & tables.of("7 days")[calls.index]
    calls.loc[late, "due_at"] -= pd.Timedelta(days=7)
    tables.attempts = calls


def labels_swapped(tables: Tables) -> None:
    arm = tables.contacts["arm"]
    tables.contacts["arm"] = arm.map({"7 days": "14 days", "14 days": "7 days"})


def callbacks(tables: Tables) -> None:
    """Half of the calls end with a promise, which is not kept."""
    calls = tables.attempts
    asked = np.arange(len(calls)) % 2 == 0
    calls.loc[asked, "disposition"] = "callback_requested"
    calls.loc[asked, "callback_at"] = calls.loc[asked, "dialled_at"] + pd.Timedelta(days=2)


def callbacks_minutes_early(tables: Tables) -> None:
    """Each fifth call ends with a promise, and the next comes 15 minutes before the named time."""
    calls = tables.attempts.sort_values(["contact_id", "dialled_at"])
    following = calls.groupby("contact_id")["dialled_at"].shift(-1)
    asked = following.notna() & (np.arange(len(calls)) % 5 == 0)
    calls.loc[asked, "disposition"] = "callback_requested"
    calls.loc[asked, "callback_at"] = following[asked] + pd.Timedelta(minutes=15)
    tables.attempts = calls


def shared_agents(tables: Tables) -> None:
    tables.attempts["agent_id"] = tables.attempts["agent_id"] % 4
    tables.attempts["due_at"] = pd.NaT


def one_agent_an_arm(tables: Tables) -> None:
    tables.attempts["agent_id"] = tables.of("7 days").astype(int)
    tables.attempts["talk_s"] = 0


def one_arm_of_one_agent(tables: Tables) -> None:
    tables.attempts.loc[tables.of("7 days"), "agent_id"] = 0


def one_agent_and_a_helper(tables: Tables) -> None:
    agents = tables.attempts["agent_id"].to_numpy() // 4 * 4
    helped = np.arange(len(agents)) % 20 == 0
    tables.attempts["agent_id"] = agents + helped


def two_agents_an_arm(tables: Tables) -> None:
    tables.attempts["agent_id"] = tables.attempts["agent_id"] // 2 * 2


def skilled_for_one_arm(tables: Tables) -> None:
    """All eight agents call for both arms, but the first four hardly for the second."""
    calls, other = tables.attempts, tables.of("14 days")
    calls["agent_id"] = np.arange(len(calls)) % 8
    calls.loc[other & (np.arange(len(calls)) % 8 < 3), "agent_id"] += 4


def times_missing_in_one_arm(tables: Tables) -> None:
    few = tables.of("14 days") & (np.arange(len(tables.attempts)) % 25 == 0)
    tables.attempts["ring_s"] = tables.attempts["ring_s"].astype("Int64").mask(few)


def times_nowhere(tables: Tables) -> None:
    for name in ("ring_s", "talk_s"):
        tables.attempts[name] = pd.array([None] * len(tables.attempts), dtype="Int64")


def agents_nowhere(tables: Tables) -> None:
    tables.attempts["agent_id"] = pd.array([None] * len(tables.attempts), dtype="Int64")


def errors_in_one_arm(tables: Tables) -> None:
    few = tables.of("7 days") & (np.arange(len(tables.attempts)) % 25 == 0)
    tables.attempts.loc[few & (tables.attempts["talk_s"] == 0), "disposition"] = "error"


def moved(tables: Tables, rows: np.ndarray, hours: float) -> None:
    for name in ("due_at", "dialled_at"):
        tables.attempts.loc[rows, name] += pd.Timedelta(hours=hours)


def clock_of_another_zone(tables: Tables) -> None:
    """All of one arm's calls six hours later: evenings and nights."""
    moved(tables, tables.of("14 days"), 6)


def utc_as_local(tables: Tables) -> None:
    """Times in UTC, read as local: an hour back in winter, two in summer."""
    moved(tables, np.full(len(tables.attempts), True), -1)
    summer = tables.attempts["dialled_at"] >= START + pd.Timedelta(days=76)
    moved(tables, summer.to_numpy(), -1)


def clock_wrong_for_a_day(tables: Tables) -> None:
    day = (tables.attempts["dialled_at"].dt.normalize() == START + pd.Timedelta(days=44)).to_numpy()
    moved(tables, day, 1)


def dates_without_times(tables: Tables) -> None:
    for name in ("due_at", "dialled_at"):
        tables.attempts[name] = tables.attempts[name].dt.normalize()
    tables.contacts["entered_at"] = tables.contacts["entered_at"].dt.normalize()


def default_date(tables: Tables) -> None:
    few = np.arange(len(tables.attempts)) % 10 == 0
    for name in ("due_at", "dialled_at"):
        tables.attempts.loc[few, name] = START + pd.Timedelta(days=50, hours=12)


def rows_twice(tables: Tables) -> None:
    calls = tables.attempts
    tables.attempts = pd.concat([calls, calls[::20]], ignore_index=True)


def one_login(tables: Tables) -> None:
    tables.attempts.loc[tables.attempts["agent_id"] < 3, "agent_id"] = 0
    tables.attempts.loc[tables.attempts["talk_s"] > 0, "talk_s"] = 900


@pytest.mark.parametrize(
    ("change", "check", "verdict"),
    [
        (late_start, "arms over time of entry", "fail"),
        (phones_in_both_arms, "people by phone", "warning"),
        (followed_until_last_call, "end of follow-up", "fail"),
        (chosen_followed_for_less, "follow-up of those who entered together", "fail"),
        (entered_too_late, "entered after the last call", "warning"),
        (agents_short, "delivered interval", "warning"),
        (agents_short, "dose of the arms", "warning"),
        (agents_short, "gaps of another arm", "warning"),
        (agents_short, "waiting for an agent", "warning"),
        (labels_swapped, "gaps of another arm", "fail"),
        (callbacks, "callbacks", "warning"),
        (shared_agents, "load on shared agents", "warning"),
        (one_agent_an_arm, "agents and arms", "fail"),
        (one_arm_of_one_agent, "agents and arms", "fail"),
        (one_agent_and_a_helper, "agents and arms", "fail"),
        (two_agents_an_arm, "agents and arms", "warning"),
        (skilled_for_one_arm, "agents and arms", "warning"),
        (times_missing_in_one_arm, "agents and times recorded", "warning"),
        (times_nowhere, "agents and times recorded", "warning"),
        (agents_nowhere, "agents and times recorded", "warning"),
        (errors_in_one_arm, "technical errors", "warning"),
        (clock_of_another_zone, "hours of the dials", "warning"),
        (utc_as_local, "clock jumps", "warning"),
        (clock_wrong_for_a_day, "clock jumps", "warning"),
        (dates_without_times, "moments that repeat", "warning"),
        (default_date, "moments that repeat", "warning"),
        (rows_twice, "order of the dials", "warning"),
        (one_login, "agents in two talks at once", "warning"),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_a_planted_flaw_is_found(
    change: Callable[[Tables], None], check: str, verdict: str
) -> None:
    found = after(change)
    row = found.table.set_index("check").loc[check]
    assert row["verdict"] == verdict
    assert row["advice"]
    assert found.table["verdict"].iloc[0] != "ok"  # the worst stands first
    assert any(text.startswith(check) for text in found.sentences())
    assert found.passed == (verdict != "fail")
    assert found.sentence().startswith("Do not act") == (verdict == "fail")


@pytest.mark.parametrize(
    ("change", "also"),
    [
        (phones_in_both_arms, set()),
        (one_agent_an_arm, set()),
        (skilled_for_one_arm, set()),
        (shared_agents, set()),
        (times_missing_in_one_arm, set()),
        (clock_wrong_for_a_day, set()),
        (utc_as_local, set()),
        (late_start, {"sample ratio among first calls"}),
        (labels_swapped, {"delivered interval"}),
        # Half of the calls are missing, so the agents' load is only half as apart.
        (agents_short, {"dose of the arms", "gaps of another arm", "waiting for an agent"}),
    ],
    ids=lambda value: getattr(value, "__name__", "also"),
)
def test_a_planted_flaw_raises_no_other_alarm(
    change: Callable[[Tables], None], also: set[str]
) -> None:
    told = {name for name, verdict in verdicts(after(change)).items() if verdict != "ok"}
    assert len(told - also) == 1


def test_contacts_that_entered_by_their_calls_are_told() -> None:
    row = after(entered_by_their_calls).table.set_index("check").loc["entry before the first call"]
    assert row["verdict"] == "warning"
    assert "contacts assigned and never called are not there" in row["meaning"]


def test_what_net_value_leaves_out_is_said_where_no_dial_holds_its_time() -> None:
    def meaning(change: Callable[[Tables], None]) -> str:
        rows = after(change).table.set_index("check")
        return str(rows.loc["agents and times recorded", "meaning"])

    times, agents = meaning(times_nowhere), meaning(agents_nowhere)
    assert "leaves out the agents' time for ringing and talk, which counts as 0" in times
    assert "who called" not in times
    assert "who called is not known" in agents
    assert "net value" not in agents


def test_swapped_labels_are_told_in_the_sentence_of_the_result() -> None:
    log = spoilt(labels_swapped)
    found = evaluate(log, control="14 days", horizon_days=60, policies=POLICIES)
    assert not found.trustworthy
    assert "7 days and 14 days each called at the interval of another" in found.sentence()
    assert "the labels of the arms may be swapped" in found.sentence()


def test_an_arm_of_one_agent_is_not_adopted_and_the_reason_is_told() -> None:
    log = spoilt(one_arm_of_one_agent)
    found = evaluate(log, control="14 days", horizon_days=60, outcomes=["sale"])
    assert not found.trustworthy
    assert "one agent (or login) made nearly all calls in 7 days" in found.sentence()
    reasons = failures(found, "b2c")
    assert len(reasons) == 1
    assert "skill cannot be told from the effect of the arm" in reasons[0].meaning
    assert rule((), 1.0, reasons).verdict == FAILED


@pytest.mark.parametrize("shift", [1, 2])
def test_labels_swapped_in_a_ring_are_found_beside_an_arm_of_much_the_same_interval(
    shift: int,
) -> None:
    # Four arms of which three exchange labels; the fourth is called almost as one of them.
    days = {"3 days": 3, "10 days": 10, "30 days": 30, "31 days": 31}
    ring = ["3 days", "10 days", "30 days"]
    tables = made()
    tables.contacts["arm"] = np.array(list(days))[tables.contacts["contact_id"] % 4]
    calls = []
    for arm, gap in days.items():
        who = tables.contacts.loc[tables.contacts["arm"] == arm, "contact_id"].to_numpy()
        for day in range(0, DAYS - 1, gap):
            when = START + pd.Timedelta(days=day, hours=10)
            made_then = {"contact_id": who, "dialled_at": when, "due_at": when}
            calls.append(tables.attempts.iloc[: len(who)].assign(**made_then))
    tables.attempts = pd.concat(calls, ignore_index=True)
    tables.contacts["entered_at"] = START
    policies = {"b2c": {arm: RecallPolicy.every(days=gap) for arm, gap in days.items()}}

    def crossing(log: CallLog) -> pd.Series:
        found = check_trial(log, policies=policies).table.set_index("check")
        return found.loc["gaps of another arm"]

    assert crossing(tables.log())["verdict"] == "ok"
    moved = {arm: ring[(place + shift) % 3] for place, arm in enumerate(ring)}
    tables.contacts["arm"] = tables.contacts["arm"].replace(moved)
    found = crossing(tables.log())
    assert found["verdict"] == "fail"
    assert all(arm in found["meaning"] for arm in ring)
    assert "31 days" not in found["meaning"]


def test_a_jump_when_clocks_change_is_called_what_it_is() -> None:
    found = after(utc_as_local).table.set_index("check").loc["clock jumps"]
    # The first day of calls after Sunday 29 March; one jump, not one a day.
    assert found["found"] == "2026-03-30 −1 h (clocks had changed)"
    assert "UTC" in found["meaning"]
    wrong = after(clock_wrong_for_a_day).table.set_index("check").loc["clock jumps"]
    assert wrong["found"] == "2026-02-25 +1 h"


@pytest.mark.parametrize(
    ("until", "verdict", "says"),
    [
        # The calendar: so many days after the entry, the hour of it included; and past the horizon.
        ({}, "ok", "0 of 800 contacts"),
        ({"each": 70}, "ok", "0 of 800 contacts"),
        ({"few": 61}, "ok", "8 of 800 contacts"),
        # Few lose the horizon; more; a few of one arm only.
        ({"few": 59}, "warning", "8 of them not to the horizon"),
        ({"alike": 59}, "fail", "24 of them not to the horizon"),
        ({"one arm": 59}, "fail", "14 of them not to the horizon (7 days 3.5 %, 14 days 0 %)"),
    ],
)
def test_follow_up_that_ends_sooner_for_some_who_entered_together_is_told(
    until: dict[str, int], verdict: str, says: str
) -> None:
    tables = made()
    people = tables.contacts
    hour = pd.to_timedelta(people["contact_id"] % 24, unit="h")
    people["entered_at"] += hour
    first = people.groupby("arm").cumcount()
    whom = {
        "each": first >= 0,
        "few": first < 4,
        "alike": first < 12,
        "one arm": (first < 14) & (people["arm"] == "7 days"),
    }
    for name, days in until.items():
        ends = people["entered_at"] + pd.Timedelta(days=days)
        people["observed_until"] = people["observed_until"].where(~whom[name], ends)
    before = tables.attempts["dialled_at"] < tables.attempts["contact_id"].map(
        people.set_index("contact_id")["entered_at"]
    )
    tables.attempts = tables.attempts[~before]
    cut_calls(tables)
    found = evaluate(tables.log(), control="14 days", horizon_days=60)
    row = found.checks.set_index("check").loc["follow-up of those who entered together"]
    assert row["verdict"] == verdict
    assert says in row["found"]
    assert found.trustworthy == (verdict != "fail")
    assert ("chooses who is left out" in found.sentence()) == (verdict == "fail")


def test_evaluate_shows_the_checks_of_its_log_and_what_to_do() -> None:
    log = spoilt(shared_agents)
    found = evaluate(log, control="7 days", horizon_days=60, policies=POLICIES)
    rows = found.checks.set_index("check")
    assert rows.loc["load on shared agents", "verdict"] == "warning"
    told = [text for text in found.warnings if text.startswith("load on shared agents")]
    assert len(told) == 1
    assert "4 of 4 agents called for more than one arm" in told[0]
    assert f"what to do: {rows.loc['load on shared agents', 'advice']}" in told[0]
    shown = found._repr_html_()
    assert shown.index("load on shared agents") < shown.index("sample ratio")
    assert list(found.balance.columns)[:4] == ["segment", "arm", "control", "covariate"]
