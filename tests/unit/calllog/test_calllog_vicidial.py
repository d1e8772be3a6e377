"""VICIdial's call export: what is read, what is not, and the way back."""

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from simkit.calllog.adapters import export_contacts, export_log, import_log, load_mapping
from simkit.errors import InputError

PERSONAL = ("Maria", "Rossi", "Via Roma 1", "3331234567", "maria@example.org", 'said "no')

# A centre's own statuses for the dispositions that VICIdial has no stock code for.
OWN_CODES = """
extends = "vicidial"
timezone = "Europe/Rome"
[dispositions]
NOTNOW = "not_now"
"""


def line(call_date, status, user, length, lead):
    """Return one row of an export, with a person's data in it."""
    cells = dict.fromkeys(load_mapping("vicidial").columns, "")
    cells |= {
        "call_date": call_date,
        "status": status,
        "user": user,
        "length_in_sec": length,
        "lead_id": lead,
        "first_name": PERSONAL[0],
        "last_name": PERSONAL[1],
        "address1": PERSONAL[2],
        "phone_number": PERSONAL[3],
        "phone_number_dialed": PERSONAL[3],
        "email": PERSONAL[4],
        "comments": PERSONAL[5],
        "user_group": "AGENTS",
    }
    return "\t".join(cells.values())


@pytest.fixture
def export(tmp_path):
    def write(*rows):
        path = tmp_path / "export.txt"
        header = "\t".join(load_mapping("vicidial").columns)
        path.write_text("\n".join([header, *(line(*row) for row in rows)]) + "\n")
        return path

    return write


ROWS = (
    ("2024-03-05 09:10:00", "NA", "VDAD", "24", "101"),
    ("2024-03-05 09:12:00", "CALLBK", "6001", "95", "102"),
    ("2024-03-06 10:00:00", "DROP", "VDAD", "7", "103"),
    ("2024-03-12 09:10:00", "SALE", "6001", "360", "101"),
    ("2024-03-12 09:20:00", "NEW", "", "", "104"),
)


def test_an_export_becomes_a_log(export):
    log = import_log(export(*ROWS), "vicidial", observed_until="2024-06-03")
    assert log.attempts["contact_id"].tolist() == [101, 102, 103, 101]
    assert log.attempts["disposition"].tolist() == [
        "no_answer",
        "callback_requested",
        "abandoned",
        "sale",
    ]
    # The auto-dialler is no agent; the length of a call nobody answered is no talk.
    assert log.attempts["agent_id"].fillna(0).tolist() == [0, 6001, 0, 6001]
    assert log.attempts["talk_s"].fillna(-1).tolist() == [-1, 95, 7, 360]
    assert log.attempts["value_cents"].isna().all()
    assert log.left_out.to_dict("list") == {"reason": ["NEW: new lead, not a call"], "rows": [1]}


def test_nothing_about_a_person_enters_the_log(export, tmp_path):
    log = import_log(export(*ROWS), "vicidial", observed_until="2024-06-03")
    folder = log.write_csv(tmp_path / "log")
    written = "".join(path.read_text() for path in folder.iterdir())
    assert not [text for text in PERSONAL if text in written]


def test_a_centres_own_code_is_mapped_in_a_file_that_extends(export):
    path = export(*ROWS, ("2024-03-13 09:10:00", "NOTNOW", "6001", "30", "103"))
    with pytest.raises(InputError) as caught:
        import_log(path, "vicidial", observed_until="2024-06-03")
    assert (
        "== 'NOTNOW', is not a code that vicidial knows (1 row): map it in a mapping file of your "
        'own that says extends = "vicidial", under [dispositions]'
    ) in str(caught.value)
    mapping = path.with_name("own.toml")
    mapping.write_text(OWN_CODES)
    log = import_log(path, mapping, observed_until="2024-06-03")
    assert log.attempts["disposition"].tolist()[-1] == "not_now"


def test_a_comma_separated_export_is_recognised(export):
    path = export(*ROWS)
    path.write_text(path.read_text().replace("\t", ","))
    with pytest.raises(InputError, match=r"delimiter == '\\t', must be ','") as caught:
        import_log(path, "vicidial", observed_until="2024-06-03")
    assert (
        'write delimiter = "," in a mapping file of your own that says extends = "vicidial"'
    ) in str(caught.value)


def test_a_log_comes_back_from_vicidials_shape(small_log, tmp_path):
    """What the export has a place for is equal; the rest is null, and was said to be lost."""
    mapping = tmp_path / "own.toml"
    mapping.write_text(OWN_CODES)
    lost = export_log(small_log, tmp_path / "export.txt", mapping)
    contacts = export_contacts(small_log, tmp_path / "contacts.csv")
    log = import_log(tmp_path / "export.txt", mapping, contacts=contacts)

    kept = ["contact_id", "attempt_no", "dialled_at", "agent_id", "channel", "disposition"]
    assert_frame_equal(log.attempts[[*kept, "talk_s"]], small_log.attempts[[*kept, "talk_s"]])
    gone = ["due_at", "pushed", "ring_s", "wrap_s", "callback_at", "cancelled_at", "value_cents"]
    assert log.attempts[gone].isna().all(axis=None)
    assert dict(zip(lost["column"], lost["rows"], strict=True)) == {
        name: small_log.attempts[name].notna().sum() for name in gone
    }
    same = ["contact_id", "account_id", "segment", "arm", "entered_at", "observed_until"]
    assert_frame_equal(log.contacts[same], small_log.contacts[same])
    assert log.left_out.empty


def test_the_written_export_has_vicidials_columns(small_log, tmp_path):
    export_log(small_log, tmp_path / "export.txt", "vicidial")
    table = pd.read_csv(tmp_path / "export.txt", sep="\t", dtype=str, keep_default_na=False)
    assert tuple(table.columns) == load_mapping("vicidial").columns
    first = {name: cell for name, cell in table.iloc[0].items() if cell}
    assert first == {
        "call_date": "2024-03-05 09:10:00",
        "status": "NA",
        "user": "7",
        "lead_id": "1",
    }


def test_a_disposition_without_a_code_is_named(small_log, tmp_path):
    attempts = small_log.attempts.assign(disposition="not_now", callback_at=pd.NaT)
    log = type(small_log)(small_log.header, small_log.contacts, attempts)
    with pytest.raises(InputError) as caught:
        export_log(log, tmp_path / "export.txt", "vicidial")
    assert "disposition == 'not_now', has no code in mapping vicidial (5 rows)" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_final_counts_cannot_be_written_as_calls(counts_log, tmp_path):
    with pytest.raises(InputError, match="export_log needs a log with one row an attempt"):
        export_log(counts_log, tmp_path / "export.txt", "vicidial")
