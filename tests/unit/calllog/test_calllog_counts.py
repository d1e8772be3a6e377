"""Final counts only: the UCI files, and mappings of one's own."""

import pandas as pd
import pytest

from simkit.calllog import read_call_log
from simkit.calllog.adapters import import_log
from simkit.errors import InputError

OWN = """
detail = "counts"
contact_id = "Customer"
attempts_count = "Tries"
final_disposition = "End"
covariates = ["Branch"]
[dispositions]
sold = "sale"
stop = "opt_out"
[unknown_end]
open = "still being called"
"""

EXPORT = """Customer,Tries,End,Branch,Phone
A1,3,sold,12,555
A2,0,open,7,556
A2,0,open,7,556
A3,9,stop,,557
"""

# The shape of bank-full.csv: May and December 2008, January and December 2009, November 2010.
BANK = """"age";"day";"month";"campaign";"pdays";"previous";"poutcome";"y"
58;5;"may";1;-1;0;"unknown";"no"
44;30;"dec";2;-1;0;"unknown";"yes"
33;2;"jan";1;10;1;"success";"no"
33;2;"jan";1;10;1;"success";"no"
20;4;"dec";1;-1;0;"unknown";"no"
71;17;"nov";3;-1;0;"unknown";"no"
"""


@pytest.fixture
def files(tmp_path):
    def write(export=EXPORT, mapping=OWN):
        (tmp_path / "counts.csv").write_text(export)
        (tmp_path / "own.toml").write_text(mapping)
        return tmp_path / "counts.csv", tmp_path / "own.toml"

    return write


def notes(log):
    return "\n".join(log.header.notes)


def test_an_export_of_final_counts(files):
    log = import_log(*files(), observed_until="2024-06-03")
    assert log.header.detail == "counts"
    assert log.attempts is None
    assert log.contacts["contact_id"].tolist() == ["A1", "A2", "A3"]
    assert log.contacts["attempts_count"].tolist() == [3, 0, 9]
    assert log.contacts["final_disposition"].fillna("-").tolist() == ["sale", "-", "opt_out"]
    assert log.contacts["Branch"].fillna(0).tolist() == [12, 7, 0]
    assert "Phone" not in log.contacts
    assert log.left_out.to_dict("list") == {"reason": ["identical to an earlier row"], "rows": [1]}
    assert "1 row with End = 'open': still being called; final_disposition is null" in notes(log)
    assert "no entry dates in the export" in notes(log)


def test_final_counts_survive_the_disk(files, tmp_path):
    log = import_log(*files(), observed_until="2024-06-03")
    again = read_call_log(log.write_csv(tmp_path / "log"))
    pd.testing.assert_frame_equal(again.contacts, log.contacts)
    assert again.header == log.header


def test_dates_of_the_export_are_used(files):
    mapping = 'entered_at = "From"\nobserved_until = "To"\ntime_format = "%d/%m/%Y"\n' + OWN
    export = EXPORT.replace("\n", ",01/02/2024,01/03/2024\n").replace(
        "Phone,01/02/2024,01/03/2024", "Phone,From,To"
    )
    log = import_log(*files(export, mapping))
    assert set(log.contacts["entered_at"]) == {pd.Timestamp("2024-02-01", tz="Europe/Rome")}
    assert set(log.contacts["observed_until"]) == {pd.Timestamp("2024-03-01", tz="Europe/Rome")}


def test_years_are_rebuilt_from_rows_in_date_order(files):
    """Equal rows stay: without ids they may be two people."""
    path, _ = files(BANK)
    log = import_log(path, "uci_bank")
    months = ["2008-05", "2008-12", "2009-01", "2009-01", "2009-12", "2010-11"]
    assert log.contacts["period"].tolist() == months
    assert log.contacts["contact_id"].tolist() == [1, 2, 3, 4, 5, 6]
    assert log.contacts["entered_at"][1] == pd.Timestamp("2008-12-30", tz="Europe/Lisbon")
    assert log.contacts["observed_until"][1] == pd.Timestamp("2008-12-31", tz="Europe/Lisbon")
    assert log.contacts["final_disposition"].fillna("-").tolist() == ["-", "sale", *"----"]


@pytest.mark.parametrize(
    ("change", "options", "fragments"),
    [
        (("counts", ",3,", ",three,"), {}, ["attempts_count (\"Tries\") == 'three', must be a wh"]),
        (("counts", ",3,", ",-3,"), {}, ['attempts_count ("Tries") == -3, must be ≥ 0 (row 2)']),
        (("counts", "sold", "gone"), {}, ["== 'gone', is not a code that own.toml knows (1 row)"]),
        (("counts", "A3,", "A1,"), {}, ["contact_id (\"Customer\") == 'A1', must be there once"]),
        (("counts", "A3,9", "A3,0"), {}, ["must be null for a contact without attempts (row 5)"]),
        (("own", '["Branch"]', '["Region"]'), {}, ["Region == None, must be a column"]),
        (("own", "", ""), {"observed_until": None}, ["observed_until == None, must be a column"]),
        (
            ("own", "", ""),
            {"contacts": "contacts.csv"},
            ["contacts == 'contacts.csv', must not be"],
        ),
    ],
)
def test_bad_final_counts(files, change, options, fragments):
    which, old, new = change
    export = EXPORT.replace(old, new) if which == "counts" else EXPORT
    mapping = OWN.replace(old, new) if which == "own" else OWN
    with pytest.raises(InputError) as caught:
        import_log(*files(export, mapping), **{"observed_until": "2024-06-03", **options})
    for fragment in fragments:
        assert fragment in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "fragment"),
    [
        ('5;"may"', '5;"mai"', "month == 'mai', must be the name of a month (row 2)"),
        ('5;"may"', 'x;"may"', "day == 'x', must be a day of the month (row 2)"),
        ('30;"dec"', '31;"jun"', "must be a day of that month in the year as rebuilt (row 3)"),
        ('17;"nov"', '17;"dec"', "must be 2010: the rows are not all there or not in date order"),
    ],
)
def test_a_calendar_that_cannot_be_rebuilt(files, old, new, fragment):
    path, _ = files(BANK.replace(old, new))
    with pytest.raises(InputError) as caught:
        import_log(path, "uci_bank")
    assert fragment in str(caught.value)


def test_bank_full(real_data):
    """evidence: period = calendar month, 30 levels. 5,289 clients subscribed (Moro et al. 2014)."""
    log = import_log(real_data("bank-full.csv"), "uci_bank")
    contacts = log.contacts
    assert len(contacts) == 45_211
    assert (contacts["final_disposition"] == "sale").sum() == 5_289
    assert contacts["final_disposition"].isna().sum() == 45_211 - 5_289
    assert contacts["period"].nunique() == 30
    assert (contacts["period"].iloc[0], contacts["period"].iloc[-1]) == ("2008-05", "2010-11")
    # The rebuilt dates are right if they never go back and hardly ever fall on a weekend.
    assert contacts["entered_at"].is_monotonic_increasing
    assert (contacts["entered_at"].dt.day_of_week >= 5).mean() < 0.002
    kept = ["poutcome", "contact", "pdays", "previous", "duration", "age", "balance"]
    assert set(kept) <= set(contacts.columns)
    assert "30 months" in notes(log)
    assert "how the last call ended is not in the file" in notes(log)
    assert log.left_out.empty


def test_bank_additional_full(real_data):
    """4,110 rows say never contacted before and contacted before; they are counted and kept."""
    log = import_log(real_data("bank-additional-full.csv"), "uci_bank_additional")
    assert len(log.contacts) == 41_188
    assert log.contacts["period"].nunique() == 26
    assert "4,110 rows with a contradiction: pdays = 999" in notes(log)
    assert "emp.var.rate" in log.contacts.columns
