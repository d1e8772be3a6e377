"""The models beside the main comparison, against published answers and other programs' output."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels
from scipy import stats
from statsmodels.duration.hazard_regression import PHReg

from simkit.trial.models import cumulative_incidence, gee, hazard_ratios, robust_value
from simkit.trial.models.aalen_johansen import aalen_johansen
from simkit.trial.models.counts import fit_counts
from simkit.trial.models.cox import fit_cox, score_residuals
from simkit.trial.read.trial import read_trial

HERE = Path(__file__).parent

# 18 subjects, three causes, 0 is censored: R's cmprsk, as in statsmodels' test of cumulative
# incidence (duration/tests/test_survfunc.py: "Check estimates in R: cuminc(ftime, fstat)").
DAYS = np.array([1, 1, 2, 4, 4, 4, 6, 6, 7, 8, 9, 9, 9, 1, 2, 2, 4, 4], dtype=float)
CAUSE = np.array([1, 1, 1, 2, 2, 2, 3, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0])
NAMES = np.array([None, "sale", "opt_out", "dead"], dtype=object)


def eighteen() -> pd.DataFrame:
    return pd.DataFrame({"time_days": DAYS, "end": NAMES[CAUSE]})


def test_cumulative_incidence_of_three_causes_is_cmprsk_s():
    fit = aalen_johansen(DAYS, CAUSE, 3)
    at = fit.at(np.array([1.0, 2.0, 4.0, 6.0, 9.0]))
    expected = [
        [0.11111111, 0.17037037, 0.17037037, 0.17037037, 0.17037037],
        [0.0, 0.0, 0.20740741, 0.20740741, 0.20740741],
        [0.0, 0.0, 0.0, 0.17777778, 0.26666667],
    ]
    np.testing.assert_allclose(at, expected, atol=5e-9)


def test_influences_square_to_stata_s_standard_errors():
    # The same test: "The standard errors agree with Stata": stcompet ci=ci, compet1(2)
    fit = aalen_johansen(DAYS, CAUSE, 3)
    found = [
        [float(np.sqrt((fit.influence(kind, day) ** 2).sum())) for day in (1.0, 2.0, 6.0, 9.0)]
        for kind in (1, 2, 3)
    ]
    expected = [
        [0.07407407, 0.08976251, 0.08976251, 0.08976251],
        [0.0, 0.0, 0.10610391, 0.10610391],
        [0.0, 0.0, 0.11196147, 0.12787781],
    ]
    np.testing.assert_allclose(found, expected, atol=5e-9)


def test_the_door_gives_cmprsk_s_figures_for_each_arm():
    # Both arms are the 18 subjects, so that the difference is 0.
    both = pd.concat([eighteen().assign(arm=name) for name in ("a", "b")], ignore_index=True)
    found = cumulative_incidence(
        both, ("sale", "opt_out", "dead"), horizon_days=9.0, control="b"
    ).table.set_index("outcome")
    expected = {"sale": 0.17037037, "opt_out": 0.20740741, "dead": 0.26666667}
    for name, share in expected.items():
        assert found.loc[name, "incidence_arm"] == pytest.approx(share, abs=5e-9)
        assert found.loc[name, "estimate"] == 0.0


def rossi() -> pd.DataFrame:
    """432 released prisoners, 52 weeks.

    P. H. Rossi, R. A. Berk, K. J. Lenihan (1980), Money, Work and Crime; as in R's carData.
    """
    table = pd.read_csv(HERE / "rossi.csv")
    table["end"] = table["arrest"].map({1: "arrest", 0: None})
    return table.rename(columns={"week": "time_days", "fin": "arm"})


def test_cox_regression_of_rossi_is_fox_s():
    # J. Fox, S. Weisberg (2018), An R Companion to Applied Regression, appendix on Cox regression:
    # coxph(Surv(week, arrest) ~ fin + age + race + wexp + mar + paro + prio): fin −0.37942
    # (0.19138), p 0.0474.
    covariates = ["age", "black", "wexp", "married", "paro", "prio"]
    found = hazard_ratios(rossi(), "arrest", control="0", covariates=covariates)
    row = found.table.iloc[0]
    assert row["estimate"] == pytest.approx(-0.37942, abs=5e-6)
    assert row["se"] == pytest.approx(0.19138, abs=5e-6)
    assert row["p_value"] == pytest.approx(0.0474, abs=5e-5)
    assert row["ratio"] == pytest.approx(0.684, abs=5e-4)  # exp(coef) in the same table
    assert (row["events_arm"], row["events_control"]) == (48, 66)


# Six subjects with ties, by hand: T. M. Therneau, P. M. Grambsch (2000), Modeling Survival Data,
# its appendix, as R's survival tests them (tests/book1.R, book2.R), in the order of time.
SIX_DAYS = np.array([1.0, 1.0, 6.0, 6.0, 8.0, 9.0])
SIX_ENDED = np.array([1, 0, 1, 1, 0, 1])
SIX_X = np.array([[1.0], [1.0], [1.0], [0.0], [0.0], [0.0]])


def test_cox_regression_with_tied_events_is_therneau_and_grambsch_s():
    fit = fit_cox(SIX_DAYS, SIX_ENDED.astype(float), SIX_X, None)
    # The root of their cubic, 1.676857.
    angle = np.arccos(45 / 23 * np.sqrt(3 / 23)) / 3
    assert fit.log_ratio[0] == pytest.approx(np.log(2 * np.sqrt(23 / 3) * np.cos(angle)), abs=1e-7)
    shares = np.exp(fit.log_ratio[0]) / (np.exp(fit.log_ratio[0]) + np.array([1.0, 5.0, 3.0]))
    information = (shares - shares**2).sum()
    assert fit.information_cov[0, 0] == pytest.approx(1 / information, rel=1e-6)


@pytest.mark.parametrize("log_ratio", [0.0, 1.676857])
def test_score_residuals_with_tied_events_are_therneau_and_grambsch_s(log_ratio):
    r = np.exp(log_ratio)
    a, b, d = r + 1, r + 3, r + 5
    third = 675 + r * (1305 + r * (756 + r * (-4 + r * (-79 - 13 * r))))
    last = 2 * r * (177 + r * (282 + r * (182 + r * (50 + 5 * r)))) / (3 * (a * b * d) ** 2)
    expected = [
        *((2 * r + 3) / (3 * a**2), -r / (3 * a**2), third / (3 * (a * b * d) ** 2)),
        *(r * (1 / (3 * a**2) - a / (2 * b**2) - b / (2 * d**2)), last, last),
    ]
    found = score_residuals(SIX_DAYS, SIX_ENDED.astype(float), SIX_X, np.array([log_ratio]))
    np.testing.assert_allclose(found[:, 0], expected, atol=1e-12)


def test_influences_on_one_kind_of_end_are_those_on_kaplan_and_meier_s_curve():
    # By hand in R's tests/book1.R: on the survival after 1, 6 and 9 days, in 144ths.
    fit = aalen_johansen(SIX_DAYS, SIX_ENDED, 1)
    found = [-144 * fit.influence(1, day) for day in (1.0, 6.0, 8.0, 9.0)]
    after_6 = [-10, 2, -13, -13, 17, 17]
    expected = [[-20, 4, 4, 4, 4, 4], after_6, after_6, [0] * 6]
    np.testing.assert_allclose(found, expected, atol=1e-11)


def test_score_residuals_are_statsmodels_where_there_are_no_ties():
    rng = np.random.default_rng(7)
    columns = rng.normal(size=(80, 2))
    days = rng.exponential(np.exp(-0.4 * columns[:, 0]))
    # The first to go has the event: statsmodels' residuals of contacts censored before are NaN.
    event = np.where(days == days.min(), 1.0, rng.random(80) < 0.6).astype(float)
    fit = fit_cox(days, event, columns, None)
    other = PHReg(days, columns, status=event).score_residuals(fit.log_ratio)
    np.testing.assert_allclose(
        score_residuals(days, event, columns, fit.log_ratio), other, atol=1e-10
    )


def test_efron_s_score_residuals_add_up_to_his_gradient():
    # Away from the maximum the sum is the gradient of the partial likelihood: statsmodels' own.
    rng = np.random.default_rng(8)
    columns = rng.normal(size=(90, 2))
    days = np.ceil(rng.exponential(4, 90))
    event = (rng.random(90) < 0.7).astype(float)
    at = np.array([0.3, -0.2])
    gradient = PHReg(days, columns, status=event, ties="efron").score(at)
    found = score_residuals(days, event, columns, at).sum(axis=0)
    np.testing.assert_allclose(found, gradient, atol=1e-9)


# Wheeze at ages 7 to 10 (yes = 1, the first digit the youngest), children by whether the mother
# smokes: J. H. Ware, D. W. Dockery, A. Spiro et al. (1984); the counts as in G. M. Fitzmaurice,
# N. M. Laird (1993), A likelihood-based method for analysing longitudinal binary responses,
# Biometrika 80, table 1, from 0000, 0001, 0010, … to 1111.
NOT_SMOKING = (237, 10, 15, 4, 16, 2, 7, 3, 24, 3, 3, 2, 6, 2, 5, 11)
SMOKING = (118, 6, 8, 2, 11, 1, 6, 4, 7, 3, 3, 1, 4, 2, 4, 7)


def ohio() -> pd.DataFrame:
    patterns = np.concatenate([np.repeat(np.arange(16), one) for one in (NOT_SMOKING, SMOKING)])
    smoke = np.repeat([0, 1], [sum(NOT_SMOKING), sum(SMOKING)])
    children = len(patterns)
    age = np.tile(np.arange(-2, 2), children)  # years from 9
    answer = (patterns[:, None] >> np.array([3, 2, 1, 0])) & 1
    table = pd.DataFrame({"child": np.repeat(np.arange(children), 4), "age": age})
    table["smoke"] = np.repeat(smoke, 4)
    return table.assign(resp=answer.ravel(), age_smoke=age * table["smoke"])


def test_gee_of_the_ohio_children_is_geepack_s():
    # geeglm(resp ~ age * smoke, id = id, family = binomial, corstr = "exchangeable"), geepack:
    # −1.90050 −0.14124 0.31383 0.07083. Smoking is the arm, age and its product are covariates.
    trial = read_trial(
        ohio().rename(columns={"smoke": "arm"}),
        control="0",
        outcomes=["resp"],
        cluster="child",
        covariates=["age", "age_smoke"],
    )
    row = gee(trial, "resp", covariates=["age", "age_smoke"], bias_reduced=False).table.iloc[0]
    assert row["coefficient"] == pytest.approx(0.31383, abs=5e-6)
    assert row["clusters"] == 537


def test_gee_of_epileptic_seizures_is_gee_s():
    # K. Vehkalahti, B. S. Everitt (2019), Multivariate Analysis for the Behavioral Sciences, table
    # 10.9: R, gee(seizure.rate ~ treatment + age + week + log(base2), id = subject, family =
    # "poisson", corstr = "exchangeable"): Progabide −.024212, robust error .1910879, correlation
    # .39864. Of their 236 counts one is 23 where MASS, whose copy statsmodels has, has 21.
    path = Path(statsmodels.__file__).parent / "genmod" / "tests" / "results" / "epil.csv"
    if not path.exists():
        pytest.skip("statsmodels is installed without its tests' data")
    table = pd.read_csv(path)
    table.loc[(table["subject"] == 8) & (table["period"] == 3), "y"] = 23
    table["log_base"] = np.log(table["base"] / 4)
    covariates = ["age", "period", "log_base"]
    trial = read_trial(
        table.rename(columns={"trt": "arm"}),
        control="placebo",
        outcomes=["y"],
        cluster="subject",
        covariates=covariates,
    )
    found = gee(trial, "y", link="log", covariates=covariates, bias_reduced=False)
    row = found.table.iloc[0]
    assert row["coefficient"] == pytest.approx(-0.024212, abs=1e-6)
    assert row["coefficient_se"] == pytest.approx(0.1910879, abs=5e-7)
    assert row["correlation"] == pytest.approx(0.39864, abs=5e-6)


def test_mancl_and_derouen_s_error_with_accounts_of_equal_size():
    # Identity link, equal accounts: the leverage of an account is 1/G of its arm, so the variance
    # of an arm's mean is Σ(account mean − arm mean)² ÷ (G − 1)², by their formula (4).
    rng = np.random.default_rng(3)
    accounts, size = 12, 5
    table = pd.DataFrame({"account": np.repeat(np.arange(accounts), size)})
    table["arm"] = np.where(table["account"] < 6, "a", "b")
    table["y"] = rng.normal(size=accounts)[table["account"]] + rng.normal(size=len(table))
    trial = read_trial(table, control="b", outcomes=["y"], cluster="account")
    row = gee(trial, "y", link="identity").table.iloc[0]
    means = table.groupby("account")["y"].mean()
    by_arm = [means[:6], means[6:]]
    variance = sum(((one - one.mean()) ** 2).sum() / 25 for one in by_arm)
    assert row["se"] == pytest.approx(np.sqrt(variance), rel=1e-9)
    assert row["estimate"] == pytest.approx(by_arm[0].mean() - by_arm[1].mean(), abs=1e-9)


def ships() -> pd.DataFrame:
    """Damage to ships: P. McCullagh, J. A. Nelder (1989), section 6.3.2; statsmodels' copy."""
    folder = Path(statsmodels.__file__).parent / "discrete" / "tests" / "results"
    path = folder / "ships.csv"
    if not path.exists():
        pytest.skip("statsmodels is installed without its tests' data")
    return pd.read_csv(path).dropna()


@pytest.mark.parametrize(
    ("exposed", "beta", "se", "dispersion"),
    [
        # Stata: nbreg accident yr_con op_75_79, vce(cluster ship)
        (False, (-0.03536709, 0.2321157, 2.2952624), (0.2721609, 0.09972456, 1.23357855), 2.330298),
        # Stata: nbreg accident yr_con op_75_79, exposure(service) vce(cluster ship)
        (True, (0.28503763, 0.17127004, -6.5908639), (0.1427099, 0.17997187, 0.62542747), 0.245742),
    ],
)
def test_negative_binomial_with_errors_by_cluster_is_stata_s(exposed, beta, se, dispersion):
    table = ships()
    design = table[["yr_con", "op_75_79"]].assign(one=1.0).to_numpy(dtype=float)
    exposure = table["service"].to_numpy(dtype=float) if exposed else np.ones(len(table))
    account = pd.factorize(table["ship"])[0]
    counts = table["accident"].to_numpy(dtype=float)
    fit = fit_counts(counts, design, exposure, account, jackknife_up_to=0)
    np.testing.assert_allclose(fit.beta, beta, atol=1e-7)
    assert fit.dispersion == pytest.approx(dispersion, abs=1e-6)
    # Stata's factor is G ÷ (G − 1); statsmodels' CR1 has (N − 1) ÷ (N − K) besides, K with the
    # dispersion.
    n = len(table)
    factor = np.sqrt((n - 1) / (n - 4))
    np.testing.assert_allclose(np.sqrt(np.diag(fit.cov)), np.array(se) * factor, rtol=1e-4)


def test_trimmed_means_have_yuen_s_test():
    # scipy.stats.ttest_ind(…, trim=.1, equal_var=False) is Yuen's test.
    rng = np.random.default_rng(1)
    table = pd.DataFrame({"arm": ["a"] * 90 + ["b"] * 60, "y_eur": rng.lognormal(0, 1.5, 150)})
    trial = read_trial(table, control="b", outcomes=["y_eur"])
    found = robust_value(trial, "y_eur", outer_share=0.1, resamples=199).table
    row = found.set_index("estimator").loc["trimmed mean"]
    arms = [table.loc[table["arm"] == name, "y_eur"] for name in "ab"]
    oracle = stats.ttest_ind(*arms, trim=0.1, equal_var=False)
    interval = oracle.confidence_interval()
    np.testing.assert_allclose(
        row[["p_value", "df", "ci_low", "ci_high"]].to_numpy(dtype=float),
        [oracle.pvalue, oracle.df, interval.low, interval.high],
        rtol=1e-9,
    )
