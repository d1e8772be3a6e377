"""Words that figures and reports share: names, numbers, cells; one language."""

from __future__ import annotations

import math
from numbers import Integral, Real
from typing import Any

from simkit.measures import MEASURES, OUTCOMES
from simkit.measures.registry import SHARE
from simkit.recommend.numbers import PERCENT, amount, money, span
from simkit.recommend.verdict import Estimate

LANGUAGE = "en"
LONG_NUMBER = 10_000
ONE_PERCENT = 0.01


def measure_name(measure: str) -> str:
    """Name a measure in words."""
    if measure in OUTCOMES:
        return OUTCOMES[measure].meaning
    if measure in MEASURES:
        return MEASURES[measure].meaning
    return measure.replace("_", " ")


def measure_axis(measure: str, unit: str, days: float) -> str:
    """Label an axis with a measure, its unit and its time."""
    shown = "% of contacts" if unit == SHARE else unit
    return f"{measure_name(measure)}\n[{shown}, {days:g} days]"


def short_interval(interval: str) -> str:
    """Shorten an interval: ``"every 5 working days"`` is ``"5 wd"``, ``"every day"`` ``"1 d"``."""
    words = interval.removeprefix("every ").split(" ")
    number = words.pop(0) if words[0].replace(".", "", 1).isdigit() else "1"
    unit = {"working": "wd", "day": "d", "days": "d"}.get(words[0])
    return interval if unit is None else f"{number} {unit}"


def estimate_text(value: float, low: float, high: float, unit: str) -> str:
    """Write an estimate with its interval, or a dash where there is none."""
    if math.isnan(value):
        return "–"
    text = amount(value, unit, named=False)
    return text if math.isnan(low) else f"{text} ({span(low, high, unit)})"


def bounds_text(low: float, high: float, unit: str) -> str:
    """Write an interval, or a dash where there is none."""
    return "–" if math.isnan(low) else span(low, high, unit)


def money_text(estimate: Estimate) -> str:
    """Write an amount of money with its interval."""
    bounds = span(estimate.low, estimate.high, signed=False)
    return f"{money(estimate.value, signed=False)} ({bounds})"


def share_text(estimate: Estimate) -> str:
    """Write a share of contacts with its interval, in percent."""
    low, high = (percent_text(part) for part in (estimate.low, estimate.high))
    return f"{percent_text(estimate.value)} ({low} to {high})"


def percent_text(share: float) -> str:
    """Write a share in percent, with the digits that a small one needs."""
    if math.isnan(share):
        return "–"
    digits = 1 if abs(share) >= ONE_PERCENT else 2
    return f"{PERCENT * share:.{digits}f} %".replace("-", "−")


def point_text(interval: str, mean: float, low: float, high: float, unit: str) -> str:
    """Say one point of a curve."""
    if unit == SHARE:
        value = f"{percent_text(mean)}, {percent_text(low)} to {percent_text(high)}"
    else:
        value = f"{amount(mean, unit)}, {span(low, high, unit)}"
    return f"{interval}: {value}"


def column_head(name: str) -> str:
    """Head a column by its name in the table."""
    return name.replace("_", " ")


def cell_text(value: Any) -> str:
    """Write a value of any table in a cell: numbers with four digits, the rest as it is."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Real):
        number = float(value)
        if math.isnan(number):
            return "–"
        whole = isinstance(value, Integral) or abs(number) >= LONG_NUMBER
        return (f"{number:,.0f}" if whole else f"{number:.4g}").replace("-", "−")
    return str(value)


def one_line(title: str) -> str:
    """Write a title of several lines in one."""
    return " ".join(title.split())
