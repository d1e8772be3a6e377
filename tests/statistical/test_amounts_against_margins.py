"""Harm of just the margin in skewed amounts, a few contacts beside many: seldom shown within.

The full study is benchmarks/guardrails_of_amounts.py; its figures stand in
`simkit.trial.effects.margin_of_skewed`.
"""

import numpy as np
import pytest
from scipy import stats

from simkit.trial.effects.difference import TDifference
from simkit.trial.effects.lopsided import lopsidedness
from simkit.trial.effects.margin_of_skewed import LeaningMargin

ALPHA, TRIALS = 0.05, 2000
FEW, MANY = 300, 2700
#: What a test of 6 % lets pass once in a thousand such runs: the first term is not all.
MOST = int(stats.binom.isf(0.001, TRIALS, 0.06))
#: More than a test of 5.5 % lets pass once in a thousand such runs: t alone is wrong.
TOO_MANY = int(stats.binom.isf(0.001, TRIALS, 0.055))


def counts(random: np.random.Generator, contacts: int, mean: float) -> np.ndarray:
    part = 0.2 / (0.2 + mean)
    return random.negative_binomial(0.2, part, (TRIALS, contacts)).astype(float)


def spent(random: np.random.Generator, contacts: int, mean: float) -> np.ndarray:
    amounts = random.gamma(2.0, 20.0, (TRIALS, contacts))
    return np.where(random.random((TRIALS, contacts)) < mean / 40.0, amounts, 0.0)


@pytest.mark.parametrize(("draw", "mean"), [(counts, 0.2), (spent, 4.0)])
def test_harm_of_just_the_margin_is_seldom_shown_to_be_within_it(draw, mean) -> None:
    random = np.random.default_rng(7)
    arm, control = draw(random, FEW, 1.5 * mean), draw(random, MANY, mean)
    own = [rows - rows.mean(axis=1, keepdims=True) for rows in (arm, control)]
    parts = [(rows**2).sum(axis=1) / (n - 1) / n for rows, n in zip(own, (FEW, MANY), strict=True)]
    se = np.sqrt(parts[0] + parts[1])
    df = se**4 / (parts[0] ** 2 / (FEW - 1) + parts[1] ** 2 / (MANY - 1))
    every = np.hstack(own)
    skewed = (every**3).mean(axis=1) / (every**2).mean(axis=1) ** 1.5
    apart = arm.mean(axis=1) - control.mean(axis=1)
    by_t, here = 0, 0
    for one in range(TRIALS):
        alone = TDifference(apart[one], se[one], df[one], "t")
        test = LeaningMargin(alone, lopsidedness(skewed[one], (FEW, MANY)))
        by_t += alone.p_beyond(0.5 * mean, above=True) < ALPHA
        here += test.p_beyond(0.5 * mean, above=True) < ALPHA
    assert by_t > TOO_MANY
    assert here <= MOST
