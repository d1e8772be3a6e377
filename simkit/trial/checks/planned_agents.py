"""Whether about as many agents called as the plan counts on, and for the arms it gave them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from simkit.calllog.source import many
from simkit.measures.agents import AgentsCalled
from simkit.trial.checks.check import EVERYWHERE, NO_P_VALUE, Check
from simkit.trial.checks.registration import REGISTERED
from simkit.trial.read.data import ALL

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from simkit.trial.design import TrialDesign

AGENTS_PLANNED = "planned agents"
#: Part by which more or fewer than planned is usual (assumed): over months some leave and are
#: replaced, others stand in or are ill.
USUAL = 1 / 3
#: Agents more or fewer that mean nothing: one who stood in.
STOOD_IN = 1
#: Part of the agents who may call for an arm that is not theirs (assumed): some help out.
HELPED_OUT = 0.1
SHARED_INSTEAD = (
    "arms that share agents compete for them: one that calls often takes time from the others, so "
    "the difference is not that of a year in which each arm has the agents that were registered"
)
OWN_INSTEAD = (
    "with agents of its own no arm takes time from another, and differences between the teams "
    "count as the arms': the difference is not that of arms which compete for the same agents, as "
    "was registered"
)
WHOSE_ADVICE = (
    "say so with the result, and rehearse the trial with the agents as they were (simkit rehearse "
    "--agents) to see how large the bias may be; next time register whose agents will call, and "
    "keep to it (simkit design --agents 9, shared; --agents ARM=3, the arm's own)"
)
AS_PLANNED = "about as many agents called as were planned, as they come and go"
SO_FAR = "fewer agents than planned have called, and not all contacts are there yet"
REHEARSED = (
    "if so many call at a time, contacts waited {} for an agent than was planned: the rehearsal of "
    "the trial, and the year that the study simulates, have them wait as with the planned agents. "
    "Agents come and go, and work by turns or part time, so that a third more or fewer over months "
    "is usual; this is beyond it"
)
ADVICE = (
    "count how many call these contacts at a time: if as many as planned, nothing is amiss; if "
    "not, rehearse with that number (simkit rehearse --agents), and tell the study how many "
    "contacts each serves (simkit study --contacts-per-agent)"
)


def agents_called(by_agent: pd.DataFrame, cells: Sequence[tuple[str, str]]) -> AgentsCalled:
    """Count the agents of a log's dials.

    Parameters
    ----------
    by_agent
        ``cell``, ``agent_id`` and ``dials``, as `simkit.trial.checks.load.Load` has them.
    cells
        Segment and arm of each cell.
    """
    known = by_agent[by_agent["agent_id"].notna() & (by_agent["dials"] > 0)]
    arm = known["cell"].map(dict(enumerate(arm for _, arm in cells)))
    by_arm = known["agent_id"].groupby(arm).nunique()
    counted = {str(name): int(agents) for name, agents in by_arm.items()}
    serves = arm.groupby(known["agent_id"]).nunique()
    return AgentsCalled(len(serves), counted, int((serves > 1).sum()))


def planned_agents_checks(
    design: TrialDesign | None,
    called: AgentsCalled,
    contacts: Mapping[tuple[str, str], int],
    *,
    running: bool = False,
) -> list[Check]:
    """Hold the agents who called against the number of them in the design, and whose they are.

    Nothing is said where the design settles no number, or the log names no agent.

    Parameters
    ----------
    design
        The trial as registered; None where none was.
    called
        Who called.
    contacts
        Segment and arm → contacts of the trial.
    running
        Whether contacts may still be to come, so that more agents may call.
    """
    if design is None or not called.agents:
        return []
    whose = _whose_checks(design, called, running=running)
    told, apart = [], []
    for arm, planned, seen in _held(design, called, apart=not whose):
        told.append(_found(design, arm, planned, seen, contacts))
        if abs(seen - planned) > max(STOOD_IN, USUAL * planned):
            apart.append(seen - planned)
    if not told:
        return whose
    found = "; ".join(told)
    there = {segment for segment, _ in contacts}
    # A part of the registered segments may be called by a part of the agents.
    partly = there != {ALL} and not set(design.segments) <= there
    if not apart:
        return [*whose, Check(AGENTS_PLANNED, EVERYWHERE, found, NO_P_VALUE, "ok", AS_PLANNED)]
    if max(apart) < 0 and (running or partly):
        return [*whose, Check(AGENTS_PLANNED, EVERYWHERE, found, NO_P_VALUE, "ok", SO_FAR)]
    how = "less" if min(apart) > 0 else "longer" if max(apart) < 0 else "longer or less"
    meaning = REHEARSED.format(how)
    count = Check(AGENTS_PLANNED, EVERYWHERE, found, NO_P_VALUE, "warning", meaning, ADVICE)
    return [*whose, count]


def _whose_checks(design: TrialDesign, called: AgentsCalled, *, running: bool) -> list[Check]:
    """Warn where arms shared agents that were registered as their own, or had own, not shared."""
    if design.agents is None or sum(map(bool, called.by_arm.values())) < 2:
        return []
    few = HELPED_OUT * called.agents
    if isinstance(design.agents, dict):
        if called.shared < called.agents and called.shared <= max(STOOD_IN, few):
            return []
        meant = ", ".join(f"{arm} {number:,}" for arm, number in design.agents.items())
        meant, meaning = f"each arm's own agents ({meant})", SHARED_INSTEAD
    else:
        # Who has just begun has not yet come to the other arms.
        if running or called.shared > few:
            return []
        meant, meaning = f"{many(design.agents, 'agent')} shared by all arms", OWN_INSTEAD
    seen = f"{called.shared:,} of {called.agents:,} who called did so for more than one arm"
    found = f"agents: registered {meant}; {seen}"
    return [Check(REGISTERED, EVERYWHERE, found, NO_P_VALUE, "warning", meaning, WHOSE_ADVICE)]


def _held(
    design: TrialDesign, called: AgentsCalled, *, apart: bool
) -> Iterator[tuple[str, int, int]]:
    """Yield arm (empty for all that share their agents), agents planned, and who called.

    Arms whose agents are not ``apart`` are counted together: nobody is counted twice.
    """
    if isinstance(design.agents, dict) and not apart:
        yield "", sum(design.agents.values()), called.agents
    elif isinstance(design.agents, dict):
        for arm, planned in design.agents.items():
            yield arm, planned, called.by_arm.get(arm, 0)
    elif design.agents is not None:
        yield "", design.agents, called.agents


def _found(
    design: TrialDesign,
    arm: str,
    planned: int,
    seen: int,
    contacts: Mapping[tuple[str, str], int],
) -> str:
    """Say how many were planned and how many called, and how many contacts each has."""
    meant = sum(
        size * (design.parts(segment).get(arm, 0.0) if arm else 1.0)
        for segment, size in design.contacts.items()
    )
    came = sum(size for (_, name), size in contacts.items() if arm in ("", name))
    whose = f"{arm}: " if arm else ""
    each = f", {meant / planned:,.0f} contacts each" if meant else ""
    of_those = f", {came / seen:,.0f} each" if seen else ""
    return f"{whose}planned {many(planned, 'agent')}{each}, and {seen:,} called{of_those}"
