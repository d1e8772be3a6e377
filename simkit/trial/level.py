"""What a comparison must reach, where a trial was looked at before its end."""

from __future__ import annotations

from dataclasses import dataclass

from scipy import stats

from simkit.trial.looks.history import freed
from simkit.trial.looks.ledger import Seen
from simkit.trial.sequential.anytime import multiplier
from simkit.trial.sequential.boundaries import bounds
from simkit.trial.sequential.spending import SPENDING
from simkit.trial.sequential.stagewise import smallest_level
from simkit.trial.sequential.uncounted import Uncounted, as_planned

ONE_LOOK = 1
LEAST = 1e-12
"""The level where looks have left nothing: it keeps intervals and p-values finite."""
ROUNDING = 1e-6
"""A bound is solved for: of one look alone it is that of alpha to far more digits than this."""
REGISTERED_LOOKS = "the looks that were registered"
MADE_LOOKS = "the looks that were made"


@dataclass(frozen=True)
class Shown:
    """What the looks before the end showed of a comparison.

    Parameters
    ----------
    p_value
        Smallest error rate at which one of them would have claimed it.
    as_of
        The day of that look; empty if nothing was seen.
    higher
        Whether the arm was higher there.
    """

    p_value: float = 1.0
    as_of: str = ""
    higher: bool = False


@dataclass(frozen=True)
class Level:
    """What looks leave of an error rate to one comparison, and what the rest is paid for.

    Parameters
    ----------
    times, final, spending
        Information times of the comparison's looks, the end last; whether each spends all that is
        left; by which function. No times: the end is the only look, and has it all.
    always
        Part of the planned information, where looks do not spend and only what holds however
        often one looks may be claimed; else None.
    uncounted
        What is there, where it is not just what was planned and no look counted it; else None.
    cost
        What is paid for, in words; empty where nothing is.
    shown
        What earlier looks showed of it on the outcome that decides.
    before
        Smallest error rate at which a look before this end would have claimed it.
    again
        Day of the look that saw just the contacts that are there: it is said again.
    closed
        Whether the trial ended with the look that is said again.
    ended
        Day of the look that was its end, if it saw other contacts than are there: nothing new is
        claimed of it.
    apart
        Why what the looks claimed is not claimed here, in words: it was of other contacts, or of
        something else; empty where it is claimed, or where they saw nothing of it.
    """

    times: tuple[float, ...] = ()
    final: tuple[bool, ...] = ()
    spending: str = "obrien_fleming"
    always: float | None = None
    uncounted: Uncounted | None = None
    cost: str = ""
    shown: Shown = Shown()
    before: float = 1.0
    again: str = ""
    closed: bool = False
    ended: str = ""
    apart: str = ""

    def of(self, alpha: float) -> float:
        """Give the level of the test, and of the interval, that an error rate leaves."""
        if self.costless:
            return alpha
        return min(alpha, max(LEAST, 2 * float(stats.norm.sf(self.bound(alpha)))))

    def p_value(self, alone: float) -> float:
        """Give the smallest error rate at which this p-value would be claimed at the end."""
        if self.costless:
            return alone
        return smallest_level(self.bound, float(stats.norm.isf(alone / 2)))

    def bound(self, alpha: float) -> float:
        """Give the bound of |Z| at the end."""
        bound = float(stats.norm.isf(alpha / 2))
        if self.times:
            bound = float(bounds(self.times, alpha, SPENDING[self.spending], final=self.final)[-1])
        if self.always is not None:
            bound = max(bound, multiplier(self.always, alpha))
        return bound if self.uncounted is None else self.uncounted.bound(bound, alpha)

    def of_guardrail(self, alpha: float) -> float:
        """Give the one-sided level at which a guardrail is shown to be within its margin.

        Guardrails spend nothing: with the planned contacts, and at the end of a trial that a look
        has ended, they have their whole error rate. At looks before, it holds however often one
        looks, as in `simkit.trial.monitor`; and where no look is counted, it is paid for like the
        rest.
        """
        bound, alone = 0.0, float(stats.norm.isf(alpha))
        if self.uncounted is not None:
            bound = self.uncounted.bound(alone, alpha, sides=1)
        elif self.closed:
            bound = alone
        elif self.always is not None:
            bound = multiplier(self.always, alpha, sides=1)
        elif self.again and self.final and not self.final[-1]:
            bound = multiplier(self.times[-1], alpha, sides=1)
        return alpha if bound <= alone else float(stats.norm.sf(bound))

    def freed(self, seen: Seen, alpha: float) -> tuple[float, float, float] | None:
        """Give an effect that is freed of the bias of its end, with the ends of its interval.

        A comparison that ends where its difference stands out shows too large a one on average.
        In the stagewise order it does not (`simkit.trial.sequential.stagewise`).

        Parameters
        ----------
        seen
            The comparison at its end.
        alpha
            One minus the level of the interval.

        Returns
        -------
        The median unbiased effect, and the ends; None where the looks made are not known, nothing
        was seen before, or what is claimed is not by these looks. So it is where one of them had
        claimed it before: the trial did not end where its difference stood out, but went on.
        """
        if self.before <= alpha:
            return None
        off = self.uncounted is not None and not as_planned(self.uncounted.part)
        if MADE_LOOKS not in self.cost or not self.times or off or self.always is not None:
            return None
        upper = bounds(self.times, alpha, SPENDING[self.spending], final=self.final)
        return freed(seen, self.times, upper, alpha)

    @property
    def ends(self) -> bool:
        """Whether this is the end of its looks, and not one before the end that is said again."""
        return bool(self.final) and (self.final[-1] or not self.again)

    @property
    def costless(self) -> bool:
        """Whether looks take nothing from it."""
        return not self.times and self.always is None and self.uncounted is None
