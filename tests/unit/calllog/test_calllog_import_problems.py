"""What is wrong with a field export is told: all of it, and where."""

import pytest
from crm_export import CONTACTS, EXPORT, MAPPING, UNTIL, failing

# What is wrong: (changes of the files, options of the import, fragments of the message)
BAD = {
    "an empty file": ({"export": ""}, {}, ["calls.csv: file", "must not be empty"]),
    "a header only": (
        {"export": "Customer No,Call time,Result\n"},
        {},
        ["calls.csv: rows == 0, must be at least 1 below the header"],
    ),
    "a blank first row": ({"export": "\n" + EXPORT}, {}, ["must have a header in row 1"]),
    "a missing column": (
        {"export": EXPORT.replace("Result", "Outcome")},
        {},
        ["calls.csv: Result == None, must be a column; the file has Customer No, Call time, Out"],
    ),
    "a column twice": (
        {"export": EXPORT.replace("Customer No", "Result")},
        {},
        ["Customer No == None, must be a column", "Result == 2, times a column"],
    ),
    "a wrong delimiter": (
        {"export": EXPORT.replace(",", ";")},
        {},
        [
            "calls.csv: delimiter == ',', must be ';', which the file has between its cells",
            'write delimiter = ";" in crm.toml, above the first [table]',
        ],
    ),
    "a tab for a delimiter": (
        {"export": EXPORT.replace(",", "\t")},
        {},
        ["calls.csv: delimiter == ',', must be tab", 'write delimiter = "\\t" in crm.toml'],
    ),
    "a cell too many": (
        {"export": EXPORT.replace("09:12,", "09:12,,")},
        {},
        ["row == '4', cells in a row; must be 3, as in the header", "(row 3)"],
    ),
    "another encoding": (
        {"export": EXPORT.replace("7,12", "Nicolò,12"), "encoding": "cp1252"},
        {},
        ["encoding == 'utf-8'", "byte 0xf2 does not fit", 'it looks like "cp1252"', "(row 4)"],
    ),
    "utf-16": (
        {"export": EXPORT, "encoding": "utf-16"},
        {},
        ['it looks like "utf-16": write encoding = "utf-16" in crm.toml, or save the file as'],
    ),
    "unknown codes": (
        {
            "export": EXPORT
            + "9,05/03/2024 10:00,sold\n9,06/03/2024 10:00,XX\n9,07/03/2024 10:00,XX\n"
        },
        {},
        [
            "2 problems",
            "disposition (\"Result\") == 'XX', is not a code that crm.toml knows (2 rows)",
            "map it in crm.toml, under [dispositions], or under [ignore] if it is no call",
            "(rows 6, 7)",
            "== 'sold', is not a code that crm.toml knows (1 row; did you mean 'Sold'?)",
        ],
    ),
    "all codes unknown": (
        {"export": EXPORT.replace("No answer", "x").replace("Sold", "y").replace("Call me", "z")},
        {},
        ["4 problems", "none of the 3 here is; is it the right column, the right mapping?"],
    ),
    "no code": (
        {"export": EXPORT.replace("No answer", "")},
        {},
        ["disposition (\"Result\") == '', must not be empty", "(row 2)"],
    ),
    "dates that cannot be read": (
        {"export": EXPORT.replace("05/03", "31/31").replace("12/03", "12-03")},
        {},
        [
            "dialled_at (\"Call time\") == '31/31/2024 09:10', must be a time of the form %d/%m/%Y",
            "(rows 2, 3, 4)",
        ],
    ),
    "no date": (
        {"export": EXPORT.replace("05/03/2024 09:10", "")},
        {},
        ['dialled_at ("Call time") == None, must not be empty (row 2)'],
    ),
    "no id": (
        {"export": EXPORT.replace("8,", ",")},
        {},
        ['contact_id ("Customer No") == None, must not be empty (row 3)'],
    ),
    "a time that the clock skipped": (
        {"export": EXPORT.replace("12/03/2024 09:10", "31/03/2024 02:30")},
        {},
        ["31/03/2024 02:30", "must be a time that the clock showed in Europe/Rome", "(row 4)"],
    ),
    "mixed time zones": (
        {
            "mapping": MAPPING.replace("%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M%z"),
            "export": EXPORT.replace("09:10", "09:10+01:00").replace("09:12", "09:12-05:00"),
        },
        {},
        ["09:12-05:00', must have the offset of Europe/Rome", "time zones are mixed (row 3)"],
    ),
    "offsets in some rows": (
        {
            "mapping": MAPPING.replace('time_format = "%d/%m/%Y %H:%M"\n', ""),
            "export": "Customer No,Call time,Result\n7,2024-03-05 09:10,Sold\n"
            "8,2024-03-05 09:10+01:00,Sold\n9,2024-03-05 09:11,Sold\n",
        },
        {},
        ["must have an offset in every row or in none: time zones are mixed (row 3)"],
    ),
    "an attempt before its contact entered": (
        {"contacts": CONTACTS.replace("2024-03-04 08:00", "2024-03-06")},
        {},
        ["'2024-03-05 09:12:00+01:00', must not be before the contact's entered_at", "(row 3)"],
    ),
    "a callback in the past": (
        {
            "mapping": 'callback_at = "Next"\n' + MAPPING,
            "export": EXPORT.replace("\n", ",\n")
            .replace("Result,", "Result,Next")
            .replace("later,", "later,04/03/2024 10:00"),
        },
        {"observed_until": UNTIL},
        ['callback_at ("Next") == \'2024-03-04 10:00', "a callback in the past (row 3)"],
    ),
    "a duration that is none": (
        {
            "mapping": 'talk_s = "Talk"\n' + MAPPING,
            "export": EXPORT.replace("\n", ",1:30\n").replace("Result,1:30", "Result,Talk"),
        },
        {"observed_until": UNTIL},
        ["talk_s (\"Talk\") == '1:30', must be a duration in s (duration_unit) (rows 2, 3, 4)"],
    ),
    "a value that is none": (
        {
            "mapping": 'value = "EUR"\n' + MAPPING,
            "export": EXPORT.replace("\n", ',"9,9"\n').replace('Result,"9,9"', "Result,EUR"),
        },
        {"observed_until": UNTIL},
        [
            'value ("EUR") == \'9,9\', must be an amount with "." before its cents (decimal); for '
            'numbers such as these write decimal = "," in crm.toml (rows 2, 3, 4)',
        ],
    ),
    "a duration with a decimal comma": (
        {
            "mapping": 'talk_s = "Talk"\n' + MAPPING,
            "export": EXPORT.replace("\n", ',"12,50"\n').replace('Result,"12,50"', "Result,Talk"),
        },
        {"observed_until": UNTIL},
        [
            "talk_s (\"Talk\") == '12,50', must be a duration in s (duration_unit); for numbers "
            'such as these write decimal = "," in crm.toml (rows 2, 3, 4)',
        ],
    ),
    "rows all of another length": (
        {"export": "Customer No,Call time,Result\n7,05/03/2024 09:10\n"},
        {},
        ["1 problem:", "row == '2', cells in a row; must be 3"],
    ),
    "no censoring date": (
        {},
        {"observed_until": None},
        ["observed_until == None, must be given where there is no contacts file: it is never gue"],
    ),
    "a censoring date that is none": (
        {},
        {"observed_until": "soon"},
        ["observed_until == 'soon', must be a date or a local time"],
    ),
    "a censoring date that could be two": (
        {},
        {"observed_until": "03/06/2024"},
        ["observed_until == '03/06/2024', must be a date or a local time, as 2024-12-31"],
    ),
    "a call after the censoring date": (
        {},
        {"observed_until": "2024-03-10"},
        ["'2024-03-12 09:10:00+01:00', must not be after the contact's observed_until (row 4)"],
    ),
    "an unknown time zone": (
        {},
        {"timezone": "Europe/Atlantis"},
        ["timezone == 'Europe/Atlantis', must be the name of a time zone"],
    ),
    "a segment that changes": (
        {
            "mapping": 'segment = "Seg"\n' + MAPPING,
            "export": EXPORT.replace("\n", ",b2b\n")
            .replace("Result,b2b", "Result,Seg")
            .replace("Sold,b2b", "Sold,b2c"),
        },
        {"observed_until": UNTIL},
        ["segment (\"Seg\") == 'b2b', must be the same in all rows of a contact (rows 2, 4)"],
    ),
    "a contacts file without a column": (
        {"contacts": CONTACTS.replace("segment", "branch")},
        {},
        ["contacts.csv: segment == None, must be a column; the file has contact_id, account_id"],
    ),
    "a contacts file with a contact twice": (
        {"contacts": CONTACTS.replace("\n9,", "\n8,")},
        {},
        ["contacts.csv: contact_id == 8, must be there once", "(rows 3, 4)"],
    ),
    "a contacts file with several contacts twice": (
        {"contacts": CONTACTS + CONTACTS.split("\n", 1)[1]},
        {},
        ["contact_id == 7, must be there once: one row a contact; 3 are not: 7, 8, 9 (rows 2, 3"],
    ),
    "a contacts file with bad dates": (
        {"contacts": CONTACTS.replace("2024-03-05,", "05/03/2024,")},
        {},
        ["contacts.csv: entered_at == '05/03/2024', must be a time, as 2024-03-01", "(row 4)"],
    ),
    "a contacts file without dates": (
        {"contacts": CONTACTS.replace("2024-03-05,", ",")},
        {},
        ["contacts.csv: entered_at == None, must not be null (row 4)"],
    ),
    "an account in two segments": (
        {"contacts": CONTACTS.replace("A2", "A1")},
        {},
        ["contacts.csv: account_id == 'A1', must be in one segment only (rows 2, 3, 4)"],
    ),
    "an empty contacts file": ({"contacts": ""}, {}, ["contacts.csv: file", "must not be empty"]),
    "ignored rows only": (
        {
            "mapping": MAPPING + '[ignore]\nNEW = "new lead"',
            "export": EXPORT.split("7,")[0] + "7,,NEW",
        },
        {},
        ["rows == 0, calls: every row was left out (NEW: new lead, not a call: 1)"],
    ),
}


@pytest.mark.parametrize("what", BAD)
def test_bad_input_gives_a_clear_message(files, what):
    changes, options, fragments = BAD[what]
    if "contacts" not in changes and "observed_until" not in options:
        options = {**options, "observed_until": UNTIL}
    message = failing(**files(**changes), **options)
    for fragment in fragments:
        assert fragment in message, message


def test_problems_of_the_export_of_the_contacts_and_of_the_rules_come_together(files):
    message = failing(
        **files(
            EXPORT.replace("No answer", "??").replace("12/03", "99/03"),
            contacts=CONTACTS.replace("2024-03-04 08:00", "2024-03-06").replace("b2c", ""),
        )
    )
    for fragment in (
        "4 problems",
        "calls.csv: disposition",
        "calls.csv: dialled_at (\"Call time\") == '99/03/2024 09:10'",
        "must not be before the contact's entered_at",
        "contacts.csv: segment == None, must not be null (row 4)",
    ):
        assert fragment in message


def test_rows_of_another_length_hide_nothing_and_cause_nothing(files):
    """Contact 8 is in a row that is lost; that its call has no contact is therefore not told."""
    message = failing(
        **files(
            EXPORT.replace("No answer", "??") + "7,13/03/2024 09:10\n9,14/03/2024 09:10,No\n",
            contacts=CONTACTS.replace("A1,b2b,weekly,2024-03-04 08:00", "A1,b2b,weekly,,,")
            + "9,A2,b2c,,2024-03-05,2024-06-03,\n",
        )
    )
    for fragment in (
        "5 problems",
        "calls.csv: row == '2', cells in a row; must be 3, as in the header",
        "is it inside a cell that is not quoted?) (row 5)",
        "disposition (\"Result\") == '??', is not a code",
        "disposition (\"Result\") == 'No', is not a code that crm.toml knows",
        "contacts.csv: row == '9', cells in a row; must be 7",
        "contacts.csv: contact_id == 9, must be there once: one row a contact (rows 4, 5)",
    ):
        assert fragment in message, message


def test_a_file_that_is_not_there(files, tmp_path):
    paths = {**files(), "path": tmp_path / "none.csv"}
    assert "none.csv: file" in failing(**paths, observed_until=UNTIL)
