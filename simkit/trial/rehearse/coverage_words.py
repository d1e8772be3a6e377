"""What a rehearsal says of intervals that hold the true difference less often than they claim."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from scipy import stats

from simkit.calllog.source import many
from simkit.trial.rehearse.montecarlo import interval
from simkit.trial.rehearse.words import amount, at_horizon, in_segment, percent, share_of_trials

if TYPE_CHECKING:
    # For types alone: a rehearsal asks for its sentences, which only read it.
    from simkit.trial.rehearse.result import Rehearsal

NOT_SEEN = "errors by account do not see what one agent does for the arm"
CURE = "give each arm several agents, or let the arms share them"


def coverage_sentences(found: Rehearsal) -> Iterator[str]:
    """Warn of each arm whose interval holds the truth surely less often than it says."""
    for told in too_short(found):
        yield f"Warning: {told}."


def too_short(found: Rehearsal) -> Iterator[str]:
    """Say of which arms the interval is too short, and why where that is known.

    Said where the whole Monte Carlo interval of the coverage lies below what a right interval would
    have, were the truth, which is simulated too, as far off as its own error allows.
    """
    level = 1 - found.design.alpha
    for row in at_horizon(found, "table"):
        if row["coverage_high"] < _of_right_interval(found, row, level):
            yield (
                f"{in_segment(found, row)}the {percent(level)} interval of a trial like this, of "
                f"{row['arm']} against {row['control']}, holds the true difference in only "
                f"{share_of_trials(row, 'coverage')} of its plays{_why(found, row)}"
            )


def _of_right_interval(found: Rehearsal, row: Mapping[Any, Any], level: float) -> float:
    """Return how often a right interval would hold a truth that is off as far as it may be.

    0 where trials state no error, so that nothing is said of their intervals.
    """
    if not row["mean_se"] > 0:
        return 0.0
    _, _, off = interval(0.0, row["truth_se"], found.settings["truth_replications"] - 1)
    aside, reach = off / row["mean_se"], stats.norm.isf((1 - level) / 2)
    return float(stats.norm.cdf(reach - aside) - stats.norm.cdf(-reach - aside))


def _why(found: Rehearsal, row: Mapping[Any, Any]) -> str:
    """Say what makes an interval too short; empty where it is not known."""
    agents = found.settings["agents"]
    if isinstance(agents, Mapping):
        alone = [arm for arm in (row["arm"], row["control"]) if agents[arm] == 1]
        if not alone:
            return ""
        have = "has one agent" if len(alone) == 1 else "have one agent each"
        return f": {' and '.join(alone)} {have}, and {NOT_SEEN}; {CURE}"
    if agents is None:
        return ""
    primary = found.design.primary
    wanted = (primary, row["segment"], row["arm"])
    for bias in at_horizon(found, "bias"):
        here = (bias["outcome"], bias["segment"], bias["arm"]) == wanted
        if here and not bias["bias_low"] <= 0 <= bias["bias_high"]:
            return (
                f": all arms share {many(agents, 'agent')}, which puts the trial off by "
                f"{amount(bias['bias'], primary)} on average, and no interval knows of that"
            )
    return ""
