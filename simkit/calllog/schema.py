"""The call log's columns as data: names, types, units, where a null is allowed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types

from simkit.calllog.cells import DTYPES


class Kind(Enum):
    """What a column holds; the value says it in words."""

    ID = "whole numbers (int64) or texts (str)"
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
    return column.kind.value.format(timezone=timezone)


def fits(values: pd.Series[Any], column: Column, timezone: str) -> bool:
    """Say whether a column has the type that the schema asks for."""
    dtype = values.dtype
    match column.kind:
        case Kind.ID:
            integer = "Int64" if column.null else "int64"
            return bool(dtype == integer or _is_text(dtype))
        case Kind.TEXT:
            return _is_text(dtype)
        case Kind.TIME:
            return (
                isinstance(dtype, pd.DatetimeTZDtype)
                and dtype.unit == "us"
                and str(dtype.tz) == timezone
            )
        case Kind.COUNT:
            return bool(dtype == "int32")
        case Kind.FLAG:
            return bool(dtype == "boolean")
        case Kind.SECONDS:
            return bool(dtype == "Int32")
        case Kind.CENTS:
            return bool(dtype == "Int64")


def covariate_fits(values: pd.Series[Any], timezone: str) -> bool:
    """Say whether a covariate (or a column of `truth`) has a type that every format keeps."""
    dtype = values.dtype
    if isinstance(dtype, pd.DatetimeTZDtype):
        return dtype.unit == "us" and str(dtype.tz) == timezone
    return str(dtype) in DTYPES


def conform(frame: pd.DataFrame, columns: tuple[Column, ...], timezone: str) -> pd.DataFrame:
    """Return the table with its columns in the schema's order and types.

    Only what loses nothing is changed (integers of another width, objects that are texts, times
    of another resolution, columns that hold nulls only); everything else is left for validation
    to name. Columns the schema does not know follow in their own order.

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
            conformed[column.name] = _cast(conformed[column.name], column, timezone)
    for name in others:
        if _may_be_text(conformed[name].dtype) and _holds_texts(conformed[name]):
            conformed[name] = conformed[name].astype("str")
        elif _is_coarse_time(conformed[name]):
            conformed[name] = conformed[name].dt.as_unit("us")
    return conformed


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


def _is_text(dtype: Any) -> bool:
    return str(dtype) == "str"


def _may_be_text(dtype: Any) -> bool:
    return types.is_object_dtype(dtype) or isinstance(dtype, pd.StringDtype | pd.CategoricalDtype)


def _holds_texts(values: pd.Series[Any]) -> bool:
    if isinstance(values.dtype, pd.CategoricalDtype):
        return _holds_texts(pd.Series(values.cat.categories))
    return types.infer_dtype(values, skipna=True) in ("string", "empty")


def _is_coarse_time(values: pd.Series[Any]) -> bool:
    return isinstance(values.dtype, pd.DatetimeTZDtype) and values.dtype.unit != "us"


def _cast(values: pd.Series[Any], column: Column, timezone: str) -> pd.Series[Any]:
    """Return the values in the column's type where that loses nothing, else as they are."""
    empty = bool(values.isna().all())
    match column.kind:
        case Kind.TEXT if empty or _holds_texts(values):
            return values.astype("str")
        case Kind.ID if types.is_integer_dtype(values.dtype):
            return _to_integer(values, "Int64" if column.null else "int64")
        case Kind.ID if empty or _holds_texts(values):
            return values.astype("str")
        case Kind.TIME if empty:
            return pd.Series(pd.NaT, values.index, dtype=f"datetime64[us, {timezone}]")
        case Kind.TIME if _is_coarse_time(values):
            return pd.Series(values.dt.as_unit("us"))
        case Kind.COUNT:
            return _to_integer(values, "int32")
        case Kind.FLAG if empty or types.is_bool_dtype(values.dtype):
            return values.astype("boolean")
        case Kind.SECONDS:
            return _to_integer(values, "Int32")
        case Kind.CENTS:
            return _to_integer(values, "Int64")
    return values


def _to_integer(values: pd.Series[Any], dtype: str) -> pd.Series[Any]:
    """Return integers of another width; anything that would lose something stays as it is."""
    if not (types.is_numeric_dtype(values.dtype) or values.isna().all()):
        return values
    if types.is_bool_dtype(values.dtype):
        return values
    try:
        integers = values.astype("Int64")
        bounds = np.iinfo(dtype.lower())
        if not bool(integers.between(bounds.min, bounds.max).fillna(True).all()):
            return values
        return integers.astype(types.pandas_dtype(dtype))
    except (TypeError, ValueError):
        return values
