"""Words that figures and reports share: names, numbers, cells; one language."""

from __future__ import annotations

import math
from collections.abc import Iterable
from numbers import Integral, Real
from typing import Any

from simkit.measures import MEASURES, OUTCOMES
from simkit.measures.registry import SHARE
from simkit.recommend.numbers import PERCENT, amount, money, span
from simkit.recommend.verdict import Estimate
from simkit.trial.sentences import signed

LANGUAGE = "en"
LONG_NUMBER = 10_000
ONE_PERCENT = 0.01
MOST_DIGITS = 6
"""After the point: more are noise of a double (assumed)."""


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


def digits_of(widths: Iterable[float], unit: str) -> int:
    """Return how many decimals all differences of a measure are written with.

    The narrowest interval says how many are worth writing, as in the sentences of a trial.

    Parameters
    ----------
    widths
        Of their intervals; what is not finite does not count.
    unit
        Of the measure; of shares the decimals are those of percentage points.
    """
    fewest = 2 if unit == SHARE or unit.startswith("EUR") else 0
    scale = PERCENT if unit == SHARE else 1.0
    known = [scale * width for width in widths if math.isfinite(width) and width > 0]
    worth = [1 - math.floor(math.log10(width)) for width in known]
    return min(max([fewest, *worth]), MOST_DIGITS)


def difference_text(value: float, unit: str, digits: int) -> str:
    """Write a difference without its unit: a share's in percentage points."""
    return signed(value * (PERCENT if unit == SHARE else 1.0), digits)


def difference_span(low: float, high: float, unit: str, digits: int) -> str:
    """Write an interval of a difference; no share differs by more than 100 points."""
    if unit == SHARE:
        low, high = max(low, -1.0), min(high, 1.0)
    return " to ".join(difference_text(end, unit, digits) for end in (low, high))


def estimate_text(
    value: float, low: float, high: float, unit: str, digits: int | None = None
) -> str:
    """Write an estimate with its interval, or a dash where there is none.

    Parameters
    ----------
    value, low, high, unit
        The estimate and its interval.
    digits
        Decimals of all differences of the measure; None for those that each number needs.
    """
    if math.isnan(value):
        return "–"
    if digits is None:
        text, between = amount(value, unit, named=False), span(low, high, unit)
    else:
        text = difference_text(value, unit, digits)
        between = difference_span(low, high, unit, digits)
    return text if math.isnan(low) else f"{text} ({between})"


def bounds_text(low: float, high: float, unit: str, digits: int | None = None) -> str:
    """Write an interval, or a dash where there is none; `digits` as in `estimate_text`."""
    if math.isnan(low):
        return "–"
    if digits is None:
        return span(low, high, unit)
    return difference_span(low, high, unit, digits)


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
    return f"{PERCENT * share:z.{digits}f} %".replace("-", "−")


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
