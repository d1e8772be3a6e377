"""What a design rests on: contacts of a past log, or simulated as the trial is planned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from simkit.calllog import CallLog
from simkit.scenario import Scenario
from simkit.trial.design.arguments import WHERE
from simkit.trial.design.spread import LOG, SIMULATED, Pilot, pilot_of, simulated_log
from simkit.trial.design.trial_design import TrialDesign

if TYPE_CHECKING:
    from simkit.scenario import Economics


def pilot_for(
    basis: Scenario | CallLog,
    design: TrialDesign,
    prices: Mapping[str, Economics] | None,
    planned: Mapping[str, int] | None,
    seed: int,
) -> Pilot:
    """Read from a past log, or from simulated contacts, how much the contacts of a trial differ.

    Parameters
    ----------
    basis
        The scenario or the log.
    design
        The trial.
    prices
        Segment → prices; None without.
    planned
        Segment → contacts in all; None where they are not yet known.
    seed
        Of simulated contacts.
    """
    how: dict[str, Any] = {"economics": prices, "covariates": design.covariates}
    days = design.horizon_days
    if isinstance(basis, CallLog):
        basis.require_attempts(WHERE)
        words = f"How much contacts differ was read from a log of {len(basis.contacts):,} contacts."
        return pilot_of(
            basis, design.control, design.outcomes, days, source=LOG, words=words, **how
        )
    found = []
    for segment, control in design.control.items():
        log = simulated_log(
            basis,
            segment,
            design.arms[segment][control],
            days,
            agents_per_contact=_agents_per_contact(design, segment, planned),
            seed=seed,
        )
        words = (
            f"How much contacts differ was simulated ({basis.name}, {len(log.contacts):,} contacts "
            f"of each segment under {control})."
        )
        found.append(
            pilot_of(
                log, {segment: control}, design.outcomes, days, source=SIMULATED, words=words, **how
            )
        )
    return Pilot(
        SIMULATED,
        {name: row for pilot in found for name, row in pilot.accounts.items()},
        {name: row for pilot in found for name, row in pilot.spreads.items()},
        found[0].words,
        found[0].missing,
        without_queue=planned is None,
    )


def _agents_per_contact(
    design: TrialDesign, segment: str, planned: Mapping[str, int] | None
) -> float | None:
    """Return how many agents serve one contact of the control, as the trial is planned.

    One for each contact is as many as it takes; more would change nothing.
    """
    if planned is None or design.agents is None:
        return None
    control = design.control[segment]
    if not isinstance(design.agents, dict):
        return min(design.agents / sum(planned.values()), 1.0)
    served = sum(planned[name] * design.parts(name).get(control, 0.0) for name in design.segments)
    return min(design.agents[control] / served, 1.0)
