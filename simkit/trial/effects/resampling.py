"""Differences of arms' means tested by resampling accounts: wild bootstrap and permutation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import combinations, product
from math import comb
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse, stats

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simkit.trial.effects.accounts import AccountTotals
    from simkit.trial.effects.difference import MarginTest

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.integer[Any]]

#: With the one at hand 10,000, so that the usual levels are whole numbers of them; p = .05 is right
#: to .002.
DRAWS = 9_999
#: Any: the same trial must give the same draws.
SEED = 1
MOST_LISTED = 20_000  # up to so many rearrangements all of them are taken
RADEMACHER_FROM = 10  # accounts from which on signs alone give at least 512 different |t|
#: The six weights of Webb (2023), see `wild`.
WEBB = np.array([-np.sqrt(1.5), -1.0, -np.sqrt(0.5), np.sqrt(0.5), 1.0, np.sqrt(1.5)])
#: Draws at a time, which bounds the memory (assumed).
BLOCK = 2_000
#: Numbers in a block: 32 MB (assumed).
BLOCK_SIZE = 4_000_000
#: Rearrangements that differ from the one at hand by rounding are as large.
TIE = 1 - 1e-10
DIGITS = 9  # of the largest total
#: Of the bracket: 10¹⁸ standard errors away the interval has no end.
DOUBLINGS = 60
HALVINGS = 40  # to 1e-12 of the bracket


@dataclass(frozen=True, eq=False)
class Pair:
    """Two arms' accounts: contacts and total in each, less what the grand mean would give.

    Parameters
    ----------
    n, total
        Accounts × (control, arm).
    """

    n: FloatArray
    total: FloatArray

    @classmethod
    def of(cls, sums: AccountTotals, control: int, arm: int) -> Pair:
        """Take two arms out of the sums, in an order that does not hang on that of the rows.

        Nor on the rounding of the totals, as accounts without any sale have equal ones: else the
        same trial, read in another way, would get other draws.
        """
        sizes = sums.sizes
        rows = np.isin(sizes.arm, (control, arm))
        _, account = np.unique(sizes.account[rows], return_inverse=True)
        n, total = np.zeros((2, int(account.max()) + 1, 2))
        column = (sizes.arm[rows] == arm).astype(np.int64)
        n[account, column] = sizes.n[rows]
        total[account, column] = sums.total[rows]
        total -= n * (total.sum() / n.sum())
        whole = total.sum(axis=1)
        nearly = np.round(whole / (np.abs(whole).max() or 1.0), DIGITS)
        order = np.lexsort((n[:, 1], nearly, n.sum(axis=1)))
        return cls(n[order], total[order])

    @property
    def split(self) -> bool:
        """Tell whether an account has contacts in both arms."""
        return bool((self.n > 0).all(axis=1).any())


@dataclass(frozen=True, eq=False)
class Draws:
    """What each rearrangement gives when the difference is δ: polynomials in δ.

    Parameters
    ----------
    difference
        Draws × 2: the difference less δ is d₀ + d₁ δ.
    variance
        Draws × 3: its estimated variance is v₀ + v₁ δ + v₂ δ².
    listed
        Whether these are all rearrangements, the one at hand among them; else a sample.
    same
        How many give the |t| at hand whatever the outcomes: the arrangement itself, and the one
        with the arms exchanged. A sample holds them by chance only.
    """

    difference: FloatArray
    variance: FloatArray
    listed: bool
    same: int

    @property
    def least_p(self) -> float:
        """The smallest p-value that these rearrangements can give."""
        return (self.same + self.unseen) / (len(self.difference) + self.unseen)

    @property
    def unseen(self) -> int:
        """1 where the arrangement at hand has to be counted besides, as one more; else 0."""
        return 0 if self.listed else 1


@dataclass(frozen=True, eq=False)
class ResampledDifference:
    """A difference of means whose |t| is compared with those of rearranged accounts.

    A difference δ is rejected where few rearrangements under δ give as large a |t|; the interval
    holds the δ that are not. One at a level that the number of rearrangements does not allow is
    without end, unless the test goes on by Student's t.

    Parameters
    ----------
    estimate, se, df
        The difference, with CR2's standard error and degrees of freedom, which describe it.
    draws
        The rearrangements.
    variance
        Estimated variance of the estimate as the rearrangements estimate theirs.
    method, doubt
        How it was done; why it must not carry a claim, or nothing.
    tail
        Whether p-values go on where the rearrangements end, see `with_tail`.
    """

    estimate: float
    se: float
    df: float
    draws: Draws
    variance: float
    method: str
    doubt: str = ""
    tail: bool = False

    def with_tail(self, errors: str) -> ResampledDifference:
        """Let p-values below the smallest that the rearrangements allow be those of t.

        Of 252 assignments none has a p-value below 2/252, so at a level of .005, as Holm or an
        early look may ask, the rearrangements alone could claim nothing, however large an effect.
        Where no other assignment gives as large a |t|, p is Student's instead, if that is smaller.
        At every level that the assignments allow the test is as exact as without; at those below
        it claims at most what the t test would, and not oftener than the smallest p-value allows.

        Parameters
        ----------
        errors
            What the errors of t are called.
        """
        how = self.method
        if self.p_value <= self.draws.least_p:  # said only where it is so: it reads as a p-value
            how += f"; beyond what draws can show, by t with {errors}"
        return replace(self, method=how, tail=True)

    @cached_property
    def p_value(self) -> float:
        """Two-sided p-value of no difference."""
        return self.p_of(0.0)

    def p_of(self, difference: float) -> float:
        """Give the two-sided p-value of a difference."""
        at = np.array([1.0, difference, difference**2])
        moved = np.abs(self.draws.difference @ at[:2]) * np.sqrt(self.variance)
        spread = np.sqrt(np.maximum(self.draws.variance @ at, 0.0))
        as_large = int((moved >= TIE * abs(self.estimate - difference) * spread).sum())
        unseen = self.draws.unseen
        found = (as_large + unseen) / (len(moved) + unseen)
        if self.tail and found <= self.draws.least_p:
            beyond = abs(self.estimate - difference) / self.se
            return min(found, float(2 * stats.t.sf(beyond, self.df)))
        return found

    def p_beyond(self, bound: float, *, above: bool) -> float:
        """Give the one-sided p-value of the difference lying at the bound or beyond it."""
        half = self.p_of(bound) / 2
        return half if (self.estimate < bound) == above else 1 - half

    def interval(self, alpha: float) -> tuple[float, float]:
        """Give the two-sided interval at level ``1 - alpha``: what is not rejected."""
        return self._bound(alpha, -1.0), self._bound(alpha, 1.0)

    def against_margin(self) -> MarginTest:
        """Give the test of this difference against margins: the same rearrangements."""
        return self

    def _bound(self, alpha: float, side: float) -> float:
        """Find where p falls to alpha on one side; 0 is within it exactly if its p is above."""
        kept, rejected = self.estimate, self.estimate + side * self.se
        if side * (0.0 - self.estimate) > 0:
            kept, rejected = (kept, 0.0) if self.p_value <= alpha else (0.0, side * self.se)
        for _ in range(DOUBLINGS):
            if self.p_of(rejected) <= alpha:
                break
            kept, rejected = rejected, rejected + 2 * (rejected - kept)
        else:
            return side * np.inf
        for _ in range(HALVINGS):
            middle = (kept + rejected) / 2
            if self.p_of(middle) > alpha:
                kept = middle
            else:
                rejected = middle
        return kept


def wild(pair: Pair) -> tuple[Draws, float]:
    """Multiply the accounts' residuals under the null hypothesis by random weights.

    The restricted wild cluster bootstrap: residuals are those of δ, one mean for both arms; each
    account's are multiplied by one weight, and |t| with CR1's error is computed again. Weights are
    signs (Rademacher), all 2^G of them where there are few; below 10 accounts, where these would
    give too few different values, Webb's six.

    Returns
    -------
    draws, variance
        The rearrangements; the estimated variance of the difference at hand.

    References
    ----------
    A. C. Cameron, J. B. Gelbach, D. L. Miller (2008), Bootstrap-based improvements for inference
    with clustered errors, Review of Economics and Statistics 90, 414-427.
    D. Roodman, M. Ø. Nielsen, J. G. MacKinnon, M. D. Webb (2019), Fast and wild, Stata Journal 19,
    4-60. M. D. Webb (2023), Reworking wild bootstrap-based inference for clustered errors, Canadian
    Journal of Economics 56, 839-858: the six weights.
    """
    contacts = pair.n.sum(axis=0)
    shift = pair.n * (np.array([0.0, 1.0]) - contacts[1] / contacts.sum())
    sign = np.array([-1.0, 1.0])
    # Residual sums over N, and what a mean takes from them: constant and slope in δ.
    parts = np.stack([pair.total / contacts, -shift / contacts])  # 2 × accounts × arms
    whole = (parts * sign).sum(axis=2)  # 2 × accounts
    taken = sign * pair.n / contacts  # accounts × arms
    shared = taken.T @ taken
    # One product of matrices a block: means by δ's power and arm, then what they cross with.
    once = np.concatenate([parts, whole[:, :, None] * taken], axis=2)
    once = once.transpose(1, 0, 2).reshape(len(pair.n), -1)
    squares = np.einsum("pg,qg->gpq", whole, whole).reshape(len(pair.n), -1)
    blocks, same = [], 0
    weights, listed = _weights(len(pair.n))
    for weight in weights:
        same += int((weight == weight[:, :1]).all(axis=1).sum())
        products = (weight @ once).reshape(-1, 2, 4)
        mean, crossed = products[:, :, :2], products[:, :, 2:]
        form = (weight**2 @ squares).reshape(-1, 2, 2)
        form -= np.einsum("bpa,bqa->bpq", mean, crossed)
        form -= np.einsum("bpa,bqa->bpq", crossed, mean)
        form += np.einsum("bpa,bqa->bpq", mean @ shared, mean)
        blocks.append((mean @ sign, _polynomial(form)))
    # The weights that are all 1 give the difference at hand, whatever δ: here δ = 0.
    mean = parts[0].sum(axis=0)
    variance = float(((whole[0] - taken @ mean) ** 2).sum())
    return _joined(blocks, listed, same), variance


def permutation(pair: Pair) -> tuple[Draws, float]:
    """Assign the accounts to the two arms anew, as many to each as there were.

    If δ is what an arm adds to each contact's outcome, the outcomes less δ do not depend on the
    arms, and all assignments were as likely: the test is exact for any law of sizes and outcomes,
    however few accounts an arm has. |t| has each arm's own variance of account residuals, so that
    with many accounts it also holds where arms differ in spread.

    Returns
    -------
    draws, variance
        As in `wild`.

    References
    ----------
    E. Chung, J. P. Romano (2013), Exact and asymptotically robust permutation tests, Annals of
    Statistics 41, 484-507.
    """
    size = pair.n.sum(axis=1)
    treated = pair.n[:, 1] > 0
    known = np.stack([pair.total.sum(axis=1), -pair.n[:, 1]])  # 2 × accounts: constant and slope
    y, d = known
    features = np.column_stack(
        [size, size**2, y, d, y * size, d * size, y * y, y * d, d * d, treated]
    )
    whole = features.sum(axis=0)
    # The smaller arm is drawn; what is left is the other.
    small = treated if 2 * treated.sum() <= len(size) else ~treated
    numbers = (int(small.sum()), int((~small).sum()))
    signs = (1, -1) if small is treated else (-1, 1)
    at_hand = small.astype(np.float64) @ features
    blocks, same = [_permuted(at_hand[None, :], whole, numbers, signs)], 0
    drawn_by, listed = choices(numbers[0], len(size), DRAWS)
    for chosen in drawn_by:
        drawn = summed(chosen, features)
        same += int((drawn[:, 9] == at_hand[9]).sum())
        if numbers[0] == numbers[1]:
            same += int((drawn[:, 9] == whole[9] - at_hand[9]).sum())
        blocks.append(_permuted(drawn, whole, numbers, signs))
    return _joined(blocks[1:], listed, same), float(blocks[0][1][0, 0])


def summed(chosen: IntArray, features: FloatArray) -> FloatArray:
    """Sum the features of the accounts chosen in each draw, draws × features."""
    ends = np.arange(0, chosen.size + 1, chosen.shape[1])
    shape = (len(chosen), len(features))
    marks = sparse.csr_array((np.ones(chosen.size), chosen.ravel(), ends), shape=shape)
    return np.asarray(marks @ features, dtype=np.float64)


def _permuted(
    drawn: FloatArray, whole: FloatArray, numbers: tuple[int, int], signs: tuple[int, int]
) -> tuple[FloatArray, FloatArray]:
    """Give differences and their variances from the features' sums in the arm drawn, and in all."""
    difference, form = np.zeros((len(drawn), 2)), np.zeros((len(drawn), 3))
    for sums, number, sign in zip((drawn, whole - drawn), numbers, signs, strict=True):
        contacts, own = sums[:, 0], sums[:, 1]
        mean = sums[:, 2:4] / contacts[:, None]
        y, d = mean.T
        by_y, by_d = sums[:, 4], sums[:, 5]
        # Σ (total − size · mean)² over accounts, as a polynomial in δ.
        spread = np.column_stack(
            [
                sums[:, 6] - 2 * y * by_y + y * y * own,
                2 * (sums[:, 7] - y * by_d - d * by_y + y * d * own),
                sums[:, 8] - 2 * d * by_d + d * d * own,
            ]
        )
        form += spread * (number / (number - 1) / contacts**2)[:, None]
        difference += sign * mean
    return difference, form


def _polynomial(form: FloatArray) -> FloatArray:
    """Write (1, δ) form (1, δ)' as coefficients of 1, δ, δ²."""
    return np.stack([form[:, 0, 0], form[:, 0, 1] + form[:, 1, 0], form[:, 1, 1]], axis=1)


def _joined(blocks: list[tuple[FloatArray, FloatArray]], listed: bool, same: int) -> Draws:
    difference, variance = (np.concatenate(part) for part in zip(*blocks, strict=True))
    return Draws(difference, variance, listed, same)


def _weights(accounts: int) -> tuple[Iterator[FloatArray], bool]:
    """Yield blocks of weights, draws × accounts, and tell whether they are all there are."""
    law = np.array([-1.0, 1.0]) if accounts >= RADEMACHER_FROM else WEBB
    if len(law) ** accounts <= MOST_LISTED:
        return iter([np.array(list(product(law, repeat=accounts)))]), True
    random = np.random.default_rng(SEED)
    return (random.choice(law, (rows, accounts)) for rows in _rows(DRAWS, accounts)), False


def choices(number: int, accounts: int, draws: int) -> tuple[Iterable[IntArray], bool]:
    """Give blocks of choices of some accounts, draws × number; whether they are all there are."""
    # Binomial coefficients of many would take longer than the draws.
    if comb(accounts, min(number, 2)) <= MOST_LISTED >= comb(accounts, number):
        return (_all_choices(number, accounts),), True
    random = np.random.default_rng(SEED)
    rows = _rows(draws, number)
    return (_some_choices(random, number, accounts, each) for each in rows), False


@lru_cache(maxsize=8)
def _all_choices(number: int, accounts: int) -> IntArray:
    """List all choices; they hang on the numbers alone, so that all outcomes share them."""
    return np.array(list(combinations(range(accounts), number)))


def _some_choices(random: np.random.Generator, number: int, accounts: int, draws: int) -> IntArray:
    """Draw choices, each as likely as any other.

    Accounts are drawn with replacement until there are enough different ones; those drawn first
    are a simple random sample, and no account that was not drawn is looked at.
    """
    chosen = random.integers(accounts, size=(draws, number), dtype=np.int32)
    rows = np.arange(draws)
    while len(rows):
        here = np.sort(chosen[rows], axis=1)
        again = here[:, 1:] == here[:, :-1]
        here[:, 1:][again] = random.integers(accounts, size=int(again.sum()), dtype=np.int32)
        chosen[rows] = here
        rows = rows[again.any(axis=1)]
    return chosen


def _rows(draws: int, wide: int) -> list[int]:
    """Return the sizes of the blocks in which draws of so many numbers each are made."""
    block = max(1, min(BLOCK, BLOCK_SIZE // wide))
    whole, rest = divmod(draws, block)
    return [block] * whole + [rest] * bool(rest)
