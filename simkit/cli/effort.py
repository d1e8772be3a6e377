"""How much a study simulates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from simkit.errors import Problem

if TYPE_CHECKING:
    from simkit.trial.design import TrialDesign


@dataclass(frozen=True)
class Effort:
    """How much is simulated: the more, the narrower the intervals.

    Parameters
    ----------
    contacts, replications
        Contacts in each run, all of one segment, and runs of each interval.
    contacts_per_agent
        How many contacts one agent serves; None for as many agents as it takes.
    """

    contacts: int
    replications: int
    contacts_per_agent: int | None = None

    def as_registered(self, design: TrialDesign | None) -> Effort:
        """Return an effort with as many contacts an agent as a design plans, where none is given.

        Parameters
        ----------
        design
            The trial as registered; None where none was.
        """
        if design is None or self.contacts_per_agent is not None or design.agents is None:
            return self
        # One agent at least serves the contacts of a run, however many a trial's serve.
        planned = max(1, round(planned_for_each(design)))
        return replace(self, contacts_per_agent=min(planned, self.contacts))

    @property
    def agents(self) -> int | None:
        """Agents of each run; None for as many as it takes."""
        if self.contacts_per_agent is None:
            return None
        return max(1, round(self.contacts / self.contacts_per_agent))

    def problems(self, *, seed: int, jobs: int) -> list[Problem]:
        """Return everything that a sweep of this effort would refuse.

        Parameters
        ----------
        seed, jobs
            As ``simkit.sweep.sweep`` takes them.
        """
        from simkit.run.replicate import jobs_problems
        from simkit.sweep.arguments import argument_problems

        problems = argument_problems(
            replications=self.replications,
            contacts=self.contacts,
            agents=self.agents,
            days=YEAR_DAYS,
            horizons=None,
            seed=seed,
        )
        if self.contacts_per_agent is not None and self.contacts_per_agent > self.contacts:
            rule = f"must be at most --contacts-per-run ({self.contacts:,}): one agent serves them"
            option = "--contacts-per-agent"
            problems.append(Problem("command line", option, self.contacts_per_agent, rule))
        return problems + jobs_problems(jobs)


def planned_for_each(design: TrialDesign) -> float:
    """Return how many contacts an agent serves by a design that says how many agents there are.

    Parameters
    ----------
    design
        With ``agents``.
    """
    assert design.agents is not None
    each = design.agents.values() if isinstance(design.agents, dict) else [design.agents]
    return sum(design.contacts.values()) / sum(each)


YEAR_DAYS = 365
STANDARD = Effort(contacts=800, replications=10)
QUICK = Effort(contacts=200, replications=4)


def effort_of(
    quick: bool,
    contacts: int | None,
    replications: int | None,
    contacts_per_agent: int | None = None,
) -> Effort:
    """Return the effort that options ask for: a usual one, with any number given instead."""
    usual = QUICK if quick else STANDARD
    return Effort(
        contacts=usual.contacts if contacts is None else contacts,
        replications=usual.replications if replications is None else replications,
        contacts_per_agent=contacts_per_agent,
    )
