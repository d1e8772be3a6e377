"""Whether the horizon is long enough for the intervals compared."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from operator import itemgetter
from typing import TYPE_CHECKING

from simkit.trial.checks.check import NO_P_VALUE, judged

if TYPE_CHECKING:
    from simkit.policy import RecallPolicy
    from simkit.trial.checks.check import Check
    from simkit.trial.checks.exposure import Policies
    from simkit.trial.read.data import TrialData

INTERVALS_IN_HORIZON = 2
GAP = "median_days_between_dials"
ONCE = 1


def horizon_checks(
    data: TrialData, policies: Policies | None = None, *, whole: bool = True
) -> list[Check]:
    """Check that the horizon covers at least two of the longest interval, intended or delivered.

    An interval longer than the horizon leaves no gap in it, so that the gaps alone would look
    shortest where the horizon is too short. What was intended is therefore counted where it is
    known; else an arm that called nobody twice has an interval longer than the horizon.

    Parameters
    ----------
    data
        The trial, with what each arm delivered in ``exposure``.
    policies
        Segment → arm → policy, as intended; None where nobody wrote them down.
    whole
        Whether anybody was followed for a whole horizon: before, nobody need be called twice.
    """
    if data.horizon_days is None:
        return []
    checks = []
    for segment in data.segments:
        named = (policies or {}).get(segment, {})
        found = list(_longest(data, segment, named, whole=whole))
        if not found:
            continue
        longest, text, known = max(found, key=itemgetter(0))
        fine = data.horizon_days >= INTERVALS_IN_HORIZON * longest
        need = math.ceil(INTERVALS_IN_HORIZON * longest) if known else 0
        checks.append(
            judged(
                "horizon",
                segment,
                f"{data.horizon_days:g} days; {text}",
                NO_P_VALUE,
                bad="ok" if fine else "warning",
                fine="covers at least two of the longest interval",
                meaning="covers less than two of the longest interval: short horizons favour "
                "calling more often",
                advice=f"observe longer before judging{f', at least {need} days' if known else ''}"
                "; do not read this horizon as the long run"
                + ("" if known else "; give what was intended (policies), and it is compared"),
            )
        )
    return checks


def _longest(
    data: TrialData, segment: str, named: Mapping[str, RecallPolicy], *, whole: bool
) -> Iterator[tuple[float, str, bool]]:
    """Yield intervals of a segment's arms [days], each in words and whether it is known."""
    shown = data.exposure
    here = shown[shown["segment"] == segment].set_index("arm") if GAP in shown else shown
    gaps, dials = ({} if name not in here else here[name].to_dict() for name in (GAP, "dials"))
    for arm in data.arms[segment]:
        policy = named.get(arm)
        # The hour of a call is chance: gaps are read to a tenth of a day, as they are told.
        gap = round(float(gaps.get(arm, math.nan)), 1)
        if not math.isnan(gap):
            yield gap, f"longest median gap between dials {gap:.1f} days", True
        if policy is not None and policy.caps.total != ONCE:
            wished = policy.interval.calendar_days()
            yield wished, f"longest interval {wished:.1f} days ({arm}, as intended)", True
        elif policy is None and math.isnan(gap) and whole and dials.get(arm, 0) > 0:
            yield math.inf, f"nobody in {arm} was called twice in them", False
