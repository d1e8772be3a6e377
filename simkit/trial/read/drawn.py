"""Contacts of a log on disk who are drawn at random, with each of their dials in the horizon."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simkit.measures.counting import DIAL

if TYPE_CHECKING:
    from numpy.typing import NDArray

DRAWN = 20_000
"""Contacts whose calls tell whether calls are missing: weeks without any show in far fewer."""


@dataclass(frozen=True, eq=False)
class DrawnContacts:
    """Contacts drawn at random, all where there are no more, one entry each.

    Parameters
    ----------
    of
        Contacts that there are.
    cell
        The position of each contact's segment and arm.
    entered_us, until_us
        When it entered, and until when it was observed or its horizon ended, civil microseconds.
    dials
        Their dials as `simkit.measures.counting.DIAL` tells them, by the contact's entry here.
    """

    of: int
    cell: NDArray[np.int64]
    entered_us: NDArray[np.int64]
    until_us: NDArray[np.int64]
    dials: NDArray[Any]

    def __len__(self) -> int:
        return len(self.cell)


class Drawing:
    """Contacts on their way to those drawn, lot by lot.

    Parameters
    ----------
    assigned
        Contacts that have an arm.
    horizon_us
        The horizon.
    """

    def __init__(self, assigned: int, horizon_us: int) -> None:
        self._of, self._horizon_us = assigned, horizon_us
        self._places = np.arange(assigned)
        if assigned > DRAWN:
            chosen = np.random.default_rng(0).choice(assigned, DRAWN, replace=False)
            self._places = np.sort(chosen)
        self._passed = self._taken = 0
        self._parts: list[tuple[NDArray[Any], ...]] = []

    def among(self, with_arm: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Tell who of the next lot's contacts is drawn.

        Parameters
        ----------
        with_arm
            Who has an arm.
        """
        places = np.flatnonzero(with_arm)
        first, last = np.searchsorted(self._places, [self._passed, self._passed + len(places)])
        drawn = np.zeros(len(with_arm), dtype=np.bool_)
        drawn[places[self._places[first:last] - self._passed]] = True
        self._passed += len(places)
        return drawn

    def add(
        self,
        drawn: NDArray[np.bool_],
        cell: NDArray[np.integer],
        seen: NDArray[Any],
        dials: NDArray[Any],
    ) -> None:
        """Take the dials of those drawn of a lot.

        Parameters
        ----------
        drawn
            Who is drawn.
        cell
            The cell of each who is drawn.
        seen
            `simkit.measures.counting.SEEN` of the lot.
        dials
            `simkit.measures.counting.DIAL` of those drawn, by their place in the lot.
        """
        places = np.flatnonzero(drawn)
        entered, observed = seen["entered_us"][places], seen["observed_us"][places]
        until = np.minimum(entered + self._horizon_us - 1, observed)
        dials["contact"] = self._taken + np.searchsorted(places, dials["contact"])
        self._taken += len(places)
        self._parts.append((cell.astype(np.int64), entered, until, dials))

    def done(self) -> DrawnContacts:
        """Return those drawn."""
        return DrawnContacts(self._of, *map(np.concatenate, zip(*self._parts, strict=True)))


def nobody() -> DrawnContacts:
    """Return that nobody was drawn."""
    none = np.empty(0, dtype=np.int64)
    return DrawnContacts(0, none, none, none, np.empty(0, dtype=DIAL))
