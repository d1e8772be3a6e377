"""A field export becomes a call log, or says what is wrong with it."""

import datetime

import pandas as pd
import pytest

from simkit.calllog.adapters import import_log
from simkit.errors import InputError

MAPPING = """
contact_id = "Customer No"
dialled_at = "Call time"
disposition = "Result"
time_format = "%d/%m/%Y %H:%M"
[dispositions]
"No answer" = "no_answer"
"Sold" = "sale"
"Call me later" = "callback_requested"
"Stop" = "opt_out"
"""

EXPORT = """Customer No,Call time,Result
7,05/03/2024 09:10,No answer
8,05/03/2024 09:12,Call me later
7,12/03/2024 09:10,Sold
"""

CONTACTS = """contact_id,account_id,segment,arm,entered_at,observed_until,size
7,A1,b2b,weekly,2024-03-04,2024-06-03,12
8,A1,b2b,weekly,2024-03-04 08:00,2024-06-03,30
9,A2,b2c,,2024-03-05,2024-06-03,
"""

UNTIL = "2024-06-03"


def at(text):
    return pd.Timestamp(text, tz="Europe/Rome")


@pytest.fixture
def files(tmp_path):
    """Return a function that writes the three files, with changes, and gives their paths."""

    def write(export=EXPORT, mapping=MAPPING, contacts=None, encoding="utf-8"):
        paths = {"path": tmp_path / "calls.csv", "mapping": tmp_path / "crm.toml"}
        paths["path"].write_text(export, encoding=encoding)
        paths["mapping"].write_text(mapping, encoding="utf-8")
        if contacts is not None:
            paths["contacts"] = tmp_path / "contacts.csv"
            paths["contacts"].write_text(contacts, encoding="utf-8")
        return paths

    return write


def failing(**how):
    with pytest.raises(InputError) as caught:
        import_log(**how)
    return str(caught.value)


# ---------------------------------------------------------------- what comes out


def test_five_lines_of_toml_and_a_censoring_date_are_enough(files):
    text = "\n".join(MAPPING.strip().split("\n")[:6])
    export = "Customer No,Call time,Result\n7,05/03/2024 09:10,No answer\n"
    log = import_log(**files(export, text), observed_until=UNTIL)
    (row,) = log.attempts.to_dict("records")
    assert row["contact_id"] == 7
    assert row["dialled_at"] == at("2024-03-05 09:10")
    assert row["disposition"] == "no_answer"
    unknown = ["due_at", "agent_id", "pushed", "ring_s", "talk_s", "wrap_s", "value_cents"]
    assert log.attempts[unknown].isna().all(axis=None)


def test_without_a_contacts_file_what_is_unknown_is_said(files):
    log = import_log(**files(), observed_until=UNTIL, timezone="Europe/Rome")
    assert log.contacts.drop(columns="arm").to_dict("list") == {
        "contact_id": [7, 8],
        "account_id": [7, 8],
        "segment": ["all", "all"],
        "entered_at": [at("2024-03-05")] * 2,
        "observed_until": [at(UNTIL)] * 2,
    }
    assert log.contacts["arm"].isna().all()
    notes = " ".join(log.header.notes)
    for words in (
        "no contacts file: contacts never dialled are unknown",
        "account_id is unknown: every contact is its own account",
        "segment is unknown",
        "arm is unknown: there are no arms",
        "not in the export, so null: due_at, agent_id",
    ):
        assert words in notes
    assert log.header.start == pd.Timestamp("2024-03-05")
    assert log.header.source == "field"


def test_a_contacts_file_brings_the_undialled_the_arms_and_covariates(files):
    log = import_log(**files(contacts=CONTACTS))
    assert log.contacts["contact_id"].tolist() == [7, 8, 9]
    assert log.contacts["account_id"].tolist() == ["A1", "A1", "A2"]
    assert log.contacts["arm"].fillna("-").tolist() == ["weekly", "weekly", "-"]
    assert log.contacts["entered_at"].tolist() == [
        at("2024-03-04"),
        at("2024-03-04 08:00"),
        at("2024-03-05"),
    ]
    assert log.contacts["size"].fillna(0).tolist() == [12, 30, 0]
    assert log.attempts[["contact_id", "attempt_no"]].values.tolist() == [[7, 1], [8, 1], [7, 2]]
    assert log.left_out.empty
    assert log.header.start == pd.Timestamp("2024-03-04")


def test_a_contacts_file_may_use_semicolons_and_need_no_arm(files):
    contacts = CONTACTS.replace(",", ";").replace(";arm", "").replace(";weekly", "")
    contacts = contacts.replace("b2c;;", "b2c;")
    log = import_log(**files(contacts=contacts))
    assert log.contacts["arm"].isna().all()


def test_the_censoring_date_may_be_given_for_all(files):
    contacts = CONTACTS.replace(",observed_until", "").replace(",2024-06-03", "")
    log = import_log(**files(contacts=contacts), observed_until="2024-05-01 12:00")
    assert set(log.contacts["observed_until"]) == {at("2024-05-01 12:00")}
    message = failing(**files(contacts=CONTACTS), observed_until=UNTIL)
    assert "is given at import and in the contacts file: give it once" in message


def test_every_column_a_mapping_can_name(files):
    """Decimal commas, minutes, cp1252, semicolons; zero where nothing was sold is no value."""
    mapping = (
        'delimiter = ";"\nencoding = "cp1252"\ndecimal = ","\ntimezone = "Europe/Madrid"\n'
        'duration_unit = "min"\nagent_id = "Agente"\nring_s = "Ring"\ntalk_s = "Talk"\n'
        'wrap_s = "Wrap"\ncallback_at = "Next"\nvalue = "Importo €"\ncancelled_at = "Storno"\n'
        'due_at = "Due"\npushed = "Push"\nchannel = "Via"\nsegment = "Seg"\naccount_id = "Firm"\n'
        'arm = "Arm"\nno_agent = ["auto"]\n' + MAPPING
    )
    export = (
        "Customer No;Call time;Result;Agente;Ring;Talk;Wrap;Next;Importo €;Storno;Due;Push;Via;"
        "Seg;Firm;Arm\n"
        "07;05/03/2024 09:10;No answer;auto;0,5;;;;0,00;;05/03/2024 09:00;no;;b2b;F1;weekly\n"
        "07;12/03/2024 09:10;Sold;àna;0,1;2,5;1;;1.199,90;20/03/2024 00:00;;yes;video;"
        "b2b;F1;weekly\n"
        "08;12/03/2024 09:15;Call me later;àna;;;;20/03/2024 10:00;;;;;;b2c;F2;\n"
    )
    log = import_log(**files(export, mapping, encoding="cp1252"), observed_until=UNTIL)
    first, sale, callback = log.attempts.to_dict("records")
    assert log.header.timezone == "Europe/Madrid"
    assert (first["contact_id"], first["ring_s"]) == ("07", 30)
    assert pd.isna(first["agent_id"])
    assert pd.isna(first["value_cents"])
    assert first["due_at"] == pd.Timestamp("2024-03-05 09:00", tz="Europe/Madrid")
    assert not first["pushed"]
    assert (sale["agent_id"], sale["talk_s"], sale["value_cents"]) == ("àna", 150, 119_990)
    assert sale["cancelled_at"] == pd.Timestamp("2024-03-20", tz="Europe/Madrid")
    assert sale["pushed"]
    assert log.attempts["channel"].tolist() == ["phone", "video", "phone"]
    assert callback["callback_at"] == pd.Timestamp("2024-03-20 10:00", tz="Europe/Madrid")
    assert log.contacts["segment"].tolist() == ["b2b", "b2c"]
    assert log.contacts["account_id"].tolist() == ["F1", "F2"]
    assert log.contacts["arm"].fillna("-").tolist() == ["weekly", "-"]


def test_rows_come_into_time_order_whatever_the_export_does(files):
    rows = EXPORT.strip().split("\n")
    log = import_log(**files("\n".join([rows[0], *reversed(rows[1:])])), observed_until=UNTIL)
    assert log.attempts["dialled_at"].is_monotonic_increasing
    assert log.attempts["attempt_no"].tolist() == [1, 1, 2]


def test_ids_are_texts_in_both_tables_where_one_is_no_number(files):
    contacts = CONTACTS.replace("\n9,", "\nX9,")
    log = import_log(**files(contacts=contacts))
    assert log.contacts["contact_id"].tolist() == ["7", "8", "X9"]
    assert log.attempts["contact_id"].tolist() == ["7", "8", "7"]


def test_a_time_zone_that_nobody_named_is_noted(files):
    log = import_log(**files(), observed_until=UNTIL)
    assert log.header.timezone == "Europe/Rome"
    assert "time zone not given: taken as Europe/Rome" in log.header.notes
    named = import_log(**files(), observed_until=UNTIL, timezone="Europe/Lisbon")
    assert named.attempts["dialled_at"][0] == pd.Timestamp("2024-03-05 09:10", tz="Europe/Lisbon")


def test_a_time_in_the_hour_that_autumn_repeats_is_noted(files):
    export = EXPORT.replace("12/03/2024 09:10", "27/10/2024 02:30")
    log = import_log(**files(export), observed_until=datetime.date(2024, 12, 31))
    assert log.attempts["dialled_at"].iloc[-1] == pd.Timestamp("2024-10-27 00:30", tz="UTC")
    assert (
        "1 time of calls.csv in the hour that the autumn change repeats: taken as summer time, "
        "the first of the two"
    ) in log.header.notes


def test_one_row_is_a_log(files):
    export = "\n".join(EXPORT.split("\n")[:2])
    assert len(import_log(**files(export), observed_until=UNTIL).attempts) == 1


# ---------------------------------------------------------------- what is left out


def test_every_row_left_out_is_counted_by_reason(files):
    mapping = MAPPING + '[ignore]\n"NEW" = "new lead"\n"QUEUE" = "waiting"\n'
    export = (
        EXPORT
        + "7,12/03/2024 09:10,Sold\n"  # identical to the row above
        + ",,\n"
        + "9,,NEW\n"  # a new lead has no time of a call
        + "9,,QUEUE\n"
        + "10,,NEW\n"
    )
    log = import_log(**files(export, mapping), observed_until=UNTIL)
    assert dict(zip(log.left_out["reason"], log.left_out["rows"], strict=True)) == {
        "blank row": 1,
        "identical to an earlier row": 1,
        "NEW: new lead, not a call": 2,
        "QUEUE: waiting, not a call": 1,
    }
    assert len(log.attempts) + log.left_out["rows"].sum() == 8
    assert "5 rows left out: blank row: 1, identical to an earlier row: 1" in log.sentence()


def test_rows_that_do_not_fit_the_contacts_are_left_out_only_when_asked(files):
    export = EXPORT + (
        "99,12/03/2024 09:10,Sold\n"
        "8,01/03/2024 10:00,No answer\n"
        "8,04/06/2024 10:00,No answer\n"
        "7,13/03/2024 09:10,No answer\n"
        "7,14/03/2024 09:10,No answer\n"
    )
    paths = files(export, contacts=CONTACTS)
    message = failing(**paths)
    for fragment in (
        "4 problems",
        'contact_id ("Customer No") == 99, must be in the contacts file',
        'unknown_contacts="leave_out") (row 5)',
        "must not be before the contact's entered_at",
        'outside_observation="leave_out") (row 6)',
        "must not be after the contact's observed_until",
        "must not be after the contact's sale, opt-out or complaint",
        'after_end="leave_out") (rows 8, 9)',
    ):
        assert fragment in message
    log = import_log(
        **paths,
        unknown_contacts="leave_out",
        outside_observation="leave_out",
        after_end="leave_out",
    )
    assert dict(zip(log.left_out["reason"], log.left_out["rows"], strict=True)) == {
        "contact not in the contacts file": 1,
        "before the contact entered": 1,
        "after the contact was observed": 1,
        "after a final end": 2,
    }
    assert len(log.attempts) == 3


# ---------------------------------------------------------------- bad inputs

# what is wrong: (changes of the files, options of the import, fragments of the message)
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
        ["calls.csv: delimiter == ',', must be ';': with it the header has the columns"],
    ),
    "a tab for a delimiter": (
        {"export": EXPORT.replace(",", "\t")},
        {},
        ["calls.csv: delimiter == ',', must be tab"],
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
        ["encoding == 'utf-8'", 'it looks like "utf-16"'],
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
        ["disposition (\"Result\") == '', is not a code", "(row 2)"],
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
        ['must be an amount with "." before its cents (decimal) (rows 2, 3, 4)'],
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


def test_a_file_that_is_not_there(files, tmp_path):
    paths = {**files(), "path": tmp_path / "none.csv"}
    assert "none.csv: file" in failing(**paths, observed_until=UNTIL)


def test_a_byte_order_mark_is_skipped(files):
    log = import_log(**files(encoding="utf-8-sig"), observed_until=UNTIL)
    assert len(log.attempts) == 3
