"""Whether effects differ between segments, held against tests done elsewhere."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from simkit.trial import evaluate
from simkit.trial.checks.interaction import INTERACTION
from simkit.trial.effects.homogeneity import homogeneity
from simkit.trial.effects.laws import satterthwaite
from simkit.trial.effects.means import (
    ArmMeans,
    means_of_contacts,
    means_of_counts,
    means_of_moments,
    means_of_sums,
)
from simkit.trial.segments import segment_lines

NAMES = ("now", "a", "b", "c", "d", "e", "f")


def arms(mean: list[float], variance: list[float], units: list[int]) -> ArmMeans:
    """Means of contacts that were assigned one by one."""
    number = np.array(units)
    return ArmMeans(
        NAMES[: len(mean)],
        *(np.array(mean), np.diag(variance), number, number, number * 1.0),
        *(False, False, ""),
    )


def three_segments(units: list[list[int]]) -> list[ArmMeans]:
    means = [[1.0, 1.7, 1.6], [0.4, 0.9, 2.0], [2.0, 1.5, 2.2]]
    variances = [[0.05, 0.02, 0.04], [0.03, 0.03, 0.06], [0.01, 0.08, 0.02]]
    return [arms(*each) for each in zip(means, variances, units, strict=True)]


def test_two_arms_in_two_segments_are_welchs_t_of_four_means() -> None:
    north, south = arms([1, 1.7], [0.05, 0.02], [12, 31]), arms([2, 1.6], [0.09, 0.01], [14, 18])
    variance, freedom = np.array([0.05, 0.02, 0.09, 0.01]), np.array([11.0, 30.0, 13.0, 17.0])
    t = (0.7 + 0.4) / np.sqrt(variance.sum())
    df = satterthwaite(variance, freedom)
    found = homogeneity([north, south], "now", ["a"])
    assert found.statistic == pytest.approx(t**2)
    assert found.df == pytest.approx((1, df))
    assert found.p_value == pytest.approx(2 * stats.t.sf(t, df))


def test_in_large_arms_it_is_the_weighted_sum_of_squares_from_chi_squared() -> None:
    """Σ (d − centre)' W (d − centre) with W the inverse covariance of a segment's differences."""
    segments = three_segments([[10**8] * 3] * 3)
    contrast = np.array([[-1.0, 1, 0], [-1, 0, 1]])
    apart = [contrast @ one.mean for one in segments]
    weights = [np.linalg.inv(contrast @ one.cov @ contrast.T) for one in segments]
    pairs = list(zip(weights, apart, strict=True))
    centre = np.linalg.solve(sum(weights), sum(w @ d for w, d in pairs))
    square = sum((d - centre) @ w @ (d - centre) for w, d in pairs)
    found = homogeneity(segments, "now", ["a", "b"])
    assert found.statistic == pytest.approx(square / 4, rel=1e-6)
    assert found.p_value == pytest.approx(stats.chi2.sf(square, 4), rel=1e-6)


def test_degrees_of_freedom_are_those_of_the_wishart_matrix_with_the_same_total_variance() -> None:
    """Zhang's η from the variance of each element of Ω^−½ Ĉov Ω^−½, by simulated χ² variances.

    The elements' variances add up to q(q + 1) ÷ η. 40,000 draws: within 2 %.
    """
    segments = three_segments([[11, 14, 20], [16, 12, 30], [13, 25, 12]])
    own = np.concatenate([one.own for one in segments])
    freedom = np.concatenate([one.freedom for one in segments])
    contrasts = np.kron([[-1.0, 1, 0], [-1, 0, 1]], [[-1.0, 1, 0], [-1, 0, 1]])
    values, vectors = np.linalg.eigh(contrasts @ np.diag(own) @ contrasts.T)
    root = (vectors / np.sqrt(values)) @ vectors.T @ contrasts
    drawn = own * np.random.default_rng(1).chisquare(freedom, (40_000, 9)) / freedom
    elements = np.einsum("ij,nj,kj->nik", root, drawn, root)
    eta = 4 * 5 / elements.var(axis=0).sum()
    found = homogeneity(segments, "now", ["a", "b"])
    assert found.df == (4, pytest.approx(eta - 3, rel=0.02))


def test_which_segment_or_arm_comes_first_changes_nothing() -> None:
    segments = three_segments([[11, 14, 20], [16, 12, 30], [13, 25, 12]])
    one = homogeneity(segments, "now", ["a", "b"])
    other = homogeneity(segments[::-1], "b", ["now", "a"])
    assert other.p_value == pytest.approx(one.p_value)
    assert other.df == pytest.approx(one.df)


def test_accounts_that_stand_in_both_arms_are_welchs_test_of_their_differences() -> None:
    """One contact of each account in each arm: the variance has the accounts less one."""
    random = np.random.default_rng(4)
    values = [random.uniform(0, 1, (2, number)) for number in (14, 23)]
    segments = [
        means_of_sums(
            NAMES[:2],
            *(np.repeat([0, 1], each.shape[1]), np.ones(each.size, dtype=np.int64), each.ravel()),
            binary=False,
            account=np.tile(np.arange(each.shape[1]), 2),
            errors="cr2",
        )
        for each in values
    ]
    expected = stats.ttest_ind(*(each[1] - each[0] for each in values), equal_var=False)
    found = homogeneity(segments, "now", ["a"])
    assert found.p_value == pytest.approx(expected.pvalue)


@pytest.mark.parametrize("clustered", [True, False])
def test_contacts_and_their_sums_give_the_same_p_value(clustered: bool) -> None:
    """What is held of a log on disk: sums of each account, or moments of each arm."""
    random, of_contacts, of_sums = np.random.default_rng(6), [], []
    for _ in range(3):
        firm = np.repeat(np.arange(60), random.geometric(0.4, 60))
        arm, values = firm % 3, random.lognormal(1, 1, len(firm))
        cluster = firm if clustered else None
        of_contacts.append(means_of_contacts(values, arm, NAMES[:3], cluster))
        if clustered:
            n = np.bincount(firm)
            total = np.bincount(firm, weights=values)
            of_sums.append(means_of_sums(NAMES[:3], np.arange(60) % 3, n, total, binary=False))
        else:
            own = [values[arm == place] for place in range(3)]
            n, mean = np.bincount(arm), np.array([each.mean() for each in own])
            variance = np.array([each.var(ddof=1) for each in own])
            third = np.array([((each - each.mean()) ** 3).mean() for each in own])
            moments = (NAMES[:3], n, mean, variance)
            of_sums.append(means_of_moments(*moments, binary=False, third=third))
    whole, summed = (homogeneity(each, "now", ["a", "b"]) for each in (of_contacts, of_sums))
    assert summed.p_value == pytest.approx(whole.p_value, rel=1e-9)
    assert summed.df == pytest.approx(whole.df, rel=1e-9)


def test_too_few_degrees_of_freedom_for_the_effects_have_no_p_value() -> None:
    """Six variances of one degree of freedom each: η = 6 · 7 ÷ (2 · 6) = 3.5 < 6 − 1."""
    north = arms([1.0] * 7, [1e-9] + [1.0] * 6, [2] * 7)
    south = arms([1.0] * 7, [1e-9] * 7, [2] * 7)
    assert np.isnan(homogeneity([north, south], "now", NAMES[1:]).p_value)


@pytest.mark.parametrize(
    ("segments", "number", "accounts", "buyers", "before"),
    [(6, 7, 15, 0.2, 0.21), (6, 3, 12, 0.05, 0.17)],
)
def test_no_difference_is_shown_in_no_more_trials_than_the_level_says(
    segments: int, number: int, accounts: int, buyers: float, before: float
) -> None:
    """Of 80 trials in which no arm does anything, as many as a level of .06 allows, 1 in 1,000.

    Read from F with the degrees of freedom of all accounts it is ``before`` of them
    (``benchmarks/segments.py``).
    """
    random, trials, shown = np.random.default_rng(2), 80, 0
    place = np.repeat(np.arange(number), accounts)
    for _ in range(trials):
        drawn = []
        for _ in range(segments):
            size = np.minimum(random.geometric(0.25, len(place)), 15)
            odds = np.log(buyers / (1 - buyers)) + random.normal(0, 0.4, len(place))
            sold = random.binomial(size, 1 / (1 + np.exp(-odds)))
            total = 200.0 * sold - random.gamma(2.0 * size, 4.0)
            names = NAMES[:number]
            drawn.append(means_of_sums(names, place, size, total, binary=False, errors="cr2"))
        shown += homogeneity(drawn, "now", NAMES[1:number]).p_value < 0.05
    allowed = stats.binom.isf(0.001, trials, 0.06)
    assert shown <= allowed < before * trials  # which would be found out


@pytest.mark.parametrize(("contacts", "paid", "before"), [(50, 200.0, 0.2), (200, 1.0, 0.09)])
def test_nor_where_contacts_were_assigned_one_by_one_and_few_of_them_buy(
    contacts: int, paid: float, before: float
) -> None:
    """6 segments of 7 arms, one in twenty buys: 100 trials, and what a level of .06 allows.

    Variances as uncertain as those of normal values would give ``before`` of them, at least.
    """
    random, trials, shown, by_numbers = np.random.default_rng(5), 100, 0, 0
    place, names = np.repeat(np.arange(7), contacts), NAMES[:7]
    for _ in range(trials):
        sold = (random.random((6, len(place))) < 0.05) * paid
        calls = random.gamma(2.0, 1.0, sold.shape) if paid > 1 else 0.0
        drawn = [means_of_contacts(values, place, names, None) for values in sold - calls]
        shown += homogeneity(drawn, "now", names[1:]).p_value < 0.05
        bare = [arms([*one.mean], [*one.own], [contacts] * 7) for one in drawn]
        by_numbers += homogeneity(bare, "now", names[1:]).p_value < 0.05
    assert shown <= stats.binom.isf(0.001, trials, 0.06)
    assert by_numbers >= before * trials


def test_degrees_of_freedom_of_few_buyers_follow_from_how_s_squared_spreads() -> None:
    """Var(s²) ÷ σ⁴ = 2 ÷ f of shares, by 200,000 draws; the formula leaves terms of 1 ÷ n out.

    Two arms of one segment are so large that their errors, and what is not known of these, are
    nothing: Satterthwaite's degrees of freedom are those of the two small arms together.
    """
    share, n = 0.2, 60
    drawn = np.random.default_rng(7).binomial(n, share, 200_000) / n
    spread = n / (n - 1) * drawn * (1 - drawn)
    freedom = 2 * (share * (1 - share)) ** 2 / spread.var()
    small = means_of_counts(np.array([12.0, 12.0]), np.array([n, n]), NAMES[:2])
    large = means_of_counts(np.array([2e7, 2e7]), np.array([10**8] * 2), NAMES[:2])
    found = homogeneity([small, large], "now", ["a"])
    assert found.df == (1, pytest.approx(2 * freedom, rel=0.1))


# -- segments with far too few -----------------------------------------------------------------


def accounts_table(numbers: dict[str, int]) -> pd.DataFrame:
    """Accounts of two contacts in each arm of each segment."""
    rows = [
        (where, arm, f"{where} {arm} {account}")
        for where, number in numbers.items()
        for arm in ("now", "a")
        for account in range(number)
        for _ in range(2)
    ]
    table = pd.DataFrame(rows, columns=["where", "arm", "firm"])
    return table.assign(eur=np.random.default_rng(3).normal(10, 4, len(table)))


def test_a_segment_with_fewer_than_ten_accounts_in_an_arm_is_left_out_of_the_test() -> None:
    how = {"outcomes": ["eur"], "control": "now", "segment": "where", "cluster": "firm"}
    table = accounts_table({"north": 30, "south": 30, "west": 9})
    found = evaluate(table, **how).checks.set_index("check").loc[INTERACTION]
    alone = evaluate(table[table["where"] != "west"], **how).checks.set_index("check")
    assert found["p_value"] == pytest.approx(alone.loc[INTERACTION, "p_value"])
    assert found["found"].endswith("; left out: west has far too few accounts (9 an arm)")


def test_with_fewer_than_two_segments_of_ten_accounts_an_arm_nothing_is_tested() -> None:
    table = accounts_table({"north": 30, "south": 9, "west": 8})
    found = evaluate(table, outcomes=["eur"], control="now", segment="where", cluster="firm")
    row = found.checks.set_index("check").loc[INTERACTION]
    assert np.isnan(row["p_value"])
    assert row["verdict"] == "warning"
    line = segment_lines(found.table, found.checks, "eur", registered=False)[0]
    assert line.startswith(
        "Whether the arms' effects differ between segments was not tested: south has far too "
        "few accounts (9 an arm); west has far too few accounts (8 an arm), and it takes 10 an arm"
    )
    assert "nothing here shows that one segment needs a policy of its own" in line


def test_segments_that_have_as_few_are_told_at_once() -> None:
    table = accounts_table({"north": 30, "south": 9, "west": 9})
    found = evaluate(table, outcomes=["eur"], control="now", segment="where", cluster="firm")
    told = "south and west have far too few accounts (9 an arm), and it takes 10 an arm"
    assert told in found.checks.set_index("check").loc[INTERACTION, "found"]
    lines = found.lines()
    assert sum(told in line for line in lines) == 1
    (line,) = (line for line in lines if told in line)
    assert line.endswith(
        "What to do: read no segment by itself: compare all contacts together, or test them longer."
    )
