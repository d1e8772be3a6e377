"""What the true means of arms may be after a trial, as draws from their joint distribution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from scipy import special, stats
from scipy.stats import qmc

from simkit.trial.effects.scaled import ScaledMeans

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simkit.trial.effects.means import ArmMeans

    FloatArray = NDArray[np.float64]

#: 32,768 draws: a probability is right to .003 even if they were independent.
DRAWS_LOG2 = 15
#: Any: the same trial must give the same choice.
SEED = 1
#: Events, or contacts without one, from which on a share's posterior is normal for all that it
#: matters here, which takes a tenth of the time: its skewness is 1/√30 at most.
FEW_EVENTS = 30


def truths(segments: Sequence[ArmMeans]) -> list[FloatArray]:
    """Draw what the true means of each segment's arms may be, one row a draw (Sobol points).

    Student's t, with the degrees of freedom that the arms' units have together, as their
    differences have them at most; shares, and what one event is worth, see
    `simkit.trial.regret.regret`. Segments are drawn independently of each other.

    Parameters
    ----------
    segments
        The means of each.
    """
    sizes = [len(means.arms) + 1 for means in segments]
    points = qmc.Sobol(sum(sizes), rng=np.random.default_rng(SEED)).random_base2(DRAWS_LOG2)
    # Scrambled points may touch 0, where a quantile is not finite.
    points = np.clip(points, 1e-12, 1 - 1e-12)
    own = np.split(points, np.cumsum(sizes)[:-1], axis=1)
    return [_truths(means, uniform) for means, uniform in zip(segments, own, strict=True)]


def _truths(means: ArmMeans, uniform: FloatArray) -> FloatArray:
    if isinstance(means, ScaledMeans):
        return means.worth * _truths(means.share, uniform)
    values, vectors = np.linalg.eigh(means.cov)
    # The symmetric root: an arm that is independent of the others has a column of its own.
    root = (vectors * np.sqrt(np.clip(values, 0.0, None))) @ vectors.T
    of_all = means.capped(float(means.units.sum()) - len(means.arms), range(len(means.arms)))
    freedom = max(of_all, 1.0)
    scale = np.sqrt(freedom / stats.chi2.ppf(uniform[:, -1], freedom))
    true: FloatArray = means.mean + (stats.norm.ppf(uniform[:, :-1]) @ root) * scale[:, None]
    if means.binary:
        events, others = (means.effective_n * part for part in (means.mean, 1.0 - means.mean))
        fewer = np.minimum(events, others)
        few = np.flatnonzero((fewer < FEW_EVENTS) & (means.counted | (fewer == 0)))
        if means.counted and len(few):  # arms by one law, or its edge would decide between them
            few = np.arange(len(fewer))
        true[:, few] = special.betaincinv(events[few] + 0.5, others[few] + 0.5, uniform[:, few])
    return true
