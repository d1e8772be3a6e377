"""Intervals that hold the truth less often than they say are warned of, with the reason."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from simkit.policy import RecallPolicy
from simkit.trial.design import TrialDesign
from simkit.trial.rehearse import Rehearsal
from simkit.trial.rehearse.coverage_words import coverage_sentences, too_short
from simkit.trial.rehearse.montecarlo import named, share
from simkit.trial.rehearse.tables import coverage_of

PLAYS = 100


def rehearsed(held: int, *, agents=None, truth_se=0.1, bias=(-4.0, -2.0)) -> Rehearsal:
    """A rehearsal of 100 plays, of which so many have an interval that holds the truth."""
    arms = {name: RecallPolicy.every(days=days) for name, days in (("current", 5), ("more", 1))}
    design = TrialDesign(
        name="covered",
        arms={"b2c": arms},
        control={"b2c": "current"},
        salt="covered",
        horizon_days=60.0,
        contacts={"b2c": 600},
    )
    at = {"segment": "b2c", "arm": "more", "horizon_days": 60.0}
    events = np.arange(PLAYS) < held
    row = {**at, "control": "current", "truth_se": truth_se, "mean_se": 2.0}
    missed = {"outcome": design.primary, "bias": -3.16, "bias_low": bias[0], "bias_high": bias[1]}
    nothing = pd.DataFrame()
    return Rehearsal(
        table=pd.DataFrame([{**row, **named("coverage", share(events))}]),
        bias=pd.DataFrame([{**at, **missed}]),
        **dict.fromkeys(("false_positives", "guardrails", "load", "durations"), nothing),
        **dict.fromkeys(("winners", "truth", "looks", "stops"), nothing),
        **{"run_for": {"b2c": None}, "run_for_worthwhile": {"b2c": None}},
        design=design,
        settings={"agents": agents, "truth_replications": 60},
        wrong_at_most=0.1,
        judged_by=design.primary,
        worthwhile_eur={"b2c": 1.0},
        unsettled={"b2c": None},
        warnings=(),
    )


def test_an_interval_that_surely_holds_the_truth_too_seldom_is_warned_of():
    # Wilson's interval of 84 of 100 is .756 to .899: binom::binom.wilson(84, 100) in R.
    (told,) = coverage_sentences(rehearsed(84))
    assert told == (
        "Warning: the 95 % interval of a trial like this, of more against current, holds the true "
        "difference in only 84 % (76 to 90 %) of its plays."
    )


@pytest.mark.parametrize("held", [91, 95, 100])
def test_a_coverage_that_may_be_95_percent_is_not_warned_of(held):
    # binom.wilson(91, 100) reaches to .952.
    assert not list(coverage_sentences(rehearsed(held)))


def test_a_truth_that_is_itself_not_known_well_is_not_held_against_the_interval():
    # Off by 2.0 x 1.0 against an error of 2.0, a right interval holds it in pnorm(.96) = 83 %.
    assert not list(coverage_sentences(rehearsed(84, truth_se=1.0)))
    assert list(coverage_sentences(rehearsed(70, truth_se=1.0)))


def test_shared_agents_are_the_reason_where_they_put_the_trial_off():
    (told,) = too_short(rehearsed(84, agents=3))
    assert told.endswith(
        "of its plays: all arms share 3 agents, which puts the trial off by −3.16 EUR on average, "
        "and no interval knows of that"
    )
    (unknown,) = too_short(rehearsed(84, agents=3, bias=(-4.0, 1.0)))
    assert unknown.endswith("of its plays")


def test_one_agent_an_arm_is_the_reason_and_several_are_the_cure():
    (both,) = too_short(rehearsed(84, agents={"current": 1, "more": 1}))
    assert "current have one agent each, and errors by account do not see what one agent" in both
    assert both.endswith("; give each arm several agents, or let the arms share them")
    (one,) = too_short(rehearsed(84, agents={"current": 3, "more": 1}))
    assert ": more has one agent, and" in one
    (several,) = too_short(rehearsed(84, agents={"current": 3, "more": 3}))
    assert several.endswith("of its plays")


def test_another_duration_than_the_registered_one_is_not_spoken_of():
    found = rehearsed(84)
    later = replace(found, table=found.table.assign(horizon_days=90.0))
    assert not list(coverage_sentences(later))


def test_coverage_is_of_the_trials_that_give_an_interval():
    low, high = np.array([-1.0, 0.5, np.nan, -1.0]), np.array([1.0, 2.0, np.nan, 1.0])
    assert coverage_of(low, high, 0.0)[0] == pytest.approx(2 / 3)
