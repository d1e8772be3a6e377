"""Which way an outcome is better: by the registry, by its name, or by what it is named for."""

from __future__ import annotations

import re

from simkit.measures import OUTCOMES
from simkit.measures.registry import Better

HARMS = frozenset(
    (
        *("opt_out", "opt_outs", "optout", "optouts", "do_not_call", "dnc"),
        *("unsubscribe", "unsubscribed", "unsubscribes"),
        *("complaint", "complaints", "complained"),
        *("cancelled", "canceled", "cancellation", "cancellations"),
    )
)
"""What is done to contacts, under the names that it usually has."""

_LOWER = HARMS | {"cost", "costs", "cost_eur", "churn", "churned", "refusal", "refusals"}
_LOWER_ENDINGS = ("_cost", "_cost_eur")
_HIGHER = frozenset(
    (
        *("sales", "sold", "bought", "buy", "buys", "purchase", "purchases", "purchased"),
        *("order", "orders", "conversion", "conversions", "converted", "signup", "signups"),
        *("revenue", "revenue_eur", "profit", "profit_eur", "net_value", "value"),
    )
)
_HARM_WORD = re.compile(
    r"(?:^|_)(?:opt_?outs?|do_not_call|dnc|unsubscri\w*|complain\w*|cancel\w*|churn\w*|costs?"
    r"|refus\w*|block(?:s|ed)?|returns?|returned|refund\w*|storn\w*|abandon\w*)(?:_|$)"
)
_GAIN_WORD = re.compile(
    r"(?:^|_)(?:stay(?:s|ed)?|retain\w*|retention|kept|renew\w*|active|loyal\w*|satisf\w*|nps"
    r"|sales?|sold|bought|buys?|purchas\w*|orders?|conver\w*|revenue|profit|value)(?:_|$)"
)
ASK = (
    "must be named in lower_is_better or higher_is_better: its name does not tell whether more of "
    "it is harm"
)


def plain_name(name: str) -> str:
    """Write a name as the registry does: small letters, ``_`` for blanks and marks."""
    return re.sub(r"[\W_]+", "_", name.casefold()).strip("_")


def known_direction(name: str) -> Better | None:
    """Return which way an outcome is better, by the registry or a usual name; None: not known.

    Case, blanks and marks do not matter: ``"Opt-Out"`` is ``"opt_out"``.
    """
    plain = plain_name(name)
    if plain in OUTCOMES:
        return OUTCOMES[plain].better
    if plain in _LOWER or plain.endswith(_LOWER_ENDINGS):
        return "lower"
    return "higher" if plain in _HIGHER else None


def less_is_better(name: str, *, guardrail: bool = False) -> bool:
    """Tell whether less of an outcome is taken as better.

    What is not known is guessed, and said: less is better where the name holds a word of harm
    (``"complaint_count"``) and in a guardrail, which is named to stop harm, whatever words are in
    its name (``"lost_sales"``); more is better of all else.

    Parameters
    ----------
    name
        The outcome.
    guardrail
        Whether it is named as a guardrail.
    """
    known = known_direction(name)
    if known is not None:
        return known == "lower"
    return guardrail or bool(_HARM_WORD.search(plain_name(name)))


def must_be_asked(guardrail: str) -> bool:
    """Tell whether a guardrail may be of harm or of gain, as ``"lost_sales"`` and ``"retained"``.

    To guess wrong would let harm pass, so that its direction must be given.
    """
    plain = plain_name(guardrail)
    unknown = known_direction(guardrail) is None and not _HARM_WORD.search(plain)
    return unknown and bool(_GAIN_WORD.search(plain))
