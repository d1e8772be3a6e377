"""The header survives JSON, and says all that is wrong with it."""

import json
from dataclasses import replace

import pandas as pd
import pytest

from simkit.calllog import Header
from simkit.errors import InputError


def test_json_round_trip(small_log):
    text = json.dumps(small_log.header.to_dict(), allow_nan=False)
    assert Header.from_dict(json.loads(text)) == small_log.header


def test_a_short_header_takes_the_defaults():
    header = Header.from_dict({"source": "field", "start": "2024-01-01", "timezone": "UTC"})
    assert header == Header("field", pd.Timestamp("2024-01-01"), "UTC")
    assert (header.currency, header.detail, header.notes) == ("EUR", "attempts", ())


@pytest.mark.parametrize(
    ("change", "fragment"),
    [
        ({"source": "guessed"}, "source == 'guessed', must be 'simulated' or 'field'"),
        ({"start": pd.Timestamp("2024-01-01 01:00")}, "must be a local midnight"),
        ({"start": pd.Timestamp("2024-01-01", tz="UTC")}, "must be a local midnight"),
        ({"timezone": "Europe/Atlantis"}, "timezone == 'Europe/Atlantis', must be the name"),
        ({"timezone": None}, "timezone == None, must be the name"),
        ({"currency": "euro"}, "currency == 'euro', must be three capital letters"),
        ({"detail": "all"}, "must be 'attempts' or 'counts'"),
        ({"schema_version": 2}, "schema_version == 2, must be 1"),
        ({"scenario": "b2c"}, "scenario == 'b2c', must be an object or null"),
        ({"seed": 1.5}, "seed == 1.5, must be a whole number"),
        ({"withdrawal_days": {"b2c": -1}}, "must be segment → days ≥ 0"),
        ({"notes": "a text"}, "must be a list of texts"),
    ],
)
def test_a_value_that_breaks_its_rule_is_named(small_log, change, fragment):
    problems = replace(small_log.header, **change).problems()
    assert len(problems) == 1
    assert fragment in str(problems[0])


@pytest.mark.parametrize(
    ("data", "fragments"),
    [
        ([], ["must be a JSON object"]),
        (
            {"sources": "field"},
            ["sources == 'field', is not a field", "start == None"],
        ),
        (
            {"source": "field", "start": "soon", "timezone": "UTC"},
            ["start == 'soon', must be a date"],
        ),
        (
            {"source": "x", "start": "2024-01-01", "timezone": "UTC", "currency": 1},
            ["2 problems", "source == 'x'", "currency == 1"],
        ),
    ],
)
def test_json_that_is_no_header(data, fragments):
    with pytest.raises(InputError) as caught:
        Header.from_dict(data, "header.json")
    for fragment in fragments:
        assert fragment in str(caught.value)
    assert "header.json" in str(caught.value)
