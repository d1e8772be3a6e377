"""Whether the arms' effects differ between segments, before any segment is read alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pandas as pd

from simkit.trial.checks.check import EVERYWHERE, NO_P_VALUE, Check
from simkit.trial.checks.opposed import other_ways
from simkit.trial.effects.homogeneity import homogeneity
from simkit.trial.effects.means import MIN_UNITS, ArmMeans
from simkit.trial.rare import TAKES, few_units
from simkit.trial.read.data import TrialData
from simkit.trial.sentences import label, listed

#: The usual 5 %, not the checks' .001: nothing fails by it, and a test of interactions has little
#: power.
INTERACTION_ALPHA = 0.05
INTERACTION = "interaction of arm and segment"
CROSSED = "accounts over segments"
ALIKE_ADVICE = "compare the segments one by one, or an outcome that happens in each arm"
OPPOSED_ADVICE = (
    "the comparisons of each segment stand; to see whether segments differ, try arms that change "
    "the interval the same way in all of them"
)
FEW_ADVICE = "read no segment by itself: compare all contacts together, or test them longer"
LONGER_ADVICE = "read no segment by itself, and test them longer"


def crossed_check(data: TrialData) -> list[Check]:
    """Tell of accounts with contacts in several segments, whose results are not independent.

    Each segment alone is right: its errors follow its accounts. But what is said of several at once
    takes them for independent of each other. Told where it is found.

    Parameters
    ----------
    data
        The trial; totals hold no contact, and are not looked at.
    """
    if data.contacts is None or not data.clustered or len(data.segments) < MIN_UNITS:
        return []
    account, names = pd.factorize(data.contacts["cluster"])
    segment = pd.factorize(data.contacts["segment"])[0]
    accounts, one = len(names), np.empty(len(names), dtype=np.int64)
    one[account] = segment
    over = len(np.unique(account[one[account] != segment]))
    if not over:
        return []
    return [
        Check(
            CROSSED,
            EVERYWHERE,
            f"{over:,} of {accounts:,} accounts have contacts in several segments",
            NO_P_VALUE,
            "warning",
            "segments are compared as if they were independent, and these are not: whether effects "
            "differ between them is seen too seldom, and no arm is named for all of them",
            "read each segment by itself, or compare all contacts together, without segments",
        )
    ]


def interaction_check(
    data: TrialData,
    outcome: str,
    means: Mapping[str, ArmMeans | None],
    table: pd.DataFrame,
    opposed: Collection[str] = (),
) -> list[Check]:
    """Test whether the arms' effects differ between segments, before any segment is read alone.

    The differences of each segment are compared with their average weighted by precision
    (`simkit.trial.effects.homogeneity`). A segment that has far too few contacts or accounts in an
    arm for any choice is left out. Where they are not shown to differ and an arm's verdicts do,
    that is a warning: better in one segment and cannot tell in another is no difference between
    the two.

    Parameters
    ----------
    data, outcome
        The trial, and its primary outcome.
    means
        Segment → means of that outcome.
    table
        The comparison's rows, for their verdicts.
    opposed
        Arms that are longer than their control in one segment and shorter in another: their effects
        are those of other changes, and are not held against each other.
    """
    known = {name: row for name, row in means.items() if row is not None}
    controls = {data.control[name] for name in known}
    if len(data.segments) < MIN_UNITS or len(known) < MIN_UNITS or len(controls) != 1:
        return []
    control = controls.pop()
    common = set.intersection(*({*row.arms} for row in known.values()))
    arms = [arm for arm in data.arms[next(iter(known))] if arm in common and arm != control]
    if control not in common or not arms:
        return []
    left_out = [arm for arm in arms if arm in opposed]
    arms = [arm for arm in arms if arm not in opposed]
    if not arms:
        text = f"{label(outcome)}: {other_ways(left_out)}, and no other arm is in all of them"
        return [_not_tested(text, OPPOSED_ADVICE)]
    few_advice = LONGER_ADVICE if left_out else FEW_ADVICE  # together they are no one change
    few = {name: few_units(row, (control, *arms)) for name, row in known.items()}
    without = _have_few(few)
    known = {name: row for name, row in known.items() if not few[name]}
    if len(known) < MIN_UNITS:
        return [_not_tested(f"{label(outcome)}: {without}, and {TAKES}", few_advice)]
    contrast = np.column_stack([-np.ones(len(arms)), np.eye(len(arms))])
    for segment, row in known.items():
        places = [row.arms.index(arm) for arm in (control, *arms)]
        cov = contrast @ row.cov[np.ix_(places, places)] @ contrast.T
        if np.linalg.matrix_rank(cov) < len(arms):
            text = f"{label(outcome)}: all contacts of an arm in {segment} are alike"
            return [_not_tested(text, ALIKE_ADVICE)]
    test = homogeneity([*known.values()], control, arms)
    p_value = test.p_value
    if np.isnan(p_value):
        units = next(iter(known.values())).unit
        text = f"{label(outcome)}: too few {units} for so many arms and segments"
        return [_not_tested(text, few_advice)]
    found = f"{outcome}: F({test.df[0]:.0f}, {test.df[1]:.0f}) = {test.statistic:.2f}"
    if without:
        found += f"; left out: {without}"
    if left_out:
        found += f"; left out: {other_ways(left_out)}"
    if p_value < INTERACTION_ALPHA:
        meaning = "the arms' effects differ between segments"
        return [Check(INTERACTION, "all", found, p_value, "ok", meaning)]
    apart = _verdicts_apart(
        table[(table["outcome"] == outcome) & table["segment"].isin(known)], arms
    )
    if apart:
        meaning = (
            f"the verdicts differ between segments ({apart}), but the segments were not shown to "
            "differ: what is shown in one and not in another is no difference between the two"
        )
        others = "test the others longer"
        if not left_out:
            others = "for the others look at the choice for all segments together, or test them "
            others += "longer"
        advice = f"take what is shown where it is shown; {others}"
        return [Check(INTERACTION, "all", found, p_value, "warning", meaning, advice)]
    meaning = (
        "no sign that the arms' effects differ between segments: a segment that looks special may "
        "be noise"
    )
    return [Check(INTERACTION, "all", found, p_value, "ok", meaning)]


def _have_few(few: Mapping[str, str]) -> str:
    """Say which segments have far too few of what, those of which the same is said at once."""
    alike: dict[str, list[str]] = {}
    for name, why in few.items():
        if why:
            alike.setdefault(why, []).append(name)
    return "; ".join(
        f"{listed(names)} {'has' if len(names) == 1 else 'have'} {why}"
        for why, names in alike.items()
    )


def _not_tested(found: str, advice: str) -> Check:
    meaning = "whether the arms' effects differ between segments cannot be tested"
    return Check(INTERACTION, "all", found, float("nan"), "warning", meaning, advice)


def _verdicts_apart(rows: pd.DataFrame, arms: Sequence[str]) -> str:
    """Say where each of the arms has which verdict, of those whose verdicts differ."""
    told = []
    for arm in arms:
        here = rows[(rows["arm"] == arm) & (rows["verdict"] != "refused")]
        if len(set(here["verdict"])) > 1:
            by_segment = [f"{row.verdict} in {row.segment}" for row in here.itertuples(index=False)]
            told.append(f"{arm}: {', '.join(by_segment)}")
    return "; ".join(told)
