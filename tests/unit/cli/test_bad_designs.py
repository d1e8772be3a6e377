"""A trial before its first call: what is told of a design or an assignment that cannot be."""

import pytest
from mistakes import (
    ASSIGN,
    DESIGN,
    Mistake,
    assert_told,
    cell,
    column,
    instead,
    nothing,
    registered,
    repeated,
    text,
    then,
)

TWO_SEGMENTS = """\
[b2c.current]
interval = { working_days = 5 }
[b2c.long]
interval = { working_days = 10 }
[b2b.current]
interval = { working_days = 5 }
[b2b.long]
interval = { working_days = 7 }
"""
MISTAKES = [
    Mistake(
        "design: nothing given",
        nothing,
        ("design",),
        ["3 problems", "--arms == None", "--horizon == None", "one of --scenario and --log"],
    ),
    Mistake(
        "design: what cannot be read is told with what cannot be",
        nothing,
        (
            *(*DESIGN, "--horizon", "-4", "--contacts", "-1", "--looks", "0.5,0.2", "--power", "2"),
            *("--alpha", "0", "--guardrail", "opt_out=-1", "--primary", "nope", "--share", "q=2"),
            *("--covariate", "calls"),
        ),
        [
            *("--guardrail == 'opt_out=-1', must end in", "--looks == [0.5, 0.2], must be shares"),
            *("--horizon == -4.0, must be > 0", "--contacts b2b == -1, must be >= 1"),
            *("--alpha == 0.0, must be >= 1e-09", "--power == 2.0, must be < 1"),
            *("== 'nope', must be an outcome", "--share == 'q', must name an arm"),
            "--covariate == 'calls', must be known before the assignment",
        ],
    ),
    Mistake(
        "design: a guardrail that is better neither way, in one line and in the command's words",
        nothing,
        (*DESIGN, "--horizon", "60", "--guardrail", "dials=2"),
        ["1 problem", "--guardrail == 'dials', must be an outcome of which more or less is better"],
    ),
    Mistake(
        "design: no agents",
        nothing,
        (*DESIGN, "--horizon", "60", "--contacts", "b2b=900", "--agents", "0"),
        ["1 problem", "command line: --agents == 0, must be >= 1"],
    ),
    Mistake(
        "design: an arm without agents",
        nothing,
        (*DESIGN, "--horizon", "60", "--agents", "current=0", "--agents", "long=2"),
        ["1 problem", "command line: --agents current == 0, must be >= 1"],
    ),
    Mistake(
        "design: a decimal comma",
        text("policies.toml", "[b2b.current]\ninterval = { working_days = 1,5 }\n"),
        (*DESIGN, "--horizon", "60"),
        ["1 problem", "must be valid TOML; numbers have a decimal point: 1.5, not 1,5"],
    ),
    Mistake(
        "design: TOML that is broken otherwise",
        text("policies.toml", "[b2b.current\nwindows = [1,5]\n"),
        (*DESIGN, "--horizon", "60"),
        ["1 problem", "must be valid TOML\n"],
    ),
    Mistake(
        "design: all options told",
        text("trial.toml", "mine"),
        (
            *(*DESIGN, "--guardrail", "opt_out", "--contacts", "b2x=9", "--worthwhile", "much"),
            *("--looks", "0.5,0.4,1", "--share", "long=2", "--share", "long=1", "--agents", "few"),
        ),
        [
            *("7 problems", "--guardrail == 'opt_out', must be OUTCOME=MARGIN"),
            *("--contacts == 'b2x=9', must begin with a segment (b2b)", "'much', must be a number"),
            *("--looks == [0.5, 0.4, 1.0], must be shares", "--share == 'long=1'", "whole number"),
            "--out == 'trial.toml', must be a new file",
        ],
    ),
    Mistake(
        "design: an export instead of a log",
        nothing,
        ("design", "--log", "calls.txt", *DESIGN[3:]),
        ["--log == 'calls.txt', must be a folder that simkit wrote: simkit import"],
    ),
    Mistake(
        "design: what is compared does not hang together",
        nothing,
        (*DESIGN, "--control", "now", "--primary", "sales", "--alpha", "2"),
        ["--control b2b == 'now', must be one of the arms", "== 'sales'", "--alpha == 2.0"],
    ),
    Mistake(
        "design: a log without prices",
        nothing,
        ("design", "--log", "log", *DESIGN[3:-1], "60"),
        ["--prices == None, must be given: net value needs prices"],
    ),
    Mistake(
        "design: a share above 1",
        nothing,
        (*DESIGN, "--primary", "sale", "--worthwhile", "0.999"),
        ["--worthwhile b2b == 0.999, must be at most 0."],
    ),
    Mistake(
        "design: a share written with a comma, a percentage, other separators",
        nothing,
        (
            *(*DESIGN, "--guardrail", "opt_out=0,01", "--guardrail", "refused=1%"),
            *("--looks", "50%,100%", "--worthwhile", "2,5", "--contacts", "3k"),
        ),
        [
            *("5 problems", "--looks == '50%,100%', must be parts of", "as 0.5,1"),
            *("'opt_out=0,01', must end in a number", "'refused=1%', must", "as 0.01 for 1 %"),
            "--worthwhile == '2,5', must be written with a decimal point: 2.5",
            "--contacts == '3k', must be a whole number, as 3000",
        ],
    ),
    Mistake(
        "design: looks in percent",
        nothing,
        (*DESIGN, "--looks", "50,100"),
        ["1 problem", "--looks == [50.0, 100.0], must be shares of the planned", "0.5 for half"],
    ),
    Mistake(
        "design: looks with a semicolon",
        nothing,
        (*DESIGN, "--looks", "0.5;1"),
        ["1 problem", "--looks == '0.5;1', must be parts of the information from 0 to 1", "0.5,1"],
    ),
    Mistake(
        "design: arms of two segments in a scenario with one",
        text("policies.toml", TWO_SEGMENTS),
        ("design", "--scenario", "b2c", *DESIGN[3:]),
        [
            "1 problem",
            "--arms == 'b2b', must be a segment of scenario 'b2c', which has b2c",
            "the bundled scenario with b2c and b2b is trial",
        ],
    ),
    Mistake(
        "design: arms of a segment of one's own, which the scenario has not",
        text("policies.toml", TWO_SEGMENTS.replace("b2b", "privati")),
        ("design", "--scenario", "b2c", *DESIGN[3:]),
        ["'privati', must be a segment of", '[segments.privati] with like = "b2c" in a scenario'],
    ),
    Mistake(
        "design: contacts of a segment that another bundled scenario has",
        nothing,
        (*DESIGN, "--contacts", "b2b=3000", "--contacts", "b2c=3000"),
        ["--contacts == 'b2c=3000', must begin with", "scenario with b2b and b2c is trial"],
    ),
    Mistake(
        "design: one segment's contacts left out",
        text("policies.toml", TWO_SEGMENTS),
        ("design", "--scenario", "trial", *DESIGN[3:], "--contacts", "b2c=3000"),
        ["1 problem", "--contacts == 'b2c=3000'", "give --contacts b2b=... too"],
    ),
    Mistake(
        "design: contacts that do not say whose they are",
        text("policies.toml", TWO_SEGMENTS),
        ("design", "--scenario", "trial", *DESIGN[3:], "--contacts", "5000"),
        ["1 problem", "--contacts == '5000', must be given for each segment, as --contacts b2c=N"],
    ),
    Mistake(
        "design: no arm is called current",
        text("policies.toml", TWO_SEGMENTS.replace("b2b.current", "b2b.now")),
        ("design", "--scenario", "trial", *DESIGN[3:], "--control", "b2c=current"),
        ["1 problem", "--control b2b == 'current', must be one of the arms: now, long"],
    ),
    Mistake(
        "design: a segment in capitals",
        text("policies.toml", TWO_SEGMENTS.replace("b2b", "B2B")),
        (
            *("design", "--scenario", "trial", *DESIGN[3:]),
            *("--contacts", "b2c=3000", "--contacts", "b2b=3000", "--worthwhile", "b2b=3"),
        ),
        [
            "1 problem",
            "--arms == 'B2B', must be a segment of scenario 'trial'",
            "did you mean 'b2b'?",
        ],
    ),
    Mistake(
        "design: an interval as a text",
        text("policies.toml", TWO_SEGMENTS.replace("{ working_days = 7 }", '"5 days"')),
        DESIGN,
        ["b2b.long.interval == '5 days', must be a table, as { days = 5 } or { working_days = 5 }"],
    ),
    Mistake("assign: nothing", nothing, ("assign",), ["2 problems", "--design == None"]),
    Mistake("assign: no design", nothing, ASSIGN, ["--design == 'design.toml', must be a file"]),
    Mistake(
        "assign: contacts with arms",
        then(registered, column("contacts.csv", "arm", "long")),
        ASSIGN,
        ["contacts.csv: arm == 'long', must be empty: these contacts have arms already"],
    ),
    Mistake(
        "assign: all rows told",
        then(
            registered,
            repeated("contacts.csv", 3),
            cell("contacts.csv", 5, "segment", "b2x"),
            cell("contacts.csv", 7, "account_id", ""),
        ),
        ASSIGN,
        [
            *("3 problems", "contacts.csv: contact_id == '2', must be there once", "(rows 3, 92)"),
            *(
                "segment == 'b2x', must be a segment of the design: b2b (row 5)",
                "account_id ==",
                "(row 7)",
            ),
        ],
    ),
    Mistake(
        "assign: again without an earlier one",
        registered,
        (*ASSIGN, "--again", "luck"),
        ["--again == 'luck', must come with the earlier assignment"],
    ),
    Mistake(
        "assign: an earlier file that is none",
        registered,
        (*ASSIGN, "--earlier", "contacts.csv"),
        ["contacts.json: (file)", "must be there and tell how the assignment was made"],
    ),
    Mistake(
        "assign: a design changed by hand",
        then(registered, instead("design.toml", "98.0", "9.0")),
        ASSIGN,
        ["design.toml: identity", "it was changed after it was written"],
    ),
]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_mistake_is_told(mistake, files, simkit):
    assert_told(mistake, files, simkit)
