"""An arm and its control where few values are large: four estimates, and what the tails do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

from simkit.trial.effects.difference import Difference, TDifference
from simkit.trial.effects.means import means_of_contacts
from simkit.trial.models.account_bootstrap import ArmByAccount, BootstrapT, bootstrap_t
from simkit.trial.models.cells import Cells
from simkit.trial.models.contrasts import (
    NOT_KNOWN,
    filled,
    t_difference,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

MEAN, BOOTSTRAP, CAPPED, TRIMMED = "mean, t", "mean, bootstrap-t", "capped mean", "trimmed mean"
#: Units for a skewness of 1, see `robust_value`.
KOHAVI = 355.0


@dataclass(frozen=True, eq=False)
class Pair:
    """An arm and its control.

    Parameters
    ----------
    names
        The arm and the control.
    values, side, account
        Of each contact: the outcome; 0 in the arm and 1 in the control; the code of its account.
    clustered
        Whether an account holds several contacts.
    """

    names: tuple[str, str]
    values: FloatArray
    side: NDArray[np.int64]
    account: NDArray[np.int64]
    clustered: bool

    @classmethod
    def of(cls, cells: Cells, arm: str, control: str) -> Pair | None:
        """Take an arm and its control out of a segment; None where one cannot be compared."""
        if arm not in cells.arms or control not in cells.arms:
            return None
        places = (cells.arms.index(arm), cells.arms.index(control))
        take = np.isin(cells.arm, places)
        _, account = np.unique(cells.account[take], return_inverse=True)
        side = (cells.arm[take] == places[1]).astype(np.int64)
        return cls((arm, control), cells.values[take], side, account, cells.clustered)

    def judged(
        self,
        outcome: str,
        outer_share: float,
        largest_share: float,
        resamples: int,
        alpha: float,
        rng: np.random.Generator,
    ) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """Give the rows of the estimators, and of the tails.

        Parameters
        ----------
        outcome, outer_share, largest_share, resamples, alpha
            As `robust_value` takes them.
        rng
            Source of chance.
        """
        n = np.bincount(self.side, minlength=2)
        arms, together = self._by_account()
        units = [int((one.sizes > 0).sum()) for one in arms]
        shared: dict[str, Any] = {"n": int(n[0]), "n_control": int(n[1])}
        shared["clusters"] = sum(units) if self.clustered else 0
        shared["unit"] = "EUR per contact" if outcome.endswith("_eur") else "per contact"
        mean = self._mean(self.values)
        boot = bootstrap_t(
            arms[0], arms[1], together=together, resamples=resamples, alpha=alpha, rng=rng
        )
        bounds = np.quantile(self.values, [outer_share, 1 - outer_share])
        found = {
            MEAN: filled(mean, alpha),
            BOOTSTRAP: _bootstrap_row(boot),
            CAPPED: filled(self._mean(np.clip(self.values, *bounds)), alpha),
            TRIMMED: filled(self._trimmed(outer_share, units), alpha),
        }
        rows = [shared | {"estimator": name} | row for name, row in found.items()]
        top = self._top(largest_share)
        skewness = self._shape(arms, stats.skew)
        kurtosis = self._shape(arms, stats.kurtosis)
        needed = [KOHAVI * each**2 for each in skewness]
        enough = all(have >= need for have, need in zip(units, needed, strict=True))
        skew = _skewness(arms, together=together)
        still = bool(np.isnan(skewness).any())
        tail = {
            "difference": boot.estimate,
            "largest_share": largest_share,
            "top_difference": top,
            "top_share": top / boot.estimate if boot.estimate else NOT_KNOWN,
            "cap_low": float(bounds[0]),
            "cap_high": float(bounds[1]),
            "skewness_difference": skew,
            "trusted": not still and (enough or abs(skew) <= 1 / np.sqrt(KOHAVI)),
        }
        for at, name in enumerate(("arm", "control")):
            tail |= {f"skewness_{name}": skewness[at], f"kurtosis_{name}": kurtosis[at]}
            tail |= {f"units_{name}": units[at], f"needed_{name}": needed[at]}
        return rows, tail

    def _by_account(self) -> tuple[list[ArmByAccount], bool]:
        accounts = int(self.account.max()) + 1
        arms = []
        for side in (0, 1):
            own = self.account[self.side == side]
            sums = np.bincount(
                own, weights=self.values[self.side == side], minlength=accounts
            ).astype(np.float64)
            sizes = np.bincount(own, minlength=accounts).astype(np.float64)
            arms.append(ArmByAccount(sums, sizes))
        together = bool(((arms[0].sizes > 0) & (arms[1].sizes > 0)).any())
        if together:
            return arms, True
        held = [one.sizes > 0 for one in arms]
        apart = zip(arms, held, strict=True)
        return [ArmByAccount(one.sums[at], one.sizes[at]) for one, at in apart], False

    def _shape(
        self, arms: list[ArmByAccount], moment: Callable[[FloatArray], float]
    ) -> list[float]:
        """Give a standardised moment of each arm's pulls; NaN where it shows no spread."""
        spread = [np.ptp(self.values[self.side == side]) > 0 for side in (0, 1)]
        return [
            float(moment(one.pulls()[one.sizes > 0])) if shows else NOT_KNOWN
            for one, shows in zip(arms, spread, strict=True)
        ]

    def _mean(self, values: FloatArray) -> Difference:
        """Compare means as the main comparison does."""
        cluster = self.account if self.clustered else None
        means = means_of_contacts(values, self.side, self.names, cluster)
        return means.difference(*self.names)

    def _trimmed(self, outer_share: float, units: list[int]) -> TDifference:
        """Compare trimmed means with Yuen's error, by account."""
        accounts = int(self.account.max()) + 1
        means, pulls = np.empty(2), np.zeros((accounts, 2))
        freedom = np.array(units, dtype=np.float64)
        for side in (0, 1):
            rows = np.flatnonzero(self.side == side)
            values = np.sort(self.values[rows])
            cut = int(outer_share * len(values))
            kept = len(values) - 2 * cut
            means[side] = values[cut : len(values) - cut].mean()
            drawn_in = np.clip(self.values[rows], values[cut], values[len(values) - cut - 1])
            part = (drawn_in - drawn_in.mean()) / kept
            units_kept = kept if not self.clustered else units[side]
            factor = units_kept / (units_kept - 1)
            by_account = np.bincount(self.account[rows], weights=part, minlength=accounts)
            pulls[:, side] = np.sqrt(factor) * by_account
            freedom[side] = units_kept
        by = ", by account" if self.clustered else ""
        method = f"Yuen's trimmed means{by}, t with Satterthwaite's degrees of freedom"
        return t_difference(means, pulls.T @ pulls, freedom, (0, 1), method)

    def _top(self, largest_share: float) -> float:
        """Give what the largest contacts of both arms add to the difference; ties share a place."""
        count = max(round(largest_share * len(self.values)), 1)
        bound = np.partition(self.values, -count)[-count]
        above, tied = self.values > bound, self.values == bound
        weight = above + tied * (count - above.sum()) / tied.sum()
        added = np.bincount(self.side, weights=weight * self.values, minlength=2)
        shares = added / np.bincount(self.side, minlength=2)
        return float(shares[0] - shares[1])


def _skewness(arms: list[ArmByAccount], *, together: bool) -> float:
    """Give the skewness of the difference of means: third moments add up, the control's less."""
    first, second = (one.pulls() for one in arms)
    parts = first - second if together else np.concatenate([first, -second])
    # Pulls of one arm add up to 0, so that these are moments about the mean.
    variance = (parts**2).sum()
    return float((parts**3).sum() / variance**1.5) if variance > 0 else NOT_KNOWN


def _bootstrap_row(boot: BootstrapT) -> dict[str, Any]:
    row = {
        "estimate": boot.estimate,
        "se": boot.se,
        "method": "bootstrap by account, studentised",
    }
    if not np.isfinite([boot.low, boot.high]).all():
        return row | {"reason": "too many resamples show no spread: too few contacts vary"}
    return row | {"ci_low": boot.low, "ci_high": boot.high, "p_value": boot.p_value}
