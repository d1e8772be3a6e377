"""What the arms asked of the agents: load, waiting, and who called for whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simkit.measures.reduction import US_PER_DAY
from simkit.measures.spacing import US_PER_HOUR
from simkit.trial.checks.check import ALPHA, Check, by_arm, homogeneity, judged, percent, rows_of
from simkit.trial.checks.dials import Dials
from simkit.trial.read.logs import S_PER_HOUR

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Times the least load from which the heaviest is told (assumed).
UNEQUAL_LOAD = 1.25
LATE = 0.05
"""Share of dials more than a day late from which waiting matters."""

#: Arms whose loads are told one by one; of more, the least and the heaviest.
MOST_ARMS = 4

#: Agents alike below which an arm rests on single people (assumed).
FEWEST_AGENTS = 3.0
ONE_AGENT = 1.25
"""Agents alike, where one of two makes nine of ten dials."""

#: Part of an arm's dials by other agents than on average, from which it is said (assumed).
UNEVEN = 0.15
#: Part of their dials by different agents from which arms have agents of their own: a colleague may
#: have stood in for an hour (assumed).
DISJOINT = 0.99

# Sums only, so that answers for parts of the dials can be added.
AGENTS = f"""
SELECT
    cell,
    agent_id,
    count(*) FILTER (counts) AS dials,
    count(*) FILTER (attempt_no = 1) AS firsts,
    count(due_us) FILTER (counts) AS with_due,
    count(*) FILTER (counts AND dialled_us - due_us > {US_PER_DAY}) AS late,
    CAST(coalesce(sum(dialled_us - due_us) FILTER (counts), 0) AS DOUBLE) / {US_PER_HOUR}
        AS waited_hours,
    CAST(coalesce(sum(coalesce(ring_s, 0) + coalesce(talk_s, 0) + coalesce(wrap_s, 0))
        FILTER (counts), 0) AS DOUBLE) AS agent_s
FROM dials
WHERE cell >= 0
GROUP BY ALL
ORDER BY ALL
"""

AGENTS_COLUMNS = ("attempt_no", "agent_id", "ring_s", "talk_s", "wrap_s")


@dataclass(frozen=True, eq=False)
class Load:
    """What each arm asked of the agents.

    Parameters
    ----------
    table
        One row per segment and arm: ``contacts``, ``dials``, ``agent_hours``,
        ``dials_per_contact``, ``agent_min_per_contact``, ``of_contacts`` and ``of_agent_time``
        (its share of the segment's), ``agents``, ``agents_alike`` (1 ÷ Σ squared shares of its
        dials: as many agents would share them evenly), ``shared_agents`` (also calling for another
        arm of the segment), ``of_shared_time`` (its share of the time of these), ``waited_hours``
        (mean from due to dialled) and ``late`` (share of its dials more than a day late; both NaN
        where due dates are not known).
    by_agent
        ``cell``, ``agent_id`` and the counts behind the table.
    timed
        Whether the log holds agents' time; if not, dials stand for it.
    """

    table: pd.DataFrame
    by_agent: pd.DataFrame
    timed: bool


def load_of(dials: Dials) -> Load:
    """Measure what each arm asked of the agents.

    Parameters
    ----------
    dials
        The trial's dials.
    """
    found = dials.ask(AGENTS, AGENTS_COLUMNS, ("due_at",))
    timed = bool(found["agent_s"].sum() > 0)
    found["time"] = found["agent_s"] if timed else found["dials"].astype(np.float64)
    rows: list[dict[str, object]] = []
    for segment, cells in dials.segments.items():
        here = found[found["cell"].isin(cells)]
        known = here[here["agent_id"].notna() & (here["dials"] > 0)]
        serves = known.groupby("agent_id")["cell"].nunique()
        shared = known[known["agent_id"].isin(serves.index[serves > 1])]
        for cell in cells:
            ours, named = here[here["cell"] == cell], known[known["cell"] == cell]
            of_shared = shared.loc[shared["cell"] == cell, "time"]
            contacts, made = int(dials.contacts[cell]), int(ours["dials"].sum())
            due = float(ours["with_due"].sum())
            rows.append(
                {
                    "segment": segment,
                    "arm": dials.arm(cell),
                    "contacts": contacts,
                    "dials": made,
                    "agent_hours": float(ours["agent_s"].sum()) / S_PER_HOUR,
                    "dials_per_contact": made / contacts,
                    "agent_min_per_contact": float(ours["agent_s"].sum()) / 60 / contacts,
                    "of_contacts": contacts / float(dials.contacts[cells].sum()),
                    "of_agent_time": _part(ours["time"], here["time"]),
                    "agents": len(named),
                    "agents_alike": _alike(named["dials"].to_numpy(dtype=np.float64)),
                    "shared_agents": len(of_shared),
                    "of_shared_time": _part(of_shared, shared["time"]),
                    "waited_hours": float(ours["waited_hours"].sum()) / due if due else np.nan,
                    "late": float(ours["late"].sum()) / due if due else np.nan,
                }
            )
    return Load(pd.DataFrame(rows), found, timed)


def load_checks(dials: Dials, load: Load) -> list[Check]:
    """Check whether an arm's calls took time from another's, waited, or hung on single agents."""
    checks: list[Check] = []
    for segment, cells in dials.segments.items():
        rows = load.table[load.table["segment"] == segment]
        if not rows["dials"].sum():
            continue
        by_agent = _agents_by_arm(load.by_agent, cells)
        agents = (len(by_agent), int(((by_agent > 0).sum(axis=1) > 1).sum()))
        checks.append(_shared_check(segment, rows, agents, timed=load.timed))
        if rows["late"].notna().any():
            checks.append(_waiting_check(segment, rows))
        if rows["agents"].sum():
            firsts = _agents_by_arm(load.by_agent, cells, "firsts")
            checks.append(_mixing_check(segment, rows, by_agent, firsts))
    return checks


def _part(part: pd.Series, whole: pd.Series) -> float:
    total = float(whole.sum())
    return float(part.sum()) / total if total else float("nan")


def _alike(dials: NDArray[np.float64]) -> float:
    """Return how many agents would share the dials as unevenly, all alike (inverse Simpson)."""
    return float(dials.sum() ** 2 / (dials**2).sum()) if dials.any() else 0.0


def _agents_by_arm(
    found: pd.DataFrame, cells: list[int], what: str = "dials"
) -> NDArray[np.float64]:
    """Count dials, or first dials: a row an agent, a column a cell."""
    known = found[found["cell"].isin(cells) & found["agent_id"].notna()]
    table = known.pivot_table(index="agent_id", columns="cell", values=what, aggfunc="sum")
    return table.reindex(columns=cells).fillna(0.0).to_numpy(dtype=np.float64)


def _shared_check(
    segment: str, rows: pd.DataFrame, agents_of: tuple[int, int], *, timed: bool
) -> Check:
    agents, shared = agents_of
    per = "agent_min_per_contact" if timed else "dials_per_contact"
    loads = rows[per].to_numpy(dtype=np.float64)
    least, most = rows.iloc[int(loads.argmin())], rows.iloc[int(loads.argmax())]
    ratio = most[per] / least[per] if least[per] > 0 else np.inf
    many = len(rows) > MOST_ARMS
    ends = rows.iloc[[int(loads.argmin()), int(loads.argmax())]]
    told = by_arm(
        (
            row.arm,
            f"{row.dials_per_contact:.1f} dials"
            + (f" and {row.agent_min_per_contact:.1f} min of an agent" if timed else ""),
        )
        for row in rows_of(ends if many else rows)
    )
    found = f"per contact{f', the least and the most of {len(rows)} arms' if many else ''}: {told}"
    waits = rows["late"].to_numpy(dtype=np.float64)
    waiting = not (np.isfinite(waits).all() and (waits < LATE).all())
    if not shared:
        fine = "no agent called for more than one arm: no arm takes another's time"
        if not agents:
            fine = "agents are not known: whether arms took each other's time cannot be told"
        return judged(
            "load on shared agents", segment, found, bad="ok", fine=fine, meaning="", advice=""
        )
    found = f"{shared:,} of {agents:,} agents called for more than one arm; {found}"
    if ratio >= UNEQUAL_LOAD:
        part = (most["of_shared_time"], most["of_contacts"])
        found += (
            f"; {most['arm']} took {ratio:.1f} times as much as {least['arm']}, "
            f"{percent(part[0])} of the shared agents' {'time' if timed else 'dials'} with "
            f"{percent(part[1])} of the contacts"
        )
    return judged(
        "load on shared agents",
        segment,
        found,
        bad="warning" if waiting else "ok",
        fine="agents are shared, but hardly a call waited for them: no arm lost by another's calls",
        meaning="an arm that calls more takes their time from the others, so part of the "
        "difference may be the queue's: the gain of calling less often shows in all arms, and the "
        "arm that everybody would get can do better or worse than here",
        advice="give each arm agents of its own in proportion to its contacts, or all arms by "
        "turns (team × week); until then rehearse the trial with shared agents to see how large "
        "the bias may be",
    )


def _waiting_check(segment: str, rows: pd.DataFrame) -> Check:
    known = rows[rows["late"].notna()]
    late = known[known["late"] >= LATE]
    told = (
        (
            row.arm,
            f"{row.waited_hours:.1f} h on average, {percent(row.late)} of its calls over a day",
        )
        for row in rows_of(known)
    )
    return judged(
        "waiting for an agent",
        segment,
        by_arm(told),
        bad="warning" if len(late) else "ok",
        fine="calls were made about when they fell due",
        meaning=f"in {', '.join(late['arm'])} contacts waited after they fell due: the arm "
        "delivered a longer interval than its rule, set by the number of agents",
        advice="read the effect as that of the delivered interval; more agents, fewer contacts or "
        "a longer interval would let the arm keep its rule",
    )


def _mixing_check(
    segment: str, rows: pd.DataFrame, dials: NDArray[np.float64], firsts: NDArray[np.float64]
) -> Check:
    """Look at whether the same agents called for the arms in the same parts.

    The test counts each contact once, by its first dial: agents may keep their contacts.
    """
    calling = dials[:, dials.sum(axis=0) > 0]
    shares = calling / calling.sum(axis=0)
    pooled = calling.sum(axis=1) / calling.sum()
    apart = float((0.5 * np.abs(shares - pooled[:, None]).sum(axis=0)).max())
    several = calling.shape[1] > 1
    own = several and _overlap(shares) < 1 - DISJOINT
    p_value = homogeneity(firsts) if several and not own else float("nan")
    uneven = several and not own and apart > UNEVEN and p_value < ALPHA
    few = rows[(rows["agents_alike"] < FEWEST_AGENTS) & (rows["agents"] > 0)]
    alone = (own or uneven) and len(few) > 0
    single = few[few["agents_alike"] < ONE_AGENT] if own else few.iloc[:0]
    told = ((row.arm, f"{row.agents:,}") for row in rows_of(rows))
    found = f"agents who called: {by_arm(told)}"
    if own:
        found += ", each arm its own"
    elif several:
        found += f"; up to {percent(apart)} of an arm's dials are by other agents than on average"
    if len(single):
        meaning = (
            f"one agent (or login) made nearly all calls in {', '.join(single['arm'])}, and none "
            "for another arm: one agent's skill cannot be told from the effect of the arm, however "
            "many contacts it has"
        )
    elif alone:
        meaning = (
            f"{', '.join(few['arm'])} stands or falls with one or two agents: their skill cannot "
            "be told from the arm's effect, and errors by account do not see it"
        )
    else:
        meaning = (
            "arms were called by different agents: part of the difference may be their skill, and "
            "errors by account do not see it"
        )
    fine = "the same agents called for all arms"
    if own:
        fine = (
            "each arm has agents of its own, enough that no single one decides; differences "
            "between teams still count as the arm's"
        )
    return judged(
        "agents and arms",
        segment,
        found,
        p_value,
        bad="fail" if len(single) else "warning" if alone or uneven else "ok",
        fine=fine,
        meaning=meaning,
        advice="let teams change arms by turns, or draw agents for each arm at random and more of "
        "them; compare the same agents across arms where they called for both",
    )


def _overlap(shares: NDArray[np.float64]) -> float:
    """Return the largest part of their dials that two arms have by the same agents."""
    size = shares.shape[1]
    return max(
        float(np.minimum(shares[:, one], shares[:, two]).sum())
        for one in range(size)
        for two in range(one)
    )
