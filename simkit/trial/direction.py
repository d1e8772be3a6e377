"""Which way an outcome is better: by the registry, by its name, or by what it is named for."""

from __future__ import annotations

import re

from simkit.measures import OUTCOMES
from simkit.measures.registry import Better
from simkit.trial import lexicon_direction as words
from simkit.trial.lexicon import ACCOUNTS, ARTICLES, ASSIGNED, PEOPLE, PERSON, TIMES
from simkit.trial.lexicon_calls import AGENT, CALL, DIALS, REACHED
from simkit.trial.vocabulary import any_of, holding, plain_name

ASK = (
    "must be named in lower_is_better or higher_is_better: its name does not tell whether more of "
    "it is harm"
)
ASK_PRIMARY = (
    "must be named in lower_is_better or higher_is_better: its name does not tell which way it is "
    "better, and it decides"
)

_WHO = (ASSIGNED, PEOPLE, PERSON, ACCOUNTS)
_CALLS = any_of(DIALS, CALL, REACHED, AGENT, words.WORK)
_UNIT = any_of(TIMES, words.UNITS)
# "within_30_days", "ultimi_30_giorni", "30d", "day_30", "q1", "30". Without a number it may be how
# long it took ("churn_days"), without a unit a bound ("cost_within_100"), and one figure alone is
# perhaps one of several kinds ("complaint_0").
_TIME = (
    rf"(?:{any_of(words.IN_TIME)}_)?(?:{any_of(words.WHICH)}_)*(?:\d+_?{_UNIT}|{_UNIT}_?\d+)"
    r"|[1-9]\d+"
)
# "per_contact", "su_100_clienti", "al_mese": never per what is better or worse itself, of which
# more of it would be the other way ("customers_per_complaint").
_PER = rf"{any_of(words.PER)}_(?:\d+_)*(?:{any_of(*_WHO)}|{_CALLS}|{_UNIT}|\d+)"
#: Kind of a part of a name → its pattern, those first that hold words of others.
_KINDS = {
    "cost": any_of(words.COSTS),
    "harm": any_of(words.HARMS),
    "loss": any_of(words.LOSSES),
    "gain": any_of(words.GAINS),
    "neutral": rf"{_TIME}|{_PER}|{any_of(words.NEUTRAL, ARTICLES, *_WHO)}",
    "work": _CALLS,
    "or": any_of(words.OR),
}
_PART = re.compile(f"(?:{'|'.join(f'(?P<{kind}>{text})' for kind, text in _KINDS.items())})(?:_|$)")
# The kinds of a name's parts, by their first letters. A harm of a harm may be a gain
# ("complaints_cancelled", "opt_out_refused"), so that two are read of "opt_out_or_complaint" only;
# a gain of a gain is one. What calls take is neutral beside their cost.
_LOWER = re.compile("n*[hl](?:o[hl]|n)*|[nw]*c(?:oc|[nw])*")
_HIGHER = re.compile("n*g(?:o?g|n)*")
_HARM = re.compile("n*h(?:oh|n)*")
# Signs that turn a name round as words do: "!complaint", "100-churn", "contacts - complaints",
# "contacts/complaint", "costs < 100".
_SIGN = re.compile(
    "[!~<>=+*/^|\N{NOT SIGN}\N{MINUS SIGN}\N{LESS-THAN OR EQUAL TO}\N{GREATER-THAN OR EQUAL TO}]"
    rf"|^[\W\d_]*-(?!{_UNIT}\b)|\s-\s"  # of "30-day churn" it is none
)
_HOLDS_LOWER = holding(words.HARMS, words.LOSSES, words.COSTS)


def _kinds(name: str) -> str:
    """Return the kinds of a name's parts, by first letters; empty if one is not known."""
    plain, kinds, at = plain_name(name), "", 0
    if _SIGN.search(name):
        return ""
    while at < len(plain):
        part = _PART.match(plain, at)
        if part is None:
            return ""
        kinds, at = kinds + str(part.lastgroup)[0], part.end()
    return kinds


def told_direction(name: str) -> Better | None:
    """Return which way an outcome is better, as its name tells; None: it does not.

    Either simkit registers it, or every word of it is known: one of harm or cost, or some of gain,
    and neutral ones (``"n_complaints_30d"``). One other word may turn it round, and no list of such
    words is ever whole: ``"no_complaints"``, ``"disdetta_revocata"``, ``"days_to_churn"``,
    ``"value_after_churn"``. Case, blanks and marks do not matter: ``"Opt-Out"`` is ``"opt_out"``.
    """
    plain, kinds = plain_name(name), _kinds(name)
    if plain in OUTCOMES and not _SIGN.search(name):
        return OUTCOMES[plain].better
    if _LOWER.fullmatch(kinds):
        return "lower"
    return "higher" if _HIGHER.fullmatch(kinds) else None


def tells_harm(name: str) -> bool:
    """Tell whether an outcome is harm done to contacts, and its name tells nothing else."""
    return bool(_HARM.fullmatch(_kinds(name)))


def less_is_better(name: str) -> bool:
    """Tell whether less of an outcome is taken as better.

    What its name does not tell is guessed, and said: less is better where it holds a word of harm
    or cost, so that more harm is not taken for a gain; more is better of all else.
    """
    told = told_direction(name)
    return told == "lower" or (told is None and bool(_HOLDS_LOWER.search(plain_name(name))))


def asked_of(name: str, *, decides: bool = False) -> str:
    """Return that the direction of an outcome must be given; empty where its name tells it.

    Of a guardrail, and of what one is worth, to guess wrong would let harm pass; and what is better
    in no direction (``"attempts"``) harms in none that is known.

    Parameters
    ----------
    name
        A guardrail, or what is given a worth.
    decides
        Whether it is the primary outcome instead, which may be better in no direction.
    """
    told = told_direction(name)
    if decides:
        return ASK_PRIMARY if told is None else ""
    return "" if told in ("lower", "higher") else ASK


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
