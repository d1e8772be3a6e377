"""Why a column has not the type that the schema asks for, and how to get it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types

from simkit.calllog import schema
from simkit.calllog.source import Source, shown
from simkit.errors import Problem

AS_IT_IS = "its values fit: CallLog.conformed() gives the type, and loses nothing"
AS_TEXTS = ".astype('str') makes texts of them"
MOST_KINDS = 4


def wrong_type(
    source: Source, values: pd.Series[Any], column: schema.Column, timezone: str
) -> Problem:
    """Return the problem of a column of another type: what is found, wanted, and in the way.

    Parameters
    ----------
    source
        Where the table came from.
    values
        The column's values.
    column
        What they should be.
    timezone
        The header's time zone.
    """
    rule, rows = f"must be {schema.wanted(column, timezone)}", None
    if schema.fits(schema.cast(values, column, timezone), column, timezone):
        if isinstance(values.dtype, pd.DatetimeTZDtype) and str(values.dtype.tz) != timezone:
            rule += ", the time zone of the header"
        return Problem(
            source.name, source.field(column.name), str(values.dtype), f"{rule}; {AS_IT_IS}"
        )
    found = schema.plain(values)
    if types.is_object_dtype(found.dtype) or isinstance(found.dtype, pd.CategoricalDtype):
        why = _mixture(found, column)
    elif column.kind is schema.Kind.TIME:
        why = _no_time(found, timezone)
    elif column.kind is schema.Kind.TEXT:
        why = f"; these are no texts: {AS_TEXTS}"
    elif column.kind is schema.Kind.FLAG:
        why = "; these are neither True and False nor 1 and 0: compare them with what means yes"
    else:
        why, rows = _no_integers(found, column)
    numbers = source.problem(column.name, rows, "") if rows is not None else None
    return Problem(
        source.name,
        source.field(column.name),
        str(values.dtype),
        rule + why,
        () if numbers is None else numbers.rows,
    )


def wrong_covariate(source: Source, values: pd.Series[Any], timezone: str) -> Problem:
    """Return the problem of a covariate, or a trait, of a type that no file keeps.

    Parameters
    ----------
    source, values, timezone
        As in `wrong_type`.
    """
    rule = f"must be numbers, yes or no, texts, or times in {timezone}"
    table = schema.conform(values.to_frame(), (), timezone)
    if schema.covariate_fits(table.iloc[:, 0], timezone):
        rule += f"; {AS_IT_IS}"
    elif types.is_object_dtype(values.dtype):
        rule += f"; these are {_kinds(values)}"
    return Problem(source.name, str(values.name), str(values.dtype), rule)


def _kinds(values: pd.Series[Any]) -> str:
    """Name the kinds of values, in Python's words."""
    kinds = values.dropna().map(lambda value: type(value).__name__).value_counts()
    named = [f"{kind} ({count:,})" for kind, count in kinds.items()]
    more = [f"{len(named) - MOST_KINDS} more"] if len(named) > MOST_KINDS else []
    return " and ".join([*named[:MOST_KINDS], *more])


def _mixture(values: pd.Series[Any], column: schema.Column) -> str:
    advice = "make them of one kind"
    if column.kind in (schema.Kind.ID, schema.Kind.TEXT):
        advice = AS_TEXTS
    several = len(set(values.dropna().map(type))) > 1
    return f", not {'a mixture of ' if several else ''}{_kinds(values)}: {advice}"


def _no_time(values: pd.Series[Any], timezone: str) -> str:
    if types.is_datetime64_any_dtype(values.dtype):
        return (
            f"; these have no time zone: .dt.tz_localize('{timezone}') gives it to times of that "
            "clock"
        )
    if isinstance(values.dtype, pd.StringDtype):
        return "; these are texts: pd.to_datetime reads times from them"
    return "; these are no times"


def _no_integers(
    values: pd.Series[Any], column: schema.Column
) -> tuple[str, pd.Series[bool] | None]:
    """Return what keeps a column from being whole numbers of its type, and in which rows."""
    if isinstance(values.dtype, pd.StringDtype):
        return "; these are texts: pd.to_numeric reads numbers from them", None
    if not types.is_numeric_dtype(values.dtype) or types.is_bool_dtype(values.dtype):
        return f"; these are {values.dtype}", None
    bounds = np.iinfo(str(schema.integer_dtype(column)).lower())
    fraction = (values % 1 != 0).fillna(False).astype(bool) & values.notna()
    outside = ((values < bounds.min) | (values > bounds.max)).fillna(False).astype(bool)
    for broken, why in (
        (values.isna() & (not column.null), "; a null has none: leave the row out, or give it one"),
        (fraction, "; {} is none: round it, or say what it is"),
        (outside, "; {} is too large"),
    ):
        if broken.any():
            return why.format(shown(values[broken].iloc[0])), broken
    return "; decimals so large do not hold each whole number: read them as whole numbers", None
