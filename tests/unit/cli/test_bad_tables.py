"""A table of contacts instead of calls: what is told of what is wrong with it."""

import pytest
from mistakes import TABLE, Mistake, assert_told, nothing, text

MISTAKES = [
    Mistake("table: empty", text("contacts.csv", ""), (*TABLE, "--outcome", "n"), ["not be empty"]),
    Mistake(
        "table: missing column",
        nothing,
        (*TABLE, "--outcome", "sale"),
        ["contacts.csv: columns == 'sale', must be a column; there are: contact_id"],
    ),
    Mistake(
        "table: texts",
        nothing,
        (*TABLE, "--outcome", "segment"),
        ["segment == 'b2b', must be a number"],
    ),
    Mistake(
        "table: no such control",
        nothing,
        (*TABLE[:-1], "now", "--outcome", "account_id"),
        ["control of arm == 'now', must be one of the arms: current, long"],
    ),
    Mistake(
        "table: missing columns and a control that nobody was in, all told",
        nothing,
        (*TABLE[:-1], "now", "--outcome", "sale", "--segment", "place", "--guardrail", "left=1"),
        [
            *("4 problems", "contacts.csv: columns == 'place'", "contacts.csv: columns == 'sale'"),
            "contacts.csv: columns == 'left'",
            "contacts.csv: control of arm == 'now', must be one of the arms: current, long",
        ],
    ),
    Mistake("table without outcome", nothing, TABLE, ["--outcome == None, must be given"]),
    Mistake("neither log nor table", nothing, ("evaluate",), ["one of --log and --table"]),
]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_mistake_is_told(mistake, files, simkit):
    assert_told(mistake, files, simkit)
