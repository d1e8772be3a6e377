"""Segments of a running trial in which too few have entered to compare its arms."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from scipy import stats

from simkit.trial.checks.check import ALPHA, Check

SO_FAR = "arms so far"
FEWEST_CONTACTS = 2
NOT_CHECKED = "nothing else in this segment was checked"
LATER = "check again when every arm has contacts"
NO_CHANCE = (
    "if contacts get their arms as they come, so few are no chance: the other arms' contacts may "
    "not be handed over, or are assigned in another order than they enter"
)
FIND_THEM = "find out where the other arms' contacts are before more are called"


def running(contacts: pd.DataFrame, horizon_days: float | None) -> bool:
    """Tell whether the last contact to enter is still being followed, so that more may come."""
    last, until = contacts["entered_at"].max(), contacts["observed_until"].max()
    return horizon_days is not None and until - last < pd.Timedelta(days=horizon_days)


def so_far_checks(
    contacts: pd.DataFrame,
    labels: pd.DataFrame,
    parts: Mapping[str, Mapping[str, float]],
    horizon_days: float | None,
) -> list[Check]:
    """Name the segments that still run and have too few in an arm to compare it.

    Parameters
    ----------
    contacts
        Those in the trial so far, with ``entered_at`` and ``observed_until``.
    labels
        Their ``segment``, ``arm`` and ``account``, in the same rows.
    parts
        Segment → arm → its part of the accounts, as registered. Of a segment that is not there an
        arm that nobody has yet would get half.
    horizon_days
        Days since entry at which arms will be compared; None: nothing shows that the trial runs.
    """
    checks = []
    for segment, here in labels.groupby("segment", sort=False):
        sizes = here["arm"].value_counts()
        meant = parts.get(str(segment), {})
        counts = {arm: int(sizes.get(arm, 0)) for arm in dict.fromkeys([*meant, *sizes.index])}
        lone = len(sizes) < FEWEST_CONTACTS
        few = {arm: n for arm, n in counts.items() if n < FEWEST_CONTACTS and (n or lone)}
        if not (few or lone) or not running(contacts.loc[here.index], horizon_days):
            continue
        accounts = here.drop_duplicates(["account", "arm"])["arm"].value_counts()
        # Where no design names the other arm, it has no account of half.
        missing = {arm: int(accounts.get(arm, 0)) for arm in few} or {"": 0}
        chance = min(
            float(stats.binom.cdf(n, int(accounts.sum()), meant.get(arm, 1 / 2)))
            for arm, n in missing.items()
        )
        told = ", ".join(f"{arm} {n:,}" for arm, n in counts.items())
        found = f"only one arm has entered so far: {told}" if lone else f"contacts so far: {told}"
        if chance < ALPHA:
            meaning = f"{NO_CHANCE}; {NOT_CHECKED}"
            checks.append(Check(SO_FAR, str(segment), found, chance, "fail", meaning, FIND_THEM))
        else:
            meaning = f"too few to compare arms yet: {NOT_CHECKED}"
            checks.append(Check(SO_FAR, str(segment), found, chance, "warning", meaning, LATER))
    return checks
