"""A dialler's export, its mapping and its contacts: what is told of what is wrong there."""

import pytest
from mistakes import (
    CALLS,
    EXPORT,
    IMPORT,
    STATUS,
    Mistake,
    assert_told,
    cell,
    column,
    instead,
    lines,
    nothing,
    repeated,
    text,
    without,
)

MISTAKES = [
    Mistake("empty export", text(CALLS, ""), IMPORT, ["calls.txt: file == '', must not be empty"]),
    Mistake("export without calls", lines(CALLS, 1), IMPORT, ["calls.txt: rows == 0, must be at"]),
    Mistake(
        "export: missing column",
        without(CALLS, "status"),
        IMPORT,
        ["calls.txt: status == None, must be a column; the file has call_date"],
    ),
    Mistake(
        "export: wrong delimiter",
        instead(CALLS, "\t", ","),
        IMPORT,
        ["calls.txt: delimiter == '\\t', must be ','"],
    ),
    Mistake(
        "export: mixed time zones",
        cell(CALLS, 5, "call_date", "2026-01-20 10:00:00+05:00"),
        IMPORT,
        ["dialled_at (\"call_date\") == '2026-01-20 10:00:00+05:00', must be a time", "(row 5)"],
    ),
    Mistake(
        "export: all codes unknown",
        column(CALLS, "status", "ZZ"),
        IMPORT,
        [f"{STATUS} == 'ZZ'", "none of the 1 here is", " rows): map it in", "[dispositions]"],
    ),
    Mistake(
        "export: a code misspelt",
        cell(CALLS, 5, "status", "SALES"),
        IMPORT,
        [f"{STATUS} == 'SALES'", "(1 row; did you mean 'SALE'?): map it in", "(row 5)"],
    ),
    Mistake(
        "export: calls before entry",
        column("contacts.csv", "entered_at", "2026-04-01"),
        IMPORT,
        ["must not be before the contact's entered_at (or give --leave-out outside-observation)"],
    ),
    Mistake(
        "export: contacts not in the contacts file",
        lines("contacts.csv", 50),
        IMPORT,
        ["must be in the contacts file (or give --leave-out unknown-contacts)"],
    ),
    Mistake(
        "export: 1 row, no contact", lines(CALLS, 2), (*IMPORT[:-4], "--out", "o"), ["--observed"]
    ),
    Mistake(
        "contacts: duplicate",
        repeated("contacts.csv", 3),
        IMPORT,
        ["contacts.csv: contact_id == 2, must be there once: one row a contact (rows 3, 92)"],
    ),
    Mistake(
        "contacts: missing columns, all told",
        without("contacts.csv", "segment", "entered_at"),
        IMPORT,
        ["2 problems", "contacts.csv: segment == None", "contacts.csv: entered_at == None"],
    ),
    Mistake(
        "contacts: mixed time zones",
        cell("contacts.csv", 5, "entered_at", "2026-01-12T00:00:00-05:00"),
        IMPORT,
        ["contacts.csv: entered_at", "time zones are mixed (row 5)"],
    ),
    Mistake(
        "no mapping",
        nothing,
        ("import", *EXPORT[:2], *EXPORT[4:]),
        ["--mapping == None, must be given", "uci_bank", "vicidial"],
    ),
    Mistake(
        "mapping misspelt",
        nothing,
        ("import", *EXPORT[:3], "vicidal", *EXPORT[4:]),
        ["--mapping == 'vicidal', must be a bundled mapping", "vicidial"],
    ),
    Mistake(
        "mapping: unknown key",
        text("my.toml", 'extends = "vicidial"\ncontact = "lead_id"\n'),
        ("import", *EXPORT[:3], "my.toml", *EXPORT[4:]),
        ["my.toml: contact == 'lead_id', is not a key; known are title"],
    ),
]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_mistake_is_told(mistake, files, simkit):
    assert_told(mistake, files, simkit)
