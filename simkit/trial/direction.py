"""Which way an outcome is better: by the registry, by its name, or by what it is named for."""

from __future__ import annotations

import re

from simkit.measures import OUTCOMES
from simkit.measures.registry import Better
from simkit.trial import lexicon_direction as lexicon
from simkit.trial.lexicon import TIMES
from simkit.trial.vocabulary import holding, plain_name, words

HARMS = words(lexicon.HARMS)
"""What is done to contacts, under the names that it usually has."""

_LOWER = HARMS | words(lexicon.LOWER)
_LOWER_ENDINGS = ("_cost", "_cost_eur", "_costo", "_costo_eur")
_HIGHER = words(lexicon.HIGHER)
_HARM_WORD, _GAIN_WORD = holding(lexicon.HARM_STEMS), holding(lexicon.GAIN_STEMS)
_TURN = holding(lexicon.TURNS)
_TIMES, _UNTIL = ("|".join(words(*one)) for one in ((TIMES, lexicon.TIME), (lexicon.UNTIL,)))
_LONG = re.compile(rf"(?:^|_)(?:{_TIMES})_(?:\w+_)?(?:{_UNTIL})_")
_NUMBER_OF = re.compile(r"(?:^|_)no_of_")
ASK = (
    "must be named in lower_is_better or higher_is_better: its name does not tell whether more of "
    "it is harm"
)
ASK_PRIMARY = (
    "must be named in lower_is_better or higher_is_better: its name does not tell which way it is "
    "better, and it decides"
)


def known_direction(name: str) -> Better | None:
    """Return which way an outcome is better, by the registry or a usual name; None: not known.

    Case, blanks and marks do not matter: ``"Opt-Out"`` is ``"opt_out"``.
    """
    plain = plain_name(name)
    if plain in OUTCOMES:
        return OUTCOMES[plain].better
    if plain in _LOWER or (plain.endswith(_LOWER_ENDINGS) and not _turned(plain)):
        return "lower"
    return "higher" if plain in _HIGHER else None


def told_direction(name: str) -> Better | None:
    """Return which way an outcome is better as far as its name tells; None: it does not.

    Besides what is known, less is better of what holds a word of harm (``"complaint_count"``), if
    nothing in its name may turn that round: neither a word that denies it (``"no_complaints"``,
    ``"complaint_free"``), nor how long it took (``"days_to_churn"``), nor one of gain
    (``"value_after_churn"``).
    """
    plain = plain_name(name)
    known = known_direction(name)
    if known is None and _HARM_WORD.search(plain):
        return None if _turned(plain) or _GAIN_WORD.search(plain) else "lower"
    return known


def less_is_better(name: str) -> bool:
    """Tell whether less of an outcome is taken as better.

    What is not known is guessed, and said: less is better where the name holds a word of harm
    (``"complaint_count"``), or denies one of gain (``"no_sale"``); more is better of all else,
    harm that is denied too (``"no_complaints"``).
    """
    told, plain = told_direction(name), plain_name(name)
    if told is not None:
        return told == "lower"
    harm = bool(_HARM_WORD.search(plain))
    if _turned(plain):
        return not harm and bool(_GAIN_WORD.search(plain))
    return harm


def asked_of(name: str, *, decides: bool = False) -> str:
    """Return that the direction of an outcome must be given; empty where its name tells it.

    Of a guardrail, to guess wrong would let harm pass: ``"consent"``, ``"no_complaints"`` and
    ``"lost_sales"`` may each be of harm or of gain, and what is neither (``"attempts"``) harms in
    no direction that is known.

    Parameters
    ----------
    name
        A guardrail.
    decides
        Whether it is the primary outcome instead, of which only a known name tells it.
    """
    if decides:
        return ASK_PRIMARY if known_direction(name) is None else ""
    return "" if told_direction(name) in ("lower", "higher") else ASK


def guess_words(name: str, *, less: bool) -> str:
    """Say that the direction of an outcome is a guess: ``more of walks is taken as better: ...``.

    Parameters
    ----------
    name
        The outcome.
    less
        Whether less of it is taken as better.
    """
    return f"{'less' if less else 'more'} of {name} is taken as better: a guess"


def _turned(plain: str) -> bool:
    """Tell whether a plain name may mean the opposite of the words that it holds.

    What a word of harm holds itself turns nothing: ``do_not_call``.
    """
    rest = _NUMBER_OF.sub("_", _HARM_WORD.sub("_harm_", plain))
    return bool(_TURN.search(rest) or _LONG.search(rest))
