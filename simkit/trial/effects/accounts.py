"""Errors of arms' means from the sums of each account: no row of a contact is needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

#: Of a sum of outcomes, relative: accounts that all have the mean have residuals of 0.
ROUNDING = 1e-12
Kind = Literal["cr1", "cr2", "crv3"]
POWER_OF_LEVERAGE = {"cr1": 0.0, "cr2": 0.5, "crv3": 1.0}


@dataclass(frozen=True, eq=False)
class AccountSizes:
    """Contacts in each account (in each of its arms, where it is split).

    They alone settle the leverage of an account and the degrees of freedom, so that what follows
    from them is worked out once for all outcomes of the same contacts.

    Parameters
    ----------
    arm, account
        Position of the arm and code of the account (0, 1, …), one a row; each pair stands once.
    n
        Contacts, one a row.
    arms
        Number of arms; each has a row.
    """

    arm: IntArray
    account: IntArray
    n: IntArray
    arms: int
    _freedom: dict[tuple[float, ...], float] = field(default_factory=dict, init=False, repr=False)
    _divisor: dict[Kind, FloatArray] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def contacts(self) -> IntArray:
        """Contacts of each arm."""
        return np.bincount(self.arm, weights=self.n, minlength=self.arms).astype(np.int64)

    @cached_property
    def units(self) -> IntArray:
        """Accounts of each arm."""
        return np.bincount(self.arm, minlength=self.arms)

    @cached_property
    def accounts(self) -> int:
        """Accounts in all."""
        return int(self.account.max()) + 1

    def number(self, arms: Sequence[int]) -> int:
        """Count the accounts in some arms, each once."""
        return len(np.unique(self.account[np.isin(self.arm, arms)]))

    @cached_property
    def leverage(self) -> FloatArray:
        """Part of its arm's contacts that each account has."""
        return np.asarray(self.n / self.contacts[self.arm], dtype=np.float64)

    @cached_property
    def effective_n(self) -> FloatArray:
        """Contacts that would tell as much if a whole account acted as one, (Σn)² ÷ Σn²."""
        squares = np.bincount(self.arm, weights=self.n.astype(np.float64) ** 2, minlength=self.arms)
        return np.asarray(self.contacts.astype(np.float64) ** 2 / squares, dtype=np.float64)

    @cached_property
    def split(self) -> NDArray[np.bool_] | None:
        """Which rows belong to an account that stands in several arms; None where none does."""
        found = np.asarray(np.bincount(self.account)[self.account] > 1, dtype=np.bool_)
        return found if found.any() else None

    def divisor(self, kind: Kind) -> FloatArray:
        """Give what each account's residual sum r is divided by: N (1 − h)^p, one a row."""
        if kind not in self._divisor:
            # An account that is a whole arm has no residual, and shows no error.
            left = np.where(self.leverage < 1, 1 - self.leverage, 1.0)
            rest = left ** POWER_OF_LEVERAGE[kind]
            self._divisor[kind] = rest * self.contacts[self.arm]
        return self._divisor[kind]

    def freedom(self, contrast: FloatArray) -> float:
        """Give Bell and McCaffrey's degrees of freedom of a contrast of the means under CR2.

        They match mean and variance of the estimated variance to a χ² law for independent contacts
        of one variance: with p_g the weight that the estimate gives to account g's residuals,
        (Σ p_g'p_g)² ÷ Σ (p_g'p_k)². Here p_g'p_k = −Σ_a q_ga q_ka for g ≠ k, with
        q = c n ÷ (N √(N (1 − h))), and p_g'p_g = Σ_a c² n ÷ N²: no pair of accounts is visited.

        Parameters
        ----------
        contrast
            Weight c of each arm's mean.
        """
        key = tuple(contrast.tolist())
        if key not in self._freedom:
            self._freedom[key] = self._freedom_of(contrast)
        return self._freedom[key]

    def _freedom_of(self, contrast: FloatArray) -> float:
        contacts, weight = self.contacts[self.arm], contrast[self.arm]
        own = np.bincount(self.account, weights=(weight / contacts) ** 2 * self.n)
        crossed = weight * self.n / (contacts * np.sqrt(contacts * (1 - self.leverage)))
        of_arms = self.crossed(crossed)
        itself = np.bincount(self.account, weights=crossed**2)
        spread = (own**2).sum() + (of_arms**2).sum() - (itself**2).sum()
        return float(own.sum() ** 2 / spread)

    def crossed(self, values: FloatArray) -> FloatArray:
        """Sum the products of an account's values in any two arms, arms × arms.

        Parameters
        ----------
        values
            One a row.
        """
        own = np.bincount(self.arm, weights=values**2, minlength=self.arms)
        found = np.asarray(np.diag(own), dtype=np.float64).copy()  # diag gives a view to read only
        if self.split is not None:
            _, place = np.unique(self.account[self.split], return_inverse=True)
            wide = np.zeros((int(place.max()) + 1, self.arms))
            wide[place, self.arm[self.split]] = values[self.split]
            between = wide.T @ wide
            np.fill_diagonal(between, 0.0)
            found += between
        return found


@dataclass(frozen=True, eq=False)
class AccountTotals:
    """Contacts and their total outcome in each account (in each of its arms, where it is split).

    Least squares on one dummy an arm has a diagonal X'X, so each account enters the errors only by
    its residual sum r = Σy − n ȳ and its leverage h = n ÷ N in the arm of N contacts. The errors
    weigh r by (1 − h)^−p: p = 0 in CR1, 1/2 in CR2, 1 in the jackknife CRV3.

    Parameters
    ----------
    sizes
        The accounts and their contacts.
    total
        The sum of the contacts' outcome, one a row.
    """

    sizes: AccountSizes
    total: FloatArray

    @classmethod
    def of(
        cls, arm: IntArray, account: IntArray, n: IntArray, total: FloatArray, arms: int
    ) -> AccountTotals:
        """Gather rows of which several may belong to one account in one arm."""
        _, codes = np.unique(account, return_inverse=True)
        cells, cell = np.unique(codes * arms + arm, return_inverse=True)
        if len(cells) == len(arm):
            return cls(AccountSizes(arm, codes, n, arms), total)
        size = np.bincount(cell, weights=n).astype(np.int64)
        gathered = np.bincount(cell, weights=total).astype(np.float64)
        return cls(AccountSizes(cells % arms, cells // arms, size, arms), gathered)

    @cached_property
    def mean(self) -> FloatArray:
        """Mean of each arm per contact."""
        total = np.bincount(self.sizes.arm, weights=self.total, minlength=self.sizes.arms)
        return np.asarray(total / self.sizes.contacts, dtype=np.float64)

    @cached_property
    def residual(self) -> FloatArray:
        """Sum of each account less what its arm's mean would give, without the rounding."""
        n = self.sizes.n
        expected = n * self.mean[self.sizes.arm]
        found: FloatArray = self.total - expected
        # In place: there are many accounts, and fresh memory takes longer than what is done in it.
        noise = n * (4 * np.finfo(np.float64).eps)
        noise += ROUNDING
        noise *= np.abs(expected, out=expected)
        found[np.abs(found, out=expected) <= noise] = 0.0
        return found

    def freedom_seen(self, arms: Sequence[int]) -> float:
        """Give the degrees of freedom of the variance of a difference, from the outcomes seen.

        The variance is a sum over accounts. Where a few of them make it up, as the largest do or
        those few in which anything happened, it is hardly known, however many others there are.
        With the mean and the variance of that sum, V and v, scaled χ² of 2 V² ÷ v degrees of
        freedom has the same two; v is estimated from how the accounts' parts differ in each arm.

        Parameters
        ----------
        arms
            Positions of the arms.

        References
        ----------
        W. Pan, M. M. Wall (2002), Small-sample adjustments in using the sandwich variance estimator
        in generalized estimating equations, Statistics in Medicine 21, 1429-1441.
        """
        parts = (self.residual / self.sizes.divisor("cr2")) ** 2
        of_arms = [parts[self.sizes.arm == arm] for arm in arms]
        spread = sum(len(own) * float(own.var(ddof=1)) for own in of_arms)
        whole = sum(float(own.sum()) for own in of_arms)
        return 2 * whole**2 / spread if spread > 0 else np.inf

    def squares_about(self, means: FloatArray, arms: Sequence[int]) -> float:
        """Add up the squares of what accounts' totals differ by from what given means expect.

        Parameters
        ----------
        means
            Of some arms.
        arms
            Their positions.
        """
        found = 0.0
        for mean, arm in zip(means, arms, strict=True):
            own = self.sizes.arm == arm
            found += float(((self.total[own] - mean * self.sizes.n[own]) ** 2).sum())
        return found

    def cov(self, kind: Kind) -> FloatArray:
        """Give the covariance of the means, arms × arms.

        Parameters
        ----------
        kind
            ``"cr1"`` (with the factor G/(G − 1) · (N − 1)/(N − K)), ``"cr2"`` or ``"crv3"`` (with
            (G − 1)/G), as statsmodels and clubSandwich have them.
        """
        sizes = self.sizes
        found = sizes.crossed(self.residual / sizes.divisor(kind))
        number, contacts = sizes.accounts, float(sizes.contacts.sum())
        if kind == "cr1":
            found *= number / max(number - 1, 1) * (contacts - 1) / (contacts - sizes.arms)
        elif kind == "crv3":
            found *= (number - 1) / number
        return found
