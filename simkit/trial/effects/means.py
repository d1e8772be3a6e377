"""The means of the arms of a segment, with errors by the unit that was assigned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from simkit.trial.effects.accounts import AccountSizes, AccountTotals, Kind
from simkit.trial.effects.clusters import added, crossed, groups_and_pairs
from simkit.trial.effects.difference import NEWCOMBE, Difference, ScoreDifference, TDifference
from simkit.trial.effects.exact import held_by_accounts, held_exact
from simkit.trial.effects.judged import judged
from simkit.trial.effects.laws import satterthwaite

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

#: One alone shows no spread.
MIN_UNITS = 2
#: See `_too_few`.
FEWEST_SHARED = 3
CONFOUNDED = (
    "all contacts of {arms} belong to one second cluster, so what the arm does cannot be told from "
    "what that one does: no error can be had"
)
WITHOUT_GROUP = (
    "no contact of {arms} has a second cluster (nobody called there, or who did is not known), so "
    "errors cannot follow it; without second_cluster they follow what was assigned"
)
NONE_SEEN_MARK = "so the bounds know of accounts alone and may claim nothing"
NONE_SEEN = (
    "{events} events in both arms: how far {by} differ cannot be estimated, " + NONE_SEEN_MARK
)


@dataclass(frozen=True, eq=False)
class ArmMeans:
    """The means of one outcome in the arms of one segment, with their covariance.

    Parameters
    ----------
    arms
        Names of the arms.
    mean, n, units, effective_n
        Per arm: the mean; the contacts; the units that were assigned (accounts where they
        cluster); the contacts that would tell as much if a whole account (or second cluster, if
        that leaves fewer) acted as one, (Σ size)² ÷ Σ size² (Kish).
    cov
        Covariance of the means, arms × arms.
    binary, clustered
        Whether the outcome is 0 or 1 for each contact; whether units hold several contacts.
    method
        How ``cov`` was computed.
    errors
        Which errors a difference gets; see `means_of_sums`.
    sums
        Of each account, or of each contact where it alone is the unit; None where they are not
        held, nor needed.
    others
        Of each second cluster, where errors follow two groupings.
    second_name
        What the second clusters are called.
    third
        Third central moment of the contacts of each arm, where their sums are not held.
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
    errors: str = "auto"
    sums: AccountTotals | None = None
    others: AccountTotals | None = None
    second_name: str = "second clusters"
    third: FloatArray | None = None
    _found: dict[tuple[str, str], Difference] = field(default_factory=dict, init=False, repr=False)

    @property
    def own(self) -> FloatArray:
        """Variance of each arm's mean that is seen in its own units."""
        return np.diag(self.cov)

    @property
    def freedom(self) -> FloatArray:
        """Degrees of freedom of each of these variances: the arm's units less one."""
        return self.units.astype(np.float64) - 1

    @property
    def unadjusted(self) -> ArmMeans:
        """The means as the contacts have them, without adjustment for covariates."""
        return self

    @property
    def joint(self) -> bool:
        """Whether the arms' variances are estimated together: accounts or groups are in several."""
        split = self.sums is not None and self.sums.sizes.split is not None
        return split or self.others is not None

    @property
    def counted(self) -> bool:
        """Whether each mean is a share of independent contacts, so that n and it say all."""
        return self.binary and not self.by_unit

    @property
    def by_unit(self) -> bool:
        """Whether the covariance is that of accounts, be they asked for with one contact each."""
        return self.clustered or self.errors != "auto"

    @property
    def unit(self) -> str:
        """What the units are called, several of them."""
        return "accounts" if self.clustered else "contacts"

    def difference(self, arm: str, control: str) -> Difference:
        """Compare an arm with its control.

        Shares of unclustered contacts get Newcombe's interval. So does a share of clustered ones
        where an arm has no event (or nothing but events): its variance cannot be estimated, and the
        worst case is taken, each account acting as one. If neither arm has one, nothing shows how
        far second clusters differ: the interval is of accounts alone, and carries no claim. Where
        contacts or events are few, both must agree with an exact test
        (`simkit.trial.effects.exact`). All else gets Student's t, or the test by resampling units
        that is asked for or takes its place (`means_of_sums`); t that is misled
        (`simkit.trial.effects.lopsided`) carries no claim. With CR2 its degrees of freedom are Bell
        and McCaffrey's, which know how unequal the accounts and the arms are; else Satterthwaite's
        from the two arms' variances and numbers of units, V_a and V_c: (V_a + V_c)² ÷ (V_a²/(G_a −
        1) + V_c²/(G_c − 1)). Of errors by two groupings they are those of accounts alone, but not
        more than the fewer groups leave (`capped`).
        """
        if (arm, control) not in self._found:  # several tables ask, and resampling is long
            self._found[arm, control] = self._compared(arm, control)
        return self._found[arm, control]

    def _compared(self, arm: str, control: str) -> Difference:
        a, c = pair = [self.arms.index(arm), self.arms.index(control)]
        mean = (float(self.mean[a]), float(self.mean[c]))
        if doubt := self.without_error(pair):
            return TDifference(mean[0] - mean[1], np.nan, np.nan, self.method, doubt)
        extreme = self.binary and any(value in (0.0, 1.0) for value in mean)
        if self.counted or (extreme and not self.clustered):
            n = (float(self.n[a]), float(self.n[c]))
            return held_exact(ScoreDifference(mean, n, NEWCOMBE, _too_few(min(n), "contacts")))
        if extreme and self.others is not None and self.sums is not None and mean[0] == mean[1]:
            alone = self.sums.sizes.effective_n
            n = (float(alone[a]), float(alone[c]))
            doubt = NONE_SEEN.format(events="nothing but" if mean[0] else 0, by=self.second_name)
            method = f"{NEWCOMBE}, each account counted as one, without the second cluster"
            return held_exact(ScoreDifference(mean, n, method, doubt))
        if extreme:
            n = (float(self.effective_n[a]), float(self.effective_n[c]))
            method = f"{NEWCOMBE}, each account counted as one"
            score = ScoreDifference(mean, n, method, _too_few(min(n), "accounts"))
            return held_exact(score) if self.sums is None else self._held(score, self.sums, pair)
        own, doubt = np.diag(self.cov)[pair], ""
        if not own.all():
            still = ", ".join(self.arms[at] for at in pair if self.cov[at, at] == 0)
            of, what = ("account", "mean") if self.clustered else ("contact", "value")
            doubt = f"every {of} of {still} has the same {what}, so its error cannot be seen"
            if self.others is not None:
                doubt = f"accounts and second clusters leave no error of {still} to be seen"
        se = float(np.sqrt(max(own.sum() - 2 * self.cov[a, c], 0.0)))
        freedom = self._freedom(pair) if own.any() else np.nan
        found = TDifference(mean[0] - mean[1], se, freedom, self.method, doubt)
        if doubt or not se > 0:
            return found
        return judged(found, self, arm, control)

    def _held(self, found: ScoreDifference, sums: AccountTotals, pair: list[int]) -> Difference:
        """Hold shares of which one is 0 or 1 against the accounts that the events lie in."""
        rare = sums.total if 0.0 in found.share else sums.sizes.n - sums.total
        having = np.bincount(sums.sizes.arm[rare > 0], minlength=len(self.arms))
        a, c = pair
        accounts = sums.sizes.units
        return held_by_accounts(
            found, (int(having[a]), int(having[c])), (int(accounts[a]), int(accounts[c]))
        )

    def without_error(self, at: Sequence[int]) -> str:
        """Say which of some arms lie within one second cluster, or have none; else empty.

        Parameters
        ----------
        at
            Their positions.
        """
        if self.others is None:
            return ""
        words = {1: CONFOUNDED, 0: WITHOUT_GROUP}
        units = self.others.sizes.units
        arms = {number: [self.arms[one] for one in at if units[one] == number] for number in words}
        return "; ".join(words[n].format(arms=" and ".join(arms[n])) for n in words if arms[n])

    def capped(self, freedom: float, at: Sequence[int]) -> float:
        """Give degrees of freedom, not more than the fewer of two groupings leave.

        Where no second cluster stands in several of the arms, not more than Satterthwaite's of the
        arms' own: of ten agents against two they are hardly more than one.

        Parameters
        ----------
        freedom
            Those that accounts alone leave.
        at
            Positions of the arms that are compared.
        """
        if self.others is None or self.sums is None:
            return freedom
        sizes = self.others.sizes
        groups = min(self.sums.sizes.number(at), sizes.number(at))
        freedom = min(freedom, float(groups - 1))
        if sizes.split is not None and np.isin(sizes.arm[sizes.split], at).any():
            return freedom
        # Groups of each arm's own: as far as they make up the error, the fewer of them bound it.
        own = np.diag(self.others.cov(_kind(self.errors)))[list(at)]
        if not own.any():
            return freedom
        units = sizes.units[list(at)].astype(np.float64)
        return min(freedom, satterthwaite(own, units - 1))

    def _freedom(self, pair: list[int]) -> float:
        return self.capped(self._freedom_of_accounts(pair), pair)

    def _freedom_of_accounts(self, pair: list[int]) -> float:
        if self.sums is not None and self.by_unit and self.errors not in ("cr1", "crv3"):
            contrast = np.zeros(len(self.arms))
            contrast[pair] = 1.0, -1.0
            return self.sums.sizes.freedom(contrast)
        own = np.diag(self.cov)[pair]
        return satterthwaite(own, self.freedom[pair])


def _too_few(n: float, units: str) -> str:
    """Say why a score interval of two units must not carry a claim; empty for more of them.

    Two against two, all and none of which have the event, have p = .028 where Fisher's exact test
    has .33, and without an effect claim one in 1 of 8 trials of one half; three in 1 of 32.
    """
    return f"an arm of two {units} tells too little" if n < FEWEST_SHARED else ""


def means_of_contacts(
    values: FloatArray,
    arm: IntArray,
    arms: Sequence[str],
    cluster: IntArray | None,
    *,
    second: IntArray | None = None,
    errors: str = "auto",
) -> ArmMeans:
    """Average an outcome by arm, with errors by the unit that was assigned.

    Ordinary least squares on one dummy an arm. Where the contact is the unit, HC2, which with these
    dummies is each arm's own s²/n, unless other errors are asked for. Where accounts are, see
    `means_of_sums`.

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
    second, errors
        As in `means_of_sums`.

    Returns
    -------
    ArmMeans
        Means and covariance.
    """
    binary = bool(np.isin(values, (0.0, 1.0)).all())
    if cluster is None and second is None:
        ones, own = np.ones(len(arm), dtype=np.int64), np.arange(len(arm))
        sums = AccountTotals(AccountSizes(arm, own, ones, len(arms)), values)
        if errors != "auto":
            return means_of_accounts(arms, sums, binary=binary, errors=errors, clustered=False)
        n = np.bincount(arm, minlength=len(arms))
        # A mean of nothing must be exactly 0, and a spread of nothing too.
        mean = np.bincount(arm, weights=values, minlength=len(arms)) / n
        moved = np.bincount(arm, weights=(values - mean[arm]) ** 2, minlength=len(arms))
        low, high = np.full(len(arms), np.inf), np.full(len(arms), -np.inf)
        np.minimum.at(low, arm, values)
        np.maximum.at(high, arm, values)
        variance = np.where(low == high, 0.0, moved / (n - 1))
        return replace(means_of_moments(arms, n, mean, variance, binary=binary), sums=sums)
    codes = np.arange(len(arm)) if cluster is None else np.unique(cluster, return_inverse=True)[1]
    pairs = codes if second is None else crossed(codes, second)
    cell = crossed(pairs, arm)
    _, first, size = np.unique(cell, return_index=True, return_counts=True)
    total = np.bincount(cell, weights=values, minlength=len(size)).astype(np.float64)
    return means_of_sums(
        arms,
        arm[first],
        size,
        total,
        binary=binary,
        account=codes[first],
        second=None if second is None else second[first],
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
    second: IntArray | None = None,
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
    second
        Code of a second grouping (the agent) that the errors follow too; −1 where there is none. An
        account then has a row for each of its pairs of arm and second code.
    errors
        ``"cr2"`` with Bell and McCaffrey's degrees of freedom, ``"crv3"``, ``"cr1"``; the same CR2
        beside a test by resampling accounts, ``"wild"`` or ``"permutation"``. ``"auto"``:
        permutation for two arms whose accounts tell at most as much as 100 of one size do
        ((Σn)² ÷ Σn² in each), and of any number where one arm has more than twice the other's; the
        smaller has at most 4,000; CR2 for more, for those with accounts
        in both arms, and where there are fewer than 100 assignments (4 against 4 accounts have 70).
        There Student's t claims up to a third too much where accounts are uneven, and too little or
        more than twice too much where outcomes have a long tail; permutation is right for any
        outcome. Contacts assigned one by one are never uneven: they are assigned anew in unequal
        arms whose outcome is so skewed that t is misled (`simkit.trial.effects.lopsided`).
        p-values smaller than the assignments allow are CR2's, see
        `simkit.trial.effects.resampling.ResampledDifference.with_tail`. With a second grouping
        nothing is resampled, and to CR2 (or what is asked for) by account is added what the second
        grouping adds (`simkit.trial.effects.clusters.added`).

    Returns
    -------
    ArmMeans
        Means and covariance, as `means_of_contacts` gives them.
    """
    codes = np.arange(len(arm)) if account is None else account
    sums = AccountTotals.of(arm, codes, n, total, len(arms))
    alone = means_of_accounts(arms, sums, binary=binary, errors=errors)
    if second is None:
        return alone
    kind = _kind(errors)
    groups, pairs = (
        AccountTotals.of(arm, each, n, total, len(arms)) for each in groups_and_pairs(codes, second)
    )
    known = second >= 0
    return replace(
        alone,
        cov=alone.cov + added(groups.cov(kind), pairs.cov(kind)),
        effective_n=np.minimum(sums.sizes.effective_n, groups.sizes.effective_n),
        method=f"OLS, {kind.upper()} by account and by second cluster, t with at most min(G) − 1 "
        "degrees of freedom",
        others=AccountTotals.of(arm[known], second[known], n[known], total[known], len(arms)),
    )


def means_of_accounts(
    arms: Sequence[str],
    sums: AccountTotals,
    *,
    binary: bool,
    errors: str = "auto",
    clustered: bool = True,
) -> ArmMeans:
    """Average an outcome by arm from sums of which each account has one in each of its arms.

    Parameters
    ----------
    arms, binary, errors
        As in `means_of_sums`.
    sums
        The sums.
    clustered
        Whether accounts hold several contacts; else each contact is one.
    """
    kind = _kind(errors)
    law = "Bell-McCaffrey's" if kind == "cr2" else "Satterthwaite's"
    return ArmMeans(
        tuple(arms),
        sums.mean,
        sums.cov(kind),
        sums.sizes.contacts,
        sums.sizes.units,
        sums.sizes.effective_n,
        binary,
        clustered=clustered,
        method=f"OLS, {kind.upper()} by {'account' if clustered else 'contact'}, t with {law} "
        "degrees of freedom",
        errors=errors,
        sums=sums,
    )


def _kind(errors: str) -> Kind:
    """Name the errors that a difference has, whatever is resampled beside it."""
    return "cr1" if errors == "cr1" else "crv3" if errors == "crv3" else "cr2"


def means_of_moments(
    arms: Sequence[str],
    n: IntArray,
    mean: FloatArray,
    variance: FloatArray,
    *,
    binary: bool,
    third: FloatArray | None = None,
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
    third
        Third central moment of each arm's contacts, which tells whether t is misled.

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
        third=third,
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
