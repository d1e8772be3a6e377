"""Keyed random streams: a draw is a function of who draws, what for, and how often before.

``uniform = f(seed, replication, entity, stream name, counter)``. No draw depends on the order of
events, on the engine, on the number of processes or on the policy, so runs that share a seed
share their randomness (common random numbers).

Each stream has a fixed place: a *block* (the fourth word of the Philox counter) and a *lane* (which
of the block's four words). A new stream takes a free lane or a new block; no other stream moves.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from simkit.model.philox import MASK, philox4x32

WORD_TO_UNIT = 2.0**-32

ATTEMPT = 0
ANSWERED = 1
SALE = 2
NEED = 3
DECISION = 4
NAMED_DATE = 5
ENTRY = 6
TRAITS = 7
THRESHOLDS = 8
ACCOUNT = 9
AGENT = 10

#: What lives where. Blocks are numbered for good; within a block the order is the lane.
LANES: dict[int, tuple[str, ...]] = {
    ATTEMPT: ("reach", "spark", "callback", "push"),  # counter: attempt number
    ANSWERED: ("complaint", "account_opt_out", "talk"),  # counter: attempt number
    SALE: ("cancel", "cancel_time"),  # counter: attempt number
    NEED: ("need_wait", "rival_wait", "lost_wait", "callback_ready"),  # counter: need number
    DECISION: ("phase_0", "phase_1", "phase_2", "phase_3"),  # counter: need number; sub: spell
    NAMED_DATE: ("delay_0", "delay_1", "delay_2", "delay_3"),  # counter: need number; sub: spell
    ENTRY: ("initial_state", "first_due"),
    TRAITS: ("buying", "reach_offset", "sensitivity", "dead_number"),
    THRESHOLDS: ("optout_threshold", "sale_threshold", "sale_value"),
    ACCOUNT: ("account_offset", "account_size", "arm", "entry_day"),  # entity: account
    AGENT: ("skill",),  # entity: agent
}

#: name -> (block, lane)
STREAMS: dict[str, tuple[int, int]] = {
    name: (block, lane) for block, names in LANES.items() for lane, name in enumerate(names)
}


FIRST_DUE = LANES[ENTRY].index("first_due")


class Key(NamedTuple):
    """What all draws of one run share."""

    seed_low: int
    seed_high: int
    replication: int


def run_key(seed: int, replication: int) -> Key:
    """Return the key of a run.

    Parameters
    ----------
    seed
        0 <= seed < 2**64.
    replication
        0 <= replication < 2**32.
    """
    return Key(seed & MASK, seed >> 32, replication)


def uniforms(
    key: Key, entity: Any, block: int, counter: Any, sub: Any
) -> tuple[Any, Any, Any, Any]:
    """Return the four uniforms of one block, each strictly inside (0, 1).

    Parameters
    ----------
    key
        The run.
    entity
        Contact, account or agent number, from 0 (an int or an int64 array).
    block
        One of this module's blocks.
    counter
        Attempt or need number; 0 where the block is drawn once.
    sub
        A second counter, below 2**24, for what happens several times within one need.
    """
    w0, w1, w2, w3 = philox4x32(
        counter, entity, key.replication, block | (sub << 8), key.seed_low, key.seed_high
    )
    return (
        (w0 + 0.5) * WORD_TO_UNIT,
        (w1 + 0.5) * WORD_TO_UNIT,
        (w2 + 0.5) * WORD_TO_UNIT,
        (w3 + 0.5) * WORD_TO_UNIT,
    )


def draw(name: str, key: Key, entities: np.ndarray, counter: int = 0) -> np.ndarray:
    """Return one stream's uniforms for many entities at once.

    Parameters
    ----------
    name
        A name of :data:`STREAMS`.
    key
        The run.
    entities
        int64, shape (n,).
    counter
        The same for all entities.

    Returns
    -------
    numpy.ndarray
        float64, shape (n,), strictly inside (0, 1).
    """
    return draw_block(STREAMS[name][0], key, entities, counter)[name]


def draw_block(
    block: int, key: Key, entities: np.ndarray, counter: int = 0
) -> dict[str, np.ndarray]:
    """Return the uniforms of all streams of a block, by name: for the price of one.

    Parameters
    ----------
    block
        One of this module's blocks.
    key, entities, counter
        As in :func:`draw`.
    """
    counters = np.full(entities.shape, counter, dtype=np.int64)
    lanes = uniforms(key, entities.astype(np.int64), block, counters, 0)
    return dict(zip(LANES[block], lanes, strict=False))
