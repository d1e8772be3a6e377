"""The call log's columns as data: names, types, units, where a null is allowed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types

from simkit.calllog.cells import DTYPES

LARGEST_WHOLE = 2**53
"""Beyond it decimals no longer hold each whole number."""


class Kind(Enum):
    """What a column holds; the value says it in words."""

    ID = "whole numbers ({integer}) or texts (str)"
    TEXT = "texts (str)"
    TIME = "times (datetime64[us, {timezone}])"
    COUNT = "whole numbers (int32)"
    FLAG = "yes or no (boolean)"
    SECONDS = "whole seconds (Int32)"
    CENTS = "whole cents (Int64)"


@dataclass(frozen=True)
class Column:
    """One column of a call log.

    Parameters
    ----------
    name
        Its name in the table.
    kind
        What it holds, which fixes the type.
    null
        True where a value may be unknown.
    meaning
        What it says, with the unit.
    """

    name: str
    kind: Kind
    null: bool
    meaning: str


CONTACTS: tuple[Column, ...] = (
    Column("contact_id", Kind.ID, False, "the contact; unique in the table"),
    Column("account_id", Kind.ID, False, "its company or household: the cluster"),
    Column("segment", Kind.TEXT, False, "its segment, the same for all of an account"),
    Column("arm", Kind.TEXT, True, "the arm it was assigned to; null outside a trial"),
    Column("entered_at", Kind.TIME, False, "when it could first be called"),
    Column("observed_until", Kind.TIME, False, "until when its calls are known: the censoring"),
)

#: What contacts carry besides in a log of final counts.
COUNTS: tuple[Column, ...] = (
    Column("attempts_count", Kind.COUNT, False, "attempts the contact had in all"),
    Column("final_disposition", Kind.TEXT, True, "how the last one ended; null where unknown"),
)

ATTEMPTS: tuple[Column, ...] = (
    Column("contact_id", Kind.ID, False, "the contact dialled"),
    Column("attempt_no", Kind.COUNT, False, "1, 2, ... within the contact, in time order"),
    Column("due_at", Kind.TIME, True, "when the policy wanted the call"),
    Column("dialled_at", Kind.TIME, False, "when it was made"),
    Column("agent_id", Kind.ID, True, "who made it; null where a machine dialled"),
    Column("channel", Kind.TEXT, False, "how: 'phone'"),
    Column("disposition", Kind.TEXT, False, "how it ended: a name of DISPOSITIONS"),
    Column("pushed", Kind.FLAG, True, "the agent pressed for a decision"),
    Column("ring_s", Kind.SECONDS, True, "ringing before an answer or giving up, s"),
    Column("talk_s", Kind.SECONDS, True, "talk, s"),
    Column("wrap_s", Kind.SECONDS, True, "work after the call, s"),
    Column("callback_at", Kind.TIME, True, "the date the contact named in this call"),
    Column("cancelled_at", Kind.TIME, True, "when the sale of this row was cancelled"),
    Column("value_cents", Kind.CENTS, True, "value of the sale, cents of the header's currency"),
)

#: Rows an import left out, by reason.
LEFT_OUT: tuple[str, ...] = ("reason", "rows")

#: Why an import leaves calls out that may belong to a trial, where it is told to.
UNKNOWN_CONTACT = "contact not in the contacts file"
BEFORE_ENTRY = "before the contact entered"
AFTER_OBSERVATION = "after the contact was observed"
AFTER_END = "after a final end"


def contact_columns(detail: str) -> tuple[Column, ...]:
    """Return the columns of `contacts` for a header's `detail`."""
    return CONTACTS + COUNTS if detail == "counts" else CONTACTS


def wanted(column: Column, timezone: str) -> str:
    """Return in words what a column must hold."""
    return column.kind.value.format(timezone=timezone, integer=integer_dtype(column))


def integer_dtype(column: Column) -> str | None:
    """Return the type of a column's whole numbers; None where it holds none."""
    match column.kind:
        case Kind.ID:
            return "Int64" if column.null else "int64"
        case Kind.COUNT:
            return "int32"
        case Kind.SECONDS:
            return "Int32"
        case Kind.CENTS:
            return "Int64"
    return None


def fits(values: pd.Series[Any], column: Column, timezone: str) -> bool:
    """Say whether a column has the type that the schema asks for."""
    dtype = values.dtype
    match column.kind:
        case Kind.ID:
            return bool(dtype == integer_dtype(column) or _is_text(dtype))
        case Kind.TEXT:
            return _is_text(dtype)
        case Kind.TIME:
            return _is_local(dtype, timezone)
        case Kind.FLAG:
            return bool(dtype == "boolean")
    return bool(dtype == integer_dtype(column))


def covariate_fits(values: pd.Series[Any], timezone: str) -> bool:
    """Say whether a covariate (or a column of `truth`) has a type that every format keeps."""
    return str(values.dtype) in DTYPES or _is_local(values.dtype, timezone)


def conform(frame: pd.DataFrame, columns: tuple[Column, ...], timezone: str) -> pd.DataFrame:
    """Return the table with its columns in the schema's order and types.

    Only what loses nothing is changed: whole numbers of another width or among decimals, objects
    and categories that are all numbers, texts, flags or times, times of another resolution or
    zone (the instants stay), flags as 0 and 1, columns that hold nulls only. Everything else is
    left for validation to name. Columns the schema does not know follow in their own order.

    Parameters
    ----------
    frame
        The table; it is not changed.
    columns
        What it should hold: `CONTACTS`, `ATTEMPTS` or `contact_columns(detail)`.
    timezone
        The header's time zone.
    """
    known = [column.name for column in columns if column.name in frame.columns]
    others = [name for name in frame.columns if name not in known]
    conformed = frame.loc[:, [*known, *others]].reset_index(drop=True)
    for column in columns:
        if column.name in conformed and not fits(conformed[column.name], column, timezone):
            conformed[column.name] = cast(conformed[column.name], column, timezone)
    for name in others:
        if not covariate_fits(conformed[name], timezone):
            conformed[name] = _cast_covariate(conformed[name], timezone)
    return conformed


def conforms(frame: pd.DataFrame, columns: tuple[Column, ...], timezone: str) -> bool:
    """Say whether `conform` would leave the types of a table as they are."""
    known = {column.name: column for column in columns}
    return all(
        fits(frame[name], known[name], timezone)
        if name in known
        else covariate_fits(frame[name], timezone)
        for name in frame.columns
    )


def empty_attempts(timezone: str, *, text_ids: bool = False) -> pd.DataFrame:
    """Return an `attempts` table without rows, with the schema's types.

    Parameters
    ----------
    timezone
        The header's time zone.
    text_ids
        True where contact and agent ids are texts.
    """
    table = pd.DataFrame({column.name: [] for column in ATTEMPTS}, dtype=object)
    if not text_ids:
        table = table.astype({"contact_id": "int64", "agent_id": "Int64"})
    return conform(table, ATTEMPTS, timezone)


def plain(values: pd.Series[Any]) -> pd.Series[Any]:
    """Return values under the type that objects, categories or Arrow's types hide.

    Where they are of several kinds, or of one that no log holds, they stay as they are.
    """
    dtype = values.dtype
    hidden = isinstance(dtype, pd.CategoricalDtype | pd.StringDtype | pd.ArrowDtype)
    if _is_text(dtype) or not (hidden or types.is_object_dtype(dtype)):
        return values
    objects = values.astype(object)
    objects = objects.where(objects.notna(), None)
    match types.infer_dtype(objects, skipna=True):
        case "string":
            return objects.astype("str")
        case "integer":
            try:
                return objects.astype("Int64")
            except OverflowError:
                return values
        case "floating" | "mixed-integer-float":
            return objects.astype("float64")
        case "boolean":
            return objects.astype("boolean")
        case "datetime" | "datetime64" if objects.map(_has_zone, na_action="ignore").all():
            return pd.to_datetime(objects, utc=True)
    return values


def cast(values: pd.Series[Any], column: Column, timezone: str) -> pd.Series[Any]:
    """Return the values in the column's type where that loses nothing, else as they are.

    Parameters
    ----------
    values
        The column's values; they are not changed.
    column
        What they should be.
    timezone
        The header's time zone.
    """
    found, empty = plain(values), bool(values.isna().all())
    numeric = types.is_numeric_dtype(found.dtype)
    cast: pd.Series[Any] | None = None
    match column.kind:
        case Kind.TEXT if empty or _is_text(found.dtype):
            cast = found.astype("str")
        case Kind.ID if types.is_integer_dtype(found.dtype) or (numeric and not empty):
            cast = _to_integer(found, str(integer_dtype(column)))
        case Kind.ID if empty or _is_text(found.dtype):
            cast = found.astype("str")
        case Kind.TIME if empty:
            cast = pd.Series(pd.NaT, values.index, dtype=f"datetime64[us, {timezone}]")
        case Kind.TIME:
            cast = _to_local(found, timezone)
        case Kind.FLAG if empty or types.is_bool_dtype(found.dtype) or _is_0_or_1(found):
            cast = found.astype("boolean")
        case Kind.COUNT | Kind.SECONDS | Kind.CENTS:
            cast = _to_integer(found, str(integer_dtype(column)))
    return values if cast is None else cast


def _cast_covariate(values: pd.Series[Any], timezone: str) -> pd.Series[Any]:
    """Return a covariate in a type that every format keeps, else as it is."""
    found = values.astype("str") if values.isna().all() else plain(values)
    if covariate_fits(found, timezone):
        return found
    cast = _to_local(found, timezone)
    if cast is None and types.is_integer_dtype(found.dtype):
        cast = _to_integer(found, "Int64")
    return values if cast is None else cast


def _is_text(dtype: Any) -> bool:
    return str(dtype) == "str"


def _is_local(dtype: Any, timezone: str) -> bool:
    return (
        isinstance(dtype, pd.DatetimeTZDtype) and dtype.unit == "us" and str(dtype.tz) == timezone
    )


def _has_zone(time: Any) -> bool:
    return time.tzinfo is not None


def _is_0_or_1(values: pd.Series[Any]) -> bool:
    return types.is_numeric_dtype(values.dtype) and bool(values.dropna().isin((0, 1)).all())


def _to_local(values: pd.Series[Any], timezone: str) -> pd.Series[Any] | None:
    """Return the same instants on the log's clock, or None of what is no instant."""
    if not isinstance(values.dtype, pd.DatetimeTZDtype):
        return None
    return pd.Series(values.dt.as_unit("us").dt.tz_convert(timezone))


def _to_integer(values: pd.Series[Any], dtype: str) -> pd.Series[Any] | None:
    """Return whole numbers in a type, or None where it would not hold each of them."""
    numeric = types.is_numeric_dtype(values.dtype) and not types.is_bool_dtype(values.dtype)
    if not (numeric or values.isna().all()):
        return None
    try:
        if types.is_float_dtype(values.dtype) and bool((values.abs() > LARGEST_WHOLE).any()):
            return None
        integers = values.astype("Int64")
        bounds = np.iinfo(dtype.lower())
        if not bool(integers.between(bounds.min, bounds.max).fillna(True).all()):
            return None
        return integers.astype(types.pandas_dtype(dtype))
    except (OverflowError, TypeError, ValueError):
        return None
