"""Keyed streams: every name has one place for good, and draws depend on nothing but their key."""

import itertools

import numpy as np
import pytest
from scipy import stats

from simkit.model import streams
from simkit.model.streams import LANES, STREAMS, draw, run_key, uniforms

# Where each stream lives. A stream that moves changes every log that was ever made: a new one
# takes a free lane or a new block, and gets a line here.
PLACES = {
    "reach": (0, 0),
    "spark": (0, 1),
    "callback": (0, 2),
    "push": (0, 3),
    "complaint": (1, 0),
    "account_opt_out": (1, 1),
    "talk": (1, 2),
    "cancel": (2, 0),
    "cancel_time": (2, 1),
    "need_wait": (3, 0),
    "rival_wait": (3, 1),
    "lost_wait": (3, 2),
    "callback_ready": (3, 3),
    "phase_0": (4, 0),
    "phase_1": (4, 1),
    "phase_2": (4, 2),
    "phase_3": (4, 3),
    "delay_0": (5, 0),
    "delay_1": (5, 1),
    "delay_2": (5, 2),
    "delay_3": (5, 3),
    "initial_state": (6, 0),
    "first_due": (6, 1),
    "buying": (7, 0),
    "reach_offset": (7, 1),
    "sensitivity": (7, 2),
    "dead_number": (7, 3),
    "optout_threshold": (8, 0),
    "sale_threshold": (8, 1),
    "sale_value": (8, 2),
    "account_offset": (9, 0),
    "account_size": (9, 1),
    "arm": (9, 2),
    "entry_day": (9, 3),
    "skill": (10, 0),
}


def test_every_stream_is_where_it_always_was() -> None:
    assert {name: STREAMS[name] for name in PLACES if name in STREAMS} == PLACES


def test_every_stream_has_a_pinned_place() -> None:
    assert set(STREAMS) == set(PLACES)


def test_no_two_streams_share_a_place() -> None:
    assert len(set(STREAMS.values())) == len(STREAMS)
    names = list(itertools.chain.from_iterable(LANES.values()))
    assert len(names) == len(set(names))


def test_a_block_has_at_most_four_lanes_and_fits_its_byte() -> None:
    assert all(len(names) <= 4 for names in LANES.values())
    assert all(0 <= block < 256 for block in LANES)  # the bits above hold the second counter


def test_the_layout_of_counter_and_key_is_the_published_vector() -> None:
    # Random123's vector of the digits of pi, read through the layout: counter = (counter, entity,
    # replication, block in the low byte and the second counter above), key = the seed's halves.
    key = run_key(seed=0x299F31D0_A4093822, replication=0x13198A2E)
    found = uniforms(key, 0x85A308D3, 0x44, 0x243F6A88, 0x037073)
    words = (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1)
    assert found == tuple((word + 0.5) / 2**32 for word in words)


def test_extreme_words_stay_strictly_inside_the_unit_interval(monkeypatch) -> None:
    words = (0, 2**32 - 1, 0, 2**32 - 1)
    monkeypatch.setattr(streams, "philox4x32", lambda *_: words)
    assert all(0.0 < u < 1.0 for u in uniforms(run_key(1, 0), 0, 0, 0, 0))


def test_draw_is_the_lane_of_its_block() -> None:
    key = run_key(5, 2)
    numbers = np.array([3, 0, 41], dtype=np.int64)
    for name, (block, lane) in PLACES.items():
        expected = [uniforms(key, int(number), block, 6, 0)[lane] for number in numbers]
        assert draw(name, key, numbers, counter=6).tolist() == expected


def test_a_draw_does_not_depend_on_who_else_is_drawn() -> None:
    key = run_key(9, 0)
    alone = draw("buying", key, np.array([17], dtype=np.int64))[0]
    among = draw("buying", key, np.arange(100, dtype=np.int64)[::-1])[99 - 17]
    assert alone == among


@pytest.mark.parametrize("other", [run_key(12, 0), run_key(11 + 2**32, 0), run_key(11, 1)])
def test_every_part_of_the_key_matters(other) -> None:
    numbers = np.arange(1000, dtype=np.int64)
    mine, others = (draw("reach", key, numbers) for key in (run_key(11, 0), other))
    # Independent uniforms have correlation 0 with standard error 1/sqrt(1000) = 0.032; 4 of them.
    assert abs(np.corrcoef(mine, others)[0, 1]) < 4 / np.sqrt(1000)


def test_streams_are_uniform_and_unrelated_to_one_another() -> None:
    n = 4000
    drawn = np.array([draw(name, run_key(3, 0), np.arange(n)) for name in PLACES])
    # Kolmogorov-Smirnov for each of 35 streams at 1e-5: a false alarm in 1 of 2,900 key choices.
    assert all(stats.kstest(row, "uniform").pvalue > 1e-5 for row in drawn)
    related = np.corrcoef(drawn)[np.triu_indices(len(drawn), k=1)]
    # 595 correlations, each N(0, 1/n): 5 standard errors, a false alarm in 1 of 2,900.
    assert np.abs(related).max() < 5 / np.sqrt(n)


def test_successive_counters_are_unrelated() -> None:
    n = 4000
    key = run_key(3, 0)
    numbers = np.arange(n, dtype=np.int64)
    drawn = np.array([draw("reach", key, numbers, counter) for counter in range(1, 9)])
    related = np.corrcoef(drawn)[np.triu_indices(8, k=1)]
    assert np.abs(related).max() < 5 / np.sqrt(n)  # 28 correlations at 5 standard errors
