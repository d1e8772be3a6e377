"""The words of the figures of a response and of a front; what they say comes with the result."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from simkit.measures import OUTCOMES
from simkit.measures.registry import SHARE
from simkit.recommend.numbers import PERCENT, amount, listed_intervals
from simkit.report.sentences import measure_name, short_interval
from simkit.sweep.curve.optimum import short_days

if TYPE_CHECKING:
    from simkit.sweep.curve.optimum import Optimum
    from simkit.sweep.curve.pareto import ParetoFront
    from simkit.sweep.curve.response import Response

HIGHEST: Mapping[str, str] = MappingProxyType({"higher": "highest", "lower": "lowest"})

RESPONSE_LEGEND: Mapping[str, str] = MappingProxyType(
    {
        "points": "mean of an interval\nwith its {} interval",
        "curve": "curve",
        "band": "{} band of the curve,\nall days at once",
        "optimum": "best of the curve\nwith its {} interval",
        "practice": "usual practice",
    }
)
FRONT_LEGEND: Mapping[str, str] = MappingProxyType(
    {
        "front": "on the front",
        "open": "behind the front, but\nnot surely beaten",
        "dominated": "surely beaten in both\nby another interval",
        "interval": "{} interval",
    }
)
RESPONSE_AXIS = "delivered interval between calls [calendar days, log scale]"


def share(confidence: float) -> str:
    """Write a confidence: ``"95 %"``."""
    return f"{PERCENT * confidence:g} %"


def response_title(response: Response) -> str:
    """State where the curve is best, or how it runs; and whether it misses points."""
    name = measure_name(response.measure)
    what = f"{response.segment}: {name} over {response.horizon_days:g} days"
    best = response.optimum
    if best is None:
        first, last = response.table.iloc[0], response.table.iloc[-1]
        text = (
            f"{what}:\n{_value(first['mean'], response.unit)} at "
            f"{short_days(first['delivered_days'])} days between calls, "
            f"{_value(last['mean'], response.unit)} at {short_days(last['delivered_days'])}"
        )
    else:
        # "contacts who opted out" are many, all other measures one.
        verb = ":" if response.unit == SHARE else " is"
        text = f"{what}{verb} {HIGHEST[response.better]} {_place(best)}\n"
        text += f"({share(response.confidence)} interval {_reach(best)})"
    return f"{text}; the curve misses a point" if response.misses_points else text


def front_title(front: ParetoFront) -> str:
    """State which intervals lie on the front, and which are surely beaten."""
    table = front.table
    held = table.loc[table["on_front"], "interval"].tolist()
    beaten = table.loc[table["surely_dominated"], "interval"].tolist()
    where = f"{front.segment}: over {front.horizon_days:g} days"
    if len(held) == 1:
        text = f"{where} {held[0]} has the most net value and the least {cost_name(front.against)}"
    else:
        text = f"{where} the front is {listed_intervals(held)}"
    return f"{text};\nsurely beaten in both: {listed_intervals(beaten)}" if beaten else text


def cost_name(measure: str) -> str:
    """Name a cost in words."""
    return OUTCOMES[measure].meaning


def cost_axis(front: ParetoFront, *, log_scale: bool) -> str:
    """Label the axis of a cost with its unit and its time."""
    unit = "% of contacts" if front.unit == SHARE else front.unit
    scale = ", log scale" if log_scale else ""
    return f"{cost_name(front.against)} [{unit}, {front.horizon_days:g} days{scale}]"


def point_label(interval: str) -> str:
    """Name a point of a front."""
    return short_interval(interval)


def _place(best: Optimum) -> str:
    if best.edge:
        sign = "≤" if best.edge == "shortest" else "≥"
        return f"at the edge: {sign} {short_days(best.days)} days between calls"
    return f"at {short_days(best.days)} days between calls"


def _reach(best: Optimum) -> str:
    if best.low_is_open and best.high_is_open:
        return "holds all that was tried"
    if best.low_is_open:
        return f"≤ {short_days(best.high)} days"
    if best.high_is_open:
        return f"≥ {short_days(best.low)} days"
    return f"{short_days(best.low)} to {short_days(best.high)} days"


def _value(value: float, unit: str) -> str:
    if unit == SHARE:
        return f"{PERCENT * value:.1f} % of contacts"
    if unit.startswith("EUR"):
        return amount(value, unit, signed=False)
    return f"{value:,.3g}".replace("-", "−")
