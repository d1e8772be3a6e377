"""A contact's need, decision and irritation between calls: a chain that only calls look at.

idle → deciding (phases 1…k) → ready; deciding, ready and deferred → lost; lost → idle. Because
every waiting time is keyed by contact and need number, the chain need not be played day by day: it
is advanced when somebody looks, and gives the same path however often that is.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from simkit.model.laws import exponential
from simkit.model.parameters import BORN_IDLE, BORN_STATIONARY, CallParameters
from simkit.model.streams import DECISION, ENTRY, NAMED_DATE, NEED, Key, uniforms

IDLE = 0
DECIDING = 1
READY = 2
DEFERRED = 3
LOST = 4

#: Names of the states, by code.
STATE_NAMES = ("idle", "deciding", "ready", "deferred", "lost")

#: Nobody names a date more than a year ahead; calendars are compiled for no more than that.
MAX_NAMED_DAYS = 250

_PHASE_BLOCKS = 8  # blocks of four lanes: up to 32 phases a spell


class Traits(NamedTuple):
    """What one contact is, drawn once."""

    number: int
    sale_offset_logit: float
    reach_offset_logit: float
    sensitivity: float
    dead: bool
    optout_threshold: float
    sale_threshold: float


class Mind(NamedTuple):
    """Where one contact stands: its latent state, as of the last time somebody looked.

    Attributes
    ----------
    state
        IDLE, DECIDING, READY, DEFERRED or LOST.
    need_no
        Which need this is, from 0; idle contacts wait for it, lost ones have just lost it.
    spell
        How many times the decision on this need was put off to a named date.
    leaves_s
        When the state ends by itself (need arises; decision made; named date; idle again).
    rival_s
        When the rival takes this need, if nobody closes it before.
    irritation, irritation_s
        The stock I, and the moment it was last reckoned.
    optout_hazard, sale_hazard
        Cumulated −log(1 − p) of opting out and of buying.
    """

    state: int
    need_no: int
    spell: int
    leaves_s: float
    rival_s: float
    irritation: float
    irritation_s: float
    optout_hazard: float
    sale_hazard: float


def erlang(
    key: Key, contact: int, block: int, need_no: int, spell: int, first: int, last: int, rate: float
) -> float:
    """Return the time that phases ``first`` to ``last - 1`` take, at ``rate`` each."""
    if rate <= 0.0 and last > first:
        return math.inf
    total = 0.0
    for group in range(first // 4, (last + 3) // 4):
        u0, u1, u2, u3 = uniforms(key, contact, block, need_no, spell * _PHASE_BLOCKS + group)
        phase = group * 4
        if first <= phase < last:
            total -= math.log(u0)
        if first <= phase + 1 < last:
            total -= math.log(u1)
        if first <= phase + 2 < last:
            total -= math.log(u2)
        if first <= phase + 3 < last:
            total -= math.log(u3)
    return total / rate


def decision_s(p: CallParameters, key: Key, contact: int, need_no: int, spell: int) -> float:
    """Return how long a decision takes from its first phase, in seconds."""
    return erlang(key, contact, DECISION, need_no, spell, 0, p.decision_shape, p.phase_rate_per_s)


def named_delay_days(p: CallParameters, key: Key, contact: int, need_no: int, spell: int) -> int:
    """Return the delay to the date a contact names: whole working days, from 1 to a year's."""
    days = erlang(
        key, contact, NAMED_DATE, need_no, spell, 0, p.callback_shape, p.callback_rate_per_day
    )
    return min(max(1, int(days + 0.5)), MAX_NAMED_DAYS)


def rival_wait_s(p: CallParameters, key: Key, contact: int, need_no: int) -> float:
    """Return how long after a need arises the rival takes it, in seconds."""
    return exponential(uniforms(key, contact, NEED, need_no, 0)[1], p.rival_rate_per_s)


def born(p: CallParameters, key: Key, contact: int, entered_s: float) -> Mind:
    """Return a contact's mind as it enters the list, irritation 0.

    Parameters
    ----------
    p
        The segment; its ``birth`` says which law the state follows.
    key, contact
        The run and the contact's number.
    entered_s
        The entry, in seconds of the clock.
    """
    u_need, u_rival, u_lost, _ = uniforms(key, contact, NEED, 0, 0)
    u_state = uniforms(key, contact, ENTRY, 0, 0)[0]
    rival_s = entered_s + exponential(u_rival, p.rival_rate_per_s)
    stationary = p.birth == BORN_STATIONARY
    cumulated = p.born_idle_prob
    if p.birth == BORN_IDLE or (stationary and u_state < cumulated):
        leaves_s = entered_s + exponential(u_need, p.need_rate_per_s)
        return Mind(IDLE, 0, 0, leaves_s, rival_s, 0.0, entered_s, 0.0, 0.0)
    phase = 0
    if stationary:
        share = p.born_first_phase_prob
        while phase < p.decision_shape and u_state >= cumulated + share:
            cumulated += share
            share *= p.phase_survival
            phase += 1
    if phase < p.decision_shape:
        # The phases left are as long as ever: an exponential time forgets its past.
        leaves_s = entered_s + erlang(
            key, contact, DECISION, 0, 0, phase, p.decision_shape, p.phase_rate_per_s
        )
        return Mind(DECIDING, 0, 0, leaves_s, rival_s, 0.0, entered_s, 0.0, 0.0)
    if u_state < cumulated + p.born_ready_prob:
        return Mind(READY, 0, 0, math.inf, rival_s, 0.0, entered_s, 0.0, 0.0)
    leaves_s = entered_s + exponential(u_lost, p.lost_rate_per_s)
    return Mind(LOST, 0, 0, leaves_s, rival_s, 0.0, entered_s, 0.0, 0.0)


def advance(p: CallParameters, key: Key, contact: int, mind: Mind, now_s: float) -> Mind:
    """Let the chain run by itself until now; nobody calls meanwhile.

    Returns
    -------
    Mind
        The state at ``now_s`` and the irritation decayed to it; the hazards are untouched.
    """
    state = mind.state
    need_no = mind.need_no
    spell = mind.spell
    leaves_s = mind.leaves_s
    rival_s = mind.rival_s
    running = True
    while running:
        if state == IDLE:
            if leaves_s > now_s:
                running = False
            else:
                state = DECIDING
                rival_s = leaves_s + rival_wait_s(p, key, contact, need_no)
                leaves_s += decision_s(p, key, contact, need_no, spell)
        elif state == LOST:
            if leaves_s > now_s:
                running = False
            else:
                state = IDLE
                need_no += 1
                spell = 0
                leaves_s += exponential(
                    uniforms(key, contact, NEED, need_no, 0)[0], p.need_rate_per_s
                )
        elif min(leaves_s, rival_s) > now_s:
            running = False
        elif rival_s <= leaves_s:
            state = LOST
            leaves_s = rival_s + exponential(
                uniforms(key, contact, NEED, need_no, 0)[2], p.lost_rate_per_s
            )
        elif state == DECIDING:
            state = READY
            leaves_s = math.inf
        else:  # the named date has come
            ready = uniforms(key, contact, NEED, need_no, spell)[3] < p.callback_ready_prob
            spell += 1
            if ready:
                state = READY
                leaves_s = math.inf
            else:
                state = DECIDING
                leaves_s += decision_s(p, key, contact, need_no, spell)
    irritation = mind.irritation * math.exp(-p.decay_per_s * (now_s - mind.irritation_s))
    return Mind(
        state,
        need_no,
        spell,
        leaves_s,
        rival_s,
        irritation,
        now_s,
        mind.optout_hazard,
        mind.sale_hazard,
    )


def irritated(mind: Mind, jump: float) -> Mind:
    """Return the mind with the irritation raised by ``jump``."""
    return Mind(
        mind.state,
        mind.need_no,
        mind.spell,
        mind.leaves_s,
        mind.rival_s,
        mind.irritation + jump,
        mind.irritation_s,
        mind.optout_hazard,
        mind.sale_hazard,
    )


def deferred(mind: Mind, named_s: float) -> Mind:
    """Return the mind of a contact who has just named a date, now that the date is known."""
    return Mind(
        DEFERRED,
        mind.need_no,
        mind.spell,
        named_s,
        mind.rival_s,
        mind.irritation,
        mind.irritation_s,
        mind.optout_hazard,
        mind.sale_hazard,
    )
