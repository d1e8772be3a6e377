"""Two groupings of contacts that cross, such as accounts and agents."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]


def crossed(first: IntArray, second: IntArray) -> IntArray:
    """Give a code to each pair of codes that occurs: 0, 1, … in the pairs' order."""
    _, inner = np.unique(second, return_inverse=True)
    _, found = np.unique(first * (int(inner.max()) + 1) + inner, return_inverse=True)
    return np.asarray(found, dtype=np.int64)


def positive_part(cov: FloatArray) -> FloatArray:
    """Set the eigenvalues below 0 of a difference of covariances to 0.

    References
    ----------
    A. C. Cameron, J. B. Gelbach, D. L. Miller (2011), Robust inference with multiway clustering,
    Journal of Business & Economic Statistics 29, 238-249.
    """
    values, vectors = np.linalg.eigh(cov)
    if values[0] >= 0:
        return cov
    return np.asarray((vectors * np.maximum(values, 0.0)) @ vectors.T, dtype=np.float64)
