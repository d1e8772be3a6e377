"""Philox4x32-10: the published words, from Python integers and from numpy arrays alike."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simkit.model.philox import philox4x32

ALL_ONES = 0xFFFFFFFF

# (counter, key, words): the file kat_vectors of Random123, the reference implementation by the
# authors of Salmon, Moraes, Dror, Shaw (SC 2011); lines "philox4x32 10".
KNOWN_ANSWERS = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((ALL_ONES,) * 4, (ALL_ONES,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),  # the digits of pi
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]

word = st.integers(0, ALL_ONES)


@pytest.mark.parametrize(("counter", "key", "words"), KNOWN_ANSWERS)
def test_python_integers_give_the_published_words(counter, key, words) -> None:
    assert philox4x32(*counter, *key) == words


@pytest.mark.parametrize(("counter", "key", "words"), KNOWN_ANSWERS)
def test_numpy_arrays_give_the_published_words(counter, key, words) -> None:
    arrays = philox4x32(*(np.full(3, part, dtype=np.int64) for part in counter), *key)
    assert [array.tolist() for array in arrays] == [[part] * 3 for part in words]


@given(
    counters=st.lists(st.tuples(word, word, word, word), min_size=1, max_size=5), k0=word, k1=word
)
def test_arrays_and_integers_agree_on_any_counter_and_key(counters, k0, k1) -> None:
    columns = np.array(counters, dtype=np.int64).T
    together = np.array(philox4x32(*columns, k0, k1)).T.tolist()
    assert together == [list(philox4x32(*counter, k0, k1)) for counter in counters]


def test_arrays_of_different_shapes_broadcast() -> None:
    grid = philox4x32(np.arange(3)[:, None], np.arange(4)[None, :], 7, 8, 9, 10)
    assert all(words.shape == (3, 4) for words in grid)
    assert tuple(int(words[2, 3]) for words in grid) == philox4x32(2, 3, 7, 8, 9, 10)
