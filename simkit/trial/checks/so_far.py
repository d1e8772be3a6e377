"""Segments of a running trial in which too few have entered to compare its arms."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import pandas as pd
from scipy import stats

from simkit.trial.checks.check import ALPHA, Check, Verdict
from simkit.trial.effects.means import MIN_UNITS

SO_FAR = "arms so far"
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
    arms: Mapping[str, Collection[str]],
    shares: Mapping[str, float],
    horizon_days: float | None,
) -> list[Check]:
    """Name the segments that still run and have too few in an arm to compare it.

    Parameters
    ----------
    contacts
        Those in the trial so far, with ``entered_at`` and ``observed_until``.
    labels
        Their ``segment``, ``arm`` and ``account``, in the same rows.
    arms
        Segment → its arms, as registered. Of a segment that is not there they are those that have
        contacts, and, where it is one, another.
    shares
        Arm → its intended part of the accounts, on any scale; empty: equal parts.
    horizon_days
        Days since entry at which arms will be compared; None: nothing shows that the trial runs.
    """
    checks = []
    for segment, here in labels.groupby("segment", sort=False):
        few = too_few(here, arms.get(str(segment), ()), shares)
        if few is None or not running(contacts.loc[here.index], horizon_days):
            continue
        verdict: Verdict = "warning"
        meaning, advice = f"too few to compare arms yet: {NOT_CHECKED}", LATER
        if few.no_chance:
            verdict, meaning, advice = "fail", f"{NO_CHANCE}; {NOT_CHECKED}", FIND_THEM
        checks.append(Check(SO_FAR, str(segment), few.found, few.chance, verdict, meaning, advice))
    return checks


@dataclass(frozen=True)
class TooFew:
    """The arms of a segment that cannot be compared yet.

    Parameters
    ----------
    arms
        Those with too few contacts.
    found
        How many each arm of the segment has, in words.
    chance
        Probability of so few, or fewer, in that of them where it is smallest.
    """

    arms: tuple[str, ...]
    found: str
    chance: float

    @property
    def no_chance(self) -> bool:
        """Whether chance does not make so few."""
        return self.chance < ALPHA


def too_few(
    here: pd.DataFrame, registered: Collection[str], shares: Mapping[str, float]
) -> TooFew | None:
    """Tell in which arms of a segment too few have entered to compare them; None: in none.

    Parameters
    ----------
    here
        ``arm`` and ``account`` of its contacts.
    registered, shares
        Its arms, and all arms' intended parts, as `so_far_checks` takes them.
    """
    sizes = here["arm"].value_counts()
    named = dict.fromkeys([*registered, *sizes.index])
    parts = {arm: shares.get(arm, 1.0) for arm in named}
    if len(parts) == 1:  # nothing tells which the other arm is: it may be the smallest
        parts[""] = min((part for arm, part in shares.items() if arm not in parts), default=1.0)
    few = [arm for arm in parts if sizes.get(arm, 0) < MIN_UNITS]
    if not few:
        return None
    accounts = here.drop_duplicates(["account", "arm"])["arm"].value_counts()
    total, whole = int(accounts.sum()), sum(parts.values())
    chance = min(
        float(stats.binom.cdf(int(accounts.get(arm, 0)), total, parts[arm] / whole)) for arm in few
    )
    told = ", ".join(f"{arm} {int(sizes.get(arm, 0)):,}" for arm in named)
    lone = "only one arm has entered so far" if len(sizes) == 1 else "contacts so far"
    return TooFew(tuple(few), f"{lone}: {told}", chance)
