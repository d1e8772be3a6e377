"""A plan as the records and arrays that the compiled kernel plays on: numbers only, no objects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, get_type_hints

import numpy as np

from simkit.calllog import DISPOSITIONS
from simkit.engine.plan import Plan
from simkit.model import CallParameters
from simkit.policy.due import NO_CAP
from simkit.scenario.hours import DAY_S, NEVER_S

COUNT_MAX = 2**15 - 1
"""Counters of 16 bits stop here: no rule that asks for them counts further."""
UNLIMITED = -1
LISTS = 8
"""Each day's dues are so many lists, walked side by side: the memory then serves them at once."""
WAITING_ROOM = 1 << 10

#: One contact: what it is, its mind, and where it stands with its policy; 112 bytes.
CONTACT = np.dtype(
    [
        ("sale_offset_logit", "f8"),
        ("reach_offset_logit", "f8"),
        ("sensitivity", "f8"),
        ("optout_threshold", "f8"),
        ("sale_threshold", "f8"),
        ("leaves_s", "f8"),
        ("rival_s", "f8"),
        ("irritation", "f8"),
        # After a sale, of which nobody asks for this hazard, the probability of its cancellation.
        ("optout_hazard", "f8"),
        ("sale_hazard", "f8"),
        ("irritation_s", "i4"),
        # Once calling has ended, the moment at which it did.
        ("callback_s", "i4"),
        ("attempt_no", "i4"),
        ("need_no", "i4"),
        ("spell", "i4"),
        ("refusals", "i2"),
        ("bad_numbers", "i2"),
        ("retries", "i2"),
        ("cell", "i2"),
        ("state", "i1"),
        ("priority", "i1"),
        ("end", "i1"),
        ("dead", "?"),
    ]
)

#: When a contact is due, −1 once its calling has ended, and who comes after it in the list of that
#: day; 8 bytes, apart, so that lists are walked without touching the contacts.
DUE = np.dtype([("due_s", "i4"), ("next_that_day", "i4")])

PARAMETERS = np.dtype(
    [(name, "i8" if kind is int else "f8") for name, kind in get_type_hints(CallParameters).items()]
)

_BY_DISPOSITION = (len(DISPOSITIONS),)
RULES = np.dtype(
    [
        ("rests", "i8", _BY_DISPOSITION),
        ("rests_in_working_days", "i1", _BY_DISPOSITION),
        ("missed", "i1", _BY_DISPOSITION),
        ("interval", "i8"),
        ("interval_in_working_days", "?"),
        ("retries_max", "i8"),
        ("per_30_days", "i8"),
        ("per_year", "i8"),
        ("total", "i8"),
        ("bad_number_attempts", "i8"),
        ("refusals_max", "i8"),
        ("push", "?"),
    ]
)


#: One cell, a segment under an arm's policy: its pool, its queue there, and rows of hours.
CELL = np.dtype([("pool", "i8"), ("queue", "i8"), ("hours", "i8"), ("segment_hours", "i8")])
POOL = np.dtype([("agents", "i8"), ("first_agent", "i8")])
#: Where contacts of a pool who have the same hours wait.
QUEUE = np.dtype([("pool", "i8"), ("hours", "i8")])


class World(NamedTuple):
    """All that does not change while a plan is played.

    Attributes
    ----------
    seed_low, seed_high, replication
        The key of all draws.
    end_s, first_weekday
        As in the plan.
    windows, days
        How many windows and days a row of hours has.
    ring
        How many attempts of each contact the rolling caps look back on.
    parameters, rules, cells
        By cell: PARAMETERS, RULES and CELL.
    reach_profile_logit
        By cell and hour of the week.
    opens, closes, window_of_day
        By hours and window (filled up with moments that never come), and by hours and day.
    shift_opens, shift_closes, shift_window_of_day
        When agents work.
    working_days, working_rank
        Working days.
    pools, queues
        POOL, with UNLIMITED agents where there are as many as it takes; QUEUE.
    skill_logit
        By agent.
    account, sale_value_cents
        By contact; contacts of one account stand together.
    """

    seed_low: int
    seed_high: int
    replication: int
    end_s: int
    first_weekday: int
    windows: int
    days: int
    ring: int
    parameters: Any
    rules: Any
    cells: Any
    reach_profile_logit: Any
    opens: Any
    closes: Any
    window_of_day: Any
    shift_opens: Any
    shift_closes: Any
    shift_window_of_day: Any
    working_days: Any
    working_rank: Any
    pools: Any
    queues: Any
    skill_logit: Any
    account: Any
    sale_value_cents: Any


@dataclass
class State:
    """All that changes while a plan is played; the kernel leaves and re-enters with it.

    Attributes
    ----------
    contacts, dues
        CONTACT and DUE, shape (contacts,).
    due_on_day
        The first contact of each list of each day, −1 for none; the others follow by DUE: shape
        (days, LISTS).
    waiting, waiting_count
        Keys of the contacts that are due and wait, a heap a queue: shape (queues, room), (queues,).
    agents
        Keys of the agents of each pool by when they became idle, a heap a pool: shape (agents,).
    dialled_s
        The last attempts of each contact: shape (contacts, ring).
    """

    contacts: np.ndarray
    dues: np.ndarray
    due_on_day: np.ndarray
    waiting: np.ndarray
    waiting_count: np.ndarray
    agents: np.ndarray
    dialled_s: np.ndarray


def pack_world(plan: Plan) -> World:
    """Return what of a plan does not change."""
    hours = list(dict.fromkeys(h for cell in plan.cells for h in (cell.hours, cell.segment_hours)))
    row = {of: place for place, of in enumerate(hours)}
    windows = max(1, *(len(of.opens) for of in hours))
    queues = sorted({(cell.pool, row[cell.hours]) for cell in plan.cells})
    queue = {key: place for place, key in enumerate(queues)}
    caps = [cap for cell in plan.cells for cap in (cell.rules.per_30_days, cell.rules.per_year)]
    return World(
        seed_low=plan.key.seed_low,
        seed_high=plan.key.seed_high,
        replication=plan.key.replication,
        end_s=plan.end_s,
        first_weekday=plan.first_weekday,
        windows=windows,
        days=len(hours[0].window_of_day),
        ring=max((cap for cap in caps if cap != NO_CAP), default=0),
        parameters=np.array([tuple(cell.parameters) for cell in plan.cells], dtype=PARAMETERS),
        rules=np.array([tuple(cell.rules) for cell in plan.cells], dtype=RULES),
        cells=np.array(
            [
                (cell.pool, queue[cell.pool, row[cell.hours]], row[cell.hours], row[segment])
                for cell, segment in ((cell, cell.segment_hours) for cell in plan.cells)
            ],
            dtype=CELL,
        ),
        reach_profile_logit=np.array([cell.reach_profile_logit for cell in plan.cells]),
        opens=_filled([of.opens for of in hours], windows),
        closes=_filled([of.closes for of in hours], windows),
        window_of_day=np.array([of.window_of_day for of in hours], dtype=np.int64),
        shift_opens=np.array(plan.shifts.opens, dtype=np.int64),
        shift_closes=np.array(plan.shifts.closes, dtype=np.int64),
        shift_window_of_day=np.array(plan.shifts.window_of_day, dtype=np.int64),
        working_days=np.array(plan.working.days, dtype=np.int64),
        working_rank=np.array(plan.working.rank, dtype=np.int64),
        pools=np.array(
            [
                (UNLIMITED if pool.agents is None else pool.agents, pool.first_agent)
                for pool in plan.pools
            ],
            dtype=POOL,
        ),
        queues=np.array(queues, dtype=QUEUE),
        skill_logit=np.asarray(plan.skill_logit, dtype=np.float64),
        account=plan.account,
        sale_value_cents=plan.traits.sale_value_cents,
    )


def new_state(plan: Plan, world: World) -> State:
    """Return where a run begins: contacts without minds yet, nobody due, all agents idle."""
    n, traits = len(plan.cell), plan.traits
    contacts = np.zeros(n, dtype=CONTACT)
    contacts["sale_offset_logit"] = traits.buying_offset_logit + traits.account_offset_logit
    contacts["reach_offset_logit"] = traits.reach_offset_logit
    contacts["sensitivity"] = traits.sensitivity
    contacts["optout_threshold"] = traits.optout_threshold
    contacts["sale_threshold"] = traits.sale_threshold
    contacts["dead"] = traits.dead
    contacts["cell"] = plan.cell
    # Until it is born, a contact's moment of birth stands where its mind will be looked up.
    contacts["irritation_s"] = plan.entered_s
    agents = sum(pool.agents or 0 for pool in plan.pools)
    return State(
        contacts=contacts,
        dues=np.empty(n, dtype=DUE),
        due_on_day=np.full((plan.end_s // DAY_S + 1, LISTS), -1, dtype=np.int32),
        waiting=np.empty((len(world.queues), WAITING_ROOM), dtype=np.int64),
        waiting_count=np.zeros(len(world.queues), dtype=np.int64),
        agents=np.arange(agents, dtype=np.int64),  # idle since 0, then by number
        dialled_s=np.zeros((n, world.ring), dtype=np.int32),
    )


def with_more_room(state: State) -> None:
    """Double the room in which contacts wait."""
    state.waiting = np.hstack([state.waiting, np.empty_like(state.waiting)])


def _filled(rows: list[Any], width: int) -> np.ndarray:
    table = np.full((len(rows), width), NEVER_S, dtype=np.int64)
    for place, row in enumerate(rows):
        table[place, : len(row)] = row
    return table
