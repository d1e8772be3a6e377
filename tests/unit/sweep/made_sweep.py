"""A sweep made of given values: what ``response`` and ``pareto`` read of one, and no more."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from simkit.policy import RecallPolicy
from simkit.sweep import SweepResult
from simkit.sweep.cells import unit_of

HORIZON = 365.0


def made_sweep(
    days: list[float],
    values: Mapping[str, np.ndarray],
    *,
    policies: list[RecallPolicy] | None = None,
) -> SweepResult:
    """Intervals of given delivered days; for each measure values (replications, intervals)."""
    chosen = policies or [RecallPolicy.every(days=round(each, 3)) for each in days]
    labels = [f"every {each:g} days" for each in days]
    means, runs = [], []
    for measure, matrix in values.items():
        for place, (label, each) in enumerate(zip(labels, days, strict=True)):
            own = {"segment": "b2c", "interval": label, "horizon_days": HORIZON, "measure": measure}
            means.append(
                own | {"interval_days": each, "delivered_days": each, "unit": unit_of(measure)}
            )
            runs += [
                own | {"replication": number, "value": value}
                for number, value in enumerate(matrix[:, place])
                if not np.isnan(value)
            ]
    return SweepResult(
        table=pd.DataFrame(means),
        differences=pd.DataFrame(),
        runs=pd.DataFrame(runs),
        policies={"b2c": dict(zip(labels, chosen, strict=True))},
        coincide=(),
        settings={"confidence": 0.95, "horizons_days": (HORIZON,), "agents": (None,)},
    )
