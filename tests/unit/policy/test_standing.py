"""What a call means for the next: who is called first, what is counted, and what ends for good."""

import pytest

from simkit.calllog import DISPOSITIONS
from simkit.policy import RecallPolicy
from simkit.policy.due import compile_rules
from simkit.policy.standing import (
    BAD_NUMBER_END,
    CAPPED,
    COLD,
    KEPT_CALLBACK,
    NEVER_CALLED,
    NEW,
    OPEN,
    OPTED_OUT,
    REFUSED_END,
    SOLD,
    WARM,
    Standing,
    after_attempt,
)

CODES = {name: code for code, name in enumerate(DISPOSITIONS)}
WEEKLY = RecallPolicy.every(days=7)


def after(*dispositions: str, policy: RecallPolicy = WEEKLY) -> Standing:
    """Return where a contact stands after these calls."""
    rules, standing = compile_rules(policy), NEW
    for disposition in dispositions:
        standing = after_attempt(rules, standing, CODES[disposition])
    return standing


# model.md §5: kept callbacks first, then warm (undecided, not now), then never called, then cold.
@pytest.mark.parametrize(
    ("calls", "priority"),
    [
        ((), NEVER_CALLED),
        (("no_answer",), COLD),
        (("refused",), COLD),
        (("already_solved",), COLD),
        (("bad_number",), COLD),
        (("undecided",), WARM),
        (("not_now",), WARM),
        (("callback_requested",), KEPT_CALLBACK),
        # Nobody answered: who was warm still is, but a promise that was kept is no promise more.
        (("undecided", "no_answer", "no_answer"), WARM),
        (("callback_requested", "no_answer"), COLD),
        (("undecided", "refused"), COLD),
    ],
)
def test_priority_follows_from_the_last_answered_call(calls, priority) -> None:
    assert after(*calls).priority == priority


def test_priorities_are_numbered_by_urgency() -> None:
    assert KEPT_CALLBACK < WARM < NEVER_CALLED < COLD


@pytest.mark.parametrize(
    ("disposition", "end"), [("sale", SOLD), ("opt_out", OPTED_OUT), ("complaint", OPTED_OUT)]
)
def test_a_sale_and_an_objection_end_it(disposition, end) -> None:
    assert after("undecided", disposition).end == end


def test_retries_are_missed_calls_in_a_row() -> None:
    assert after("no_answer", "busy").retries == 2
    assert after("no_answer", "undecided").retries == 0
    assert after("no_answer", "bad_number", "no_answer").retries == 1


def test_dead_numbers_and_refusals_end_it_when_they_reach_their_number() -> None:
    assert after("bad_number").end == OPEN
    assert after("bad_number", "no_answer", "bad_number").end == BAD_NUMBER_END
    twice = RecallPolicy.every(days=7, refusals_max=2)
    assert after("refused", "undecided", policy=twice).end == OPEN
    assert after("refused", "undecided", "refused", policy=twice).end == REFUSED_END
    assert after(*["refused"] * 50).end == OPEN  # no number: never


def test_the_cap_on_all_calls_ends_it_whatever_was_promised_unless_it_ended_already() -> None:
    capped = RecallPolicy.every(days=7, caps={"total": 2})
    assert after("no_answer", policy=capped).end == OPEN
    assert after("no_answer", "callback_requested", policy=capped).end == CAPPED
    assert after("no_answer", "sale", policy=capped).end == SOLD
