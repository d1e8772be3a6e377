"""What a few large sales do to a difference of means, and whether its interval may be trusted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import stats

from simkit.errors import Problem
from simkit.trial.effects.difference import Difference, TDifference
from simkit.trial.effects.means import means_of_contacts
from simkit.trial.models.account_bootstrap import ArmByAccount, BootstrapT, bootstrap_t
from simkit.trial.models.cells import Cells, cells_of, refuse_unreadable, require_contacts
from simkit.trial.models.contrasts import (
    NOT_KNOWN,
    WHERE,
    contrasts_table,
    filled,
    shown_html,
    t_difference,
)
from simkit.trial.read.data import TrialData
from simkit.trial.read.names import NET_VALUE
from simkit.trial.sentences import PERCENT, amount, label, place_words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

MEAN, BOOTSTRAP, CAPPED, TRIMMED = "mean, t", "mean, bootstrap-t", "capped mean", "trimmed mean"
#: Units for a skewness of 1, see `robust_value`.
KOHAVI = 355.0
#: (199 + 1) · .05 is whole, and the tail has ten of them.
LEAST_RESAMPLES = 199
#: At each end: more would leave less than half of the contacts.
MOST_TRIM = 0.25
TAIL_COLUMNS = (
    *("outcome", "segment", "arm", "control", "difference", "largest_share"),
    *("top_difference", "top_share"),
    *("cap_low", "cap_high", "skewness_arm", "skewness_control", "kurtosis_arm"),
    *("kurtosis_control", "units_arm", "units_control", "needed_arm", "needed_control"),
    *("skewness_difference", "trusted"),
)
DECIDES_NOTHING = (
    "the capped and the trimmed mean leave out what the largest sales are worth: they are not the "
    "value per contact, show what rests on few, and decide nothing"
)


@dataclass(frozen=True, eq=False)
class RobustValue:
    """A difference of means beside what becomes of it without its largest values.

    Parameters
    ----------
    table
        One row per segment, arm and ``estimator``: the columns that all models share. "mean, t" is
        the main estimate; "mean, bootstrap-t" the same with an interval from resampled accounts;
        "capped mean" sets what lies beyond the outer parts of both arms' values to their bounds;
        "trimmed mean" leaves the outer parts of each arm out.
    tails
        One row per segment and arm: ``difference``; ``largest_share`` of both arms' contacts, and
        what it adds to the difference: ``top_difference`` in its unit, ``top_share`` as a part of
        it (above 1 or below 0 where the others pull the other way); ``cap_low``, ``cap_high``;
        ``skewness_*`` and ``kurtosis_*`` (in excess of the normal's) of the accounts' pulls on
        their arm's mean; ``units_*`` and ``needed_*`` (355 · skewness²);
        ``skewness_difference`` (of the difference of means); ``trusted``: whether both arms have as
        many units as needed, or their skewness cancels in the difference.
    outcome, alpha
        What was asked.
    warnings
        What a reader must know.
    """

    table: pd.DataFrame
    tails: pd.DataFrame
    outcome: str
    alpha: float
    warnings: tuple[str, ...]

    def sentence(self) -> str:
        """Say of each arm whether its interval may be trusted, and what rests on few contacts."""
        found = []
        tails = {(tail["segment"], tail["arm"]): tail for tail in self.tails.to_dict("records")}
        for (segment, arm), rows in self.table.groupby(["segment", "arm"], sort=False):
            estimates = {row["estimator"]: row for row in rows.to_dict("records")}
            if (segment, arm) in tails:
                found.append(_tail_sentence(tails[segment, arm], estimates, self.alpha))
            else:
                row = estimates[MEAN]
                found.append(f"{_head(row)}: {row['reason']}.")
        return " ".join(found)

    def _repr_html_(self) -> str:
        columns = (
            *("segment", "outcome", "arm", "control", "estimator", "estimate", "ci_low"),
            *("ci_high", "n", "n_control", "method", "reason"),
        )
        return shown_html(self.sentence(), self.table, columns, self.warnings)


def robust_value(
    trial: TrialData,
    outcome: str = NET_VALUE,
    *,
    outer_share: float = 0.01,
    largest_share: float = 0.01,
    resamples: int = 1999,
    seed: int = 0,
    alpha: float = 0.05,
) -> RobustValue:
    """Show how far a difference of means rests on a few large values.

    The value per contact is the mean, whatever its tails: a sale of 10,000 EUR is worth 10,000 EUR.
    What tails threaten is the interval. It may be trusted where each arm has at least 355 · s²
    units, s the skewness of what they add to the mean (Kohavi and others): the mean's own skewness
    is then at most 1 ÷ √355 = .053. Arms alike in size and skewness need fewer, for in the
    difference the two cancel: it may be trusted, too, where the skewness of the difference is no
    more than that. Where neither holds, the interval from resampled accounts stands beside it.
    In 400 simulated trials each (``benchmarks/models.py``: 8 % buy for lognormal sums) both covered
    94 to 98 % with equal arms; with one account of five in the arm and 40 accounts t covered 85 %,
    the resampled one 89 %: where next to nobody of a small arm buys, no interval knows better.

    Parameters
    ----------
    trial
        Contacts as assigned: `read_trial`, with the settings of `simkit.trial.evaluate`.
    outcome
        One of its outcomes.
    outer_share
        Part of the contacts at each end that is capped, or trimmed. Where fewer buy than that, the
        cap cuts sales as such.
    largest_share
        Part of both arms' contacts that count as the largest.
    resamples, seed
        Of the bootstrap.
    alpha
        One minus the level of the intervals.

    Returns
    -------
    RobustValue
        Estimates, and what the tails are like.

    Raises
    ------
    InputError
        With everything that is wrong.

    References
    ----------
    R. Kohavi, A. Deng, R. Longbotham, Y. Xu (2014), Seven rules of thumb for web site
    experimenters, KDD, rule 7: 355 · s².
    K. K. Yuen (1974), The two-sample trimmed t for unequal population variances, Biometrika 61,
    165-170.
    """
    require_contacts(trial)
    problems = [
        Problem(WHERE, name, value, f"must be above 0, below {most}")
        for name, value, most in (
            ("outer_share", outer_share, MOST_TRIM),
            ("largest_share", largest_share, 1),
        )
        if not 0 < value < most
    ]
    if resamples < LEAST_RESAMPLES:
        rule = f"must be at least {LEAST_RESAMPLES}"
        problems.append(Problem(WHERE, "resamples", resamples, rule))
    refuse_unreadable(trial, outcome, alpha, problems=problems)
    rows: list[dict[str, Any]] = []
    tails: list[dict[str, Any]] = []
    for place, segment in enumerate(trial.segments):
        cells = cells_of(trial, outcome, segment)
        control = trial.control[segment]
        for number, arm in enumerate(trial.arms[segment]):
            if arm == control:
                continue
            row: dict[str, Any] = {"outcome": outcome, "segment": segment, "arm": arm}
            row["control"] = control
            pair = _Pair.of(cells, arm, control)
            why = trial.refusals.get(outcome, "")
            if not why and pair is not None and np.ptp(pair.values) == 0:
                why = "the outcome does not vary in either arm: there is nothing to tell from"
            if pair is None or why:
                reason = why or cells.why_not(arm, control)
                rows.append(row | {"estimator": MEAN, "reason": reason})
                continue
            rng = np.random.default_rng([seed, place, number])
            more, tail = pair.judged(outcome, outer_share, largest_share, resamples, alpha, rng)
            rows += [row | one for one in more]
            tails.append(row | tail)
    return RobustValue(
        contrasts_table(rows, alpha, ("estimator",), family=("outcome", "estimator")),
        pd.DataFrame(tails, columns=list(TAIL_COLUMNS)),
        outcome,
        alpha,
        (DECIDES_NOTHING,),
    )


@dataclass(frozen=True, eq=False)
class _Pair:
    """An arm and its control: values by contact, 0 the arm and 1 the control."""

    names: tuple[str, str]
    values: FloatArray
    side: NDArray[np.int64]
    account: NDArray[np.int64]
    clustered: bool

    @classmethod
    def of(cls, cells: Cells, arm: str, control: str) -> _Pair | None:
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
        """Give the rows of the estimators, and of the tails."""
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


def _head(row: Mapping[Any, Any]) -> str:
    place = place_words(row["segment"])
    return f"{place}{row['arm']} against {row['control']}: {label(row['outcome'])}"


def _tail_sentence(
    tail: Mapping[Any, Any], estimates: Mapping[Any, Mapping[Any, Any]], alpha: float
) -> str:
    mean, boot = estimates[MEAN], estimates[BOOTSTRAP]
    unit, width = mean["unit"], mean["ci_high"] - mean["ci_low"]

    def interval(row: Mapping[Any, Any]) -> str:
        if np.isnan(row["ci_low"]):
            return "not to be had"
        ends = (amount(row[end], unit, width, named=False) for end in ("ci_low", "ci_high"))
        return " to ".join(ends)

    text = (
        f"{_head(tail)} {amount(tail['difference'], unit, width)}, of which "
        f"{amount(tail['top_difference'], unit, width)} from the largest "
        f"{PERCENT * tail['largest_share']:g} % of contacts; {(1 - alpha) * PERCENT:g} % interval "
        f"by t {interval(mean)}, by resampled accounts {interval(boot)}"
    )
    units = f"{tail['units_arm']:,} and {tail['units_control']:,}"
    if np.isnan([tail["needed_arm"], tail["needed_control"]]).any():
        return f"{text}. Do not lean on either: an arm shows no spread."
    needed = " and ".join(
        f"{np.ceil(tail[name]):,.0f}" for name in ("needed_arm", "needed_control")
    )
    if tail["trusted"]:
        enough = tail["units_arm"] >= tail["needed_arm"]
        enough &= tail["units_control"] >= tail["needed_control"]
        why = f"{needed} needed" if enough else "and the arms' skewness cancels in the difference"
        return f"{text}. The t interval may be trusted: {units} units, {why}."
    return (
        f"{text}. Do not lean on the t interval: the values are so skewed that {needed} units "
        f"would be needed, and there are {units}; claim nothing that the other does not show."
    )
