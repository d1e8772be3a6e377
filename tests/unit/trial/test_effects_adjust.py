"""Means adjusted for history: published answers, statsmodels, and what is refused."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from shop import users

from simkit.calllog import CallLog
from simkit.errors import InputError
from simkit.policy import RecallPolicy
from simkit.report.sentences_trial import adjusted_text
from simkit.trial import evaluate
from simkit.trial.design import TrialDesign
from simkit.trial.effects.adjust import AdjustedMeans, adjusted_means
from simkit.trial.effects.means import means_of_contacts


def test_cuped_of_tea_tasting() -> None:
    """tea-tasting 1.14.0, Mean("orders", "orders_covariate"): p .11773178 becomes .00733041."""
    found = evaluate(
        users(),
        outcomes=["orders"],
        control="control",
        adjust=["orders_before"],
        adjust_method="cuped",
    )
    row, plain = found.table.iloc[0], found.unadjusted.iloc[0]
    assert plain["p_value"] == pytest.approx(0.11773177998716207)
    assert row["p_value"] == pytest.approx(0.007330409808687461)
    assert row["estimate"] == pytest.approx(0.05830389260866353)
    assert row["ci_low"] == pytest.approx(0.015696510168618664)
    assert row["ci_high"] == pytest.approx(0.1009112750487084)
    assert row["verdict"] == "better"
    assert row["method"].startswith("CUPED by orders_before")
    gained = 100 * (1 - row["se"] ** 2 / plain["se"] ** 2)
    assert plain["variance_reduction_percent"] == pytest.approx(gained)


def test_regression_with_interaction_is_that_of_statsmodels() -> None:
    data = users()
    found = evaluate(data, outcomes=["orders"], control="control", adjust=["orders_before"])
    row = found.table.iloc[0]
    arm = (data["arm"] == "treatment").to_numpy(float)
    centred = (data["orders_before"] - data["orders_before"].mean()).to_numpy(float)
    design = sm.add_constant(np.column_stack([arm, centred, arm * centred]))
    fit = sm.OLS(data["orders"], design).fit(cov_type="HC2")
    assert row["estimate"] == pytest.approx(fit.params.iloc[1])
    # Where slopes differ, the mean covariate's own error counts: (slope difference)² var(x̄).
    slopes = fit.params.iloc[3] ** 2 * centred @ centred / 4_000 / 3_999
    assert row["se"] ** 2 == pytest.approx(fit.bse.iloc[1] ** 2 + slopes)


def accounts(
    seed: int, number: int = 60
) -> tuple[np.ndarray, np.ndarray, np.ndarray, pd.DataFrame]:
    """Two arms of whole accounts, with two numbers that are known of each contact."""
    random = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(number), random.geometric(0.4, number))
    arm = cluster % 2
    past = random.normal(size=(number, 2))[cluster] + random.normal(size=(len(cluster), 2))
    value = past @ [1.0, 0.5] * (1 + arm) + random.normal(size=number)[cluster]
    return value, arm, cluster, pd.DataFrame(past, columns=["calls_before", "sales_before"])


def test_errors_by_account_are_the_cluster_jackknife_of_statsmodels() -> None:
    value, arm, cluster, past = accounts(1)
    plain = means_of_contacts(value, arm, ("a", "b"), cluster)
    found, why_not = adjusted_means(plain, value, arm, cluster, past)
    assert not why_not
    assert isinstance(found, AdjustedMeans)
    for place in (0, 1):
        here = arm == place
        centred = (past - past.mean())[here]
        fit = sm.OLS(value[here], sm.add_constant(centred)).fit(
            cov_type="cluster-crv3", cov_kwds={"groups": cluster[here]}
        )
        # One regression of both arms counts their accounts together: (G − 1)/G of all of them.
        alone, both = 29 / 30, 59 / 60
        assert found.mean[place] == pytest.approx(fit.params.iloc[0])
        assert found.own[place] == pytest.approx(fit.bse.iloc[0] ** 2 / alone * both)
    assert found.freedom.tolist() == [27, 27]
    sharper = found.difference("b", "a").se / plain.difference("b", "a").se
    assert sharper < 0.7


def test_one_slope_leaves_an_outcome_that_is_compared_as_any_is() -> None:
    """By all contacts, whatever their arm: so its accounts are assigned anew as the plain one's."""
    value, arm, cluster, past = accounts(6)
    past = past[["sales_before"]]
    plain = means_of_contacts(value, arm, ("a", "b"), cluster)
    found, _ = adjusted_means(plain, value, arm, cluster, past, "cuped")
    x = past["sales_before"].to_numpy()
    slope = np.cov(x, value)[0, 1] / np.var(x, ddof=1)
    left = means_of_contacts(value - slope * (x - x.mean()), arm, ("a", "b"), cluster)
    one, other = found.difference("b", "a"), left.difference("b", "a")
    assert one.p_value == other.p_value
    assert one.interval(0.05) == pytest.approx(other.interval(0.05))
    assert one.method.startswith("CUPED by sales_before; permutation of accounts")


def test_an_outcome_that_few_contacts_have_is_not_adjusted() -> None:
    """Nine sales in an arm tell no slope: money is judged as the sales that bring it are."""
    random = np.random.default_rng(8)
    cluster, past = np.repeat(np.arange(40), 5), random.normal(size=200)
    arm = cluster % 2
    value = np.full(200, -2.0)
    for sales, why in ((9, "fewer than 10 values other than the commonest in b"), (10, "")):
        for place in (0, 1):
            value[np.flatnonzero(arm == place)[: 12 if place == 0 else sales]] = 50.0 + place
        plain = means_of_contacts(value, arm, ("a", "b"), cluster)
        _, found = adjusted_means(plain, value, arm, cluster, pd.DataFrame({"before": past}))
        assert found == why


def test_labels_and_missing_values_are_dummies_and_indicators() -> None:
    value, arm, cluster, past = accounts(2, 400)
    label = np.where(past["calls_before"] > 0.5, "much", np.where(arm < 2, "little", ""))
    known = past["sales_before"].where(past["calls_before"] > -1)
    table = pd.DataFrame({"label": label, "sales_before": known})
    plain = means_of_contacts(value, arm, ("a", "b"), cluster)
    found, _ = adjusted_means(plain, value, arm, cluster, table)
    centre = known.fillna(known.mean())
    columns = np.column_stack([label == "much", centre, known.isna()]).astype(float)
    columns = columns - columns.mean(axis=0)
    both = np.column_stack([arm == 0, arm == 1]).astype(float)
    crossed = (both[:, :, None] * columns[:, None, :]).reshape(len(value), -1)
    fit = sm.OLS(value, np.hstack([both, crossed])).fit()
    assert found.mean == pytest.approx(fit.params[:2])


def test_a_column_that_repeats_another_or_hardly_varies_changes_nothing() -> None:
    value, arm, cluster, past = accounts(3, 200)
    plain = means_of_contacts(value, arm, ("a", "b"), cluster)
    more = past.assign(twice=past["calls_before"] * 2 + 1, rare=(cluster == 7).astype(float))
    wanted, _ = adjusted_means(plain, value, arm, cluster, past)
    found, _ = adjusted_means(plain, value, arm, cluster, more)
    assert found.mean == pytest.approx(wanted.mean)
    assert found.cov == pytest.approx(wanted.cov)


def contacts(events: tuple[int, int] = (300, 200), number: int = 1_000) -> pd.DataFrame:
    random = np.random.default_rng(4)
    sale = np.concatenate([np.arange(number) < count for count in events]).astype(int)
    before = sale + random.normal(size=2 * number)
    return pd.DataFrame(
        {"arm": np.repeat(["new", "now"], number), "sale": sale, "sales_before": before}
    )


def test_adjusted_rows_decide_and_the_plain_ones_stand_beside() -> None:
    data = contacts()
    found = evaluate(data, outcomes=["sale"], control="now", adjust=("sales_before",))
    plain = evaluate(data, outcomes=["sale"], control="now").table.iloc[0]
    row, beside = found.table.iloc[0], found.unadjusted.iloc[0]
    assert row["unit"] == "share of contacts"
    assert row["method"].startswith("OLS interacted with sales_before (Lin), HC2")
    for name in ("estimate", "se", "ci_low", "ci_high", "p_value"):
        assert beside[name] == plain[name]
    # The outcome tells a sixth of the covariate's variance (share .25, noise 1), and it of it.
    assert 10 < beside["variance_reduction_percent"] < 25


def test_guardrails_that_are_shares_keep_their_test() -> None:
    data = contacts().assign(opt_out=lambda table: table["sale"] * (table.index % 2))
    found = evaluate(
        data,
        outcomes=["sale", "opt_out"],
        control="now",
        guardrails={"opt_out": 0.1},
        adjust=("sales_before",),
    )
    plain = evaluate(data, outcomes=["sale", "opt_out"], control="now", guardrails={"opt_out": 0.1})
    pd.testing.assert_frame_equal(found.vetoes, plain.vetoes)
    reason = found.unadjusted.set_index("outcome").loc["opt_out", "reason"]
    assert "guardrail" in reason
    assert not any("not adjusted" in text for text in found.warnings)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (contacts((9, 200)), "fewer than 10 events or non-events in new"),
        (contacts().assign(sales_before=1), "the covariates hardly vary within the arms"),
        (
            contacts((10, 10), 20).assign(b=np.arange(40) % 7, c=np.arange(40) % 5),
            "new has 20 contacts, and 3 columns of covariates need 30",
        ),
    ],
)
def test_where_nothing_can_be_adjusted_the_rows_are_plain_and_it_is_said(
    data: pd.DataFrame, why: str
) -> None:
    names = [name for name in data if name not in ("arm", "sale")]
    found = evaluate(data, outcomes=["sale"], control="now", adjust=names)
    plain = evaluate(data, outcomes=["sale"], control="now", covariates=names)
    pd.testing.assert_frame_equal(found.table, plain.table)
    assert found.unadjusted["reason"].tolist() == [why]
    assert f"sale is not adjusted: {why}" in found.warnings


def test_what_happens_in_the_trial_is_no_covariate() -> None:
    names = ["attempts", "reached", "sale", "net_value_eur", "arm", "account_id", "ok", "ok"]
    with pytest.raises(InputError) as raised:
        evaluate(contacts(), outcomes=["sale"], control="now", adjust=names, adjust_method="magic")
    told = [(problem.field, problem.value) for problem in raised.value.problems]
    assert [value for field, value in told if field == "adjust"] == [*names[:6], "ok"]
    assert ("adjust_method", "magic") in told


@pytest.mark.parametrize(
    "settings",
    [
        {"adjust": "sales_before"},
        {"adjust": ("sales_before", "late"), "adjust_method": "cuped"},
        {"adjust": ("nowhere",)},
        {"adjust": ("seen_at",)},
        {"adjust": ("name",)},
    ],
)
def test_covariates_that_cannot_be_used_are_refused(settings: dict) -> None:
    data = contacts().assign(
        seen_at=pd.Timestamp("2026-01-01"), late=1.0, name=lambda table: table.index.astype(str)
    )
    with pytest.raises(InputError):
        evaluate(data, outcomes=["sale"], control="now", **settings)


def test_totals_cannot_be_adjusted() -> None:
    totals = pd.DataFrame({"arm": ["a", "b"], "n": [100, 100], "sale": [5, 9]})
    with pytest.raises(InputError, match="totals by arm hold no covariates"):
        evaluate(totals, outcomes=["sale"], control="b", adjust=["calls_before"])


def test_of_a_log_contact_columns_are_taken(trial_log: CallLog) -> None:
    before = (trial_log.contacts["account_id"] * 7 % 11).astype("float64")
    log = replace(trial_log, contacts=trial_log.contacts.assign(calls_before=before))
    found = evaluate(log, control="14 days", outcomes=["sale"], adjust=["calls_before"])
    row = found.table.set_index("outcome").loc["sale"]
    assert "calls_before (Lin), CRV3 by account" in row["method"]
    assert found.unadjusted["outcome"].tolist() == ["sale"]
    with pytest.raises(InputError, match="must be a column known at assignment"):
        evaluate(log, control="14 days", outcomes=["sale"], adjust=["sales_before"])


@pytest.mark.parametrize("method", ["lin", "cuped"])
def test_a_covariate_that_is_the_outcome_itself_adjusts_nothing_and_is_said(method: str) -> None:
    data = users().assign(again=lambda rows: 3.0 * rows["orders"] + 1)
    settings = {"outcomes": ["orders"], "control": "control"}
    found = evaluate(data, adjust=["again"], adjust_method=method, **settings)
    plain = evaluate(data, **settings)
    assert found.table["p_value"].tolist() == plain.table["p_value"].tolist()
    assert found.unadjusted["reason"].tolist() == [
        "the outcome follows from again: that was not known before the assignment"
    ]


@pytest.mark.parametrize(("noise", "doubted"), [(0.1, True), (0.3, True), (0.5, False)])
def test_a_covariate_that_tells_nearly_all_of_the_outcome_is_doubted(
    noise: float, doubted: bool
) -> None:
    """Noise of s standard deviations leaves s²/(1 + s²) of the variance: 1, 8 and 20 %."""
    random = np.random.default_rng(4)
    value = random.normal(size=2_000)
    data = pd.DataFrame({"arm": ["a", "b"] * 1_000, "spend": value})
    data["before"] = value + noise * random.normal(size=2_000)
    found = evaluate(data, outcomes=["spend"], control="a", adjust=["before"])
    assert ("takes" in found.sentence()) == doubted
    assert any("of the variance of spend away" in text for text in found.warnings) == doubted


def registered_users(**changes: object) -> TrialDesign:
    return TrialDesign(
        name="shop",
        salt="shop",
        arms={
            "all users": {
                "control": RecallPolicy.every(days=7),
                "treatment": RecallPolicy.every(days=14),
            }
        },
        control={"all users": "control"},
        unit="contact",
        horizon_days=30.0,
        primary="orders",
        covariates=("orders_before",),
    ).replace(**changes)


def test_the_answer_says_what_it_is_adjusted_for_and_how_many_lack_a_value() -> None:
    data = users()
    size, lacking = len(data), 40
    data.loc[: lacking - 1, "orders_before"] = np.nan
    found = evaluate(data, design=registered_users())
    told = (
        "Adjusted for orders_before (as registered); "
        f"{lacking} of {size:,} contacts have no orders_before: they are compared too"
    )
    assert any(text.startswith(told) for text in found.paragraphs())
    assert adjusted_text(found.adjusted).startswith(told)
    alone = evaluate(data, outcomes=["orders"], control="control", adjust=["orders_before"])
    assert alone.adjusted.startswith(f"adjusted for orders_before; {lacking} of")


def test_the_answer_says_nothing_of_missing_values_where_none_is_missing() -> None:
    found = evaluate(users(), design=registered_users())
    assert found.paragraphs()[-1] == "Adjusted for orders_before (as registered)."


def test_a_label_that_is_missing_is_said_to_be_a_group_of_its_own() -> None:
    data = users()
    data["city"] = np.where(np.arange(len(data)) % 3 == 0, "Roma", "Milano")
    data["city"] = data["city"].astype(object).where(np.arange(len(data)) % 4 > 0, None)
    found = evaluate(data, outcomes=["orders"], control="control", adjust=["city"])
    # Every fourth of 4,000.
    assert found.adjusted == (
        "adjusted for city; 1,000 of 4,000 contacts have no city: they are compared too, as a "
        "group of their own"
    )


def test_the_answer_says_why_a_registered_adjustment_was_not_made() -> None:
    data = users()
    data["orders_before"] = 1.0
    found = evaluate(data, design=registered_users())
    said = "Not adjusted for orders_before (as registered)"
    assert not any(text.startswith(said) for text in found.paragraphs())
    assert any(
        text.startswith("Not adjusted for orders_before, though registered: the covariates hardly")
        for text in found.paragraphs()
    )


def test_nothing_is_said_of_adjustment_where_no_covariate_was_named() -> None:
    assert not evaluate(users(), outcomes=["orders"], control="control").adjusted
