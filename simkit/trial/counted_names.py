"""Whether a name tells of how often contacts were called or reached, or of what was planned."""

from __future__ import annotations

import re
import unicodedata

from simkit.trial.lexicon import FLAG, NUMBER, TIMES, WITHIN
from simkit.trial.lexicon_before import DURING, HAD
from simkit.trial.lexicon_calls import (
    CONTACTED,
    DIALS,
    MAY_BE_CALLS,
    MEASURED,
    ONE_CALL,
    REACHED,
    TRIED,
)
from simkit.trial.lexicon_plan import (
    ARM,
    CLASSES,
    DELIVERED,
    EVERY,
    FIRST,
    GROUPS,
    HOW_MANY,
    INTERVALS,
    MEETINGS,
    MORE_THAN,
    OFTEN,
    OR_MORE,
    PERIODS,
    PLANNED,
    SO_OFTEN,
    WAS_MADE,
)
from simkit.trial.lexicon_rates import MEANS
from simkit.trial.one_call import numbers_calls
from simkit.trial.vocabulary import (
    any_of,
    holding,
    is_before,
    is_no,
    is_yes,
    lasts,
    plain_name,
    says_not_reached,
    says_reached,
    words,
)

_CALLED = holding(DIALS, TRIED, CONTACTED, REACHED)
_MADE_ALREADY = holding(HAD, WAS_MADE)
_CALL_WORDS = words(DIALS, TRIED, CONTACTED, REACHED)
_KNOWN = _CALL_WORDS | words(
    *(ONE_CALL, NUMBER, MEASURED, FLAG, HAD, WAS_MADE, DURING, TIMES, WITHIN, CLASSES, PERIODS),
    *(MEANS, EVERY, HOW_MANY),
)
_PLANNED, _ARM, _MEANS = words(PLANNED), words(ARM), words(MEANS)
_OFTEN, _PERIODS, _EVERY = words(OFTEN), words(PERIODS), words(EVERY)
_GROUPS = words(GROUPS)
_WHICH, _ONE_CALL = words(FIRST), words(ONE_CALL) - words(MAY_BE_CALLS)
_MEETINGS, _NUMBERS = words(MEETINGS), words(NUMBER, HAD) | {"n"}
_OF_MEETINGS = _MEETINGS | _NUMBERS | words(FLAG, WAS_MADE)
_ONLY_REACHED = words(REACHED)
_OF_REACHED = _ONLY_REACHED | words(FLAG)
_UNIT = rf"(?:\s*{any_of(DIALS, ONE_CALL, MEETINGS, SO_OFTEN)})?"
_OPEN = re.compile(
    rf"(?:(?:>=?|=>|≥|\+|{any_of(MORE_THAN)})\s*(?P<over>\d+){_UNIT}"
    rf"|(?P<from>\d+)\s*(?:\+{_UNIT}|{any_of(OR_MORE)}{_UNIT}|{_UNIT}\s*{any_of(OR_MORE)}))"
)
_COUNTED = any_of(DIALS, ONE_CALL, MEETINGS)
_TOGETHER = re.compile(
    rf"(?<![^_])(?:(?P<many>{any_of(HOW_MANY)})(?P<counted>{_COUNTED})"
    rf"|(?P<first>{_COUNTED})(?P<last>{any_of(HOW_MANY)}))(?![^_])"
)
_COUNT = re.compile(rf"(?P<n>\d+)(?:[.,]0+)?(?:\s*[-–]\s*(?P<to>\d+))?{_UNIT}")
"""A number of calls, or several: ``2``, ``2 chiamate``, ``1-2``."""


def tells_a_plan(name: str) -> bool:
    """Tell whether a column is of what was planned: ``max_calls``, ``chiamate_previste``.

    ``arm`` alone says so of anything; a mean number of calls is of those made, whatever the period.
    """
    plain = plain_name(name)
    parts = set(plain.split("_"))
    if parts & _PLANNED or (parts & _ARM and len(parts) > 1):
        return True
    return tells_a_rhythm(name) and not (_MADE_ALREADY.search(plain) or parts & _MEANS)


def tells_what_was_delivered(name: str) -> bool:
    """Tell whether a column is of the interval that came of the calls: ``actual_interval``."""
    parts = set(plain_name(name).split("_"))
    return any(
        parts & words({language: INTERVALS[language]})
        and parts & words({language: DELIVERED[language]})
        for language in INTERVALS
    )


def tells_a_rhythm(name: str) -> bool:
    """Tell whether a name is of how often something is done: ``daily``, ``7 days``, ``5wd``.

    In a number of days, or in the first week, calls are counted (``calls_30_days``), unless they
    are the whole name, or it says *every*.
    """
    parts = re.sub(r"(?<=\d)(?=[a-z])|(?<=[a-z])(?=\d)", "_", plain_name(name)).split("_")
    if set(parts) & _OFTEN:
        return True
    at = [place for place, part in enumerate(parts) if part in _PERIODS]
    if not at:
        return False
    if not set(parts) & _CALL_WORDS:
        return True
    for place in at:
        before = parts[:place]
        every = set(before[-2:]) & _EVERY
        counted = bool(before) and before[-1].isdigit()
        numbered = place + 1 < len(parts) and parts[place + 1].isdigit()
        if every or not (counted or numbered or set(before[-1:]) & _WHICH):
            return True
    return False


def may_count_calls(name: str) -> bool:
    """Tell whether a column may count calls, attempts, those reached: a word of it says so."""
    if is_before(name):
        return False
    plain = _apart(name)
    parts = set(plain.split("_"))
    meetings = bool(parts & _MEETINGS) and bool(parts & _NUMBERS) and parts <= _OF_MEETINGS
    number = bool(parts & _ONE_CALL) and parts <= _ONE_CALL | _NUMBERS
    return bool(_CALLED.search(plain)) or numbers_calls(plain) or meetings or number


def counts_calls_made(name: str) -> bool:
    """Tell whether it does, as every word of it is known, or says how long or who was reached.

    Not where it is called a group of calls, which may be assigned; its arms may tell more.
    """
    if is_before(name):
        return False
    plain = _apart(name)
    parts = {part for part in plain.split("_") if not part.isdigit()}
    whole = bool(_CALLED.search(plain)) and parts <= _KNOWN and not parts & _GROUPS
    return whole or lasts(name) or says_reached(name) or says_not_reached(name)


def is_reached_or_not(arm: str) -> bool:
    """Tell whether an arm is called after what nobody can be assigned: ``reached``."""
    parts = set(plain_name(arm).split("_"))
    return (bool(parts & _ONLY_REACHED) and parts <= _OF_REACHED) or says_not_reached(arm)


def is_count(arm: str) -> bool:
    """Tell whether an arm is called by a number of calls, or by yes or no: ``2``, ``3+``."""
    text = _folded(arm)
    return bool(_COUNT.fullmatch(text) or _OPEN.fullmatch(text)) or is_yes(arm) or is_no(arm)


def count_of(arm: str) -> tuple[int, int] | None:
    """Return the first and last number of an arm's count; None where its name is no count."""
    found = _COUNT.fullmatch(_folded(arm))
    return (int(found["n"]), int(found["to"] or found["n"])) if found else None


def open_count_of(arm: str) -> int | None:
    """Return the number from which an arm's count has no end: 3 of ``3+``, of ``more than 2``."""
    text = _folded(arm)
    found = _OPEN.fullmatch(text)
    if found is None:
        return None
    if found["from"]:
        return int(found["from"])
    least = text.startswith((">=", "=>", "≥", "at least", "almeno", "mindestens", "al menos", "au"))
    return int(found["over"]) + (not least)


def _apart(name: str) -> str:
    """Write a name plainly, and apart what is counted from how many: ``n_calls`` of ``ncalls``."""
    return _TOGETHER.sub(
        lambda found: "_".join(part for part in found.groups() if part), plain_name(name)
    )


def _folded(text: str) -> str:
    """Write a text in small letters without accents; signs stay."""
    plain = unicodedata.normalize("NFKD", text.strip().casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))
