"""What one call does to one contact: pure scalar functions, no clock, no queue.

Two views of the same steps, in the same order: :func:`play` draws what happens, and
:func:`disposition_probs` gives the probability of everything that could. Both are built from the
conditional probabilities below, so that an engine's log and a likelihood cannot drift apart.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from simkit.calllog.codes import (
    ALREADY_SOLVED,
    BAD_NUMBER,
    CALLBACK_REQUESTED,
    COMPLAINT,
    NO_ANSWER,
    NOT_NOW,
    OPT_OUT,
    REFUSED,
    SALE_MADE,
    UNDECIDED,
)
from simkit.model.contact import (
    DECIDING,
    DEFERRED,
    IDLE,
    LOST,
    READY,
    Mind,
    Traits,
    advance,
    decision_s,
    irritated,
    named_delay_days,
    rival_wait_s,
)
from simkit.model.laws import logistic, logistic_hazard, normal_quantile
from simkit.model.parameters import CallParameters
from simkit.model.streams import ANSWERED, ATTEMPT, SALE, Key, uniforms

#: What the model's calls end in, in the order of :func:`disposition_probs`.
MODEL_DISPOSITIONS = (
    "bad_number",
    "no_answer",
    "opt_out",
    "complaint",
    "refused",
    "already_solved",
    "not_now",
    "callback_requested",
    "undecided",
    "sale",
)


class Circumstances(NamedTuple):
    """What an attempt brings with it, besides the contact.

    Attributes
    ----------
    attempt_no
        Which attempt on this contact, from 1.
    now_s
        When it is dialled, in seconds of the clock.
    hour_logit
        The reach profile at this weekday and hour.
    skill_logit
        The agent's skill, on the sale logit.
    kept
        Whether it keeps a date the contact named.
    push
        Whether the policy presses a contact who is still deciding.
    """

    attempt_no: int
    now_s: float
    hour_logit: float
    skill_logit: float
    kept: bool
    push: bool


class Outcome(NamedTuple):
    """What an attempt came to.

    Attributes
    ----------
    disposition
        Code: the position in :data:`simkit.calllog.DISPOSITIONS`.
    pushed
        Whether the contact was pressed in this call.
    account_opts_out
        Whether an opt-out holds for the contact's whole account.
    named_days
        Whole working days to the date the contact named; 0 where none was.
    ring_s, talk_s, wrap_s
        Whole seconds of the agent's time.
    cancel_prob
        Of a sale: the probability that it is cancelled; else 0.
    cancel_after_s
        Of a sale that will be cancelled: how long after it; else −1.
    """

    disposition: int
    pushed: bool
    account_opts_out: bool
    named_days: int
    ring_s: int
    talk_s: int
    wrap_s: int
    cancel_prob: float
    cancel_after_s: float


def answer_logit(p: CallParameters, who: Traits, irritation: float, hour_logit: float) -> float:
    """Return the logit of answering the call."""
    return (
        p.reach_base_logit
        + hour_logit
        + who.reach_offset_logit
        - p.reach_irritation_logit * irritation
    )


def optout_logit(p: CallParameters, irritation: float) -> float:
    """Return the logit of opting out in an answered call."""
    return p.optout_base_logit + p.optout_irritation_logit * irritation


def patience(p: CallParameters, irritation: float) -> float:
    """Return the factor by which irritation shrinks the chance of a spark or a push."""
    return math.exp(-p.sale_irritation_logit * irritation)


def sale_logit(
    p: CallParameters, who: Traits, irritation: float, skill_logit: float, kept: bool
) -> float:
    """Return the logit of a sale to a contact who is ready."""
    logit = (
        p.sale_base_logit
        + who.sale_offset_logit
        + skill_logit
        - p.sale_irritation_logit * irritation
    )
    return logit + p.callback_bonus_logit if kept else logit


def cancel_logit(p: CallParameters, irritation: float, pressed: bool) -> float:
    """Return the logit of cancelling a sale."""
    logit = p.cancel_base_logit + p.cancel_irritation_logit * irritation
    return logit + p.cancel_pressed_logit if pressed else logit


def disposition_probs(
    p: CallParameters,
    who: Traits,
    state: int,
    irritation: float,
    hour_logit: float,
    skill_logit: float,
    kept: bool,
    push: bool,
) -> tuple[float, float, float, float, float, float, float, float, float, float]:
    """Return the probability of each way an attempt can end, given the latent state.

    Parameters
    ----------
    p, who
        The segment and the contact (its thresholds play no part: they are what is integrated out).
    state
        The latent state just before the call; DEFERRED means: before the named date.
    irritation
        Decayed to the moment of the call.
    hour_logit, skill_logit, kept, push
        As in :class:`Circumstances`.

    Returns
    -------
    tuple of float
        Ten probabilities that sum to 1, in the order of :data:`MODEL_DISPOSITIONS`: products of
        the conditional ones in the order in which a call runs.
    """
    if who.dead:
        return (1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    answered = logistic(answer_logit(p, who, irritation, hour_logit))
    objects = answered * logistic(optout_logit(p, irritation))
    goes_on = answered - objects
    buys = logistic(sale_logit(p, who, irritation, skill_logit, kept))
    deciding = 0.0
    ready = 0.0
    refused = 0.0
    solved = 0.0
    not_now = 0.0
    if state == IDLE:
        deciding = goes_on * p.spark_prob * patience(p, irritation)
        refused = goes_on - deciding
    elif state == LOST:
        solved = goes_on
    elif state == DEFERRED:
        not_now = goes_on
    elif state == DECIDING:
        deciding = goes_on
    else:
        ready = goes_on
    callback = deciding * p.callback_prob
    deciding -= callback
    if push:
        pushed_ready = deciding * p.push_prob * patience(p, irritation)
        ready += pushed_ready
        deciding -= pushed_ready
    sale = ready * buys
    not_now += ready - sale
    return (
        0.0,
        1.0 - answered,
        objects * (1.0 - p.complaint_prob),
        objects * p.complaint_prob,
        refused,
        solved,
        not_now,
        callback,
        deciding,
        sale,
    )


def keeps_promise(p: CallParameters, callback_s: int, now_s: int) -> bool:
    """Return whether a call keeps the date the contact named; ``callback_s`` −1: none was."""
    return callback_s >= 0 and now_s <= callback_s + p.callback_window_s


def talk_time_s(p: CallParameters, disposition: int, u: float) -> int:
    """Return the length of an answered call in whole seconds, at least 1."""
    location = p.talk_log_s
    if disposition == SALE_MADE:
        location = p.talk_sale_log_s
    elif disposition in (REFUSED, OPT_OUT, COMPLAINT, ALREADY_SOLVED):
        location = p.talk_brief_log_s
    return max(1, int(math.exp(location + p.talk_sd_log * normal_quantile(u)) + 0.5))


def play(
    p: CallParameters, key: Key, who: Traits, before: Mind, at: Circumstances
) -> tuple[Outcome, Mind]:
    """Play one attempt on one contact.

    Parameters
    ----------
    p, key, who
        The segment, the run and the contact.
    before
        The contact's mind when last looked at.
    at
        The circumstances of the attempt.

    Returns
    -------
    Outcome
        What happened.
    Mind
        The mind after it. Where a date was named the state is DEFERRED and ``leaves_s`` infinite
        until :func:`simkit.model.contact.deferred` sets the date, for calendars are the caller's.
    """
    mind = advance(p, key, who.number, before, at.now_s)
    if who.dead:
        return Outcome(BAD_NUMBER, False, False, 0, p.ring_s, 0, 0, 0.0, -1.0), mind
    u_reach, u_spark, u_callback, u_push = uniforms(key, who.number, ATTEMPT, at.attempt_no, 0)
    irritation = mind.irritation
    if u_reach >= logistic(answer_logit(p, who, irritation, at.hour_logit)):
        missed = Outcome(NO_ANSWER, False, False, 0, p.ring_s, 0, 0, 0.0, -1.0)
        return missed, irritated(mind, who.sensitivity * p.jump_missed)

    u_complaint, u_account, u_talk, _ = uniforms(key, who.number, ANSWERED, at.attempt_no, 0)
    state = mind.state
    need_no = mind.need_no
    spell = mind.spell
    leaves_s = mind.leaves_s
    rival_s = mind.rival_s
    sale_hazard = mind.sale_hazard
    optout_hazard = mind.optout_hazard + logistic_hazard(optout_logit(p, irritation))
    disposition = OPT_OUT
    pushed = False
    pressed = False
    account_opts_out = False
    named_days = 0
    jump = p.jump_answered
    cancel_prob = 0.0
    cancel_after_s = -1.0

    if optout_hazard >= who.optout_threshold:
        if u_complaint < p.complaint_prob:
            disposition = COMPLAINT
        account_opts_out = u_account < p.account_optout_prob
    elif state == LOST:
        disposition = ALREADY_SOLVED
    elif state == DEFERRED:
        disposition = NOT_NOW
        jump = p.jump_early
    elif state == IDLE and u_spark >= p.spark_prob * patience(p, irritation):
        disposition = REFUSED
        jump = p.jump_refused
    else:
        if state == IDLE:
            # The spark: this need arises now instead of when it would have by itself.
            state = DECIDING
            rival_s = at.now_s + rival_wait_s(p, key, who.number, need_no)
            leaves_s = at.now_s + decision_s(p, key, who.number, need_no, spell)
        if state == DECIDING:
            disposition = UNDECIDED
            if u_callback < p.callback_prob:
                disposition = CALLBACK_REQUESTED
                state = DEFERRED
                leaves_s = math.inf
                named_days = named_delay_days(p, key, who.number, need_no, spell)
            elif at.push:
                pushed = True
                if u_push < p.push_prob * patience(p, irritation):
                    state = READY
                    leaves_s = math.inf
                    pressed = True
        if state == READY:
            disposition = NOT_NOW
            sale_hazard += logistic_hazard(sale_logit(p, who, irritation, at.skill_logit, at.kept))
            if sale_hazard >= who.sale_threshold:
                disposition = SALE_MADE
                u_cancel, u_cancel_time, _, _ = uniforms(key, who.number, SALE, at.attempt_no, 0)
                cancel_prob = logistic(cancel_logit(p, irritation, pressed))
                if u_cancel < cancel_prob:
                    cancel_after_s = u_cancel_time * p.withdrawal_s

    if at.kept:
        jump = p.jump_callback_kept
    if pushed:
        jump += p.jump_push
    outcome = Outcome(
        disposition,
        pushed,
        account_opts_out,
        named_days,
        p.ring_answered_s,
        talk_time_s(p, disposition, u_talk),
        p.wrap_s,
        cancel_prob,
        cancel_after_s,
    )
    after = Mind(
        state,
        need_no,
        spell,
        leaves_s,
        rival_s,
        irritation,
        mind.irritation_s,
        optout_hazard,
        sale_hazard,
    )
    return outcome, irritated(after, who.sensitivity * jump)
