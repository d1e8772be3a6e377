"""Groupings of contacts: the units in each arm, and two that cross as accounts and agents do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

#: Codes of 8 bytes: a table of marks, a byte each, is then no larger than they are.
SPARSE = 8


#: The jackknife up to so many accounts; beyond, errors of first order, which are much faster.
JACKKNIFED = 500
#: Accounts of an arm below which errors of first order are not trusted, however many the others
#: have (assumed).
FEW_IN_ARM = 100


def jackknifed(accounts: int, units: IntArray) -> bool:
    """Tell whether each account is left out in turn: there are few, or an arm has few.

    Parameters
    ----------
    accounts, units
        Accounts in all, and in each arm.
    """
    return accounts <= JACKKNIFED or bool((units < FEW_IN_ARM).any())


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


def units_in_arms(arm: IntArray, cluster: IntArray | None, arms: int) -> IntArray:
    """Count the units in each arm: contacts, or accounts where they cluster."""
    if cluster is None:
        return np.bincount(arm, minlength=arms)
    return np.bincount(different(cluster.astype(np.int64) * arms + arm) % arms, minlength=arms)


def different(codes: IntArray) -> IntArray:
    """Return the different codes; those that lie close together are marked in a table."""
    low, high = (int(codes.min()), int(codes.max())) if len(codes) else (0, -1)
    if low < 0 or high >= SPARSE * len(codes):
        return pd.unique(codes)
    there = np.zeros(high + 1, dtype=np.bool_)
    there[codes] = True
    return np.flatnonzero(there)
