"""A trial read as a decision: which arm is best, how surely, and what being wrong costs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import special, stats
from scipy.stats import qmc

from simkit.errors import InputError, Problem
from simkit.measures.registry import SHARE
from simkit.result import Result
from simkit.trial.effects.scaled import ScaledMeans
from simkit.trial.sentences import NOT_YET, amount, not_shown_within, place_words
from simkit.trial.settings import is_number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simkit.trial.effects.means import ArmMeans

    FloatArray = NDArray[np.float64]

#: 32,768 draws: a probability is right to .003 even if they were independent.
DRAWS_LOG2 = 15
#: Half of the last digit shown: a cent, and a hundredth of a percentage point.
LEAST, LEAST_SHARE = 0.005, 0.00005
MOST_TOLD = 0.99
#: Any: the same trial must give the same choice.
SEED = 1
#: Events, or contacts without one, from which on a share's posterior is normal for all that it
#: matters here, which takes a tenth of the time: its skewness is 1/√30 at most.
FEW_EVENTS = 30
#: With one arm left there is no choice.
FEWEST = 2
REGRET_COLUMNS = ("segment", "arm", "mean", "prob_best", "regret", "vetoed", "contacts")
LONGER_COLUMNS = ("segment", "times", "contacts_more", "value", "value_perfect")


@dataclass(frozen=True, eq=False, repr=False)
class Regret(Result):
    """What the estimates say of the choice between arms.

    Parameters
    ----------
    table
        One row per segment and arm, the control among them: ``mean`` (of the primary outcome, per
        assigned contact); ``prob_best``, the probability that no other arm that may be chosen has a
        better true mean; ``regret``, how much a contact loses on average by this arm against the
        truly best of them (in the outcome's unit, over the horizon; NaN for a vetoed arm);
        ``vetoed``, whether a guardrail stops it;
        ``contacts``.
    longer
        One row per segment and size of a further trial: ``times`` the contacts of this one,
        ``contacts_more``; ``value``, what the choice after it is expected to gain over the choice
        now, per contact treated later (0 where no result could change the choice);
        ``value_perfect``, the same if the truth became known: no trial can be worth more.
    outcome, unit
        What is compared, and its unit.
    caution
        What must be known before it is read; empty where nothing is.
    why_not
        Segment without rows → why its arms cannot be told apart at all.
    unshown
        (segment, arm) → guardrails that it is not shown to keep: a choice by one outcome leaves
        them out of account.
    """

    table: pd.DataFrame
    longer: pd.DataFrame
    outcome: str
    unit: str
    caution: str = ""
    why_not: Mapping[str, str] = field(default_factory=dict)
    unshown: Mapping[tuple[str, str], Sequence[str]] = field(default_factory=dict)

    def sentence(self) -> str:
        """Give for each segment the arm with the least regret, and what testing on is worth.

        One whose guardrails are open leads, and is not to be adopted yet, as in `headline`.
        """
        parts = [self.caution] if self.caution else []
        for segment, rows in self.table.groupby("segment", sort=False):
            allowed = rows[~rows["vetoed"].to_numpy(dtype=np.bool_)]
            place = place_words(str(segment))
            if allowed.empty:
                parts.append(f"{place}every arm is vetoed.")
                continue
            best = allowed.sort_values("regret", kind="stable").iloc[0]
            if len(allowed) == 1:
                parts.append(f"{place}{best['arm']} is left: a guardrail stops every other arm.")
                continue
            among = "" if len(allowed) == len(rows) else " among those that no guardrail stops"
            sure = f"{among} with probability {_probability(best['prob_best'])}"
            text = f"{place}{best['arm']} is the best arm{sure}. Choosing it now costs"
            if (segment, best["arm"]) in self.unshown:
                text = f"{place}{best['arm']} leads{sure}, but is {NOT_YET}. Choosing it would cost"
            more = self.longer[self.longer["segment"] == segment]
            text += (
                f" {loss_words(best['regret'], self.unit)} a contact on average against knowing "
                "which is truly best"
            )
            if len(more):
                row = more.iloc[0]
                text += (
                    f". A further trial of {row['contacts_more']:,.0f} contacts would save "
                    f"{loss_words(row['value'], self.unit)} of that for each contact treated "
                    "afterwards"
                )
            parts += [f"{text}.", *self._unweighed(str(segment), allowed["arm"])]
        parts += [
            f"{place_words(name)}No choice between arms: {why}."
            for name, why in self.why_not.items()
        ]
        return " ".join(parts)

    def _unweighed(self, segment: str, arms: Iterable[str]) -> list[str]:
        alike: dict[tuple[str, ...], list[str]] = {}
        for arm in arms:
            if outcomes := tuple(self.unshown.get((segment, arm), ())):
                alike.setdefault(outcomes, []).append(arm)
        return [
            f"{not_shown_within(those, outcomes)}, which is not weighed here."
            for outcomes, those in alike.items()
        ]

    def _repr_html_(self) -> str:
        tables = (
            table.to_html(index=False, float_format="{:.3g}".format)
            for table in (self.table, self.longer)
        )
        return f"<p><strong>{escape(self.sentence())}</strong></p>{''.join(tables)}"


def _probability(share: float) -> str:
    """Write a probability from many draws, never as certain."""
    return "above 0.99" if share > MOST_TOLD else f"{share:.2f}"


def loss_words(loss: float, unit: str) -> str:
    """Write a loss, which has no sign; one that rounds to nothing as less than the least.

    Parameters
    ----------
    loss, unit
        The loss, 0 or more, and its unit.
    """
    if loss < (LEAST_SHARE if unit == SHARE else LEAST):
        named = " percentage points" if unit == SHARE else " EUR" if unit.startswith("EUR") else ""
        return f"less than 0.01{named}"
    return amount(loss, unit, loss).lstrip("+−").removesuffix(" per contact")


def regret(
    means: Mapping[str, ArmMeans | None],
    *,
    outcome: str,
    unit: str,
    lower_is_better: bool = False,
    vetoed: Sequence[tuple[str, str]] = (),
    times: Sequence[float] = (1.0, 2.0, 4.0),
    caution: str = "",
    why_not: Mapping[str, str] | None = None,
) -> Regret:
    """Read the means of a trial's arms as a choice between them.

    With no opinion beforehand, what is known of the true means after the trial is the estimates'
    joint distribution: multivariate t about the means, with their covariance (arms that share
    accounts or an adjustment are not independent). Where few contacts have an event, or all but a
    few, the shares of the segment have Jeffreys' posterior instead, Beta(events + ½, others + ½): 0
    of 5 may well be a share of a tenth, while its estimated variance is 0, and t would be certain.
    Where accounts cluster a share has it only if none or all have the event, each account counted
    as one. From it come, by the same draws for all arms, the probability of being best and the
    expected loss of a wrong choice. Many arms with a flat prior flatter the one that looks best; so
    this describes the choice, and no verdict rests on it.

    A further trial of k times the contacts would leave 1/(1 + k) of the covariance; what its
    estimates would be is spread about today's by the rest, k/(1 + k) (preposterior analysis, Raiffa
    and Schlaifer 1961, ch. 5). Its value is the mean of the best of those less the best of today's.

    Parameters
    ----------
    means
        Segment → means of the primary outcome; None where there are none.
    outcome, unit
        Its name and unit.
    lower_is_better
        Whether the least mean is best.
    vetoed
        (segment, arm) of those that a guardrail stops: they can be best, but not be chosen.
    times
        Sizes of a further trial, as multiples of this one, above 0.
    caution
        What must be known before it is read.
    why_not
        Segment without means → why it has none.

    Returns
    -------
    Regret
        Tables and a sentence.

    Raises
    ------
    InputError
        If a size is not above 0.

    References
    ----------
    L. D. Brown, T. T. Cai, A. DasGupta (2001), Interval estimation for a binomial proportion,
    Statistical Science 16, 101-133: Jeffreys' posterior, which errs as often as it says also where
    shares are near 0 or 1.
    """
    given: object = times
    listed = isinstance(given, Sequence) and not isinstance(given, str)
    wrong = [one for one in times if not _is_size(one)] if listed else [given]
    if wrong:
        rule = "must be numbers above 0, as [1.0, 2.0]"
        raise InputError(Problem("regret", "times", size, rule) for size in wrong)
    sign = -1.0 if lower_is_better else 1.0
    stopped = set(vetoed)
    rows: list[pd.DataFrame] = []
    longer: list[dict[str, object]] = []
    for segment, by_arm in means.items():
        if by_arm is None:
            continue
        allowed = np.array([(segment, arm) not in stopped for arm in by_arm.arms], dtype=np.bool_)
        true = sign * _truths(by_arm)
        best = true[:, allowed].max(axis=1) if allowed.any() else true.max(axis=1)
        first = (true == best[:, None]) & (allowed | ~allowed.any())
        rows.append(
            pd.DataFrame(
                {
                    "segment": segment,
                    "arm": list(by_arm.arms),
                    "mean": by_arm.mean,
                    # Arms that are level share what is theirs.
                    "prob_best": (first / first.sum(axis=1, keepdims=True)).mean(axis=0),
                    "regret": np.where(allowed, (best[:, None] - true).mean(axis=0), np.nan),
                    "vetoed": ~allowed,
                    "contacts": by_arm.n,
                },
                columns=list(REGRET_COLUMNS),
            )
        )
        if allowed.sum() < FEWEST:
            continue
        now = true[:, allowed].mean(axis=0)
        spread = true[:, allowed] - now
        longer += [
            {
                "segment": segment,
                "times": float(size),
                "contacts_more": round(size * int(by_arm.n.sum())),
                "value": _gain(now, spread * np.sqrt(size / (1 + size))),
                "value_perfect": _gain(now, spread),
            }
            for size in times
        ]
    table = pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=[*REGRET_COLUMNS])
    return Regret(
        table,
        pd.DataFrame(longer, columns=list(LONGER_COLUMNS)),
        outcome,
        unit,
        caution,
        dict(why_not or {}),
    )


def _is_size(times: object) -> bool:
    return is_number(times) and 0 < times < np.inf


def _gain(now: FloatArray, spread: FloatArray) -> float:
    """Return the mean of the best of means that move by ``spread``, less the best of them now.

    The best arm's own movement is taken off, which is 0 on average: that leaves less noise.
    """
    best = int(np.argmax(now))
    return float(((now + spread).max(axis=1) - now[best] - spread[:, best]).mean())


def _truths(means: ArmMeans) -> FloatArray:
    """Draw what the true means may be, one row a draw (Sobol points).

    Student's t, with the degrees of freedom that the arms' units have together, as their
    differences have them at most; shares, and what one event is worth, see `regret`.
    """
    if isinstance(means, ScaledMeans):
        return means.worth * _truths(means.share)
    arms = len(means.arms)
    uniform = qmc.Sobol(arms + 1, rng=np.random.default_rng(SEED)).random_base2(DRAWS_LOG2)
    # Scrambled points may touch 0, where a quantile is not finite.
    uniform = np.clip(uniform, 1e-12, 1 - 1e-12)
    values, vectors = np.linalg.eigh(means.cov)
    # The symmetric root: an arm that is independent of the others has a column of its own.
    root = (vectors * np.sqrt(np.clip(values, 0.0, None))) @ vectors.T
    freedom = max(int(means.units.sum()) - arms, 1)
    scale = np.sqrt(freedom / stats.chi2.ppf(uniform[:, -1], freedom))
    true: FloatArray = means.mean + (stats.norm.ppf(uniform[:, :-1]) @ root) * scale[:, None]
    if means.binary:
        events, others = (means.effective_n * part for part in (means.mean, 1.0 - means.mean))
        fewer = np.minimum(events, others)
        few = np.flatnonzero((fewer < FEW_EVENTS) & (means.counted | (fewer == 0)))
        if means.counted and len(few):  # arms by one law, or its edge would decide between them
            few = np.arange(len(fewer))
        true[:, few] = special.betaincinv(events[few] + 0.5, others[few] + 0.5, uniform[:, few])
    return true
