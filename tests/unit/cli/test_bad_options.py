"""Options that cannot be, or not together: what is told of them."""

import pytest
from mistakes import EVALUATE, STUDY, TABLE, Mistake, assert_told, nothing, registered, text

MISTAKES = [
    Mistake(
        "evaluate: options of a table with calls",
        nothing,
        (*EVALUATE, "--segment", "place", "--cluster", "firm", "--n", "size", "--arm", "group"),
        [
            "4 problems",
            "--segment == 'place', must not be given with --log, but with --table",
            *("--cluster == 'firm'", "--n == 'size'", "--arm == 'group'"),
        ],
    ),
    Mistake(
        "evaluate: files that are not there, and numbers that cannot be",
        nothing,
        (
            *("evaluate", "--log", "nolog", "--mapping", "nomap", "--design", "no.toml"),
            *("--guardrail", "x", "--prices", "nop.toml", "--horizon", "-3"),
        ),
        [
            *("6 problems", "--log == 'nolog', must be a call log's folder or a dialler's export"),
            *("--mapping == 'nomap', must be a bundled mapping", "no.toml: (file)"),
            *("--guardrail == 'x', must be OUTCOME=MARGIN", "--prices == 'nop.toml', must be a"),
            "--horizon == -3.0, must be above 0",
        ],
    ),
    Mistake(
        "evaluate: a control and a guardrail that are not there",
        nothing,
        (*EVALUATE, "--control", "zz", "--horizon", "500", "--guardrail", "foo=0.1"),
        ["== 'zz', must be one of the arms", "--guardrail == 'foo', must be one of the outcomes"],
    ),
    Mistake(
        "evaluate: the same, with a design",
        registered,
        (
            *(*EVALUATE, "--design", "design.toml", "--control", "zz", "--horizon", "500"),
            *("--guardrail", "foo=0.1"),
        ),
        ["== 'zz', must be one of the arms", "outcomes == 'foo', must be an outcome of a contact"],
    ),
    Mistake(
        "evaluate: options of calls with a table",
        nothing,
        (*TABLE, "--outcome", "sale", "--prices", "prices.toml", "--leave-out", "after-end"),
        [
            "2 problems",
            "--prices == 'prices.toml', must not be given with --table, but with --log",
            "--leave-out == ['after-end']",
        ],
    ),
    Mistake(
        "no such arm",
        nothing,
        (*STUDY, "--current", "now"),
        ["--current == 'now', must be the arm of today's policy in b2b: current, long"],
    ),
    Mistake(
        "no such segment",
        nothing,
        (*STUDY, "--current", "b2c=current"),
        ["--current == 'b2c=current', must begin with a segment (b2b) and ="],
    ),
    Mistake(
        "interval without unit",
        nothing,
        ("sweep", "--every", "weekly", "--every", "7"),
        ["2 problems", "'weekly', must be an interval", "'7', must be an interval"],
    ),
    Mistake("agents", nothing, ("simulate", "--agents", "some"), ["--agents == 'some', must be"]),
    Mistake("contacts", nothing, ("simulate", "--contacts", "-3"), ["--contacts == -3, must be"]),
    Mistake(
        "too few replications",
        nothing,
        ("sweep", "--replications", "1"),
        ["--replications == 1, must be a whole number from 2 to 1048576"],
    ),
    Mistake(
        "two ends of a sweep",
        nothing,
        ("sweep", "--half-width", "2", "--indifference", "-1", "--agents", "few"),
        [
            "3 problems",
            "--indifference == -1.0, must be a number above 0",
            "--half-width and --indifference == (2.0, -1.0), must not be given together",
            "--agents == 'few', must be a whole number, or all",
        ],
    ),
    Mistake(
        "runs kept in a file",
        nothing,
        ("sweep", "--keep", "prices.toml", "--replications", "1"),
        ["2 problems", "--keep == 'prices.toml', must be a folder that can be written"],
    ),
    Mistake(
        "tables of a sweep in a file",
        nothing,
        ("sweep", "--out", "prices.toml", "--replications", "1"),
        ["2 problems", "--out == 'prices.toml', must be a folder that can be written"],
    ),
    Mistake(
        "no cluster there",
        nothing,
        ("sweep", "--dask", "nonsense://here"),
        ["--dask == 'nonsense://here', must be the address of a Dask scheduler"],
    ),
    Mistake(
        "result over other files",
        nothing,
        (*STUDY, "--out", "log"),
        ["--out == 'log', must be a new or empty folder"],
    ),
    Mistake(
        "recommendation over other files",
        nothing,
        ("recommend", "--out", "log"),
        ["--out == 'log', must be a new or empty folder"],
    ),
    Mistake(
        "call log over other files",
        text("notes/mine.txt", "mine"),
        ("simulate", "--out", "notes"),
        ["folder == 'notes', must be a new folder or a call log"],
    ),
    Mistake(
        "contacts without a log",
        nothing,
        ("study", "--contacts", "contacts.csv"),
        ["--log == None, must be given with --contacts"],
    ),
    Mistake("option misspelt", nothing, ("evaluate", "--tabel", "x"), ["No such option: --tabel"]),
    Mistake("command misspelt", nothing, ("evalute",), ["No such command 'evalute'"]),
]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_mistake_is_told(mistake, files, simkit):
    assert_told(mistake, files, simkit)
