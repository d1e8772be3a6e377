"""The truth behind a trial: each arm's policy alone, serving everybody with the same capacity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simkit.engine.memory import clear_shortage
from simkit.engine.plan import make_plan
from simkit.engine.simulate import engine_of
from simkit.measures.outcomes import outcome_columns
from simkit.measures.tally import Tally
from simkit.policy import RecallPolicy
from simkit.scenario import Economics, Scenario
from simkit.trial.rehearse.arguments import FEWER, WHERE
from simkit.trial.rehearse.field_log import days_to_play
from simkit.trial.rehearse.trials import FIRST_OF, plain

LOAD = ("attempts", "agent_s")


class Alone(NamedTuple):
    """An arm that serves everybody.

    Parameters
    ----------
    arm
        Its name; a segment that has no such arm follows its control.
    replication
        Which population it meets: all arms meet the same, so that they are compared on it.
    """

    arm: str
    replication: int


@dataclass(frozen=True)
class AloneRun:
    """What all runs of an arm alone have in common; called with a task it runs one.

    That is the decision which a trial is to serve: if this arm becomes the policy, its contacts are
    not called beside those of other arms any more, and its calls compete with each other's alone.

    Parameters
    ----------
    arms, control
        Segment → arm → policy; segment → arm.
    scenario, economics
        The world; prices.
    contacts, agents
        How many, and how many serve all of them.
    horizons
        Days since entry, ascending.
    outcomes
        Whose means are wanted.
    seed
        Of all random draws.
    """

    arms: Mapping[str, Mapping[str, RecallPolicy]]
    control: Mapping[str, str]
    scenario: Scenario
    economics: Mapping[str, Economics]
    contacts: int | Mapping[str, int]
    agents: int | None
    horizons: tuple[float, ...]
    outcomes: tuple[str, ...]
    seed: int

    @property
    def measured(self) -> tuple[str, ...]:
        """What is averaged: the outcomes, then what the arm takes of the agents."""
        return (*self.outcomes, *LOAD)

    def policies(self, arm: str) -> dict[str, RecallPolicy]:
        """Return segment → the policy that all its contacts follow."""
        return {
            segment: of_arm.get(arm, of_arm[self.control[segment]])
            for segment, of_arm in self.arms.items()
        }

    def __call__(self, task: Alone) -> NDArray[np.float64]:
        """Run an arm alone; return means per contact, shape (horizons, segments, measured)."""
        segments = list(self.scenario.segments)
        with clear_shortage(self.contacts, FEWER, WHERE):
            plan = make_plan(
                self.scenario,
                self.policies(task.arm),
                contacts=self.contacts,
                agents=self.agents,
                days=days_to_play(self.scenario, self.horizons[-1]),
                seed=self.seed,
                replication=FIRST_OF["alone"] + task.replication,
            )
            tally = Tally(plan.entered_s, plan.end_s, self.horizons, callback_window_us=0)
            run = engine_of("compiled", plan)
            for rows in run.run():
                tally.add(rows)
            cancel_prob = run.ended().cancel_prob
            of_cell = np.array([segments.index(cell.segment) for cell in plan.cells])
            of_contact = of_cell[plan.cell]
            withdrawal = [row.withdrawal_days for row in self.scenario.segments.values()]
            size = np.bincount(of_contact, minlength=len(segments))
            found = np.empty((len(self.horizons), len(segments), len(self.measured)))
            for place, horizon in enumerate(self.horizons):
                columns = outcome_columns(
                    tally.counts(place),
                    observed_us=np.full(len(of_contact), tally.observed_us),
                    withdrawal_days=np.array(withdrawal, dtype=np.float64)[of_contact],
                    cancel_prob=cancel_prob,
                    prices=tuple(self.economics[name] for name in segments),
                    of_contact=of_contact,
                    spent_days=horizon,
                )
                for at, name in enumerate(self.measured):
                    sums = np.bincount(of_contact, columns[name], minlength=len(segments))
                    found[place, :, at] = sums / size
        return found

    def shape(self, task: Alone) -> tuple[int, ...]:
        """Return the shape of a result."""
        return (len(self.horizons), len(self.scenario.segments), len(self.measured))

    def about(self, task: Alone) -> dict[str, Any]:
        """Return all that a result depends on. Names and sources do not matter, values do."""
        return {
            "rehearsed": "alone",
            "replication": task.replication,
            "scenario": self.scenario.identity()["sha256"],
            "economics": {name: row.model_dump() for name, row in self.economics.items()},
            "policies": {
                segment: policy.to_dict() for segment, policy in self.policies(task.arm).items()
            },
            "measured": list(self.measured),
            "contacts": plain(self.contacts),
            "agents": self.agents,
            "horizons_days": [float(days) for days in self.horizons],
            "seed": self.seed,
        }
