"""Words of the figures that show what a simulation found, interval by interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from simkit.recommend.numbers import PERCENT, listed, listed_intervals
from simkit.report.sentences import measure_name, short_interval
from simkit.sweep.curve.optimum import short_days

MOST_NAMED = 3
"""So many intervals that cannot be told from the best are named in a title; more are counted."""

BEST_WORDS: Mapping[str, str] = MappingProxyType({"net_value_eur": "highest"})
INTERVAL_AXIS = (
    "interval between calls: above as wished (d: days, wd: working days),\n"
    "below as delivered [calendar days, log scale]"
)
DELIVERED_AXIS = "delivered interval between calls [calendar days, log scale]"
LEGEND: Mapping[str, str] = MappingProxyType(
    {
        "interval": "95 % interval",
        "ruled_out": "ruled out as the best",
        "as_good": "cannot be told\nfrom the best",
        "best": "best",
        "practice": "usual practice",
        "current": "in use:\n{}",
    }
)


def tick(interval: str, delivered_days: float) -> str:
    """Label a point of the interval axis: ``"5 wd"`` above ``"7.2"``."""
    return f"{short_interval(interval)}\n{short_days(delivered_days)}"


def sweep_title(
    segment: str, measure: str, days: float, best: str | None, good: Sequence[str]
) -> str:
    """State which interval is best over a horizon, and which cannot be told from it."""
    what = f"{measure_name(measure)} over {days:g} days"
    if best is None:
        return f"{segment}: {what} by interval between calls"
    others = [name for name in good if name != best]
    text = f"{segment}: {what} is {BEST_WORDS.get(measure, 'best')} when called {best}"
    if not others:
        return text
    if len(others) > MOST_NAMED:
        return f"{text};\n{len(others)} others cannot be told from it"
    return f"{text};\ncannot be told from it: {listed_intervals(others)}"


def optout_title(segment: str, days: float, ends: Sequence[tuple[str, float]]) -> str:
    """State how many contacts opt out at the longest and at the shortest interval."""
    (long, few), (short, many) = ends
    return (
        f"{segment}: over {days:g} days {PERCENT * few:.1f} % of contacts opt out when called "
        f"{long},\n{PERCENT * many:.1f} % when called {short}"
    )


def horizon_title(days: float, best: str | None, good: Sequence[str]) -> str:
    """State what comes out best at one horizon, and how many cannot be told from it."""
    if best is None:
        return f"{days:g} days"
    others = len(good) - 1
    rest = f", {others} not told from it" if others else ""
    return f"{days:g} days: best {short_interval(best)}{rest}"


def horizons_title(
    segment: str,
    measure: str,
    best: Mapping[float, str | None],
    good: Mapping[float, Sequence[str]],
) -> str:
    """State whether what comes out best over a short time does so over the longest.

    A change is claimed only where each of the two is ruled out as the best at the other's horizon.

    Parameters
    ----------
    segment, measure
        What is shown.
    best, good
        Horizon [days] → the best interval, and all that cannot be told from it.
    """
    what = measure_name(measure)
    names = list(dict.fromkeys(best.values()))
    last = max(best)
    winner = best[last]
    if len(best) == 1 or winner is None or None in names:
        return f"{segment}: {what} by interval and horizon"
    short = [days for days in sorted(best) if best[days] not in good[last]]
    changed = [days for days in short if winner not in good[days]]
    if changed:
        days = changed[0]
        return (
            f"{segment}: {best[days]} comes out best on {what} over {days:g} days,\n"
            f"{winner} over {last:g} days; each is ruled out as the best at the other horizon"
        )
    if short:
        days = short[0]
        return (
            f"{segment}: {best[days]} comes out best on {what} over {days:g} days,\n"
            f"but cannot be told there from {winner}, best over {last:g} days"
        )
    if len(names) > 1:
        return (
            f"{segment}: what comes out best on {what} differs by horizon,\n"
            f"but none can be told from that of {last:g} days"
        )
    text = f"{segment}: {winner} comes out best on {what} at every horizon"
    wide = [f"{days:g}" for days in sorted(best) if len(good[days]) > 1]
    return f"{text};\nothers cannot be told from it over {listed(wide)} days" if wide else text
