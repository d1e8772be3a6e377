"""What columns are called: names are read word by word, never guessed from a part."""

from __future__ import annotations

import re
import unicodedata

from simkit.trial.lexicon import (
    ACCOUNTS,
    AMONG,
    AMOUNTS,
    ARTICLES,
    ASSIGNED,
    CENSORED,
    DONE,
    ENDS,
    FLAG,
    GROUPS,
    ID,
    ID_ALONE,
    LIST_SIZE,
    MONEY,
    NO,
    NO_END,
    NONE_OF,
    NUMBER,
    OF_FIRMS,
    PEOPLE,
    PERSON,
    PERSONAL,
    REPEATED,
    TIMES,
    WHO,
    WITHIN,
    YES,
    Words,
)
from simkit.trial.lexicon_before import (
    ALREADY,
    BEFORE,
    DURING,
    FIRST_PARTS,
    HAD,
    LAST,
    PAST,
    PLACED,
    YEARS,
)
from simkit.trial.lexicon_calls import (
    ANSWER,
    CALL,
    CALLS,
    CONTACTED,
    DIALS,
    DURATION,
    ENDED_TALK,
    MEASURED,
    NOT_REACHED,
    ONE_CALL,
    PICKED_UP,
    REACHED,
    SECONDS,
    TALK,
    TALK_TIME,
    TRIED,
    UNANSWERED,
    UNANSWERED_CODES,
    WORKED,
)

CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z0-9])|(?<=[A-Z])(?=[A-Z][a-z])")


def plain_name(name: str) -> str:
    """Write a name as the registry does: small letters, no accents, ``_`` between its words."""
    folded = unicodedata.normalize("NFKD", name)
    text = "".join(letter for letter in folded if not unicodedata.combining(letter))
    return re.sub(r"[\W_]+", "_", CAMEL.sub("_", text).casefold()).strip("_")


def words(*tables: Words) -> frozenset[str]:
    """Return the words of all languages."""
    return frozenset(word for table in tables for text in table.values() for word in text.split())


def any_of(*tables: Words) -> str:
    """Return a pattern of any of some words; of which only the beginning is given ends with it."""
    each = sorted(words(*tables), key=lambda word: (-len(word), word))
    return f"(?:{'|'.join(each)})".replace(r"\w*", r"[^\W_]*")


def holding(*tables: Words) -> re.Pattern[str]:
    """Return what finds a whole word of some tables in a plain name."""
    return re.compile(rf"(?:^|_){any_of(*tables)}(?:_|$)")


_MADE = (CALLS, DIALS, TRIED, CONTACTED, REACHED)
_CALLS, _DIVISOR = holding(*_MADE), holding(*_MADE, CALL, WORKED)
_REACHED, _TRIED, _DIALS = holding(REACHED, CONTACTED), holding(TRIED), words(DIALS)
_CONTACTED, _SECONDS, _DURATION = holding(CONTACTED), words(SECONDS), words(DURATION)
_ANSWER, _COUNTS = words(ANSWER), words(NUMBER) | {"n"}
_REACHED_ALONE = re.compile(rf"^{any_of(REACHED, CONTACTED, PICKED_UP)}$")
_YES, _NO, _FLAG = words(YES), words(NO), words(FLAG)
_PICKED_UP, _NOT_REACHED = (
    re.compile(rf"^(?:{any_of(FLAG)}_)*{any_of(table)}(?:_{any_of(FLAG)})*$")
    for table in (PICKED_UP, NOT_REACHED)
)
_ENDED_TALK, _CODES = words(ENDED_TALK), words(UNANSWERED_CODES)
_RATE = re.compile(
    rf"(?:^|_){any_of(AMONG)}_(?:{any_of(ARTICLES)}_)?{any_of(*_MADE, CALL, WORKED)}(?:_|$)"
)
_BEFORE = re.compile(rf"(?:^|_)(?:{any_of(BEFORE)}|{any_of(LAST)}_(?:\d+_)?{any_of(YEARS)})(?:_|$)")
_FIRST_OR_PLACED = re.compile(
    rf"(?:^|_)(?:prima_{any_of(CALL, FIRST_PARTS)}|{any_of(PLACED)}_{any_of(PAST)})(?=_|$)"
)
_ALREADY = re.compile(
    rf"(?:^|_)(?:{any_of(ALREADY)}_{any_of(HAD)}|{any_of(HAD)}_{any_of(ALREADY)})(?:_|$)"
)
_DURING = holding(DURING)
_UNANSWERED = holding(UNANSWERED)
_OF_A_CALL = words(CALL, MEASURED)
_TALK, _OF_TALKS = words(TALK), words(TALK, TALK_TIME, MEASURED, NUMBER, FLAG)
_OF_DIALS = words(DIALS, ONE_CALL, NUMBER, MEASURED)
_OF_SECONDS = words(SECONDS, NUMBER, FLAG)
_CALLED, _OF_LENGTHS = words(CALL, DIALS), words(CALL, DIALS, TALK_TIME, MEASURED, NUMBER, FLAG)
_NUMBERS = words(ASSIGNED, NUMBER)
_GROUPS = words(GROUPS)
_LIST_SIZE, _ACCOUNTS = holding(LIST_SIZE), words(ACCOUNTS)
_NO_END = words(NO_END)
_CENSORED = holding(CENSORED)
_NONE_OF = re.compile(rf"^{any_of(NONE_OF)}_{any_of(ENDS)}(?:_|$)")
_MONEY, _AMOUNT, _DONE = holding(MONEY), holding(AMOUNTS, REPEATED, TIMES), holding(DONE)
_WITHIN = re.compile(
    rf"(?:^|_){any_of(WITHIN)}_(?:\w+_)?{any_of(TIMES)}(?:_|$)|[a-z]_\d+_{any_of(TIMES)}(?:_|$)"
)
_PEOPLE = re.compile(rf"^(?:{any_of(NUMBER)}_)*{any_of(PEOPLE)}_{any_of(WHO)}_")
_PERSON, _ID, _ALONE = words(PERSON), words(ID), words(PERSON, ID_ALONE)
_OWN, _OWN_OR_FIRMS = (
    re.compile(rf"(?:^|_){any_of(*tables)}(?:_?\d+|_number|_no|_{any_of(PERSON)})?$")
    for tables in ((PERSONAL,), (PERSONAL, OF_FIRMS))
)


def is_rate_of_calls(name: str) -> bool:
    """Tell whether an outcome is one per call, or among those reached."""
    return bool(_RATE.search(plain_name(name)))


def counts_calls(name: str) -> bool:
    """Tell whether a number of "contacts" is one of calls, of those reached, or of hours."""
    return bool(_DIVISOR.search(plain_name(name)))


def counts_assigned(name: str) -> bool:
    """Tell whether the name of a number says that it counts contacts, and nothing else."""
    plain = plain_name(name)
    parts = set(plain.split("_"))
    return bool(_LIST_SIZE.search(plain)) or (parts <= _NUMBERS and bool(parts & words(ASSIGNED)))


def sizes_groups(name: str) -> bool:
    """Tell whether it counts those of a group by a word of nothing else: ``contatti``, ``n``.

    A person may have customers, and a household persons.
    """
    plain = plain_name(name)
    group = plain == "n" or bool(set(plain.split("_")) & _GROUPS | set(_LIST_SIZE.findall(plain)))
    return group and counts_assigned(name)


def counts_accounts(name: str) -> bool:
    """Tell whether a number is one of accounts, companies, households: ``n_aziende``."""
    parts = set(plain_name(name).split("_"))
    return bool(parts & _ACCOUNTS) and parts <= _ACCOUNTS | _NUMBERS


def told_of_calls(name: str) -> bool:
    """Tell whether a column is of calls that were made, or of who was reached, in the trial.

    What was before it says so: ``calls_before``, ``chiamate_ultimi_12_mesi``, ``già fatte``.
    """
    plain = plain_name(name)
    if is_before(name):
        return False
    if tells_of_talks(name):
        return True
    parts = set(plain.split("_"))
    return bool(_CALLS.search(plain)) or (parts <= _OF_A_CALL and bool(parts & words(CALL)))


def says_reached(name: str) -> bool:
    """Tell whether a column says who was reached in the trial: ``risposto``, ``n_reached``.

    How long somebody was called may say it: ``durata_chiamata``, ``duration_s``.
    """
    return _says(_REACHED, name) or _says(_PICKED_UP, name) or lasts(name)


def may_be_surveyed(name: str) -> bool:
    """Tell whether it may say what was answered, and counts nothing: ``risposta`` of 1 to 5."""
    parts = set(plain_name(name).split("_"))
    return bool(parts & _ANSWER) and not parts & _COUNTS


def may_say_dialled(name: str) -> bool:
    """Tell whether it says so in a word that is said of those dialled too: ``contattato``."""
    return _says(_CONTACTED, name)


def says_only_reached(name: str) -> bool:
    """Tell whether it says nothing else: ``answered_survey`` may be of a survey before."""
    rest = _REACHED.sub("_", plain_name(name)).strip("_")
    alone = set(rest.split("_")) <= _FLAG | {""} or _says(_PICKED_UP, name)
    return tells_of_talks(name) or (says_reached(name) and alone)


def says_not_reached(name: str) -> bool:
    """Tell whether a column says who was not reached, and nothing else: ``no_answer``."""
    return bool(_NOT_REACHED.search(plain_name(name)))


def is_no(value: str) -> bool:
    """Tell whether a text says no, in any language."""
    return plain_name(value) in _NO


def ended_talk(ending: str) -> bool:
    """Tell whether a text is how a talk ends, and nothing else: ``not interested``."""
    return plain_name(ending) in _ENDED_TALK


def tells_of_talks(name: str) -> bool:
    """Tell whether a column says how long, or how often, a contact was talked with in the trial.

    Of whom was not reached it is 0: ``talk_seconds``, ``minuti_parlati``, ``n_talks``, ``secondi``.
    """
    parts = set(plain_name(name).split("_"))
    seconds = bool(parts & _SECONDS) and parts <= _OF_SECONDS
    return seconds or (bool(parts & _TALK) and parts <= _OF_TALKS and not is_before(name))


def lasts(name: str) -> bool:
    """Tell whether a column says how long a contact was talked with, or called, in the trial."""
    parts = set(plain_name(name).split("_"))
    of_calls = bool(parts & _DURATION) and bool(parts & (_CALLED | _SECONDS | {"s"}))
    called = of_calls and parts <= _OF_LENGTHS and not is_before(name)
    return called or tells_of_talks(name)


def is_before(name: str) -> bool:
    """Tell whether a column says of itself that it was before the trial.

    Calls already made were so, unless the name says that they were made in it.
    """
    plain = plain_name(name)
    already = _ALREADY.search(plain) and not _DURING.search(plain)
    return bool(already or _BEFORE.search(_FIRST_OR_PLACED.sub("_", plain)))


def is_of_a_call(name: str) -> bool:
    """Tell whether a column is called as how calls end, and as nothing else: ``esito_contatto``."""
    return set(plain_name(name).split("_")) <= _OF_A_CALL | _FLAG


def says_tried(name: str) -> bool:
    """Tell whether a column says who was called or contacted in the trial: ``contacted``."""
    return _says(_TRIED, name)


def _says(what: re.Pattern[str], name: str) -> bool:
    plain = plain_name(name)
    return bool(what.search(plain)) and not (is_before(name) or _UNANSWERED.search(plain))


def counts_dials(name: str) -> bool:
    """Tell whether a column counts the calls to a contact: ``attempts``, ``n_chiamate``."""
    parts = set(plain_name(name).split("_"))
    return bool(parts & _DIALS) and parts <= _OF_DIALS and not lasts(name)


def is_yes(value: str) -> bool:
    """Tell whether a text says yes, in any language, or that somebody was reached."""
    plain = plain_name(value)
    return plain in _YES or bool(_REACHED_ALONE.search(plain))


def is_reached(value: str) -> bool:
    """Tell whether a text says of a contact that it was reached, and nothing else."""
    return bool(_REACHED_ALONE.search(plain_name(value)))


def nobody_answered(ending: str) -> bool:
    """Tell whether a text is the ending of a call that nobody answered: ``non risponde``."""
    plain = plain_name(ending)
    return plain in _CODES or bool(_UNANSWERED.search(plain))


def no_end(ending: str) -> bool:
    """Tell whether a text says that there was no end: ``none``, ``no sale``, ``censored``."""
    plain = plain_name(ending)
    none = not plain or plain in _NO_END
    return none or bool(_CENSORED.search(plain) or _NONE_OF.search(plain))


def counts_no_contacts(name: str) -> bool:
    """Tell whether a total is an amount, or of what one contact can have many times.

    It is none where the name says whom it counts (``contacts_with_calls``), what they did
    (``unsubscribed_from_emails``) or within what time (``sold_in_30_days``).
    """
    plain = plain_name(name)
    if _PEOPLE.search(plain):
        return False
    if _MONEY.search(plain) or "\N{EURO SIGN}" in name or "$" in name:
        return True
    return bool(_AMOUNT.search(plain)) and not _DONE.search(plain) and not _WITHIN.search(plain)


def names_a_person(name: str, *, or_firm: bool = False) -> bool:
    """Tell whether a column is called after what one person has: a telephone, a tax code.

    Parameters
    ----------
    name
        The column.
    or_firm
        Whether also what a company has counts, as its number for value added tax.
    """
    return bool((_OWN_OR_FIRMS if or_firm else _OWN).search(plain_name(name)))


def names_a_contact(name: str) -> bool:
    """Tell whether a column is called as one that tells contacts apart: ``id``, ``id_cliente``."""
    plain = plain_name(name)
    parts = set(plain.split("_"))
    both = bool(parts & _PERSON) and bool(parts & _ID)
    return plain in _ALONE or (both and parts <= (_PERSON | _ID))


def names_one_contact(name: str) -> bool:
    """Tell whether it says whose id it is: ``id_cliente``, while ``id`` may be a call's."""
    return names_a_contact(name) and bool(set(plain_name(name).split("_")) & _PERSON)
