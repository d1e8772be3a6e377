"""What intervals agree with is said, and that they do not hold all at once."""

import numpy as np
from scipy import stats

from simkit.trial.corrected import corrected_for, interval_words
from simkit.trial.effects.multiplicity import holm


def test_intervals_that_agree_with_holm_hold_each_but_not_all_at_once() -> None:
    """Two true effects that always stand out: z-values about 6, so both are always rejected."""
    trials = 10_000
    luck = np.random.default_rng(4).normal(size=(trials, 2))
    p_values = 2 * stats.norm.sf(np.abs(luck + 6))
    levels = np.array([holm(row, 0.05)[1] for row in p_values])
    held = np.abs(luck) <= stats.norm.isf(levels / 2)
    # The luckier one has 5 % / 2, the other 5 %: each alone holds at least as often as 95 % does,
    # both at once at most as often as Sidak's .975 of each, .9506, were both so wide, and less.
    # Four standard errors of 10,000 trials are 4 sqrt(.95 x .05 / 10,000) = .0087.
    assert (held.mean(axis=0) > 0.95 - 0.0087).all()
    assert held.all(axis=1).mean() < 0.95 - 0.0087


def test_several_intervals_are_said_to_agree_with_verdicts_and_not_to_hold_at_once() -> None:
    said = interval_words(corrected_for(3, "the looks that were made"))
    assert said == (
        "in agreement with Holm's verdicts over 3 comparisons and the looks that were made, each "
        "by itself, not all at once"
    )
    alone = interval_words(corrected_for(3, ""), several=False)
    assert alone == "in agreement with Holm's verdict over 3 comparisons"


def test_the_interval_of_one_comparison_is_corrected_for_its_looks_as_such() -> None:
    assert interval_words(corrected_for(1, "the looks made")) == "corrected for the looks made"
    assert interval_words(corrected_for(1, "")) == ""
