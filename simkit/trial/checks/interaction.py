"""Whether the arms' effects differ between segments, before any segment is read alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from simkit.trial.checks.check import EVERYWHERE, NO_P_VALUE, Check
from simkit.trial.effects.homogeneity import homogeneity
from simkit.trial.effects.means import MIN_UNITS, ArmMeans
from simkit.trial.rare import TAKES, few_units
from simkit.trial.read.data import TrialData

#: The usual 5 %, not the checks' .001: nothing fails by it, and a test of interactions has little
#: power.
INTERACTION_ALPHA = 0.05
INTERACTION = "interaction of arm and segment"
CROSSED = "accounts over segments"
ALIKE_ADVICE = "compare the segments one by one, or an outcome that happens in each arm"
FEW_ADVICE = "read no segment by itself: compare all contacts together, or test them longer"


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
    data: TrialData, outcome: str, means: Mapping[str, ArmMeans | None], table: pd.DataFrame
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
    few = {name: few_units(row, (control, *arms)) for name, row in known.items()}
    without = "; ".join(f"{name} has {why}" for name, why in few.items() if why)
    known = {name: row for name, row in known.items() if not few[name]}
    if len(known) < MIN_UNITS:
        return [_not_tested(f"{outcome}: {without}, and {TAKES}", FEW_ADVICE)]
    contrast = np.column_stack([-np.ones(len(arms)), np.eye(len(arms))])
    for segment, row in known.items():
        places = [row.arms.index(arm) for arm in (control, *arms)]
        cov = contrast @ row.cov[np.ix_(places, places)] @ contrast.T
        if np.linalg.matrix_rank(cov) < len(arms):
            text = f"{outcome}: all contacts of an arm in {segment} are alike"
            return [_not_tested(text, ALIKE_ADVICE)]
    test = homogeneity([*known.values()], control, arms)
    p_value = test.p_value
    if np.isnan(p_value):
        units = next(iter(known.values())).unit
        text = f"{outcome}: too few {units} for so many arms and segments"
        return [_not_tested(text, FEW_ADVICE)]
    found = f"{outcome}: F({test.df[0]:.0f}, {test.df[1]:.0f}) = {test.statistic:.2f}"
    if without:
        found += f"; left out: {without}"
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
        advice = (
            "take what is shown where it is shown; for the others look at the choice for all "
            "segments together, or test them longer"
        )
        return [Check(INTERACTION, "all", found, p_value, "warning", meaning, advice)]
    meaning = (
        "no sign that the arms' effects differ between segments: a segment that looks special may "
        "be noise"
    )
    return [Check(INTERACTION, "all", found, p_value, "ok", meaning)]


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
