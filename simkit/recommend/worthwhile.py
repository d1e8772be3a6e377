"""What is worth a change of policy: as registered before the trial, else as the prices say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simkit.measures.money import DAYS_PER_YEAR
from simkit.recommend.simulated import NET_VALUE, OPT_OUT

if TYPE_CHECKING:
    from simkit.scenario import Economics
    from simkit.trial.design import TrialDesign


@dataclass(frozen=True)
class Worthwhile:
    """Gain below which nobody would change the policy.

    Parameters
    ----------
    eur, days
        The gain in net value [EUR per contact], and the days in which it is made.
    registered
        Whether a design registered it; else it is the prices'.
    """

    eur: float
    days: float
    registered: bool

    def over(self, days: float) -> float:
        """Return the gain over so many days, in proportion to time [EUR per contact]."""
        return self.eur * days / self.days


def worthwhile_of(prices: Economics, design: TrialDesign | None, segment: str) -> Worthwhile:
    """Return what is worth a change in a segment.

    Parameters
    ----------
    prices
        Of the segment; their ``worthwhile_eur`` is a year's.
    design
        What was registered; its margins are those of its own horizon. None where nothing was.
    segment
        The segment; one without a registered margin has the prices'.
    """
    registered = {} if design is None else design.margins.get(NET_VALUE, {})
    if design is not None and segment in registered:
        return Worthwhile(registered[segment], design.horizon_days, registered=True)
    return Worthwhile(prices.worthwhile_eur, DAYS_PER_YEAR, registered=False)


def optout_margin_of(prices: Economics, design: TrialDesign | None, segment: str) -> float:
    """Return the extra opt-outs that are tolerated: as registered, else as the prices say [share].

    Parameters
    ----------
    prices, design, segment
        As `worthwhile_of` takes them.
    """
    registered = {} if design is None else design.guardrails.get(OPT_OUT, {})
    return registered.get(segment, prices.optout_margin_prob)
