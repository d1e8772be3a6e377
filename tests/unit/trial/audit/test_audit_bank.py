"""The audit of the public bank campaigns: a fall that is mostly calendar, and not identified."""

from collections.abc import Callable
from pathlib import Path

import pytest

from simkit.calllog.adapters import import_log
from simkit.trial import AuditReport, audit


@pytest.fixture(scope="module")
def report(real_data: Callable[[str], Path]) -> AuditReport:
    return audit(import_log(real_data("bank-full.csv"), "uci_bank"))


# All figures: computed from bank-full.csv by expanding each client to one row an attempt, the
# last of them a success if y = yes, and fitting statsmodels' GLM to the rows.
def test_success_falls_with_the_attempt(report: AuditReport) -> None:
    crude = report.table.set_index("attempt_no")["crude"]
    assert (round(crude[1], 3), round(crude[8], 3)) == (0.057, 0.014)
    assert report.table.set_index("attempt_no").loc[1, ["tried", "successes"]].tolist() == [
        45_211,
        2_561,
    ]


def test_inside_2008_it_is_flat_for_four_attempts(report: AuditReport) -> None:
    rows = report.strata.query("stratum == 'period_year' and level == '2008'")
    crude = rows.set_index("attempt_no")["crude"]
    assert crude.loc[1:4].round(4).tolist() == [0.0172, 0.0204, 0.0166, 0.0198]


def test_the_odds_ratio_shrinks_as_the_calendar_enters(report: AuditReport) -> None:
    odds = report.odds_ratios.set_index("model")["odds_ratio"].round(3)
    assert odds.to_dict() == {
        "crude": 0.813,
        "with period": 0.925,
        "with period, contact, poutcome": 0.935,
    }
    assert set(report.odds_ratios["tried"]) == {116_799}


def test_contacts_that_only_differ_fit_far_better_than_one_rate(report: AuditReport) -> None:
    assert report.heterogeneity.attempts == 124_956
    assert report.heterogeneity.aic_gain > 900


def test_stratified_success_falls_less(report: AuditReport) -> None:
    table = report.table.set_index("attempt_no")
    assert table.loc[8, "stratified"] / table.loc[1, "stratified"] > 0.6
    assert table.loc[8, "crude"] / table.loc[1, "crude"] < 0.25


def test_fatigue_is_not_identified_and_the_sentence_says_why(report: AuditReport) -> None:
    assert not report.identified
    said = report.sentence()
    assert said.startswith(
        "Not identified: nobody assigned at random how often contacts are called"
    )
    assert "Success per attempt falls: 5.7 % at attempt 1" in said
    assert "0.813 crude, 0.925 with period, 0.935 with period, contact, poutcome" in said
    assert "AIC points" in said
