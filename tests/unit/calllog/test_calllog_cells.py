"""Text cells into typed columns, and which cells are none."""

import numpy as np
import pandas as pd
import pytest

from simkit.calllog import cells


def column(*texts):
    return pd.Series(list(texts), dtype="str")


def read(result):
    values, bad = result
    return [None if pd.isna(value) else value for value in values], bad.nonzero()[0].tolist()


def test_integers():
    texts = column("5", "-7", "007", None, "1.0", "x", "9223372036854775807", "9223372036854775808")
    values, bad = read(cells.integers(texts))
    assert values == [5, -7, 7, None, None, None, 2**63 - 1, None]
    assert bad == [4, 5, 7]


@pytest.mark.parametrize(
    ("decimal", "texts", "values", "bad"),
    [
        (
            ".",
            ["1.5", "1,234.5", "1,5", ".5", "-2e3", "x"],
            [1.5, 1234.5, None, 0.5, -2000, None],
            [2, 5],
        ),
        (
            ",",
            ["1,5", "1.234,5", "1.5", "12", "1.234", "x"],
            [1.5, 1234.5, None, 12, 1234, None],
            [2, 5],
        ),
    ],
)
def test_decimals(decimal, texts, values, bad):
    assert read(cells.decimals(column(*texts), decimal)) == (values, bad)


def test_a_decimal_comma_is_not_read_as_a_point():
    """With a decimal comma 1.5 would be fifteen or one and a half: it is neither."""
    assert read(cells.decimals(column("1.5"), ",")) == ([None], [0])


def test_flags():
    texts = column("True", "no", "1", "0", "Y", "maybe", None)
    assert read(cells.flags(texts)) == ([True, False, True, False, True, None, None], [5])


@pytest.mark.parametrize(
    ("unit", "texts", "values", "bad"),
    [
        ("s", ["90", "90.4", "-5", "x"], [90, 90, -5, None], [3]),
        ("min", ["1.5", "0.5"], [90, 30], []),
        ("ms", ["90000", "1499", "1501"], [90, 1, 2], []),
        ("s", ["3000000000"], [None], [0]),
        (
            "hh:mm:ss",
            ["00:01:30", "1:00:05", "-00:00:05", "1:30", "00:75:00", None],
            [90, 3605, -5, None, None, None],
            [3, 4],
        ),
    ],
)
def test_durations(unit, texts, values, bad):
    assert read(cells.durations(column(*texts), unit)) == (values, bad)


@pytest.mark.parametrize(
    ("unit", "decimal", "text", "cents"),
    [
        ("currency", ".", "199.99", 19_999),
        ("currency", ",", "1.199,99", 119_999),
        ("currency", ".", "0.29", 29),
        ("cents", ".", "19999", 19_999),
    ],
)
def test_money_is_whole_cents(unit, decimal, text, cents):
    assert read(cells.cents(column(text), unit, decimal)) == ([cents], [])


@pytest.mark.parametrize(
    ("texts", "plain"),
    [
        (["1", "20"], True),
        (["1", None], True),
        (["01"], False),
        (["1", "A"], False),
        (["-1"], False),
    ],
)
def test_ids_are_numbers_only_where_that_loses_nothing(texts, plain):
    assert cells.are_plain_ids(column(*texts)) is plain


@pytest.mark.parametrize(
    ("texts", "dtype"),
    [
        (["1", "-2"], "int64"),
        (["1", None], "Int64"),
        (["1", "2.5"], "float64"),
        (["1", "01"], "float64"),
        (["1", "x"], "str"),
        ([None, None], "str"),
    ],
)
def test_a_covariate_takes_the_narrowest_type(texts, dtype):
    assert str(cells.inferred(column(*texts)).dtype) == dtype


@pytest.mark.parametrize(
    ("texts", "values"),
    [
        # A decimal comma, or two dots in a number, says that dots stand between thousands.
        (["25.000", "2,5"], [25_000, 2.5]),
        (["25.000,5", None], [25_000.5, None]),
        (["25.000", "1.000.000"], [25_000, 1_000_000]),
        # A dot that can stand between no thousands says that dots stand before decimals.
        (["25.000", "2.5"], [25, 2.5]),
        (["1.250", "0.125"], [1.25, 0.125]),
    ],
)
def test_a_number_of_a_column_settles_what_its_dots_mean(texts, values):
    text = column(*texts)
    assert not cells.ambiguous(text, ";").any()
    assert read((cells.inferred(text, ";"), np.zeros(len(texts), bool))) == (values, [])


@pytest.mark.parametrize(
    ("texts", "delimiter", "rows"),
    [
        (["25.000", "12", None, "-1.500"], ";", [0, 3]),
        (["25.000", "12"], ",", []),  # where commas separate, a dot is before decimals
        (["25.000", "many"], ";", []),  # a text
        (["25", "12"], ";", []),
    ],
)
def test_a_number_is_ambiguous_where_no_other_settles_it(texts, delimiter, rows):
    assert cells.ambiguous(column(*texts), delimiter).nonzero()[0].tolist() == rows
