"""The audit of small logs, by hand."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from statsmodels.stats.proportion import proportion_confint

from simkit.calllog import CallLog
from simkit.errors import InputError
from simkit.trial import audit, fit_beta_geometric

# Attempts of each contact, its end, its month and how it was called.
CLIENTS = [
    *([(1, "sale", "2008-05", "cellular")] * 6 + [(2, None, "2008-05", "cellular")] * 14),
    *([(2, "sale", "2008-06", "telephone")] * 3 + [(1, None, "2008-06", "cellular")] * 17),
    *([(3, "sale", "2009-01", "telephone")] * 2 + [(3, "refused", "2009-01", None)] * 8),
    *([(1, "sale", "2009-01", None)] * 2 + [(0, None, "2009-01", "cellular")] * 5),
]


@pytest.fixture
def counts_log(call_log: Callable[..., CallLog]) -> CallLog:
    people = [
        {"contact_id": n, "period": period, "contact": contact}
        for n, (_, _, period, contact) in enumerate(CLIENTS)
    ]
    log = call_log(people, [])
    contacts = log.contacts.assign(
        attempts_count=np.array([row[0] for row in CLIENTS], dtype="int32"),
        final_disposition=pd.array([row[1] for row in CLIENTS], dtype="str"),
    )
    return CallLog(log.header, contacts, None)


def test_final_counts_by_attempt(counts_log: CallLog) -> None:
    table = audit(counts_log).table
    # 52 contacts were called; 14 + 3 + 10 of them twice or more; 10 three times.
    assert table["attempt_no"].tolist() == [1, 2, 3]
    assert table["tried"].tolist() == [52, 27, 10]
    assert table["successes"].tolist() == [8, 3, 2]
    assert table["crude"].tolist() == pytest.approx([8 / 52, 3 / 27, 0.2])
    low, high = proportion_confint(8, 52, method="wilson")
    assert (table["ci_low"][0], table["ci_high"][0]) == pytest.approx((low, high))


def test_odds_ratios_are_those_of_a_row_an_attempt(counts_log: CallLog) -> None:
    rows = []
    for attempts, end, period, contact in CLIENTS:
        rows += [
            (number, int(end == "sale" and number == attempts), period, contact or "unknown")
            for number in range(1, attempts + 1)
        ]
    expanded = pd.DataFrame(rows, columns=["attempt", "success", "period", "contact"])
    design = sm.add_constant(
        pd.get_dummies(expanded[["attempt", "period"]], drop_first=True, dtype=float)
    )
    fit = sm.Logit(expanded["success"], design).fit(disp=False)
    found = audit(counts_log).odds_ratios.set_index("model").loc["with period"]
    assert found["odds_ratio"] == pytest.approx(np.exp(fit.params["attempt"]))
    limits = np.exp(fit.conf_int().loc["attempt"])
    assert (found["ci_low"], found["ci_high"]) == pytest.approx(tuple(limits))


def test_no_odds_ratio_where_successes_and_attempts_are_apart(
    call_log: Callable[..., CallLog],
) -> None:
    """All sales at the second attempt, none at the first: the slope has no finite value."""
    calls = [
        call
        for n in range(20)
        for call in calls_of(n, (1.0, "no_answer"), (2.0, "sale" if n < 10 else "refused"))
    ]
    report = audit(call_log([{"contact_id": n} for n in range(20)], calls))
    assert report.odds_ratios.empty
    assert "Odds ratio" not in report.sentence()
    assert "Success per attempt cannot be told to change" in report.sentence()


@pytest.mark.parametrize(
    ("sales", "says"),
    [
        # log(10/90) − log(50/100) = −1.50, with an error of √(1/10 + 1/90 + 1/50 + 1/100) = .38.
        ((50, 10), "Success per attempt falls: 33.3 % at attempt 1, 10.0 % at attempt 2."),
        # log(50/50) − log(25/100) = 1.39, error .30.
        ((25, 50), "Success per attempt rises: 20.0 % at attempt 1, 50.0 % at attempt 2."),
        # log(15/85) − log(25/100) = −.35, error .36.
        ((25, 15), "attempt cannot be told to change: 20.0 % at attempt 1, 15.0 % at attempt 2."),
    ],
)
def test_success_falls_or_rises_only_where_the_odds_ratio_shows_it(
    call_log: Callable[..., CallLog], sales: tuple[int, int], says: str
) -> None:
    """So many buy at the first attempt; 100 others get a second, and so many of them buy."""
    first, second = sales
    ends = [(1, "sale")] * first + [(2, "sale")] * second + [(2, None)] * (100 - second)
    log = call_log([{"contact_id": n} for n in range(len(ends))], [])
    contacts = log.contacts.assign(
        attempts_count=np.array([row[0] for row in ends], dtype="int32"),
        final_disposition=pd.array([row[1] for row in ends], dtype="str"),
    )
    assert says in audit(CallLog(log.header, contacts, None)).sentence()


def test_a_fit_without_fatigue_that_beats_a_constant_claims_no_cause(
    call_log: Callable[..., CallLog],
) -> None:
    """Contacts are alike and all tire: 10, 5 and 2.5 % of them buy at attempts 1, 2 and 3."""
    # 10 000 · 10 %, 9 000 · 5 %, 8 550 · 2.5 %.
    sold = (1_000, 450, 214)
    ends = [(n, "sale") for n, count in enumerate(sold, start=1) for _ in range(count)]
    ends += [(3, None)] * (10_000 - sum(sold))
    log = call_log([{"contact_id": n} for n in range(len(ends))], [])
    contacts = log.contacts.assign(
        attempts_count=np.array([row[0] for row in ends], dtype="int32"),
        final_disposition=pd.array([row[1] for row in ends], dtype="str"),
    )
    counts = CallLog(log.header, contacts, None)
    said = audit(counts).sentence()
    assert "AIC points: that easy buyers leave first could by itself make success fall." in said
    assert "Contacts who tire could do the same." in said
    # Of one attempt number no fall can be told, and none is spoken of.
    short = audit(counts, attempts=1).sentence()
    assert "AIC points, over all attempts: it does not show why." in short
    assert "fall" not in short


def test_levels_of_the_strata_are_shown_with_their_years(counts_log: CallLog) -> None:
    strata = audit(counts_log).strata
    assert set(strata["stratum"]) == {"period", "period_year", "contact"}
    year = strata.query("stratum == 'period_year' and level == '2008'")
    assert year[["tried", "successes"]].to_numpy().tolist() == [[40, 6], [17, 3]]
    unknown = strata.query("stratum == 'contact' and level == 'unknown'")
    assert unknown["tried"].tolist() == [10, 8, 8]


def test_strata_can_be_chosen_or_left_out(counts_log: CallLog) -> None:
    alone = audit(counts_log, strata=())
    assert alone.odds_ratios["model"].tolist() == ["crude"]
    assert alone.strata.empty
    assert alone.table["stratified"].tolist() == pytest.approx(alone.table["crude"].tolist())
    with pytest.raises(InputError, match="strata == 'colour', must be known before an attempt"):
        audit(counts_log, strata=["colour"])


def test_strata_that_explain_all_leave_the_numbers_equal(
    call_log: Callable[..., CallLog],
) -> None:
    """Attempts 1 and 2 each have the rate of their month: .3 in May, .1 in June."""
    ends = [(1, "sale", "may")] * 30 + [(1, None, "may")] * 70
    ends += [(1, "sale", "june")] * 10 + [(2, "sale", "june")] * 9 + [(2, None, "june")] * 81
    log = call_log([{"contact_id": n, "period": row[2]} for n, row in enumerate(ends)], [])
    contacts = log.contacts.assign(
        attempts_count=np.array([row[0] for row in ends], dtype="int32"),
        final_disposition=pd.array([row[1] for row in ends], dtype="str"),
    )
    report = audit(CallLog(log.header, contacts, None))
    assert report.table["crude"].tolist() == pytest.approx([40 / 200, 0.1])
    assert report.table["stratified"].tolist() == pytest.approx([49 / 290] * 2)
    odds = report.odds_ratios.set_index("model")["odds_ratio"]
    assert odds["crude"] < 0.5
    assert odds["with period"] == pytest.approx(1.0)


def calls_of(contact: int, *calls: tuple[float, str]) -> list[dict[str, Any]]:
    return [{"contact_id": contact, "dialled_at": d, "disposition": end} for d, end in calls]


@pytest.fixture
def attempt_log(call_log: Callable[..., CallLog]) -> CallLog:
    calls = [
        *calls_of(0, (0.5, "no_answer"), (2.5, "error"), (4.5, "sale")),
        *calls_of(1, (0.5, "refused"), (30.5, "no_answer"), (31.0, "sale")),
        *calls_of(2, (25.5, "appointment"), (27.5, "sale")),
    ]
    return call_log([{"contact_id": n} for n in range(4)], calls)


def test_a_log_of_attempts_by_attempt(attempt_log: CallLog) -> None:
    """An error is no attempt, so that contact 0 buys at its second."""
    table = audit(attempt_log).table
    assert table[["tried", "successes"]].to_numpy().tolist() == [[3, 0], [3, 2], [1, 1]]


def test_attempts_end_with_the_first_success(attempt_log: CallLog) -> None:
    table = audit(attempt_log, success=["appointment", "sale"]).table
    assert table[["tried", "successes"]].to_numpy().tolist() == [[3, 1], [2, 1], [1, 1]]


def test_a_log_of_attempts_by_what_came_before(attempt_log: CallLog) -> None:
    strata = audit(attempt_log).strata
    before = strata.query("stratum == 'previous_disposition'").set_index(["level", "attempt_no"])
    assert before["successes"].to_dict() == {
        ("first attempt", 1): 0,
        ("no_answer", 2): 1,
        ("no_answer", 3): 1,
        ("refused", 2): 0,
        ("appointment", 2): 1,
    }
    # The log starts on 12 January 2026: day 20 is 1 February.
    months = strata.query("stratum == 'period'").groupby("level")["tried"].sum()
    assert months.to_dict() == {"2026-01": 3, "2026-02": 4}


def test_a_log_of_attempts_by_days_since_the_last(attempt_log: CallLog) -> None:
    intervals = audit(attempt_log).intervals
    rows = intervals[["days_from", "days_to", "tried", "successes"]].to_numpy().tolist()
    # 4 days, 30 days, half a day, 2 days.
    assert rows == [[0, 1, 1, 1], [1, 3, 1, 1], [3, 7, 1, 1], [30, 60, 1, 0]]


def test_without_arms_fatigue_is_never_identified(attempt_log: CallLog) -> None:
    report = audit(attempt_log)
    assert not report.identified
    assert report.sentence().startswith("Not identified: nobody assigned at random")
    assert report.sentence().split(".")[0] in report._repr_html_()


def test_one_arm_for_all_identifies_nothing(call_log: Callable[..., CallLog]) -> None:
    people = [{"contact_id": n, "arm": "7 days"} for n in range(4)]
    assert not audit(call_log(people, calls_of(0, (1.0, "sale")))).identified


def test_with_arms_the_arms_are_to_be_compared(trial_log: CallLog) -> None:
    report = audit(trial_log)
    assert report.identified
    assert (
        "contacts belong to arms (7 days, 14 days); if these were assigned at random"
        in report.sentence()
    )


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"success": "bought"}, "success == 'bought', must be one of: no_answer"),
        ({"success": ()}, "success == None, must be one of"),
        ({"attempts": 0}, "attempts == 0, must be at least 1"),
    ],
)
def test_settings_that_cannot_be(attempt_log: CallLog, settings: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError) as raised:
        audit(attempt_log, **settings)
    assert says in str(raised.value)


def test_a_log_without_an_attempt_has_nothing_to_audit(call_log: Callable[..., CallLog]) -> None:
    with pytest.raises(InputError, match="there is nothing to audit"):
        audit(call_log([{"contact_id": 1}], []))


def test_a_log_of_one_attempt_is_audited(call_log: Callable[..., CallLog]) -> None:
    report = audit(call_log([{"contact_id": 1}], calls_of(1, (3.0, "sale"))))
    assert report.table["crude"].tolist() == [1.0]
    assert report.odds_ratios.empty


# -- heterogeneity -----------------------------------------------------------------------------


def test_expected_totals_of_a_beta_law_give_it_back() -> None:
    """Success at attempt n is a ÷ (a + b + n − 1) for those still there: fed exactly, no noise."""
    a, b = 0.4, 7.6
    tried, successes, left = [], [], 1e9
    for number in range(1, 21):
        tried.append(left)
        successes.append(left * a / (a + b + number - 1))
        left -= successes[-1]
    fit = fit_beta_geometric(tried, successes)
    assert (fit.a, fit.b) == pytest.approx((a, b), rel=1e-4)
    assert fit.success([1, 5, 20]) == pytest.approx([0.4 / 8, 0.4 / 12, 0.4 / 27], rel=1e-4)


@pytest.mark.parametrize(
    ("left", "a", "b", "log_likelihood"),
    [
        ([1000, 869, 743, 653, 593, 551, 517, 491], 0.668, 3.806, -1611.158),
        ([1000, 631, 468, 382, 326, 289, 262, 241], 0.704, 1.182, -1680.265),
    ],
)
def test_customers_who_stay_as_fader_and_hardie_fit_them(
    left: list[int], a: float, b: float, log_likelihood: float
) -> None:
    """P. Fader, B. Hardie 2007: the high end and the regular customers of seven years."""
    there = np.array(left)
    fit = fit_beta_geometric(there[:-1], there[:-1] - there[1:])
    assert (fit.a, fit.b) == pytest.approx((a, b), abs=5e-4)
    assert fit.log_likelihood == pytest.approx(log_likelihood, abs=5e-4)


def test_the_likelihood_is_that_of_beta_functions() -> None:
    """Σ log B(a + 1, b + n − 1)/B(a, b) of successes at n, log B(a, b + n)/B(a, b) of the rest."""
    from scipy.special import betaln

    tried, successes = np.array([100, 70, 40]), np.array([20, 9, 4])
    fit = fit_beta_geometric(tried, successes)
    a, b = fit.a, fit.b
    number = np.arange(1, 4)
    censored = tried - successes - np.append(tried[1:], 0)
    by_beta = (successes * (betaln(a + 1, b + number - 1) - betaln(a, b))).sum()
    by_beta += (censored * (betaln(a, b + number) - betaln(a, b))).sum()
    assert fit.log_likelihood == pytest.approx(by_beta)


def test_contacts_who_do_not_differ_have_no_spread() -> None:
    fit = fit_beta_geometric([1_000, 900, 810], [100, 90, 81])
    assert (fit.spread, fit.mean_prob) == (0.0, 0.1)
    assert fit.a == np.inf
    assert fit.success([1, 9]).tolist() == [0.1, 0.1]
    assert fit.aic_gain == -2.0


@pytest.mark.parametrize(("tried", "successes"), [([10, 10], [0, 0]), ([5], [5]), ([7], [2])])
def test_totals_that_show_no_spread_are_fitted_by_one_rate(
    tried: list[int], successes: list[int]
) -> None:
    fit = fit_beta_geometric(tried, successes)
    assert fit.constant_prob == sum(successes) / sum(tried)
    assert fit.spread == 0.0
    assert np.isfinite(fit.log_likelihood)
