"""The Aalen-Johansen estimate of cumulative incidence, with errors by account.

statsmodels' ``CumIncidenceRight`` gives the same curve and, without clusters, the same errors; it
knows no clusters, and its errors turn into NaN where the last contact at risk has an end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

#: Numbers held at a time: 32 MB.
CELLS_AT_ONCE = 4_000_000
#: The kind of those without an end; ends count from 1.
CENSORED = 0


@dataclass(frozen=True, eq=False)
class AalenJohansen:
    """Cumulative incidence of each kind of end in one group of contacts.

    Parameters
    ----------
    times
        The days at which there was an end, ascending.
    ends
        Ends at each of them, one row a kind.
    at_risk
        Contacts at risk just before each of them.
    surviving
        Share without any end just before each of them.
    curves
        Cumulative incidence from each of them on, one row a kind.
    place, kind
        For each contact the number of ``times`` up to its own time; its kind of end, 1, 2, … or 0
        where it was censored.
    """

    times: FloatArray
    ends: FloatArray
    at_risk: FloatArray
    surviving: FloatArray
    curves: FloatArray
    place: IntArray
    kind: IntArray

    def at(self, days: FloatArray) -> FloatArray:
        """Give the incidence of each kind (rows) at some days (columns)."""
        upto = np.searchsorted(self.times, days, side="right")
        return np.pad(self.curves, ((0, 0), (1, 0)))[:, upto]

    def one_minus_kaplan_meier(self, kind: int, day: float) -> float:
        """Give what comes out where other ends are taken for censored: always too much.

        It answers how many would have had the end if no other end existed.
        """
        upto = int(np.searchsorted(self.times, day, side="right"))
        hazard = self.ends[kind - 1, :upto] / self.at_risk[:upto]
        return float(1 - np.prod(1 - hazard))

    def influence(self, kind: int, day: float) -> FloatArray:
        """Give each contact's influence on the incidence of a kind by a day; they add up to 0.

        It is the derivative of the estimate by the contact's weight (the infinitesimal jackknife):
        an end adds to the incidence by S(t−)/Y, and takes from those that could have come later.

        References
        ----------
        L. A. Jaeckel (1972), The infinitesimal jackknife, Bell Laboratories memorandum MM
        72-1215-11. Its squares add up to the usual variance of Dinse and Larson (Stata's
        ``stcompet``).
        """
        upto = int(np.searchsorted(self.times, day, side="right"))
        if not upto:
            return np.zeros(len(self.kind))
        at_risk, hazard = self.at_risk[:upto], self.ends[:, :upto].sum(axis=0) / self.at_risk[:upto]
        later = self.curves[kind - 1, upto - 1] - self.curves[kind - 1, :upto]
        # Where all who were at risk had an end, nothing came later: 0 ÷ 0 stands for 0.
        lost = np.divide(later, 1 - hazard, out=np.zeros(upto), where=hazard < 1)
        surviving = self.surviving[:upto]
        own_hazard = self.ends[kind - 1, :upto] / at_risk
        drift = np.pad(np.cumsum((surviving * own_hazard - lost * hazard) / at_risk), (1, 0))
        found: FloatArray = -drift[np.minimum(self.place, upto)]
        ended = (self.kind != CENSORED) & (self.place <= upto)
        at = self.place[ended] - 1
        found[ended] += ((self.kind[ended] == kind) * surviving[at] - lost[at]) / at_risk[at]
        return found

    def without_each(self, account: IntArray, kind: int, days: FloatArray) -> FloatArray:
        """Give the incidence of a kind at some days with each account left out in turn.

        Parameters
        ----------
        account
            Code of each contact's account, 0, 1, …
        kind, days
            The end, and the days.

        Returns
        -------
        numpy.ndarray
            Accounts × days.
        """
        accounts, points, kinds = int(account.max()) + 1, len(self.times), len(self.ends)
        upto = np.searchsorted(self.times, days, side="right")
        found = np.zeros((accounts, len(days)))
        block = max(CELLS_AT_ONCE // ((kinds + 1) * (points + 1)), 1)
        order = np.argsort(account, kind="stable")
        first = np.searchsorted(account[order], np.arange(0, accounts + block, block))
        for number in range(len(first) - 1):
            rows = order[first[number] : first[number + 1]]
            size = min(block, accounts - number * block)
            own = account[rows] - number * block
            shape = (size, points + 1)
            leaving = _counted(own, self.place[rows], shape)
            # At risk before the j-th time are those whose own number of times is j or more.
            gone = leaving[:, ::-1].cumsum(axis=1)[:, ::-1][:, 1:]
            at_risk = np.maximum(self.at_risk - gone, 1.0)  # nobody left: no ends either
            hazards = []
            for other in range(1, kinds + 1):
                mine = self.kind[rows] == other
                ended = _counted(own[mine], self.place[rows][mine] - 1, shape)[:, :points]
                hazards.append((self.ends[other - 1] - ended) / at_risk)
            stays = np.cumprod(1 - np.sum(hazards, axis=0), axis=1)
            surviving = np.hstack([np.ones((size, 1)), stays[:, :-1]])[:, :points]
            curve = np.cumsum(surviving * hazards[kind - 1], axis=1)
            found[number * block : number * block + size] = np.pad(curve, ((0, 0), (1, 0)))[:, upto]
        return found


def aalen_johansen(days: FloatArray, kind: IntArray, kinds: int) -> AalenJohansen:
    """Estimate the cumulative incidence of competing ends from censored times.

    Contacts that are censored at the time of an end count as at risk at it.

    Parameters
    ----------
    days
        Days from entry to the first end, or to the end of observation.
    kind
        Which end: 1, 2, …; 0 where there was none.
    kinds
        How many kinds there are.

    References
    ----------
    O. O. Aalen, S. Johansen (1978), An empirical transition matrix for non-homogeneous Markov
    chains based on censored observations, Scandinavian Journal of Statistics 5, 141-150.
    """
    times = np.unique(days[kind != CENSORED])
    place = np.searchsorted(times, days, side="right").astype(np.int64)
    points = len(times)
    at_risk = len(days) - np.cumsum(np.bincount(place, minlength=points + 1))[:points]
    ends = np.array(
        [np.bincount(place[kind == one] - 1, minlength=points) for one in range(1, kinds + 1)],
        dtype=np.float64,
    ).reshape(kinds, points)
    stays = np.cumprod(1 - ends.sum(axis=0) / at_risk)
    surviving = np.concatenate([[1.0], stays[:-1]])[:points]
    curves = np.cumsum(surviving * ends / at_risk, axis=1)
    return AalenJohansen(times, ends, at_risk.astype(np.float64), surviving, curves, place, kind)


def _counted(row: IntArray, column: IntArray, shape: tuple[int, int]) -> FloatArray:
    cells = np.bincount(row * shape[1] + column, minlength=shape[0] * shape[1])
    return cells.reshape(shape).astype(np.float64)
