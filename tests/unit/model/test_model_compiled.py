"""The model and the rules of falling due give the same numbers compiled as interpreted.

Each scalar function is compiled as the compiled engine compiles it. Then both play the same random
calls, and the results must be equal to the last bit.
"""

from __future__ import annotations

import math
import random
import types
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from plain_segment import DAY_S, KEY, parameters

from simkit.engine.compiled.build import compiled_functions
from simkit.model import call, contact, laws, philox, streams
from simkit.policy import RecallPolicy, due, standing
from simkit.scenario import hours, load_scenario

B2C = load_scenario("b2c")
DAYS = 60

SCALAR = {
    philox: ["philox4x32"],
    streams: ["uniforms"],
    laws: ["logistic", "logistic_hazard", "exponential", "rational", "normal_quantile"],
    contact: [
        "erlang",
        "decision_s",
        "named_delay_days",
        "rival_wait_s",
        "born",
        "advance",
        "irritated",
        "deferred",
    ],
    call: [
        "answer_logit",
        "optout_logit",
        "patience",
        "sale_logit",
        "cancel_logit",
        "disposition_probs",
        "keeps_promise",
        "talk_time_s",
        "play",
    ],
    hours: ["roll_open", "is_open", "hour_of_week", "add_working_days"],
    due: [
        "after_rest",
        "open_moment",
        "first_due",
        "allowed_by_caps",
        "next_due",
        "named_time",
        "callback_due",
    ],
    standing: ["after_attempt"],
}

# Functions of these modules that work on whole tables or at the border, and are never compiled.
NOT_SCALAR = {"run_key", "draw", "draw_block", "compile_rules", "index_windows", "intersect"}


@pytest.fixture(scope="module")
def compiled() -> dict[str, Callable[..., Any]]:
    functions = {name: getattr(module, name) for module, names in SCALAR.items() for name in names}
    return dict(zip(functions, compiled_functions(*functions.values()), strict=True))


def test_no_function_of_the_dynamics_is_left_out() -> None:
    for module, names in SCALAR.items():
        own = {
            name
            for name, value in vars(module).items()
            if isinstance(value, types.FunctionType)
            and value.__module__ == module.__name__
            and not name.startswith("_")
        }
        assert own - NOT_SCALAR == set(names)


def random_parameters(chance: random.Random) -> call.CallParameters:
    return parameters(
        need_per_year=chance.choice([0.0, 1.2, 30.0]),
        decision_mean_days=chance.uniform(0.5, 40),
        decision_shape=chance.randint(1, 32),
        rival_per_day=chance.choice([0.0, 0.04, 0.3]),
        lost_days=chance.uniform(1, 60),
        initial_state=chance.choice(["stationary", "idle", "deciding"]),
        callback_shape=chance.randint(1, 9),
        callback_mean_days=chance.uniform(0.1, 20),
        callback_prob=chance.random(),
        callback_ready_prob=chance.random(),
        push_prob=chance.random(),
        spark_prob=chance.random(),
        reach_base_logit=chance.uniform(-1, 3),
        optout_base_logit=chance.uniform(-6, -1),
        complaint_prob=chance.random(),
        sale_base_logit=chance.uniform(-3, 1),
        cancel_base_logit=chance.uniform(-2, 1),
        talk_cv=chance.choice([0.0, 0.8]),
    )


def random_contact(chance: random.Random, number: int) -> contact.Traits:
    return contact.Traits(
        number,
        chance.gauss(0, 1),
        chance.gauss(0, 1),
        chance.expovariate(1.0),
        chance.random() < 0.05,
        chance.expovariate(1.0),
        chance.expovariate(1.0),
    )


def test_a_contacts_life_is_the_same_to_the_last_bit(compiled) -> None:
    chance = random.Random(7)
    dispositions = set()
    for number in range(150):
        p, who = random_parameters(chance), random_contact(chance, number)
        entered_s = float(chance.randrange(20) * 86_400)
        minds = [born(p, KEY, number, entered_s) for born in (contact.born, compiled["born"])]
        assert minds[0] == minds[1]
        now_s = entered_s
        for attempt_no in range(1, 25):
            now_s += float(chance.randrange(1, 10 * 86_400))
            at = call.Circumstances(
                attempt_no,
                now_s,
                chance.gauss(0, 0.3),
                chance.gauss(0, 0.3),
                chance.random() < 0.2,
                chance.random() < 0.5,
            )
            plain, mine = call.play(p, KEY, who, minds[0], at)
            other, its = compiled["play"](p, KEY, who, minds[1], at)
            assert (tuple(plain), tuple(mine)) == (tuple(other), tuple(its))
            dispositions.add(plain.disposition)
            if plain.named_days:
                named_s = now_s + plain.named_days * DAY_S
                mine = contact.deferred(mine, named_s)
                its = compiled["deferred"](its, named_s)
            minds = [mine, its]
            look_s = now_s + chance.uniform(0, 9) * DAY_S
            looks = [
                advance(p, KEY, number, seen, look_s)
                for advance, seen in zip((contact.advance, compiled["advance"]), minds, strict=True)
            ]
            assert tuple(looks[0]) == tuple(looks[1])
    assert len(dispositions) == 10  # 3,600 calls have met every disposition of the model


def test_probabilities_of_dispositions_are_the_same_to_the_last_bit(compiled) -> None:
    chance = random.Random(8)
    for number in range(2000):
        p = random_parameters(chance) if number % 20 == 0 else p  # noqa: F821
        arguments = (
            p,
            random_contact(chance, number),
            chance.randrange(5),
            chance.expovariate(0.5),
            chance.gauss(0, 2),
            chance.gauss(0, 2),
            chance.random() < 0.5,
            chance.random() < 0.5,
        )
        assert call.disposition_probs(*arguments) == compiled["disposition_probs"](*arguments)


def test_the_laws_are_the_same_to_the_last_bit(compiled) -> None:
    chance = random.Random(9)
    for _ in range(5000):
        x = chance.choice([chance.gauss(0, 3), chance.gauss(0, 300)])
        u = (chance.randrange(2**32) + 0.5) / 2**32
        for name in ("logistic", "logistic_hazard"):
            assert getattr(laws, name)(x) == compiled[name](x)
        assert laws.normal_quantile(u) == compiled["normal_quantile"](u)
        assert laws.exponential(u, abs(x)) == compiled["exponential"](u, abs(x))


def test_the_words_of_the_streams_are_the_same(compiled) -> None:
    chance = random.Random(10)
    for _ in range(2000):
        key = streams.run_key(chance.randrange(2**64), chance.randrange(2**32))
        place = (chance.randrange(2**31), chance.randrange(11), chance.randrange(2**20))
        sub = chance.randrange(2**24)
        assert streams.uniforms(key, *place, sub) == compiled["uniforms"](key, *place, sub)


def arrays(table: Any) -> Any:
    """Return a calendar's sequences as arrays, as a compiled engine holds them."""
    return type(table)(*(np.array(part, dtype=np.int64) for part in table))


@pytest.mark.parametrize(
    "policy",
    [
        RecallPolicy.every(days=7),
        RecallPolicy.every(working_days=3, caps={"per_30_days": 4, "per_year": 20}),
        RecallPolicy.every(
            days=2.5,
            rests={"no_answer": {"days": 0.1}, "refused": {"working_days": 10}},
            retries_max=2,
            caps={"per_30_days": 6},
        ),
    ],
)
def test_due_times_are_the_same(compiled, policy) -> None:
    chance = random.Random(11)
    segment_hours = B2C.calendar.open_hours(B2C.segments["b2c"].windows, B2C.start, DAYS)
    working = B2C.calendar.working_days(B2C.start, DAYS)
    rules = due.compile_rules(policy)
    calendar, working_arrays = arrays(segment_hours), arrays(working)
    for _ in range(1000):
        entered_s, u = chance.randrange(DAYS * 86_400), chance.random()
        assert due.first_due(rules, segment_hours, working, entered_s, u) == compiled["first_due"](
            rules, calendar, working_arrays, entered_s, u
        )
        dialled = sorted(chance.sample(range(DAYS * 86_400), chance.randint(1, 12)))
        disposition, retries = chance.randrange(15), chance.randrange(1, 5)
        allowed_s = due.allowed_by_caps(rules, len(dialled), dialled)
        assert allowed_s == compiled["allowed_by_caps"](rules, len(dialled), np.array(dialled))
        plain = due.next_due(
            rules, segment_hours, working, disposition, retries, dialled[-1], allowed_s
        )
        assert plain == compiled["next_due"](
            rules, calendar, working_arrays, disposition, retries, dialled[-1], allowed_s
        )
        named = chance.randrange(1, 30)
        assert due.named_time(segment_hours, working, entered_s, named) == compiled["named_time"](
            calendar, working_arrays, entered_s, named
        )
        assert due.callback_due(segment_hours, entered_s) == compiled["callback_due"](
            calendar, entered_s
        )
    assert math.isfinite(plain)


def test_the_standing_after_an_attempt_is_the_same(compiled) -> None:
    chance = random.Random(12)
    policies = (
        RecallPolicy.every(days=7),
        RecallPolicy.every(days=7, refusals_max=2, caps={"total": 9}, bad_number_attempts=1),
    )
    for rules in map(due.compile_rules, policies):
        ends = set()
        for _ in range(300):
            plain = other = standing.NEW
            while plain.end == standing.OPEN and plain.attempt_no < 40:
                disposition = chance.choice([0, 0, 3, 6, 6, 7, 8, 9, 10, 12, 13, 14])
                plain = standing.after_attempt(rules, plain, disposition)
                other = compiled["after_attempt"](rules, other, disposition)
                assert tuple(plain) == tuple(other)
            ends.add(plain.end)
        assert len(ends) >= 3  # sold, opted out, dead number; and refusals or the cap
