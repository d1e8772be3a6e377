"""Prices, policies and scenarios that cannot be: what is told of them."""

import pytest
from mistakes import EVALUATE, STUDY, Mistake, assert_told, nothing, text

MISTAKES = [
    Mistake(
        "prices: all problems told",
        text("prices.toml", "[all]\ndial_eur = -1\nfoo = 2\n"),
        (*EVALUATE, "--prices", "prices.toml"),
        ["8 problems", "b2b.dial_eur == -1, must be >= 0", "b2b.foo == 2, is an unknown key"],
    ),
    Mistake(
        "prices: not TOML",
        text("prices.toml", "dial_eur: 3"),
        (*EVALUATE, "--prices", "prices.toml"),
        ["prices.toml: (file)", "must be valid TOML"],
    ),
    Mistake(
        "prices: no such file",
        nothing,
        (*STUDY, "--prices", "price.toml"),
        ["--prices == 'price.toml', must be a file that exists"],
    ),
    Mistake(
        "policies: interval of no days",
        text("policies.toml", "[b2b.current]\ninterval = { working_days = 0 }\n"),
        (*STUDY, "--policies", "policies.toml"),
        ["policies.toml: b2b.current.interval.working_days == 0, must be >= 1"],
    ),
    Mistake(
        "policies: an arm is missing",
        text("policies.toml", "[b2b.current]\ninterval = { working_days = 5 }\n"),
        (*STUDY, "--policies", "policies.toml"),
        ["policies.toml: b2b.long == None, must have a table in the file"],
    ),
    Mistake(
        "segment not in the scenario",
        nothing,
        ("study", "--log", "log", "--scenario", "b2c"),
        ["log: segment == 'b2b', must be a segment of scenario 'b2c'", "(90 contacts)"],
    ),
    Mistake(
        "scenario misspelt",
        nothing,
        ("sweep", "--scenario", "b2d"),
        ["must be a TOML file or a bundled scenario (b2b, b2c, trial)"],
    ),
]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_mistake_is_told(mistake, files, simkit):
    assert_told(mistake, files, simkit)
