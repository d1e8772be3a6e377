"""Looks at rehearsed trials err and stop as the theory of group-sequential tests says."""

import numpy as np
import pytest
from scipy import stats

from simkit.policy import RecallPolicy
from simkit.scenario import load_scenario
from simkit.trial.design import Looks, TrialDesign
from simkit.trial.rehearse import rehearse
from simkit.trial.sequential.boundaries import bounds, crossing
from simkit.trial.sequential.spending import SPENDING

TRIALS = 24
LUCK = 4.0
"""Standard errors that a correct program strays further than once in 16,000 times."""
PARTS = (0.4, 0.7, 1.0)
ENTRY_DAYS, HORIZON_DAYS, CONTACTS = 60, 30.0, 560
STEP = 0.05


@pytest.fixture(scope="module")
def found():
    """Calls every two weeks against three, judged by who was reached, each contact by itself.

    About half are reached in either arm, so that Z is normal with standard deviation 1 whatever the
    effect. Of rare sales it is less, since an estimate that is large has a large error.
    """
    design = TrialDesign(
        name="looked at",
        arms={
            "b2c": {
                "three weeks": RecallPolicy.every(days=21),
                "fortnight": RecallPolicy.every(days=14),
            }
        },
        control={"b2c": "three weeks"},
        salt="looked at",
        primary="reached",
        horizon_days=HORIZON_DAYS,
        looks=Looks(fractions=PARTS, spending="pocock"),
        contacts={"b2c": CONTACTS},
    )
    world = load_scenario("b2c").vary("b2c.account_size_mean", 1.0, source="test")
    return rehearse(
        design,
        world,
        replications=TRIALS,
        durations_days=(),
        entry_days=ENTRY_DAYS,
        progress=False,
        jobs=1,
    )


def test_without_a_difference_looks_claim_one_no_more_often_than_alpha_allows(found):
    row = found.stops.iloc[0]
    # Claims are binomial with p at most about .05: more than the bound come once in 30,000 times.
    allowed = stats.binom.isf(3e-5, TRIALS, 0.05) / TRIALS
    assert row["false_claim"] <= allowed
    assert row["false_claim_at_end"] <= allowed
    last = found.looks.iloc[len(PARTS) - 1]
    assert last["false_claim"] == row["false_claim"]


def test_trials_stop_when_the_boundaries_say_and_find_what_they_say(found):
    row = found.stops.set_index("arm").loc["fortnight"]
    table = found.table.iloc[0]
    # Z at the end is normal with the drift as its mean: the estimate over its error.
    drift = table["mean_estimate"] / table["mean_se"]
    drift_se = table["sd_estimate"] / table["mean_se"] / np.sqrt(TRIALS)
    assert 1.5 < drift < 4.5  # a case that could go either way
    # Trials look on whole days, so at a little more than the registered parts.
    part = [PARTS[0] + 0.5 / ENTRY_DAYS, PARTS[1] + 0.5 / ENTRY_DAYS, 1.0]
    limit = bounds(part, 0.05, SPENDING["pocock"])

    def expected(at):
        """Return expected information, power, and the share stopped early, for a drift."""
        crossed = crossing(part, -limit, limit, at)
        leaving = crossed.upper + crossed.lower
        early = leaving[:-1].sum()
        leaving[-1] = 1 - early  # who never leaves goes on to the last look
        return np.array([leaving @ part, crossed.upper.sum(), early])

    closed = expected(drift)
    slope = np.abs(expected(drift + STEP) - expected(drift - STEP)) / (2 * STEP)
    seen = row[["followed", "power", "stopped_early"]].to_numpy(dtype=float)
    # The mean of a trial's information at the stop is known to its standard error, a share to the
    # binomial's; the formula to that of the drift.
    times = np.array(part)
    crossed = crossing(part, -limit, limit, drift)
    leaving = crossed.upper + crossed.lower
    leaving[-1] = 1 - leaving[:-1].sum()
    spread = np.sqrt(leaving @ times**2 - (leaving @ times) ** 2)
    own = np.array([spread, *np.sqrt(closed[1:] * (1 - closed[1:]))]) / np.sqrt(TRIALS)
    error = np.hypot(own, slope * drift_se)
    assert (np.abs(seen - closed) < LUCK * error).all(), (seen, closed, error)
    # Whoever does not look before the end, and may spend all of alpha there, finds somewhat more.
    alone = stats.norm.cdf(drift - stats.norm.isf(0.025))
    slope = stats.norm.pdf(drift - stats.norm.isf(0.025))
    error = np.hypot(np.sqrt(alone * (1 - alone) / TRIALS), slope * drift_se)
    assert abs(row["power_at_end"] - alone) < LUCK * error


def test_days_saved_follow_from_the_information_at_the_stop(found):
    row = found.stops.set_index("arm").loc["fortnight"]
    assert row["end_days"] == ENTRY_DAYS + HORIZON_DAYS
    # Contacts enter evenly: a part of them has been followed at horizon + part of the entry. Looks
    # fall on whole days, and the part varies with the luck of entries: .5/sqrt(560) of it.
    expected = HORIZON_DAYS + ENTRY_DAYS * row["followed"]
    luck = LUCK * ENTRY_DAYS * 0.5 / np.sqrt(CONTACTS * TRIALS)
    assert row["days"] == pytest.approx(expected, abs=1 + luck)
    # By the first look, 24 of 60 days of entry and 30 of the horizon have gone: most have entered.
    first = found.looks.iloc[0]
    assert first["entered"] == pytest.approx(54 / 60, abs=0.03)
    assert row["entered"] >= first["entered"]


def test_who_stops_early_sees_too_much(found):
    row = found.stops.set_index("arm").loc["fortnight"]
    table = found.table.iloc[0]
    drift = table["mean_estimate"] / table["mean_se"]
    drift_se = table["sd_estimate"] / table["mean_se"] / np.sqrt(TRIALS)
    limit = bounds(PARTS, 0.05, SPENDING["pocock"])
    # From simulated normal paths: the mean of |Z|/√t at an early stop over the drift.
    random = np.random.default_rng(1)
    steps = random.standard_normal((400_000, 3)) * np.sqrt(np.diff(PARTS, prepend=0.0))
    z = (np.cumsum(steps, axis=1) + drift * np.array(PARTS)) / np.sqrt(PARTS)
    beyond = np.abs(z[:, :2]) >= limit[:2]
    at = beyond.argmax(axis=1)[beyond.any(axis=1)]
    size = np.abs(z[beyond.any(axis=1), at]) / np.sqrt(np.array(PARTS)[at])
    expected = size.mean() / drift
    stopped = row["stopped_early"] * TRIALS
    truth = abs(table["truth"]) / table["mean_se"]
    # The table divides by the truth of the arms alone, the paths by the trials' mean.
    error = expected * np.hypot(
        size.std() / size.mean() / np.sqrt(stopped),
        np.hypot(drift_se / drift, table["truth_se"] / abs(table["truth"])),
    )
    assert abs(row["exaggeration"] - expected * drift / truth) < LUCK * error
    assert 1 < row["exaggeration_corrected"] <= row["exaggeration"]
