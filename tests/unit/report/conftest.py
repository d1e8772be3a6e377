"""One small study, run once: a trial of two segments, its simulation, its recommendation."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from simkit.engine import simulate
from simkit.policy import RecallPolicy
from simkit.recommend import recommend
from simkit.scenario import load_scenario
from simkit.sweep import sweep
from simkit.trial import audit, check_trial, evaluate
from simkit.trial.models import cumulative_incidence

DAYS = 40
HORIZONS = (20, 40)


@pytest.fixture(scope="session")
def study() -> SimpleNamespace:
    """Two arms against a control in each segment; 40 days; too small to tell anything."""
    scenario = load_scenario("trial")
    policies = {
        "b2c": {
            "often": RecallPolicy.every(working_days=1),
            "control": RecallPolicy.every(working_days=5),
            "rare": RecallPolicy.every(working_days=10),
        },
        "b2b": {
            "often": RecallPolicy.every(working_days=2),
            "control": RecallPolicy.every(working_days=10),
            "rare": RecallPolicy.every(working_days=15),
        },
    }
    log = simulate(scenario, policies, contacts=600, days=DAYS + 28, seed=3)
    evaluation = evaluate(log, control="control", horizon_days=DAYS, economics=scenario.economics())
    grid = {segment: list(arms.values()) for segment, arms in policies.items()}
    swept = sweep(
        scenario,
        grid,
        replications=3,
        contacts=60,
        days=DAYS,
        horizons=HORIZONS,
        jobs=1,
        progress=False,
    )
    unassigned = replace(log, contacts=log.contacts.assign(arm=None))
    return SimpleNamespace(
        scenario=scenario,
        policies=policies,
        log=log,
        evaluation=evaluation,
        sweep=swept,
        audit=audit(unassigned),
        checks=check_trial(log, control="control", policies=policies),
        incidence=cumulative_incidence(log, control="control", horizon_days=DAYS),
        recommendation=recommend(
            scenario, swept, evaluation=evaluation, policies=policies, horizon_days=DAYS
        ),
        untried=recommend(scenario, swept, horizon_days=DAYS),
    )
