"""The parameters of one segment: what its contacts are and what a call does to them."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field

from simkit.scenario.calendar import WeekHours
from simkit.scenario.validation import (
    FrozenModel,
    NonNegative,
    Number,
    Positive,
    Probability,
)

SHIFT_S = 28_800
"""No ringing and no wrap-up lasts longer than a shift of eight hours."""

SHORTEST_LOST_DAYS = 0.01
"""A mind that begins anew more often than a hundred times a day would take for ever to play."""

TALK_MEAN_MAX_S = 172_800
TALK_CV_MAX = 5
"""With these, two days and this spread, the longest of 10⁸ talks is still a number of 31 bits."""

Phases = Annotated[int, Field(strict=True, ge=1, le=32)]
HourLogits = Annotated[tuple[Number, ...], Field(min_length=24, max_length=24)]
WeekLogits = Annotated[tuple[HourLogits, ...], Field(min_length=7, max_length=7)]

FLAT_WEEK: WeekLogits = ((0.0,) * 24,) * 7


class Segment(FrozenModel):
    """One kind of contact; every field is a parameter with the unit of its name.

    Probabilities of the form σ(base + ...) have their parts in logits; σ(x) = 1/(1+exp(-x)).
    I is the contact's irritation, a stock >= 0 that each call raises and time halves.
    """

    # Who is in the list.
    share: Probability = Field(description="part of the contacts in this segment [fraction]")
    account_size_mean: Number = Field(
        ge=1, description="mean number of contacts of an account [contacts]"
    )
    account_sd_logit: NonNegative = Field(
        description="spread of buying between accounts, shared by an account's contacts [logit]"
    )
    buying_sd_logit: NonNegative = Field(description="spread of buying between contacts [logit]")
    reach_sd_logit: NonNegative = Field(description="spread of answering between contacts [logit]")
    sensitivity_cv: NonNegative = Field(
        description="spread of the annoyance by the same call, mean 1 [sd/mean]"
    )
    bad_number_prob: Probability = Field(description="numbers that nobody can answer [probability]")
    sale_value_mean_eur: Positive = Field(description="mean value of a sale [EUR]")
    sale_value_cv: NonNegative = Field(description="spread of the value of a sale [sd/mean]")
    entry_spread_days: NonNegative = Field(
        description="contacts enter uniformly over this time from the start [days]"
    )

    # Need, decision, rivals.
    need_per_year: NonNegative = Field(
        description="rate at which an idle contact comes to need the product [1/year]"
    )
    decision_mean_days: Positive = Field(description="mean time from need to ready to buy [days]")
    decision_shape: Phases = Field(
        description="phases of the decision: the time is Gamma with this shape [phases]"
    )
    rival_per_day: NonNegative = Field(
        description="rate of buying elsewhere while deciding, ready or deferred [1/day]"
    )
    lost_days: Positive = Field(
        description="mean time until who bought elsewhere is idle [days]", ge=SHORTEST_LOST_DAYS
    )
    initial_state: Literal["stationary", "idle", "deciding"] = Field(
        description="state at entry; stationary: as the chain is without calls [word]"
    )

    # Requested callbacks.
    callback_mean_days: Positive = Field(
        description="mean time to the date that a contact names, rounded to working days [days]"
    )
    callback_shape: Phases = Field(description="shape of the Gamma law of that time [phases]")
    callback_ready_prob: Probability = Field(
        description="ready at the named date, else deciding anew [probability]"
    )
    callback_window_min: Positive = Field(
        description="a callback dialled within this time of the named one is kept [min]"
    )

    # Irritation.
    irritation_half_life_days: Positive = Field(description="time that halves irritation [days]")
    jump_missed: NonNegative = Field(description="irritation by a call not answered [irritation]")
    jump_refused: NonNegative = Field(description="irritation by a call refused [irritation]")
    jump_callback_kept: NonNegative = Field(
        description="irritation by a callback on its date [irritation]"
    )
    jump_early: NonNegative = Field(
        description="irritation by a call before the date the contact named [irritation]"
    )
    jump_answered: NonNegative = Field(
        description="irritation by any other answered call [irritation]"
    )
    jump_push: NonNegative = Field(description="added when the agent pushed [irritation]")

    # Answering.
    reach_base_logit: Number = Field(description="answering, base [logit]")
    reach_irritation_logit: NonNegative = Field(
        description="answering, lowered by this for each unit of I [logit]"
    )
    reach_profile_logit: WeekLogits = Field(
        default=FLAT_WEEK,
        description="answering, added by weekday (7, Monday first) and hour (24) [logit]",
    )

    # Leaving for good.
    optout_base_logit: Number = Field(description="opt-out in an answered call, base [logit]")
    optout_irritation_logit: NonNegative = Field(
        description="opt-out, raised by this for each unit of I [logit]"
    )
    complaint_prob: Probability = Field(description="opt-outs that complain as well [probability]")
    account_optout_prob: Probability = Field(
        description="opt-outs that close the whole account [probability]"
    )

    # What an answered call leads to.
    spark_prob: Probability = Field(
        description="a call to an idle contact raises a need, at I = 0 [probability]"
    )
    push_prob: Probability = Field(
        description="a push makes a deciding contact ready at once, at I = 0 [probability]"
    )
    callback_prob: Probability = Field(
        description="a deciding contact names a date to be called back [probability]"
    )
    sale_base_logit: Number = Field(description="sale to a ready contact, base [logit]")
    sale_irritation_logit: NonNegative = Field(
        description="sale, lowered by this for each unit of I; also dampens spark and push [logit]"
    )
    callback_bonus_logit: Number = Field(description="sale, added in a callback kept [logit]")

    # Cancelling.
    cancel_base_logit: Number = Field(description="cancellation of a sale, base [logit]")
    cancel_irritation_logit: NonNegative = Field(
        description="cancellation, raised by this for each unit of I [logit]"
    )
    cancel_pressed_logit: Number = Field(description="cancellation, added if pressed [logit]")
    withdrawal_days: NonNegative = Field(
        description="time within which a sale can be cancelled [days]"
    )

    # Handling time.
    ring_s: Positive = Field(description="ringing of a call not answered [s]", le=SHIFT_S)
    ring_answered_s: NonNegative = Field(description="ringing of an answered call [s]", le=SHIFT_S)
    talk_brief_mean_s: Positive = Field(
        description="mean talk if refused, opted out or already solved [s]", le=TALK_MEAN_MAX_S
    )
    talk_mean_s: Positive = Field(
        description="mean talk if undecided, not now or callback [s]", le=TALK_MEAN_MAX_S
    )
    talk_sale_mean_s: Positive = Field(description="mean talk of a sale [s]", le=TALK_MEAN_MAX_S)
    talk_cv: NonNegative = Field(description="spread of the talk [sd/mean]", le=TALK_CV_MAX)
    wrap_s: NonNegative = Field(description="work after an answered call [s]", le=SHIFT_S)

    # Money.
    dial_eur: NonNegative = Field(description="cost of one dial [EUR]")
    agent_eur_per_hour: NonNegative = Field(description="cost of an agent's time [EUR/hour]")
    complaint_eur: NonNegative = Field(description="cost of a complaint [EUR]")
    contact_value_eur_per_year: NonNegative = Field(
        description="worth of being allowed to call the contact for a year [EUR/year]"
    )
    valuation_days: NonNegative = Field(
        description="time from entry over which that worth is counted [days]"
    )
    worthwhile_eur: NonNegative = Field(
        description="net value per contact-year below which nobody would change the policy [EUR]"
    )
    optout_margin_prob: Probability = Field(
        description="tolerated extra opt-outs per contact at the horizon [probability]"
    )

    windows: WeekHours = Field(description="when these contacts may be called [local time]")


UNSOURCED = frozenset({"initial_state"})
"""Parameters that are words, not numbers, and so carry no source."""

WEEKS = frozenset({"windows", "shifts"})
"""Parameters that are weekly hours: their source stands among the weekdays."""


def unit_and_meaning(description: str) -> tuple[str, str]:
    """Split ``"mean value of a sale [EUR]"`` into unit and meaning."""
    match = re.fullmatch(r"(.*) \[(.*)\]", description)
    if match is None:
        return "", description
    return match[2], match[1]
