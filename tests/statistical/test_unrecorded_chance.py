"""How seldom an honest trial is told that a harm of an arm was not recorded."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from simkit.trial.effects.means import means_of_sums
from simkit.trial.unrecorded import Unrecorded

TRIALS = 2_000


def told(accounts: tuple[int, int], share: float, seed: int) -> tuple[int, int]:
    """Count the trials told it of the arm, and those in which nothing of it is seen.

    Two segments; accounts of 1 to 5 contacts, in which all opt out or nobody does, alike in both
    arms.
    """
    random = np.random.default_rng(seed)
    arm = np.repeat([0, 1], accounts)
    data: Any = SimpleNamespace(
        exposure=pd.DataFrame(),
        second=None,
        contacts=None,
        clustered=True,
        segments=("a", "b"),
        asked_out={},
    )
    alarms = silent = 0
    for _ in range(TRIALS):
        means = {}
        for segment in data.segments:
            size = random.integers(1, 6, len(arm))
            out = size * (random.random(len(arm)) < share)
            means[segment] = means_of_sums(["more", "now"], arm, size, out, binary=True)
        silent += not any(one.mean[0] for one in means.values())
        _, missed = Unrecorded(data, "opt_out", means).of_arm("a", "more")
        alarms += bool(missed)
    return alarms, silent


@pytest.mark.parametrize(
    ("accounts", "share"),
    [
        # The shares at which an arm of so many accounts often shows nothing while others show some.
        *(((400, 400), 0.005), ((600, 60), 0.001)),
        *(((600, 12), 0.001), ((1_500, 8), 0.0005)),
    ],
)
def test_chance_alone_hardly_ever_tells_it(accounts: tuple[int, int], share: float) -> None:
    """At most 1 in 10,000 (BY_CHANCE): more than 4 of 2,000 have p = 2e-6 (Poisson, mean .2).

    Without that bound the last two give 15 and 6, and the second gives 33 where contacts are taken
    for accounts.
    """
    alarms, silent = told(accounts, share, seed=7)
    assert silent > TRIALS / 100  # else there would be nothing to be told of
    assert alarms <= 4
