"""The line through ordered arms, held against least squares done elsewhere."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from simkit.calllog import CallLog
from simkit.errors import InputError
from simkit.trial import evaluate
from simkit.trial.effects.means import ArmMeans, means_of_contacts
from simkit.trial.effects.trend import trend

SCORES = {"7": np.log2(7), "14": np.log2(14), "28": np.log2(28), "56": np.log2(56)}


def arms(mean: list[float], variance: list[float], units: list[int]) -> ArmMeans:
    names = tuple(SCORES)[: len(mean)]
    number = np.array(units)
    return ArmMeans(
        names, np.array(mean), np.diag(variance), number, number, number * 1.0, False, True, ""
    )


def test_the_slope_is_weighted_least_squares_of_statsmodels() -> None:
    mean, units = [1.0, 1.7, 1.6, 2.9], [30, 20, 50, 40]
    # With variances that are 8 ÷ n, known, the errors are those of generalised least squares.
    means = arms(mean, [8 / n for n in units], units)
    found = trend(means, SCORES)
    design = sm.add_constant(np.array(list(SCORES.values())))
    fit = sm.GLS(mean, design, sigma=np.diag(means.cov)).fit(cov_type="fixed scale")
    assert found.slope == pytest.approx(fit.params[1])
    assert found.se == pytest.approx(fit.bse[1])


def test_departure_in_large_arms_is_the_weighted_residual_sum_of_squares() -> None:
    mean, variance = [1.0, 1.7, 1.6, 2.9], [0.05, 0.02, 0.04, 0.03]
    found = trend(arms(mean, variance, [10**7] * 4), SCORES)
    design = sm.add_constant(np.array(list(SCORES.values())))
    fit = sm.GLS(mean, design, sigma=np.diag(variance)).fit()
    assert found.departure_p == pytest.approx(stats.chi2.sf(fit.ssr, 2), abs=1e-6)


def test_departure_of_three_arms_is_welchs_test_of_the_middle_one() -> None:
    """One contrast: mean of the outer two less the middle one, with Satterthwaite's freedom."""
    variance, units = np.array([0.05, 0.02, 0.04]), np.array([8, 20, 13])
    found = trend(
        arms([1.0, 1.7, 1.6], variance.tolist(), units.tolist()), dict(list(SCORES.items())[:3])
    )
    part = np.array([0.25, 1.0, 0.25]) * variance
    t = (0.5 * (1.0 + 1.6) - 1.7) / np.sqrt(part.sum())
    df = part.sum() ** 2 / (part**2 / (units - 1)).sum()
    assert found.departure == pytest.approx(t**2)
    assert found.departure_p == pytest.approx(2 * stats.t.sf(abs(t), df))


def test_two_arms_have_the_trend_of_their_difference_and_no_departure() -> None:
    random = np.random.default_rng(5)
    means = means_of_contacts(
        random.normal(size=60), np.repeat([0, 1], [20, 40]), ("14", "56"), None
    )
    found = trend(means, {"14": 0.0, "56": 2.0})
    difference = means.difference("56", "14")
    assert (found.slope, found.se, found.df) == pytest.approx(
        (difference.estimate / 2, difference.se / 2, difference.df)
    )
    assert found.p_value == pytest.approx(difference.p_value)
    assert np.isnan(found.departure_p)


def table(drop: float = 0.0) -> pd.DataFrame:
    """1,000 contacts an arm; each doubling of the interval costs ``drop`` on average."""
    random = np.random.default_rng(6)
    arm = np.repeat(["7 days", "14 days", "28 days", "none"], 1_000)
    step = np.repeat([0.0, 1.0, 2.0, 9.0], 1_000)
    return pd.DataFrame({"arm": arm, "value": random.normal(size=4_000) - drop * step})


DAYS = {"28 days": 28, "7 days": 7.0, "14 days": 14}


def test_an_arm_without_an_interval_stays_out() -> None:
    found = evaluate(table(0.2), outcomes=["value"], control="14 days", intervals=DAYS)
    row = found.trend.iloc[0]
    assert (row["arms"], row["source"]) == (3, "given")
    assert row["days"] == "7 days: 7 days, 14 days: 14 days, 28 days: 28 days"
    # The standard error of the slope is √(1/1000 ÷ 2) = .022; 4 of them: 1 in 16,000 fails.
    assert abs(row["slope"] + 0.2) < 4 * 0.0224
    assert row["se"] == pytest.approx(0.0224, rel=0.05)
    assert found.trend_sentences()[0].startswith("value: −0.197 per contact for each")
    assert "for each doubling of the days between calls" in found.trend_sentences()[0]


def test_without_days_there_is_no_trend() -> None:
    assert evaluate(table(), outcomes=["value"], control="none").trend.empty


def test_of_a_log_the_delivered_days_are_taken(trial_log: CallLog) -> None:
    found = evaluate(trial_log, control="14 days", outcomes=["sale", "opt_out"])
    row = found.trend.set_index("outcome").loc["sale"]
    assert row["days"] == "7 days: 7 days, 14 days: 14 days"
    assert "delivered" in row["source"]
    difference = found.table.set_index("outcome").loc["sale"]
    # One doubling from 7 to 14 days: the control less the arm.
    assert row["slope"] == pytest.approx(-difference["estimate"])
    no = found.trend.set_index("outcome").loc["opt_out"]
    assert "does not vary" in no["reason"]


def test_days_are_told_to_a_tenth(contacts_table: Callable[..., pd.DataFrame]) -> None:
    told = contacts_table({"a": 100, "b": 100, "c": 100}, {"a": 0.1, "b": 0.3, "c": 0.1})
    intervals = {"a": 0.254, "b": 1.0004, "c": 20.0631}
    found = evaluate(told, outcomes=["sale"], control="a", intervals=intervals)
    assert found.trend["days"].iloc[0] == "a: 0.25 days, b: 1 day, c: 20.1 days"


def test_a_bend_is_said(contacts_table: Callable[..., pd.DataFrame]) -> None:
    bent = contacts_table({"7": 1_000, "14": 1_000, "28": 1_000}, {"7": 0.1, "14": 0.3, "28": 0.1})
    found = evaluate(bent, outcomes=["sale"], control="7", intervals={"7": 7, "14": 14, "28": 28})
    assert "the arms do not lie on a line" in found.trend_sentences()[0]


def test_days_may_be_numbers_of_numpy() -> None:
    days = {arm: np.int64(number) for arm, number in DAYS.items()}
    plain, given = (
        evaluate(table(0.2), outcomes=["value"], control="14 days", intervals=each)
        for each in (DAYS, days)
    )
    pd.testing.assert_frame_equal(plain.trend, given.trend)


def test_wrong_intervals_are_told_all_at_once() -> None:
    wrong = {"7 days": 0, "9 days": 9, "all": {"14 days": "often"}, "b2b": {"7 days": 7}}
    with pytest.raises(InputError) as raised:
        evaluate(table(), outcomes=["value"], control="none", intervals=wrong)
    assert len(raised.value.problems) == 4
