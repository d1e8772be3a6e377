"""A study's numbers as tidy tables."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simkit.scenario import Scenario
from simkit.sweep.screening.factors import Factor
from simkit.sweep.screening.morris import Effects
from simkit.sweep.screening.points import Point
from simkit.sweep.screening.result import BOTH, LONGER, NONE, SHORTER
from simkit.sweep.screening.top import Top

ONE_WAY = 0.5
"""Where |μ| is at least this part of μ*, effects have one direction."""


def points_table(
    points: Sequence[Point], tops: Sequence[Top], losses: NDArray[np.float64], length: int
) -> pd.DataFrame:
    """Return one row a point of the design.

    Parameters
    ----------
    points
        In the design's order.
    tops
        The top of each one's curve.
    losses
        What it costs there to keep to the interval that is best as assumed [EUR].
    length
        Number of points of a trajectory.
    """
    columns = {
        "trajectory": np.arange(len(points)) // length,
        "populations": [point.populations for point in points],
        "optimum_days": [top.days for top in tops],
        "edge": [top.edge for top in tops],
        "net_value_eur": [top.value for top in tops],
        "loss_eur": losses,
    }
    values = pd.DataFrame([dict(point.values) for point in points])
    return pd.concat([pd.DataFrame(columns), values], axis=1)


def effects_table(
    scenario: Scenario,
    factors: Sequence[Factor],
    interval: Effects,
    inside: tuple[NDArray[np.float64], NDArray[np.int64]],
    value: Effects,
) -> pd.DataFrame:
    """Return one row a parameter, the largest effect on the interval first.

    Parameters
    ----------
    scenario, factors
        Whose parameters, and what was varied.
    interval
        Effects on the best interval [doublings].
    inside
        Sizes of those without the edges and their number, as `sizes_among` gives them.
    value
        Effects on the net value at the best interval [EUR].
    """
    known = scenario.parameters().set_index("parameter")
    rows = [
        {
            "parameter": factor.name,
            "meaning": known.loc[factor.name, "meaning"],
            "unit": known.loc[factor.name, "unit"],
            "value": known.loc[factor.name, "value"],
            "low": factor.low,
            "high": factor.high,
            "scale": factor.scale,
            "source": factor.source,
            "mu": interval.mu[place],
            "mu_star": interval.mu_star[place],
            "mu_star_low": max(interval.mu_star[place] - interval.mu_star_conf[place], 0.0),
            "mu_star_high": interval.mu_star[place] + interval.mu_star_conf[place],
            "sigma": interval.sigma[place],
            "direction": _direction(interval.mu[place], interval.mu_star[place]),
            "beyond_luck": bool(interval.beyond_luck[place]),
            "mu_star_inside": inside[0][place],
            "steps_inside": int(inside[1][place]),
            "mu_star_net_value_eur": value.mu_star[place],
        }
        for place, factor in enumerate(factors)
    ]
    table = pd.DataFrame(rows).astype({"value": "float64", "low": "float64", "high": "float64"})
    return table.sort_values("mu_star", ascending=False, kind="stable", ignore_index=True)


def _direction(mu: float, mu_star: float) -> str:
    if mu_star == 0:
        return NONE
    if abs(mu) < ONE_WAY * mu_star:
        return BOTH
    return LONGER if mu > 0 else SHORTER
