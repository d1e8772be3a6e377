"""Words of the figure that maps the best interval over two parameters."""

from __future__ import annotations

from simkit.recommend.numbers import money
from simkit.sweep.screening.top import LONGEST, SHORTEST

TENTHS_BELOW = 10.0

DAYS_TITLE = "Best interval [calendar days]"
LOSS_TITLE = "What usual practice costs [EUR per contact]"
DAYS_SCALE = "best interval [calendar days, log scale]"
LOSS_SCALE = "net value lost against the best interval [EUR per contact]"
PRACTICE = "outlined: best within usual practice, {low:g} to {high:g} days"
FAILS = "outlined: practice surely costs more than the {least} EUR worth a change"
OPEN = "(…): not sure whether it costs more or less than that"
EDGE = "≤ ≥: shortest or longest tried, the true best may lie beyond"
IDLE = "†: calling does not pay even then"
ASSUMED = "as the scenario assumes"


def days_cell(days: float, edge: str, *, idle: bool) -> str:
    """Write a best interval in its cell: ``"9"``, ``"3.5"``, ``"≥84"``; † where it does not pay."""
    sign = {SHORTEST: "≤", LONGEST: "≥"}.get(edge, "")
    return f"{sign}{_short(days)}{'†' if idle else ''}"


def shown_days(days: float) -> float:
    """Return a best interval as its cell shows it, rounded."""
    return float(_short(days))


def loss_cell(eur: float, *, is_open: bool) -> str:
    """Write a loss in its cell; in brackets where no verdict is sure."""
    return f"({_short(eur)})" if is_open else _short(eur)


def parameter_axis(parameter: str, unit: str) -> str:
    """Name a parameter below or beside the map: ``"irritation half life [days]"``."""
    key = parameter.rpartition(".")[2]
    return f"{key} [{unit}]" if unit else key


def worth_in_words(low: float, high: float) -> str:
    """Write the least difference worth a change, which may itself be varied: ``"2"``."""
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def landscape_title(
    segment: str,
    practice: tuple[float, float],
    fails: int,
    holds: int,
    pairs: int,
    most_eur: float,
) -> str:
    """State in how much of the map usual practice fails, and what that costs.

    Parameters
    ----------
    segment
        The segment.
    practice
        Usual practice in calendar days.
    fails, holds, pairs
        In how many pairs of values practice surely costs more than is worth a change, in how many
        surely no more, and how many pairs there are.
    most_eur
        The largest loss in the map, EUR per contact.
    """
    rule = f"{segment}: calling every {practice[0]:g} to {practice[1]:g} days"
    begin = (
        f"{rule} fails in {fails or 'none'} of {pairs} worlds, surely holds in {holds or 'none'}"
    )
    begin += f" ({rest} open);" if (rest := pairs - fails - holds) else ";"
    return f"{begin}\nat worst it costs {money(most_eur, signed=False)} per contact"


def _short(value: float) -> str:
    return f"{value:.{1 if round(value, 1) < TENTHS_BELOW else 0}f}"
