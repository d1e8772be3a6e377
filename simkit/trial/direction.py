"""Which way an outcome is better: by the registry, by its name, or by what it is named for."""

from __future__ import annotations

from simkit.measures import OUTCOMES
from simkit.measures.registry import Better
from simkit.trial import lexicon
from simkit.trial.vocabulary import holding, plain_name, words

HARMS = words(lexicon.HARMS)
"""What is done to contacts, under the names that it usually has."""

_LOWER = HARMS | words(lexicon.LOWER)
_LOWER_ENDINGS = ("_cost", "_cost_eur", "_costo", "_costo_eur")
_HIGHER = words(lexicon.HIGHER)
_HARM_WORD = holding(lexicon.HARM_STEMS)
_GAIN_WORD = holding(lexicon.GAIN_STEMS)
ASK = (
    "must be named in lower_is_better or higher_is_better: its name does not tell whether more of "
    "it is harm"
)


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
