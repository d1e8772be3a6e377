"""A table of contacts instead of calls: what is told of what is wrong with it."""

import pytest
from mistakes import TABLE, Mistake, assert_told, nothing, text

GIVEN = "must be given, as the policy in use: one of the arms: mail, none"
AMOUNTS = "arm;value\nmail;164,41\nmail;180,24 EUR\nnone;98,5\nnone;77\n"

MISTAKES = [
    Mistake("table: empty", text("contacts.csv", ""), (*TABLE, "--outcome", "n"), ["not be empty"]),
    Mistake(
        "table: missing column",
        nothing,
        (*TABLE, "--outcome", "sale"),
        ["contacts.csv: columns == 'sale', must be a column; there are: contact_id"],
    ),
    Mistake(
        "table: columns of other names, and an option for each",
        text("firme.csv", "Gruppo;Ditta;Vendite\na;x;1,5\na;y;0\nb;z;2,5\nb;w;0\n"),
        ("evaluate", "--table", "firme.csv", "--outcome", "sale", "--cluster", "firm"),
        [
            "columns == 'arm', must be a column; there are: Gruppo, Ditta, Vendite; name the one "
            "that holds it with --arm, or rename it in the file",
            "columns == 'firm', must be a column; there are: Gruppo, Ditta, Vendite; name the one "
            "that holds it with --cluster,",
            "columns == 'sale', must be a column; there are: Gruppo, Ditta, Vendite; name the one "
            "that holds it with --outcome, --guardrail or --worth,",
        ],
    ),
    Mistake(
        "table: texts",
        nothing,
        (*TABLE, "--outcome", "segment"),
        ["segment == 'b2b', must be a number"],
    ),
    Mistake(
        "table: one cell that is no number among decimals with a comma",
        text("people.csv", AMOUNTS),
        ("evaluate", "--table", "people.csv", "--outcome", "value", "--control", "none"),
        ["1 problem", "value == '180,24 EUR', must be a number alone, as in most rows", "(row 3)"],
    ),
    Mistake(
        "table: no such control",
        nothing,
        (*TABLE[:-1], "now", "--outcome", "account_id"),
        ["--control == 'now', must be one of the arms: current, long"],
    ),
    Mistake(
        "table: missing columns and a control that nobody was in, all told",
        nothing,
        (*TABLE[:-1], "now", "--outcome", "sale", "--segment", "place", "--guardrail", "left=1"),
        [
            *("4 problems", "contacts.csv: columns == 'place'", "contacts.csv: columns == 'sale'"),
            "contacts.csv: columns == 'left'",
            "command line: --control == 'now', must be one of the arms: current, long",
        ],
    ),
    Mistake(
        "table: no control named, and no arm is current",
        text("people.csv", "arm,sale\nmail,1\nmail,0\nnone,1\nnone,0\n"),
        ("evaluate", "--table", "people.csv", "--outcome", "sale"),
        [f"command line: --control == None, {GIVEN}"],
    ),
    Mistake(
        "table: no arm is current in one of the segments",
        text(
            "people.csv",
            "place,arm,sale,n\nnorth,mail,1,9\nnorth,current,0,9\nsouth,mail,2,9\nsouth,none,0,9\n",
        ),
        ("evaluate", "--table", "people.csv", "--outcome", "sale", "--segment", "place"),
        [f"--control in segment south == None, {GIVEN}"],
    ),
    Mistake(
        "table: settings of totals in the words of the command line",
        text("totals.csv", "arm,sale,n,firm\nmail,1,9,1\nnone,2,9,2\n"),
        ("evaluate", "--table", "totals.csv", "--outcome", "sale", "--cluster", "firm"),
        [
            "command line: --cluster == 'firm', must not be given: totals by arm do not tell which",
            f"command line: --control == None, {GIVEN}",
        ],
    ),
    Mistake("table without outcome", nothing, TABLE, ["--outcome == None, must be given"]),
    Mistake(
        "table: a picture that is no PNG, told with the rest",
        nothing,
        (*TABLE, "--picture", "arms.txt"),
        ["2 problems", "--picture == 'arms.txt', must end in .png", "--outcome == None"],
    ),
    Mistake(
        "table: errors that totals do not hold",
        text("totals.csv", "arm,sale,n\ncurrent,10,900\nnone,20,900\n"),
        ("evaluate", "--table", "totals.csv", "--outcome", "sale", "--n", "n", "--errors", "cr2"),
        ["command line: --errors == 'cr2', must be \"auto\": totals by arm hold no outcome"],
    ),
    Mistake(
        "table: parts of no arm and of no number, all told",
        nothing,
        (*TABLE, "--outcome", "n", "--expected-share", "2", "--expected-share", "long=half"),
        [
            "--expected-share == '2', must say whose number it is: a name, = and the number",
            "--expected-share == 'half', must be a number",
        ],
    ),
    Mistake(
        "table: parts that leave an arm out",
        text("totals.csv", "arm,sale,n\ncurrent,10,900\nnone,20,900\n"),
        ("evaluate", "--table", "totals.csv", "--outcome", "sale", "--expected-share", "current=2"),
        ["command line: --expected-share == 'none', must name each arm"],
    ),
    Mistake("neither log nor table", nothing, ("evaluate",), ["one of --log and --table"]),
]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_mistake_is_told(mistake, files, simkit):
    assert_told(mistake, files, simkit)
