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

from simkit.engine.compiled.rows import part_of, rows_of
from simkit.engine.compiled.state import COUNT_MAX, UNLIMITED, World
from simkit.model.call import (
    CALLBACK_REQUESTED,
    SALE_MADE,
    SUPPRESSED,
    Circumstances,
    keeps_promise,
    play,
)
from simkit.model.contact import Mind, Traits, advance, born, deferred
from simkit.model.streams import ENTRY, FIRST_DUE, Key, uniforms
from simkit.policy.due import allowed_by_caps, callback_due, first_due, named_time, next_due
from simkit.policy.standing import (
    ACCOUNT_OPTED_OUT,
    NEVER_CALLED,
    OPEN,
    Standing,
    after_attempt,
)
from simkit.scenario.hours import (
    DAY_S,
    NEVER_S,
    OpenHours,
    WorkingDays,
    hour_of_week,
    roll_open,
)

NONE = -1
HOURS_PER_WEEK = 168
DONE, ROWS_FULL, HEAP_FULL = range(3)

# Keys of heaps are one whole number: the most urgent contact has the smallest, and the agent idle
# longest. 30 bits hold a contact's number, 31 a moment; 24 bits hold an agent's number.
CONTACT_BITS = 30
CONTACT_MASK = (1 << CONTACT_BITS) - 1
DUE_BITS = 31
NEVER_DUE_S = (1 << DUE_BITS) - 1
AGENT_BITS = 24
AGENT_MASK = (1 << AGENT_BITS) - 1

RADIX_BITS = 9
RADIX = 1 << RADIX_BITS


# Heaps of whole numbers, in an array of which the first ``count`` places are used.


def heap_push(heap: Any, count: int, key: int) -> None:
    """Add a key to a heap that has room for it."""
    place = count
    while place > 0:
        above = (place - 1) >> 1
        if heap[above] <= key:
            break
        heap[place] = heap[above]
        place = above
    heap[place] = key


def heap_replace(heap: Any, count: int, key: int) -> None:
    """Put a key in the place of the smallest."""
    place = 0
    below = 1
    while below < count:
        if below + 1 < count and heap[below + 1] < heap[below]:
            below += 1
        if key <= heap[below]:
            break
        heap[place] = heap[below]
        place = below
        below = 2 * place + 1
    heap[place] = key


# What the arrays hold, as the functions of model and policy take it.


def rows_of_world(world: World) -> World:
    """Return a world whose arrays are rows."""
    return World(
        world.seed_low,
        world.seed_high,
        world.replication,
        world.end_s,
        world.first_weekday,
        world.windows,
        world.days,
        world.ring,
        rows_of(world.parameters),
        rows_of(world.rules),
        rows_of(world.cells),
        rows_of(world.reach_profile_logit),
        rows_of(world.opens),
        rows_of(world.closes),
        rows_of(world.window_of_day),
        rows_of(world.shift_opens),
        rows_of(world.shift_closes),
        rows_of(world.shift_window_of_day),
        rows_of(world.working_days),
        rows_of(world.working_rank),
        rows_of(world.pools),
        rows_of(world.queues),
        rows_of(world.skill_logit),
        rows_of(world.account),
        rows_of(world.sale_value_cents),
    )


def key_of(world: World) -> Key:
    """Return the key of all draws."""
    return Key(world.seed_low, world.seed_high, world.replication)


def hours_of(world: World, row: int) -> OpenHours:
    """Return opening hours."""
    return OpenHours(
        part_of(world.opens, row * world.windows, world.windows),
        part_of(world.closes, row * world.windows, world.windows),
        part_of(world.window_of_day, row * world.days, world.days),
    )


def traits_of(contact: Any, number: int) -> Traits:
    """Return what a contact is."""
    return Traits(
        number,
        contact.sale_offset_logit,
        contact.reach_offset_logit,
        contact.sensitivity,
        contact.dead,
        contact.optout_threshold,
        contact.sale_threshold,
    )


def mind_of(contact: Any) -> Mind:
    """Return a contact's mind."""
    return Mind(
        int(contact.state),
        int(contact.need_no),
        int(contact.spell),
        contact.leaves_s,
        contact.rival_s,
        contact.irritation,
        float(contact.irritation_s),
        contact.optout_hazard,
        contact.sale_hazard,
    )


def keep_mind(contact: Any, mind: Mind) -> None:
    """Store a contact's mind."""
    contact.state = mind.state
    contact.need_no = mind.need_no
    contact.spell = mind.spell
    contact.leaves_s = mind.leaves_s
    contact.rival_s = mind.rival_s
    contact.irritation = mind.irritation
    contact.irritation_s = int(mind.irritation_s)
    contact.optout_hazard = mind.optout_hazard
    contact.sale_hazard = mind.sale_hazard


# Days: who falls due when. Keys are the moment and the number.


def due_key(due_s: int, number: int) -> int:
    """Return the key by which dues are sorted."""
    return due_s << CONTACT_BITS | number


def await_day(dues: Any, due_on_day: Any, number: int, end_s: int) -> None:
    """Put a contact on the list of the day on which it falls due, if that is still observed."""
    due_s = int(dues[number].due_s)
    if 0 <= due_s < end_s:
        day = due_s // DAY_S
        dues[number].next_that_day = due_on_day[day]
        due_on_day[day] = number


def dues_of_day(dues: Any, due_on_day: Any, day: int) -> Any:
    """Take everybody who falls due on a day off its list.

    Returns
    -------
    numpy.ndarray
        Keys by the second at which they fall due; within a second in no order.
    """
    count = 0
    number = int(due_on_day[day])
    while number >= 0:
        # Whoever ended meanwhile, since a colleague opted out for the account, is left out.
        if dues[number].due_s != NONE:
            count += 1
        number = int(dues[number].next_that_day)
    keys = np.empty(count, dtype=np.int64)
    number = int(due_on_day[day])
    due_on_day[day] = NONE
    place = 0
    while number >= 0:
        if dues[number].due_s != NONE:
            keys[place] = due_key(int(dues[number].due_s) - day * DAY_S, number)
            place += 1
        number = int(dues[number].next_that_day)
    # A second of the day has 17 bits: two passes of a counting sort.
    other = np.empty(count, dtype=np.int64)
    starts = np.empty(RADIX + 1, dtype=np.int64)
    for digit in range(2):
        shift = CONTACT_BITS + digit * RADIX_BITS
        starts[:] = 0
        for place in range(count):
            starts[((keys[place] >> shift) & (RADIX - 1)) + 1] += 1
        for bucket in range(RADIX):
            starts[bucket + 1] += starts[bucket]
        for place in range(count):
            bucket = (keys[place] >> shift) & (RADIX - 1)
            other[starts[bucket]] = keys[place]
            starts[bucket] += 1
        keys, other = other, keys
    for place in range(count):
        keys[place] += due_key(day * DAY_S, 0)
    return keys


# Queues: when the next of them can be served.


def next_dispatch(world: World, waiting_count: Any, agents: Any, pool: int, now_s: int) -> int:
    """Return the next moment at which an agent of a pool can take somebody who waits."""
    unlimited = world.pools[pool].agents == UNLIMITED
    shifts = OpenHours(world.shift_opens, world.shift_closes, world.shift_window_of_day)
    idle_s = now_s
    if not unlimited:
        idle_s = max(now_s, agents[world.pools[pool].first_agent] >> AGENT_BITS)
    best_s = NEVER_S
    for queue in range(len(world.queues)):
        if world.queues[queue].pool == pool and waiting_count[queue] > 0:
            hours = hours_of(world, world.queues[queue].hours)
            at_s = roll_open(idle_s, hours.opens, hours.closes, hours.window_of_day)
            while not unlimited and at_s < world.end_s:
                shift_s = roll_open(at_s, shifts.opens, shifts.closes, shifts.window_of_day)
                if shift_s == at_s:
                    break
                at_s = roll_open(shift_s, hours.opens, hours.closes, hours.window_of_day)
            best_s = min(best_s, at_s)
    return best_s


def can_start(world: World, agents: Any, pool: int, now_s: int) -> bool:
    """Return whether a pool has an agent on shift who is idle."""
    if world.pools[pool].agents == UNLIMITED:
        return True
    if agents[world.pools[pool].first_agent] >> AGENT_BITS > now_s:
        return False
    shift_s = roll_open(now_s, world.shift_opens, world.shift_closes, world.shift_window_of_day)
    return bool(shift_s == now_s)


def most_urgent(
    world: World, waiting: Any, waiting_count: Any, room: int, pool: int, now_s: int
) -> int:
    """Return the queue of a pool whose head may be called now and is the most urgent."""
    best = -1
    for queue in range(len(world.queues)):
        if (
            world.queues[queue].pool == pool
            and waiting_count[queue] > 0
            and (best < 0 or waiting[queue * room] < waiting[best * room])
        ):
            hours = hours_of(world, world.queues[queue].hours)
            if roll_open(now_s, hours.opens, hours.closes, hours.window_of_day) == now_s:
                best = queue
    return best


def urgency(contact: Any, due_s: int, number: int) -> int:
    """Return the key by which a contact waits: priority, due time, number."""
    return (int(contact.priority) << DUE_BITS | due_s) << CONTACT_BITS | number


# One call, and what follows from it.


def dial(
    world: World,
    contacts: Any,
    dues: Any,
    dialled: Any,
    row: Any,
    number: int,
    agent: int,
    now_s: int,
) -> tuple[int, bool]:
    """Call a contact, write the attempt, and end the contact or set its next due time.

    Returns
    -------
    busy_s
        For how long that keeps the agent.
    account_opts_out
        Whether the contact has opted out for its whole account.
    """
    key = key_of(world)
    contact = contacts[number]
    cell = int(contact.cell)
    p = world.parameters[cell]
    rules = world.rules[cell]
    before = Standing(
        int(contact.attempt_no),
        int(contact.retries),
        int(contact.refusals),
        int(contact.bad_numbers),
        int(contact.priority),
        int(contact.end),
    )
    attempt_no = before.attempt_no + 1
    due_s = dues[number].due_s
    skill_logit = 0.0
    if agent != NONE:
        skill_logit = world.skill_logit[agent]
    outcome, mind = play(
        p,
        key,
        traits_of(contact, number),
        mind_of(contact),
        Circumstances(
            attempt_no,
            float(now_s),
            world.reach_profile_logit[
                cell * HOURS_PER_WEEK + hour_of_week(world.first_weekday, now_s)
            ],
            skill_logit,
            keeps_promise(p, int(contact.callback_s), now_s),
            rules.push,
        ),
    )
    working = WorkingDays(world.working_days, world.working_rank)
    callback_s = NONE
    if outcome.named_days:
        segment_hours = hours_of(world, world.cells[cell].segment_hours)
        callback_s = named_time(segment_hours, working, now_s, outcome.named_days)
        mind = deferred(mind, float(callback_s))
    contact.callback_s = callback_s
    keep_mind(contact, mind)
    value_cents = NONE
    cancelled_s = NONE
    if outcome.disposition == SALE_MADE:
        value_cents = world.sale_value_cents[number]
        contact.optout_hazard = outcome.cancel_prob
        if outcome.cancel_after_s >= 0.0 and now_s + outcome.cancel_after_s < world.end_s:
            cancelled_s = now_s + int(outcome.cancel_after_s)
    row.value_cents = value_cents
    row.contact = number
    row.attempt_no = attempt_no
    row.due_s = due_s
    row.dialled_s = now_s
    row.agent = agent
    row.callback_s = callback_s
    row.cancelled_s = cancelled_s
    row.talk_s = outcome.talk_s
    row.ring_s = outcome.ring_s
    row.wrap_s = outcome.wrap_s
    row.disposition = outcome.disposition
    row.pushed = outcome.pushed

    standing = after_attempt(rules, before, outcome.disposition)
    contact.attempt_no = standing.attempt_no
    contact.retries = min(standing.retries, COUNT_MAX)
    contact.refusals = min(standing.refusals, COUNT_MAX)
    contact.bad_numbers = min(standing.bad_numbers, COUNT_MAX)
    contact.priority = standing.priority
    contact.end = standing.end
    if standing.end != OPEN:
        dues[number].due_s = NONE
        contact.callback_s = now_s
    else:
        hours = hours_of(world, world.cells[cell].hours)
        dialled_s = part_of(dialled, number * world.ring, world.ring)
        if world.ring > 0:
            dialled_s[(attempt_no - 1) % world.ring] = now_s
        if outcome.disposition == CALLBACK_REQUESTED:
            next_s = callback_due(hours, callback_s)
        else:
            allowed_s = 0
            if world.ring > 0:
                allowed_s = allowed_by_caps(rules, attempt_no, dialled_s)
            next_s = next_due(
                rules, hours, working, outcome.disposition, standing.retries, now_s, allowed_s
            )
        dues[number].due_s = min(next_s, NEVER_DUE_S)
    return outcome.ring_s + outcome.talk_s + outcome.wrap_s, outcome.account_opts_out


def suppress_colleagues(
    world: World, contacts: Any, dues: Any, rows: Any, count: int, number: int, now_s: int
) -> int:
    """End, undialled, the other contacts of an account; return the number of rows then."""
    colleague = number
    while colleague > 0 and world.account[colleague - 1] == world.account[number]:
        colleague -= 1
    while colleague < len(contacts) and world.account[colleague] == world.account[number]:
        contact = contacts[colleague]
        if contact.end == OPEN:
            contact.end = ACCOUNT_OPTED_OUT
            contact.attempt_no += 1
            dues[colleague].due_s = NONE
            contact.callback_s = now_s
            row = rows[count]
            row.value_cents = NONE
            row.contact = colleague
            row.attempt_no = contact.attempt_no
            row.due_s = NONE
            row.dialled_s = now_s
            row.agent = NONE
            row.callback_s = NONE
            row.cancelled_s = NONE
            row.talk_s = NONE
            row.ring_s = NONE
            row.wrap_s = NONE
            row.disposition = SUPPRESSED
            row.pushed = False
            count += 1
        colleague += 1
    return count


# The loop.


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
                        larger = np.empty(2 * later_count, dtype=np.int64)
                        larger[:later_count] = later
                        later = larger
                    heap_push(later, later_count, due_key(int(dues[number].due_s), number))
                    later_count += 1
            if not alone:
                dispatch_s[pool] = next_dispatch(world, waiting_count, agents, pool, now_s)
    return DONE, count, world.end_s
