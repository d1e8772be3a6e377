"""Heaps of whole numbers, in an array of which the first ``count`` places are used, and their keys.

A key is one whole number: the most urgent contact has the smallest, and the agent idle longest.
"""

from __future__ import annotations

from typing import Any

# 30 bits hold a contact's number, 31 a moment, 24 an agent's number.
CONTACT_BITS = 30
CONTACT_MASK = (1 << CONTACT_BITS) - 1
DUE_BITS = 31
NEVER_DUE_S = (1 << DUE_BITS) - 1
AGENT_BITS = 24
AGENT_MASK = (1 << AGENT_BITS) - 1


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


def due_key(due_s: int, number: int) -> int:
    """Return the key by which dues are sorted."""
    return due_s << CONTACT_BITS | number


def urgency(contact: Any, due_s: int, number: int) -> int:
    """Return the key by which a contact waits: priority, due time, number."""
    return (int(contact.priority) << DUE_BITS | due_s) << CONTACT_BITS | number
