"""Ratios of means, and ratios of totals as means."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from shop import users
from statsmodels.stats.proportion import (
    confint_proportions_2indep,
    score_test_proportions_2indep,
)

from simkit.trial import evaluate
from simkit.trial.effects.means import ArmMeans, means_of_contacts, means_of_counts
from simkit.trial.effects.ratio import (
    FIELLER,
    LOG,
    NO_VARIATION,
    NOT_POSITIVE,
    UNBOUNDED,
    linearised,
    ratio_of_means,
)


def shares(x1: int, n1: int, x0: int, n0: int) -> ArmMeans:
    return means_of_counts(np.array([x1, x0], float), np.array([n1, n0]), ("a", "b"))


def clustered(
    mean: tuple[float, float], variance: tuple[float, float], between: float = 0.0
) -> ArmMeans:
    cov = np.array([[variance[0], between], [between, variance[1]]])
    many = np.array([400, 400])
    return ArmMeans(("a", "b"), np.array(mean), cov, many, many, many * 1.0, False, True, "")


def test_koopman_of_the_paper() -> None:
    """Koopman 1984, Biometrics 40, 513-517: 36/40 against 16/80, ratio 4.5 (2.94 to 7.15)."""
    found = ratio_of_means(shares(36, 40, 16, 80), "a", "b", 0.05)
    assert found.estimate == pytest.approx(4.5)
    assert (round(found.low, 2), round(found.high, 2)) == (2.94, 7.15)


@pytest.mark.parametrize("counts", [(3, 25, 9, 30), (0, 20, 3, 25), (7, 100, 5, 7), (1, 20, 1, 9)])
def test_koopman_as_in_statsmodels(counts: tuple[int, int, int, int]) -> None:
    found = ratio_of_means(shares(*counts), "a", "b", 0.05)
    known = confint_proportions_2indep(*counts, method="score", compare="ratio", correction=False)
    assert (found.low, found.high) == pytest.approx(known, abs=1e-8)


# statsmodels' interval is wrong where a whole arm has the event; its score test is right.
@pytest.mark.parametrize("counts", [(3, 5, 5, 5), (1, 20, 30, 30), (20, 20, 25, 30)])
def test_at_the_bounds_the_score_test_is_on_the_edge(counts: tuple[int, int, int, int]) -> None:
    found = ratio_of_means(shares(*counts), "a", "b", 0.05)
    for bound in (found.low, found.high):
        test = score_test_proportions_2indep(
            *counts, value=bound, compare="ratio", correction=False
        )
        assert test.pvalue == pytest.approx(0.05)


def test_arms_in_which_all_have_the_event_still_have_a_ratio() -> None:
    for n1, n0 in ((30, 30), (3319, 1780)):
        found = ratio_of_means(shares(n1, n1, n0, n0), "a", "b", 0.05)
        assert found.low < 1 < found.high
        # Neither arm has a failure: at a ratio r below 1 the most likely shares are r and 1, and
        # the test is on its edge where (1 − r)² = z² r (1 − r)/n1; likewise 1/r above.
        z2 = stats.norm.isf(0.025) ** 2
        assert found.low == pytest.approx(1 / (1 + z2 / n1))
        assert found.high == pytest.approx(1 + z2 / n0)
    assert ratio_of_means(shares(0, 30, 0, 30), "a", "b", 0.05).method == NOT_POSITIVE


def test_relative_effect_of_tea_tasting() -> None:
    """tea-tasting 1.14.0, Mean("orders"): +.08048664 (−.01951529 to .19068801)."""
    found = evaluate(users(), outcomes=["orders"], control="control").table.iloc[0]
    assert found["ratio"] - 1 == pytest.approx(0.08048664016431273)
    assert found["ratio_low"] - 1 == pytest.approx(-0.019515294044061937)
    assert found["ratio_high"] - 1 == pytest.approx(0.1906880061278886)
    assert found["ratio_method"] == LOG


def test_ratio_of_totals_of_tea_tasting() -> None:
    """tea-tasting 1.14.0, RatioOfMeans("orders", "sessions"), p .07623760.

    Difference .02330501 (−.00245943 to .04906944), relative .08770327 (−.00894418 to .19377576).
    """
    data = users()
    values = np.empty(len(data))
    for rows in data.groupby("arm").indices.values():
        here = data.iloc[rows]
        found = linearised(here["orders"].to_numpy(float), here["sessions"].to_numpy(float))
        assert found is not None
        values[rows] = found
    arm = (data["arm"] == "treatment").to_numpy(dtype=np.int64)
    means = means_of_contacts(values, arm, ("control", "treatment"), None)
    difference = means.difference("treatment", "control")
    assert difference.estimate == pytest.approx(0.02330500550889003)
    assert difference.interval(0.05) == pytest.approx((-0.0024594336679, 0.0490694446857))
    assert difference.p_value == pytest.approx(0.07623759978168303)
    ratio = ratio_of_means(means, "treatment", "control", 0.05)
    assert ratio.low - 1 == pytest.approx(-0.008944184133335975)
    assert ratio.high - 1 == pytest.approx(0.19377576095526305)


def test_nothing_to_divide_by_has_no_value() -> None:
    assert linearised(np.ones(3), np.zeros(3)) is None


def test_a_weak_control_gets_the_ratios_that_the_difference_does_not_rule_out() -> None:
    """Fieller's definition: at a bound r, |a − r b| is t times the error of a − r b."""
    means = clustered((3.0, 2.0), (0.09, 0.16), 0.02)
    found = ratio_of_means(means, "a", "b", 0.05)
    assert found.method == FIELLER
    t = [
        abs(3.0 - r * 2.0) / np.sqrt(0.09 + r**2 * 0.16 - 2 * r * 0.02)
        for r in (found.low, found.high)
    ]
    # Satterthwaite with 399 degrees of freedom in each arm, at the ratio 1.5
    top, bottom = 0.09, 0.16 * 1.5**2
    df = (top + bottom) ** 2 / ((top**2 + bottom**2) / 399)
    assert t == pytest.approx([stats.t.isf(0.025, df)] * 2)


def test_where_there_is_no_ratio_it_says_why() -> None:
    assert ratio_of_means(clustered((3, 2), (1, 4)), "a", "b", 0.05).method == UNBOUNDED
    assert ratio_of_means(clustered((3, -2), (1, 1)), "a", "b", 0.05).method == NOT_POSITIVE
    still = ratio_of_means(clustered((3, 2), (0, 0.01)), "a", "b", 0.05)
    assert (still.estimate, still.method) == (1.5, NO_VARIATION)
    lost = ratio_of_means(clustered((-1, 2), (0.01, 0.01)), "a", "b", 0.05)
    assert lost.method == FIELLER
    assert lost.low < lost.estimate < lost.high < 0


def test_a_share_is_told_in_parts_of_the_controls_share_too() -> None:
    totals = pd.DataFrame({"arm": ["a", "b"], "n": [4_000, 4_000], "opt_out": [58, 40]})
    found = evaluate(totals, outcomes=["opt_out"], control="b")
    assert "+45 % of the control's share (−3 to +116)" in found.sentences()[0]


def test_the_ratio_holds_1_where_an_exact_test_of_few_contacts_does() -> None:
    """1 of 20 against 2 of 2,000: Fisher's tail (hypergeometric) is .0297, doubled .059."""
    totals = pd.DataFrame({"arm": ["now", "new"], "n": [2000, 20], "sale": [2, 1]})
    (row,) = evaluate(totals, outcomes=["sale"], control="now").table.itertuples()
    assert row.verdict == "cannot tell"
    assert row.p_value == pytest.approx(2 * stats.hypergeom.sf(0, 2020, 3, 20), rel=1e-9)
    assert row.ratio_low <= 1 <= row.ratio_high
