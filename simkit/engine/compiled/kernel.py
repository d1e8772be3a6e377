"""The compiled engine's loop: who calls whom when, on records and arrays.

It keeps the order of :mod:`simkit.engine.simpy_engine` and calls the same functions of model and
policy. Everything here is written so that numba compiles it as it stands and plain Python runs it.

Contacts are queued by the day on which they fall due, and sorted by second at that day's dawn.
Only those who cannot be called at once wait in a heap. The loop leaves when the log's rows are
full or a heap is, at the beginning of a moment, and goes on from there when it is entered again.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from simkit.engine.compiled.attempt import dial, suppress_colleagues
from simkit.engine.compiled.heaps import (
    AGENT_BITS,
    AGENT_MASK,
    CONTACT_BITS,
    CONTACT_MASK,
    NEVER_DUE_S,
    due_key,
    heap_push,
    heap_replace,
    urgency,
)
from simkit.engine.compiled.rows import part_of, rows_of
from simkit.engine.compiled.state import UNLIMITED, World
from simkit.engine.compiled.views import hours_of, keep_mind, key_of, mind_of, rows_of_world
from simkit.engine.compiled.waiting import (
    await_day,
    can_start,
    doubled,
    dues_of_day,
    fetch,
    most_urgent,
    next_dispatch,
)
from simkit.engine.record import NONE
from simkit.model.contact import advance, born
from simkit.model.streams import ENTRY, FIRST_DUE, uniforms
from simkit.policy.due import first_due
from simkit.policy.standing import NEVER_CALLED, OPEN
from simkit.scenario.hours import DAY_S, NEVER_S, WorkingDays

DONE, ROWS_FULL, HEAP_FULL = range(3)
AHEAD = 8
"""How many contacts before its turn a contact is fetched from memory."""


def begin(world: World, contacts: Any, dues: Any, due_on_day: Any, first_due_s: Any) -> None:
    """Let every contact be born, and note when it is first due.

    Parameters
    ----------
    world, contacts, dues, due_on_day
        As in `play_on`.
    first_due_s
        When each contact is first due; without any the policies say so.
    """
    world, contacts = rows_of_world(world), rows_of(contacts)
    dues, due_on_day = rows_of(dues), rows_of(due_on_day)
    key = key_of(world)
    working = WorkingDays(world.working_days, world.working_rank)
    for number in range(len(contacts)):
        contact = contacts[number]
        entered_s = int(contact.irritation_s)
        keep_mind(contact, born(world.parameters[contact.cell], key, number, float(entered_s)))
        contact.priority = NEVER_CALLED
        contact.end = OPEN
        contact.callback_s = NONE
        hours = hours_of(world, world.cells[contact.cell].hours)
        if len(first_due_s) > 0:
            due_s = int(first_due_s[number])
        else:
            u = uniforms(key, number, ENTRY, 0, 0)[FIRST_DUE]
            due_s = first_due(world.rules[contact.cell], hours, working, entered_s, u)
        dues[number].due_s = min(due_s, NEVER_DUE_S)
        await_day(dues, due_on_day, number, world.end_s)


def finish(world: World, contacts: Any) -> None:
    """Let every mind run on to the end of observation."""
    world, contacts = rows_of_world(world), rows_of(contacts)
    key = key_of(world)
    for number in range(len(contacts)):
        contact = contacts[number]
        p = world.parameters[contact.cell]
        cancel_prob = contact.optout_hazard
        keep_mind(contact, advance(p, key, number, mind_of(contact), float(world.end_s)))
        contact.optout_hazard = cancel_prob


def play_on(
    world: World,
    contacts: Any,
    dues: Any,
    due_on_day: Any,
    waiting: Any,
    waiting_count: Any,
    agents: Any,
    dialled: Any,
    rows: Any,
    most_rows: int,
    from_s: int,
) -> tuple[int, int, int]:
    """Play on from a moment until the end, or until rows or a heap are full.

    Parameters
    ----------
    world
        What does not change.
    contacts, dues, due_on_day, waiting, waiting_count, agents, dialled
        The parts of a State.
    rows
        Where the attempts are written, from the first row on.
    most_rows
        The most rows that one call can write.
    from_s
        The moment.

    Returns
    -------
    why
        DONE, ROWS_FULL or HEAP_FULL.
    count
        How many rows were written.
    now_s
        From when on to play next.
    """
    room = waiting.shape[1]
    world, contacts = rows_of_world(world), rows_of(contacts)
    dues, due_on_day = rows_of(dues), rows_of(due_on_day)
    waiting, waiting_count = rows_of(waiting), rows_of(waiting_count)
    agents, dialled, rows = rows_of(agents), rows_of(dialled), rows_of(rows)
    pools = len(world.pools)
    count = 0
    now_s = from_s
    dispatch_s = np.empty(pools, dtype=np.int64)
    for pool in range(pools):
        dispatch_s[pool] = next_dispatch(world, waiting_count, agents, pool, now_s)
    later = np.empty(64, dtype=np.int64)  # a heap: who falls due on a day that has begun
    later_count = 0
    for day in range(from_s // DAY_S, (world.end_s - 1) // DAY_S + 1):
        day_end_s = min((day + 1) * DAY_S, world.end_s)
        today = dues_of_day(dues, due_on_day, day)
        place = 0
        while True:
            # The next moment at which anything happens: somebody falls due, or is served.
            pool = 0
            for other in range(1, pools):
                if dispatch_s[other] < dispatch_s[pool]:
                    pool = other
            serve_s = dispatch_s[pool]
            due = due_key(NEVER_DUE_S, 0)
            if place < len(today):
                due = today[place]
            of_later = later_count > 0 and later[0] < due
            if of_later:
                due = later[0]
            due_s = due >> CONTACT_BITS
            if min(due_s, serve_s) >= day_end_s:
                break
            full = DONE
            if count + most_rows > len(rows):
                full = ROWS_FULL
            for queue in range(len(waiting_count)):
                if waiting_count[queue] == room:
                    full = HEAP_FULL
            if full != DONE:
                for spot in range(place, len(today)):
                    await_day(dues, due_on_day, today[spot] & CONTACT_MASK, world.end_s)
                for spot in range(later_count):
                    await_day(dues, due_on_day, later[spot] & CONTACT_MASK, world.end_s)
                return full, count, now_s
            now_s = min(due_s, serve_s)

            if due_s <= serve_s:
                # All who fall due at one moment come before anybody is served.
                if of_later:
                    later_count -= 1
                    heap_replace(later, later_count, later[later_count])
                else:
                    place += 1
                    if place + AHEAD < len(today):
                        soon = today[place + AHEAD] & CONTACT_MASK
                        fetch(world, contacts, dues, dialled, soon)
                number = int(due & CONTACT_MASK)
                contact = contacts[number]
                if contact.end != OPEN:  # a colleague opted out for the account meanwhile
                    continue
                pool = world.cells[contact.cell].pool
                alone = (
                    serve_s > now_s
                    and dispatch_s[pool] == NEVER_S
                    and (place >= len(today) or today[place] >> CONTACT_BITS > now_s)
                    and (later_count == 0 or later[0] >> CONTACT_BITS > now_s)
                    and can_start(world, agents, pool, now_s)
                )
                if not alone:
                    queue = world.cells[contact.cell].queue
                    heap = part_of(waiting, queue * room, room)
                    heap_push(heap, waiting_count[queue], urgency(contact, due_s, number))
                    waiting_count[queue] += 1
                    dispatch_s[pool] = next_dispatch(world, waiting_count, agents, pool, now_s)
                    continue
            else:
                queue = most_urgent(world, waiting, waiting_count, room, pool, now_s)
                heap = part_of(waiting, queue * room, room)
                number = int(heap[0] & CONTACT_MASK)
                left = waiting_count[queue] - 1
                waiting_count[queue] = left
                heap_replace(heap, left, heap[left])
                # One of these is the next.
                for soon in range(min(left, 3)):
                    fetch(world, contacts, dues, dialled, heap[soon] & CONTACT_MASK)
                alone = False
                if contacts[number].end != OPEN:  # likewise
                    dispatch_s[pool] = next_dispatch(world, waiting_count, agents, pool, now_s)
                    continue

            agent = NONE
            first_agent = world.pools[pool].first_agent
            pool_agents = world.pools[pool].agents
            if pool_agents != UNLIMITED:
                agent = agents[first_agent] & AGENT_MASK
            busy_s, account_opts_out = dial(
                world, contacts, dues, dialled, rows[count], number, agent, now_s
            )
            count += 1
            if account_opts_out:
                count = suppress_colleagues(world, contacts, dues, rows, count, number, now_s)
            if agent != NONE:
                desk = part_of(agents, first_agent, pool_agents)
                heap_replace(desk, pool_agents, (now_s + busy_s) << AGENT_BITS | agent)
            if contacts[number].end == OPEN:
                if dues[number].due_s >= day_end_s:
                    await_day(dues, due_on_day, number, world.end_s)
                else:
                    if later_count == len(later):
                        later = doubled(later)
                    heap_push(later, later_count, due_key(int(dues[number].due_s), number))
                    later_count += 1
            if not alone:
                dispatch_s[pool] = next_dispatch(world, waiting_count, agents, pool, now_s)
    return DONE, count, world.end_s
