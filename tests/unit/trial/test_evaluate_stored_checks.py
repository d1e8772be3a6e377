"""What a log on disk tells of how its trial was run, without its calls being read again."""

import numpy as np
import pandas as pd
import pytest
from made_trial import POLICIES, START, made

from simkit.calllog import CallLog
from simkit.calllog.stored import open_call_log
from simkit.engine import simulate
from simkit.errors import InputError
from simkit.policy import RecallPolicy
from simkit.scenario import load_scenario
from simkit.trial import evaluate

ARMS = {
    segment: {"current": RecallPolicy.every(days=7), "long": RecallPolicy.every(days=21)}
    for segment in ("b2c", "b2b")
}
SWAPPED = {
    segment: dict(zip(arms, reversed(arms.values()), strict=True)) for segment, arms in ARMS.items()
}
SHARED = (
    "arms over time of entry",
    "arm as assigned",
    "follow-up of those who entered together",
)


@pytest.fixture(scope="module")
def trial():
    return simulate(load_scenario("trial"), ARMS, contacts=400, days=110, seed=5)


def on_disk(log, folder, **settings):
    return evaluate(open_call_log(log.write(folder)), control="current", **settings)


def rows(found, name):
    return found.checks[found.checks["check"] == name].reset_index(drop=True)


def changed(log, change):
    contacts = log.contacts.copy()
    change(contacts)
    return CallLog(log.header, contacts, log.attempts, log.truth)


def moved(contacts):
    """One contact changes its arm."""
    contacts.loc[3, "arm"] = "long" if contacts.loc[3, "arm"] == "current" else "current"


def bared(contacts):
    """One contact loses its arm."""
    contacts.loc[3, "arm"] = None


def closed(contacts):
    """A tenth of an arm is followed until a week before the horizon only."""
    of_arm = contacts.index[contacts["arm"] == "long"]
    ended = of_arm[np.random.default_rng(1).random(len(of_arm)) < 0.1]
    early = contacts["entered_at"] + pd.Timedelta(days=60)
    contacts.loc[ended, "observed_until"] = early[ended].clip(upper=contacts["observed_until"])


@pytest.mark.parametrize(
    ("change", "fails"),
    [
        (lambda contacts: None, ()),
        (moved, ("arm as assigned",)),
        (bared, ("arm as assigned",)),
        (closed, ("follow-up of those who entered together",)),
    ],
    ids=["as it was", "moved", "without an arm", "closed early"],
)
def test_contacts_are_checked_as_in_memory(trial, tmp_path, change, fails):
    assigned = dict(zip(trial.contacts["contact_id"], trial.contacts["arm"], strict=True))
    log = changed(trial, change)
    if change is closed:  # nobody is called after the end
        ends = log.contacts.set_index("contact_id")["observed_until"]
        until = ends.reindex(log.attempts["contact_id"]).to_numpy()
        kept = log.attempts[log.attempts["dialled_at"] <= until].reset_index(drop=True)
        log = CallLog(log.header, log.contacts, kept, log.truth)
    given = {"assigned": assigned, "horizon_days": 80}
    memory = evaluate(log, control="current", **given)
    found = on_disk(log, tmp_path / "log", **given)
    for name in SHARED:
        pd.testing.assert_frame_equal(rows(found, name), rows(memory, name))
        assert len(rows(found, name))
        assert ("fail" in set(rows(found, name)["verdict"])) == (name in fails)


def test_those_who_entered_in_one_week_need_not_be_read_again(trial, tmp_path, monkeypatch):
    def one_week(contacts):
        monday = pd.Timestamp("2026-01-05 08:00", tz="Europe/Rome")
        contacts["entered_at"] = monday + pd.to_timedelta(contacts.index % 5, unit="D")
        contacts["entered_at"] = contacts["entered_at"].dt.as_unit("us")
        contacts["observed_until"] = contacts["observed_until"].max()

    log = changed(trial, one_week)
    first = log.contacts.set_index("contact_id")["entered_at"].reindex(log.attempts["contact_id"])
    late = log.attempts["dialled_at"].to_numpy() >= first.to_numpy()
    calls = log.attempts[late].reset_index(drop=True)
    calls["attempt_no"] = (calls.groupby("contact_id").cumcount() + 1).astype("int32")
    log = CallLog(log.header, log.contacts, calls, log.truth)
    memory = evaluate(log, control="current")
    monkeypatch.setattr("simkit.trial.checks.stored_checks._contacts", None)
    found = on_disk(log, tmp_path / "log")
    for name in set(SHARED) - {"arm as assigned"}:
        pd.testing.assert_frame_equal(rows(found, name), rows(memory, name))
        assert len(rows(found, name))


def test_labels_that_were_swapped_fail(trial, tmp_path):
    right = on_disk(trial, tmp_path / "log", policies=ARMS)
    assert set(rows(right, "gaps of another arm")["verdict"]) == {"ok"}
    wrong = on_disk(trial, tmp_path / "log", policies=SWAPPED)
    told = rows(wrong, "gaps of another arm")
    assert set(told["verdict"]) == {"fail"}
    assert "labels of the arms may be swapped" in told["meaning"][0]
    assert wrong.table["reason"].str.contains("a check failed").all()


def test_all_that_is_wrong_with_what_was_said_comes_at_once(trial, tmp_path):
    policies = {"b2c": {"short": RecallPolicy.every(days=7)}}
    with pytest.raises(InputError) as raised:
        on_disk(trial, tmp_path / "log", policies=policies, assigned={}, person=["telephone"])
    told = str(raised.value)
    assert all(text in told for text in ("policies.b2c.short", "assigned", "person"))


def every(delivered, intended, *, due=True, mixed=0.0):
    """Two arms that call every so many days, in the order of their intended intervals.

    Without due dates nobody knows what waited; a mixed part of the long arm is called as the short.
    """
    days = dict(zip(("short", "long"), delivered, strict=True))
    tables = made(contacts=200)
    tables.contacts["arm"] = np.where(tables.contacts["contact_id"] % 2 > 0, "short", "long")
    tables.contacts["entered_at"] = START
    calls = []
    of = {arm: tables.contacts.loc[tables.contacts["arm"] == arm, "contact_id"] for arm in days}
    few = round(mixed * len(of["long"]))
    groups = [(of["short"], days["short"]), (of["long"][few:], days["long"])]
    for who, gap in [*groups, (of["long"][:few], days["short"])]:
        for day in range(0, 40, gap):
            when = START + pd.Timedelta(days=day, hours=10)
            then = {"dialled_at": when, "due_at": when if due else pd.NaT}
            made_then = {"contact_id": who.to_numpy(), **then}
            calls.append(tables.attempts.iloc[: len(who)].assign(**made_then))
    tables.attempts = pd.concat(calls, ignore_index=True)
    policies = [RecallPolicy.every(days=gap) for gap in intended]
    return tables.log(), {"b2c": dict(zip(("short", "long"), policies, strict=True))}


@pytest.mark.parametrize("stored", [False, True], ids=["in memory", "on disk"])
@pytest.mark.parametrize(
    ("delivered", "intended", "verdict"),
    [
        ((1, 2), (1, 2), "ok"),
        ((2, 1), (1, 2), "fail"),
        ((8, 7), (7, 8), "fail"),
        ((3, 2), (1, 2), "ok"),  # the short arm could not keep up; no rule calls before its time
        ((2, 2), (1, 2), "ok"),
    ],
)
def test_labels_of_close_intervals_are_told_apart_by_the_medians(
    tmp_path, stored, delivered, intended, verdict
):
    log, policies = every(delivered, intended)
    data = open_call_log(log.write(tmp_path / "log")) if stored else log
    given = {"control": "long", "outcomes": ["attempts"], "horizon_days": 30}
    found = evaluate(data, policies=policies, **given)
    told = rows(found, "gaps of another arm")
    assert (told["verdict"] == "fail").any() == (verdict == "fail")
    assert len(told)


@pytest.mark.parametrize("stored", [False, True], ids=["in memory", "on disk"])
@pytest.mark.parametrize(
    ("delivered", "changes", "verdict", "meaning"),
    [
        ((7, 14), {}, "ok", "arms followed their own interval"),
        ((8, 15), {}, "ok", "arms followed their own interval"),  # a day late, as after a Sunday
        ((7, 7), {}, "fail", "long called as short was to call (100 % of its gaps"),
        ((14, 14), {"due": False}, "fail", "short called as long was to call (100 % of its gaps"),
        # Four in ten of its contacts have two in three of its gaps.
        ((7, 14), {"mixed": 0.4}, "warning", "long often called at another arm's interval"),
    ],
)
def test_an_arm_that_called_as_another_is_told_alike_in_memory_and_on_disk(
    tmp_path, stored, delivered, changes, verdict, meaning
):
    log, policies = every(delivered, (7, 14), **changes)
    data = open_call_log(log.write(tmp_path / "log")) if stored else log
    given = {"control": "long", "outcomes": ["attempts"], "horizon_days": 30}
    told = rows(evaluate(data, policies=policies, **given), "gaps of another arm")
    assert list(told["verdict"]) == [verdict]
    assert told["meaning"][0].startswith(meaning)


def test_an_arm_that_called_later_may_have_waited_which_a_log_on_disk_does_not_tell(tmp_path):
    log, policies = every((14, 14), (7, 14))
    stored = open_call_log(log.write(tmp_path / "log"))
    given = {"control": "long", "outcomes": ["attempts"], "horizon_days": 30}
    told = rows(evaluate(stored, policies=policies, **given), "gaps of another arm")
    assert list(told["verdict"]) == ["warning"]


def test_callbacks_and_weekends_are_no_gaps_of_another_arm_on_disk(tmp_path):
    stored = open_call_log(made().log().write(tmp_path / "log"))
    given = {"control": "14 days", "outcomes": ["attempts"], "horizon_days": 60}
    told = rows(evaluate(stored, policies=POLICIES, **given), "gaps of another arm")
    assert list(told["verdict"]) == ["ok"]


def test_an_arm_that_did_not_deliver_its_interval_is_told_on_disk(tmp_path):
    log, policies = every((14, 14), (7, 14))
    found = evaluate(
        open_call_log(log.write(tmp_path / "log")),
        control="long",
        outcomes=["attempts"],
        horizon_days=30,
        policies=policies,
    )
    told = rows(found, "delivered interval")
    assert list(told["verdict"]) == ["warning"]
    assert "short 14.0 days (7.0 intended)" in told["found"][0]
    assert told["meaning"][0].startswith("short did not call as often as intended")
    assert "longer than intended, calls may be missing from the log" in told["advice"][0]
