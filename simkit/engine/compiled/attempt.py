"""One call on the kernel's records, and what follows from it."""

from __future__ import annotations

from typing import Any

from simkit.calllog.codes import CALLBACK_REQUESTED, SALE_MADE, SUPPRESSED
from simkit.engine.compiled.heaps import NEVER_DUE_S
from simkit.engine.compiled.rows import part_of
from simkit.engine.compiled.state import COUNT_MAX, World
from simkit.engine.compiled.views import hours_of, keep_mind, key_of, mind_of, traits_of
from simkit.engine.record import NONE
from simkit.model.call import Circumstances, keeps_promise, play
from simkit.model.contact import deferred
from simkit.policy.due import allowed_by_caps, callback_due, named_time, next_due
from simkit.policy.standing import ACCOUNT_OPTED_OUT, OPEN, Standing, after_attempt
from simkit.scenario.hours import WorkingDays, hour_of_week

HOURS_PER_WEEK = 168


def dial(
    world: World,
    contacts: Any,
    dues: Any,
    dialled: Any,
    row: Any,
    number: int,
    agent: int,
    now_s: int,
) -> tuple[int, bool]:
    """Call a contact, write the attempt, and end the contact or set its next due time.

    Returns
    -------
    busy_s
        For how long that keeps the agent.
    account_opts_out
        Whether the contact has opted out for its whole account.
    """
    key = key_of(world)
    contact = contacts[number]
    cell = int(contact.cell)
    p = world.parameters[cell]
    rules = world.rules[cell]
    before = Standing(
        int(contact.attempt_no),
        int(contact.retries),
        int(contact.refusals),
        int(contact.bad_numbers),
        int(contact.priority),
        int(contact.end),
    )
    attempt_no = before.attempt_no + 1
    due_s = dues[number].due_s
    skill_logit = 0.0
    if agent != NONE:
        skill_logit = world.skill_logit[agent]
    outcome, mind = play(
        p,
        key,
        traits_of(contact, number),
        mind_of(contact),
        Circumstances(
            attempt_no,
            float(now_s),
            world.reach_profile_logit[
                cell * HOURS_PER_WEEK + hour_of_week(world.first_weekday, now_s)
            ],
            skill_logit,
            keeps_promise(p, int(contact.callback_s), now_s),
            rules.push,
        ),
    )
    working = WorkingDays(world.working_days, world.working_rank)
    callback_s = NONE
    if outcome.named_days:
        segment_hours = hours_of(world, world.cells[cell].segment_hours)
        callback_s = named_time(segment_hours, working, now_s, outcome.named_days)
        mind = deferred(mind, float(callback_s))
    contact.callback_s = callback_s
    keep_mind(contact, mind)
    value_cents = NONE
    cancelled_s = NONE
    if outcome.disposition == SALE_MADE:
        value_cents = world.sale_value_cents[number]
        contact.optout_hazard = outcome.cancel_prob
        if outcome.cancel_after_s >= 0.0 and now_s + outcome.cancel_after_s < world.end_s:
            cancelled_s = now_s + int(outcome.cancel_after_s)
    row.value_cents = value_cents
    row.contact = number
    row.attempt_no = attempt_no
    row.due_s = due_s
    row.dialled_s = now_s
    row.agent = agent
    row.callback_s = callback_s
    row.cancelled_s = cancelled_s
    row.talk_s = outcome.talk_s
    row.ring_s = outcome.ring_s
    row.wrap_s = outcome.wrap_s
    row.disposition = outcome.disposition
    row.pushed = outcome.pushed

    standing = after_attempt(rules, before, outcome.disposition)
    contact.attempt_no = standing.attempt_no
    contact.retries = min(standing.retries, COUNT_MAX)
    contact.refusals = min(standing.refusals, COUNT_MAX)
    contact.bad_numbers = min(standing.bad_numbers, COUNT_MAX)
    contact.priority = standing.priority
    contact.end = standing.end
    if standing.end != OPEN:
        dues[number].due_s = NONE
        contact.callback_s = now_s
    else:
        hours = hours_of(world, world.cells[cell].hours)
        dialled_s = part_of(dialled, number * world.ring, world.ring)
        if world.ring > 0:
            dialled_s[(attempt_no - 1) % world.ring] = now_s
        if outcome.disposition == CALLBACK_REQUESTED:
            next_s = callback_due(hours, callback_s)
        else:
            allowed_s = 0
            if world.ring > 0:
                allowed_s = allowed_by_caps(rules, attempt_no, dialled_s)
            next_s = next_due(
                rules, hours, working, outcome.disposition, standing.retries, now_s, allowed_s
            )
        dues[number].due_s = min(next_s, NEVER_DUE_S)
    return outcome.ring_s + outcome.talk_s + outcome.wrap_s, outcome.account_opts_out


def suppress_colleagues(
    world: World, contacts: Any, dues: Any, rows: Any, count: int, number: int, now_s: int
) -> int:
    """End, undialled, the other contacts of an account; return the number of rows then."""
    colleague = number
    while colleague > 0 and world.account[colleague - 1] == world.account[number]:
        colleague -= 1
    while colleague < len(contacts) and world.account[colleague] == world.account[number]:
        contact = contacts[colleague]
        if contact.end == OPEN:
            contact.end = ACCOUNT_OPTED_OUT
            contact.attempt_no += 1
            dues[colleague].due_s = NONE
            contact.callback_s = now_s
            row = rows[count]
            row.value_cents = NONE
            row.contact = colleague
            row.attempt_no = contact.attempt_no
            row.due_s = NONE
            row.dialled_s = now_s
            row.agent = NONE
            row.callback_s = NONE
            row.cancelled_s = NONE
            row.talk_s = NONE
            row.ring_s = NONE
            row.wrap_s = NONE
            row.disposition = SUPPRESSED
            row.pushed = False
            count += 1
        colleague += 1
    return count
