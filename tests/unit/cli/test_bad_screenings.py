"""Ranges and options of a screening that cannot be: what is told of them."""

import pytest
from mistakes import Mistake, assert_told, nothing, text

MISTAKES = [
    Mistake(
        "no cluster for a screening",
        nothing,
        ("sensitivity", "--dask", "junk"),
        ["--dask == 'junk', must be the address of a Dask scheduler"],
    ),
    Mistake(
        "tables of a screening below a file",
        nothing,
        ("sensitivity", "--out", "prices.toml/tables"),
        ["--out == 'prices.toml/tables', must be a folder that can be written"],
    ),
    Mistake(
        "ranges: all problems told",
        text(
            "ranges.toml",
            'dial_eur = { low = 2, high = 1, source = "x" }\nwrap_s = { low = 5, high = 60 }\n',
        ),
        ("sensitivity", "--ranges", "ranges.toml", "--vary", "need_per_yaer", "--trajectories", 1),
        [
            *("4 problems", "--trajectories == 1, must be a whole number >= 2"),
            "ranges.toml: dial_eur.low == 2, must be < high (1)",
            "ranges.toml: wrap_s.source == None, must say where the range comes from",
            "b2c.need_per_yaer == None, is an unknown key; did you mean 'need_per_year'?",
        ],
    ),
    Mistake(
        "ranges: without the scenario's own value",
        text("ranges.toml", 'dial_eur = { low = 1, high = 2, source = "x" }\n'),
        ("sensitivity", "--ranges", "ranges.toml"),
        ["range of b2c.dial_eur == '1 to 2', must hold the scenario's own value 0.05"],
    ),
    Mistake(
        "ranges: no such file",
        nothing,
        ("sensitivity", "--ranges", "range.toml"),
        ["--ranges == 'range.toml', must be a file that exists"],
    ),
    Mistake(
        "sensitivity of several segments",
        nothing,
        ("sensitivity", "--scenario", "trial"),
        ["--segment == None, must be one of b2c, b2b"],
    ),
    Mistake(
        "sensitivity: too few intervals",
        nothing,
        ("sensitivity", "--every", "7 days", "--every", "14 days"),
        ["--every == ['every 7 days', 'every 14 days'], must be at least 3 intervals"],
    ),
]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_mistake_is_told(mistake, files, simkit):
    assert_told(mistake, files, simkit)
