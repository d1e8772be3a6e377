"""The tables of a look: what was judged, the looks, their bounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields

import numpy as np
import pandas as pd

from simkit.trial.looks.guarded import Guarded
from simkit.trial.looks.ledger import Look
from simkit.trial.monitor.decisions import Course, Interim
from simkit.trial.sequential.boundaries import bounds, futility_bounds
from simkit.trial.sequential.spending import SPENDING, spent_by

BOUND_COLUMNS = ("segment", "arm", "fraction", "upper", "lower", "futility", "made")


def rows_table(
    rows: Sequence[Interim] | Sequence[Guarded], kind: type[Interim] | type[Guarded]
) -> pd.DataFrame:
    """Write rows as a table, with all columns also where there is none."""
    names = [field.name for field in fields(kind)]
    return pd.DataFrame([asdict(row) for row in rows], columns=names)


def looks_table(looks: Sequence[Look], names: Sequence[str]) -> pd.DataFrame:
    """Write looks, and of what kind each was, as a table."""
    return pd.DataFrame(
        {
            "look": range(1, len(looks) + 1),
            "as_of": [look.as_of for look in looks],
            "kind": list(names),
            "fraction": [look.fraction for look in looks],
            "final": [look.final for look in looks],
        }
    )


def bounds_table(course: Course, rows: Sequence[Interim]) -> pd.DataFrame:
    """Write the bounds of looks made and to come, at each comparison's present level."""
    if not course.by_spending:
        return pd.DataFrame(columns=list(BOUND_COLUMNS))
    spend, parts = SPENDING[course.spending], []
    last = len(course.looks) - 1
    for key in course.keys:
        row = next(
            one for one in rows if one.look == last + 1 and (one.segment, one.arm) == key[1:]
        )
        seen = course.looks[-1].find(key)
        times, final = course.history(last, key)
        ahead = course.to_come(last, key)
        whole, ends = [*times, *ahead], [*final, *([False] * len(ahead))]
        upper = bounds(whole, row.level, spend, final=ends)
        futility = np.full(len(whole), np.nan)
        if course.futility and whole:
            beta = spent_by(spend, 1 - course.design.power, whole, final=ends)
            firm = bounds(whole, course.level, spend, final=ends)
            futility = np.minimum(futility_bounds(whole, firm, beta, course.drift), upper)
            if seen is not None and seen.lower_is_better:
                futility = -futility
        parts.append(
            pd.DataFrame(
                {
                    "segment": row.segment,
                    "arm": row.arm,
                    "fraction": whole,
                    "upper": upper,
                    "lower": -upper,
                    "futility": futility,
                    "made": [True] * len(times) + [False] * len(ahead),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)
