"""Rows of an array as compiled code walks them: a pointer and a length, counted by nobody.

Numba counts the references to an array whenever a name is bound to it, which would cost a simulated
call more than all of its arithmetic. The arrays of a run live as long as the run, so that the
kernel may look at their memory alone. To plain Python a :func:`rows_of` an array is the array.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, models, overload, register_model

LINE = 64
"""Bytes that a processor fetches at once."""


def rows_of(array: Any) -> Any:
    """Return the rows of a contiguous array, of one or (as one long row) of more dimensions."""
    row = array.reshape(-1)
    return row.view(np.recarray) if row.dtype.names else row


def part_of(rows: Any, first: int, size: int) -> Any:
    """Return ``size`` of the rows, from ``first`` on, in place."""
    return rows[first : first + size]


def prefetch(rows: Any, place: int) -> None:
    """Let the processor fetch a row that is soon asked for; to plain Python this is nothing."""


class Rows(types.Type):  # type: ignore[misc]
    """Numba's type of rows; ``dtype`` is a number or a record."""

    def __init__(self, dtype: Any) -> None:
        self.dtype = dtype
        super().__init__(name=f"Rows({dtype})")


@register_model(Rows)
class _RowsModel(models.StructModel):  # type: ignore[misc]
    def __init__(self, manager: Any, kind: Rows) -> None:
        members = [("first", types.CPointer(kind.dtype)), ("size", types.intp)]
        super().__init__(manager, kind, members)


def _made(context: Any, builder: Any, kind: Rows, first: Any, size: Any) -> Any:
    rows = cgutils.create_struct_proxy(kind)(context, builder)
    rows.first, rows.size = first, size
    return rows._getvalue()


def _fields(context: Any, builder: Any, kind: Rows, value: Any) -> Any:
    return cgutils.create_struct_proxy(kind)(context, builder, value=value)


@intrinsic  # type: ignore[untyped-decorator]
def _rows_of(_typing: Any, array: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        given = context.make_array(signature.args[0])(context, builder, args[0])
        return _made(context, builder, signature.return_type, given.data, given.nitems)

    return Rows(array.dtype)(array), generate


@intrinsic  # type: ignore[untyped-decorator]
def _part_of(_typing: Any, rows: Any, _first: Any, _size: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        given = _fields(context, builder, signature.args[0], args[0])
        first = builder.gep(given.first, [args[1]])
        return _made(context, builder, signature.return_type, first, args[2])

    return rows(rows, types.intp, types.intp), generate


@intrinsic  # type: ignore[untyped-decorator]
def _size(_typing: Any, rows: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return _fields(context, builder, signature.args[0], args[0]).size

    return types.intp(rows), generate


@intrinsic  # type: ignore[untyped-decorator]
def _get(_typing: Any, rows: Any, _place: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        given = _fields(context, builder, signature.args[0], args[0])
        at = builder.gep(given.first, [args[1]])
        # A record is known by its address.
        return at if isinstance(signature.return_type, types.Record) else builder.load(at)

    return rows.dtype(rows, types.intp), generate


@intrinsic  # type: ignore[untyped-decorator]
def _set(_typing: Any, rows: Any, _place: Any, _value: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        given = _fields(context, builder, signature.args[0], args[0])
        builder.store(args[2], builder.gep(given.first, [args[1]]))
        return context.get_dummy_value()

    return types.none(rows, types.intp, rows.dtype), generate


@intrinsic  # type: ignore[untyped-decorator]
def _prefetch(_typing: Any, rows: Any, _place: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        given = _fields(context, builder, signature.args[0], args[0])
        at = builder.bitcast(builder.gep(given.first, [args[1]]), cgutils.voidptr_t)
        ir = cgutils.ir  # as numba itself names it
        kind = ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t] + [cgutils.int32_t] * 3)
        fetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        # To be written, kept in every cache, as data; once for each line that the row may touch.
        how = [cgutils.int32_t(1), cgutils.int32_t(3), cgutils.int32_t(1)]
        last = context.get_abi_sizeof(context.get_data_type(rows.dtype)) - 1
        for offset in (*range(0, last, LINE), last):
            builder.call(fetch, [builder.gep(at, [context.get_constant(types.intp, offset)]), *how])
        return context.get_dummy_value()

    return types.none(rows, types.intp), generate


# What numba puts in place of each operation; its signature must be that of the overload.


@overload(rows_of)  # type: ignore[untyped-decorator]
def _overload_rows_of(array: Any) -> Any:
    def rows_of_array(array: Any) -> Any:
        return _rows_of(array)

    return rows_of_array if isinstance(array, types.Array) else None


@overload(part_of)  # type: ignore[untyped-decorator]
def _overload_part_of(rows: Any, first: Any, size: Any) -> Any:
    def part_of_rows(rows: Any, first: Any, size: Any) -> Any:
        return _part_of(rows, first, size)

    return part_of_rows if isinstance(rows, Rows) else None


@overload(prefetch)  # type: ignore[untyped-decorator]
def _overload_prefetch(rows: Any, place: Any) -> Any:
    def prefetch_row(rows: Any, place: Any) -> Any:
        _prefetch(rows, place)

    return prefetch_row if isinstance(rows, Rows) else None


@overload(len)  # type: ignore[untyped-decorator]
def _overload_len(rows: Any) -> Any:
    def size_of_rows(rows: Any) -> Any:
        return _size(rows)

    return size_of_rows if isinstance(rows, Rows) else None


@overload(operator.getitem)  # type: ignore[untyped-decorator]
def _overload_getitem(rows: Any, place: Any) -> Any:
    def get_of_rows(rows: Any, place: Any) -> Any:
        return _get(rows, place)

    return get_of_rows if isinstance(rows, Rows) else None


@overload(operator.setitem)  # type: ignore[untyped-decorator]
def _overload_setitem(rows: Any, place: Any, value: Any) -> Any:
    def set_in_rows(rows: Any, place: Any, value: Any) -> Any:
        _set(rows, place, value)

    return set_in_rows if isinstance(rows, Rows) else None
