"""A segment that looks different by chance gets no policy of its own."""

import numpy as np
import pandas as pd
from scipy import stats

from simkit.trial import evaluate
from simkit.trial.checks.interaction import INTERACTION

SEGMENTS, ARMS = list("abcd"), ("now", "new")
TRIALS, CONTACTS = 200, 60


def interactions(money: np.ndarray) -> np.ndarray:
    """The p-values of Cochran's statistic of homogeneity, read as Hotelling's T²: trial by trial.

    ``money`` is trials x segments x arms x contacts. Of q contrasts with arms' variances v on f
    degrees of freedom, η = q (q + 1) ÷ Σ 2 g² ÷ f, where g = w v (1 − w ÷ Σ w) is what an arm has
    of the trace of the projection onto the contrasts, and w its segment's weight.
    """
    effect = money[:, :, 1].mean(axis=-1) - money[:, :, 0].mean(axis=-1)
    weight = CONTACTS / money.var(axis=-1, ddof=1).sum(axis=-1)
    centre = (weight * effect).sum(axis=1) / weight.sum(axis=1)
    statistic = (weight * (effect - centre[:, None]) ** 2).sum(axis=1)
    freedom = len(SEGMENTS) - 1
    of_arms = money.var(axis=-1, ddof=1) / CONTACTS
    left = weight * (1 - weight / weight.sum(axis=1, keepdims=True))
    doubt = ((of_arms * left[..., None]) ** 2).sum(axis=(1, 2)) / (CONTACTS - 1)
    eta = freedom * (freedom + 1) / (2 * doubt)
    rest = eta - freedom + 1
    return stats.f.sf(statistic * rest / (eta * freedom), freedom, rest)


def test_of_trials_without_any_effect_hardly_one_yields_a_policy_by_segment() -> None:
    """200 trials of 4 segments in which nothing differs.

    A segment is told by itself only where the interaction is shown, and an arm is called best in
    it only where a verdict lets it be chosen too: each errs at .05, so that 10 of 200 trials are
    more than both together do. Only those whose interaction is below .05 can be among them: these
    and two others are read in words.
    """
    money = np.random.default_rng(20).normal(10, 30, (TRIALS, len(SEGMENTS), len(ARMS), CONTACTS))
    p_values = interactions(money)
    # .05 of 200 is 10; 3 standard errors are 9.2.
    assert 1 <= (p_values < 0.05).sum() <= 19
    labels = pd.DataFrame(
        {
            "segment": np.repeat(SEGMENTS, len(ARMS) * CONTACTS),
            "arm": np.tile(np.repeat(ARMS, CONTACTS), len(SEGMENTS)),
        }
    )
    policies = 0
    read = np.union1d(np.flatnonzero(p_values < 0.05), np.argsort(p_values)[-2:])
    for number in read:
        table = labels.assign(margin_eur=money[number].ravel())
        found = evaluate(table, outcomes=["margin_eur"], control="now", segment="segment")
        tested = found.checks.set_index("check")["p_value"][INTERACTION]
        assert np.isclose(tested, p_values[number])
        said = found.regret().sentence()
        own = any(f"{name} · " in said for name in SEGMENTS)
        assert own == bool(tested < 0.05)
        policies += own and "is the best arm" in said
    assert policies <= 10
