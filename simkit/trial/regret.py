"""A trial read as a decision: which arm is best, how surely, and what being wrong costs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simkit.errors import InputError, Problem
from simkit.measures.registry import SHARE
from simkit.result import Result
from simkit.trial.posterior import truths
from simkit.trial.read.data import TOGETHER
from simkit.trial.sentences import (
    NOT_YET,
    arm_words,
    label,
    listed,
    loss_words,
    not_shown_within,
    place_words,
)
from simkit.trial.settings import is_number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simkit.trial.effects.means import ArmMeans

    FloatArray = NDArray[np.float64]

MOST_TOLD = 0.99
#: With one arm left there is no choice.
FEWEST = 2
DESCRIBES = "No arm was shown to be best, so this describes and chooses nothing: "
DESCRIBES_TOGETHER = (
    "No arm was shown to be best in any of them, and their mean is no comparison that was tested, "
    "so this describes and chooses nothing: "
)
TURNED_ROUND = "and if it is the other way round the choice is wrong"
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
        ``contacts``. Segments that are not told apart have one row an arm together, under
        ``"all segments together"``.
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
        Segment without rows → why its arms cannot be told apart at all, or not by themselves.
    unshown
        (segment, arm) → guardrails that it is not shown to keep: a choice by one outcome leaves
        them out of account.
    shown
        (segment, arm) of those that the trial's verdicts let be chosen. Of a segment whose leading
        arm is not among them the sentence describes, and says that it chooses nothing.
    rests_on
        (segment, arm) of those that an earlier look showed, and these contacts do not → that look,
        in words.
    together
        Segments whose arms are chosen for all of them at once, since they were not shown to differ.
    apart
        How that was tested, in words; empty where it was not.
    told_apart
        Why segments that were not shown to differ are told one by one all the same, in a sentence;
        empty where none are.
    harms
        (segment, arm) → what that arm is shown to make worse beside the outcome, in a sentence.
    guess
        That it is a guess which way the outcome is better, in words; empty where it is known.
    """

    table: pd.DataFrame
    longer: pd.DataFrame
    outcome: str
    unit: str
    caution: str = ""
    why_not: Mapping[str, str] = field(default_factory=dict)
    unshown: Mapping[tuple[str, str], Sequence[str]] = field(default_factory=dict)
    shown: Collection[tuple[str, str]] = frozenset()
    rests_on: Mapping[tuple[str, str], str] = field(default_factory=dict)
    together: Sequence[str] = ()
    apart: str = ""
    told_apart: str = ""
    harms: Mapping[tuple[str, str], str] = field(default_factory=dict)
    guess: str = ""

    def sentence(self) -> str:
        """Give the arm with the least regret, and what testing on is worth: a choice, or none.

        It is a choice where the trial's verdicts let that arm be chosen; else it is said to
        describe. One whose guardrails are open leads, and is not to be adopted yet, as in
        `headline`. Segments that were not shown to differ have one arm for all of them, and none
        is named for one of them alone.
        """
        parts = [self.caution] if self.caution else []
        if self.guess and len(self.table):
            parts.append(f"{self.guess[0].upper()}{self.guess[1:]}, {TURNED_ROUND}.")
        for segment, rows in self.table.groupby("segment", sort=False):
            parts += self._of(str(segment), rows)
        if self.together:
            parts.append(self._apart())
        alike: dict[str, list[str]] = {}
        for name, why in self.why_not.items():
            if name not in self.together:
                alike.setdefault(why, []).append(name)
        parts += [
            f"{place_words(listed(names))}No choice between arms: {why}."
            for why, names in alike.items()
        ]
        if self.told_apart and len(self.table):
            parts.append(self.told_apart)
        return " ".join(parts)

    def leader_together(self) -> str | None:
        """Return the arm with the least regret in the segments that are not told apart, if any."""
        rows = self.table[(self.table["segment"] == TOGETHER) & ~self.table["vetoed"].astype(bool)]
        return None if rows.empty else str(_first(rows)["arm"])

    def told_together(self) -> str:
        """Say the choice of the segments that are not told apart; empty where there are none."""
        rows = self.table[self.table["segment"] == TOGETHER]
        return " ".join([*self._of(TOGETHER, rows), self._apart()]) if len(rows) else ""

    def _apart(self) -> str:
        tested = f" ({self.apart})" if self.apart else ""
        return f"{listed(self.together)} were not shown to differ{tested}, so they are read as one."

    def _of(self, segment: str, rows: pd.DataFrame) -> list[str]:
        allowed = rows[~rows["vetoed"].to_numpy(dtype=np.bool_)]
        place = self._place(segment)
        if allowed.empty:
            return [f"{place}every arm is vetoed."]
        best = _first(allowed)
        arm = str(best["arm"])
        if len(allowed) == 1:
            return [f"{place}{arm_words(arm)} is left: a guardrail stops every other arm."]
        among = "" if len(allowed) == len(rows) else " among those that no guardrail stops"
        sure = f"{among} with probability {_probability(best['prob_best'])}"
        chosen, is_open = (segment, arm) in self.shown, (segment, arm) in self.unshown
        leads = "leads" if is_open or not chosen else "is the best arm"
        named = self._named_in(arm) if segment == TOGETHER and not chosen else ()
        describes = DESCRIBES_TOGETHER if segment == TOGETHER else DESCRIBES
        text = f"{place}{'' if chosen or named else describes}{arm_words(arm)} {leads}{sure}"
        text += f"; the verdicts let it be chosen in {listed(named)} alone" if named else ""
        text += self.rests_on.get((segment, arm), "") if chosen else ""
        text += f", but is {NOT_YET}" if is_open else ""
        costs = "Choosing it would cost" if is_open or not chosen else "Choosing it now costs"
        if not chosen and allowed["mean"].min() == allowed["mean"].max():
            # To name one would be to read its place in the table, or the smaller arm's luck.
            text = f"{place}No arm leads{among}: their means are equal ({label(self.outcome)}), so "
            text += "nothing tells them apart"
            costs = "Choosing any of them would cost"
        scale = self.scale(segment)
        text += (
            f". {costs} {self._each(best['regret'], scale)} on average against knowing which is "
            "truly best"
        )
        more = self.longer[self.longer["segment"] == segment]
        if len(more):
            row = more.iloc[0]
            text += (
                f". A further trial of {row['contacts_more']:,.0f} contacts would save "
                f"{loss_words(row['value'], self.unit, scale)} of that for each contact treated "
                "afterwards"
            )
        harm = self.harms.get((segment, arm), "")
        return [f"{text}.", *filter(None, [harm]), *self._unweighed(segment, allowed["arm"])]

    def _place(self, segment: str) -> str:
        if segment != TOGETHER:
            return place_words(segment)
        others = {*self.table["segment"], *self.why_not} - {TOGETHER, *self.together}
        return f"{listed(self.together) if others else 'All segments'} together · "

    def _named_in(self, arm: str) -> tuple[str, ...]:
        """Return which of the segments read as one have verdicts that name the arm."""
        return tuple(name for name in self.together if (name, arm) in self.shown)

    def scale(self, segment: str) -> float:
        """Return the largest loss in question in a segment: that by its worst arm."""
        return float(self.table.loc[self.table["segment"] == segment, "regret"].max())

    def _each(self, loss: float, scale: float) -> str:
        """Write a loss with the whole of its unit, and of what it is."""
        per_contact = "" if self.unit == SHARE else " per contact"
        what = label(self.outcome).removesuffix(" per contact")
        return f"{loss_words(loss, self.unit, scale)}{per_contact} ({what})"

    def _unweighed(self, segment: str, arms: Iterable[str]) -> list[str]:
        alike: dict[tuple[str, ...], list[str]] = {}
        for arm in arms:
            if outcomes := tuple(self.unshown.get((segment, arm), ())):
                alike.setdefault(outcomes, []).append(arm_words(arm))
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


def _first(rows: pd.DataFrame) -> pd.Series:
    return rows.sort_values("regret", kind="stable").iloc[0]


def _probability(share: float) -> str:
    """Write a probability from many draws, never as certain."""
    return "above 0.99" if share > MOST_TOLD else f"{share:.2f}"


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
    together: Sequence[str] = (),
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
    together
        Segments that have one arm for all of them: the arms that all of these have are compared by
        the mean over segments, each with its part of their contacts. One that a guardrail stops in
        any of them cannot be chosen.

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
    alone = {name: one for name, one in means.items() if one is not None and name not in together}
    groups = {name: [one] for name, one in alone.items()}
    if together:
        groups[TOGETHER] = [one for name in together if (one := means[name]) is not None]
    stopped = {(TOGETHER if name in together else name, arm) for name, arm in vetoed}
    rows: list[pd.DataFrame] = []
    longer: list[dict[str, object]] = []
    for segment, group in groups.items():
        arms = [arm for arm in group[0].arms if all(arm in one.arms for one in group)]
        mean, drawn, contacts = _averaged(group, arms)
        allowed = np.array([(segment, arm) not in stopped for arm in arms], dtype=np.bool_)
        true = sign * drawn
        best = true[:, allowed].max(axis=1) if allowed.any() else true.max(axis=1)
        first = (true == best[:, None]) & (allowed | ~allowed.any())
        rows.append(
            pd.DataFrame(
                {
                    "segment": segment,
                    "arm": arms,
                    "mean": mean,
                    # Arms that are level share what is theirs.
                    "prob_best": (first / first.sum(axis=1, keepdims=True)).mean(axis=0),
                    "regret": np.where(allowed, (best[:, None] - true).mean(axis=0), np.nan),
                    "vetoed": ~allowed,
                    "contacts": contacts,
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
                "contacts_more": round(size * int(contacts.sum())),
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
        together=tuple(together),
    )


def _is_size(times: object) -> bool:
    return is_number(times) and 0 < times < np.inf


def _averaged(
    group: Sequence[ArmMeans], arms: Sequence[str]
) -> tuple[FloatArray, FloatArray, NDArray[np.int64]]:
    """Give the arms' means over segments, draws of what these truly are, and their contacts."""
    places = [[one.arms.index(arm) for arm in arms] for one in group]
    sizes = np.array([one.n[at] for one, at in zip(group, places, strict=True)])
    weights = sizes.sum(axis=1) / sizes.sum()
    each = list(zip(weights, group, truths(group), places, strict=True))
    mean = sum((part * one.mean[at] for part, one, _, at in each), np.zeros(len(arms)))
    drawn = sum((part * true[:, at] for part, _, true, at in each), np.zeros(len(arms)))
    return mean, drawn, sizes.sum(axis=0)


def _gain(now: FloatArray, spread: FloatArray) -> float:
    """Return the mean of the best of means that move by ``spread``, less the best of them now.

    The best arm's own movement is taken off, which is 0 on average: that leaves less noise.
    """
    best = int(np.argmax(now))
    return float(((now + spread).max(axis=1) - now[best] - spread[:, best]).mean())
