"""The call log as an object: frozen, readable, traced."""

from dataclasses import FrozenInstanceError, replace

import pandas as pd
import pytest

from simkit.calllog.schema import empty_attempts
from simkit.calllog.trace import spell
from simkit.errors import InputError


def test_a_log_cannot_be_changed(small_log):
    with pytest.raises(FrozenInstanceError):
        small_log.attempts = None


def test_the_trace_of_a_sale_that_was_cancelled(small_log):
    """Worked by hand from the small log: 4 March to 3 June are 91 days, one of them of 23 hours."""
    trace = small_log.trace(1)
    assert trace.to_dict("list") == {
        "date": [
            "Mon 2024-03-04 00:00",
            "Tue 2024-03-05 09:10",
            "Tue 2024-03-12 09:10",
            "Wed 2024-03-20 12:00",
            "Mon 2024-06-03 00:00",
        ],
        "day": [0, 1, 8, 16, 91],
        "waited since due": ["", "10 min", "0 s", "", ""],
        "what happened": [
            "entered, arm weekly",
            "nobody answered",
            "bought (pressed)",
            "the sale was cancelled",
            "end of observation",
        ],
        "talk": ["", "", "5 min", "", ""],
        "next named date": [""] * 5,
    }


def test_the_trace_shows_the_date_the_contact_named(small_log):
    trace = small_log.trace(2)
    assert trace["next named date"].tolist() == ["", "Tue 2024-04-02 10:00", "", ""]
    assert trace["what happened"].tolist()[1] == "asked to be called back"


def test_the_trace_of_a_contact_never_dialled(small_log):
    assert small_log.trace(4)["what happened"].tolist() == ["entered", "end of observation"]


def test_the_trace_of_nobody(small_log, counts_log):
    with pytest.raises(InputError, match="contact_id == 9, must be a contact"):
        small_log.trace(9)
    with pytest.raises(InputError, match="trace needs a log with one row an attempt"):
        counts_log.trace(1)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59, "59 s"), (125, "2 min 5 s"), (3600, "1 h"), (273_600, "3 d 4 h")],
)
def test_spans_in_words(seconds, words):
    assert spell(pd.Timedelta(seconds=seconds)) == words


def test_a_function_that_needs_attempts_says_so_by_name(small_log, counts_log):
    assert small_log.require_attempts("measures") is small_log.attempts
    with pytest.raises(InputError, match="detail == 'counts', measures needs a log with one row"):
        counts_log.require_attempts("measures")


def test_sentences(small_log, counts_log):
    assert small_log.sentence() == (
        "Simulated log: 4 contacts in 2 segments and 2 arms, 5 attempts to 3 contacts "
        "from 2024-03-05 to 2024-04-02 (2 rows left out: blank row: 2)."
    )
    assert counts_log.sentence() == (
        "Field log: 3 contacts in 1 segment without arms, 6 attempts in final counts only."
    )
    empty = replace(small_log, attempts=empty_attempts("Europe/Rome"), left_out=None)
    assert empty.sentence().endswith("2 arms, no attempts.")


def test_a_notebook_shows_the_sentence_and_the_notes(small_log):
    noted = replace(small_log, header=replace(small_log.header, notes=("a < b",)))
    shown = noted._repr_html_()
    assert noted.sentence() in shown
    assert "a &lt; b" in shown
