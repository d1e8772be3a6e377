"""Numbers as people read them: money, shares, contacts, intervals."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from simkit.measures.registry import SHARE

EUR = "EUR per contact"
PERCENT = 100.0
FINE = 0.1
MOST_DIGITS = 6
LEADING_DIGITS = 2
_INTERVAL = re.compile(r"every (?:(\d+(?:\.\d+)?) )?(working day|day)s?")


def amount(value: float, unit: str, *, signed: bool = True, named: bool = True) -> str:
    """Write a number with its unit: shares in percentage points, money in EUR.

    A small number keeps two digits that say something, so that none but 0 reads as 0.

    Parameters
    ----------
    value, unit
        The number and its unit, as the tables have it.
    signed
        Whether a plus is written too; 0 has no sign.
    named
        Whether the unit is written.
    """
    suffix, digits = "", 3
    if unit == SHARE:
        value, suffix, digits = value * PERCENT, " percentage points", 2
    elif unit.startswith("EUR"):
        suffix, digits = " EUR", 2
    elif unit:
        suffix = f" {unit}"
    if 0 < abs(value) < FINE:
        digits = min(max(digits + 1, 1 - math.floor(math.log10(abs(value)))), MOST_DIGITS)
    value = round(value, digits)
    sign = "+" if signed and value > 0 else ""
    # 0 with a minus sign would read as −0.
    text = f"{sign}{value + 0.0:,.{digits}f}".replace("-", "−").replace("inf", "∞")
    return text + (suffix if named else "")


def money(value: float, *, signed: bool = True) -> str:
    """Write an amount: ``"+1.20 EUR"``, ``"−0.40 EUR"``."""
    return amount(value, EUR, signed=signed)


def span(low: float, high: float, unit: str = EUR, *, signed: bool = True) -> str:
    """Write an interval without its unit, a share's within ± 100 points: ``"−0.40 to +1.20"``."""
    if unit == SHARE:
        low, high = max(low, -1.0), min(high, 1.0)
    ends = (amount(end, unit, signed=signed, named=False) for end in (low, high))
    return " to ".join(ends)


def count(contacts: float, *, up: bool = True) -> str:
    """Write a number of contacts, rounded to two leading digits: 12,345 is ``"13,000"``.

    Parameters
    ----------
    contacts
        The number.
    up
        Whether it is rounded up; else down.
    """
    if contacts <= 0:
        return "0"
    step = 10 ** max(math.floor(math.log10(contacts)) - LEADING_DIGITS + 1, 0)
    whole = math.ceil if up else math.floor
    return f"{whole(contacts / step) * step:,}"


def count_range(low: float, high: float) -> str:
    """Write between which numbers of contacts the true one lies: ``"3,000 to 11,000"``."""
    return f"{count(low, up=False)} to {count(high)}"


def listed(names: Iterable[str]) -> str:
    """Join names: ``"a"``, ``"a and b"``, ``"a, b and c"``."""
    parts = list(names)
    if len(parts) <= 1:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def listed_intervals(labels: Iterable[str]) -> str:
    """Join intervals, their unit once: ``"every 5, 10 and 20 working days"``."""
    parts = list(labels)
    found = [_INTERVAL.fullmatch(label) for label in parts]
    units = {match[2] for match in found if match}
    if len(parts) == 1 or len(units) != 1 or not all(found):
        return listed(parts)
    numbers = listed(match[1] or "1" for match in found if match)
    return f"every {numbers} {units.pop()}s"
