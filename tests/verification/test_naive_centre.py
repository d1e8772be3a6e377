"""SimPy's engine plays the same log as a naive centre written from the rules, on random worlds."""

import pytest
from naive_centre import NaiveCentre, Row
from random_worlds import random_world

from simkit.calllog import DISPOSITIONS
from simkit.engine.plan import Plan, policies_by_arm
from simkit.engine.record import play
from simkit.engine.simpy_engine import SimpyEngine


def engine_rows(plan: Plan) -> list[Row]:
    raw = play(SimpyEngine(plan)).attempts
    names = list(DISPOSITIONS)
    known = {
        column: [None if value == -1 else int(value) for value in values]
        for column, values in ((name, raw[name]) for name in raw.dtype.names)
    }
    return [
        (contact, number, due, dialled, agent, names[code], ring or 0, talk or 0, wrap or 0, named)
        for contact, number, due, dialled, agent, code, ring, talk, wrap, named in zip(
            *(
                known[column]
                for column in (
                    "contact",
                    "attempt_no",
                    "due_s",
                    "dialled_s",
                    "agent",
                    "disposition",
                    "ring_s",
                    "talk_s",
                    "wrap_s",
                    "callback_s",
                )
            ),
            strict=True,
        )
    ]


@pytest.mark.parametrize("seed", range(32))
def test_the_engine_and_the_naive_centre_play_the_same_log(seed) -> None:
    world = random_world(seed)
    policies = policies_by_arm(world.scenario, world.policy)
    naive = NaiveCentre(world.scenario, policies, world.agents, world.plan)
    expected, found = naive.run(), engine_rows(world.plan)
    assert len(found) > 10
    # Desks of several arms are served in one second in an order that nothing depends on.
    assert sorted(found, key=_moment) == sorted(expected, key=_moment)


def _moment(row: Row) -> tuple[int, int, int]:
    contact, number, _, dialled, *_ = row
    return dialled, contact, number
