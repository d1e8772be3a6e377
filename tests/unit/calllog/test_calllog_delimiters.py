"""What separates a file's cells is seen in the file, whatever its columns are called."""

import pytest

from simkit.calllog.adapters.contacts import read_contacts
from simkit.calllog.textfile import Dialect, read_text_table, seen_delimiter
from simkit.errors import InputError

FILES = {
    "semicolons": (";", "ID cliente;Azienda;Città\n1;Rossi;Roma\n2;Bianchi;Forlì\n"),
    "commas": (",", "id,firm,town\n1,Smith,Leeds\n2,Jones,Hull\n"),
    "tabs": ("\t", "id\tfirm\n1\tSmith, Jones\n2\tA; B\n"),
    "bars": ("|", "id|firm\n1|Smith\n2|Jones\n"),
    "decimal commas in all rows": (";", "ID;Valore\n1;2,5\n2;3,5\n"),
    "a comma in header and rows too": (";", "ID;Valore, EUR\n1;2,5\n2;3,5\n"),
    "commas in quotes": (";", 'ID;"Nome, cognome, titolo"\n1;"Rossi, M., dott."\n2;"B, C, D"\n'),
    "semicolons in quotes": (",", 'id,"a;b;c"\n1,"1;2;3"\n2,"4;5;6"\n'),
    "a line break in quotes": (",", 'id,note\n1,"called;\nnobody; there"\n2,"ill; back soon"\n'),
    "rows with a cell too many": (";", "ID;Nome\n1;Rossi\n2;Bianchi;x\n3;a,b\n"),
    "a quote that is never closed": (";", 'ID;Nome\n1;"Rossi' + "\n2;x" * 50_000),
    "a header alone": (";", "ID;Città;Nome, cognome\n"),
    "one column": (",", "contact_id\n1\n2\n"),
    "one column of texts": (",", "note\nyes; well\nno\n"),
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize(("delimiter", "text"), FILES.values(), ids=list(FILES))
def test_the_delimiter_is_seen_without_knowing_a_column(tmp_path, delimiter, text, encoding):
    path = tmp_path / "list.csv"
    path.write_text(text, encoding=encoding)
    assert seen_delimiter(path, ["contact_id"]) == delimiter


def test_columns_that_are_known_settle_it(tmp_path):
    # As many cells and rows with a comma, and the column that is wanted with a semicolon.
    path = tmp_path / "list.csv"
    path.write_text("contact_id;a,b,c\n1;2,3,4\n", encoding="utf-8")
    assert seen_delimiter(path, []) == ","
    assert seen_delimiter(path, ["contact_id"]) == ";"


def test_missing_columns_are_told_with_the_names_that_the_file_has(tmp_path):
    path = tmp_path / "contacts.csv"
    path.write_text(FILES["semicolons"][1], encoding="utf-8")
    with pytest.raises(InputError) as told:
        read_contacts(path, "Europe/Rome", "2026-05-31")
    assert next(problem.field for problem in told.value.problems) == "contact_id"
    rule = "must be a column; the file has ID cliente, Azienda, Città: rename the one that holds it"
    assert {problem.rule for problem in told.value.problems} == {rule}


def test_a_wrong_delimiter_and_the_columns_that_miss_even_so_are_told_at_once(tmp_path):
    path = tmp_path / "calls.csv"
    path.write_text("ID;Esito\n1;OK\n", encoding="utf-8")
    with pytest.raises(InputError) as told:
        read_text_table(path, Dialect(said_in="mine.toml"), ["ID", "Call"])
    assert str(told.value).splitlines()[1:] == [
        "  calls.csv: delimiter == ',', must be ';', which the file has between its cells: write "
        'delimiter = ";" in mine.toml, above the first [table]',
        "  calls.csv: Call == None, must be a column; the file has ID, Esito: name it in mine.toml",
    ]


def test_a_delimiter_that_was_said_is_not_doubted_by_a_tie(tmp_path):
    path = tmp_path / "calls.csv"
    path.write_text("ID;Value, EUR\n1;2,5\n", encoding="utf-8")
    assert seen_delimiter(path, [], Dialect(",", said_in="mine.toml")) == ","


def test_text_of_another_encoding_is_refused_whatever_row_it_is_in(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("ID;Nome\n1;Rossi\n2;Nicolò\n", encoding="latin-1")
    with pytest.raises(InputError, match=r"looks like \"cp1252\": save .*: CSV UTF-8\) \(row 3\)"):
        seen_delimiter(path, [])
