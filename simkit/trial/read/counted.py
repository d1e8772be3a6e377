"""The calls to contacts who are called alike, and how many never reached they let expect."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

#: Standard errors by which a bound is lowered: it is above what it bounds in 1 of 100.
SURE = 2.33
RIGHT = 1 / 3
"""Of those who are expected to be missing from a log, the part that is taken for sure."""

NEVER_REACHED = 0.03
"""Of any list at least so many are never reached: dead numbers alone are as many (assumed)."""


@dataclass(frozen=True)
class Counted:
    """The calls to contacts who are called alike: those of one arm of a segment.

    Parameters
    ----------
    contacts, dials, reaches, ended
        Contacts, calls to them, those that reached the right party, and contacts whose calling
        ended.
    fewest, most
        Dials of a contact.
    unreached
        Contacts never reached.
    once, twice
        Contacts reached so often whose calling has not ended.
    called_on, dials_on
        Those of ``once`` who were called after that, and the dials to them.
    all_twice
        Contacts reached twice, also those whose calling has ended.
    once_by_dials
        Dials, and contacts with so many of which one reached them.
    """

    contacts: int
    dials: int
    reaches: int
    ended: int
    fewest: int
    most: int
    unreached: int
    once: int
    twice: int
    called_on: int
    dials_on: int
    all_twice: int
    once_by_dials: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, rows: pd.DataFrame) -> Counted:
        """Add rows up: contacts with as many dials, and reached as often."""
        # As arrays: there are a table a cell, and pandas takes longer for each sum than the sum.
        n, reached, dials, reaches, ended, last = (
            rows[name].to_numpy()
            for name in ("contacts", "reached", "attempts", "reaches", "ended", "last")
        )
        once, on = reached == 1, (reached == 1) & ~ended & ~last
        by_dials = np.bincount(dials[once], weights=n[once]).astype(np.int64)
        there = np.unique(dials[once])
        return cls(
            contacts=int(n.sum()),
            dials=int((n * dials).sum()),
            reaches=int(reaches.sum()),
            ended=int(n[ended].sum()),
            fewest=int(dials.min()),
            most=int(dials.max()),
            unreached=int(n[reached == 0].sum()),
            once=int(n[once & ~ended].sum()),
            twice=int(n[(reached == 2) & ~ended].sum()),
            called_on=int(n[on].sum()),
            dials_on=int((n * dials)[on].sum()),
            all_twice=int(n[reached == 2].sum()),
            once_by_dials=tuple(zip(there.tolist(), by_dials[there].tolist(), strict=True)),
        )

    @staticmethod
    def total(cells: Iterable[Counted], *names: str) -> list[int]:
        """Add numbers of several cells up, by the names of their fields."""
        every = list(cells)
        return [sum(getattr(cell, name) for cell in every) for name in names]

    def never_reached(self) -> float:
        """Give how many contacts were never reached, at least, by the reach per dial.

        Let each dial reach with probability p. A contact has n dials, of which only the j-th
        reaches, with probability p(1 − p)^(n − 1)s, where s is the chance that after a talk at j
        the calling ends with n. The s of one j add up to 1, and there are at most M of j, the most
        dials of anyone. So the sum of (1 − p)^(M − n + 1) ÷ pM over those reached once has at most
        the expectation N(1 − p)^M, which is of contacts never reached by M dials, whether a talk
        ends the calling or not; and of contacts who are reached unequally more are never reached.
        p is the share of dials that reached, which is too high, and so safe, where contacts who
        were never reached are missing.

        Where a contact's dials reach unequally, by the hour, the sum is too large by the mean of
        their odds ÷ the odds of p: 2.1 times for .2 and .8 in turn, which the third that is taken
        for sure still covers. Where more than half of the dials reach it may be any number of
        times, so nothing is told.
        """
        if not 0 < 2 * self.reaches <= self.dials:
            return 0.0
        p = self.reaches / self.dials
        weights = [
            number * (1 - p) ** (self.most - dials + 1) for dials, number in self.once_by_dials
        ]
        return sum(weights) / (p * self.most)


def by_seldom(cells: Iterable[Counted]) -> float:
    """Give how many were never reached at least, by Chao's bound, and of any list; 0 if unknown."""
    contacts, dials, reaches, once, dials_on, twice = Counted.total(
        cells, "contacts", "dials", "reaches", "called_on", "dials_on", "all_twice"
    )
    if 2 * reaches > dials or dials_on <= 2 * once:
        return 0.0
    few = 1 - 1 / (dials_on / once - 1)
    bound = RIGHT * few * once * (once - 1) / (2 * (twice + 1))
    return float(min(NEVER_REACHED * contacts, bound))


def at_least(cells: Iterable[Counted]) -> float:
    """Give how many were never reached, by Chao's bound less its error; 0 if unknown.

    Of those called on, the last dial is known not to have reached: with n dials the bound is that
    of n − 1, (n − 2) ÷ (n − 1) · f₁(f₁ − 1) ÷ 2(f₂ + 1), f₁ of them reached once. Where a talk ends
    the calling with probability e, f₁ is 1 − e of what it would be; f₂ counts all who were reached
    twice, and is no less than 1 − e of it. So the bound is not larger, whatever e is.
    """
    dials, reaches, once, dials_on, twice = Counted.total(
        cells, "dials", "reaches", "called_on", "dials_on", "all_twice"
    )
    if 2 * reaches > dials or once < 2 or dials_on <= 2 * once:
        return 0.0
    few = 1 - 1 / (dials_on / once - 1)
    bound, ratio = few * once * (once - 1) / (2 * (twice + 1)), once / max(twice, 1)
    variance = few**2 * max(twice, 1) * (ratio**4 / 4 + ratio**3 + ratio**2 / 2)
    return float(bound * np.exp(-SURE * np.sqrt(np.log1p(variance / bound**2))))
