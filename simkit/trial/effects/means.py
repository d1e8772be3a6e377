"""The means of the arms of a segment, with errors by the unit that was assigned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simkit.trial.effects.accounts import AccountSums, Kind
from simkit.trial.effects.difference import Difference, ScoreDifference, TDifference

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

CRV3_MAX_CLUSTERS = 500
FEW_CLUSTERS = 100
MIN_UNITS = 2


@dataclass(frozen=True, eq=False)
class ArmMeans:
    """The means of one outcome in the arms of one segment, with their covariance.

    Parameters
    ----------
    arms
        Names of the arms.
    mean, n, units, effective_n
        Per arm: the mean; the contacts; the units that were assigned (accounts where they
        cluster); the contacts that would tell as much if a whole account acted as one,
        (Σ size)² ÷ Σ size² (Kish).
    cov
        Covariance of the means, arms × arms.
    binary, clustered
        Whether the outcome is 0 or 1 for each contact; whether units hold several contacts.
    method
        How ``cov`` was computed.
    """

    arms: tuple[str, ...]
    mean: FloatArray
    cov: FloatArray
    n: IntArray
    units: IntArray
    effective_n: FloatArray
    binary: bool
    clustered: bool
    method: str

    def difference(self, arm: str, control: str) -> Difference:
        """Compare an arm with its control.

        Shares of unclustered contacts get Newcombe's interval. So does a share of clustered ones
        where an arm has no event (or nothing but events): its variance cannot be estimated, and
        the worst case is taken, each account acting as one. All else gets Student's t with
        Satterthwaite's degrees of freedom from the two arms' own variances and numbers of units,
        V_a and V_c: (V_a + V_c)² ÷ (V_a²/(G_a − 1) + V_c²/(G_c − 1)). With equal arms this is
        close to the usual G − 1; with 5 accounts against 200 it is 4.1, not 204.
        """
        a, c = self.arms.index(arm), self.arms.index(control)
        pair = [a, c]
        mean = (float(self.mean[a]), float(self.mean[c]))
        extreme = self.binary and any(value in (0.0, 1.0) for value in mean)
        if self.binary and not self.clustered:
            n = (float(self.n[a]), float(self.n[c]))
            return ScoreDifference(mean, n, "Newcombe's hybrid score interval")
        if extreme:
            n = (float(self.effective_n[a]), float(self.effective_n[c]))
            return ScoreDifference(
                mean, n, "Newcombe's hybrid score interval, each account counted as one"
            )
        own = np.diag(self.cov)[pair]
        doubt = ""
        if not own.all():
            still = ", ".join(self.arms[at] for at in pair if self.cov[at, at] == 0)
            doubt = f"every contact of {still} has the same value, so its error cannot be seen"
        variance = float(own.sum() - 2 * self.cov[a, c])
        units = self.units[pair]
        freedom = float(own.sum() ** 2 / (own**2 / (units - 1)).sum()) if own.any() else np.nan
        return TDifference(mean[0] - mean[1], float(np.sqrt(variance)), freedom, self.method, doubt)


def means_of_contacts(
    values: FloatArray,
    arm: IntArray,
    arms: Sequence[str],
    cluster: IntArray | None,
    errors: str = "auto",
) -> ArmMeans:
    """Average an outcome by arm, with errors by the unit that was assigned.

    Ordinary least squares on one dummy an arm. Where the contact is the unit, HC2, which with these
    dummies is each arm's own s²/n. Where accounts are, see `means_of_sums`.

    Parameters
    ----------
    values
        The outcome, one a contact, without missing values.
    arm
        Position of the contact's arm in ``arms``.
    arms
        Names; each must hold at least two units.
    cluster
        Code of the contact's account, or None where the contact itself was assigned.
    errors
        As in `means_of_sums`.

    Returns
    -------
    ArmMeans
        Means and covariance.
    """
    binary = bool(np.isin(values, (0.0, 1.0)).all())
    if cluster is None:
        n = np.bincount(arm, minlength=len(arms))
        # A mean of nothing must be exactly 0, and a spread of nothing too.
        mean = np.bincount(arm, weights=values, minlength=len(arms)) / n
        moved = np.bincount(arm, weights=(values - mean[arm]) ** 2, minlength=len(arms))
        low, high = np.full(len(arms), np.inf), np.full(len(arms), -np.inf)
        np.minimum.at(low, arm, values)
        np.maximum.at(high, arm, values)
        variance = np.where(low == high, 0.0, moved / (n - 1))
        return means_of_moments(arms, n, mean, variance, binary=binary)
    _, codes = np.unique(cluster, return_inverse=True)
    cells, cell, size = np.unique(codes * len(arms) + arm, return_inverse=True, return_counts=True)
    total = np.bincount(cell, weights=values, minlength=len(cells)).astype(np.float64)
    return means_of_sums(
        arms,
        cells % len(arms),
        size,
        total,
        binary=binary,
        account=cells // len(arms),
        errors=errors,
    )


def means_of_sums(
    arms: Sequence[str],
    arm: IntArray,
    n: IntArray,
    total: FloatArray,
    *,
    binary: bool,
    account: IntArray | None = None,
    errors: str = "auto",
) -> ArmMeans:
    """Average an outcome by arm from the sums of each account.

    Parameters
    ----------
    arms
        Names; each must hold at least two accounts.
    arm, n, total
        Position of the account's arm, its contacts, and the sum of their outcome, one a row.
    binary
        Whether the outcome is 0 or 1 for each contact.
    account
        Code of the account; one that is split over arms has a row in each. Default: each row is an
        account of its own.
    errors
        ``"cr1"``, ``"cr2"``, ``"crv3"``, or ``"auto"``.

    Returns
    -------
    ArmMeans
        Means and covariance, as `means_of_contacts` gives them.
    """
    codes = np.arange(len(arm)) if account is None else np.unique(account, return_inverse=True)[1]
    sums = AccountSums(arm, codes, n, total, len(arms))
    few = sums.accounts <= CRV3_MAX_CLUSTERS or sums.units.min() < FEW_CLUSTERS
    kind: Kind = "crv3" if few else "cr1"
    return ArmMeans(
        tuple(arms),
        sums.mean,
        sums.cov(kind),
        sums.contacts,
        sums.units,
        sums.effective_n,
        binary,
        clustered=True,
        method=f"OLS, {kind.upper()} by account, t with Satterthwaite's degrees of freedom",
    )


def means_of_moments(
    arms: Sequence[str], n: IntArray, mean: FloatArray, variance: FloatArray, *, binary: bool
) -> ArmMeans:
    """Give the means of arms whose contacts were assigned one by one, from their moments.

    Parameters
    ----------
    arms
        Names.
    n, mean, variance
        Contacts, mean and sample variance (divided by n − 1) of each arm. A variance, not a sum of
        squares: that one cancels.
    binary
        Whether the outcome is 0 or 1 for each contact.

    Returns
    -------
    ArmMeans
        As `means_of_contacts` gives them.
    """
    return ArmMeans(
        tuple(arms),
        mean,
        np.diag(variance / n),
        n,
        n,
        n.astype(np.float64),
        binary,
        clustered=False,
        method="OLS, HC2, t with Welch's degrees of freedom",
    )


def means_of_counts(events: FloatArray, n: IntArray, arms: Sequence[str]) -> ArmMeans:
    """Give the shares of arms of which only the totals are known.

    Parameters
    ----------
    events, n
        Contacts with the event and contacts assigned, one an arm.
    arms
        Names.
    """
    share = events / n
    return means_of_moments(arms, n, share, share * (1 - share) * n / (n - 1), binary=True)


def units_in_arms(arm: IntArray, cluster: IntArray | None, arms: int) -> IntArray:
    """Count the units in each arm: contacts, or accounts where they cluster."""
    if cluster is None:
        return np.bincount(arm, minlength=arms)
    return np.bincount(np.unique(np.stack([cluster, arm]), axis=1)[1], minlength=arms)
