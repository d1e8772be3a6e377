"""Lists of the days: everybody who falls due on a day is found at its dawn, in order of seconds."""

import random

import numpy as np
import pytest

from simkit.engine.compiled.build import compiled_functions
from simkit.engine.compiled.heaps import CONTACT_BITS, CONTACT_MASK
from simkit.engine.compiled.rows import rows_of
from simkit.engine.compiled.state import DUE, LISTS
from simkit.engine.compiled.waiting import RADIX, await_day, dues_of_day
from simkit.engine.record import NONE
from simkit.scenario import DAY_S

DAY = 2


def listed(dues, due_on_day, numbers):
    dues, due_on_day = rows_of(dues), rows_of(due_on_day)
    for place in range(len(numbers)):
        await_day(dues, due_on_day, numbers[place], 3 * DAY_S)


def at_dawn(dues, due_on_day, day):
    return dues_of_day(rows_of(dues), rows_of(due_on_day), day)


@pytest.fixture(scope="module")
def compiled():
    return compiled_functions(listed, at_dawn)


# None, some on few of the lists, and so many that the room for them is doubled twice.
@pytest.mark.parametrize("count", [0, 3, LISTS * 10 + 1, 3 * RADIX])
@pytest.mark.parametrize("how", ["as it stands", "compiled"])
def test_whoever_falls_due_on_a_day_is_found_at_its_dawn(count, how, compiled) -> None:
    put, take = compiled if how == "compiled" else (listed, at_dawn)
    chance = random.Random(count)
    dues = np.zeros(2 * count, dtype=DUE)
    dues["due_s"] = [chance.randrange(DAY * DAY_S, (DAY + 2) * DAY_S) for _ in range(2 * count)]
    due_on_day = np.full((4, LISTS), NONE, dtype=np.int32)
    put(dues, due_on_day, np.array(chance.sample(range(2 * count), 2 * count), dtype=np.int64))
    ended = [number for number in range(2 * count) if chance.random() < 0.1]
    expected = sorted(
        (int(due["due_s"]), number)
        for number, due in enumerate(dues)
        if due["due_s"] < (DAY + 1) * DAY_S and number not in ended
    )
    dues["due_s"][ended] = NONE
    keys = take(dues, due_on_day, DAY)
    assert sorted((int(key >> CONTACT_BITS), int(key & CONTACT_MASK)) for key in keys) == expected
    seconds = [int(key >> CONTACT_BITS) for key in keys]
    assert seconds == sorted(seconds)
    assert (due_on_day == NONE).all()  # who falls due after the end is on no list
