"""The table of dispositions says what the call log's documentation says."""

from dataclasses import FrozenInstanceError

import pytest

from simkit.calllog import DISPOSITIONS

# live, right party, terminal, counts as an attempt, hostile: the design's table, row by row.
FLAGS = {
    "no_answer": "FFFTF",
    "busy": "FFFTF",
    "machine": "FFFTF",
    "bad_number": "FFTTF",
    "abandoned": "TFFTF",
    "answered_other": "TFFTF",
    "refused": "TTFTT",
    "not_now": "TTFTF",
    "undecided": "TTFTF",
    "callback_requested": "TTFTF",
    "already_solved": "TTFTF",
    "appointment": "TTFTF",
    "sale": "TTTTF",
    "opt_out": "TTTTT",
    "complaint": "TTTTT",
    "suppressed": "FFTFF",
    "error": "FFFFF",
}


def test_the_table_is_complete_and_in_order():
    assert list(DISPOSITIONS) == list(FLAGS)


@pytest.mark.parametrize("name", FLAGS)
def test_flags(name):
    row = DISPOSITIONS[name]
    flags = (row.live, row.right_party, row.terminal, row.counts, row.hostile)
    assert "".join("FT"[flag] for flag in flags) == FLAGS[name]


def test_final_ends_are_those_no_call_may_follow():
    assert DISPOSITIONS.having("final") == ("sale", "opt_out", "complaint")


def test_a_row_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        DISPOSITIONS["sale"].live = False


def test_changing_a_copy_of_the_table_changes_no_disposition():
    table = DISPOSITIONS.table
    table.loc[:, "live"] = True
    assert not DISPOSITIONS.table.set_index("name").loc["busy", "live"]
