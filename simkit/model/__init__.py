"""What a call does to a contact: pure scalar functions and keyed random streams."""

from simkit.model.call import (
    MODEL_DISPOSITIONS,
    Circumstances,
    Outcome,
    disposition_probs,
    play,
)
from simkit.model.contact import STATE_NAMES, Mind, Traits, advance, born, deferred
from simkit.model.parameters import CallParameters, call_parameters, stationary_law
from simkit.model.streams import STREAMS, Key, draw, run_key
from simkit.model.traits import TraitTable, account_sizes, draw_traits, skill_logits

__all__ = [
    "MODEL_DISPOSITIONS",
    "STATE_NAMES",
    "STREAMS",
    "CallParameters",
    "Circumstances",
    "Key",
    "Mind",
    "Outcome",
    "TraitTable",
    "Traits",
    "account_sizes",
    "advance",
    "born",
    "call_parameters",
    "deferred",
    "disposition_probs",
    "draw",
    "draw_traits",
    "play",
    "run_key",
    "skill_logits",
    "stationary_law",
]
