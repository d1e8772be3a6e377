"""A field export becomes a call log, and what is left out of it is counted."""

import datetime

import pandas as pd
from crm_export import CONTACTS, EXPORT, MAPPING, UNTIL, failing

from simkit.calllog.adapters import import_log


def at(text):
    return pd.Timestamp(text, tz="Europe/Rome")


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


def test_a_contacts_file_with_semicolons_may_have_decimal_commas(files):
    contacts = CONTACTS.replace(",", ";").replace(";12\n", ";12,50\n")
    log = import_log(**files(contacts=contacts))
    assert log.contacts["size"].fillna(0).tolist() == [12.5, 30, 0]
    # Where commas separate the cells, a quoted "12,50" stays the text that it is.
    quoted = CONTACTS.replace(",12\n", ',"12,50"\n')
    assert import_log(**files(contacts=quoted)).contacts["size"][0] == "12,50"


def test_a_contacts_file_may_write_times_as_the_export_does(files):
    """The mapping says day/month: 4 March, where month/day would be 3 April."""
    contacts = CONTACTS.replace("2024-03-04 08:00", "04/03/2024 08:00")
    contacts = contacts.replace("2024-03-04", "04/03/2024").replace("2024-03-05", "04/03/2024")
    log = import_log(**files(contacts=contacts))  # observed_until is still ISO 8601
    assert log.contacts["entered_at"].tolist() == [
        at("2024-03-04"),
        at("2024-03-04 08:00"),
        at("2024-03-04"),
    ]
    assert set(log.contacts["observed_until"]) == {at("2024-06-03")}


def test_a_contacts_file_never_mixes_two_ways_to_write_times(files):
    message = failing(**files(contacts=CONTACTS.replace("2024-03-05,", "05/03/2024,")))
    both = (
        "must be a time, as 2024-03-01 09:30:00, or in every row as the export's "
        "(%d/%m/%Y %H:%M, the mapping's time_format)"
    )
    assert f"contacts.csv: entered_at == '05/03/2024', {both} (row 4)" in message
    # A form that is neither is told with both, too.
    message = failing(**files(contacts=CONTACTS.replace("2024-03-0", "5.3.2")))
    assert f"contacts.csv: entered_at == '5.3.24', {both} (rows 2, 3, 4)" in message


def test_a_covariate_with_two_readings_is_refused(files):
    contacts = CONTACTS.replace(",", ";").replace(";12\n", ";12.500\n")
    message = failing(**files(contacts=contacts))
    assert "contacts.csv: size == '12.500', may be 12.5 or 12500 where ; stands" in message


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


def test_a_byte_order_mark_is_skipped(files):
    log = import_log(**files(encoding="utf-8-sig"), observed_until=UNTIL)
    assert len(log.attempts) == 3
