"""Checks of a log on disk: what its contacts, medians, and calls drawn at random tell."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from simkit.trial.checks.absent import absent_checks
from simkit.trial.checks.assigned import assigned_checks
from simkit.trial.checks.check import Check, by_arm, judged
from simkit.trial.checks.delivered import (
    FEWEST_GAPS,
    NOT_AS_INTENDED,
    SAY_DELIVERED,
    TOLERANCE,
    untried_arms,
)
from simkit.trial.checks.dials import Dials, dials_drawn
from simkit.trial.checks.exposure import Policies, crossing_check, exposure_of
from simkit.trial.checks.follow_up import together_checks
from simkit.trial.checks.horizon import GAP, delivered_by_arm
from simkit.trial.checks.hours_of_arms import hours_of_arms_checks
from simkit.trial.checks.silence import silence_checks
from simkit.trial.checks.stopped import stopped_checks
from simkit.trial.checks.weeks_of_entry import entry_checks, one_week_checks
from simkit.trial.design.cautions import INTERVALS_IN_HORIZON
from simkit.trial.read.roster import Roster
from simkit.trial.read.summed import SummedTrial

if TYPE_CHECKING:
    from simkit.calllog.stored import StoredLog
    from simkit.policy import RecallPolicy

#: Days without calling that may lie before a call that is due (assumed: weekends are closed).
WEEKEND_DAYS = 2.0


def stored_checks(
    stored: StoredLog,
    data: SummedTrial,
    *,
    arm: str,
    policies: Policies | None,
    assigned: Roster | None,
) -> list[Check]:
    """Check how a log's contacts were assigned, entered and were followed, and how arms called.

    Parameters
    ----------
    stored
        The log.
    data
        The trial as read from it.
    arm
        Its column of the arms.
    policies
        Segment → arm → policy, as intended.
    assigned
        Who was assigned, as the assignment's file tells it.
    """
    assert data.contacts is not None
    early = (data.contacts[name].to_numpy(dtype=np.bool_) for name in ("shorter", "lost"))
    entry, ends = one_week_checks(data, data.entries_us), together_checks(data, *early)
    if entry is None:
        times = _contacts(stored, arm, ["entered_at"])["entered_at"]
        entry = entry_checks(data, times.dt.tz_convert(stored.header.timezone))
    as_drawn: list[Check] = []
    if assigned is not None:
        held = set(map(str, assigned.before))
        names = [name for name in stored.contacts_schema.names if name in held]
        known = _contacts(stored, arm, ["contact_id", *names])
        as_drawn = assigned_checks(
            data.contacts["arm"],
            known["contact_id"],
            assigned,
            told=known.assign(segment=data.contacts["segment"].to_numpy()),
            without_arm=_contacts(stored, arm, ["contact_id"], armed=False)["contact_id"],
        )
    return [
        *entry,
        *as_drawn,
        *ends,
        *drawn_checks(stored, data, policies),
        *delivered_checks(data, policies),
    ]


def drawn_checks(stored: StoredLog, data: SummedTrial, policies: Policies | None) -> list[Check]:
    """Check by contacts drawn at random that no calls are missing, and how often arms called.

    Parameters
    ----------
    stored
        The log.
    data
        The trial as read from it.
    policies
        Segment → arm → policy, as intended.
    """
    drawn = data.drawn
    if not len(drawn):
        return []
    dials = dials_drawn(drawn, data.cells, stored.header.timezone)
    named = _shown(data, policies)
    checks = [
        *silence_checks(dials, drawn.until_us()),
        *stopped_checks(dials),
        *absent_checks(dials),
        *hours_of_arms_checks(dials, policies),
        *gaps_checks(dials, named, may_wait=bool(named) and _due_known(stored)),
    ]
    if len(drawn) == drawn.assigned:
        return checks
    by = f" (counted on {len(drawn):,} contacts drawn at random of {drawn.assigned:,})"
    return [replace(check, found=f"{check.found}{by}") for check in checks]


def gaps_checks(dials: Dials, policies: Policies, *, may_wait: bool) -> list[Check]:
    """Check by the gaps of contacts drawn at random that no arm called at another's interval.

    As `simkit.trial.checks.exposure.exposure_checks` does of a log in memory, but for one thing:
    how long calls waited for an agent is not known.

    Parameters
    ----------
    dials
        Theirs.
    policies
        Segment → arm → policy, as intended, of the arms whose gaps the horizon shows.
    may_wait
        Whether calls that came later than intended may be told from those that waited for an
        agent, in memory: then arms that called later are only warned of.
    """
    if not policies:
        return []
    checks = []
    exposure = exposure_of(dials, policies)
    late = dict.fromkeys(dials.cells, 1.0 if may_wait else np.nan)
    for segment, rows in exposure.table.groupby("segment", sort=False):
        if len(rows) < 2 or rows["of_another_arm"].isna().all():
            continue
        untried = [
            row
            for row in untried_arms(rows, late, exposure.mostly_of)
            if exposure.mostly_of[row.segment, row.arm]
        ]
        checks.append(crossing_check(str(segment), rows, exposure.mostly_of, untried))
    return checks


def _shown(data: SummedTrial, policies: Policies | None) -> Policies:
    """Return the policies of the arms whose gaps a horizon shows."""
    named = {
        segment: {arm: one for arm, one in (policies or {}).get(segment, {}).items() if arm in arms}
        for segment, arms in data.arms.items()
    }
    longest = _longest(data)
    shown = {
        segment: {arm: one for arm, one in of.items() if one.interval.calendar_days() <= longest}
        for segment, of in named.items()
    }
    return {segment: of for segment, of in shown.items() if of}


def _due_known(stored: StoredLog) -> bool:
    """Tell whether a log knows when any of its calls fell due."""
    batches = stored.attempt_batches(["due_at"])
    return any(batch.column(0).null_count < len(batch) for batch in batches)


def delivered_checks(data: SummedTrial, policies: Policies | None) -> list[Check]:
    """Check by the medians delivered that each arm called at its interval.

    Parameters
    ----------
    data
        The trial.
    policies
        Segment → arm → policy, as intended; without it there is nothing to compare with.
    """
    checks = []
    for segment, arms in data.arms.items():
        days = _intended_days(data, (policies or {}).get(segment, {}))
        medians = _medians(data, segment)
        called = {name: medians[name] for name in arms if name in days and name in medians}
        off = [name for name, gap in called.items() if not _is(gap, days[name])]
        found = "median between dials: " + by_arm(
            (name, f"{gap:.1f} days ({days[name]:.1f} intended)") for name, gap in called.items()
        )
        if called:
            checks.append(
                judged(
                    "delivered interval",
                    segment,
                    found,
                    bad="warning" if off else "ok",
                    fine="by its median, each arm delivered the interval it was given",
                    meaning=NOT_AS_INTENDED.format(", ".join(off)),
                    advice=SAY_DELIVERED,
                )
            )
    return checks


def _intended_days(data: SummedTrial, named: Mapping[str, RecallPolicy]) -> dict[str, float]:
    """Return the intervals that the medians of gaps in the horizon can be held against.

    Neither those of rules with other rests besides, which shorten the median, nor those so long
    that the horizon shows mostly the shorter of their gaps.
    """
    days = {
        name: policy.interval.calendar_days()
        for name, policy in named.items()
        if not any(rest is not None for _, rest in policy.rests)
    }
    longest = _longest(data)
    return {name: wished for name, wished in days.items() if wished <= longest}


def _longest(data: SummedTrial) -> float:
    """Return the longest interval whose gaps a horizon shows as they are, calendar days."""
    return (data.horizon_days or 0.0) / INTERVALS_IN_HORIZON


def _medians(data: SummedTrial, segment: str) -> dict[str, float]:
    """Return arm → median days between its dials, where there are enough of them."""
    days, dials, dialled = (
        delivered_by_arm(data, segment, name) for name in (GAP, "dials", "contacts_dialled")
    )
    return {
        arm: gap
        for arm, gap in days.items()
        if dials[arm] - dialled[arm] >= FEWEST_GAPS and not math.isnan(gap)
    }


def _is(gap: float, wished: float) -> bool:
    """Tell whether a median is an interval: a call may have to wait for the end of a weekend."""
    wait_days = WEEKEND_DAYS if wished > WEEKEND_DAYS else 1.0
    return -max(1.0, TOLERANCE * wished) <= gap - wished <= max(wait_days, TOLERANCE * wished)


def _contacts(
    stored: StoredLog, arm: str, columns: Sequence[str], *, armed: bool = True
) -> pd.DataFrame:
    """Read columns of the contacts who have an arm, or of those who have none."""
    batches = list(stored.contact_batches([*columns, arm]))
    table: pd.DataFrame = pa.Table.from_batches(batches).to_pandas()
    return table.loc[table[arm].notna() == armed, list(columns)].reset_index(drop=True)
