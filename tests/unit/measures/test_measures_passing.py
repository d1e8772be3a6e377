"""What counts attempts in passing: records of contacts, gaps in a file, parts made meanwhile."""

import threading

import numpy as np
import pytest

from simkit.calllog import DISPOSITIONS
from simkit.measures import gaps
from simkit.measures.batches import ahead
from simkit.measures.counting import COUNTED_AS, SEEN, begin_contacts
from simkit.measures.gaps import GapFile
from simkit.measures.reduction import US_PER_DAY
from simkit.measures.tally import KINDS


def test_a_contact_fills_one_line_of_the_cache():
    assert SEEN.itemsize == 64
    for count in (1, 1000):
        seen = begin_contacts(count)
        assert len(seen) == count
        assert seen.ctypes.data % 64 == 0


def test_what_8_bits_count_ends_the_calling():
    """So that no sound log holds two of it in one contact."""
    flags = {"opt_outs": "opt_out", "complaints": "complaint"}
    assert {name for name, kind in COUNTED_AS.items() if kind == "u1"} == set(flags)
    final = np.array([row.final for row in DISPOSITIONS.values()])
    for flag in flags.values():
        assert final[KINDS[flag]].all()


@pytest.mark.parametrize("longest_days", [1, 67, 400, 12_000])
@pytest.mark.parametrize("cells", [1, 3, 500])
def test_medians_of_gaps_are_exact(monkeypatch, cells, longest_days):
    """As numpy's, of even and odd numbers of gaps, at the ends of the range too."""
    monkeypatch.setattr(gaps, "READ_AT_ONCE", 100)
    random = np.random.default_rng(3)
    longest_us = longest_days * US_PER_DAY
    lengths = [random.integers(0, longest_us + 1, n) for n in random.integers(1, 9, cells)]
    lengths[0] = np.array([0, longest_us, longest_us])
    if cells > 1:
        lengths[1] = lengths[1][:0]
    with GapFile(cells, longest_us) as file:
        for cell, some in enumerate(lengths):
            file.add(some | (cell << file.cell_bit))
        found = file.median_days()
    expected = [np.median(some) / US_PER_DAY if len(some) else np.nan for some in lengths]
    np.testing.assert_allclose(found, expected, rtol=1e-15)


def test_parts_made_meanwhile_come_in_order():
    assert list(ahead(range(1000))) == list(range(1000))


def test_what_goes_wrong_meanwhile_is_told_where_the_parts_are_asked_for():
    def parts():
        yield 1
        raise ValueError("the file ends here")

    told = ahead(parts())
    assert next(told) == 1
    with pytest.raises(ValueError, match="the file ends here"):
        next(told)


def test_who_stops_asking_leaves_no_thread_behind():
    before = threading.active_count()
    made = []
    parts = ahead(made.append(number) or number for number in range(1000))
    assert next(parts) == 0
    parts.close()
    assert threading.active_count() == before
    assert len(made) < 10
