"""Several arms with one control: tables, other software, and the law itself."""

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, stats

from simkit.trial import evaluate
from simkit.trial.effects import dunnett as module
from simkit.trial.effects.difference import TDifference
from simkit.trial.effects.dunnett import all_within, correlation_with_control, dunnett
from simkit.trial.effects.means import means_of_contacts

# Dunnett 1964, Biometrics 20, 482-491, tables II and III (two-sided 5 % and 1 %), 1 to 9 treatments
# of the control's size.
TABLE = {
    (0.05, 5): (2.57, 3.03, 3.29, 3.48, 3.62, 3.73, 3.82, 3.90, 3.97),
    (0.05, 10): (2.23, 2.57, 2.76, 2.89, 2.99, 3.07, 3.14, 3.19, 3.24),
    (0.05, 20): (2.09, 2.38, 2.54, 2.65, 2.73, 2.80, 2.86, 2.90, 2.95),
    (0.05, np.inf): (1.96, 2.21, 2.35, 2.44, 2.51, 2.57, 2.61, 2.65, 2.69),
    (0.01, 10): (3.17, 3.53, 3.74, 3.88, 3.99, 4.08, 4.16, 4.22, 4.28),
    (0.01, np.inf): (2.58, 2.79, 2.92, 3.00, 3.06, 3.11, 3.15, 3.19, 3.22),
}


def halves(size: int) -> np.ndarray:
    return np.where(np.eye(size, dtype=bool), 1.0, 0.5)


def pooled(
    samples: list[list[float]], control: list[float]
) -> tuple[list[TDifference], np.ndarray]:
    """Differences with one common variance, as Dunnett has them, and their correlation."""
    groups = [*samples, control]
    df = sum(map(len, groups)) - len(groups)
    s2 = sum(np.var(group) * len(group) for group in groups) / df
    found = [
        TDifference(
            float(np.mean(group) - np.mean(control)),
            float(np.sqrt(s2 * (1 / len(group) + 1 / len(control)))),
            float(df),
            "",
        )
        for group in samples
    ]
    parts = np.array([1 / np.sqrt(len(control) / len(group) + 1) for group in samples])
    correlation = np.outer(parts, parts)
    np.fill_diagonal(correlation, 1.0)
    return found, correlation


@pytest.mark.parametrize(("alpha", "df"), list(TABLE))
def test_critical_values_of_dunnetts_tables(alpha: float, df: float) -> None:
    for size, expected in enumerate(TABLE[alpha, df], start=1):
        alone = [TDifference(0.0, 1.0, df, "")] * size
        found = dunnett(alone, halves(size), alpha)
        # The tables are rounded to two digits.
        assert found.high == pytest.approx(np.full(size, expected), abs=0.00501)


def test_thomson_and_short_as_scipy_prints_it() -> None:
    """scipy.stats.dunnett, first example: p .58325114 and .99819341."""
    samples = [[3.8, 2.7, 4.0, 2.4], [2.8, 3.4, 3.7, 2.2, 2.0]]
    control = [2.9, 3.0, 2.5, 2.6, 3.2]
    found = dunnett(*pooled(samples, control), 0.05)
    # Its lattice of 2,000 points is right to about 2e-4.
    assert found.p_values == pytest.approx([0.58325114, 0.99819341], abs=2e-4)
    known = stats.dunnett(*samples, control=control, rng=np.random.default_rng(1))
    interval = known.confidence_interval(0.95)
    # scipy's own root is found to 1e-3.
    assert found.low == pytest.approx(interval.low, abs=2e-3)
    assert found.high == pytest.approx(interval.high, abs=2e-3)


def test_tensile_strength_of_montgomery() -> None:
    """Montgomery, Design and Analysis of Experiments: cotton 15 to 30 % against 35 %, d 4.76."""
    fibre = {
        15: [7, 7, 15, 11, 9],
        20: [12, 17, 12, 18, 18],
        25: [14, 18, 18, 19, 19],
        30: [19, 25, 22, 19, 23],
        35: [7, 10, 11, 15, 11],
    }
    samples = [list(map(float, fibre[percent])) for percent in (15, 20, 25, 30)]
    found = dunnett(*pooled(samples, list(map(float, fibre[35]))), 0.05)
    assert (found.high - found.low) / 2 == pytest.approx([4.76] * 4, abs=0.006)
    assert (found.p_values < 0.05).tolist() == [False, False, True, True]


def test_arms_of_unequal_size_as_in_multcomp() -> None:
    """Westfall et al. 1999: minutes to recover under four blankets, 20, 3, 3 and 15 patients.

    R, multcomp: glht(lm(minutes ~ blanket), mcp(blanket = "Dunnett")): .455909, .000124, .181886;
    mnormt's sadmvt: .4559169, .0001198, .1819800.
    """
    control = [15, 13, 12, 16, 16, 17, 13, 13, 16, 17, 17, 19, 17, 15, 13, 12, 16, 10, 17, 12]
    blankets = [
        [13, 16, 9],
        [5, 8, 9],
        [14, 16, 16, 12, 7, 12, 13, 13, 9, 16, 13, 18, 13, 12, 13],
    ]
    found = dunnett(*pooled(blankets, control), 0.05)
    # R's two answers differ by as much: both draw points at random.
    assert found.p_values[[0, 2]] == pytest.approx([0.45592, 0.18198], abs=5e-5)
    assert found.p_values[1] == pytest.approx(0.00012, abs=3e-6)


@pytest.mark.parametrize("df", [3.7, 25.0, np.inf])
def test_both_ways_to_the_law_agree(df: float, monkeypatch: pytest.MonkeyPatch) -> None:
    loadings = np.array([0.3, 0.7, 0.95, 0.5])
    correlation = np.outer(loadings, loadings)
    np.fill_diagonal(correlation, 1.0)
    exact = all_within(correlation)(2.3, df)
    monkeypatch.setattr(module, "_loadings", lambda _: None)
    # The lattice rule is right to about 5e-5.
    assert all_within(correlation)(2.3, df) == pytest.approx(exact, abs=5e-5)
    assert all_within(correlation)(2.3, df) == all_within(correlation)(2.3, df)


@pytest.mark.parametrize("df", [1.0, 1.3, 2.0, 30.0, 1e5])
def test_one_comparison_has_students_law_however_large_the_limit(df: float) -> None:
    for limit in (0.5, 3.0, 12.0, 60.0, 350.0):
        exact = 1 - 2 * stats.t.sf(limit, df)
        assert all_within(np.ones((1, 1)))(limit, df) == pytest.approx(exact, abs=1e-5)


def test_three_arms_with_one_degree_of_freedom_by_direct_integration() -> None:
    """Accounts so unequal that all rests on two of them; t = 350, where p alone is .0018."""
    loading, df, limit = np.sqrt(0.5), 1.0, 350.0
    log_scale, z = np.linspace(-20.0, 2.2, 3001)[:, None], np.linspace(-8.5, 8.5, 501)
    edge, rest = limit * np.exp(log_scale), np.sqrt(1 - loading**2)
    within = stats.norm.cdf((edge - loading * z) / rest)
    within = (within - stats.norm.cdf((-edge - loading * z) / rest)) ** 3
    given_scale = integrate.trapezoid(within * stats.norm.pdf(z), z, axis=1)
    density = stats.chi.pdf(np.exp(log_scale[:, 0]), df) * np.exp(log_scale[:, 0])
    exact = integrate.trapezoid(given_scale * density, log_scale[:, 0])
    assert all_within(halves(3))(limit, df) == pytest.approx(exact, abs=1e-5)
    alone = TDifference(limit, 1.0, df, "")
    p_values = dunnett([alone] * 3, halves(3), 0.05).p_values
    assert p_values == pytest.approx(np.full(3, 1 - exact), abs=1e-5)


@pytest.mark.parametrize("df", [12.0, 430.0, np.inf])
def test_arms_that_do_not_vary_count_once(df: float) -> None:
    """Two arms where nobody bought differ from the control by its luck alone: one comparison."""
    correlation = np.array([[1.0, 0.4, 0.4], [0.4, 1.0, 1.0], [0.4, 1.0, 1.0]])
    without = correlation[:2, :2]
    assert all_within(correlation)(2.1, df) == all_within(without)(2.1, df)
    same = np.ones((3, 3))
    # All three are one: P(|T| < 2.1).
    alone = stats.norm.cdf(2.1) if np.isinf(df) else stats.t.cdf(2.1, df)
    assert all_within(same)(2.1, df) == pytest.approx(2 * alone - 1, abs=1e-5)
    zero = TDifference(0.0, 1.0, df, "")
    found = dunnett([zero] * 3, correlation, 0.05)
    expected = dunnett([zero] * 2, without, 0.05)
    assert found.high == pytest.approx(np.full(3, expected.high[0]), abs=1e-5)


def test_arms_in_which_nobody_bought_are_compared() -> None:
    arm = np.repeat([0, 1, 2], 200)
    value = np.where((arm == 0) & (np.arange(600) < 8), 150.0 + np.arange(600) % 7, 0.0)
    means = means_of_contacts(value, arm, ("now", "less", "least"), None)
    alone = [means.difference(name, "now") for name in ("less", "least")]
    joint = dunnett(alone, correlation_with_control(means, ("less", "least"), "now"), 0.05)
    # Both are one comparison: neither p-value nor interval pays for a second.
    assert joint.p_values == pytest.approx([one.p_value for one in alone], abs=1e-5)
    assert joint.low == pytest.approx([one.interval(0.05)[0] for one in alone], rel=1e-3)


def test_p_value_and_interval_agree_also_with_unequal_degrees_of_freedom() -> None:
    random = np.random.default_rng(3)
    for _ in range(6):
        few = [TDifference(float(random.normal(0, 2.4)), 1.0, df, "") for df in (4.1, 30.0, 200.0)]
        found = dunnett(few, halves(3), 0.05)
        outside = (found.low > 0) | (found.high < 0)
        assert (outside == (found.p_values < 0.05)).all()
        alone = np.array([one.p_value for one in few])
        assert ((found.p_values >= alone) & (found.p_values <= 3 * alone)).all()


def test_arms_share_the_part_of_the_variance_that_is_their_controls() -> None:
    random = np.random.default_rng(4)
    arm = np.repeat([0, 1, 2], [50, 100, 200])
    means = means_of_contacts(random.normal(size=350), arm, ("now", "more", "less"), None)
    v = np.diag(means.cov)
    expected = v[0] / np.sqrt((v[0] + v[1]) * (v[0] + v[2]))
    found = correlation_with_control(means, ("more", "less"), "now")
    assert found == pytest.approx(np.array([[1, expected], [expected, 1]]))


def test_the_evaluation_shows_it_where_an_arm_has_a_sister() -> None:
    totals = pd.DataFrame(
        {
            "segment": ["b2b"] * 2 + ["b2c"] * 3,
            "arm": ["now", "more", "now", "more", "less"],
            "n": [500] * 5,
            "sale": [40, 60, 50, 80, 51],
        }
    )
    found = evaluate(totals, outcomes=["sale"], control="now", segment="segment").table
    shown = found.set_index(["segment", "arm"])
    assert np.isnan(shown.loc[("b2b", "more"), "p_dunnett"])
    more, less = shown.loc[("b2c", "more")], shown.loc[("b2c", "less")]
    assert more["p_value"] < more["p_dunnett"] < 2 * more["p_value"]
    assert more["ci_low_dunnett"] < more["ci_low"] < more["ci_high"] < more["ci_high_dunnett"]
    assert less["p_dunnett"] == pytest.approx(1.0, abs=0.02)
