"""Common random numbers and hazard thresholds change no law, and make differences surer.

The full study is benchmarks/variance.py.
"""

import importlib.util
import math
import sys
from dataclasses import replace
from unittest import mock

import numpy as np
import pytest
from scipy import stats

from simkit.engine import simpy_engine
from simkit.engine.compiled.engine import CompiledEngine
from simkit.engine.plan import make_plan
from simkit.engine.record import play
from simkit.engine.simpy_engine import SimpyEngine
from simkit.model.call import play as one_call
from simkit.model.streams import uniforms
from simkit.policy import RecallPolicy
from simkit.scenario import load_scenario
from simkit.sweep.common_numbers import worth_of

REPLICATIONS = 100


@pytest.fixture(scope="module")
def variance(repository_root):
    spec = importlib.util.spec_from_file_location(
        "variance", repository_root / "benchmarks" / "variance.py"
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules["variance"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["variance"]


def grid(*working_days):
    policies = (RecallPolicy.every(working_days=days) for days in working_days)
    return {policy.label: policy for policy in policies}


def test_both_engines_play_the_same_with_thresholds_drawn_anew(variance):
    plan = make_plan(
        load_scenario("b2c"),
        RecallPolicy.every(working_days=1),
        contacts=30,
        agents=2,
        days=30,
        seed=5,
        replication=0,
    )
    shipped = play(SimpyEngine(plan)).attempts
    with mock.patch.object(simpy_engine, "play", variance.play_by_attempt):
        anew = play(SimpyEngine(plan)).attempts
    kernel = variance.kernel_by_attempt(compiled=False)
    assert np.array_equal(play(CompiledEngine(plan, kernel=kernel)).attempts, anew)
    assert not np.array_equal(anew, shipped)


@pytest.fixture(scope="module")
def by_engine(variance):
    """Give the measures of 30 runs of 100 contacts with a call of one's own, shape (30, 3)."""
    run = replace(variance.run_of("b2b", 100), engine="simpy")
    todo = variance.grid_of("b2b", grid(10), 30, own_populations=False)

    def values(call):
        with mock.patch.object(simpy_engine, "play", call):
            return variance.values_of(run, todo, jobs=1)[:, 0]

    shipped = variance.values_of(replace(run, engine="compiled"), todo, jobs=1)[:, 0]
    return shipped, values


def test_thresholds_drawn_anew_have_the_same_means(variance, by_engine):
    # Net value, sales and opt-outs together, on the same populations: by chance refused once in
    # 1,000 seeds.
    shipped, values = by_engine
    _, p = variance.same_means(values(variance.play_by_attempt) - shipped)
    assert p > 0.001


def test_another_law_is_seen(variance, by_engine):
    # Thresholds drawn anew against a hazard that is not forgotten: the n-th try has the hazard of
    # all n.
    def unforgotten(p, key, who, before, at):
        u_optout, u_sale, _, _ = uniforms(key, who.number, variance.REDRAWN, at.attempt_no, 0)
        anew = who._replace(optout_threshold=-math.log(u_optout), sale_threshold=-math.log(u_sale))
        return one_call(p, key, anew, before, at)

    shipped, values = by_engine
    _, p = variance.same_means(values(unforgotten) - shipped)
    assert p < 1e-6


@pytest.fixture(scope="module")
def sales(variance):
    """Give the sales of neighbours in b2b's grid: on the same populations, and on their own."""
    run = variance.run_of("b2b", 100)
    return [
        variance.values_of(
            run, variance.grid_of("b2b", grid(20, 25), REPLICATIONS, own_populations=own)
        )[:, :, variance.MEASURES.index("sale")]
        for own in (False, True)
    ]


def test_differences_vary_less_on_the_same_populations(variance, sales):
    # Were they not surer, the variance of independent differences over that of paired ones would
    # be F's, and beyond its 99.9 % quantile, 1.87, once in 1,000. benchmarks/variance.py finds a
    # ratio of 5: log 5 lies (log 5 − log 1.87)/√(4/99) = 4.9 standard errors beyond it.
    paired, independent = (np.subtract(*values.T).var(ddof=1) for values in sales)
    assert independent / paired > stats.f.ppf(0.999, REPLICATIONS - 1, REPLICATIONS - 1)


def test_a_sweeps_own_runs_tell_what_independent_runs_would_have_shown(variance, sales):
    # The logarithms of both estimates of Var(A) + Var(B): from independent runs with variance
    # 1/(R − 1), from paired runs with (1 + ρ²)/(R − 1) at their correlation ρ < 1. Their
    # difference has a standard error below √(3/99) = .174; 4 of them.
    paired, independent = sales
    own = worth_of(*paired.T, confidence=0.95)
    against = variance.worth(independent, paired, [(0, 1)])[0]
    assert abs(np.log(own.worth / against)) < 4 * 0.174
