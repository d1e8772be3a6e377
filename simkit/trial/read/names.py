"""Names that reading and planning a trial have in common."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping

from simkit.calllog.schema import CONTACTS

SCHEMA_COLUMNS = tuple(column.name for column in CONTACTS)
"""What every contact of a call log has; its further columns are covariates."""

WHERE = "evaluate"
NET_VALUE = "net_value_eur"
SALE = "sale"
"""What a net value rests on: read of every log, whether asked or not."""

IDS = frozenset(("contact_id", "account_id"))
AN_ID = "must be an outcome: this names contacts or accounts"
NO_ARM = "not assigned to an arm"
"""Why contacts without an arm are left out."""

IN_MEMORY = "read the log into memory (read_call_log)"
"""What to do where a log on disk is not enough."""

DIALLED = "dialled"
"""Column of contacts, and of their sums: whether a contact was called."""

A_LOG_OR_TABLE = (
    "must be a call log, as simkit.read_call_log(folder) or simkit.open_call_log(folder) gives it, "
    "or a pandas table"
)
"""What the data of a trial may be."""

A_LOG_IN_MEMORY = "must be a call log, as simkit.read_call_log(folder) gives it"
"""What it must be where its calls are looked at one by one."""


def _composed(name: str) -> str:
    return unicodedata.normalize("NFKC", name)


def _single_blanks(name: str) -> str:
    return " ".join(name.split())


def without_zeros(name: str) -> str:
    """Take away the zeros after a number's point: a spreadsheet writes 7 as 7.0."""
    if "." not in name and "," not in name:
        return name
    return re.sub(r"(?<=\d)[.,]0+(?!\d)", "", name)


#: What readers do not see or mind in a name → how it is taken away.
UNSEEN: Mapping[str, Callable[[str], str]] = {
    "the way an accent is stored": _composed,
    "capitals": str.casefold,
    "blanks": _single_blanks,
    "zeros after the point (1.0 for 1)": without_zeros,
}


def alike(name: str) -> str:
    """Return what is left of a name without what readers do not see or mind: `UNSEEN`.

    Zeros before a number stay: 01 may be a code.
    """
    for taken_away in UNSEEN.values():
        name = taken_away(name)
    return name
