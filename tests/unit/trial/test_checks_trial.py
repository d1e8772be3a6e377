"""What the checks of a trial take and tell: days, assignments, doses, and never an outcome."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from made_trial import ARMS, POLICIES, START

from simkit.calllog import CallLog
from simkit.calllog.cut import cut, moment_of, only
from simkit.calllog.stored import open_call_log
from simkit.engine import simulate
from simkit.errors import InputError
from simkit.policy import RecallPolicy
from simkit.scenario import load_scenario
from simkit.trial import check_trial, evaluate
from simkit.trial.checks.swapped import swapped_numbers
from simkit.trial.design import TrialDesign


def test_a_running_trial_is_checked_as_it_stood_on_a_day(flawless: CallLog) -> None:
    zone = flawless.header.timezone
    day = (START + pd.Timedelta(days=30)).date()
    then = cut(flawless, moment_of(day, zone))
    seen = check_trial(flawless, policies=POLICIES, as_of=day)
    pd.testing.assert_frame_equal(seen.table, check_trial(then, policies=POLICIES).table)
    assert seen.gaps["gaps"].sum() < check_trial(flawless, policies=POLICIES).gaps["gaps"].sum()
    with pytest.raises(InputError, match="check_trial: as_of == 'soon', must be a date"):
        check_trial(flawless, as_of="soon")
    with pytest.raises(InputError, match="2000-01-01', must be after the first contact entered"):
        check_trial(flawless, as_of="2000-01-01")


def test_newest_contacts_of_an_arm_with_a_longer_interval_are_not_missed_yet() -> None:
    arms = {"b2c": {"1 wd": RecallPolicy.every(working_days=1)}}
    arms["b2c"]["15 wd"] = RecallPolicy.every(working_days=15)
    world = load_scenario("b2c").vary("b2c.entry_spread_days", 84.0, source="test")
    log = simulate(world, arms, contacts=3000, days=100, seed=3)
    found = check_trial(log, policies=arms, as_of=START + pd.Timedelta(days=42))
    row = found.table.set_index("check").loc["sample ratio among first calls"]
    assert row["verdict"] == "ok"
    assert row["found"].endswith("contacts came too late to be called by now")
    # An arm that leaves out old contacts is found all the same.
    known = log.contacts.set_index("contact_id")["arm"]
    lazy = log.attempts["contact_id"].map(known).eq("15 wd") & (log.attempts["contact_id"] % 3 == 0)
    rest = CallLog(log.header, log.contacts, log.attempts[~lazy].reset_index(drop=True))
    found = check_trial(rest, policies=arms, as_of=START + pd.Timedelta(days=90))
    assert "sample ratio among first calls" in found.sentence()


def test_who_was_moved_between_arms_is_counted(flawless: CallLog) -> None:
    people = flawless.contacts
    drawn = dict(zip(people["contact_id"], people["arm"], strict=True))
    same = check_trial(flawless, assigned={str(key): arm for key, arm in drawn.items()})
    assert same.table.set_index("check")["verdict"]["arm as assigned"] == "ok"
    swapped = {**drawn, 3: next(arm for arm in ARMS if arm != drawn[3])}
    one = check_trial(flawless, assigned=swapped).table.set_index("check").loc["arm as assigned"]
    assert one["verdict"] == "fail"
    assert one["found"].startswith("1 of 800 contacts in another arm than assigned (1 of ")
    many = dict.fromkeys(drawn, "7 days")
    assert not check_trial(flawless, assigned=many).passed
    lost = check_trial(flawless, assigned={**drawn, **dict.fromkeys(range(900, 950), "7 days")})
    row = lost.table.set_index("check").loc["arm as assigned"]
    assert (row["verdict"], "50 assigned but not in the log" in row["found"]) == ("fail", True)


def test_what_was_delivered_is_counted_by_hand(call_log: Callable[..., CallLog]) -> None:
    """Three dials a contact: 7 and 8 days apart in a, 7 and 14 in b; the last is a callback's."""
    people = [{"contact_id": n, "arm": "ab"[n % 2], "observed_until": 80} for n in range(40)]
    calls = []
    for n in range(40):
        third = 7.5 + (8 if n % 2 == 0 else 14)
        ends = ("no_answer", "callback_requested" if n == 0 else "no_answer", "no_answer")
        for day, end in zip((0.5, 7.5, third), ends, strict=True):
            calls.append(
                {
                    "contact_id": n,
                    "dialled_at": day,
                    "agent_id": n % 2,
                    "disposition": end,
                    "talk_s": 30,
                    "ring_s": 20,
                    "wrap_s": 10,
                }
            )
    weekly = {"b2c": {arm: RecallPolicy.every(days=7) for arm in "ab"}}
    found = check_trial(call_log(people, calls), policies=weekly)
    a, b = (found.exposure.set_index("arm").loc[arm] for arm in "ab")
    assert (a["dials"], a["gaps"], b["gaps"]) == (60, 39, 40)
    assert a["callbacks"] == pytest.approx(1 / 40)
    # 7 days from a Monday fit; so do 8, one working day later; 14 are a week of them.
    assert (a["as_intended"], b["as_intended"]) == (1.0, 0.5)
    assert (a["delivered_days"], b["q90"]) == (7, 14)
    assert a["agent_min_per_contact"] == pytest.approx(3.0)
    assert a["of_agent_time"] == pytest.approx(0.5)
    gaps = found.gaps.loc[found.gaps["arm"] == "a", ["days", "gaps"]]
    assert gaps.to_numpy().tolist() == [[7, 20], [8, 19]]


def test_intended_intervals_follow_the_weekends(flawless: CallLog) -> None:
    """5 working days are 7 days by the calendar."""
    working = RecallPolicy.every(working_days=5)
    named = {"b2c": {"7 days": working, "14 days": POLICIES["b2c"]["14 days"]}}
    found = check_trial(flawless, policies=named).exposure.set_index("arm")
    assert found["intended_days"].to_dict() == {"7 days": 7.0, "14 days": 14.0}
    assert (found["as_intended"] == 1).all()


def test_a_trial_without_calls_is_not_called_sound(call_log: Callable[..., CallLog]) -> None:
    found = check_trial(call_log([{"contact_id": n, "arm": "ab"[n % 2]} for n in range(40)], []))
    assert found.table.set_index("check")["verdict"]["calls"] == "fail"
    assert "Do not act on results of this trial: the log holds no call" in found.sentence()


@pytest.mark.parametrize("which", ["all", "assignment"])
@pytest.mark.parametrize("on_disk", [False, True])
def test_a_log_without_calls_may_not_be_acted_on_whatever_is_checked(
    which: Any, on_disk: bool, flawless: CallLog, tmp_path: Path
) -> None:
    assert flawless.attempts is not None
    silent = replace(flawless, attempts=flawless.attempts.iloc[:0])
    log = open_call_log(silent.write(tmp_path / "log")) if on_disk else silent
    found = evaluate(log, control="14 days", horizon_days=60, checks=which)
    assert not found.trustworthy
    assert "the log holds no call of the trial" in found.sentence()


@pytest.mark.parametrize(("which", "on_disk"), [("assignment", False), ("all", True)])
def test_the_sentence_says_that_calls_were_not_checked(
    which: Any, on_disk: bool, flawless: CallLog, tmp_path: Path
) -> None:
    asked: dict[str, Any] = {"control": "14 days", "horizon_days": 60, "outcomes": ["sale"]}
    log = open_call_log(flawless.write(tmp_path / "log")) if on_disk else flawless
    found = evaluate(log, checks=which, **asked)
    assert found.trustworthy
    assert "The calls were not checked" in found.sentence()
    assert "not checked" not in evaluate(flawless, **asked).sentence()


def test_telephones_tell_persons_apart_and_are_not_averaged(flawless: CallLog) -> None:
    numbers = np.arange(len(flawless.contacts))
    contacts = flawless.contacts.assign(telefono=39333000000 + numbers, age=numbers % 50)
    log = replace(flawless, contacts=contacts)
    found = check_trial(log, policies=POLICIES)
    assert set(found.balance["covariate"]) == {"age"}
    rows = found.table.set_index("check")
    assert rows.loc["people by telefono", "verdict"] == "ok"
    assert rows.loc[["balance of covariates"], "found"].str.endswith(": age").all()
    read = evaluate(log, control="7 days", horizon_days=42).checks
    balance = read.loc[read["check"] == "balance of covariates", "found"]
    assert balance.str.endswith(": age").all()
    # Who names it is taken at their word.
    named = check_trial(log, policies=POLICIES, covariates=["telefono"])
    assert set(named.balance["covariate"]) == {"telefono"}


def test_an_account_in_two_spellings_fails_a_running_trial_as_it_is_refused_at_the_end(
    flawless: CallLog,
) -> None:
    names = pd.Series([f"Rossi {number // 2} S.p.A." for number in range(len(flawless.contacts))])
    spelt = names.where(names.index != 7, names.str.upper())
    tables = (flawless.contacts.assign(account_id=one.to_numpy()) for one in (names, spelt))
    sound, broken = (
        check_trial(replace(flawless, contacts=table)).table.set_index("check") for table in tables
    )
    assert "accounts in two spellings" not in sound.index
    row = broken.loc["accounts in two spellings"]
    assert row["verdict"] == "fail"
    assert "ROSSI 3 S.P.A." in row["found"]
    assert "Rossi 3 S.p.A." in row["found"]


def test_checks_look_at_no_outcome(flawless: CallLog) -> None:
    """Whatever is sold, the checks are the same: nothing is peeked at."""
    assert flawless.attempts is not None
    last = ~flawless.attempts["contact_id"].duplicated(keep="last")
    bought = last & (flawless.attempts.index % 2 == 1)
    ends = flawless.attempts["disposition"].mask(bought, "sale")
    sold = flawless.attempts.assign(disposition=ends)
    other = check_trial(CallLog(flawless.header, flawless.contacts, sold))
    pd.testing.assert_frame_equal(other.table, check_trial(flawless).table)


def test_everything_wrong_with_the_arguments_is_said_at_once(flawless: CallLog) -> None:
    with pytest.raises(InputError) as caught:
        check_trial(flawless, person="phone", strata=["town"], assigned={}, horizon_days=0)
    assert {problem.field for problem in caught.value.problems} == {
        "person",
        "strata",
        "assigned",
        "horizon_days",
    }
    policies = {"b2b": {}, "b2c": {"7 days": "weekly", "daily": POLICIES["b2c"]["7 days"]}}
    with pytest.raises(InputError) as caught:
        check_trial(flawless, policies=policies, expected_shares={"7 days": 1})
    assert {problem.field for problem in caught.value.problems} == {
        "policies",
        "policies.b2c.7 days",
        "policies.b2c.daily",
        "expected_shares",
    }
    table = pd.DataFrame({"arm": ["a", "a", "b", "b"], "sale": [0, 1, 0, 1]})
    wrong = {"policies": {}, "assigned": {1: "a"}, "person": ["x"]}
    with pytest.raises(InputError) as caught:
        evaluate(table, outcomes=["sale"], control="a", **wrong)
    assert {problem.field for problem in caught.value.problems} == set(wrong)


def _registered(log: CallLog, numbers: dict[str, int], horizon_days: float) -> TrialDesign:
    segments = [str(name) for name in log.contacts["segment"].unique()]
    return TrialDesign(
        name="counted",
        arms={name: POLICIES[name] for name in segments},
        control={name: next(iter(POLICIES[name])) for name in segments},
        salt="s",
        horizon_days=horizon_days,
        contacts=numbers,
    )


def test_contacts_that_came_are_held_against_those_planned(flawless: CallLog) -> None:
    came = flawless.contacts["segment"].value_counts().to_dict()
    (segment,) = came
    last, until = flawless.contacts["entered_at"].max(), flawless.contacts["observed_until"].max()
    followed = (until - last).total_seconds() / 86400
    short, long = followed / 2, followed + 1

    def row(planned: int, horizon_days: float) -> Any:
        design = _registered(flawless, {segment: planned}, horizon_days)
        found = check_trial(flawless, design=design)
        return found, found.table.set_index("check").loc["planned contacts"]

    number = came[segment]
    few = round(number / 0.6)
    _, alike = row(number, short)
    assert alike["verdict"] == "ok"
    found, missing = row(few, short)
    assert missing["verdict"] == "warning"
    assert missing["found"] == f"{number:,} of {few:,} planned contacts have come"
    assert any(text.startswith(f"planned contacts, {segment}") for text in found.sentences())
    assert "taken out of the log" in missing["meaning"]
    # The assignment lifts that doubt where all whom it holds are there, and only then.
    arms = dict(zip(flawless.contacts["contact_id"], flawless.contacts["arm"], strict=True))
    design = _registered(flawless, {segment: few}, short)
    for assigned, doubted in ((arms, False), ({**arms, "lost": next(iter(arms.values()))}, True)):
        table = check_trial(flawless, design=design, assigned=assigned).table
        of_all = table.set_index("check").loc["planned contacts"]
        assert of_all["verdict"] == "warning"
        assert ("taken out of the log" in of_all["meaning"]) == doubted
        assert ("see the check 'arm as assigned'" in of_all["advice"]) == doubted
        assert "--assigned" not in of_all["advice"]  # it was given
        assert ("fewer contacts have been assigned than" in of_all["meaning"]) != doubted
        read = evaluate(flawless, design=design.replace(primary="sale"), assigned=assigned)
        planned = read.checks["found"].str.contains("planned contacts followed")
        (told,) = read.checks.loc[planned, "meaning"]
        assert ("contacts were removed" in told) == doubted
    # While the last to enter are followed more may come: that is told, and is no warning.
    found, waiting = row(few, long)
    assert waiting["verdict"] == "ok"
    assert f"so far in {segment} {missing['found']}" in found.sentence()
    for horizon_days in (short, long):
        assert row(round(0.8 * number), horizon_days)[1]["verdict"] == "warning"
    assert "planned contacts" not in set(check_trial(flawless, policies=POLICIES).table["check"])


def test_a_trial_whose_second_segment_has_not_begun_is_checked(flawless: CallLog) -> None:
    (segment,) = flawless.contacts["segment"].unique()
    number = len(flawless.contacts)
    one = _registered(flawless, {segment: number}, 10.0)
    arms = one.arms[segment]
    both = one.replace(
        arms={segment: arms, "later": arms},
        control={segment: one.control[segment], "later": one.control[segment]},
        contacts={segment: number, "later": 300},
    )
    found = check_trial(flawless, design=both)
    row = found.table.set_index(["check", "segment"]).loc[("planned contacts", "later")]
    assert (row["verdict"], row["found"]) == ("ok", "0 of 300 planned contacts have come")
    assert "it has not begun" in row["meaning"]
    assert "so far in later 0 of 300 planned contacts have come" in found.sentence()
    # A segment under a name that was not registered does not pass for one that has not begun.
    renamed = one.replace(
        arms={"other": arms}, control={"other": one.control[segment]}, contacts={}
    )
    with pytest.raises(InputError, match=r"design\.arms == 'other', must name a segment"):
        check_trial(flawless, design=renamed, control=one.control[segment])


def test_numbers_the_wrong_way_round_in_a_design_are_seen() -> None:
    swapped = {"b2c": (1200, 1800), "b2b": (1800, 1200)}
    assert "numbers of b2c and b2b the wrong way round" in swapped_numbers(swapped)
    for fine in ({"b2c": (1200, 1200), "b2b": (1800, 1200)}, {"b2c": (1200, 1800)}):
        assert swapped_numbers(fine) == ""


def staggered(first: int, second: int) -> CallLog:
    """Households and companies of a running trial: so many companies have come in each arm."""
    arms = {
        name: {f"{days} days": RecallPolicy.every(days=days) for days in (7, 14)}
        for name in ("b2c", "b2b")
    }
    log = simulate(load_scenario("trial"), arms, contacts=400, agents=None, days=60, seed=2)
    people, by = log.contacts, log.contacts["segment"] == "b2b"
    alone = people[by].drop_duplicates("account_id")
    kept = [
        alone[alone["arm"] == f"{days} days"].index[:n] for days, n in ((7, first), (14, second))
    ]
    return only(log, ~by | people.index.isin(kept[0].append(kept[1])))


RUNNING = TrialDesign(
    name="autumn",
    arms={
        name: {f"{days} days": RecallPolicy.every(days=days) for days in (7, 14)}
        for name in ("b2c", "b2b")
    },
    control={"b2c": "7 days", "b2b": "7 days"},
    salt="s",
    horizon_days=50.0,
    contacts={"b2c": 240, "b2b": 160},
)


@pytest.mark.parametrize(
    ("first", "second", "verdict", "found"),
    [
        # One arm has none of n accounts with .5^n: of 5 it is .03, of 12 it is 2e-4.
        (5, 0, "warning", "only one arm has entered so far: 7 days 5, 14 days 0"),
        (12, 0, "fail", "only one arm has entered so far: 7 days 12, 14 days 0"),
        # At most 1 of 6: 7 · .5^6 = .11.
        (5, 1, "warning", "contacts so far: 7 days 5, 14 days 1"),
    ],
)
def test_a_segment_that_has_only_begun_is_told_and_the_rest_is_checked(
    first: int, second: int, verdict: str, found: str
) -> None:
    log = staggered(first, second)
    seen = check_trial(log, design=RUNNING).table
    row = seen[seen["check"] == "arms so far"].squeeze()
    assert (row["segment"], row["verdict"], row["found"]) == ("b2b", verdict, found)
    alone = check_trial(
        only(log, log.contacts["segment"] == "b2c"), design=RUNNING.only(["b2c"])
    ).table
    rest = seen[(seen["segment"] == "b2c") & (seen["check"] != "contacts that have come")]
    assert set(rest["check"]) >= set(alone.loc[alone["segment"] == "b2c", "check"]) - {
        "contacts that have come"
    }
    came = seen[(seen["segment"] == "b2b") & seen["found"].str.contains("planned")]
    assert came["found"].tolist() == [f"{first + second} of 160 planned contacts have come"]


def test_a_segment_that_has_only_begun_misses_nobody_of_the_assignment_and_needs_no_design() -> (
    None
):
    log = staggered(4, 0)
    drawn = dict(zip(log.contacts["contact_id"], log.contacts["arm"], strict=True))
    given: dict[str, Any] = {"policies": RUNNING.arms, "assigned": drawn, "horizon_days": 50}
    seen = check_trial(log, **given).table.set_index("check")
    assert seen["verdict"]["arm as assigned"] == "ok"
    assert seen["found"]["arms so far"] == "only one arm has entered so far: 7 days 4"
    # An ended trial, or one of which no horizon tells that it runs, must have its arms.
    for horizon in (None, 1):
        with pytest.raises(InputError, match=r"segment b2b == .*must hold at least two arms"):
            check_trial(log, **given | {"horizon_days": horizon})
    both = only(log, log.contacts["segment"] == "b2b")
    with pytest.raises(InputError, match="must hold at least two arms"):
        check_trial(both, horizon_days=50)


THREE_ARMS = {
    "b2c": RUNNING.arms["b2c"],
    "b2b": {name: RecallPolicy.every(days=9) for name in ("a", "b", "c")},
}


@cache
def of_three_arms() -> CallLog:
    world = load_scenario("trial")
    return simulate(world, THREE_ARMS, contacts=500, agents=None, days=60, seed=2)


def three_arms(*sizes: int) -> CallLog:
    """A running trial, of whose companies so many have come in each of three arms."""
    log = of_three_arms()
    people, by = log.contacts, log.contacts["segment"] == "b2b"
    alone = people[by].drop_duplicates("account_id")
    kept = [alone.index[alone["arm"] == arm][:n] for arm, n in zip("abc", sizes, strict=True)]
    return only(log, ~by | people.index.isin(np.concatenate(kept)))


@pytest.mark.parametrize(
    ("sizes", "shares", "verdict", "chance"),
    [
        # Binomial: 1 of 20 or fewer, P = (1 - p)^20 + 20 p (1 - p)^19.
        ((19, 1, 0), {"a": 9, "b": 1, "7 days": 1, "14 days": 1}, "warning", 0.3917),
        ((19, 1, 0), None, "fail", 2.003e-05),
        ((10, 9, 1), None, "warning", 0.003308),
        # None of 19 with a part of a tenth: .9^19; the other arm is the smallest of the shares.
        ((19, 0, 0), {"a": 9, "b": 1, "7 days": 9, "14 days": 9}, "warning", 0.1351),
    ],
)
def test_few_in_an_arm_are_judged_by_its_share(
    sizes: tuple[int, int, int], shares: Any, verdict: str, chance: float
) -> None:
    log = three_arms(*sizes)
    seen = check_trial(log, expected_shares=shares, horizon_days=50).table.set_index("check")
    row = seen.loc["arms so far"]
    assert row["verdict"] == verdict
    assert row["p_value"] == pytest.approx(chance, rel=1e-3)


@pytest.mark.parametrize("third", [0, 1])
def test_a_registered_arm_with_nobody_yet_is_told_as_one_with_few(third: int) -> None:
    log = three_arms(4, 4, third)
    design = RUNNING.replace(arms=THREE_ARMS, control={"b2c": "7 days", "b2b": "a"})
    row = check_trial(log, design=design).table.set_index("check").loc["arms so far"]
    assert (row["verdict"], row["found"]) == ("warning", f"contacts so far: a 4, b 4, c {third}")
    # Where nobody is followed any more the arm is missing, and it is the design that names it.
    ended = design.replace(horizon_days=1.0)
    if not third:
        with pytest.raises(InputError, match=r"design\.arms\.b2b\.c == 'c', must name an arm"):
            check_trial(log, design=ended)


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"horizon_days": "30"}, "horizon_days"),
        ({"horizon_days": True}, "horizon_days"),
        ({"segment": ["a"]}, "segment"),
        ({"arm": None}, "arm"),
        ({"cluster": 1}, "cluster"),
        ({"person": [1]}, "person"),
        ({"covariates": "age"}, "covariates"),
        ({"expected_shares": 5}, "expected_shares"),
        ({"policies": 5}, "policies"),
        ({"assigned": 5}, "assigned"),
        ({"as_of": []}, "as_of"),
    ],
)
def test_a_setting_of_another_kind_is_named_by_the_check(
    flawless: CallLog, settings: dict[str, Any], field: str
) -> None:
    with pytest.raises(InputError) as caught:
        check_trial(flawless, **settings)
    assert [problem.field for problem in caught.value.problems] == [field]
    with pytest.raises(InputError, match="check_trial: log == 'int', must be a call log"):
        check_trial(5, **settings)  # type: ignore[arg-type]
