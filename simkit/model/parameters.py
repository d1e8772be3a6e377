"""A segment's parameters in the model's own units: seconds, rates per second, logits."""

from __future__ import annotations

import math
from typing import NamedTuple

from simkit.scenario import Segment
from simkit.scenario.hours import DAY_S

YEAR_DAYS = 365.0

BORN_STATIONARY = 0
BORN_IDLE = 1
BORN_DECIDING = 2
_BIRTHS = {"stationary": BORN_STATIONARY, "idle": BORN_IDLE, "deciding": BORN_DECIDING}


class CallParameters(NamedTuple):
    """What the scalar functions of the model need of a segment; numbers only.

    Names are those of :class:`simkit.scenario.Segment`; where the unit differs, the name says so.
    """

    birth: int
    born_idle_prob: float
    born_first_phase_prob: float
    phase_survival: float
    born_ready_prob: float
    need_rate_per_s: float
    decision_shape: int
    phase_rate_per_s: float
    rival_rate_per_s: float
    lost_rate_per_s: float
    callback_shape: int
    callback_rate_per_day: float
    callback_ready_prob: float
    callback_window_s: float
    decay_per_s: float
    jump_missed: float
    jump_refused: float
    jump_callback_kept: float
    jump_early: float
    jump_answered: float
    jump_push: float
    reach_base_logit: float
    reach_irritation_logit: float
    optout_base_logit: float
    optout_irritation_logit: float
    complaint_prob: float
    account_optout_prob: float
    spark_prob: float
    push_prob: float
    callback_prob: float
    sale_base_logit: float
    sale_irritation_logit: float
    callback_bonus_logit: float
    cancel_base_logit: float
    cancel_irritation_logit: float
    cancel_pressed_logit: float
    withdrawal_s: float
    ring_s: int
    ring_answered_s: int
    talk_brief_log_s: float
    talk_log_s: float
    talk_sale_log_s: float
    talk_sd_log: float
    wrap_s: int


def stationary_law(segment: Segment) -> tuple[float, ...]:
    """Return the long-run shares of idle, deciding phase 1…k, ready and lost without any call.

    Each phase is left at rate ν = k/μ for the next and at rate γ for lost; ready at rate γ; lost
    at rate δ for idle; idle at rate λ. Equating the flows gives every share in terms of idle.

    Returns
    -------
    tuple of float
        k + 3 shares that sum to 1: idle, phase 1, …, phase k, ready, lost. Without needs all are
        idle; without rivals nobody leaves *ready*, so all are ready.
    """
    k = segment.decision_shape
    need = segment.need_per_year / YEAR_DAYS
    phase = k / segment.decision_mean_days
    rival = segment.rival_per_day
    if need == 0.0:
        return (1.0, *([0.0] * (k + 2)))
    if rival == 0.0:
        return (*([0.0] * (k + 1)), 1.0, 0.0)
    phases = [need / (phase + rival) * (phase / (phase + rival)) ** j for j in range(k)]
    weights = [1.0, *phases, phases[-1] * phase / rival, need * segment.lost_days]
    total = math.fsum(weights)
    return tuple(weight / total for weight in weights)


def _log_mean(mean: float, sd_log: float) -> float:
    """Return the location of a lognormal law with this mean."""
    return math.log(mean) - sd_log * sd_log / 2.0


def call_parameters(segment: Segment) -> CallParameters:
    """Translate a segment into the model's units."""
    law = stationary_law(segment)
    phase_per_day = segment.decision_shape / segment.decision_mean_days
    talk_sd_log = math.sqrt(math.log(1.0 + segment.talk_cv * segment.talk_cv))
    return CallParameters(
        birth=_BIRTHS[segment.initial_state],
        born_idle_prob=law[0],
        born_first_phase_prob=law[1],
        phase_survival=phase_per_day / (phase_per_day + segment.rival_per_day),
        born_ready_prob=law[-2],
        need_rate_per_s=segment.need_per_year / (YEAR_DAYS * DAY_S),
        decision_shape=segment.decision_shape,
        phase_rate_per_s=phase_per_day / DAY_S,
        rival_rate_per_s=segment.rival_per_day / DAY_S,
        lost_rate_per_s=1.0 / (segment.lost_days * DAY_S),
        callback_shape=segment.callback_shape,
        callback_rate_per_day=segment.callback_shape / segment.callback_mean_days,
        callback_ready_prob=segment.callback_ready_prob,
        callback_window_s=segment.callback_window_min * 60.0,
        decay_per_s=math.log(2.0) / (segment.irritation_half_life_days * DAY_S),
        jump_missed=segment.jump_missed,
        jump_refused=segment.jump_refused,
        jump_callback_kept=segment.jump_callback_kept,
        jump_early=segment.jump_early,
        jump_answered=segment.jump_answered,
        jump_push=segment.jump_push,
        reach_base_logit=segment.reach_base_logit,
        reach_irritation_logit=segment.reach_irritation_logit,
        optout_base_logit=segment.optout_base_logit,
        optout_irritation_logit=segment.optout_irritation_logit,
        complaint_prob=segment.complaint_prob,
        account_optout_prob=segment.account_optout_prob,
        spark_prob=segment.spark_prob,
        push_prob=segment.push_prob,
        callback_prob=segment.callback_prob,
        sale_base_logit=segment.sale_base_logit,
        sale_irritation_logit=segment.sale_irritation_logit,
        callback_bonus_logit=segment.callback_bonus_logit,
        cancel_base_logit=segment.cancel_base_logit,
        cancel_irritation_logit=segment.cancel_irritation_logit,
        cancel_pressed_logit=segment.cancel_pressed_logit,
        withdrawal_s=segment.withdrawal_days * DAY_S,
        ring_s=max(1, round(segment.ring_s)),
        ring_answered_s=round(segment.ring_answered_s),
        talk_brief_log_s=_log_mean(segment.talk_brief_mean_s, talk_sd_log),
        talk_log_s=_log_mean(segment.talk_mean_s, talk_sd_log),
        talk_sale_log_s=_log_mean(segment.talk_sale_mean_s, talk_sd_log),
        talk_sd_log=talk_sd_log,
        wrap_s=round(segment.wrap_s),
    )
