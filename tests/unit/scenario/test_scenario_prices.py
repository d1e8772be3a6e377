"""Price files."""

from pathlib import Path

import pytest

from simkit.errors import InputError
from simkit.scenario import load_prices

ALL = """
[all]
dial_eur = 0.05
agent_eur_per_hour = 24
complaint_eur = 50.0
contact_value_eur_per_year = 10.0
valuation_days = 730
worthwhile_eur = 1.0
optout_margin_prob = 0.01
"""


def prices_file(folder: Path, text: str) -> Path:
    path = folder / "prices.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_all_serves_segments_without_a_table_and_fills_those_with_one(tmp_path: Path) -> None:
    path = prices_file(tmp_path, ALL + "[b2b]\ndial_eur = 0.1\nsale_value_eur = 600")
    prices = load_prices(path, ["b2c", "b2b"])
    assert list(prices) == ["b2c", "b2b"]
    assert (prices["b2c"].dial_eur, prices["b2b"].dial_eur) == (0.05, 0.1)
    assert (prices["b2c"].sale_value_eur, prices["b2b"].sale_value_eur) == (None, 600.0)
    assert prices["b2b"].agent_eur_per_hour == 24.0


def test_without_segments_the_tables_of_the_file_are_returned(tmp_path: Path) -> None:
    assert list(load_prices(prices_file(tmp_path, ALL))) == ["all"]


def test_every_wrong_price_is_named(tmp_path: Path) -> None:
    path = prices_file(tmp_path, '[b2c]\ndial_eur = -1\nagent_eur = 3\ncomplaint_eur = "x"')
    with pytest.raises(InputError) as caught:
        load_prices(path, ["b2c", "b2b"])
    rules = {problem.field: problem.rule for problem in caught.value.problems}
    assert rules["b2c.dial_eur"] == "must be >= 0"
    assert rules["b2c.agent_eur"].startswith("is an unknown key; did you mean 'agent_eur_per_hour'")
    assert rules["b2c.complaint_eur"] == "must be a number"
    assert rules["b2c.valuation_days"].startswith("must be given: ")
    assert rules["b2b"] == "must have a table [b2b], or [all] for every segment not named"
    assert {problem.where for problem in caught.value.problems} == {str(path)}


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "must hold a table for a segment"),
        ("dial_eur = 1", "must be a table, one for each segment"),
        ("[b2c", "must be valid TOML"),
    ],
)
def test_files_of_a_wrong_form_are_named(tmp_path: Path, text: str, rule: str) -> None:
    with pytest.raises(InputError, match=rule):
        load_prices(prices_file(tmp_path, text))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="must be a readable file"):
        load_prices(tmp_path / "none.toml")
