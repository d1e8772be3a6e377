"""Means of arms adjusted for what was known of the contacts before the trial."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from statsmodels.regression.linear_model import OLS

from simkit.trial.effects.clusters import JACKKNIFED, added, groups_and_pairs, jackknifed
from simkit.trial.effects.covariates import regressors
from simkit.trial.effects.difference import Difference, TDifference
from simkit.trial.effects.laws import satterthwaite
from simkit.trial.effects.lopsided import doubt_of, misleads
from simkit.trial.effects.means import ArmMeans, means_of_contacts
from simkit.trial.effects.resampling import ResampledDifference

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

Method = Literal["lin", "cuped"]
#: Between 10 and 20 a parameter are usual (F. E. Harrell 2015, Regression Modeling Strategies,
#: section 4.4).
UNITS_PER_COLUMN = 10
#: Units off the commonest value below which a slope rests on single accounts (assumed).
RARE_UNITS = 5
#: The usual ten events a parameter (P. Peduzzi and others 1996, Journal of Clinical Epidemiology
#: 49, 1373-1379).
FEWEST_EVENTS = 10
INDEPENDENT = 1e-6  # of a column's spread within an arm
PERMUTED = "means that are not adjusted, or by CUPED, can be assigned anew by chance"
REPEATED = 1e-9  # of the variance that is left where covariates repeat the outcome


@dataclass(frozen=True, eq=False, kw_only=True)
class AdjustedMeans(ArmMeans):
    """Means of arms as if each had had the covariates of the whole segment.

    Their covariance is that of the means themselves. They share what is not known of the mean
    covariates, which stays out of the differences between arms where the slopes are alike.

    Parameters
    ----------
    plain
        The same means without adjustment.
    own_variances
        Variance of each adjusted mean given the covariates' means.
    spent
        Columns of covariates, each of which costs an arm one degree of freedom.
    base
        With one slope for all arms: the means of the outcome less the slope times the covariate.
    """

    plain: ArmMeans
    own_variances: FloatArray
    spent: int
    base: ArmMeans | None = None

    @property
    def own(self) -> FloatArray:
        """Variance of each arm's mean that is seen in its own units."""
        return self.own_variances

    @property
    def freedom(self) -> FloatArray:
        """Degrees of freedom of each of these variances: units less one and the slopes."""
        return self.units.astype(np.float64) - 1 - self.spent

    @property
    def counted(self) -> bool:
        """Adjusted means are no shares of contacts."""
        return False

    @property
    def unadjusted(self) -> ArmMeans:
        """The same means without adjustment, which hold the units."""
        return self.plain

    @property
    def joint(self) -> bool:
        """Whether the arms' variances are estimated together: errors follow two groupings."""
        return self.plain.others is not None

    def capped(self, freedom: float, at: Sequence[int]) -> float:
        """Give degrees of freedom, not more than the fewer of two groupings leave."""
        return self.plain.capped(freedom, at)

    def without_error(self, at: Sequence[int]) -> str:
        """Say which of some arms lie within one second cluster, or have none; else empty."""
        return self.plain.without_error(at)

    def difference(self, arm: str, control: str) -> Difference:
        """Compare an arm with its control.

        With slopes of their own: Student's t with Satterthwaite's degrees of freedom, which carries
        no claim where the plain outcome misleads it (`simkit.trial.effects.lopsided`). With one
        slope, found from all contacts whatever their arm, what is left of the outcome is compared
        as any outcome is; the covariate's mean is in both arms alike.
        """
        if self.base is not None:
            found = self.base.difference(arm, control)
            assert isinstance(found, TDifference | ResampledDifference)
            return replace(found, method=f"{self.method}; {found.method}")
        a, c = self.arms.index(arm), self.arms.index(control)
        variance = float(self.cov[a, a] + self.cov[c, c] - 2 * self.cov[a, c])
        df = self.capped(satterthwaite(self.own[[a, c]], self.freedom[[a, c]]), [a, c])
        doubt = ""
        if misleads(self.plain, arm, control):
            doubt = doubt_of(self.plain, arm, control, PERMUTED)
        return TDifference(
            float(self.mean[a] - self.mean[c]), float(np.sqrt(variance)), df, self.method, doubt
        )


def adjusted_means(
    plain: ArmMeans,
    values: FloatArray,
    arm: IntArray,
    cluster: IntArray | None,
    covariates: pd.DataFrame,
    method: Method = "lin",
    *,
    second: IntArray | None = None,
) -> tuple[ArmMeans, str]:
    """Adjust the means of an outcome for covariates known before the assignment.

    Chance gives no two arms the same contacts. What a contact did before the trial tells how much
    of a difference is due to that, and taking it out makes the errors smaller without moving what
    is estimated: the mean per assigned contact.

    *lin*: the outcome is regressed on the arms and, in each arm with slopes of its own, on the
    covariates, centred at their mean over all contacts of the segment. However wrong that line is,
    the estimate is right on average in large trials, and no worse than the plain one (Lin 2013; Su
    and Ding 2021 where whole accounts were assigned). Errors are as for plain means: HC2, or CRV3
    or CR1 by account. *cuped*: one covariate with one slope, θ = cov(y, x) ÷ var(x) over all
    contacts, and y − θ (x − x̄) in place of y (Deng et al. 2013). As θ does not hang on the arms,
    the plain outcome's test is also this one's, permutation of accounts with it.

    The covariates' means over the segment are themselves estimates. Where slopes differ between
    arms the difference depends on them; B V B', with the slopes B and the variance V of the means,
    is added to the covariance (Negi and Wooldridge 2021), so that it speaks of contacts like these
    and not of these alone.

    Nothing is adjusted (and why is said) where an arm has fewer than 10 units for each column of
    covariates, or fewer than 10 events or non-events of a yes/no outcome, or 10 contacts whose
    value is not the commonest (that of those who buy nothing), for then the normal law holds no
    longer; nor for covariates that repeat the outcome. Columns that hardly vary within an arm are
    left out.

    Parameters
    ----------
    plain
        The unadjusted means of these contacts.
    values, arm, cluster
        As for `simkit.trial.effects.means.means_of_contacts`.
    covariates
        Numbers or labels in the same rows. A missing number becomes the mean, with an indicator; a
        missing label is a label of its own.
    method
        ``"lin"`` or ``"cuped"``.
    second
        Code of a second grouping that the errors follow too, as for `means_of_contacts`. To each
        covariance by account is then added what the second grouping adds
        (`simkit.trial.effects.clusters.added`).

    Returns
    -------
    means
        Adjusted, or the plain ones.
    why_not
        Why they are not adjusted; empty where they are.

    References
    ----------
    A. Deng, Y. Xu, R. Kohavi, T. Walker (2013), Improving the sensitivity of online controlled
    experiments by utilizing pre-experiment data, WSDM '13, 123-132.
    W. Lin (2013), Agnostic notes on regression adjustments to experimental data, Annals of Applied
    Statistics 7, 295-318.
    A. Negi, J. M. Wooldridge (2021), Revisiting regression adjustment in experiments with
    heterogeneous treatment effects, Econometric Reviews 40, 504-534.
    F. Su, P. Ding (2021), Model-assisted analyses of cluster-randomized experiments, Journal of the
    Royal Statistical Society B 83, 994-1015.
    """
    if doubt := plain.without_error(range(len(plain.arms))):
        return plain, doubt
    if not plain.own.all():
        return plain, "an arm does not vary"
    codes = (
        np.arange(len(values)) if cluster is None else np.unique(cluster, return_inverse=True)[1]
    )
    rare = _events(values, arm, plain) < FEWEST_EVENTS
    if rare.any():
        few = ", ".join(np.array(plain.arms)[rare])
        what = "events or non-events" if plain.binary else "values other than the commonest"
        return plain, f"fewer than {FEWEST_EVENTS} {what} in {few}"
    columns = _usable(regressors(covariates), arm, codes, len(plain.arms))
    spent = columns.shape[1]
    if not spent:
        return plain, "the covariates hardly vary within the arms"
    if plain.units.min() < UNITS_PER_COLUMN * spent:
        few = plain.arms[int(plain.units.argmin())]
        kind = "contacts" if cluster is None else "accounts"
        return plain, (
            f"{few} has {plain.units.min()} {kind}, and {spent} columns of covariates need "
            f"{UNITS_PER_COLUMN * spent}"
        )
    centred = columns - columns.mean(axis=0)
    names = ", ".join(map(str, covariates.columns))
    also = None if second is None else groups_and_pairs(codes, second)
    mean_cov = _covariance_of_means(centred, codes)
    if also is not None:
        mean_cov += added(*(_covariance_of_means(centred, each) for each in also))
    base = None
    if method == "cuped":
        theta, *_ = np.linalg.lstsq(centred, values - values.mean(), rcond=None)
        left = means_of_contacts(values - centred @ theta, arm, plain.arms, cluster, second=second)
        base = replace(left, binary=False)  # a slope of exactly 0 leaves a share, and no score test
        slopes, mean, cov = np.tile(theta, (len(plain.arms), 1)), base.mean, base.cov
        text, spent = f"CUPED by {names}", 0
    else:
        mean, cov, slopes, kind = _interacted(values, arm, centred, plain, cluster, also)
        text = (
            f"OLS interacted with {names} (Lin), {kind}, t with Satterthwaite's degrees of freedom"
        )
        text += "" if also is None else ", at most min(G) − 1"
    if (np.diag(cov) <= REPEATED * plain.own).any():
        return plain, f"the outcome follows from {names}: that was not known before the assignment"
    return (
        AdjustedMeans(
            arms=plain.arms,
            mean=mean,
            cov=cov + slopes @ mean_cov @ slopes.T,
            n=plain.n,
            units=plain.units,
            effective_n=plain.effective_n,
            binary=plain.binary,
            clustered=plain.clustered,
            method=text,
            plain=plain,
            own_variances=np.diag(cov),
            spent=spent,
            base=base,
        ),
        "",
    )


def _events(values: FloatArray, arm: IntArray, plain: ArmMeans) -> FloatArray:
    """Count in each arm what carries the outcome: events, the rarer of yes and no; else unusual."""
    arms = len(plain.arms)
    if plain.binary:
        events = np.bincount(arm, weights=values, minlength=arms)
        return np.asarray(np.minimum(events, plain.n - events))
    distinct, inverse = np.unique(values, return_inverse=True)
    unusual = inverse != np.bincount(inverse, minlength=len(distinct)).argmax()
    return np.bincount(arm, weights=unusual, minlength=arms).astype(np.float64)


def _interacted(
    values: FloatArray,
    arm: IntArray,
    centred: FloatArray,
    plain: ArmMeans,
    cluster: IntArray | None,
    also: tuple[IntArray, IntArray] | None,
) -> tuple[FloatArray, FloatArray, FloatArray, str]:
    """Regress on the arms and their own slopes: intercepts, their covariance, the slopes."""
    arms = len(plain.arms)
    dummies = (arm[:, None] == np.arange(arms)).astype(np.float64)
    crossed = (dummies[:, :, None] * centred[:, None, :]).reshape(len(values), -1)
    model = OLS(values, np.hstack([dummies, crossed]))
    if cluster is None:
        fit, kind = model.fit(cov_type="HC2"), "HC2"
    else:
        codes = np.unique(cluster, return_inverse=True)[1]
        few = jackknifed(int(codes.max()) + 1, plain.units)
        fit, kind = _by_groups(model, codes, few=few), f"{'CRV3' if few else 'CR1'} by account"
    found = np.asarray(fit.params, dtype=np.float64)
    cov = np.array(fit.cov_params(), dtype=np.float64)[:arms, :arms]
    if also is not None:
        fits = (_by_groups(model, each, few=int(each.max()) < JACKKNIFED) for each in also)
        cov += added(*(np.asarray(one.cov_params())[:arms, :arms] for one in fits))
        kind += " and by second cluster"
    return found[:arms], cov, found[arms:].reshape(arms, -1), kind


def _by_groups(model: OLS, codes: IntArray, *, few: bool) -> Any:
    """Fit with errors by group: the jackknife where groups are few, else those of first order."""
    of = "cluster-crv3" if few else "cluster"
    return model.fit(cov_type=of, cov_kwds={"groups": codes}, use_t=True)


def _usable(columns: FloatArray, arm: IntArray, codes: IntArray, arms: int) -> FloatArray:
    """Keep the columns whose slope each arm can tell: varied in some units, and not of others."""
    rows = [np.flatnonzero(arm == place) for place in range(arms)]
    bases = [np.empty((len(at), 0)) for at in rows]
    kept = []
    for place, column in enumerate(columns.T):
        rests = []
        for at, base in zip(rows, bases, strict=True):
            here = column[at]
            distinct, inverse = np.unique(here, return_inverse=True)
            unusual = codes[at][inverse != np.bincount(inverse, minlength=len(distinct)).argmax()]
            if len(np.unique(unusual)) < RARE_UNITS:
                break
            within = here - here.mean()
            rest = within - base @ (base.T @ within)
            size = np.linalg.norm(rest)
            if size <= INDEPENDENT * np.linalg.norm(within):
                break
            rests.append(rest / size)
        else:
            kept.append(place)
            bases = [np.column_stack([base, rest]) for base, rest in zip(bases, rests, strict=True)]
    return columns[:, kept]


def _covariance_of_means(centred: FloatArray, codes: IntArray) -> FloatArray:
    """Give the covariance of the covariates' means, by the unit assigned."""
    units = int(codes.max()) + 1
    sums = np.column_stack(
        [np.bincount(codes, weights=column, minlength=units) for column in centred.T]
    )
    found: FloatArray = sums.T @ sums * units / (units - 1) / len(centred) ** 2
    return found
