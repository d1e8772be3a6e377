"""Looks are counted, kept in a file, told from one another; each bound follows from them."""

import dataclasses

import numpy as np
import pytest
from scipy import stats

from simkit.errors import InputError
from simkit.measures.registry import SHARE
from simkit.policy import RecallPolicy
from simkit.trial.checks.early import unplanned_look_warning
from simkit.trial.design import Looks, TrialDesign
from simkit.trial.level import MADE_LOOKS, Level
from simkit.trial.looks.cost import cost_of_looks
from simkit.trial.looks.kinds import kinds
from simkit.trial.looks.ledger import Look, Seen, read_ledger, write_ledger
from simkit.trial.monitor.decisions import Course, decide
from simkit.trial.monitor.guarding import guard, hold
from simkit.trial.monitor.words import row_words
from simkit.trial.sequential.anytime import multiplier
from simkit.trial.sequential.boundaries import bounds
from simkit.trial.sequential.spending import obrien_fleming

PLANNED = (0.5, 0.75, 1.0)


def design(arms=("long",), *, futility=False, looks=PLANNED, **changes):
    policies = {"current": RecallPolicy.every(working_days=5)}
    policies |= {name: RecallPolicy.every(working_days=10 + at) for at, name in enumerate(arms)}
    fields = {
        "name": "autumn",
        "arms": {"b2c": policies},
        "control": {"b2c": "current"},
        "salt": "s",
        "horizon_days": 60.0,
        "guardrails": {"opt_out": {"b2c": 0.02}},
        "looks": Looks(fractions=looks, futility=futility) if looks else None,
        "contacts": {"b2c": 4000},
    }
    return TrialDesign(**{**fields, **changes})


def seen(z, fraction, *, arm="long", outcome="net_value_eur", role="primary", lower=False, **more):
    estimate = 2.0 * z
    return Seen(
        outcome=outcome,
        segment="b2c",
        arm=arm,
        control="current",
        role=role,
        fraction=fraction,
        lower_is_better=lower,
        unit="EUR per contact",
        n=100,
        n_control=100,
        estimate=estimate,
        se=2.0,
        df=np.inf,
        p_value=2 * float(stats.norm.sf(abs(z))),
        **more,
    )


def look(day, fraction, *zs, final=False):
    arms = ("long", "longer", "longest")
    rows = [seen(z, fraction, arm=arm) for z, arm in zip(zs, arms, strict=False)]
    return Look(f"2026-03-{day:02d} 00:00:00+01:00", fraction, final, tuple(rows))


def test_bounds_are_those_of_the_looks_made_whenever_they_were():
    looks = [look(1, 0.31, 1.0), look(9, 0.74, 1.5), look(20, 1.0, 1.9, final=True)]
    rows = decide(Course(design(), looks, by_spending=True))
    expected = bounds([0.31, 0.74, 1.0], 0.05, obrien_fleming)
    assert [row.bound for row in rows] == pytest.approx(list(expected))
    assert [row.kind for row in rows] == ["off plan", "planned", "planned"]
    assert [row.decision for row in rows] == ["go on", "go on", "end: not shown"]


def test_a_claim_is_made_where_the_bound_is_reached_and_stays():
    reached = float(bounds([0.5, 0.75], 0.05, obrien_fleming)[-1])
    for z, decision in ((reached + 0.01, "stop: better"), (-reached - 0.01, "stop: worse")):
        looks = [look(1, 0.5, 1.0), look(9, 0.75, z), look(20, 1.0, 0.5, final=True)]
        rows = decide(Course(design(), looks, by_spending=True))
        assert [row.decision for row in rows] == ["go on", decision, decision]
        assert [row.claimed_at for row in rows] == [0, 2, 2]
        # The interval leaves out 0 exactly where the bound is reached.
        assert rows[1].ci_low * rows[1].ci_high > 0 > rows[0].ci_low * rows[0].ci_high
        # Stopping at a high point shows too much: the corrected estimate lies nearer to 0.
        assert 0 < rows[1].median_unbiased / rows[1].estimate < 1
    close = decide(Course(design(), [look(1, 0.5, 1.0), look(9, 0.75, reached - 0.01)], True))
    assert close[1].decision == "go on"


def test_a_correction_that_changes_nothing_is_said_to_change_nothing():
    def told(*looks):
        (row,) = decide(Course(design(), list(looks), by_spending=True))[-1:]
        return row, row_words(row, 98.0)

    # The first look is the only one whose results could stop the trial: nothing is corrected.
    first, text = told(look(1, 0.5, 5.0))
    assert first.median_unbiased == pytest.approx(first.estimate)
    assert "(the figure to report, corrected for ending at this look, stays +" in text
    assert "too large a one on average" not in text
    reached = float(bounds([0.5, 0.75], 0.05, obrien_fleming)[-1])
    second, text = told(look(1, 0.5, 1.0), look(9, 0.75, reached + 0.01))
    assert f"(median unbiased): {second.median_unbiased:+.2f} EUR" in text
    assert "too large a one on average" in text


def test_no_estimate_is_freed_of_an_end_that_was_none():
    """Claimed at the first look and gone on with: it did not end where the difference stood out."""
    looks = [look(1, 0.5, 5.0), look(20, 1.0, 4.0, final=True)]
    first, last = decide(Course(design(), looks, by_spending=True))
    assert (first.claimed_at, last.claimed_at) == (1, 1)
    assert np.isfinite(first.median_unbiased)
    assert np.isnan(last.median_unbiased)
    end = Level((0.5, 1.0), (False, True), "obrien_fleming", cost=MADE_LOOKS, before=0.001)
    assert end.freed(seen(4.0, 1.0), 0.05) is None
    assert dataclasses.replace(end, before=0.2).freed(seen(4.0, 1.0), 0.05) is not None


def test_less_of_a_cost_is_better():
    rows = (seen(-4.0, 0.5, outcome="dial_cost_eur", lower=True),)
    found = decide(Course(design(), [Look("2026-03-01 00:00:00+01:00", 0.5, False, rows)], True))
    assert found[0].decision == "stop: better"


def test_holm_over_the_arms_keeps_the_family():
    """Two arms at .05: the first needs the bound of .025, the other then that of .05."""
    half = float(bounds([1.0], 0.025, obrien_fleming)[0])
    for zs, decisions in (
        ((half + 0.01, 2.0), ["stop: better", "stop: better"]),
        ((half - 0.01, 2.0), ["end: not shown", "end: not shown"]),
        ((half + 0.01, 1.9), ["stop: better", "end: not shown"]),
    ):
        looks = [look(1, 1.0, *zs, final=True)]
        rows = decide(Course(design(("long", "longer")), looks, by_spending=True))
        assert [row.decision for row in rows] == decisions


def test_a_futility_bound_is_reached_on_the_side_of_worse_and_binds_nobody():
    plan = design(futility=True)
    rows = decide(Course(plan, [look(1, 0.5, -0.4), look(9, 0.75, 3.0)], by_spending=True))
    assert rows[0].futility_bound > -0.4
    assert [row.decision for row in rows] == ["stop: futile", "stop: better"]
    without = decide(Course(design(), [look(1, 0.5, -0.4)], by_spending=True))
    assert without[0].decision == "go on"
    assert without[0].bound == pytest.approx(rows[0].bound)
    # What was seen says less than what the trial was sized for.
    assert without[0].conditional_power_as_seen < without[0].conditional_power


def test_the_chance_that_is_left_names_its_effect_and_says_that_one_may_stop():
    """Two looks of the O'Brien-Fleming type want a drift of 2.81 (R gsDesign: 2.8016 for one)."""
    (row,) = decide(Course(design(looks=(0.5, 1.0)), [look(1, 0.5, 1.0)], by_spending=True))
    # Half of the information is in with an error of 2, so at the end it is 2 × √.5.
    assert row.planned_effect == pytest.approx(2.81 * 2 * np.sqrt(0.5), abs=0.02)
    told = row_words(row, 60.0)
    assert f"if it truly is {row.planned_effect:+.2f} EUR, as much as the planned contacts" in told
    assert "may be stopped" not in told
    (poor,) = decide(Course(design(looks=(0.5, 1.0)), [look(1, 0.5, -2.0)], by_spending=True))
    assert poor.decision == "go on"
    assert poor.conditional_power < 0.1
    told = row_words(poor, 60.0)
    assert "it may be stopped, which costs no error rate and claims nothing; or go on" in told
    assert "of the test's p" not in told  # its z is its difference over its error


def test_no_share_differs_by_more_than_a_hundred_points():
    wide = dataclasses.replace(seen(0.1, 0.1), unit=SHARE, estimate=0.02, se=0.2)
    rows = decide(Course(design(), [Look("2026-03-01 00:00:00+01:00", 0.1, False, (wide,))], True))
    assert rows[0].ci_high > 1
    assert "(interval that holds at all looks: −100.00 to +100.00)" in row_words(rows[0], 60.0)


def test_z_of_a_test_that_is_not_the_difference_over_its_error_says_so():
    exact = dataclasses.replace(seen(-0.79, 0.5), p_value=1.0)
    looks = [Look("2026-03-01 00:00:00+01:00", 0.5, False, (exact,))]
    (row,) = decide(Course(design(), looks, by_spending=True))
    assert "z 0.00 (of the test's p = 1; difference ÷ error is −0.79)" in row_words(row, 60.0)


def test_looks_after_the_end_claim_nothing():
    looks = [look(1, 0.5, 1.0), look(9, 1.0, 1.9, final=True), look(20, 1.2, 4.5)]
    rows = decide(Course(design(), looks, by_spending=True))
    assert rows[-1].kind == "after the end"
    assert (rows[-1].decision, rows[-1].bound) == ("no claim left", np.inf)
    assert np.isinf(rows[-1].ci_high)


def test_an_end_before_its_time_claims_what_it_would_if_the_trial_went_on():
    going_on = decide(Course(design(), [look(1, 0.5, 2.5), look(9, 0.6, 2.5)], by_spending=True))
    ended = decide(
        Course(design(), [look(1, 0.5, 2.5), look(9, 0.6, 2.5, final=True)], by_spending=True)
    )
    assert [row.bound for row in ended] == [row.bound for row in going_on]
    assert [row.spent for row in ended] == [row.spent for row in going_on]
    assert [row.decision for row in ended] == ["go on", "end: not shown"]
    assert [row.kind for row in ended] == ["planned", "ended early"]
    # What that end left may still be spent, should the trial go on after all.
    looks = [look(1, 0.5, 2.5), look(9, 0.6, 2.5, final=True), look(20, 1.0, 2.5, final=True)]
    rows = decide(Course(design(), looks, by_spending=True))
    assert rows[-1].bound == pytest.approx(bounds([0.5, 0.6, 1.0], 0.05, obrien_fleming)[-1])
    assert rows[-1].decision == "stop: better"


def test_the_end_spends_all_where_nothing_was_seen_before_or_all_contacts_are_in():
    alone = decide(Course(design(), [look(1, 0.5, 2.0, final=True)], by_spending=True))
    assert alone[0].bound == pytest.approx(stats.norm.isf(0.025))
    # Arms that are not equally large make the information fall short of 1 with all contacts in.
    whole = dataclasses.replace(look(9, 0.97, 2.0, final=True), complete=True)
    rows = decide(Course(design(), [look(1, 0.5, 1.0), whole], by_spending=True))
    expected = bounds([0.5, 0.97], 0.05, obrien_fleming, final=[False, True])
    assert rows[-1].bound == pytest.approx(expected[-1])
    assert rows[-1].spent == pytest.approx(0.05)


def test_without_known_looks_the_bound_is_a_confidence_sequences():
    rows = decide(Course(design(), [look(1, 1.0, 2.5, final=True)], by_spending=False))
    # 1.55 times the width of one look; see the module on confidence sequences.
    assert rows[0].bound == pytest.approx(1.5486 * 1.959964, abs=1e-3)
    assert rows[0].decision == "end: not shown"
    assert rows[0].p_adjusted > 0.05


def test_planned_looks_are_told_from_others():
    made = [look(day, part, 0.0) for day, part in ((1, 0.2), (2, 0.52), (3, 0.55), (4, 0.9))]
    names, left = kinds(made, PLANNED)
    assert names == ["off plan", "planned", "off plan", "off plan"]
    assert left == [1.0]
    assert kinds(made[:1], PLANNED)[1] == [0.5, 0.75, 1.0]
    day = look(1, 0.0, 0.0)
    nobody = dataclasses.replace(day, seen=(dataclasses.replace(day.seen[0], n=0),))
    assert kinds([nobody], PLANNED)[0] == ["too early"]
    # Contacts had been followed, but were not compared: the arms were not as registered.
    assert kinds([day], PLANNED)[0] == ["not counted"]
    assert kinds(made[:1], ())[0] == ["unregistered"]


def test_what_an_unplanned_look_costs_is_the_difference_of_two_bounds():
    made = [look(1, 0.5, 0.0), look(2, 0.65, 0.0)]
    key = made[0].seen[0].key
    cost = cost_of_looks(made, PLANNED, key, 4000, 0.05, "obrien_fleming")
    assert cost is not None
    with_it = bounds([0.5, 0.65, 0.75, 1.0], 0.05, obrien_fleming)
    assert cost.final_bound == pytest.approx(float(with_it[-1]))
    assert cost.final_bound_planned == pytest.approx(
        float(bounds(list(PLANNED), 0.05, obrien_fleming)[-1])
    )
    assert cost.final_bound > cost.final_bound_planned
    total = 2 * stats.norm.sf(stats.norm.isf(0.0125) / np.sqrt([0.5, 0.65])) * 2
    assert cost.spent == pytest.approx(float(total[1] - total[0]))


def test_a_guardrail_stops_the_arm_once_the_harm_is_surely_beyond_its_margin():
    def opt_outs(day, estimate):
        row = seen(1.0, 0.5, outcome="opt_out", role="guardrail", lower=True, margin=0.02)
        p_value = 2 * float(stats.norm.sf(abs(estimate) / 0.01))
        row = dataclasses.replace(row, estimate=estimate, se=0.01, p_value=p_value)
        return Look(f"2026-03-{day:02d} 00:00:00+01:00", 0.5, False, (row,))

    names = ["planned"] * 4
    days = [opt_outs(at, size) for at, size in enumerate((0.01, 0.04, 0.06, 0.0), start=1)]
    rows = guard(days, names, 0.05)
    assert [row.state for row in rows] == [
        "open",
        "harm shown, open whether within the margin",
        "beyond the margin",
        "open",
    ]
    assert [row.decision for row in rows] == ["go on", "go on", "stop this arm", "stop this arm"]
    assert [row.crossed_at for row in rows] == [0, 0, 3, 3]
    safe = guard([opt_outs(1, -0.02)], names[:1], 0.05)
    assert safe[0].state == "within the margin"


@pytest.mark.parametrize(
    ("end", "part", "state"),
    [
        ("low", 1.01, "beyond the margin"),
        ("low", 0.99, "harm shown, open whether within the margin"),
        ("low", 0.01, "harm shown, open whether within the margin"),
        ("low", -0.01, "open"),
        ("high", 1.01, "open"),
        ("high", 0.99, "within the margin"),
    ],
)
def test_a_guardrail_is_judged_by_its_bound_at_the_very_margin(end, part, state):
    reach = multiplier(0.5, 0.05, sides=1)
    se = 0.004  # so small that the other bound is far from 0 and the margin
    estimate = part * 0.02 + (reach if end == "low" else -reach) * se
    p_value = 2 * float(stats.norm.sf(abs(estimate) / se))
    row = seen(1.0, 0.5, outcome="opt_out", role="guardrail", lower=True, margin=0.02)
    row = dataclasses.replace(row, estimate=estimate, se=se, p_value=p_value)
    judged = guard([Look("2026-03-01 00:00:00+01:00", 0.5, False, (row,))], ["planned"], 0.05)
    assert (judged[0].low if end == "low" else judged[0].high) == pytest.approx(part * 0.02)
    assert judged[0].state == state


def test_the_sequential_p_value_never_rises():
    """What would have been claimed at an earlier look would be claimed at a later one too."""
    looks = [look(1, 0.5, 1.0), look(9, 0.75, 2.2), look(20, 1.0, 0.1, final=True)]
    rows = decide(Course(design(), looks, by_spending=True))
    assert rows[1].p_sequential < rows[0].p_sequential
    assert rows[2].p_sequential == rows[1].p_sequential < 0.1 < rows[2].p_value


@pytest.mark.parametrize(
    ("estimate", "final", "decision"),
    [
        (0.06, False, "stop this arm"),  # beyond the margin
        (0.04, False, "better, but harm shown"),
        (0.0, False, "stop: better"),
        (0.04, True, "stop this arm"),  # vetoed by the evaluation at the end
    ],
)
def test_a_guardrail_goes_before_a_claim(estimate, final, decision):
    p_value = 2 * float(stats.norm.sf(abs(estimate) / 0.01))
    harm = seen(1.0, 0.75, outcome="opt_out", role="guardrail", lower=True, margin=0.02)
    harm = dataclasses.replace(harm, estimate=estimate, se=0.01, p_value=p_value, vetoed=True)
    looks = [Look("2026-03-01 00:00:00+01:00", 0.75, final, (seen(5.0, 0.75), harm))]
    plan = Course(design(), looks, by_spending=True)
    rows, guarded = decide(plan), guard(looks, plan.names, 0.05)
    assert rows[0].decision == "stop: better"
    hold(rows, guarded)
    assert (rows[0].decision, rows[0].claimed_at) == (decision, 1)
    told = row_words(rows[0], 60.0)
    assert ("guardrail contacts who opted out" in told) == (estimate > 0)


def test_what_is_not_known_stands_in_no_ledger(tmp_path):
    path = tmp_path / "looks.toml"
    write_ledger(path, design(), [look(1, 0.5, 1.0)])
    assert "nan" not in path.read_text(encoding="utf-8")
    assert np.isnan(read_ledger(path, design())[0].seen[0].margin)


def test_a_ledger_comes_back_as_it_was_written(tmp_path):
    path = tmp_path / "looks.toml"
    plan = design()
    assert read_ledger(path, plan) == []
    empty = dataclasses.replace(seen(0.0, 0.3), reason="nobody yet", estimate=0.25)
    looks = [look(1, 0.5, 1.25), Look("2026-04-01 00:00:00+02:00", 1.0, True, (empty,))]
    write_ledger(path, plan, looks)
    back = read_ledger(path, plan)
    assert str(back) == str(looks)  # NaN is not equal to itself


def test_the_ledger_of_another_design_or_with_strange_fields_is_refused(tmp_path):
    path = tmp_path / "looks.toml"
    write_ledger(path, design(), [look(1, 0.5, 1.25)])
    with pytest.raises(InputError, match="identity of the design"):
        read_ledger(path, design(alpha=0.1))
    text = path.read_text().replace("fraction = 0.5\nfinal", "part = 0.5\nfinal", 1)
    path.write_text(text)
    with pytest.raises(InputError) as told:
        read_ledger(path, design())
    assert {problem.field for problem in told.value.problems} == {
        "looks[1].part",
        "looks[1].fraction",
    }


def test_an_early_evaluation_by_itself_is_warned_of():
    warning = unplanned_look_warning(design(looks=None), 0.5)
    assert warning is not None
    # Two looks at 1.96, at half and at the end: Armitage, McPherson and Rowe (1969), table 2: .083.
    assert "8.3 % of trials" in warning
    assert "no looks before the end were registered" in warning
    assert "50 %, 75 %, 100 %" in str(unplanned_look_warning(design(), 0.4))
    assert unplanned_look_warning(design(), 1.0) is None
