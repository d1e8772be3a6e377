"""Error rates of sequential selection and of the half-width rule, where the truth is known.

What is guaranteed is a bound, so that only the upper end of the central 99.9 % of the binomial law
of the rate allowed can refute it.
"""

import numpy as np
import pytest
from scipy import stats

from simkit.sweep.selection.anytime import multipliers
from simkit.sweep.selection.paired import paired_paths
from simkit.sweep.selection.precision import precision
from simkit.sweep.selection.standing import Standing, standing

ALPHA = 0.05
ZONE = 0.3
SPREADS = np.array([0.3, 0.5, 0.9, 0.4, 0.7, 0.6])
LONGEST = 2000


def most_errors(races: int) -> float:
    return float(stats.binom.ppf(0.9995, races, ALPHA))


def race(rng: np.random.Generator, means: np.ndarray, batch: int) -> tuple[Standing, bool]:
    """Run one race as a sweep would: the last standing, and whether the best was ever out."""
    policies = len(means)
    shared = rng.normal(size=(LONGEST, 1))
    neighbours = np.cumsum(rng.normal(size=(LONGEST, policies)), axis=1) * 0.2
    own = rng.normal(size=(LONGEST, policies)) * SPREADS[:policies]
    full = means + shared + neighbours + own
    values = np.full_like(full, np.nan)
    wanted, lost = np.ones(policies, dtype=bool), False
    for end in range(batch, LONGEST, batch):
        values[:end, wanted] = full[:end, wanted]
        found = standing(values[:end], confidence=1 - ALPHA, indifference=ZONE)
        lost |= not found.as_good[int(np.argmax(means))]
        if found.settled:
            return found, lost
        wanted = found.wanted
    raise AssertionError("the race did not end")


@pytest.mark.parametrize(
    "means",
    [
        pytest.param([0.0, 0.0, ZONE, 0.0, 0.0, 0.0], id="one ahead by the indifference zone"),
        pytest.param([0.0] * 6, id="all equal"),
        pytest.param([0.0, 0.28, 0.56], id="each less than the zone behind the next"),
        pytest.param([0.0, 0.2, 0.3, 0.31, 0.25, 0.1], id="a flat curve"),
    ],
)
@pytest.mark.parametrize("batch", [1, 5])
def test_selections_are_good_and_the_set_holds_the_best_at_all_times(
    means: list[float], batch: int
) -> None:
    rng, races, truth = np.random.default_rng(21), 100, np.array(means)
    bad = lost = uncovered = 0
    gaps = truth - [np.delete(truth, place).max() for place in range(len(truth))]
    for _ in range(races):
        found, out = race(rng, truth, batch)
        bad += truth[found.leader] < truth.max() - ZONE - 1e-12
        lost += out
        uncovered += bool(((gaps < found.low - 1e-12) | (gaps > found.high + 1e-12)).any())
    limit = most_errors(races)
    assert bad <= limit
    assert lost <= limit
    assert uncovered <= limit


def test_a_bound_looked_at_500_times_fails_in_one_race_of_twenty_at_most() -> None:
    """Two equal policies: the one-sided bound of a pair, without Bonferroni to hide behind.

    A t bound looked at as often would fail in over a third; one that never failed would be idle.
    """
    rng, races, looks = np.random.default_rng(22), 1000, 500
    times = multipliers(looks, ALPHA)
    once = np.concatenate([[np.inf] * 6, stats.t.ppf(1 - ALPHA, np.arange(5, looks))])
    fails = naive = 0
    for _ in range(races):
        paths = paired_paths(rng.normal(size=(looks, 2)) * [1.0, 3.0])
        fails += paths.at_most(times)[0, 1] < 0
        naive += paths.at_most(once)[0, 1] < 0
    assert races * ALPHA / 4 < fails <= most_errors(races)
    assert naive > races / 3


@pytest.mark.parametrize("needed", [8, 20, 60])
def test_the_half_width_asked_for_holds_as_often_as_asked(needed: int) -> None:
    """``needed`` replications would do were the spread known.

    Means and spreads of normal values are independent, so that the chance to be within the width
    given the n stopped at is 2Φ(h√n) − 1 for spread 1: averaged over 400 runs its standard error is
    below .0025 (its standard deviation is below .05), and 3 of them are allowed.
    """
    rng = np.random.default_rng(23)
    width = float(stats.norm.ppf(0.975)) / np.sqrt(needed)
    chances = []
    for _ in range(400):
        values = rng.normal(size=(400, 1))
        stop = next(
            n
            for n in range(5, 400)
            if precision(values[:n], half_width=width, confidence=0.95).reached
        )
        chances.append(2 * stats.norm.cdf(width * np.sqrt(stop)) - 1)
    assert np.std(chances) < 0.05
    assert np.mean(chances) >= 0.95 - 3 * 0.0025
