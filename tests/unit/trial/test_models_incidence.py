"""Cumulative incidence and hazard ratios of a trial: clock, competing ends, censoring, errors."""

import numpy as np
import pandas as pd
import pytest

from simkit.errors import InputError
from simkit.policy import RecallPolicy
from simkit.trial import evaluate
from simkit.trial.design import TrialDesign
from simkit.trial.models import cumulative_incidence, first_ends, hazard_ratios
from simkit.trial.models.aalen_johansen import aalen_johansen


def ends_table(seed: int, accounts: int = 40, *, days: float = 60.0) -> pd.DataFrame:
    """Two arms of whole accounts; two ends compete; all followed for so many days."""
    rng = np.random.default_rng(seed)
    account = np.repeat(np.arange(accounts), rng.integers(1, 6, accounts))
    sale, optout = rng.exponential(90, len(account)), rng.exponential(150, len(account))
    first = np.minimum(sale, optout)
    end = np.where(sale < optout, "sale", "opt_out").astype(object)
    end[first >= days] = None
    return pd.DataFrame(
        {
            "arm": np.where(account % 2, "short", "long"),
            "account": account,
            "time_days": np.minimum(first, days),
            "end": end,
        }
    )


@pytest.mark.parametrize("cluster", ["account", None])
def test_with_nobody_censored_it_is_the_plain_share_with_its_jackknife_errors(cluster):
    # Every contact is followed for the whole horizon: the share with the end is its incidence.
    # So many that evaluate asks no exact test besides Newcombe's interval.
    table = ends_table(1, 120)
    found = cumulative_incidence(table, horizon_days=60.0, control="long", cluster=cluster).table
    plain = table.assign(
        sale=(table["end"] == "sale").astype(int), opt_out=(table["end"] == "opt_out").astype(int)
    ).drop(columns="end")
    errors = "auto" if cluster is None else "crv3"  # the jackknife, as here
    settings = {"control": "long", "cluster": cluster, "errors": errors}
    other = evaluate(plain, outcomes=["sale", "opt_out"], **settings).table
    for name in ("estimate", "se", "ci_low", "ci_high", "p_value", "p_adjusted", "df"):
        np.testing.assert_allclose(found[name], other[name], rtol=1e-7, err_msg=name)
    assert found["outcome"].tolist() == other["outcome"].tolist()


def test_of_a_log_it_is_evaluate_s_share_too(trial_log):
    found = cumulative_incidence(trial_log, "sale", horizon_days=50.0, control="14 days")
    settings = {"control": "14 days", "horizon_days": 50.0, "errors": "crv3"}
    other = evaluate(trial_log, outcomes=["sale"], **settings).table
    row = found.table.iloc[0]
    assert row["estimate"] == pytest.approx(other["estimate"].iloc[0])
    assert row["se"] == pytest.approx(other["se"].iloc[0])
    assert row["plain_estimate"] == pytest.approx(row["estimate"])
    assert row["censored_early"] == 0
    assert not found.warnings


@pytest.mark.parametrize("unit", ["account", "contact"])
def test_errors_follow_the_unit_that_a_design_registers_as_in_evaluate(unit):
    arms = {"long": RecallPolicy.every(days=9), "short": RecallPolicy.every(days=3)}
    design = TrialDesign(
        name="unit",
        arms={"all": arms},
        control={"all": "long"},
        salt="unit",
        horizon_days=60.0,
        primary="sale",
        unit=unit,
    )
    table = ends_table(1).rename(columns={"account": "account_id"})
    table = table.assign(contact_id=np.arange(len(table)), sale=table["end"].eq("sale").astype(int))
    ends = first_ends(table, design=design)
    assert ends.unit == {"account": "account_id", "contact": "contact"}[unit]
    found = cumulative_incidence(table, "sale", horizon_days=60.0, design=design).table
    plain = table.drop(columns=["end", "time_days"])
    # The jackknife by account, as here; of contacts assigned one by one Newcombe's, as here.
    errors = {"account": "crv3", "contact": "auto"}[unit]
    other = evaluate(plain, outcomes=["sale"], design=design, errors=errors).table
    for name in ("estimate", "se", "ci_low", "ci_high"):
        np.testing.assert_allclose(found[name], other[name], rtol=1e-7, err_msg=name)
    given = hazard_ratios(table, control="long", cluster=f"{unit}_id").table
    pd.testing.assert_frame_equal(hazard_ratios(table, design=design).table, given)


def test_without_a_design_the_control_must_be_named():
    with pytest.raises(InputError, match="control == None, must be given"):
        cumulative_incidence(ends_table(1), horizon_days=60.0)


def test_one_minus_kaplan_meier_overstates_wherever_ends_compete():
    table = ends_table(2)
    found = cumulative_incidence(table, horizon_days=60.0, control="long").table
    assert (found["one_minus_km_arm"] > found["incidence_arm"]).all()
    assert (found["one_minus_km_control"] > found["incidence_control"]).all()


def test_both_kinds_and_those_left_add_up_to_all():
    table = ends_table(3)
    fit = aalen_johansen(
        table["time_days"].to_numpy(),
        table["end"].map({"sale": 1, "opt_out": 2}).fillna(0).to_numpy(dtype=int),
        2,
    )
    left = np.prod(1 - fit.ends.sum(axis=0) / fit.at_risk)
    assert fit.at(np.array([60.0])).sum() + left == pytest.approx(1.0)


def test_leaving_accounts_out_is_a_fresh_estimate_without_each():
    table = ends_table(4, accounts=9)
    days, kind = table["time_days"].to_numpy(), np.where(table["end"] == "sale", 1, 0)
    account = table["account"].to_numpy()
    fit = aalen_johansen(days, kind, 1)
    found = fit.without_each(account, 1, np.array([20.0, 55.0]))
    expected = [
        aalen_johansen(days[account != one], kind[account != one], 1).at(np.array([20.0, 55.0]))[0]
        for one in range(9)
    ]
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_influences_are_derivatives_by_a_contact_s_weight():
    # A contact counted k times more: the slope of the estimate at weight 1, by many copies.
    table = ends_table(5, accounts=12)
    days = np.ceil(table["time_days"].to_numpy() / 5)  # with ties
    kind = table["end"].map({"sale": 1, "opt_out": 2}).fillna(0).to_numpy(dtype=int)
    fit, at, copies = aalen_johansen(days, kind, 2), np.array([8.0]), 20_000
    influence = fit.influence(1, 8.0)
    assert influence.sum() == pytest.approx(0.0, abs=1e-12)
    for contact in (0, 5, 11):
        rows = np.concatenate([np.tile(np.arange(len(days)), copies), [contact]])
        more = aalen_johansen(days[rows], kind[rows], 2).at(at)[0, 0]
        slope = (more - fit.at(at)[0, 0]) * copies
        # The next term of the expansion is of the order of slope ÷ copies.
        assert slope == pytest.approx(influence[contact], rel=1e-3)


def test_contacts_seen_for_less_count_for_as_long_as_they_were_seen(call_log):
    # Arm a: 4 contacts seen for 60 days, one sale on day 10; 4 seen for 5 days. By hand:
    # 8 at risk until day 5, 4 at risk on day 10, one of them buys: 1/4. Arm b: the same, none buys.
    people = [
        {
            "contact_id": f"{arm}{number}",
            "arm": arm,
            "observed_until": 60 if number < 4 else 5,
        }
        for arm in "ab"
        for number in range(8)
    ]
    calls = [{"contact_id": "a0", "dialled_at": 10, "disposition": "sale"}]
    found = cumulative_incidence(call_log(people, calls), "sale", horizon_days=30.0, control="b")
    row = found.table.iloc[0]
    assert row["incidence_arm"] == pytest.approx(0.25)
    assert row["incidence_control"] == 0.0
    assert row["censored_early"] == 8
    assert "8 of 16 contacts were observed for less than 30 days" in found.warnings[0]
    assert row["ci_low"] < 0.25 < row["ci_high"]  # an arm without a sale has a width all the same


def whole_days(last: float) -> pd.DataFrame:
    """Ten contacts an arm: a sells to five of them by day 30, three on that day; b to one, then."""
    ends = {"a": [10.0, 20.0, 30.0, 30.0, 30.0], "b": [30.0]}
    rows = [
        {"arm": arm, "time_days": day, "end": "sale" if number < len(days) else None}
        for arm, days in ends.items()
        for number, day in enumerate(days + [last] * (10 - len(days)))
    ]
    return pd.DataFrame(rows)


@pytest.mark.parametrize("last", [30.0, 60.0])
def test_of_a_table_an_end_on_the_horizon_s_day_is_one_by_that_day(last):
    # F(30) = P(T <= 30) = 5/10 and 1/10; by day 29 it is 2/10 and 0. Nobody is censored before:
    # who was seen to day 30 was followed to it.
    found = cumulative_incidence(whole_days(last), "sale", horizon_days=30, control="b")
    row = found.table.iloc[0]
    assert [row["incidence_arm"], row["incidence_control"]] == pytest.approx([0.5, 0.1])
    assert [row["one_minus_km_arm"], row["one_minus_km_control"]] == pytest.approx([0.5, 0.1])
    assert row["censored_early"] == 0
    assert not found.warnings
    curve = found.curves[found.curves["arm"] == "a"]
    assert curve["days"].iloc[-1] == 30
    assert curve["incidence"].iloc[-2:].tolist() == pytest.approx([0.2, 0.5])
    before = cumulative_incidence(whole_days(last), "sale", horizon_days=29, control="b").table
    assert before["incidence_arm"].iloc[0] == pytest.approx(0.2)
    assert before["incidence_control"].iloc[0] == 0
    hazards = hazard_ratios(whole_days(last), "sale", control="b", horizon_days=30).table
    assert hazards[["events_arm", "events_control"]].iloc[0].tolist() == [5, 1]
    earlier = hazard_ratios(whole_days(last), "sale", control="b", horizon_days=29).table
    assert earlier[["events_arm", "events_control"]].iloc[0].tolist() == [2, 0]


def test_each_whole_day_of_a_curve_holds_the_ends_of_that_day():
    # 49 × (1/60) × 60 is a rounding below 49 or above it: the day's own ends must be in.
    for horizon in (30, 60, 120):
        days = np.arange(1.0, horizon + 1)
        table = pd.DataFrame({"arm": "a", "time_days": days, "end": "sale"})
        table = pd.concat([table, table.assign(arm="b")], ignore_index=True)
        found = cumulative_incidence(table, "sale", horizon_days=horizon, control="b").curves
        curve = found[found["arm"] == "a"]
        by_hand = np.floor(curve["days"]) / horizon
        np.testing.assert_allclose(curve["incidence"], by_hand, atol=1e-12)


def test_of_a_log_an_end_at_the_horizon_s_very_moment_comes_too_late_as_in_evaluate(call_log):
    people = [{"contact_id": f"{arm}{n}", "arm": arm} for arm in "ab" for n in range(10)]
    calls = [{"contact_id": "a0", "dialled_at": 30, "disposition": "sale"}]
    calls += [{"contact_id": f"{arm}1", "dialled_at": 20, "disposition": "sale"} for arm in "ab"]
    log = call_log(people, calls)
    row = cumulative_incidence(log, "sale", horizon_days=30.0, control="b").table.iloc[0]
    assert [row["incidence_arm"], row["incidence_control"]] == pytest.approx([0.1, 0.1])
    assert row["plain_estimate"] == pytest.approx(row["estimate"])
    shares = evaluate(log, outcomes=["sale"], control="b", horizon_days=30.0).table
    assert shares["estimate"].iloc[0] == pytest.approx(row["estimate"])
    later = cumulative_incidence(log, "sale", horizon_days=30.01, control="b").table.iloc[0]
    assert later["incidence_arm"] == pytest.approx(0.2)


def test_time_runs_from_the_assignment_not_from_the_first_call(call_log):
    people = [{"contact_id": f"{arm}{n}", "arm": arm} for arm in "ab" for n in range(4)]
    calls = [
        {"contact_id": "a0", "dialled_at": 25, "disposition": "no_answer"},
        {"contact_id": "a0", "dialled_at": 30.5, "disposition": "sale"},
    ]
    ends = first_ends(call_log(people, calls), control="b")
    assert ends.contacts["time_days"].iloc[0] == pytest.approx(30.5)
    log = call_log(people, calls)
    early = cumulative_incidence(log, "sale", horizon_days=10.0, control="b").table.iloc[0]
    assert early["incidence_arm"] == 0.0  # five days after the first call are no five days of trial


def test_the_first_end_counts_a_complaint_as_an_opt_out_and_a_dead_number_as_an_end(call_log):
    people = [{"contact_id": f"{arm}{n}", "arm": arm} for arm in "ab" for n in range(4)]
    calls = [
        {"contact_id": "a0", "dialled_at": 3, "disposition": "complaint"},
        {"contact_id": "a1", "dialled_at": 4, "disposition": "bad_number"},
        {"contact_id": "a2", "dialled_at": 5, "disposition": "sale"},
    ]
    ends = first_ends(call_log(people, calls), control="b")
    kinds = [None if not kind else ends.kinds[kind - 1] for kind in ends.contacts["kind"][:4]]
    assert kinds == ["opt_out", "bad_number", "sale", None]
    assert not ends.warnings


def test_a_dead_number_that_later_bought_was_no_end(call_log):
    people = [{"contact_id": f"{arm}{n}", "arm": arm} for arm in "ab" for n in range(4)]
    calls = [
        {"contact_id": "a0", "dialled_at": 3, "disposition": "bad_number"},
        {"contact_id": "a0", "dialled_at": 9, "disposition": "sale"},
        {"contact_id": "a1", "dialled_at": 4, "disposition": "bad_number"},
    ]
    log = call_log(people, calls)
    ends = first_ends(log, control="b")
    assert ends.contacts["time_days"].iloc[:2].tolist() == [9.0, 60.0]
    assert ends.warnings[0].startswith("1 contacts bought or opted out after")
    row = cumulative_incidence(log, "sale", horizon_days=30.0, control="b").table.iloc[0]
    assert row["incidence_arm"] == pytest.approx(0.25)


def test_a_horizon_beyond_all_observation_is_refused_by_the_row():
    table = ends_table(6)
    found = cumulative_incidence(table, "sale", horizon_days=90.0, control="long")
    assert "no contact of short was followed for 90 days" in found.table["reason"].iloc[0]
    assert found.table["estimate"].isna().all()
    assert found.curves["days"].max() <= 60.0
    assert "cannot be known" in found.sentence()


def test_sentences_tell_shares_difference_and_interval():
    found = cumulative_incidence(ends_table(1), "sale", horizon_days=60.0, control="long")
    row = found.table.iloc[0]
    said = found.sentence()
    assert said.startswith("short against long: contacts who bought by day 60: ")
    assert f"{100 * row['incidence_arm']:.1f} % against" in said
    assert "95 % interval" in said
    assert "short" in found._repr_html_()


def test_everything_wrong_is_told_at_once():
    with pytest.raises(InputError) as caught:
        cumulative_incidence(ends_table(1), horizon_days=0.0, control="long", alpha=0.7)
    assert {problem.field for problem in caught.value.problems} == {"alpha", "horizon_days"}
    with pytest.raises(InputError, match="must be one of the ends: sale, opt_out"):
        cumulative_incidence(ends_table(1), "death", horizon_days=9.0, control="long")
    with pytest.raises(InputError, match="time_days"):
        first_ends(ends_table(1).assign(time_days=-1.0), control="long")
    with pytest.raises(InputError, match="must be a call log, as simkit"):
        first_ends([1, 2], control="long")


def test_hazard_ratios_by_account_rest_on_accounts_not_contacts():
    # Each contact four times in its account: the sandwich must not believe the copies.
    table = ends_table(7, accounts=80).assign(account=lambda rows: np.arange(len(rows)))
    copies = pd.concat([table] * 4, ignore_index=True)
    once = hazard_ratios(table, "sale", control="long").table.iloc[0]
    many = hazard_ratios(copies, "sale", control="long", cluster="account").table.iloc[0]
    # Efron's ties among the copies move the estimate a little; naive errors would be half as wide.
    assert many["estimate"] == pytest.approx(once["estimate"], abs=0.1 * once["se"])
    assert many["se"] == pytest.approx(once["se"], rel=0.15)
    assert many["clusters"] == len(table)


def test_an_arm_without_an_event_has_no_hazard_ratio():
    table = ends_table(8)
    quiet = (table["arm"] == "short") & (table["end"] == "sale")
    found = hazard_ratios(table.assign(end=table["end"].mask(quiet)), "sale", control="long")
    assert found.table["reason"].iloc[0] == "nobody of short had the event"
    assert "nobody of short had the event" in found.sentence()
    assert "the cumulative incidence tells the shares" in found.sentence()


def test_few_accounts_are_left_out_in_turn_and_many_are_not():
    few = hazard_ratios(ends_table(9, 30), "sale", control="long", cluster="account").table
    many = hazard_ratios(ends_table(9, 90), "sale", control="long", cluster="account").table
    assert few["method"].iloc[0] == "Cox, jackknife by account"
    assert many["method"].iloc[0] == "Cox, sandwich by account"


@pytest.mark.parametrize(
    "ending",
    [
        *("none", "Censored", "0", "NA", "-", "nessuno", "no event", "no sale yet", "n.d."),
        *("right-censored", "still open", "end of follow-up", "in attesa", "nessuna vendita"),
    ],
)
def test_what_says_that_there_was_no_end_is_not_taken_for_one(ending):
    table = pd.DataFrame(
        {"arm": ["a", "b"] * 50, "time_days": 30.0, "end": ["sale", "sale", ending, ending] * 25}
    )
    with pytest.raises(InputError) as told:
        cumulative_incidence(table, "sale", horizon_days=20, control="a")
    (problem,) = told.value.problems
    assert (problem.field, problem.value) == ("end", ending)
    assert "50 rows" in problem.rule


def test_an_empty_text_is_an_empty_cell():
    table = pd.DataFrame(
        {"arm": ["a", "b"] * 50, "time_days": 30.0, "end": ["sale", "", " ", "sale"] * 25}
    )
    empty = table.replace({"end": {"": None, " ": None}})
    one, other = (
        cumulative_incidence(data, "sale", horizon_days=20, control="a") for data in (table, empty)
    )
    pd.testing.assert_frame_equal(one.table, other.table)
