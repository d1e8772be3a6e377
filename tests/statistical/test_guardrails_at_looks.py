"""How often looks at a guardrail show harm of just the margin to be within it: added up exactly."""

from functools import cache

import numpy as np
import pytest
from scipy import stats

from simkit.trial.effects.means import means_of_counts
from simkit.trial.looks.ledger import Seen
from simkit.trial.sequential.anytime import multiplier

LEVEL = 0.05
LOOKS = 4
#: Counts less likely than this are left out, and what they hold counts as shown: the careful side.
NEGLIGIBLE = 1e-5


@cache
def shown_within(
    events: int, n: int, control_events: int, control_n: int, fraction: float, margin: float
) -> bool:
    """Tell whether the bound of a look lies below the margin, as a look at these counts has it."""
    counts = np.array([control_events, events], dtype=np.float64)
    means = means_of_counts(counts, np.array([control_n, n]), ["current", "long"])
    found = means.difference("long", "current")
    if not np.isfinite(found.p_value):
        return False
    row = Seen(
        *("opt_out", "all", "long", "current", "guardrail", fraction),
        lower_is_better=True,
        estimate=found.estimate,
        se=found.se,
        df=found.df,
        p_value=found.p_value,
        margin=margin,
    )
    return row.shifted(-multiplier(fraction, LEVEL, sides=1)) < margin


def chance_shown(n: int, control_n: int, control_part: float, margin: float) -> float:
    """Add up the chance that at some of four even looks the harm is shown to be within the margin.

    Both arms gather contacts evenly, so that each look adds binomial counts to those before. What
    counts are reached without having been shown is carried from look to look.
    """
    size, control_size = n // LOOKS, control_n // LOOKS
    step, control_step = (
        stats.binom.pmf(np.arange(of + 1), of, part)
        for of, part in ((size, control_part + margin), (control_size, control_part))
    )
    waiting = np.ones((1, 1))
    for look in range(1, LOOKS + 1):
        waiting = np.apply_along_axis(np.convolve, 0, waiting, step)
        waiting = np.apply_along_axis(np.convolve, 1, waiting, control_step)
        waiting[waiting < NEGLIGIBLE] = 0.0
        for events, control_events in np.argwhere(waiting):
            counts = int(events), size * look, int(control_events), control_size * look
            if shown_within(*counts, look / LOOKS, margin):
                waiting[events, control_events] = 0.0
        kept = [np.flatnonzero(waiting.any(axis=axis)).max() + 1 for axis in (1, 0)]
        waiting = waiting[: kept[0], : kept[1]]
    return 1 - float(waiting.sum())


@pytest.mark.parametrize(
    ("n", "control_n", "control_part", "margin"),
    [(300, 300, 0.004, 0.01), (100, 500, 0.01, 0.03)],
    ids=["hardly an event", "a small arm"],
)
def test_harm_of_just_the_margin_is_seldom_shown_within_it_at_any_look(
    n, control_n, control_part, margin
):
    # The sequence's level is that of all looks together (Ville's inequality); of few events it is
    # an approximation, whose error this adds up without drawing anything.
    assert chance_shown(n, control_n, control_part, margin) <= LEVEL
