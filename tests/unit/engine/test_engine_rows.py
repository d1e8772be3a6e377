"""Rows fetched ahead of their turn: an instruction of the processor's, which changes no number."""

import numpy as np
import pytest

from simkit.engine.compiled.build import compiled_functions
from simkit.engine.compiled.rows import prefetch, rows_of

RECORD = np.dtype([("number", "i8"), ("rest", "u1", (104,))])


def fetched(array, place):
    rows = rows_of(array)
    prefetch(rows, place)
    return len(rows)


# Wherever they begin, 8 bytes lie in one line of 64 or in two, and 112 bytes in two or in three.
@pytest.mark.parametrize(("dtype", "lines"), [(np.int64, 2), (RECORD, 3)])
def test_a_row_is_fetched_once_for_each_line_that_it_may_touch(dtype, lines) -> None:
    array = np.zeros(4, dtype=dtype)
    (compiled,) = compiled_functions(fetched)
    assert compiled(array, 2) == fetched(array, 2) == 4
    (code,) = compiled.inspect_llvm().values()
    assert code.count("call void @llvm.prefetch") == lines


def test_a_row_beyond_the_last_may_be_fetched() -> None:
    (compiled,) = compiled_functions(fetched)
    assert compiled(np.zeros(4), 10**9) == 4
