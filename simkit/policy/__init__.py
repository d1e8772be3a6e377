"""What we may decide: how often, when and how long a contact is called."""

from simkit.policy.delivered import Delivery, delivered_days, delivery
from simkit.policy.hours import calling_hours
from simkit.policy.recall import (
    Caps,
    RecallPolicy,
    Rests,
    Span,
    bundled_policies,
    load_policy,
)

__all__ = [
    "Caps",
    "Delivery",
    "RecallPolicy",
    "Rests",
    "Span",
    "bundled_policies",
    "calling_hours",
    "delivered_days",
    "delivery",
    "load_policy",
]
