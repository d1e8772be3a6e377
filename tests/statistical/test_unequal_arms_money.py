"""Money of contacts assigned one by one keeps its error rates, however unequal the arms are.

A small version of ``benchmarks/cluster_errors.py --alone``. Nothing is true. Bounds allow 4
standard errors of the trials, beyond which a correct program comes in 1 of 16,000 runs.
"""

import numpy as np
import pytest

from simkit.trial.effects import judged, resampling
from simkit.trial.effects.difference import TDifference
from simkit.trial.effects.means import means_of_contacts

ALPHA, TRIALS = 0.05, 400


def four_errors(rate: float) -> float:
    return float(4 * np.sqrt(rate * (1 - rate) / TRIALS))


@pytest.fixture(autouse=True)
def _fewer_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """399 draws leave error rates as they are: .05 × 400 is a whole number."""
    monkeypatch.setattr(resampling, "DRAWS", 399)


@pytest.mark.parametrize(
    ("arms", "sd", "buyers", "by_t_above"),
    [
        ((3_000, 60), 2.5, 0.3, 0.25),
        ((2_700, 300), 1.5, 0.15, 0.10),
        ((2_000, 200), 1.0, 0.1, 0.10),
        ((1_500, 1_500), 2.0, 0.1, None),
    ],
)
def test_one_null_trial_of_twenty_claims_a_difference_of_money(
    arms: tuple[int, int], sd: float, buyers: float, by_t_above: float | None
) -> None:
    """4 to 6 in 100. Welch's t claims at least twice as much in unequal arms.

    The test is exact there, so that its band is the Monte Carlo error and a point either way.
    """
    random, arm = np.random.default_rng([70, *arms]), np.repeat([0, 1], arms)
    claims = by_t = 0
    for _ in range(TRIALS):
        value = random.lognormal(3.0, sd, len(arm)) * (random.random(len(arm)) < buyers)
        found = means_of_contacts(value, arm, ("a", "b"), None).difference("b", "a")
        claims += not found.doubt and found.p_value <= ALPHA
        by_t += TDifference(found.estimate, found.se, found.df, "").p_value <= ALPHA
    assert abs(claims / TRIALS - ALPHA) < 0.01 + four_errors(ALPHA)
    if by_t_above is not None:
        assert by_t / TRIALS > by_t_above - four_errors(by_t_above)


def test_beyond_what_is_assigned_anew_doubts_keep_claims_below_their_level(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Some trials do not show how skewed their law is; those that do must not claim by t."""
    monkeypatch.setattr(judged, "MOST_RESAMPLED", 10)
    random, arm = np.random.default_rng(71), np.repeat([0, 1], (4_000, 400))
    claims = doubted = 0
    for _ in range(TRIALS):
        value = random.lognormal(3.0, 1.0, len(arm)) * (random.random(len(arm)) < 0.1)
        found = means_of_contacts(value, arm, ("a", "b"), None).difference("b", "a")
        doubted += bool(found.doubt)
        claims += not found.doubt and found.p_value <= ALPHA
    assert doubted / TRIALS > 0.9
    assert claims / TRIALS < 0.06 + four_errors(0.06)
