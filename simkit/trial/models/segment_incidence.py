"""The cumulative incidence in the arms of one segment: curves, and differences at the horizon."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from simkit.measures.registry import SHARE
from simkit.trial.effects.clusters import jackknifed
from simkit.trial.effects.difference import NEWCOMBE, Difference, ScoreDifference
from simkit.trial.effects.exact import held_exact
from simkit.trial.effects.proportions import wilson
from simkit.trial.models.aalen_johansen import AalenJohansen, aalen_johansen
from simkit.trial.models.cells import kept_arms
from simkit.trial.models.contrasts import (
    NOT_KNOWN,
    filled,
    quantile,
    t_difference,
)
from simkit.trial.models.ends import FirstEnds
from simkit.trial.read.data import ALL, positions
from simkit.trial.sentences import PERCENT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

#: A point a day for a horizon of 60 days, and smooth to the eye for longer ones.
CURVE_POINTS = 61
#: Part of an arm below which the end of its curve is said to rest on few (assumed).
FEW_FOLLOWED = 0.1
ROUNDING = 1e-14  # a variance below it is 0 with rounding: an incidence of 0 or 1


@dataclass(frozen=True, eq=False)
class Curve:
    """One kind of end in one arm, at each day of the grid.

    Parameters
    ----------
    share, variance
        Cumulative incidence and its variance.
    effective_n
        Fully followed, independent contacts that would tell as much.
    accounts, pull
        Codes of the arm's accounts and how far each pulls the incidence at the horizon; the
        squares add up to the variance, products with another arm's to the covariance.
    """

    share: FloatArray
    variance: FloatArray
    effective_n: FloatArray
    accounts: IntArray
    pull: FloatArray


class SegmentIncidence:
    """The estimates of one segment's arms.

    Parameters
    ----------
    ends
        The contacts' first ends.
    name
        The segment.
    horizon_days
        Days since assignment; whether an end at this very time counts hangs on the times, see
        `FirstEnds.last_time`.
    alpha
        One minus the level of the intervals.
    """

    def __init__(self, ends: FirstEnds, name: str, horizon_days: float, alpha: float) -> None:
        self.name, self.horizon, self.alpha = name, horizon_days, alpha
        self.kinds, self.control = ends.kinds, ends.control[name]
        self.names, self.clustered = ends.arms[name], ends.clustered
        # Divided last: else a whole day of the grid may come out a rounding before its ends.
        self.days = np.arange(CURVE_POINTS) * horizon_days / (CURVE_POINTS - 1)
        self.days[-1] = ends.last_time(horizon_days)
        here = ends.contacts[ends.contacts["segment"] == name]
        arm = positions(here["arm"], self.names)
        kept = kept_arms(self.names, arm, here["cluster"].to_numpy() if ends.clustered else None)
        self.kept, place = kept, kept.place[arm]
        here = here[place >= 0]
        self.place: IntArray = place[place >= 0]
        self.time: FloatArray = here["time_days"].to_numpy(dtype=np.float64)
        self.kind: IntArray = here["kind"].to_numpy(dtype=np.int64)
        self.full = here["observed_days"].to_numpy(dtype=np.float64) >= horizon_days
        self.early = (self.kind == 0) & (self.time < horizon_days)
        self.account: IntArray = np.unique(here["cluster"], return_inverse=True)[1].astype(np.int64)
        self.accounts = int(self.account.max()) + 1 if len(here) else 0
        # Else an account's pull is taken to first order.
        self.jackknife = ends.clustered and jackknifed(self.accounts, kept.units)
        self.rows_of = [np.flatnonzero(self.place == at) for at in range(len(kept.arms))]
        self.fits: list[AalenJohansen] = [
            aalen_johansen(self.time[rows], self.kind[rows], len(self.kinds))
            for rows in self.rows_of
        ]
        self.last = [float(self.time[rows].max()) for rows in self.rows_of]
        self.known = [self._known(at) for at in range(len(self.fits))]

    def compared(self, event: str) -> tuple[list[dict[str, Any]], list[pd.DataFrame]]:
        """Compare each arm with its control at the horizon, and draw their curves.

        Parameters
        ----------
        event
            The kind of end.

        Returns
        -------
        rows, curves
            Rows of the result's tables.
        """
        kind = self.kinds.index(event) + 1
        curves = [self._curve(at, kind) for at in range(len(self.fits))]
        rows = [self._row(event, kind, name, curves) for name in self.names if name != self.control]
        return rows, [self._drawn(event, at, curve) for at, curve in enumerate(curves)]

    def warnings(self) -> list[str]:
        """Say where contacts were seen for less than the horizon, and where much rests on few."""
        place = "" if self.name == ALL else f"{self.name}: "
        found = []
        if self.early.any():
            found.append(
                f"{place}{int(self.early.sum()):,} of {len(self.early):,} contacts were observed "
                f"for less than {self.horizon:g} days and had not ended: they count for as long "
                "as they were seen, which is right if they behave like those seen for longer"
            )
        for at, name in enumerate(self.kept.arms):
            seen = self._informative(at)[-1] / len(self.rows_of[at])
            if self.known[at] and seen < FEW_FOLLOWED:
                found.append(
                    f"{place}{name}: how things stand at {self.horizon:g} days is known of only "
                    f"{PERCENT * seen:.0f} % of the contacts; the end of the curve rests on few"
                )
        return found

    def _known(self, at: int) -> bool:
        """Tell whether an arm's incidence at the horizon can be known: followed, or all ended."""
        fit = self.fits[at]
        ended = len(fit.times) > 0 and fit.curves[:, -1].sum() > 1 - ROUNDING
        return bool(self.last[at] >= self.horizon or ended)

    def _informative(self, at: int) -> FloatArray:
        """Count the contacts whose state is known at each day: still seen, or ended before."""
        rows = self.rows_of[at]
        unseen = np.sort(self.time[rows][self.kind[rows] == 0])
        return len(rows) - np.searchsorted(unseen, self.days, side="left").astype(np.float64)

    def _curve(self, at: int, kind: int) -> Curve:
        fit, rows = self.fits[at], self.rows_of[at]
        share = fit.at(self.days)[kind - 1]
        own, codes, size = np.unique(self.account[rows], return_inverse=True, return_counts=True)
        informative = self._informative(at)
        if self.jackknife:
            factor = (self.accounts - 1) / self.accounts
            pulls = np.sqrt(factor) * (share - fit.without_each(codes, kind, self.days))
            variance, pull = (pulls**2).sum(axis=0), pulls[:, -1]
        else:
            factor = 1.0
            if self.clustered:  # CR1's factor, as the comparison of means has it
                n = len(self.place)
                factor = self.accounts / (self.accounts - 1) * (n - 1) / (n - len(self.fits))
            variance = np.empty(CURVE_POINTS)
            for point, day in enumerate(self.days):
                pull = np.bincount(codes, weights=fit.influence(kind, day), minlength=len(own))
                pull = np.sqrt(factor) * pull
                variance[point] = pull @ pull
        if self.clustered:
            # Where nobody had the end, the worst case: each account acting as one (Kish).
            informative = informative * (size.sum() / (size.astype(np.float64) ** 2).sum())
        shows = variance > ROUNDING
        effective = np.where(
            shows, share * (1 - share) / np.where(shows, variance, 1.0), informative
        )
        return Curve(share, variance, np.maximum(effective, 1.0), own, pull)

    def _drawn(self, event: str, at: int, curve: Curve) -> pd.DataFrame:
        df = float(self.kept.units[at] - 1) if self.clustered else np.inf
        low, high = wilson(curve.share, curve.effective_n, quantile(df, self.alpha))
        before = curve.share == 0
        time = np.sort(self.time[self.rows_of[at]])
        drawn = pd.DataFrame(
            {
                "outcome": event,
                "segment": self.name,
                "arm": self.kept.arms[at],
                "days": self.days,
                "incidence": curve.share,
                "ci_low": np.where(before, NOT_KNOWN, np.minimum(low, curve.share)),
                "ci_high": np.where(before, NOT_KNOWN, np.maximum(high, curve.share)),
                "at_risk": len(time) - np.searchsorted(time, self.days, side="left"),
            }
        )
        return drawn if self.known[at] else drawn[self.days <= self.last[at]]

    def _row(self, event: str, kind: int, arm: str, curves: list[Curve]) -> dict[str, Any]:
        row: dict[str, Any] = {
            "outcome": event,
            "segment": self.name,
            "arm": arm,
            "control": self.control,
            "unit": SHARE,
        }
        arms = self.kept.arms
        missing = [self.kept.too_few[one] for one in (arm, self.control) if one not in arms]
        if missing:
            return row | {"reason": "; ".join(missing)}
        pair = (arms.index(arm), arms.index(self.control))
        row |= {"n": len(self.rows_of[pair[0]]), "n_control": len(self.rows_of[pair[1]])}
        row["clusters"] = int(self.kept.units[list(pair)].sum()) if self.clustered else 0
        row["censored_early"] = int(self.early[np.isin(self.place, pair)].sum())
        unknown = [
            f"no contact of {arms[at]} was followed for {self.horizon:g} days (the longest: "
            f"{self.last[at]:.0f}), so its incidence there cannot be known"
            for at in pair
            if not self.known[at]
        ]
        if unknown:
            return row | {"reason": "; ".join(unknown)}
        shares = [float(curves[at].share[-1]) for at in pair]
        kaplan_meier = [self.fits[at].one_minus_kaplan_meier(kind, self.days[-1]) for at in pair]
        row |= {"incidence_arm": shares[0], "incidence_control": shares[1]}
        row |= {"one_minus_km_arm": kaplan_meier[0], "one_minus_km_control": kaplan_meier[1]}
        row["plain_estimate"] = self._plain(kind, pair)
        return row | filled(self._difference(curves, pair), self.alpha)

    def _difference(self, curves: list[Curve], pair: tuple[int, int]) -> Difference:
        arm, control = (curves[at] for at in pair)
        method = f"Aalen-Johansen, {NEWCOMBE}"
        if self.clustered and min(arm.variance[-1], control.variance[-1]) > ROUNDING:
            name = "jackknife" if self.jackknife else "influences"
            method = f"Aalen-Johansen, {name} by account, t with Satterthwaite's degrees of freedom"
            pulls = np.zeros((self.accounts, 2))
            for column, curve in enumerate((arm, control)):
                pulls[curve.accounts, column] = curve.pull
            share = np.array([arm.share[-1], control.share[-1]])
            units = self.kept.units[list(pair)].astype(np.float64)
            return t_difference(share, pulls.T @ pulls, units, (0, 1), method)
        if self.clustered:
            method += ", each account counted as one"
        found = ScoreDifference(
            (float(arm.share[-1]), float(control.share[-1])),
            (float(arm.effective_n[-1]), float(control.effective_n[-1])),
            method,
        )
        return held_exact(found)

    def _plain(self, kind: int, pair: tuple[int, int]) -> float:
        """Give the difference of shares among the contacts observed for the whole horizon."""
        happened = (self.kind == kind) & (self.time <= self.days[-1])
        full = [self.rows_of[at][self.full[self.rows_of[at]]] for at in pair]
        if not all(len(rows) for rows in full):
            return NOT_KNOWN
        return float(happened[full[0]].mean() - happened[full[1]].mean())
