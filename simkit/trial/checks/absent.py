"""Endings that are common in the other arms and that one arm lacks altogether.

The interval changes how often nobody answers, and policies change other endings; none of it brings
an ending from common to never. What is asked is therefore only whether it occurs at all. Sales,
opt-outs, refusals and all else that a contact said are left out: they are results.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from simkit.calllog import DISPOSITIONS
from simkit.calllog.codes import CODES
from simkit.measures.reduction import is_
from simkit.trial.checks.check import Check, Verdict, by_arm, judged, percent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simkit.trial.checks.dials import Dials

ABSENT = "endings that an arm lacks"
#: Endings in which the contact said nothing, and that hang on no agent being free.
LOOKED_AT = tuple(
    name
    for name, one in DISPOSITIONS.items()
    if one.counts and not one.right_party
    if name != "abandoned"
)
#: Share of the other arms' dials from which an ending is common (assumed).
COMMON = 0.05
#: Share from which figures of the calls are another thing in the arm that lacks it (assumed).
A_FIFTH = 0.2
#: Dials, and contacts, that must have been expected to end so: a contact's dials are alike.
FEWEST_EXPECTED = 20

_ENDINGS = f"""
SELECT
    cell,
    code,
    count(*) AS dials,
    count(DISTINCT place) AS contacts
FROM dials
WHERE counts AND cell >= 0
GROUP BY GROUPING SETS ((cell, code), (cell))
HAVING code IS NULL OR {is_(*LOOKED_AT)}
ORDER BY ALL
"""


def absent_checks(dials: Dials) -> list[Check]:
    """Check that no arm lacks an ending that is common in the other arms of its segment.

    Parameters
    ----------
    dials
        The trial's dials, or those of contacts drawn at random from it.
    """
    found = dials.ask(_ENDINGS, (), ())
    # `counts` is false where the ending is not known: a row without a code is the whole cell.
    codes = [None if np.isnan(code) else int(code) for code in found["code"].astype(np.float64)]
    keys = zip(codes, found["cell"].tolist(), strict=True)
    seen = dict(zip(keys, found[["dials", "contacts"]].to_numpy(dtype=np.float64), strict=True))
    return [
        _check(segment, [cell for cell in cells if (None, cell) in seen], dials, seen)
        for segment, cells in dials.segments.items()
        if len(cells) > 1
    ]


def _check(
    segment: str,
    cells: Sequence[int],
    dials: Dials,
    seen: Mapping[tuple[int | None, int], NDArray[np.float64]],
) -> Check:
    """Judge a segment by its dials, and contacts, of each code and cell; without a code, of all."""
    nothing = np.zeros(2)
    told: list[tuple[str, str]] = []
    worst: Verdict = "ok"
    for cell in cells:
        others = [one for one in cells if one != cell]
        of = np.sum([seen[None, one] for one in others], axis=0) if others else nothing
        own = seen[None, cell]
        for name in LOOKED_AT:
            if (CODES[name], cell) in seen:
                continue
            ended = [seen.get((CODES[name], one), nothing) for one in others]
            share = np.sum(ended, axis=0) / np.maximum(of, 1) if ended else nothing
            expected = share * own
            if share[0] < COMMON or (expected < FEWEST_EXPECTED).any():
                continue
            worst = "fail" if worst == "fail" or share[0] >= A_FIFTH else "warning"
            told.append(
                (
                    dials.arm(cell),
                    f"no {name} in {own[0]:,.0f} dials, where by the other arms "
                    f"({percent(float(share[0]))}) about {expected[0]:,.0f} were to be expected",
                )
            )
    names = " and ".join(dict.fromkeys(arm for arm, _ in told))
    return judged(
        ABSENT,
        segment,
        by_arm(told) if told else "none of those that are common in the other arms",
        bad=worst,
        fine="such calls are written down in all arms; sales, opt-outs and complaints are results, "
        "and not looked at here",
        meaning=f"calls of {names} are recorded otherwise, or such calls were left out of the "
        "export: numbers of dials, all per dial, costs and intervals between dials are wrong, and "
        "with the rows other results may be lost",
        advice=f"export the calls of {names} again with all endings, or map its codes (mapping "
        "file) as those of the other arms",
    )
