"""Segments that do not differ are estimated better together, and those that do no worse.

Errors of 1 in each of 8 segments. With Q = Σ (y − ȳ)², Paule and Mandel's 1 + τ² is Q/7 where that
is above 1, so the deviations from ȳ shrink by the factor 1 − 7/Q, else to 0.
"""

import numpy as np
import pandas as pd
from scipy import integrate, stats

from simkit.trial import evaluate
from simkit.trial.effects.shrinkage import shrink

SEGMENTS, TRIALS = 8, 1_000
ERRORS = np.ones(SEGMENTS)


def squared_errors(random: np.random.Generator, spread: float) -> tuple[np.ndarray, np.ndarray]:
    """Mean squared error over the segments, drawn and as they are, one of each a trial."""
    truth = random.normal(2.0, spread, (TRIALS, SEGMENTS))
    seen = truth + random.normal(size=truth.shape)
    drawn = np.array([shrink(row, ERRORS, 0.05)[0] for row in seen])
    return ((drawn - truth) ** 2).mean(axis=1), ((seen - truth) ** 2).mean(axis=1)


def mean_and_se(values: np.ndarray) -> tuple[float, float]:
    return float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values)))


def test_equal_effects_have_a_fifth_of_the_squared_error() -> None:
    """Within 4 standard errors of (1 + E[(1 − 7/Q)² Q; Q > 7]) ÷ 8 with Q ~ χ² on 7: .20, not 1.

    The 1 is 8 times the variance of ȳ, the rest what the deviations keep. A correct program misses
    this in 1 of 16,000 seeds.
    """
    left = integrate.quad(lambda q: (1 - 7 / q) ** 2 * q * stats.chi2.pdf(q, 7), 7, np.inf)[0]
    expected = (1 + left) / SEGMENTS
    assert round(expected, 2) == 0.20
    drawn, alone = squared_errors(np.random.default_rng(31), 0.0)
    mean, se = mean_and_se(drawn)
    assert abs(mean - expected) < 4 * se
    assert mean < alone.mean()


def test_effects_that_differ_are_not_worse_for_being_drawn() -> None:
    """Drawing k means by c ÷ Q towards their mean never costs on average if c ≤ 2(k − 3).

    Here c is k − 1: 7 against 10, and so it is from 5 segments on (B. Efron and C. Morris 1973,
    Journal of the American Statistical Association 68, 117-130). Spreads as large as the error, and
    three times as large: not above 0 by 4 standard errors of the paired difference.
    """
    for seed, spread in ((32, 1.0), (33, 3.0)):
        drawn, alone = squared_errors(np.random.default_rng(seed), spread)
        mean, se = mean_and_se(drawn - alone)
        assert mean < 4 * se


def test_the_evaluation_of_eight_equal_segments_gains_as_much() -> None:
    """40 trials of 8 segments with a true difference of .5 and errors of about .2.

    The errors are themselves estimated from 50 contacts an arm, so the gain is only said to be
    there: the mean of the paired differences lies 4 of its standard errors below 0.
    """
    random, gains = np.random.default_rng(34), []
    cells = pd.MultiIndex.from_product([range(SEGMENTS), ["now", "long"], range(50)])
    table = cells.to_frame(index=False, name=["where", "arm", "contact"])
    for _ in range(40):
        table["value"] = random.normal(size=len(table)) + 0.5 * (table["arm"] == "long")
        rows = evaluate(table, outcomes=["value"], control="now", segment="where").table
        gains.append(((rows["shrunk"] - 0.5) ** 2 - (rows["estimate"] - 0.5) ** 2).mean())
    mean, se = mean_and_se(np.array(gains))
    assert mean < -4 * se
