"""The traps of field trials, each with a case that a naive comparison gets wrong."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from made_trial import POLICIES, made
from scipy import stats

from simkit.calllog import CallLog
from simkit.errors import InputError
from simkit.trial import Evaluation, evaluate
from simkit.trial.design import TrialDesign

Table = Callable[..., pd.DataFrame]


def check(found: Evaluation, name: str) -> pd.Series:
    rows = found.checks[found.checks["check"] == name]
    assert len(rows) == 1
    return rows.iloc[0]


# -- the denominator ---------------------------------------------------------------------------


def test_per_call_and_per_contact_name_opposite_winners(trial_log: CallLog) -> None:
    """30 sales of 120 contacts in 594 dials, against 20 of 120 in 317."""
    rows = evaluate(trial_log, control="14 days", horizon_days=42).table.set_index("outcome")
    assert rows.loc["sale", "estimate"] == pytest.approx(10 / 120)
    per_dial = rows.loc["net_sale_per_dial"]
    assert per_dial["estimate"] == pytest.approx(30 / 594 - 20 / 317)
    assert per_dial["estimate"] < 0 < rows.loc["sale", "estimate"]
    assert (per_dial["role"], per_dial["verdict"]) == ("secondary", "refused")
    assert "per assigned contact decide" in per_dial["reason"]
    assert rows.loc["net_sale_per_agent_hour", "mean_arm"] == pytest.approx(30 / 3.3)


def test_what_is_refused_per_call_is_told_once_for_all_outcomes_and_arms(trial_log) -> None:
    arm = trial_log.contacts["arm"].mask(trial_log.contacts["account_id"] % 4 == 1, "21 days")
    three = replace(trial_log, contacts=trial_log.contacts.assign(arm=arm))
    found = evaluate(three, control="14 days", horizon_days=42)
    refused = found.table[found.table["reason"].str.startswith("describes")]
    assert refused["outcome"].value_counts().tolist() == [2, 2]
    (said,) = [text for text in found.sentences() if "per assigned contact decide" in text]
    assert said.startswith("sales per dial and sales per agent-hour at 42 days: refused (")
    assert said.endswith("; the table has their differences.")
    assert len(found.sentences()) == len(found.table) - 3


def test_the_error_of_a_ratio_is_the_delta_method_by_account(trial_log: CallLog) -> None:
    """The jackknife over accounts of Σ sales ÷ Σ dials, which agrees to first order."""
    found = evaluate(trial_log, control="14 days", horizon_days=42).table.set_index("outcome")
    assert trial_log.attempts is not None
    calls = trial_log.attempts.merge(trial_log.contacts, on="contact_id")
    variance = 0.0
    for _, arm in calls.groupby("arm"):
        by = arm.groupby("account_id")["disposition"].agg(
            dials="size", sales=lambda ends: (ends == "sale").sum()
        )
        left = (by["sales"].sum() - by["sales"]) / (by["dials"].sum() - by["dials"])
        variance += len(by) / (len(by) - 1) * float(((left - left.mean()) ** 2).sum())
    se = found.loc["net_sale_per_dial", "se"]
    assert se == pytest.approx(np.sqrt(variance), rel=0.05)


# -- reached only ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["sale_per_reached", "sales_per_call", "sale_if_answered", "sale_given_reached"]
)
def test_rates_among_the_reached_are_refused(contacts_table: Table, name: str) -> None:
    table = contacts_table({"a": 60, "b": 60}, {"a": 0.1, "b": 0.5}).rename(columns={"sale": name})
    found = evaluate(table, outcomes=[name], control="a")
    row = found.table.iloc[0]
    assert (row["verdict"], np.isnan(row["estimate"])) == ("refused", True)
    assert "result of the arm" in row["reason"]
    assert found.sentence().startswith("No answer on")


def test_a_table_of_reached_contacts_is_refused(contacts_table: Table) -> None:
    table = contacts_table({"a": 60, "b": 60}, {"a": 0.1, "b": 0.5}).assign(reached=1)
    row = evaluate(table, outcomes=["sale"], control="a").table.iloc[0]
    assert row["verdict"] == "refused"
    assert "only contacts who were reached" in row["reason"]


def test_a_table_of_contacts_called_twice_or_more_is_refused(contacts_table: Table) -> None:
    table = contacts_table({"a": 60, "b": 60}, {"a": 0.1, "b": 0.5})
    row = evaluate(table.assign(attempts=2), outcomes=["sale"], control="a").table.iloc[0]
    assert row["verdict"] == "refused"
    assert "called at least 2 times" in row["reason"]


@pytest.mark.parametrize("size", ["calls", "reached", "n_dials"])
def test_totals_per_call_or_per_reached_contact_are_refused(size: str) -> None:
    totals = pd.DataFrame({"arm": ["a", "b"], size: [88, 76], "sale": [43, 39]})
    found = evaluate(totals, outcomes=["sale"], control="a", n=size)
    assert found.table["verdict"].tolist() == ["refused"]
    assert "number of contacts assigned to each arm" in found.sentence()


@pytest.mark.parametrize("segment", ["reached", "attempts"])
def test_a_split_by_what_the_arm_brought_about_is_refused(
    contacts_table: Table, segment: str
) -> None:
    rows = contacts_table({"a": 40, "b": 40}, {"a": 0.5, "b": 0.25}).assign(**{segment: 1})
    with pytest.raises(InputError, match="must be known before the assignment"):
        evaluate(rows, outcomes=["sale"], control="a", segment=segment)


def test_a_refused_split_is_told_without_what_follows_from_it(contacts_table: Table) -> None:
    """Only the treated are called, so a split by who was reached leaves one arm without control."""
    rows = contacts_table({"a": 40, "b": 40}, {"a": 0.5, "b": 0.25})
    rows["raggiunto"] = (rows["arm"] == "b") & (np.arange(len(rows)) % 2 == 0)
    with pytest.raises(InputError) as refused:
        evaluate(rows, outcomes=["sale"], control="a", segment="raggiunto")
    (problem,) = refused.value.problems
    assert (problem.field, problem.value) == ("segment", "raggiunto")


def test_means_adjusted_for_what_was_counted_during_the_trial_may_not_be_acted_on() -> None:
    """The arm calls twice as often; how often is no covariate, whatever it is called."""
    random = np.random.default_rng(1)
    rows = pd.DataFrame({"arm": ["a", "b"] * 200, "sale": random.integers(0, 2, 400)})
    rows["contacts_made"] = random.poisson(4, 400) * np.where(rows["arm"] == "b", 2, 1)
    found = evaluate(rows, outcomes=["sale"], control="a", adjust=["contacts_made"])
    assert not found.trustworthy
    assert "counted after the assignment" in found.sentence()


def test_a_table_of_calls_is_refused_whatever_its_errors_are_clustered_by() -> None:
    calls = pd.DataFrame({"who": np.repeat(np.arange(40), 3), "attempt_no": [1, 2, 3] * 40})
    calls = calls.assign(arm=np.where(calls["who"] % 2, "now", "long"), sale=calls["who"] % 5 == 0)
    found = evaluate(calls, outcomes=["sale"], control="now", cluster="who")
    assert found.table["verdict"].tolist() == ["refused"]
    assert "contacts were assigned, not calls" in found.sentence()


def test_a_table_without_the_never_called_is_warned_about(contacts_table: Table) -> None:
    table = contacts_table({"a": 60, "b": 60}, {"a": 0.1, "b": 0.5}).assign(attempts=1)
    found = evaluate(table, outcomes=["sale"], control="a")
    assert found.table.iloc[0]["verdict"] == "better"
    assert any("never called" in text for text in found.warnings)


def test_an_outcome_known_only_for_the_reached_is_refused(contacts_table: Table) -> None:
    table = contacts_table({"a": 60, "b": 60}, {"a": 0.5, "b": 0.5})
    table["reached"] = np.arange(120) % 3 == 0
    table["spend"] = np.where(table["reached"], 10.0 + np.arange(120), np.nan)
    row = evaluate(table, outcomes=["spend"], control="a").table.iloc[0]
    assert row["verdict"] == "refused"
    assert "known only for contacts who were reached" in row["reason"]


def test_values_missing_more_in_one_arm_are_refused(contacts_table: Table) -> None:
    table = contacts_table({"a": 1_000, "b": 1_000}, {"a": 0.2, "b": 0.2}).astype({"sale": float})
    table.loc[:19, "sale"] = np.nan
    row = evaluate(table, outcomes=["sale"], control="a").table.iloc[0]
    assert row["verdict"] == "refused"
    assert "missing differs by arm" in row["reason"]


def test_a_few_values_missing_anywhere_are_left_out_and_counted(contacts_table: Table) -> None:
    table = contacts_table({"a": 1_000, "b": 1_000}, {"a": 0.2, "b": 0.2}).astype({"sale": float})
    table.loc[[3, 5, 1_003, 1_005], "sale"] = np.nan
    found = evaluate(table, outcomes=["sale"], control="a")
    assert found.table.iloc[0]["verdict"] == "cannot tell"
    assert found.table.iloc[0]["n"] == 998
    assert found.left_out.to_numpy().tolist() == [["sale is missing", 4]]


# -- assignment --------------------------------------------------------------------------------


def test_a_wrong_sample_ratio_fails_and_is_carried_by_every_row(contacts_table: Table) -> None:
    table = contacts_table({"a": 1_000, "b": 800}, {"a": 0.1, "b": 0.3})
    found = evaluate(table, outcomes=["sale"], control="a")
    # χ² = (100² + 100²) / 900 on 1 degree of freedom.
    assert check(found, "sample ratio")["p_value"] == pytest.approx(stats.chi2.sf(200 / 9, 1))
    assert check(found, "sample ratio")["verdict"] == "fail"
    assert not found.trustworthy
    assert "a check failed" in found.table.iloc[0]["reason"]
    assert found.sentence().startswith("Do not act on these results")


def test_the_intended_ratio_can_be_said(contacts_table: Table) -> None:
    table = contacts_table({"a": 1_000, "b": 500}, {"a": 0.1, "b": 0.3})
    found = evaluate(table, outcomes=["sale"], control="a", expected_shares={"a": 2, "b": 1})
    assert found.trustworthy


def test_the_sample_ratio_counts_accounts_where_they_were_assigned() -> None:
    """20 against 20 accounts, those of one arm five times as large: as assigned."""
    sizes = np.where(np.arange(40) % 2 == 0, 10, 2)
    account = np.repeat(np.arange(40), sizes)
    table = pd.DataFrame({"account": account, "arm": np.array(["a", "b"])[account % 2]})
    table["sale"] = np.arange(len(table)) % 3 == 0

    def verdicts(**given: str) -> dict[str, str]:
        checks = evaluate(table, outcomes=["sale"], control="a", **given).checks
        return dict(zip(checks["check"], checks["verdict"], strict=True))

    by_account = verdicts(cluster="account")
    assert by_account["sample ratio"] == "ok"
    # That whole accounts differ so in size is no chance either, and told by itself.
    assert by_account["contacts per account"] == "fail"
    assert verdicts()["sample ratio"] == "fail"


def test_accounts_split_over_arms_are_said_and_still_clustered() -> None:
    table = pd.DataFrame({"account": np.arange(400) // 4, "arm": ["a", "b"] * 200})
    table["value"] = (table["account"] * 7 % 11).astype(float) + np.arange(400) % 5
    found = evaluate(table, outcomes=["value"], control="a", cluster="account")
    assert check(found, "accounts split over arms")["verdict"] == "warning"
    assert "100 of 100 accounts" in check(found, "accounts split over arms")["found"]
    assert found.table.iloc[0]["clusters"] == 100  # each counts once
    # Colleagues share their offset, which falls out of the difference: less error, not more.
    alone = evaluate(table, outcomes=["value"], control="a").table.iloc[0]
    assert found.table.iloc[0]["se"] < alone["se"] / 2


def test_contacts_of_one_account_without_cluster_are_warned_about() -> None:
    table = pd.DataFrame({"account_id": np.arange(40) // 2, "arm": ["a", "a", "b", "b"] * 10})
    table["sale"] = np.arange(40) % 3 == 0
    found = evaluate(table, outcomes=["sale"], control="a")
    assert any('cluster="account_id"' in text for text in found.warnings)


def test_arms_that_call_fewer_of_their_contacts_are_a_dose_not_a_failure(
    call_log: Callable[..., CallLog],
) -> None:
    people = [{"contact_id": n, "arm": "ab"[n % 2]} for n in range(400)]
    calls = [
        {"contact_id": n, "dialled_at": 3, "disposition": "sale" if n % 5 == 0 else "no_answer"}
        for n in range(400)
        if n % 2 == 0 or n < 100
    ]
    found = evaluate(call_log(people, calls), control="a", horizon_days=30)
    assert check(found, "sample ratio among first calls")["verdict"] == "warning"
    assert found.trustworthy
    assert found.table.iloc[0]["n"] == 200


def test_arms_that_lose_more_contacts_before_the_horizon_fail(
    call_log: Callable[..., CallLog],
) -> None:
    people = [
        {"contact_id": n, "arm": "ab"[n % 2], "observed_until": 20 if n % 8 == 1 else 60}
        for n in range(400)
    ]
    calls = [{"contact_id": n, "dialled_at": 3, "disposition": "sale"} for n in range(0, 400, 3)]
    found = evaluate(call_log(people, calls), control="a", horizon_days=30)
    assert check(found, "followed to the horizon")["verdict"] == "fail"
    assert not found.trustworthy


def test_what_was_known_at_assignment_must_not_tell_the_arms_apart() -> None:
    random = np.random.default_rng(4)
    table = pd.DataFrame({"arm": random.permutation(["a", "b"] * 300)})
    table["age"] = random.normal(40, 10, 600)
    table["town"] = random.choice(["north", "south", None], 600)
    table["sale"] = random.random(600) < 0.2
    names = {"outcomes": ["sale"], "control": "a", "covariates": ["age", "town"]}
    assert check(evaluate(table, **names), "balance of covariates")["verdict"] == "ok"
    older = table.assign(age=table["age"] + 5 * (table["arm"] == "b"))
    assert check(evaluate(older, **names), "balance of covariates")["verdict"] == "warning"


def test_one_account_in_an_arm_is_refused() -> None:
    table = pd.DataFrame({"firm": [0] * 30 + list(range(1, 31)), "arm": ["a"] * 30 + ["b"] * 30})
    table["sale"] = np.arange(60) % 4 == 0
    row = evaluate(table, outcomes=["sale"], control="b", cluster="firm").table.iloc[0]
    assert row["verdict"] == "refused"
    assert row["reason"].startswith("a has 1 of the 2 accounts (firm) that are needed at least")


# -- interference, horizon, segments -----------------------------------------------------------


def test_agents_shared_by_arms_are_said(
    trial_log: CallLog, call_log: Callable[..., CallLog]
) -> None:
    own = evaluate(trial_log, control="14 days", horizon_days=42)
    assert not any("agents called for more than one arm" in text for text in own.warnings)
    people = [{"contact_id": n, "arm": "ab"[n % 2]} for n in range(40)]
    calls = [
        {
            "contact_id": n,
            "dialled_at": 3,
            "agent_id": n % 3,
            "disposition": "sale" if n % 5 == 0 else "no_answer",
        }
        for n in range(40)
    ]
    shared = evaluate(call_log(people, calls), control="a", horizon_days=30)
    assert any("3 of 3 agents called for more than one arm" in text for text in shared.warnings)


def test_a_horizon_of_less_than_two_intervals_is_said(trial_log: CallLog) -> None:
    long = evaluate(trial_log, control="14 days", horizon_days=42)
    short = evaluate(trial_log, control="14 days", horizon_days=20)
    assert check(long, "horizon")["verdict"] == "ok"
    assert check(short, "horizon")["verdict"] == "warning"


@pytest.mark.parametrize("horizon_days", [1, 2, 3, 5, 7, 13])
def test_a_horizon_too_short_to_show_an_interval_is_no_long_one(
    flawless: CallLog, horizon_days: int
) -> None:
    # Contacts are first called within one interval of 7 or 14 days, so that within a week nobody
    # is called twice at 14 days: no gap is there to be seen.
    given = {"control": "14 days", "horizon_days": horizon_days, "outcomes": ["sale"]}
    found = evaluate(flawless, **given)
    assert check(found, "horizon")["verdict"] == "warning"
    told = evaluate(flawless, **given, policies=POLICIES)
    assert "longest interval 14.0 days (14 days, as intended)" in check(told, "horizon")["found"]
    assert "at least 28 days" in check(told, "horizon")["advice"]


def test_a_horizon_is_held_against_registered_intervals_whatever_the_data_are() -> None:
    log = made().log()
    registered = TrialDesign(
        name="autumn",
        arms=POLICIES,
        control={"b2c": "14 days"},
        salt="autumn",
        horizon_days=27,
        primary="sale",
        unit="contact",
    )
    table = log.contacts[["arm"]].assign(sale=np.arange(len(log.contacts)) % 2)
    for data in (log, table):
        short = check(evaluate(data, design=registered), "horizon")
        assert (short["verdict"], short["found"][:7]) == ("warning", "27 days")
        long = evaluate(data, design=registered.replace(horizon_days=28))
        assert check(long, "horizon")["verdict"] == "ok"


def test_an_arm_that_calls_each_contact_once_has_no_interval_to_cover() -> None:
    log = made().log()
    once = {
        arm: policy.replace(caps={"total": 1}) if arm == "14 days" else policy
        for arm, policy in POLICIES["b2c"].items()
    }
    found = evaluate(log, control="7 days", horizon_days=14, policies={"b2c": once})
    assert "7.0 days" in check(found, "horizon")["found"]


def test_segments_are_first_tested_for_a_difference_between_them() -> None:
    def found(south: int) -> Evaluation:
        cells = [(where, arm) for where in ("north", "south") for arm in ("now", "a")]
        table = pd.DataFrame(cells, columns=["where", "arm"]).assign(
            n=1_000, sale=[100, 150, 100, south]
        )
        return evaluate(table, outcomes=["sale"], control="now", segment="where")

    alike, unlike = (check(found(south), "interaction of arm and segment") for south in (150, 50))
    assert alike["p_value"] == pytest.approx(1.0)
    # Differences of +.05 and −.05, each with variance (.1·.9 + p(1 − p)) / 999: on 1 degree of
    # freedom their squared distance over the sum of the variances, with Satterthwaite's for t.
    rates = (0.1, 0.15, 0.1, 0.05)
    of_arms = np.array([p * (1 - p) / 999 for p in rates])
    variance = of_arms.sum()
    # Of a share its variance has 2 · 999 ÷ γ² of them at most, γ being the skewness.
    freedom = np.array([min(999, 2 * 999 * p * (1 - p) / (1 - 2 * p) ** 2) for p in rates])
    df = variance**2 / (of_arms**2 / freedom).sum()
    assert unlike["p_value"] == pytest.approx(stats.f.sf(0.1**2 / variance, 1, df), rel=1e-6)
    assert "differ between segments" in unlike["meaning"]


def test_sales_that_can_still_be_cancelled_are_said(call_log: Callable[..., CallLog]) -> None:
    people: list[dict[str, Any]] = [{"contact_id": n, "arm": "ab"[n % 2]} for n in range(40)]
    calls = [{"contact_id": n, "dialled_at": 58, "disposition": "sale"} for n in range(0, 40, 3)]
    log = call_log(people, calls, withdrawal_days={"b2c": 14.0})
    found = evaluate(log, control="a", horizon_days=60)
    assert any("14 sales can still be cancelled" in text for text in found.warnings)


# -- the unit ----------------------------------------------------------------------------------


def test_calls_are_not_offered_as_the_unit(trial_log: CallLog) -> None:
    """One row per call: the same contact stands in several rows, and that is an error."""
    assert trial_log.attempts is not None
    calls = trial_log.attempts.merge(trial_log.contacts[["contact_id", "arm"]], on="contact_id")
    calls["sale"] = calls["disposition"] == "sale"
    with pytest.raises(InputError, match="contact_id == 1, must stand in one row only"):
        evaluate(calls, outcomes=["sale"], control="14 days")
