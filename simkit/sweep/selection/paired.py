"""Paired differences of policies after every replication: means, spreads and bounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class PairedPaths:
    """Differences of all pairs of policies, row policy less column policy.

    Parameters
    ----------
    counts, means, spreads
        After each replication: how many both have had, the difference's mean (0 before the first)
        and standard deviation (0 before the second), shape (R, k, k).
    """

    counts: NDArray[np.int64]
    means: NDArray[np.float64]
    spreads: NDArray[np.float64]

    @property
    def common(self) -> NDArray[np.int64]:
        """How many replications both have, shape (k, k)."""
        last: NDArray[np.int64] = self.counts[-1]
        return last

    @property
    def gap(self) -> NDArray[np.float64]:
        """Mean difference over all that both have, shape (k, k)."""
        last: NDArray[np.float64] = self.means[-1]
        return last

    @property
    def spread(self) -> NDArray[np.float64]:
        """Standard deviation of the difference over all that both have, shape (k, k)."""
        last: NDArray[np.float64] = self.spreads[-1]
        return last

    def at_most(self, multipliers: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give by how much the row policy may at most be better, by all replications together.

        Parameters
        ----------
        multipliers
            Of s/√n, by the number n of replications in common, shape (R + 1,) or more.
        """
        times = multipliers[self.counts]
        known = np.isfinite(times)
        width = np.where(known, times, 0.0) * self.spreads / np.sqrt(np.maximum(self.counts, 1))
        bounds = np.where(known, self.means + width, np.inf)
        least: NDArray[np.float64] = bounds.min(axis=0, initial=np.inf)
        np.fill_diagonal(least, 0.0)
        return least


def paired_paths(scores: NDArray[np.float64]) -> PairedPaths:
    """Compare all pairs after every replication.

    Parameters
    ----------
    scores
        One row a replication, one column a policy, shape (R, k), R >= 1; NaN where there is none.
    """
    pairs = scores[:, :, None] - scores[:, None, :]
    both = np.isfinite(pairs)
    counts = np.cumsum(both, axis=0)
    # Sums of squares cancel where a difference is large beside its spread: count from the first.
    first = np.take_along_axis(pairs, np.argmax(both, axis=0)[None], axis=0)
    moved = np.where(both, pairs - first, 0.0)
    n = np.maximum(counts, 1)
    means = np.cumsum(moved, axis=0) / n
    squares = np.maximum(np.cumsum(np.square(moved), axis=0) - n * np.square(means), 0.0)
    spreads = np.sqrt(squares / np.maximum(n - 1, 1))
    return PairedPaths(counts, np.where(counts > 0, means + first, 0.0), spreads)
