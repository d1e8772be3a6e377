"""Names that reading and planning a trial have in common."""

import re
import unicodedata

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


def alike(name: str) -> str:
    """Return what is left of a name without what readers do not see or mind.

    That is capitals, blanks, the zeros after a number's point (a spreadsheet writes 7 as 7.0), and
    the two ways in which Unicode stores an accent. Zeros before a number stay: 01 may be a code.
    """
    text = " ".join(unicodedata.normalize("NFKC", name).casefold().split())
    return re.sub(r"(?<=\d)[.,]0+(?!\d)", "", text)
