"""What names of columns tell of one call: its id, its number, its moment, how long it was."""

from __future__ import annotations

from simkit.trial.lexicon import ID
from simkit.trial.lexicon_calls import (
    AGENT,
    BEGIN,
    BETWEEN,
    CALL_IDS,
    CALL_MOMENTS,
    CALLBACK,
    DURATION,
    END,
    MAY_BE_CALLS,
    MET,
    MOMENT,
    ONE_CALL,
    ORDINAL,
    RESULT,
    SECONDS,
    UNITS,
)
from simkit.trial.vocabulary import plain_name, tells_of_talks, words

_ONE, _BETWEEN, _ORDINAL = words(ONE_CALL), words(BETWEEN), words(ORDINAL)
_MOMENT, _RESULT, _AGENT = words(MOMENT, BEGIN, END), words(RESULT), words(AGENT)
_BEGIN, _END = words(BEGIN), words(END)
_NUMBERED, _PERHAPS = words(ONE_CALL, CALLBACK) - words(MAY_BE_CALLS), words(MAY_BE_CALLS, MET)
_LONG, _UNITS, _ID = words(DURATION, SECONDS), words(UNITS), words(ID)
_IDS, _MOMENTS, _MET = words(CALL_IDS), words(CALL_MOMENTS), words(MET)


def _made_of(name: str, *held: frozenset[str], beside: frozenset[str] = _BETWEEN) -> bool:
    """Tell whether a name holds a word of each of some sets, and no others but those beside."""
    parts = set(plain_name(name).split("_"))
    return all(parts & each for each in held) and parts <= beside.union(*held)


def names_call(name: str) -> bool:
    """Tell whether a column is called after one call, and nothing else: ``telefonata``."""
    return _made_of(name, _ONE)


def names_call_id(name: str) -> bool:
    """Tell whether a column is called as what tells calls apart: ``call_id``, ``id_chiamata``.

    A number is none: ``numero_chiamata`` may be the telephone's.
    """
    return plain_name(name) in _IDS or _made_of(name, _ONE, _ID - _ORDINAL)


def numbers_calls(name: str) -> bool:
    """Tell whether a column is called as the number of one call: ``tentativo``, ``n_tentativo``.

    How many there were is another: ``n_tentativi``, ``call_count``.
    """
    numbered = _made_of(name, _NUMBERED, _ORDINAL)
    return numbered or (names_call(name) and _made_of(name, _NUMBERED))


def may_number_calls(name: str) -> bool:
    """Tell whether it may be one of a call, or of something else: ``contatto_n``, ``Versuch``."""
    return _made_of(name, _PERHAPS, _ORDINAL) or (names_call(name) and not numbers_calls(name))


def tells_when_called(name: str) -> bool:
    """Tell whether a column says when one call was: ``call_date``, not ``data_ultima_chiamata``."""
    return plain_name(name) in _MOMENTS or _made_of(name, _ONE, _MOMENT)


def tells_when(name: str) -> bool:
    """Tell whether a column says when something was, and not what: ``data_ora``, ``timestamp``."""
    return _made_of(name, _MOMENT)


def tells_beginning(name: str) -> bool:
    """Tell whether a column says when a call, or something unnamed, began: ``start_time``."""
    return _made_of(name, _BEGIN, beside=_BETWEEN | _MOMENT | _ONE)


def tells_end(name: str) -> bool:
    """Tell whether a column says when a call, or something unnamed, ended: ``ora_fine``."""
    return _made_of(name, _END, beside=_BETWEEN | _MOMENT | _ONE)


def tells_when_met(name: str) -> bool:
    """Tell whether it says when a contact was: a call, or a person's first: ``data_contatto``."""
    return _made_of(name, _MOMENT, _MET)


def tells_how_long(name: str) -> bool:
    """Tell whether a column says how long a call was, or something else: ``durata``, ``talk_s``."""
    return _made_of(name, _LONG, beside=_BETWEEN | _UNITS | _ONE) or tells_of_talks(name)


def tells_how_long_called(name: str) -> bool:
    """Tell whether a column says how long one call was: ``durata_chiamata``, ``call_length_s``."""
    return _made_of(name, _LONG, _ONE, beside=_BETWEEN | _UNITS)


def tells_who_called(name: str) -> bool:
    """Tell whether a column names agents: ``id_operatore``. Some manage an account for years."""
    return _made_of(name, _AGENT, beside=_BETWEEN | _ID | {"name", "nome", "nombre", "nom"})


def tells_how_it_ended(name: str) -> bool:
    """Tell whether a column says how one call ended: ``esito_chiamata``."""
    return _made_of(name, _ONE, _RESULT)
