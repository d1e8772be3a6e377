"""The best interval of a curve: where it lies, how surely, and whether beyond what was tried."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

LONG_DAYS = 100.0

Edge = Literal["", "shortest", "longest"]


@dataclass(frozen=True)
class Optimum:
    """The best interval of a curve.

    Parameters
    ----------
    days
        Delivered days at which the curve is best.
    low, high
        Between which delivered days the best of the true curve lies, at the response's confidence.
        Where an end is the shortest or longest interval tried, the best may lie beyond.
    value, value_low, value_high
        The curve there, with its simultaneous band, which holds although the place was chosen.
    edge
        ``"shortest"`` or ``"longest"`` where the best interval is that one of those tried, so that
        all that is known is ≤ or ≥; else empty.
    low_is_open, high_is_open
        Whether an end of the interval is the shortest or longest tried.
    """

    days: float
    low: float
    high: float
    value: float
    value_low: float
    value_high: float
    edge: Edge
    low_is_open: bool
    high_is_open: bool

    @property
    def at_edge(self) -> bool:
        """Whether the best interval is the shortest or the longest tried."""
        return self.edge != ""


def days_in_words(days: float) -> str:
    """Return days as a sentence says them: ``"8.9 days"``."""
    return f"{short_days(days)} days"


def short_days(days: float) -> str:
    """Return days with one digit, or none where they are many: ``"8.9"``, ``"120"``."""
    return f"{days:.{1 if days < LONG_DAYS else 0}f}"


def reach_in_words(best: Optimum) -> str:
    """Return the interval of a best as a sentence says it; open ends are ≤ and ≥."""
    if best.low_is_open and best.high_is_open:
        return f"{short_days(best.low)} to {days_in_words(best.high)}, all that was tried"
    if best.low_is_open:
        return f"≤ {days_in_words(best.high)}, down to the shortest tried"
    if best.high_is_open:
        return f"≥ {days_in_words(best.low)}, up to the longest tried"
    return f"{short_days(best.low)} to {days_in_words(best.high)}"
