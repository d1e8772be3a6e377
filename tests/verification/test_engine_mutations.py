"""Each rule of the compiled engine's order, broken on purpose, is seen by the comparison.

The kernel is run as it stands, uncompiled, with one line changed. If its log were still SimPy's on
all these worlds, the comparison of the engines would not watch over that rule.
"""

import types
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from random_worlds import random_world

from simkit.engine.compiled import attempt, heaps, kernel, waiting
from simkit.engine.compiled.build import Kernel
from simkit.engine.compiled.engine import CompiledEngine
from simkit.engine.plan import Plan, make_plan
from simkit.engine.record import Ended, Played, play
from simkit.engine.simpy_engine import SimpyEngine
from simkit.policy import RecallPolicy
from simkit.scenario import load_scenario

MODULES = (heaps, waiting, attempt, kernel)

MUTATIONS = {
    "warm contacts are not called first": (
        "(int(contact.priority) << DUE_BITS | due_s)",
        "due_s",
    ),
    "who waits longest is not called first": (
        "(int(contact.priority) << DUE_BITS | due_s)",
        "int(contact.priority)",
    ),
    "numbers break ties the other way": (
        "| due_s) << CONTACT_BITS | number",
        "| due_s) << CONTACT_BITS | (number ^ 63)",
        "number = int(heap[0] & CONTACT_MASK)",
        "number = int(heap[0] & CONTACT_MASK) ^ 63",
    ),
    "the agent idle longest does not come first": (
        "(now_s + busy_s) << AGENT_BITS | agent",
        "(1 if now_s + busy_s else 0) << AGENT_BITS | agent",
    ),
    "agents are free a second early": (
        "(now_s + busy_s) << AGENT_BITS",
        "(now_s + busy_s - 1) << AGENT_BITS",
    ),
    "somebody is served before all of a moment are due": (
        "if due_s <= serve_s:",
        "if due_s < serve_s:",
    ),
    "who is alone is called without asking for an idle agent": (
        "and can_start(world, agents, pool, now_s)",
        "and True",
    ),
    "nobody looks whether another falls due at the same moment": (
        "and (place >= len(today) or today[place] >> CONTACT_BITS > now_s)",
        "and True",
    ),
    "shifts are ignored": (
        "if shift_s == at_s:",
        "if shift_s >= at_s:",
    ),
    "calling hours of those who wait are ignored": (
        "if roll_open(now_s, hours.opens, hours.closes, hours.window_of_day) == now_s:",
        "if now_s >= 0:",
    ),
    "colleagues are not suppressed": (
        "if account_opts_out:",
        "if False:",
    ),
    "the callback's date is forgotten": (
        "    contact.callback_s = callback_s\n",
        "    contact.callback_s = NONE\n",
    ),
    "a callback waits for the interval": (
        "if outcome.disposition == CALLBACK_REQUESTED:",
        "if False:",
    ),
    "caps count one attempt less": (
        "allowed_by_caps(rules, attempt_no, dialled_s)",
        "allowed_by_caps(rules, attempt_no - 1, dialled_s)",
    ),
    "the last second is observed too": (
        "    if 0 <= due_s < end_s:",
        "    if 0 <= due_s < end_s - DAY_S:",
    ),
    "skill plays no part": (
        "skill_logit = world.skill_logit[agent]",
        "skill_logit = 0.0",
    ),
}


def plans() -> list[Plan]:
    # One agent with a call every day, and several agents, are both needed to see all of it.
    overloaded = make_plan(
        load_scenario("b2c"),
        RecallPolicy.every(working_days=1),
        contacts=40,
        agents=2,
        days=40,
        seed=5,
        replication=0,
    )
    crowded = [random_world(seed, contacts=60).plan for seed in (100, 101, 104, 105, 110, 114, 121)]
    return [overloaded, *crowded]


def by_simpy(plan: Plan) -> Played:
    return play(SimpyEngine(plan))


@pytest.fixture(scope="module")
def expected() -> list[tuple[Plan, Played]]:
    return [(plan, by_simpy(plan)) for plan in plans()]


def changed(*lines: str) -> Kernel:
    """Return the kernel with lines changed, each in the one module where it stands."""
    texts = {module: Path(module.__file__).read_text(encoding="utf-8") for module in MODULES}
    for old, new in zip(lines[::2], lines[1::2], strict=True):
        places = [module for module, text in texts.items() if old in text]
        assert len(places) == 1, f"{old!r} must stand in one module"
        assert texts[places[0]].count(old) == 1, f"{old!r} must stand once"
        texts[places[0]] = texts[places[0]].replace(old, new)
    functions: dict[str, object] = {}
    for module, text in texts.items():
        fresh = types.ModuleType(module.__name__)
        exec(compile(text, module.__file__, "exec"), fresh.__dict__)
        fresh.__dict__.update(functions)
        functions |= {
            name: value
            for name, value in vars(fresh).items()
            if isinstance(value, types.FunctionType) and value.__globals__ is fresh.__dict__
        }
    return Kernel(fresh.begin, fresh.play_on, fresh.finish)


def same(found: Played, expected: Played) -> bool:
    return np.array_equal(found.attempts, expected.attempts) and all(
        np.array_equal(
            getattr(found.ended, field.name), getattr(expected.ended, field.name), equal_nan=True
        )
        for field in fields(Ended)
    )


def test_the_kernel_as_it_stands_plays_the_same_uncompiled(expected) -> None:
    plain = Kernel(kernel.begin, kernel.play_on, kernel.finish)
    for plan, log in expected:
        assert same(play(CompiledEngine(plan, kernel=plain)), log)


@pytest.mark.parametrize("rule", MUTATIONS)
def test_a_broken_rule_is_seen(rule, expected) -> None:
    broken = changed(*MUTATIONS[rule])
    assert not all(same(play(CompiledEngine(plan, kernel=broken)), log) for plan, log in expected)
