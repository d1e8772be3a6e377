"""The models of a trial hold what they say: null trials pass, planted effects are covered.

Small studies; `benchmarks/models.py` runs the same worlds at length. Each trial asks one question:
does its 95 % interval hold the truth? Half the trials have no effect, so a miss there is a false
positive. The bounds on misses leave out a correct program once in about 2,000 runs (binomial law
at .05), a little more where the interval is only close to exact.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from simkit.trial.models import (
    count_ratio,
    cumulative_incidence,
    gee,
    hazard_ratios,
    robust_value,
)
from simkit.trial.read.trial import read_trial

ACCOUNTS = 30
RARE = 5e-4


def accounts_of(random: np.random.Generator) -> pd.DataFrame:
    account = np.repeat(np.arange(ACCOUNTS), random.geometric(1 / 3, ACCOUNTS))
    arm = np.where(random.permutation(ACCOUNTS) % 2, "short", "long")[account]
    return pd.DataFrame({"account": account, "arm": arm})


def competing(random: np.random.Generator, effect: float) -> tuple[pd.DataFrame, float]:
    """Sales and opt-outs under a gamma frailty of accounts; a third is censored by day 60.

    With hazards s and o and a frailty of variance θ, the share sold by t is
    s ÷ (s + o) · (1 − (1 + θ(s + o)t)^(−1/θ)).
    """
    table = accounts_of(random)
    frailty = random.gamma(2, 0.5, ACCOUNTS)[table["account"]]
    sale_rate = np.where(table["arm"] == "short", 0.012 * effect, 0.012)
    times = [
        random.uniform(45, 90, len(table)),
        random.exponential(1 / (frailty * sale_rate)),
        random.exponential(1 / (frailty * 0.01)),
    ]
    ends = np.array([None, "sale", "opt_out"], dtype=object)
    table = table.assign(time_days=np.min(times, axis=0), end=ends[np.argmin(times, axis=0)])

    def share(sale: float) -> float:
        return sale / (sale + 0.01) * (1 - (1 + 0.5 * (sale + 0.01) * 60) ** -2)

    return table, share(0.012 * effect) - share(0.012)


def incidence(random: np.random.Generator, effect: float) -> tuple[pd.Series, float]:
    table, truth = competing(random, effect)
    found = cumulative_incidence(
        table, "sale", horizon_days=60.0, control="long", cluster="account"
    )
    return found.table.iloc[0], truth


def value(random: np.random.Generator, effect: float) -> tuple[pd.Series, float]:
    table = accounts_of(random)
    chance = np.where(table["arm"] == "short", 0.3 * effect, 0.3)
    worth = random.gamma(2, 10, len(table)) * random.gamma(4, 0.25, ACCOUNTS)[table["account"]]
    table["net_value_eur"] = (random.random(len(table)) < chance) * worth - 1
    trial = read_trial(table, control="long", outcomes=["net_value_eur"], cluster="account")
    rows = robust_value(trial, resamples=399).table.set_index("estimator")
    return rows.loc["mean, bootstrap-t"], 0.3 * 20 * (effect - 1)


def estimating_equations(random: np.random.Generator, effect: float) -> tuple[pd.Series, float]:
    table = accounts_of(random)
    mean = np.where(table["arm"] == "short", 0.3 * effect, 0.3)
    # Beta accounts with a correlation of 1/6: the mean of each contact is exact.
    chance = stats.beta.ppf(random.random(ACCOUNTS)[table["account"]], mean * 5, (1 - mean) * 5)
    table["sale"] = (random.random(len(table)) < chance).astype(int)
    trial = read_trial(table, control="long", outcomes=["sale"], cluster="account")
    return gee(trial, "sale").table.iloc[0], 0.3 * (effect - 1)


def counts(random: np.random.Generator, effect: float) -> tuple[pd.Series, float]:
    table = accounts_of(random)
    mean = random.gamma(3, 1 / 3, ACCOUNTS)[table["account"]] * random.gamma(1, 1, len(table))
    table["calls"] = random.poisson(3 * mean * np.where(table["arm"] == "short", effect, 1.0))
    trial = read_trial(table, control="long", outcomes=["calls"], cluster="account")
    return count_ratio(trial, "calls").table.iloc[0], float(np.log(effect))


@pytest.mark.parametrize(
    ("world", "trials", "effect"),
    [(incidence, 160, 1.8), (value, 160, 1.5), (estimating_equations, 60, 1.6), (counts, 24, 1.5)],
)
def test_intervals_hold_the_truth_with_and_without_an_effect(
    world: Callable[[np.random.Generator, float], tuple[pd.Series, float]],
    trials: int,
    effect: float,
):
    misses = 0
    for seed in range(trials):
        row, truth = world(np.random.default_rng([41, seed]), effect if seed % 2 else 1.0)
        held = row["ci_low"] <= truth <= row["ci_high"]
        assert (row["p_value"] <= 0.05 + 1e-12) == (row["ci_low"] > 0 or row["ci_high"] < 0)
        misses += not held
    assert misses <= stats.binom.isf(RARE, trials, 0.05)
    assert misses >= stats.binom.ppf(RARE, trials, 0.05)


def test_a_hazard_ratio_is_recovered_where_hazards_are_proportional():
    # 1,500 contacts of their own, hazards .02 and .03: log 1.5 = .405. The error is the model's
    # own; 3.9 of them leave out a correct program once in 10,000 runs.
    random = np.random.default_rng(42)
    arm = np.where(np.arange(1500) % 2, "short", "long")
    times = [
        np.full(1500, 50.0),
        random.exponential(np.where(arm == "short", 1 / 0.03, 1 / 0.02)),
        random.exponential(60, 1500),
    ]
    ends = np.array([None, "sale", "opt_out"], dtype=object)
    table = pd.DataFrame(
        {"arm": arm, "time_days": np.min(times, axis=0), "end": ends[np.argmin(times, axis=0)]}
    )
    row = hazard_ratios(table, "sale", control="long").table.iloc[0]
    assert row["estimate"] == pytest.approx(np.log(1.5), abs=3.9 * row["se"])
    assert row["se"] == pytest.approx(
        np.sqrt(1 / row["events_arm"] + 1 / row["events_control"]), rel=0.05
    )


def test_contacts_censored_early_bias_nothing():
    # The mean of 60 estimates, a third of whose contacts are censored, against the exact truth:
    # 3.9 standard errors leave out a correct program once in 10,000 runs.
    errors = []
    for seed in range(60):
        table, truth = competing(np.random.default_rng([43, seed]), 1.8)
        row = cumulative_incidence(table, "sale", horizon_days=60.0, control="long").table.iloc[0]
        errors.append(row["estimate"] - truth)
    assert abs(np.mean(errors)) < 3.9 * np.std(errors) / np.sqrt(len(errors))
