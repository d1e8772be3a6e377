"""Numbers and names as people read them, and when field and simulation agree."""

import math

import pytest
from scipy import stats

from simkit.recommend import recommend
from simkit.recommend.agreement import agreement
from simkit.recommend.numbers import amount, count, count_range, listed_intervals, money, span
from simkit.recommend.sentences import arm_name
from simkit.recommend.verdict import Estimate
from simkit.trial import AuditReport


@pytest.mark.parametrize(
    ("labels", "text"),
    [
        (["every 7 days"], "every 7 days"),
        (["every 7 days", "every 14 days"], "every 7 and 14 days"),
        (
            ["every working day", "every 5 working days", "every 10 working days"],
            "every 1, 5 and 10 working days",
        ),
        (["every 7 days", "every 5 working days"], "every 7 days and every 5 working days"),
        (["every 2.5 days", "every day"], "every 2.5 and 1 days"),
        ([], ""),
    ],
)
def test_intervals_share_their_unit(labels, text):
    assert listed_intervals(labels) == text


@pytest.mark.parametrize(
    ("contacts", "text"),
    [(12_345, "13,000"), (12_000, "12,000"), (100_001, "110,000"), (99, "99"), (7, "7"), (0, "0")],
)
def test_contacts_are_rounded_up(contacts, text):
    assert count(contacts) == text


def test_money_has_cents_and_a_true_minus():
    assert money(1234.5) == "+1,234.50 EUR"
    assert money(-0.4) == "−0.40 EUR"
    assert money(0.0123) == "+0.012 EUR"
    # What is not 0 does not read as 0, and 0 has no sign.
    assert money(-0.0004) == "−0.00040 EUR"
    assert money(0.0) == money(-0.0) == "0.00 EUR"
    assert span(-1.0, 2.0, signed=False) == "−1.00 to 2.00"


def test_shares_differ_in_percentage_points():
    assert amount(0.0123, "share of contacts") == "+1.23 percentage points"


def test_other_numbers_have_their_unit():
    assert amount(1.5, "attempts per contact") == "+1.500 attempts per contact"


def test_a_range_of_contacts_is_rounded_outwards():
    assert count_range(3_190, 10_100) == "3,100 to 11,000"


def test_arm_is_named_once():
    assert arm_name("7 days", "every 7 days") == "every 7 days"
    assert arm_name("rare", "every 7 days") == "every 7 days (arm rare)"


@pytest.mark.parametrize(
    ("field", "simulated", "same_horizon", "expected"),
    [
        # Standard errors of 1 and 1, as good as known: 3 > 1.96 × √2 = 2.77 > 2.7.
        (Estimate(3, 1, 1, 5), Estimate(0, 1, -2, 2), True, "no"),
        (Estimate(2.7, 1, 0.7, 4.7), Estimate(0, 1, -2, 2), True, "yes"),
        # 6 more than the field's 3: the same sign, another size.
        (Estimate(3, 1, 1, 5), Estimate(9, 1, 7, 11), True, "in sign, not in size"),
        # At other horizons only signs that are known count.
        (Estimate(3, 1, 1, 5), Estimate(9, 1, 7, 11), False, "in sign"),
        (Estimate(3, 1, 1, 5), Estimate(-9, 1, -11, -7), False, "no"),
        (Estimate(3, 2, -1, 7), Estimate(-9, 1, -11, -7), False, "cannot tell"),
        (Estimate(3, 1, 1, 5), Estimate(-1, 1, -3, 1), False, "cannot tell"),
    ],
)
def test_agreement_of_field_and_simulation(field, simulated, same_horizon, expected):
    assert agreement(field, simulated, same_horizon=same_horizon) == expected


@pytest.mark.parametrize("replications", [2, 6, 40])
@pytest.mark.parametrize("gap", [2.0, 3.0, 5.0])
def test_agreement_at_one_horizon_is_welchs_test(replications, gap):
    # scipy: ttest_ind_from_stats(equal_var=False) of 12 values with deviation 3 and of as many as
    # there are replications with deviation 2.
    groups = (gap, 3.0, 12, 0.0, 2.0, replications)
    p_value = stats.ttest_ind_from_stats(*groups, equal_var=False).pvalue
    nan = float("nan")
    field = Estimate(gap, 3 / math.sqrt(12), nan, nan, df=11)
    simulated = Estimate(0.0, 2 / math.sqrt(replications), nan, nan, df=replications - 1)
    expected = "no" if p_value < 0.05 else "yes"
    assert agreement(field, simulated, same_horizon=True) == expected


def test_adopting_quotes_the_interval_of_the_verdict_and_disagreeing_the_other(
    build, scenario, long_pays
):
    # Adjusted half-widths are 2, those of the comparison alone 10 % less. The refused arm was not
    # compared: Holm's family holds two.
    arms = [
        build.arm("14 days", 3.0, 2.0),
        build.arm("28 days", -1.0, 2.0),
        build.arm("1 day", 0.0, 1.0, refused="one contact"),
    ]
    policies = {"b2c": {**build.arms, "1 day": build.daily}}
    evaluation = build.evaluation(arms)
    found = recommend(scenario, long_pays, evaluation=evaluation, policies=policies)
    (decision,) = found.decisions
    assert "+3.00 EUR (+1.00 to +5.00) per contact more than every 7 days" in decision.reason
    assert "interval in agreement with Holm's verdict over 2 comparisons)" in decision.reason
    (apart,) = (text for text in found.warnings if "disagree" in text)
    assert "+3.00 EUR (+1.20 to +4.80) in the trial" in apart
    assert "each interval alone, not corrected" in apart


def test_other_horizons_are_compared_in_sign(build, scenario, long_pays):
    # The trial's 60 days lie between the sweep's 30 and 90; 30 is taken. There fortnightly loses
    # 1 EUR, in the field it gains 3 (.. 1.2 to 4.8): opposite signs, both known.
    evaluation = build.evaluation([build.arm("14 days", 3.0, 2.0)], horizon_days=60.0)
    found = recommend(scenario, long_pays, evaluation=evaluation, policies={"b2c": build.arms})
    row = found.evidence.iloc[0]
    assert row["simulated_days"] == 30.0
    assert row["simulated"] == pytest.approx(-1.0)
    assert row["agree"] == "no"


def test_log_without_randomisation_is_quoted(scenario, long_pays):
    nothing = dict.fromkeys(("table", "odds_ratios", "strata", "intervals", "heterogeneity"))
    report = AuditReport(**nothing, identified=False, reason="nobody assigned anything.")
    found = recommend(scenario, long_pays, audit=report)
    # No fall is presumed: the audit may have found none.
    said = "Success by attempt in the call log decides nothing: nobody assigned anything."
    assert found.warnings[-1] == said


def test_warnings_of_the_trial_are_the_decisions_too(build, scenario, long_pays):
    told = ("of 9 of 70 calls a part of the agent's time is not known", "2 contacts left out", "x")
    evaluation = build.evaluation([build.arm("14 days", 3.0, 2.0)], warnings=(*told, "x"))
    found = recommend(scenario, long_pays, evaluation=evaluation, policies={"b2c": build.arms})
    assert found.warnings[-3:] == tuple(f"Field trial: {text}" for text in told)


@pytest.mark.parametrize(
    ("low", "said"),
    [
        (
            -5.33,
            "Every 14 days passes too. Which of the two brings more, the trial cannot tell: every "
            "7 days leads by +1.66 EUR (−5.33 to +8.65) per contact, 95 % interval.",
        ),
        (
            0.33,
            "Every 14 days passes too, but brings less than every 7 days: a lead of +1.66 EUR "
            "(+0.33 to +8.65) per contact, 95 % interval.",
        ),
    ],
)
def test_another_arm_that_passes_is_compared_with_the_adopted_one(
    build, scenario, long_pays, low, said
):
    # Against daily calls both arms gain; opt-outs differ by 1 percentage point.
    evaluation = build.evaluation(
        [build.arm("7 days", 4.0, 2.0, harm=-0.02), build.arm("14 days", 3.0, 2.0, harm=-0.03)],
        control="1 day",
        lead=("7 days", "14 days", 1.66, low, 8.65),
    )
    policies = {"b2c": {**build.arms, "1 day": build.daily}}
    found = recommend(scenario, long_pays, evaluation=evaluation, policies=policies)
    (decision,) = found.decisions
    assert decision.arm == "7 days"
    assert decision.reason.endswith(
        f"{said} Fewer contacts opted out when called every 14 days than every 7 days: "
        "−3.00 (−3.50 to −2.50) against −2.00 (−2.50 to −1.50) percentage points, each less the "
        "policy in use (with one-sided bounds)."
    )


@pytest.mark.parametrize(
    ("guard", "why"),
    [
        ("cannot tell", "but it is not shown to be safe: contacts who opted out +0.80"),
        ("veto", "but a guardrail vetoes it: contacts who opted out +0.80"),
    ],
)
def test_an_arm_that_brought_more_is_told_why_the_next_one_is_adopted(
    build, scenario, long_pays, guard, why
):
    # Of opt-outs, .8 points and a half-width of .5 go beyond the margin of 1.
    ahead = build.arm("7 days", 4.0, 2.0, guard=guard, harm=0.008)
    evaluation = build.evaluation([ahead, build.arm("14 days", 3.0, 2.0)], control="1 day")
    policies = {"b2c": {**build.arms, "1 day": build.daily}}
    found = recommend(scenario, long_pays, evaluation=evaluation, policies=policies)
    (decision,) = found.decisions
    assert decision.arm == "14 days"
    said = "Every 7 days brought more, and is not to be adopted yet: +4.00 EUR (+2.00 to +6.00) per"
    assert f"{said} contact in 90 days of trial, {why} percentage points" in decision.reason


def test_an_arm_that_brought_less_is_not_told_when_another_is_adopted(build, scenario, long_pays):
    behind = build.arm("14 days", 3.0, 2.0, guard="veto", harm=0.008)
    evaluation = build.evaluation([build.arm("7 days", 4.0, 2.0), behind], control="1 day")
    policies = {"b2c": {**build.arms, "1 day": build.daily}}
    (decision,) = recommend(scenario, long_pays, evaluation=evaluation, policies=policies).decisions
    assert decision.arm == "7 days"
    assert "not to be adopted" not in decision.reason


@pytest.mark.parametrize(
    ("estimate", "agree", "said"),
    [
        # Simulated: +3 at 90 days, +4 over the year; the field's standard error is .92 (half-width
        # of .9 × 2 over 1.96), so that only a gap above 1.96 × .92 = 1.8 is more than chance.
        (3.5, "yes", "The simulation agrees: +4.00 EUR"),
        (9.0, "in sign, not in size", "points the same way: +4.00 EUR"),
    ],
)
def test_reason_table_and_warning_tell_agreement_alike(build, scenario, estimate, agree, said):
    sweep = build.sweep({"b2c": {**build.long_pays, 90.0: (5, 6, 9, 4)}})
    evaluation = build.evaluation([build.arm("14 days", estimate, 2.0)])
    found = recommend(scenario, sweep, evaluation=evaluation, policies={"b2c": build.arms})
    assert found.evidence["agree"].tolist() == [agree]
    (reason,) = (one.reason for one in found.decisions)
    assert said in reason
    apart = "at 90 days its size differs from the trial's (+3.00 EUR against +9.00 EUR)"
    warned = any("(90 days) agree in sign, not in size" in text for text in found.warnings)
    assert (apart in reason, warned) == ((True, True) if estimate == 9.0 else (False, False))
