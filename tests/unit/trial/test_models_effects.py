"""Estimating equations, counts and heavy tails: what they give, and what they refuse."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from simkit.errors import InputError
from simkit.policy import RecallPolicy
from simkit.trial import evaluate, models
from simkit.trial.design import TrialDesign
from simkit.trial.models import count_ratio, gee, robust_value
from simkit.trial.read.trial import read_trial


def accounts_table(seed: int, accounts: int = 60, most: int = 6) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    account = np.repeat(np.arange(accounts), rng.integers(1, most, accounts))
    alike = rng.normal(size=accounts)[account]
    table = pd.DataFrame({"arm": np.where(account % 2, "short", "long"), "account": account})
    table["sale"] = (alike + rng.normal(size=len(table)) > 0.8).astype(int)
    table["calls_back"] = rng.poisson(np.exp(0.4 * alike + 0.3 * (table["arm"] == "short")))
    table["net_value_eur"] = table["sale"] * rng.lognormal(3, 1, len(table)) - 2.0
    table["years"] = rng.uniform(0.5, 2, len(table))
    table["region"] = rng.choice(["north", "south"], len(table))
    return table


def read(table: pd.DataFrame, *outcomes: str, cluster: str | None = "account", **more):
    return read_trial(table, control="long", outcomes=list(outcomes), cluster=cluster, **more)


def test_gee_with_one_contact_an_account_is_the_comparison_of_means():
    table = accounts_table(1, most=2)
    row = gee(read(table, "sale"), "sale").table.iloc[0]
    arms = [table.loc[table["arm"] == name, "sale"] for name in ("short", "long")]
    assert row["estimate"] == pytest.approx(arms[0].mean() - arms[1].mean(), abs=1e-9)
    odds = [mean / (1 - mean) for mean in (arms[0].mean(), arms[1].mean())]
    assert row["coefficient"] == pytest.approx(np.log(odds[0] / odds[1]), abs=1e-7)
    assert row["correlation"] == 0.0


@pytest.mark.parametrize("link", ["logit", "identity", "log"])
def test_the_marginal_difference_hardly_depends_on_the_link(link):
    # Arms alone saturate the mean; only the weights of accounts differ with the link.
    table = accounts_table(2, accounts=200)
    trial = read(table, "sale")
    row = gee(trial, "sale", link=link).table.iloc[0]
    main = evaluate(table, control="long", outcomes=["sale"], cluster="account").table.iloc[0]
    assert row["estimate"] == pytest.approx(main["estimate"], abs=main["se"])
    assert row["link"] == link
    assert 0.1 < row["correlation"] < 0.5  # planted: half the latent variance


def test_gee_adjusts_for_covariates_of_every_kind():
    table = accounts_table(3)
    trial = read(table, "net_value_eur", covariates=["years", "region"])
    found = gee(trial, "net_value_eur", covariates=["years", "region"])
    assert found.link == "identity"
    assert np.isfinite(found.table["se"].iloc[0])
    assert "net value per contact" in found.sentence()


def test_gee_says_what_it_cannot_fit():
    table = accounts_table(4)
    none = table.assign(sale=table["sale"].where(table["arm"] == "long", 0))
    found = gee(read(none, "sale"), "sale")
    assert found.table["reason"].iloc[0].startswith("every contact of short has the value 0")
    with pytest.raises(InputError) as caught:
        gee(read(table, "net_value_eur"), "sale", link="logit", covariates=["age"], alpha=0)
    fields = {problem.field for problem in caught.value.problems}
    assert fields == {"outcome", "covariates", "alpha"}
    with pytest.raises(InputError, match="goes beyond 0 and 1"):
        gee(read(table, "net_value_eur"), "net_value_eur", link="logit")


def test_a_correlation_that_does_not_settle_is_left_out_and_told():
    # A trial of 12 accounts in which statsmodels' exchangeable fit goes back and forth; weighed
    # alike, contacts give the plain difference of shares.
    rng = np.random.default_rng([2, 12, 0, 6])
    account = np.repeat(np.arange(12), rng.geometric(1 / 3, 12))
    table = pd.DataFrame({"account": account})
    table["arm"] = np.where(rng.permutation(12) % 2, "long", "short")[account]
    alike = 1 / 0.15 - 1
    chance = stats.beta.ppf(rng.random(12)[account], 0.25 * alike, 0.75 * alike)
    table["sale"] = (rng.random(len(table)) < chance).astype(int)
    row = gee(read(table, "sale"), "sale").table.iloc[0]
    assert "did not settle" in row["method"]
    assert np.isnan(row["correlation"])
    shares = table.groupby("arm")["sale"].mean()
    assert row["estimate"] == pytest.approx(shares["short"] - shares["long"], abs=1e-6)
    assert row["se"] > 0


def test_models_refuse_totals():
    totals = pd.DataFrame({"arm": ["short", "long"], "n": [90, 80], "sale": [9, 8]})
    trial = read_trial(totals, control="long", outcomes=["sale"])
    for model in (gee, count_ratio, robust_value):
        with pytest.raises(InputError, match="must hold one row per contact"):
            model(trial, "sale")


def test_models_refuse_outcomes_of_reached_contacts_with_the_reason():
    table = accounts_table(5).assign(reached=1)
    table.loc[::3, "reached"] = 0
    table["sale_per_call"] = table["sale"].where(table["reached"] == 1)
    trial = read(table, "sale_per_call")
    for model in (gee, count_ratio, robust_value):
        row = model(trial, "sale_per_call").table.iloc[0]
        assert np.isnan(row["estimate"])
        assert row["reason"] == trial.refusals["sale_per_call"]


def test_a_ratio_of_rates_without_exposure_is_the_ratio_of_means():
    # NB2 with a dummy an arm and no exposure: the score equations give the arms' means.
    table = accounts_table(6)
    row = count_ratio(read(table, "calls_back"), "calls_back").table.iloc[0]
    means = table.groupby("arm")["calls_back"].mean()
    assert row["ratio"] == pytest.approx(means["short"] / means["long"], rel=1e-6)
    assert row["rate_control"] == pytest.approx(means["long"], rel=1e-6)
    assert row["estimate"] == pytest.approx(np.log(row["ratio"]))
    assert row["ratio_low"] < row["ratio"] < row["ratio_high"]


def test_twice_the_exposure_halves_the_rates_and_leaves_the_ratio():
    table = accounts_table(7).assign(twice=lambda rows: 2 * rows["years"])
    trial = read(table, "calls_back", covariates=["years", "twice"])
    once = count_ratio(trial, "calls_back", exposure="years").table.iloc[0]
    twice = count_ratio(trial, "calls_back", exposure="twice").table.iloc[0]
    assert twice["ratio"] == pytest.approx(once["ratio"], rel=1e-6)
    assert twice["rate_arm"] == pytest.approx(once["rate_arm"] / 2, rel=1e-6)
    assert "per unit of years" in count_ratio(trial, "calls_back", exposure="years").sentence()


def test_counts_that_spread_less_than_poisson_s_are_told():
    # 0 and 1 only: the variance p(1 − p) lies below the mean p.
    found = count_ratio(read(accounts_table(8), "sale"), "sale")
    assert found.table["dispersion"].iloc[0] == 0.0
    assert found.table["method"].iloc[0].startswith("Poisson, sandwich")
    assert "spread no more than Poisson's" in found.warnings[0]
    few = count_ratio(read(accounts_table(8, accounts=40), "sale"), "sale")
    assert few.table["method"].iloc[0].startswith("Poisson, jackknife")


def test_counts_must_be_counts():
    table = accounts_table(9)
    with pytest.raises(InputError, match="must be whole numbers"):
        count_ratio(read(table, "net_value_eur"), "net_value_eur")
    trial = read(table.assign(years=0.0), "sale", covariates=["years"])
    with pytest.raises(InputError, match="must be numbers above 0"):
        count_ratio(trial, "sale", exposure="years")
    none = table.assign(calls_back=table["calls_back"].where(table["arm"] == "long", 0))
    found = count_ratio(read(none, "calls_back"), "calls_back")
    assert "nobody of short had the event" in found.table["reason"].iloc[0]


@pytest.mark.parametrize("cluster", ["account", None])
def test_the_first_estimator_is_the_main_one(cluster):
    table = accounts_table(10)
    found = robust_value(read(table, "net_value_eur", cluster=cluster), resamples=199).table
    main = evaluate(table, control="long", outcomes=["net_value_eur"], cluster=cluster).table
    for name in ("estimate", "se", "ci_low", "ci_high", "p_value"):
        assert found[name].iloc[0] == pytest.approx(main[name].iloc[0])
    assert found["estimator"].tolist() == [
        "mean, t",
        "mean, bootstrap-t",
        "capped mean",
        "trimmed mean",
    ]


def test_the_bootstrap_of_normal_values_agrees_with_t():
    # Normal values in accounts of one: the t interval is exact. A bootstrap end of 1,999 resamples
    # has a relative error of about 2.5 % of the half width; 10 % is four of them.
    rng = np.random.default_rng(11)
    table = pd.DataFrame({"arm": ["short", "long"] * 200, "y": rng.normal(size=400)})
    rows = robust_value(read(table, "y", cluster=None), "y").table.set_index("estimator")
    t, boot = rows.loc["mean, t"], rows.loc["mean, bootstrap-t"]
    half = (t["ci_high"] - t["ci_low"]) / 2
    assert boot["se"] == pytest.approx(t["se"], rel=1e-9)
    assert boot["ci_low"] == pytest.approx(t["ci_low"], abs=0.1 * half)
    assert boot["ci_high"] == pytest.approx(t["ci_high"], abs=0.1 * half)


def test_accounts_in_both_arms_are_resampled_together():
    # Each account has one contact in each arm and shifts both alike: the difference hardly varies.
    rng = np.random.default_rng(12)
    account = np.repeat(np.arange(150), 2)
    table = pd.DataFrame({"account": account, "arm": ["short", "long"] * 150})
    table["y"] = 5 * rng.normal(size=150)[account] + 0.1 * rng.normal(size=300)
    rows = robust_value(read(table, "y"), "y", resamples=499).table.set_index("estimator")
    pairs = table.pivot_table(index="account", columns="arm", values="y")
    paired = stats.ttest_rel(pairs["short"], pairs["long"]).confidence_interval()
    for name in ("mean, bootstrap-t", "mean, t"):
        width = rows.loc[name, "ci_high"] - rows.loc[name, "ci_low"]
        assert width == pytest.approx(paired.high - paired.low, rel=0.25)


def test_what_the_largest_contacts_add_is_counted_with_ties_shared():
    # 100 contacts an arm: short has three of 50, long one; the largest 1 % of 200 are two places,
    # shared by the four: 3 · ½ · 50 ÷ 100 − 1 · ½ · 50 ÷ 100 = .5 of a difference of 1.
    values = np.zeros(200)
    values[[0, 1, 2, 100]] = 50.0
    table = pd.DataFrame({"arm": np.repeat(["short", "long"], 100), "net_value_eur": values})
    tails = robust_value(read(table, "net_value_eur", cluster=None), resamples=199).tails.iloc[0]
    assert tails["difference"] == pytest.approx(1.0)
    assert tails["top_difference"] == pytest.approx(0.5)
    assert tails["top_share"] == pytest.approx(0.5)


def test_kohavi_s_rule_decides_whether_t_may_be_trusted():
    rng = np.random.default_rng(13)
    for law, trusted in ((rng.normal, True), (lambda size: rng.lognormal(0, 2, size), False)):
        table = pd.DataFrame({"arm": ["short", "long"] * 500, "net_value_eur": law(size=1000)})
        found = robust_value(read(table, "net_value_eur", cluster=None), resamples=199)
        tail = found.tails.iloc[0]
        assert tail["trusted"] == trusted
        skewness = stats.skew(table.loc[table["arm"] == "short", "net_value_eur"])
        assert tail["needed_arm"] == pytest.approx(355 * skewness**2)
        words = "may be trusted" if trusted else "Do not lean on the t interval"
        assert words in found.sentence()
        assert "decide nothing" in found.warnings[0]


def test_values_that_do_not_vary_tell_nothing_and_one_still_arm_little():
    table = accounts_table(15).assign(net_value_eur=-2.0)
    found = robust_value(read(table, "net_value_eur"), resamples=199)
    assert found.table["reason"].iloc[0].startswith("the outcome does not vary in either arm")
    assert found.tails.empty
    assert "does not vary" in found.sentence()
    short = table["arm"] == "short"
    table.loc[short, "net_value_eur"] = np.arange(short.sum(), dtype=float)
    found = robust_value(read(table, "net_value_eur"), resamples=199)
    assert not found.tails["trusted"].iloc[0]
    assert "an arm shows no spread" in found.sentence()


def test_the_settings_of_tails_are_checked_together():
    with pytest.raises(InputError) as caught:
        robust_value(
            read(accounts_table(14), "sale"), "sale", outer_share=0.5, largest_share=0, resamples=9
        )
    fields = {problem.field for problem in caught.value.problems}
    assert fields == {"outer_share", "largest_share", "resamples"}


@pytest.mark.parametrize("unit", ["account", "contact"])
def test_models_follow_the_unit_that_a_design_registers(unit):
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
    table = accounts_table(5).rename(columns={"account": "account_id"})
    table = table.assign(contact_id=np.arange(len(table)))
    outcomes = ["sale", "calls_back", "net_value_eur"]
    registered = models.read_trial(table, design=design, outcomes=outcomes)
    by_hand = models.read_trial(table, control="long", outcomes=outcomes, cluster=f"{unit}_id")
    assert registered.unit == {"account": "account_id", "contact": "contact"}[unit]
    for model, outcome in ((gee, "sale"), (count_ratio, "calls_back")):
        pd.testing.assert_frame_equal(
            model(registered, outcome).table, model(by_hand, outcome).table
        )
    # What is said of it holds even against the design.
    other = models.read_trial(table, design=design, outcomes=outcomes, cluster="account_id")
    assert other.unit == "account_id"


def test_a_trial_is_not_read_without_a_control():
    with pytest.raises(InputError, match="control == None, must be given"):
        models.read_trial(accounts_table(1), outcomes=["sale"])
