"""Whether the horizon is long enough for the intervals compared."""

from __future__ import annotations

import math

import numpy as np

from simkit.trial.checks.check import Check
from simkit.trial.read.data import TrialData

INTERVALS_IN_HORIZON = 2


def horizon_checks(data: TrialData) -> list[Check]:
    """Check that the horizon covers at least two of the longest interval delivered."""
    gap = data.exposure.get("median_days_between_dials")
    if gap is None or data.horizon_days is None or not gap.notna().any():
        return []
    checks = []
    for segment in data.segments:
        longest = gap[data.exposure["segment"] == segment].max()
        if np.isnan(longest):
            continue
        fine = data.horizon_days >= INTERVALS_IN_HORIZON * longest
        checks.append(
            Check(
                "horizon",
                segment,
                f"{data.horizon_days:g} days; longest median gap between dials {longest:.1f} days",
                float("nan"),
                "ok" if fine else "warning",
                "covers at least two of the longest interval"
                if fine
                else "covers less than two of the longest interval: short horizons favour calling "
                "more often",
                ""
                if fine
                else "observe longer before judging, at least "
                f"{math.ceil(INTERVALS_IN_HORIZON * longest)} days; do not read this horizon as "
                "the long run",
            )
        )
    return checks
