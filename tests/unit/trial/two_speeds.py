"""A trial of two segments that come at different speeds, and what looks at it saw, by hand."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from simkit.policy import RecallPolicy
from simkit.trial import Evaluation
from simkit.trial.design import Looks, TrialDesign
from simkit.trial.looks.ledger import Look, Seen

DAYS = {name: RecallPolicy.every(days=days) for name, days in (("short", 7.0), ("long", 14.0))}
SEGMENTS = ("b2c", "b2b")
PLANNED = {"b2c": 400, "b2b": 800}
VERDICTS = {"stop: better": "better", "stop: worse": "worse"}
Sizes = Mapping[str, int]
Sights = Mapping[str, float]


def design(**changes: Any) -> TrialDesign:
    fields: dict[str, Any] = {
        "name": "autumn",
        "arms": dict.fromkeys(SEGMENTS, DAYS),
        "control": dict.fromkeys(SEGMENTS, "long"),
        "salt": "autumn",
        "horizon_days": 30.0,
        "primary": "visits",
        "unit": "contact",
        "looks": Looks(fractions=(1 / 3, 2 / 3, 1.0), spending="pocock"),
        "contacts": PLANNED,
    }
    fields |= changes
    if fields["primary"] == "visits":  # whose name does not tell which way it is better
        fields.setdefault("higher_is_better", ("visits",))
    return TrialDesign(**fields)


def spread_of(number: int) -> tuple[np.ndarray, float]:
    """The values of an arm with half of these contacts, and the error of two arms' difference."""
    n = number // 2
    spread = stats.norm.ppf((np.arange(n) + 0.5) / n)
    return spread, float(np.sqrt(2 * spread.var(ddof=1) / n))


def table(sizes: Sizes, z: Sights) -> pd.DataFrame:
    """Contacts of two equal arms in each segment, whose difference is so many standard errors."""
    parts = []
    for segment, number in sizes.items():
        spread, se = spread_of(number)
        for arm, ahead in (("short", z[segment] * se), ("long", 0.0)):
            values = {"segment": segment, "arm": arm, "visits": spread + ahead}
            parts.append(pd.DataFrame(values))
    return pd.concat(parts, ignore_index=True)


def look(day: int, sizes: Sizes, z: Sights, *, final: bool = False, **more: Any) -> Look:
    """What monitor would have written, with so many followed in each segment."""
    rows = tuple(
        Seen(
            *("visits", segment, "short", "long", "primary", number / PLANNED[segment], False, ""),
            n=number // 2,
            n_control=number // 2,
            estimate=spread_of(number)[1] * z[segment],
            se=spread_of(number)[1],
            df=np.inf,
            p_value=2 * float(stats.norm.sf(abs(z[segment]))),
        )
        for segment, number in sizes.items()
    )
    whole = sum(min(sizes[one], PLANNED[one]) for one in sizes) / sum(PLANNED.values())
    return Look(f"2026-03-{day:02d} 00:00:00+01:00", whole, final, rows, **more)


def both(b2c: float, b2b: float) -> dict[str, Any]:
    return {"b2c": b2c, "b2b": b2b}


def look_of(found: Evaluation, sizes: Sizes, day: int, **more: Any) -> Look:
    """The look that monitor would make of the data that were evaluated."""
    rows = []
    for segment, number in sizes.items():
        row = found.table[found.table["segment"] == segment].iloc[0]
        seen = look(day, {segment: number}, {segment: 1.0}).seen[0]
        told = {name: float(row[name]) for name in ("estimate", "se", "df", "p_value")}
        rows.append(dataclasses.replace(seen, **told))
    return dataclasses.replace(
        look(day, sizes, dict.fromkeys(sizes, 1.0), **more), seen=tuple(rows)
    )
