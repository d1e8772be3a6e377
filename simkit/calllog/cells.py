"""Text cells into typed columns; which cells could not be read is said, not raised."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from simkit.calllog.source import Source
from simkit.errors import Problem

INTEGER = r"-?\d{1,19}"
PLAIN_ID = r"0|[1-9]\d{0,17}"
LARGEST = str(2**63 - 1)
FLOAT = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?inf"
GROUPED_BY_DOT = r"[+-]?[1-9]\d{0,2}\.\d{3}"
FLAGS = {"true": True, "yes": True, "y": True, "1": True} | {
    "false": False,
    "no": False,
    "n": False,
    "0": False,
}

#: Types of a covariate that text can carry.
DTYPES = frozenset(
    {"str", "bool", "boolean", "float32", "float64", "Float32", "Float64"}
    | {f"{name}{bits}" for name in ("int", "Int") for bits in (8, 16, 32, 64)}
)

Bad = npt.NDArray[np.bool_]


def integers(text: pd.Series[str]) -> tuple[pd.Series[Any], Bad]:
    """Return whole numbers (Int64) and which cells are none."""
    digits = text.str.removeprefix("-")
    too_large = (digits.str.len() == len(LARGEST)) & (digits > LARGEST)
    good = _matches(text, INTEGER) & ~too_large.fillna(False).to_numpy(dtype=bool)
    return text.where(good).astype("Int64"), _given(text) & ~good


def decimals(text: pd.Series[str], decimal: str = ".") -> tuple[pd.Series[Any], Bad]:
    """Return numbers (float64) and which cells are none.

    Parameters
    ----------
    text
        The cells.
    decimal
        ``"."`` or ``","``; the other of the two may group thousands.
    """
    point, group = re.escape(decimal), re.escape("," if decimal == "." else ".")
    grouped = _matches(text, rf"[+-]?\d{{1,3}}(?:{group}\d{{3}})+(?:{point}\d+)?")
    good = grouped | _matches(text, FLOAT.replace(r"\.", point))
    plain = text.mask(grouped, text.str.replace("," if decimal == "." else ".", "", regex=False))
    return _floats(plain.where(good).str.replace(decimal, ".", regex=False)), _given(text) & ~good


def flags(text: pd.Series[str]) -> tuple[pd.Series[Any], Bad]:
    """Return yes or no (boolean) and which cells are neither."""
    lower = text.str.lower()
    return lower.map(FLAGS).astype("boolean"), _given(text) & ~lower.isin(FLAGS).to_numpy()


def durations(text: pd.Series[str], unit: str, decimal: str = ".") -> tuple[pd.Series[Any], Bad]:
    """Return whole seconds (Int32) and which cells are no duration.

    Parameters
    ----------
    text
        The cells.
    unit
        ``"s"``, ``"min"``, ``"ms"`` or ``"hh:mm:ss"``.
    decimal
        ``"."`` or ``","``.
    """
    if unit == "hh:mm:ss":
        parts = text.str.extract(r"^(-?)(\d{1,4}):([0-5]\d):([0-5]\d)$")
        good = parts[3].notna().to_numpy()
        clock = parts[[1, 2, 3]].astype("Int64")
        seconds = clock[1] * 3600 + clock[2] * 60 + clock[3]
        seconds = seconds.mask((parts[0] == "-").to_numpy(dtype=bool, na_value=False), -seconds)
        return seconds.astype("Int32"), _given(text) & ~good
    numbers, bad = decimals(text, decimal)
    seconds = numbers * {"s": 1.0, "min": 60.0, "ms": 0.001}[unit]
    too_long = (seconds.abs() >= 2**31).to_numpy(dtype=bool)
    rounded = seconds.mask(too_long).round()
    return rounded.astype("Int32"), bad | too_long


def cents(text: pd.Series[str], unit: str, decimal: str = ".") -> tuple[pd.Series[Any], Bad]:
    """Return whole cents (Int64) and which cells are no amount.

    Parameters
    ----------
    text
        The cells.
    unit
        ``"currency"`` (euros, say) or ``"cents"``.
    decimal
        ``"."`` or ``","``.
    """
    numbers, bad = decimals(text, decimal)
    amounts = numbers * (100.0 if unit == "currency" else 1.0)
    too_large = (amounts.abs() >= 2**53).to_numpy(dtype=bool)
    return amounts.mask(too_large).round().astype("Int64"), bad | too_large


def are_plain_ids(text: pd.Series[str]) -> bool:
    """Say whether all ids are whole numbers that lose nothing as such (no leading zero)."""
    return bool((_matches(text, PLAIN_ID) | ~_given(text)).all())


def inferred(text: pd.Series[str], delimiter: str = ",") -> pd.Series[Any]:
    """Return a covariate as int64, float64 or str: the narrowest that holds every cell.

    Parameters
    ----------
    text
        The cells.
    delimiter
        What stands between the file's cells. Where it is a semicolon, the comma is free for
        decimals: spreadsheets write both so where decimals have a comma. A column with one, or
        with two dots in a number, has dots between its thousands. Where neither is to be seen
        `ambiguous` says which cells may be read in two ways.
    """
    given = _given(text)
    if not given.any():
        return text
    if (_matches(text, PLAIN_ID + r"|-[1-9]\d{0,17}") | ~given).all():
        return text.astype("Int64") if not given.all() else text.astype("int64")
    if (_matches(text, FLOAT) | ~given).all():
        return _floats(text)
    if delimiter == ";":
        numbers, bad = decimals(text, ",")
        if not bad.any():
            return numbers
    return text


def ambiguous(text: pd.Series[str], delimiter: str) -> Bad:
    """Return which numbers of a column may be read in two ways: ``25.000`` is 25 or 25,000.

    Only a file with semicolons between its cells leaves this open, and only where no other number
    of the column says what its dots mean: ``2,5`` and ``1.000.000`` have thousands, ``0.5`` has
    decimals.

    Parameters
    ----------
    text
        The cells.
    delimiter
        What stands between the file's cells.
    """
    grouped = _matches(text, GROUPED_BY_DOT)
    dotted = text.str.contains(".", regex=False).fillna(False).to_numpy(dtype=bool)
    numbers = (_matches(text, FLOAT) | ~_given(text)).all()
    if delimiter != ";" or not numbers or (dotted & ~grouped).any():
        return np.zeros(len(text), dtype=bool)
    return grouped


def two_readings(text: pd.Series[str], delimiter: str, source: Source) -> Problem | None:
    """Return the problem of a column's ambiguous numbers, or None where there are none.

    Parameters
    ----------
    text
        The cells, named as the column.
    delimiter
        What stands between the file's cells.
    source
        Where they came from.
    """
    rows = ambiguous(text, delimiter)
    if not rows.any():
        return None
    first = str(text[rows].iloc[0])
    rule = (
        f"may be {float(first):g} or {first.replace('.', '')} where ; stands between the cells: "
        "write numbers without thousands separators"
    )
    return source.problem(str(text.name), rows, rule, text)


def as_dtype(text: pd.Series[str], dtype: str) -> tuple[pd.Series[Any], Bad]:
    """Return cells in the type that a table was written with, and which do not fit it.

    Parameters
    ----------
    text
        The cells.
    dtype
        One of `DTYPES`.
    """
    if dtype == "str":
        return text, np.zeros(len(text), dtype=bool)
    if dtype in ("bool", "boolean"):
        values, bad = flags(text)
    elif dtype.lower().startswith("float"):
        values, bad = decimals(text)
    else:
        values, bad = integers(text)
    if bad.any() or (dtype[0].islower() and dtype[0] != "f" and values.isna().any()):
        return values, bad
    return values.astype(pd.api.types.pandas_dtype(dtype)), bad


def _given(text: pd.Series[str]) -> Bad:
    return text.notna().to_numpy()


def _matches(text: pd.Series[str], pattern: str) -> Bad:
    return text.str.fullmatch(pattern).fillna(False).to_numpy(dtype=bool)


def _floats(text: pd.Series[str]) -> pd.Series[Any]:
    # Python's own float() reads back exactly what repr() wrote; faster parsers may not.
    values = text.to_numpy(dtype=object, na_value="nan").astype(np.float64)
    return pd.Series(values, text.index)
