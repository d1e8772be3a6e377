"""Holm's correction: p-values and the intervals that agree with its decisions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def holm(
    p_values: Sequence[float] | NDArray[np.float64], alpha: float, *, family: int = 0
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Adjust the p-values of one family by Holm's step-down method.

    Each test also gets the level at which its own interval tells the same as Holm: the k-th
    smallest of m p-values has α/(m − k + 1) up to and including the first that is not rejected,
    and those after it have the level of that one. An interval at one minus this level leaves out
    0 exactly where Holm rejects. These intervals explain the decisions one by one; they do not
    hold all at once with probability 1 − α (for that, take α/m in each).

    Parameters
    ----------
    p_values
        The family, shape (m,), without missing values.
    alpha
        Error rate of the family.
    family
        How many comparisons the family was meant to have, where fewer are given: those that are
        not looked at count as if they were not rejected.

    Returns
    -------
    adjusted, levels
        Adjusted p-values (rejected where at most ``alpha``) and levels, in the order given.

    References
    ----------
    S. Holm (1979), A simple sequentially rejective multiple test procedure, Scandinavian Journal
    of Statistics 6, 65-70.
    """
    p = np.asarray(p_values, dtype=np.float64)
    m = len(p)
    if not m:
        return np.empty(0), np.empty(0)
    order = np.argsort(p, kind="stable")
    factors = np.arange(m, 0, -1, dtype=np.float64) + max(family - m, 0)
    stepped = np.minimum(np.maximum.accumulate(p[order] * factors), 1.0)
    first_kept = int(np.argmax(stepped > alpha)) if (stepped > alpha).any() else m - 1
    steps = alpha / factors
    steps[first_kept:] = steps[first_kept]
    adjusted, levels = np.empty(m), np.empty(m)
    adjusted[order] = stepped
    levels[order] = steps
    return adjusted, levels
