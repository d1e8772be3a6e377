"""Contacts whose outcome is missing: whether they could turn what is claimed."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_trial import Tables
from statsmodels.stats.proportion import confint_proportions_2indep

from simkit.calllog import CallLog
from simkit.calllog.stored import open_call_log
from simkit.policy import RecallPolicy
from simkit.trial import Evaluation, evaluate
from simkit.trial.design import TrialDesign

ASKED = {"arm": "arm", "control": "now", "outcomes": ["sale"]}


def table(now: int, new: int, missing: int, n: int = 1000) -> pd.DataFrame:
    """Arms of n contacts, of whom so many bought and of so many it is not known."""
    frames = []
    for arm, bought in {"now": now, "new": new}.items():
        sale = [1.0] * bought + [0.0] * (n - bought - missing) + [None] * missing
        frames.append(pd.DataFrame({"arm": arm, "sale": sale}))
    return pd.concat(frames, ignore_index=True)


@pytest.mark.parametrize(("bought", "stands"), [(145, False), (220, True)])
def test_a_claim_is_held_against_the_worst_of_the_missing(bought: int, stands: bool) -> None:
    found = evaluate(table(100, bought, missing=20), **ASKED)
    assert found.table["verdict"].item() == "better"
    # At worst 120 of 1,000 of the control have bought: Newcombe's interval of statsmodels.
    low, _ = confint_proportions_2indep(bought, 1000, 120, 1000, method="newcomb")
    assert (low > 0) == stands
    told = [text for text in found.warnings if "missing" in text and "spoken against it" in text]
    assert len(told) == 1
    assert ("stays better" in told[0]) == stands
    assert ("had all of them spoken against it" in found.sentence()) != stands


def test_nobody_missing_or_nothing_claimed_is_not_told() -> None:
    for one in (table(100, 150, 0), table(100, 105, 20)):
        assert not any("spoken against" in text for text in evaluate(one, **ASKED).warnings)


def test_of_an_outcome_of_which_less_is_better_the_worst_is_the_other_way() -> None:
    events = table(145, 100, missing=20).rename(columns={"sale": "complaints"})
    found = evaluate(events, arm="arm", control="now", outcomes=["complaints"])
    assert found.table["verdict"].item() == "better"
    assert "had all of them spoken against it" in found.sentence()


def test_a_guardrail_and_what_events_are_worth_are_held_against_the_worst_too() -> None:
    sold = table(100, 145, missing=0)
    complaint = table(10, 10, missing=30)["sale"]
    guarded = evaluate(sold.assign(complaint=complaint), **ASKED, guardrails={"complaint": 0.02})
    assert guarded.vetoes["state"].tolist() == ["within margin"]
    assert "would not be shown to be within the margin of complaint" in guarded.sentence()
    worth = evaluate(
        table(100, 145, missing=20), arm="arm", control="now", worth_eur={"sale": 40.0}
    )
    assert worth.table.iloc[0]["verdict"] == "better"
    assert "would not be shown to be better on net_value_eur" in worth.sentence()


def of_money(missing: int) -> pd.DataFrame:
    """Two arms of 1,000 that are worth the same; the lowest of one and the highest of another."""
    random = np.random.default_rng(4)
    rows = pd.DataFrame({"arm": np.repeat(["now", "new"], 1000), "segment": "b2c"})
    rows["net_value_eur"] = random.normal(10, 30, 2000)
    by_arm = rows.groupby("arm")["net_value_eur"]
    lost = [
        *by_arm.get_group("new").nsmallest(missing).index,
        *by_arm.get_group("now").nlargest(missing).index,
    ]
    rows.loc[lost, "net_value_eur"] = np.nan
    return rows


def test_amounts_that_are_missing_are_held_against_the_worst_twentieth_of_those_known() -> None:
    rows = of_money(30)
    found = evaluate(rows, arm="arm", control="now", outcomes=["net_value_eur"])
    row = found.table.iloc[0]
    assert row["verdict"] == "better"
    said = "speak most against it, new would not be shown to be better on net_value_eur"
    assert said in found.sentence()
    # By hand: the error hardly changes, and the means move by the means of the twentieths.
    known = rows["net_value_eur"].dropna().sort_values().to_numpy()
    low, high = known[:97].mean(), known[-97:].mean()  # 1,940 of them
    moved = 0.03 * ((row["mean_arm"] - low) + (high - row["mean_control"]))
    assert row["estimate"] - moved < 1.96 * row["se"]
    gain = rows["net_value_eur"] + 15 * (rows["arm"] == "new")
    clear = evaluate(
        rows.assign(net_value_eur=gain), arm="arm", control="now", outcomes=["net_value_eur"]
    )
    assert "speak most against it" not in clear.sentence()
    assert any("new stays better on net_value_eur" in text for text in clear.warnings)


def test_counts_of_harm_that_are_missing_do_not_hide_it() -> None:
    random = np.random.default_rng(6)
    rows = table(100, 145, missing=0)
    rows["complaints"] = random.poisson(0.1, len(rows)).astype(float)
    harmed = rows[(rows["arm"] == "new") & (rows["complaints"] > 0)].index[:40]
    some = rows[rows["arm"] == "now"].index[::25]
    rows.loc[[*harmed, *some], "complaints"] = np.nan
    found = evaluate(rows, **ASKED, guardrails={"complaints": 0.02})
    assert found.vetoes["state"].tolist() == ["within margin"]
    assert "new would not be shown to be within the margin of complaints" in found.sentence()


def test_a_missing_outcome_is_not_followed_and_another_column_of_arms_not_registered() -> None:
    weekly, fortnightly = (RecallPolicy.every(days=days) for days in (7.0, 14.0))
    by = TrialDesign(
        name="autumn",
        arms={"b2c": {"new": weekly, "now": fortnightly}},
        control={"b2c": "now"},
        salt="s",
        horizon_days=60.0,
        primary="net_value_eur",
        unit="contact",
        contacts={"b2c": 2000},
    )
    rows = of_money(30)
    found = evaluate(rows, design=by, segment="segment")
    assert found.table["corrected_for"].tolist() == ["fewer contacts than planned"]
    whole = of_money(0)
    treated = evaluate(whole.assign(got=whole["arm"]), design=by, segment="segment", arm="got")
    assert not treated.trustworthy
    assert "arm" in treated.sentence()
    named = whole.rename(columns={"arm": "braccio"})
    assert evaluate(named, design=by, segment="segment", arm="braccio").trustworthy


FIRST_DAY = pd.Timestamp("2026-01-05")
OPT_OUT = {"control": "now", "outcomes": ["sale", "opt_out"], "guardrails": {"opt_out": 0.015}}


def log_of(
    opted: dict[str, int],
    lost: dict[str, int],
    household: int,
    n: int = 1000,
    *,
    days_apart: int = 0,
    seen: bool = True,
) -> CallLog:
    """Two arms of n contacts, called once; so many who opted out are watched for 2 days, not 60.

    Households enter so many days apart. Where it is not ``seen``, they are watched until before the
    call in which they opted out, and that call is gone.
    """
    ids = np.arange(2 * n)
    arm = np.where(ids // household % 2 == 0, "now", "new")
    place = pd.Series(ids).groupby(arm).cumcount().to_numpy()
    scattered = place * 7 % n  # so that who opts out is not of one household
    out, early = (scattered < np.array([of[a] for a in arm]) for of in (opted, lost))
    days = pd.to_timedelta(np.where(early, 2 if seen else 0.375, 60), unit="D")
    entered = FIRST_DAY + pd.to_timedelta(ids // household * days_apart, unit="D")
    contacts = pd.DataFrame(
        {
            "contact_id": ids,
            "account_id": ids // household,
            "segment": "b2c",
            "arm": arm,
            "entered_at": entered,
            "observed_until": entered + days,
        }
    )
    attempts = pd.DataFrame(
        {
            "contact_id": ids,
            "attempt_no": 1,
            "dialled_at": entered + pd.to_timedelta(9 * 3600 + ids, unit="s"),
            "disposition": np.where(out, "opt_out", "no_answer"),
        }
    )
    attempts = attempts[seen | ~early]
    unknown = ["due_at", "agent_id", "callback_at", "cancelled_at", "value_cents", "pushed"]
    attempts = attempts.assign(channel="phone", **dict.fromkeys(unknown))
    return Tables(contacts, attempts.assign(ring_s=20.0, talk_s=0.0, wrap_s=0.0)).log()


@pytest.mark.parametrize("household", [1, 2])
@pytest.mark.parametrize("on_disk", [False, True])
def test_opt_outs_whose_observation_was_ended_do_not_pass_a_guardrail(
    household: int, on_disk: bool, tmp_path: Path
) -> None:
    """28 of 1,000 against 20 are not within 1.5 points, nor are they where 8 are watched no more.

    By Wald's z, (difference - margin) / sqrt(p1 (1 - p1) / n1 + p2 (1 - p2) / n2), 28 and 20 in
    1,000 each are -1.01, far from the -1.645 that it takes; 20 in 992 and 20 in 1,000 are -2.36.
    """

    def found(lost: int) -> Evaluation:
        log = log_of({"now": 20, "new": 28}, {"now": 0, "new": lost}, household)
        data = open_call_log(log.write(tmp_path / f"log {lost}")) if on_disk else log
        return evaluate(data, horizon_days=30.0, **OPT_OUT)

    whole = found(0)
    assert whole.vetoes["state"].tolist() == ["open, not shown to be within the margin"]
    assert not any("not followed" in text for text in whole.doubts)
    hidden = found(8)
    assert hidden.vetoes["state"].tolist() == ["within margin"]
    (doubt,) = (text for text in hidden.doubts if "were not followed to the horizon" in text)
    assert "8 contacts of new and now" in doubt
    assert "would not be shown to be within the margin of opt_out" in doubt
    assert "8 contacts of new and now were not followed to the horizon" in hidden.sentence()


@pytest.mark.parametrize(("household", "on_disk"), [(1, False), (1, True), (2, True)])
def test_nor_where_hardly_anybody_enters_on_a_day(
    household: int, on_disk: bool, tmp_path: Path
) -> None:
    """One household a day, each watched for 60 days, and their calls in which 8 opted out are gone.

    By numbers it is the same: 20 in 992 and 20 in 1,000 are within, 28 and 20 in 1,000 are not.
    """
    opted, early = {"now": 20, "new": 28}, {"now": 0, "new": 8}
    log = log_of(opted, early, household, days_apart=1, seen=False)
    data = open_call_log(log.write(tmp_path / "log")) if on_disk else log
    hidden = evaluate(data, horizon_days=30.0, **OPT_OUT)
    assert hidden.vetoes["state"].tolist() == ["within margin"]
    (doubt,) = (text for text in hidden.doubts if "were not followed to the horizon" in text)
    assert "8 contacts of new and now" in doubt
    assert "would not be shown to be within the margin of opt_out" in hidden.sentence()
    row = hidden.checks.set_index("check").loc["follow-up of those who entered together"]
    assert row["verdict"] == "warning"
    assert row["found"].endswith("8 of them not to the horizon (new 0.8 %, now 0 %)")


@pytest.mark.parametrize("household", [1, 2])
@pytest.mark.parametrize("on_disk", [False, True])
def test_what_stands_even_then_is_told_as_standing(
    household: int, on_disk: bool, tmp_path: Path
) -> None:
    log = log_of({"now": 20, "new": 10}, {"now": 2, "new": 3}, household)
    data = open_call_log(log.write(tmp_path / "log")) if on_disk else log
    found = evaluate(data, horizon_days=30.0, **OPT_OUT)
    assert found.vetoes["state"].tolist() == ["within margin"]
    assert any("5 contacts of new and now" in t and "stays within" in t for t in found.warnings)
    assert not any("not followed" in text for text in found.doubts)


@pytest.mark.parametrize("household", [1, 2])
@pytest.mark.parametrize("on_disk", [False, True])
def test_opt_outs_that_were_seen_before_the_end_are_counted_in_both_arms(
    household: int, on_disk: bool, tmp_path: Path
) -> None:
    """Of 20 who opted out in each arm 8 are watched no more, of whom it is known that they did.

    So at worst too it is 20 against 20 in 1,000: Wald's z is -2.40, and -1.645 is within. Were the
    8 of the control taken for none, it would be 20 against 12, and z -1.25.
    """
    log = log_of({"now": 20, "new": 20}, {"now": 8, "new": 8}, household)
    data = open_call_log(log.write(tmp_path / "log")) if on_disk else log
    found = evaluate(data, horizon_days=30.0, **OPT_OUT)
    assert found.vetoes["state"].tolist() == ["within margin"]
    assert any("16 contacts of new and now" in t and "stays within" in t for t in found.warnings)
    assert not any("not followed" in text for text in found.doubts)


@pytest.mark.parametrize("on_disk", [False, True])
def test_lists_that_were_watched_until_a_day_each_lose_nobody(
    on_disk: bool, tmp_path: Path
) -> None:
    """Lists of 100, one contact a day, each watched until 15 days after its last contact entered.

    So the last 16 of a list are watched for 15 to 30 days, and those of 15 to 29 are left out: 15
    of each of 20 lists, though who entered the day after was followed to the horizon.
    """
    log = log_of({"now": 20, "new": 10}, {"now": 0, "new": 0}, 1, days_apart=1)
    ends = FIRST_DAY + pd.to_timedelta(log.contacts["contact_id"] // 100 * 100 + 114, unit="D")
    contacts = log.contacts.assign(observed_until=ends.dt.tz_localize("Europe/Rome"))
    contacts["observed_until"] = contacts["observed_until"].dt.as_unit("us")
    lists = CallLog(log.header, contacts, log.attempts).validate()
    data = open_call_log(lists.write(tmp_path / "log")) if on_disk else lists
    found = evaluate(data, horizon_days=30.0, **OPT_OUT)
    assert int(found.left_out["count"].sum()) == 20 * 15
    row = found.checks.set_index("check").loc["follow-up of those who entered together"]
    assert row["verdict"] == "ok"
    assert not any("were not followed to the horizon" in text for text in found.warnings)


def test_who_entered_too_late_to_be_followed_is_not_lost() -> None:
    log = log_of({"now": 20, "new": 10}, {"now": 0, "new": 0}, 1)
    contacts = log.contacts.copy()
    contacts.loc[::3, "entered_at"] += pd.Timedelta(days=40)
    attempts = log.require_attempts("the test")
    late = attempts["contact_id"].isin(contacts["contact_id"][::3])
    moved = attempts["dialled_at"].mask(late, attempts["dialled_at"] + pd.Timedelta(days=40))
    attempts = attempts.assign(dialled_at=moved).sort_values("dialled_at", ignore_index=True)
    found = evaluate(CallLog(log.header, contacts, attempts), horizon_days=30.0, **OPT_OUT)
    assert int(found.left_out["count"].sum()) == 667
    assert not any("were not followed to the horizon" in text for text in found.warnings)
