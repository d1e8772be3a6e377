"""What may be claimed of contacts that are not just those planned, where nothing counts the looks.

An evaluation stands in no ledger. Whoever may make it anew, with a few contacts more each time,
looks as often as they like, and 1.96 near the planned end alone is reached by 8 % of trials in
which nothing is true. So the bound of the planned end is raised by how far the contacts are from
those planned:

- within 5 % of them by `STEP` · √|ln part|: Z moves by about √|ln part| between there and the
  planned end, so that 1 % off costs .2, and one contact lost of thousands hardly anything;
- elsewhere to a confidence sequence (`simkit.trial.sequential.anytime`) at a `SHARE` of the error
  rate, since the planned end may still spend all of it.

Both are a choice of economy: together with the planned end, whoever evaluates at every moment from
a fiftieth of the planned contacts to three times as many claims 5.2 % of nothing at .05, and 1.0 %
at .01 (``python benchmarks/sequential.py``; `tests/statistical/test_asked_again.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log, sqrt

from simkit.trial.sequential.anytime import multiplier

MOSTLY_THERE = 0.95
STEP = 2.0
SHARE = 0.2
JUST = 1e-9
"""Parts of one are whole numbers divided: what is closer to 1 is as planned."""


def as_planned(part: float) -> bool:
    """Tell whether about as many contacts are in as were planned.

    Whether *all* came, so that all of an error rate is spent there, is another question: see
    `simkit.trial.looks.ledger.COMPLETE`.
    """
    return MOSTLY_THERE <= part <= 1 / MOSTLY_THERE


@dataclass(frozen=True)
class Uncounted:
    """An evaluation of other contacts than those planned, which no ledger counts.

    Parameters
    ----------
    part
        Of the contacts planned in the segment, followed to the horizon.
    fraction
        Of the comparison's planned information, above 0.
    """

    part: float
    fraction: float

    def bound(self, planned: float, alpha: float, *, sides: int = 2) -> float:
        """Give the bound of |Z|, or of Z on one side.

        Parameters
        ----------
        planned
            That of the planned end, at the same error rate.
        alpha
            The error rate.
        sides
            1 or 2.
        """
        if as_planned(self.part):
            return planned + STEP * sqrt(abs(log(self.part)))
        return max(planned, multiplier(self.fraction, SHARE * alpha, sides=sides))


def uncounted(part: float, fraction: float) -> Uncounted | None:
    """Return what is to be paid for; None where just the planned contacts are there."""
    return None if abs(part - 1.0) <= JUST else Uncounted(part, fraction)
