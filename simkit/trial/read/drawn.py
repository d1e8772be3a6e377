"""Contacts of a log on disk who were drawn at random, by arm, with their dials."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simkit.measures.drawn import DIAL, DrawnContacts

if TYPE_CHECKING:
    from numpy.typing import NDArray

DRAWN = 20_000
"""Contacts whose calls tell whether calls are missing: weeks without any show in far fewer."""


class DrawnCalls:
    """Dials of about DRAWN contacts, or of all where there are no more.

    Parameters
    ----------
    assigned
        Contacts that have an arm.
    """

    def __init__(self, assigned: int) -> None:
        self.assigned = assigned
        self.part = min(DRAWN / max(assigned, 1), 1.0)
        self._lots: list[tuple[DrawnContacts, dict[str, NDArray[Any]]]] = []

    def add(
        self,
        contacts: DrawnContacts,
        *,
        cell: NDArray[np.int64],
        account: NDArray[np.int64],
        closed: NDArray[np.bool_],
    ) -> None:
        """Take those of a lot.

        Parameters
        ----------
        contacts
            Who was drawn.
        cell
            The position of the segment and arm of each.
        account
            The code of each one's account, the same in all lots.
        closed
            Whether a sale, an opt-out or a number that may not be called ended calling of somebody
            in the account, within the horizon.
        """
        self._lots.append((contacts, {"cell": cell, "account": account, "closed": closed}))

    def __len__(self) -> int:
        return sum(len(contacts) for contacts, _ in self._lots)

    def until_us(self) -> NDArray[np.int64]:
        """Return until when each was observed or its horizon ended, civil microseconds."""
        return _joined([contacts.until_us for contacts, _ in self._lots])

    def sizes(self, cells: int) -> NDArray[np.int64]:
        """Count those drawn of each of so many cells."""
        return np.bincount(_joined([of["cell"] for _, of in self._lots]), minlength=cells)

    def dials(self) -> dict[str, NDArray[Any]]:
        """Return the dials as columns: those of DIAL and of their contacts.

        These are ``cell``, ``account``, ``closed``, ``entered_us``, ``until_us``; the contact is
        ``place``, its position among all who were drawn.
        """
        parts: dict[str, list[NDArray[Any]]] = {}
        before = 0
        for contacts, of_contact in self._lots:
            who = contacts.dials["contact"]
            columns = {
                "place": before + who.astype(np.int64),
                **{name: values[who] for name, values in of_contact.items()},
                "entered_us": contacts.entered_us[who],
                "until_us": contacts.until_us[who],
                **{name: contacts.dials[name] for name in DIAL.fields or () if name != "contact"},
            }
            for name, values in columns.items():
                parts.setdefault(name, []).append(values)
            before += len(contacts)
        return {name: _joined(values) for name, values in parts.items()}


def _joined(parts: list[NDArray[Any]]) -> NDArray[Any]:
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)
