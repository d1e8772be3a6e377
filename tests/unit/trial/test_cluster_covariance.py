"""Errors by account of any least squares: against statsmodels, Stata and the definitions."""

import numpy as np
import pytest
import statsmodels.api as sm
from least_squares import cluster_cov, cluster_freedom, two_way_cov
from statsmodels.datasets import grunfeld

from simkit.trial.effects.accounts import AccountSizes, AccountTotals
from simkit.trial.effects.clusters import crossed


def regression(seed: int = 1, accounts: int = 12) -> tuple[np.ndarray, ...]:
    """Regressors, residuals and accounts of uneven size, in no order."""
    random = np.random.default_rng(seed)
    codes = random.permutation(np.repeat(np.arange(accounts), random.geometric(0.15, accounts)))
    x = np.column_stack([np.ones(len(codes)), codes % 2, random.normal(size=(len(codes), 2))])
    y = x @ [1.0, 0.5, -1.0, 0.0] + random.normal(size=accounts)[codes] + random.normal(size=len(x))
    return x, y, y - x @ np.linalg.lstsq(x, y, rcond=None)[0], codes


def by_definition(
    x: np.ndarray, residuals: np.ndarray, codes: np.ndarray, contrast: np.ndarray
) -> tuple[np.ndarray, float]:
    """CR2 and Bell-McCaffrey's degrees of freedom by matrices of rows × rows.

    Bell and McCaffrey 2002; Imbens and Kolesar 2016, Review of Economics and Statistics 98,
    section III: A_g = (I − H_gg)^(−1/2), column g of P is (I − H)_g A_g X_g (X'X)⁻¹ c.
    """
    inverse = np.linalg.inv(x.T @ x)
    rest = np.eye(len(x)) - x @ inverse @ x.T
    meat, columns = np.zeros((x.shape[1],) * 2), []
    for code in np.unique(codes):
        rows = codes == code
        values, vectors = np.linalg.eigh(rest[np.ix_(rows, rows)])
        inside = np.where(values > 1e-10, values, np.inf) ** -0.5
        bent = (vectors * inside) @ vectors.T @ x[rows]
        score = bent.T @ residuals[rows]
        meat += np.outer(score, score)
        columns.append(rest[:, rows] @ bent @ inverse @ contrast)
    inner = np.array(columns) @ np.array(columns).T
    return inverse @ meat @ inverse, float(np.trace(inner) ** 2 / (inner**2).sum())


@pytest.mark.parametrize(("kind", "name"), [("cr1", "cluster"), ("crv3", "cluster-crv3")])
def test_cr1_and_crv3_are_those_of_statsmodels(kind: str, name: str) -> None:
    x, y, residuals, codes = regression()
    fit = sm.OLS(y, x).fit(cov_type=name, cov_kwds={"groups": codes})
    assert cluster_cov(x, residuals, codes, kind) == pytest.approx(fit.cov_params(), rel=1e-10)


def test_cr2_and_its_degrees_of_freedom_follow_their_definition() -> None:
    x, _, residuals, codes = regression()
    for contrast in np.eye(4):
        cov, freedom = by_definition(x, residuals, codes, contrast)
        assert cluster_freedom(x, codes, contrast) == pytest.approx(freedom, rel=1e-9)
    assert cluster_cov(x, residuals, codes, "cr2") == pytest.approx(cov, rel=1e-9)


# Accounts of 1, 1, 2, 3, … 9 rows: 46 values of a regressor, then of the outcome.
UNEVEN = """
.309616 .834574 .609816 .739977 .649684 .980595 .527339 .467899 .281561 .278761 .905559
.872616 .103693 .036386 .233656 .213022 .408525 .233662 .728404 .654740 .846522 .655379
.827345 .240477 .827676 .610920 .802110 .116007 .233410 .367527 .162495 .046030 .780604
.278111 .310649 .274135 .325695 .469354 .710761 .829667 .713546 .349718 .639858 .517250
.162513 .778752 .950137 1.754592 1.122853 1.636706 1.336029 1.194649 1.148033 .988543 .705062
.744920 .852264 2.487209 1.976909 2.347476 1.967525 2.602880 1.220253 1.332954 1.740260 1.115942
1.740710 1.506144 .748615 .694619 .917799 1.285459 1.339740 .673901 .474619 .734116 .748199
.378791 .860447 1.011411 .817474 .775502 .881727 1.302321 1.605011 1.948831 1.385133 1.418004
1.201727 1.009674 1.206908 1.588920
"""


def test_cr2_and_its_degrees_of_freedom_are_those_of_clubsandwich() -> None:
    """R, clubSandwich: vcovCR(lm(y ~ x), cluster, type = "CR2"), coef_test's degrees of freedom.

    The Python package diff-diff is held against them: benchmarks/data/clubsandwich_cr2_golden.json,
    "singletons_present", of which the rows stand above to six digits.
    """
    regressor, y = np.array(UNEVEN.split(), dtype=float).reshape(2, 46)
    x = np.column_stack([np.ones(46), regressor])
    codes = np.repeat(np.arange(10), [1, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    beta = np.linalg.lstsq(x, y, rcond=None)[0]
    assert beta == pytest.approx([1.0544417, 0.3911987], abs=2e-6)
    found = cluster_cov(x, y - x @ beta, codes, "cr2")
    expected = [[0.16160237, -0.18998596], [-0.18998596, 0.23814246]]
    assert found == pytest.approx(np.array(expected), rel=1e-5)
    freedom = [cluster_freedom(x, codes, contrast) for contrast in np.eye(2)]
    assert freedom == pytest.approx([4.4232120, 5.9526561], rel=1e-5)


def test_an_account_that_alone_determines_a_coefficient_is_borne() -> None:
    x, y, _, codes = regression()
    x = np.column_stack([x, codes == 3])
    residuals = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    contrast = np.array([0.0, 1.0, 0.0, 0.0, 0.0])
    cov, freedom = by_definition(x, residuals, codes, contrast)
    assert cluster_cov(x, residuals, codes, "cr2") == pytest.approx(cov, rel=1e-8, abs=1e-12)
    assert cluster_freedom(x, codes, contrast) == pytest.approx(freedom, rel=1e-8)


def stata_rows() -> tuple[np.ndarray, np.ndarray]:
    """Rows of the R package dfadjust, tests/testthat/test_clustervar.R."""
    y = np.concatenate([np.cos(np.arange(10)), np.tan(np.arange(1, 11))])
    slope = np.concatenate([np.sin(np.arange(1, 11)), np.sin(np.arange(2, 12))])
    x = np.column_stack([np.ones(20), slope])
    return x, y - x @ np.linalg.lstsq(x, y, rcond=None)[0]


def test_stata_on_the_rows_of_dfadjust() -> None:
    """Stata: ``reg y x, cluster(clusters)`` and ``reg y x, vce(hc2)``, printed in that test."""
    x, residuals = stata_rows()
    codes = np.tile([2, 1, 3, 2, 2, 3, 3, 1, 1, 2], 2)
    cr1 = np.sqrt(np.diag(cluster_cov(x, residuals, codes, "cr1")))
    assert cr1 == pytest.approx([0.4827602183, 0.1814501834], abs=1e-10)
    alone = np.sqrt(np.diag(cluster_cov(x, residuals, np.arange(20), "cr2")))
    assert alone == pytest.approx([0.4227339762, 0.4421048122], abs=1e-10)


@pytest.mark.parametrize(("n", "size"), [((3, 27), 1), ((5, 5), 7), ((4, 11), 3)])
def test_degrees_of_freedom_of_two_groups_of_equal_accounts(n: tuple[int, int], size: int) -> None:
    """Imbens and Kolesar 2016, the Behrens-Fisher problem: 2.5 with 3 and 27.

    (N₀ + N₁)² (N₀ − 1)(N₁ − 1) ÷ (N₁² (N₁ − 1) + N₀² (N₀ − 1)); accounts of one size act as one
    row each.
    """
    a, b = n
    expected = (a + b) ** 2 * (a - 1) * (b - 1) / (a**2 * (a - 1) + b**2 * (b - 1))
    arm = np.repeat([0, 1], n)
    sizes = AccountSizes(arm, np.arange(a + b), np.full(a + b, size), 2)
    assert sizes.freedom(np.array([-1.0, 1.0])) == pytest.approx(expected)
    codes = np.repeat(np.arange(a + b), size)
    x = np.column_stack([np.ones(len(codes)), arm[codes]])
    assert cluster_freedom(x, codes, np.array([0.0, 1.0])) == pytest.approx(expected)
    if n == (3, 27):
        assert round(expected, 1) == 2.5


@pytest.mark.parametrize("split", [False, True])
@pytest.mark.parametrize("kind", ["cr1", "cr2", "crv3"])
def test_sums_of_accounts_give_what_the_rows_give(kind: str, split: bool) -> None:
    """Also of accounts that have contacts in several arms."""
    random = np.random.default_rng(8)
    codes = np.repeat(np.arange(17), random.geometric(0.1, 17))
    arm = random.integers(0, 3, len(codes)) if split else codes % 3
    x = (arm[:, None] == np.arange(3)).astype(float)
    y = random.normal(size=17)[codes] + random.normal(size=len(codes))
    cells, cell, n = np.unique(codes * 3 + arm, return_inverse=True, return_counts=True)
    sums = AccountTotals(AccountSizes(cells % 3, cells // 3, n, 3), np.bincount(cell, weights=y))
    residuals = y - sums.mean[arm]
    cov = cluster_cov(x, residuals, codes, kind)
    assert sums.cov(kind) == pytest.approx(cov, rel=1e-10, abs=1e-14)
    for contrast in ([1.0, -1.0, 0.0], [0.5, 0.5, -1.0]):
        expected = cluster_freedom(x, codes, np.array(contrast))
        assert sums.sizes.freedom(np.array(contrast)) == pytest.approx(expected, rel=1e-10)


def test_two_ways_of_clustering_are_those_of_statsmodels() -> None:
    """Grunfeld's panel by firm and year; statsmodels' has been held to Petersen's and Stata's."""
    data = grunfeld.load_pandas().data
    x = sm.add_constant(data[["value", "capital"]]).to_numpy()
    firm, year = (np.unique(data[name], return_inverse=True)[1] for name in ("firm", "year"))
    fit = sm.OLS(data["invest"].to_numpy(), x).fit(
        cov_type="cluster", cov_kwds={"groups": np.column_stack([firm, year])}
    )
    found = two_way_cov(x, fit.resid, firm, year)
    assert found == pytest.approx(fit.cov_params(), rel=1e-9)


def test_a_difference_of_covariances_that_is_none_is_made_one() -> None:
    """Rows whose two groupings oppose each other: the sum less the pairs has a negative value."""
    first, second = np.repeat([0, 1, 2], 3), np.tile([0, 1, 2], 3)
    x = np.ones((9, 1))
    residuals = np.array([[2.0, -1, -1], [-1, 2, -1], [-1, -1, 2]]).ravel()
    parts = [
        cluster_cov(x, residuals, codes, "cr2")[0, 0]
        for codes in (first, second, crossed(first, second))
    ]
    assert parts[0] + parts[1] - parts[2] < 0
    assert two_way_cov(x, residuals, first, second, "cr2")[0, 0] == 0.0
