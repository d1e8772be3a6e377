"""Whether the horizon is long enough for the intervals compared, and these are told aright."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from simkit.trial.both_ways import ONCE
from simkit.trial.checks.check import NO_P_VALUE, Check, judged
from simkit.trial.design.cautions import INTERVALS_IN_HORIZON

if TYPE_CHECKING:
    from simkit.policy import RecallPolicy
    from simkit.trial.checks.exposure import Policies
    from simkit.trial.read.data import TrialData

GAP = "median_days_between_dials"


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
    gaps, dials = (delivered_by_arm(data, segment, name) for name in (GAP, "dials"))
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


def interval_checks(
    data: TrialData,
    intervals: Mapping[str, float | Mapping[str, float]] | None,
    policies: Policies | None,
) -> list[Check]:
    """Check that the days given for the arms' trend do not turn the order of their intervals.

    Parameters
    ----------
    data
        The trial.
    intervals
        As given to `simkit.trial.evaluate`.
    policies
        Segment → arm → policy, as intended; what was delivered counts where it is not known.
    """
    checks = []
    for segment in data.segments if intervals else ():
        own = (intervals or {}).get(segment)
        given: Mapping[str, Any] = own if isinstance(own, Mapping) else intervals or {}
        known = _known_days(data, segment, (policies or {}).get(segment, {}))
        turned = [
            f"{given[one]:g} days for {one} and {given[two]:g} for {two}, though their intervals "
            f"are {known[one]:.1f} and {known[two]:.1f}"
            for one, two in itertools.combinations([arm for arm in known if arm in given], 2)
            if (given[one] - given[two]) * (known[one] - known[two]) < 0
        ]
        if turned:
            meaning = "the trend over the days between calls stands on its head"
            advice = "give each arm its own days (intervals)"
            found = "; ".join(turned)
            checks.append(
                Check("intervals", segment, found, NO_P_VALUE, "warning", meaning, advice)
            )
    return checks


def _known_days(
    data: TrialData, segment: str, named: Mapping[str, RecallPolicy]
) -> dict[str, float]:
    """Return arm → days between calls, as intended or else as delivered, where either is known."""
    days = delivered_by_arm(data, segment, GAP)
    days |= {arm: policy.interval.calendar_days() for arm, policy in named.items()}
    return {arm: days[arm] for arm in data.arms[segment] if not math.isnan(days.get(arm, math.nan))}


def delivered_by_arm(data: TrialData, segment: str, column: str) -> dict[str, float]:
    """Return arm → a column of what was delivered; nothing where the data do not tell."""
    shown = data.exposure
    if GAP not in shown:
        return {}
    rows = zip(shown["segment"], shown["arm"], shown[column], strict=True)
    return {arm: float(value) for name, arm, value in rows if name == segment}
