"""How much a study simulates."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Effort:
    """How much is simulated: the more, the narrower the intervals.

    Parameters
    ----------
    contacts, replications
        Contacts in each run, and runs of each interval.
    """

    contacts: int
    replications: int


STANDARD = Effort(contacts=800, replications=10)
QUICK = Effort(contacts=200, replications=4)


def effort_of(quick: bool, contacts: int | None, replications: int | None) -> Effort:
    """Return the effort that options ask for: a usual one, with any number given instead."""
    usual = QUICK if quick else STANDARD
    return Effort(
        contacts=usual.contacts if contacts is None else contacts,
        replications=usual.replications if replications is None else replications,
    )
