"""Contacts on their way to a call: the lists of the days, and the queues of those who wait."""

from __future__ import annotations

from typing import Any

import numpy as np

from simkit.engine.compiled.heaps import AGENT_BITS, CONTACT_BITS, due_key
from simkit.engine.compiled.rows import part_of, prefetch
from simkit.engine.compiled.state import LISTS, UNLIMITED, World
from simkit.engine.compiled.views import hours_of
from simkit.engine.record import NONE
from simkit.scenario.hours import DAY_S, NEVER_S, OpenHours, roll_open

RADIX_BITS = 9
RADIX = 1 << RADIX_BITS


def await_day(dues: Any, due_on_day: Any, number: int, end_s: int) -> None:
    """Put a contact on the list of the day on which it falls due, if that is still observed."""
    due_s = int(dues[number].due_s)
    if 0 <= due_s < end_s:
        place = due_s // DAY_S * LISTS + number % LISTS
        dues[number].next_that_day = due_on_day[place]
        due_on_day[place] = number


def dues_of_day(dues: Any, due_on_day: Any, day: int) -> Any:
    """Take everybody who falls due on a day off its list.

    Returns
    -------
    numpy.ndarray
        Keys by the second at which they fall due; within a second in no order.
    """
    lists = part_of(due_on_day, day * LISTS, LISTS)
    keys = np.empty(RADIX, dtype=np.int64)
    count = 0
    left = True
    while left:
        left = False
        if count + LISTS > len(keys):
            keys = doubled(keys)
        for place in range(LISTS):
            number = int(lists[place])
            if number != NONE:
                left = True
                lists[place] = dues[number].next_that_day
                # Whoever ended meanwhile, since a colleague opted out for the account, is left out.
                if dues[number].due_s != NONE:
                    keys[count] = due_key(int(dues[number].due_s) - day * DAY_S, number)
                    count += 1
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
    return keys[:count]


def doubled(array: Any) -> Any:
    """Return a copy of an array with twice the room."""
    larger = np.empty(2 * len(array), dtype=np.int64)
    larger[: len(array)] = array
    return larger


def fetch(world: World, contacts: Any, dues: Any, dialled: Any, number: int) -> None:
    """Let the processor fetch a contact who will be called soon, with all that stands apart."""
    prefetch(contacts, number)
    prefetch(dues, number)
    if world.ring > 0:
        prefetch(dialled, number * world.ring)
        prefetch(dialled, number * world.ring + world.ring - 1)


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
