"""Mapping files: what they say, what they extend, and every way to get one wrong."""

import csv

import pytest

from simkit.calllog import DISPOSITIONS
from simkit.calllog.adapters import bundled_mappings, load_mapping
from simkit.errors import InputError

FIVE_LINES = """
contact_id = "Customer No"
dialled_at = "Call time"
disposition = "Result"
[dispositions]
"No answer" = "no_answer"
"""


@pytest.fixture
def mapping_file(tmp_path):
    def write(text, name="mine.toml"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_bundled_mappings_are_valid():
    assert bundled_mappings() == ("uci_bank", "uci_bank_additional", "vicidial")
    for name in bundled_mappings():
        load_mapping(name)


def test_vicidial_knows_every_stock_status_code(real_data):
    with real_data("vicidial_dispositions.csv").open(newline="") as file:
        stock = {row["status"]: row["calllog_disposition"] for row in csv.DictReader(file)}
    vicidial = load_mapping("vicidial")
    calls = {code: to for code, to in stock.items() if to in DISPOSITIONS}
    assert vicidial.dispositions == calls
    assert set(vicidial.ignore) == set(stock) - set(calls)


def test_vicidial_has_the_columns_of_its_call_export(real_data):
    described = real_data("dialler_export_columns.md").read_text().split("\n")[0]
    listed = described.split("tab): ")[1].split("   (")[0].replace(" [, extended]", "")
    listed = listed.replace("address1-3", "address1, address2, address3")
    assert ", ".join(load_mapping("vicidial").columns) == listed


def test_five_lines_are_a_mapping(mapping_file):
    mapping = load_mapping(mapping_file(FIVE_LINES))
    assert mapping.dispositions == {"No answer": "no_answer"}
    assert (mapping.delimiter, mapping.encoding, mapping.time_format) == (",", "utf-8", None)


def test_a_file_extends_a_bundled_mapping(mapping_file):
    """Own codes are added, a code that is mapped anew moves, a key given anew replaces."""
    mapping = load_mapping(
        mapping_file(
            """
            extends = "vicidial"
            segment = "campaign_id"
            [dispositions]
            APPT = "appointment"
            XFER = "sale"
            QUEUE = "error"
            [ignore]
            DAIR = "nobody was there"
            """
        )
    )
    stock = load_mapping("vicidial")
    assert mapping.segment == "campaign_id"
    assert mapping.contact_id == "lead_id"
    assert mapping.dispositions["APPT"] == "appointment"
    assert mapping.dispositions["XFER"] == "sale"
    assert mapping.dispositions["NA"] == "no_answer"
    assert mapping.dispositions["QUEUE"] == "error"
    assert set(stock.ignore) - set(mapping.ignore) == {"QUEUE"}
    assert "DAIR" not in mapping.dispositions
    assert mapping.ignore["DAIR"] == "nobody was there"


def test_a_file_extends_one_beside_it(mapping_file):
    mapping_file(FIVE_LINES, "house.toml")
    mapping = load_mapping(mapping_file('extends = "house.toml"\ndelimiter = ";"'))
    assert (mapping.delimiter, mapping.contact_id) == (";", "Customer No")


TOP = FIVE_LINES.split("[")[0]

BROKEN = {
    "a key with a typo": (
        'contact = "x"\n' + FIVE_LINES,
        ["mine.toml: contact == 'x', is not a key; known are title, detail, delimiter"],
    ),
    "no disposition column": (
        FIVE_LINES.replace("disposition =", "segment ="),
        ["disposition == None, must name a column of the export"],
    ),
    "no codes": (TOP, ["dispositions == {}, must map at least one code"]),
    "an unknown disposition": (
        FIVE_LINES.replace('"no_answer"', '"nobody"'),
        ["dispositions.No answer == 'nobody', must be one of no_answer, busy, machine"],
    ),
    "a setting below the first table": (
        FIVE_LINES + 'timezone = "Europe/Rome"',
        ["dispositions.timezone == 'Europe/Rome'", "write it above the first [table]"],
    ),
    "a code twice": (
        FIVE_LINES + '[ignore]\n"No answer" = "no call"',
        ["code == 'No answer', must be in one of [dispositions], [ignore] and [unknown_end]"],
    ),
    "a delimiter of two characters": ('delimiter = "||"\n' + FIVE_LINES, ["delimiter == '||'"]),
    "an unknown encoding": (
        'encoding = "klingon"\n' + FIVE_LINES,
        ["encoding == 'klingon', must be an encoding, as utf-8 or cp1252"],
    ),
    "an unknown time zone": (
        'timezone = "Europe/Atlantis"\n' + FIVE_LINES,
        ["timezone == 'Europe/Atlantis', must be the name of a time zone"],
    ),
    "an unknown unit": (
        'duration_unit = "hours"\n' + FIVE_LINES,
        ["duration_unit == 'hours', must be 's', 'min', 'ms' or 'hh:mm:ss'"],
    ),
    "an offset in the middle": (
        'time_format = "%z %d/%m/%Y"\n' + FIVE_LINES,
        ["must have %z at its end or not at all"],
    ),
    "a key of final counts": (
        'attempts_count = "n"\n' + FIVE_LINES,
        ["attempts_count == 'n', must not be given with detail = 'attempts'"],
    ),
    "final counts without their columns": (
        'detail = "counts"\n[dispositions]\nyes = "sale"',
        ["2 problems", "attempts_count == None", "final_disposition == None"],
    ),
    "a column that the export has not": (
        'columns = ["Call time", "Result"]\n' + FIVE_LINES,
        ["contact_id == 'Customer No', must be one of `columns`"],
    ),
    "a calendar not in date order": (
        'detail = "counts"\nattempts_count = "n"\nfinal_disposition = "y"\n'
        '[dispositions]\nyes = "sale"\n'
        '[period]\nmonth = "m"\nfirst_year = 2008\nin_date_order = false',
        ["period.in_date_order == False, must be True"],
    ),
    "no TOML": (FIVE_LINES + "this is not TOML", ["mine.toml: file", "must be TOML", "line"]),
    "extending itself": (
        'extends = "mine.toml"\n' + FIVE_LINES,
        ["extends == 'mine.toml', must not lead back to itself"],
    ),
    "extending nothing": (
        'extends = "vicidail"\n' + FIVE_LINES,
        ["mapping == 'vicidail', must be a bundled mapping (uci_bank, uci_bank_additional, vici"],
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_mapping_file(mapping_file, what):
    text, fragments = BROKEN[what]
    with pytest.raises(InputError) as caught:
        load_mapping(mapping_file(text))
    for fragment in fragments:
        assert fragment in str(caught.value)


def test_all_problems_of_a_mapping_file_are_listed(mapping_file):
    text = 'delimeter = ";"\ndecimal = "."\nencoding = "klingon"\n' + FIVE_LINES
    with pytest.raises(InputError) as caught:
        load_mapping(mapping_file(text))
    assert {problem.field for problem in caught.value.problems} == {"delimeter", "encoding"}


def test_a_mapping_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match="must be a bundled mapping"):
        load_mapping("five9")
    with pytest.raises(InputError, match="or the path of a TOML file"):
        load_mapping(tmp_path / "none.toml")
