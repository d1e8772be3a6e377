"""The errors follow the unit that was assigned, and no interval has a width of zero."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from least_squares import cluster_cov, cluster_freedom
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from simkit.errors import InputError
from simkit.trial import evaluate
from simkit.trial.effects.difference import ScoreDifference
from simkit.trial.effects.means import means_of_contacts, means_of_moments, means_of_sums
from simkit.trial.effects.multiplicity import holm
from simkit.trial.sentences import amount


def clustered(accounts: int, arms: tuple[str, ...], seed: int = 1) -> pd.DataFrame:
    """Contacts of accounts of uneven size that share an offset; whole accounts are assigned."""
    random = np.random.default_rng(seed)
    sizes = random.geometric(0.4, accounts)
    account = np.repeat(np.arange(accounts), sizes)
    value = random.normal(size=accounts)[account] + random.normal(size=len(account))
    return pd.DataFrame(
        {"account": account, "arm": np.array(arms)[account % len(arms)], "value": value}
    )


def test_errors_by_account_are_the_jackknife_over_accounts() -> None:
    """CRV3 by its definition: leave out each account in turn, and refit the difference."""
    table = clustered(24, ("a", "b"))
    found = evaluate(table, outcomes=["value"], control="b", cluster="account", errors="crv3")
    row = found.table.iloc[0]

    def difference(rows: pd.DataFrame) -> float:
        means = rows.groupby("arm")["value"].mean()
        return float(means["a"] - means["b"])

    whole = difference(table)
    left = [difference(table[table["account"] != one]) for one in range(24)]
    variance = 23 / 24 * sum((each - whole) ** 2 for each in left)
    assert row["estimate"] == pytest.approx(whole)
    assert row["se"] == pytest.approx(np.sqrt(variance))
    assert "CRV3" in row["method"]
    assert row["clusters"] == 24


def test_cr2_with_the_freedom_of_bell_and_mccaffrey_is_the_default_of_many_accounts() -> None:
    """Held against the routine for any regressors, few accounts too, where it is asked for."""
    for accounts, errors in ((24, "cr2"), (180, "auto"), (600, "auto")):
        table = clustered(accounts, ("a", "b"))
        found = evaluate(table, outcomes=["value"], control="b", cluster="account", errors=errors)
        row = found.table.iloc[0]
        codes, treated = table["account"].to_numpy(), (table["arm"] == "a").to_numpy(float)
        x = np.column_stack([np.ones(len(table)), treated])
        residuals = sm.OLS(table["value"].to_numpy(), x).fit().resid
        se = np.sqrt(cluster_cov(x, residuals, codes, "cr2")[1, 1])
        assert row["se"] == pytest.approx(se)
        freedom = cluster_freedom(x, codes, np.array([0.0, 1.0]))
        assert row["df"] == pytest.approx(freedom)
        assert row["p_value"] == pytest.approx(2 * stats.t.sf(abs(row["estimate"]) / se, freedom))
        assert row["method"] == "OLS, CR2 by account, t with Bell-McCaffrey's degrees of freedom"


def test_cr1_is_that_of_statsmodels() -> None:
    table = clustered(24, ("a", "b"))
    fit = sm.OLS(table["value"], sm.add_constant((table["arm"] == "a").astype(float))).fit(
        cov_type="cluster", cov_kwds={"groups": table["account"].to_numpy()}
    )
    found = evaluate(table, outcomes=["value"], control="b", cluster="account", errors="cr1")
    assert found.table["se"].iloc[0] == pytest.approx(fit.bse.iloc[1])


def test_unequal_arms_are_compared_by_assigning_accounts_anew() -> None:
    table = clustered(205, ("a",))
    table["arm"] = np.where(table["account"] < 5, "few", "many")
    row = evaluate(table, outcomes=["value"], control="many", cluster="account").table.iloc[0]
    assert row["p_value"] > 0.0001  # the draws can show it, so nothing of it is by t
    assert row["method"] == "permutation of accounts, 9,999 draws"
    table["value"] += 1000.0 * (table["arm"] == "few")
    far = evaluate(table, outcomes=["value"], control="many", cluster="account").table.iloc[0]
    assert far["p_value"] < 0.0001
    how = "permutation of accounts, 9,999 draws; beyond what draws can show, by t with CR2"
    assert far["method"] == how
    assert 2 < row["df"] < 6  # 5 accounts have 4 degrees of freedom; G − 1 would be 204
    assert (row["p_value"] <= 0.05) == (row["ci_low"] * row["ci_high"] > 0)


def test_few_accounts_are_assigned_anew_where_the_assignments_are_enough() -> None:
    """Of 4 against 4 there are 70: none has a p-value between .029 and .057."""
    for accounts, how in ((10, "all 252 draws"), (100, "9,999 draws"), (8, "OLS, CR2")):
        table = clustered(accounts, ("a", "b"))
        row = evaluate(table, outcomes=["value"], control="b", cluster="account").table.iloc[0]
        assert how in row["method"]


def test_sums_of_accounts_are_enough() -> None:
    """The same to 12 digits as from the contacts, also of accounts in several arms."""
    table = clustered(40, ("a", "b", "c")).sample(frac=1, random_state=2)
    values, codes = table["value"].to_numpy() + 1e3, table["account"].to_numpy()
    for arm in (codes % 3, np.random.default_rng(2).integers(0, 3, len(table))):
        sums = pd.DataFrame({"account": codes, "arm": arm, "n": 1, "total": values})
        sums = sums.groupby(["account", "arm"]).sum().reset_index()
        for errors in ("cr1", "cr2", "crv3"):
            one = means_of_contacts(values, arm, ("a", "b", "c"), codes, errors=errors)
            other = means_of_sums(
                ("a", "b", "c"),
                *(sums[name].to_numpy() for name in ("arm", "n", "total")),
                binary=False,
                account=sums["account"].to_numpy(),
                errors=errors,
            )
            assert one.mean == pytest.approx(other.mean, rel=1e-12)
            assert one.cov == pytest.approx(other.cov, rel=1e-9, abs=1e-18)
            pair = [each.difference("a", "b") for each in (one, other)]
            assert pair[0].df == pytest.approx(pair[1].df, rel=1e-9)


def test_moments_of_arms_are_enough_and_do_not_cancel() -> None:
    """Values of 10⁸ that spread by 1: a sum of squares would have lost the variance."""
    random = np.random.default_rng(4)
    a, b = 1e8 + random.normal(0.3, 1, 40), 1e8 + random.normal(0, 3, 25)
    moments = means_of_moments(
        ("a", "b"),
        np.array([40, 25]),
        np.array([a.mean(), b.mean()]),
        np.array([a.var(ddof=1), b.var(ddof=1)]),
        binary=False,
    )
    contacts = means_of_contacts(
        np.concatenate([a, b]), np.repeat([0, 1], [40, 25]), ("a", "b"), None
    )
    assert contacts.cov == pytest.approx(moments.cov, rel=1e-6)
    welch = stats.ttest_ind(a, b, equal_var=False)
    assert moments.difference("a", "b").p_value == pytest.approx(welch.pvalue)


def test_accounts_that_all_have_one_mean_carry_no_claim() -> None:
    """One sale in each pair of contacts: there is no spread between accounts to read."""
    account = np.repeat(np.arange(40), 2)
    table = pd.DataFrame({"arm": np.where(account < 20, "a", "b"), "account": account})
    random = np.random.default_rng(5)
    table["sale"] = np.where(account < 20, np.arange(80) % 2, random.random(80) < 0.3)
    row = evaluate(table, outcomes=["sale"], control="b", cluster="account").table.iloc[0]
    assert row["verdict"] == "cannot tell"
    assert row["reason"] == "every account of a has the same mean, so its error cannot be seen"


def test_errors_that_are_none_of_these_are_refused() -> None:
    table = clustered(20, ("a", "b"))
    with pytest.raises(InputError, match="errors == 'hc3', must be one of: auto, cr1, cr2, crv3"):
        evaluate(table, outcomes=["value"], control="b", cluster="account", errors="hc3")


def test_contacts_assigned_one_by_one_get_welchs_test() -> None:
    random = np.random.default_rng(3)
    a, b = random.normal(0.3, 1, 40), random.normal(0, 3, 25)
    table = pd.DataFrame({"arm": ["a"] * 40 + ["b"] * 25, "value": np.concatenate([a, b])})
    row = evaluate(table, outcomes=["value"], control="b").table.iloc[0]
    welch = stats.ttest_ind(a, b, equal_var=False)
    interval = welch.confidence_interval()
    assert row["p_value"] == pytest.approx(welch.pvalue)
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((interval.low, interval.high))


def test_accounts_of_one_contact_are_contacts() -> None:
    table = clustered(60, ("a", "b")).drop_duplicates("account")
    alone = evaluate(table, outcomes=["value"], control="b")
    with_accounts = evaluate(table, outcomes=["value"], control="b", cluster="account")
    pd.testing.assert_frame_equal(alone.table, with_accounts.table)


def test_no_event_in_an_arm_still_has_a_width() -> None:
    # 0/20 has the Wilson interval 0 to .1611: Newcombe 1998, Statistics in Medicine 17, 857-872.
    totals = pd.DataFrame({"arm": ["a", "b"], "n": [20, 20], "event": [0, 0]})
    row = evaluate(totals, outcomes=["event"], control="b").table.iloc[0]
    assert round(row["ci_high"], 4) == 0.1611
    assert row["ci_low"] == -row["ci_high"]
    assert row["p_value"] == 1.0
    assert row["verdict"] == "cannot tell"


def test_no_event_in_clustered_contacts_takes_each_account_as_one() -> None:
    table = pd.DataFrame(
        {"arm": np.repeat(["a", "b"], 90), "account": np.arange(180) // 3, "event": 0}
    )
    row = evaluate(table, outcomes=["event"], control="b", cluster="account").table.iloc[0]
    # Accounts of equal size: 30 in each arm, and none of them with the event.
    assert row["ci_high"] == pytest.approx(proportion_confint(0, 30, method="wilson")[1])
    assert "each account counted as one" in row["method"]


def test_a_mean_of_nothing_is_exactly_zero_in_every_arm() -> None:
    table = clustered(60, ("a", "b", "c"))
    table["event"] = ((table["arm"] == "a") & (table["account"] % 2 == 0)).astype(int)
    rows = evaluate(table, outcomes=["event"], control="c", cluster="account").table
    assert set(rows["mean_control"]) == {0.0}
    assert rows["method"].str.contains("each account counted as one").all()


def test_amounts_that_do_not_vary_in_one_arm_carry_no_claim() -> None:
    table = pd.DataFrame({"arm": ["a"] * 50 + ["b"] * 50, "value": [3.0] * 50 + [1.0, 2.0] * 25})
    row = evaluate(table, outcomes=["value"], control="b").table.iloc[0]
    assert row["verdict"] == "cannot tell"
    assert "same value" in row["reason"]


def test_amounts_that_do_not_vary_at_all_are_refused() -> None:
    table = pd.DataFrame({"arm": ["a"] * 50 + ["b"] * 50, "value": 2.5})
    row = evaluate(table, outcomes=["value"], control="b").table.iloc[0]
    assert row["verdict"] == "refused"
    assert "does not vary" in row["reason"]


@given(
    n=st.tuples(st.integers(2, 400), st.integers(2, 400)),
    share=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    alpha=st.sampled_from([0.1, 0.05, 0.01, 0.001]),
)
def test_score_p_value_and_interval_tell_the_same(
    n: tuple[int, int], share: tuple[float, float], alpha: float
) -> None:
    events = tuple(round(part * size) for part, size in zip(share, n, strict=True))
    found = ScoreDifference((events[0] / n[0], events[1] / n[1]), n, "")
    low, high = found.interval(alpha)
    excluded = low > 0 or high < 0
    near = abs(found.p_value - alpha) < 1e-9
    assert near or (found.p_value < alpha) == excluded


@given(p_values=st.lists(st.floats(1e-12, 1), min_size=1, max_size=12))
def test_holm_levels_tell_what_holm_decides(p_values: list[float]) -> None:
    adjusted, levels = holm(p_values, 0.05)
    rejected = adjusted <= 0.05
    near = np.isclose(adjusted, 0.05)
    assert (((np.array(p_values) <= levels) == rejected) | near).all()


def test_holm_on_paper() -> None:
    # p = .01, .04, .03: steps .05/3, .05/2, .05/1; .03 > .025 stops it, so the rest keeps .025.
    adjusted, levels = holm([0.01, 0.04, 0.03], 0.05)
    assert adjusted == pytest.approx([0.03, 0.06, 0.06])
    assert levels == pytest.approx([0.05 / 3, 0.025, 0.025])


def test_a_family_of_none() -> None:
    adjusted, levels = holm([], 0.05)
    assert not len(adjusted)
    assert not len(levels)


def test_units_of_split_accounts_count_in_each_arm() -> None:
    # Account 0 has a contact in either arm.
    arm, account = np.array([0, 1, 0, 1, 0, 1]), np.array([0, 0, 1, 2, 3, 4])
    means = means_of_contacts(np.arange(6.0), arm, ("a", "b"), account)
    assert means.units.tolist() == [3, 3]
    assert means.cov[0, 1] != 0


def test_order_of_rows_does_not_matter() -> None:
    table = clustered(40, ("a", "b", "c"))
    shuffled = table.sample(frac=1, random_state=5)
    results = [
        evaluate(rows, outcomes=["value"], control="b", cluster="account").table
        for rows in (table, shuffled)
    ]
    pd.testing.assert_frame_equal(*results)


def test_arms_compared_with_different_controls_mirror_each_other() -> None:
    table = clustered(40, ("a", "b"))
    one, other = (
        evaluate(table, outcomes=["value"], control=control, cluster="account").table.iloc[0]
        for control in ("a", "b")
    )
    assert one["estimate"] == pytest.approx(-other["estimate"])
    assert (one["ci_low"], one["ci_high"]) == pytest.approx((-other["ci_high"], -other["ci_low"]))


def test_values_of_any_size_are_told_by_their_digits() -> None:
    """An interval narrower than what six digits after the point can show."""
    random = np.random.default_rng(3)
    table = pd.DataFrame({"arm": ["a", "b"] * 200, "dose": random.normal(1.0, 1e-8, 400) - 1.0})
    row = evaluate(table, outcomes=["dose"], control="a").table.iloc[0]
    (said,) = evaluate(table, outcomes=["dose"], control="a").sentences()
    for value in (row["estimate"], row["ci_low"], row["ci_high"]):
        assert f"{value:+.3g}".replace("-", "−") in said
    # Digits finer than the interval stay unwritten.
    assert amount(1.23456, "per contact", 0.5) == "+1.23 per contact"
    assert amount(0.0, "per contact", 0.5) == "+0.00 per contact"
    assert amount(40.0, "EUR per contact", 1e-9) == "+40.000000 EUR"
