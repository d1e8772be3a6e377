"""One rehearsed trial: simulated, left as a field log, evaluated as the real one will be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simkit.engine.memory import clear_shortage
from simkit.engine.plan import contacts_by_segment
from simkit.engine.simulate import prepared
from simkit.policy import RecallPolicy
from simkit.scenario import Economics, Scenario
from simkit.trial.design import TrialDesign
from simkit.trial.evaluate import evaluate
from simkit.trial.rehearse.arguments import FEWER, WHERE
from simkit.trial.rehearse.field_log import days_to_play, dealt, field_logs
from simkit.trial.rehearse.layout import Layout
from simkit.trial.rehearse.looking import looks_at

FIRST_OF = {"trial": 0, "null": 1_000_000, "alone": 2_000_000}
"""Where each kind of run begins to count its replications: none shares its draws with another's, or
the luck of a trial would be in the truth that it is compared with."""
NOT_PLAYED: dict[str, Any] = {
    "covariates": (),
    "strata": (),
    "lower_is_better": (),
    "higher_is_better": (),
    "registered_on": None,
    "method": "outside",
}
"""What of a design a rehearsal leaves out: covariates and strata are not simulated, simkit's own
outcomes have known directions, the days of simulated calls are invented, and the simulation deals
the arms."""


class Task(NamedTuple):
    """A trial to be rehearsed.

    Parameters
    ----------
    kind
        ``"trial"``; or ``"null"``, in which every arm follows its control's policy.
    replication
        Its number.
    """

    kind: Literal["trial", "null"]
    replication: int


@dataclass(frozen=True)
class TrialRun:
    """What all rehearsed trials have in common; called with a task it rehearses one.

    Parameters
    ----------
    design, scenario, economics
        The trial; the world; the prices that its evaluation is given.
    contacts, agents
        As ``simulate`` takes them.
    durations
        Days since entry at which trials are evaluated, ascending; a null trial at the design's
        horizon only.
    seed
        Of all random draws.
    """

    design: TrialDesign
    scenario: Scenario
    economics: Mapping[str, Economics]
    contacts: int | Mapping[str, int]
    agents: int | Mapping[str, int] | None
    durations: tuple[float, ...]
    seed: int

    @property
    def layout(self) -> Layout:
        """What is noted of each trial, in which order."""
        return layout_of(self.design)

    def horizons(self, kind: str) -> tuple[float, ...]:
        """Return the days since entry at which a kind of trial is evaluated."""
        return self.durations if kind == "trial" else (self.design.horizon_days,)

    @property
    def looked_at(self) -> TrialDesign:
        """The design as its looks are taken: planned are the contacts that are played."""
        played = contacts_by_segment(self.scenario, self.contacts)
        return self.design.replace(**NOT_PLAYED, contacts=played, prices=dict(self.economics))

    def policies(self, kind: str) -> dict[str, dict[str, RecallPolicy]]:
        """Return segment → arm → the policy that the arm follows in a kind of trial."""
        arms, control = self.design.arms, self.design.control
        if kind == "trial":
            return {segment: dict(of_arm) for segment, of_arm in arms.items()}
        return {
            segment: dict.fromkeys(of_arm, of_arm[control[segment]])
            for segment, of_arm in arms.items()
        }

    def __call__(self, task: Task) -> NDArray[np.float64]:
        """Rehearse a trial; return shape (horizons and looks, cells, what `Layout` notes)."""
        horizons = self.horizons(task.kind)
        days = [days_to_play(self.scenario, horizon) for horizon in horizons]
        design, layout = self.design, self.layout
        with clear_shortage(self.contacts, FEWER, WHERE):
            plan, header = prepared(
                self.scenario,
                self.policies(task.kind),
                contacts=self.contacts,
                agents=self.agents,
                days=days[-1],
                seed=self.seed,
                replication=FIRST_OF[task.kind] + task.replication,
            )
            if design.unit == "contact" or len(set(design.shares.values())) > 1:
                parts = {segment: design.parts(segment) for segment in design.segments}
                plan = dealt(plan, parts, design.unit)
            noted, looked = [], []
            logs = field_logs(plan, header, days)
            for log, horizon, day in zip(logs, horizons, days, strict=True):
                settings = settings_of(design, horizon, self.economics)
                noted.append(layout.note(evaluate(log, **settings)))
                if design.looks is not None and horizon == design.horizon_days:
                    looked = looks_at(
                        log, self.looked_at, plan.entered_s, day, layout, self.economics
                    )
            return np.array([*noted, *looked])

    def shape(self, task: Task) -> tuple[int, ...]:
        """Return the shape of a result."""
        layout = self.layout
        return (len(self.horizons(task.kind)) + layout.looks, len(layout.cells), layout.width)

    def about(self, task: Task) -> dict[str, Any]:
        """Return all that a result depends on. Names and sources do not matter, values do."""
        design = self.design
        return {
            "rehearsed": task.kind,
            "replication": task.replication,
            "scenario": self.scenario.identity()["sha256"],
            "economics": {name: row.model_dump() for name, row in self.economics.items()},
            "policies": {
                segment: {arm: policy.to_dict() for arm, policy in of_arm.items()}
                for segment, of_arm in self.policies(task.kind).items()
            },
            "control": dict(design.control),
            "unit": design.unit,
            "parts": {segment: design.parts(segment) for segment in design.segments},
            "guardrails": {name: dict(row) for name, row in design.guardrails.items()},
            "margins": {name: dict(row) for name, row in design.margins.items()},
            "margins_at_days": design.horizon_days,
            "alpha": design.alpha,
            "power": design.power,
            "looks": None if design.looks is None else design.looks.model_dump(mode="json"),
            "outcomes": list(self.layout.outcomes),
            "contacts": plain(self.contacts),
            "agents": plain(self.agents),
            "horizons_days": [float(days) for days in self.horizons(task.kind)],
            "seed": self.seed,
        }


def layout_of(design: TrialDesign) -> Layout:
    """Return what is noted of the trials of a design."""
    cells = tuple((segment, arm) for segment, arms in design.arms.items() for arm in arms)
    control = tuple(cells.index((segment, design.control[segment])) for segment, _ in cells)
    looks = 0 if design.looks is None else len(design.looks.fractions)
    return Layout(cells, control, (design.primary, *design.guardrails), looks)


def settings_of(
    design: TrialDesign, horizon_days: float, economics: Mapping[str, Economics]
) -> dict[str, Any]:
    """Return how a design has its trial evaluated, as `simkit.trial.evaluate` takes it.

    Only what decides is asked for: the primary outcome and the guardrails; simulated calls need no
    checks. A margin in money grows with the horizon, as money does; it is scaled where the
    trial is cut short or goes on. The prices that are played count as those registered.

    Parameters
    ----------
    design
        The registered design.
    horizon_days
        Days since entry; the design's, or another duration.
    economics
        Prices by segment.
    """
    scale = horizon_days / design.horizon_days
    margins = {
        name: {
            segment: margin * scale if name.endswith("_eur") else margin
            for segment, margin in row.items()
        }
        for name, row in design.margins.items()
        if name == design.primary
    }
    cut: dict[str, Any] = {"horizon_days": horizon_days, "margins": margins, "secondary": ()}
    return {
        "design": design.replace(**NOT_PLAYED, **cut, contacts={}, prices=dict(economics)),
        "checks": "assignment",
    }


def plain(number: Any) -> Any:
    """Return numbers by name as JSON can hold them."""
    return dict(number) if isinstance(number, Mapping) else number
