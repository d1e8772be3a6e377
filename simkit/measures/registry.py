"""What each measure means: one meaning each, with unit, formula and better direction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Better = Literal["higher", "lower", "neither"]
SHARE = "share of contacts"
"""Unit of the mean of what is yes or no for each contact."""


@dataclass(frozen=True)
class Outcome:
    """An outcome of one contact: a column of ``contact_outcomes`` that can be averaged.

    Parameters
    ----------
    name
        The column.
    unit
        Unit of its mean over contacts.
    better
        Which direction is better; ``"neither"`` for one that only describes.
    meaning
        What it says, in words for a reader of a report.
    """

    name: str
    unit: str
    better: Better
    meaning: str


@dataclass(frozen=True)
class Measure:
    """A measure of a group of contacts: ``scale`` × numerator ÷ denominator, both totals.

    Parameters
    ----------
    name, unit, formula, better, meaning
        What it is called, its unit, how it is computed, which direction is better, what it says.
    numerator, denominator
        Names of the two totals; for a median the numerator is the median itself and the
        denominator empty.
    counted
        The total whose size is the ``n`` of the measure.
    scale
        Factor on the ratio.
    """

    name: str
    unit: str
    formula: str
    better: Better
    meaning: str
    numerator: str
    denominator: str
    counted: str
    scale: float = 1.0


OUTCOMES: Mapping[str, Outcome] = MappingProxyType(
    {
        row.name: row
        for row in (
            Outcome("net_value_eur", "EUR per contact", "higher", "net value"),
            Outcome("value_eur", "EUR per contact", "higher", "value of sales less cancellations"),
            Outcome("dial_cost_eur", "EUR per contact", "lower", "cost of dialling"),
            Outcome("agent_cost_eur", "EUR per contact", "lower", "cost of agents' time"),
            Outcome("complaint_cost_eur", "EUR per contact", "lower", "cost of complaints"),
            Outcome("optout_cost_eur", "EUR per contact", "lower", "later value lost by opt-outs"),
            Outcome("sale", SHARE, "higher", "contacts who bought"),
            Outcome("net_sale", SHARE, "higher", "contacts who bought for good"),
            Outcome(
                "net_sale_expected",
                SHARE,
                "higher",
                "contacts who bought for good, a sale still open to withdrawal at its chance",
            ),
            Outcome("cancelled", SHARE, "lower", "contacts who cancelled"),
            Outcome("pending", SHARE, "neither", "sales still open to withdrawal"),
            Outcome("opt_out", SHARE, "lower", "contacts who opted out"),
            Outcome("complaint", SHARE, "lower", "contacts who complained"),
            Outcome("suppressed", SHARE, "lower", "contacts who may not be called"),
            Outcome("reached", SHARE, "higher", "contacts reached"),
            Outcome("attempts", "attempts per contact", "neither", "attempts"),
            Outcome("live", "answers per contact", "neither", "live answers"),
            Outcome("right_party", "per contact", "neither", "calls with the right party"),
            Outcome("conversations", "per contact", "neither", "conversations"),
            Outcome("abandoned", "per contact", "lower", "answers that no agent took"),
            Outcome("bad_number", "per contact", "neither", "dials to a dead number"),
            Outcome("refused", "per contact", "lower", "refusals"),
            Outcome("callbacks", "per contact", "neither", "callbacks requested"),
            Outcome("appointments", "per contact", "higher", "appointments"),
            Outcome("agent_s", "s per contact", "lower", "agents' time"),
        )
    }
)

_PER_CONTACT = ("contacts", "contacts")
_PER_DIAL = ("attempts", "attempts")

MEASURES: Mapping[str, Measure] = MappingProxyType(
    {
        row.name: row
        for row in (
            Measure(
                "net_value_eur_per_contact_year",
                "EUR per contact-year",
                "net value ÷ (days followed ÷ 365)",
                "higher",
                "contribution of a contact in a year",
                "net_value_eur",
                "contact_years",
                "contacts",
            ),
            Measure(
                "net_value_eur_per_contact",
                "EUR per contact",
                "(value of sales net of cancellations − dialling − agents' time − complaints "
                "− opt-outs) ÷ contacts",
                "higher",
                "contribution of a contact by the horizon",
                "net_value_eur",
                *_PER_CONTACT,
            ),
            Measure(
                "value_eur_per_contact",
                "EUR per contact",
                "value of sales net of cancellations ÷ contacts",
                "higher",
                "what the sales bring",
                "value_eur",
                *_PER_CONTACT,
            ),
            Measure(
                "dial_cost_eur_per_contact",
                "EUR per contact",
                "attempts × price of a dial ÷ contacts",
                "lower",
                "what the dialling costs",
                "dial_cost_eur",
                *_PER_CONTACT,
            ),
            Measure(
                "agent_cost_eur_per_contact",
                "EUR per contact",
                "(ringing + talk + wrap-up) × price of an agent's hour ÷ contacts",
                "lower",
                "what the agents' time costs",
                "agent_cost_eur",
                *_PER_CONTACT,
            ),
            Measure(
                "complaint_cost_eur_per_contact",
                "EUR per contact",
                "contacts who complained × price of a complaint ÷ contacts",
                "lower",
                "what the complaints cost",
                "complaint_cost_eur",
                *_PER_CONTACT,
            ),
            Measure(
                "optout_cost_eur_per_contact",
                "EUR per contact",
                "contacts lost × value of a contact-year × years of valuation left ÷ contacts",
                "lower",
                "what the lost right to call costs after the horizon",
                "optout_cost_eur",
                *_PER_CONTACT,
            ),
            Measure(
                "cost_eur_per_customer",
                "EUR per net sale",
                "(dialling + agents' time + complaints + opt-outs) ÷ sales net of cancellations",
                "lower",
                "cost of a customer acquired",
                "cost_eur",
                "net_sales",
                "sales",
            ),
            Measure(
                "net_sales_per_contact",
                "sales per contact",
                "sales net of cancellations ÷ contacts",
                "higher",
                "customers acquired, per contact assigned",
                "net_sales",
                *_PER_CONTACT,
            ),
            Measure(
                "conversion_per_contact",
                SHARE,
                "sales ÷ contacts",
                "higher",
                "conversion per contact assigned",
                "sales",
                *_PER_CONTACT,
            ),
            Measure(
                "conversion_per_dial",
                "share of dials",
                "sales ÷ attempts",
                "higher",
                "conversion per dial: never a comparison of policies (they change the dials)",
                "sales",
                *_PER_DIAL,
            ),
            Measure(
                "conversion_per_right_party",
                "share of right-party calls",
                "sales ÷ right-party calls",
                "higher",
                "conversion per right party: never a comparison of policies",
                "sales",
                "right_party",
                "right_party",
            ),
            Measure(
                "cancellation_rate",
                "share of sales",
                "cancelled sales ÷ sales",
                "lower",
                "sales that did not stay",
                "cancelled",
                "sales",
                "sales",
            ),
            Measure(
                "attempts_per_sale",
                "attempts per sale",
                "attempts ÷ sales",
                "lower",
                "dials for a sale",
                "attempts",
                "sales",
                "sales",
            ),
            Measure(
                "net_sales_per_agent_hour",
                "sales per hour",
                "sales net of cancellations ÷ (ringing + talk + wrap-up)",
                "higher",
                "yield of an agent's hour on calls",
                "net_sales",
                "agent_hours",
                "attempts",
            ),
            Measure(
                "agent_hours_per_contact",
                "hours per contact",
                "(ringing + talk + wrap-up) ÷ contacts",
                "lower",
                "agents' time that a contact takes",
                "agent_hours",
                *_PER_CONTACT,
            ),
            Measure(
                "answer_rate",
                "share of dials",
                "live answers ÷ attempts",
                "higher",
                "dials that a person answers",
                "live",
                *_PER_DIAL,
            ),
            Measure(
                "right_party_rate",
                "share of dials",
                "right-party calls ÷ attempts",
                "higher",
                "dials that reach the contact",
                "right_party",
                *_PER_DIAL,
            ),
            Measure(
                "penetration",
                SHARE,
                "contacts tried ÷ contacts",
                "higher",
                "contacts dialled at least once",
                "contacts_tried",
                *_PER_CONTACT,
            ),
            Measure(
                "saturation",
                "attempts per contact",
                "attempts ÷ contacts",
                "neither",
                "dials per contact assigned",
                "attempts",
                *_PER_CONTACT,
            ),
            Measure(
                "opt_outs_per_contact",
                SHARE,
                "contacts who opted out or complained ÷ contacts",
                "lower",
                "right to call lost, per contact assigned",
                "opt_outs",
                *_PER_CONTACT,
            ),
            Measure(
                "opt_outs_per_1000_conversations",
                "per 1,000 conversations",
                "1,000 × contacts who opted out or complained ÷ conversations",
                "lower",
                "right to call lost, per conversation",
                "opt_outs",
                "conversations",
                "conversations",
                1000.0,
            ),
            Measure(
                "complaints_per_contact",
                SHARE,
                "contacts who complained ÷ contacts",
                "lower",
                "complaints, per contact assigned",
                "complaints",
                *_PER_CONTACT,
            ),
            Measure(
                "complaints_per_1000_conversations",
                "per 1,000 conversations",
                "1,000 × contacts who complained ÷ conversations",
                "lower",
                "complaints, per conversation",
                "complaints",
                "conversations",
                "conversations",
                1000.0,
            ),
            Measure(
                "abandoned_rate",
                "share of live answers",
                "abandoned ÷ live answers",
                "lower",
                "answers that no agent took",
                "abandoned",
                "live",
                "live",
            ),
            Measure(
                "occupancy",
                "share of logged-in time",
                "(talk + wrap-up) ÷ logged-in time",
                "neither",
                "how busy the agents are",
                "talk_wrap_hours",
                "logged_in_hours",
                "attempts",
            ),
            Measure(
                "delivered_interval_days",
                "days",
                "mean time between consecutive dials of a contact, not after a named callback",
                "neither",
                "the recall interval that contacts lived through",
                "gap_days",
                "gaps",
                "gaps",
            ),
            Measure(
                "delivered_interval_median_days",
                "days",
                "median time between consecutive dials of a contact, not after a named callback",
                "neither",
                "the recall interval that a typical recall had",
                "gap_median_days",
                "",
                "gaps",
            ),
            Measure(
                "interval_adherence",
                "ratio",
                "median of (dial − previous dial) ÷ (due − previous dial), not after a callback",
                "neither",
                "dialled interval ÷ intended interval; 1 is on time",
                "adherence_median",
                "",
                "intended_gaps",
            ),
            Measure(
                "wait_hours",
                "hours",
                "mean of dial − due",
                "lower",
                "how long a due contact waits for its dial",
                "wait_hours",
                "waits",
                "waits",
            ),
            Measure(
                "callback_adherence",
                "share of callbacks promised",
                "next dials from 1 h before the named time to window's end ÷ callbacks promised",
                "higher",
                "promises to call back that were kept",
                "callbacks_kept",
                "callbacks_promised",
                "callbacks_promised",
            ),
        )
    }
)
