"""Whether one arm's dials lie at other hours of the day than those of the other arms.

An arm may be another system's, which writes its times in another zone: then all its dials lie hours
off, at hours at which people may well be called, and no other check of times sees it. Or it was
called at other hours, and then they are a part of what is compared. That all of an arm moved is
told by several quantiles at once, all of which moved by much the same: an arm that began earlier or
ended later moved at one of them, and one whose calls fall due when calling opens (after a weekend,
say) moved in the middle.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from simkit.measures.reduction import US_PER_DAY
from simkit.trial.checks.check import ALPHA, NO_P_VALUE, Check, by_arm, judged
from simkit.trial.checks.rates import same_share

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simkit.trial.checks.dials import Dials
    from simkit.trial.checks.exposure import Policies

HOURS_OF_ARMS = "hours of the arms"
MINUTES = 24 * 60
#: From the first calls of the day to the last, without the odd ones.
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
#: Minutes by which all of them lie apart: zones differ by an hour, and delays fill it up (assumed).
APART = 45
#: Minutes by which one may have moved more than another: by a zone all move alike, and besides each
#: arm's own hours may differ by what is not told of them, to either side.
UNLIKE = 2 * APART
#: Accounts that must have been dialled on each side, so that χ² holds.
FEWEST = 20

_MINUTE = f"CAST(dialled_us % {US_PER_DAY} // {US_PER_DAY // MINUTES} AS BIGINT)"
_DIALS = f"""
SELECT cell, {_MINUTE} AS minute, count(*) AS dials
FROM dials
WHERE counts AND cell >= 0
GROUP BY ALL
ORDER BY ALL
"""
# An account is called at much the same time of day again and again, so it is the unit.
_BEFORE = f"""
SELECT
    late,
    count(*) AS accounts,
    sum(early) AS part,
    sum(dials) AS whole,
    sum(early * early) AS part_squared,
    sum(early * dials) AS crossed,
    sum(dials * dials) AS whole_squared
FROM (
    SELECT
        cell IN ({{late}}) AS late,
        CAST(count(*) AS DOUBLE) AS dials,
        CAST(count(*) FILTER ({_MINUTE} <= {{middle}}) AS DOUBLE) AS early
    FROM dials
    WHERE counts AND cell IN ({{cells}})
    GROUP BY cell, account
)
GROUP BY late
ORDER BY late
"""


def hours_of_arms_checks(dials: Dials, policies: Policies | None) -> list[Check]:
    """Check that no arm's dials all lie at other hours than those of its segment's other arms.

    Parameters
    ----------
    dials
        The trial's dials, or those of contacts drawn at random from it.
    policies
        Segment → arm → policy, as intended: where arms were given hours of their own, there is
        nothing to check.
    """
    found = dials.ask(_DIALS, (), ())
    counts = np.zeros((len(dials.cells), MINUTES), dtype=np.int64)
    cell, minute = (found[name].to_numpy(dtype=np.int64) for name in ("cell", "minute"))
    counts[cell, minute] = found["dials"]
    checks = []
    for segment, cells in dials.segments.items():
        named = (policies or {}).get(segment, {})
        if len(cells) > 1 and len({str(policy.windows) for policy in named.values()}) < 2:
            dialled = [one for one in cells if counts[one].any()]
            checks.append(_check(segment, dialled, dials, counts))
    return checks


def _check(segment: str, cells: Sequence[int], dials: Dials, counts: NDArray[np.int64]) -> Check:
    if len(cells) < 2:
        found = "fewer than two arms were called"
        return Check(HOURS_OF_ARMS, segment, found, NO_P_VALUE, "ok", "nothing to compare")
    minutes = {cell: _quantiles(counts[cell]) for cell in cells}
    in_order = sorted(cells, key=lambda cell: minutes[cell][len(QUANTILES) // 2])
    early: list[int] = []
    p_value = NO_P_VALUE
    for first in range(1, len(cells)):
        before, after = in_order[:first], in_order[first:]
        moved = np.array([minutes[late] - minutes[one] for late in after for one in before])
        if (moved < APART).any() or (np.ptp(moved, axis=1) >= UNLIKE).any():
            continue
        # Of several arms those are compared that lie apart: of all their divisions in two.
        divisions = 2 ** (len(cells) - 1) - 1
        chance = min(_p_value(dials, counts, before, after) * divisions, 1.0)
        p_value = float(np.fmin(p_value, chance))
        if chance < ALPHA and not early:
            early = before
    names, others = (
        " and ".join(dials.arm(one) for one in cells if (one in early) == wanted)
        for wanted in (True, False)
    )
    return judged(
        HOURS_OF_ARMS,
        segment,
        "dials from, in the middle, to (without the first and the last 5 %): "
        + by_arm((dials.arm(one), _span(minutes[one])) for one in cells),
        p_value,
        bad="warning" if early else "ok",
        fine="no arm's dials all lie earlier or later than another's by much the same",
        meaning=f"all dials of {names} lie earlier than those of {others}: one system's clock or "
        "time zone is wrong (its export in UTC?), so its days and hours are wrong; or these arms "
        "were called at other hours, and then these are a part of what is compared",
        advice=f"compare a call of {names} and one of {others} with recordings; import what is "
        "shifted again with its own zone (timezone); if the hours are true, call all arms at the "
        "same hours, and say it beside each result until then",
    )


def _quantiles(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the minutes of the day by which these parts of the dials had been made."""
    upto = counts.cumsum()
    found: NDArray[np.int64] = np.searchsorted(upto, np.array(QUANTILES) * upto[-1])
    return found


def _p_value(
    dials: Dials, counts: NDArray[np.int64], before: Sequence[int], after: Sequence[int]
) -> float:
    """Test whether as many dials of some arms as of others lie before the middle of all.

    NaN where there are too few accounts.
    """
    cells = [*before, *after]
    asked = _BEFORE.format(
        late=", ".join(map(str, after)),
        cells=", ".join(map(str, cells)),
        middle=int(_quantiles(counts[cells].sum(axis=0))[len(QUANTILES) // 2]),
    )
    sums = dials.ask(asked, (), ())
    if (sums["accounts"] < FEWEST).any():
        return NO_P_VALUE
    names = ("part", "whole", "part_squared", "crossed", "whole_squared")
    return same_share(*(sums[name].to_numpy(dtype=np.float64) for name in names))


def _span(minutes: NDArray[np.int64]) -> str:
    """Write the first, the middle and the last of some minutes of the day."""
    first, middle, last = (f"{one // 60}:{one % 60:02d}" for one in minutes[[0, 2, 4]].tolist())
    return f"{first}, {middle}, {last}"
