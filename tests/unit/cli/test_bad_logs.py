"""A call log's folder that breaks a rule: what is told of it."""

import pytest
from mistakes import (
    ATTEMPTS,
    AUDIT,
    CONTACTS,
    EVALUATE,
    IMPORT,
    Mistake,
    assert_told,
    callbacks_in_the_past,
    cell,
    column,
    first_arm_only_first,
    gone,
    instead,
    lines,
    nothing,
    one_row,
    repeated,
    table,
    text,
    without,
)

MISTAKES = [
    Mistake("empty file", text(ATTEMPTS, ""), AUDIT, ["attempts.csv", "must not be empty"]),
    Mistake("header only", lines(ATTEMPTS, 1), AUDIT, ["== 0, must be at least 1"]),
    Mistake(
        "missing column",
        without(ATTEMPTS, "disposition"),
        AUDIT,
        ["attempts.csv: disposition", "must be a column; the file has contact_id, attempt_no"],
    ),
    Mistake(
        "wrong delimiter",
        instead(ATTEMPTS, ",", ";"),
        AUDIT,
        ["attempts.csv: delimiter == ';', must be ',': save the file with it between the cells"],
    ),
    Mistake(
        "mixed time zones",
        cell(ATTEMPTS, 5, "dialled_at", "2026-01-20T10:00:00+05:00"),
        AUDIT,
        ["attempts.csv: dialled_at", "+05:00", "time zones are mixed (row 5)"],
    ),
    Mistake(
        "a time without its zone",
        cell(ATTEMPTS, 5, "dialled_at", "2026-01-20T10:00:00"),
        AUDIT,
        ["dialled_at == '2026-01-20T10:00:00', must have its time zone's offset", "(row 5)"],
    ),
    Mistake(
        "duplicate contact",
        repeated(CONTACTS, 2),
        AUDIT,
        ["contacts.csv: contact_id == 1, must be there once", "(rows 2, 92)"],
    ),
    Mistake(
        "duplicate attempt",
        repeated(ATTEMPTS, 4),
        AUDIT,
        ["attempts.csv: attempt_no == 1, must be there once for a contact", "is the key (rows 4"],
    ),
    Mistake(
        "attempts before their contact entered",
        column(CONTACTS, "entered_at", "2026-04-01T00:00:00+02:00"),
        AUDIT,
        ["attempts.csv: dialled_at", "must not be before the contact's entered_at (rows 2, 3, 4"],
    ),
    Mistake(
        "callback in the past",
        table(ATTEMPTS, callbacks_in_the_past),
        AUDIT,
        ["attempts.csv: callback_at == '2026-01-01", "a callback in the past"],
    ),
    Mistake(
        "all dispositions unknown",
        column(ATTEMPTS, "disposition", "spoken to"),
        AUDIT,
        ["disposition == 'spoken to', must be one of no_answer, busy", " rows) (rows 2, 3"],
    ),
    Mistake(
        "arm with one contact",
        table(CONTACTS, first_arm_only_first),
        EVALUATE,
        ["arm in segment b2b == 'long', must hold at least 2 contacts"],
    ),
    Mistake(
        "only one arm",
        column(CONTACTS, "arm", "current"),
        EVALUATE,
        ["must hold at least two arms"],
    ),
    Mistake("no arms", column(CONTACTS, "arm", ""), EVALUATE, ["without arms there is no trial"]),
    Mistake("1-row log", one_row, EVALUATE, ["must hold at least two arms"]),
    Mistake("no such log", nothing, ("audit", "--log", "lgo"), ["--log == 'lgo'", "that exists"]),
    Mistake("no log", nothing, ("audit",), ["--log == None, must be given"]),
    Mistake(
        "folder without a header", gone("log/header.json"), AUDIT, ["a folder with header.json"]
    ),
    Mistake("broken header", text("log/header.json", "{"), AUDIT, ["header.json", "must be JSON"]),
    Mistake(
        "not a text file",
        text(ATTEMPTS, bytes(range(256)) * 9),
        AUDIT,
        ["attempts.csv: encoding == 'utf-8', must be the file's encoding"],
    ),
    Mistake(
        "options of an export with a folder",
        nothing,
        (*AUDIT, "--mapping", "vicidial"),
        ["--mapping == 'vicidial', must not be given with a call log's folder"],
    ),
]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_mistake_is_told(mistake, files, simkit):
    assert_told(mistake, files, simkit)


def test_one_attempt_is_audited_for_what_it_is(files, simkit):
    one_row(files)
    result = simkit(*AUDIT)
    assert result.exit_code == 0
    assert "1 contact in 1 segment and 1 arm, 1 attempt to 1 contact" in result.output
    assert "Not identified" in result.output


def test_spoilt_files_are_valid_before(files, simkit):
    for command in (AUDIT, EVALUATE, IMPORT, (*EVALUATE, "--prices", "prices.toml")):
        result = simkit(*command)
        assert result.exit_code == 0, result.output
