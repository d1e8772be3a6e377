"""The spread of contacts inside a run: exact cases, another library's answer, replications."""

import math

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from simkit.engine import simulate
from simkit.measures import contact_outcomes
from simkit.policy import RecallPolicy
from simkit.scenario import load_scenario
from simkit.sweep import sweep
from simkit.sweep.cells import MEANS, SPREAD_OF, contact_variance


def test_two_accounts_by_hand():
    # Mean 5; account 0 deviates by −4 and −2, account 1 by 0, 2 and 4: sums −6 and 6.
    # 2/1 × (36 + 36) / 5 = 28.8; two accounts have one degree of freedom.
    values, account = np.array([1.0, 5.0, 3.0, 7.0, 9.0]), np.array([0, 1, 0, 1, 1])
    assert contact_variance(values, account) == pytest.approx((28.8, 1.0))


def test_contacts_of_their_own_account_have_the_usual_variance():
    values = np.random.default_rng(2).normal(size=50)
    variance, _ = contact_variance(values, np.arange(50))
    assert variance == pytest.approx(values.var(ddof=1))


def test_few_who_differ_leave_few_degrees_of_freedom():
    # One of 9 contacts deviates by 8, the others by −1: Σ s² = 72, Σ s⁴ = 4,104, so that
    # κ = 9 × 4,104 / 72² = 7.125 and 2 × 8 / 6.125 = 2.612245.
    lone = np.array([9.0, *np.zeros(8)])
    assert contact_variance(lone, np.arange(9)) == pytest.approx((9.0, 2.612245))
    # Half buy: κ = 1, and yet no more than the 7 of normal values.
    assert contact_variance(np.array([0.0, 1.0] * 4), np.arange(8))[1] == 7


def test_one_account_or_no_difference_has_no_degrees_of_freedom():
    assert np.isnan(contact_variance(np.array([1.0, 2.0]), np.zeros(2, dtype=np.int64))).all()
    variance, df = contact_variance(np.zeros(4), np.arange(4))
    assert variance == 0
    assert np.isnan(df)


def test_error_of_the_mean_is_that_of_statsmodels():
    # statsmodels multiplies by G/(G − 1) × (n − 1)/(n − k); with the constant alone, k = 1, the
    # second factor is 1.
    draw = np.random.default_rng(3)
    account = np.unique(draw.integers(40, size=120), return_inverse=True)[1]
    values = draw.normal(size=120) + draw.normal(size=40)[account]
    fit = sm.OLS(values, np.ones(120)).fit(cov_type="cluster", cov_kwds={"groups": account})
    assert contact_variance(values, account)[0] == pytest.approx(120 * fit.bse[0] ** 2)


def test_degrees_of_freedom_tell_how_often_a_variance_is_missed():
    # 4 populations of 150 contacts, of whom 5 % bring an exponential value of mean 1: variance
    # 2 × .05 − .05² = .0975. A 95 % range from the degrees of freedom holds it in about 95 % of
    # 1,000 sweeps: less than 90 % would refute it (3 standard errors of .69 % are 2.1 %, the rest
    # is left for the χ², an approximation). With κ near 24 × .05 / .0975² = 126 the variance errs
    # by √(125 / 600) = 46 %; a range from the number of accounts, 11 % either way, seldom holds it.
    draw = np.random.default_rng(4)
    brought = draw.exponential(size=(1000, 4, 150)) * (draw.random((1000, 4, 150)) < 0.05)
    account = np.arange(150)
    found = np.array([[contact_variance(each, account) for each in one] for one in brought])
    variance, df = found[..., 0], found[..., 1]
    pooled = variance.sum(axis=1) ** 2 / (variance**2 / df).sum(axis=1)
    ratio = variance.mean(axis=1) / 0.0975

    def held(df):
        low, high = stats.chi2.ppf([[0.025], [0.975]], df) / df
        return ((low <= ratio) & (ratio <= high)).mean()

    assert held(pooled) >= 0.90
    assert held(4 * 149) < 0.50


@pytest.fixture(scope="module")
def close_accounts():
    """Companies of many colleagues who buy alike and are all lost by one opt-out."""
    scenario = load_scenario("trial").only("b2b")
    changed = {
        "b2b.account_size_mean": 5.0,
        "b2b.account_optout_prob": 1.0,
        "b2b.account_sd_logit": 2.0,
    }
    return scenario.vary_all(changed, source="assumed for this test")


def test_replications_spread_as_the_contacts_inside_them_say(close_accounts):
    # Two estimates of one variance: between 40 means, times the contacts, with 39 degrees of
    # freedom, and inside the runs with those that they claim. Their ratio follows F to the first
    # two moments (the kurtosis of the means is in the second's degrees); 99.9 % of it.
    found = sweep(
        close_accounts,
        ["5wd"],
        replications=40,
        contacts=150,
        days=90,
        horizons=[90],
        jobs=1,
        progress=False,
    )
    for measure in SPREAD_OF:
        runs = found.runs[found.runs["measure"] == measure]
        inside = runs["contact_variance"]
        df = inside.sum() ** 2 / (inside**2 / runs["contact_variance_df"]).sum()
        ratio = runs["value"].var() * 150 / inside.mean()
        low, high = stats.f.ppf([0.0005, 0.9995], 39, df)
        assert low < ratio < high, measure


def test_a_run_says_what_the_log_of_the_same_run_says(close_accounts):
    policy = RecallPolicy.every(working_days=5)
    small = {"replications": 2, "contacts": 60, "days": 60, "horizons": (30, 60)}
    found = sweep(close_accounts, [policy], jobs=1, progress=False, **small)
    runs = found.runs.set_index(["replication", "horizon_days", "measure"])
    spread_days = math.ceil(close_accounts.segments["b2b"].entry_spread_days)
    for replication in (0, 1):
        run = {"contacts": 60, "days": 60 + spread_days, "replication": replication}
        log = simulate(close_accounts, policy, **run)
        for horizon in (30, 60):
            table = contact_outcomes(
                log, horizon_days=horizon, economics=close_accounts.economics()
            )
            for name in MEANS:
                expected = np.mean(table[name].to_numpy())
                assert runs.loc[(replication, horizon, name), "value"] == expected, name
            deviation = table["net_value_eur"] - table["net_value_eur"].mean()
            sums = deviation.groupby(table["account_id"]).sum()
            wanted = len(sums) / (len(sums) - 1) * (sums**2).sum() / 60
            row = runs.loc[(replication, horizon, "net_value_eur")]
            assert row["contact_variance"] == pytest.approx(wanted)
    known = runs["contact_variance"].dropna()
    assert set(known.index.get_level_values("measure")) == set(SPREAD_OF)
