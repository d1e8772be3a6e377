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


def groups_and_pairs(account: IntArray, second: IntArray) -> tuple[IntArray, IntArray]:
    """Give the codes of a second grouping, and those of its pairs with accounts.

    Contacts without a second group share one with their account only: the two cancel.

    Parameters
    ----------
    account
        Codes of accounts, from 0.
    second
        Codes of the second grouping; −1 where there is none.
    """
    group = np.where(second >= 0, second, int(second.max()) + 1 + account)
    _, codes = np.unique(group, return_inverse=True)
    return codes, crossed(account, codes)


def added(by_group: FloatArray, by_pair: FloatArray) -> FloatArray:
    """Give what a second grouping adds to the covariance by account of some means.

    With V by accounts, by the second grouping, and by the pairs of both, Cameron, Gelbach and
    Miller (2011) take V_accounts + V_second − V_pairs. Where contacts of one second group have
    nothing in common but their accounts, V_second − V_pairs is noise about 0, as often below it as
    above. The whole is then smaller than V_accounts, down to nothing, so that who asks for more
    caution is told more. So only what the second grouping adds is added: V_accounts + (V_second −
    V_pairs)⁺. The variance of no contrast is then below that by accounts alone, nor below
    V_accounts + V_second − V_pairs; where the second grouping adds to every contrast it is the
    latter. MacKinnon, Nielsen and Webb (2024) advise the like for a single coefficient: the larger
    of the errors by both groupings and by one alone.

    Parameters
    ----------
    by_group, by_pair
        Covariance of the means by the second grouping, and by its pairs with accounts.

    References
    ----------
    A. C. Cameron, J. B. Gelbach, D. L. Miller (2011), Robust inference with multiway clustering,
    Journal of Business & Economic Statistics 29, 238-249.
    J. G. MacKinnon, M. Ø. Nielsen, M. D. Webb (2024), Jackknife inference with two-way clustering,
    Queen's Economics Department Working Paper 1516.
    """
    return positive_part(by_group - by_pair)


def positive_part(cov: FloatArray) -> FloatArray:
    """Set the eigenvalues below 0 of a difference of covariances to 0."""
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
